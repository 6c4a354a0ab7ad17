"""Captures: the HTTP responses of an archive, one after the other, with counts and damage.

``CaptureReader`` reads one input file: ``.warc``, ``.warc.gz``, ``.warc.zst`` or ``.wacz``.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from mayadeen.archives.records import HEADER_END, RecordReader, WarcRecord, digest_of
from mayadeen.archives.writer import MAX_BODIES
from mayadeen.extraction.dates import utc_string
from mayadeen.storage.checked_read import DamagedError, parse_json

SUFFIXES = (".warc", ".warc.gz", ".warc.zst", ".wacz")
WARC_SUFFIXES = SUFFIXES[:3]
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
"""Errors of damaged members, and of members that are encrypted or packed by an unknown method."""
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16}+)(?![0-9A-Fa-f])[^\r\n]*+\r?\n")


@dataclass(frozen=True)
class Capture:
    """One HTTP response of an archive.

    ``date`` is the UTC string of ``WARC-Date``, to the second. ``body`` is as it was transferred, without chunking.
    ``source`` is the file, followed by ``!`` and the member's name in a WACZ, and ``offset`` the record's place in it.
    ``digest`` is the SHA-1 of the body. ``metadata`` is what the crawler noted of the page, and ``info`` the
    ``warcinfo`` of the file. ``truncated`` is the value of ``WARC-Truncated``, or a word of that kind: the body is not
    the whole page.
    """

    url: str
    date: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    source: str
    offset: int
    digest: str
    metadata: dict[str, Any] | None = None
    info: dict[str, str] = field(default_factory=dict)
    truncated: str | None = None

    def header(self, name: str) -> str:
        """Return the value of a header, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass
class CaptureReader:
    """Iterates over the captures of one file, as far as it can be read. It can be iterated once.

    While it is iterated, ``counts`` grows by the type of each record (``response``, ``revisit``, …), and by
    ``revisit_unresolved`` and ``not_http``. ``damage`` grows by one line for each part that cannot be read.
    ``wanted`` decides by the URL of a response, before its body is parsed. Others are counted ``not_wanted``.
    ``keep`` gets the record of each response and revisit that is wanted, as it is in the file.

    Raises ``OSError`` if the file cannot be read.
    """

    path: Path
    wanted: Callable[[str], bool] | None = None
    counts: Counter[str] = field(default_factory=Counter)
    damage: list[str] = field(default_factory=list)
    keep: Callable[[WarcRecord], None] | None = None

    def __iter__(self) -> Iterator[Capture]:
        if self.path.name.lower().endswith(".wacz"):
            yield from self._wacz()
            return
        late: dict[str, dict[str, Any]] = {}
        with self.path.open("rb") as file:
            yield from self.read(file, str(self.path), late)
        if late:
            yield from self._noted_later(late)

    def _noted_later(self, late: dict[str, dict[str, Any]]) -> Iterator[Capture]:
        """Yield captures again whose note came after other pages: a page that was fetched before it was needed."""
        reader = CaptureReader(self.path, self.wanted)
        with self.path.open("rb") as file:
            for found in reader._captures(RecordReader(file), str(self.path)):
                if found.capture is not None and found.id in late:
                    yield replace(found.capture, metadata=late[found.id])

    def _wacz(self) -> Iterator[Capture]:
        with self.path.open("rb") as package:  # a file that cannot be opened is no damage
            try:
                with zipfile.ZipFile(package) as packed:
                    names = [name for name in packed.namelist() if name.lower().endswith(WARC_SUFFIXES)]
                    if not names:
                        self.damage.append(f"{self.path}: no WARC file in it")
                    for name in names:
                        source = f"{self.path}!{_shown(name)}"
                        try:
                            with packed.open(name) as file:
                                yield from self.read(file, source)
                        except _ZIP_ERRORS as error:
                            self.damage.append(f"{source}: {_shown(str(error) or type(error).__name__)}")
            except _ZIP_ERRORS as error:
                self.damage.append(f"{self.path}: {_shown(str(error) or type(error).__name__)}")

    def read(self, file: IO[bytes], source: str, late: dict[str, dict[str, Any]] | None = None) -> Iterator[Capture]:
        """Yield the captures of an open WARC file. It needs no seeking.

        ``late`` gets the crawler's notes that do not follow their response, by the id of its record.
        """
        records = RecordReader(file)
        try:
            yield from _with_metadata(self._captures(records, source), {} if late is None else late)
        finally:
            self.damage += [f"{source}: {damage}" for damage in records.damage]

    def _captures(self, records: Iterable[WarcRecord], source: str) -> Iterator[_Found]:
        info: dict[str, str] = {}
        bodies: OrderedDict[str, bytes] = OrderedDict()
        for record in records:
            self.counts[record.type or "unnamed"] += 1
            if record.type == "warcinfo":
                info = _fields(record.block)
            elif record.type == "metadata":
                yield _Found(record.headers.get("warc-concurrent-to", ""), metadata=_fields(record.block))
            elif record.type in ("response", "revisit"):
                if self.wanted is not None and not self.wanted(record.url):
                    self.counts["not_wanted"] += 1
                    continue
                if self.keep is not None:
                    self.keep(record)
                capture = self._capture(record, source, info, bodies)
                if capture is not None:
                    yield _Found(record.headers.get("warc-record-id", ""), capture)

    def _capture(
        self, record: WarcRecord, source: str, info: dict[str, str], bodies: OrderedDict[str, bytes]
    ) -> Capture | None:
        parsed = _parse_http(record.block)
        date = _date(record.headers.get("warc-date", ""))
        if parsed is None or date is None or not is_http(record.url):
            self.counts["not_http"] += 1
            return None
        status, headers, body = parsed
        digest = digest_of(body)
        if record.type == "revisit":
            digest = record.headers.get("warc-payload-digest", "")
            if digest not in bodies:
                self.counts["not_modified" if status == 304 else "revisit_unresolved"] += 1
                return None
            body = bodies[digest]
        elif body:
            bodies[digest] = body
            if len(bodies) > MAX_BODIES:
                bodies.popitem(last=False)
        truncated = record.headers.get("warc-truncated") or _cut(record, headers, body)
        return Capture(record.url, date, status, headers, body, source, record.offset, digest, None, info, truncated)


@dataclass(frozen=True)
class _Found:
    """A capture or metadata, with the id of the response that it belongs to."""

    id: str
    capture: Capture | None = None
    metadata: dict[str, str] | None = None


def _with_metadata(found: Iterable[_Found], late: dict[str, dict[str, Any]]) -> Iterator[Capture]:
    """Join each capture with the metadata record that follows it. Notes without one go into ``late``."""
    waiting: _Found | None = None
    for one in found:
        if one.metadata is None:
            if waiting is not None and waiting.capture is not None:
                yield waiting.capture
            waiting = one
        elif waiting is not None and waiting.capture is not None and waiting.id == one.id:
            yield replace(waiting.capture, metadata=_decoded(one.metadata))
            waiting = None
        elif note := _decoded(one.metadata):
            late[one.id] = note
    if waiting is not None and waiting.capture is not None:
        yield waiting.capture


def _decoded(fields: dict[str, str]) -> dict[str, Any] | None:
    """Return the crawler's own note in a metadata record, or ``None``."""
    try:
        note = parse_json(fields.get("mayadeen", ""))
    except DamagedError:
        return None
    return note if isinstance(note, dict) and _is_note(note) else None


def _is_note(note: dict[str, Any]) -> bool:
    """Return whether the values have the types that the crawler writes."""
    section, via, cost = note.get("section"), note.get("discovered_via"), note.get("cost", 1)
    texts = (note.get(key) for key in ("record", "kind", "requested_url", "requested"))
    return (
        all(text is None or isinstance(text, str) for text in texts)
        and (section is None or (isinstance(section, list) and _are_texts(section, 3)))
        and (via is None or (isinstance(via, dict) and via.keys() == {"kind", "url", "position"}))
        and (via is None or (_are_texts([via["kind"], via["url"]], 2) and isinstance(via["position"], int | None)))
        and type(cost) is int
    )


def _are_texts(values: list[Any], count: int) -> bool:
    return len(values) == count and all(value is None or isinstance(value, str) for value in values)


def _fields(block: bytes) -> dict[str, str]:
    """Read ``application/warc-fields``."""
    lines = (line.partition(":") for line in block.decode("utf-8", "replace").splitlines())
    return {name.strip(): value.strip() for name, colon, value in lines if colon}


def is_http(url: str) -> bool:
    """Return whether a URL is absolute, valid and of HTTP."""
    try:
        return urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _date(text: str) -> str | None:
    try:
        date = datetime.fromisoformat(text)
        return utc_string(date if date.tzinfo else date.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def _cut(record: WarcRecord, headers: list[tuple[str, str]], body: bytes) -> str | None:
    """Return why a body is not the whole page although its record is whole, or ``None``."""
    if "warc-segment-number" in record.headers:  # the rest is in `continuation` records
        return "segment"
    lengths = [value for name, value in headers if name.lower() == "content-length"]
    # A body that was unpacked or recoded by its archive is longer. A shorter one came over a connection that broke.
    is_short = len(lengths) == 1 and lengths[0].isdecimal() and len(lengths[0]) < 16 and len(body) < int(lengths[0])
    return "disconnect" if is_short else None


def _parse_http(block: bytes) -> tuple[int, list[tuple[str, str]], bytes] | None:
    end = HEADER_END.search(block)
    head, body = (block[: end.start()], block[end.end() :]) if end else (block, b"")
    lines = head.decode("utf-8", "replace").splitlines()
    match = re.match(r"HTTP/\d(?:\.\d)?\s+(\d{3})\b", lines[0]) if lines else None
    if match is None:
        return None
    headers: list[tuple[str, str]] = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers.append((name.strip(), value.strip()))
    if any(n.lower() == "transfer-encoding" and "chunked" in v.lower() for n, v in headers):
        body = _dechunked(body)
    return int(match[1]), headers, body


def _dechunked(body: bytes) -> bytes:
    """Join the chunks of a body. Many archives keep the header of a body that is not chunked any more."""
    parts: list[bytes] = []
    at = 0
    while match := _CHUNK_SIZE.match(body, at):
        size = int(match[1], 16)
        if size == 0:
            return b"".join(parts)
        part = body[match.end() : match.end() + size]
        if len(part) < size:
            break
        parts.append(part)
        at = match.end() + size + (2 if body[match.end() + size : match.end() + size + 2] == b"\r\n" else 1)
    return body


def archive_files(path: Path) -> list[Path]:
    """Return the archives at a path: the file, or those in the folder and its subfolders, in order of their names."""
    if path.is_dir():
        return sorted(found for found in path.rglob("*") if is_archive(found))
    return [path]


def is_archive(path: Path) -> bool:
    """Return whether a file is an archive, by its name."""
    return path.is_file() and path.name.lower().endswith(SUFFIXES)


def _shown(name: str) -> str:
    """Return a member's name for people: control characters are written out."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in name)
