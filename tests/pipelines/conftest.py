"""A session that is open, as the pipelines see it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scrapy.crawler import Crawler

from mayadeen.crawling.session import session_of
from mayadeen.spiders.articles import ArticlesSpider
from tests.support.sessions import make_crawler


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Crawler]]:
    """``opened(limit="3")`` ends the run before it, and returns a crawler with an open session in ``tmp_path``."""
    crawlers: list[Crawler] = []

    def make(spider: type = ArticlesSpider, **arguments: str) -> Crawler:
        if crawlers:
            session_of(crawlers[-1]).close("finished", 0, "")
        crawler = make_crawler(tmp_path, spider, **arguments)
        asyncio.run(session_of(crawler).open())
        crawlers.append(crawler)
        return crawler

    yield make
    if crawlers:
        session_of(crawlers[-1]).close("finished", 0, "")
