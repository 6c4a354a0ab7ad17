"""Pages that name an encoding in which no page is written are read as UTF-8."""

from __future__ import annotations

import codecs
from typing import TypeVar

from scrapy import Request
from scrapy.http import Response, TextResponse
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom

_NOT_OF_THE_WEB = frozenset(
    {"idna", "mbcs", "oem", "palmos", "punycode", "raw_unicode_escape", "undefined", "unicode_escape"}
)
"""Codecs of Python's own that are none of text, fail on what is no text of theirs, or take for ever."""

R = TypeVar("R", bound=Response)


def with_web_encoding(response: R) -> R:
    """The response, with UTF-8 in place of an encoding that is not of the web."""
    if not isinstance(response, TextResponse) or read_bom(response.body)[0] is not None:
        return response
    header = (response.headers.get("Content-Type") or b"").decode("latin-1")
    named = http_content_type_encoding(header) or html_body_declared_encoding(response.body)
    return response.replace(encoding="utf-8") if named and not _is_of_the_web(named) else response


def _is_of_the_web(encoding: str) -> bool:
    codec = codecs.lookup(encoding)  # known: w3lib gives no others
    return codec._is_text_encoding and codec.name.replace("-", "_") not in _NOT_OF_THE_WEB


class EncodingMiddleware:
    """Gives pages an encoding that they can be read in."""

    def process_response(self, request: Request, response: Response) -> Response:
        return with_web_encoding(response)
