"""``<base href>``: every reader of a page resolves its links the way browsers do."""

from __future__ import annotations

import pytest

from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.dom import base_url, parse_html
from mayadeen.extraction.headlines import read_headlines
from mayadeen.extraction.listing import read_listing
from mayadeen.extraction.menu import read_menu
from mayadeen.extraction.names import names_on
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses

BASE = "https://english.almayadeen.net"
URL = f"{BASE}/news/politics"
ADDRESSES = Addresses(EDITIONS["en"])
PAGE = """<html><head><title>Politics</title><base href="/"></head><body>
<nav><ul><li>News<ul><li><a href="news/politics">Politics</a></li><li><a href="news/economy">Economy</a></li></ul></li></ul></nav>
<main><h1>Politics</h1><article><h3><a href="news/politics/a-story-of-the-day">A story of the day in words</a></h3></article>
<a rel="tag" href="tags/harbour">Harbour</a><a rel="next" href="news/politics?page=2">Next</a></main></body></html>"""


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("/", f"{BASE}/"),
        ("https://mirror.example/x/", "https://mirror.example/x/"),
        ("sub/", f"{BASE}/news/sub/"),
        ("javascript:0", URL),
        ("http://[", URL),
        ("", URL),
    ],
)
def test_base_of_a_page(base: str, expected: str) -> None:
    assert base_url(parse_html(f'<head><base href="{base}"><base href="/other/"></head>'), URL) == expected


def test_a_base_without_an_address_is_passed_over() -> None:
    assert base_url(parse_html('<base target="_blank"><base href="/x/">'), URL) == f"{BASE}/x/"


def test_listing() -> None:
    page = read_listing(PAGE, URL, ADDRESSES, {URL})
    assert [card.url for card in page.cards] == [f"{URL}/a-story-of-the-day"]
    assert page.next is not None
    assert page.next.url == f"{URL}?page=2"


def test_menu_headlines_and_names() -> None:
    menu = read_menu(PAGE, URL, ADDRESSES)
    assert menu is not None
    assert [section.path for section in menu.sections] == ["/news/politics", "/news/economy"]
    assert [line.url for line in read_headlines(PAGE, URL, ADDRESSES)] == [f"{URL}/a-story-of-the-day"]
    assert [entry.url for entry in names_on(parse_html(PAGE), URL, ADDRESSES)] == [f"{BASE}/tags/harbour"]


def test_links_of_an_article() -> None:
    assert ArticlePage(PAGE, f"{URL}/x/y", ADDRESSES).resolve("news/politics/z") == f"{BASE}/news/politics/z"
