"""Requests of rendered pages: fetched by the crawler's own engine, or refused."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.async_api import Error
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http.request import NO_CALLBACK

from mayadeen.crawling.session import CrawlSession
from mayadeen.rendering.browser import first_line

if TYPE_CHECKING:
    from playwright.async_api import Request as PageRequest
    from playwright.async_api import Route
    from scrapy.http import Response

    from mayadeen.rendering.tab import Tab

logger = logging.getLogger(__name__)

MAX_REQUESTS = 40
"""Requests that opening a page, or one click, may cause. A page that wants more is not loading a listing."""

MAX_REPEATS = 5
"""How often a page may send the same request until the next click. A page that polls leaves room for other requests."""

MAX_BODY = 64 * 1024
"""Bytes that a page may send with a request."""

METHODS = frozenset({"GET", "POST"})
"""Methods that load more. Others change data on the server."""

HEADERS = frozenset(
    {
        "accept", "content-type", "referer", "x-csrf-token", "x-inertia", "x-inertia-version", "x-livewire", "x-nonce",
        "x-requested-with", "x-wp-nonce", "x-xsrf-token",
    }
)  # fmt: skip
"""Headers of a page's request that are passed on. Others could speak for a proxy, as ``X-Forwarded-For`` does."""

_LOADED = ("document", "script", "xhr", "fetch")
_TRACKERS = re.compile(
    r"(?:^|[/._-])(?:analytics|beacons?|collect|gtag|gtm|pixels?|telemetry|track(?:er|ing)?)(?:$|[/._-])", re.IGNORECASE
)
_MAX_KEPT, _MAX_KEPT_BYTES = 100, 2 * 1024 * 1024


class PageRequests:
    """Answers what rendered pages request. A script is fetched once for all pages."""

    def __init__(self, crawler: Crawler, session: CrawlSession) -> None:
        self.crawler = crawler
        self.session = session
        self._scripts: dict[str, tuple[str, bytes]] = {}
        self._loading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def answer(self, tab: Tab, route: Route) -> None:
        """Answer a page's request: with the page itself, by the crawler's engine, or not at all."""
        try:
            await self._answer(tab, route)
        except Error as error:  # the page was closed while the request waited
            logger.debug("Answer not delivered: %s: %s", route.request.url, first_line(error))

    async def _answer(self, tab: Tab, route: Route) -> None:
        wanted = route.request
        if tab.source is not None and wanted.is_navigation_request():
            source, tab.source = tab.source, None
            await route.fulfill(content_type="text/html; charset=utf-8", body=source.encode("utf-8", "replace"))
            return
        if wanted.resource_type == "stylesheet":
            await route.fulfill(content_type="text/css", body="")  # some scripts stop if it is refused
            return
        if reason := self.refusal(tab, wanted):
            self.stats.inc_value(f"rendering/refused/{reason}")
            await route.abort()
            return
        url = self.session.addresses.fetchable(wanted.url)
        tab.pending += 1
        try:
            if wanted.resource_type == "script":
                async with self._loading[url]:  # if two pages request it at once, one waits for the other
                    await self._fetch(tab, route, url)
            else:
                await self._fetch(tab, route, url)
        finally:
            tab.pending -= 1

    async def _fetch(self, tab: Tab, route: Route, url: str) -> None:
        """Answer a page's request with the response of the site. A script is fetched once."""
        wanted = route.request
        if wanted.resource_type == "script" and url in self._scripts:
            content_type, body = self._scripts[url]
            await route.fulfill(content_type=content_type, body=body)
            return
        tab.requests[_key(wanted)] += 1
        self.stats.inc_value("rendering/requests")
        try:
            response = await self.crawler.engine.download_async(
                Request(
                    url,
                    method=wanted.method,
                    headers={name: value for name, value in wanted.headers.items() if name in HEADERS},
                    body=wanted.post_data_buffer or b"",
                    callback=NO_CALLBACK,
                )
            )
        except Exception as error:
            # To the page, every error is a request that failed. The listing reports it if nothing new came.
            self._failed(tab, wanted, url, first_line(error))
            await route.abort()
        else:
            await self._fulfill(tab, route, url, response)

    async def _fulfill(self, tab: Tab, route: Route, url: str, response: Response) -> None:
        wanted = route.request
        if response.status >= 400:
            self._failed(tab, wanted, url, f"HTTP status {response.status}")
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        has_room = len(self._scripts) < _MAX_KEPT and len(response.body) <= _MAX_KEPT_BYTES
        if wanted.resource_type == "script" and response.status == 200 and has_room:
            self._scripts[url] = (content_type, response.body)
        # On a mirror, addresses on the public host are another origin.
        headers = {
            "Access-Control-Allow-Origin": wanted.headers.get("origin", "*"),
            "Access-Control-Allow-Credentials": "true",
            "Content-Type": content_type,
        }
        await route.fulfill(status=response.status, headers=headers, body=response.body)

    def refusal(self, tab: Tab, wanted: PageRequest) -> str | None:
        """Return the reason why a page's request is refused, as one word, or ``None``."""
        addresses = self.session.addresses
        if wanted.resource_type not in _LOADED:
            return wanted.resource_type
        if wanted.method not in METHODS:
            return "method"
        if len(wanted.post_data_buffer or b"") > MAX_BODY:
            return "body"
        if not addresses.is_site(wanted.url):
            return "other_host"
        if _TRACKERS.search(urlsplit(wanted.url).path):
            return "tracker"
        if wanted.is_navigation_request() and (
            wanted.frame.parent_frame is not None
            or not addresses.canonical(wanted.url).startswith(addresses.canonical(tab.url))
        ):
            return "navigation"
        if not tab.busy:
            return "unasked"
        if tab.requests[_key(wanted)] >= MAX_REPEATS:
            return "repeated"
        return "too_many" if tab.requests.total() >= MAX_REQUESTS else None

    def _failed(self, tab: Tab, wanted: PageRequest, url: str, why: str) -> None:
        logger.info("Request of a page's script failed (%s): %s", why, url)
        self.stats.inc_value("rendering/failed")
        # While a page opens, requests may fail that its list does not need. Its scripts are needed.
        if tab.clicks or wanted.resource_type == "script":
            tab.trouble = f"{url}: {why}"

    @property
    def stats(self) -> Any:
        return self.crawler.stats


def _key(wanted: PageRequest) -> tuple[str, str, bytes]:
    """Return what two equal requests of a page have in common."""
    return wanted.method, wanted.url, wanted.post_data_buffer or b""
