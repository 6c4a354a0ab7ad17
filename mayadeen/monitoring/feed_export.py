"""Copies of the records that ``-o``, ``-O`` and ``FEEDS`` name, besides the feeds of the data folder."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from typing import IO, Any, Self
from urllib.parse import urlsplit

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.extensions.feedexport import FeedExporter, FeedSlot
from scrapy.utils.defer import ensure_awaitable
from scrapy.utils.misc import build_from_crawler, load_object

from mayadeen.crawling.session import session_of
from mayadeen.crawling.signals import session_opened

logger = logging.getLogger(__name__)


class FeedExport(FeedExporter):
    """Scrapy's exporter, with every failed copy named in the last line.

    It opens its files after the run has acquired the data folder, because a refused run must not empty an ``-O`` file.
    A copy ends at its first error. The other copies continue.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        usable = {}
        for uri, options in settings.getdict("FEEDS").items():
            try:
                _build_storage(crawler, str(uri), options)
            except Exception as error:  # a storage can fail with errors of any type
                _note_failure(crawler, str(uri), error)
            else:
                usable[uri] = options
        if len(usable) < len(settings.getdict("FEEDS")) and not settings.frozen:
            settings.set("FEEDS", usable, priority="cmdline")
        exporter = super().from_crawler(crawler)
        crawler.signals.connect(exporter.open_spider, session_opened)
        return exporter

    def open_spider(self, spider: Spider) -> None:
        session = session_of(self.crawler)
        if session is not None and not session.opened:
            return
        feeds = self.feeds
        for uri, options in feeds.items():
            self.feeds = {uri: options}
            try:
                super().open_spider(spider)
            except Exception as error:
                _note_failure(self.crawler, uri, error)
        self.feeds = feeds
        self._watch()

    def item_scraped(self, item: Any, spider: Spider) -> None:
        slots, kept = self.slots, []
        for slot in slots:
            self.slots = [slot]
            try:
                super().item_scraped(item, spider)
                if slot.file is not None:
                    slot.file.flush()
            except Exception as error:
                self._give_up(slot, error)
            else:
                kept += self.slots
        self.slots = kept
        self._watch()

    async def close_spider(self, spider: Spider) -> None:
        for slot in list(self.slots):
            try:
                slot.finish_exporting()
                if slot.file is not None:
                    slot.file.flush()
            except Exception as error:
                self.slots.remove(slot)
                self._give_up(slot, error)
        await super().close_spider(spider)

    def _give_up(self, slot: FeedSlot, error: Exception) -> None:
        _note_failure(self.crawler, slot.uri, error)
        with suppress(Exception):
            if slot.file is not None:
                slot.file.close()

    def _watch(self) -> None:
        for slot in self.slots:
            if not isinstance(slot.storage, _WatchedStorage):
                slot.storage = _WatchedStorage(slot.storage, self.crawler, slot.uri)


class _WatchedStorage:
    """A storage that records the failure to store a copy. Scrapy only logs it."""

    def __init__(self, storage: Any, crawler: Crawler, uri: str) -> None:
        self.storage = storage
        self.crawler = crawler
        self.uri = uri

    def open(self, spider: Spider) -> IO[bytes]:
        return self.storage.open(spider)  # type: ignore[no-any-return]

    def store(self, file: IO[bytes]) -> Any:
        return self._store(file)

    async def _store(self, file: IO[bytes]) -> None:
        try:
            await ensure_awaitable(self.storage.store(file))
        except Exception as error:
            _note_failure(self.crawler, self.uri, error)
            raise


def _build_storage(crawler: Crawler, uri: str, options: dict[str, Any]) -> None:
    """Make the storage of a copy once, to check that it can be used. Raises the error of the storage."""
    storages = crawler.settings.getwithbase("FEED_STORAGES")
    path = storages.get(urlsplit(uri).scheme or "file") if "://" in uri else storages.get("file")
    if path is None:
        raise NotConfigured(f"unknown scheme {urlsplit(uri).scheme!r}")
    build_from_crawler(load_object(path), crawler, uri, feed_options=options)


def _note_failure(crawler: Crawler, uri: str, error: Exception) -> None:
    shown = re.sub(r"//[^/@]*@", "//", uri)  # without the password
    reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
    line = f"{shown}: {reason}"
    session = session_of(crawler)
    failed = session.result.failed_copies if session is not None else []
    if not any(known.startswith(f"{shown}: ") for known in failed):
        logger.error("Copy not written: %s", line)
        failed.append(line)
