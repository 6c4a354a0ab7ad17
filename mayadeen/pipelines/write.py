"""Writes the project's own feeds: articles as JSON Lines and CSV, all other records as JSON Lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Self

from scrapy.crawler import Crawler
from scrapy.exporters import BaseItemExporter

from mayadeen.arguments import Arguments, data_dir
from mayadeen.exporters import ArticleCsvExporter, RecordLinesExporter
from mayadeen.items import Article, AuthorProfile, Headline, Reject
from mayadeen.tally import Settled

Formats = dict[str, Callable[..., BaseItemExporter]]
"""Ending of the file's name → what writes it."""

_LINES: Formats = {"jsonl": RecordLinesExporter}
FEEDS: dict[type, tuple[str, Formats]] = {
    Article: ("articles", {**_LINES, "csv": ArticleCsvExporter}),
    AuthorProfile: ("authors", _LINES),
    Headline: ("headlines", _LINES),
    Reject: ("rejects", _LINES),
}
"""Record → the folder and the formats it is written in."""


def file_name(start: datetime, job: str | None, extension: str) -> str:
    """What all files of a run are called that began at ``start``."""
    stamp = f"{start:%Y%m%dT%H%M%S}.{start.microsecond // 1000:03d}Z"
    return f"{stamp}{f'-{job}' if job else ''}.{extension}"


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
        self.start = start
        for name in others:
            self._add(start, name)

    def _add(self, start: datetime, extension: str) -> None:
        path = self.folder / file_name(start, self.job, extension)
        file = path.open("xb")
        exporter = self.formats[extension](file, encoding="utf-8")
        exporter.start_exporting()
        self._open.append((file, exporter))
        self.paths.append(path)


class Write:
    """Writes every record to its folder of the data folder, and ends the run at its ``limit``.

    Rejects go no further, nor does what is not the spider's ``main_record``: no ``-O`` file mixes kinds. Articles
    beyond the limit, which were on their way when it was reached, are dropped and counted; profiles do not count.
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
        self.main: type = getattr(self.crawler.spider, "main_record", Article)
        self.feeds: dict[type, Feed] = {}
        self._start = datetime.now(UTC)
        self.crawler.stats.set_value("run/start", self._start)
        self._job: str | None = arguments.job

    def close_spider(self) -> None:
        for feed in self.feeds.values():
            feed.close()

    def process_item(self, item: Any) -> Any:
        """Write the item and pass it on; raise ``Settled`` for what goes no further, and beyond the limit."""
        stats = self.crawler.stats
        if isinstance(item, Reject):
            self._write(item)
            stats.inc_value(f"rejects/written/{item.stage}")
            why = f"{item.violations[0]['path']}: {item.violations[0]['message']}" if item.violations else item.stage
            raise Settled("rejected", f"reject {item.url}: {why}", "WARNING", why)
        if type(item) not in FEEDS:
            return item
        counts = not isinstance(item, AuthorProfile)
        if counts and self.limit is not None and self.written >= self.limit:
            stats.inc_value(f"{FEEDS[type(item)][0]}/over_limit")
            raise Settled("over_limit", f"beyond limit={self.limit}: {item.url}", "DEBUG")
        self._write(item)
        self.written += counts
        if counts and self.written == self.limit:
            # Not awaited here: the spider closes once this very record has gone through.
            self._closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="limit"))
        if not isinstance(item, self.main):
            raise Settled("written", f"written, and not of the main records: {item.url}", "DEBUG")
        return item

    def _write(self, item: Any) -> None:
        name, formats = FEEDS[type(item)]
        if type(item) not in self.feeds:
            self.feeds[type(item)] = Feed(data_dir(self.crawler.settings) / name, formats, self._start, self._job)
        feed = self.feeds[type(item)]
        feed.write(item)
        if len(self.feeds) == 1:  # all files of the run bear the name that its first one got
            self._start = feed.start
            self.crawler.stats.set_value("run/start", self._start)
        self.crawler.stats.inc_value(f"{name}/written")
        self.crawler.stats.set_value(f"{name}/path", str(feed.paths[0]))
