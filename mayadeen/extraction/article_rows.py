"""The rows around an article's headline, such as byline, date and shares, and what follows its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from urllib.parse import unquote

from lxml.html import HtmlElement

from mayadeen.extraction.bylines import BEFORE_PLACE, byline_rest, is_name
from mayadeen.extraction.date_labels import dated_parts, split_date
from mayadeen.extraction.dom import (
    HEADINGS,
    INLINE,
    MAX_DEPTH,
    SILENT,
    class_and_id,
    class_test,
    collapse,
    holds_only_links,
    is_noise,
    text_of,
    xpath,
)
from mayadeen.extraction.labels import is_byline_row
from mayadeen.extraction.shown_dates import join_clocks
from mayadeen.site import words
from mayadeen.site.text import has_digit
from mayadeen.site.urls import LISTING_PATHS, NameKind

_SUMMARY_CLASS = re.compile(
    r"(?:^|[\s_-])(?:summary|deck|dek|standfirst|lead|lede|excerpt|sub-?(?:title|heading|head|headline)|intro|chapeau|stand)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
has_summary_class = class_test(_SUMMARY_CLASS)
_BYLINE_CLASS = re.compile(r"(?:^|[\s_-])(?:authors?|byline|writers?)(?:$|[\s_-])", re.IGNORECASE)

_AUTHOR_MARKED = xpath("boolean(descendant::*[@rel = 'author' or @itemprop = 'author'])")

_BAR_CHARACTERS = "|•·⋅∙"
_BAR = re.compile(f"[{_BAR_CHARACTERS}]")
_BARS = re.compile(rf"(?:(?<!\s)\s+)?[{_BAR_CHARACTERS}](?!\s*\d{{1,2}}[:.]\d{{2}})\s*")
"""Separators of byline rows on one line. A bar between day and time does not separate rows."""
SHORT_ROW = 80
"""Maximum length of a line that is a row of the byline by its form alone."""
MAX_ROW = 240
"""Maximum length of a byline row. A longer line is text."""


class Row:
    """A short line of text around the headline, with its links."""

    __slots__ = ("element", "text")

    def __init__(self, element: HtmlElement, text: str) -> None:
        self.element = element
        self.text = text


class ArticleColumn:
    """The elements around headline and text in the article's own column.

    ``before`` are the rows before the headline, ``between`` those between headline and text, and ``after`` the elements
    that follow the text. ``scope`` is the column, ``tops`` are the elements that hold the text, in page order.
    """

    def __init__(self, scope: HtmlElement, heading: HtmlElement | None, tops: Sequence[HtmlElement]) -> None:
        self.before: list[Row] = []
        self.between: list[Row] = []
        self.after: list[HtmlElement] = []
        self._heading = heading
        opened = {around for top in tops for around in top.iterancestors()}
        rows = self.before if heading is not None else self.between
        stack = [(scope, 0)]
        while stack:
            el, depth = stack.pop()
            if el is heading:
                rows = self.between
            elif el in tops:
                if heading is not None and el in heading.iterancestors():
                    self.between += self._rows_in_container(el)
                rows = []  # lines between the texts are not rows
                if el is tops[-1]:
                    # What is still to come follows the text.
                    self.after = [rest for rest, _ in reversed(stack)]
                    break
            elif isinstance(el.tag, str) and (el in opened or not self._is_around(el, depth)):
                children = [c for c in el if isinstance(c.tag, str)]
                if el not in opened and (inside := inline_content(el, children)) is not None:
                    rows += rows_of(el, children, inside)
                elif depth < MAX_DEPTH:
                    if el not in opened:
                        rows += _loose_rows(el)
                    stack += [(child, depth + 1) for child in reversed(children)]

    @property
    def rows(self) -> list[Row]:
        """Short lines between headline and text first, then those before the headline."""
        return self.between + self.before

    def _rows_in_container(self, container: HtmlElement) -> Iterator[Row]:
        """The byline's rows if headline, rows and text are siblings: from the headline to the first text."""
        below = False
        for el in container.iter("h1", "h2", "p", "li", "div", "span", "time"):
            line = text_of(el)
            if el is self._heading:
                below = True
            elif below and line and all(c.tag in INLINE for c in el.iterdescendants()):
                if not has_summary_class(el) and not is_row(line):
                    return
                yield from (Row(el, part) for part in parts_of_line(el, line))

    def _is_around(self, el: HtmlElement, depth: int) -> bool:
        """Return whether an element is outside the article. One that contains the headline, or repeats it, is not."""
        if el.tag in SILENT:
            return el.tag != "form" or self._heading not in el.iter()
        if not depth or not is_rail(el) or "share" in class_and_id(el):
            return False
        return not self._has_headline(el) and not _is_short_row(el)

    def _has_headline(self, el: HtmlElement) -> bool:
        """Whether an element has the headline, or a heading with its text: one of them may be in a fixed bar."""
        if self._heading is None:
            return False
        title = text_of(self._heading)
        return self._heading in el.iter() or any(text_of(other) == title for other in el.iter(*HEADINGS))


def is_rail(el: HtmlElement) -> bool:
    """Whether an element is a page-wide rail, by its class or its title."""
    if is_noise(el):
        return True
    if len(el) and el.tag in ("div", "section", "ul"):
        # The title of a rail is at its start.
        first = next((h for h in islice(el.iterdescendants(), 8) if h.tag in HEADINGS), None)
        if first is not None:
            title = text_of(first)
            # A box of related articles inside the text can have the same title.
            return title in words.RAIL_TITLES and title not in words.RELATED_TITLES
    return False


def _is_short_row(el: HtmlElement) -> bool:
    """Whether an element is a short line with one time or a marked byline, or a row, whatever its class says.

    An ``aside`` is one only if ``rel`` or ``itemprop`` mark its author.
    """
    if el.tag == "nav":
        return False
    if el.tag == "aside":
        is_marked = bool(_AUTHOR_MARKED(el)) and next(el.iter(*HEADINGS), None) is None
        return is_marked and len(text_of(el)) <= MAX_ROW
    is_marked = len(list(el.iter("time"))) == 1 or _is_only_byline(el)
    if not is_marked and len(el) > 1:
        return False
    line = text_of(el)
    return len(line) <= SHORT_ROW and (is_marked or is_byline_row(line))


def _is_only_byline(el: HtmlElement) -> bool:
    """Whether an element has a marked byline and no link outside of it, as a teaser with an author has."""
    marked = {inner for inner in el.iter("*") if is_marked_byline(inner)}
    return bool(marked) and not any(marked.isdisjoint((a, *a.iterancestors())) for a in el.iter("a"))


def leads_to(kind: NameKind, anchor: HtmlElement) -> bool:
    """Whether a link leads to the listing of a name."""
    return LISTING_PATHS[kind].search(unquote(anchor.get("href") or "")) is not None


def is_marked_byline(el: HtmlElement) -> bool:
    """Whether ``rel``, ``itemprop`` or class say that a row names authors."""
    marks = (el.get("rel"), el.get("itemprop"))
    parent = el.getparent() if el.tag == "li" else None
    names = (el.get("class", ""), parent.get("class", "") if parent is not None else "")
    return "author" in marks or any(map(_BYLINE_CLASS.search, names))


def only_content(el: HtmlElement) -> list[HtmlElement]:
    """Return an element and the elements that are its only content, from the inside out."""
    found = [el]
    while len(el) == 1 and not (el.text or "").strip() and not (el[0].tail or "").strip():
        el = el[0]
        found.append(el)
    return [inner for inner in reversed(found) if isinstance(inner.tag, str)]


def is_alike(el: HtmlElement, other: HtmlElement) -> bool:
    """Whether two rows have the same markup and stand in the same box, alone or each in a box of its own."""
    is_same = (el.tag, el.get("class")) == (other.tag, other.get("class"))
    boxes = zip(islice(el.iterancestors(), 2), islice(other.iterancestors(), 2), strict=False)
    return is_same and any(box is its_box for box, its_box in boxes)


def links_to_authors(el: HtmlElement) -> bool:
    """Whether a row has no text but links to pages of authors."""
    anchors = list(el.iter("a"))
    return bool(anchors) and all(leads_to("author", a) for a in anchors) and holds_only_links(el)


def is_row(line: str) -> bool:
    """Whether a line alone is a row of the byline."""
    return len(line) <= SHORT_ROW and is_byline_row(line)


def parts_of_line(el: HtmlElement, line: str, inside: Sequence[str] = (), *, is_whole: bool = True) -> list[str]:
    """Return the parts of a line between bars, dots or line breaks: ``By A | Source: B | 26 Jun 2023 10:58``.

    Also the byline and the date of a line such as ``By A 26 Jun 2023``, unless one of the texts inside is a byline.
    ``is_whole`` says that the line is all text of the element.
    """
    if is_whole and len(el) and next(el.iter("br"), None) is not None:
        line = collapse(_text_with_bars(el))
    if _BAR.search(line):
        return join_clocks([part for piece in _BARS.split(line) if (part := piece.strip())])
    if len(line) > SHORT_ROW or not has_digit(line) or any(map(byline_rest, inside)):
        return [line]
    is_marked = is_marked_byline(el)
    # A date and a name have more than four words, which spares the search in dates, shares and minutes of reading.
    is_byline = is_marked or byline_rest(line) or (line.count(" ") >= 4 and words.BYLINES.find(line))
    for shorter in _without_last_links(el, line) if is_byline else ():
        split = split_date(shorter)
        if split and (byline_rest(split[0]) or (is_marked and is_name(split[0]))):
            return list(split)
    return [line]


def _without_last_links(el: HtmlElement, line: str) -> Iterator[str]:
    """Return a line, then the line without the links at its end, such as ``in News`` or ``3 comments``."""
    yield line
    for anchor in reversed(list(el.iter("a"))):
        label = text_of(anchor)
        if not label or not line.endswith(label) or leads_to("author", anchor):
            return
        rest = line[: -len(label)].rstrip(" ,،–—-")
        before, _, last = rest.rpartition(" ")
        line = before if last.casefold() in BEFORE_PLACE else rest
        yield line


def _text_with_bars(el: HtmlElement) -> str:
    pieces = [el.text or ""]
    for child in el:
        if isinstance(child.tag, str) and child.tag not in SILENT:
            pieces.append("|" if child.tag == "br" else _text_with_bars(child))
        pieces.append(child.tail or "")
    return "".join(pieces)


def inline_content(el: HtmlElement, children: list[HtmlElement]) -> list[HtmlElement] | None:
    """Everything in an element that is one line of text, or ``None`` for other elements."""
    if any(c.tag not in INLINE and c.tag != "img" for c in children):
        return None
    inside = [c for c in el.iterdescendants() if isinstance(c.tag, str)] if children else []
    return inside if all(c.tag in INLINE or c.tag == "img" for c in inside) else None


def rows_of(el: HtmlElement, children: list[HtmlElement], inside: list[HtmlElement]) -> list[Row]:
    """The rows of a line of text: its parts, its inline elements, then the whole line."""
    line = text_of(el)
    if not line or (len(line) > MAX_ROW and not has_summary_class(el)):
        return []
    parts = [Row(c, t) for c in inside if (t := text_of(c))] if len(children) > 1 else []
    lines = parts_of_line(el, line, [row.text for row in parts])
    is_byline = bool(children) and lines == [line] and (words.BYLINES.prefix_end(line) or is_marked_byline(el))
    dates = [Row(el, date) for date in _dates_after_links(children)] if is_byline else []
    return parts + [Row(el, part) for part in lines] + dates


def _dates_after_links(children: list[HtmlElement]) -> Iterator[str]:
    """The dates of a line after links, as in ``By <a>Rima Haddad</a> in <a>Sport</a> on 26 June 2023``."""
    for child in children:
        if child.tag == "a" and (date := collapse(child.tail or "")) and dated_parts(date):
            yield date


def _loose_rows(el: HtmlElement) -> Iterator[Row]:
    """The rows directly in a box that has blocks too, such as a byline next to the box of a portrait."""
    if not "".join([el.text or "", *[child.tail or "" for child in el]]).strip():
        return
    pieces = [el.text or ""]
    for child in [*el, None]:
        if child is not None and child.tag in INLINE and child.tag != "br":
            pieces.append(text_of(child))
        else:
            line = collapse("".join(pieces))
            if line and len(line) <= MAX_ROW:
                yield from (Row(el, part) for part in parts_of_line(el, line, is_whole=False))
            pieces = []
        pieces.append((child.tail or "") if child is not None else "")


def outside_rails(el: HtmlElement) -> Iterator[HtmlElement]:
    """An element and everything in it, in page order, without rails and elements that show no text."""
    stack = [el]
    while stack:
        el = stack.pop()
        if isinstance(el.tag, str) and el.tag not in SILENT and not is_rail(el):
            yield el
            stack += reversed(el)
