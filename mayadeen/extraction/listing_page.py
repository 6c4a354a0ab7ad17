"""What one page of a listing shows: its cards, and how the listing continues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Answer = Literal["list", "nothing", "else"]


@dataclass(frozen=True)
class Card:
    """An article as a listing shows it. ``date`` is the day shown, in Beirut, or ``None``.

    ``date_is_latest``: the day was shown without its year, or as "today". It is the latest such day before the fetch.
    The article may be older, as on the last pages of a listing, or on a page from a cache.
    """

    url: str
    title: str | None
    date: date | None
    date_is_latest: bool = False


@dataclass(frozen=True)
class NextPage:
    """The next page. ``fragment``: the page's own script would ask for it, and gets a part of a page.

    ``counted``: no page named its URL, it was made by counting on. ``period``: it is the archive of an earlier month or
    year, which may show nothing new.
    """

    url: str
    fragment: bool = False
    counted: bool = False
    period: bool = False


@dataclass(frozen=True)
class ListingPage:
    """What a page of a listing shows.

    ``script_only``: there are more pages, but only a script, a button or a form leads to them. ``complete``: the page
    says that it is the last. ``control``: the XPath of the element that loads more when clicked or scrolled to.
    ``names_next``: this element is a pager's and names a next page. ``next_is_itself``: the page names itself as the
    next one.
    ``answer`` says what an answer without cards is: a ``list`` that is empty, ``nothing`` at all, or something ``else``
    such as an error. ``last_page`` is the highest page number that the page shows, ``total`` the number of articles
    that it gives for the listing.
    """

    cards: tuple[Card, ...] = ()
    next: NextPage | None = None
    script_only: bool = False
    complete: bool = False
    control: str | None = None
    names_next: bool = False
    next_is_itself: bool = False
    answer: Answer = "list"
    last_page: int | None = None
    total: int | None = None
