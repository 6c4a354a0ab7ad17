"""Decides which request is sent next."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from scrapy import Request, Spider, signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider

from mayadeen.crawling.listing_crawl import ListingCrawl
from mayadeen.crawling.outcomes import UrlSource
from mayadeen.storage.errors import StateError

if TYPE_CHECKING:
    from mayadeen.crawling.session import CrawlSession

logger = logging.getLogger(__name__)

MAX_TABS = 2
"""Maximum listings open in the browser at a time. More are hardly faster on two cores, and each needs 150 MB."""

Feeder = Callable[[], bool]
"""Function that adds work to the scheduler, without a request. Returns ``False`` if it added nothing."""


class CrawlScheduler(BaseScheduler):
    """Returns few requests at a time, so that a run stops at its limit without unnecessary requests.

    The order is: repeats and redirects, then articles, then pages that list articles if few articles are queued. When
    no article is queued, feeders are called one after another. They read their own sources lazily.

    An article is in flight until its outcome is recorded, even after its page has arrived. So ``limit`` is exact.
    Invariant: ``next_request`` never returns ``None`` while work is pending and nothing is in flight.
    Spiders without a session get their requests in the order of arrival.
    """

    def __init__(self, session: CrawlSession | None = None) -> None:
        self.session = session
        self.concurrency = 1
        self.feeders: list[Feeder] = []
        self._repeats: deque[Request] = deque()
        self._articles: deque[Request] = deque()
        self._pages: deque[tuple[UrlSource, Request]] = deque()
        self._pages_in_flight: set[UrlSource] = set()
        self._tabs: set[int] = set()
        self._stopped = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        from mayadeen.crawling.session import session_of

        session = session_of(crawler)
        if session is None or not isinstance(session.scheduler, cls):
            return cls()
        crawler.signals.connect(session.scheduler.spider_idle, signal=signals.spider_idle)
        return session.scheduler

    # --- Scrapy's interface --------------------------------------------------------------------------------------

    def open(self, spider: Spider) -> None:
        """Do nothing, because the queues are in memory."""

    def close(self, reason: str) -> None:
        """Do nothing, because the queues are in memory."""

    def enqueue_request(self, request: Request) -> bool:
        """Accept a request from the engine: the first request, a repeat or a redirect. It is sent first."""
        self._repeats.append(request)
        return True

    def has_pending_requests(self) -> bool:
        """Whether ``next_request`` would return a request if nothing were in flight."""
        if self._repeats or self._stopped:
            return True
        return not self._limit_reached and self._guarded_feed()

    def next_request(self) -> Request | None:
        """Return the next request, or ``None`` if no request may be sent now."""
        if self._repeats:
            return self._repeats.popleft()
        if self._limit_reached or self._stopped:
            return None
        if self._articles_in_flight < self._articles_wanted:
            self._guarded_feed()
            if self._articles:
                request = self._articles.popleft()
                assert self.session is not None
                self.session.outcomes.in_flight.add(request.meta["mayadeen_url"])
                return request
        return self._next_page() if self._running_low else None

    def spider_idle(self) -> None:
        """Continue if a request got lost, for example because a middleware dropped it in silence."""
        if self.session is None:
            return
        lost = len(self.session.outcomes.in_flight) + len(self._pages_in_flight)
        self.session.outcomes.in_flight.clear()
        self._pages_in_flight.clear()
        if lost and self.has_pending_requests():
            logger.warning("Requests without an outcome, and nothing in flight: %d", lost)
            raise DontCloseSpider

    # --- what the crawl adds -------------------------------------------------------------------------------------

    def add_article(self, request: Request) -> None:
        """Queue an article. Its canonical URL is ``mayadeen_url`` in the request's meta."""
        self._articles.append(request)

    def add_page(self, source: UrlSource, request: Request) -> None:
        """Queue the next page of a listing, or a sitemap."""
        self._pages.append((source, request))

    def page_arrived(self, source: UrlSource) -> None:
        """Note that a page, or an error in its place, has arrived."""
        self._pages_in_flight.discard(source)

    def tab_closed(self, number: int) -> None:
        """Note that a listing has left the browser."""
        self._tabs.discard(number)

    def stop(self) -> None:
        """Return no further request, because SIGINT is about to end the run. Queued requests stay pending."""
        self._stopped = True

    @property
    def pages_done(self) -> bool:
        """Whether no page that lists articles is queued or in flight."""
        return not (self._pages or self._pages_in_flight)

    @property
    def has_articles(self) -> bool:
        """Whether an article is queued."""
        return bool(self._articles)

    # --- limits --------------------------------------------------------------------------------------------------

    @property
    def _remaining(self) -> int | None:
        """How many articles may still be written."""
        if self.session is None or self.session.arguments.limit is None:
            return None
        written: int = self.session.crawler.stats.get_value("articles/written", 0)
        return self.session.arguments.limit - written

    @property
    def _limit_reached(self) -> bool:
        remaining = self._remaining
        return remaining is not None and remaining <= 0

    @property
    def _articles_wanted(self) -> int:
        """How many articles may be in flight."""
        remaining, most = self._remaining, 2 * self.concurrency
        return most if remaining is None else min(most, remaining)

    @property
    def _articles_in_flight(self) -> int:
        return len(self.session.outcomes.in_flight) if self.session is not None else 0

    @property
    def _running_low(self) -> bool:
        """Whether a further page that lists articles is wanted."""
        pages_wanted = max(self.concurrency // 4, 1)
        if len(self._pages_in_flight) >= pages_wanted:
            return False
        return self._articles_in_flight + len(self._articles) < self._articles_wanted

    def _next_page(self) -> Request | None:
        """Return the first queued page that the browser has a free tab for, or that needs no browser."""
        for n, (source, request) in enumerate(self._pages):
            tab = source.tab if isinstance(source, ListingCrawl) else None
            if tab is None or tab.number in self._tabs or len(self._tabs) < MAX_TABS:
                del self._pages[n]
                if tab is not None:
                    self._tabs.add(tab.number)
                self._pages_in_flight.add(source)
                return request
        return None

    def _guarded_feed(self) -> bool:
        """Call the feeders if no article is queued. Returns whether anything is queued."""
        try:
            for feeder in self.feeders:
                while not self._articles and feeder():
                    pass
        except StateError as error:  # The engine would only log it.
            assert self.session is not None
            self.session.stop(error)
            return False
        return bool(self._articles or self._pages)
