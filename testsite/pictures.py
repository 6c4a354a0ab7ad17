"""The bytes of the test site's pictures, which follow from their addresses."""

from __future__ import annotations

import hashlib
import struct
import zlib

# A grey JPEG of one pixel, without its first two bytes.
_PIXEL = bytes.fromhex(
    "ffe000104a46494600010100000100010000ffdb0043000302020202020302020203030303040604040404040806060506090808"
    "0a0a090809090a0c0f0c0a0b0e0b09090d110d0e0f101011100a0c12131210130f101010ffc0000b080001000101011100ffc400"
    "1f0000010501010101010100000000000000000102030405060708090a0bffc400b5100002010303020403050504040000017d01"
    "020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a343536"
    "3738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a9293949596979899"
    "9aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5"
    "f6f7f8f9faffda0008010100003f00fbd0ffd9"
)


def kind_of(path: str) -> str:
    """What is served at a picture's path: `jpeg`, `png` under the same ending, `page` (HTML) or `missing`.

    A sixteenth each are pages and missing, an eighth are PNGs.
    """
    value = hashlib.sha256(path.encode()).digest()[0] % 16
    return {0: "missing", 1: "page", 2: "png", 3: "png"}.get(value, "jpeg")


def picture(path: str, query: str = "") -> tuple[bytes, str] | None:
    """Return a picture and its media type, None for a missing picture. With a query it is another, smaller one."""
    kind, name = kind_of(path), f"{path}?{query}" if query else path
    if kind == "jpeg":
        return _jpeg(name), "image/jpeg"
    return (_png(name, 4 if query else 16), "image/png") if kind == "png" else None


def _jpeg(name: str) -> bytes:
    comment = name.encode()
    return b"\xff\xd8\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + _PIXEL


def _png(name: str, side: int) -> bytes:
    grey = hashlib.sha256(name.encode()).digest()[0]
    rows = (b"\0" + bytes([grey]) * side) * side
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    comment, pixels = b"Comment\0" + name.encode(), zlib.compress(rows)
    chunks = ((b"IHDR", header), (b"tEXt", comment), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
