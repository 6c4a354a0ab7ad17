from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.extraction.dom import parse_html
from mayadeen.extraction.metadata import Sources


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
