"""WARC records: framing, whole or lost, each loss named.

Libraries hand over a record that was cut short as if it were whole, or skip a damaged one in silence. Framing is
therefore done here: a record counts only if all of its bytes are there and its digest, if it names one, is right.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from mayadeen.archives.streams import Piece, PieceReader

_VERSION_START = b"WARC/"
_VERSION = re.compile(rb"WARC/[01]\.\d{1,2}\r?\n")
_NEXT = re.compile(rb"WARC/[01]\.\d{1,2}\r?\n(?=[A-Za-z-]{1,50}:)")
_LONGEST_NEXT = 62
"""Bytes that ``_NEXT`` looks at, at most."""
HEADER_END = re.compile(rb"\r?\n\r?\n")
_BLANK = re.compile(rb"[\r\n]+")
_MAX_HEADER, _FIRST_LINE = 1 << 18, 16
MAX_BLOCK = 1 << 28
"""Bytes of a record. A longer one is skipped and named."""
MAX_DAMAGE = 10_000
"""Damaged parts of a file after which nothing more is read of it."""
_MAX_NAMED = 1 << 14
"""Bytes of a damaged header in which the URL is looked for."""
_LENGTH = re.compile(r"[0-9]{1,15}\Z")
_END = b"\r\n\r\n"


@dataclass(frozen=True)
class WarcRecord:
    """One whole record. Names of ``headers`` are in lower case. ``offset`` is that of its member in the file."""

    type: str
    headers: dict[str, str]
    block: bytes
    offset: int

    @property
    def url(self) -> str:
        return self.headers.get("warc-target-uri", "").strip("<>")


@dataclass(frozen=True)
class Damage:
    """What could not be read: where, why, and the URL if it is known."""

    offset: int
    reason: str
    url: str | None = None

    def __str__(self) -> str:
        return f"byte {self.offset}: {self.reason}" + (f" ({self.url})" if self.url else "")


@dataclass
class RecordReader:
    """Iterates over the whole records of a file. ``damage`` grows while it is read.

    Raises ``OSError`` if the file cannot be read.
    """

    file: IO[bytes]
    damage: list[Damage] = field(default_factory=list)

    def __iter__(self) -> Iterator[WarcRecord]:
        framer = _Framer(self.damage)
        for piece in PieceReader(self.file).pieces():
            yield from framer.feed(piece)
            if len(self.damage) > MAX_DAMAGE:
                self.damage.append(Damage(piece.offset, f"more than {MAX_DAMAGE} damaged parts: the rest is not read"))
                return
        yield from framer.close()


class _Framer:
    """Cuts uncompressed bytes into records. Its buffer begins where a record is expected, or where one is searched.

    What it finds does not depend on how the bytes of a member or file are cut into pieces.
    """

    def __init__(self, damage: list[Damage]) -> None:
        self._damage = damage
        self._data = bytearray()
        self._offset = 0
        self._needed = 0  # bytes of the record at the start of the buffer, as far as that is known
        self._without_end = 0  # bytes of the buffer in which no header ends
        self._searching = False  # after damage, until the next record begins

    def feed(self, piece: Piece) -> Iterator[WarcRecord]:
        """Yield the records that a piece completes. At the end of a member, an incomplete record is damage."""
        if not piece.plain:
            self._offset = piece.offset
        self._data += piece.data
        named = len(self._damage)
        yield from self._records(piece)
        if piece.ends:
            if piece.error is not None and named == len(self._damage):
                self._lost(piece.error)
            self._data.clear()
            self._needed = self._without_end = 0
            self._searching = False

    def close(self) -> Iterator[WarcRecord]:
        """Yield the records that follow an incomplete one at the end of a file without members."""
        end = Piece(self._offset, b"", ends=True, error="the file ends within a record", plain=True)
        yield from self._records(end)

    def _records(self, piece: Piece) -> Iterator[WarcRecord]:
        incomplete = piece.error or "the record is longer than its member"
        while len(self._damage) <= MAX_DAMAGE:
            if self._searching and not self._find_next(piece):
                return
            if self._needed == 0 and (blank := _BLANK.match(self._data)):
                self._skip(blank.end(), piece)
            if not self._data or (len(self._data) < self._needed and not piece.ends):
                return
            version = _VERSION.match(self._data)
            if version is None:
                if len(self._data) < _MAX_NAMED and not piece.ends:
                    return
                cut = len(self._data) <= _FIRST_LINE and self._data.startswith(_VERSION_START[: len(self._data)])
                self._resync(incomplete if cut else "not a WARC record", 0, piece)
                continue
            end = HEADER_END.search(self._data, self._without_end, _MAX_HEADER)
            if end is None:
                self._without_end = max(0, min(len(self._data), _MAX_HEADER) - len(_END) + 1)
                if len(self._data) < _MAX_HEADER and not piece.ends:
                    return
                self._resync("a header without an end" if len(self._data) >= _MAX_HEADER else incomplete, 1, piece)
                continue
            headers = _headers(bytes(self._data[version.end() : end.start()]))
            length = headers.get("content-length", "")
            if not _LENGTH.match(length):
                self._resync(f"Content-Length is {length!r:.40}", end.start(), piece)
                continue
            if int(length) > MAX_BLOCK:
                self._resync(f"a record of {length} bytes, more than {MAX_BLOCK}", end.start(), piece)
                continue
            # A record ends with two line breaks. If other bytes follow, it was cut, or its length is wrong.
            block_end = end.end() + int(length)
            self._needed = block_end + len(_END)
            ending = bytes(self._data[block_end : self._needed])
            if len(ending) < len(_END):
                if not piece.ends:
                    return
                # In a complete member, whose checksum is right, a missing line break is no loss.
                if piece.error or len(self._data) < block_end or ending.strip(b"\r\n"):
                    self._resync(incomplete, end.start(), piece)
                    continue
            elif ending != _END:
                self._resync("its length is wrong", end.start(), piece)
                continue
            elif piece.error and piece.trusted and not piece.plain and len(self._data) == self._needed:
                self._resync(piece.error, end.start(), piece)  # the member was cut in its checksum
                continue
            block = bytes(self._data[end.end() : block_end])
            if why := _flaw(headers, block, trusted=piece.trusted):
                self._lost(why)
            else:
                yield WarcRecord(headers.get("warc-type", ""), headers, block, self._offset)
            self._skip(min(self._needed, len(self._data)), piece)

    def _lost(self, why: str) -> None:
        """Name damage at the start of the buffer, with the URL in what is left of the header."""
        following = _NEXT.search(self._data, 1, _MAX_NAMED)
        start = bytes(self._data[: following.start() if following else _MAX_NAMED])
        end = HEADER_END.search(start)
        url = _headers(start[: end.start()] if end else start).get("warc-target-uri")
        self._damage.append(Damage(self._offset, why, url))

    def _resync(self, why: str, size: int, piece: Piece) -> None:
        """Name damage, skip bytes of it, and search the next record."""
        self._lost(why)
        self._skip(size, piece)
        self._searching = True

    def _find_next(self, piece: Piece) -> bool:
        """Move to the next record. Without one, keep only bytes with which a record can begin."""
        following = _NEXT.search(self._data)
        self._searching = following is None
        rest = 0 if piece.ends else _LONGEST_NEXT
        self._skip(following.start() if following else max(len(self._data) - rest, 0), piece)
        return following is not None

    def _skip(self, size: int, piece: Piece) -> None:
        del self._data[:size]
        self._needed = 0
        self._without_end = max(0, self._without_end - size)
        if piece.plain:
            self._offset += size


def _flaw(headers: dict[str, str], block: bytes, *, trusted: bool) -> str | None:
    """Return why a complete record does not count, or ``None``."""
    right = digest_is_right(headers.get("warc-block-digest", ""), block)
    if right is False:
        return "the digest is wrong"
    if right is None and not trusted:
        return "its member is damaged, and no digest proves the record"
    return None


def _headers(text: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for line in re.split(rb"\r?\n", text):
        if line[:1] in (b" ", b"\t") and name:  # continued
            found[name] += " " + line.strip().decode("utf-8", "replace")
            continue
        key, colon, value = line.partition(b":")
        if colon:
            name = key.strip().lower().decode("latin-1")
            found.setdefault(name, value.strip().decode("utf-8", "replace"))
    return found


def record_bytes(record: WarcRecord, version: str = "1.1") -> bytes:
    """Return a record as it is written in a WARC file, with its headers in their usual spelling."""
    headers = ((_header_name(name), value) for name, value in record.headers.items())
    return framed(headers, record.block, version)


def framed(headers: Iterable[tuple[str, str]], block: bytes, version: str = "1.1") -> bytes:
    """Return headers and block as a WARC file has them."""
    return head_bytes(f"WARC/{version}", headers) + block + _END


def head_bytes(line: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Return a first line and headers, as WARC and HTTP write them, with the blank line that ends them."""
    return "".join([line, "\r\n", *(f"{name}: {value}\r\n" for name, value in headers), "\r\n"]).encode()


def _header_name(name: str) -> str:
    words = [word.upper() if word in ("warc", "ip", "id", "uri") else word.title() for word in name.split("-")]
    return "-".join(words)


def digest_is_right(digest: str, block: bytes) -> bool | None:
    """Return whether a digest such as ``sha1:BASE32`` is that of a block. ``None`` if there is none to check."""
    name, _, value = digest.strip().partition(":")
    name = name.lower().replace("-", "")
    if name not in ("sha1", "sha256", "sha512", "md5") or not value:
        return None
    actual = hashlib.new(name, block, usedforsecurity=False).digest()
    if len(value) == 2 * len(actual):
        return value.lower() == actual.hex()
    return value.rstrip("=").upper() == base64.b32encode(actual).decode().rstrip("=")


def digest_of(data: bytes) -> str:
    """Return the digest of bytes as WARC writes it."""
    return f"sha1:{base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()}"
