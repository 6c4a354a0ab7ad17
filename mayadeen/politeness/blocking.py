"""Tells when the site refuses: waits and asks again where it is busy, ends the run where it has blocked the crawler."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from mayadeen.crawling.failure_reasons import RunStopped, error_text
from mayadeen.crawling.session import CrawlSession, required_session
from mayadeen.extraction.block_page import SHELL
from mayadeen.extraction.dates import utc_string
from mayadeen.politeness.block_detection import detect_block_page
from mayadeen.politeness.handler import TOO_MANY, UNAVAILABLE, downloader_of

logger = logging.getLogger(__name__)

RUN = 5
"""Refusals in a row after which the front page is requested, and maximum retries of a page while the site is busy."""

FOR_NOW = (TOO_MANY, UNAVAILABLE)
FOR_GOOD = (401, 403)


class Refused(IgnoreRequest):
    """A page of another kind was put in the place of what was asked for."""


class BlockingMiddleware:
    """Recognise refusals, and distinguish one refused page from a site that refuses everything.

    After a challenge, a login wall or ``RUN`` refusals in a row, the middleware waits. Then it requests the front page
    once and holds back all other requests. The run ends as ``blocked`` if the front page is refused too, or if it is
    not and ``RUN`` more refusals in a row follow. A request with ``mayadeen_may_be_refused`` in its meta is ignored,
    because the site may refuse sitemaps.
    """

    def __init__(self, crawler: Crawler, session: CrawlSession) -> None:
        self.crawler = crawler
        self.session = session
        self.in_a_row = 0
        self.since = ""
        self.seen = ""
        self._probe: asyncio.Future[bool] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler, required_session(crawler))

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        """Pass on what is no refusal; ask again, or raise ``Refused`` or ``RunStopped``, for what is one."""
        meta = request.meta
        if not self.session.addresses.is_site(response.url):
            return response
        if any(
            meta.get(key)
            for key in ("mayadeen_probe", "mayadeen_may_be_refused", "dont_obey_robotstxt", "mayadeen_tab")
        ):
            return response
        sign, status = detect_block_page(response), response.status
        # What a page's script asks for, or a search for a name, may be forbidden for reasons of its own.
        of_the_walk = request.callback not in (None, NO_CALLBACK)
        counts = (
            meta.get("mayadeen_newly_held")
            if status in FOR_NOW
            else of_the_walk and (status in FOR_GOOD or sign == SHELL)
        )
        sure = sign is not None and sign != SHELL
        if sure or counts:
            self.note(f"{sign or f'HTTP status {status}'} at {request.url}")
        elif of_the_walk and status == 200:
            self.in_a_row, self._probe = 0, None
        if (sure or (counts and self.in_a_row >= RUN)) and await self.is_blocked():
            raise RunStopped("the site has blocked the crawler")
        if sure:
            raise Refused(f"answered with {sign}")
        if status in FOR_NOW:
            return self.again(request) or response
        return response

    def note(self, what: str) -> None:
        """Count a refusal."""
        self.in_a_row += 1
        self.crawler.stats.inc_value("refusals/count")
        if self.in_a_row == 1:
            self.since, self.seen = utc_string(datetime.now(UTC)), what

    def again(self, request: Request) -> Request | None:
        """The request once more, to wait out what holds the host back; ``None`` when it was refused too often."""
        times = request.meta.get("mayadeen_refusals", 0) + 1
        if times > RUN:
            request.meta["dont_retry"] = True
            return None
        again: Request = request.replace(meta={**request.meta, "mayadeen_refusals": times}, dont_filter=True)
        return again

    async def is_blocked(self) -> bool:
        """Whether it is the site that refuses, by asking for the front page once; if so, ends the run."""
        if downloader_of(self.crawler).ended is not None:
            return True
        if self._probe is None:
            self._probe = asyncio.ensure_future(self.probe(f"{self.session.addresses.base_url}/"))
        elif self._probe.done() and self.in_a_row >= 2 * RUN:
            end_blocked(self.crawler, self.since, f"{self.in_a_row} refusals in a row, the first {self.seen}")
            return True
        return await asyncio.shield(self._probe)

    async def probe(self, url: str) -> bool:
        """Ask for the front page after a wait, with everything else held back; whether it is refused too."""
        downloader = downloader_of(self.crawler)
        host = urlsplit(url).netloc.lower()
        downloader.probing = True
        try:
            wait = downloader.growing_wait(downloader.pace.slower(host))
            downloader.hold(host, wait, f"{self.seen}; then the front page is tried once")
            # A slot of its own: the usual one may be taken by a request that waits for the outcome.
            meta = {"mayadeen_probe": True, "dont_retry": True, "download_slot": "probe"}
            response = await self.crawler.engine.download_async(Request(url, meta=meta, callback=NO_CALLBACK))
        except RunStopped:
            return True
        except Exception as error:  # whatever a download can fail with
            answer: str | None = error_text(error)
        else:
            refused = response.status in (*FOR_NOW, *FOR_GOOD)
            answer = detect_block_page(response) or (f"HTTP status {response.status}" if refused else None)
        finally:
            downloader.probing = False
        if answer is None:
            logger.warning("the front page answers: not blocked as a whole, going on (%s)", self.seen)
            return False
        count = f"{self.in_a_row} refusals in a row, the first " if self.in_a_row > 1 else ""
        end_blocked(self.crawler, self.since, f"{count}{self.seen}; then the front page: {answer}")
        return True


def end_blocked(crawler: Crawler, since: str, seen: str) -> None:
    """End the run as blocked; ``since`` when and what was ``seen``, for people."""
    crawler.stats.set_value("blocked/since", since)
    crawler.stats.set_value("blocked/seen", seen)
    downloader_of(crawler).end(
        "blocked",
        f"blocked since {since}: {seen}. Wait some hours, ask more slowly (DOWNLOAD_DELAY), and if it stays so write "
        "to the site, with MAYADEEN_CONTACT set; then run it again",
    )
