"""Listings of papers that do it differently: which cards are found, and where the next page is."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.extraction.listing import NextPage, count_on, page_number, read_listing, with_page
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses

BASE = "https://english.almayadeen.net"
URL = f"{BASE}/news/politics"
ADDRESSES = Addresses(EDITIONS["en"])
MENU = {f"{BASE}{path}" for path in ("/news/politics", "/news/economy", "/articles/opinion", "/region/africa")}


def read(html: str, url: str = URL, listing_url: str | None = None):
    return read_listing(html, url, ADDRESSES, MENU, listing_url)


def paths(html: str, url: str = URL) -> list[str]:
    return [card.url.removeprefix(BASE) for card in read(html, url).cards]


def page(main: str, head: str = "") -> str:
    return f"""<html><head><title>Politics</title>{head}</head><body>
    <header><nav><a href="/news/politics">Politics</a><a href="/news/economy">Economy</a></nav></header>
    <div class="ticker">BREAKING <a href="/news/politics/breaking-line-of-this-minute">A breaking line of this minute</a></div>
    <main><h1>Politics</h1>{main}</main>
    <aside><h3>Most Read</h3><a href="/news/politics/what-everybody-reads-this-week">What everybody reads this week</a></aside>
    <footer><a href="/about-us">About Us</a><a href="/news/politics/footer-story-about-us">A story in the footer about us</a></footer>
    </body></html>"""


CARD = """<div class="item"><a href="/news/politics/{slug}"><img alt="Photo"></a>
<div class="media-caption"><h4><a href="/news/politics/{slug}">{slug} is the headline</a></h4></div>
<a href="/news/politics">Politics</a> <span>8 Nov 2025</span>
<a class="author" href="/people/a-writer-with-a-very-long-name">A Writer With A Very Long Name</a>
<a href="/t/far-east" class="tag">Far East</a></div>"""


def cards(*slugs: str) -> str:
    return "".join(CARD.format(slug=slug) for slug in slugs)


def test_known_cards_carry_address_title_and_day() -> None:
    found = read(page(cards("one-story", "two-story"))).cards
    assert [(c.url, c.title, c.date) for c in found] == [
        (f"{BASE}/news/politics/{s}", f"{s} is the headline", date(2025, 11, 8)) for s in ("one-story", "two-story")
    ]


@pytest.mark.parametrize(
    "main",
    [
        # a list of plain links
        "<ul>{0}</ul>",
        # rails inside the main part, headed
        "<ul>{0}</ul><section><h2>Read Next</h2><ul><li><a href='/news/politics/some-rail-story-here'>Some rail story is here</a></li></ul></section>",
        "<ul>{0}</ul><h2>Related News</h2><div><a href='/news/politics/some-rail-story-here'>Some rail story is here</a></div>",
        # rail first
        "<section><div class='hd'><span>Trending</span></div><p><a href='/news/x/some-rail-story-here'>Some rail story is here</a></p></section><ul>{0}</ul>",
        # the listing is itself headed "Latest"
        "<h1>Latest news</h1><ul>{0}</ul>",
    ],
)
def test_lists_without_known_classes(main: str) -> None:
    entries = "".join(
        f"<li><a href='/news/politics/{s}'>A headline of some words for {s}</a> <i><a href='/people/jane-roe'>Jane Roe</a></i></li>"
        for s in ("first-story", "second-story", "third-story")
    )
    expected = [f"/news/politics/{s}" for s in ("first-story", "second-story", "third-story")]
    assert paths(page(main.format(entries))) == expected


def test_cards_in_one_link_with_image_and_heading() -> None:
    html = page(
        "".join(
            f"<a class='tile' href='https://english.almayadeen.net/story/{n}/a-tale'><img src='x.jpg'><h3>A tale {n}</h3>"
            f"<time datetime='2025-11-0{n}T23:30:00Z'>yesterday</time></a>"
            for n in (1, 2, 3)
        )
    )
    found = read(html).cards
    assert [c.url for c in found] == [f"{BASE}/story/{n}/a-tale" for n in (1, 2, 3)]
    assert [c.title for c in found] == ["A tale 1", "A tale 2", "A tale 3"]
    assert [c.date for c in found] == [date(2025, 11, 2), date(2025, 11, 3), date(2025, 11, 4)]


def test_lead_story_with_heading_beside_a_list_without() -> None:
    html = page(
        "<div class='hero'><h2><a href='/news/politics/lead-story'>Lead story</a></h2></div><ul>"
        + "".join(f"<li><a href='/news/politics/story-{n}'>Some longer headline number {n}</a></li>" for n in range(4))
        + "</ul>"
    )
    assert paths(html) == ["/news/politics/lead-story", *(f"/news/politics/story-{n}" for n in range(4))]


def test_short_headlines_in_headings_count() -> None:
    assert paths(page("<article><h3><a href='/news/politics/gaza'>Gaza</a></h3></article>")) == ["/news/politics/gaza"]


def test_marks_that_enclose_everything_are_not_believed() -> None:
    html = f"<html><head><title>x</title></head><body><div class='page has-sidebar sidebar'>{cards('one-story', 'two-story')}</div></body></html>"
    assert paths(html) == ["/news/politics/one-story", "/news/politics/two-story"]


def test_other_hosts_sections_and_the_page_itself_are_no_cards() -> None:
    html = page(
        "<h3><a href='https://x.example/news/politics/elsewhere-story'>Elsewhere</a></h3>"
        "<h3><a href='/news/economy'>Economy</a></h3><h3><a href='/news/politics?page=2'>Politics, page two</a></h3>"
        "<h3><a href='/tags/some-tag'>Tag</a></h3><h3><a href='#x'>Here</a></h3>" + cards("one-story")
    )
    assert paths(html) == ["/news/politics/one-story"]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<a rel='next' href='?page=2'>more</a>", NextPage(f"{URL}?page=2")),
        ("<a href='/news/politics/page/2'>Older posts »</a>", NextPage(f"{URL}/page/2")),
        ("<a href='/news/politics/page/2'>›</a>", NextPage(f"{URL}/page/2")),
        ("<a href='/news/politics/2' title='Next page'><svg></svg></a>", NextPage(f"{URL}/2")),
        ("<div class='pagination'><span class='active'>1</span><a href='?p=2'>2</a><a href='?p=3'>3</a></div>", NextPage(f"{URL}?p=2")),
        ("<a href='/news/politics?page=2'>التالي</a>", NextPage(f"{URL}?page=2")),
        ("<a href='/news/politics?page=2'>Página siguiente</a>", NextPage(f"{URL}?page=2")),
        ("<button class='load-more' data-url='/ajax/list?s=1&page=2'>Load more</button>", NextPage(f"{BASE}/ajax/list?s=1&page=2", True)),
        ("<button data-endpoint='/ajax/list/{page}' data-page='1'>Load more</button>", NextPage(f"{BASE}/ajax/list/2", True)),
        ("<button data-endpoint='/ajax/list/{page}' data-page='2'>Show more</button>", NextPage(f"{BASE}/ajax/list/2", True)),
        ("<button data-href='/ajax/list?s=politics' data-next-page='2'>More news</button>", NextPage(f"{BASE}/ajax/list?s=politics&page=2", True)),
        ("<button data-api='/api/posts' data-offset='20'>Load more</button>", NextPage(f"{BASE}/api/posts?offset=20", True)),
        ("<button data-api='/api/posts' data-cursor='abc=='>Load more</button>", NextPage(f"{BASE}/api/posts?cursor=abc%3D%3D", True)),
        ("<div data-load-url='/api/posts' data-page='1'><p>…</p><button>عرض المزيد</button></div>", NextPage(f"{BASE}/api/posts?page=2", True)),
        ("<div id='more' data-next-url='/frag/politics?after=99'></div>", NextPage(f"{BASE}/frag/politics?after=99", True)),
        ("<button class='btn-more' data-config='{\"url\": \"/api/posts\", \"page\": 2}'>Load more</button>", NextPage(f"{BASE}/api/posts?page=2", True)),
        ("<a class='load-more' href='/news/politics?page=2'>Load more</a>", NextPage(f"{URL}?page=2")),
        ("<a class='load-more' href='#' data-src-url='/frag?page=2'>Load more</a>", NextPage(f"{BASE}/frag?page=2", True)),
        ("<a class='next disabled' href='?page=2'>Next</a>", None),
        ("<a href='https://other.example/?page=2'>Next</a>", None),
        ("", None),
    ],
)  # fmt: skip
def test_next_page(markup: str, expected: NextPage | None) -> None:
    found = read(page(cards("one-story", "two-story") + markup))
    assert found.next == expected
    assert not found.script_only
    assert len(found.cards) == 2


def test_next_page_in_the_head_comes_first() -> None:
    found = read(
        page(cards("one-story") + "<button class='load-more'>Load more</button>", "<link rel='next' href='/c/9f3a'>")
    )
    assert found.next == NextPage(f"{BASE}/c/9f3a")


@pytest.mark.parametrize(
    "markup",
    [
        "<button class='load-more'>Load more</button>",
        "<button id='x12'>Show more</button>",
        "<a href='#' class='more-btn'>المزيد</a>",
        "<a href='javascript:void(0)'>Load more</a>",
        "<div class='infinite-scroll-sentinel'></div>",
        "<button class='load-more' data-section='12' data-page='1'>Load more</button>",
    ],
)
def test_more_posts_that_only_a_script_can_find_are_reported(markup: str) -> None:
    found = read(page(cards("one-story") + markup))
    assert found.next is None
    assert found.script_only


@pytest.mark.parametrize(
    ("markup", "control"),
    [
        ("<button id='x12'>Show more</button>", '//*[@id="x12"]'),
        ("<div class='load-more'><span></span><button>+</button></div>", "/html/body/main/div[1]/button"),
        ("<div class='infinite-scroll-sentinel'></div>", "/html/body/main/div[1]"),
        ("<div class='view-more'><a href='/news/economy'>View more</a></div>", None),
        ("<button class='load-more' disabled>Load more</button>", None),
    ],
)
def test_what_is_to_be_clicked_for_more(markup: str, control: str | None) -> None:
    found = read(f"<html><body><main><h1>Politics</h1>{markup}{cards('one-story')}</main></body></html>")
    assert found.control == control


@pytest.mark.parametrize(
    "markup",
    ["<button class='load-more' disabled>Load more</button>", "<button class='load-more' hidden>Load more</button>"],
)
def test_a_control_that_is_off_means_nothing(markup: str) -> None:
    found = read(page(cards("one-story") + markup))
    assert found.next is None
    assert not found.script_only


def test_fragment() -> None:
    found = read(
        cards("three-story", "four-story") + "<button data-url='/frag?page=3'>Load more</button>", f"{BASE}/frag?page=2"
    )
    assert [c.url for c in found.cards] == [f"{URL}/three-story", f"{URL}/four-story"]
    assert found.next == NextPage(f"{BASE}/frag?page=3", fragment=True)


@pytest.mark.parametrize(
    ("data", "following", "complete"),
    [
        ({"html": cards("a-story", "b-story"), "next": "/api/list?page=3"}, f"{BASE}/api/list?page=3", False),
        ({"html": cards("a-story", "b-story"), "has_more": False, "next": None}, None, True),
        ({"items": [{"url": "/news/politics/a-story", "title": "A"}, {"link": "/news/politics/b-story", "headline": "B"}], "next_page": 3},
         f"{BASE}/api/list?page=3", False),
        ({"data": {"posts": [{"slug": "a-story", "title": "A"}, {"slug": "b-story", "title": "B"}]}, "nextCursor": "xyz"},
         f"{BASE}/api/list?page=2&cursor=xyz", False),
        ({"items": [{"url": "/news/politics/a-story", "title": "A"}, {"url": "/news/politics/b-story", "title": "B"}], "page": 2, "pages": 2},
         None, True),
        ({"items": [{"url": "/news/politics/a-story", "title": "A"}, {"url": "/news/politics/b-story", "title": "B"}], "links": {"next": {"href": "/api/3"}}},
         f"{BASE}/api/3", False),
        ([{"url": "/news/politics/a-story", "title": "A"}, {"url": "/news/politics/b-story", "title": "B"}], None, False),
    ],
)  # fmt: skip
def test_json(data: object, following: str | None, complete: bool) -> None:
    found = read(json.dumps(data), f"{BASE}/api/list?page=2", listing_url=URL)
    assert [c.url for c in found.cards] == [f"{URL}/a-story", f"{URL}/b-story"]
    assert (found.next.url if found.next else None) == following
    assert found.complete is complete


def test_json_dates() -> None:
    data = [
        {"url": "/news/politics/a-story", "title": "A", "published_at": "2025-11-08T23:30:00Z"},
        {"url": "/news/politics/b-story", "title": "B", "date": "today 06:42"},
    ]
    assert [c.date for c in read(json.dumps(data)).cards] == [date(2025, 11, 9), None]


@pytest.mark.parametrize(
    "text", ["", "{", "[1, 2", "null", "\x00", "<<<>>>", '{"html": 3}', "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"]
)
def test_what_is_no_page_shows_nothing(text: str) -> None:
    assert read(text).cards == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8 Nov 2025", date(2025, 11, 8)), ("08 November 2025", date(2025, 11, 8)), ("Nov 8, 2025", date(2025, 11, 8)),
        ("November 8th, 2025", date(2025, 11, 8)), ("2025-11-08", date(2025, 11, 8)), ("8 de noviembre de 2025", date(2025, 11, 8)),
        ("8 ago 2025", date(2025, 8, 8)), ("2025-11-08T22:30:00Z", date(2025, 11, 9)), ("19 Aug", None), ("today 06:42", None),
        ("3 hours ago", None), ("31 Feb 2025", None), ("12 monkeys 2025", None), ("", None),
    ],
)  # fmt: skip
def test_day_of_a_card(text: str, expected: date | None) -> None:
    (card,) = read(page(cards("one-story").replace("8 Nov 2025", text))).cards
    assert (card.date, card.date_is_latest) == (expected, False)


@pytest.mark.parametrize(
    ("edition", "text", "expected"),
    [
        ("en", "19 Aug", date(2025, 8, 19)),
        ("en", "28 Dec", date(2024, 12, 28)),
        ("en", "today 06:42", date(2025, 11, 9)),
        ("en", "3 hours ago", date(2025, 11, 9)),
        ("ar", "7 تشرين الثاني", date(2025, 11, 7)),
        ("ar", "اليوم 06:48", date(2025, 11, 9)),
        ("ar", "10 تشرين الثاني", date(2024, 11, 10)),
        ("es", "ayer", date(2025, 11, 8)),
    ],
)
def test_a_day_without_a_year_is_the_latest_before_the_fetch(edition: str, text: str, expected: date) -> None:
    fetched_at = datetime(2025, 11, 9, 12, tzinfo=UTC)
    addresses = Addresses(EDITIONS[edition], BASE)
    html = page(cards("one-story").replace("8 Nov 2025", text))
    (card,) = read_listing(html, URL, addresses, MENU, fetched_at=fetched_at).cards
    assert (card.date, card.date_is_latest) == (expected, True)
    entry = {"url": "/news/politics/a-story", "title": "A", "date": text}
    (card,) = read_listing(json.dumps([entry]), URL, addresses, MENU, fetched_at=fetched_at).cards
    assert (card.date, card.date_is_latest) == (expected, True)


@pytest.mark.parametrize(
    ("url", "previous", "expected"),
    [
        ("/a?page=2", None, "/a?page=3"),
        ("/a?offset=20", "/a?offset=10", "/a?offset=30"),
        ("/a?offset=20", None, "/a?offset=35"),
        ("/a/page/2", "/a", "/a/page/3"),
        ("/frag/7/2", "/frag/7/1", "/frag/7/3"),
        ("/frag/2", None, "/frag/3"),
        ("/a?cursor=abc", None, None),
    ],
)
def test_count_on(url: str, previous: str | None, expected: str | None) -> None:
    absolute = [None if u is None else f"{BASE}{u}" for u in (url, previous, expected)]
    assert count_on(absolute[0] or "", absolute[1], 15) == absolute[2]


def test_page_numbers_in_addresses() -> None:
    assert page_number(f"{URL}?page=4") == 4
    assert page_number(f"{URL}/page/4/") == 4
    assert page_number(URL) == 1
    assert with_page(f"{URL}/page/4", 5) == f"{URL}/page/5"
    assert with_page(URL, 2) is None


PIECES = st.sampled_from(
    [
        *("<div class='item'>", "</div>", "<h3>", "</h3>", "<a href='/news/politics/a-story'>A story of some length here</a>", "<li>", "<ul>"),
        *("<h2>Most Read</h2>", "<a rel=next href='?page=2'>", "<button data-url='/x/{page}' data-page=", "<main>", "</main>", "<time datetime='"),
        *("{", "[", '"html": "<a href=', "}", "]", '{"url": "/a/b-c", "title": "t"}', ",", "<svg>", "<!--", "\x00", "\ud800", "<a href='http://[::1'>"),
    ]
)  # fmt: skip


def test_a_comment_in_the_link_of_a_card() -> None:
    """lxml gives no class for a comment, whatever the default."""
    assert (
        len(read(page("<li><a href='/news/politics/a-story'><!-- x -->A story of some length here</a></li>" * 2)).cards)
        == 1
    )


@given(st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join))
def test_no_page_is_too_broken(text: str) -> None:
    read(text)


def test_pages_counted_from_zero() -> None:
    pager = "<p><a href='?page=0'>1</a> <a href='?page=1'>2</a> <a href='?page=2'>3</a></p>"
    found = read(page(cards("one-story") + pager), f"{URL}?page=1")
    assert found.next == NextPage(f"{URL}?page=2")


def test_headlines_in_a_card_header() -> None:
    html = page(
        "".join(
            f"<div class='card'><header><h3><a href='/news/politics/story-{n}'>Story {n}</a></h3></header><p>Text.</p></div>"
            for n in (1, 2)
        )
    )
    assert paths(html) == ["/news/politics/story-1", "/news/politics/story-2"]


def test_a_pager_inside_a_nav_is_followed() -> None:
    cards = "".join(
        f"<article><h3><a href='/news/politics/story-{n}-of-the-day'>Story {n} of the day</a></h3></article>"
        for n in range(4)
    )
    pager = "<nav class='p'><a href='/news/politics?page=1'>1</a><a href='/news/politics?page=2'>2</a></nav>"
    assert read(page(cards + pager)).next == NextPage(f"{URL}?page=2")


def test_json_entries_inside_entries() -> None:
    data = {
        "data": {
            "nodes": [
                {"node": {"title": {"rendered": f"Story {n} of the day"}, "link": f"/news/politics/story-{n}"}}
                for n in range(3)
            ]
        }
    }
    assert [c.title for c in read(json.dumps(data)).cards] == [f"Story {n} of the day" for n in range(3)]


def test_htmx_control() -> None:
    cards = "".join(
        f"<article><h3><a href='/news/politics/story-{n}-of-the-day'>Story {n} of the day</a></h3></article>"
        for n in range(4)
    )
    assert read(page(cards + "<div hx-get='/more?page=2' hx-trigger='revealed'></div>")).next == NextPage(
        f"{BASE}/more?page=2", fragment=True
    )


@pytest.mark.parametrize(
    ("extra", "by_script"),
    [
        ("<script>fetch('/api').then(show)</script>", True),
        ("<noscript>Please enable JavaScript</noscript><script src='/app.js'></script>", True),
        ("<p>Nothing here yet.</p>", False),
    ],
)
def test_a_page_without_cards_that_scripts_may_fill(extra: str, by_script: bool) -> None:
    html = f"<html><head><title>T</title></head><body><main><h1>Technology</h1><div id='list'></div>{extra}</main></body></html>"
    assert read(html).script_only is by_script
