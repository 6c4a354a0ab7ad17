"""Show the progress of a run: a live line on a terminal, else a log line every minute."""

from __future__ import annotations

import logging
import sys
from time import monotonic
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text
from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.utils.asyncio import create_looping_call
from scrapy.utils.log import get_scrapy_root_handler

from mayadeen.crawling.session import session_of

logger = logging.getLogger(__name__)

LIVE_INTERVAL = 0.5


class Progress:
    """Shows finished listings, listing pages, articles, rejects, the rate, and with a limit the time left."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.live: Live | None = None
        self.task: Any = None
        self.started = monotonic()
        self._handler: Any = None
        self._stream: Any = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        progress = cls(crawler)
        crawler.signals.connect(progress.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(progress.spider_closed, signal=signals.spider_closed)
        return progress

    def spider_opened(self, spider: Spider) -> None:
        self.started = monotonic()
        settings = self.crawler.settings
        if sys.stderr.isatty() and settings.getbool("LOG_ENABLED") and not settings["LOG_FILE"]:
            self._go_live()
            interval = LIVE_INTERVAL
        else:
            interval = settings.getfloat("LOGSTATS_INTERVAL")
        if interval:
            self.task = create_looping_call(self.show)
            self.task.start(interval, now=False)

    def _go_live(self) -> None:
        self.live = Live(console=Console(stderr=True, soft_wrap=True), auto_refresh=False, transient=True)
        self.live.start()
        # Rich prints above its display what is written to the new sys.stderr, so log lines must go there.
        handler = get_scrapy_root_handler()
        if isinstance(handler, logging.StreamHandler):
            self._handler = handler
            self._stream = handler.setStream(sys.stderr)

    def show(self) -> None:
        if self.live is not None:
            self.live.update(Text(self.line(), no_wrap=True, overflow="ellipsis"), refresh=True)
        else:
            logger.info("%s", self.line())

    def line(self) -> str:
        """Return the state of the run in one line."""
        get = self.crawler.stats.get_value
        articles = get("articles/written", 0)
        elapsed = monotonic() - self.started
        rate = articles / elapsed if elapsed > 0 else 0.0
        parts = [
            f"{articles} articles",
            f"{get('rejects/written', 0)} rejects",
            f"{get('listings/ended', 0)}/{get('listings/asked', 0)} listings",
            f"{get('listings/pages', 0)} pages",
            f"{60 * rate:.0f}/min",
        ]
        limit = session.arguments.limit if (session := session_of(self.crawler)) is not None else None
        if limit and rate:
            left = max(limit - articles, 0) / rate
            parts.append(f"{int(left // 60)}:{int(left % 60):02d} left")
        return " · ".join(parts)

    def spider_closed(self) -> None:
        if self.task is not None and self.task.running:
            self.task.stop()
        if self._handler is not None and self._stream is not None:
            self._handler.setStream(self._stream)
        if self.live is not None:
            self.live.stop()
