"""The dates of the rows around a headline: what each means, by its element's attributes or the label in front of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from lxml.html import HtmlElement

from mayadeen.extraction.date_labels import DatedText, Meaning, dated_parts, label_at_end
from mayadeen.extraction.dates import is_clock
from mayadeen.extraction.dom import class_and_id, collapse, text_of, xpath
from mayadeen.extraction.microdata import is_of_other_thing

_MACHINE_READABLE = xpath(
    "descendant-or-self::*[(self::time and @datetime) or (@itemprop and (@content or @datetime))]"
    "[self::time or contains(translate(@itemprop, 'DATE', 'date'), 'date')]"
)
_MODIFIED_MARK = re.compile(
    r"(?:^|[\s_-])(?:date-?)?(?:updated?|modified|last-?(?:updated?|modified))(?:$|[\s_-])", re.I
)
_PUBLISHED_MARK = re.compile(r"(?:^|[\s_-])(?:date-?)?(?:published|publication|created|posted)(?:$|[\s_-])", re.I)
_LABEL_LENGTH, _LABEL_ELEMENTS = 60, 20
"""Maximum length of the text in front of a date that is searched for its label, and number of elements with it."""


def shown_dates(rows: Iterable[tuple[HtmlElement, str]]) -> list[DatedText]:
    """The dates of rows (element and text): values for machines first, then the dates shown."""
    for_machines: list[DatedText] = []
    shown: list[DatedText] = []
    seen: set[HtmlElement] = set()
    for element, line in rows:
        for el in _MACHINE_READABLE(element):
            value = collapse(el.get("datetime") or el.get("content") or "")
            if value and el not in seen and not is_of_other_thing(el):
                seen.add(el)
                for_machines.append(DatedText(_marked(el) or _label_before(el) or "published", value))
        for part in dated_parts(line):
            meaning = part.meaning
            if meaning is None and text_of(element) == line:
                meaning = _marked(element) or _label_before(element)
            shown.append(DatedText(meaning or "published", part.text))
    return for_machines + shown


def _marked(el: HtmlElement) -> Meaning | None:
    """What the class or ``itemprop`` of an element says of its date."""
    mark = f"{class_and_id(el)} {re.sub(r'(?<=[a-z])(?=[A-Z])', '-', el.get('itemprop') or '')}"
    if _PUBLISHED_MARK.search(mark):
        return "published"  # of a date that is marked as both too
    return "modified" if _MODIFIED_MARK.search(mark) else None


def _label_before(el: HtmlElement) -> Meaning | None:
    """What the label directly in front of an element says of its date."""
    inner = el
    for _ in range(2):
        parent = inner.getparent()
        if parent is None:
            return None
        if before := _text_before(parent, inner):
            return label_at_end(before[-_LABEL_LENGTH:])
        inner = parent
    return None


def _text_before(parent: HtmlElement, child: HtmlElement) -> str:
    """The text between the start of an element and a child, or its end: enough for a label."""
    before = ""
    for el in islice(child.itersiblings(preceding=True), _LABEL_ELEMENTS):
        before = collapse(f"{text_of(el) if isinstance(el.tag, str) else ''} {el.tail or ''} {before}")
        if len(before) >= _LABEL_LENGTH:
            return before
    return collapse(f"{parent.text or ''} {before}")


def join_clocks(parts: list[str]) -> list[str]:
    """The parts of a line, a clock that stands alone joined to the date next to it: ``10:58 | 7 Jun 2023``."""
    found: list[str] = []
    for part in parts:
        if (found and is_clock(found[-1]) and _is_day(part)) or (found and is_clock(part) and _is_day(found[-1])):
            found[-1] = f"{found[-1]} | {part}"
        else:
            found.append(part)
    return found


def _is_day(part: str) -> bool:
    return bool(dated_parts(part)) and ":" not in part.partition(":")[2]
