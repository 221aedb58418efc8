"""A local substitute for the vulnerability database at https://osv.dev.

The real service may report a new vulnerability at any time, and a machine without access to the
internet cannot reach it. The tests use this one instead.
"""

import json
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def advisory_service(vulnerable: Collection[str] = ()) -> Iterator[str]:
    """Serve `POST /v1/query` of OSV's API, and report every release of these packages as vulnerable.

    Yield the URL, for the environment variable PIP_AUDIT_OSV_URL.
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
            """Keep the requests out of the output of the tests."""

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
