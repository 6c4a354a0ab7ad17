"""A walker whose state is open, as the pipelines see it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scrapy.crawler import Crawler
from scrapy.utils.test import get_crawler

from mayadeen import settings
from mayadeen.spiders.articles import ArticlesSpider

OURS = {name: value for name, value in vars(settings).items() if name.startswith("MAYADEEN_")}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Crawler]]:
    """``opened(limit="3")`` → a crawler whose spider has begun a run in ``tmp_path``; the run before it ends."""
    crawlers: list[Crawler] = []

    def make(spider: type = ArticlesSpider, **arguments: str) -> Crawler:
        if crawlers:
            crawlers[-1].spider.memory.close("finished", 0, "")
        crawler = get_crawler(spider, settings_dict={**OURS, "MAYADEEN_DATA_DIR": str(tmp_path)})
        crawler.spider = spider.from_crawler(crawler, **arguments)
        asyncio.run(crawler.spider.memory.open(spider.lock, 0))
        crawlers.append(crawler)
        return crawler

    yield make
    if crawlers:
        crawlers[-1].spider.memory.close("finished", 0, "")
