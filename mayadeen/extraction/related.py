"""Other articles that a body points to: boxes of links, headings over them, and "Read next" lines."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from mayadeen.extraction.dom import class_and_id, class_test, collapse, holds_only_links, text_of
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


def related_links(box: HtmlElement, resolve: Resolve) -> list[Link]:
    """The articles of a box. Of several titles, the longest counts."""
    found: dict[str, str] = {}
    for a in box.iter("a"):
        url = resolve(a.get("href"))
        if url is None:
            continue
        title = text_of(a) or collapse(next((i.get("alt") or "" for i in a.iter("img")), ""))
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
