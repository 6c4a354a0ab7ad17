from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.extraction.dom import parse_html
from mayadeen.extraction.images import figure_image, image_source, is_pixel, split_credit, srcset_addresses
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses

PAGE = "https://english.almayadeen.net/news/politics/a-b"
ADDRESSES = Addresses(EDITIONS["en"])


def resolve(href: str | None) -> str | None:
    return ADDRESSES.resolve(href, PAGE)


def source(markup: str) -> str | None:
    img = next(parse_html(f"<body><div>{markup}</div></body>").iter("img"))
    found = image_source(img, resolve)
    return found.removeprefix("https://english.almayadeen.net") if found else None


@pytest.mark.parametrize(
    ("srcset", "want"),
    [
        ("", []),
        (",", []),
        (" , ,", []),
        ("/a.jpg", ["/a.jpg"]),
        ("/a.jpg 320w, /b.jpg 640w,", ["/b.jpg", "/a.jpg"]),
        ("/a.jpg 2x,/b.jpg 1x", ["/a.jpg", "/b.jpg"]),
        ("/b.jpg 1024w,\n /a.jpg 320w", ["/b.jpg", "/a.jpg"]),
        ("/w_9,h_2/a.jpg 320w, /w_10,h_2/a.jpg 640w", ["/w_10,h_2/a.jpg", "/w_9,h_2/a.jpg"]),
        ("/a.jpg, /b.jpg 3x", ["/b.jpg", "/a.jpg"]),
    ],
)
def test_srcset_gives_its_addresses_largest_first(srcset: str, want: list[str]) -> None:
    assert srcset_addresses(srcset) == want


@given(st.text(st.sampled_from(" ,ab/.0123wx\t\n()"), max_size=30))
def test_any_srcset_gives_addresses_without_blanks(srcset: str) -> None:
    for url in srcset_addresses(srcset):
        assert url
        assert not set(url) & set(" \t\n")


@pytest.mark.parametrize(
    "markup",
    [
        "<img src='data:image/gif;base64,R0' data-src='/real.jpg'>",
        "<img src='/i/placeholder.png' data-wide-src='/real.jpg'>",
        "<img src='/i/loading.gif' data-anything='/real.jpg'>",
        "<img src='/i/blank.gif'><noscript><img src='/real.jpg'></noscript>",
        "<picture><source srcset='/real.jpg 900w, /small.jpg 90w'><img src='data:image/gif;base64,R0'></picture>",
        "<img srcset='/small.jpg 90w, /real.jpg 900w, '>",
        "<img src='/real.jpg' data-srcset=' , '>",
        "<img src='/real.jpg' data-thumb-src='/small.jpg' data-share='/news/politics/x'>",
        "<img src='/real.jpg?width=90&v=2'>",
    ],
)
def test_the_real_address_of_a_lazy_image(markup: str) -> None:
    assert source(markup) == "/real.jpg"


@pytest.mark.parametrize(
    "markup", ["<img>", "<img src=''>", "<img srcset=','>", "<img src='data:image/gif;base64,R0'>"]
)
def test_an_image_without_an_address_has_none(markup: str) -> None:
    assert source(markup) is None


@pytest.mark.parametrize(
    ("attributes", "pixel"),
    [
        ("width=1", True),
        ("height='1px' width=0", True),
        ("style='display: none'", True),
        ("hidden", True),
        ("width=100", False),
        ("style='border:0; width: 1px; HEIGHT:1px'", True),
        ("style='max-width:1200px; border-width:0'", False),
    ],
)
def test_tracking_pixels(attributes: str, pixel: bool) -> None:
    assert is_pixel(next(parse_html(f"<body><img src='/a.gif' {attributes}></body>").iter("img"))) is pixel


@pytest.mark.parametrize(
    ("caption", "want"),
    [
        ("Cranes (Reuters).", ("Cranes", "Reuters")),
        ("Envoy A (L) meets B (R)", ("Envoy A (L) meets B (R)", None)),
        ("Envoy A and B (second from left)", ("Envoy A and B (second from left)", None)),
        ("Envoy A (centre)", ("Envoy A (centre)", None)),
    ],
)
def test_a_position_is_no_credit(caption: str, want: tuple[str | None, str | None]) -> None:
    assert split_credit(caption) == want


def test_a_credit_in_an_element_of_its_own() -> None:
    for figure in (
        "<figure><img src='/a.jpg'><figcaption>Cranes</figcaption><span class='credit'>AFP</span></figure>",
        "<figure><img src='/a.jpg'><figcaption>Cranes <em class='photo-credit'>AFP</em></figcaption></figure>",
    ):
        img = next(parse_html(f"<body>{figure}</body>").iter("img"))
        image = figure_image(img, resolve, "inline")
        assert image is not None
        assert (image["caption"], image["credit"]) == ("Cranes", "AFP")
