"""The crawl of sitemaps and the feed, and of cards of listings that sitemaps lack."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from scrapy import Request

from mayadeen.crawling.completeness import COMPLETE_ENDS, missing_days
from mayadeen.crawling.listing_crawl import MAX_PAGES_WITHOUT_NEW_URLS, ListingCrawl
from mayadeen.crawling.outcomes import MAX_EXAMPLES, UrlSource
from mayadeen.crawling.plan import CrawlPlan
from mayadeen.crawling.publication_range import ONE_DAY
from mayadeen.crawling.sitemap_coverage import SitemapCoverage
from mayadeen.extraction.cpu_limit import is_stopping
from mayadeen.extraction.listing import Card
from mayadeen.extraction.sitemap import Entry, Malformed, Month, is_sitemap, month_of, next_entry, read_sitemap
from mayadeen.items import Discovery

logger = logging.getLogger(__name__)

INDEX = "/sitemaps/all.xml"
FEED = "/rss"
MAX_SITEMAPS = 5000
"""Maximum sitemaps per run. The site has one sitemap for each month, and an index may name indexes without end."""
FEED_REACH = 2 * ONE_DAY
"""A feed shows the newest posts only. With an ``until`` longer ago than this it is not requested."""


@dataclass(eq=False, kw_only=True)
class Sitemap(UrlSource):
    """A sitemap, index or feed.

    ``position`` counts the entries read. A ``neighbour`` is only read to know its URLs. A ``root`` is named by
    robots.txt, or is the site's index.
    """

    kind: Literal["sitemap", "feed"]
    first_url: str
    neighbour: bool = False
    root: bool = False
    position: int = 0
    entries: Iterator[Entry] = field(default_factory=lambda: iter(()))
    children: list[str] = field(default_factory=list)

    @property
    def month(self) -> Month | None:
        return month_of(self.first_url)

    @property
    def nothing_usable(self) -> str | None:
        """Return why a sitemap that was read to its end has no usable URL, or ``None`` if it has one."""
        if self.kind == "feed" or self.children:
            return None
        if self.listed and self.skipped["offsite"] == self.listed:
            return f"none of its {self.listed} addresses is on the site"
        if self.month is None and not self.root:
            return None
        if not self.listed:
            return "it lists nothing"
        if self.skipped.total() == self.listed:
            return f"none of its {self.listed} addresses is an article's"
        return None


class SitemapCrawl:
    """Reads sitemaps one at a time, newest month first. Then starts the listings for the days that sitemaps lack.

    ``make_request`` makes the request for a sitemap. ``listed`` are the canonical URLs that sitemaps list.
    """

    def __init__(self, plan: CrawlPlan, make_request: Callable[[Sitemap], Request]) -> None:
        self.plan = plan
        self.session = plan.session
        self.coverage = SitemapCoverage(self.session.arguments.since, self.session.arguments.until)
        self.listed: set[str] = set()
        self.now = datetime.now(UTC)
        self._make_request = make_request
        self._queue: deque[Sitemap] = deque()
        self._open: deque[Sitemap] = deque()
        self._added: set[str] = set()
        self._listings_started = False
        self._held: dict[ListingCrawl, list[tuple[Card, Discovery]]] = {}
        self._in_range: set[ListingCrawl] = set()
        self._pages_beyond: dict[ListingCrawl, int] = {}
        self._days: dict[str, date] = {}
        self._only_in_listings: list[str] = []
        self._only_in_sitemaps: list[str] = []

    @property
    def stats(self) -> Any:
        return self.session.crawler.stats

    # --- sitemaps ------------------------------------------------------------------------------------------------

    def start(self, roots: Collection[str]) -> None:
        """Queue the feed and the sitemaps that robots.txt names, and feed the scheduler from them."""
        until = self.session.arguments.until
        if until is None or self.now - until < FEED_REACH:
            self.add(FEED, "feed")
        for url in roots or [INDEX]:
            self.add(url, root=True)
        self.session.scheduler.feeders += [self._feed_entries, self._feed_sitemap, self._feed_listings]

    def add(
        self, href: str, kind: Literal["sitemap", "feed"] = "sitemap", *, neighbour: bool = False, root: bool = False
    ) -> None:
        """Queue a sitemap, unless it was queued before. A sitemap that is not on the site counts as not read."""
        addresses = self.session.addresses
        url = addresses.resolve(href, f"{addresses.base_url}/")
        on_site = url is not None and addresses.is_site(url)
        url = addresses.fetchable(url) if url is not None and on_site else href
        if url in self._added:
            return
        sources = self.session.outcomes.sources
        if len(self._added) >= MAX_SITEMAPS:
            if not self.stats.get_value("sitemaps/too_many"):
                over = Sitemap(kind=kind, label="further sitemaps", first_url=url, neighbour=neighbour)
                sources.append(over)
                self.not_read(over, f"more than {MAX_SITEMAPS} sitemaps are named")
            self.stats.inc_value("sitemaps/too_many")
            return
        self._added.add(url)
        label = urlsplit(url).path if on_site else url
        sitemap = Sitemap(kind=kind, label=label, first_url=url, neighbour=neighbour, root=root)
        sources.append(sitemap)
        if on_site:
            self._queue.append(sitemap)
        else:
            self.not_read(sitemap, "it is not on the site")

    def open(self, sitemap: Sitemap, body: bytes) -> None:
        """Open a sitemap that has arrived. Its entries are read when they are needed."""
        sitemap.pages = 1
        sitemap.entries = read_sitemap(body)
        self._open.append(sitemap)

    def not_read(self, sitemap: Sitemap, why: str) -> None:
        """Note that a sitemap or feed could not be read, or not to its end."""
        sitemap.ended, sitemap.trouble = "failed", f"{sitemap.first_url}: {why}"
        if sitemap.kind == "feed" or sitemap.neighbour:
            logger.info("%s %s not read (%s), continuing without it", sitemap.kind, sitemap.first_url, why)
            self.stats.inc_value("feeds/failed" if sitemap.kind == "feed" else "sitemaps/neighbours_failed")
            return
        logger.warning("sitemap %s not read (%s), listings are used instead", sitemap.first_url, why)
        self.stats.inc_value("sitemaps/failed")
        result = self.session.result
        result.first_failed_sitemap = result.first_failed_sitemap or sitemap.trouble
        self.coverage.not_read(sitemap.month)

    def _feed_sitemap(self) -> bool:
        """Queue the next sitemap: one at a time keeps the newest month first."""
        if self._queue and not self._open and self.session.scheduler.pages_done:
            sitemap = self._queue.popleft()
            self.session.scheduler.add_page(sitemap, self._make_request(sitemap))
        return False

    def _feed_entries(self) -> bool:
        """Read the open sitemaps until one has an article to request."""
        scheduler = self.session.scheduler
        while self._open and not scheduler.has_articles:
            if is_stopping():
                scheduler.stop()
                return False
            sitemap = self._open[0]
            try:
                entry = next_entry(sitemap.entries)
            except Malformed as error:
                self.not_read(sitemap, str(error))
                entry = None
            else:
                if entry is None and (why := sitemap.nothing_usable):
                    self.not_read(sitemap, why)
                elif entry is None:
                    sitemap.ended = "complete"
                    self.stats.inc_value("feeds/read" if sitemap.kind == "feed" else "sitemaps/read")
            if entry is not None:
                self._add_entry(entry, sitemap)
            else:
                self._open.popleft()
                sitemap.seen = set()  # Needed only while the sitemap is read.
                self._add_children(sitemap.children)
        return scheduler.has_articles

    def _add_entry(self, entry: Entry, sitemap: Sitemap) -> None:
        """Request the article of an entry, if it is wanted."""
        addresses = self.session.addresses
        sitemap.position += 1
        if entry.kind == "index" or (entry.kind == "sitemap" and is_sitemap(entry.url)):
            sitemap.children.append(entry.url)
            return
        url = addresses.resolve(entry.url, sitemap.first_url)
        on_site = url is not None and addresses.is_site(url)
        address = addresses.canonical(url) if url is not None and on_site else entry.url
        if not sitemap.add(address):
            return
        if url is None or not on_site:
            self._skip("offsite", address, sitemap)
        elif self.plan.is_listing(url) or not addresses.may_be_article(url):
            self._skip("address", address, sitemap)
        else:
            if entry.kind == "sitemap":
                self.listed.add(address)
                if not self.coverage.has_range and (at := entry.published or entry.changed):
                    self._days[address] = at.date()
            if sitemap.neighbour or self.coverage.excludes(entry.published, entry.changed, sitemap.month, self.now):
                sitemap.count("out_of_range")
            else:
                kind: Literal["sitemap", "feed"] = "sitemap" if entry.kind == "sitemap" else "feed"
                discovery = Discovery(kind=kind, url=sitemap.first_url, position=sitemap.position)
                self.plan.request_article(url, discovery, None, sitemap)

    def _skip(self, reason: str, url: str, sitemap: Sitemap) -> None:
        """Count an entry that is never requested, because it is not an article."""
        logger.info("skipped (%s): %s", reason, url)
        sitemap.count("skipped", reason)
        self.session.outcomes.add_example("skipped", url, reason)

    def _add_children(self, urls: list[str]) -> None:
        """Queue an index's sitemaps: those without a month first, then the months in range, newest first."""
        months = {url: month for url in urls if (month := month_of(url))}
        for url in urls:
            if url not in months:
                self.add(url)
        choice = self.coverage.choose_months(months)
        for url in choice.read:
            self.add(url)
        if choice.outside:
            self.stats.inc_value("sitemaps/out_of_range", len(choice.outside))
        for url in choice.neighbours:
            logger.info("Reading sitemap %s too, to know the posts of the next month's first day", url)
            self.add(url, neighbour=True)

    # --- listings ------------------------------------------------------------------------------------------------

    def _feed_listings(self) -> bool:
        """Start the listings for the days that the sitemaps lack, when all sitemaps are read."""
        if self._listings_started or self._queue or self._open or not self.session.scheduler.pages_done:
            return False
        self._listings_started = True
        gaps = self.coverage.gaps(self.now)
        self.session.gaps = gaps
        if gaps == ():
            logger.info("No last day of a month is in the range, listings are not needed")
            return False
        if gaps:
            logger.info("Crawling listings for %s", ", ".join(f"{first} to {last}" for first, last in gaps))
        self.session.listings.plan()
        self.plan.start_listings(self.session.listings.crawls)
        return False

    def lists(self, url: str) -> bool:
        """Whether a sitemap lists a canonical URL."""
        return url in self.listed

    def request_card(self, card: Card, discovery: Discovery, listing: ListingCrawl) -> None:
        """Request an article that only the listing has.

        A card without a date is in the range if cards of posts that sitemaps list are above and below it.
        """
        if self.lists(self.session.addresses.canonical(card.url)):
            listing.count("elsewhere")
            self._in_range.add(listing)
            for held_card, held_discovery in self._held.pop(listing, ()):
                self._request(held_card, held_discovery, listing)
        elif (card.date is not None and not card.date_is_latest) or not self._only_last_days:
            self._request(card, discovery, listing)
        elif self._reached_range(listing):
            self._held.setdefault(listing, []).append((card, discovery))
        else:
            listing.count("out_of_range")

    def _request(self, card: Card, discovery: Discovery, listing: ListingCrawl) -> None:
        """Request an article, and count it if only a listing has it."""
        url = self.session.addresses.canonical(card.url)
        if url not in self.session.outcomes.seen:
            self.stats.inc_value("archive/only_in_listings")
            if len(self._only_in_listings) < MAX_EXAMPLES:
                self._only_in_listings.append(url)
        self.plan.request_article(card.url, discovery, listing.section, listing)

    @property
    def _only_last_days(self) -> bool:
        """Return whether the listings are read only for last days of months. Sitemaps list the posts around them."""
        return self.session.gaps is not None and self.coverage.whole_months

    def _reached_range(self, listing: ListingCrawl) -> bool:
        """Return whether a listing has reached the range: at its start, or after a post that a sitemap lists."""
        return self.session.arguments.until is None or listing in self._in_range

    def beyond_range(self, cards: Collection[Card], listing: ListingCrawl) -> bool:
        """Return whether consecutive pages without dates show no post that the sitemaps list."""
        dated = any(card.date and not card.date_is_latest for card in cards)
        if self.session.arguments.since is None or not self._only_last_days or not cards or dated:
            return False
        canonical = self.session.addresses.canonical
        unknown = all(canonical(card.url) not in self.listed for card in cards)
        beyond = self._pages_beyond.get(listing, 0) + 1 if unknown and self._reached_range(listing) else 0
        self._pages_beyond[listing] = beyond
        return beyond >= MAX_PAGES_WITHOUT_NEW_URLS

    def listing_ended(self, listing: ListingCrawl) -> None:
        """Count the cards held back. After the last listing, count the posts that only the sitemaps have."""
        for _ in self._held.pop(listing, ()):
            listing.count("out_of_range")
        listings = self.session.listings.crawls
        whole = all(other.ended and other.ended != "known" for other in listings)
        limited = self.coverage.has_range or self.session.arguments.max_pages is not None
        if self.listed and whole and not limited:
            seen = set[str]().union(*(other.seen for other in listings))
            lacked = sorted(self.listed - seen)
            self._only_in_sitemaps = lacked[:MAX_EXAMPLES]
            self.session.result.only_in_sitemaps = len(lacked)
            if all(other.ended in (*COMPLETE_ENDS, "empty") for other in listings):
                self.session.result.missing_days = [day.isoformat() for day in missing_days(self._days, seen)]

    def comparison(self) -> dict[str, Any] | None:
        """Return the posts that only sitemaps or only listings had, or ``None`` if not both were read."""
        if not self.listed or not any(listing.pages for listing in self.session.listings.crawls):
            return None
        return {
            "only_in_sitemaps": {"count": self.session.result.only_in_sitemaps, "examples": self._only_in_sitemaps},
            "only_in_listings": {
                "count": self.stats.get_value("archive/only_in_listings", 0),
                "examples": self._only_in_listings,
            },
        }
