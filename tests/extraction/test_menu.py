"""Menus of several makes, read into the same sections and regions."""

from __future__ import annotations

import pytest

from mayadeen.extraction.headlines import read_headlines
from mayadeen.extraction.menu import Menu, assumed_menu, read_menu
from mayadeen.site.editions import EDITIONS, Section
from mayadeen.site.urls import Addresses

ADDRESSES = Addresses(EDITIONS["en"], "http://127.0.0.1:8000")
BASE = "http://127.0.0.1:8000/"

NESTED = """<header><nav><ul>
<li><a href="/news">News</a><ul><li><a href="/news/politics">Politics</a></li><li><a href="/news/arts-culture">Arts&amp;Culture</a></li>
  <li><a href="/news/science">Science</a></li></ul></li>
<li><span>Articles</span><ul><li><a href="/articles/opinion">Opinion</a></li><li><a href="/articles/blog">Blog</a></li></ul></li>
<li><a href="#">Videos</a><ul><li><a href="/videos/tv">TV</a></li><li><a href="/videos/explainers">Explainers</a></li></ul></li>
<li><a href="/infographs">Infographs</a></li><li><a href="/in-pictures">In Pictures</a></li><li><a href="/live">LIVE</a></li>
</ul></nav>
<ul><li><a href="/region/africa">Africa</a></li><li><a href="/region/mena">MENA</a></li><li><a href="/region/us-canada">US &amp; Canada</a></li>
<li><a href="/region/oceania">Oceania</a></li></ul></header>"""
DRAWER = """<div class="drawer"><div><button aria-controls="m1">News</button><div id="m1"><a href="/news/politics">Politics</a>
<a href="/news/arts-culture">Arts&amp;Culture</a><a href="/news/science">Science</a></div></div></div>"""
FLAT = """<div class="site-menu"><h5>News</h5><p><a href="/news/politics">Politics</a> <a href="/news/arts-culture">Arts &amp; Culture</a>
<a href="/news/science">Science</a></p><h5>Articles</h5><p><a href="/articles/opinion">Opinion</a> <a href="/articles/blog">Blog</a></p>
<h5>Videos</h5><p><a href="/videos/tv">TV</a> <a href="/videos/explainers">Explainers</a></p>
<p><a href="/infographs">Infographs</a> <a href="/in-pictures">In Pictures</a></p></div>
<div class="regions-nav"><a href="/region/africa">Africa</a> <a href="/region/mena">MENA</a> <a href="/region/us-canada">US &amp; Canada</a>
<a href="/region/oceania">Oceania</a></div>"""
REST = """<main><h1>Front</h1><article><h3><a href="/news/politics/a-headline-about-politics">A headline about politics in some words</a></h3>
<a href="/news/politics">Politics</a><a href="/tags/palestine">Palestine</a></article></main>
<footer><a href="/privacy">Privacy Policy</a><a href="/about-us">About Us</a><a href="https://x.example/paper">X</a></footer>"""


def menu(html: str) -> Menu:
    found = read_menu(f"<html><body>{html}{REST}</body></html>", BASE, ADDRESSES)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "markup", [NESTED, NESTED + DRAWER, DRAWER + NESTED, FLAT], ids=["nested", "twice", "drawer first", "flat"]
)
def test_sections_regions_and_groups(markup: str) -> None:
    found = menu(markup)
    by_group: dict[str | None, set[str]] = {}
    for section in found.sections:
        by_group.setdefault(section.group, set()).add(section.path)
    assert by_group["News"] == {"/news/politics", "/news/arts-culture", "/news/science"}
    assert by_group["Articles"] == {"/articles/opinion", "/articles/blog"}
    assert by_group["Videos"] == {"/videos/tv", "/videos/explainers"}
    assert by_group[None] == {"/infographs", "/in-pictures"}
    assert {r.path for r in found.regions} == {"/region/africa", "/region/mena", "/region/us-canada", "/region/oceania"}
    assert [s.label for s in found.default(EDITIONS["en"])].count("Politics") == 1
    assert {s.group for s in found.default(EDITIONS["en"])} == {"News", "Articles"}


def test_a_section_of_a_regions_name_is_both() -> None:
    found = menu(NESTED.replace('"/news/science">Science', '"/news/africa">Africa'))
    assert [s.path for s in found.find("africa")] == ["/news/africa"]
    assert [s.path for s in found.find("africa", regions=True)] == ["/region/africa"]
    nested = NESTED.replace('"/news/science">Science', '"/region/africa">Africa')
    assert menu(nested).find("africa") == ()


@pytest.mark.parametrize(
    "entry",
    ["<li><a href='{0}'>{1}</a></li>", "<a href='{0}'>{1}</a>", "<div><a href='{0}'><span>{1}</span></a></div>"],
)
def test_a_flat_menu_is_grouped_by_the_table_and_by_paths(entry: str) -> None:
    entries = [
        ("/news", "News"), ("/articles", "Articles"), ("/live", "LIVE"), ("/news/politics", "Politics"), ("/news/economy", "Economy"),
        ("/news/science", "Science"), ("/articles/opinion", "Opinion"), ("/videos", "Videos"), ("/infographs", "Infographs"),
    ]  # fmt: skip
    found = menu("<nav><ul>" + "".join(entry.format(*pair) for pair in entries) + "</ul></nav>")
    groups = {section.label: section.group for section in found.sections}
    assert groups["Politics"] == groups["Economy"] == "News"
    assert groups["Opinion"] == "Articles"
    assert groups.get("Science", "News") == "News"
    assert {section.label for section in found.default(EDITIONS["en"])} >= {"Politics", "Economy", "Opinion"}


@pytest.mark.parametrize(("path", "group"), [("/news/science", "News"), ("/articles/science", "Articles")])
def test_an_unknown_entry_of_a_flat_menu_is_grouped_by_its_path(path: str, group: str) -> None:
    found = menu(
        f"<nav><a href='/articles'>Articles</a><a href='{path}'>Science</a><a href='/news'>News</a><a href='/news/politics'>Politics</a></nav>"
    )
    assert {s.label: s.group for s in found.sections}["Science"] == group


def test_a_menu_without_groups_is_sorted_by_known_labels() -> None:
    found = menu("<nav><a href='/s/1'>Politics</a><a href='/s/2'>Opinion</a><a href='/s/3'>TV</a></nav>")
    assert [(s.label, s.group, s.path) for s in found.sections] == [
        ("Politics", "News", "/s/1"),
        ("Opinion", "Articles", "/s/2"),
        ("TV", "Videos", "/s/3"),
    ]


def test_another_language_by_structure_alone() -> None:
    html = """<nav><ul><li><a href="#">الأخبار</a><ul><li><a href="/news/politics">سياسة</a></li><li><a href="/news/x">رياضة</a></li></ul></li>
    <li><a href="#">فيديو</a><ul><li><a href="/v/1">برامج</a></li><li><a href="/v/2">وثائقي</a></li></ul></li></ul></nav>"""
    found = read_menu(html, "http://127.0.0.1:8000/", Addresses(EDITIONS["ar"], "http://127.0.0.1:8000"))
    assert found is not None
    assert [(s.label, s.group) for s in found.sections] == [
        ("سياسة", "الأخبار"),
        ("رياضة", "الأخبار"),
        ("برامج", "فيديو"),
        ("وثائقي", "فيديو"),
    ]
    assert {s.label for s in found.default(EDITIONS["ar"])} == {"سياسة", "رياضة"}


@pytest.mark.parametrize(
    "html", ["", "<html></html>", "<p>Just a moment…</p>", "<nav><a href='/login'>Login</a></nav>"]
)
def test_no_menu(html: str) -> None:
    assert read_menu(html, BASE, ADDRESSES) is None


def test_names_find_labels_slugs_and_groups() -> None:
    found = menu(NESTED)
    assert [s.path for s in found.find("arts & culture")] == ["/news/arts-culture"]
    assert [s.path for s in found.find("ARTS-CULTURE")] == ["/news/arts-culture"]
    assert [s.label for s in found.find("articles")] == ["Opinion", "Blog"]
    assert [s.label for s in found.find("us-canada", regions=True)] == ["US & Canada"]
    assert found.find("us-canada") == ()
    assert found.find("&") == ()
    assert "News" in found.names()
    by_slug = Menu((Section("Money", "News", "/topics/economy-news?x=1"),), ())
    assert by_slug.find("economy-news")


def test_assumed_menu_says_so() -> None:
    assumed = assumed_menu(EDITIONS["en"])
    assert assumed.assumed
    assert len(assumed.default(EDITIONS["en"])) == 12


TICKER = """<div class="x1"><b>BREAKING</b><div class="x2"><p>First line of the news</p><p><a href="/news/politics/second-line-of-news">Second
line of the news</a></p><p>First line of the news</p></div></div>"""
MOST_READ = """<div><h4>Most Read</h4><div><a href="/news/politics/read-by-many"><img alt="A caption"></a>
<a href="/news/politics/read-by-many"><h5>Read by many</h5></a><ul><li><a href="/news/politics">Politics</a></li><li>8 Nov 2025</li></ul></div>
<div><h5><a href="/news/politics/read-by-some">Read by some</a></h5></div></div>"""
STORIES = """<main><section><h2>Top Stories</h2><article><a href="/news/politics/first-story"><img alt="x"></a>
<h3><a href="/news/politics/first-story">First story</a></h3><a class="writer" href="/profile/12/rana-abboud">Rana Abboud</a></article>
<article><h3><a href="https://english.almayadeen.net/articles/opinion/second-story?x=1">Second story</a></h3></article></section></main>"""


@pytest.mark.parametrize("order", [(TICKER, STORIES, MOST_READ), (MOST_READ, TICKER, STORIES)])
def test_headlines(order: tuple[str, ...]) -> None:
    lines = read_headlines(f"<html><body>{NESTED}{''.join(order)}</body></html>", BASE, ADDRESSES)
    home = "https://english.almayadeen.net"
    assert [(line.kind, line.rank, line.text, line.url) for line in lines] == [
        ("ticker", 1, "First line of the news", None),
        ("ticker", 2, "Second line of the news", f"{home}/news/politics/second-line-of-news"),
        ("most_read", 1, "Read by many", f"{home}/news/politics/read-by-many"),
        ("most_read", 2, "Read by some", f"{home}/news/politics/read-by-some"),
        ("front", 1, "First story", f"{home}/news/politics/first-story"),
        ("front", 2, "Second story", f"{home}/articles/opinion/second-story"),
    ]


@pytest.mark.parametrize("title", ["عاجل", "ÚLTIMA HORA", "Breaking News:"])
def test_a_ticker_by_its_title_and_by_its_class(title: str) -> None:
    plain = f"<div><span>{title}</span><ul><li>One line of it</li><li>Another line of it</li></ul></div>"
    marked = "<section id='news-ticker'><span>One line of it</span><span>Another line of it</span></section>"
    for markup in (plain, marked):
        lines = read_headlines(f"<html><body>{markup}</body></html>", BASE, ADDRESSES)
        assert [line.text for line in lines] == ["One line of it", "Another line of it"]


def test_a_page_without_headlines() -> None:
    assert read_headlines("", BASE, ADDRESSES) == []
    assert read_headlines(f"<html><body>{NESTED}</body></html>", BASE, ADDRESSES) == []


def test_a_new_section_beside_known_ones_belongs_to_their_group() -> None:
    found = menu(
        "<nav><div><a href='/n/1'>Politics</a><a href='/n/2'>Economy</a><a href='/n/3'>Football World</a></div></nav>"
    )
    assert {s.label: s.group for s in found.sections} == {
        "Politics": "News",
        "Economy": "News",
        "Football World": "News",
    }


@pytest.mark.parametrize("edition", ["en", "ar", "es"])
@pytest.mark.parametrize("entry", ["<a href='/sec/{}'>{}</a>", "<div><a href='/sec/{}'><span>{}</span></a></div>"])
def test_a_menu_that_nothing_marks_is_a_list_of_links(edition: str, entry: str) -> None:
    known = [section.label for section in EDITIONS[edition].sections]
    labels = [*known[:2], "Zed One", "Zed Two", "Zed Three"]
    html = f"<div class='x'>{''.join(entry.format(n, label) for n, label in enumerate(labels))}</div>{REST}"
    found = read_menu(f"<html><body>{html}</body></html>", BASE, Addresses(EDITIONS[edition], "http://127.0.0.1:8000"))
    assert found is not None
    assert [section.label for section in found.sections][:5] == labels


def test_known_labels_in_a_text_bring_no_others() -> None:
    links = "".join(
        f"<a href='/news/{n}'>{label}</a>, " for n, label in enumerate(["Politics", "Economy", "A", "B", "C"])
    )
    assert [section.label for section in menu(f"<div>Topics of the day: {links}</div>").sections] == [
        "Politics",
        "Economy",
    ]
