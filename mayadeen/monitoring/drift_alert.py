"""The alarm: a run on whose pages a field is not what it was ends short, and says where to look."""

from __future__ import annotations

from collections.abc import Container
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler

from mayadeen.crawling.signals import session_opened
from mayadeen.monitoring.drift import Verdict, alarms, command, judge
from mayadeen.spiders.base import ListingSpider
from mayadeen.storage.errors import StateError


class DriftAlert:
    """Holds what was read against what earlier runs read, before ``Ending`` decides how the run ended."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.verdict = Verdict()
        self.alarms: list[dict[str, Any]] = []
        self._looked_at: int | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        alarm = cls(crawler)
        crawler.signals.connect(alarm.session_opened, signal=session_opened)
        crawler.signals.connect(alarm.spider_idle, signal=signals.spider_idle)
        crawler.signals.connect(alarm.spider_closed, signal=signals.spider_closed)
        return alarm

    def session_opened(self) -> None:
        """Until something is read, all alarms stand."""
        spider: ListingSpider = self.crawler.spider  # type: ignore[assignment]
        try:
            self._stand(spider, settled=set())
        except StateError as error:
            spider.stop(error)

    def spider_idle(self, spider: Spider) -> None:
        """Decide before the finish reason is."""
        if isinstance(spider, ListingSpider) and spider.memory.begun and spider.memory.error is None:
            try:
                self._look(spider)
            except StateError as error:
                spider.stop(error)

    def spider_closed(self, spider: Spider) -> None:
        """Decide, and keep what was read for later runs."""
        if not isinstance(spider, ListingSpider) or not spider.memory.begun or spider.memory.error is not None:
            return
        memory = spider.memory
        try:
            self._look(spider)
            if spider.measure.readings:
                edition = spider.arguments.edition.code
                memory.state.drift.save(
                    edition,
                    memory.crawl.run,
                    spider.measure.readings,
                    fine=self.verdict.fine,
                    doubted=self.verdict.doubted,
                    lost={(lost.name, lost.aspect) for lost in self.verdict.lost},
                    alarms=self.alarms,
                )
        except StateError as error:
            spider.error = spider.error or error

    def _look(self, spider: ListingSpider) -> None:
        readings = spider.measure.readings
        if len(readings) == self._looked_at:
            return
        self._looked_at = len(readings)
        state, run, edition = spider.memory.state, spider.memory.crawl.run, spider.arguments.edition.code
        self.verdict = judge(run, readings, state.drift.readings(edition), state.drift.doubts(edition))
        runs = {run for lost in self.verdict.lost for run in (lost.first, lost.last_good) if run is not None}
        self.alarms = alarms(self.verdict, state.runs.started_at(runs))
        stats = self.crawler.stats
        stats.set_value("alarms/count", len(self.alarms))
        stats.set_value("alarms/found", self.alarms)
        stats.set_value("alarms/accepted_by", command(edition, "--accept"))
        settled = {name for name, _ in self.verdict.fine} | {lost.name for lost in self.verdict.lost}
        self._stand(spider, settled)

    def _stand(self, spider: ListingSpider, settled: Container[str]) -> None:
        """Say which alarms of earlier runs this one neither raises nor ends."""
        found = spider.memory.state.drift.alarms(spider.arguments.edition.code)
        standing = [{"field": a["field"], "since": a["since"]} for a in found if a["field"] not in settled]
        self.crawler.stats.set_value("alarms/standing", standing)
