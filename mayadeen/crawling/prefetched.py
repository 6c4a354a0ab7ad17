"""Answers with a page that was read already, in search of a name, so that none is fetched twice."""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from mayadeen.spiders.base import ListingSpider


class PrefetchedMiddleware:
    """Gives out each page that the spider's lookup kept once; ``fetched_at`` in the meta says when it was fetched."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> Response | None:
        spider = self.crawler.spider
        kept = spider.lookup.kept.pop(request.url, None) if isinstance(spider, ListingSpider) else None
        if kept is None:
            return None
        response, fetched_at = kept
        request.meta["fetched_at"] = response.meta.get("fetched_at", fetched_at)
        self.crawler.stats.inc_value("lookup/used_again")
        return response.replace(request=request)
