"""Keeps every response of a run in a web archive, if ``MAYADEEN_WARC`` asks for it."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from mayadeen import CRAWLER
from mayadeen.archives.writer import Exchange, WarcWriter, repair_archives, without_userinfo
from mayadeen.crawling.arguments import BadArgument, data_dir, warc_wanted
from mayadeen.crawling.listing_crawl import ListingCrawl
from mayadeen.crawling.session import CrawlSession, required_session
from mayadeen.crawling.signals import packed_response, session_opened
from mayadeen.extraction.dates import utc_string
from mayadeen.items import AuthorProfile
from mayadeen.site.kinds import kind_of
from mayadeen.storage.errors import no_space

logger = logging.getLogger(__name__)


class ArchiveRecorder:
    """Writes each response as it came, before it is unpacked, and before its record enters the outbox.

    Every run repairs the files of killed ones, whether it keeps pages or not. Images are kept by their pipeline.
    """

    def __init__(self, crawler: Crawler, session: CrawlSession) -> None:
        self.crawler = crawler
        self.session = session
        self.writer: WarcWriter | None = None
        self._without_note: dict[tuple[str, str], str] = {}
        try:
            self.wanted = warc_wanted(crawler.settings)
        except BadArgument:  # the session reports it
            self.wanted = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        recorder = cls(crawler, required_session(crawler))
        crawler.signals.connect(recorder.session_opened, signal=session_opened)
        crawler.signals.connect(recorder.spider_closed, signal=signals.spider_closed)
        if recorder.wanted:
            crawler.signals.connect(recorder.packed_response, signal=packed_response)
            crawler.signals.connect(recorder.response_received, signal=signals.response_received)
        return recorder

    def session_opened(self) -> None:
        """Repair files of killed runs, and be ready to write."""
        data = data_dir(self.crawler.settings)
        try:
            for path in repair_archives(data):
                logger.info("Completed the archive of an interrupted run: %s", path)
        except OSError as error:
            self.session.stop(no_space(error, data))
        if self.wanted:
            self.writer = WarcWriter(data, self.session.run_id, self._info())

    def _info(self) -> dict[str, str]:
        settings, session = self.crawler.settings, self.session
        return {
            "software": CRAWLER,
            "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "description": "Header order and chunking are re-made. Credentials and cookies are left out.",
            "robots": "obey (RFC 9309)",
            "http-header-user-agent": settings["USER_AGENT"],
            "mayadeen-run": session.run_id,
            "mayadeen-spider": session.profile.name,
            "mayadeen-edition": session.arguments.edition.code,
            "mayadeen-base-url": without_userinfo(session.addresses.base_url),
            "mayadeen-arguments": json.dumps(session.given, ensure_ascii=False),
        }

    def packed_response(self, response: Response, request: Request) -> None:
        """Write a response. ``mayadeen_fetched_at`` in the request's meta becomes the date of its record."""
        if self.writer is None or "mayadeen_image" in request.meta:
            return
        latency = timedelta(seconds=float(request.meta.get("download_latency", 0)))
        started_at = utc_string(datetime.now(UTC) - latency)
        request.meta["mayadeen_fetched_at"] = started_at
        note = self._note(response, request)
        try:
            written = self.writer.write(
                Exchange(
                    url=response.url,
                    started_at=started_at,
                    method=request.method,
                    request_headers=_headers(request),
                    status=response.status,
                    reason=_reason(response.status),
                    response_headers=_headers(response),
                    body=response.body,
                    note=note,
                )
            )
            self.crawler.stats.inc_value("archive/responses")
            if note is None and response.status == 200 and not request.cb_kwargs:
                self._without_note[response.url, started_at] = written
        except OSError as error:
            self.writer = None
            self.session.stop(no_space(error, data_dir(self.crawler.settings)))

    def response_received(self, response: Response, request: Request) -> None:
        """Write the note of a page that was fetched in search of a name, once it is used as an article."""
        key = (response.url, request.meta.get("mayadeen_fetched_at", ""))
        note = self._note(response, request) if key in self._without_note else None
        if self.writer is None or note is None:
            return
        try:
            self.writer.add_note(*key, self._without_note.pop(key), note)
        except OSError as error:
            self.writer = None
            self.session.stop(no_space(error, data_dir(self.crawler.settings)))

    def _note(self, response: Response, request: Request) -> dict[str, Any] | None:
        """Return what a page of an article or author does not say itself. ``None`` for other pages."""
        if response.status != 200:
            return None
        found = request.cb_kwargs
        if "discovery" in found:
            section = found.get("section")
            return {
                "record": "article",
                "kind": kind_of(section and section.label, None, response.url),
                "discovered_via": found["discovery"],
                "section": section and [section.label, section.group, section.path],
                "requested_url": request.meta.get("mayadeen_url"),
            }
        listing = found.get("listing")
        if not isinstance(listing, ListingCrawl) or self.session.profile.main_record is not AuthorProfile:
            return None
        if listing.kind == "author" and listing.pages == 0:
            discovered_via = {"kind": "author", "url": response.url, "position": None}
            return {"record": "author", "discovered_via": discovered_via, "section": None, "requested_url": None}
        return None

    def spider_closed(self) -> None:
        """Complete the last file."""
        if self.writer is not None:
            try:
                self.writer.close()
            except OSError as error:
                self.session.error = self.session.error or no_space(error, data_dir(self.crawler.settings))


def _headers(message: Request | Response) -> list[tuple[str, str]]:
    """Return the headers of a request or response as text."""
    return [
        (name.decode("latin-1"), value.decode("utf-8", "replace"))
        for name, values in message.headers.items()
        for value in values
    ]


def _reason(status: int) -> str:
    """Return the usual reason phrase. Scrapy does not give the server's."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
