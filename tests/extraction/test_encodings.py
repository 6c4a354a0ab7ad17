from __future__ import annotations

import codecs

import pytest
from scrapy.http import HtmlResponse, Response

from mayadeen.extraction.dom import parse_html, text_of
from mayadeen.extraction.encodings import markup_of, with_web_encoding

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


ARABIC = "غادر الوفد المدينة صباح الإثنين"


@pytest.mark.parametrize(
    ("page", "encoding", "header"),
    [
        ('<meta charset="utf-16">{}', "utf-8", None),
        ('<meta charset="iso-8859-1">{}', "utf-8", None),
        ('<meta charset="utf-8">{}', "utf-8", "iso-8859-1"),
        ('<?xml version="1.0" encoding="utf-16"?><html>{}', "utf-8", None),
        ('<?xml version="1.0" encoding="iso-8859-1"?><meta charset="windows-1256">{}', "windows-1256", None),
        ('<?xml version="1.0" encoding="windows-1256"?><html>{}', "windows-1256", None),
        ('<html lang="ar">{}', "windows-1256", None),
        ('<html lang="ar"><meta charset="utf-8">{}', "windows-1256", None),
        ('<meta charset="windows-1256">{}', "windows-1256", "utf-8"),
        ("<script>" + "x;" * 3000 + '</script><meta charset="windows-1256">{}', "windows-1256", None),
        ("<html>{}", "utf-16-le", None),
        ("<html>{}", "utf-16-be", None),
    ],
)
def test_the_bytes_tell_the_encoding_where_declarations_are_wrong(page: str, encoding: str, header: str | None) -> None:
    headers = {"Content-Type": f"text/html; charset={header}"} if header else {}
    response = HtmlResponse("http://x/", body=page.format(ARABIC).encode(encoding), headers=headers)
    assert ARABIC in with_web_encoding(response).text


@pytest.mark.parametrize("broken", [b"\xd8", b"\xff", b"\xe2\x80"])
def test_a_broken_character_costs_no_other(broken: bytes) -> None:
    body = b"<html lang=ar>" + ARABIC.encode() + b" " + broken + b" " + ARABIC.encode()
    assert with_web_encoding(HtmlResponse("http://x/", body=body)).text.count(ARABIC) == 2


def test_a_zero_byte_makes_no_wide_encoding() -> None:
    body = f"<html lang='es'><head><meta charset='utf-8'></head><body>\0{'<p>canción</p>' * 20}</body></html>".encode()
    assert "canción" in with_web_encoding(HtmlResponse("http://x/", body=body)).text


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        ("<p>Ñandú, مرفأ</p>".encode(), "utf-8"),
        (codecs.BOM_UTF8 + "<p>مرفأ</p>".encode(), "utf-8"),
        (b"<p>\xf1and\xfa</p>", "utf-8"),
        (b"<p>\xf1and\xfa</p>", "cp1252"),
        ("<p>a\ufffeb</p>".encode(), "utf-8"),
    ],
)
def test_the_parser_reads_the_same_text_from_bytes_and_from_text(body: bytes, encoding: str) -> None:
    response = HtmlResponse("https://example.org/", body=body, encoding=encoding)
    assert text_of(parse_html(markup_of(response))) == text_of(parse_html(response.text)) != ""
