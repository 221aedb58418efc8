"""A service that knows which packages have a vulnerability, as https://osv.dev is one.

The tests ask it instead of the real one, which may report a vulnerability tomorrow that no change to
the template brought, and which a machine without access to the internet cannot reach.
"""

import json
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def advisory_service(vulnerable: Collection[str] = ()) -> Iterator[str]:
    """Serve `POST /v1/query` of OSV's API: every release of these packages has a vulnerability.

    Yields the URL, for the environment variable PIP_AUDIT_OSV_URL.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path == "/v1/query"
            assert query["package"]["ecosystem"] == "PyPI"
            assert query["version"]
            name = query["package"]["name"]
            body = json.dumps({"vulns": [_advisory(name)]} if name in vulnerable else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep what was requested out of the output of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _advisory(name: str) -> dict[str, object]:
    events = [{"introduced": "0"}, {"fixed": "999.0"}]
    package = {"name": name, "ecosystem": "PyPI"}
    affected = {"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    return {"id": f"TEST-{name}", "summary": "For a test.", "affected": [affected]}
