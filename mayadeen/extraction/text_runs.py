"""The runs of text of a page: text directly in a block element, with the share that is in links."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from mayadeen.extraction.dom import INLINE, SILENT, SUBHEADINGS, collapse, is_hidden, is_inline, leads_away

RUNNING_LETTERS = 25
"""A run with fewer letters is a label, not running text."""
SENTENCE_WORDS = 6
"""A run with fewer words is not a sentence."""

_BREAK = "\v"
"""Stands for a ``br`` in a run. Pages do not contain it, because control characters are dropped."""
_NOT_LETTERS = re.compile(r"[\W_]+")
_LETTERS_WITHOUT_BLANKS = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
"""Letters of Thai, Lao, Japanese and Chinese."""
_SILENT = SILENT - {"form", "nav"}
FOR_OTHER_READERS = frozenset({"noscript", "template"})
"""Elements for readers without scripts, or for a script to show."""


@dataclass(slots=True)
class TextRun:
    """Text that stands directly in one block element, between the blocks that may stand in it too.

    ``letters`` is the text without blanks and punctuation, ``linked`` the number of its letters that are in links.
    """

    element: HtmlElement
    pieces: list[str] = field(default_factory=list)
    letters: str = ""
    linked: int = 0
    _around: tuple[HtmlElement, ...] = ()

    @property
    def around(self) -> tuple[HtmlElement, ...]:
        """The element of the text and all elements around it, from the inside out."""
        if not self._around:
            self._around = (self.element, *self.element.iterancestors())
        return self._around

    @property
    def line(self) -> str:
        """The text in one line, with single blanks."""
        return collapse("".join(self.pieces))

    @property
    def is_linked(self) -> bool:
        """Whether at least half of the text is in links."""
        return self.linked * 2 >= len(self.letters)

    @property
    def is_link(self) -> bool:
        """Whether this is a link. A heading that leads to itself is none."""
        is_own = self.element.tag in SUBHEADINGS and not any(map(leads_away, self.element.iter("a")))
        return self.is_linked and not is_own

    @property
    def is_running(self) -> bool:
        """Whether this is running text: long enough, and most of it outside links."""
        return len(self.letters) >= RUNNING_LETTERS and not self.is_linked

    @property
    def is_sentence(self) -> bool:
        """Whether this is running text of a sentence's length."""
        return self.is_running and self.words >= SENTENCE_WORDS

    @property
    def lines(self) -> list[str]:
        """The letters of each line. A ``br`` ends a line."""
        return [letters for line in "".join(self.pieces).split(_BREAK) if (letters := letters_of(line))]

    @property
    def words(self) -> int:
        """Number of words. In scripts without blanks between words, two letters count as one."""
        words = len("".join(self.pieces).split())
        return words + len(_LETTERS_WITHOUT_BLANKS.findall(self.letters)) // 2 if words < SENTENCE_WORDS else words


@dataclass(slots=True)
class _Holder:
    """A block element and the run of text that is open in it."""

    element: HtmlElement
    run: TextRun | None = None


def letters_of(text: str) -> str:
    """Return a text without blanks and punctuation, to compare spellings."""
    return _NOT_LETTERS.sub("", text)


def text_runs(root: HtmlElement, *, hidden: bool = False, left_out: list[HtmlElement] | None = None) -> list[TextRun]:
    """Return the runs of text below an element, in page order.

    ``hidden`` includes what the page does not show: hidden elements, and those for readers without scripts. Without it,
    these elements are added to ``left_out``.
    """
    silent = _SILENT - FOR_OTHER_READERS if hidden else _SILENT
    found: list[TextRun] = []
    # An entry is an element to open, or the text after an element.
    stack: list[tuple[HtmlElement | str, _Holder, bool]] = [(root, _Holder(root), False)]
    while stack:
        node, holder, linked = stack.pop()
        if isinstance(node, str):
            _add(node, holder, linked, found)
            continue
        tag = node.tag
        if tag in INLINE or is_inline(node):
            if tag == "br":
                _add(_BREAK, holder, False, found)
            linked = linked or tag == "a"
        else:
            holder.run = None
            holder = _Holder(node)
        for child in reversed(node):
            if child.tail:
                stack.append((child.tail, holder, linked))
            if not isinstance(child.tag, str):
                continue
            if child.tag not in silent and (hidden or not is_hidden(child)):
                stack.append((child, holder, linked))
            elif left_out is not None and (child.tag not in silent or child.tag in FOR_OTHER_READERS):
                left_out.append(child)
        if node.text:
            _add(node.text, holder, linked, found)
    for run in found:
        run.letters = letters_of("".join(run.pieces))
    return [run for run in found if run.letters]


def _add(text: str, holder: _Holder, linked: bool, found: list[TextRun]) -> None:
    if holder.run is None:
        if text.isspace():
            return
        holder.run = TextRun(holder.element)
        found.append(holder.run)
    holder.run.pieces.append(text)
    if linked:
        holder.run.linked += len(letters_of(text))


def letters_in(runs: Iterable[TextRun]) -> int:
    """Return the number of letters of texts."""
    return sum(len(run.letters) for run in runs)


def is_mostly_linked(runs: list[TextRun]) -> bool:
    """Whether at least half of the text is in links."""
    return bool(runs) and sum(r.linked for r in runs) * 2 >= letters_in(runs)


def holders_of_most(runs: Iterable[TextRun], share: float = 0.5) -> set[HtmlElement]:
    """Return the elements that contain more than a share of the running text."""
    held: dict[HtmlElement, int] = defaultdict(int)
    total = 0
    for run in runs:
        if run.is_running:
            total += len(run.letters)
            for el in run.around:
                held[el] += len(run.letters)
    return {el for el, letters in held.items() if letters > total * share}
