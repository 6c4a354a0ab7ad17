"""robots.txt by RFC 9309. Scrapy treats a robots.txt that fails as permission to fetch everything."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from time import monotonic

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser, RobotParser
from scrapy.utils.httpobj import urlparse_cached

from mayadeen.crawling.failure_reasons import RunStopped, error_text
from mayadeen.extraction.block_page import LOGIN_WALL, SHELL
from mayadeen.extraction.dates import utc_string
from mayadeen.politeness.block_detection import detect_block_page
from mayadeen.politeness.blocking import end_blocked
from mayadeen.politeness.handler import TOO_MANY, Downloader, downloader_of
from mayadeen.politeness.robots_groups import normalize_robots

logger = logging.getLogger(__name__)

ATTEMPTS = 5
"""Maximum number of requests for a robots.txt that fails. The growing waits between them take about ten minutes."""

MAX_AGE = 24 * 3600.0
"""Seconds after which it is read again (RFC 9309, 2.4)."""

MAX_BYTES = 500 * 1024
"""Maximum size that is read. A crawler must read at least this much (RFC 9309, 2.5)."""


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's middleware, with the rest of RFC 9309.

    After a status of 4xx, or a redirect that cannot be followed, all URLs are allowed. After 5xx, 429 or no response it
    waits and tries again, and stops the run in the end. A challenge means that the crawler is blocked. Crawl-delay and
    Request-rate set the minimum delay between requests.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rules: dict[str, tuple[asyncio.Future[RobotParser], float]] = {}

    @property
    def downloader(self) -> Downloader:
        return downloader_of(self.crawler)

    async def robot_parser(self, request: Request) -> RobotParser:
        """Return the rules of the request's host. Raises ``RunStopped`` if they cannot be fetched."""
        host = urlparse_cached(request).netloc
        rules, read_at = self._rules.get(host, (None, 0.0))
        if rules is None or (rules.done() and monotonic() - read_at > MAX_AGE):
            old = rules.result() if rules is not None and rules.exception() is None else None
            rules = asyncio.ensure_future(self._read(request, old))
            self._rules[host] = rules, monotonic()
        return await asyncio.shield(rules)

    async def _read(self, request: Request, old: RobotParser | None) -> RobotParser:
        """Fetch the rules, in several attempts. If they cannot be fetched, the ``old`` rules stay valid."""
        host = urlparse_cached(request).netloc
        url = f"{urlparse_cached(request).scheme}://{host}/robots.txt"
        why = challenged = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                self.downloader.hold(host, self.downloader.growing_wait(attempt - 1), f"robots.txt: {why}")
            try:
                response = await self._fetch(url)
            except RunStopped:
                raise
            except IgnoreRequest as error:
                logger.warning("%s leads nowhere (%s), so everything is allowed", url, error)
                return await self._apply(b"", request)
            except Exception as error:  # a download can fail with errors of any type
                why = error_text(error)
                self._stats.inc_value(f"robotstxt/exception_count/{type(error).__name__}")
                continue
            if (sign := detect_block_page(response)) and sign not in (LOGIN_WALL, SHELL):
                if challenged:
                    end_blocked(self.crawler, challenged, f"robots.txt was answered with {sign}, twice")
                    raise RunStopped("robots.txt is answered with a challenge")
                why, challenged = f"answered with {sign}", utc_string(datetime.now(UTC))
                continue
            if 400 <= response.status < 500 and response.status != TOO_MANY:
                logger.info("%s: HTTP status %d, so everything is allowed", url, response.status)
                return await self._apply(b"", request)
            if response.status < 400:
                return await self._apply(response.body, request)
            why = f"HTTP status {response.status}"
        if old is not None:
            logger.warning("%s cannot be read again (%s). Its rules of a day ago are applied", url, why)
            return old
        if not self.downloader.is_site(url):
            raise IgnoreRequest(f"Forbidden, since robots.txt cannot be read ({why})")
        self.downloader.end(
            "robots_unavailable",
            f"{url} could not be read in {ATTEMPTS} attempts ({why}), so nothing may be requested. Run it again later. "
            "If the whole site does not respond, check MAYADEEN_BASE_URL and the network",
        )
        raise RunStopped("robots.txt cannot be read")

    async def _fetch(self, url: str) -> Response:
        request = Request(
            url,
            priority=self.DOWNLOAD_PRIORITY,
            meta={"dont_obey_robotstxt": True, "dont_retry": True},
            callback=NO_CALLBACK,
        )
        self._stats.inc_value("robotstxt/request_count")
        response = await self.crawler.engine.download_async(request)
        self._stats.inc_value("robotstxt/response_count")
        self._stats.inc_value(f"robotstxt/response_status_count/{response.status}")
        return response

    async def _apply(self, body: bytes, request: Request) -> RobotParser:
        """Parse the rules, send ``robots_parsed``, and set the minimum delay of the host."""
        if len(body) > MAX_BYTES:
            body = body[:MAX_BYTES].rpartition(b"\n")[0]
        agent = self._robotstxt_useragent or self._default_useragent
        body = normalize_robots(body, agent)
        parser: RobotParser = self._parserimpl.from_crawler(self.crawler, body)
        await self.crawler.signals.send_catch_log_async(
            signal=signals.robots_parsed, robotparser=parser, request=request
        )
        asked = self._seconds_between(parser)
        host = urlparse_cached(request).netloc.lower()
        applied = min(asked, self.downloader.politeness_settings.max_crawl_delay)
        self.downloader.floors[host] = applied
        if asked:
            capped = ", the maximum of MAYADEEN_MAX_CRAWL_DELAY" if applied < asked else ""
            logger.info(
                "robots.txt of %s asks for %g s between requests, applied: %g s%s", host, asked, applied, capped
            )
            self._stats.set_value("robotstxt/crawl_delay", asked)
            self._stats.set_value("robotstxt/crawl_delay_kept", applied)
        return parser

    def _seconds_between(self, parser: RobotParser) -> float:
        agent = self._robotstxt_useragent or self._default_useragent
        delay = parser.crawl_delay(agent) or 0.0
        rate = parser.rp.request_rate(agent) if isinstance(parser, ProtegoRobotParser) else None
        return max(delay, rate.seconds / rate.requests if rate else 0.0, 0.0)
