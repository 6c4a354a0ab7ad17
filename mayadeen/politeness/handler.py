"""Rate limiting: delay each request, and apply Retry-After and back-off to each response."""

from __future__ import annotations

import asyncio
import logging
import random
import re
from collections import defaultdict
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, cast
from urllib.parse import urlsplit
from weakref import WeakSet

from scrapy import Request
from scrapy.core.downloader import Downloader as ScrapyDownloader
from scrapy.core.downloader import Slot
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadFailedError, IgnoreRequest, ResponseDataLossError
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from mayadeen.crawling import arguments
from mayadeen.crawling.failure_reasons import RunStopped
from mayadeen.crawling.session import session_of
from mayadeen.crawling.signals import packed_response, request_sent
from mayadeen.extraction.dates import utc_string
from mayadeen.politeness._scrapy_internals import is_closing, prepare_connections
from mayadeen.politeness.content_coding import decoded
from mayadeen.politeness.throttle import SharedThrottle, retry_after

logger = logging.getLogger(__name__)

LOOK = 0.5
"""Seconds between two checks of a waiting request whether the run has ended meanwhile."""

_CONDITIONS = ("If-None-Match", "If-Modified-Since")
_WHOLE_RANGE = re.compile(r"\s*bytes\s+0-(\d{1,15})/(\d{1,15})\s*\Z", re.IGNORECASE)
"""A Content-Range that begins at the first byte."""

TOO_MANY, UNAVAILABLE = 429, 503
GOOD = (200, 204, 206, 301, 302, 303, 304, 307, 308, 404, 410)
"""Statuses of a site that works."""


class Downloader(ScrapyDownloader):
    """Scrapy's downloader, with one throttle for all processes on the data folder, applied when a request goes out.

    ``floors``: host → the minimum seconds between two requests to it, by its robots.txt. ``probing``: only a request
    with ``mayadeen_probe`` in its meta goes out meanwhile. Delays, jitter, AutoThrottle and concurrency are Scrapy's.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.floors: dict[str, float] = {}
        self.probing = False
        self.ended: str | None = None
        self._sent = 0
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._logged: set[str] = set()
        self._closing: asyncio.Task[None] | None = None
        self._own_folder: TemporaryDirectory[str] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # Read at the first request, because the spider refuses bad values without a traceback.
    @cached_property
    def politeness_settings(self) -> arguments.PolitenessSettings:
        return arguments.politeness_settings(self.settings)

    @cached_property
    def pace(self) -> SharedThrottle:
        folder = arguments.data_dir(self.settings)
        session = session_of(self.crawler)
        if (session is None or not session.started) and not folder.is_dir():
            # A command that is not a crawl makes no data folder.
            self._own_folder = TemporaryDirectory(prefix="mayadeen-")
            folder = Path(self._own_folder.name)
        return SharedThrottle(folder)

    def close(self) -> None:
        super().close()
        if "pace" in self.__dict__:
            self.pace.close()
            del self.pace
        if self._own_folder is not None:
            self._own_folder.cleanup()

    def _process_queue(self, slot: Slot) -> None:
        """Start waiting requests, up to the concurrency and without a delay: ``turn`` keeps it for all processes.

        Scrapy counts a request when its task first runs. On a busy machine it starts another one before that.
        """
        while slot.queue and slot.free_transfer_slots() > 0:
            request, response = slot.queue.popleft()
            slot.transferring.add(request)
            slot.lastseen = monotonic()
            task = asyncio.ensure_future(self._wait_for_download(slot, request, response))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    # --- before a request ----------------------------------------------------------------------------------------

    async def turn(self, request: Request) -> float:
        """Wait until the request may go out. Raises ``RunStopped`` if the run ends before."""
        host = host_of(request)
        if request.meta.get("mayadeen_probe"):
            return await self._wait(request, host)
        async with self._turns[host]:
            return await self._wait(request, host)

    async def _wait(self, request: Request, host: str) -> float:
        slot = self.slots.get(request.meta[self.DOWNLOAD_SLOT])
        delay = slot.download_delay() if slot is not None else 0.0  # with jitter, and as AutoThrottle changed it
        while wait := self._left(request, host, delay):
            await asyncio.sleep(min(wait, LOOK))
        self._sent += 1
        self.stats.set_value("politeness_settings/requests", self._sent)
        return self.pace.clock()

    def _left(self, request: Request, host: str, delay: float) -> float:
        """Acquire the right to send the request and return 0, or return the seconds to wait before the next attempt."""
        if self.ended is not None:
            raise RunStopped(self.ended)
        wanted, now = self.politeness_settings, self.pace.clock()
        if wanted.max_requests is not None and self._sent >= wanted.max_requests:
            self.end(
                "max_requests", f"MAYADEEN_MAX_REQUESTS={wanted.max_requests} used up: run it again to get the rest"
            )
            raise RunStopped("the request budget is used up")
        if self.probing and not request.meta.get("mayadeen_probe"):
            self._check_stopping(waits_long=True)
            return LOOK
        if wanted.hours is not None:
            at = datetime.fromtimestamp(now, UTC)
            if (opens := wanted.hours.opens(at)) > at:
                self._log_once(f"outside MAYADEEN_CRAWL_HOURS={wanted.hours}: waiting until {utc_string(opens)}")
                self._check_stopping(waits_long=True)
                return (opens - at).total_seconds()
        wait = self.pace.acquire(host, delay, self.floors.get(host, 0.0))
        if wait:
            held = self.pace.held(host)
            if held - now > wanted.max_retry_after:
                asked = f"{host} asked to be left alone until {_utc(held)}"
                if not self.is_site(request.url):
                    raise IgnoreRequest(asked)
                limit = f"longer than MAYADEEN_MAX_RETRY_AFTER={wanted.max_retry_after:g} seconds"
                self.end("retry_after", f"{asked}, {limit}: run it again then")
                raise RunStopped("the site asked for a longer wait")
            locked = self.pace.locked_since is not None and monotonic() - self.pace.locked_since > 1.0
            if locked:
                self._log_once(f"{self.pace.path} is locked by another process: waiting for it")
            self._check_stopping(waits_long=held > now or locked)
        return wait

    def is_site(self, url: str) -> bool:
        """Return whether the URL is on the crawled site. A response of another host never ends the run."""
        session = session_of(self.crawler)
        return session is None or session.addresses.is_site(url)

    def _check_stopping(self, *, waits_long: bool) -> None:
        """Raise ``RunStopped`` if the user has stopped the run, or if it is ending and the wait is long."""
        engine = self.crawler.engine
        if not engine.running or (waits_long and is_closing(engine)):
            raise RunStopped("the run is ending")

    def _log_once(self, line: str) -> None:
        """Log a line once."""
        if line not in self._logged:
            self._logged.add(line)
            logger.info("%s", line)

    # --- after a response ----------------------------------------------------------------------------------------

    def update_throttle(self, request: Request, response: Response, sent: float) -> None:
        """Hold the host back if the response asks for it, and reduce the delay after good responses.

        ``mayadeen_newly_held`` in the request's meta says whether this refusal was the first of its hold.
        """
        status, host = response.status, host_of(request)
        request.meta["mayadeen_newly_held"] = False
        asked: float | None = None
        if status in (TOO_MANY, UNAVAILABLE) or 300 <= status < 400:
            header = response.headers.get("Retry-After"), response.headers.get("Date")
            value, date = (part.decode("latin-1") if part else None for part in header)
            asked = retry_after(value, self.pace.clock(), date)
        if asked is None and status not in (TOO_MANY, UNAVAILABLE):
            if status in GOOD:
                self.pace.good(host)
            return
        seconds = asked if asked is not None else self.growing_wait(self.pace.slower(host))
        request.meta["mayadeen_newly_held"] = self.pace.hold(host, seconds, sent)
        self.stats.inc_value("politeness_settings/refusals")
        if request.meta["mayadeen_newly_held"]:
            why = "Retry-After" if asked is not None else "no Retry-After"
            self._log_held(host, f"HTTP status {status}, {why}")

    def growing_wait(self, times: int) -> float:
        """Return the seconds of the next wait after ``times`` waits: twice as long each time, with jitter."""
        wait: float = self.politeness_settings.backoff * 2**times * random.uniform(1.0, 1.5)
        return min(wait, self.politeness_settings.max_retry_after)

    def hold(self, host: str, seconds: float, why: str) -> None:
        """Send nothing to the host for this many seconds."""
        self.pace.hold(host, seconds)
        self._log_held(host, why)

    def _log_held(self, host: str, why: str) -> None:
        """Log that the host is held back."""
        until = self.pace.held(host)
        logger.warning("%s is held back until %s (%s)", host, _utc(until), why)
        self.stats.inc_value("politeness_settings/holds")
        self.stats.inc_value("politeness_settings/held_seconds", round(max(until - self.pace.clock(), 0.0), 1))

    def end(self, reason: str, text: str) -> None:
        """End the run with a finish reason. ``text`` says for people why, and what to do."""
        if self.ended is None:
            self.ended = text
            if (session := session_of(self.crawler)) is not None:
                session.result.stop_text = text
            logger.error("%s", text)
            self._closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason=reason))

    def delay(self) -> float:
        """Return the current seconds between two requests to the crawled site, before jitter."""
        session = session_of(self.crawler)
        assert session is not None
        parts = urlsplit(session.addresses.base_url)
        host, slot = parts.netloc.lower(), self.slots.get(parts.hostname or "")
        delay = slot.delay if slot is not None else self.settings.getfloat("DOWNLOAD_DELAY")
        slower = self.pace.slower(host) if "pace" in self.__dict__ else 0
        return float(max(delay * 2**slower, self.floors.get(host, 0.0)))

    @property
    def stats(self) -> Any:
        return self.crawler.stats


class Handler(HTTP11DownloadHandler):
    """Scrapy's handler for http and https. It waits for the throttle, so neither latency nor timeout count the wait."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        prepare_connections(self, self._on_request)
        self._sent: WeakSet[object] = WeakSet()

    def _on_request(self, request: object) -> None:
        # Twisted sends a request again if a kept connection is already closed. The server has not read the first.
        if request not in self._sent:
            self._sent.add(request)
            self.crawler.signals.send_catch_log(request_sent)

    async def download_request(self, request: Request) -> Response:
        downloader = downloader_of(self.crawler)
        sent = await downloader.turn(request)
        packed = await super().download_request(request)
        check_status(packed)
        downloader.update_throttle(request, packed, sent)
        check_complete(request, packed)
        max_size = request.meta.get("download_maxsize", self.crawler.settings.getint("DOWNLOAD_MAXSIZE"))
        response = decoded(packed, max_size)
        check_end(response)
        self.crawler.signals.send_catch_log(packed_response, response=packed, request=request)
        return response


class UnaskedNotModifiedError(DownloadFailedError):
    """The server responded with 304 to a request without a condition, so nothing could be unmodified."""


class UnknownStatusError(DownloadFailedError):
    """The status is not one of HTTP. Each would be a label of its own in metrics and statistics."""


def check_status(response: Response) -> None:
    """Raise ``UnknownStatusError`` for a status that HTTP does not have."""
    if not 200 <= response.status <= 599:
        raise UnknownStatusError(f"HTTP status {str(response.status)[:9]} does not exist")


def check_complete(request: Request, response: Response) -> None:
    """Raise an error for a response that is not the requested page. The request is then repeated."""
    if response.status == 304 and not any(name in request.headers for name in _CONDITIONS):
        raise UnaskedNotModifiedError("HTTP status 304 to a request without a condition")
    if response.status == 206:
        value = (response.headers.get("Content-Range") or b"").decode("latin-1")
        found = _WHOLE_RANGE.match(value)
        if found is None or int(found[1]) + 1 != int(found[2]):
            raise ResponseDataLossError(f"HTTP status 206, a part of the page: {value[:80] or 'no Content-Range'}")


def check_end(response: Response) -> None:
    """Raise ``ResponseDataLossError`` for a page without an end, if nothing else says where the response ends.

    Scrapy marks a response as partial if it has neither a length nor chunks, as in HTTP/1.0.
    """
    body = response.body
    if "partial" in response.flags and b"<html" in body[:4096].lower() and b"</html" not in body[-4096:].lower():
        raise ResponseDataLossError("the connection was closed in the middle of the page")


def downloader_of(crawler: Crawler) -> Downloader:
    """Return the downloader of the run."""
    return cast(Downloader, crawler.engine.downloader)


def host_of(request: Request) -> str:
    """Return the host of a request, with its port if the URL names one."""
    return urlparse_cached(request).netloc.lower()


def _utc(at: float) -> str:
    """Return an instant, in seconds since 1970, as text for people."""
    return utc_string(datetime.fromtimestamp(at, UTC))
