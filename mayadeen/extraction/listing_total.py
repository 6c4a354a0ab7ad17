"""The number of articles that a page prints for its whole listing: "1–10 of 250", "250 results"."""

from __future__ import annotations

import re
from collections.abc import Collection

from lxml.html import HtmlElement

from mayadeen.extraction.dom import collapse
from mayadeen.site import words
from mayadeen.site.phrases import Phrases

_MAX_TEXT = 80
_MAX_PARTS = 4  # elements in one that prints it


def _any(phrases: Phrases) -> str:
    return "(?:" + "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True)) + ")"


_NUMBER = r"(\d{1,3}(?:[.,٬\s]\d{3})+|\d{1,9})(?![.,]?\d)"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\d+\s*[-–—]\s*\d+\s+{_any(words.OUT_OF)}\s+{_NUMBER}",
        rf"\d\s+{_any(words.OUT_OF)}\s+{_NUMBER}\s+{_any(words.LISTED_THINGS)}\b",
        rf"\A{_NUMBER}\s+{_any(words.LISTED_THINGS)}(?:\s+\w+)?\Z",
        rf"\A{_any(words.TOTAL_LABELS)}\s*:?\s*\(?{_NUMBER}\)?\Z",
    )
)


def printed_total(root: HtmlElement, around: Collection[HtmlElement], cards: Collection[HtmlElement]) -> int | None:
    """Return the total that a page prints for its listing, or ``None`` where it prints none or several.

    ``around`` are the elements that are not part of the listing, ``cards`` the links of its cards.
    """
    top = next(iter(root.xpath("//main | //*[@role='main']")), root)
    found = set()
    for element in top.iter("p", "div", "span", "strong", "b", "small", "h2", "h3", "li", "td"):
        if len(element) > _MAX_PARTS:
            continue
        text = collapse("".join(element.itertext()))
        if not text or len(text) > _MAX_TEXT or not any(c.isdigit() for c in text):
            continue
        match = next((match for pattern in _PATTERNS if (match := pattern.search(text))), None)
        if match is None or any(link in cards for link in element.iter("a")) or _is_in(element, around):
            continue
        found.add(int(re.sub(r"[^\d]", "", match[1])))
    return next(iter(found)) if len(found) == 1 else None


def _is_in(element: HtmlElement, around: Collection[HtmlElement]) -> bool:
    return any(
        e in around or e.tag in ("article", "aside", "nav", "footer") for e in (element, *element.iterancestors())
    )
