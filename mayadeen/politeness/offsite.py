"""Keeps requests on the site, redirects included."""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from mayadeen.crawling.failure_reasons import Offsite
from mayadeen.crawling.session import CrawlSession, session_of


class OffsiteMiddleware:
    """Refuses requests to hosts that are not the edition's; of the site's other hosts pictures are had, and the
    robots.txt that rules over them.

    In place of Scrapy's own, which drops what a redirect leads to without a word to the spider: here the request's
    errback gets ``Offsite`` and counts it.
    """

    def __init__(self, session: CrawlSession) -> None:
        self.session = session

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        session = session_of(crawler)
        if session is None:
            raise NotConfigured
        return cls(session)

    def process_request(self, request: Request) -> Request | None:
        """Refuse a request that leaves the site. One for the public host goes to the mirror that is crawled instead."""
        addresses = self.session.addresses
        if addresses.is_site(request.url):
            own = addresses.at_mirror(request.url)
            return None if own == request.url else request.replace(url=own)
        # Only the robots.txt middleware's own requests do not obey it.
        for_picture = "mayadeen_image" in request.meta or request.meta.get("dont_obey_robotstxt")
        if not for_picture or addresses.image(request.url) != request.url:
            raise Offsite(f"not on the site: {request.url}")
        return None
