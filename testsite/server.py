"""Serves a test site over HTTP/1.1, on the loopback interface."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from testsite.scenarios import Scenario
from testsite.site import Reply, SyntheticSite, json_line
from testsite.validators import is_conditional

# Packing a padded page would cost more than making it, and nothing is saved on the loopback interface.
_GZIP_BELOW = 50_000


@dataclass(frozen=True)
class Arrival:
    """One request as it arrived.

    `time_monotonic` is `time.monotonic()` at its arrival. `conditional` is whether it asked for a page only if that
    changed.
    """

    time_monotonic: float
    method: str
    path: str
    status: int
    user_agent: str
    conditional: bool


OnRequest = Callable[[int, str], None]


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512
    allow_reuse_address = True

    def __init__(
        self,
        address: tuple[str, int],
        testsite: SyntheticSite,
        log: list[Arrival],
        on_request: OnRequest | None,
        scenario: Scenario | None,
    ) -> None:
        self.testsite = testsite
        self.log = log
        self.on_request = on_request
        self.numbers = itertools.count(1)
        self.scenario = scenario
        self.scenario_lock = threading.Lock()
        self.scenario_requests = 0
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "testsite"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = 60
    server: _HTTPServer

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed: requests are in the server's log."""

    def do_GET(self) -> None:
        """Reply with a page."""
        arrived = time.monotonic()
        address, port = self.server.server_address[:2]
        base = f"http://{self.headers.get('Host') or f'{address!s}:{port}'}"
        number = next(self.server.numbers)
        if self.server.on_request is not None:
            self.server.on_request(number, self.path)
        if self.path.startswith("/.testsite/log.jsonl"):
            lines = (json.dumps(asdict(arrival)).encode() + b"\n" for arrival in list(self.server.log))
            reply = Reply(200, b"".join(lines), "application/x-ndjson")
        else:
            reply = self._troubled(self.server.testsite.reply(self.path, base, self.headers))
        self.server.log.append(
            Arrival(
                arrived,
                self.command,
                self.path,
                reply.status,
                self.headers.get("User-Agent", ""),
                is_conditional(self.headers),
            )
        )
        if reply.delay:
            time.sleep(reply.delay)
        # A client that disconnects needs no more.
        with contextlib.suppress(ConnectionError, TimeoutError):
            self._send(reply)
        if reply.cut is not None:
            with contextlib.suppress(OSError):  # the client may have gone first
                self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    do_HEAD = do_GET

    def _troubled(self, reply: Reply) -> Reply:
        """What the scenario makes of the reply."""
        server = self.server
        if server.scenario is None:
            return reply
        with server.scenario_lock:
            server.scenario_requests += 1
            return server.scenario(server.scenario_requests, self.path, reply)

    def _send(self, reply: Reply) -> None:
        fields = {"Content-Type": reply.type}
        body = reply.body
        if reply.status == HTTPStatus.NOT_MODIFIED:
            fields = {}  # clients would treat a length as that of the page
        elif reply.parts is None:
            packed = "Content-Encoding" in reply.headers  # by a scenario
            if not packed and 1024 < len(body) < _GZIP_BELOW and "gzip" in self.headers.get("Accept-Encoding", ""):
                packer = zlib.compressobj(1, zlib.DEFLATED, 31)
                body = packer.compress(body) + packer.flush()
                fields["Content-Encoding"] = "gzip"
            fields["Content-Length"] = str(len(body))
        else:
            fields["Connection"] = "close"
            self.close_connection = True
        fields |= {"Vary": "Accept-Encoding", "Server": self.server_version, "Date": self.date_time_string()}
        fields |= reply.headers
        if self.close_connection:
            fields["Connection"] = "close"
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        head = f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n{lines}\r\n".encode("latin-1")
        if self.command == "HEAD":
            self.wfile.write(head)
            return
        if reply.cut is not None:
            self.wfile.write((head + body)[: int(len(head + body) * reply.cut)])
            return
        self.wfile.write(head + body)
        for part in reply.parts or ():
            self.wfile.write(part)


class Server:
    """A test site being served, from background threads, until the `with` block ends.

    `port` 0 uses a free one. `on_request` is called before each answer, in the thread that answers. It gets the number
    of the request, from 1, and its path and query. A `scenario` causes trouble. Raises OSError where the port is not
    available.
    """

    def __init__(
        self,
        testsite: SyntheticSite,
        port: int = 0,
        on_request: OnRequest | None = None,
        scenario: Scenario | None = None,
    ) -> None:
        self.testsite = testsite
        self.log: list[Arrival] = []
        self._http = _HTTPServer(("127.0.0.1", port), testsite, self.log, on_request, scenario)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, name="testsite", daemon=True
        )

    @property
    def url(self) -> str:
        """The address of the front page, with a slash at its end."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/"

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and give up the port. Nothing happens the second time."""
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def lines(testsite: SyntheticSite) -> Iterator[bytes]:
    """The answers as JSON Lines."""
    return (json_line(answer) for answer in testsite.answers())
