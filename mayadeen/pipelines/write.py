"""Writing of records: first to the state, then to the feeds."""

from __future__ import annotations

import asyncio
from typing import Any, Self

from scrapy.crawler import Crawler

from mayadeen.crawling.arguments import data_dir
from mayadeen.crawling.outcomes import RecordDropped
from mayadeen.crawling.session import CrawlSession, required_session
from mayadeen.items import Article, Headline, Reject
from mayadeen.storage.errors import StateError, no_space
from mayadeen.storage.feeds import FOLDERS, Feed, json_line


class Write:
    """Writes every record, stores its post in the same transaction, and ends the run at its ``limit``.

    Only the spider's ``main_record`` is passed on, so no ``-O`` file mixes kinds. Articles that were in flight when the
    limit was reached are dropped and counted. Only articles and headlines count towards the limit.
    """

    def __init__(self, crawler: Crawler, session: CrawlSession) -> None:
        self.crawler = crawler
        self.session = session
        self.written = 0
        self.feeds: dict[str, Feed] = {}
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler, required_session(crawler))

    def close_spider(self) -> None:
        try:
            for feed in self.feeds.values():
                feed.close()
        except OSError as error:
            self.session.error = self.session.error or no_space(error, data_dir(self.crawler.settings))

    def process_item(self, item: Any) -> Any:
        """Write the item and return it. Raises ``RecordDropped`` for other records, and beyond the limit."""
        stats = self.crawler.stats
        if type(item) not in FOLDERS:
            return item
        limit = self.session.arguments.limit
        counts = isinstance(item, (Article, Headline))
        if counts and limit is not None and self.written >= limit:
            stats.inc_value(f"{FOLDERS[type(item)]}/over_limit")
            raise RecordDropped("over_limit", f"beyond limit={limit}: {item.url}", "DEBUG")
        self._write(item, FOLDERS[type(item)])
        if isinstance(item, Reject):
            stats.inc_value(f"rejects/written/{item.stage}")
            why = f"{item.violations[0]['path']}: {item.violations[0]['message']}" if item.violations else item.stage
            raise RecordDropped("rejected", f"reject {item.url}: {why}", "WARNING", why)
        self.written += counts
        if counts and self.written == limit:
            # Not awaited: the spider closes only after this record has left the pipelines.
            self._closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="limit"))
        if not isinstance(item, self.session.profile.main_record):
            raise RecordDropped("written", f"written, and not a main record: {item.url}", "DEBUG")
        return item

    def _write(self, item: Any, folder: str) -> None:
        data = data_dir(self.crawler.settings)
        line = json_line(item)
        try:
            with self.session.state.transaction():
                self.session.state.outbox.add(self.session.crawl.run, folder, line)
                self.session.articles.store(item)
                if isinstance(item, Article) and self.session.arguments.limit is not None:
                    self.session.state.runs.count_article(self.session.crawl)
            if folder not in self.feeds:
                bom = self.crawler.settings.getbool("MAYADEEN_CSV_BOM")
                self.feeds[folder] = Feed(data, folder, self.session.run_id, csv_bom=bom)
            self.feeds[folder].write(line, vars(item))
        except (OSError, StateError) as error:
            self.session.stop(error if isinstance(error, StateError) else no_space(error, data))
            raise RecordDropped("not_fetched", f"not written: {item.url}", "DEBUG") from None
        self.crawler.stats.inc_value(f"{folder}/written")
        if isinstance(item, Article) and item.revision > 1:
            self.crawler.stats.inc_value("articles/revised")
        self.crawler.stats.set_value(f"{folder}/path", str(self.feeds[folder].paths[0]))
