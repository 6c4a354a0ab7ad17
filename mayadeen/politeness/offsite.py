"""Keeps requests on the site, redirects included."""

from __future__ import annotations

from typing import Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares import offsite

from mayadeen.crawling.failure_reasons import Offsite
from mayadeen.crawling.session import CrawlSession, required_session


class OffsiteMiddleware(offsite.OffsiteMiddleware):
    """Scrapy's middleware, which also calls the errback of the request with ``Offsite``.

    Only the edition's host is allowed, and of the site's other hosts images and their robots.txt. No request is exempt.
    Scrapy's own class drops the target of a redirect without a signal to the spider, and exempts ``dont_filter``.
    """

    session: CrawlSession

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        session = required_session(crawler)
        middleware = cls(crawler.stats)
        middleware.crawler, middleware.session = crawler, session
        return middleware

    def process_request(  # type: ignore[override]  # a middleware may return a request, which Scrapy's own never does
        self, request: Request, spider: Spider | None = None
    ) -> Request | None:
        """Raise ``Offsite`` for a request that leaves the site.

        Returns another request where the URL is on a mirror or by https only, and ``None`` otherwise.
        """
        addresses = self.session.addresses
        own = addresses.to_request(request.url)
        # Only the robots.txt middleware's own requests do not obey it.
        for_image = "mayadeen_image" in request.meta or request.meta.get("dont_obey_robotstxt")
        if not addresses.is_site(request.url) and not (for_image and addresses.image(own) == own):
            self.stats.inc_value("offsite/filtered")
            raise Offsite(f"not on the site: {request.url}")
        return None if own == request.url else request.replace(url=own)
