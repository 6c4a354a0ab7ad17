"""Lets one record of an article through."""

from __future__ import annotations

from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from mayadeen.items import Article


class Identify:
    """Drops a second record of the same id in a run: one article that two addresses lead to."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.seen: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Any) -> Any:
        """Pass the item on; raise ``DropItem`` for an article whose id was seen in this run."""
        if isinstance(item, Article):
            if item.id in self.seen:
                self.crawler.stats.inc_value("articles/skipped/duplicate")
                raise DropItem(f"second record of {item.id}: {item.url}", log_level="DEBUG")
            self.seen.add(item.id)
        return item
