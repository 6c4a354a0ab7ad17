"""Labels of dates, such as "Published:" and "Updated:", and the dates of a line with what each means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Literal, NamedTuple

from mayadeen.extraction.dates import MAX_LENGTH, is_date_like
from mayadeen.site import date_words
from mayadeen.site.phrases import Phrases
from mayadeen.site.text import IGNORED, has_digit, normalize_label

_MAX_LABELS = 8
_BESIDE_NUMBER = 3
"""Words of a date before its first and after its last number: ``Published on Monday 26 June``, ``10:58 at night``."""
_AROUND = " |/:،,;-–—·⋅∙•\n"
_FIRST_WORD = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{IGNORED}])*")

Meaning = Literal["published", "modified"]


class DatedText(NamedTuple):
    """A date of a line: the meaning that its label gives it, ``None`` without a label, and its text."""

    meaning: Meaning | None
    text: str


def dated_parts(line: str) -> list[DatedText]:
    """Return the dates of a line, each with its meaning: ``Published: 26 Jun 2023 | Updated: 27 Jun 2023`` has two.

    Empty if the line begins with anything that is neither a label nor a
    part of a date.
    """
    parts: list[DatedText] = []
    if len(line) > MAX_LENGTH or not has_digit(line):
        return parts
    for label, text in _labelled(line):
        text = _without_fillers(text) if label else _trimmed(text)
        if is_date_like(text):
            parts.append(DatedText(label, text))
        elif label is None and re.search(r"\w", text):
            return []
        elif label == "modified" and not text and len(parts) == 1:
            parts[0] = DatedText("modified", parts[0].text)  # "27 Jun 2023 (updated)"
    return parts


def split_date(line: str) -> tuple[str, str] | None:
    """Return the other words of a line and its date, if one follows the other: ``By Rima Haddad 26 Jun 2023``."""
    if len(line) > MAX_LENGTH or not has_digit(line):
        return None
    pieces = _trimmed(line).split()
    numbers = [n for n, piece in enumerate(pieces) if has_digit(piece)]
    # The first of the dates at an end is the longest.
    first, last = numbers[0], numbers[-1] + 1
    at_end = ((pieces[:n], pieces[n:]) for n in range(max(first - _BESIDE_NUMBER, 1), first + 1))
    at_start = ((pieces[n:], pieces[:n]) for n in range(min(last + _BESIDE_NUMBER, len(pieces) - 1), last - 1, -1))
    for rest, date in chain(at_end, at_start):
        dated = " ".join(date)
        if dated_parts(dated):
            return _trimmed(" ".join(rest)), dated
    return None


def date_label(text: str) -> Meaning | None:
    """Return the meaning of a text that is only the label of a date."""
    if text in date_words.UPDATED_LABELS:
        return "modified"
    return "published" if text in date_words.PUBLISHED_LABELS else None


def label_at_end(text: str) -> Meaning | None:
    """Return the meaning that a label at the end of a text gives to the date after it."""
    label, rest = list(_labelled(text))[-1]
    return label if label and not _without_fillers(rest) else None


def _trimmed(text: str) -> str:
    """Return a text without separators and unmatched brackets around it."""
    text = text.strip(_AROUND).rstrip("([ ").lstrip(")] ")
    for opening, closing in ("()", "[]"):
        if text.startswith(opening) and text.find(closing) in (-1, len(text) - 1):
            text = text[1:]
        if text.endswith(closing) and opening not in text:
            text = text[:-1]
    return text.strip(_AROUND)


def _without_fillers(text: str) -> str:
    """Return a text without the connecting words at its start: ``on 26 Jun 2023``."""
    text = _trimmed(text)
    while match := _FIRST_WORD.match(text):
        if normalize_label(match[0]) not in date_words.DATE_FILLERS:
            break
        text = _trimmed(text[match.end() :])
    return text


def _labelled(line: str) -> Iterator[tuple[Meaning | None, str]]:
    """Split a line at its labels. Each label comes with the text up to the next label."""
    label: Meaning | None = None
    kinds: tuple[tuple[Meaning, Phrases], ...] = (
        ("modified", date_words.UPDATED_LABELS),
        ("published", date_words.PUBLISHED_LABELS),
    )
    for _ in range(_MAX_LABELS):
        found = [(*span, kind) for kind, labels in kinds if (span := labels.find(line))]
        if not found:
            break
        start, end, kind = min(found, key=lambda f: (f[0], -f[1]))
        yield label, line[:start]
        label, line = kind, line[end:]
    yield label, line
