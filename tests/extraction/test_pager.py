"""How the page of a listing leads to the next one: by evidence, in any script, and where only a script can follow."""

from __future__ import annotations

import json

import pytest

from mayadeen.extraction.listing import NextPage, is_listing_page, read_listing
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses

BASE = "https://english.almayadeen.net"
PATH = "/news/politics"
URL = f"{BASE}{PATH}"
MENU = {URL, f"{BASE}/news/economy"}
CARDS = "".join(
    f"<article class='card'><h3><a href='{PATH}/story-{n}-of-the-day'>Story {n} of the day</a></h3></article>"
    for n in range(3)
)
CAROUSEL = "<div class='carousel'><article><h3><a href='/news/politics/the-lead-of-the-day'>The lead</a></h3></article><button class='next'>Next</button></div>"


def read(pager: str, url: str = URL, edition: str = "en", before: str = ""):
    addresses = Addresses(EDITIONS[edition], BASE)
    html = f"""<html><head><title>Politics</title></head><body><nav><a href='/news/politics'>Politics</a></nav>
    <main><h1>Politics</h1>{before}<div class='list'>{CARDS}</div>{pager}</main><footer><a href='/about-us'>About</a></footer></body></html>"""
    return read_listing(html, url, addresses, MENU)


@pytest.mark.parametrize("edition", ["en", "ar", "es"])
@pytest.mark.parametrize(
    ("previous", "following"),
    [
        ("→", "←"),
        ("›", "‹"),
        ("«", "»"),
        ("السابق", "التالى"),
        ("Anterior", "Próxima página"),
        ("Vorige", "Volgende"),
        ("", ""),
    ],
)
def test_a_link_to_the_next_page_is_followed_whatever_it_says(edition: str, previous: str, following: str) -> None:
    first = read(f"<div><a href='{PATH}?page=2'>{following}</a></div>", edition=edition)
    third = read(
        f"<a href='{PATH}?page=2'>{previous}</a><a href='{PATH}?page=4'>{following}</a>", f"{URL}?page=3", edition
    )
    assert first.next is not None
    assert first.next.url == f"{URL}?page=2"
    assert third.next is not None
    assert third.next.url == f"{URL}?page=4"


@pytest.mark.parametrize(
    ("pager", "url", "following"),
    [
        (f"<form action='{PATH}'><input type='hidden' name='page' value='2'><button>Next</button></form>", URL, "?page=2"),
        (f"<form method='GET' action='{PATH}'><button name='page' value='1'>1</button><button name='page' value='2'>2</button></form>", URL, "?page=2"),
        ("<select onchange='location=this.value'>" + "".join(f"<option value='{PATH}?page={n}'>{n}</option>" for n in (1, 2, 3)) + "</select>", f"{URL}?page=2", "?page=3"),
        (f"<form action='{PATH}'><select name='page'><option>1</option><option>2</option></select></form>", URL, "?page=2"),
        ("<select onchange=\"location='?pg='+this.value\"><option>1</option><option>2</option></select>", URL, "?pg=2"),
        (f"<button onclick=\"location.href='{PATH}?page=2'\">⟳</button>", URL, "?page=2"),
        (f"<li data-href='{PATH}?page=2'>2</li>", URL, "?page=2"),
        (f"<a href='{PATH}?offset=20'>2</a><a href='{PATH}?offset=40'>3</a>", URL, "?offset=20"),
        (f"<a href='{PATH}?offset=0'>1</a><a href='{PATH}?offset=40'>3</a>", f"{URL}?offset=20", "?offset=40"),
        (f"<a href='{PATH}?page=0'>1</a><a href='{PATH}?page=1'>2</a><a href='{PATH}?page=2'>3</a>", URL, "?page=1"),
        (f"<a class='next' href='{PATH}?page=1'>»</a>", URL, "?page=1"),  # pages are counted from 0
        (f"<a href='{PATH}?cursor=abc'>more of it</a>", URL, "?cursor=abc"),
        (f"<a rel='prev' href='{PATH}?cursor=abc'>a</a><a href='{PATH}?cursor=xyz'>b</a>", f"{URL}?cursor=def", "?cursor=xyz"),
        (f"<a href='{PATH}/page/2/'>⟩</a>", URL, "/page/2/"),
        (f"<a href='{PATH}?PageIndex=2'>2</a>", URL, "?PageIndex=2"),
        (f"<a href='{PATH}?page_num=3'>›</a>", f"{URL}?page_num=2", "?page_num=3"),
        (f"<a href='{PATH}/2'>2</a>", URL, "/2"),
        (f"<a href='{PATH}?page=2&sort=new'>2</a>", URL, "?page=2&sort=new"),
        (f"<a href='{PATH}?page=1'>1</a><a href='{PATH}?page=9'>9</a>", f"{URL}?page=9", None),
    ],
)  # fmt: skip
def test_links_options_and_get_forms(pager: str, url: str, following: str | None) -> None:
    found = read(pager, url)
    assert (found.next.url.removeprefix(URL) if found.next else None) == following
    assert not found.script_only


@pytest.mark.parametrize(
    "pager",
    [
        "<div class='pagination'><a class='next' href='#page=2'>Next</a></div>",
        "<div class='pagination'><a class='next' href='#!/page/2'>Next</a></div>",
        "<p><a href='#'>Next</a></p>",
        "<a href='javascript:void(0)' onclick='go(2)'>Siguiente</a>",
        "<p><a href='javascript:goPage(1)'>1</a><a href='javascript:goPage(2)'>2</a></p>",
        "<p><a href='#' data-page='1'>1</a><a href='#' data-page='2'>2</a></p>",
        "<ul class='pagination'><li><a>1</a></li><li><a>2</a></li></ul>",
        "<button type='button'>Next</button>",
        "<div class='pager'><button><span>›</span></button></div>",
        "<a href=\"javascript:__doPostBack('p','2')\">2</a>",
        "<a href=\"javascript:__doPostBack('ctl00$list','Page$2')\">2</a>",
        "<input type='submit' name='next' value='Next'>",
        "<form method='post' action='/x'><input type='hidden' name='page' value='2'><button>→</button></form>",
        "<form method='post'><button name='page' value='2'>2</button></form>",
        "<select name='page' onchange='go(this.value)'><option>1</option><option>2</option></select>",
        "<span role='button'>Older posts</span>",
    ],
)
def test_a_pager_that_only_a_script_or_form_moves_is_reported(pager: str) -> None:
    found = read(pager)
    assert found.next is None
    assert found.script_only
    assert found.control is not None


@pytest.mark.parametrize(
    "markup",
    [
        "<form action='/search'><input name='q'><button>Search</button></form>",
        "<form action='/search'><input name='q'><button>Next</button></form>",
        "<form method='post' action='/subscribe'><input name='mail'><button type='submit'>Subscribe</button></form>",
        f"<select onchange='location=this.value'><option value='{PATH}?sort=new'>New</option><option value='{PATH}?sort=old'>Old</option></select>",
        "<select name='per_page'><option>1</option><option>2</option></select>",
        "<select name='year'><option>2024</option><option>2025</option></select>",
        "<div class='carousel'><button class='carousel-next' aria-label='Next slide'>Next</button></div>",
        "<div class='swiper'><button>Next</button></div>",
        "<div class='calendar'><a href='#'>1</a><a href='#'>2</a><a href='#'>Next</a></div>",
        "<section class='comments'><div class='pagination'><a href='#comments'>1</a><a href='#c2'>2</a><a href='#c2'>Next</a></div></section>",
        "<section class='comments'><a href='?cpage=2'>Older comments</a></section>",
        "<aside><h3>Most Read</h3><button>Next</button></aside>",
        "<div class='pagination'><span class='current'>1</span></div>",
        "<div class='pagination'><a class='next disabled' href='#'>Next</a></div>",
        "<div class='pagination'><button disabled>Next</button></div>",
        "<div class='pagination'><li class='disabled'><a href='javascript:void(0)'>Next</a></li></div>",
        "<a href='#'>Back to top</a><a href='javascript:window.print()'>Print</a>",
        "<div class='rating'><a href='#'>1</a><a href='#'>2</a></div>",
    ],
)
def test_what_moves_something_else_is_not_a_pager(markup: str) -> None:
    found = read(markup)
    assert found.next is None
    assert not found.script_only
    assert found.last_page in (None, 1)


def test_a_carousel_before_the_list_is_not_a_pager() -> None:
    assert not read("", before=CAROUSEL).script_only
    assert not read("", before="<button class='next'>Next</button>").script_only


def test_an_aspnet_form_around_the_page_is_not_a_pager() -> None:
    form = f"<form method='post' id='aspnetForm'><input type='hidden' name='__VIEWSTATE' value='x'><main><h1>Politics</h1>{CARDS}<input type='submit' value='Search'></main></form>"
    html = f"<html><head><title>P</title></head><body>{form}</body></html>"
    found = read_listing(html, URL, Addresses(EDITIONS["en"]), MENU)
    assert len(found.cards) == 3
    assert not found.script_only


def test_next_of_the_last_page_is_off_where_the_other_pages_are_links() -> None:
    pager = (
        f"<div class='pagination'><a href='{PATH}?page=1'>1</a><a href='{PATH}?page=2'>2</a><a href='#'>Next</a></div>"
    )
    found = read(pager, f"{URL}?page=2")
    assert found.next is None
    assert not found.script_only


def test_a_pager_that_leads_to_its_own_page() -> None:
    form = f"<form action='{PATH}'><input type='hidden' name='page' value='2'><button>Next</button></form>"
    assert read(form, f"{URL}?page=2").next_is_itself
    assert read(f"<a href='{PATH}?page=2'>Next</a>", f"{URL}?page=2").next_is_itself
    assert not read(form).next_is_itself


def test_a_link_of_a_card_is_no_control_that_loads_more() -> None:
    more = f"<a class='more-link' href='{PATH}/story-2-of-the-day'>Continue reading</a>"
    assert read(f"<a href='{PATH}?page=2'>Older posts</a>", before=more).next == NextPage(f"{URL}?page=2")
    assert not read("", before=more).script_only


ADDS = "list.insertAdjacentHTML('beforeend', await (await fetch('/more?n=' + n)).text())"


@pytest.mark.parametrize(
    ("script", "loads"),
    [
        (f"addEventListener('scroll', async () => {{ {ADDS} }})", True),
        (f"new IntersectionObserver(async () => {{ {ADDS} }}).observe(end)", True),
        ("addEventListener('scroll', () => fetch('/seen'))", False),
        (f"button.addEventListener('click', async () => {{ {ADDS} }})", False),
    ],
)
def test_a_page_whose_own_script_adds_to_the_list_on_scrolling(script: str, *, loads: bool) -> None:
    assert read(f"<script>{script}</script>").script_only is loads


MONTHS = "".join(
    f"<li><a href='{PATH}/{month}/'>{month}</a></li>" for month in ("2024/9", "2025/02", "2025/01", "2024/12")
)
YEARS = "".join(f"<li><a href='{PATH}/{year}'>{year}</a></li>" for year in (2023, 2025, 2024))
MONTH_OF_QUERY = (
    f"<select><option value='{PATH}?month=2025-01'>1</option><option value='{PATH}?month=2025-02'>2</option></select>"
)
MONTH_AND_YEAR = f"<a href='{PATH}?year=2024&month=12'>12</a><a href='{PATH}?year=2025&month=1'>1</a>"


@pytest.mark.parametrize(
    ("archive", "page", "following"),
    [
        (MONTHS, "", "/2025/02/"),
        (MONTHS, "/2025/02/", "/2025/01/"),
        (MONTHS, "/2025/01?page=2", "/2024/12/"),
        (MONTHS, "/2024/12/page/3", "/2024/9/"),
        (MONTHS, "/2024/9/", None),
        (MONTHS, "?page=2", None),
        (MONTHS, "/2025/02/03", None),
        (YEARS, "", "/2025"),
        (YEARS, "/2025", "/2024"),
        (YEARS, "/2023", None),
        (YEARS, "/2024/05", None),
        (MONTHS + YEARS, "", "/2025/02/"),
        (MONTHS + YEARS, "/2024/12", "/2024/9/"),
        (MONTH_OF_QUERY, "", "?month=2025-02"),
        (MONTH_OF_QUERY, "?month=2025-02", "?month=2025-01"),
        (MONTH_AND_YEAR, "?year=2025&month=1", "?year=2024&month=12"),
        ("<a href='/2025/02'>February of the whole site</a>", "", None),
        (f"<a href='{PATH}/2025/13'>no month</a>", "", None),
        (f"<a href='{PATH}/2025/02/story'>an article</a>", "", None),
    ],
)
def test_archives_by_month_or_year_are_followed_where_there_is_no_pager(
    archive: str, page: str, following: str | None
) -> None:
    found = read(f"<aside><h3>Archive</h3>{archive}</aside>", f"{URL}{page}")
    assert found.next == (NextPage(f"{URL}{following}", period=True) if following else None)


def test_a_pager_goes_before_an_archive_by_month() -> None:
    month = f"{URL}/2025/02"
    assert read(f"{MONTHS}<a href='{PATH}/2025/02?page=2'>2</a>", month).next == NextPage(f"{month}?page=2")
    by_script = read(f"{MONTHS}<button>Load more</button>")
    assert (by_script.next, by_script.script_only) == (None, True)


@pytest.mark.parametrize(
    ("pager", "last"),
    [
        ("".join(f"<a href='{PATH}?page={n}'>{n}</a>" for n in (1, 2, 3, 25)), 25),
        (f"<a href='{PATH}?page=2'>Next</a><a href='{PATH}?page=9'>Last</a>", 9),
        ("<div class='pagination'><span>Page 1 of 7</span></div>", 7),
        ("<div class='pagination'>" + "".join(f"<a href='#'>{n}</a>" for n in (1, 2, 3)) + "</div>", 3),
        ("".join(f"<button onclick='go({n})'>{n}</button>" for n in (1, 2, 3, 6)), 6),
        ("", None),
    ],
)
def test_highest_page_number(pager: str, last: int | None) -> None:
    assert read(pager).last_page == last


ITEMS = {"items": [{"title": "A story", "url": f"{PATH}/a-story-of-the-day"}]}


@pytest.mark.parametrize(
    ("text", "cards", "answer"),
    [
        (json.dumps(ITEMS), 1, "list"),
        (")]}',\n" + json.dumps(ITEMS), 1, "list"),
        ("while(1);" + json.dumps(ITEMS), 1, "list"),
        (f"cb({json.dumps(ITEMS)});", 1, "list"),
        (f"/**/ window.app.cb({json.dumps(ITEMS)})", 1, "list"),
        (json.dumps(ITEMS)[:30], 0, "else"),
        ('{"error": "invalid token"}', 0, "else"),
        ('{"success": false, "items": []}', 0, "else"),
        ('{"status": "error", "data": []}', 0, "else"),
        ('{"code": 401, "message": "no"}', 0, "else"),
        ('{"items": [], "next_page": null}', 0, "list"),
        ("[]", 0, "list"),
        ("", 0, "nothing"),
        (" \n", 0, "nothing"),
        ("<p>No more articles</p>", 0, "list"),
        ("<html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>", 0, "else"),
        ("Service unavailable", 0, "else"),
    ],
)
def test_what_an_answer_to_load_more_is(text: str, cards: int, answer: str) -> None:
    found = read_listing(text, f"{BASE}/api/list?page=2", Addresses(EDITIONS["en"]), MENU, URL)
    assert (len(found.cards), found.answer) == (cards, answer)


@pytest.mark.parametrize(
    ("url", "following"),
    [
        ("/api/list?cursor=c3", {"next_cursor": "c3"}),
        ("/api/list?page=3", {"next_page": 0}),
        ("/api/list?page=3", {"next_page": 3}),
    ],
)
def test_an_api_that_names_no_further_page_has_ended(url: str, following: dict[str, object]) -> None:
    found = read_listing(json.dumps({**ITEMS, **following}), f"{BASE}{url}", Addresses(EDITIONS["en"]), MENU, URL)
    assert found.next is None
    assert found.complete


CARD_LIST = f"<main>{CARDS}</main>"
TEXT = "<p>" + "A paragraph of an article that goes on for some time. " * 4 + "</p>"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (CARD_LIST, True),
        (CARD_LIST.replace("Story 2 of the day", ""), True),
        (f"<meta property='article:published_time' content='2025-01-01'>{CARD_LIST}", False),
        (f"<main><h1>A story</h1>{TEXT}</main>", False),
        (f"<main><h1>A story</h1>{TEXT}<h3><a href='{PATH}/one-of-the-day'>One of the day</a></h3></main>", False),
        ("", False),
    ],
)
def test_a_page_that_shows_articles_and_is_none(html: str, *, expected: bool) -> None:
    page = f"<html><head><title>Home</title></head><body>{html}</body></html>"
    assert is_listing_page(page, f"{BASE}/home", Addresses(EDITIONS["en"]), MENU) is expected


@pytest.mark.parametrize(
    ("text", "edition", "total"),
    [
        ("1–10 of 250", "en", 250),
        ("Showing 10 of 1,250 articles", "en", 1250),
        ("250 results found", "en", 250),
        ("Total: 42", "en", 42),
        ("1 - 10 من أصل 250", "ar", 250),
        ("٢٥٠ نتيجة", "ar", 250),
        ("250 resultados", "es", 250),
        ("Page 1 of 25", "en", None),
        ("25 killed in Gaza", "en", None),
        ("12 articles</p><p>250 articles", "en", None),
        ("8 of 10 readers agree", "en", None),
    ],
)
def test_total_that_a_page_prints(text: str, edition: str, total: int | None) -> None:
    assert read(f"<p>{text}</p>", edition=edition).total == total
    assert read(f"<aside><p>{text}</p></aside>", edition=edition).total is None


def test_total_of_an_answer() -> None:
    found = read_listing(json.dumps({**ITEMS, "total": 250}), f"{BASE}/api", Addresses(EDITIONS["en"]), MENU, URL)
    assert found.total == 250
