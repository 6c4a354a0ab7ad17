"""Markup that is too much for the parser is refused before it is parsed."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dom import PageError, parse_html
from mayadeen.extraction.markup_limits import _TAG, MAX_ATTRIBUTES, MAX_TAG_BYTES, count_attributes

pytestmark = pytest.mark.no_cover

ATTRIBUTES = " ".join(f"a{n}=x" for n in range(80_000))


@pytest.mark.parametrize(
    "html",
    [
        f"<p {ATTRIBUTES}>",
        f"<p {ATTRIBUTES}",
        f"</p {ATTRIBUTES}>",
        f"<P/{ATTRIBUTES.replace('=x ', '/')}/>",
        f"<!--><p {ATTRIBUTES}>",
        f"<!-- --!><p {ATTRIBUTES}>",
        f"</><p {ATTRIBUTES}>",
        f"<?x '><p {ATTRIBUTES}>",
        f"<p x\"='>'><p {ATTRIBUTES}>",
        f"<script>x<a b='</script><p {ATTRIBUTES}>",
        f"<title/><p {ATTRIBUTES}>",
        "<p " + " ".join(f"a{n}='>'" for n in range(80_000)) + ">",
    ],
)
def test_a_tag_with_too_many_attributes_is_refused_at_once(html: str) -> None:
    began = time.process_time()
    with pytest.raises(PageError, match=r"attributes, more than 1000$") as caught, bounded(30):
        parse_html(html)
    assert caught.value.rule == "too_large"
    assert time.process_time() - began < 15


def test_a_tag_of_too_many_bytes_is_refused() -> None:
    with pytest.raises(PageError, match=f"more than {MAX_TAG_BYTES}"):
        parse_html(f"<p class='{'a' * MAX_TAG_BYTES}'>")


def test_what_pages_have_is_accepted() -> None:
    picture = f"<img src='data:image/png;base64,{'A' * 500_000}'>"
    attributes = " ".join(f"a{n}=x" for n in range(MAX_ATTRIBUTES))
    script = f"<script>if (a <b) {{ {ATTRIBUTES} }}</script>"
    comment = f"<!-- <p {ATTRIBUTES}> -->"
    root = parse_html(f"<html><body>{picture}<p {attributes}>x</p>{script}{comment}</body></html>")
    assert len(root.find(".//p").attrib) == MAX_ATTRIBUTES


@pytest.mark.parametrize(
    "piece",
    [
        "<p ", "<p '", '<p "', "<script>", "</script", "<!--", "--", "-->", "<p a= ", "a=", '="', " ", "/", "/ ", "a", "a  ",
        "<p a='x' ", "<?", "</", "</p ", "<title", "<xmp>", "<", ">", "<!", "=", "'", "\x0c",
    ],
)  # fmt: skip
@pytest.mark.parametrize("begin", ["", "<p ", "<p a='", "<!--", "<script>", "<title "])
def test_the_count_takes_linear_time(begin: str, piece: str) -> None:
    data = (begin + piece * (250_000 // len(piece))).encode()
    began = time.process_time()
    for tag in _TAG.finditer(data):
        count_attributes(tag[2] or b"")
    assert time.process_time() - began < 10


PIECES = st.sampled_from(
    [
        *"<p <a <script <style <title <textarea <xmp <iframe <noscript <plaintext <noframes <noembed".split(" "),
        *"</script </style </title </p </ <!-- --> --!> <!--> <!---> -- <!DOCTYPE <!x <?x <![CDATA[ ]]> <svg <math".split(" "),
        *"</xmp </textarea </iframe <SCRIPT </SCRIPT > > > = / /> \" ' < ! &gt; x".split(" "),
        " ", "\n", "\x0b", "\x0c", " @ ", " @ ", " @=1 ", " @=1", " @=1/>",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=14))
def test_no_tag_has_more_attributes_than_are_counted(pieces: list[str]) -> None:
    data = "".join(piece.replace("@", f"q{n}") for n, piece in enumerate(pieces)).encode()
    try:
        root = etree.fromstring(data, etree.HTMLParser(encoding="utf-8", recover=True))
    except etree.XMLSyntaxError:
        return
    found = [len(element.attrib) for element in root.iter() if isinstance(element.tag, str)] if root is not None else []
    counted = [count_attributes(tag[2] or b"") for tag in _TAG.finditer(data)]
    assert max(found, default=0) <= max(counted, default=0)
