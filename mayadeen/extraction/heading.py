"""The element of a page's headline, and comparisons of titles."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml.html import HtmlElement

from mayadeen.extraction.dom import is_inside_noise, text_of, xpath
from mayadeen.extraction.labels import without_site_name
from mayadeen.extraction.metadata import Sources, text
from mayadeen.site.phrases import tokens
from mayadeen.site.text import normalize_label

_HEADINGS_ANYWHERE = xpath("//h1 | //h2 | //h3 | //*[@role='heading'][@aria-level='1']")

_SHARED_WORDS, _MOST_WORDS = 4, 0.6
"""Minimum number and share of words that a headline and a reworded title have in common."""
_FRONT_PAGE = re.compile(r"(?:(?:https?:)?//[^/?#]+/?|\.?/)\Z", re.IGNORECASE)


def page_title(root: HtmlElement, sources: Sources) -> str | None:
    """Return the title of a page without the name of its site."""
    return without_site_name(text_of(next(root.iter("title"), None)), sources.metas.get("og:site_name"))


def heading_with_title(root: HtmlElement, sources: Sources) -> HtmlElement | None:
    """Return the heading with a title that the page states, or the first ``h1`` that does not lead to a front page.

    An ``h1`` in a box that is outside of an article by its name has at least most words of such a title.
    """
    headings = [h for h in _HEADINGS_ANYWHERE(root) if not _is_site_name(h) and text_of(h)]
    shared = without_site_name(sources.metas.get("og:title"), sources.metas.get("og:site_name"))
    stated_titles = (text(sources.tawsiyat.get("title")), text(sources.json_ld.get("headline")), shared)
    titles = [title for title in (*stated_titles, page_title(root, sources)) if title]
    stated = set(map(normalize_label, titles))

    def doubt(heading: HtmlElement) -> tuple[bool, bool, bool, bool]:
        label = normalize_label(text_of(heading))
        return not is_like(label, stated), label not in stated, is_inside_noise(heading), heading.tag != "h1"

    def is_reworded(heading: str) -> bool:
        found = (common_words(heading, title) for title in titles)
        return any(count >= _SHARED_WORDS and share >= _MOST_WORDS for count, share in found)

    doubts = {heading: doubt(heading) for heading in headings}
    best = min(headings, key=doubts.__getitem__, default=None)
    if best is None or not doubts[best][0] or not any(doubts[best][2:]):
        return best
    return next((h for h in headings if h.tag == "h1" and is_reworded(text_of(h))), None)


def common_words(one: str, other: str) -> tuple[int, float]:
    """Return how many words two titles have in common, and their share of the shorter title."""
    first, second = ({key for key, _, _ in tokens(title)} - {""} for title in (one, other))
    common = len(first & second)
    return common, common / max(min(len(first), len(second)), 1)


def _is_site_name(heading: HtmlElement) -> bool:
    """Whether a heading leads to a front page, as the name of a site does."""
    anchors = (*heading.iter("a"), *heading.iterancestors("a"))
    return any(_FRONT_PAGE.match((anchor.get("href") or "").strip()) for anchor in anchors)


def is_like(title: str, stated: Iterable[str]) -> bool:
    """Whether a title is most of a stated one, or a stated one most of it."""
    return any(_is_part(title, other) or _is_part(other, title) for other in stated)


def _is_part(title: str, whole: str) -> bool:
    """Whether a title is most of a longer one, such as one with the name of its section."""
    return title in whole and len(title) * 2 > len(whole)
