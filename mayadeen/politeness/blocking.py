"""Refusals by the site: retry while it is busy, and end the run when it has blocked the crawler."""

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

MAX_IN_A_ROW = 5
"""Refusals in a row after which the front page is requested, and maximum retries of a page while the site is busy."""

BUSY_STATUSES = (TOO_MANY, UNAVAILABLE)
DENIED_STATUSES = (401, 403)


class Refused(IgnoreRequest):
    """The response is a challenge or a login wall in place of the requested page."""


class BlockingMiddleware:
    """Recognise refusals, and distinguish one refused page from a site that refuses everything.

    After a challenge, a login wall or ``MAX_IN_A_ROW`` refusals in a row, the middleware waits. Then it requests the
    front page once and holds back all other requests. The run ends as ``blocked`` if the front page is refused too.
    It also ends if the front page responds and ``MAX_IN_A_ROW`` more refusals in a row follow. A request with
    ``mayadeen_may_be_refused`` in its meta is ignored, because the site may refuse sitemaps.
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
        """Return the response, or the request to send again after a busy response.

        Raises ``Refused`` for a challenge or login wall, and ``RunStopped`` if the site has blocked the crawler.
        """
        meta = request.meta
        if not self.session.addresses.is_site(response.url):
            return response
        if any(
            meta.get(key)
            for key in ("mayadeen_probe", "mayadeen_may_be_refused", "dont_obey_robotstxt", "mayadeen_tab")
        ):
            return response
        sign, status = detect_block_page(response), response.status
        # The site may forbid a request of a page's script, or a search for a name, for other reasons.
        of_the_crawl = request.callback not in (None, NO_CALLBACK)
        counts = (
            meta.get("mayadeen_newly_held")
            if status in BUSY_STATUSES
            else of_the_crawl and (status in DENIED_STATUSES or sign == SHELL)
        )
        sure = sign is not None and sign != SHELL
        if sure or counts:
            self.note(f"{sign or f'HTTP status {status}'} at {request.url}")
        elif of_the_crawl and status == 200:
            self.in_a_row, self._probe = 0, None
        if (sure or (counts and self.in_a_row >= MAX_IN_A_ROW)) and await self.is_blocked():
            raise RunStopped("the site has blocked the crawler")
        if sure:
            raise Refused(f"answered with {sign}")
        if status in BUSY_STATUSES:
            return self._retry(request) or response
        return response

    def note(self, what: str) -> None:
        """Count a refusal."""
        self.in_a_row += 1
        self.crawler.stats.inc_value("refusals/count")
        if self.in_a_row == 1:
            self.since, self.seen = utc_string(datetime.now(UTC)), what

    def _retry(self, request: Request) -> Request | None:
        """Return the request to send again when the host is no longer held back. ``None`` after too many refusals."""
        times = request.meta.get("mayadeen_refusals", 0) + 1
        if times > MAX_IN_A_ROW:
            request.meta["dont_retry"] = True
            return None
        retried: Request = request.replace(meta={**request.meta, "mayadeen_refusals": times}, dont_filter=True)
        return retried

    async def is_blocked(self) -> bool:
        """Return whether the front page is refused too. It is requested once. If it is refused, the run ends."""
        if downloader_of(self.crawler).ended is not None:
            return True
        if self._probe is None:
            self._probe = asyncio.ensure_future(self.probe(f"{self.session.addresses.base_url}/"))
        elif self._probe.done() and self.in_a_row >= 2 * MAX_IN_A_ROW:
            end_blocked(self.crawler, self.since, f"{self.in_a_row} refusals in a row, the first {self.seen}")
            return True
        return await asyncio.shield(self._probe)

    async def probe(self, url: str) -> bool:
        """Request the front page after a wait, with all other requests held back. Return whether it is refused."""
        downloader = downloader_of(self.crawler)
        host = urlsplit(url).netloc.lower()
        downloader.probing = True
        try:
            wait = downloader.growing_wait(downloader.pace.slower(host))
            downloader.hold(host, wait, f"{self.seen}. Then the front page is tried once")
            # A slot of its own: a request that waits for the outcome may occupy the usual one.
            meta = {"mayadeen_probe": True, "dont_retry": True, "download_slot": "probe"}
            response = await self.crawler.engine.download_async(Request(url, meta=meta, callback=NO_CALLBACK))
        except RunStopped:
            return True
        except Exception as error:  # a download can fail with errors of any type
            answer: str | None = error_text(error)
        else:
            refused = response.status in (*BUSY_STATUSES, *DENIED_STATUSES)
            answer = detect_block_page(response) or (f"HTTP status {response.status}" if refused else None)
        finally:
            downloader.probing = False
        if answer is None:
            logger.warning("The front page responds, so the crawler is not blocked. Continuing after: %s", self.seen)
            return False
        count = f"{self.in_a_row} refusals in a row, the first " if self.in_a_row > 1 else ""
        end_blocked(self.crawler, self.since, f"{count}{self.seen}, then the front page: {answer}")
        return True


def end_blocked(crawler: Crawler, since: str, seen: str) -> None:
    """End the run as blocked. ``since`` is the time and ``seen`` the reason, both for people."""
    crawler.stats.set_value("blocked/since", since)
    crawler.stats.set_value("blocked/seen", seen)
    downloader_of(crawler).end(
        "blocked",
        f"blocked since {since}: {seen}. Wait some hours, then run it again with a longer DOWNLOAD_DELAY. "
        "If it stays blocked, set MAYADEEN_CONTACT and write to the site",
    )
