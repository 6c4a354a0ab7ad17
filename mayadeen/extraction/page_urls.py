"""Page numbers, offsets and cursors in the URLs of a listing's pages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_NUMBER_WORDS = ("no", "nr", "num", "number", "index", "idx")
_NUMBER_SUFFIXES = ("", *(f"{separator}{word}" for word in _NUMBER_WORDS for separator in ("", "_", "-")))
PAGE_PARAMETERS = (
    "page", "p", "pn", "page[number]", "page.number", "currentpage", "current_page", "current-page",
    *(f"{name}{suffix}" for name in ("page", "paged", "pg", "pagina") for suffix in _NUMBER_SUFFIXES),
)  # fmt: skip
"""Names of query parameters that have the number of a page, in lower case."""
OFFSET_PARAMETERS = ("offset", "start", "skip", "from", "begin")
CURSOR_PARAMETERS = ("cursor", "after", "token", "continuation", "next", "before", "last", "last_id", "max_id")
_PAGE_IN_PATH = re.compile(r"/(?:page|p|pagina)[/-]?\d{1,6}/?\Z")


def is_number(text: str) -> bool:
    """Whether a text is a number that can count pages or entries: longer ones are something else."""
    return text.isdecimal() and len(text) <= 12


def page_number(url: str, default: int | None = 1) -> Any:
    """The number of the page that an address names, ``default`` where it names none."""
    parts = urlsplit(url)
    for name, value in parse_qsl(parts.query):
        if name.casefold() in PAGE_PARAMETERS and is_number(value):
            return int(value)
    if match := re.search(r"/(?:page|p|pagina)[/-]?(\d{1,6})/?\Z", parts.path):
        return int(match[1])
    return default


def with_page(url: str, number: int) -> str | None:
    """The address with the number of another page, ``None`` where it names no page."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    for index, (name, value) in enumerate(query):
        if name.casefold() in PAGE_PARAMETERS and is_number(value):
            query[index] = (name, str(number))
            return urlunsplit(parts._replace(query=urlencode(query, errors="replace")))
    path, count = re.subn(r"(/(?:page|p|pagina)[/-]?)\d{1,6}(/?)\Z", rf"\g<1>{number}\g<2>", parts.path)
    return urlunsplit(parts._replace(path=path)) if count else None


def count_on(url: str, previous: str | None, cards: int) -> str | None:
    """Return the URL of the page after ``url``, with its number increased, for pages that do not name their next page.

    If ``previous`` and ``url`` differ in one number, the step is the difference. Otherwise the step is one for a page
    number, and ``cards`` for an offset. Returns ``None`` if the URL has no such number.
    """
    if previous is not None:
        ours, theirs = re.split(r"(\d+)", url), re.split(r"(\d+)", previous)
        if len(ours) == len(theirs):
            differing = [i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
            if len(differing) == 1 and differing[0] % 2:
                i = differing[0]
                ours[i] = str(2 * int(ours[i]) - int(theirs[i]))
                return "".join(ours) if int(ours[i]) > 0 else None
    number = page_number(url, None)
    if number is not None:
        return with_page(url, number + 1)
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    for index, (name, value) in enumerate(query):
        if name.casefold() in OFFSET_PARAMETERS and is_number(value):
            query[index] = (name, str(int(value) + cards))
            return urlunsplit(parts._replace(query=urlencode(query, errors="replace")))
    if match := re.search(r"/(\d{1,6})/?\Z", parts.path):
        return url.replace(
            parts.path, f"{parts.path[: match.start(1)]}{int(match[1]) + 1}{parts.path[match.end(1) :]}", 1
        )
    return None


@dataclass(frozen=True)
class PagePosition:
    """Where in a listing a URL is: a page number, an offset, or a cursor."""

    kind: Literal["page", "offset", "cursor"]
    value: str

    @property
    def number(self) -> int:
        return int(self.value) if is_number(self.value) else 0


_PURE_CURSORS = frozenset(
    "cursor token continuation pagetoken page_token nexttoken next_token next_cursor nextcursor scroll_id after_id "
    "before_id last_id lastid max_id maxid after before".split()
)
_DAY = re.compile(r"\d{4}-\d{2}(?:-\d{2})?\Z")
_PARTS_OF_PAGE = frozenset((*PAGE_PARAMETERS, *OFFSET_PARAMETERS, *CURSOR_PARAMETERS, *_PURE_CURSORS))


def position_of(url: str) -> PagePosition | None:
    """Where in its listing a page is by its URL, or ``None`` for a URL that does not say it."""
    parts = urlsplit(url)
    query = [(name.casefold(), value) for name, value in parse_qsl(parts.query)]
    for name, value in query:
        if name in PAGE_PARAMETERS and is_number(value):
            return PagePosition("page", str(int(value)))
    if match := re.search(r"/(?:page|p|pagina)[/-]?(\d{1,6})/?\Z", parts.path):
        return PagePosition("page", str(int(match[1])))
    for name, value in query:
        if name in OFFSET_PARAMETERS and is_number(value):
            return PagePosition("offset", str(int(value)))
    for name, value in query:
        if name in _PURE_CURSORS and not _DAY.match(value):
            return PagePosition("cursor", value)
    return None


_PERIOD = re.compile(r"((?:19|20)\d\d)(?:[/-](0?[1-9]|1[0-2]))?/?")
_PERIOD_IN_PATH = re.compile(rf"/{_PERIOD.pattern}\Z")


@dataclass(frozen=True)
class Period:
    """The archive of a year, or of a month of it, of the ``listing`` at this URL."""

    listing: str
    year: int
    month: int | None

    @property
    def order(self) -> tuple[int, int]:
        return self.year, self.month or 0


def period_of(url: str) -> Period | None:
    """Return the period that a URL names, as ``/politics/2025/11/page/2`` or ``?month=2025-11``, or ``None``."""
    parts = urlsplit(url)
    path = _PAGE_IN_PATH.sub("", parts.path)
    query = {name.casefold(): value for name, value in parse_qsl(parts.query)}
    match = _PERIOD_IN_PATH.search(path)
    if match is not None:
        path = path[: match.start()]
    elif "year" in query:
        match = _PERIOD.fullmatch("-".join(filter(None, (query["year"], query.get("month")))))
    else:
        match = next(filter(None, map(_PERIOD.fullmatch, (query.get(name, "") for name in _PERIOD_PARAMETERS))), None)
    if match is None:
        return None
    listing = urlunsplit(parts._replace(path=path.rstrip("/"), query="", fragment=""))
    return Period(listing, int(match[1]), int(match[2]) if match[2] else None)


def earlier_period(url: str, linked: Iterable[str]) -> str | None:
    """Return the URL of the newest month before the one at ``url``, or of the newest year where no month is linked.

    ``linked`` are the URLs on the page. The page of a listing without a period comes before all of them.
    """
    own = period_of(url)
    if own is None and position_of(url) is not None:
        return None  # the last page of a pager
    listing = own.listing if own else url.partition("?")[0].rstrip("/")
    found = {period: link for link in linked if (period := period_of(link)) and period.listing == listing}
    by_month = own.month is not None if own else any(period.month for period in found)
    alike = [period for period in found if (period.month is not None) == by_month]
    earlier = [period for period in alike if own is None or period.order < own.order]
    return found[max(earlier, key=lambda period: period.order)] if earlier else None


_PERIOD_PARAMETERS = ("month", "date", "period", "archive", "m")

Identity = tuple[str, frozenset[tuple[str, str]]]


def without_page(canonical: str, url: str, of: Identity | None = None) -> Identity:
    """Return what the URLs of all pages of one listing have in common: the path, and the query without its page.

    ``of`` is a listing's identity: parameters that it lacks are not counted, since a pager may add some.
    """
    path = _PAGE_IN_PATH.sub("", canonical)
    query = {
        (name, value)
        for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True)
        if name.casefold() not in _PARTS_OF_PAGE
    }
    return path, frozenset(query if of is None else query & of[1])
