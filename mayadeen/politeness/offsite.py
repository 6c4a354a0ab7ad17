"""Keeps requests on the site, redirects included."""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from mayadeen.spiders.base import ListingSpider


class Offsite(IgnoreRequest):
    """The request would have left the site."""


class OffsiteMiddleware:
    """Refuses requests to hosts that are not the edition's; of the site's other hosts pictures are had, and the
    robots.txt that rules over them.

    In place of Scrapy's own, which drops what a redirect leads to without a word to the spider: here the request's
    errback gets ``Offsite`` and counts it.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> Request | None:
        """Refuse a request that leaves the site. One for the public host goes to the mirror that is crawled instead."""
        spider = self.crawler.spider
        if not isinstance(spider, ListingSpider):
            return None
        if spider.addresses.is_site(request.url):
            own = spider.addresses.at_mirror(request.url)
            return None if own == request.url else request.replace(url=own)
        # Only the robots.txt middleware's own requests do not obey it.
        for_picture = "image" in request.meta or request.meta.get("dont_obey_robotstxt")
        if not for_picture or spider.addresses.image(request.url) != request.url:
            raise Offsite(f"not on the site: {request.url}")
        return None
