"""Tables of a body: their rows, caption, and whether they hold data or only lay out text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator

from lxml.html import HtmlElement

from mayadeen.extraction.dom import is_hidden, text_of
from mayadeen.extraction.text_runs import SENTENCE_WORDS, TextRun, text_runs


def rows_of(table: HtmlElement) -> Iterator[list[HtmlElement]]:
    """Return the shown rows of a table as cells. The rows of a nested table stay in its cell."""
    for row in table.iter("tr"):
        group = row.getparent()
        is_shown = not is_hidden(row) and (group is None or not is_hidden(group))
        if is_shown and next(row.iterancestors("table"), None) is table:
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
    headers = table.iter("th", "thead", "caption")
    if any(next(header.iterancestors("table"), None) is table for header in headers):
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
    return None if caption is None or is_hidden(caption) else text_of(caption) or None


def texts_of_tables(runs: list[TextRun], kept: Collection[int], is_part: Callable[[str], bool]) -> Iterator[int]:
    """Return the indexes of all texts of data tables with kept texts in most rows, or with a whole text that is a part.

    Cells with links, and cells that repeat a text, are easily lost from a table.
    """
    tables: dict[HtmlElement, list[tuple[int, HtmlElement]]] = defaultdict(list)
    for n, run in enumerate(runs):
        row = next((el for el in run.around if el.tag in ("tr", "table")), None)
        if row is not None and row.tag == "tr" and (table := next(row.iterancestors("table"), None)) is not None:
            tables[table].append((n, row))
    for table, inside in tables.items():
        rows = {row for _, row in inside}
        kept_rows = {row for n, row in inside if n in kept}
        is_kept = 2 * len(kept_rows) > len(rows) > 1
        if (is_kept or is_part("".join(runs[n].letters for n, _ in inside))) and not is_layout_table(table):
            yield from (n for n, _ in inside)
