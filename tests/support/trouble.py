"""Extensions that make trouble at the moment that ``TROUBLE`` in the environment names, for tests of what is said then.

Moments: ``start``, ``listing``, ``fetching``, ``idle``, ``close`` (before the end is noted), ``report`` (after that).
"""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler


class Trouble:
    """Calls ``strike`` once, at the moment. Subclasses define it."""

    moments: tuple[str, ...] = ("start", "listing", "fetching", "idle", "close")

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.moment = os.environ["TROUBLE"]
        self.articles = 0
        self.struck = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        made = cls(crawler)
        for name in ("response_received", "item_scraped", "spider_idle", "spider_closed", "spider_opened"):
            crawler.signals.connect(getattr(made, name), signal=getattr(signals, name))
        return made

    def strike(self) -> None:
        raise NotImplementedError

    def at(self, moment: str) -> None:
        if moment == self.moment and moment in self.moments and not self.struck:
            self.struck = True
            self.strike()

    def spider_opened(self) -> None:
        self.at("start")

    def response_received(self, request: Any) -> None:
        if "listing" in request.cb_kwargs:
            self.at("listing")

    def item_scraped(self) -> None:
        self.articles += 1
        if self.articles == 10:
            self.at("fetching")

    def spider_idle(self) -> None:
        self.at("idle")

    def spider_closed(self) -> None:
        self.at("close")


class Full(Trouble):
    """A disk that takes nothing more: the one that has ``BALLAST``, or all of them, by a limit on files' sizes."""

    def strike(self) -> None:
        if ballast := os.environ.get("BALLAST"):
            with Path(ballast).open("wb", buffering=0) as file:
                for size in (1 << 16, 1 << 12, 1):
                    try:
                        while True:
                            file.write(b"\0" * size)
                    except OSError:
                        continue
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


class FullLate(Full):
    """The same, after the run's end is noted."""

    moments = ("report",)

    def spider_closed(self) -> None:
        self.at("report")


class Damage(Trouble):
    """Noise in the midst of the state."""

    def strike(self) -> None:
        state = self.crawler.spider.session.state  # type: ignore[union-attr]
        state.database._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        with state.path.open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(state.path.stat().st_size - 4096))
        state.database._db.execute("PRAGMA shrink_memory")  # what was read already is not read again


class Kill(Trouble):
    """The run's end without a word."""

    def strike(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)
