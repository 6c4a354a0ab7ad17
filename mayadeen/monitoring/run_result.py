"""The finish reason, exit status and last line of a run."""

from __future__ import annotations

import logging
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider

from mayadeen.crawling.arguments import max_reject_share
from mayadeen.crawling.completeness import COMPLETE_ENDS
from mayadeen.crawling.run_result import FAILED, INCOMPLETE, Decision, decide
from mayadeen.crawling.session import CrawlSession, required_session
from mayadeen.monitoring.previous_reports import complete_crawls

logger = logging.getLogger(__name__)


class RunResultExtension:
    """Calls ``decide`` when the run is idle and when it has ended, and stores the decision in the session's result."""

    def __init__(self, crawler: Crawler, session: CrawlSession) -> None:
        self.crawler = crawler
        self.session = session
        self._earlier: dict[str, list[int]] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        extension = cls(crawler, required_session(crawler))
        crawler.signals.connect(extension.spider_idle, signal=signals.spider_idle)
        crawler.signals.connect(extension.item_error, signal=signals.item_error)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def decision(self, reason: str) -> Decision:
        """Return how the run ends if it ends now for ``reason``."""
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
        """End the run as ``incomplete`` if it would end as ``finished`` without being complete."""
        if self.session.started and self.session.scheduler.pages_done:
            self.session.listings.check_completeness(self._earlier_crawls())
        if self.session.started and self.decision("finished").status == INCOMPLETE:
            raise CloseSpider("incomplete")

    def _earlier_crawls(self) -> dict[str, list[int]]:
        """Return the counts of earlier complete crawls, if any listing of this run ended as complete."""
        session = self.session
        if self._earlier is None and any(listing.ended in COMPLETE_ENDS for listing in session.listings.crawls):
            like = {
                "edition": session.arguments.edition.code,
                "base_url": session.addresses.base_url,
                "bounds": {name: session.given.get(name) for name in ("since", "until", "max_pages")},
            }
            self._earlier = complete_crawls(session.data / "reports", like, COMPLETE_ENDS)
        return self._earlier or {}

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
