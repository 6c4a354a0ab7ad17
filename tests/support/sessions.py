"""A crawler with the session of a spider, not started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler
from scrapy.utils.test import get_crawler

from mayadeen import settings
from mayadeen.spiders.articles import ArticlesSpider
from mayadeen.spiders.base import ListingSpider

OWN_SETTINGS = {name: value for name, value in vars(settings).items() if name.startswith("MAYADEEN_")}


def make_crawler(
    data: Path, spider: type[ListingSpider] = ArticlesSpider, given: dict[str, Any] | None = None, **arguments: str
) -> Crawler:
    """A crawler of ``spider`` with its ``arguments`` and the ``given`` settings, for the data folder ``data``."""
    crawler = get_crawler(spider, settings_dict={**OWN_SETTINGS, "MAYADEEN_DATA_DIR": str(data), **(given or {})})
    crawler.spider = spider.from_crawler(crawler, **arguments)
    return crawler
