"""Author and date that a page of unknown layout gives in other places than the rows next to its headline."""

from __future__ import annotations

import json

import pytest

from tests.support.story import HEADLINE, PARAGRAPHS, read

STORY = f"{HEADLINE}<div>{PARAGRAPHS}</div>"
TIME = "<time datetime='2025-03-02T10:00:00Z'></time>"
OTHER_TIME = TIME.replace("03-02", "02-01")
AUTHOR = "<h4><a rel='author' href='/authors/rima'>Rima Haddad</a></h4><p>She writes about ports.</p>"
OTHER = "<article><h3><a href='/news/sports/x-y'>Another story of the day</a></h3>{}</article>"
ITEM = (
    "<li itemscope itemtype='http://schema.org/{}'><meta itemprop='datePublished' content='2025-02-01T10:00:00Z'></li>"
)


@pytest.mark.parametrize("key", ["author", "authors"])
def test_author_and_time_in_the_json_of_parsely(key: str) -> None:
    page = {
        "title": "x",
        key: ["Rima Haddad"] if key == "authors" else "Rima Haddad",
        "pub_date": "2025-03-02T10:00:00Z",
    }
    item = read(STORY, f"<meta name='parsely-page' content='{json.dumps(page)}'>")
    assert [author["name"] for author in item.authors] == ["Rima Haddad"]
    assert item.published_at == "2025-03-02T10:00:00Z"


def test_the_shown_authors_come_before_the_one_in_the_json_of_parsely() -> None:
    page = json.dumps({"author": "Rima Haddad"})
    item = read(
        STORY.replace("<div>", "<p>By Rima Haddad and Omar Said</p><div>", 1),
        f"<meta name='parsely-page' content='{page}'>",
    )
    assert [author["name"] for author in item.authors] == ["Rima Haddad", "Omar Said"]


@pytest.mark.parametrize("content", ["", "{", "[1]", "{&quot;author&quot;: 5}", "x"])
def test_broken_json_of_parsely_costs_nothing(content: str) -> None:
    head = f"<meta name='postid' content='7'><meta name='parsely-page' content='{content}'>"
    assert read(STORY, head).authors == []


@pytest.mark.parametrize("name", ["authors", "article_author"])
def test_author_in_meta_tags_of_other_names(name: str) -> None:
    item = read(STORY, f"<meta name='postid' content='7'><meta name='{name}' content='Rima Haddad | rima@bay.example'>")
    assert [author["name"] for author in item.authors] == ["Rima Haddad"]


def test_the_number_of_an_account_is_no_author() -> None:
    assert read(STORY, "<meta name='postid' content='7'><meta name='author' content='296554'>").authors == []


def test_the_only_time_and_the_only_author_of_a_page() -> None:
    item = read(f"{STORY}<div>{AUTHOR}{TIME}</div>")
    assert [author["name"] for author in item.authors] == ["Rima Haddad"]
    assert item.published_at == "2025-03-02T10:00:00Z"


@pytest.mark.parametrize(
    "more",
    [
        f"<div>{AUTHOR}{TIME}</div><div>{AUTHOR.replace('Rima', 'Lina')}{OTHER_TIME}</div>",
        OTHER.format(f"<a rel='author' href='/authors/rima'>Rima Haddad</a>{TIME}"),
        "<a rel='author' href='/authors/rima'>See all articles</a>",
    ],
    ids=["several", "of another article", "a label"],
)
def test_author_and_time_of_other_articles_are_left_out(more: str) -> None:
    item = read(STORY + more)
    assert (item.authors, item.published_at) == ([], None)


@pytest.mark.parametrize("kind", ["VideoObject", "ItemList"])
def test_the_date_of_a_video_next_to_the_article_is_not_its_date(kind: str) -> None:
    date = "<meta name='dc.date' content='2025-03-02'>"
    assert read(f"{ITEM.format(kind)}{STORY}", f"<meta name='postid' content='7'>{date}").published_raw == "2025-03-02"
    assert read(f"<div>{HEADLINE}{ITEM.format(kind)}<div>{PARAGRAPHS}</div></div>").published_raw is None
    assert read(f"{STORY}{ITEM.format('NewsArticle')}").published_raw == "2025-02-01T10:00:00Z"


def test_labels_of_links_in_a_byline_are_no_names() -> None:
    labels = "<li><a href='/authors/rima'>See all articles</a></li><li><a href='/authors/rima/feed'>Follow</a></li>"
    byline = f"<div class='author-box'><div class='name'>Rima Haddad</div><ul class='author'>{labels}</ul></div>"
    item = read(STORY.replace("<div>", f"{byline}<div>", 1))
    assert [author["name"] for author in item.authors] == ["Rima Haddad"]


def test_the_date_above_the_box_of_an_article_in_the_same_element() -> None:
    date = "<div>2 March 2025 10:00</div>"
    assert read(f"<article><div>{date}</div><div>{STORY}</div></article>", "").published_raw == "2 March 2025 10:00"
    others = "<article><div>{}</div><h3>Videos</h3><div>{}</div></article>"
    assert read(others.format(date, STORY)).published_raw is None


def test_rows_next_to_a_headline_that_a_fixed_bar_repeats() -> None:
    rows = "<div class='authors'><a href='/authors/rima'>Rima Haddad</a></div><span>2 March 2025 10:00</span>"
    menu = "<b>Politics</b> <b>Economy</b> <b>Sports</b> <b>Culture</b> <b>Health</b> <b>Videos</b> <b>Opinion</b> <b>World</b>"
    hero = f"<header><div>{menu}</div><h2>The port is quiet</h2>{rows}</header>"
    item = read(f"<div>{HEADLINE}</div>{hero}<div>{PARAGRAPHS}</div>")
    assert [author["name"] for author in item.authors] == ["Rima Haddad"]
    assert item.published_raw == "2 March 2025 10:00"
    other = read(f"<div>{HEADLINE}</div>{hero.replace('quiet', 'full')}<div>{PARAGRAPHS}</div>")
    assert (other.authors, other.published_raw) == ([], None)


def test_a_title_loses_a_long_name_of_the_site_if_another_title_does_not_have_it() -> None:
    stated = json.dumps({"@type": "NewsArticle", "headline": "The port is quiet - The Bay Times and Mail"})
    head = f"<script type='application/ld+json'>{stated}</script>"
    shared = "<meta property='og:title' content='The port is quiet'>"
    assert read(STORY, head + shared).title == "The port is quiet"
    assert read(STORY, head).title == "The port is quiet - The Bay Times and Mail"
