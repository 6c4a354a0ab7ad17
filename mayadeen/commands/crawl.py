"""``scrapy crawl``: Scrapy's own, with an exit status and a last line that say how the run ended."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from importlib import import_module

from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.crawler import Crawler

from mayadeen.crawling.arguments import nearest, usage_error
from mayadeen.crawling.run_result import DONE, FAILED, INCOMPLETE, SEPARATOR
from mayadeen.monitoring.logformatter import harmless


class Command(ScrapyCrawl):
    """Exits 0 when the run did what was asked, 1 when it could not start or crashed, 3 when it is incomplete."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.crawler_process is not None
        if len(args) != 1:
            raise usage_error("crawl", " ".join(args), "is not the name of one spider", "Use scrapy crawl articles")
        name = args[0]
        known = self.crawler_process.spider_loader.list()
        if name not in known:
            raise usage_error("crawl", name, "is not a spider", nearest(name, known))
        # Scrapy's download handler inspects the call stack while it is imported. Within the reactor that takes long.
        import_module("mayadeen.politeness.handler")
        crawler = self._create_crawler(name)
        # All together: one that is called as a parameter of Scrapy's own functions would break them.
        self.crawler_process.crawl(crawler, opts.spargs)
        self.crawler_process.start()
        self._end(name, *self._ending(crawler))

    def _ending(self, crawler: Crawler) -> tuple[int, str]:
        assert self.crawler_process is not None
        from mayadeen.crawling.session import session_of

        stats = crawler.stats.get_stats() if crawler._stats is not None else {}
        session = session_of(crawler)
        if session is not None and session.result.status is not None:
            status, text = session.result.status, str(session.result.text)
            # A copy that is stored elsewhere fails only after the run has ended.
            late = [copy for copy in session.result.failed_copies if copy not in text]
            if late and status in (DONE, INCOMPLETE):
                return INCOMPLETE, f"incomplete (exit {INCOMPLETE}): copy not written: {SEPARATOR.join([*late, text])}"
            return status, text
        if self.crawler_process.bootstrap_failed or "start_time" not in stats:
            return self._crashed(crawler)
        return INCOMPLETE, f"incomplete (exit {INCOMPLETE}): stopped before it could close its files. Run it again"

    def _crashed(self, crawler: Crawler) -> tuple[int, str]:
        """Write report and metrics of a run that could not start."""
        from mayadeen.crawling.session import session_of
        from mayadeen.monitoring.metrics import Metrics
        from mayadeen.monitoring.report import Report

        status, text = FAILED, "could not start. The log has the error"
        session = session_of(crawler)
        if crawler._stats is not None and session is not None:
            session.started = True
            session.result.status, session.result.text = status, text
            Report(crawler, session).spider_closed("start_error")
            Metrics(crawler, session).spider_closed()
        return status, text

    def _end(self, name: str, status: int, text: str) -> None:
        self.exitcode = status
        with suppress(OSError):  # no process reads any more, as when Scrapyd was killed
            print(harmless(f"{name}: {text}"), file=sys.stderr, flush=True)
