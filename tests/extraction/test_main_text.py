"""Pages of an unknown layout: which text is the article's, and that names and boxes around it do not matter."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml.html import fragment_fromstring

from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.embeds import social_embed
from mayadeen.extraction.loaders import load_article
from mayadeen.extraction.text_runs import text_runs
from mayadeen.items import Article
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses
from tests.support.story import PARAGRAPHS, TEXTS

URL = "https://english.almayadeen.net/news/politics/a-story-of-ports"
BODY = "\n\n".join(TEXTS)
AROUND = (
    "<nav><a href='/news/politics'>Politics</a> <a href='/news/economy'>Economy</a></nav>{}"
    "<div class='zz'><h3>More stories</h3><ul><li><a href='/news/politics/x-y'>Another story of the day that is here</a></li>"
    "<li><a href='/news/politics/y-z'>A third story of the day that is not long</a></li></ul></div><footer><p>About us</p></footer>"
)


def read(shown: str, head: str = "<meta name='postid' content='7'>") -> Article:
    html = (
        f"<html lang='en'><head><title>The port is quiet</title>{head}</head><body>{AROUND.format(shown)}</body></html>"
    )
    return load_article(ArticlePage(html, URL, Addresses(EDITIONS["en"])), fetched_at="2025-03-03T00:00:00Z")


HEADLINE = "<h1>The port is quiet</h1>"
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
    item = read(known("", PARAGRAPHS))
    assert (item.body, item.provenance["body"]) == (BODY, "generic")


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


ABOUT = "Rima Haddad writes about ports and the people who work in them, and has done so since 2009."


@pytest.mark.parametrize(
    "end",
    [
        f"<div><img src='/r.jpg'><div><strong>Rima Haddad</strong><p>{ABOUT}</p></div></div>",
        f"<p><b>Rima Haddad</b></p><p>{ABOUT}</p>",
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


def test_line_breaks_of_preformatted_text_are_shown() -> None:
    assert read(f"<main>{HEADLINE}<pre>{chr(10).join(TEXTS)}</pre></main>").body == "\n".join(TEXTS)
