"""Writes the project's own feeds: articles as JSON Lines and CSV, rejects as JSON Lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from scrapy.exporters import BaseItemExporter, JsonLinesItemExporter

from mayadeen.arguments import Arguments, data_dir
from mayadeen.exporters import ArticleCsvExporter
from mayadeen.items import Article, Reject

Formats = dict[str, Callable[..., BaseItemExporter]]
"""Ending of the file's name → what writes it."""


class Feed:
    """One file a format in one folder, made when the first record comes, flushed after every record."""

    def __init__(self, folder: Path, formats: Formats, start: datetime, job: str | None) -> None:
        self.folder = folder
        self.formats = formats
        self.start = start
        self.job = job
        self.paths: list[Path] = []
        self._open: list[tuple[IO[bytes], BaseItemExporter]] = []

    def write(self, item: Any) -> None:
        if not self._open:
            self._create()
        for file, exporter in self._open:
            exporter.export_item(item)
            file.flush()

    def close(self) -> None:
        for file, exporter in self._open:
            exporter.finish_exporting()
            file.close()
        self._open = []

    def _create(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        first, *others = self.formats
        start = self.start
        while True:
            try:
                self._add(start, first)
                break
            except FileExistsError:  # another run began in the same millisecond
                start += timedelta(milliseconds=1)
        for name in others:
            self._add(start, name)

    def _add(self, start: datetime, extension: str) -> None:
        stamp = f"{start:%Y%m%dT%H%M%S}.{start.microsecond // 1000:03d}Z"
        path = self.folder / f"{stamp}{f'-{self.job}' if self.job else ''}.{extension}"
        file = path.open("xb")
        exporter = self.formats[extension](file, encoding="utf-8")
        exporter.start_exporting()
        self._open.append((file, exporter))
        self.paths.append(path)


class Write:
    """Writes articles and rejects to the data folder, and ends the run at its ``limit``.

    Rejects go no further: no ``-O`` file holds one. Articles beyond the limit, which were on their way when it was
    reached, are dropped and counted.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.written = 0
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def open_spider(self) -> None:
        arguments = getattr(self.crawler.spider, "arguments", None) or Arguments()
        self.limit: int | None = arguments.limit
        self.articles: Feed | None = None
        self.rejects: Feed | None = None
        self._start = datetime.now(UTC)
        self._job: str | None = arguments.job

    def close_spider(self) -> None:
        for feed in (self.articles, self.rejects):
            if feed is not None:
                feed.close()

    def process_item(self, item: Any) -> Any:
        """Write the item and pass it on; raise ``DropItem`` for rejects and beyond the limit."""
        stats = self.crawler.stats
        if isinstance(item, Reject):
            self.rejects = self.rejects or self._feed("rejects", {"jsonl": JsonLinesItemExporter})
            self.rejects.write(item)
            stats.inc_value("rejects/written")
            stats.inc_value(f"rejects/written/{item.stage}")
            stats.set_value("rejects/path", str(self.rejects.paths[0]))
            why = f"{item.violations[0]['path']}: {item.violations[0]['message']}" if item.violations else item.stage
            raise DropItem(f"reject {item.url}: {why}", log_level="WARNING")
        if not isinstance(item, Article):
            return item
        if self.limit is not None and self.written >= self.limit:
            stats.inc_value("articles/over_limit")
            raise DropItem(f"beyond limit={self.limit}: {item.url}", log_level="DEBUG")
        self.articles = self.articles or self._feed(
            "articles", {"jsonl": JsonLinesItemExporter, "csv": ArticleCsvExporter}
        )
        self.articles.write(item)
        self.written += 1
        stats.inc_value("articles/written")
        stats.set_value("articles/path", str(self.articles.paths[0]))
        if self.written == self.limit:
            # Not awaited here: the spider closes once this very record has gone through.
            self._closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="limit"))
        return item

    def _feed(self, name: str, formats: Formats) -> Feed:
        return Feed(data_dir(self.crawler.settings) / name, formats, self._start, self._job)
