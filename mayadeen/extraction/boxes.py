"""Boxes that are not part of an article: teasers of other articles, forms to sign up, and boxes that are not shown."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from lxml.html import HtmlElement

from mayadeen.extraction.dom import MAX_CLASS_LENGTH, text_of, xpath
from mayadeen.extraction.text_runs import text_runs

_LINKED_HEADINGS = xpath(
    "//*[self::h2 or self::h3 or self::h4 or self::h5 or self::h6]"
    "[ancestor::a[@href and not(starts-with(@href, '#'))] or a[@href and not(starts-with(@href, '#'))]]"
)
_LINKED_IMAGES = xpath("descendant::a//img | ancestor-or-self::a//img")
_SIGN_UPS = xpath("//form[.//input[not(@type) or @type='email' or @type='text' or @type='tel']]")
_HIDDEN_BY_CLASS = xpath(
    "//body//*[contains(concat(' ', normalize-space(@class), ' '), ' hidden ')"
    " or contains(concat(' ', normalize-space(@class), ' '), ' d-none ')]"
)
_SHOWN_AT_A_WIDTH = re.compile(r"(?:^|\s)(?:\w+:\S|d-(?:xs|sm|md|lg|xl|xxl|print)-|visible-)")
"""Classes that show a hidden element on wide or narrow screens, such as ``hidden md:block``."""
_SUBHEADINGS = ("h2", "h3", "h4", "h5", "h6")
_TEASERS = 3
"""Minimum number of teasers next to each other. An article can hold one or two boxes that look like a teaser."""
_MAX_WORDS = 40
"""Maximum words of a teaser, and of the text around a form to sign up."""
_SENTENCES = 3
"""Minimum sentences before teasers that are in the same box as an article."""


def boxes_around(root: HtmlElement) -> set[HtmlElement]:
    """Return the boxes of a page that are not part of an article.

    A box of a few words with a linked heading is a teaser if two others stand next to it. An article's entries are not.
    The heading above the teasers is their title. A form with a field for text is not part of an article, nor
    are the words in the box around it. A box with the class ``hidden`` is not shown, but a script may show the article
    in one. So a box with half of the text is not among them.
    """
    return {*_teasers(root), *_sign_up_boxes(root), *_hidden_boxes(root)}


def _teasers(root: HtmlElement) -> Iterator[HtmlElement]:
    headings = [heading for heading in _LINKED_HEADINGS(root) if _is_linked(heading)]
    if len(headings) < _TEASERS:
        return
    held = Counter(around for heading in headings for around in heading.iterancestors())
    groups: dict[HtmlElement, list[HtmlElement]] = defaultdict(list)
    for heading in headings:
        box = heading
        while (parent := box.getparent()) is not None and held[parent] == 1:
            box = parent
        if box is not heading and parent is not None and _words(box) <= _MAX_WORDS:
            groups[parent].append(box)
    for group, boxes in groups.items():
        if len(boxes) >= _TEASERS and _are_teasers(group, boxes):
            yield from boxes
            yield from (title for first in (boxes[0], group) if (title := _title_before(first)) is not None)


def _are_teasers(group: HtmlElement, boxes: list[HtmlElement]) -> bool:
    """Whether boxes next to each other are teasers, not entries of an article such as a list of ten places.

    In a box with sentences of an article, teasers have no sentences. Or they have linked images and follow the article.
    """
    inside = set(boxes)
    sentences = [run for run in text_runs(group) if run.is_sentence]
    in_boxes = [not inside.isdisjoint((run.element, *run.element.iterancestors())) for run in sentences]
    before = next((n for n, is_inside in enumerate(in_boxes) if is_inside), len(in_boxes))
    if all(in_boxes) or before == len(in_boxes):
        return True
    return before >= _SENTENCES and all(in_boxes[before:]) and all(map(_LINKED_IMAGES, boxes))


def _is_linked(heading: HtmlElement) -> bool:
    """Whether the whole text of a heading is in a link."""
    if next(heading.iterancestors("a"), None) is not None:
        return True
    text = text_of(heading)
    return bool(text) and text == text_of(next(heading.iter("a")))


def _title_before(el: HtmlElement) -> HtmlElement | None:
    """Return the heading directly before an element."""
    before = el.getprevious()
    return before if before is not None and before.tag in _SUBHEADINGS else None


def _sign_up_boxes(root: HtmlElement) -> Iterator[HtmlElement]:
    for box in {form.getparent() for form in _SIGN_UPS(root)}:
        if box is not None and next(box.iter("h1", "article", "main"), None) is None and _words(box) <= _MAX_WORDS:
            yield box


def _hidden_boxes(root: HtmlElement) -> Iterator[HtmlElement]:
    boxes: set[HtmlElement] = set()
    for el in _HIDDEN_BY_CLASS(root):
        is_outermost = boxes.isdisjoint(el.iterancestors())
        if is_outermost and not _SHOWN_AT_A_WIDTH.search(el.get("class")[:MAX_CLASS_LENGTH]):
            boxes.add(el)
    total = _words(root) if boxes else 0
    yield from (box for box in boxes if 2 * _words(box) < total)


def _words(el: HtmlElement) -> int:
    return len(text_of(el).split())
