"""Gives a run its finish reason, exit status and last line."""

from __future__ import annotations

import logging
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, NotConfigured

from mayadeen.crawling.arguments import max_reject_share
from mayadeen.crawling.run_result import FAILED, INCOMPLETE, Decision, decide
from mayadeen.crawling.session import CrawlSession, session_of

logger = logging.getLogger(__name__)


class RunResultExtension:
    """Asks ``decide`` when the run is idle and when it has ended, and puts the answer into the session's result."""

    def __init__(self, crawler: Crawler, session: CrawlSession) -> None:
        self.crawler = crawler
        self.session = session

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        session = session_of(crawler)
        if session is None:
            raise NotConfigured
        extension = cls(crawler, session)
        crawler.signals.connect(extension.spider_idle, signal=signals.spider_idle)
        crawler.signals.connect(extension.item_error, signal=signals.item_error)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def decision(self, reason: str) -> Decision:
        """How a run ends that ends now for ``reason``."""
        error = self.session.failure
        return decide(
            self.session.result,
            self.crawler.stats.get_stats(),
            reason,
            0.0 if error else max_reject_share(self.crawler.settings),
            str(error) if error else None,
            self.session.outcomes.sources,
            self.session.outcomes.pending,
        )

    def spider_idle(self) -> None:
        """End as ``incomplete`` what would end as ``finished`` without being it."""
        if self.session.started and self.decision("finished").status == INCOMPLETE:
            raise CloseSpider("incomplete")

    def item_error(self) -> None:
        self.crawler.stats.inc_value("records/failed")

    def spider_closed(self, reason: str) -> None:
        """Decide, and close the session."""
        if not self.session.started:
            return
        stats = self.crawler.stats
        requests = stats.get_value("politeness_settings/requests", 0)
        received = stats.get_value("downloader/response_bytes", 0)
        logger.info("%d requests, %.1f MB received", requests, received / 1e6)
        decision = self.decision(reason)
        error = self.session.close(reason, decision.status, decision.text)
        if error is not None and decision.status != FAILED:
            decision = Decision(FAILED, str(error))
        self.session.result.status, self.session.result.text = decision.status, decision.text
