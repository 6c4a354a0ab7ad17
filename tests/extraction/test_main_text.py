"""Pages of an unknown layout: which text is the article's, and that names and boxes around it do not matter."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml.html import HtmlElement, fragment_fromstring

from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.embeds import social_embed
from mayadeen.extraction.loaders import load_article
from mayadeen.extraction.text_runs import TextRun, text_runs
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses
from tests.support.story import BODY, HEADLINE, PARAGRAPHS, TEXTS, URL, read

BOXES = "".join(f"<div><div class='card'><p>{text}</p></div></div>" for text in TEXTS)
CHUNKS = "".join(f"<div class='chunk'><p>{text}</p></div><div class='ad'>Advertisement</div>" for text in TEXTS)
HIDDEN = f"<div style='display:none'>{''.join(f'<p>{text} {text}</p>' for text in TEXTS)}</div>"
NOTE = "<div class='note'><p>This site keeps small files on your device to remember what you chose.</p></div>"


@pytest.mark.parametrize(
    "shown",
    [
        f"{HEADLINE}<div class='story'>{PARAGRAPHS}</div>",
        f"<main><article>{HEADLINE}{PARAGRAPHS}</article></main>",
        f"{HEADLINE}<div class='story'>{BOXES}</div>",
        f"{HEADLINE}<div>{CHUNKS}</div>",
        f"<div class='layout-with-sidebar'>{HEADLINE}<div class='story'>{PARAGRAPHS}</div></div>{NOTE}",
        f"<div class='comments social'>{HEADLINE}<div class='banner'>{PARAGRAPHS}</div></div>",
        f"{HEADLINE}<div class='story'>{PARAGRAPHS}</div>{HIDDEN}",
        f"<div>{HEADLINE}<ul><li>By Ana Real</li><li>Source: Agencies</li><li>2 Mar 2025 14:08</li></ul>{PARAGRAPHS}</div>",
    ],
    ids=["box", "article", "deep boxes", "chunks", "sidebar", "noise names", "hidden", "side by side"],
)
def test_the_text_whatever_its_boxes(shown: str) -> None:
    item = read(shown)
    assert item.body == BODY
    assert item.provenance["body"] == "generic"
    assert "body: generic" in item.warnings


def test_what_is_no_paragraph_is_read_in_the_page() -> None:
    extras = (
        "<figure><img data-src='/quay.jpg'><figcaption>The quay (AP)</figcaption></figure>"
        "<blockquote class='twitter-tweet'><p>A tweet</p><a href='https://twitter.com/a/status/12'>May</a></blockquote>"
        "<iframe src='https://www.youtube.com/embed/1'></iframe>"
        "<table><caption>Ships</caption><tr><td></td><td>2024</td></tr><tr><td>Tyre</td><td>12</td></tr></table>"
    )
    half = PARAGRAPHS.index(f"<p>{TEXTS[3]}")
    blocks = read(f"{HEADLINE}<div>{PARAGRAPHS[:half]}{extras}{PARAGRAPHS[half:]}</div>").blocks
    assert [b["type"] for b in blocks] == ["paragraph"] * 3 + ["image", "embed", "embed", "table"] + ["paragraph"] * 3
    assert (blocks[3]["caption"], blocks[3]["credit"]) == ("The quay", "AP")
    assert (blocks[6]["caption"], blocks[6]["items"]) == ("Ships", ["2024", "Tyre | 12"])


@pytest.mark.parametrize(
    ("between", "want"),
    [
        ("<hr>", [TEXTS[1], TEXTS[2]]),
        ("<div class='ad'></div>", [TEXTS[1], TEXTS[2]]),
        ("<p>&nbsp;</p>", [TEXTS[1], TEXTS[2]]),
        ("<img src='/a.jpg'>", [TEXTS[1], None, TEXTS[2]]),
        ("<figure><img src='/a.jpg'></figure>", [TEXTS[1], None, TEXTS[2]]),
    ],
)
def test_what_is_left_out_between_two_texts_neither_joins_nor_repeats_them(
    between: str, want: list[str | None]
) -> None:
    """The text after an element is not part of it, and an empty block ends a line."""
    loose = f"<div>{TEXTS[1]}{between}{TEXTS[2]}</div>"
    texts = [f"<p>{text}</p>" for text in TEXTS if text not in TEXTS[1:3]]
    blocks = read(f"{HEADLINE}<article>{texts[0]}{loose}{''.join(texts[1:])}</article>").blocks
    assert [b["text"] for b in blocks] == [TEXTS[0], *want, *TEXTS[3:]]


def test_captions_stay_with_what_they_describe() -> None:
    """The caption of an image, a table and a quotation, in elements that trafilatura drops."""
    image = "<div class='wp-caption'><img src='/a.jpg'><p class='wp-caption-text'>The quay (AP)</p></div>"
    table = "<figure><table><tr><td>Port</td><td>Ships</td></tr><tr><td>Tyre</td><td>12</td></tr></table><figcaption>Ships by port</figcaption></figure>"
    texts = [f"<p>{text}</p>" for text in TEXTS]
    blocks = read(
        f"{HEADLINE}<article>{''.join(texts[:2])}{image}{texts[2]}{table}{''.join(texts[3:])}</article>"
    ).blocks
    assert [(b["type"], b["caption"]) for b in blocks if b["type"] != "paragraph"] == [
        ("image", "The quay"),
        ("table", "Ships by port"),
    ]


def test_an_image_in_a_sentence_does_not_repeat_it() -> None:
    paragraph = f"<p>{TEXTS[0]} <picture><img src='/a.jpg'></picture>{TEXTS[1]}</p>"
    blocks = read(f"{HEADLINE}<article>{paragraph}{''.join(f'<p>{text}</p>' for text in TEXTS[2:])}</article>").blocks
    assert [b["text"] for b in blocks] == [f"{TEXTS[0]} {TEXTS[1]}", None, *TEXTS[2:]]


def test_a_stand_in_that_is_repeated_is_no_text() -> None:
    stand_in = "<div><p>Content from outside is not shown because of your settings for privacy.</p></div>"
    shown = f"{HEADLINE}<div class='k'>{''.join(f'<p>{text}</p>{stand_in}' for text in TEXTS)}</div>"
    assert read(shown).body == BODY


def test_a_page_without_any_evidence_is_an_article_if_it_is_text() -> None:
    assert (
        read(f"{HEADLINE}<div>{PARAGRAPHS}{PARAGRAPHS.replace('boat', 'ship')}</div>", head="").title
        == "The port is quiet"
    )
    links = "".join(f"<li><a href='/news/politics/a-{n}'>{text}</a></li>" for n, text in enumerate(TEXTS))
    with pytest.raises(PageError, match="nothing on the page says"):
        read(f"{HEADLINE}<ul>{links}</ul>", head="")


def known(inner: str, outside: str) -> str:
    box = f"<section class='read-section'><div class='p-content'>{inner}</div></section>"
    return f"<div class='details-white-box'>{HEADLINE}{box}<div class='k'>{outside}</div></div>"


def test_a_known_container_that_is_empty_gives_way_to_the_text_of_the_page() -> None:
    for empty in ("", "<p> </p><script>load()</script>"):
        item = read(known(empty, PARAGRAPHS))
        assert (item.body, item.provenance["body"]) == (BODY, "generic")
        divs = PARAGRAPHS.replace("<p>", "<div>").replace("</p>", "</div>")
        assert read(known(empty, divs)).body == BODY
        head = json_ld(articleBody="\n".join(TEXTS), headline="The port is quiet")
        item = read(known(empty, ""), head)
        assert (item.body, item.provenance["body"]) == (BODY, "json-ld")


def test_parts_of_a_body_are_one_text() -> None:
    first, rest = f"<p>{TEXTS[0]}</p>", "".join(f"<p>{text}</p>" for text in TEXTS[1:])
    part = "<div class='p-content'>{}</div>"
    linked = rest.replace("letter", "<a href='/tags/letters'>letter</a>")
    after = "<ul class='keywords'><li><a href='/tags/ports'>ports</a></li></ul>"
    for body in (part.format(first) + part.format(linked), part.format(linked) + part.format(first)):
        shown = f"<div class='details-white-box'>{HEADLINE}<section class='read-section'>{body}</section>{after}</div>"
        assert [tag["name"] for tag in read(shown).tags] == ["ports"]


@pytest.mark.parametrize("name", ["topic", "keyword", "articletags", "tag-list"])
def test_tags_in_the_body_are_no_text(name: str) -> None:
    tags = f"<div class='{name}'><a href='/t/harbour'>Harbour</a><a href='/t/tyre'>Tyre</a></div>"
    item = read(known(PARAGRAPHS + tags, ""))
    assert (item.body, [tag["name"] for tag in item.tags]) == (BODY, ["Harbour", "Tyre"])


def test_a_known_container_with_other_text_stays_and_says_so() -> None:
    item = read(known("<p>A short text that is nowhere else on the page.</p>", PARAGRAPHS))
    assert item.body == "A short text that is nowhere else on the page."
    assert item.provenance["body"] == "html"
    assert "body: readings_differ" in item.warnings


def test_a_known_container_with_most_of_the_text_is_not_doubted() -> None:
    item = read(known(PARAGRAPHS, "<p>A short text that is nowhere else on the page.</p>"))
    assert (item.body, item.provenance["body"]) == (BODY, "html")
    assert "body: readings_differ" not in item.warnings


def test_much_text_left_out_as_noise_gives_a_warning() -> None:
    links = "".join(f"<a href='/a-{n}'>{text}</a>" for n, text in enumerate(TEXTS[:3]))
    item = read(known(f"{PARAGRAPHS}<div class='latest'>{links}</div>", ""))
    assert item.body == BODY
    assert "body: dropped" in item.warnings
    assert "body: dropped" not in read(known(PARAGRAPHS, "")).warnings


names = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz-_ "), max_size=12) | st.sampled_from(
    ["sidebar", "comments", "related", "share", "latest", "banner", "footer", "nav", "author", "widget", "entry-content",
     "post", "story", "content", "main", "teaser", "hidden-xs", "caption", "tags", "twitter", "newsletter", "p-content"]
)  # fmt: skip
wrappers = st.lists(st.tuples(st.sampled_from(["div", "section", "article"]), names, names), max_size=5)


def wrapped(content: str, around: list[tuple[str, str, str]]) -> str:
    for tag, name, identifier in around:
        content = f"<{tag} class='{name}' id='{identifier}'>{content}</{tag}>"
    return content


@settings(deadline=None, max_examples=30)
@example([("div", "", ""), ("div", "", ""), ("div", "", ""), ("div", "", "caption"), ("div", "", "entry-content")])
@given(wrappers)
def test_boxes_around_the_body_change_no_block(around: list[tuple[str, str, str]]) -> None:
    content = (
        f"{PARAGRAPHS}<blockquote><p>The sea is ours.</p></blockquote><ul><li>One boat</li><li>Two boats</li></ul>"
    )
    for page in (lambda inner: known(inner, ""), lambda inner: f"{HEADLINE}<div>{inner}</div>"):
        assert read(page(wrapped(content, around))).blocks == read(page(content)).blocks


def test_control_characters_in_a_page_do_no_harm() -> None:
    form, caption = "<form>Sign up</form>\x0b later ", "<figcaption>A ship</figcaption>\x01 &#11; &#x1F; \uffff"
    shown = "".join(f"<p>{text}</p>{form}{caption}" for text in TEXTS)
    record = read(f"<div class='story'><h1>The port is quiet</h1>{shown}</div>")
    assert record.body is not None
    assert all(text in record.body for text in TEXTS)


def test_sentences_between_line_breaks_are_the_article_where_trafilatura_drops_one() -> None:
    """The place at the beginning makes trafilatura leave out the first sentence."""
    lines = [f"Tyre.- {TEXTS[0]}", *TEXTS[1:]]
    item = read(
        f"<article>{HEADLINE}<p class='sum'>A deck of some words is here</p><div class='t'>{'<br><br>'.join(lines)}</div></article>"
    )
    assert [line for line in (item.body or "").split("\n") if line][-6:] == lines


def test_a_line_of_the_source_is_no_line_of_the_page() -> None:
    [run] = text_runs(fragment_fromstring("<p>one\ntwo<br>three</p>"))
    assert run.lines == ["onetwo", "three"]


@pytest.mark.parametrize("name", ["instagram-media post-content", "post-12 tweet", "fb-post"])
def test_an_article_with_an_embeds_class_is_no_embed(name: str) -> None:
    link = "<p><a href='https://twitter.com/a/status/1'>A post of the port</a></p>"
    item = read(f"{HEADLINE}<div class='{name}'>{PARAGRAPHS}{link}</div>")
    assert (item.body or "").startswith(BODY)


def test_an_embeds_text_is_in_a_quotation() -> None:
    quote = f"<div class='fb-post'><blockquote>{PARAGRAPHS}</blockquote></div>"
    assert social_embed(fragment_fromstring(quote), "div") == (True, None)


@pytest.mark.parametrize("tag", ["noscript", "template"])
def test_an_article_for_readers_without_scripts_is_read(tag: str) -> None:
    item = read(f"<div class='app'></div><{tag}><div>{HEADLINE}<div class='story'>{PARAGRAPHS}</div></div></{tag}>")
    assert item.body == BODY


def test_a_text_only_in_json_ld_is_the_body() -> None:
    block = {"@type": "NewsArticle", "headline": "The port is quiet", "articleBody": "\n".join(TEXTS)}
    item = read("<div class='app'></div>", f"<script type='application/ld+json'>{json.dumps(block)}</script>")
    assert (item.body, item.provenance["body"]) == (BODY, "json-ld")


def test_a_page_that_shows_its_text_needs_no_json_ld() -> None:
    block = {
        "@type": "NewsArticle",
        "headline": "The port is quiet",
        "articleBody": "Some other words that are not shown.",
    }
    head = f"<script type='application/ld+json'>{json.dumps(block)}</script>"
    item = read(f"{HEADLINE}<div class='story'>{PARAGRAPHS}</div>", head)
    assert (item.body, item.provenance["body"]) == (BODY, "generic")


def teaser(number: int) -> str:
    link = f"<a href='/news/politics/other-{number}'><img src='/{number}.jpg'><h3>A title of story {number}</h3></a>"
    return f"<div class='flex'>{link}<p>The talks are to last three days, and nobody expects a result before {number}.</p></div>"


TEASERS = "".join(map(teaser, range(4)))
SIGN_UP = (
    "<div class='p-4'><p>Subscribe to our letter with all the news that matters to you.</p><form><input></form></div>"
)


def test_teasers_of_other_articles_are_no_text() -> None:
    """Their class names say nothing, and their sentences are outside links."""
    half = PARAGRAPHS.index(f"<p>{TEXTS[3]}")
    item = read(
        f"<div class='grid'><div class='a'>{HEADLINE}<div class='b'>{PARAGRAPHS[:half]}{SIGN_UP}{PARAGRAPHS[half:]}</div></div>"
        f"<div class='c'><h3>Most read</h3>{TEASERS}</div></div>"
    )
    assert item.body == BODY
    assert [image["role"] for image in item.images] == []


def test_linked_headings_of_an_article_stay() -> None:
    linked = "".join(f"<h2><a href='/news/x-{n}'>Ship number {n}</a></h2><p>{text}</p>" for n, text in enumerate(TEXTS))
    item = read(f"{HEADLINE}<div class='story'>{linked}</div>")
    assert [b["level"] for b in item.blocks if b["type"] == "heading"] == [2] * len(TEXTS)


def test_a_linked_label_in_front_of_the_article_is_no_text() -> None:
    item = read(
        f"<article><a href='/news/politics'>Politics</a>{HEADLINE}<p><a href='/x'>Ports</a></p>{PARAGRAPHS}</article>"
    )
    assert item.body == BODY


def test_rows_of_an_unknown_layout() -> None:
    """A headline by its role, an author by the address of a link, a picture in a figure, tags by ``rel``."""
    item = read(
        "<article><div role='heading' aria-level='1'>The port is quiet</div>"
        "<div class='flex'><img src='/rima.png'><a href='/authors/rima'>ريما حداد</a><time datetime='2025-03-02T12:08Z'>2</time></div>"
        f"<figure><img src='/quay.jpg'><figcaption>The quay</figcaption></figure><div>{PARAGRAPHS}</div>"
        "<footer class='entry-footer'><a rel='category tag' href='/c/1'>Politics</a> <a rel='tag' href='/t/1'>Tyre</a></footer></article>"
    )
    assert item.body == BODY
    assert [a["name"] for a in item.authors] == ["ريما حداد"]
    assert item.images[0]["url"].endswith("/quay.jpg")
    assert [t["name"] for t in item.tags] == ["Tyre"]
    assert item.published_at == "2025-03-02T12:08:00Z"


@pytest.mark.parametrize("label", ["Advertisement", "ADVERTISEMENT", "إعلان", "Publicidad", "Sponsored content"])
def test_the_label_of_an_advertisement_is_no_text(label: str) -> None:
    between = f"<div class='z'>{label}</div>".join(f"<p>{text}</p>" for text in TEXTS)
    assert read(f"{HEADLINE}<div class='story'>{between}</div>").body == BODY
    assert read(known(between, "")).body == BODY


CONSENT = "<div><p>We and our partners use {} to remember what you chose on this site.</p><button>OK</button></div>"


@pytest.mark.parametrize("word", ["cookies", "ملفات تعريف الارتباط"])
def test_a_box_that_asks_for_consent_to_cookies_is_no_text(word: str) -> None:
    consent = CONSENT.format(word)
    assert read(f"{consent}{HEADLINE}<article><p>{TEXTS[0]}</p></article>").body == TEXTS[0]
    assert read(f"{HEADLINE}<article>{PARAGRAPHS}</article><div>{consent}</div>").body == BODY
    about = f"<p>The port says that its site uses {word} to count its readers.</p>"
    assert word in (read(f"<article>{HEADLINE}{about}{PARAGRAPHS}<button>Share</button></article>").body or "")
    assert word in (read(f"{HEADLINE}{consent}").body or "")
    shared = (
        f"<p>A line below the headline says what is new.</p><div>{about}<p>{TEXTS[0]}</p><button>Share</button></div>"
    )
    assert word in (read(f"<header>{HEADLINE}</header>{shared}").body or "")


OFFER = "<p>Read every story of the week for the price of a coffee, and cancel at any time.</p>"


@pytest.mark.parametrize(
    ("box", "belongs"),
    [
        (f"<div class='p-4 hidden'>{OFFER}</div>", False),
        (f"<div class='d-none'>{OFFER}</div>", False),
        (f"<div class='hidden md:block'>{OFFER}</div>", True),
        (f"<div class='d-none d-md-block'>{OFFER}</div>", True),
        (f"<figure><aside>{OFFER}</aside></figure>", False),
    ],
)
def test_boxes_that_are_not_shown_or_hold_no_picture(box: str, *, belongs: bool) -> None:
    half = PARAGRAPHS.index(f"<p>{TEXTS[3]}")
    body = read(f"{HEADLINE}<div class='story'>{PARAGRAPHS[:half]}{box}{PARAGRAPHS[half:]}</div>").body or ""
    assert all(text in body for text in TEXTS)
    assert ("price of a coffee" in body) is belongs


def test_images_and_players_of_an_amp_page() -> None:
    media = (
        "<amp-img src='/a.jpg' width='800' height='450'><noscript><img src='/a.jpg'></noscript></amp-img>"
        "<amp-youtube data-videoid='abc'></amp-youtube><amp-twitter data-tweetid='12'></amp-twitter>"
    )
    item = read(f"{HEADLINE}<article><p>{TEXTS[0]}</p>{media}<p>{TEXTS[1]}</p><p>{TEXTS[2]}</p></article>")
    assert [(b["type"], b["url"]) for b in item.blocks if b["type"] != "paragraph"] == [
        ("image", "https://english.almayadeen.net/a.jpg"),
        ("embed", "https://www.youtube.com/embed/abc"),
        ("embed", "https://twitter.com/i/status/12"),
    ]
    assert [video["provider"] for video in item.videos] == ["youtube"]


def test_an_article_that_a_script_shows_may_be_marked_as_hidden() -> None:
    assert read(f"<div class='hidden'>{HEADLINE}<div class='story'>{PARAGRAPHS}</div></div>").body == BODY


def test_the_name_that_a_page_gives_its_site_is_not_part_of_the_title() -> None:
    head = "<meta name='postid' content='7'><meta property='og:site_name' content='The Daily Quay'><meta property='og:title' content='A port: quiet - The Daily Quay'>"
    assert read(f"{HEADLINE}<div>{PARAGRAPHS}</div>", head).title == "A port: quiet"


@pytest.mark.parametrize("title", ["<p><strong>اقرأ أيضًا</strong></p>", "<p>Read also</p>", "<h3>Related news</h3>"])
@pytest.mark.parametrize("is_known", [True, False])
def test_links_under_a_title_are_related_articles(title: str, *, is_known: bool) -> None:
    half = PARAGRAPHS.index(f"<p>{TEXTS[3]}")
    link = "<p><a href='/news/politics/another-story'>Another story of the day</a></p>"
    inner = f"{PARAGRAPHS[:half]}{title}{link}{PARAGRAPHS[half:]}"
    item = read(known(inner, "") if is_known else f"{HEADLINE}<div class='story'>{inner}</div>")
    assert item.body == BODY
    assert [related["title"] for related in item.related] == ["Another story of the day"]


def test_a_note_below_the_links_of_a_share_bar_is_text() -> None:
    links = "".join(f"<li><a href='https://share.test/{n}'>Network {n}</a></li>" for n in range(3))
    note = "Key figure: 18 of 100 sailors had not read the note of the office."
    item = read(f"{HEADLINE}<div class='story'>{PARAGRAPHS}<div><ul>{links}</ul></div><x-note>{note}</x-note></div>")
    assert item.body == f"{BODY}\n\n{note}"


def test_entries_of_an_article_with_linked_headings_are_text() -> None:
    entries = "".join(
        f"<div><h3><a href='/places/{n}'>Place number {n}</a></h3><p>{text}</p></div>" for n, text in enumerate(TEXTS)
    )
    intro = "".join(f"<p>{text.replace('boat', 'ship')} It is so every year.</p>" for text in TEXTS[:3])
    body = read(f"{HEADLINE}<div class='story'>{intro}{entries}</div>").body or ""
    assert all(f"Place number {n}" in body for n in range(len(TEXTS)))
    assert all(text in body for text in TEXTS)


def between_paragraphs(box: str) -> str:
    half = PARAGRAPHS.index(f"<p>{TEXTS[3]}")
    return f"{HEADLINE}<div class='story'>{PARAGRAPHS[:half]}{box}{PARAGRAPHS[half:]}</div>"


def test_a_sentence_in_a_plain_box_between_paragraphs_is_text() -> None:
    note = "Correction: An earlier version of this article gave a wrong name of the company."
    box = f"<div class='kg-card kg-callout-card'><div class='kg-callout-text'>{note}</div></div>"
    shown = f"<article class='gh-article'>{HEADLINE}<section class='gh-content'>{PARAGRAPHS}{box}{PARAGRAPHS.replace('boat', 'ship').replace('.', ', too.')}</section></article>"
    assert note in (read(shown).body or "").split("\n\n")


def test_cells_that_hold_only_a_sign_are_part_of_their_row() -> None:
    table = "<table><tr><th>#</th><th>Port</th></tr><tr><td>1</td><td>-</td><td>Tyre</td></tr></table>"
    [rows] = [b["items"] for b in read(between_paragraphs(table)).blocks if b["type"] == "table"]
    assert rows == ["# | Port", "1 | - | Tyre"]


def test_cells_with_links_in_boxes_and_repeated_cells_are_part_of_their_row() -> None:
    teams = [("Tyre", "Sidon"), ("Batroun", "Byblos"), ("Tripoli", "Beirut"), ("Zahle", "Baalbek")]
    team = "<td><div><a href='/teams/{0}'>{0}</a></div></td>"
    rows = "".join(f"<tr>{team.format(home)}<td>1-1</td>{team.format(away)}</tr>" for home, away in teams)
    table = f"<table><tr><th>Home</th><th>Result</th><th>Away</th></tr>{rows}</table>"
    [items] = [b["items"] for b in read(between_paragraphs(table)).blocks if b["type"] == "table"]
    assert items == ["Home | Result | Away", *(f"{home} | 1-1 | {away}" for home, away in teams)]


def test_a_style_that_clips_text_does_not_hide_it() -> None:
    half = PARAGRAPHS.index(f"<p>{TEXTS[3]}")
    clipped = f"<div style='max-height:9em;overflow:hidden'>{PARAGRAPHS[half:]}</div>"
    assert read(f"{HEADLINE}<div class='story'>{PARAGRAPHS[:half]}{clipped}</div>").body == BODY


def test_a_deck_marked_as_a_subheadline_is_no_text() -> None:
    deck = "Pilots and owners wait for a decision of the office, which met twice this week"
    item = read(f"<article>{HEADLINE}<h2 class='b-subheadline'>{deck}</h2><div>By Ana Real</div>{PARAGRAPHS}</article>")
    assert (item.summary, item.body) == (deck, BODY)


def test_teasers_that_follow_the_text_in_its_own_box_are_no_text() -> None:
    titles = "".join(f"<div><a href='/news/o-{n}'><h3>A title of story {n}</h3></a></div>" for n in range(3))
    half = PARAGRAPHS.index(f"<p>{TEXTS[3]}")
    for shown in (f"{PARAGRAPHS}{TEASERS}", f"{PARAGRAPHS[:half]}{titles}{PARAGRAPHS[half:]}"):
        assert read(f"{HEADLINE}<div class='story'>{shown}</div>").body == BODY


def test_entries_with_linked_headings_stay_after_a_short_introduction() -> None:
    entries = "".join(
        f"<div><h3><a href='/p/{n}'>Place {n}</a></h3><p>{text}</p></div>" for n, text in enumerate(TEXTS)
    )
    body = read(
        f"{HEADLINE}<div class='story'><p>These ports are worth a visit in every season.</p>{entries}</div>"
    ).body
    assert all(text in (body or "") for text in TEXTS)


def json_ld(**values: object) -> str:
    return f"<script type='application/ld+json'>{json.dumps({'@type': 'NewsArticle'} | values)}</script>"


@pytest.mark.parametrize(
    ("stated", "want"),
    [
        ("The port is quiet | Sport", "The port is quiet"),
        ("The port is quiet - quay.test", "The port is quiet"),
        ("The port is quiet (From 2016)", "The port is quiet"),
        ("The port is quiet : Sport", "The port is quiet"),
        ("The port is quiet：港日報", "The port is quiet"),
        ("Opinion | The port is quiet", "The port is quiet"),
        ("The port is quiet: a report", "The port is quiet: a report"),
        (
            "The port is quiet – and nobody in the town knows why",
            "The port is quiet – and nobody in the town knows why",
        ),
        ("Why the port is quiet", "Why the port is quiet"),
    ],
)
def test_a_stated_title_loses_the_section_after_the_shown_headline(stated: str, want: str) -> None:
    for head in (
        json_ld(headline=stated),
        f"<meta property='og:title' content='{stated}'><meta name='postid' content='7'>",
    ):
        assert read(f"{HEADLINE}<div>{PARAGRAPHS}</div>", head).title == want


@pytest.mark.parametrize(
    ("shared", "want"),
    [
        ("Nobody knows why these sailors left", "The port is quiet"),
        ("A quiet port", "A quiet port"),
        ("The port is silent", "The port is silent"),
    ],
)
def test_a_shared_title_of_other_words_is_not_the_title(shared: str, want: str) -> None:
    """The page's title agrees with the headline. Some sites write another title for social networks."""
    assert read(f"{HEADLINE}<div>{PARAGRAPHS}</div>", f"<meta property='og:title' content='{shared}'>").title == want


def test_a_reworded_headline_in_a_box_with_the_name_of_noise() -> None:
    headline = "<h1>Why the port is quiet on every Sunday of the year</h1>"
    html = f"<title>The port is quiet on Sunday</title><header>{headline}{BYLINE}</header><div>{PARAGRAPHS}</div>"
    item = load_article(ArticlePage(html, URL, Addresses(EDITIONS["en"])), fetched_at="2025-03-03T00:00:00Z")
    assert item.title == headline[4:-5]
    html = f"<title>The port is quiet on Sunday</title><header><h1>The Sunday Quay</h1></header><div>{PARAGRAPHS}</div>"
    item = load_article(ArticlePage(html, URL, Addresses(EDITIONS["en"])), fetched_at="2025-03-03T00:00:00Z")
    assert item.title == "The port is quiet on Sunday"


@pytest.mark.parametrize(
    "stated", ["The port of ‘Tyre’ is …", "The port of 'Tyre' is", "The port of 'Tyre' is \"quiet\" - The Quay"]
)
def test_a_stated_title_that_is_cut_is_read_in_the_headline(stated: str) -> None:
    headline = "<h1>The port of 'Tyre' is \"quiet\"</h1>"
    if "‘" in stated:
        headline = headline.replace("'Tyre'", "‘Tyre’")
    assert read(f"{headline}<div>{PARAGRAPHS}</div>", json_ld(headline=stated)).title == headline[4:-5]


BYLINE = "<div><a rel='author' href='https://elsewhere.test/author/rima'>By Rima Haddad</a></div>"
QUAY = {"@type": "Organization", "name": "The Quay"}


@pytest.mark.parametrize(
    ("head", "byline", "want"),
    [
        (json_ld(author=QUAY), BYLINE, ["Rima Haddad"]),
        (json_ld(author=QUAY), "", ["The Quay"]),
        (json_ld(author={"name": "The Quay"}, publisher=QUAY), BYLINE, ["Rima Haddad"]),
        (json_ld(author=[{"name": "Omar Said"}, QUAY]), BYLINE, ["Omar Said", "The Quay"]),
        (
            "<meta property='og:site_name' content='The Quay'><meta name='author' content='The Quay'>"
            "<meta name='twitter:label1' content='Written by'><meta name='twitter:data1' content='Omar Said'>"
            "<meta name='twitter:label2' content='Reading time'><meta name='twitter:data2' content='5 minutes'>",
            "",
            ["Omar Said"],
        ),
    ],
)
def test_the_publisher_is_the_author_only_if_the_page_names_no_other(head: str, byline: str, want: list[str]) -> None:
    item = read(f"{HEADLINE}{byline}<div>{PARAGRAPHS}</div>", head + "<meta name='postid' content='7'>")
    assert [author["name"] for author in item.authors] == want


@pytest.mark.parametrize(
    ("metas", "want"),
    [
        ({"author": "Harbour Media"}, ["Rima Haddad"]),
        ({"author": "rimahaddad"}, ["Rima Haddad"]),
        ({"author": "Haddad, Rima"}, ["Rima Haddad"]),
        ({"author": "Harbour Media", "article:author": "Rima Haddad and Omar Said"}, ["Rima Haddad", "Omar Said"]),
        ({"author": "Rima Haddad and Omar Said"}, ["Rima Haddad", "Omar Said"]),
    ],
)
def test_the_shown_byline_comes_before_a_meta_tag_with_other_names(metas: dict[str, str], want: list[str]) -> None:
    head = "".join(f"<meta name='{name}' content='{value}'>" for name, value in metas.items())
    item = read(f"{HEADLINE}{BYLINE}<div>{PARAGRAPHS}</div>", head)
    assert [author["name"] for author in item.authors] == want


def test_a_word_more_in_the_shown_byline_does_not_make_it_another_name() -> None:
    byline = "<p class='author'>Von Rima Haddad</p>"
    item = read(f"{HEADLINE}{byline}<div>{PARAGRAPHS}</div>", "<meta name='author' content='Rima Haddad'>")
    assert [author["name"] for author in item.authors] == ["Rima Haddad"]


ABOUT = "Rima Haddad writes about ports and the people who work in them, and has done so since 2009."


@pytest.mark.parametrize(
    "end",
    [
        f"<div><img src='/r.jpg'><div><strong>Rima Haddad</strong><p>{ABOUT}</p></div></div>",
        f"<p><b>Rima Haddad</b></p><p>{ABOUT}</p>",
        "<p>Posted on 12 March 2025 at 14:08 by Rima Haddad.</p>",
        "<p>© 2025 The Daily Quay</p>",
        "<p>The Daily Quay. All rights reserved.</p>",
        "<p>جميع الحقوق محفوظة لدى صحيفة الرصيف اليومية 2025</p>",
        "<p>Todos los derechos reservados, Diario del Muelle.</p>",
    ],
)
def test_lines_about_the_author_and_the_rights_at_the_end_are_no_text(end: str) -> None:
    assert read(f"<article>{HEADLINE}<div>By Rima Haddad</div>{PARAGRAPHS}{end}</article>").body == BODY


def test_the_last_of_several_people_is_part_of_the_text() -> None:
    people = "".join(f"<div><b>{name}</b><p>{name} {TEXTS[0]}</p></div>" for name in ("Omar Said", "Lina Real"))
    body = read(f"<article>{HEADLINE}<div>By Rima Haddad</div>{PARAGRAPHS}{people}</article>").body or ""
    assert body.endswith(f"Lina Real {TEXTS[0]}")


def test_a_label_that_is_also_above_the_text_is_no_author() -> None:
    share = "<div class='zz'><span>شارك</span></div>"
    last = f"<p>{TEXTS[-1]}</p>"
    shown = f"<article>{share}{HEADLINE}<div>{PARAGRAPHS.removesuffix(last)}{share}{last}</div></article>"
    assert (read(shown).body or "").endswith(TEXTS[-1])


def test_rows_that_only_line_breaks_divide_from_the_text_are_no_text() -> None:
    lines = "<br><br>".join(TEXTS)
    item = read(f"{HEADLINE}<div>By Ana Real<br>12 March 2025<br><br>{lines}</div>")
    assert item.body == BODY
    assert len(item.blocks) == 1


def test_an_introduction_of_a_list_is_text() -> None:
    entries = "".join(f"<li>{text}</li>" for text in TEXTS[1:])
    assert read(f"<main>{HEADLINE}<p>{TEXTS[0]}</p><ul>{entries}</ul></main>").body == BODY


@pytest.mark.parametrize(
    "row", ["Published: 15:56, 27 April 2024 | Updated: 16:10, 27 April 2024", "آخر تحديث: 12 آذار 2025"]
)
def test_a_labelled_date_below_a_deck_is_no_text(row: str) -> None:
    """A date without a label may be that of an entry in a chronology."""
    half = PARAGRAPHS.index(f"<p>{TEXTS[1]}")
    shown = f"{HEADLINE}<div class='story'>{PARAGRAPHS[:half]}<p>{row}</p>{PARAGRAPHS[half:]}</div>"
    assert read(shown).body == BODY
    assert "12 March 2025" in (read(shown.replace(row, "12 March 2025")).body or "")


@pytest.mark.parametrize("mark", ["{}", "<code>{}</code>", "<span><em>{}</em></span>"])
def test_line_breaks_of_preformatted_text_are_shown(mark: str) -> None:
    lines = "\n".join(TEXTS)
    assert read(f"<main>{HEADLINE}<pre>{mark.format(lines)}</pre></main>").body == lines


@pytest.mark.parametrize(
    ("first", "belongs"),
    [
        (f"<p>{TEXTS[0]}</p>", True),
        (f"<p class='first-paragraph'>{TEXTS[0]}</p>", True),
        (f"<p class='kicker-text'>{TEXTS[0]}</p>", False),
        (f"<h2>{TEXTS[0]}</h2>", False),
    ],
)
def test_the_first_paragraph_may_also_describe_the_page(first: str, *, belongs: bool) -> None:
    """A deck has other markup than the paragraphs."""
    head = f"<meta name='postid' content='7'><meta property='og:description' content='{TEXTS[0]}'>"
    rest = PARAGRAPHS.removeprefix(f"<p>{TEXTS[0]}</p>")
    item = read(f"{HEADLINE}<div class='story'>{first}{rest}</div>", head)
    assert (item.summary, item.body) == (TEXTS[0], BODY if belongs else "\n\n".join(TEXTS[1:]))


@pytest.mark.parametrize("shown", ["<p>{}</p>", "<div>{}</div>", "<p>Port:</p><p>{}</p>"])
def test_a_description_that_is_the_only_text_is_the_body(shown: str) -> None:
    """Or a short report would be refused, because it has no text."""
    for head in (f"<meta name='description' content='{TEXTS[0]}'>", ""):
        item = read(HEADLINE + shown.format(TEXTS[0]), f"<meta name='postid' content='7'>{head}")
        assert item.body is not None
        assert item.body.endswith(TEXTS[0])


@pytest.mark.parametrize("head", [f"<meta name='description' content='{TEXTS[0]}'>", ""])
def test_a_text_marked_as_deck_is_never_the_body(head: str) -> None:
    """The page may have lost its body in a change of its layout."""
    shown = f"{HEADLINE}<div class='summary'><p>{TEXTS[0]}</p></div>"
    assert read(shown, f"<meta name='postid' content='7'>{head}").body is None


FOOTER = (
    "<div><p>The Bay Times is a newspaper of Bay Media, a company of the Bay Foundation.</p><p>© 2024 Bay Media</p></div>"
    "<div><p>The Bay Times has written about our coast for a hundred years, and it will do so for a hundred more.</p></div>"
    "<div><p>Join a million readers. Take the Bay Times with you wherever you go, and read it every day.</p></div>"
)


@pytest.mark.parametrize("shown", ["<p>{}</p>", "<div><div>{}</div></div>", "<section><span>{}</span></section>"])
@pytest.mark.parametrize(
    "order", ["{text}<div>{footer}</div>", "<div>{text}</div>{footer}", "{text}<h4>About</h4><div>{footer}</div>"]
)
def test_sentences_of_a_footer_are_no_text_of_a_short_article(shown: str, order: str) -> None:
    column = f"<div>{HEADLINE}{shown.format(TEXTS[0])}</div>"
    footer = FOOTER if "<div>{footer}" in order else f"<footer-of-site>{FOOTER}</footer-of-site>"
    assert read(order.format(text=column, footer=footer)).body == TEXTS[0]


def test_a_line_about_rights_in_an_article_does_not_make_it_a_footer() -> None:
    rights = "<p>© 2024 Bay Media</p>"
    intro = f"{HEADLINE}<p>It was a long day in the harbour, which has seen many of them.</p>"
    assert BODY in (read(f"<header>{intro}</header><div>{PARAGRAPHS}{rights}</div>").body or "")
    menu = "<div><h1>The Bay Times</h1><p>Choose your town to see the weather of the next days in it.</p></div>"
    assert (
        read(f"{menu}<div>{HEADLINE}<p>{TEXTS[0]}</p><p>{TEXTS[1]}</p>{rights}</div>").body
        == f"{TEXTS[0]}\n\n{TEXTS[1]}"
    )


ABOUT = "<div><p>Rima Haddad is a reporter in Tyre who has written about ports, ships and their crews for ten years.</p></div>"
TEASER = (
    "<li><a href='/n/{n}'><img src='/{n}.jpg'></a><div><a href='/n/{n}'>Another story of the coast</a>"
    "<span>Another day has ended on coast {n}, and nobody knows what will follow.</span></div></li>"
)
COOKIES = "<div><p>We use cookies to give you a better page, and to show you what you like.</p><a href='#'>OK</a></div>"


@pytest.mark.parametrize("shown", ["<div>{}</div>", "<div><span>{}</span></div>", "<section><div>{}</div></section>"])
def test_a_short_article_is_not_lost_to_the_boxes_below_it(shown: str) -> None:
    column = f"<div>{HEADLINE}{shown.format(TEXTS[0])}</div>"
    assert (read(f"<section>{column}</section>{ABOUT}").body or "").startswith(TEXTS[0])
    assert read(column + "<ul>" + "".join(TEASER.format(n=n) for n in range(5)) + "</ul>").body == TEXTS[0]
    assert read(column + COOKIES).body == TEXTS[0]


def test_entries_of_a_list_with_links_are_text() -> None:
    entries = "".join(TEASER.format(n=n).replace(f"href='/n/{n}'><img", "href='#'><img") for n in range(5))
    assert "ended on coast 3" in (read(f"{HEADLINE}<div>{PARAGRAPHS}<ul>{entries}</ul></div>").body or "")


@pytest.mark.parametrize("copied", [PARAGRAPHS, "".join(f"<p>{text}</p>" for text in TEXTS[:4])])
def test_a_second_copy_of_the_article_is_left_out(copied: str) -> None:
    shown = f"{HEADLINE}<div class='wide'>{PARAGRAPHS}</div>"
    assert read(f"{shown}<div class='narrow'>{copied}</div>").body == BODY


def test_sentences_that_an_article_repeats_are_kept() -> None:
    refrain = "Nobody knows how long it will be until the ships return to the bay."
    texts = [part for text in TEXTS for part in (text, refrain)]
    shown = f"{HEADLINE}<div class='story'>{''.join(f'<p>{text}</p>' for text in texts)}</div>"
    assert (read(shown).body or "").count(refrain) == len(TEXTS)


def test_entries_next_to_the_date_of_a_byline_are_no_text() -> None:
    entries = (
        "<li class='author'>By Ana Real</li><li>2 Mar 2025</li><li>12:03 pm |</li><li><a href='/x'>Permalink</a></li>"
    )
    item = read(f"<div>{HEADLINE}<ul>{entries}</ul>{PARAGRAPHS}</div>")
    assert item.body == BODY
    assert [author["name"] for author in item.authors] == ["Ana Real"]


def test_a_text_without_blanks_has_words() -> None:
    text = "港口今天非常安静，因为船只都没有出海，码头上也没有任何人。"
    [run] = text_runs(fragment_fromstring(f"<p>{text}</p>"))
    assert run.is_sentence
    texts = [f"{text}{text}{text}{sign}" for sign in "一二三四"]
    shown = f"{HEADLINE}<div>{''.join(f'<p>{text}</p>' for text in texts)}</div>"
    assert read(shown, head="").body == "\n\n".join(texts)


def test_excerpts_of_other_articles_below_an_article_are_no_text() -> None:
    """They are longer than other teasers, and without them the headline's box holds an article."""
    box = "<div class='z'><h3><a href='/news/o-{}'>A title of story {}</a></h3><p>{}</p></div>"
    other = " ".join(text.replace("boat", "train") for text in TEXTS[:3])
    excerpts = "".join(box.format(n, n, f"{other} It was so in {n} towns.") for n in range(9))
    assert read(f"<div>{HEADLINE}<div>{PARAGRAPHS}</div></div><div>{excerpts}</div>").body == BODY
    intro = f"<div>{HEADLINE}<p>{TEXTS[0]}</p></div>"
    assert "in 3 towns" in (read(f"{intro}<div>{excerpts}</div>").body or "")


def test_boxes_named_as_noise_around_the_text_are_no_text() -> None:
    box = "<div class='most-viewed'><p>Please mark the words that are wrong, and we correct them as soon as we can.</p></div>"
    assert read(f"{HEADLINE}<div class='story'>{box}{PARAGRAPHS}{box.replace('mark', 'tell')}</div>").body == BODY


def test_sections_of_the_headings_box_are_text() -> None:
    """The first of them holds a heading and most of the text."""
    first = "".join(f"<p class='s'>{text}</p>" for text in TEXTS[:5])
    box = "<section><div class='a'>{}</div></section>"
    shown = f"<main>{box.format(f'<h2>The port is quiet</h2>{first}')}{box.format(f'''<p class='s'>{TEXTS[5]}</p>''')}</main>"
    assert read(shown).body == BODY


@pytest.mark.parametrize(
    "row",
    [
        "<p>Posted on March 12, 2025 by Rima Haddad</p>",
        "<p>By Rima Haddad 12 March 2025 14:08 UTC</p>",
        "<p>By Rima Haddad - Published 2:08 PM UTC, Wed March 12, 2025</p>",
        "<p>Por Rima Haddad, 12 de marzo de 2025</p>",
        "<p>Posted on March 12, 2025 by <a href='/author/rima'>Rima Haddad</a> in <a href='/news'>News</a></p>",
        "<p>By <a href='/author/rima'>Rima Haddad</a> on March 12, 2025 in <a href='/news'>News</a>, <a href='/a'>Ports</a></p>",
        "<p>March 12, 2025 by Rima Haddad <a href='/x/comments'>3 comments</a></p>",
        "<p>كتبت: Rima Haddad 12 آذار 2025</p>",
        "<p>3/13/2025 7:11 AM UTC BY RIMA HADDAD</p>",
        "<div><span>By</span><div>Rima Haddad</div></div><time>12 March 2025</time>",
        "<div class='byline'>Rima Haddad March 12, 2025</div>",
        "<div class='byline'>March 12, 2025 Rima Haddad</div>",
    ],
)
def test_name_and_date_in_one_row(row: str) -> None:
    item = read(f"<article>{HEADLINE}{row}{PARAGRAPHS}</article>")
    assert [author["name"].title() for author in item.authors] == ["Rima Haddad"]
    assert (item.published_at or "")[:7] == "2025-03"
    assert item.body == BODY


@pytest.mark.parametrize(
    "row",
    [
        "<div><a href='/authors/rima'><small>Rima Haddad</small></a><span>, </span><a href='/authors/omar'>Omar Said</a>"
        "<span> and </span><a href='/authors/ana'>Ana Real</a></div>",
        "<div>By</div><div><a href='/authors/rima'>Rima Haddad</a></div><div><a href='/authors/omar'>Omar Said</a></div>"
        "<div>و</div><div><a href='/authors/ana'>Ana Real</a></div>",
    ],
)
def test_names_in_links_next_to_each_other(row: str) -> None:
    more = "<div>8 min</div><div><a href='/authors/li'>Li Wen</a></div>"
    item = read(f"<article>{HEADLINE}<div>{row}</div>{more}{PARAGRAPHS}</article>")
    assert [author["name"] for author in item.authors] == ["Rima Haddad", "Omar Said", "Ana Real"]


@pytest.mark.parametrize(
    "row",
    [
        "<div class='author'>By <a href='/r'>Rima Haddad</a> in <a href='/s'>Sport</a> on 12 March 2025 at 8:34 PM. "
        "<a href='/c'>51 Comments</a></div>",
        "<div><div><a href='/p'>Print</a></div>By <a href='/r'>Rima Haddad</a><br>on March 12, 2025 at 12:06 PM</div>",
        "<address>by<div>Rima Haddad<div><a href='/r'>All her stories</a></div></div></address><time>12 March 2025</time>",
        "<div class='social-author'><a class='social-author__name' href='/u/r'>Rima Haddad</a></div>"
        "<div class='social-date'><span>12 March 2025</span></div>",
        "<aside><address><a rel='author' href='/r'>Rima Haddad</a></address><p>12 March 2025</p></aside>",
    ],
)
def test_names_and_dates_directly_in_a_box_or_with_less_usual_classes(row: str) -> None:
    item = read(f"<div>{HEADLINE}{row}<div>{PARAGRAPHS}</div></div>")
    assert [author["name"] for author in item.authors] == ["Rima Haddad"]
    assert (item.published_at or "")[:7] == "2025-03"


def test_a_name_with_an_address_is_no_text() -> None:
    row = "<ul><li class='byline__author'><a href='/staff/rima'>Rima Haddad | rima@quay.test</a></li></ul>"
    item = read(f"<div class='byline'><span>By</span>{row}</div>{HEADLINE}{row}<div>{PARAGRAPHS}</div>")
    assert ([author["name"] for author in item.authors], item.body) == (["Rima Haddad"], BODY)


def test_a_row_with_the_class_of_a_deck_is_no_deck() -> None:
    row = "<div class='lede__times'><time>12 March 2025 — 6:22 PM</time> <time>13 March 2025 — 1:55 PM</time></div>"
    deck = "<p class='lede__deck'>Few ships come in.</p>"
    assert read(f"<article>{HEADLINE}{row}{deck}{PARAGRAPHS}</article>").summary == "Few ships come in."


def test_author_and_date_below_the_text_are_read_in_the_microdata_of_the_article() -> None:
    names = "<span itemprop='author' itemscope><a href='/rima'><span itemprop='name'>Rima Haddad</span></a></span>"
    row = f"<div>Posted by {names} at <abbr itemprop='datePublished' title='2025-03-12T14:08:00Z'>2:08 PM</abbr></div>"
    card = (
        "<div itemscope><a href='/news/politics/x'>Another title</a> <span itemprop='author'>Omar Said</span> "
        "<time itemprop='datePublished' datetime='2025-04-01T10:00:00Z'>1 April</time></div>"
    )
    for below, want in ((row + card, (["Rima Haddad"], "2025-03-12T14:08:00Z")), (card, ([], None))):
        item = read(f"<div itemscope>{HEADLINE}<div>{PARAGRAPHS}</div><footer>{below}</footer></div>")
        assert ([author["name"] for author in item.authors], item.published_at) == want


@pytest.mark.parametrize(
    "text",
    [
        f"{PARAGRAPHS}<p>Posted on 12 March 2025 by Rima Haddad</p><p>Source: Agencies</p>",
        "By Rima Haddad<br>12 March 2025<br>Source: Agencies<br><br>" + BODY.replace("\n\n", "<br><br>"),
    ],
    ids=["below", "line breaks"],
)
def test_a_row_that_is_no_text_is_read(text: str) -> None:
    item = read(f"{HEADLINE}<div>{text}</div>")
    assert ([author["name"] for author in item.authors], item.source) == (["Rima Haddad"], "Agencies")
    assert (item.published_at or "")[:7] == "2025-03"
    assert (item.body or "").replace("\n", " ").split() == BODY.split()


@pytest.mark.parametrize(
    "around",
    [
        "<div class='sidebar'><a href='/n/1-x'>Other story</a><span class='author'>Omar Said</span></div>{}",
        "<div class='latest'><a href='/n/1-x'>Other story</a> <span rel='author'>Omar Said</span></div>{}",
        "<div><a href='/n/1-x'>Other story of the week</a> 26 June 2023</div>{}",
        "{}<div class='k'><a href='/n/1-x'>Other</a><span itemprop='author'>Omar Said</span>"
        "<time itemprop='datePublished' datetime='2024-01-01'>1 January</time></div>",
    ],
)
def test_author_and_date_of_another_article_are_not_those_of_this_one(around: str) -> None:
    item = read(f"<main>{around.format(f'{HEADLINE}<div>{PARAGRAPHS}</div>')}</main>", body="itemscope")
    assert (item.authors, item.published_at) == ([], None)


def test_the_label_of_a_date_is_no_name() -> None:
    row = "<div><span class='meta-author'>Posted on</span> <a href='/2025/03/12'><span>12 March 2025</span></a></div>"
    item = read(f"<article>{HEADLINE}{row}{PARAGRAPHS}</article>")
    assert (item.authors, (item.published_at or "")[:7]) == ([], "2025-03")


def test_names_and_times_with_less_usual_names() -> None:
    head = json_ld(creator=["Rima Haddad"], dateCreated="2025-03-12T14:08:00Z") + "<meta name='postid' content='7'>"
    item = read(f"{HEADLINE}<div>{PARAGRAPHS}</div>", head)
    assert ([author["name"] for author in item.authors], item.published_at) == (["Rima Haddad"], "2025-03-12T14:08:00Z")
    head = json_ld(author={"name": "By Rima Haddad And Omar Said For The Sunday News Of Sidon"})
    names = [author["name"] for author in read(f"{HEADLINE}<div>{PARAGRAPHS}</div>", head).authors]
    assert names == ["Rima Haddad", "Omar Said For The Sunday News Of Sidon"]
    head = "<meta name='parsely-pub-date' content='2025-03-12T14:08:00Z'><meta name='postid' content='7'>"
    assert read(f"{HEADLINE}<div>{PARAGRAPHS}</div>", head).published_at == "2025-03-12T14:08:00Z"


@pytest.mark.parametrize(
    ("headings", "tag"),
    [
        ("<h2>Sunday, May 8</h2>{}<h3>The port is quiet</h3>", "h3"),
        ("<h2>More on ports</h2>{}<h1>Politics: The port is quiet</h1>", "h1"),
        ("{}<h2>Next article</h2>", None),
        ("<h1>Another title</h1>{}", "h1"),
        ("<h1><a href='/'>The Daily Port</a></h1>{}", None),
        (
            "<a href='https://port.example'><h1>The Daily Port</h1></a><h1><a href='/?p=7'>Another title</a></h1>{}",
            "h1",
        ),
    ],
)
def test_the_headline_is_the_heading_with_the_title(headings: str, tag: str | None) -> None:
    """Another heading is one only as ``h1``, which may be shorter or longer than the title."""
    html = f"<title>The port is quiet</title><body>{headings.format(PARAGRAPHS)}</body>"
    heading = ArticlePage(html, URL, Addresses(EDITIONS["en"])).heading
    assert (heading.tag if heading is not None else None) == tag


def test_a_box_of_many_texts_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its sentences asks whether the box is plain."""
    read_boxes: list[str] = []

    def counted(box: HtmlElement, **options: bool) -> list[TextRun]:
        read_boxes.append(box.tag)
        return text_runs(box, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("mayadeen.extraction.main_text.text_runs", counted)
    boxed = "".join(f"<div><p>{text.replace('a', str(n))}</p></div>" for n in range(5) for text in TEXTS)
    read(
        f"{HEADLINE}<div class='story'>{PARAGRAPHS}<section>{boxed}</section>{PARAGRAPHS.replace('boat', 'ship')}</div>"
    )
    assert read_boxes.count("section") == 1


def test_a_lead_outside_the_box_of_the_paragraphs_stays() -> None:
    lead = "The harbour fell silent on Monday while the last of the boats left the quay for good."
    shown = f"<article>{HEADLINE}<div class='top'><p>{lead}</p></div><div class='rest'>{PARAGRAPHS}</div></article>"
    assert read(shown).body == f"{lead}\n\n{BODY}"


@pytest.mark.parametrize("title", ["<h3>More stories:</h3>", "<p>You may also like:</p>"])
def test_a_title_that_nothing_follows_is_no_text(title: str) -> None:
    assert read(f"{HEADLINE}<div class='story'>{PARAGRAPHS}{title}</div>").body == BODY
    more = f"{title}<p>The boats are expected to be back in the harbour by the end of the month.</p>"
    assert title[4:-5] in (read(f"{HEADLINE}<div class='story'>{PARAGRAPHS}{more}</div>").body or "")


INSET = (
    "<div class='q'><p>Lees ook</p><div><a href='/news/x-1'>A title of another story of the day</a>"
    "<p>The talks are to last three days, and nobody expects a result before Sunday.</p></div></div>"
)


def test_a_linked_title_with_one_sentence_between_paragraphs_is_no_text() -> None:
    item = read(between_paragraphs(INSET))
    assert item.body == BODY
    own = INSET.replace("href='/news/x-1'", "href='#talks'")
    assert "nobody expects" in (read(between_paragraphs(own)).body or "")


def test_a_list_of_linked_titles_is_related_articles() -> None:
    entries = "".join(f"<li>Port: <a href='/news/o-{n}'>A title of story number {n}</a></li>" for n in range(3))
    item = read(known(f"{PARAGRAPHS}<ul>{entries}</ul>", ""))
    assert item.body == BODY
    assert [related["title"] for related in item.related] == [f"A title of story number {n}" for n in range(3)]


def test_a_heading_that_leads_to_itself_is_text_and_not_its_entry_in_a_table_of_contents() -> None:
    names = ["The first boat", "Both of them", "Nobody"]
    entries = "".join(f"<li><a href='#{n}'>{name}</a></li>" for n, name in enumerate(names))
    parts = "".join(
        f"<div class='section'><h2><a href='#top'>{name}</a><a href='#{n}'>¶</a></h2><p>{TEXTS[2 * n]}</p><p>{TEXTS[2 * n + 1]}</p></div>"
        for n, name in enumerate(names)
    )
    item = read(f"<article>{HEADLINE}<ul>{entries}</ul>{parts}</article>")
    assert [b["text"] for b in item.blocks if b["type"] != "paragraph"] == [f"{name}¶" for name in names]


def test_a_list_of_the_articles_own_parts_is_text() -> None:
    entries = "".join(f"<li><a href='#part-{n}'>The title of part number {n}</a></li>" for n in range(3))
    item = read(known(f"<ul>{entries}</ul>{PARAGRAPHS}", ""))
    assert (item.body or "").startswith("The title of part number 0")


def test_text_directly_in_the_box_of_the_paragraphs_is_text() -> None:
    loose = "The flag code has rules for the flag, but nobody was punished for it."
    assert loose in (
        read(
            between_paragraphs(
                f"<div><span><div class='fig'><p>View photo</p><img src='/1.jpg'></div></span></div>{loose}"
            )
        ).body
        or ""
    )


def test_text_directly_in_a_list_is_text() -> None:
    """Old pages indent their text with lists."""
    shown = between_paragraphs("<ul>Whoever saw the <i>ship</i> says that it had no flag.<li>It had one.</li></ul>")
    body = read(shown).body or ""
    assert "Whoever saw the ship says that it had no flag.\n\nIt had one." in body


@pytest.mark.parametrize("is_known", [True, False])
def test_words_below_an_image_in_a_box_of_their_own_are_its_caption(*, is_known: bool) -> None:
    shown = between_paragraphs("<div class='q1'><div><img src='/q.jpg'></div><p>The quay in the evening (AP)</p></div>")
    item = read(known(shown.removeprefix(HEADLINE), "") if is_known else shown)
    [image] = [block for block in item.blocks if block["type"] == "image"]
    assert (item.body, image["caption"], image["credit"]) == (BODY, "The quay in the evening", "AP")


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize(
    "box", ["<figure><img src='/a.jpg'></figure><div><p>{}</p></div>", "<figure><p>{}</p></figure>"]
)
def test_text_next_to_a_figure_or_in_one_without_image_is_text(box: str, *, is_known: bool) -> None:
    story = PARAGRAPHS.replace(f"<p>{TEXTS[2]}</p>", f"<div class='m'>{box.format(TEXTS[2])}</div>")
    container = (
        "<section class='read-section'><div class='p-content'>{}</div></section>" if is_known else "<div>{}</div>"
    )
    assert read(HEADLINE + container.format(story)).body == BODY


@pytest.mark.parametrize("is_known", [True, False])
def test_a_link_around_title_and_excerpt_is_another_article(*, is_known: bool) -> None:
    card = (
        "<a href='/news/politics/x-y'><img src='/a.jpg'><span>Related</span><h4>Another story of the day</h4>"
        "<p>The captain of the ship waited for the wind to turn all day.</p></a>"
    )
    large = "<a href='/large.jpg'><figure><img src='/b.jpg'><figcaption>The quay</figcaption></figure></a>"
    half = PARAGRAPHS.index(f"<p>{TEXTS[3]}")
    container = (
        "<section class='read-section'><div class='p-content'>{}</div></section>" if is_known else "<div>{}</div>"
    )
    item = read(HEADLINE + container.format(PARAGRAPHS[:half] + card + large + PARAGRAPHS[half:]))
    assert item.body == BODY
    assert [(image["url"][-6:], image["caption"]) for image in item.images] == [("/b.jpg", "The quay")]
    assert [link["title"] for link in item.related] == ["Another story of the day"]


def test_entries_that_are_links_around_their_title_and_text_stay() -> None:
    entries = "".join(
        f"<a href='/x{n}'><h3>The place with number {n}</h3><p>{text}</p></a>" for n, text in enumerate(TEXTS)
    )
    assert all(text in (read(f"{HEADLINE}<div>{PARAGRAPHS}{entries}</div>").body or "") for text in TEXTS)


def test_all_entries_of_a_list_at_the_end_are_text() -> None:
    notes = "<ol><li>According to the log of the port of the town.</li><li>Letter, 3 May.</li></ol>"
    item = read(f"{HEADLINE}<div>{PARAGRAPHS}{notes}</div>")
    assert item.body == f"{BODY}\n\nAccording to the log of the port of the town.\n\nLetter, 3 May."


def test_an_image_with_each_paragraph_has_no_caption() -> None:
    steps = "".join(f"<div class='s'><img src='/{n}.jpg'><p>{text}</p></div>" for n, text in enumerate(TEXTS))
    assert read(f"{HEADLINE}<div>{steps}</div>").body == BODY


@pytest.mark.parametrize("box", ["<div class='q'><p>{}</p></div>", "<blockquote><p>{}</p></blockquote>"])
def test_a_pull_quote_is_no_text(box: str) -> None:
    """It repeats a part of a paragraph. A quotation that no paragraph has is text."""
    quote = TEXTS[4].partition(", she")[0]
    assert read(between_paragraphs(box.format(quote))).body == BODY
    other = quote.replace("winter", "summer")
    assert other in (read(between_paragraphs(box.format(other))).body or "")


def test_linked_titles_next_to_each_other_are_no_text() -> None:
    titles = "".join(f"<h3><a href='/news/o-{n}'>A title of story number {n}</a></h3>" for n in range(2))
    assert read(between_paragraphs(titles)).body == BODY
    one = "<p><a href='/news/o-1'>A title of story number 1</a></p>"
    assert "story number 1" in (read(known(f"{one}{PARAGRAPHS}", "")).body or "")


@pytest.mark.parametrize(
    "above",
    [
        "<div class='k'>'What counts for us is that the boats stay where they are'</div>",
        "<p><a href='/politics'>Politics</a></p>",
        "<p>AFP / Rima Haddad</p>",
    ],
)
def test_a_text_above_the_headline_is_no_part_of_the_article(above: str) -> None:
    date = "<p><span>8 January 2025, 3:51 pm</span></p>"
    shown = f"<article><header>{above}{HEADLINE}{date}</header><div>{PARAGRAPHS}</div></article>"
    item = read(shown)
    assert (item.body, (item.published_at or "")[:10]) == (BODY, "2025-01-08")


def test_a_heading_with_the_title_below_most_of_the_text_is_no_headline() -> None:
    assert (read(f"<article>{PARAGRAPHS}<h2>The port is quiet</h2></article>").body or "").startswith(BODY)


@pytest.mark.parametrize("name", ["footer", "social"])
def test_a_short_row_with_the_time_counts_whatever_its_class(name: str) -> None:
    row = f"<div class='{name}'><p><time datetime='2025-03-12'>12.3.</time> <a href='/economy'>Economy</a></p></div>"
    item = read(f"<article>{HEADLINE}{row}<div>{PARAGRAPHS}</div></article>")
    assert (item.published_raw, item.body) == ("2025-03-12", BODY)


def test_a_short_heading_apart_without_text_below_it_is_no_text() -> None:
    more = "<div><h2>More on ports</h2><p><a href='/x'>Ships</a></p></div>"
    assert read(f"<article>{HEADLINE}{PARAGRAPHS}{more}</article>").body == BODY


def test_the_headline_without_its_label_is_no_text() -> None:
    head = "<meta name='postid' content='7'><meta property='og:title' content='Politics: The port of Tyre is quiet'>"
    shown = f"<article>{HEADLINE}<p class='k'>The port of Tyre is quiet</p>{PARAGRAPHS}</article>"
    assert read(shown, head).body == BODY


def test_counted_images_next_to_an_article_are_no_text() -> None:
    images = "".join(
        f"<li><img src='/{n}.jpg'><h2>{n}/20 Image of a ship</h2><p>{text.replace('boat', 'ship')} It was number {n}.</p></li>"
        for n, text in enumerate(TEXTS, 1)
    )
    assert read(between_paragraphs(f"<div><ul>{images}</ul></div>")).body == BODY
    alone = read(f"<article>{HEADLINE}<ul>{images}</ul></article>").body or ""
    assert "It was number 6." in alone


def test_the_day_in_the_address_is_the_last_source_of_the_time() -> None:
    head = "<meta name='postid' content='7'><link rel='canonical' href='https://quay.test/2025/03/12/a-story'>"
    item = read(f"{HEADLINE}<div>{PARAGRAPHS}</div>", head)
    assert (item.published_raw, item.provenance["published_at"]) == ("2025-03-12", "generic")
    shown = read(f"<article>{HEADLINE}<p>Posted on March 14, 2025 @ 14:08</p>{PARAGRAPHS}</article>", head)
    assert (shown.published_at or "")[:10] == "2025-03-14"


def test_a_posting_of_any_kind_is_an_article() -> None:
    block = {"@type": "SocialMediaPosting", "headline": "The port is quiet", "author": "Rima Haddad"}
    head = f"<script type='application/ld+json'>{json.dumps(block)}</script>"
    assert [author["name"] for author in read(f"{HEADLINE}<div>{PARAGRAPHS}</div>", head).authors] == ["Rima Haddad"]
