"""The crawl of one listing: its state, and the rules that decide the step after each page."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any, Literal

from mayadeen.crawling.outcomes import UrlOutcome, UrlSource
from mayadeen.extraction.listing import ListingPage, NextPage, count_on
from mayadeen.extraction.names import NameKind
from mayadeen.extraction.page_urls import position_of, with_page
from mayadeen.site.editions import Section
from mayadeen.storage.queue import KnownListing

ListingKind = Literal["section", "region"] | NameKind
EndReason = Literal[
    "complete",
    "known",
    "max_pages",
    "nothing_new",
    "since",
    "loop",
    "empty",
    "failed",
    "script_only",
    "not_found",
    "incomplete",
]

MAX_PAGES_WITHOUT_NEW_URLS = 2
"""Consecutive pages without a new URL that end a listing. One page proves nothing: a listing that grows by a whole page
during the crawl shows its last page again."""

MAX_OLDER_PAGES = 2
"""Consecutive pages on which every article turned out to be older than ``since`` that end a listing."""

RECENT_PAGES = 20
"""Pages whose URLs are kept to look for older pages. Articles are read soon after the page that lists them."""

MAX_URLS_WITHOUT_ARTICLE = 200
"""Consecutive URLs without a new article that end a listing. Calendars generate pages without end."""

MAX_PAGES = 20_000
"""Maximum pages per listing: ten times what a section of the site can have."""

MAX_CLICKS = 500
"""Maximum clicks per listing in the browser. The page keeps all cards (5,000 then), and each click reads all again."""

WITHOUT_ARTICLE: tuple[UrlOutcome, ...] = ("gone", "skipped", "rejected", "duplicate")


@dataclass
class ListingTab:
    """The state of a listing's tab in the browser. The rendering middleware has the browser's own object by ``number``.

    ``source`` is the page as fetched, so that it is not fetched again. ``control`` is the XPath of the element that
    loads more, if there is one. ``click`` is true to click the element, and ``clicks`` counts the clicks so far.
    """

    number: int
    url: str
    source: str
    control: str | None = None
    click: bool = False
    clicks: int = 0


@dataclass(eq=False, kw_only=True)
class ListingCrawl(UrlSource):
    """One listing while it is crawled. ``url`` is its next page.

    ``newest_urls`` are the URLs on its first pages, at which the next crawl stops. ``joined_cover`` is the part that an
    earlier crawl covered below the point where this crawl ended.

    A resumed crawl starts at the first page again, until it reaches a URL of ``seen_before_resume``. Then it continues
    from ``resume_state`` and stores ``held_urls``. Until then nothing is stored. If the crawl is interrupted again, it
    must see the same pages again. ``recent_pages`` has the URLs that each of the last pages listed first.

    ``counted`` is true if the URL of the current page has a page number that was counted on. ``leads_further`` is true
    if the URL names a page after the first page. The pages showed at most ``largest_page`` cards on one page, the page
    number ``last_page_shown``, and ``total_shown`` as the number of articles. ``repeats_first_page`` is true if the
    second page was the first page again. ``completeness`` compares these values with the articles seen.

    ``tab`` is its browser tab while it is rendered. ``requested`` is true if the user or the spider named the listing,
    and false if an article linked to it.
    """

    kind: ListingKind
    section: Section
    first_url: str
    url: str
    number: int = -1
    requested: bool = True
    first_page_size: int = 0
    fragment: bool = False
    previous_url: str | None = None
    visited_urls: set[str] = field(default_factory=set)
    pages_without_new_urls: int = 0
    urls_without_article: int = 0
    positions_before_resume: int = 0
    newest_urls: list[str] = field(default_factory=list)
    covers: list[KnownListing] | None = None
    joined_cover: KnownListing | None = None
    resume_state: dict[str, Any] | None = None
    seen_before_resume: frozenset[str] = frozenset()
    held_urls: list[tuple[str, str, str]] = field(default_factory=list)
    tab: ListingTab | None = None
    counted: bool = False
    leads_further: bool = False
    largest_page: int = 0
    last_page_shown: int = 0
    least_last_page: int | None = None
    total_shown: int | None = None
    repeats_first_page: bool = False
    recent_pages: deque[tuple[str, ...]] = field(default_factory=lambda: deque(maxlen=RECENT_PAGES))

    @property
    def folder(self) -> str:
        """The base of a bare slug: the folder of most articles of the listing, or the listing's own URL."""
        folders = Counter(url.rpartition("/")[0] for url in self.seen)
        folder, count = next(iter(folders.most_common(1)), (self.first_url, 0))
        return folder if 2 * count > len(self.seen) else self.first_url

    @property
    def shown_page(self) -> int:
        """The number of the page that the browser shows. Each click leads one page further."""
        return 1 if self.tab is None else 1 + self.tab.clicks

    def note_page(self, page: ListingPage, new_urls: int) -> None:
        """Store what a page shows about the listing's length. ``pages`` already counts the page."""
        shown = page.last_page or 0
        self.last_page_shown = max(self.last_page_shown, shown)
        self.least_last_page = shown if self.least_last_page is None else min(self.least_last_page, shown)
        self.total_shown = page.total if page.total is not None else self.total_shown
        if self.tab is None:
            self.largest_page = max(self.largest_page, len(page.cards))
            if self.pages == 2 and page.cards and not new_urls and not self.positions_before_resume:
                self.repeats_first_page = self.leads_further

    def follow(self, page: NextPage, url: str) -> None:
        """Make ``page`` the next one, after the page at ``url``."""
        position = position_of(page.url)
        # The newest month of an archive may be what the first page shows.
        self.leads_further = not page.period and (position is None or position.kind != "page" or position.number > 1)
        self.previous_url, self.url = url, page.url
        self.fragment, self.counted = page.fragment, page.counted

    def consecutive_older_pages(self, older_urls: Container[str]) -> int:
        """The longest run of recent pages on which every URL led to an article older than ``since``."""
        longest = run = 0
        for urls in self.recent_pages:
            run = run + 1 if all(url in older_urls for url in urls) else 0
            longest = max(longest, run)
        return longest


@dataclass(frozen=True)
class PageFacts:
    """Facts about a page, on which ``next_step`` decides.

    ``url`` is where the page was fetched. ``new_urls`` counts the cards that no earlier page showed.
    ``reached_resume_point`` is true if its last card was seen before the interruption. ``known_below`` is true if an
    earlier crawl covered everything below this page. ``beyond_range`` is true if, by the dates on the cards, all
    further articles are older than the range. ``redirected_to`` names the front page or another listing if the request
    was redirected there. ``older_pages`` counts the consecutive pages on which all articles were older than ``since``.
    ``next_visited`` and ``next_on_site`` describe the URL of its next page.
    """

    url: str
    new_urls: int
    reached_resume_point: bool = False
    known_below: bool = False
    beyond_range: bool = False
    older_pages: int = 0
    next_visited: bool = False
    next_on_site: bool = True
    redirected_to: str | None = None


@dataclass(frozen=True)
class ListingLimits:
    """The limits of the run: ``max_pages`` per listing as given, and the ``render`` argument."""

    max_pages: int | None = None
    render: str = "auto"


@dataclass(frozen=True)
class Follow:
    """Fetch the next page."""

    page: NextPage


@dataclass(frozen=True)
class Render:
    """Load more in the browser, by the element at the XPath ``control`` or by scrolling."""

    control: str | None


@dataclass(frozen=True)
class Resume:
    """Continue from the page at which the crawl was interrupted."""


@dataclass(frozen=True)
class Stop:
    """End the listing. ``trouble`` describes a problem for people, or is ``None``."""

    reason: EndReason
    trouble: str | None = None


NextStep = Follow | Render | Resume | Stop


def following_page(listing: ListingCrawl, page: ListingPage, url: str) -> NextPage | None:
    """Return the page after the page at ``url``, or ``None``.

    A page that a script loads may not name the next page, and a pager may stay at the first page. In these cases the
    page number in the URL is increased.
    """
    if page.next is None and listing.fragment and not page.complete and page.cards:
        counted = count_on(url, listing.previous_url, len(page.cards))
        return NextPage(counted, fragment=True, counted=True) if counted else None
    position = position_of(url)
    if page.next_is_itself and position is not None and position.kind == "page" and position.number > 1:
        counted = with_page(url, position.number + 1) if len(page.cards) >= listing.first_page_size else None
        return NextPage(counted, counted=True) if counted else None
    return page.next


def next_step(listing: ListingCrawl, page: ListingPage, facts: PageFacts, limits: ListingLimits) -> NextStep:
    """Decide what follows a page of a listing. ``listing.pages`` already counts the page.

    The order of the rules matters. No other rule ends a listing that is being resumed. A listing that failed is
    reported, even if a limit would end it on the same page.
    """
    follow = following_page(listing, page, facts.url)
    by_script = _needs_script(listing, page, follow, limits)
    if listing.resume_state is not None and facts.reached_resume_point:
        return Resume()
    if facts.redirected_to:
        return Stop("failed", f"redirects to {facts.redirected_to}. Has the listing been closed?")
    if stop := _page_fault(listing, page, follow, facts.new_urls, by_script=by_script, render=limits.render):
        return stop
    if listing.fragment and listing.pages > 1 and not page.cards:
        return _answer_without_cards(listing, page, follow)
    if follow is None and not by_script:
        return Stop("complete")
    if stop := _limit_reached(listing, page, facts, limits):
        return stop
    if by_script and listing.tab is not None and listing.tab.clicks >= MAX_CLICKS:
        return Stop("failed", f"has more after {MAX_CLICKS} clicks. Limit the crawl with since")
    if by_script or follow is None:
        return Render(page.control)
    if facts.next_visited:
        return Stop("loop")
    if not facts.next_on_site:
        return Stop("failed", f"has its next page on another host: {follow.url}")
    return Follow(follow)


def _needs_script(listing: ListingCrawl, page: ListingPage, follow: NextPage | None, limits: ListingLimits) -> bool:
    """Whether only a script loads more of the listing."""
    if listing.tab is not None:
        scrolls = limits.render == "always" or listing.tab.control is None
        return page.control is not None or (follow is None and scrolls)
    return page.script_only and listing.pages == 1


def _page_fault(
    listing: ListingCrawl, page: ListingPage, follow: NextPage | None, new_urls: int, *, by_script: bool, render: str
) -> Stop | None:
    """Why the listing cannot be crawled on from what the page shows."""
    shows_nothing = not listing.seen and not page.cards and follow is None
    if shows_nothing and (listing.tab is not None or not page.script_only):
        return Stop("empty", "shows no article on its first page")
    loaded_once = listing.fragment and listing.pages == 2 and follow is None and not page.complete
    if loaded_once and 0 < listing.first_page_size <= len(page.cards):
        return Stop("failed", "loads more once, and does not say where it continues")
    first_click = listing.tab is not None and listing.tab.clicks == 1
    if first_click and page.names_next and not new_urls:
        return Stop("script_only", "has a next page, but its control shows nothing new in the browser")
    if by_script and render == "never":
        return Stop("script_only", "loads more by script and is not followed with render=never")
    return None


def _answer_without_cards(listing: ListingCrawl, page: ListingPage, follow: NextPage | None) -> Stop:
    """Why a listing ends with an answer to "load more" that has no articles.

    An empty list is an end. So is an answer without anything once an earlier one had articles, and any answer to a URL
    that no page named.
    """
    is_first = listing.pages == 2
    if page.complete or (page.answer == "list" and follow is None):
        return Stop("complete")
    if page.answer == "else" and not listing.counted:
        return Stop("failed", "has a next page, but its answer is not a list of articles")
    if is_first and page.answer == "nothing":
        return Stop("failed", "has a next page, but its answer is empty")
    if is_first and follow is not None:
        return Stop("failed", "has a next page, but no article was found in what it loads")
    return Stop("nothing_new")


def _limit_reached(listing: ListingCrawl, page: ListingPage, facts: PageFacts, limits: ListingLimits) -> Stop | None:
    """Return why no further page is wanted, although the listing has one. ``None`` if a further page is wanted."""
    if listing.resume_state is None and facts.known_below:
        return Stop("known")
    if limits.max_pages is not None and listing.pages >= limits.max_pages:
        return Stop("max_pages")
    # In the browser a page shows the cards of all earlier pages again.
    cards = facts.new_urls if listing.tab is not None else len(page.cards)
    leads_to_period = page.next is not None and page.next.period
    nothing_new = listing.pages_without_new_urls >= MAX_PAGES_WITHOUT_NEW_URLS or (listing.pages > 1 and not cards)
    if nothing_new and not leads_to_period:
        return (
            Stop("nothing_new")
            if listing.seen
            else Stop("failed", "has a next page, but no article was found on either")
        )
    if facts.beyond_range or facts.older_pages >= MAX_OLDER_PAGES:
        return Stop("since")
    if listing.urls_without_article >= MAX_URLS_WITHOUT_ARTICLE:
        count = listing.urls_without_article
        return Stop("failed", f"has more pages, but {count} consecutive URLs led to no new article")
    if listing.pages >= MAX_PAGES:
        return Stop("failed", f"has more after {MAX_PAGES} pages. Limit the crawl with since")
    return None
