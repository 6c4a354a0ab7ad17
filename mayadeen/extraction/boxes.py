"""Boxes that are not part of an article: teasers of other articles, forms to sign up, and boxes that are not shown."""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from functools import reduce
from itertools import islice, takewhile

from lxml.html import HtmlElement

from mayadeen.extraction.dom import HEADINGS, MAX_CLASS_LENGTH, SUBHEADINGS, common_ancestor, leads_away, text_of, xpath
from mayadeen.extraction.related import TITLE_WORDS, is_card
from mayadeen.extraction.text_runs import TextRun
from mayadeen.site import words

_LINKED_IMAGES = xpath("descendant::a//img | ancestor-or-self::a//img")
_SIGN_UPS = xpath("//form[.//input[not(@type) or @type='email' or @type='text' or @type='tel']]")
_HIDDEN_BY_CLASS = xpath(
    "//body//@class[contains(., 'hidden') or contains(., 'd-none')]"
    "[contains(concat(' ', normalize-space(.), ' '), ' hidden ')"
    " or contains(concat(' ', normalize-space(.), ' '), ' d-none ')]/.."
)
_SHOWN_AT_A_WIDTH = re.compile(r"(?:^|\s)(?:\w+:\S|d-(?:xs|sm|md|lg|xl|xxl|print)-|visible-)")
"""Classes that show a hidden element on wide or narrow screens, such as ``hidden md:block``."""
_BUTTONS = xpath("descendant::input[@type='button' or @type='submit'] | descendant::*[@role='button']")
_MAX_CONSENTS, _MAX_CONSENT_WORDS = 10, 300
"""Maximum texts about cookies that are looked at, and words of a box that asks for consent."""
_COUNTED = re.compile(r"\s*(\d{1,3})\s*(?:/|of|de|من)\s*(\d{1,3})(?![\d/])")
_YEAR = r"\b(?:19|20)\d\d\b"
_RIGHTS = re.compile(
    rf"(?:©|\bcopyright\b).{{0,60}}{_YEAR}|{_YEAR}\W{{0,3}}©|{'|'.join(map(re.escape, words.RIGHTS_RESERVED))}",
    re.IGNORECASE,
)
"""Who has the rights of a site. A credit such as ``© AFP`` has no year."""
_TEASERS = 3
"""Minimum number of teasers next to each other. An article can hold one or two boxes that look like a teaser."""
_MAX_WORDS = 40
"""Maximum words of a teaser, and of the text around a form to sign up."""
_MAX_EXCERPT = 100
"""Maximum words of a teaser that is not in the box of headline and article. Blogs show excerpts of 55 words."""
_MAX_IN_CARDS = 0.25
"""Maximum share of sentences of an article that are in links to other articles."""
_FOOTER_SENTENCES = 5
"""Maximum sentences of a footer."""
_SENTENCES, _ARTICLE_SENTENCES = 3, 5
"""Minimum sentences before teasers that are in the same box as an article, and next to teasers that are not."""


def boxes_around(root: HtmlElement, runs: list[TextRun]) -> set[HtmlElement]:
    """Return the boxes of a page that are not part of an article. ``runs`` are the texts of the page.

    A box of a few words with a linked heading is a teaser if two others stand next to it. An article's entries are not.
    The heading above the teasers is their title. A form with a field for text is not part of an article, nor
    are the words in the box around it. Nor is a box with a button that asks for consent to cookies. A box with
    the class ``hidden`` is not shown, but a script may show the article in one. So a box with half of the text is not
    among them.
    """
    return {
        *_teasers(root, runs), *_sign_up_boxes(root), *_hidden_boxes(root), *_galleries(runs),
        *_consent_boxes(root, runs), *_excerpts(runs),
    }  # fmt: skip


def footer_of(runs: list[TextRun]) -> HtmlElement | None:
    """Return the box of the last line about rights, with a few sentences in it, or ``None``.

    Next to a short article, the sentences of a footer look like the main text. A headline and a sentence are above it.
    """
    titles = [n for n, run in enumerate(runs) if run.element.tag == "h1"]
    below = runs[titles[0] + 1 :] if titles else []
    sentences = [run for run in below if run.is_sentence and run.element.tag != "h1"]
    rights = next((run for run in reversed(below) if _RIGHTS.search("".join(run.pieces))), None)
    if not sentences or rights is None:
        return None
    held = Counter(around for run in sentences for around in run.around)
    outside = set(sentences[0].around).union(*(runs[n].around for n in titles))
    boxes = takewhile(lambda el: el not in outside and held[el] <= _FOOTER_SENTENCES, rights.around)
    box = next(iter(deque(boxes, 1)), None)
    return box if box in sentences[-1].around else None


def cards_around(root: HtmlElement, kept: list[TextRun]) -> set[HtmlElement]:
    """The links around heading and excerpt of another article, unless an article consists of such entries."""
    cards = {link for heading in root.iter(*HEADINGS) for link in heading.iterancestors("a") if is_card(link)}
    sentences = [run for run in kept if run.is_sentence] if cards else []
    inside = sum(not cards.isdisjoint(run.around) for run in sentences)
    return cards if inside <= _MAX_IN_CARDS * len(sentences) else set()


def _teasers(root: HtmlElement, runs: list[TextRun]) -> Iterator[HtmlElement]:
    headings = [heading for heading in root.iter(*SUBHEADINGS) if _is_linked(heading)]
    if len(headings) < _TEASERS:
        return
    held = Counter(around for heading in headings for around in heading.iterancestors())
    groups: dict[HtmlElement, list[tuple[HtmlElement, int]]] = defaultdict(list)
    for heading in headings:
        box = heading
        while (parent := box.getparent()) is not None and held[parent] == 1:
            box = parent
        if box is not heading and parent is not None and (size := _words(box)) <= _MAX_EXCERPT:
            groups[parent].append((box, size))
    for group, sized in groups.items():
        boxes = [box for box, size in sized if size <= _MAX_WORDS]
        if len(sized) >= _TEASERS and len(boxes) < len(sized) and _is_outside_article(group, runs):
            boxes = [box for box, _ in sized]
        if len(boxes) >= _TEASERS and _are_teasers(group, boxes, runs):
            yield from boxes
            yield from (title for first in (boxes[0], group) if (title := _title_before(first)) is not None)


def _excerpts(runs: list[TextRun]) -> Iterator[HtmlElement]:
    """Teasers without a heading: boxes of an image and a text that begins with a title, both linked to one page."""
    texts = [run for run in runs if run.linked and run.is_sentence]
    if len(texts) < _TEASERS:
        return
    held = Counter(around for run in texts for around in run.around)
    groups: dict[HtmlElement | None, list[HtmlElement]] = defaultdict(list)
    for run in texts:
        box = next((el for el in reversed(run.around) if held[el] == 1), run.element)
        if (pictures := _LINKED_IMAGES(box)) and _words(box) <= _MAX_WORDS:
            pages = {link.get("href") for image in pictures for link in image.iterancestors("a")}
            titles = (a for a in box.iter("a") if a.get("href") in pages and leads_away(a))
            if any(len(text_of(a).split()) >= TITLE_WORDS for a in titles):
                groups[box.getparent()].append(box)
    for boxes in groups.values():
        if len(boxes) >= _TEASERS:
            yield from boxes


def _are_teasers(group: HtmlElement, boxes: list[HtmlElement], runs: list[TextRun]) -> bool:
    """Whether boxes next to each other are teasers, not entries of an article such as a list of ten places.

    In a box with sentences of an article, teasers have no sentences. Or they have linked images and follow the article.
    """
    inside = set(boxes)
    sentences = [run for run in runs if group in run.around and run.is_sentence]
    in_boxes = [not inside.isdisjoint(run.around) for run in sentences]
    before = next((n for n, is_inside in enumerate(in_boxes) if is_inside), len(in_boxes))
    if all(in_boxes) or before == len(in_boxes):
        return True
    return before >= _SENTENCES and all(in_boxes[before:]) and all(map(_LINKED_IMAGES, boxes))


def _is_outside_article(group: HtmlElement, runs: list[TextRun]) -> bool:
    """Whether a headline is in a box with the sentences of an article, and the group is not in that box."""
    around = {group, *group.iterancestors()}
    for headline in group.getroottree().iter("h1"):
        boxes = list(takewhile(lambda el: el not in around, headline.iterancestors()))
        if boxes and sum(run.is_sentence and boxes[-1] in run.around for run in runs) >= _ARTICLE_SENTENCES:
            return True
    return False


def _is_linked(heading: HtmlElement) -> bool:
    """Whether the whole text of a heading is in a link to another place than the page itself."""
    around = any(map(leads_away, heading.iterancestors("a")))
    if around or not any(map(leads_away, heading.iterchildren("a"))):
        return around
    text = text_of(heading)
    return bool(text) and text == text_of(next(heading.iter("a")))


def _galleries(runs: list[TextRun]) -> Iterator[HtmlElement]:
    """The boxes with counted images such as ``1/20``, ``2/20`` and ``3/20``, next to an article."""
    counted: dict[str, list[TextRun]] = defaultdict(list)
    for run in runs:
        match = _COUNTED.match("".join(run.pieces)) if run.letters[0].isdigit() else None
        if match and int(match[1]) == len(counted[match[2]]) + 1:
            counted[match[2]].append(run)
    for images in counted.values():
        if len(images) >= _TEASERS:
            box = reduce(common_ancestor, (run.element for run in images))
            outside = sum(run.is_sentence and box not in run.around for run in runs)
            if outside >= _ARTICLE_SENTENCES and next(box.iter("h1"), None) is None:
                yield box


def _title_before(el: HtmlElement) -> HtmlElement | None:
    """Return the heading directly before an element."""
    before = el.getprevious()
    return before if before is not None and before.tag in SUBHEADINGS else None


def _sign_up_boxes(root: HtmlElement) -> Iterator[HtmlElement]:
    for box in {form.getparent() for form in _SIGN_UPS(root)}:
        if box is not None and next(box.iter("h1", "article", "main"), None) is None and _words(box) <= _MAX_WORDS:
            yield box


def _consent_boxes(root: HtmlElement, runs: list[TextRun]) -> Iterator[HtmlElement]:
    """The boxes that speak of cookies and have a button to consent, if the page has sentences outside of them."""
    if not _has_consent_button(root):
        return
    for run in islice((run for run in runs if run.is_running and words.COOKIES.find(run.line)), _MAX_CONSENTS):
        box = run.element
        while (parent := box.getparent()) is not None and _may_ask_consent(parent):
            box = parent
        if _has_consent_button(box) and any(other.is_sentence and box not in other.around for other in runs):
            yield box


def _has_consent_button(box: HtmlElement) -> bool:
    buttons = (*box.iter("button"), *_BUTTONS(box))
    is_button = any(words.CONSENTS.prefix_end(text_of(button) or button.get("value", "")) for button in buttons)
    return is_button or any(text_of(a) in words.CONSENTS for a in box.iter("a") if not leads_away(a))


def _may_ask_consent(el: HtmlElement) -> bool:
    return next(el.iter("h1", "article", "main"), None) is None and _words(el) <= _MAX_CONSENT_WORDS


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
