from __future__ import annotations

import codecs

import pytest
from scrapy.http import HtmlResponse, Response

from mayadeen.extraction.encodings import with_web_encoding

PAGE = "<html><head><title>Café</title></head></html>"


@pytest.mark.parametrize(
    "name", ["idna", "punycode", "base64", "rot13", "zip", "undefined", "unicode_escape", "raw-unicode-escape"]
)
def test_what_is_no_encoding_of_pages_is_read_as_utf8(name: str) -> None:
    codecs.lookup(name)  # it is one of Python's
    in_header = HtmlResponse("http://x/", body=PAGE.encode(), headers={"Content-Type": f"text/html; charset={name}"})
    assert "Café" in with_web_encoding(in_header).text
    in_page = HtmlResponse("http://x/", body=f"<meta charset={name}>{PAGE}".encode())
    assert "Café" in with_web_encoding(in_page).text


@pytest.mark.parametrize("name", ["utf-8", "windows-1256", "iso-8859-1", "utf-16", "no-such"])
def test_other_encodings_are_left_alone(name: str) -> None:
    response = HtmlResponse("http://x/", body=b"x", headers={"Content-Type": f"text/html; charset={name}"})
    assert with_web_encoding(response) is response


def test_a_byte_order_mark_goes_first() -> None:
    body = PAGE.encode("utf-16")
    response = HtmlResponse("http://x/", body=body, headers={"Content-Type": "text/html; charset=punycode"})
    assert "Café" in with_web_encoding(response).text


def test_what_is_no_text_is_left_alone() -> None:
    response = Response("http://x/", body=b"\x00")
    assert with_web_encoding(response) is response
