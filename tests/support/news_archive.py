"""WARC files of invented news pages, and a substitute of Common Crawl's data host on the loopback."""

from __future__ import annotations

import gzip
import re
import threading
from collections import Counter
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from mayadeen.archives.records import digest_of
from testsite import SyntheticSite

HOST = "https://english.almayadeen.net"
SITE = SyntheticSite(posts=200, seed=3)


def member(url: str, body: bytes, date: str = "2026-11-20T10:00:00Z") -> bytes:
    """A response record as a gzip member."""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: {date}\r\n"
        f"WARC-Record-ID: <urn:test:{url}>\r\nWARC-Block-Digest: {digest_of(block)}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + block + b"\r\n\r\n", mtime=0)


def page(number: int, site: SyntheticSite = SITE) -> tuple[str, bytes]:
    """URL and body of an article."""
    url = HOST + site.answer(number)["record"]["canonical_url"].split("almayadeen.net")[1]
    return url, site.page(number, HOST).encode()


def warc(numbers: Sequence[int], others: int = 0, site: SyntheticSite = SITE) -> bytes:
    """A WARC file of articles, with pages of other hosts between them."""
    parts = []
    for number in numbers:
        parts.append(member(*page(number, site)))
        parts += [member(f"https://other.example/{number}/{n}", bytes(2000)) for n in range(others)]
    return b"".join(parts)


def write_warc(path: Path, numbers: Sequence[int], site: SyntheticSite = SITE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(warc(numbers, site=site))
    return path


class DataHostStandIn:
    """Serves files by path, with ranges. ``busy`` answers 503 first, ``cuts`` are offsets where a reply ends early.

    ``log`` has path, status, range and user agent of each request. ``most`` is the largest number of replies at once.
    """

    def __init__(self, files: dict[str, bytes], busy: int = 0, cuts: dict[str, list[int]] | None = None) -> None:
        self.files, self.busy, self.cuts = files, Counter(dict.fromkeys(files, busy)), cuts or {}
        self.log: list[tuple[str, int, str, str]] = []
        self.most = self._open = 0
        self._lock = threading.Lock()
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with stand_in._lock:
                    stand_in._open += 1
                    stand_in.most = max(stand_in.most, stand_in._open)
                try:
                    stand_in._serve(self)
                finally:
                    with stand_in._lock:
                        stand_in._open -= 1

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.lstrip("/")
        wanted = handler.headers.get("Range", "")
        data = self.files.get(path)
        start = int(match[1]) if (match := re.match(r"bytes=(\d+)-$", wanted)) else 0
        with self._lock:
            if data is None:
                status, part = 404, b""
            elif self.busy[path] > 0:
                self.busy[path] -= 1
                status, part = 503, b""
            else:
                status, part = (206 if wanted else 200), data[start:]
            self.log.append((path, status, wanted, handler.headers.get("User-Agent", "")))
            cut = self.cuts[path].pop(0) if status in (200, 206) and self.cuts.get(path) else None
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(part)))
        if data is not None:
            handler.send_header("ETag", f'"{len(data)}"')
            if status == 206:
                handler.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        handler.end_headers()
        handler.wfile.write(part if cut is None else part[: cut - start])
        if cut is not None:
            handler.close_connection = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
