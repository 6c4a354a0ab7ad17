"""What ``-o``, ``-O`` and ``FEEDS`` name, opened once the data folder is the run's."""

from __future__ import annotations

from typing import Self

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.extensions.feedexport import FeedExporter

from mayadeen.crawling.signals import session_opened
from mayadeen.spiders.base import ListingSpider


class FeedExport(FeedExporter):
    """Scrapy's exporter, which opens its files when the run starts: one that is refused must not empty an ``-O`` file.

    The walker has it open them when it has the data folder.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        exporter = super().from_crawler(crawler)
        crawler.signals.connect(exporter.open_spider, session_opened)
        return exporter

    def open_spider(self, spider: Spider) -> None:
        if not isinstance(spider, ListingSpider) or spider.memory.opened:
            super().open_spider(spider)
