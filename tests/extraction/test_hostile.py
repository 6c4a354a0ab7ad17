"""Pages made to break their readers: each is read, or refused as unreadable, and none takes long."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.extraction import names as name_pages
from mayadeen.extraction.article import ArticlePage, NotAnArticle
from mayadeen.extraction.author import AuthorPage
from mayadeen.extraction.block_page import read_refusal
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dom import MAX_CLASS_LENGTH, PageError, class_and_id, parse_html
from mayadeen.extraction.headlines import read_headlines
from mayadeen.extraction.listing import read_listing
from mayadeen.extraction.loaders import load_article, load_author
from mayadeen.extraction.markup_limits import MAX_TAGS
from mayadeen.extraction.menu import read_menu
from mayadeen.monitoring.field_sampler import read_fields as look
from mayadeen.pipelines.validate import SchemaValidator
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses
from mayadeen.storage.exporters import encode_cell

pytestmark = pytest.mark.no_cover

BASE = "http://127.0.0.1:8000"
URL = f"{BASE}/news/politics/a-b"
ADDRESSES = Addresses(EDITIONS["en"], BASE)
VIA: Any = {"kind": "url", "url": f"{BASE}/", "position": None}
NOW = "2025-01-01T00:00:00Z"
N = 2000
ARTICLES, AUTHORS = SchemaValidator("article.schema.json"), SchemaValidator("author.schema.json")


def article(html: str) -> None:
    try:
        page = ArticlePage(html, URL, ADDRESSES)
        look(page, None)  # as for a page that gives no record
        item = load_article(page, fetched_at=NOW, discovery=VIA)
        look(page, item)
    except (NotAnArticle, PageError):
        return
    record = vars(item)
    json.dumps(record, ensure_ascii=False).encode()
    for column, value in record.items():
        encode_cell(column, value).encode()
    ARTICLES.violations(record)


def author(html: str) -> None:
    try:
        item = load_author(AuthorPage(html, URL, ADDRESSES), fetched_at=NOW, discovery=VIA)
    except (NotAnArticle, PageError):
        return
    json.dumps(vars(item), ensure_ascii=False).encode()
    AUTHORS.violations(vars(item))


def listing(html: str) -> None:
    page = read_listing(html, f"{BASE}/news/politics", ADDRESSES, frozenset(), f"{BASE}/news/politics")
    assert all(ADDRESSES.is_site(card.url) for card in page.cards)
    assert page.next is None or ADDRESSES.is_site(page.next.url)


def menu(html: str) -> None:
    found = read_menu(html, f"{BASE}/", ADDRESSES)
    for entry in found.entries if found else ():
        assert ADDRESSES.is_site(ADDRESSES.resolve(entry.path, f"{BASE}/") or "")


def names(html: str) -> None:
    root = parse_html(html)
    name_pages.names_on(root, URL, ADDRESSES)
    name_pages.names_listed(root, URL, ADDRESSES)
    name_pages.authors_page(root, URL, ADDRESSES)
    name_pages.names_of(ArticlePage(html, URL, ADDRESSES))


READERS: dict[str, Callable[[str], object]] = {
    "article": article,
    "author": author,
    "listing": listing,
    "menu": menu,
    "headlines": lambda html: read_headlines(html, f"{BASE}/", ADDRESSES),
    "names": names,
    "refusal": lambda html: read_refusal(html, URL),
}


def post(body: str = "", head: str = "", before: str = "", **block: object) -> str:
    """An article's page with this in its text, its head, before its text, and in its metadata block."""
    values = {"type": "article", "postid": "1", "title": "A title", "url": URL, "published_time": NOW} | block
    return (
        f"<html lang='en'><head><title>t</title><script id='tawsiyat-metadata'>{json.dumps(values)}</script>{head}</head>"
        f"<body><main><div class='details-white-box'><h1>A title</h1>{before}<section class='read-section'>"
        f"<div class='p-content'><p>First paragraph, long enough to be one.</p>{body}</div></section></div></main></body></html>"
    )


def page(main: str) -> str:
    return f"<html><head><title>t</title></head><body><main><h1>x</h1>{main}</main></body></html>"


def many(form: str, count: int = N) -> str:
    return "".join(form.format(n) for n in range(count))


def json_ld(text: str) -> str:
    return f"<script type='application/ld+json'>{text}</script>"


DATES = (
    "0000-00-00", "0000-01-01T00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00",
    "2025-02-29", "2025-02-30", "29 Feb 2023", "0 Jan 0000", "99 May 9999", "2025-01-01T24:00:01Z",
    "2016-12-31T23:59:61Z", "2025-01-01T00:00:00+99:00", "2025-13-01", "١٢ Jan ٩٩٩٩", "9999-12-31T24:00:00Z",
)  # fmt: skip
HREFS = (
    "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//evil.example/a-b", "\\\\evil.example\\a-b", "http://[::1",
    "http://u:p@evil.example/a-b", "http://127.0.0.1:99999/a-b", "/a/%00-b", "/a/%ff-b", "http://xn--/", "http://..ü../", "/" + "a" * 70_000,
    f"http://{'ü' * 9000}/a-b", "ht\ntps://evil.example/a-b", "http://127.0.0.1:8000@evil.example/a-b", "http:a-b", "///a-b", "?", "#",
)  # fmt: skip
SHAPES = {
    "nothing": "",
    "no markup": "\x00\x01\x1b",
    "100,000 elements in each other": post("<div>" * 100_000 + "x"),
    "100,000 quotations in each other": post("<blockquote>" * 100_000 + "x"),
    "180,000 lists and entries in each other": page("<ul><li>" * 90_000),
    "tables in tables": post("<table><tr><td>" * 3_000 + "x"),
    "deep, many times": post(("<div>" * 200 + "x" + "</div>" * 200) * 10),
    "deep lists, many times": post(("<ul><li>" * 100 + "x" + "</li></ul>" * 100) * 10),
    "a million tags": page("<a>" * 1_000_000),
    "many links": page(many("<a href='/news/politics/a-{0}'>long headline of {0} here</a>")),
    "many cards": page(many("<article><h3><a href='/news/p/a-{0}'>long headline {0}</a></h3></article>")),
    "many links in a text": post(f"<p>Read next: {many('<a href=/news/p/a-{0}>x{0}</a>')}</p>"),
    "many paragraphs": page("<p>a paragraph which is long enough to count as text for once</p>" * N),
    "many boxes": page("<div class='x'><p>a paragraph which is long enough to count as text for once</p></div>" * N),
    "many titles of comments": page("<p>a paragraph which is long enough to count as text</p>" * 3 + "<h3>5 comments</h3><p>1 May</p>" * N),
    "many replies": page("<p>a paragraph which is long enough to count as text</p>" * 3 + "<div>" * 90 + "<i>x<a>Reply</a></i>" * N),
    "many pictures": post(many("<div><img src='/a{0}.jpg'></div>")),
    "many rows": post(before="<p>By A</p>" * N),
    "many dates": post(before="<p>13 Florp 2025</p>" * N, published_time=None),
    "many times": post(before=f"<p>{'<time datetime=2020-01-01>x</time>' * N}</p>", published_time=None),
    "many times below": page("<p>a paragraph which is long enough to count as text</p>" + many("<i><time datetime='{0}'>x</time></i>")),
    "many authors below": page("<p>a paragraph which is long enough to count as text</p>" + many("<i><a rel=author>A {0}</a></i>")),
    "many footers": page("<h1>A title of some words</h1>" + many("<div><p>a paragraph which is long enough {0}</p>© 2024 A</div>")),
    "many teasers": page(many("<li><a href='/n/{0}'><img src=a></a><a href='/n/{0}'>A title of words</a> and more of it</li>")),
    "many copies": page("<h1>A title</h1>" + "<div><p>a paragraph which is long enough to count as text</p></div>" * N),
    "many bodies": post("</div></section>" + "<section class=read-section><div class=p-content><p>x</p></div></section>" * N),
    "many headings": page(many("<h1>x {0}</h1>")),
    "many rails": page("<h3>Most Read</h3><div><a href='/x'>x</a></div>" * N),
    "many buttons": page(many("<button class='load-more' id='b{0}'>Load more</button>", 500)),
    "many pages": page(many("<a href='?page={0}'>{0}</a>")),
    "many groups": "<nav>" + "<a href='#x'>News</a>" * 500 + "</nav>",
    "a long menu": f"<nav><ul><li><a href='/news'>News</a><ul>{many('<li><a href=/n/{0}>S {0}</a></li>')}</ul></ul></nav>",
    "many names": page(f"<div class='authors'>{many('<a href=/authors/{0}>Name {0}</a>')}</div>"),
    "many tags": post("</div></section><div class='tags'>" + many("<a href='/tags/a-{0}'>x{0}</a>")),
    "many password fields": page("<input type=password>" * N),
    "a title of megabytes": post(title="T" * 3_000_000),
    "a heading of megabytes": page(f"<h1>{'T ' * 1_000_000}</h1>"),
    "a text of megabytes": post(f"<p>{'word ' * 1_000_000}</p>"),
    "attributes of megabytes": post(f"<p class='{'a ' * 1_000_000}'>x</p><div class='{'share' * 200_000}'>x</div>"),
    "an open bracket and no end": post(f"<figure><img src='/a.jpg'><figcaption>({'a' * 200_000}</figcaption></figure>"),
    "many brackets": post(f"<figure><img src='/a.jpg'><figcaption>{'(a' * 100_000}</figcaption></figure>"),
    "a title of blanks": f"<title>x{' ' * 300_000}| Al Mayadeen |</title>",
    "controls": post("<p>a\x1b[31mb\x00c\x07d\u202ee\u2066f\ufeff</p>", title="T\x1b]0;x\x07 \u202e y"),
    "lone surrogates": post(title="\ud800 x", description="\udc00", thumbnail="/\ud800.jpg", author="\ud800", keywords=["\udfff"]),
    "a surrogate for an address": post(url=f"{BASE}/news/\ud800-x"),
    "wrong types": post(type=["page"], title=["x"], postid={"a": 1}, url=5, published_time=[], classes={"x": 1}, keywords={"name": 5},
                        lang=True, author=[["x"]], thumbnail=0.5),
    "a hundred thousand keywords": post(keywords=",".join(f"k{n}" for n in range(100_000))),
    "JSON-LD in JSON-LD": post(head=json_ld("[" * 100_000 + "]" * 100_000)),
    "JSON-LD without end": post(head=json_ld("[" + ",".join(['{"@graph":[{}]}'] * 100_000) + "]")),
    "JSON-LD of numbers": post(head=json_ld('{"@type":"NewsArticle","headline":' + "9" * 5000 + "}")),
    "JSON-LD of no numbers": post(head=json_ld('{"@type":"NewsArticle","headline":NaN,"author":[-Infinity,1e999]}')),
    "JSON-LD with every key twice": post(head=json_ld('{"@type":"NewsArticle","@type":["x"],"url":"a","url":[{"url":"//b"}]}')),
    "JSON in an attribute": page("<div class='load-more' data-x='{\"a\":" + "[" * 100_000 + "'></div>"),
    "a surrogate in an attribute's JSON": page("<div class='load-more' data-url='/x?a=b' data-x='{\"page\":\"\\ud800\"}'>Load more</div>"),
    "a page number of 5,000 digits": page(f"<a rel=next href='?page={'9' * 4000}'>x</a><button data-next-page='{'9' * 5000}' "
                                          f"data-url='/x?page={'9' * 4000}'>Load more</button><p hx-get='/x?page={'9' * 5000}'>"),
    "placeholders": page(f"<button class='load-more' data-url='/x?{'{{' * 1000}{'__a' * 500}'>Load more</button>" * 5),
    "dates": page("".join(f"<article><h3><a href='/n/p/a-{n}'>long headline of this</a></h3><time datetime='{d}'>{d}</time><i>{d}</i></article>"
                          for n, d in enumerate(DATES))),
    "dates in JSON": json.dumps([{"title": "x", "url": f"/n/p/a-{n}", "date": d} for n, d in enumerate([*DATES, 10**10, -1, 1e308])]),
    "addresses": post("".join(f"<p>word <a href='{href}'>y</a></p><img src='{href}'><iframe src='{href}'></iframe>" for href in HREFS)),
    "addresses of cards": page("".join(f"<article><h3><a href='{href}'>long headline of this</a></h3></article>" for href in HREFS)),
    "addresses in JSON": json.dumps({"items": [{"title": "x", "url": h, "slug": h} for h in (*HREFS, "\ud800")], "next": "\ud800"}),
    "JSON in JSON": '{"a":' + "[" * 50_000,
    "numbers in JSON": '{"items":[],"page":1e999,"pages":NaN,"next":"' + "9" * 5000 + '"}',
    "base elsewhere": page("<base href='http://evil.example/'><a rel=next href='?page=2'>2</a><article><h3><a href='/n/p/a-b'>long headline of it</a></h3></article>"),
}  # fmt: skip


@pytest.mark.process  # large pages are read in a child process first
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_no_shape_breaks_or_hangs_a_reader(shape: str, reader: str) -> None:
    with bounded(60):
        if shape == "a million tags":
            with pytest.raises(PageError, match="tags"):
                parse_html(SHAPES[shape])
        else:
            READERS[reader](SHAPES[shape])


@pytest.mark.parametrize("date", DATES)
def test_no_date_out_of_the_calendar_is_given(date: str) -> None:
    try:
        item = load_article(ArticlePage(post(published_time=date), URL, ADDRESSES), fetched_at=NOW, discovery=VIA)
    except PageError:
        return
    assert item.published_at is None, date
    assert not [v for v in ARTICLES.violations(vars(item)) if v["path"] == "$.published_at"]


def test_too_many_tags_are_refused_before_they_cost_memory() -> None:
    with pytest.raises(PageError, match=f"more than {MAX_TAGS}") as caught:
        parse_html("<a>" * (MAX_TAGS + 1))
    assert caught.value.rule == "too_large"
    parse_html("<a>" * 1000)


# --- fuzzing -----------------------------------------------------------------------------------------------------------

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from([*DATES, *HREFS[:12], "Article", "NewsArticle", "page"])  # fmt: skip
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6) | st.sampled_from(["@type", "name", "url", "@value", "mapping", "value"]), inner, max_size=3), max_leaves=8)  # fmt: skip
BLOCK_KEYS = ("type", "postid", "title", "url", "keywords", "lang", "published_time", "last_updated", "description", "author",
              "thumbnail", "classes", "video_duration")  # fmt: skip
LD_KEYS = ("@type", "@graph", "headline", "name", "url", "description", "author", "datePublished", "dateModified", "articleSection",
           "keywords", "inLanguage", "image", "thumbnailUrl", "contentUrl", "embedUrl", "mainEntity", "sameAs", "person")  # fmt: skip
tags = st.sampled_from("div p span a h1 h2 h3 ul li article section nav header footer aside main time img figure figcaption "
                       "blockquote table tr td iframe video button form input br noscript template svg foo".split())  # fmt: skip
attributes = st.sampled_from(
    [
        "class='tags'", "class='author'", "class='details-white-box'", "class='read-section'", "class='p-content'", "class='load-more'",
        "class='ticker'", "class='most-read'", "class='related'", "class='pagination'", "class='coverage'", "rel='next'", "rel='author'",
        "id='x'", "href='#x'", "aria-controls='x'", "hidden", "href='/news/politics/a-b'", "href='/tags/x'", "href='?page=2'", "src='/a.jpg'",
        "data-page='1'", "data-url='/more?page={page}'", "hx-get='/more?page=2'", "datetime='2025-01-01'", "srcset=','", "data-src=' '",
        *(f'href="{href}"' for href in HREFS[:12]),
    ]
)  # fmt: skip
words = st.sampled_from(["News", "Politics", "Africa", "Asia", "Europe", "Most Read", "Coverage", "Breaking", "By A and B", "Source: X",
                         "Load more", "Next", "2", "Read next: x", "1.2K Shares", "3 min read", "Related News", *DATES]) | st.text(max_size=30)  # fmt: skip
markup = st.recursive(
    words,
    lambda inner: st.builds(
        lambda tag, given, content, closed: f"<{tag} {' '.join(given)}>{''.join(content)}{f'</{tag}>' if closed else ''}",
        tags, st.lists(attributes, max_size=2), st.lists(inner, max_size=3), st.booleans(),
    ),
    max_leaves=12,
)  # fmt: skip


@given(
    st.dictionaries(st.sampled_from(BLOCK_KEYS), values),
    st.dictionaries(st.sampled_from(LD_KEYS), values),
    st.lists(markup, max_size=4).map("".join),
)
def test_blocks_of_any_shape(block: dict[str, object], linked: dict[str, object], text: str) -> None:
    html = post(text, head=json_ld(json.dumps(linked)), **block)
    article(html)
    author(html)


@pytest.mark.parametrize("reader", [r for r in READERS if r not in ("article", "author")])
@given(st.lists(markup, max_size=6).map("".join))
def test_markup_of_any_shape(reader: str, text: str) -> None:
    READERS[reader](text)


@given(
    st.dictionaries(
        st.sampled_from(
            ["items", "next", "page", "pages", "hasMore", "html", "url", "title", "date", "cursor", "offset"]
        ),
        values,
    )
)
def test_json_listings_of_any_shape(data: dict[str, object]) -> None:
    listing(json.dumps(data))


def test_patterns_see_the_beginning_of_a_class_of_megabytes_only() -> None:
    [el] = parse_html(f"<p class='share {'a ' * 1_000_000}'>x</p>").iter("p")
    label = class_and_id(el)
    assert label.startswith("share a ")
    assert len(label) <= 2 * MAX_CLASS_LENGTH + 1
