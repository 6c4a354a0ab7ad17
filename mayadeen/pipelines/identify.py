"""Lets one record of an article, or of an author, through."""

from __future__ import annotations

from typing import Any, Self

from scrapy.crawler import Crawler

from mayadeen.items import Article, AuthorProfile
from mayadeen.tally import Settled


class Identify:
    """Drops a second record of the same id in a run: one article, or author, that two addresses lead to."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.seen: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Any) -> Any:
        """Pass the item on; raise ``Settled`` for an article or author whose id was seen in this run."""
        if isinstance(item, (Article, AuthorProfile)):
            if item.id in self.seen:
                folder = "articles" if isinstance(item, Article) else "authors"
                self.crawler.stats.inc_value(f"{folder}/skipped/duplicate")
                raise Settled("duplicate", f"second record of {item.id}: {item.url}", "DEBUG")
            self.seen.add(item.id)
        return item
