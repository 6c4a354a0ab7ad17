"""Content codings of response bodies: decoded whole and within one size limit, or refused."""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Generator, Iterable, Iterator

import brotli
from scrapy.exceptions import DownloadCancelledError, DownloadFailedError, ResponseDataLossError
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from mayadeen.extraction.sitemap import MAX_MEMBERS

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_CODINGS = 2
"""Codings of one body. Servers apply one. A proxy may add a second."""

_PIECE = 64 * 1024
_GZIP_BEGIN = b"\x1f\x8b"
_HEAD, _LEAST_TEXT = 512, 64
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
"""Bytes that no text has. Compressed data has some of them among the first ``_HEAD`` bytes."""

Pieces = Generator[bytes, None, int]
"""Yields what a stream holds, and returns where in the body the stream ended."""


class TooManyCodingsError(DownloadFailedError):
    """The body has more than ``MAX_CODINGS`` codings."""


def split_codings(headers: Iterable[bytes]) -> tuple[list[str], list[str]]:
    """Return the codings to keep and the codings to decode, in the order in which the server applied them.

    A coding that is not known, and every coding that was applied before it, is kept. Raises ``TooManyCodingsError``.
    """
    names = [name.strip().lower() for name in b",".join(headers).decode("latin-1").split(",")]
    names = [name for name in names if name and name != "identity"]
    if len(names) > MAX_CODINGS:
        raise TooManyCodingsError(f"its body has {len(names)} content codings, more than {MAX_CODINGS}")
    kept = next((n for n in range(len(names), 0, -1) if names[n - 1] not in _DECODERS), 0)
    return names[:kept], names[kept:]


def decode(body: bytes, codings: list[str], max_size: int) -> bytes:
    """Return the body without its codings. ``max_size`` limits the bytes of all layers together, 0 means no limit.

    A body that is text already is returned as it is, whatever its coding is named. Raises ``ResponseDataLossError`` for
    a body that is cut short or damaged, and ``DownloadCancelledError`` for one
    that is too large.
    """
    left = max_size
    for coding in reversed(codings):
        if not body:
            return body
        try:
            body = _limited(_DECODERS[coding](body), left if max_size else None)
        except ResponseDataLossError:
            # Some servers name a coding that they did not apply.
            if len(body) < _LEAST_TEXT or _CONTROL.search(body, 0, _HEAD):
                raise
        left = max(left - len(body), 1)
    return body


def decoded(response: Response, max_size: int) -> Response:
    """Return the response without its content codings, of the class that suits its body.

    Codings that are not known stay, and Scrapy warns of them. Raises what ``split_codings`` and ``decode`` raise.
    """
    kept, codings = split_codings(response.headers.getlist("Content-Encoding"))
    if not codings or not response.body:
        return response
    body = decode(response.body, codings, max_size)
    headers = response.headers.copy()
    del headers["Content-Encoding"]
    if kept:
        headers["Content-Encoding"] = ", ".join(kept)
    kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
    return response.replace(cls=kind, headers=headers, body=body)


def _limited(pieces: Iterator[bytes], limit: int | None) -> bytes:
    decoded = bytearray()
    try:
        for piece in pieces:
            decoded += piece
            if limit is not None and len(decoded) > limit:
                raise DownloadCancelledError
    except (zlib.error, zstd.ZstdError, brotli.error):
        raise ResponseDataLossError("its content coding is damaged") from None
    return bytes(decoded)


def _gunzip(body: bytes) -> Iterator[bytes]:
    at = members = 0
    while at < len(body):
        # Whatever follows the last member is padding, which GNU gzip skips too.
        if members and not _GZIP_BEGIN.startswith(body[at : at + 2]):
            return
        at = yield from _inflate(zlib.decompressobj(31), body, at)
        members = _count(members)


def _decode_deflate(body: bytes) -> Iterator[bytes]:
    # Some servers send raw deflate data, without the header that the standard asks for.
    has_header = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    yield from _inflate(zlib.decompressobj(15 if has_header else -15), body, 0)


def _inflate(decoder: zlib._Decompress, body: bytes, at: int) -> Pieces:
    while at < len(body):
        piece = body[at : at + _PIECE]
        at += len(piece)
        while piece and not decoder.eof:
            yield decoder.decompress(piece, _PIECE)
            piece = decoder.unconsumed_tail
        if decoder.eof:
            return at - len(decoder.unused_data)
    while not decoder.eof and (rest := decoder.decompress(b"", _PIECE)):
        yield rest
    if not decoder.eof:
        raise ResponseDataLossError
    return at


def _decode_brotli(body: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    for at in range(0, len(body), _PIECE):
        yield decoder.process(body[at : at + _PIECE], output_buffer_limit=_PIECE)
        while rest := decoder.process(b"", output_buffer_limit=_PIECE):
            yield rest
        if decoder.is_finished():
            return
    if not decoder.is_finished():
        raise ResponseDataLossError


def _decode_zstd(body: bytes) -> Iterator[bytes]:
    at = members = 0
    while at < len(body):
        at = yield from _decode_zstd_frame(body, at)
        members = _count(members)


def _decode_zstd_frame(body: bytes, at: int) -> Pieces:
    decoder = zstd.ZstdDecompressor()
    while at < len(body):
        piece = body[at : at + _PIECE]
        at += len(piece)
        yield decoder.decompress(piece, _PIECE)
        while not decoder.eof and not decoder.needs_input:
            yield decoder.decompress(b"", _PIECE)
        if decoder.eof:
            return at - len(decoder.unused_data)
    raise ResponseDataLossError


def _count(members: int) -> int:
    if members >= MAX_MEMBERS:
        raise DownloadCancelledError
    return members + 1


_DECODERS = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _decode_deflate,
    "br": _decode_brotli,
    "zstd": _decode_zstd,
}
