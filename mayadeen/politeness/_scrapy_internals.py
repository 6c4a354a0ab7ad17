"""All private names of Scrapy, Twisted and Protego that the project uses. A test fails when one of them changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from protego._protego import _SITE_WIDE_DIRECTIVES, _USER_AGENT_DIRECTIVE, _extract_directive
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.core.engine import ExecutionEngine
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS

MAX_HEAD = 256 * 1024
"""Bytes of the status line and headers of a response. Browsers have the same limit. Twisted has none."""

ROBOTS_USER_AGENT: frozenset[str] = frozenset(_USER_AGENT_DIRECTIVE)
"""Spellings of the field that begins a group of a robots.txt."""

ROBOTS_SITE_WIDE: frozenset[str] = frozenset(_SITE_WIDE_DIRECTIVES)
"""Spellings of the fields of a robots.txt that belong to no group."""

split_robots_line: Callable[[str], tuple[str, str] | None] = _extract_directive
"""Splits a line of a robots.txt without its comment into field and value, also where the colon is missing."""


def prepare_connections(handler: HTTP11DownloadHandler, on_request: Callable[[object], None]) -> None:
    """Have a download handler close connections whose response headers do not end, and report what it sends.

    ``on_request`` gets each request when it is sent on an open connection.
    """

    def factory(*args: Any) -> _LimitedFactory:
        made = _LimitedFactory(*args)  # type: ignore[no-untyped-call]
        made.on_request = on_request
        return made

    handler._pool._factory = factory  # type: ignore[assignment]


def is_closing(engine: ExecutionEngine) -> bool:
    """Return whether the engine closes its spider, or has none."""
    return engine._slot is None or engine._slot.closing is not None


class _LimitedProtocol(_LenientHTTP11ClientProtocol):
    """Scrapy's connection, with a limit for the size of the headers."""

    _answer: object = None
    _head = 0
    on_request: Callable[[object], None] | None = None

    def request(self, request: Any) -> Any:
        """Send a request on this open connection."""
        if self.on_request is not None:
            self.on_request(request)
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:
        parser = self._parser
        if parser is not self._answer:
            self._answer, self._head = parser, 0
        if parser is not None and parser.state in (STATUS, HEADER):
            self._head += len(data)
            if self._head > MAX_HEAD:
                why = ValueError(f"its headers are longer than {MAX_HEAD >> 10} KiB")
                self._giveUp(Failure(why))  # type: ignore[no-untyped-call]
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]


class _LimitedFactory(_LenientHTTP11ClientFactory):
    on_request: Callable[[object], None] | None = None

    def buildProtocol(self, addr: Any) -> _LimitedProtocol:
        protocol = _LimitedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
        protocol.on_request = self.on_request
        return protocol
