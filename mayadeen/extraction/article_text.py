"""The texts of an article without a known container, or with one that holds little.

The main text of a page may begin with headline, deck and rows of the byline, and may end with lines of the site. They
are recognised by their place, form and words.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache, cached_property, reduce
from itertools import dropwhile, islice, takewhile

from lxml import html
from lxml.html import HtmlElement

from mayadeen.extraction.article_rows import (
    MAX_ROW,
    SHORT_ROW,
    Row,
    has_summary_class,
    inline_content,
    is_marked_byline,
    is_row,
    links_to_authors,
    parts_of_line,
    rows_of,
)
from mayadeen.extraction.bylines import byline_rest, is_name
from mayadeen.extraction.date_labels import dated_parts
from mayadeen.extraction.dom import (
    HEADINGS,
    class_and_id,
    common_ancestor,
    has_noise_class,
    innermost_of,
    is_inside_noise,
    text_of,
)
from mayadeen.extraction.heading import is_like, page_title
from mayadeen.extraction.images import is_caption
from mayadeen.extraction.main_text import MainText, runs_of_box
from mayadeen.extraction.metadata import Sources, names
from mayadeen.extraction.text_runs import SENTENCE_WORDS, TextRun, holders_of_most, letters_in, text_runs
from mayadeen.items import Block
from mayadeen.site import words
from mayadeen.site.text import normalize_label

_MIN_AGREEMENT = 0.6
_MAX_LEADING = 20
"""Number of first texts that can be headline, deck or byline rows."""
_FEW = 4
"""A text with fewer times the letters of the sentences directly below the headline may have missed them."""
_MOST_OF_TEXT, _LITTLE = 0.75, 0.25
_MAX_ABOVE = 2
"""Maximum sentences above a headline that are not of the article."""


class ArticleText:
    """The texts of an article, without its headline, deck and byline.

    ``runs`` are the texts in page order. They are empty where the known containers are the better reading. ``deck`` is
    a first text that is a deck without a mark, and ``rows_below`` are rows of the byline at the end.
    ``readings_differ`` says that the containers hold another text.
    """

    def __init__(
        self,
        root: HtmlElement,
        sources: Sources,
        heading: HtmlElement | None,
        containers: Sequence[HtmlElement],
        *,
        has_deck: bool,
    ) -> None:
        self.runs: list[TextRun] = []
        self.deck: str | None = None
        self.rows_below: list[Row] = []
        self.readings_differ = False
        self._root = root
        self._sources = sources
        self._heading = heading
        self._has_deck = has_deck
        main = MainText(root)
        kept = self._with_first_sentences(main.kept, main.runs)
        if containers:
            share, is_whole = _compare_readings(kept, containers)
            self.readings_differ = share < _MIN_AGREEMENT
            # A longer text is not better by itself. The page's text is better if it contains the container's text.
            if not is_whole:
                return
        kept = self._below_heading(_without_hinted_ends(self._in_column(kept)), main.runs)
        kept = [run for run in kept[self._introduction(kept) :] if not _is_dated_row(run)]
        if self._begins_with_deck(kept):
            self.deck = kept.pop(0).line
        self.runs = self._without_end(kept, main.runs)

    def _with_first_sentences(self, kept: list[TextRun], runs: list[TextRun]) -> list[TextRun]:
        """The texts with the sentences directly below the headline, if none of these is known, and the others are few.

        trafilatura needs more text to tell an article from the boxes around it.
        """
        top = self._place_of_heading(runs)
        below = runs[top : top + _MAX_LEADING]
        first = next((n for n, run in enumerate(below) if run.is_sentence and not self._may_introduce(run)), len(below))
        if any(run.element.tag in HEADINGS and run.element is not self._heading for run in below[: first + 1]):
            return kept
        box = [run for run in below[first:] if run.element.getparent() is below[first].element.getparent()]
        own = {id(run) for run in box if run.is_sentence and not is_inside_noise(run.element)}
        known = set(map(id, kept))
        if not known.isdisjoint(own) or letters_in(kept) > _FEW * letters_in(box):
            return kept
        return [run for run in runs if id(run) in known | own]

    def _place_of_heading(self, runs: list[TextRun]) -> int:
        """Index of the headline among the texts of the page, or their number if it is not one of them."""
        return next((n for n, run in enumerate(runs) if self._heading in run.around), len(runs))

    def _below_heading(self, kept: list[TextRun], runs: list[TextRun]) -> list[TextRun]:
        """The texts without the few that stand above the headline, such as a quotation."""
        before = {id(run) for run in runs[: self._place_of_heading(runs)]}
        above = [run for run in kept if id(run) in before]
        is_few = sum(run.is_sentence for run in above) <= _MAX_ABOVE
        return kept[len(above) :] if is_few and letters_in(above) < _LITTLE * letters_in(kept) else kept

    def _introduction(self, kept: list[TextRun]) -> int:
        """Number of first texts that introduce the article. A deck that is longer than the rest is its text."""
        end = 0
        only = None
        for n, run in enumerate(kept[:_MAX_LEADING]):
            if self._introduces(run) or self._is_subtitle(run):
                end = n + 1
            elif self._repeats_description(run, kept[n + 1 :]):
                end = n + 1
                only = n if only is None and not _is_marked_deck(run) else only
            elif run.is_sentence:
                break
        return end if only is None or letters_in(kept[end:]) > letters_in(kept[only:end]) else only

    def _in_column(self, kept: list[TextRun]) -> list[TextRun]:
        """The texts of the element that holds the headline and most of the text."""
        holders = holders_of_most(kept, _MOST_OF_TEXT)
        if self._heading is None or not holders:
            return kept
        return runs_of_box(common_ancestor(self._heading, innermost_of(holders)), kept)

    def _introduces(self, run: TextRun) -> bool:
        """Whether a text introduces the article: its headline, deck, a row of the byline, or a linked label."""
        line = run.line
        label = normalize_label(line)
        if is_row(line) or is_like(label, self._stated_titles):
            return True
        if _is_linked_label(run) or _is_entry_of_byline(run) or (is_marked_byline(run.element) and not run.is_sentence):
            return True
        if not self._has_deck and _is_marked_deck(run):
            return True
        children = [c for c in run.element if isinstance(c.tag, str)]
        inside = inline_content(run.element, children)
        return inside is not None and any(is_row(row.text) for row in rows_of(run.element, children, inside))

    def _may_introduce(self, run: TextRun) -> bool:
        is_in_figure = any(el.tag == "figure" or is_caption(el) for el in run.around)
        return is_in_figure or self._introduces(run) or _is_marked_deck(run)

    def _begins_with_deck(self, kept: list[TextRun]) -> bool:
        """Whether the first text is an unmarked deck: next to the headline, while all others are in a box."""
        if self._has_deck or self._heading is None or len(kept) < 3 or kept[0].element.tag != "p":
            return False
        rest = reduce(common_ancestor, [run.element for run in kept[1:]])
        parent = self._heading.getparent()
        is_list = rest.tag in ("ul", "ol", "dl", "table")
        return not is_list and kept[0].element.getparent() is parent and parent in rest.iterancestors()

    def _is_subtitle(self, run: TextRun) -> bool:
        """Whether a text is a heading of a sentence's length next to the headline."""
        beside = self._heading is not None and run.element.getparent() is self._heading.getparent()
        return beside and run.is_sentence and run.element.tag in HEADINGS

    def _repeats_description(self, run: TextRun, after: list[TextRun]) -> bool:
        """Whether a text is the page's description. Many sites repeat the first paragraph there, which is no deck."""
        if normalize_label(run.line) not in self._sources.stated("description"):
            return False
        el = run.element
        following = next((other for other in after if other.element.tag == el.tag), None)
        if following is None or not run.is_sentence or not _is_marked_as(el, following.element):
            return True
        return self._introduces(following)  # a deck above the byline

    def _without_end(self, kept: list[TextRun], runs: list[TextRun]) -> list[TextRun]:
        """The texts without what may follow an article: copyright, lines about its author, titles of boxes."""
        if not kept:
            return kept
        at = {id(run): n for n, run in enumerate(runs)}
        authors = cache(lambda: self._authors_above(runs[: at[id(kept[0])]]))
        boxes = {run.element.getparent() for run in kept if run.is_sentence}
        end = len(kept)
        while end > 1:
            n = at[id(kept[end - 1])]
            name = runs[n - 1].line if n else ""
            if is_name(name) and normalize_label(name) in authors():
                end = max(end - 1 - (kept[end - 2] is runs[n - 1]), 1)
            elif _is_byline(runs[n]) or _is_copyright(runs[n].line) or _is_title_apart(kept[end - 1], boxes):
                end -= 1
            else:
                break
        below = filter(_is_byline, kept[end:])
        self.rows_below = [Row(run.element, part) for run in below for part in parts_of_line(run.element, run.line)]
        return kept[:end]

    def _authors_above(self, runs: list[TextRun]) -> set[str]:
        """The authors that the page states, and those that texts above the article name, normalized."""
        authors = set(map(normalize_label, names(self._sources.json_ld.get("author"))))
        for run in runs:
            line = run.line
            rest = next(filter(None, map(byline_rest, parts_of_line(run.element, line))), None)
            if rest or is_marked_byline(run.element) or links_to_authors(run.element):
                authors.add(normalize_label(rest or line))
        return authors

    @cached_property
    def _stated_titles(self) -> set[str]:
        """The headline and the titles that the page states, normalized."""
        shown = map(normalize_label, filter(None, (text_of(self._heading), page_title(self._root, self._sources))))
        return {*shown, *self._sources.stated("title", "headline")}


def _compare_readings(kept: list[TextRun], containers: Sequence[HtmlElement]) -> tuple[float, bool]:
    """Return how much two readings agree, and whether the kept texts contain the containers' running text."""
    mine = {run.letters for run in kept}
    theirs = {run.letters for container in containers for run in text_runs(container) if run.is_running}
    everything = sum(map(len, mine | theirs))
    return (sum(map(len, mine & theirs)) / everything if everything else 1.0), theirs <= mine and bool(mine)


def drop_rows(blocks: list[Block]) -> list[Row]:
    """Drop rows of the byline that only a line break divides from the text, and return them."""
    rows: list[Row] = []
    while blocks and blocks[0]["type"] == "paragraph":
        lines = (blocks[0]["text"] or "").split("\n")
        rest = list(dropwhile(lambda line: not line or is_row(line), lines))
        for line in filter(None, lines[: len(lines) - len(rest)]):
            element = html.Element("p")  # the line has no element of its own on the page
            element.text = line
            rows += [Row(element, part) for part in parts_of_line(element, line)]
        if rest:
            blocks[0]["text"] = "\n".join(rest)
            break
        del blocks[0]
    return rows


def drop_open_titles(blocks: list[Block]) -> None:
    """Drop titles at the end that nothing follows: what they announce is not part of the article."""
    while len(blocks) > 1 and blocks[-1]["type"] in ("heading", "paragraph"):
        if not _is_open_title(blocks[-1]["text"] or ""):
            return
        del blocks[-1]


def _without_hinted_ends(kept: list[TextRun]) -> list[TextRun]:
    """The texts without the first and last that are in boxes named as noise, if these hold only a small part."""

    def is_named(el: HtmlElement) -> bool:
        return el.tag == "aside" or has_noise_class(el)

    if not kept or not any(map(is_named, (*kept[0].around, *kept[-1].around))):
        return kept
    holders = holders_of_most(kept)

    def is_hinted(run: TextRun) -> bool:
        return any(map(is_named, takewhile(lambda el: el not in holders, run.around)))

    plain = [n for n, run in enumerate(kept) if not is_hinted(run)]
    rest = kept[plain[0] : plain[-1] + 1] if plain else []
    return rest if letters_in(rest) >= _MOST_OF_TEXT * letters_in(kept) else kept


def _is_dated_row(run: TextRun) -> bool:
    """Whether a text is only a date with its label, as ``Updated: 27 Jun 2023``. Some pages have it below a deck."""
    line = run.line if len(run.letters) <= SHORT_ROW else ""
    return len(line) <= SHORT_ROW and any(part.meaning for part in dated_parts(line))


def _is_byline(run: TextRun) -> bool:
    """Whether a text is only a row of the byline, as ``Posted on 27 June 2023 by Rima Haddad``."""
    line = run.line if len(run.letters) <= SHORT_ROW else ""
    return bool(line) and all(map(is_row, parts_of_line(run.element, line)))


def _is_marked_as(el: HtmlElement, paragraph: HtmlElement) -> bool:
    """Whether an element has the markup of a paragraph next to it, but for a class such as ``first``."""
    is_same_class = el.get("class") == paragraph.get("class") or "first" in class_and_id(el).casefold()
    return is_same_class and el.getparent() is paragraph.getparent()


def _is_marked_deck(run: TextRun) -> bool:
    """Whether the class of a text, or of a box with nothing else in it, says that it is a deck."""
    box = run.element.getparent()
    boxes = [run.element, box] if box is not None and len(box) == 1 else [run.element]
    return any(map(has_summary_class, boxes))


def _is_open_title(text: str) -> bool:
    """Whether a text is a short line that announces what follows it, such as ``More on this:``."""
    return len(text) <= SHORT_ROW and text.endswith((":", "："))


def _is_title_apart(run: TextRun, boxes: Collection[HtmlElement | None]) -> bool:
    """Whether a text is a short heading, but not next to sentences: the title of a box that is left out.

    ``boxes`` are the elements around sentences.
    """
    is_title = run.element.tag in HEADINGS and run.words < SENTENCE_WORDS
    return is_title and run.element.getparent() not in boxes


def _is_linked_label(run: TextRun) -> bool:
    """Whether a text is a link of a few words, not a heading or entry of a list."""
    is_label = run.linked == len(run.letters) and run.words < SENTENCE_WORDS
    return is_label and run.element.tag not in HEADINGS and run.element.tag != "li"


def _is_entry_of_byline(run: TextRun) -> bool:
    """Whether a short text is in a list of rows of the byline, such as ``12:03 pm`` next to author and date."""
    box = run.element.getparent()
    if run.element.tag != "li" or run.is_sentence or box is None:
        return False
    entries = (entry for entry in islice(box, _MAX_LEADING) if isinstance(entry.tag, str))
    return any(is_marked_byline(entry) or is_row(text_of(entry)) for entry in entries)


def _is_copyright(line: str) -> bool:
    """Whether a line only says who holds the rights."""
    return len(line) <= MAX_ROW and ("©" in line or words.RIGHTS_RESERVED.find(line) is not None)
