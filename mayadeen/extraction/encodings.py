"""The encoding of a page: evidence in its bytes takes precedence over its declarations."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import TypeVar

from scrapy import Request
from scrapy.http import Response, TextResponse
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

_NOT_OF_THE_WEB = frozenset(
    {"idna", "mbcs", "oem", "palmos", "punycode", "raw_unicode_escape", "undefined", "unicode_escape"}
)
"""Python's own codecs that do not encode text, that fail on other text, or that take very long."""
_UTF8 = "utf-8"
_WIDE = ("utf-16", "utf-32")
_XML_DECLARATION = re.compile(rb"\s*<\?xml\b[^>]{0,500}\?>")
_XML_ENCODING = re.compile(rb"encoding\s*=\s*[\"']\s*([\w.:-]{1,40})")
_META = re.compile(rb"<meta\b[^<>]{0,500}charset[^<>]{0,500}>", re.IGNORECASE)
_HEAD_BYTES = 65_536
"""Number of bytes in which a declaration is searched. Browsers also read a late declaration."""
_LANGUAGE = re.compile(rb"<html\b[^>]{0,500}?\blang\s*=\s*[\"']?\s*([A-Za-z]{2})\b", re.IGNORECASE)
_BY_LANGUAGE = {
    **dict.fromkeys(("ar", "fa", "ur"), "cp1256"),
    **dict.fromkeys(("de", "en", "es", "fr", "it", "nl", "pt"), "cp1252"),
}
"""The encodings that browsers assume for pages without a declaration, by language."""
_GOOD_PER_BROKEN = 4
"""Minimum valid characters beyond ASCII for each broken one in UTF-8 text."""
_WIDE_SHARE = 10
"""In a wide encoding more than one byte in this many is zero. A single one may be in any text."""

R = TypeVar("R", bound=Response)


def with_web_encoding(response: R) -> R:
    """Return the response with the encoding of its text, or the same response if Scrapy has the right one.

    The order is: byte order mark, bytes that are UTF-8, HTTP header, ``meta``, XML declaration, language. A declaration
    that the bytes contradict counts as none, and so does an encoding that is not of the web.
    """
    if not isinstance(response, TextResponse) or read_bom(response.body)[0] is not None:
        return response
    body = response.body
    header = http_content_type_encoding((response.headers.get("Content-Type") or b"").decode("latin-1"))
    named = header or html_body_declared_encoding(body)
    chosen = _encoding_of(body, header)
    return response if chosen in (None, named) else response.replace(encoding=chosen)


def markup_of(response: TextResponse) -> str | bytes:
    """Return what the parser needs of a page: its bytes if they are valid UTF-8, otherwise its text.

    The bytes spare two conversions, which take as long as a tenth of the parse.
    """
    if response.encoding == _UTF8 and not response.body.startswith(codecs.BOM_UTF8):
        try:
            response.body.decode(_UTF8)
        except UnicodeDecodeError:
            return response.text
        return response.body
    return response.text


def _encoding_of(body: bytes, header: str | None) -> str | None:
    """Return the encoding of a page without byte order mark, or ``None`` if nothing shows it."""
    if body.startswith((b"<\0", b"\0<")) and header is None:
        return "utf-16-le" if body[0] else "utf-16-be"
    is_ascii = body.isascii()
    if not is_ascii and _is_utf8(body):
        return _UTF8
    if header is not None and _is_of_the_web(header) and (is_ascii or header != _UTF8):
        return header
    for declared in _declared_encodings(body):
        # A declaration that can be read byte by byte is in no wide encoding. The HTML standard says UTF-8.
        encoding = _UTF8 if declared.startswith(_WIDE) or not _is_of_the_web(declared) else declared
        if is_ascii or encoding != _UTF8:
            return encoding
    if is_ascii:
        return None if header is None or _is_of_the_web(header) else _UTF8
    language = _LANGUAGE.search(body, 0, _HEAD_BYTES)
    return _BY_LANGUAGE.get(language[1].decode().lower()) if language else None


def _declared_encodings(body: bytes) -> Iterator[str]:
    """Return the known encodings that a page names: in ``meta``, then in an XML declaration."""
    xml = _XML_DECLARATION.match(body)
    rest = body[xml.end() : _HEAD_BYTES] if xml else body[:_HEAD_BYTES]
    meta = html_body_declared_encoding(rest)
    for late in _META.finditer(rest) if meta is None else ():
        meta = meta or html_body_declared_encoding(late[0])
    if meta is not None:
        yield meta
    label = _XML_ENCODING.search(xml[0]) if xml else None
    if label and (encoding := resolve_encoding(label[1].decode())):
        yield encoding


def _is_utf8(body: bytes) -> bool:
    """Whether a text is UTF-8 beyond ASCII, but for single broken characters. Wide encodings have many zero bytes."""
    head = body[:_HEAD_BYTES]
    if head.count(0) * _WIDE_SHARE > len(head):
        return False
    try:
        body.decode(_UTF8)
    except UnicodeDecodeError:
        text = body.decode(_UTF8, "replace")
        beyond = len(text) - len(text.encode("ascii", "ignore"))
        broken = text.count("\N{REPLACEMENT CHARACTER}")
        return beyond - broken > _GOOD_PER_BROKEN * broken
    return True


def _is_of_the_web(encoding: str) -> bool:
    codec = codecs.lookup(encoding)  # known: w3lib gives no others
    return codec._is_text_encoding and codec.name.replace("-", "_") not in _NOT_OF_THE_WEB


class EncodingMiddleware:
    """Gives pages the encoding of their text."""

    def process_response(self, request: Request, response: Response) -> Response:
        return with_web_encoding(response)
