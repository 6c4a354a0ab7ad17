"""Writes the pages of one run as WARC files, and repairs what a killed run left.

Files are named ``<run id>-<number>.warc.gz``. While one is written, its name ends with ``.open``. A file is never
appended to by another run: a record that was cut would hide everything behind it.
"""

from __future__ import annotations

import fcntl
import gzip
import json
import logging
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit, urlunsplit

from mayadeen.archives.records import digest_of, framed, head_bytes
from mayadeen.archives.streams import whole_length
from mayadeen.extraction.dates import utc_string
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
MAX_BODIES = 64
"""Bodies to which a later record of the same file can refer. A reader keeps as many, so that it resolves each."""
_LEVEL, _STORED = 4, 0
"""Levels of gzip. Bodies that are packed already are stored: packing them again gains nothing."""
_FIELDS = "application/warc-fields"

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
        self._bodies: dict[str, tuple[str, str, str]] = {}  # digest → id, URL and date of its response in this file

    def write(self, exchange: Exchange) -> str:
        """Write response, note and request, and return the id of the response's record.

        They are handed to the system: they survive a kill of the process.
        """
        url = without_userinfo(exchange.url)
        file = self._file or self._begin()
        response_id, response = self._response(url, exchange)
        together = {"WARC-Date": exchange.started_at, "WARC-Concurrent-To": response_id}
        file.write(response)
        if exchange.note is not None:
            file.write(_note(url, together, exchange.note))
        parts = urlsplit(url)
        path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        headers = [("Host", parts.netloc), *kept_headers(exchange.request_headers, without=("host",))]
        head = head_bytes(f"{exchange.method} {path} HTTP/1.1", headers)
        file.write(_member("request", url, together, "application/http; msgtype=request", head))
        file.flush()
        if file.tell() >= self._max_size:
            self.close()
        return response_id

    def add_note(self, url: str, started_at: str, response_id: str, note: Mapping[str, Any]) -> None:
        """Write the note of a response that was written before."""
        file = self._file or self._begin()
        headers = {"WARC-Date": started_at, "WARC-Concurrent-To": response_id}
        file.write(_note(without_userinfo(url), headers, note))
        file.flush()

    def _response(self, url: str, exchange: Exchange) -> tuple[str, bytes]:
        """Return the id and the record of a response."""
        id, kind, body = _new_id(), "application/http; msgtype=response", exchange.body
        more = {"WARC-Date": exchange.started_at, "WARC-Record-ID": id}
        headers = kept_headers(exchange.response_headers, without=_HOP_BY_HOP)
        status = f"HTTP/1.1 {exchange.status} {exchange.reason}".rstrip()
        if exchange.status == 304:
            more |= {"WARC-Profile": NOT_MODIFIED, "WARC-Refers-To-Target-URI": url}
            return id, _member("revisit", url, more, kind, head_bytes(status, headers))
        is_packed = any(name.lower() == "content-encoding" for name, _ in headers)
        head = head_bytes(status, [*headers, ("Content-Length", str(len(body)))])
        digest = digest_of(body)
        more["WARC-Payload-Digest"] = digest
        if body and digest in self._bodies:
            first_id, first_url, first_date = self._bodies[digest]
            more |= {
                "WARC-Profile": IDENTICAL, "WARC-Refers-To": first_id, "WARC-Refers-To-Target-URI": first_url,
                "WARC-Refers-To-Date": first_date,
            }  # fmt: skip
            return id, _member("revisit", url, more, kind, head)
        if body:
            self._bodies[digest] = (id, url, exchange.started_at)
            if len(self._bodies) > MAX_BODIES:
                del self._bodies[next(iter(self._bodies))]
        return id, _member("response", url, more, kind, head + body, _STORED if is_packed else _LEVEL)

    def _begin(self) -> IO[bytes]:
        self._number += 1
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path = self._folder / f"{self._run_id}-{self._number:05d}.warc.gz"
        file = self._file = self._path.with_name(self._path.name + OPEN).open("xb")
        sync_path(self._folder)  # after a power cut, an empty file says that pages of this run are lost
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._bodies = {}
        fields = "".join(f"{name}: {value}\r\n" for name, value in self._info.items())
        headers = {"WARC-Date": utc_string(datetime.now(UTC)), "WARC-Filename": self._path.name}
        file.write(_member("warcinfo", None, headers, _FIELDS, fields.encode()))
        return file

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


def _member(
    type: str, url: str | None, headers: Mapping[str, str], content_type: str, block: bytes, level: int = _LEVEL
) -> bytes:
    """Return a record as a gzip member of its own."""
    fields = {"WARC-Type": type, "WARC-Record-ID": headers.get("WARC-Record-ID") or _new_id()}
    if url is not None:
        fields["WARC-Target-URI"] = url
    fields |= {**headers, "WARC-Block-Digest": digest_of(block), "Content-Type": content_type}
    fields["Content-Length"] = str(len(block))
    return gzip.compress(framed(fields.items(), block), level, mtime=0)


def _note(url: str, headers: Mapping[str, str], note: Mapping[str, Any]) -> bytes:
    return _member("metadata", url, headers, _FIELDS, f"mayadeen: {json.dumps(note, ensure_ascii=False)}\r\n".encode())


def _new_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"


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
