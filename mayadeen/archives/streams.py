"""Uncompressed bytes of an archive, member by member, read past damage."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["Piece", "PieceReader", "whole_length", "zstd"]

GZIP, ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"
"""Bytes 2 to 4 of a zstd frame that has no data (RFC 8878). The first byte is from 0x50 to 0x5F."""
_DICTIONARY = b"\x5d" + _SKIPPABLE
"""Start of a file whose members need the dictionary in its first frame (IIPC, Zstandard Compression for WARC Files)."""
_MAX_DICTIONARY = 1 << 24
"""Bytes of a dictionary. Those of large archives have some hundred thousand."""
_RAW_DICTIONARY = b"\x37\xa4\x30\xec"
"""Start of a dictionary that is not compressed itself."""
_CHUNK = 1 << 18
"""Bytes that are read at once. What is read of a file does not depend on them."""
_FIRST = 1 << 18
"""Bytes at the start of a file in which a member is looked for if the first bytes are damaged."""
_STEP, _ZSTD_STEP = 1 << 14, 1 << 9
"""Compressed bytes that are unpacked at once. Those of zstd can be 32,000 times as many unpacked."""
_WHOLE_MEMBER = 1 << 26
"""Members up to this many uncompressed bytes are checked as a whole before anything of them is used."""
_RECORD = b"WARC/"
MAX_PROBES = 1_000
"""Positions of a file at which a member could begin and does not. After them nothing more is read of the file."""
_PROBE = 1 << 13
"""Compressed bytes that are unpacked to see whether a member begins at a position."""


@dataclass
class Piece:
    """Uncompressed bytes of one member, or of a file that is not compressed.

    ``offset`` is where the member begins in the file. ``plain`` says that the file has no members. ``ends`` is true for
    a member's last piece. ``error`` says why a member cannot be read to its end. ``trusted`` is false if its bytes may
    be wrong, as after a failed checksum.
    """

    offset: int
    data: bytes
    ends: bool = False
    error: str | None = None
    trusted: bool = True
    plain: bool = False


class PieceReader:
    """Reads a file once, from its start to its end. It needs no seeking, so it also reads from a network."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._buffer = bytearray()
        self._start = 0  # offset of the buffer in the file
        self._probes = 0

    @property
    def position(self) -> int:
        """Where the next piece begins in the file."""
        return self._start

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces of the file. Raises ``OSError`` if it cannot be read."""
        self._fill(_FIRST)
        magic = bytes(self._buffer[:4])
        unpacker: Callable[[], Any]
        if magic.startswith(ZSTD) or _is_skippable(magic):
            try:
                unpacker = self._zstd_unpacker(magic)
            except (ValueError, zstd.ZstdError) as error:
                yield Piece(0, b"", ends=True, error=f"its dictionary cannot be used ({error}): nothing is read of it")
                return
            magic = ZSTD
        elif magic.startswith(GZIP) or (not magic.startswith(_RECORD[:4]) and self._has_member()):
            unpacker, magic = (lambda: zlib.decompressobj(31)), GZIP  # perhaps only the first bytes are damaged
        else:
            yield from self._plain()
            return
        while self._fill(1):
            self._fill(len(magic))
            if self._buffer.startswith(magic):
                yield from self._member(unpacker, magic)
                continue
            offset = self._start
            if magic == ZSTD and _is_skippable(self._buffer):
                if not self._skip_frame():
                    yield Piece(offset, b"", ends=True, error="the file ends within a frame without data")
                continue
            if self._is_padding():
                return
            self._seek_member(unpacker, magic)
            yield Piece(offset, b"", ends=True, error="bytes that are not a compressed member" + self._gave_up())

    def _zstd_unpacker(self, magic: bytes) -> Callable[[], Any]:
        """Read the dictionary at the start of the file, if it has one. Raises ``ValueError`` or ``ZstdError``."""
        if magic != _DICTIONARY:
            return zstd.ZstdDecompressor
        end = 8 + int.from_bytes(self._buffer[4:8], "little")
        if end > _MAX_DICTIONARY:
            raise ValueError(f"{end - 8} bytes, more than {_MAX_DICTIONARY}")
        if not self._fill(end):
            raise ValueError("the file ends within it")
        data = bytes(self._buffer[8:end])
        self._drop(end)
        if not data.startswith(_RAW_DICTIONARY):
            unpacked = zstd.ZstdDecompressor()
            data = unpacked.decompress(data, _MAX_DICTIONARY)
            if not unpacked.eof:
                raise ValueError(f"incomplete, or more than {_MAX_DICTIONARY} bytes unpacked")
        return partial(zstd.ZstdDecompressor, zstd.ZstdDict(data))

    def _skip_frame(self) -> bool:
        """Drop a frame without data. Return whether the file has the whole frame."""
        self._fill(8)
        left = 8 + int.from_bytes(self._buffer[4:8], "little")
        while left and self._fill(1):
            dropped = min(left, len(self._buffer))
            self._drop(dropped)
            left -= dropped
        return not left

    def _is_padding(self) -> bool:
        """Drop zeros, as at the end of a tape or disk block. Return whether nothing else follows."""
        while not self._buffer.strip(b"\0"):
            self._drop(len(self._buffer))
            if not self._fill(1):
                return True
        return False

    def _has_member(self) -> bool:
        """Return whether a gzip member with a WARC record begins in the first bytes of the file."""
        at = -1
        for _ in range(MAX_PROBES):
            at = self._buffer.find(GZIP, at + 1, _FIRST)
            if at < 0 or _begins_record(zlib.decompressobj(31), bytes(self._buffer[at : at + _PROBE])):
                return at >= 0
        return False

    def _plain(self) -> Iterator[Piece]:
        while self._fill(1):
            offset, data = self._start, bytes(self._buffer)
            self._drop(len(data))
            yield Piece(offset, data, plain=True)

    def _member(self, unpacker: Callable[[], Any], magic: bytes) -> Iterator[Piece]:
        """Yield one member. One that fails is continued at the next position where a member begins."""
        offset, used, packer = self._start, 0, unpacker()
        size_of_step = _STEP if magic == GZIP else _ZSTD_STEP
        parts: list[bytes] = []
        size, whole = 0, True
        error: str | None = None
        trusted = True
        while not packer.eof:
            self._fill(used + size_of_step)
            step = bytes(self._buffer[used : used + size_of_step])
            if not step:
                error = "the file ends within a member"
                break
            before = packer.copy() if magic == GZIP else None
            try:
                data = packer.decompress(step)
            except Exception as failure:  # zlib.error, and zstandard's own
                error, trusted = f"a member that cannot be unpacked ({failure})", False
                if before is not None:
                    parts.append(_prefix(before, step))
                break
            used += len(step) - len(packer.unused_data)
            parts.append(data)
            size += len(data)
            if not whole or size > _WHOLE_MEMBER:
                whole = False
                yield Piece(offset, b"".join(parts))
                parts = []
                self._drop(used)
                used = 0
        if error is None:
            self._drop(used)
            yield Piece(offset, b"".join(parts), ends=True)
            return
        if whole:
            self._drop(1)
        self._seek_member(unpacker, magic)
        trusted = trusted and not self._buffer  # a flipped bit in a header can hide the end of its member
        yield Piece(offset, b"".join(parts), ends=True, error=error + self._gave_up(), trusted=trusted)

    def _seek_member(self, unpacker: Callable[[], Any], magic: bytes) -> None:
        """Move to the next position at which a member with a WARC record begins, or to the end of the file."""
        at = 0
        while self._probes <= MAX_PROBES:
            at = self._buffer.find(magic, at)
            if at < 0:
                self._drop(max(0, len(self._buffer) - len(magic) + 1))
                at = 0
                if not self._fill(len(self._buffer) + 1):
                    break
                continue
            self._fill(at + _PROBE)
            if _begins_record(unpacker(), bytes(self._buffer[at : at + _PROBE])):
                self._drop(at)
                return
            at += 1
            self._probes += 1
        self._drop(len(self._buffer))

    def _gave_up(self) -> str:
        return ", and too many others follow: the rest of the file is not read" if self._probes > MAX_PROBES else ""

    def _fill(self, size: int) -> bool:
        """Read until at least ``size`` bytes are in the buffer. Return whether the file has that many."""
        while len(self._buffer) < size:
            chunk = self._file.read(_CHUNK) if self._probes <= MAX_PROBES else b""
            if not chunk:
                return False
            self._buffer += chunk
        return True

    def _drop(self, size: int) -> None:
        del self._buffer[:size]
        self._start += size


def _is_skippable(data: bytes | bytearray) -> bool:
    """Return whether a zstd frame without data begins here."""
    return data[1:4] == _SKIPPABLE and data[0] >> 4 == 5


def _begins_record(packer: Any, data: bytes) -> bool:
    """Return whether the data unpacks to the start of a WARC record."""
    found = b""
    for at in range(0, len(data), 32):
        try:
            found += packer.decompress(data[at : at + 32])
        except Exception:  # zlib.error, and zstandard's own
            return False
        if len(found) >= len(_RECORD) or packer.eof:
            break
    return found.startswith(_RECORD)


def _prefix(packer: Any, data: bytes) -> bytes:
    """Unpack as much as can be unpacked before an error: what a failed call has unpacked is lost, so in small steps."""
    found: list[bytes] = []
    for at in range(0, len(data), 32):
        before = packer.copy() if hasattr(packer, "copy") else None
        try:
            found.append(packer.decompress(data[at : at + 32]))
        except Exception:
            if before is not None:
                _prefix_by_byte(before, data[at : at + 32], found)
            break
        if packer.eof:
            break
    return b"".join(found)


def _prefix_by_byte(packer: Any, data: bytes, found: list[bytes]) -> None:
    for at in range(len(data)):
        try:
            found.append(packer.decompress(data[at : at + 1]))
        except Exception:
            return


def whole_length(file: IO[bytes]) -> int:
    """Return how many bytes at the start of a compressed file are whole members."""
    reader, whole = PieceReader(file), 0
    for piece in reader.pieces():
        if piece.error is not None or piece.plain:
            break
        if piece.ends:
            whole = reader.position
    return whole
