"""Searches in the tree of a page."""

from __future__ import annotations

import pytest
from lxml.cssselect import CSSSelector

from mayadeen.extraction.dom import css, parse_html

PAGE = """
<div class="a b" id="1"><p class="note" id="2">x</p><p class="notes" id="3">x</p>
<section class="note a" data-x="1" id="4"><p id="5">x</p><i class="b" id="6">x</i></section></div><p class id="7">x</p>
"""


@pytest.mark.parametrize(
    "selector",
    [
        ".note", "p.note", ".a .b", ".a p", "section p, .b", ".note[data-x]", ".note[data-x='1'] .b", ".a.b", ".a > .note",
        ".notes, .note", "div.a p", "#4 .b", ".none",
    ],
)  # fmt: skip
def test_a_selector_finds_the_same_in_its_faster_form(selector: str) -> None:
    root = parse_html(PAGE)
    assert [el.get("id") for el in css(selector)(root)] == [
        el.get("id") for el in CSSSelector(selector, translator="html")(root)
    ]
