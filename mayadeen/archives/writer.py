"""Writes the pages of one run as WARC files, and repairs what a killed run left.

Files are named ``<run id>-<number>.warc.gz``. While one is written, its name ends with ``.open``. A file is never
appended to by another run: a record that was cut would hide everything behind it.
"""

from __future__ import annotations

import fcntl
import gzip
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit, urlunsplit

from mayadeen.archives.records import digest_of
from mayadeen.archives.streams import whole_length
from mayadeen.storage.atomic_write import sync_file, sync_path

logger = logging.getLogger(__name__)

FOLDER = "warc"
"""The archives' folder in the data folder."""
OPEN = ".open"
MAX_SIZE = 1_000_000_000
"""Bytes after which a new file is begun, as other tools do."""
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_SECRET = frozenset(
    {"authorization", "cookie", "set-cookie", "set-cookie2", "proxy-authorization", "proxy-authenticate"}
)
_HOP_BY_HOP = frozenset({"transfer-encoding", "content-length", "connection", "keep-alive"})
"""Headers of the transfer, which Scrapy has undone: Content-Length is written as it is in the record."""
_MAX_BODIES = 100_000
_LEVEL = 4

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Exchange:
    """A request and its response. ``started_at`` is a UTC string, ``note`` what the page itself does not say."""

    url: str
    started_at: str
    method: str
    request_headers: Headers
    status: int
    reason: str
    response_headers: Headers
    body: bytes
    note: Mapping[str, Any] | None = None


class WarcWriter:
    """The files of one run. Methods raise ``OSError`` if nothing more can be written."""

    def __init__(self, data: Path, run_id: str, info: Mapping[str, str], max_size: int = MAX_SIZE) -> None:
        self._folder, self._run_id, self._info, self._max_size = data / FOLDER, run_id, info, max_size
        self._number = 0
        self._file: IO[bytes] | None = None
        self._path = self._folder
        self._writer: Any = None
        self._buffer = BytesIO()
        self._bodies: dict[str, tuple[str, str, str]] = {}  # digest → id, URL and date of its response in this file

    def write(self, exchange: Exchange) -> str:
        """Write response, note and request, and return the id of the response's record.

        They are handed to the system: they survive a kill of the process.
        """
        if self._file is None:
            self._begin()
        assert self._file is not None
        url = without_userinfo(exchange.url)
        date = {"WARC-Date": exchange.started_at}
        response = self._response(url, exchange, date)
        response_id: str = response.rec_headers.get_header("WARC-Record-ID")
        self._put(response)
        together = {**date, "WARC-Concurrent-To": response_id}
        if exchange.note is not None:
            self._add(url, "metadata", _note_fields(exchange.note), "application/warc-fields", together)
        parts = urlsplit(url)
        path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        headers = [("Host", parts.netloc), *kept_headers(exchange.request_headers, without=("host",))]
        self._add(url, "request", b"", None, together, self._head(f"{exchange.method} {path} HTTP/1.1", headers))
        self._file.flush()
        if self._file.tell() >= self._max_size:
            self.close()
        return response_id

    def add_note(self, url: str, started_at: str, response_id: str, note: Mapping[str, Any]) -> None:
        """Write the note of a response that was written before."""
        if self._file is None:
            self._begin()
        assert self._file is not None
        headers = {"WARC-Date": started_at, "WARC-Concurrent-To": response_id}
        self._add(without_userinfo(url), "metadata", _note_fields(note), "application/warc-fields", headers)
        self._file.flush()

    def _response(self, url: str, exchange: Exchange, date: dict[str, str]) -> Any:
        headers = kept_headers(exchange.response_headers, without=_HOP_BY_HOP)
        status = f"{exchange.status} {exchange.reason}".strip()
        digest = digest_of(exchange.body)
        if exchange.status == 304:
            more = {"WARC-Profile": NOT_MODIFIED, "WARC-Refers-To-Target-URI": url}
            return self._record(url, "revisit", b"", None, {**date, **more}, self._head(status, headers, "HTTP/1.1"))
        headers.append(("Content-Length", str(len(exchange.body))))
        head = self._head(status, headers, "HTTP/1.1")
        if exchange.body and digest in self._bodies:
            first_id, first_url, first_date = self._bodies[digest]
            more = {
                "WARC-Profile": IDENTICAL, "WARC-Payload-Digest": digest, "WARC-Refers-To": first_id,
                "WARC-Refers-To-Target-URI": first_url, "WARC-Refers-To-Date": first_date,
            }  # fmt: skip
            return self._record(url, "revisit", b"", None, {**date, **more}, head)
        response = self._record(url, "response", exchange.body, None, date, head)
        if exchange.body and len(self._bodies) < _MAX_BODIES:
            id = response.rec_headers.get_header("WARC-Record-ID")
            self._bodies[digest] = (id, url, exchange.started_at)
        return response

    def _begin(self) -> None:
        from warcio.warcwriter import WARCWriter  # an extra: not needed unless pages are kept

        self._number += 1
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path = self._folder / f"{self._run_id}-{self._number:05d}.warc.gz"
        self._file = self._path.with_name(self._path.name + OPEN).open("xb")
        sync_path(self._folder)  # after a power cut, an empty file says that pages of this run are lost
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._buffer = BytesIO()
        self._writer = WARCWriter(self._buffer, gzip=False, warc_version="WARC/1.1")
        self._bodies = {}
        fields = "".join(f"{name}: {value}\r\n" for name, value in self._info.items())
        self._add(None, "warcinfo", fields.encode(), "application/warc-fields", {"WARC-Filename": self._path.name})

    def _add(
        self, url: str | None, type: str, block: bytes, kind: str | None, headers: dict[str, str], head: Any = None
    ) -> None:
        self._put(self._record(url, type, block, kind, headers, head))

    def _put(self, record: Any) -> None:
        """Write a record as a gzip member of its own. warcio compresses at level 9, which costs more than it saves."""
        assert self._file is not None
        self._buffer.seek(0)
        self._buffer.truncate()
        self._writer.write_record(record)
        self._file.write(gzip.compress(self._buffer.getvalue(), _LEVEL, mtime=0))

    def _record(
        self, url: str | None, type: str, block: bytes, kind: str | None, headers: dict[str, str], head: Any = None
    ) -> Any:
        return self._writer.create_warc_record(
            url, type, payload=BytesIO(block), length=len(block), warc_content_type=kind or "",
            warc_headers_dict=headers, http_headers=head,
        )  # fmt: skip

    @staticmethod
    def _head(line: str, headers: Headers, protocol: str = "") -> Any:
        from warcio.statusandheaders import StatusAndHeaders

        if not protocol:
            line, _, rest = line.partition(" ")
            return StatusAndHeaders(rest, list(headers), protocol=line, is_http_request=True)
        return StatusAndHeaders(line, list(headers), protocol=protocol)

    def close(self) -> None:
        """Complete the file that is being written, on the disk."""
        if self._file is None:
            return
        file, self._file = self._file, None
        try:
            sync_file(file)
            self._path.with_name(self._path.name + OPEN).rename(self._path)
            sync_path(self._folder)
        finally:
            file.close()


def _note_fields(note: Mapping[str, Any]) -> bytes:
    return f"mayadeen: {json.dumps(note, ensure_ascii=False)}\r\n".encode()


def kept_headers(headers: Headers, without: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return headers without credentials, and without those named. Line breaks become blanks."""
    dropped = _SECRET | {*without}
    return [(name, " ".join(value.split())) for name, value in headers if name.lower() not in dropped]


def without_userinfo(url: str) -> str:
    """Return a URL without user name and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def repair_archives(data: Path) -> list[Path]:
    """Complete the files that killed runs left open, and return them.

    Each is cut after its last whole record. A file that another run is writing is locked, and left alone.
    """
    repaired = []
    for path in sorted((data / FOLDER).glob(f"*{OPEN}")):
        with path.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            file.truncate(whole_length(file))
            sync_file(file)
            path.rename(path.with_name(path.name.removesuffix(OPEN)))
            repaired.append(path.with_name(path.name.removesuffix(OPEN)))
        sync_path(data / FOLDER)
    return repaired
