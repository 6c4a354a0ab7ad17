"""One field at a time: where it is read from, in which order, and what is said of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mayadeen.extraction.article import ArticlePage, NotAnArticle
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.loaders import load_article
from mayadeen.items import Article
from mayadeen.pipelines.validate import SchemaValidator
from mayadeen.site.editions import EDITIONS, Section
from mayadeen.site.urls import Addresses

URL = "https://english.almayadeen.net/news/politics/a-story-of-ports"
BLOCK: dict[str, Any] = {
    "type": "article",
    "postid": "77",
    "title": "Block title",
    "url": "https://english.almayadeen.net/news/politics/block-address",
    "keywords": "ports,strike,ports",
    "thumbnail": "https://media.almayadeen.net/block.jpg?v=2&width=1000",
    "video_duration": None,
    "lang": "en",
    "published_time": "2025-03-02T14:05:00+02:00",
    "last_updated": "2025-03-02T15:00:00+02:00",
    "description": "Block deck",
    "author": "Ana Real and Bo Linde",
    "classes": [
        {"mapping": "posttype", "value": "News"},
        {"mapping": "category", "value": " Economy"},
        {"mapping": "country", "value": "Lebanon"},
        {"mapping": "coverage", "value": "Ports on Strike"},
    ],
}
JSON_LD: dict[str, Any] = {
    "@type": "NewsArticle",
    "headline": "LD title",
    "description": "LD deck",
    "url": "https://english.almayadeen.net/news/politics/ld-address",
    "keywords": ["quays", "cranes"],
    "author": [{"@type": "Person", "name": "Cy Ld"}],
    "datePublished": "2025-03-02T12:06:00Z",
    "dateModified": "2025-03-02T13:06:00Z",
    "articleSection": ["News", "Sports"],
    "inLanguage": "en-us",
    "thumbnailUrl": "https://media.almayadeen.net/ld.jpg?width=10",
}
METAS = {
    "postid": "88",
    "author": "Meta Name",
    "keywords": "meta one, meta two",
    "og:title": "Meta title | Al Mayadeen English",
    "og:description": "Meta deck",
    "og:image": "https://media.almayadeen.net/meta.jpg?v=1",
    "og:url": "https://english.almayadeen.net/news/politics/meta-address",
    "article:published_time": "2025-03-02T12:07:00.0000000",
    "article:modified_time": "2025-03-02T13:07:00.0000000",
}
SHOWN = """<div class="details-white-box"><a href="/news/health">Health</a><h1>Shown title</h1>
<ul><li>2 Mar 2025 14:08</li><li>1.2K Shares</li><li>By <a href="/authors/ana-real">Ana Real</a>, <a href="/authors/di-shown">Di Shown</a></li>
<li>Source: Agencies</li></ul><span>4 Min Read</span><p class="lg_para summary">Shown deck</p>
<figure><img src="/shown.jpg?width=5" alt="A quay (AP)"><figcaption>A quay (AP)</figcaption></figure>
<section class="read-section"><div class="p-content"><p>The cranes stopped at noon on the northern quay.</p></div></section>
<div class="tags"><p><a href="/tags/ports">ports</a></p><p><a href="/tags/strike">strike</a></p></div></div>"""


def page(
    block: object = None,
    json_ld: object = None,
    metas: dict[str, str] | None = None,
    shown: str = SHOWN,
    lang: str = "",
) -> str:
    head = ""
    if block is not None:
        text = block if isinstance(block, str) else json.dumps(block)
        head += f'<script id="tawsiyat-metadata" type="text/tawsiyat">{text}</script>'
    if json_ld is not None:
        text = json_ld if isinstance(json_ld, str) else json.dumps(json_ld)
        head += f'<script type="application/ld+json">{text}</script>'
    for name, content in (metas or {}).items():
        head += f'<meta {"property" if ":" in name else "name"}="{name}" content="{content}">'
    return f"<html {lang}><head>{head}</head><body><nav><a href='/'>Home</a></nav>{shown}</body></html>"


def read(html: str, url: str = URL, edition: str = "en", **context: Any) -> Article:
    return load_article(
        ArticlePage(html, url, Addresses(EDITIONS[edition])), fetched_at="2025-03-03T00:00:00Z", **context
    )


ALL = page(BLOCK, JSON_LD, METAS)
NO_BLOCK = page(None, JSON_LD, METAS)
ONLY_METAS = page(None, None, METAS)
ONLY_SHOWN = page()


@pytest.mark.parametrize(
    ("field", "want"),
    [
        ("title", [("Block title", "tawsiyat"), ("LD title", "json-ld"), ("Meta title", "meta"), ("Shown title", "html")]),
        ("summary", [("Block deck", "tawsiyat"), ("LD deck", "json-ld"), ("Meta deck", "meta"), ("Shown deck", "html")]),
        ("post_id", [("77", "tawsiyat"), ("88", "meta"), ("88", "meta"), (None, None)]),
        ("keywords", [(["ports", "strike"], "tawsiyat"), (["quays", "cranes"], "json-ld"), (["meta one", "meta two"], "meta"), ([], None)]),
        (
            "published_at",
            [("2025-03-02T12:05:00Z", "tawsiyat"), ("2025-03-02T12:06:00Z", "json-ld"), ("2025-03-02T12:07:00Z", "meta"), ("2025-03-02T12:08:00Z", "html")],
        ),
        ("modified_at", [("2025-03-02T13:00:00Z", "tawsiyat"), ("2025-03-02T13:06:00Z", "json-ld"), ("2025-03-02T13:07:00Z", "meta"), (None, None)]),
        ("category", [("Economy", "tawsiyat"), ("Sports", "json-ld"), ("Health", "html"), ("Health", "html")]),
        ("section", [("News", "tawsiyat"), ("News", "json-ld"), ("News", "html"), ("News", "html")]),
        ("country", [("Lebanon", "tawsiyat"), (None, None), (None, None), (None, None)]),
        ("coverage", [("Ports on Strike", "tawsiyat"), (None, None), (None, None), (None, None)]),
        ("language", [("en", "tawsiyat"), ("en-US", "json-ld"), ("en", "assumed"), ("en", "assumed")]),
        ("source", [("Agencies", "html")] * 4),
        ("shares", [(1200, "html")] * 4),
        ("reading_minutes", [(4, "html")] * 4),
    ],
)  # fmt: skip
def test_order_of_trust(field: str, want: list[tuple[object, str | None]]) -> None:
    for html, (value, source) in zip((ALL, NO_BLOCK, ONLY_METAS, ONLY_SHOWN), want, strict=True):
        item = read(html)
        assert (getattr(item, field), item.provenance[field]) == (value, source)


def test_canonical_address_in_order_of_trust() -> None:
    found = [read(html).canonical_url.rpartition("/")[2] for html in (ALL, NO_BLOCK, ONLY_METAS, ONLY_SHOWN)]
    assert found == ["block-address", "ld-address", "meta-address", "a-story-of-ports"]
    assert "canonical_url: assumed" in read(ONLY_SHOWN).warnings


@pytest.mark.parametrize("url", ["https://english.almayadeen.net/", "https://x.com/a/b-c", "nonsense", ""])
def test_an_own_address_that_cannot_be_the_pages_is_not_used(url: str) -> None:
    assert read(page({**BLOCK, "url": url})).canonical_url == URL


def test_authors_names_by_trust_pages_by_the_byline() -> None:
    page_of_ana = "https://english.almayadeen.net/authors/ana-real"
    assert read(ALL).authors == [{"name": "Ana Real", "url": page_of_ana}, {"name": "Bo Linde", "url": None}]
    assert [a["name"] for a in read(NO_BLOCK).authors] == ["Cy Ld"]
    assert [a["name"] for a in read(ONLY_METAS).authors] == ["Meta Name"]
    assert [a["name"] for a in read(ONLY_SHOWN).authors] == ["Ana Real", "Di Shown"]


@pytest.mark.parametrize(
    ("author", "edition", "want"),
    [
        ("By Ana Real", "en", ["Ana Real"]),
        ("Ana Real, Bo Linde and Cy Ld", "en", ["Ana Real", "Bo Linde", "Cy Ld"]),
        ("Ana Real, and Bo Linde", "en", ["Ana Real", "Bo Linde"]),
        ("Sandy Anders", "en", ["Sandy Anders"]),
        ("Por Ana Real y Bo Linde", "es", ["Ana Real", "Bo Linde"]),
        ("رونين بيرجمان ومارك مازيتي", "ar", ["رونين بيرجمان ومارك مازيتي"]),
    ],
)
def test_bylines_are_split_by_language(author: str, edition: str, want: list[str]) -> None:
    item = read(page({**BLOCK, "author": author, "lang": edition}, shown="<p>x</p>"), edition=edition)
    assert [a["name"] for a in item.authors] == want


def test_main_image_by_trust_caption_as_shown() -> None:
    for html, name in ((ALL, "block"), (NO_BLOCK, "ld"), (ONLY_METAS, "meta")):
        (image,) = read(html).images
        assert image == {
            "url": f"https://media.almayadeen.net/{name}.jpg", "caption": "A quay", "credit": "AP", "alt": "A quay (AP)", "role": "main",
            "path": None, "checksum": None,
        }  # fmt: skip
    assert read(ONLY_SHOWN).images[0]["url"] == "https://english.almayadeen.net/shown.jpg"


def test_tags_are_what_is_shown() -> None:
    for html in (ALL, ONLY_SHOWN):
        assert [t["name"] for t in read(html).tags] == ["ports", "strike"]
        assert read(html).tags[0]["url"] == "https://english.almayadeen.net/tags/ports"


@pytest.mark.parametrize(
    "markup",
    [
        "<footer class='zz'><a href='/x/1'>ports</a> <a href='/x/2'>strike</a></footer>",
        "<ul class='q'><li>ports</li><li>strike</li></ul>",
        "<div class='zz'><a href='/topic/ports'>ports</a><a href='/topic/strike'>strike</a></div>",
    ],
)
def test_tags_whose_class_is_gone_are_found_by_their_labels(markup: str) -> None:
    shown = SHOWN[: SHOWN.index('<div class="tags">')] + f"<main>{markup}</main></div>"
    item = read(page(BLOCK, shown=shown))
    assert [t["name"] for t in item.tags] == ["ports", "strike"]
    assert item.provenance["tags"] == "generic"


@pytest.mark.parametrize("block", ["{", '{"title": ', "not json", "[]"])
def test_a_broken_block_costs_only_its_own_precedence(block: str) -> None:
    item = read(page(block, JSON_LD, METAS))
    assert item.title == "LD title"
    assert item.post_id == "88"
    assert "tawsiyat: broken" in item.warnings
    assert item.body == read(ALL).body


@pytest.mark.parametrize("value", [None, 5, [], {}, True, "", "  ", "\u200b"])
@pytest.mark.parametrize(
    "key",
    ["title", "postid", "url", "published_time", "description", "author", "keywords", "thumbnail", "classes", "lang"],
)
def test_values_of_any_shape_in_the_block_fall_to_the_next_source(key: str, value: object) -> None:
    item = read(page({**BLOCK, key: value}, JSON_LD, METAS))
    assert item.title in ("Block title", "LD title", "5")
    assert item.published_at in ("2025-03-02T12:05:00Z", "2025-03-02T12:06:00Z")


def test_a_time_that_contradicts_gives_a_warning() -> None:
    assert "published_at: sources_differ" in read(ALL).warnings
    agreeing = {**JSON_LD, "datePublished": "2025-03-02T12:05:00Z"}
    metas = {**METAS, "article:published_time": "2025-03-02T12:05:00.0000000"}
    assert "published_at: sources_differ" not in read(page(BLOCK, agreeing, metas)).warnings


def test_a_json_ld_time_without_zone_gives_way_to_the_metas_and_is_else_assumed() -> None:
    json_ld = {**JSON_LD, "datePublished": "2025-03-02T12:06:00"}
    assert read(page(None, json_ld, METAS)).provenance["published_at"] == "meta"
    item = read(page(None, json_ld))
    assert (item.published_at, item.provenance["published_at"]) == ("2025-03-02T12:06:00Z", "json-ld")
    assert "published_at: zone_assumed" in item.warnings


def test_the_day_in_the_address_counts_last() -> None:
    url = "https://english.almayadeen.net/2023/06/26/a-port-is-quiet"
    undated = (
        "<h1>The port is quiet</h1><p>Five ships wait in the harbour of Tyre for the crane to be repaired.</p>" * 3
    )
    item = read(f"<meta name='postid' content='7'><title>The port is quiet</title>{undated}", url)
    assert (item.published_at, item.provenance["published_at"]) == ("2023-06-25T21:00:00Z", "generic")
    dated = "<meta name='postid' content='7'><meta property='article:published_time' content='2023-06-27T10:00:00Z'>"
    assert read(f"{dated}<title>The port is quiet</title>{undated}", url).published_at == "2023-06-27T10:00:00Z"


def test_a_date_that_cannot_be_is_none() -> None:
    shown = SHOWN.replace("<li>2 Mar 2025 14:08</li>", "")
    item = read(page({**BLOCK, "published_time": "9999-99-99"}, shown=shown))
    assert item.published_at is None
    assert "published_at: missing" in item.warnings


def test_redesigned_page_is_found_by_its_text() -> None:
    text = "".join(f"<p>Paragraph {n} says that the quay was quiet all day long.</p>" for n in range(6))
    shown = f"""<div id="app"><main><article class="s1"><header class="s2"><h1 class="s3">Shown title</h1>
    <div class="s4"><span>By Ana Real</span> <span>Source: Agencies</span> <time datetime="2025-03-02T12:08:00Z">2 Mar</time></div></header>
    <div class="s5">{text}<blockquote><p>Quoted.</p></blockquote></div>
    </article></main><div class="s6"><h3>Most Read</h3><p>A rail paragraph that is long enough to be taken for text.</p></div></div>"""
    item = read(page(shown=shown))
    assert item.body is not None
    assert item.body.split("\n\n")[0] == "Paragraph 0 says that the quay was quiet all day long."
    assert item.body.endswith("Quoted.")
    assert "rail" not in item.body
    assert item.provenance["body"] == "generic"
    assert "body: generic" in item.warnings
    assert (item.title, item.source, item.published_at) == ("Shown title", "Agencies", "2025-03-02T12:08:00Z")
    assert [a["name"] for a in item.authors] == ["Ana Real"]


def test_text_outside_of_paragraphs_is_found_too() -> None:
    lines = "<br>".join(f"Line {n} tells of the quay and of the cranes that stood still." for n in range(8))
    item = read(page(BLOCK, shown=f"<h1>Block title</h1><div class='k'>{lines}</div>"))
    assert item.body is not None
    assert item.body.count("Line") == 8


def test_listing_gives_what_the_page_does_not() -> None:
    shown = SHOWN.replace('<a href="/news/health">Health</a>', "")
    listing = Section("Ports", "Trade", "/s/9")
    item = read(page(shown=shown), url="https://english.almayadeen.net/s/77-story", listing=listing, region="MENA")
    assert (item.category, item.section, item.region) == ("Ports", "Trade", "MENA")
    assert {item.provenance[f] for f in ("category", "section", "region")} == {"listing"}


def test_arabic_page() -> None:
    shown = """<div class="details-white-box"><h1>عنوان المقال</h1><ul><li>بقلم <a href="/authors/x">ليلى نقولا</a></li>
    <li>المصدر: وكالات</li><li>٢٦ حزيران ٢٠٢٣ ١٠:٥٨</li></ul><p class="lg_para summary">ملخص</p>
    <section class="read-section"><div class="p-content"><p>نص المقال هنا.</p><p>اقرأ أيضاً: <a href="/news/politics/y-z">خبر آخر</a></p></div></section></div>"""
    item = read(
        page(shown=shown, lang='lang="ar" dir="rtl"'),
        url="https://www.almayadeen.net/articles/عنوان-المقال",
        edition="ar",
    )
    assert (item.title, item.summary, item.body) == ("عنوان المقال", "ملخص", "نص المقال هنا.")
    assert item.authors == [{"name": "ليلى نقولا", "url": "https://www.almayadeen.net/authors/x"}]
    assert (item.source, item.published_at, item.direction) == ("وكالات", "2023-06-26T07:58:00Z", "rtl")
    assert item.related[0]["relation"] == "read_next"
    assert item.canonical_url.isascii()
    assert item.url.isascii()


def test_listing_and_profile_pages_are_no_articles() -> None:
    with pytest.raises(NotAnArticle, match="listing"):
        read(page({**BLOCK, "type": "page"}))
    profile = {**BLOCK, "classes": [{"mapping": "posttype", "value": "Authors"}]}
    with pytest.raises(NotAnArticle, match="profile"):
        read(page(profile))


@pytest.mark.parametrize(
    "html",
    ["", "plain words", "<html></html>", "<html><head><title>Just a moment...</title></head><body><h1>Checking</h1></body></html>",
     "\x00\x01", "<h1>About us</h1><p>We are a newspaper of ports and cranes, founded long ago by the sea.</p>"],
)  # fmt: skip
def test_pages_that_say_nothing_of_an_article_make_none(html: str) -> None:
    with pytest.raises(PageError):
        read(html)


def test_a_text_in_the_known_container_needs_no_other_sign_of_an_article() -> None:
    text = "The boats of the port stay where they are, because the sea is rough today. " * 8
    shown = (
        f"<h1>The port is quiet</h1><section class='read-section'><div class='p-content'><p>{text}</p></div></section>"
    )
    assert read(shown).body == text.strip()
    with pytest.raises(PageError, match="nothing on the page says"):
        read(shown.replace(text, text[:80]))


def test_identity_and_hash() -> None:
    item = read(ONLY_SHOWN)
    assert item.id.startswith("en:url:")
    assert len(item.id) == len("en:url:") + 16
    assert read(ALL).id == "en:77"
    assert read(ALL).content_hash == read(ALL.replace("1.2K", "9.9K")).content_hash
    assert read(ALL).content_hash != read(ALL.replace("Block deck", "Other deck")).content_hash


@pytest.mark.parametrize(
    "row",
    [
        "<p>By <a href='/authors/ana-real'>Ana Real</a> | Source: Agencies | 2 Mar 2025 14:08 | 3 Shares</p>",
        "<div>By Ana Real &bull; Source: Agencies &bull; 2 Mar 2025 14:08 &bull; 3 Shares</div>",
        "<div><span>By</span> <a href='/w/1'>Ana Real</a><br>Source: Agencies<br>2 Mar 2025 14:08<br>3 Shares</div>",
    ],
    ids=["bars", "dots", "breaks"],
)
def test_a_byline_on_one_line(row: str) -> None:
    shown = f"<main><h1>Shown title</h1>{row}<div class='k'><p>The cranes stopped at noon on the northern quay, the authority said.</p></div></main>"
    item = read(page(shown=shown))
    assert [a["name"] for a in item.authors] == ["Ana Real"]
    assert (item.source, item.published_at, item.shares) == ("Agencies", "2025-03-02T12:08:00Z", 3)


@pytest.mark.parametrize(
    "row",
    [
        "<ul class='authors'><li><a href='/authors/a'>Ana Real</a></li><li><a href='/authors/b'>Bo Said</a></li></ul>",
        "<ul class='authors'><li><a href='/p/a'>Ana Real</a></li><li><a href='/p/b'>Bo Said</a></li></ul>",
        "<p><span itemprop='author'>Ana Real</span> <span itemprop='author'>Bo Said</span></p>",
        "<div><div><a rel='author' href='/a'>Ana Real</a></div><div><a rel='author' href='/b'>Bo Said</a></div></div>",
    ],
)
def test_a_byline_for_each_author(row: str) -> None:
    shown = f"<main><h1>Shown title</h1>{row}<div class='k'><p>The cranes stopped at noon on the northern quay, the authority said.</p></div></main>"
    assert [a["name"] for a in read(page(shown=shown)).authors] == ["Ana Real", "Bo Said"]


@pytest.mark.parametrize(
    ("portrait", "byline"),
    [
        ("<img src='/ana.jpg' alt='Ana Real'>", "<p>By Ana Real</p>"),
        ("<a href='/authors/ana'><img src='/ana.jpg'></a>", "<p>By Ana Real</p>"),
        ("", "<div class='author'><div><img src='/ana.jpg'></div><div>Ana Real</div><div>Senior Editor</div></div>"),
        (
            "<div class='author-box'><img src='/ana.jpg'><a rel='author' href='/a'>Ana Real</a><p>Editor of a book on the sea</p></div>",
            "",
        ),
    ],
    ids=["name", "link", "byline", "bio"],
)
def test_the_portrait_of_the_author_is_not_the_main_image(portrait: str, byline: str) -> None:
    text = "<div class='k'><p>The cranes stopped at noon on the northern quay, the authority said.</p></div>"
    shown = f"<main><h1>Shown title</h1>{portrait}{byline}<img src='/quay.jpg' alt='The quay'>{text}</main>"
    item = read(page(shown=shown))
    assert [a["name"] for a in item.authors] == ["Ana Real"]
    assert item.summary is None
    assert [(i["url"][-9:], i["alt"]) for i in item.images] == [("/quay.jpg", "The quay")]


@pytest.mark.parametrize("ornament", ["width='64' height='64'", "style='display:none'", "width='80px'"])
def test_a_small_or_hidden_image_is_not_the_main_image(ornament: str) -> None:
    text = "<div class='k'><p>The cranes stopped at noon on the northern quay, the authority said.</p></div>"
    images = f"<img src='/share.png' {ornament}><img src='/s.svg'><img src='/quay.jpg' width='800' height='0'>"
    item = read(page(shown=f"<main><h1>Shown title</h1><p>By Ana Real</p>{images}{text}</main>"))
    assert [i["url"][-9:] for i in item.images] == ["/quay.jpg"]


@pytest.mark.parametrize(
    "image",
    [
        "<img src='/wait.svg' data-src='/quay.jpg'>", "<img width='16' height='9' srcset='/boat.jpg 200w, /quay.jpg 900w'>",
        "<img src='/quay.jpg' width='0' height='0'>", "<img src='/quay.jpg' width='100%'>",
        "<figure><img src='/quay.svg'><figcaption>A map</figcaption></figure>",
    ],
)  # fmt: skip
def test_a_placeholder_or_shape_does_not_make_an_image_an_ornament(image: str) -> None:
    text = "<div class='k'><p>The cranes stopped at noon on the northern quay, the authority said.</p></div>"
    item = read(page(shown=f"<main><h1>Shown title</h1><p>By Ana Real</p>{image}{text}</main>"))
    assert [i["url"][-9:-3] for i in item.images] == ["/quay."]


def test_a_meta_tag_with_the_date_says_that_a_short_page_is_an_article() -> None:
    html = (
        "<html><head>{}</head><body><h1>The quay is shut</h1><p>The cranes stopped at noon, it says.</p></body></html>"
    )
    item = read(html.format("<meta name='pubdate' content='2025-03-02T14:08:00+02:00'>"))
    assert item.published_at == "2025-03-02T12:08:00Z"
    metas = "<meta name='date' content='2025-03-05'><meta name='og:article:published_time' content='2025-03-02'>"
    assert read(html.format(metas)).published_at == "2025-03-02T00:00:00Z"
    with pytest.raises(PageError):
        read(html.format("<meta name='date' content='2025-03-02T14:08:00+02:00'>"))


def test_a_list_of_dated_teasers_is_not_an_article() -> None:
    teaser = "<article><h2><a href='/n/{0}'>Ship number {0} is late</a></h2><time>2 March 2025</time></article>"
    html = f"<html><body><main><h1>Ports</h1>{''.join(map(teaser.format, range(6)))}</main></body></html>"
    with pytest.raises(PageError, match="nothing on the page"):
        read(html)


def test_paragraphs_that_have_a_box_each() -> None:
    boxes = "".join(
        f"<div class='b'><p>Paragraph {n} says that the quay was quiet all day long.</p></div>" for n in range(5)
    )
    item = read(page(BLOCK, shown=f"<main><h1>Block title</h1><div class='k'>{boxes}</div></main>"))
    assert item.body is not None
    assert item.body.count("Paragraph") == 5


def test_headline_byline_and_text_side_by_side() -> None:
    text = "".join(f"<p>Paragraph {n} says that the quay was quiet all day long.</p>" for n in range(4))
    shown = (
        f"<article><h1>Shown title</h1><p>By Ana Real</p><p>Source: Agencies</p><p>2 Mar 2025 14:08</p>{text}</article>"
    )
    item = read(page(shown=shown))
    assert item.body is not None
    assert item.body.split("\n\n")[0].startswith("Paragraph 0")
    assert (item.source, item.published_at) == ("Agencies", "2025-03-02T12:08:00Z")


def test_a_body_in_two_containers_and_its_twin_for_phones() -> None:
    part = "<div class='p-content'><p>{}</p></div>"
    body = (
        part.format("First part of the text.")
        + part.format("")
        + part.format("Second part of it.")
        + part.format("First part of the text.")
    )
    shown = f"<div class='details-white-box'><h1>Block title</h1><section class='read-section'>{body}</section></div>"
    assert read(page(BLOCK, shown=shown)).body == "First part of the text.\n\nSecond part of it."


def test_labels_at_the_end_of_the_body_are_tags() -> None:
    shown = SHOWN.replace("quay.</p>", "quay.</p><p><a href='/tags/ports'>ports</a></p>")
    shown = shown[: shown.index('<div class="tags">')] + "</div>"
    item = read(page(BLOCK, shown=shown))
    assert item.body == "The cranes stopped at noon on the northern quay."
    assert [t["name"] for t in item.tags] == ["ports"]


def test_a_form_around_all_hides_nothing() -> None:
    assert read(page(shown=f"<form id='aspnetForm'>{SHOWN}</form>")).source == "Agencies"


def test_a_deck_without_its_class() -> None:
    shown = SHOWN.replace(
        '<p class="lg_para summary">Shown deck</p>', "<h2>The vote closes the northern quay for a day</h2>"
    )
    item = read(page(shown=shown))
    assert (item.summary, item.provenance["summary"]) == ("The vote closes the northern quay for a day", "generic")


LONG = "x" * 501


def broken_rules(item: Article) -> list[str]:
    record = vars(item) | {"discovered_via": {"kind": "url", "url": URL, "position": None}}
    return [violation["rule"] for violation in SchemaValidator("article.schema.json").violations(record)]


def test_a_label_that_is_too_long_costs_that_value_alone() -> None:
    classes = [{"mapping": name, "value": LONG} for name in ("posttype", "category", "country", "coverage")]
    block = BLOCK | {"classes": classes, "author": f"{LONG} and Bo Linde", "keywords": f"ports,{LONG}"}
    tags = f'<div class="tags"><p><a href="/tags/x">{LONG}</a></p><p><a href="/tags/strike">strike</a></p></div></div>'
    shown = SHOWN.partition('<div class="tags">')[0].replace("Agencies", LONG) + tags
    item = read(page(block, JSON_LD, shown=shown), region=LONG)
    assert (item.country, item.coverage, item.source, item.region) == (None, None, None, None)
    assert (item.category, item.provenance["category"]) == ("Sports", "json-ld")
    assert [author["name"] for author in item.authors] == ["Bo Linde"]
    assert item.keywords == ["ports"]
    assert [tag["name"] for tag in item.tags] == ["strike"]
    fields = {"authors", "category", "country", "coverage", "keywords", "region", "tags"}
    assert {w for w in item.warnings if w.endswith("too_long")} == {f"{field}: too_long" for field in fields}
    assert broken_rules(item) == []


def test_a_section_that_is_too_long_is_dropped() -> None:
    shown = SHOWN.replace('<a href="/news/health">Health</a>', "")
    item = read(
        page(shown=shown), url="https://english.almayadeen.net/s/77-story", listing=Section("Ports", LONG, "/s/9")
    )
    assert (item.category, item.section) == ("Ports", None)
    assert "section: too_long" in item.warnings


def test_a_label_of_the_maximum_length_is_kept() -> None:
    item = read(page(BLOCK | {"classes": [{"mapping": "category", "value": LONG[1:]}]}))
    assert item.category == LONG[1:]
    assert broken_rules(item) == []


def test_the_schema_refuses_what_the_reader_drops() -> None:
    for field, value in (("category", LONG), ("keywords", [LONG]), ("tags", [{"name": LONG, "url": None}])):
        item = read(ALL)
        setattr(item, field, value)
        assert broken_rules(item) == ["maxLength"]
