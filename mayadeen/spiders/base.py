"""The base of all spiders: crawls listings side by side, and requests each article once."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import HtmlResponse, Response, TextResponse
from twisted.python.failure import Failure

from mayadeen.crawling.arguments import BadArgument
from mayadeen.crawling.failure_reasons import GONE, RunStopped, failure_reason, status_of
from mayadeen.crawling.listing_crawl import ListingCrawl, ListingKind, Stop
from mayadeen.crawling.listing_reader import ListingReader
from mayadeen.crawling.plan import CrawlPlan
from mayadeen.crawling.session import POSTS, CrawlSession, SpiderProfile
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.listing import read_listing
from mayadeen.items import Article, Discovery
from mayadeen.rendering.errors import NoBrowser
from mayadeen.site.editions import Section
from mayadeen.storage.errors import StateError

logger = logging.getLogger(__name__)

NOT_MODIFIED = 304


class ListingSpider(Spider):
    """Crawls the listings of its arguments.

    Subclasses name their arguments in ``accepted`` and default values in ``defaults``. ``main_record`` is the type of
    record that ``-O`` writes. ``narrow`` is true if the spider covers only some articles of the site. Subclasses define
    ``parse_article``, and may override ``choose``.
    """

    accepted: Collection[str] = ()
    defaults: ClassVar[Mapping[str, str]] = {}
    main_record: type = Article
    lock: ClassVar[str] = POSTS
    narrow: ClassVar[bool] = False
    session: CrawlSession
    plan: CrawlPlan
    listings: ListingReader

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Create the spider and its session. The session stores a bad argument, and ``start`` reports it."""
        spider = super().from_crawler(crawler)
        profile = SpiderProfile(spider.name, cls.accepted, cls.defaults, cls.lock, cls.narrow, cls.main_record)
        spider.session = CrawlSession(crawler, profile, dict(*args, **kwargs))
        spider.plan = CrawlPlan(spider.session, spider)
        spider.listings = ListingReader(spider.plan)
        return spider

    # --- start ---------------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        """Open the session. Then request the front page, or only the given URLs if no listing is crawled."""
        session = self.session
        try:
            await session.open()
        except (BadArgument, StateError):
            raise CloseSpider(session.finish_reason) from None
        if session.arguments.limit == 0:  # The interrupted run was killed after it had written all records.
            raise CloseSpider("limit")
        if session.crawl.resumed:
            self.plan.resume()
        if session.arguments.urls:
            self.plan.add_given(session.arguments.urls)
        if not session.only_urls:
            yield Request(
                f"{session.addresses.base_url}/", callback=self.parse_front_page, errback=self.front_page_failed
            )

    async def parse_front_page(self, response: Response) -> AsyncIterator[Any]:
        """Read the menu and begin the listings."""
        self.plan.read_menu(response)
        async for item in self.begin(response if isinstance(response, HtmlResponse) else None):
            yield item

    async def front_page_failed(self, failure: Failure) -> AsyncIterator[Any]:
        """Continue with the built-in menu."""
        if not isinstance(failure.value, RunStopped):
            self.plan.assume_menu(failure_reason(failure)[1], failure.request.url)  # type: ignore[attr-defined]
            async for item in self.begin(None):
                yield item

    async def begin(self, front_page: HtmlResponse | None) -> AsyncIterator[Any]:
        """Queue the listings. Look up names that the menu does not have first."""
        self.plan.add_menu()
        if self.session.crawl.listings:
            self.plan.resume_names()
            sources = self.session.outcomes.sources
            self.plan.start_listings([li for li in self.session.listings.crawls if li not in sources])
        else:
            try:
                for section, kind in self.choose():
                    self.plan.add_listing(section, kind)
                if any(self.session.arguments.names.values()):
                    await self.plan.add_names(front_page)
            except BadArgument as error:
                self.session.error = error
                raise CloseSpider(self.session.finish_reason) from None
            self.session.listings.plan()
        self.plan.add_retries_and_revisits()
        return
        yield

    def choose(self) -> list[tuple[Section, ListingKind]]:
        """Return the listings to crawl, except listings of names. Raises ``BadArgument`` for an unknown section."""
        return self.plan.choose()

    # --- listings ------------------------------------------------------------------------------------------------

    def listing_request(self, listing: ListingCrawl) -> Request:
        """Return the request for the next page of a listing."""
        url, meta, headers = self.session.addresses.fetchable(listing.url), {}, {}
        if listing.tab is not None:
            url, meta = listing.tab.url, {"mayadeen_tab": replace(listing.tab)}
        elif listing.fragment:
            # Scripts send this header. Some sites answer requests without it with a whole page.
            headers = {"X-Requested-With": "XMLHttpRequest"}
        return Request(
            url,
            headers=headers,
            meta=meta,
            callback=self.parse_listing,
            errback=self.listing_failed,
            cb_kwargs={"listing": listing},
        )

    def parse_listing(self, response: Response, listing: ListingCrawl) -> Iterator[Any]:
        """Request the articles on a page of a listing, and queue the next page."""
        self.session.scheduler.page_arrived(listing)
        if self.listings.opens_in_browser(listing, response):
            assert isinstance(response, TextResponse)
            self.listings.render(listing, response)
            return
        self.listings.page_arrived(listing, response.url)
        if not isinstance(response, TextResponse):
            self.listings.end(listing, Stop("failed", "is not a text page"))
            return
        try:
            with bounded():
                page = read_listing(
                    response.text,
                    response.url,
                    self.session.addresses,
                    self.plan.listing_urls,
                    listing.folder,
                    fetched_at=datetime.now(UTC),
                    shown_page=listing.shown_page,
                )
        except PageError as error:
            self.listings.end(listing, Stop("failed", f"has a page that cannot be read: {error}"))
            return
        redirected_to = self.listings.redirected_to(listing, response)
        if listing.pages == 1 and not redirected_to:
            yield from self.parse_first_page(response, listing)
        self.listings.read(listing, page, response, redirected_to)

    def parse_first_page(self, response: TextResponse, listing: ListingCrawl) -> Iterator[Any]:
        """Yield records of a listing's first page, in addition to its cards. By default, yield none."""
        yield from ()

    def listing_failed(self, failure: Failure) -> None:
        """End a listing whose page could not be fetched."""
        listing: ListingCrawl = failure.request.cb_kwargs["listing"]  # type: ignore[attr-defined]
        self.session.scheduler.page_arrived(listing)
        if isinstance(failure.value, RunStopped):
            return
        # A further page, or a listing that an article linked to, may be gone. A listing in an argument must exist.
        if status_of(failure) in GONE and (listing.pages or not listing.requested):
            stop = Stop("not_found")
        elif isinstance(failure.value, NoBrowser):
            stop = Stop("script_only", f"loads more by script, and {failure.value}")
        else:
            stop = Stop("failed", f"failed: {failure_reason(failure)[1]}")
        self.listings.end_and_save(listing, stop)

    # --- articles ------------------------------------------------------------------------------------------------

    def article_request(self, url: str, discovery: Discovery, section: Section | None) -> Request:
        """Return the request for an article. ``mayadeen_url`` in its meta gets an outcome, also after redirects."""
        address = self.session.addresses.canonical(url)
        return Request(
            self.session.addresses.fetchable(url),
            callback=self.article,
            errback=self.article_failed,
            headers=self.session.articles.conditional_headers(address),
            cb_kwargs={"discovery": discovery, "section": section},
            meta={"mayadeen_url": address, "handle_httpstatus_list": [NOT_MODIFIED]},
        )

    def article(self, response: Response, discovery: Discovery, section: Section | None) -> Iterator[Any]:
        """Pass an article's page to ``parse_article``, unless its status or URL already decides the outcome."""
        url = response.meta["mayadeen_url"]
        yielded = False
        if response.status == NOT_MODIFIED:
            self.session.articles.store_unchanged(url)
            self.session.outcomes.record(url, "unchanged")
        elif self.plan.leads_to_listing(response):
            self.skip("listing", response)
        else:
            for item in self.parse_article(response, discovery, section):
                yielded = True
                yield item
        if not yielded:
            self.session.outcomes.in_flight.discard(url)

    def parse_article(self, response: Response, discovery: Discovery, section: Section | None) -> Iterator[Any]:
        """Yield the record of an article's page."""
        raise NotImplementedError

    def skip(self, reason: str, page: Response | Request) -> None:
        """Count a URL that is not an article."""
        logger.info("skipped (%s): %s", reason, page.url)
        self.session.outcomes.record(page.meta["mayadeen_url"], "skipped", reason)

    def article_failed(self, failure: Failure) -> Iterator[Any]:
        """Count an article that could not be fetched."""
        request: Request = failure.request  # type: ignore[attr-defined]
        url = request.meta["mayadeen_url"]
        code, text = failure_reason(failure)
        if status_of(failure) in GONE:
            logger.info("gone (%s): %s", code, request.url)
            removal = self.session.articles.removal(url, request.url, int(code))
            self.session.outcomes.record(url, "gone", text)
            if removal is not None:
                yield removal
        elif code in ("robots", "offsite"):
            self.skip(code, request)
        elif code == "ended":
            logger.info("not fetched (%s): %s", text, request.url)
        else:
            logger.error("failed (%s): %s", text, request.url)
            self.session.outcomes.record(url, "failed", text)
            self.crawler.stats.inc_value("articles/failed")
            self.crawler.stats.inc_value(f"articles/failed/{code}")
            result = self.session.result
            result.first_failed_page = result.first_failed_page or f"{request.url}: {text}"
