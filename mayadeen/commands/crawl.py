"""``scrapy crawl``: Scrapy's own, with an exit status and a last line that say how the run ended."""

from __future__ import annotations

import argparse
import sys

from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError

from mayadeen.arguments import BadArgument, nearest
from mayadeen.extensions.ending import FAILED, SHORT
from mayadeen.logformatter import harmless

_TAKEN = ("self", "crawler", "crawler_or_spidercls")
"""Names that Scrapy's own functions give to their parameters: an argument so called would break them."""


class Command(ScrapyCrawl):
    """Exits 0 when the run did what was asked, 1 when it could not start or crashed, 3 when it ended short."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.crawler_process is not None
        if len(args) != 1:
            raise UsageError(f"one spider is needed, as in: scrapy crawl articles; given: {' '.join(args) or 'none'}")
        name = args[0]
        known = self.crawler_process.spider_loader.list()
        if name not in known:
            raise UsageError(f"no spider {name!r}; {nearest(name, known)}", print_help=False)
        for taken in _TAKEN:
            if taken in opts.spargs:
                self._end(name, FAILED, str(BadArgument(taken, opts.spargs[taken], "no such argument")))
                return
        crawler = self._create_crawler(name)
        self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        self._end(name, *self._ending(crawler))

    def _ending(self, crawler: Crawler) -> tuple[int, str]:
        assert self.crawler_process is not None
        stats = crawler.stats.get_stats() if crawler._stats is not None else {}
        if "ending/status" in stats:
            return int(stats["ending/status"]), str(stats["ending/text"])
        if self.crawler_process.bootstrap_failed or "start_time" not in stats:
            return FAILED, "could not start; the error stands above"
        return SHORT, f"ended short (exit {SHORT}): stopped before it could close its files; run it again"

    def _end(self, name: str, status: int, text: str) -> None:
        self.exitcode = status
        print(harmless(f"{name}: {text}"), file=sys.stderr, flush=True)
