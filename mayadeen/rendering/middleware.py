"""Listings that load more by script: opened in a browser, clicked and scrolled, and read as they grow.

The browser has no network. The crawler's own engine fetches what a page requests and hands it over. So robots.txt,
throttle, user agent, retries and limits are the same as for any other request, and no other host gets a request.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse

from mayadeen.crawling.listing_crawl import ListingTab
from mayadeen.crawling.session import CrawlSession, required_session
from mayadeen.crawling.signals import tab_closed
from mayadeen.extras import install_command
from mayadeen.rendering.errors import NoBrowser, RenderingFailed

if TYPE_CHECKING:
    from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

    from mayadeen.rendering.page_requests import PageRequests
    from mayadeen.rendering.tab import Tab

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 30.0
"""Seconds that pages have to close."""


class RenderingMiddleware:
    """Answers requests for a ``ListingTab`` from the browser, which starts with the first of them."""

    def __init__(self, crawler: Crawler, session: CrawlSession) -> None:
        self.crawler = crawler
        self.tabs: dict[int, Tab] = {}
        self.unusable: NoBrowser | None = None
        self.handler: ScrapyPlaywrightDownloadHandler | None = None
        self.requests: PageRequests | None = None
        self.import_error = ""
        # It logs every start and end, also in runs that render nothing.
        logging.getLogger("scrapy-playwright").setLevel(logging.WARNING)
        try:
            from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

            from mayadeen.rendering.page_requests import PageRequests
        except ImportError as error:
            self.import_error = str(error)
            return
        # It is not in DOWNLOAD_HANDLERS: there, one handler for each scheme would start a browser of its own.
        self.handler = ScrapyPlaywrightDownloadHandler.from_crawler(crawler)
        self.handler.config.launch_options["executable_path"] = crawler.settings["MAYADEEN_CHROMIUM"]
        self.requests = PageRequests(crawler, session)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        rendering = cls(crawler, required_session(crawler))
        crawler.signals.connect(rendering.tab_closed, signal=tab_closed)
        crawler.signals.connect(rendering.close, signal=signals.spider_closed)
        return rendering

    async def process_request(self, request: Request) -> HtmlResponse | None:
        """Open the listing in the browser or make it grow, and return the page as it is then."""
        wanted = request.meta.get("mayadeen_tab")
        if not isinstance(wanted, ListingTab):
            return None
        if self.unusable is not None:
            raise self.unusable
        try:
            if self.handler is None or self.requests is None:
                raise NoBrowser(
                    f"scrapy-playwright cannot be used ({self.import_error}). "
                    f"Install it with: {install_command('browser')}"
                )
            return await self._render(request, wanted, self.handler, self.requests)
        except NoBrowser as error:
            if self.unusable is None:
                self.unusable = error
                logger.error("Listings that load more by script are left out: %s", error)
            raise

    async def _render(
        self, request: Request, wanted: ListingTab, handler: ScrapyPlaywrightDownloadHandler, requests: PageRequests
    ) -> HtmlResponse:
        from playwright.async_api import Error

        from mayadeen.rendering.browser import first_line
        from mayadeen.rendering.tab import Tab

        tab = self.tabs.get(wanted.number)
        if tab is None:
            tab = self.tabs[wanted.number] = Tab(wanted.url, wanted.source)
        tab.busy = True
        tab.requests.clear()
        try:
            if tab.page is None:
                await tab.open(handler, self.crawler.settings["USER_AGENT"], requests.answer)
                self.crawler.stats.inc_value("rendering/opened")
            if wanted.click:
                await tab.grow(wanted.control)
            url, body = await tab.snapshot()
            return HtmlResponse(url, body=body, encoding="utf-8", request=request)
        except Error as error:
            tab.end()
            raise RenderingFailed(f"the browser reports: {first_line(error)}") from None
        except BaseException:
            tab.end()
            raise
        finally:
            tab.busy = False

    def tab_closed(self, number: int) -> None:
        """Close a listing's page, which is not needed any more."""
        if (tab := self.tabs.get(number)) is not None:
            tab.end()
            if tab.closing is None:
                del self.tabs[number]
            else:
                tab.closing.add_done_callback(lambda _: self.tabs.pop(number, None))

    async def close(self) -> None:
        """Close pages, browser and driver."""
        tabs = list(self.tabs.values())
        for tab in tabs:
            tab.end()
        if closing := [tab.closing for tab in tabs if tab.closing is not None]:
            await asyncio.wait(closing, timeout=CLOSE_SECONDS)
        self.tabs.clear()
        if self.handler is not None:
            await self.handler.close()
            self.handler = None
