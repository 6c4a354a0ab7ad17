"""Tables of a body: their rows, caption, and whether they hold data or only lay out text."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.html import HtmlElement

from mayadeen.extraction.dom import is_hidden, text_of
from mayadeen.extraction.text_runs import SENTENCE_WORDS, text_runs


def rows_of(table: HtmlElement) -> Iterator[list[HtmlElement]]:
    """Return the shown rows of a table as cells. The rows of a nested table stay in its cell."""
    for row in table.iter("tr"):
        if next(row.iterancestors("table"), None) is table and not is_hidden(row):
            yield [cell for cell in row if cell.tag in ("td", "th") and not is_hidden(cell)]


def cells_of(table: HtmlElement) -> Iterator[HtmlElement]:
    """Return the cells of a table, row by row."""
    for row in rows_of(table):
        yield from row


def row_text(cells: list[str]) -> str:
    """Return the cells of a row, joined by bars. Empty cells count only between others."""
    while cells and not cells[-1]:
        cells = cells[:-1]
    while cells and not cells[0]:
        cells = cells[1:]
    return " | ".join(cells)


def is_layout_table(table: HtmlElement) -> bool:
    """Whether a table only lays out text: it has one cell with content, or a cell with several sentences."""
    if next(table.iter("th", "thead", "caption"), None) is not None:
        return False
    cells = [
        (cell, runs)
        for cell in cells_of(table)
        if (runs := text_runs(cell)) or next(cell.iter("img"), None) is not None
    ]
    if len(cells) == 1:
        return True
    return any(sum(run.words >= SENTENCE_WORDS for run in runs) > 1 for _, runs in cells)


def table_caption(table: HtmlElement) -> str | None:
    """Return the caption of a table or of its figure."""
    caption = next((c for c in table.iter("caption") if next(c.iterancestors("table"), None) is table), None)
    if caption is None and (figure := next(table.iterancestors("figure"), None)) is not None:
        caption = next(figure.iter("figcaption"), None)
    return text_of(caption) or None
