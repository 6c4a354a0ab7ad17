"""The microdata of an article: the elements with an ``itemprop`` whose item holds the article's text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from mayadeen.extraction.dom import text_of, xpath

_PROPERTIES = xpath("//*[@itemprop]")
_OTHER_THINGS = re.compile(r"(?:Object|Comment|List|ListItem)/?\s*\Z")
"""The end of the types of items with dates that a page may have next to its article."""


def properties_of(root: HtmlElement, name: str, inside: HtmlElement | None) -> Iterator[HtmlElement]:
    """Return the elements of a page that are a property of the innermost item that holds an element.

    Cards of other articles and comments are items of their own. But in an item of the whole page they may be none.
    """
    own = _item_of(inside) if inside is not None else None
    for el in _PROPERTIES(root) if own is not None and own.tag not in ("body", "html") else ():
        parent = el.getparent()
        if name in el.get("itemprop").split() and parent is not None and _item_of(parent) is own:
            yield el


def is_of_other_thing(el: HtmlElement) -> bool:
    """Whether an element is a property of another thing than the article, such as a video, without the headline."""
    item = _item_of(el) if el.get("itemprop") else None
    if item is None or not _OTHER_THINGS.search(item.get("itemtype") or ""):
        return False
    return next(item.iter("h1"), None) is None


def _item_of(el: HtmlElement) -> HtmlElement | None:
    return next((around for around in (el, *el.iterancestors()) if around.get("itemscope") is not None), None)


def value_of(el: HtmlElement) -> str:
    """Return the value of a property: for machines, as a title, or as text."""
    stated = (el.get(name) for name in ("datetime", "content", "title"))
    return next((value for value in stated if value), "") or text_of(el)
