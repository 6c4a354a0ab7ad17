"""Reads URLs from a file of the user: lines with comments and columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import suppress

_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_COMMENT = re.compile(r"(?:^|\s)#.*")
_COLUMN = re.compile(r"\t|[,;](?=\s|\"|https?://|\Z)|(?<!\s)\s+(?=https?://)", re.IGNORECASE)
_AROUND = " \t\ufeff\u00a0\u200b\u200e\u200f"


class UrlLineError(ValueError):
    """A line of the file that cannot be used: its ``number`` and text, the ``problem``, and ``advice``."""

    def __init__(self, number: int, line: str, problem: str, advice: str) -> None:
        super().__init__(f"line {number} {problem}. {advice}.")
        self.number = number
        self.line = line
        self.problem = problem
        self.advice = advice


def urls_in_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line number, from 1, and the text of each URL.

    A line contains one or more URLs, separated by blanks, tabs, commas or semicolons. Text after ``#`` is a comment.
    Columns without a URL, such as a title, are ignored. A URL may contain a comma. A comma separates columns only if a
    blank or a URL follows, or if every line has the same number of commas.
    Raises ``UrlLineError`` for a line that does not begin with a URL, or has words after a blank.
    """
    lines = [(number, _COMMENT.sub("", line).strip(_AROUND)) for number, line in enumerate(text.splitlines(), 1)]
    lines = [(number, line) for number, line in lines if line]
    commas = {line.count(",") for _, line in lines}
    is_csv = len(lines) > 1 and len(commas) == 1 and commas != {0}
    for number, line in lines:
        first, *others = _columns(line, is_csv=is_csv) or [line]
        if not _ADDRESS.match(first):
            raise UrlLineError(number, line, "has no absolute http or https URL", "Use the form https://HOST/PATH")
        for column in (first, *others):
            if _ADDRESS.match(column):
                if re.search(r"\s", column):
                    raise UrlLineError(number, line, "has words after a URL", "Separate columns by tabs or commas")
                yield number, column


def _columns(line: str, *, is_csv: bool) -> list[str]:
    columns = [line]
    if is_csv or line.startswith('"'):
        with suppress(csv.Error):
            columns = next(csv.reader([line], skipinitialspace=True), columns)
    return [part.strip(_AROUND) for column in columns for part in _COLUMN.split(column) if part.strip(_AROUND)]
