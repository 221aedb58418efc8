"""A client of the Debug Adapter Protocol, which starts a debug configuration as VS Code does."""

import json
import os
import queue
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

Message = dict[str, Any]

# In seconds. A machine that runs other tests at the same time is slow.
PATIENCE = 120


class Debugger:
    """A connection to a debug adapter."""

    def __init__(self, reader: IO[bytes], writer: IO[bytes]) -> None:
        self.reader, self.writer = reader, writer
        self.received: queue.Queue[Message] = queue.Queue()
        self.output = ""
        self.sent = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with suppress(OSError, ValueError):
            while header := self.reader.readline():
                length = int(header.partition(b":")[2])
                self.reader.readline()
                self.received.put(json.loads(self.reader.read(length)))

    def send(self, command: str, **arguments: object) -> int:
        """Send a request, and return its number."""
        self.sent += 1
        message = {"seq": self.sent, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(message).encode()
        self.writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.writer.flush()
        return self.sent

    def request(self, command: str, **arguments: object) -> Message:
        """Send a request, and return the body of the response."""
        return self.response_to(self.send(command, **arguments))

    def response_to(self, number: int) -> Message:
        response = self._next(type="response", request_seq=number)
        assert response["success"], response
        return dict(response.get("body", {}))

    def event(self, name: str) -> Message:
        """Wait for an event, and return its body."""
        return dict(self._next(type="event", event=name).get("body", {}))

    def _next(self, **expected: object) -> Message:
        """Return the next message with these values. Skip the others, but keep what was printed."""
        while True:
            try:
                message = self.received.get(timeout=PATIENCE)
            except queue.Empty:
                raise AssertionError(f"no {expected} from the debugger:\n{self.output}") from None
            if message.get("event") == "output":
                self.output += message["body"]["output"]
            if expected.items() <= message.items():
                return message

    def start(self, configuration: Message, stops: Mapping[Path, int]) -> None:
        """Start a configuration with a breakpoint at a line of each of these files."""
        self.request("initialize", adapterID="debugpy", pathFormat="path", linesStartAt1=True)
        started = self.send(configuration["request"], **configuration)
        self.event("initialized")
        for path, line in stops.items():
            place = {"source": {"path": str(path)}, "breakpoints": [{"line": line}]}
            [breakpoint_] = self.request("setBreakpoints", **place)["breakpoints"]
            assert breakpoint_["verified"], breakpoint_
        self.request("setExceptionBreakpoints", filters=["uncaught"])
        self.request("configurationDone")
        self.response_to(started)

    def where_it_stops(self) -> tuple[Path, int]:
        """Wait until the program stops, and return its file and line. Then let it continue."""
        stopped = self.event("stopped")
        assert stopped["reason"] == "breakpoint", stopped
        thread = stopped["threadId"]
        frame = self.request("stackTrace", threadId=thread)["stackFrames"][0]
        self.request("continue", threadId=thread)
        return Path(frame["source"]["path"]), frame["line"]


@contextmanager
def launched(
    configuration: Message, stops: Mapping[Path, int], python: Path, env: Mapping[str, str]
) -> Iterator[Debugger]:
    """Start a configuration that launches a program; kill the program at the end."""
    adapter = subprocess.Popen(
        [python, "-m", "debugpy.adapter"],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert adapter.stdin
    assert adapter.stdout
    debugger = Debugger(adapter.stdout, adapter.stdin)
    # There is no terminal in which the program could run.
    own = {"python": [str(python)], "console": "internalConsole"}
    try:
        debugger.start(configuration | own, stops)
        yield debugger
        with suppress(AssertionError, OSError):
            debugger.request("disconnect", terminateDebuggee=True)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(adapter.pid, signal.SIGKILL)
        adapter.wait()
        adapter.stdin.close()
        adapter.stdout.close()


@contextmanager
def attached(configuration: Message, stops: Mapping[Path, int]) -> Iterator[Debugger]:
    """Start a configuration that attaches to a program; detach at the end."""
    address = configuration["connect"]["host"], configuration["connect"]["port"]
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        debugger = Debugger(connection.makefile("rb"), connection.makefile("wb"))
        debugger.start(configuration, stops)
        yield debugger
        debugger.request("disconnect", terminateDebuggee=False)
