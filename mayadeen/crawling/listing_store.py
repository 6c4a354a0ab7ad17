"""Stores how far listings are crawled, for a run that resumes this run and for the next crawl."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mayadeen.crawling.completeness import incompleteness
from mayadeen.crawling.listing_crawl import WITHOUT_ARTICLE, ListingCrawl
from mayadeen.crawling.outcomes import UrlOutcome, UrlSource
from mayadeen.extraction.dates import utc_string
from mayadeen.extraction.listing import Card
from mayadeen.storage.queue import KnownListing

if TYPE_CHECKING:
    from mayadeen.crawling.session import CrawlSession

logger = logging.getLogger(__name__)

NEWEST_PAGES = 3
"""Pages of a listing whose URLs the next crawl looks for. One of its pages ends among them, at any page size."""
_COVERING = ("complete", "nothing_new", "loop", "since", "known")
"""Reasons of an end that leave nothing above it unseen."""
_SAVED = (
    "kind", "pages", "first_page_size", "pages_without_new_urls", "ended", "fragment", "newest_urls", "requested",
)  # fmt: skip


class ListingStore:
    """The listings of a run, and their state in the database."""

    def __init__(self, session: CrawlSession) -> None:
        self.session = session
        self.crawls: list[ListingCrawl] = []
        self.is_planned = False

    def plan(self) -> None:
        """Store all listings planned so far at once. A run that resumes this run need not find them again."""
        self.is_planned = True
        with self.session.state.transaction():
            for listing in self.crawls:
                if listing.number not in self.session.crawl.listings:
                    self.save(listing)

    def add(self, listing: ListingCrawl) -> None:
        """Add a listing, and store it if the plan was stored before."""
        self.crawls.append(listing)
        if self.is_planned:
            self.save(listing)

    def save(self, listing: ListingCrawl) -> None:
        """Store how far a listing is crawled."""
        if listing.resume_state is not None:
            return
        public = self.session.addresses.public
        saved: dict[str, Any] = {name: getattr(listing, name) for name in _SAVED}
        saved["section"] = [listing.section.label, listing.section.group, listing.section.path]
        saved["url"], saved["previous_url"] = public(listing.url), listing.previous_url and public(listing.previous_url)
        cover = listing.joined_cover
        saved["joined_cover"] = cover and [cover.newest_urls, cover.since]
        saved["tab"] = listing.tab is not None
        self.session.state.queue.save_listing_crawl(self.session.crawl, listing.number, saved)

    def load(self, listing: ListingCrawl, number: int, saved: dict[str, Any]) -> None:
        """Give a listing the state in which the interrupted run left it."""
        listing.number, listing.requested = number, saved["requested"]
        listing.newest_urls, listing.first_page_size = saved["newest_urls"], saved["first_page_size"]
        listing.ended = saved["ended"] if saved["ended"] not in ("failed", "script_only", "incomplete") else None
        if saved["joined_cover"]:
            listing.joined_cover = KnownListing(tuple(saved["joined_cover"][0]), saved["joined_cover"][1])
        # A page that the browser extended is loaded and extended again from its start.
        if saved["pages"] and not saved["tab"] and not listing.ended:
            listing.resume_state = saved
            listing.seen_before_resume = frozenset(self.session.state.queue.listed(self.session.crawl, number))
            listing.seen = set(listing.seen_before_resume)
            listing.positions_before_resume = len(listing.seen)

    def resume(self, listing: ListingCrawl) -> None:
        """Continue a listing at the page where it was interrupted."""
        assert listing.resume_state is not None
        saved, listing.resume_state, listing.seen_before_resume = listing.resume_state, None, frozenset()
        listing.pages, listing.first_page_size = saved["pages"], saved["first_page_size"]
        listing.pages_without_new_urls = saved["pages_without_new_urls"]
        listing.fragment, listing.previous_url = saved["fragment"], saved["previous_url"]
        listing.url = self.session.addresses.fetchable(saved["url"])
        self.store_held(listing)

    def store_held(self, listing: ListingCrawl) -> None:
        """Store the URLs that a listing held back until it reached the page where it was interrupted."""
        held, listing.held_urls = listing.held_urls, []
        for url, fetch_url, via in held:
            done = url not in self.session.outcomes.pending
            self.session.articles.store_listed(url, fetch_url, via, listing, done=done)

    def note_outcome(self, source: UrlSource, outcome: UrlOutcome) -> None:
        """Count consecutive URLs of a listing that led to no new article."""
        if isinstance(source, ListingCrawl):
            met_before = outcome == "unchanged" and self.session.arguments.mode == "new"
            without = outcome in WITHOUT_ARTICLE or met_before
            source.urls_without_article = source.urls_without_article + 1 if without else 0

    # --- from one crawl to the next ------------------------------------------------------------------------------

    def known_below(self, listing: ListingCrawl, cards: Sequence[Card]) -> KnownListing | None:
        """Return the cover of an earlier crawl that a page reaches, or ``None``. Everything below it is known.

        The page's last two cards decide, because pinned cards stay at the top of a listing. If the dates of a listing
        do not descend, it is not in order of time, and its crawl continues.
        """
        session = self.session
        mode = session.arguments.mode
        # Not every article is known by its listing. To revisit the articles of a listing, the listing is crawled.
        if mode == "full" or (mode == "refresh" and session.is_narrow) or not cards:
            return None
        if listing.covers is None:
            listing.covers = session.state.queue.known_listings(
                session.addresses.canonical(listing.first_url), self._kinds
            )
        dates = [card.date for card in cards if card.date is not None and not card.date_is_latest]
        rises = sum(later > earlier for earlier, later in pairwise(dates))
        if 4 * rises > len(dates):
            return None
        since = session.arguments.since
        tail = {session.addresses.canonical(card.url) for card in cards[-2:]}
        for cover in listing.covers:
            if tail.issubset(cover.newest_urls) and (
                cover.since is None or (since and utc_string(since) >= cover.since)
            ):
                return cover
        return None

    @property
    def _kinds(self) -> str:
        return ",".join(sorted(self.session.arguments.kinds))

    def store_covers(self) -> None:
        """Store how far down each listing is known, if its crawl left no gap."""
        arguments = self.session.arguments
        for listing in self.crawls:
            if listing.ended not in _COVERING or listing.pending or not listing.newest_urls or arguments.until:
                continue
            since = arguments.since
            partly = since and (listing.ended == "since" or listing.outcomes["out_of_range"])
            bound = utc_string(since) if since and partly else None
            below: tuple[str, ...] = ()
            if listing.joined_cover is not None:
                bound = bound or listing.joined_cover.since
                below = listing.joined_cover.newest_urls
            newest = tuple(dict.fromkeys([*listing.newest_urls, *below]))[: NEWEST_PAGES * listing.first_page_size]
            url = self.session.addresses.canonical(listing.first_url)
            self.session.state.queue.save_known_listing(
                url, self._kinds, KnownListing(newest, bound), self.session.now()
            )

    def check_completeness(self, earlier: Mapping[str, Sequence[int]]) -> None:
        """Mark the listings that ended as complete, but are not complete by the figures on the site.

        ``earlier`` has the numbers of articles that earlier complete crawls found, by the URL of the listing.
        """
        lengths = Counter(listing.largest_page for listing in self.crawls)
        longest_first = sorted(lengths, reverse=True)
        for listing in self.crawls:
            # The longest page of the other listings.
            longest = next((n for n in longest_first if lengths[n] > (n == listing.largest_page)), 0)
            trouble = incompleteness(listing, longest_page=longest, earlier=earlier.get(listing.first_url, ()))
            if trouble:
                listing.ended = "incomplete"
                url = self.session.addresses.fetchable(listing.first_url)
                listing.trouble = f"{listing.name} ({url}) {trouble}"
                self.session.crawler.stats.inc_value("listings/ended/incomplete")
                logger.warning("listing %s", listing.trouble)
