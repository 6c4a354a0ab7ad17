from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses, edition_of, image_url, normalize_url

EN = EDITIONS["en"]
MIRROR = Addresses(EN, "http://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("href", "want"),
    [
        ("/news/x", "http://127.0.0.1:8000/news/x"),
        ("x", "http://127.0.0.1:8000/a/x"),
        ("https://english.almayadeen.net/news/x#top", "https://english.almayadeen.net/news/x"),
        ("//other.example/x", "http://other.example/x"),
        ("javascript:alert(1)", None),
        ("mailto:a@b.example", None),
        ("data:text/html,x", None),
        ("#top", None),
        ("", None),
        (None, None),
        ("http://[::1", None),
        ("http://host:notaport/", None),
        ("file:///etc/passwd", None),
        ("/news/cafe\u0301", "http://127.0.0.1:8000/news/cafe%CC%81"),
        ("/news/a\u200fb\u00a0c\u00add", "http://127.0.0.1:8000/news/a%E2%80%8Fb%C2%A0c%C2%ADd"),
        ("/news/%d8%a7", "http://127.0.0.1:8000/news/%d8%a7"),
        ("\\news\\x", "http://127.0.0.1:8000/news/x"),
        (" /news\n/x y ", "http://127.0.0.1:8000/news/x%20y"),
        ("https://english.almayadeen.net:443/x", "https://english.almayadeen.net/x"),
        ("https://me:secret@english.almayadeen.net/x", "https://english.almayadeen.net/x"),
        ("https://" + "a" * 300 + ".net/x", None),
    ],
)
def test_resolve(href: str | None, want: str | None) -> None:
    assert MIRROR.resolve(href, "http://127.0.0.1:8000/a/b") == want


def test_the_site_lives_on_its_public_host_and_is_fetched_from_the_base_url() -> None:
    assert MIRROR.public("http://127.0.0.1:8000/a?page=2") == "https://english.almayadeen.net/a?page=2"
    assert MIRROR.fetchable("https://english.almayadeen.net/a") == "http://127.0.0.1:8000/a"
    assert MIRROR.public("https://x.com/a") == "https://x.com/a"
    assert MIRROR.canonical("http://127.0.0.1:8000/a/b/?utm=1") == "https://english.almayadeen.net/a/b"


@pytest.mark.parametrize(
    "host",
    [
        "english.almayadeen.net:443",
        "English.AlMayadeen.net:80",
        "english.almayadeen.net.",
        "english.almayadeen.net.:443",
    ],
)
def test_spellings_of_the_host_are_one_host(host: str) -> None:
    url = f"https://{host}/news/politics/a-b"
    assert MIRROR.is_site(url)
    assert MIRROR.fetchable(url) == "http://127.0.0.1:8000/news/politics/a-b"
    assert MIRROR.canonical(url) == "https://english.almayadeen.net/news/politics/a-b"
    assert edition_of(url) is EN


@pytest.mark.parametrize(
    ("path", "front"),
    [
        ("/", True),
        ("", True),
        ("/?from=economy", True),
        ("/home", True),
        ("/en/Home/", True),
        ("/index.html", True),
        ("/news", False),
        ("/home/a-story", False),
    ],
)
def test_addresses_of_the_front_page(path: str, *, front: bool) -> None:
    assert MIRROR.is_front(f"http://127.0.0.1:8000{path}") is front
    assert not MIRROR.is_front(f"https://x.com{path}")


def test_a_mirror_replaces_the_public_host() -> None:
    assert MIRROR.to_request("https://english.almayadeen.net/a?b=1") == "http://127.0.0.1:8000/a?b=1"


@pytest.mark.parametrize("host", ["english.almayadeen.net", "English.almayadeen.net:80", "media-en.almayadeen.net"])
@pytest.mark.parametrize("base", [None, "https://english.almayadeen.net", "http://english.almayadeen.net/"])
def test_the_public_hosts_are_asked_by_https_only(host: str, base: str | None) -> None:
    addresses = Addresses(EN, base)
    assert addresses.base_url == "https://english.almayadeen.net"
    url, secure = f"http://{host}/a?b=1", f"https://{host.lower().removesuffix(':80')}/a?b=1"
    assert addresses.to_request(url) == addresses.to_request(secure) == addresses.image(url) == secure
    if "english" in secure:
        assert addresses.fetchable(url) == secure
    assert addresses.to_request("http://example.org/a") == "http://example.org/a"


def test_another_port_is_another_host() -> None:
    assert not MIRROR.is_site("https://english.almayadeen.net:8443/news/politics/a-b")
    assert not MIRROR.is_site("http://127.0.0.1/news/politics/a-b")


def test_characters_of_an_address_are_not_composed() -> None:
    assert MIRROR.canonical("http://127.0.0.1:8000/cafe\u0301") == "https://english.almayadeen.net/cafe%CC%81"


def test_an_address_is_the_same_encoded_or_not() -> None:
    raw = "https://www.almayadeen.net/news/politics/العراق--استهداف"
    encoded = normalize_url(raw)
    assert encoded.isascii()
    assert normalize_url(encoded) == encoded
    assert normalize_url(encoded.lower()) == encoded


@pytest.mark.parametrize(
    ("path", "want"),
    [
        ("/news/politics/a-b", True),
        ("/articles/slug", True),
        ("/newscast/2024/8/6/x", True),
        ("/a-long-story-title", True),
        ("/", False),
        ("/live", False),
        ("/tags/gaza", False),
        ("/authors/jane-doe", False),
        ("/about-us", False),
        ("/news/politics/page/2", False),
    ],
)
def test_shape_of_an_articles_address(path: str, want: bool) -> None:
    assert MIRROR.may_be_article(f"http://127.0.0.1:8000{path}") is want


def test_other_hosts_are_never_articles() -> None:
    assert not MIRROR.may_be_article("https://x.com/news/politics/a-b")


def test_image_url_loses_only_what_a_recrop_changes() -> None:
    assert image_url("https://m.example/a.jpg?v=3&width=1000") == "https://m.example/a.jpg"
    assert image_url("https://m.example/a.jpg?id=7&width=10") == "https://m.example/a.jpg?id=7"
    scaled = "https://m.example/_next/image?url=%2Fa.jpg&w=828&q=75"
    assert image_url(scaled) == scaled


def test_edition_by_host() -> None:
    assert edition_of("https://english.almayadeen.net/x") is EN
    assert edition_of("https://almayadeen.net/x") is EDITIONS["ar"]
    assert edition_of("https://x.com/") is None


@given(st.text(max_size=80))
def test_no_href_breaks_resolve(href: str) -> None:
    url = MIRROR.resolve(href, "http://127.0.0.1:8000/a/b")
    if url is not None:
        assert url.isascii()
        assert urlsplit(url).scheme in ("http", "https")
        MIRROR.canonical(url)


@pytest.mark.parametrize(
    ("url", "public", "mirrored"),
    [
        ("https://english.almayadeen.net/a.jpg", "https://english.almayadeen.net/a.jpg", "http://127.0.0.1:8000/a.jpg"),
        ("https://media-en.almayadeen.net/a.jpg?x=1", "https://media-en.almayadeen.net/a.jpg?x=1", "http://127.0.0.1:8000/a.jpg?x=1"),
        ("http://media.almayadeen.net/archive/b.png", "https://media.almayadeen.net/archive/b.png", "http://127.0.0.1:8000/archive/b.png"),
        ("https://almayadeen.net/c.jpg", "https://almayadeen.net/c.jpg", "http://127.0.0.1:8000/c.jpg"),
        ("http://127.0.0.1:8000/d.jpg", None, "http://127.0.0.1:8000/d.jpg"),
        ("https://example.org/a.jpg", None, None),
        ("https://notalmayadeen.net/a.jpg", None, None),
        ("https://almayadeen.net.example.org/a.jpg", None, None),
        ("https://media.almayadeen.net:8080/a.jpg", None, None),
        ("https://x@media.almayadeen.net/a.jpg", None, None),
    ],
)  # fmt: skip
def test_where_pictures_are_fetched(url: str, public: str | None, mirrored: str | None) -> None:
    assert Addresses(EN).image(url) == public
    assert MIRROR.image(url) == mirrored
