from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.extraction.dom import parse_html
from mayadeen.extraction.metadata import Sources, names, text, urls


def sources(*scripts: tuple[str, str], head: str = "") -> Sources:
    tags = "".join(f'<script type="{kind}">{body}</script>' for kind, body in scripts)
    return Sources(parse_html(f"<html><head>{head}{tags}</head><body><p>x</p></body></html>"))


LD = "application/ld+json"
BLOCK = "text/tawsiyat"


def test_block_and_classes() -> None:
    block = {"postid": "7", "classes": [{"key": "class2", "mapping": "category", "value": " Politics"}]}
    found = sources((BLOCK, json.dumps(block).replace(",", ",\r\n")))
    assert found.tawsiyat["postid"] == "7"
    assert found.classes == {"category": "Politics"}
    assert found.broken == []


@pytest.mark.parametrize("text", ['{"postid": "7"', "[1, 2]", '"x"', "<html>", "{]", "[" * 100_000])
def test_a_broken_block_is_named_and_costs_nothing_else(text: str) -> None:
    found = sources((BLOCK, text), (LD, '{"@type": "Article", "headline": "h"}'))
    assert found.tawsiyat == {}
    assert found.broken == ["tawsiyat"]
    assert found.json_ld["headline"] == "h"


@pytest.mark.parametrize(
    "value",
    [
        {"@type": "NewsArticle", "headline": "h"},
        {"@graph": [{"@type": "WebSite"}, {"@type": "Article", "headline": "h"}]},
        [{"@type": "BreadcrumbList"}, {"@type": ["Thing", "Article"], "headline": "h"}],
        {"@type": "WebPage", "mainEntity": {"@type": "https://schema.org/Article", "headline": "h"}},
    ],
)
def test_json_ld_in_its_shapes(value: object) -> None:
    assert sources((LD, json.dumps(value))).json_ld["headline"] == "h"


def test_json_ld_of_something_else_is_not_the_article() -> None:
    assert sources((LD, '{"@type": "Organization", "name": "x"}')).json_ld == {}


def test_metas_first_non_empty_wins() -> None:
    head = '<meta name="Author" content=" "><meta name="author" content="A"><meta property="author" content="B">'
    assert sources(head=head).metas == {"author": "A"}


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["@type", "@graph", "headline", "author", "name", "classes", "mapping", "value"]), inner
        )
    ),
    max_leaves=20,
)


@given(json_values, json_values)
def test_json_of_any_shape_breaks_nothing(block: object, json_ld: object) -> None:
    found = sources((BLOCK, json.dumps(block)), (LD, json.dumps(json_ld)))
    assert isinstance(found.tawsiyat, dict)
    assert isinstance(found.json_ld, dict)


ARTICLE = '{"@type": "Article", "headline": "h"}'


@pytest.mark.parametrize(
    "script",
    [
        f"{ARTICLE};",
        '{"@type": "Article", "headline": "h",}',
        '{"@type": ["Article", ], "headline": "h"\n,\n}',
        f"//<![CDATA[\n{ARTICLE}\n//]]>",
        f"<![CDATA[{ARTICLE}]]>",
        f"/*<![CDATA[*/ {ARTICLE} /*]]>*/",
        f"// from the template\n{ARTICLE}",
        f"<!--\n{ARTICLE}\n//-->",
        f"\ufeff{ARTICLE}",
        f"\u200b{ARTICLE}",
        '{"@type": "Article", // the type\n"headline": "h", /* no more */ }',
        '{"@type": "Article",, "headline": "h", "url": "https://example.com//a"}',
        ARTICLE.replace('"', "&quot;"),
        f"<!-- from the plugin -->{ARTICLE}",
        f"var data = {ARTICLE};",
        f"window.data={ARTICLE}",
        f'{{"@type": "WebSite"}}\n{ARTICLE}',
        '{"@type": "Article", "headline": "h", "description": "it\\\'s"}',
    ],
)
def test_json_ld_as_templates_write_it(script: str) -> None:
    found = sources((LD, script))
    assert found.json_ld["headline"] == "h"
    assert found.broken == []


@pytest.mark.parametrize("kind", ["application/ld+json; charset=utf-8", "Application/LD+JSON", " application/ld+json"])
def test_the_type_of_a_script_in_any_spelling(kind: str) -> None:
    assert sources((kind, ARTICLE)).json_ld["headline"] == "h"


@pytest.mark.parametrize(
    ("author", "want"),
    [
        ({"@id": "#a"}, ["Rima Haddad"]),
        ([{"@id": "#a"}, {"name": "Omar Said"}], ["Rima Haddad", "Omar Said"]),
        ([{"@id": "#a"}, {"@id": "#b"}, {"@id": ["#a"]}], ["Rima Haddad", "Omar Said"]),
    ],
)
def test_authors_by_reference(author: object, want: list[str]) -> None:
    people = [{"@id": "#a", "name": "Rima Haddad"}, {"@id": "#b", "name": "Omar Said"}, {"@id": [], "name": "x"}]
    graph = {"@graph": [*people, {"@type": "Article", "headline": "h", "author": author}]}
    assert names(sources((LD, json.dumps(graph))).json_ld["author"]) == want


def test_a_live_blog_is_an_article() -> None:
    assert sources((LD, '{"@type": "LiveBlogPosting", "headline": "h"}')).json_ld["headline"] == "h"


def test_of_several_articles_the_one_of_this_page() -> None:
    rail = {"@type": "NewsArticle", "headline": "other", "url": "https://x.example/news/other"}
    own = {"@type": "NewsArticle", "headline": "own", "url": "https://www.x.example/news/own/"}
    root = parse_html(f"<html><head><script type='{LD}'>{json.dumps([rail, own])}</script></head><body></body></html>")
    assert Sources(root, "https://x.example/news/own?ref=1").json_ld["headline"] == "own"
    titled = "<title>own</title>"
    assert (
        sources((LD, json.dumps([rail, {"@type": "NewsArticle", "headline": "own"}])), head=titled).json_ld["headline"]
        == "own"
    )
    canonical = "<link rel='canonical' href='https://x.example/news/own'><title>own</title>"
    assert sources((LD, json.dumps(rail)), head=canonical).json_ld == {}
    assert sources((LD, json.dumps([rail, {"@type": "NewsArticle", "headline": "own"}]))).json_ld["headline"] == "own"


@pytest.mark.parametrize(
    ("value", "want"),
    [
        ("&quot;Red&quot; &amp; &#8217;", '"Red" & \u2019'),
        ("AT&T & Co; R&D", "AT&T & Co; R&D"),
        ("Rima O&amp;#39;Haddad &lt;b&gt;said&lt;/b&gt;", "Rima O'Haddad said"),
        ("5 &lt; 6", "5 < 6"),
        ("<p>One <b>two</b></p><p>three</p>", "One two\n\nthree"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ({"name": {"name": "Ana"}}, "Ana"),
        ({"url": "https://x.example/"}, "https://x.example/"),
    ],
)
def test_values_as_text(value: object, want: str) -> None:
    found = text(value)
    assert found is not None
    assert found.strip() == want


@pytest.mark.parametrize(
    ("value", "want"),
    [
        ([["Ana", "Bo"]], ["Ana", "Bo"]),
        ({"name": ["Ana", "Bo"]}, ["Ana", "Bo"]),
        ({"name": {"name": "Ana"}}, ["Ana"]),
        ({"name": {"@value": "Ana", "@language": "en"}}, ["Ana"]),
        ({"@list": [{"name": "Ana"}, "Bo"]}, ["Ana", "Bo"]),
        ({"givenName": "Ana", "familyName": "Real"}, ["Ana Real"]),
        ({"url": "https://x.example/ana"}, []),
        ("https://x.example/ana", []),
        ("Ana O&#39;Real", ["Ana O'Real"]),
        ({"name": "", "alternateName": "Ana"}, ["Ana"]),
        (None, []),
    ],
)
def test_names_in_any_nesting(value: object, want: list[str]) -> None:
    assert names(value) == want


def test_a_metadata_block_in_a_list() -> None:
    assert sources(("text/tawsiyat", '[{"postid": "7"}]')).tawsiyat["postid"] == "7"


def test_addresses_of_images() -> None:
    image = {"@type": "ImageObject", "name": "A quay", "url": "https://x.example/a.jpg?a=1&amp;b=2"}
    assert urls([image, "https://x.example/b.jpg", 5]) == ["https://x.example/a.jpg?a=1&b=2", "https://x.example/b.jpg"]
