"""Keeps requests on the site, redirects included."""

from __future__ import annotations

from typing import Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares import offsite
from scrapy.exceptions import IgnoreRequest

from mayadeen.spiders.base import ListingSpider


class Offsite(IgnoreRequest):
    """The request would have left the site."""


class OffsiteMiddleware(offsite.OffsiteMiddleware):
    """Scrapy's, which also tells the spider: the request's errback gets ``Offsite``.

    Only the edition's host is allowed, and of the site's other hosts images and their robots.txt. No request is exempt.
    Scrapy's own class drops the target of a redirect without a signal to the spider, and exempts ``dont_filter``.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls(crawler.stats)
        middleware.crawler = crawler
        return middleware

    def process_request(  # type: ignore[override]  # a middleware may return a request, which Scrapy's own never does
        self, request: Request, spider: Spider | None = None
    ) -> Request | None:
        """Raise ``Offsite`` for a request that leaves the site. A crawl of a mirror gets the mirror's URL instead."""
        crawled = self.crawler.spider
        assert crawled is not None
        if not self.should_follow(request, crawled):
            self.stats.inc_value("offsite/filtered")
            raise Offsite(f"not on the site: {request.url}")
        if isinstance(crawled, ListingSpider) and crawled.addresses.is_site(request.url):
            own = crawled.addresses.at_mirror(request.url)
            return None if own == request.url else request.replace(url=own)
        return None

    def should_follow(self, request: Request, spider: Spider) -> bool:
        if not isinstance(spider, ListingSpider) or spider.addresses.is_site(request.url):
            return True
        # Only the robots.txt middleware's own requests do not obey it.
        for_image = "image" in request.meta or bool(request.meta.get("dont_obey_robotstxt"))
        return for_image and spider.addresses.image(request.url) == request.url
