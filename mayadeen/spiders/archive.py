"""``scrapy crawl archive``: the site's articles by its sitemaps, and by its listings where those have holes."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse, Response
from scrapy.robotstxt import ProtegoRobotParser, RobotParser
from twisted.python.failure import Failure

from mayadeen.crawling import arguments
from mayadeen.crawling.completeness import COMPLETE_ENDS, missing_days
from mayadeen.crawling.listing_crawl import MAX_PAGES_WITHOUT_NEW_URLS, ListingCrawl, Stop
from mayadeen.crawling.outcomes import UrlSource
from mayadeen.crawling.publication_range import PublicationRange
from mayadeen.extraction import listing
from mayadeen.extraction.dates import BEIRUT
from mayadeen.extraction.sitemap import MAX_BYTES, Entry, Malformed, Month, is_sitemap, month_of, read_sitemap
from mayadeen.items import Discovery
from mayadeen.politeness.handler import RunStopped
from mayadeen.site.editions import Section
from mayadeen.spiders.articles import ArticlesSpider
from mayadeen.spiders.base import EXAMPLES, failure_reason

logger = logging.getLogger(__name__)

INDEX = "/sitemaps/all.xml"
FEED = "/rss"
MAX_SITEMAPS = 5000
"""So many are read: the site has one a month, and an index may name indexes without end."""

_DAY = timedelta(days=1)
FEED_REACH = 2 * _DAY
"""A feed shows the newest posts only: where ``until`` lies further back than this, it is not asked for."""


@dataclass(eq=False, kw_only=True)
class Sitemap(UrlSource):
    """A sitemap, index or feed; ``position`` counts the entries read. ``neighbour``: only to know what it lists.
    ``root``: named by robots.txt, or the site's index."""

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
        """Why a sitemap that was read to its end is of no use, or ``None`` where it is."""
        if self.kind == "feed" or self.children:
            return None
        if self.listed and self.skipped["offsite"] == self.listed:
            return f"none of its {self.listed} addresses is on the site"
        if not self.listed and (self.month is not None or self.root):
            return "it lists nothing"
        return None


class ArchiveSpider(ArticlesSpider):
    """Every post of the sitemaps of the months within ``since`` and ``until``, newest month first.

    The last UTC day of a month is missing from its sitemap. When all sitemaps have been read, the sections' listings
    are walked for those days, for months whose sitemap could not be read, or for everything where none could.
    """

    name = "archive"
    accepted = arguments.ARCHIVE

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.now = datetime.now(UTC)
        self.known: set[str] = set()
        self.days: dict[str, date] = {}
        self.gaps: list[tuple[date, date]] | None = None
        self._roots: list[str] = []
        self._sitemaps: deque[Sitemap] = deque()
        self._open: deque[Sitemap] = deque()
        self._requested: set[str] = set()
        self._months_read: set[Month] = set()
        self._all_read = True
        self._begun = False
        self._filling = False
        self._all_months_read = True
        self._held: dict[ListingCrawl, list[tuple[listing.Card, Discovery]]] = {}
        self._sighted: set[ListingCrawl] = set()
        self._astray: dict[ListingCrawl, int] = {}
        self.only_in_listings: list[str] = []
        self.only_in_sitemaps: list[str] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.robots_parsed, signal=signals.robots_parsed)
        return spider

    def robots_parsed(self, robotparser: RobotParser) -> None:
        """Keep the sitemaps that robots.txt names."""
        if isinstance(robotparser, ProtegoRobotParser):
            self._roots = list(dict.fromkeys(robotparser.rp.sitemaps))

    # --- sitemaps ------------------------------------------------------------------------------------------------

    async def begin(self, front_page: HtmlResponse | None) -> AsyncIterator[Request]:
        """Begin with the feed and the sitemaps; the listings are laid out for later."""
        self.know_menu()
        for section in self.menu.sections:
            self.lay_out(section, "section")
        self._begun = True
        until = self.arguments.until
        if until is None or self.now - until < FEED_REACH:
            self.add(FEED, "feed")
        for url in self._roots or [INDEX]:
            self.add(url, root=True)
        self.take_again()
        for request in self.release():
            yield request

    def add(
        self, href: str, kind: Literal["sitemap", "feed"] = "sitemap", *, neighbour: bool = False, root: bool = False
    ) -> None:
        """Put a sitemap in the queue, unless it was there before or lies elsewhere."""
        url = self.addresses.resolve(href, f"{self.addresses.base_url}/")
        on_site = url is not None and self.addresses.is_site(url)
        url = self.addresses.fetchable(url) if url is not None and on_site else href
        if url in self._requested:
            return
        if len(self._requested) >= MAX_SITEMAPS:
            if not self.stats.get_value("sitemaps/too_many"):
                over = Sitemap(kind=kind, label="further sitemaps", first_url=url, neighbour=neighbour)
                self.origins.append(over)
                self.unread(over, f"more than {MAX_SITEMAPS} sitemaps are named")
            self.stats.inc_value("sitemaps/too_many")
            return
        self._requested.add(url)
        label = urlsplit(url).path if on_site else url
        sitemap = Sitemap(kind=kind, label=label, first_url=url, neighbour=neighbour, root=root)
        self.origins.append(sitemap)
        if on_site:
            self._sitemaps.append(sitemap)
        else:
            self.unread(sitemap, "it is not on the site")

    def release(self) -> Iterator[Request]:
        """Articles, then the next sitemap, and when all have been read the listings."""
        yield from super().release()
        if self._sitemaps and self.running_low and not self._listings_out:  # one at a time keeps the newest first
            self._listings_out += 1
            sitemap = self._sitemaps.popleft()
            yield Request(
                sitemap.first_url,
                callback=self.parse_sitemap,
                errback=self.sitemap_failed,
                cb_kwargs={"sitemap": sitemap},
                meta={"download_maxsize": MAX_BYTES, "download_warnsize": 0, "may_be_refused": True},
            )
        if self.all_sitemaps_read and not self._filling and self.running_low:
            self._filling = True
            self.fill()
            yield from super().release()

    @property
    def all_sitemaps_read(self) -> bool:
        """Whether the sitemaps have told all they know; not before the front page was read."""
        return self._begun and not (self._sitemaps or self._open or self._listings_out)

    def parse_sitemap(self, response: Response, sitemap: Sitemap) -> Iterator[Request]:
        """Open a sitemap; its addresses are read as they are wanted."""
        self._listings_out -= 1
        sitemap.pages = 1
        sitemap.entries = read_sitemap(response.body)
        self._open.append(sitemap)
        yield from self.release()

    def sitemap_failed(self, failure: Failure) -> Iterator[Request]:
        """Do without a sitemap that could not be had."""
        self._listings_out -= 1
        if isinstance(failure.value, RunStopped):
            return
        self.unread(failure.request.cb_kwargs["sitemap"], failure_reason(failure)[1])  # type: ignore[attr-defined]
        yield from self.release()

    def unread(self, sitemap: Sitemap, why: str) -> None:
        """Note that a sitemap or feed could not be read, or not to its end."""
        sitemap.ended, sitemap.trouble = "failed", f"{sitemap.first_url}: {why}"
        if sitemap.kind == "feed" or sitemap.neighbour:
            logger.info("%s %s not read (%s); done without", sitemap.kind, sitemap.first_url, why)
            self.stats.inc_value("feeds/failed" if sitemap.kind == "feed" else "sitemaps/neighbours_failed")
            return
        logger.warning("sitemap %s not read (%s); the listings take over", sitemap.first_url, why)
        self.stats.inc_value("sitemaps/failed")
        if self.stats.get_value("sitemaps/failed_first") is None:
            self.stats.set_value("sitemaps/failed_first", sitemap.trouble)
        if sitemap.month is None:
            self._all_read = False
        else:
            self._months_read.discard(sitemap.month)

    def refill(self) -> bool:
        """Read on in the open sitemaps until one gives an article to ask for, after what a run before left."""
        if super().refill():
            return True
        while self._open and not self._found:
            sitemap = self._open[0]
            try:
                entry = next(sitemap.entries, None)
            except Malformed as error:
                self.unread(sitemap, str(error))
                entry = None
            else:
                if entry is None and (why := sitemap.nothing_usable):
                    self.unread(sitemap, why)
                elif entry is None:
                    sitemap.ended = "complete"
                    self.stats.inc_value("feeds/read" if sitemap.kind == "feed" else "sitemaps/read")
            if entry is not None:
                self.take(entry, sitemap)
            else:
                self._open.popleft()
                sitemap.seen = set()  # of use only while it is read
                self.choose_children(sitemap.children)
        return bool(self._found)

    def take(self, entry: Entry, sitemap: Sitemap) -> None:
        """Ask for what an address stands for, if it is wanted."""
        sitemap.position += 1
        if entry.kind == "index" or (entry.kind == "sitemap" and is_sitemap(entry.url)):
            sitemap.children.append(entry.url)
            return
        url = self.addresses.resolve(entry.url, sitemap.first_url)
        on_site = url is not None and self.addresses.is_site(url)
        address = self.addresses.canonical(url) if url is not None and on_site else entry.url
        if not sitemap.lists(address):
            return
        if url is None or not on_site:
            self.pass_over("offsite", address, sitemap)
        elif self.is_listing(url) or not self.addresses.may_be_article(url):
            self.pass_over("address", address, sitemap)
        else:
            if entry.kind == "sitemap":
                self.known.add(address)
                if not self.ranged and (at := entry.published or entry.changed):
                    self.days[address] = at.date()
            if sitemap.neighbour or self.outside(entry, sitemap.month):
                sitemap.count("out_of_range")
            else:
                kind: Literal["sitemap", "feed"] = "sitemap" if entry.kind == "sitemap" else "feed"
                self.ask(
                    url, Discovery(kind=kind, url=sitemap.first_url, position=sitemap.position), None, origin=sitemap
                )

    def pass_over(self, reason: str, address: str, sitemap: Sitemap) -> None:
        """Count what a sitemap lists and is never asked for, being no article."""
        logger.info("skipped (%s): %s", reason, address)
        sitemap.count("skipped", reason)
        self.give_example("skipped", address, reason)

    def outside(self, entry: Entry, month: Month | None) -> bool:
        """Whether a URL was surely published outside the range, give or take a day: never after its change.

        Times that cannot be true are not used: in the future, or outside the month that the sitemap is about.
        """
        since, until = self.arguments.since, self.arguments.until
        published, changed = entry.published, entry.changed
        start, end = (_next_start(_previous(month)), _next_start(month)) if month else (None, self.now)
        if published and (published > end + _DAY or (start and published < start - _DAY)):
            published = None
        if changed and (changed > self.now + _DAY or (start and changed < start - _DAY)):
            changed = None
        latest = published or changed
        if since is not None and latest is not None and latest < since - _DAY:
            return True
        return until is not None and published is not None and published > until + _DAY

    def choose_children(self, urls: list[str]) -> None:
        """Put an index's sitemaps in the queue: those of no month first, then the months in range, newest first."""
        months = {url: month for url in urls if (month := month_of(url))}
        for url in urls:
            if url not in months:
                self.add(url)
        since, until = self.arguments.since, self.arguments.until
        first = _month(since) if since else min(months.values(), default=(0, 0))
        last = _month(until) if until else max(months.values(), default=(0, 0))
        for url, month in sorted(months.items(), key=lambda item: item[1], reverse=True):
            if first <= month <= last:
                self._months_read.add(month)
                self.add(url)
            else:
                self.stats.inc_value("sitemaps/out_of_range")
        if until is None or until < _next_start(last) - _DAY:
            return
        # Posts of the hole's last hours are shown with the next day's date, in Beirut. What the next month's sitemap
        # lists is not among them, and need not be fetched to find that out.
        for url in (url for url, month in months.items() if month == _next(last)):
            logger.info("sitemap %s is read too, to tell the last day of the month before from its first day", url)
            self.add(url, neighbour=True)

    # --- the hole ------------------------------------------------------------------------------------------------

    @property
    def ranged(self) -> bool:
        return self.arguments.since is not None or self.arguments.until is not None

    def fill(self) -> None:
        """Set out the listings for what the sitemaps lack; they are walked whole where no range bounds them."""
        if self.ranged and self._all_read and self._months_read:
            self.gaps = self.holes()
            if not self.gaps:
                logger.info("no last day of a month lies in the range: the listings are not needed")
                return
            logger.info("listings are walked for %s", ", ".join(f"{first} to {last}" for first, last in self.gaps))
        self.memory.plan()
        self.set_out(self.walks)

    @property
    def all_walked(self) -> bool:
        return self._filling and super().all_walked

    @property
    def comparison(self) -> dict[str, Any] | None:
        if not self.known or not any(walk.pages for walk in self.walks):
            return None
        get = self.stats.get_value
        return {
            "only_in_sitemaps": {"count": get("archive/only_in_sitemaps"), "examples": self.only_in_sitemaps},
            "only_in_listings": {"count": get("archive/only_in_listings", 0), "examples": self.only_in_listings},
        }

    def holes(self) -> list[tuple[date, date]]:
        """The days, in Beirut, of which the sitemaps read tell nothing: last UTC days of months, or whole months."""
        since = self.arguments.since or _next_start(_previous(min(self._months_read)))
        until = min(self.arguments.until or self.now, self.now)
        found = []
        month = _month(since)
        while month <= _month(until):
            end = _next_start(month)
            start = end - _DAY
            if month not in self._months_read:
                self._all_months_read = False
                start = _next_start(_previous(month))
            start, end = max(start, since), min(end - timedelta(seconds=1), until)
            if start <= end:
                found.append((start.astimezone(BEIRUT).date(), end.astimezone(BEIRUT).date()))
            month = _next(month)
        return found

    def ask(self, url: str, discovery: Discovery, section: Section | None, *, origin: UrlSource) -> None:
        """Ask for an article, and count it where only a listing had it."""
        if isinstance(origin, ListingCrawl) and (address := self.addresses.canonical(url)) not in self.seen:
            self.stats.inc_value("archive/only_in_listings")
            if len(self.only_in_listings) < EXAMPLES:
                self.only_in_listings.append(address)
        super().ask(url, discovery, section, origin=origin)

    @property
    def range(self) -> PublicationRange:
        gaps = None if self.gaps is None else tuple(self.gaps)
        return PublicationRange(self.arguments.since, self.arguments.until, gaps)

    def follow(self, card: listing.Card, discovery: Discovery, walk: ListingCrawl) -> None:
        """Ask for what only the listing has. A card without a date is in the range where known ones stand around it."""
        if self.addresses.canonical(card.url) in self.known:
            walk.count("elsewhere")
            self._sighted.add(walk)
            for held in self._held.pop(walk, ()):
                super().follow(*held, walk)
        elif card.date is not None or not self.bracketed:
            super().follow(card, discovery, walk)
        elif self.in_sight(walk):
            self._held.setdefault(walk, []).append((card, discovery))
        else:
            walk.count("out_of_range")

    @property
    def bracketed(self) -> bool:
        """Whether only last days of months are looked for, so that the sitemaps list what was published around them."""
        return self.gaps is not None and self._all_months_read

    def in_sight(self, walk: ListingCrawl) -> bool:
        """Whether a listing has come to the range: from its start, or when it showed what a sitemap lists."""
        return self.arguments.until is None or walk in self._sighted

    def beyond_range(self, walk: ListingCrawl, cards: Collection[listing.Card]) -> bool:
        """End a listing also after consecutive pages without dates that show nothing the sitemaps list."""
        if super().beyond_range(walk, cards):
            return True
        if self.arguments.since is None or not self.bracketed or not cards or any(card.date for card in cards):
            return False
        lost = all(self.addresses.canonical(card.url) not in self.known for card in cards)
        self._astray[walk] = self._astray.get(walk, 0) + 1 if lost and self.in_sight(walk) else 0
        return self._astray[walk] >= MAX_PAGES_WITHOUT_NEW_URLS

    def end_listing(self, walk: ListingCrawl, stop: Stop) -> None:
        """Count what was held back in vain, and once all listings are walked, what only the sitemaps had."""
        super().end_listing(walk, stop)
        for _ in self._held.pop(walk, ()):
            walk.count("out_of_range")
        walked_whole = all(walk.ended and walk.ended != "known" for walk in self.walks)
        if self.known and not self.ranged and self.arguments.max_pages is None and walked_whole:
            listed = set[str]().union(*(walk.seen for walk in self.walks))
            lacked = sorted(self.known - listed)
            self.only_in_sitemaps = lacked[:EXAMPLES]
            self.stats.set_value("archive/only_in_sitemaps", len(lacked))
            all_read = all(walk.ended in (*COMPLETE_ENDS, "empty") for walk in self.walks)
            if all_read and (days := missing_days(self.days, listed)):
                self.stats.set_value("archive/missing_days", [day.isoformat() for day in days])


def _month(at: datetime) -> Month:
    at = at.astimezone(UTC)
    return at.year, at.month


def _next(month: Month) -> Month:
    return (month[0], month[1] + 1) if month[1] < 12 else (month[0] + 1, 1)


def _previous(month: Month) -> Month:
    return (month[0], month[1] - 1) if month[1] > 1 else (month[0] - 1, 12)


def _next_start(month: Month) -> datetime:
    """The instant at which a month is over."""
    return datetime(*_next(month), 1, tzinfo=UTC)
