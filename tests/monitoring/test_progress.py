"""The state of a run in one line."""

from __future__ import annotations

from types import SimpleNamespace

from scrapy.utils.test import get_crawler

from mayadeen.crawling.arguments import Arguments
from mayadeen.monitoring.progress import Progress


def test_line() -> None:
    crawler = get_crawler()
    crawler.spider = SimpleNamespace(arguments=Arguments(limit=100))  # type: ignore[assignment]
    for key, value in {"articles/written": 30, "listings/ended": 2, "listings/asked": 12, "listings/pages": 7}.items():
        crawler.stats.set_value(key, value)
    progress = Progress.from_crawler(crawler)
    line = progress.line()
    assert line.startswith("30 articles · 0 rejects · 2/12 listings · 7 pages · ")
    assert line.endswith(" left")
