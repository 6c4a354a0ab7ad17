"""Stores pages that were read to find a name. A later request for such a page uses the stored response."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response

from mayadeen.crawling.failure_reasons import RunStopped
from mayadeen.extraction.dates import utc_string

logger = logging.getLogger(__name__)

MAX_BYTES = 2 * 1024 * 1024
"""Maximum size of a stored page. A hundred of these pages must fit into memory."""


class PrefetchedPages:
    """Fetches pages outside the schedule and keeps them, each with the time of its fetch."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.pages: dict[str, tuple[Response, str]] = {}

    async def fetch(self, url: str) -> Response | None:
        """Return the response for a fetchable URL, with any status, or ``None`` if the request failed."""
        if url in self.pages:
            return self.pages[url][0]
        try:
            response = await self.crawler.engine.download_async(Request(url))
        except (CloseSpider, RunStopped):
            raise
        except Exception as error:  # A download can fail with any error. The search continues on other pages.
            logger.warning("Page not read in search of names (%s): %s", " ".join(str(error).split()), url)
            self.crawler.stats.inc_value("lookup/failed")
            return None
        if response.status == 200 and response.url == url and len(response.body) <= MAX_BYTES:
            self.pages[url] = response, utc_string(datetime.now(UTC))
        return response

    def pop(self, url: str) -> tuple[Response, str] | None:
        """Remove the page of a URL from the store, and return it with the time of its fetch."""
        return self.pages.pop(url, None)


class PrefetchedMiddleware:
    """Answers a request with the page that was fetched before, and puts its time into ``mayadeen_fetched_at``."""

    def __init__(self, crawler: Crawler, pages: PrefetchedPages) -> None:
        self.crawler = crawler
        self.pages = pages

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        from mayadeen.crawling.session import required_session

        session = required_session(crawler)
        return cls(crawler, session.prefetched)

    def process_request(self, request: Request) -> Response | None:
        page = self.pages.pop(request.url)
        if page is None:
            return None
        response, fetched_at = page
        request.meta["mayadeen_fetched_at"] = response.meta.get("mayadeen_fetched_at", fetched_at)
        self.crawler.stats.inc_value("lookup/used_again")
        return response.replace(request=request)
