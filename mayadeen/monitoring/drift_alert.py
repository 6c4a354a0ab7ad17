"""Drift alerts: a run whose pages lost a field ends as incomplete, and names the code to fix."""

from __future__ import annotations

from collections.abc import Container
from contextlib import suppress
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler

from mayadeen.crawling.session import CrawlSession, required_session
from mayadeen.crawling.signals import article_page_read, session_opened
from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dom import PageError
from mayadeen.items import Article, Discovery
from mayadeen.monitoring.drift import Verdict, judge
from mayadeen.monitoring.drift_messages import describe_alerts, drift_alerts, drift_command
from mayadeen.monitoring.field_sampler import FieldSampler
from mayadeen.storage.errors import StateError

MAX_ALERTS = 2
"""Maximum alerts described in full in the last line. The report has all."""


class DriftAlert:
    """Compares the readings of the run with those of earlier runs, before the run's result is decided."""

    def __init__(self, crawler: Crawler, session: CrawlSession) -> None:
        self.crawler = crawler
        self.session = session
        self.sampler = FieldSampler()
        self.verdict = Verdict()
        self.alerts: list[dict[str, Any]] = []
        self._looked_at: int | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        alert = cls(crawler, required_session(crawler))
        crawler.signals.connect(alert.session_opened, signal=session_opened)
        crawler.signals.connect(alert.page_read, signal=article_page_read)
        crawler.signals.connect(alert.spider_idle, signal=signals.spider_idle)
        crawler.signals.connect(alert.spider_closed, signal=signals.spider_closed)
        return alert

    def session_opened(self) -> None:
        """Until a page is read, all alerts of earlier runs are open."""
        try:
            self._note_open(settled=set())
        except StateError as error:
            self.session.stop(error)

    def page_read(self, page: ArticlePage, article: Article | None, discovery: Discovery, url: str) -> None:
        """Sample an article's page. A page that is too costly to sample is not sampled."""
        undated = article is None or article.published_at is None
        known = self.session.articles.published_at(url) if undated else None
        with suppress(PageError), bounded():
            self.sampler.add(page, article, discovery["kind"], known)

    def spider_idle(self) -> None:
        """Decide before the finish reason is decided."""
        if self._is_usable:
            try:
                self._look()
            except StateError as error:
                self.session.stop(error)

    def spider_closed(self) -> None:
        """Decide, and store the readings for later runs."""
        if not self._is_usable:
            return
        session = self.session
        try:
            self._look()
            if self.sampler.readings:
                edition = session.arguments.edition.code
                session.state.drift.save(
                    edition,
                    session.crawl.run,
                    self.sampler.readings,
                    fine=self.verdict.fine,
                    doubted=self.verdict.doubted,
                    lost={(lost.name, lost.aspect) for lost in self.verdict.lost},
                    alarms=self.alerts,
                )
        except StateError as error:
            session.error = session.error or error

    @property
    def _is_usable(self) -> bool:
        return self.session.begun and self.session.failure is None

    def _look(self) -> None:
        readings = self.sampler.readings
        if len(readings) == self._looked_at:
            return
        self._looked_at = len(readings)
        session = self.session
        state, run, edition = session.state, session.crawl.run, session.arguments.edition.code
        self.verdict = judge(run, readings, state.drift.readings(edition), state.drift.doubts(edition))
        runs = {run for lost in self.verdict.lost for run in (lost.first, lost.last_good) if run is not None}
        self.alerts = drift_alerts(self.verdict, state.runs.started_at(runs))
        session.result.drift_alerts = self.alerts
        session.result.drift_text = None
        if self.alerts:
            session.result.drift_text = (
                f"the layout of the pages has changed: {describe_alerts(self.alerts, MAX_ALERTS)}. "
                f"If the site is meant to be so now, `{drift_command(edition, '--accept')}`"
            )
        settled = {name for name, _ in self.verdict.fine} | {lost.name for lost in self.verdict.lost}
        self._note_open(settled)

    def _note_open(self, settled: Container[str]) -> None:
        """Note which alerts of earlier runs this one neither raises nor ends."""
        found = self.session.state.drift.alarms(self.session.arguments.edition.code)
        self.session.result.open_alerts = [
            {"field": a["field"], "since": a["since"]} for a in found if a["field"] not in settled
        ]
