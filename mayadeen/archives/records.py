"""WARC records: framing, whole or lost, each loss named.

Libraries hand over a record that was cut short as if it were whole, or skip a damaged one in silence. Framing is
therefore done here: a record counts only if all of its bytes are there and its digest, if it names one, is right.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from mayadeen.archives.streams import Piece, PieceReader

_VERSION = re.compile(rb"WARC/[01]\.\d{1,2}\r?\n")
_NEXT = re.compile(rb"WARC/[01]\.\d{1,2}\r?\n(?=[A-Za-z-]+:)")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
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
        framer.close()


class _Framer:
    """Cuts uncompressed bytes into records. Its buffer begins where a record is expected."""

    def __init__(self, damage: list[Damage]) -> None:
        self._damage = damage
        self._data = bytearray()
        self._offset = 0
        self._needed = 0  # bytes that the next record needs, as far as that is known
        self._trusted = True
        self._ahead = 0  # bytes of a record that is skipped, and that are not in the buffer

    def feed(self, piece: Piece) -> Iterator[WarcRecord]:
        """Yield the records that a piece completes. What is left of a member at its end is damage."""
        if not piece.plain:
            self._offset = piece.offset
        self._trusted = piece.trusted
        skipped = min(self._ahead, len(piece.data))
        self._ahead -= skipped
        if piece.plain:
            self._offset += skipped
        self._data += piece.data[skipped:]
        named = len(self._damage)
        yield from self._records(piece)
        if piece.ends:
            if self._data.strip(b"\r\n"):
                self._lost(piece.error or "the record is longer than its member")
            elif piece.error is not None and named == len(self._damage):
                self._lost(piece.error)
            self._data.clear()
            self._needed = self._ahead = 0

    def close(self) -> None:
        """Name what is left when the file ends."""
        if self._data.strip(b"\r\n"):
            self._lost("the file ends within a record")

    def _records(self, piece: Piece) -> Iterator[WarcRecord]:
        while len(self._damage) <= MAX_DAMAGE:
            blank = len(self._data) - len(self._data.lstrip(b"\r\n"))
            if blank and self._needed == 0:
                self._skip(blank, piece)
            waits = not piece.ends or piece.error is not None or not self._data
            if len(self._data) < max(self._needed, 1) and waits:
                return
            end = _HEADER_END.search(self._data, 0, _MAX_HEADER)
            version = _VERSION.match(self._data)
            if version is None and len(self._data) > _FIRST_LINE:
                self._resync("not a WARC record", 0, piece)
                continue
            if version is None or end is None:
                if len(self._data) > _MAX_HEADER:
                    self._resync("a header without an end", 1, piece)
                    continue
                self._needed = len(self._data) + 1
                return
            headers = _headers(bytes(self._data[version.end() : end.start()]))
            length = headers.get("content-length", "")
            if not _LENGTH.match(length):
                self._resync(f"Content-Length is {length!r:.40}", end.start(), piece)
                continue
            if int(length) > MAX_BLOCK:
                self._lost(f"a record of {length} bytes, more than {MAX_BLOCK}")
                whole = end.end() + int(length) + len(_END)
                self._ahead = max(whole - len(self._data), 0)
                self._skip(min(whole, len(self._data)), piece)
                continue
            # A record ends with two line breaks. If other bytes follow, it was cut, or its length is wrong.
            block_end = end.end() + int(length)
            self._needed = block_end + len(_END)
            ending = bytes(self._data[block_end : self._needed])
            if len(ending) < len(_END):
                # In a complete member, whose checksum is right, a missing line break is no loss.
                if not piece.ends or piece.error or len(self._data) < block_end or ending.strip(b"\r\n"):
                    return
            elif ending != _END:
                self._resync("its length is wrong", end.start(), piece)
                continue
            elif piece.error and piece.trusted and len(self._data) == self._needed:
                return  # the member was cut in its checksum: its last record counts as cut
            block = bytes(self._data[end.end() : block_end])
            if why := self._flaw(headers, block):
                self._lost(why)
            else:
                yield WarcRecord(headers.get("warc-type", ""), headers, block, self._offset)
            self._skip(min(self._needed, len(self._data)), piece)

    def _flaw(self, headers: dict[str, str], block: bytes) -> str | None:
        right = digest_is_right(headers.get("warc-block-digest", ""), block)
        if right is False:
            return "the digest is wrong"
        if right is None and not self._trusted:
            return "its member is damaged, and no digest proves the record"
        return None

    def _lost(self, why: str) -> None:
        """Name damage at the start of the buffer."""
        start = bytes(self._data[:_MAX_NAMED])
        end = _HEADER_END.search(start)
        url = _headers(start[: end.start()] if end else start).get("warc-target-uri")
        self._damage.append(Damage(self._offset, why, url))

    def _resync(self, why: str, start: int, piece: Piece) -> None:
        """Name damage and move to the next record in the buffer. Without one, the end may be part of its first line."""
        self._lost(why)
        following = _NEXT.search(self._data, max(start, 1))
        self._skip(following.start() if following else max(len(self._data) - _FIRST_LINE, 1), piece)

    def _skip(self, size: int, piece: Piece) -> None:
        del self._data[:size]
        self._needed = 0
        if piece.plain:
            self._offset += size


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
