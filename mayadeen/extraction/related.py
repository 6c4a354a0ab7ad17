"""Other articles that a body points to: boxes of links, headings over them, and "Read next" lines."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from mayadeen.extraction.dom import (
    HEADINGS,
    class_and_id,
    class_test,
    collapse,
    holds_only_links,
    leads_away,
    text_of,
)
from mayadeen.extraction.images import Resolve
from mayadeen.extraction.labels import read_next_end
from mayadeen.extraction.text_runs import is_mostly_linked, text_runs
from mayadeen.items import Link
from mayadeen.site import words

_RELATED_CLASS = re.compile(r"(?:^|[\s_-])related", re.IGNORECASE)
_has_related_class = class_test(_RELATED_CLASS)
MAX_TITLE = 60
"""Maximum characters of a title of related articles."""
_MAX_TITLE_ELEMENTS = 3
_MIN_TITLES = 2
"""Minimum number of titles of other articles in a list."""
TITLE_WORDS = 4
"""Minimum words of the title of another article."""
_MAX_CARD = 60
"""Maximum words of a link that holds the title of another article and an excerpt of it."""
_KNOWN_RELATED = re.compile(r"(?:^|\s)dual-related", re.IGNORECASE)


def is_related_box(el: HtmlElement) -> bool:
    """Whether a class says that this is a box of related articles, and its links bear that out."""
    if not _has_related_class(el):
        return False
    return _KNOWN_RELATED.search(class_and_id(el)) is not None or is_mostly_linked(text_runs(el))


def is_headed_as_related(el: HtmlElement) -> bool:
    """Whether a box with links begins with a title of related articles."""
    if next(el.iter("a"), None) is None:
        return False
    inside = (c for c in el.iterdescendants() if isinstance(c.tag, str))
    return next((t for c in inside if (t := text_of(c))), "") in words.RELATED_TITLES


def is_related_title(el: HtmlElement) -> bool:
    """Whether a paragraph is only a title of related articles, and the element after it only links."""
    following = el.getnext()
    if following is None or not isinstance(following.tag, str):
        return False
    if len(el) > _MAX_TITLE_ELEMENTS or len(el.text or "") > MAX_TITLE:
        return False
    return text_of(el) in words.RELATED_TITLES and holds_only_links(following)


def is_related_heading(el: HtmlElement) -> bool:
    """Whether a heading is a title of related articles, by its words or because a list of titles follows."""
    following = el.getnext()
    is_above_titles = following is not None and following.tag in ("ul", "ol") and is_list_of_titles(following)
    return is_above_titles or text_of(el) in words.RELATED_TITLES


def is_card(anchor: HtmlElement) -> bool:
    """Whether a link holds a heading with the title of another article, and an image or text too."""
    if not leads_away(anchor) or anchor.tag != "a":
        return False
    heading = next(anchor.iter(*HEADINGS), None)
    if heading is None or len(text_of(heading).split()) < TITLE_WORDS:
        return False
    has_more = next(anchor.iter("img"), None) is not None or text_of(anchor) != text_of(heading)
    return has_more and len(text_of(anchor).split()) <= _MAX_CARD


def is_list_of_titles(el: HtmlElement) -> bool:
    """Whether each entry of a list is mostly the linked title of another article."""
    entries = [child for child in el if child.tag == "li"]
    if len(entries) < _MIN_TITLES or not all(any(map(leads_away, entry.iter("a"))) for entry in entries):
        return False
    runs = [text_runs(entry) for entry in entries]
    return all(len(texts) == 1 and texts[0].is_linked and texts[0].words >= TITLE_WORDS for texts in runs)


def related_links(box: HtmlElement, resolve: Resolve) -> list[Link]:
    """The articles of a box. Of several titles, the longest counts."""
    found: dict[str, str] = {}
    for a in box.iter("a"):
        url = resolve(a.get("href"))
        if url is None:
            continue
        title = text_of(next(a.iter(*HEADINGS), a)) or collapse(next((i.get("alt") or "" for i in a.iter("img")), ""))
        if len(title) > len(found.get(url, "")) or url not in found:
            found[url] = title
    return [Link(text=title, url=url) for url, title in found.items() if title]


def read_next_links(text: str, links: list[Link]) -> list[Link] | None:
    """The articles of a "Read next" paragraph. ``None`` for a paragraph that holds anything else."""
    end = read_next_end(text) if links else 0
    if not end:
        return None
    found = [Link(text=link["text"][read_next_end(link["text"]) :], url=link["url"]) for link in links]
    rest = text[end:]
    for link in found:
        rest = rest.replace(link["text"], "", 1)
    return None if re.search(r"\w", rest) else [link for link in found if link["text"]]
