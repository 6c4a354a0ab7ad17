"""All private names of Scrapy and Twisted that the project uses. A test fails when an upgrade changes one of them."""

from __future__ import annotations

from typing import Any

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


def limit_headers(handler: HTTP11DownloadHandler) -> None:
    """Have a download handler close connections whose response headers do not end."""
    handler._pool._factory = _LimitedFactory


def is_closing(engine: ExecutionEngine) -> bool:
    """Return whether the engine closes its spider, or has none."""
    return engine._slot is None or engine._slot.closing is not None


class _LimitedProtocol(_LenientHTTP11ClientProtocol):
    """Scrapy's connection, with a limit for the size of the headers."""

    _answer: object = None
    _head = 0

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
    def buildProtocol(self, addr: Any) -> _LimitedProtocol:
        return _LimitedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
