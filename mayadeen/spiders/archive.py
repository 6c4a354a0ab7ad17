"""``scrapy crawl archive``: the articles in the site's sitemaps. Listings fill the gaps of the sitemaps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse, Response
from scrapy.robotstxt import ProtegoRobotParser, RobotParser
from twisted.python.failure import Failure

from mayadeen.crawling import arguments
from mayadeen.crawling.failure_reasons import RunStopped, failure_reason
from mayadeen.crawling.sitemap_crawl import Sitemap, SitemapCrawl
from mayadeen.extraction.sitemap import MAX_BYTES
from mayadeen.spiders.articles import ArticlesSpider


class ArchiveSpider(ArticlesSpider):
    """Every post in the sitemaps of the months within ``since`` and ``until``, newest month first.

    The last UTC day of a month is missing from its sitemap. So the spider reads all sitemaps first. Then it crawls the
    sections' listings for those days, and for months whose sitemap could not be read. If no sitemap could be read, it
    crawls the listings for all dates.
    """

    name = "archive"
    accepted = arguments.ARCHIVE

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.sitemaps: SitemapCrawl | None = None
        self._roots: list[str] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.robots_parsed, signal=signals.robots_parsed)
        return spider

    def robots_parsed(self, robotparser: RobotParser) -> None:
        """Store the URLs of the sitemaps that robots.txt names."""
        if isinstance(robotparser, ProtegoRobotParser):
            self._roots = list(dict.fromkeys(robotparser.rp.sitemaps))

    async def begin(self, front_page: HtmlResponse | None) -> AsyncIterator[Any]:
        """Queue the feed and the sitemaps. Plan the listings for later."""
        self.plan.add_menu()
        for section in self.plan.menu.sections:
            self.plan.add_listing(section, "section", queue=False)
        self.sitemaps = SitemapCrawl(self.plan, self.sitemap_request)
        self.listings.cards = self.sitemaps
        self.sitemaps.start(self._roots)
        self.session.result.comparison = self.sitemaps.comparison
        self.plan.add_retries_and_revisits()
        return
        yield

    def sitemap_request(self, sitemap: Sitemap) -> Request:
        """Return the request for a sitemap."""
        return Request(
            sitemap.first_url,
            callback=self.parse_sitemap,
            errback=self.sitemap_failed,
            cb_kwargs={"sitemap": sitemap},
            meta={"download_maxsize": MAX_BYTES, "download_warnsize": 0, "mayadeen_may_be_refused": True},
        )

    def parse_sitemap(self, response: Response, sitemap: Sitemap) -> None:
        """Open a sitemap."""
        self.session.scheduler.page_arrived(sitemap)
        assert self.sitemaps is not None
        self.sitemaps.open(sitemap, response.body)

    def sitemap_failed(self, failure: Failure) -> None:
        """Continue without a sitemap that could not be fetched."""
        sitemap: Sitemap = failure.request.cb_kwargs["sitemap"]  # type: ignore[attr-defined]
        self.session.scheduler.page_arrived(sitemap)
        if not isinstance(failure.value, RunStopped) and self.sitemaps is not None:
            self.sitemaps.not_read(sitemap, failure_reason(failure)[1])
