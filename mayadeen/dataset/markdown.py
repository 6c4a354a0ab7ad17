"""The blocks of an article's body as Markdown, for the column ``text``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_INLINE = re.compile(
    r"[\\`*]"  # a backslash, code, emphasis
    r"|(?<![^\W_])_|_(?![^\W_])"  # emphasis, but not an underscore within a word
    r"|~(?=~)|(?<=~)~"  # struck out text
    r"|\](?=[(\[:])"  # a link or its definition
    r"|<(?=[A-Za-z/!?])"  # HTML
    r"|&(?=#?\w+;)"  # an entity
)
_INLINE_CHARACTERS = "\\`*_~]<&"
"""Every match of ``_INLINE`` is one of these."""
_BLANKS = " \t"
_LINE_START = re.compile(r"^([ \t]*)(?:([#>+=|~-])|(\d{1,9})([.)]))", re.MULTILINE)
"""What begins a heading, quotation, list, rule, table or code block if a line of text begins with it."""


def blocks_to_markdown(blocks: Iterable[Mapping[str, Any]]) -> str | None:
    """Return the text of the blocks as Markdown (CommonMark, tables as GitHub writes them), or None without text.

    The result has the words of ``body``: paragraphs, headings, quotations, lists and tables. Pictures, embeds and links
    to other articles are in ``blocks`` only. A Markdown reader gives back the text as printed.
    """
    parts = [text for block in blocks if (text := _block(block))]
    return "\n\n".join(parts) or None


def _block(block: Mapping[str, Any]) -> str | None:
    text, items = block["text"], block["items"]
    match block["type"]:
        case "paragraph":
            return _lines(text)
        case "heading":
            # A heading is one line in Markdown.
            return f"{'#' * (block['level'] or 2)} {_escape(' '.join(text.split()))}"
        case "quote":
            return "\n".join(f"> {line}".rstrip(" ") if not line else f"> {line}" for line in _lines(text).split("\n"))
        case "list":
            return "\n".join("- " + _lines(item).replace("\n", "\n  ") for item in items)
        case "table":
            return _table([row.split(" | ") for row in items])
    return None


def _lines(text: str) -> str:
    """Escape a text. A line break in it stays a line break, which two blanks before it say."""
    text = _escape(text)
    if "\n" not in text:
        return text
    first, *middle, last = text.split("\n")
    lines = [first.rstrip(_BLANKS), *(line.strip(_BLANKS) for line in middle), last.lstrip(_BLANKS)]
    return "  \n".join(lines).replace("\n  \n", "\n\n")


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Write a table whose first row is its head. Short rows are filled up."""
    width = max(map(len, rows))
    cells = [[_escape(" ".join(cell.split())).replace("|", "\\|") for cell in row] for row in rows]
    filled = [row + [""] * (width - len(row)) for row in cells]
    lines = [filled[0], ["---"] * width, *filled[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escape(text: str) -> str:
    """Put a backslash before each character that would otherwise be markup."""
    # Few texts have one: to look for single characters is many times as fast as the expression.
    if any(character in text for character in _INLINE_CHARACTERS):
        text = _INLINE.sub(lambda match: f"\\{match[0]}", text)
    if "\n" not in text and not _LINE_START.match(text):
        return text
    return _LINE_START.sub(lambda match: f"\\{match[2]}" if match[2] else f"{match[3]}\\{match[4]}", text)
