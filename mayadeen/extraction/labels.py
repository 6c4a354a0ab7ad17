"""Recognise label lines around a headline and at the end of a text, by their words and form."""

from __future__ import annotations

import re
from itertools import islice

from mayadeen.extraction.bylines import byline_rest
from mayadeen.extraction.date_labels import date_label, dated_parts
from mayadeen.extraction.numbers import reading_minutes, shares
from mayadeen.site import words
from mayadeen.site.phrases import tokens
from mayadeen.site.text import fold, normalize_label

_LABEL_END = re.compile(r"\s*[:：/]\s*")
_AFTER_READ_NEXT = re.compile(r"\s*[:：|/–—-]*\s*")
_BARS = r"(?:(?<!\s)\s+)?[|｜]\s*|(?<!\s)\s+(?:[•·»]|::)\s+"
_SEPARATORS = re.compile(rf"{_BARS}|(?<!\s)\s+[–—-]\s+")
_FIRST_BAR = re.compile(_BARS)
_MAX_DISCLAIMER = 600
_MAX_AD_LABEL = 80
_MAX_NAME = 120
_POSITION_WORDS = 6
_SUBJECT_WORDS = 5
"""Number of first words among which a disclaimer names its subject."""


def source_of(line: str) -> str | None:
    """What a line such as ``Source: Agencies`` names."""
    end = words.SOURCE_LABELS.prefix_end(line)
    match = _LABEL_END.match(line, end) if end else None
    return line[match.end() :].strip() or None if match else None


def is_byline_row(line: str) -> bool:
    """Whether a line is a row of a headline: byline, source, shares, minutes of reading, date or a date's label."""
    return bool(
        dated_parts(line)
        or date_label(line)
        or byline_rest(line)
        or source_of(line)
        or shares(line) is not None
        or reading_minutes(line) is not None
    )


def is_disclaimer(text: str) -> bool:
    """Whether a paragraph is a disclaimer: a subject, the formula "not necessarily reflect", and who is responsible.

    A sentence that only begins as disclaimers do is part of the article.
    """
    if len(text) > _MAX_DISCLAIMER:
        return False
    label = words.DISCLAIMER_LABELS.prefix_end(text)
    folded = fold(text)
    if not label and not any(map(folded.__contains__, words.NECESSARILY.keys)):
        return False
    if label and (not text[label:].strip() or _LABEL_END.match(text, label)):
        return True
    negation = words.NOT_REFLECT.find(text)
    if negation is None or words.NECESSARILY.find(text) is None:
        return False
    subject = words.OPINION_SUBJECTS.find(text)
    opening = [start for _, start, _ in islice(tokens(text), _SUBJECT_WORDS)]
    return (
        subject is not None
        and bool(opening)
        and (subject[0] <= opening[-1] or negation[0] == opening[0])
        and words.RESPONSIBLE.find(text[negation[1] :]) is not None
    )


def is_ad_label(text: str) -> bool:
    """Whether a paragraph is only the label of an advertisement."""
    return len(text) <= _MAX_AD_LABEL and text in words.AD_LABELS


def is_position(text: str) -> bool:
    """Whether a text says where somebody stands in an image, as ``right`` or ``second from left``."""
    keys = [key for key, _, _ in islice(tokens(text), _POSITION_WORDS + 1)]
    return (
        0 < len(keys) <= _POSITION_WORDS
        and any(key in words.POSITIONS.keys for key in keys)
        and all(key in words.POSITIONS.keys or key in words.POSITION_FILLERS.keys for key in keys)
    )


def read_next_end(text: str) -> int:
    """Return the end of the prefix of a line that points to another article (``Read next:``), or 0 without a prefix."""
    end = words.READ_NEXT.prefix_end(text)
    if not end and (verb := words.READ_VERBS.prefix_end(text)) and text[verb:].lstrip().startswith((":", "：", "|")):
        end = verb
    match = _AFTER_READ_NEXT.match(text, end) if end else None
    return match.end() if match else 0


def without_site_name(title: str | None, site_name: str | None = None) -> str | None:
    """Return a page's title without ``| Al Mayadeen English``, or the name that the page gives its site, at its end.

    Other words after a bar or dash are part of the title. At its start, the name is left out only before a bar.
    """
    if not title:
        return None
    title = title.strip()
    stated = normalize_label(site_name or "")

    def is_site_name(part: str) -> bool:
        return part in words.SITE_NAMES or bool(stated and normalize_label(part) == stated)

    first = _FIRST_BAR.search(title, 0, _MAX_NAME)
    if first is not None and first.start() and title[first.end() :] and is_site_name(title[: first.start()]):
        title = title[first.end() :]
    # A name is short. The pattern takes quadratic time on a megabyte of blanks.
    for match in reversed(list(_SEPARATORS.finditer(title, max(len(title) - _MAX_NAME, 0)))):
        end = title[match.end() :]
        if match.start() and is_site_name(end):
            return title[: match.start()].rstrip()
    return title
