"""The column ``text``: Markdown from which a reader gets the text as printed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mayadeen.dataset.markdown import blocks_to_markdown
from mayadeen.site.text import clean_text

EMPTY = dict.fromkeys(("text", "level", "items", "url", "caption", "credit", "provider"))


def block(type: str, **values: Any) -> dict[str, Any]:
    return EMPTY | {"type": type} | values


def test_each_kind_of_block() -> None:
    blocks = [
        block("paragraph", text="First line\nand second, with 2 * 3 and a_name."),
        block("heading", text="A\nheading", level=3),
        block("image", url="https://e.org/a.jpg", caption="A caption"),
        block("quote", text="Said\ntwice"),
        block("list", items=["one", "two\nlines"]),
        block("table", items=["Team | Points", "Reds | 3", "Blues | 1 | x"]),
        block("embed", url="https://e.org/e", provider="Video"),
        block("related", url="https://e.org/r", text="Another story"),
    ]
    assert blocks_to_markdown(blocks) == (
        "First line  \nand second, with 2 \\* 3 and a_name.\n\n"
        "### A heading\n\n"
        "> Said  \n> twice\n\n"
        "- one\n- two  \n  lines\n\n"
        "| Team | Points |  |\n| --- | --- | --- |\n| Reds | 3 |  |\n| Blues | 1 | x |"
    )


def test_no_text_is_null() -> None:
    assert blocks_to_markdown([]) is None
    assert blocks_to_markdown([block("image", url="https://e.org/a.jpg")]) is None


@pytest.mark.parametrize(
    "text",
    ["# no heading", "1. no list", "2) no list", "- no list", "+ 3 per cent", "> no quotation", "---", "===", "~~~", "```",
     "[a](b)", "[a]: b", "<b>", "&amp;", "a_b_c", "_a_", "**a**", "a\\", "`a`", "    indented", "<!-- x -->", "***", "a  \nb",
     "line\n# two", "line\n1. two", "\\*", "~~a~~", "a | b", "!", "![a](b)", "<https://e.org>"],
)  # fmt: skip
def test_markup_in_a_text_is_text(text: str) -> None:
    assert _read_back([block("paragraph", text=clean_text(text))]) == [_words(clean_text(text))]


_TEXT = st.text(
    st.sampled_from("ab 1.)\n#>-+*_`~[]()<>!&;:=|\\\"'/\tاé") | st.characters(codec="utf-8"), min_size=1, max_size=40
).map(clean_text).filter(bool)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["paragraph", "heading", "quote", "list"]), _TEXT), min_size=1, max_size=4))
def test_a_reader_gets_the_text_back(parts: list[tuple[str, str]]) -> None:
    blocks = []
    for kind, text in parts:
        if kind == "list":
            blocks.append(block("list", items=[text]))
            blocks.append(block("paragraph", text="between two lists"))
        else:
            blocks.append(block(kind, text=text, level=2 if kind == "heading" else None))
    expected = [_words(b["text"] or "".join(b["items"])) for b in blocks]
    assert " ".join(_read_back(blocks)).split() == " ".join(expected).split()


def _read_back(blocks: list[dict[str, Any]]) -> list[str]:
    """The text of each block as a Markdown reader shows it."""
    found = []
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(blocks_to_markdown(blocks) or ""):
        assert token.type not in ("html_block", "fence", "code_block", "hr"), token
        if token.type == "inline":
            assert {child.type for child in token.children or []} <= {"text", "text_special", "softbreak", "hardbreak"}
            parts = [" " if child.type.endswith("break") else child.content for child in token.children or []]
            found.append(_words("".join(parts)))
    return found


def _words(text: str) -> str:
    return " ".join(text.split())
