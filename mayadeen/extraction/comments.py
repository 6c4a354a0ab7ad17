"""The comments of readers below an article, in any markup.

Class names say little. Comments show a title such as "3 comments", and each of them a time or a label such as "Reply".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, pairwise

from lxml.html import HtmlElement

from mayadeen.extraction.dates import read_day
from mayadeen.extraction.dom import class_and_id, common_ancestor, text_of
from mayadeen.extraction.text_runs import TextRun, text_runs
from mayadeen.site import date_words, words
from mayadeen.site.phrases import tokens

_SENTENCES = 3
"""Minimum sentences between headline and comments. Their number is often shown above the article too."""
_SENTENCES_OF_COMMENT = 8
_MAX_TITLE, _MAX_LABEL, _MAX_ROW = 40, 30, 60
_ROW_WORDS = 12
_LABELS = ("a", "button", "span")
_REPLIES = 2
_AGE_WORDS = 4
_MAX_WITHOUT_SIGN = 20
"""Maximum elements in turn, below a title, that have no sign of comments."""
_MAX_SEARCHED, _MAX_ROWS = 20, 200
"""Maximum titles and forms on a page, and rows of an element, that are searched for signs of comments."""
_NUMBER = re.compile(r"\d+")


def comments_of(root: HtmlElement, runs: list[TextRun]) -> set[HtmlElement]:
    """Return the elements that hold comments. ``runs`` are the texts of the page."""
    sentences = 0
    before: dict[HtmlElement, int] = {}
    for run in runs:
        before.setdefault(run.element, sentences)
        sentences = 0 if run.element.tag == "h1" else sentences + run.is_sentence
    labels = [el for el in root.iter(*_LABELS) if _is_reply(el)]
    found = set(_entries(labels)) if len(labels) >= _REPLIES else set()
    titles = ((above, run) for above, run in pairwise(runs) if _is_title(run))
    for above, title in islice(titles, _MAX_SEARCHED):
        if found.isdisjoint(title.around):
            found.update(_under_title(above, title))
    for area in islice(root.iter("textarea"), _MAX_SEARCHED):
        found.update((*_around_form(area, preceding=True), *_around_form(area, preceding=False)))
    return {el for el in found if (texts := text_runs(el)) and before.get(texts[0].element, 0) >= _SENTENCES}


def _is_title(run: TextRun) -> bool:
    if len(run.letters) > _MAX_TITLE or run.linked:
        return False
    return _NUMBER.sub("", "".join(run.pieces)) in words.COMMENT_TITLES


def _under_title(above: TextRun, title: TextRun) -> list[HtmlElement]:
    """The part of a page that begins with a title of comments, if it has a sign of them. ``above`` is before it."""
    around = set(above.around)
    box = title.element
    while (parent := box.getparent()) is not None and parent not in around:
        box = parent
    number = next(map(int, _NUMBER.findall("".join(title.pieces))), 0)
    if not _has_few_sentences(box, max(_signs(box), number)):
        return []  # the title is a link to the comments, in the box of the article
    part = [box, *_entries_after(box, number)]
    return part if any(map(_signs, part)) else []


def _entries_after(box: HtmlElement, number: int) -> Iterator[HtmlElement]:
    """The elements after a title, up to sentences without enough signs of comments in them or before them.

    If a form to write a comment follows, the number in the title is as good as a sign of each.
    """
    after = [el for el in box.itersiblings() if isinstance(el.tag, str)]
    form = next((n for n, el in enumerate(after) if next(el.iter("textarea"), None) is not None), None)
    if number and form is not None and all(_has_few_sentences(el, number) for el in after[:form]):
        yield from after[: form + 1]
        return
    signs, without = 0, 0
    for el in after:
        before, signs = signs, _signs(el)
        without = 0 if signs else without + 1
        if without > _MAX_WITHOUT_SIGN or not _has_few_sentences(el, before + signs):
            return
        yield el


def _has_few_sentences(el: HtmlElement, signs: int) -> bool:
    """Whether an element has no headline, and not more sentences than comments with these signs."""
    sentences = sum(run.is_sentence for run in text_runs(el))
    return sentences <= _SENTENCES_OF_COMMENT * signs and next(el.iter("h1"), None) is None


def _signs(el: HtmlElement) -> int:
    """Number of things that comments have: a form, labels to reply, times."""
    found = sum(1 for _ in el.iter("textarea", "time")) + sum(map(_is_reply, el.iter(*_LABELS)))
    return found or _times(el)


def _times(el: HtmlElement) -> int:
    return sum(map(_shows_time, islice(text_runs(el), _MAX_ROWS)))


def _is_reply(el: HtmlElement) -> bool:
    """Whether an element is a control to reply. The same word alone may stand before an answer in an interview."""
    text = el.text or ""
    if not 0 < len(text) <= _MAX_LABEL or text not in words.REPLY_LABELS or text_of(el) not in words.REPLY_LABELS:
        return False
    return el.tag != "span" or any(_is_control(around) for around in (el, el.getparent()) if around is not None)


def _is_control(el: HtmlElement) -> bool:
    is_active = el.get("role") == "button" or el.get("onclick") is not None
    return is_active or el.tag in ("a", "button") or "reply" in class_and_id(el).lower()


def _shows_time(run: TextRun) -> bool:
    """Whether a short row has a date or an age, such as ``Karim 2 hours ago``."""
    line = "".join(run.pieces).strip()
    if len(run.letters) > _MAX_ROW or run.words > _ROW_WORDS or line.endswith("."):
        return False
    keys = ["#" if key.isdigit() else key for key, _, _ in tokens(line)]
    ages = ("".join(keys[n : n + size]) for n in range(len(keys)) for size in range(2, _AGE_WORDS + 1))
    return any(age in date_words.AGES for age in ages) or read_day(line) is not None


def _entries(labels: list[HtmlElement]) -> Iterator[HtmlElement]:
    """The boxes with some of the labels to reply, below the innermost element that holds all of them."""
    holder = labels[0]
    for label in labels[1:]:
        holder = common_ancestor(holder, label)
    boxes: dict[HtmlElement, list[HtmlElement]] = {}
    for label in labels:
        box = next((el for el in (label, *label.iterancestors()) if el.getparent() is holder), label)
        boxes.setdefault(box, []).append(label)
    for child, held in boxes.items():
        if _has_few_sentences(child, len(held)):
            yield child
        if _REPLIES <= len(held) < len(labels):
            yield from _entries(held)  # an article may stand with its comments in one of the boxes


def _around_form(area: HtmlElement, *, preceding: bool) -> Iterator[HtmlElement]:
    """The elements with times directly before or after a form to write a comment, and the box of the form."""
    form = next(area.iterancestors("form"), area)
    while (parent := form.getparent()) is not None and next(form.itersiblings(preceding=preceding), None) is None:
        form = parent
    if _has_few_sentences(form, 1):
        yield form
    for el in form.itersiblings(preceding=preceding):
        if isinstance(el.tag, str) and text_of(el):
            times = _times(el)
            if times < _REPLIES or not _has_few_sentences(el, times):
                return
            yield el
