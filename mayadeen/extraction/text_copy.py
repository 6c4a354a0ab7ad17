"""A copy of the part of a page of unknown layout that holds the article, with its texts and media only."""

from __future__ import annotations

from collections.abc import Collection
from copy import deepcopy
from itertools import takewhile

from lxml.html import HtmlElement

from mayadeen.extraction.dom import BLOCKS, HEADINGS, drop_elements, is_hidden, is_inline
from mayadeen.extraction.embeds import social_embed
from mayadeen.extraction.images import IMAGE_PARTS, is_caption, leads_to_image
from mayadeen.extraction.text_runs import FOR_OTHER_READERS, is_mostly_linked, text_runs

SHOWN_MEDIA = ("img", "picture", "iframe", "video", "audio", "embed", "blockquote", "script", "noscript")
_MEDIA = frozenset("img picture iframe video audio embed figure noscript script blockquote".split())
_CELLS = frozenset({"td", "th"})
_CAPTIONS = frozenset({"caption", "figcaption"})


def copy_with_texts(container: HtmlElement, kept: Collection[HtmlElement]) -> HtmlElement:
    """Return a copy of a container with the text of some blocks only, and the images and embeds between them."""
    copy = deepcopy(container)
    copy.tail = None
    opened = {el for block in kept for el in block.iterancestors()}
    position = {el: n for n, el in enumerate(container.iter())}
    first, last = (choose(kept, key=position.__getitem__) for choose in (min, max))
    unwanted: list[HtmlElement] = []
    keeps_text: dict[HtmlElement, bool] = {}  # whether the text directly in an element is part of the article
    for original, el in list(zip(container.iter(), copy.iter(), strict=True)):
        parent = original.getparent() if original is not container else None
        if parent is not None and parent not in keeps_text:
            continue  # it was dropped with an element around it
        parent_keeps_text = parent is not None and keeps_text[parent]
        if not parent_keeps_text:
            el.tail = None
        if not isinstance(original.tag, str) or (original.tag in _CAPTIONS and parent in opened):
            continue  # the caption of a quotation or table of the article stays as it is
        in_line = is_inline(original)
        is_sign = original.tag in _CELLS and not text_runs(original)  # such as "-" in a table of results
        if is_sign or original in kept or original in opened or (in_line and parent_keeps_text):
            if el.tag in FOR_OTHER_READERS:
                el.tag = "div"  # the article is in it: the page shows it to readers without scripts
            keeps_text[original] = is_sign or original in kept or (in_line and parent_keeps_text)
            if not keeps_text[original]:
                el.text = None
            continue
        follows = position[original] > position[last] and parent is last.getparent()
        if position[first] < position[original] < position[last] or (follows and _is_media(original)):
            for found in map(deepcopy, _media_of(original)):
                found.tail = None
                el.addprevious(found)
        if el.tail and not el.tail.isspace() and original.tag in BLOCKS and original.tag not in IMAGE_PARTS:
            el.clear(keep_tail=True)  # an empty block, which still ends the line before it
            el.tag = "div"
        else:
            unwanted.append(el)
    drop_elements(unwanted, copy)
    return copy


def _is_media(el: HtmlElement) -> bool:
    """Whether an element is an image or embed, with no other text than its caption."""
    return el.tag in _MEDIA or not text_runs(el)


def _media_of(el: HtmlElement) -> list[HtmlElement]:
    """The images and embeds of an element, unless it is a teaser of another article."""
    if is_hidden(el):
        return []
    if social_embed(el, el.tag)[0]:
        return [el]
    found: list[HtmlElement] = []
    for media in el.iter(*_MEDIA):
        if media.tag == "blockquote" and not social_embed(media, "blockquote")[0]:
            continue
        if media.tag == "figure" and next(media.iter(*SHOWN_MEDIA), None) is None:
            continue  # a box of text
        if not any(around in found for around in media.iterancestors()):
            found.append(media)
    if found and el.tag not in _MEDIA:
        runs = text_runs(el)
        is_teaser = is_mostly_linked(runs) and not all(map(leads_to_image, el.iter("a")))
        if is_teaser or next(el.iter(*HEADINGS), None) is not None:
            return []
        if runs and all(any(map(is_caption, takewhile(lambda inner: inner is not el, run.around))) for run in runs):
            return [el]  # an image with its caption
    return found
