from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.extraction.body import read_body
from mayadeen.extraction.body_builder import Body
from mayadeen.extraction.dom import parse_html
from mayadeen.extraction.images import split_credit
from mayadeen.site.editions import EDITIONS
from mayadeen.site.text import clean_text
from mayadeen.site.urls import Addresses

ADDRESSES = Addresses(EDITIONS["en"])
PAGE = "https://english.almayadeen.net/news/politics/a-b"


def read(html: str) -> Body:
    root = parse_html(f'<html><body><div id="b">{html}</div></body></html>')
    return read_body(root.xpath("//div[@id='b']")[0], lambda href: ADDRESSES.resolve(href, PAGE))


def shape(html: str) -> list[tuple[str, str | None]]:
    return [(b["type"], b["text"]) for b in read(html).blocks]


@pytest.mark.parametrize(
    ("html", "want"),
    [
        ("<p>One</p><p> Two\n three </p>", [("paragraph", "One"), ("paragraph", "Two three")]),
        ("<p>a<br>b<br/> c</p>", [("paragraph", "a\nb\nc")]),
        ("<pre>a\n b  c\n\nd</pre>", [("paragraph", "a\nb c\n\nd")]),
        ("<p>a&nbsp;b &amp; c</p>", [("paragraph", "a b & c")]),
        ("<p></p><p>&nbsp;</p><p>x</p>", [("paragraph", "x")]),
        ("<h2>Head</h2><p>x</p>", [("heading", "Head"), ("paragraph", "x")]),
        ("<p>The <ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp>字</ruby> signs</p>", [("paragraph", "The 漢字 signs")]),
        ("<blockquote><p>one</p><p>two</p></blockquote>", [("quote", "one\ntwo")]),
        ("loose text<p>x</p>more <b>text</b>", [("paragraph", "loose text"), ("paragraph", "x"), ("paragraph", "more text")]),
        ("<div><p>in a box</p></div>", [("paragraph", "in a box")]),
        ("<details><summary>More</summary>hidden facts</details>", [("paragraph", "More"), ("paragraph", "hidden facts")]),
        ("<p>x</p><script>var a = 'text'</script><style>p{}</style>", [("paragraph", "x")]),
        ("<p>x</p><div class='post_disclaimer'><p>not ours</p></div>", [("paragraph", "x")]),
        ("<p>x</p><p>The opinions expressed in this article do not necessarily reflect ours.</p>", [("paragraph", "x")]),
        ("<p>x</p><h3>Share this:</h3><p>Follow us on <a href='https://t.me/a'>Telegram</a></p>", [("paragraph", "x")]),
        ("<p>x</p><div class='share-tools'><a href='/s'>Share</a></div>", [("paragraph", "x")]),
        ("<p>a <em>b <strong>c</strong></em>d</p>", [("paragraph", "a b cd")]),
        ("<p><b style='display: block'>a?</b>b</p>", [("paragraph", "a?"), ("paragraph", "b")]),
        ("<span style='display:flex'>a</span><span style='color:red;display:block!important'>b</span>",
         [("paragraph", "a"), ("paragraph", "b")]),
        ("<p><span style='display:table-cell'>a</span><span style='display:table-cell'>b</span></p>", [("paragraph", "a b")]),
        ("<p><a style='display:block'>a</a><a style='display:block'>b</a></p>", [("paragraph", "a b")]),
        ("<p>a<span style='display:inline-block'>b</span>c<br style='display:block'>d</p>", [("paragraph", "abc\nd")]),
        ("<p>A dog<picture><source srcset='/a.webp'><img src='/a.jpg'></picture>ran<img src='/b.jpg'>.</p>",
         [("paragraph", "A dog ran."), ("image", None), ("image", None)]),
        ("<p>A dog <img src='/a.jpg' hidden><noscript><img src='/a.jpg'></noscript>ran</p>",
         [("paragraph", "A dog ran"), ("image", None)]),
        ("<p>A <a href='/b'>dog<span class='sr-only'> (opens in a new tab)</span></a> ran</p>", [("paragraph", "A dog ran")]),
        ("<p>Dogs<span class='visually-hidden'>: </span>a story</p>", [("paragraph", "Dogs: a story")]),
        ("<p>'Israel' said \u201cno\u201d</p>", [("paragraph", "'Israel' said \u201cno\u201d")]),
    ],
)  # fmt: skip
def test_blocks(html: str, want: list[tuple[str, str | None]]) -> None:
    assert shape(html) == want


@pytest.mark.parametrize(
    "style",
    [
        "opacity:0",
        "color: red; opacity : 0.0 !important",
        "position:absolute;width:1px;height:1px;overflow:hidden",
        "position: absolute; height: 1px; margin: -1px; width: 1px",
        "position:absolute;clip:rect(0, 0, 0, 0)",
        "position:absolute;clip: rect(1px 1px 1px 1px)",
        "position:absolute;clip-path:inset(50%)",
    ],
)
def test_text_that_its_style_hides_is_left_out(style: str) -> None:
    assert read(f"<p>x</p><p style='{style}'>never shown</p>").text == "x"


@pytest.mark.parametrize(
    "style",
    [
        "opacity:0;transform:translateY(20px)",  # a script fades it in
        "opacity:0.9",
        "fill-opacity:0",
        "position:relative;height:0;padding-bottom:56%;overflow:hidden",  # the frame of a player
        "position:absolute;clip:rect(0,100px,100px,0)",
        "max-width:1px;color:red",
    ],
)
def test_text_that_its_style_shows_is_kept(style: str) -> None:
    assert read(f"<p>x</p><p style='{style}'>y</p>").text == "x\n\ny"


def test_every_block_has_every_key() -> None:
    body = read("<p>x</p><ul><li>a</li></ul><img src='/a.jpg'><iframe src='https://www.youtube.com/embed/1'></iframe>")
    keys = {"type", "text", "level", "items", "url", "caption", "credit", "provider"}
    assert [set(b) for b in body.blocks] == [keys] * 4


def test_lists_and_tables() -> None:
    body = read(
        "<ul><li>one</li><li>two <b>b</b></li></ul><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
    )
    assert [b["items"] for b in body.blocks] == [["one", "two b"], ["a | b", "1 | 2"]]
    assert body.text == "one\n\ntwo b\n\na | b\n\n1 | 2"


@pytest.mark.parametrize(
    "html",
    [
        "<blockquote class='twitter-tweet'><p>tweet text</p>&mdash; A (@a) <a href='https://twitter.com/a/status/12?ref=x'>May 1</a></blockquote>",
        "<div class='twitter-tweet twitter-tweet-rendered'><p>tweet text</p><iframe src='https://platform.twitter.com/embed?id=1'></iframe>"
        "<a href='https://twitter.com/a/status/12'>May 1</a></div>",
    ],
    ids=["raw", "rendered"],
)
def test_a_tweet_is_an_embed_and_no_text(html: str) -> None:
    body = read(f"<p>before</p>{html}<p>after</p>")
    assert [(b["type"], b["provider"]) for b in body.blocks] == [
        ("paragraph", None),
        ("embed", "twitter"),
        ("paragraph", None),
    ]
    assert body.blocks[1]["url"] == "https://twitter.com/a/status/12"
    assert body.text == "before\n\nafter"
    assert body.links == []


@pytest.mark.parametrize(
    "box", ["<div class='dual-related'>{}</div>", "<section class='zz'>{}</section>"], ids=["known", "renamed"]
)
def test_related_box_is_no_text(box: str) -> None:
    inner = "<h3>Related News</h3><a href='/news/politics/one-x'><img src='/i.jpg' alt='One'><h4>One</h4></a><a href='/news/politics/two-x'>Two</a>"
    body = read("<p>x</p>" + box.format(inner))
    assert body.text == "x"
    assert [(r["title"], r["relation"]) for r in body.related] == [("One", "inline"), ("Two", "inline")]


@pytest.mark.parametrize(
    ("html", "want"),
    [
        ("<blockquote class='bluesky-embed'><p>a</p><a href='https://bsky.app/profile/a/post/1'>b</a></blockquote>",
         ("bsky.app", "https://bsky.app/profile/a/post/1")),
        ("<blockquote class='text-post-media' data-text-post-permalink='https://www.threads.net/@a/post/1'>a</blockquote>",
         ("threads.net", "https://www.threads.net/@a/post/1")),
        ("<lite-youtube videoid='abc'></lite-youtube>", ("youtube", "https://www.youtube.com/embed/abc")),
    ],
)  # fmt: skip
def test_posts_and_players_of_more_networks(html: str, want: tuple[str, str]) -> None:
    assert [(b["provider"], b["url"], b["text"]) for b in read(html).blocks] == [(*want, None)]


def test_the_header_of_a_table_in_a_cell_makes_no_table_of_the_text_around_it() -> None:
    inner = "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
    sentences = "<p>One two three four five six.</p><p>One two three four five seven.</p>"
    blocks = read(f"<table><tr><td>{sentences}{inner}</td><td>x</td></tr></table>").blocks
    assert [b["type"] for b in blocks] == ["paragraph", "paragraph", "table", "paragraph"]


def test_hidden_parts_of_a_table_are_left_out() -> None:
    hidden = "<tbody hidden><tr><td>c</td><td>d</td></tr></tbody>"
    table = (
        f"<table><caption hidden>x</caption><tr><td>a</td><td>b</td></tr>{hidden}<tr><td>e</td><td>f</td></tr></table>"
    )
    assert [(b["items"], b["caption"]) for b in read(table).blocks] == [(["a | b", "e | f"], None)]


def test_a_heading_above_a_list_of_titles_is_no_text() -> None:
    titles = "".join(f"<li><a href='/news/n-{n}'>Ship number {n} is late</a></li>" for n in range(2))
    body = read(f"<p>x</p><h3>From our pages</h3><ul>{titles}</ul><h3>Next</h3><p>y</p>")
    assert body.text == "x\n\nNext\n\ny"
    assert len(body.related) == 2


@pytest.mark.parametrize(
    "html",
    [
        "<p><a href='/news/politics/n-x'>Read next: A story</a></p>",
        "<p><strong>Read next: <a href='/news/politics/n-x'>A story</a></strong></p>",
        "<p>Read also <a href='/news/politics/n-x'>A story</a></p>",
        "<p>اقرأ أيضاً: <a href='/news/politics/n-x'>A story</a></p>",
        "<p>Lea también: <a href='/news/politics/n-x'>A story</a></p>",
        "<p>PUEDES VER: <a href='/news/politics/n-x'>A story</a></p>",
        "<p><strong>Lea:&nbsp;<a href='/news/politics/n-x'>A story</a></strong></p>",
        "<h3>MIRA: <a href='/news/politics/n-x'>A story</a></h3>",
        "<p>Read: <a href='/news/politics/n-x'>A story</a></p>",
    ],
)
def test_read_next_is_related_and_no_text(html: str) -> None:
    body = read(f"<p>x</p>{html}<p>y</p>")
    assert body.text == "x\n\ny"
    assert body.related == [
        {"title": "A story", "url": "https://english.almayadeen.net/news/politics/n-x", "relation": "read_next"}
    ]


@pytest.mark.parametrize(
    "html",
    [
        "<p>Read more books, <a href='/x'>he</a> said.</p>",
        "<p>Read next: nothing to follow.</p>",
        "<p><a href='/x'>Mira Real returns</a></p>",
    ],
)
def test_text_that_only_begins_alike_stays_text(html: str) -> None:
    assert len(read(html).blocks) == 1
    assert read(html).blocks[0]["type"] == "paragraph"


def test_lazy_figure_with_caption_and_credit() -> None:
    body = read(
        "<figure><img src='data:image/gif;base64,R0' data-src='/m/a.jpg?v=2&width=1000' alt='A cat (AP)'>"
        "<figcaption>A cat (AP)</figcaption></figure>"
    )
    (block,) = body.blocks
    assert (block["url"], block["caption"], block["credit"]) == (
        "https://english.almayadeen.net/m/a.jpg",
        "A cat",
        "AP",
    )
    assert body.images[0]["alt"] == "A cat (AP)"
    assert body.images[0]["role"] == "inline"


@pytest.mark.parametrize(
    ("caption", "want"),
    [
        ("A, July 14, 2022 (AP)", ("A, July 14, 2022", "AP")),
        ("A (Agence X; drawn by Y)", ("A", "Agence X; drawn by Y")),
        ("In office (2009-2017)", ("In office (2009-2017)", None)),
        ("(AP)", (None, "AP")),
        ("A (b) c", ("A (b) c", None)),
        ("", (None, None)),
    ],
)
def test_credit(caption: str, want: tuple[str | None, str | None]) -> None:
    assert split_credit(caption) == want


def test_links_of_the_text_only() -> None:
    body = read(
        "<p>see <a href='/a/b'>this</a> and <a href='mailto:x@y.z'>that</a></p><h2><a href='https://o.example/'>H</a></h2>"
        "<ul><li><a href='https://o.example/l'>L</a></li></ul><div class='dual-related'><a href='/r'>R</a></div>"
    )
    assert [link["text"] for link in body.links] == ["this", "H", "L"]


def test_unknown_elements_are_kept_and_counted() -> None:
    body = read("<p>x</p><my-widget>kept <b>text</b></my-widget>")
    assert body.text == "x\n\nkept text"
    assert body.unknown == 1


def test_entries_of_lists_and_cells_are_known() -> None:
    assert read("<ul><li>one</li></ul><table><tr><td>a</td></tr></table>").unknown == 0


def test_a_caption_without_a_mark_is_recognized_by_the_alt() -> None:
    body = read("<div><img src='/a.jpg' alt='A quay (AP)'><div>A quay (AP)</div></div><p>x</p>")
    assert (body.images[0]["caption"], body.images[0]["credit"]) == ("A quay", "AP")


def test_deep_nesting_keeps_its_text() -> None:
    assert read("<div>" * 200 + "deep" + "</div>" * 200 + "<p>after</p>").text == "deep\n\nafter"
    assert read("<span>" * 200 + "deep" + "</span>" * 200).text == "deep"


def test_nesting_without_end_is_survived() -> None:
    assert read("<p>before</p>" + "<div>" * 100_000).text == "before"


words = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
tags = st.sampled_from(
    [
        "p",
        "div",
        "span",
        "b",
        "a",
        "ul",
        "li",
        "table",
        "tr",
        "td",
        "blockquote",
        "h2",
        "figure",
        "img",
        "br",
        "section",
        "x-y",
    ]
)
trees = st.recursive(
    words.map(lambda t: t.replace("<", "&lt;")),
    lambda inner: st.builds(lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", tags, st.lists(inner, max_size=4)),
    max_leaves=30,
)


@given(trees)
def test_any_markup_gives_a_body_in_the_form_of_the_contract(html: str) -> None:
    body = read(html)
    for block in body.blocks:
        for value in (block["text"], *(block["items"] or [])):
            assert value is None or (value and value == clean_text(value))
    if body.text is not None:
        assert body.text == body.text.strip() != ""


def test_related_links_under_a_title_without_a_box() -> None:
    body = read(
        "<p>x</p><h3>Related News</h3><ul><li><a href='/n/one-x'>One</a></li></ul><p><a href='/n/two-x'>Two</a></p><p>y</p>"
    )
    assert body.text == "x\n\ny"
    assert [r["title"] for r in body.related] == ["One", "Two"]


def test_looks_of_a_paragraph_do_not_drop_it() -> None:
    assert read("<p class='latest'>a</p><p class='breaking lead'>b</p><p class='share'>c</p>").text == "a\n\nb"


def test_captions_by_class_and_tweets_without_one() -> None:
    body = read(
        "<p>x</p><p class='image-caption'>A quay</p><blockquote><p>tweet</p>— X (@x) <a href='https://x.com/x/status/9'>May</a></blockquote>"
    )
    assert body.text == "x"
    assert body.blocks[1]["url"] == "https://x.com/x/status/9"


@pytest.mark.parametrize(
    ("html", "want"),
    [
        ("<p>about <nobr>9 boats</nobr> and <x1:city><x1:place>Tyre</x1:place></x1:city> now<o:p></o:p></p>", "about 9 boats and Tyre now"),
        ("<p>a <zz-mark>b</zz-mark> c</p>", "a b c"),
        ("<p>he wrote <img class='emoji' src='/e.png' alt='\u270c' width=16> today</p>", "he wrote \u270c today"),
        ("<p>the town<a href='/x'> of<img src='/i/ext.svg' alt=''></a> Tyre</p>", "the town of Tyre"),
        ("<p>before<span style='display:none'> secret</span> after</p>", "before after"),
        ("<p>x</p><p hidden>draft</p><div style='VISIBILITY : hidden'><p>draft</p></div>", "x"),
        ("<p>one</br>two</p>", "one\ntwo"),
        ("one</p>two</p>three", "one\n\ntwo\n\nthree"),
        ("a" + 150 * "</b>" + "one</p>two", "aone\n\ntwo"),  # more errors than the parser reports
        ("a" + 150 * "</b>" + "one</br>two", "aone\ntwo"),
        ("<table><tr><td>one</td></tr></table>", "one"),
        ("<table><tr><td></td><td>a</td><td></td><td>b</td><td>&nbsp;</td></tr></table>", "a |  | b"),
        ("<table><tr><td><h3>Box</h3><p>One two three four five six.</p><p>One two three four five seven.</p></td><td>x</td></tr></table>",
         "Box\n\nOne two three four five six.\n\nOne two three four five seven.\n\nx"),
        ("<blockquote><p>The sea is ours.</p><footer class='quote-footer'>A captain</footer></blockquote>", "The sea is ours.\nA captain"),
        ("<figure><blockquote><p>The sea is ours.</p></blockquote><figcaption>A captain</figcaption></figure>", "The sea is ours.\nA captain"),
    ],
)  # fmt: skip
def test_text_as_a_reader_sees_it(html: str, want: str) -> None:
    assert read(html).text == want


SENTENCE = "The second boat stayed in the harbour for a day."


@pytest.mark.parametrize(
    "box",
    [
        f"<div class='{name}'><p>{SENTENCE}</p></div>"
        for name in ("latest", "social-box", "banner", "breaking", "related-background", "tweetable", "sidebar", "comments", "share", "caption-text")
    ]
    + [
        f"<section id='latest-news'>{SENTENCE}</section>",
        f"<form id='aspnetForm'><p>{SENTENCE}</p><p>{SENTENCE}</p></form>",
        f"<nav><a href='/x'>y</a><p>{SENTENCE}</p>",
        f"<blockquote class='social'>{SENTENCE}</blockquote>",
        f"<ul class='latest'><li>{SENTENCE}</li></ul>",
        f"<p class='share'>{SENTENCE}</p>",
    ],
)  # fmt: skip
def test_a_sentence_is_never_dropped_for_a_name(box: str) -> None:
    body = read(f"<p>The first boat left on Monday.</p>{box}<p>Both come back in spring.</p>")
    assert SENTENCE in (body.text or "")
    assert body.dropped == 0


@pytest.mark.parametrize(
    "box",
    [
        "<div class='latest'><a href='/a'>The second boat stayed in the harbour for a day</a></div>",
        "<ul class='social'><li>Facebook</li><li>X</li></ul>",
        "<form><label>Mail</label><input></form>",
        "<div class='ads'>Advertisement</div>",
    ],
)
def test_a_box_of_links_or_labels_is_dropped_and_counted(box: str) -> None:
    body = read(f"<p>The first boat left on Monday.</p>{box}<p>Both come back in spring.</p>")
    assert body.text == "The first boat left on Monday.\n\nBoth come back in spring."
    assert body.dropped > 0


def test_an_image_in_a_sentence_does_not_split_it() -> None:
    body = read("<p>The boat <img src='/boat.jpg' alt='A boat'> left on Monday.</p><p>End.</p>")
    assert [(b["type"], b["text"]) for b in body.blocks] == [
        ("paragraph", "The boat left on Monday."),
        ("image", None),
        ("paragraph", "End."),
    ]


@pytest.mark.parametrize(
    "html",
    [
        "<table><caption>Boats by year</caption><tr><td>2022</td><td>9</td></tr></table>",
        "<figure><table><tr><td>2022</td><td>9</td></tr></table><figcaption>Boats by year</figcaption></figure>",
    ],
)
def test_the_caption_of_a_table(html: str) -> None:
    (table,) = read(html).blocks
    assert (table["caption"], table["items"]) == ("Boats by year", ["2022 | 9"])


def test_images_for_readers_without_scripts() -> None:
    body = read("<p>x</p><img src='/i/blank.gif'><noscript><img src='/real.jpg'></noscript>")
    assert [i["url"].rpartition("/")[2] for i in body.images] == ["real.jpg"]


def test_a_telegram_post_as_a_script() -> None:
    body = read("<p>x</p><script data-telegram-post='ports/12' src='https://telegram.org/js/widget.js'></script>")
    assert (body.blocks[1]["provider"], body.blocks[1]["url"]) == ("telegram", "https://t.me/ports/12")


def test_a_related_box_by_its_arabic_title() -> None:
    body = read("<p>x</p><div><h3>أخبار ذات صلة</h3><a href='/news/politics/one-x'>One</a></div>")
    assert (body.text, [r["title"] for r in body.related]) == ("x", ["One"])
