"""The main text of a page of unknown layout.

trafilatura decides which texts are part of the article. Its result has no images, captions or line breaks. So each text
is looked up in the page itself, and the body reader reads it there.
"""

from __future__ import annotations

import logging
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from copy import deepcopy
from functools import cache, reduce
from itertools import islice, takewhile
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from mayadeen.extraction.boxes import boxes_around, cards_around, footer_of
from mayadeen.extraction.comments import comments_of
from mayadeen.extraction.dom import (
    SUBHEADINGS,
    class_and_id,
    common_ancestor,
    drop_elements,
    innermost_of,
    is_noise,
    leads_away,
    text_of,
)
from mayadeen.extraction.embeds import is_quoted_tweet, social_embed
from mayadeen.extraction.related import MAX_TITLE, TITLE_WORDS
from mayadeen.extraction.tables import texts_of_tables
from mayadeen.extraction.text_copy import SHOWN_MEDIA
from mayadeen.extraction.text_runs import (
    FOR_OTHER_READERS,
    SENTENCE_WORDS,
    TextRun,
    holders_of_most,
    letters_in,
    letters_of,
    text_runs,
)
from mayadeen.site import words

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # an empty page is not an error: the record says so

_LITTLE = 0.15
"""A page that shows a smaller share of its running text hides its article until a script has run."""
_ENOUGH = 2000
"""A page with this many letters of shown text is not searched for a hidden article."""
_REPEATED = 3
"""A text that is in an article this many times is a label of its boxes, such as the placeholder of a blocked embed."""
_LONG, _EDGE = 60, 30
"""A text of this many letters is found by its first and last ones, because trafilatura may drop a part inside it.

Where it drops a first or last line, the other lines show it.
"""
_SHORT = 20
"""A text with fewer letters must equal one of trafilatura's texts: as a part it may be anywhere."""
_USUAL_SHARE = 0.3
"""Boxes with this share of the kept text contain the article."""
_MOST, _TWO_THIRDS, _NEARLY_ALL = 0.5, 0.66, 0.8
"""Shares of the running text of a page."""
_BOXES = frozenset({"article", "section", "main", "div"})
_SUSPICIOUS = re.compile(
    r"shar|social|viral|newsletter|syndicat|cookie|tags|side|banner|bread|button|author|footer|premium|\bad\b|\bads\b|"
    r"nav|menu|bar\b|widget|outbrain|taboola|paid|byline|embed|consent|modal|permission|related|next|stor|popular|more|"
    r"meta|rating|attach|time|user|profile|icon|info|message|slide|viewport|overlay|option|expand|blur|comment|"
    r"disqus|scroll|promo|teaser|latest|breaking|ticker|rail|trending|caption",
    re.IGNORECASE,
)
"""Words in class names for which trafilatura drops the element."""
_COPIED = 3
"""Minimum sentences of a copy of the article. It has at least a third of all sentences."""
_TEASERS = 0.25
"""Maximum share of sentences of an article that are in teasers of other articles."""
_MAX_RELATED = 10
"""Maximum links after a title of related articles."""
_INLINE_OF_TRAFILATURA = frozenset({"hi", "ref", "lb", "del", "graphic"})
_LISTS = frozenset({"ul", "ol", "dl", "li"})
_QUOTING = frozenset({"p", "div", "blockquote"})
_NOT_PLAIN = ("button", "input", "figure", *SHOWN_MEDIA)


class MainText:
    """The blocks of a page that are the article's text, in page order.

    ``runs`` are all texts of the page: also hidden ones, if it hides its article until a script has run.
    """

    def __init__(self, root: HtmlElement) -> None:
        hidden: list[HtmlElement] = []
        shown_runs = text_runs(root, left_out=hidden)
        around = boxes_around(root, shown_runs) | comments_of(root, shown_runs)
        self.runs = _outside(around, shown_runs)
        shows_all = True
        shown = _running(self.runs)
        if shown < _ENOUGH and _may_hide(hidden, shown_runs, shown):
            everything = _outside(around, text_runs(root, hidden=True))
            shows_all = shown >= _LITTLE * _running(everything)
            self.runs = self.runs if shows_all else everything
        kept = _chosen(root, self.runs, around, hidden if shows_all else None)
        footer = footer_of(self.runs)
        if footer is not None and any(run.is_sentence and footer in run.around for run in kept):
            self.runs = _outside({footer}, self.runs)
            kept = _chosen(root, self.runs, {*around, footer}, hidden if shows_all else None)
        embeds = {*_embeds_of(root), *cards_around(root, kept)}
        whole = _without_gaps(self.runs, _without_trailer(_outside(embeds, kept)), embeds)
        whole = _without_copy(_without_pull_quotes(_without_teasers(self.runs, whole)))
        self.kept = _with_related(self.runs, whole)


def _outside(boxes: set[HtmlElement], runs: list[TextRun]) -> list[TextRun]:
    """Return the texts outside the boxes."""
    if not boxes:
        return runs
    return [run for run in runs if boxes.isdisjoint(run.around)]


def _may_hide(hidden: list[HtmlElement], shown_runs: list[TextRun], shown: int) -> bool:
    """Whether hidden elements have so much text that a page may show only a little of it. ``shown`` is its letters."""
    letters = letters_in(shown_runs) + sum(len(letters_of("".join(el.itertext()))) for el in hidden)
    return shown < _LITTLE * letters


def _running(runs: list[TextRun]) -> int:
    """Number of letters of the running text, without markup that is shown as text in ``noscript``."""
    return letters_in(run for run in runs if run.is_running and not run.pieces[0].lstrip().startswith("<"))


def _chosen(
    root: HtmlElement, runs: list[TextRun], around: Collection[HtmlElement], hidden: Collection[HtmlElement] | None
) -> list[TextRun]:
    """The texts that trafilatura selects, and sentences in boxes of the same kind. ``hidden`` as in ``_prepared``."""
    texts = _trafilatura_texts(root, runs, around, hidden)
    return _with_similar_boxes(runs, [runs[n] for n in _belonging(runs, texts)])


def _trafilatura_texts(
    root: HtmlElement, runs: list[TextRun], around: Collection[HtmlElement], hidden: Collection[HtmlElement] | None
) -> list[str]:
    """Return the letters of each text that trafilatura selects, in order. ``hidden`` is as for ``_prepared``."""
    from trafilatura import bare_extraction  # takes a second to import

    document: Any = bare_extraction(
        _prepared(root, runs, around, hidden),
        include_comments=False,
        include_links=True,
        with_metadata=False,
    )
    return list(_letters_of_blocks(document.body)) if document is not None else []


def _prepared(
    root: HtmlElement, runs: list[TextRun], around: Collection[HtmlElement], hidden: Collection[HtmlElement] | None
) -> HtmlElement:
    """A copy for trafilatura, without headline, captions, hidden elements and the boxes around the article.

    ``hidden`` has the hidden elements, or is ``None`` for a page that hides its article. trafilatura decides by names.
    So elements that contain most of the text lose class names that it excludes. If none of them is an ``article``, the
    innermost element that contains nearly all text becomes one.
    """
    copy = deepcopy(root)
    # trafilatura drops figures, also those that hold only text, and what a style such as "overflow:hidden" only clips.
    etree.strip_attributes(copy, "hidden", "style")
    most, nearly_all = holders_of_most(runs, _MOST), holders_of_most(runs, _NEARLY_ALL)
    dropped = {*root.iter("h1", "figcaption"), *around, *(hidden or ())}
    figures = {el for run in runs if run.is_sentence for el in run.around if el.tag == "figure"}
    opened = {el for el in figures if next(el.iterdescendants(*_NOT_PLAIN, "table"), None) is None}
    opened |= set(root.iter(*FOR_OTHER_READERS)) if hidden is None else set()
    changed = most | dropped | opened
    unwanted: list[HtmlElement] = []
    innermost: HtmlElement | None = None
    for original, el in zip(root.iter(), copy.iter(), strict=True):
        if original not in changed:
            continue
        if original in most and _SUSPICIOUS.search(class_and_id(original)):
            el.attrib.pop("class", None)
            el.attrib.pop("id", None)
        if original in nearly_all and el.tag in _BOXES:
            innermost = el
        if original in dropped:
            unwanted.append(el)
        elif original in opened:
            el.tag = "div"
    if innermost is not None and not any(el.tag == "article" for el in most):
        innermost.tag = "article"
    drop_elements(unwanted, copy)
    return copy


def _letters_of_blocks(body: HtmlElement) -> Iterator[str]:
    """Return the letters of each block of trafilatura's result."""
    pieces: list[str] = []
    stack: list[HtmlElement | str] = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            pieces.append(node)
            continue
        if node.tag not in _INLINE_OF_TRAFILATURA:
            if letters := letters_of("".join(pieces)):
                yield letters
            pieces = []
        for child in reversed(node):
            stack += [t for t in (child.tail,) if t] + ([child] if isinstance(child.tag, str) else [])
        pieces.append(node.text or "")
    if letters := letters_of("".join(pieces)):
        yield letters


def _belonging(runs: list[TextRun], texts: list[str]) -> list[int]:
    """Return the indexes of the runs that the texts contain."""
    whole = "".join(texts)
    units = Counter(texts)
    alike: dict[str, list[int]] = defaultdict(list)
    for n, run in enumerate(runs):
        alike[run.letters].append(n)
    sure: list[int] = []
    unsure: list[tuple[int, list[int]]] = []
    for letters, indexes in alike.items():
        times = units[letters] or int(_is_part(runs[indexes[0]], whole))
        if times >= _REPEATED and len(letters) >= _SHORT:
            continue
        if len(indexes) <= times:
            sure += indexes
        elif times:
            unsure.append((times, indexes))
    sure.sort()
    kept = set(sure)
    holders = holders_of_most((runs[n] for n in sure), _TWO_THIRDS) if unsure else set()
    innermost = innermost_of(holders) if holders else None

    def preference(n: int) -> tuple[bool, bool, int]:
        # A table of contents repeats the headings of the article as links. Another box may repeat its sentences.
        is_apart = runs[n].is_sentence and innermost is not None and innermost not in runs[n].around
        return runs[n].is_link, is_apart, _distance(n, sure)

    for times, indexes in unsure:
        kept.update(sorted(indexes, key=preference)[:times])
    kept.update(texts_of_tables(runs, kept, lambda letters: _holds(whole, letters)))
    return sorted(kept)


def _holds(whole: str, letters: str) -> bool:
    """Whether trafilatura's text contains a text, or both ends of it."""
    return letters in whole or (len(letters) >= _LONG and letters[:_EDGE] in whole and letters[-_EDGE:] in whole)


def _is_part(run: TextRun, whole: str) -> bool:
    """Whether trafilatura's text contains a text, both ends of it, or most of its lines."""
    letters = run.letters
    if len(letters) < _SHORT:
        return False
    if _holds(whole, letters):
        return True
    lines = [line for line in run.lines if len(line) >= _SHORT]
    return sum(len(line) for line in lines if line in whole) * 2 > len(letters)


def _distance(n: int, sure: list[int]) -> int:
    at = bisect_left(sure, n)
    return min((abs(n - sure[i]) for i in (at - 1, at) if 0 <= i < len(sure)), default=0)


def _with_similar_boxes(runs: list[TextRun], kept: list[TextRun]) -> list[TextRun]:
    """The kept texts with the sentences in boxes of the same kind: an article may be in several of them."""
    letters: Counter[tuple[object, ...]] = Counter()
    for run in kept:
        if run.is_running:
            letters[_signature(run)] += len(run.letters)
    total = letters.total()
    signatures = {place for place, n in letters.items() if n >= _USUAL_SHARE * total and any(place[1::2])}
    around = {el for run in kept for el in run.element.iterancestors("article")}
    chosen = {id(run) for run in kept}
    times = Counter(run.letters for run in runs)
    for run in runs:
        if (
            not run.is_running
            or run.words < SENTENCE_WORDS
            or times[run.letters] > 1
            or _signature(run) not in signatures
        ):
            continue
        if all(el in around for el in run.element.iterancestors("article")):
            chosen.add(id(run))
    return [run for run in runs if id(run) in chosen]


def _without_trailer(kept: list[TextRun]) -> list[TextRun]:
    """The texts without what follows the box that holds most of them, unless it is in a box of the same kind."""
    holders = holders_of_most(kept, _TWO_THIRDS)
    if not holders:
        return kept
    innermost = innermost_of(holders)
    begin = next(n for n, run in enumerate(kept) if innermost in run.around)
    return kept[:begin] + runs_of_box(innermost, kept[begin:])


def runs_of_box(box: HtmlElement, kept: list[TextRun]) -> list[TextRun]:
    """The texts in a box and in boxes of the same kind: an article may be in several of them."""
    signatures = {_signature(run) for run in kept if box in run.around and run.is_running}
    return [run for run in kept if box in run.around or _signature(run) in signatures]


def _without_gaps(runs: list[TextRun], kept: list[TextRun], embeds: Collection[HtmlElement]) -> list[TextRun]:
    """The texts with those that stand next to them in the same box: headings, entries and sentences between them."""
    chosen = {id(run) for run in kept}
    inside: Counter[HtmlElement | None] = Counter(_box(run) for run in kept if run.is_sentence)
    at = [n for n, run in enumerate(runs) if id(run) in chosen and inside[_box(run)]]
    if not at:
        return kept

    def is_next(run: TextRun) -> bool:
        # A sentence may be directly in the box, without an element of its own.
        is_in_box = inside[_box(run)] > 1 or (inside[run.element] > 1 and run.is_sentence)
        return is_in_box and not run.is_link and run.element not in embeds

    usual = max(inside, key=lambda box: inside[box])
    if usual is not None:
        times = Counter(run.letters for run in runs)
        is_plain = cache(_is_plain)  # a box next to the paragraphs may hold many texts
        boxed = (run for run in runs[at[0] : at[-1]] if run.is_sentence and times[run.letters] == 1)
        chosen.update(id(run) for run in boxed if (box := _box_in(run, usual)) is not None and is_plain(box))
    between = range(at[0], at[-1])
    before = takewhile(lambda n: is_next(runs[n]) and runs[n].element.tag in SUBHEADINGS, range(at[0] - 1, -1, -1))

    def may_follow(n: int) -> bool:
        # Links below the text, such as those of a share bar, do not end it. A list is whole.
        el, before = runs[n].element, runs[n - 1].element
        is_entry = el.tag == before.tag == "li" and el.getparent() is before.getparent()
        is_text = runs[n].is_sentence or el.tag in SUBHEADINGS or is_entry
        return runs[n].is_linked or (is_next(runs[n]) and is_text)

    after = takewhile(may_follow, range(at[-1] + 1, len(runs)))
    chosen.update(id(runs[n]) for n in (*before, *between, *after) if is_next(runs[n]))
    return [run for run in runs if id(run) in chosen]


def _box_in(run: TextRun, usual: HtmlElement) -> HtmlElement | None:
    """Return the child of the usual box that contains a text, unless something around the text is noise."""
    around = list(takewhile(lambda el: el is not usual, run.around))
    is_inside = bool(around) and around[-1].getparent() is usual
    return around[-1] if is_inside and not any(map(is_noise, around)) else None


def _is_plain(box: HtmlElement) -> bool:
    """Whether an element contains only sentences."""
    return next(box.iter(*_NOT_PLAIN), None) is None and all(run.is_sentence for run in text_runs(box))


def _without_teasers(runs: list[TextRun], kept: list[TextRun]) -> list[TextRun]:
    """The texts without linked titles next to each other, and without boxes of a linked title and one sentence.

    Many such boxes are entries of an article.
    """
    chosen = {id(run) for run in kept}
    is_title = cache(lambda n: runs[n].linked == len(runs[n].letters) and _is_title(runs[n]))
    titles: set[int] = set()
    below: list[tuple[TextRun, TextRun]] = []
    for n, run in enumerate(runs[1:]):
        if id(run) in chosen and is_title(n):
            if is_title(n + 1):
                titles.update(map(id, (runs[n], run)))
            elif run.is_sentence:
                below.append((runs[n], run))
    kept = [run for run in kept if id(run) not in titles]
    if not below:
        return kept
    held = Counter(around for run in runs if run.is_sentence for around in run.around)
    boxes: set[HtmlElement] = set()
    for title, run in below:
        box = next((el for el in reversed(run.around) if held[el] == 1), run.element)
        if box in title.around and run.element not in title.around and box.tag not in _LISTS:
            boxes.add(box)
    return _outside(boxes, kept) if len(boxes) <= _TEASERS * sum(run.is_sentence for run in kept) else kept


def _is_title(link: TextRun) -> bool:
    """Whether the text of a link has enough words for a title, and the link leads to another page."""
    anchors = (el for el in (*link.element.iter("a"), *link.around) if el.tag == "a")
    return link.words >= TITLE_WORDS and any(map(leads_away, anchors))


def _without_pull_quotes(kept: list[TextRun]) -> list[TextRun]:
    """The texts without sentences in boxes of their own that repeat a part of a longer text."""
    inside = Counter(_box(run) for run in kept if run.is_sentence)
    times = Counter(run.letters for run in kept)
    whole = "\n".join(run.letters for run in kept)

    def is_pull_quote(run: TextRun) -> bool:
        is_alone = run.element.tag in _QUOTING and inside[_box(run)] == 1 and run.is_sentence
        return is_alone and whole.count(run.letters) > times[run.letters]

    return [run for run in kept if not is_pull_quote(run)]


def _without_copy(kept: list[TextRun]) -> list[TextRun]:
    """The texts without a second copy of the article in a box of its own, such as that for phones."""
    first: dict[str, TextRun] = {}
    copies = [run for run in kept if run.is_sentence and first.setdefault(run.letters, run) is not run]
    if len(copies) < _COPIED or 2 * len(copies) < len(first):
        return kept
    box = reduce(common_ancestor, (run.element for run in copies))
    return kept if any(box in run.around for run in first.values()) else _outside({box}, kept)


def _with_related(runs: list[TextRun], kept: list[TextRun]) -> list[TextRun]:
    """The texts with the links after a title of related articles: the body reader makes them related articles."""
    chosen = {id(run) for run in kept}
    for n, run in enumerate(runs):
        if id(run) in chosen and len(run.letters) <= MAX_TITLE and "".join(run.pieces).strip() in words.RELATED_TITLES:
            following = takewhile(lambda run: run.linked == len(run.letters), runs[n + 1 :])
            chosen.update(map(id, islice(following, _MAX_RELATED)))
    return [run for run in runs if id(run) in chosen]


def _box(run: TextRun) -> HtmlElement | None:
    """Return the element around a block of text. For an entry it is the element around its list."""
    box = run.element.getparent()
    while box is not None and box.tag in _LISTS:
        box = box.getparent()
    return box


def _embeds_of(root: HtmlElement) -> Iterator[HtmlElement]:
    """Return the embedded posts of a page. Their text is not part of the article."""
    for el in root.iter("blockquote", "div", "section", "figure"):
        is_marked = (el.get("class") or el.get("id")) and social_embed(el, el.tag)[0]
        if is_marked or (el.tag == "blockquote" and is_quoted_tweet(el, text_of(el))):
            yield el


def _signature(run: TextRun) -> tuple[object, ...]:
    """Tags and classes of an element and of the two around it."""
    found: list[object] = []
    for el in (run.element, *islice(run.element.iterancestors(), 2)):
        found += [el.tag, el.get("class")]
    return tuple(found)
