"""Listings that load more by script: opened in a browser, clicked and scrolled, read as they grow.

The browser has no network. What a page asks for is fetched by the crawler's own engine and handed to it, so robots.txt,
pace, user agent, retries and limits are the same as for any other request, and no other host hears of the visit.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections import defaultdict
from collections.abc import Awaitable
from itertools import count
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse
from scrapy.http.request import NO_CALLBACK

from mayadeen.crawling.listing_crawl import ListingTab
from mayadeen.crawling.signals import tab_closed

if TYPE_CHECKING:
    from playwright.async_api import Page, Route, WebSocketRoute
    from playwright.async_api import Request as PageRequest
    from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

    from mayadeen.spiders.base import ListingSpider

logger = logging.getLogger(__name__)

T = TypeVar("T")

TABS = 2
"""So many listings are open at a time: more gain little on two cores and cost some 150 MB each."""

MAX_REQUESTS = 40
"""So many requests may come of opening a page or of one click. A page that wants more is not loading a listing."""

QUIET = 0.3
"""Seconds without request or new link after which a page that has grown is taken to be done."""

PATIENCE = 3.0
"""Seconds that a page has to do anything at all after a click: scripts wait for the reader to stop scrolling."""

UNRULY = 30.0
"""Seconds without request after which a page that changes all the time, or hangs, is not waited for."""

_LOADED = ("document", "script", "xhr", "fetch")
_TRACKERS = re.compile(
    r"(?:^|[/._-])(?:analytics|beacons?|collect|gtag|gtm|pixels?|telemetry|track(?:er|ing)?)(?:$|[/._-])", re.IGNORECASE
)
_MAX_KEPT, _MAX_KEPT_BYTES = 100, 2 * 1024 * 1024

# Links are what cards are made of: their number and a checksum of their addresses tell whether the list has changed.
_STATE = """() => {
    let sum = 0;
    for (const link of document.links) { for (const c of link.href) { sum = (sum * 31 + c.charCodeAt(0)) | 0; } }
    return [document.readyState === 'loading', document.links.length, sum];
}"""

# Up and down again: who is at the bottom already would not be seen to scroll. The click goes to the element itself,
# whatever may lie above it. Returns whether it is something to click.
_MORE = """async (path) => {
    const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
    window.scrollTo(0, 0);
    await painted();
    window.scrollTo(0, document.documentElement.scrollHeight);
    await painted();
    const control = path && document.evaluate(path, document, null, 9, null).singleNodeValue;
    if (!control) { return false; }
    control.scrollIntoView();
    await painted();
    control.click();
    return control.matches('button, a, input, [role=button]');
}"""

# Without what holds no cards and would only lead the parser astray. Of a long list, what was handed over before is sent
# empty: reading all of it at every click would soon take longer than all requests. Its first entries stay, so that the
# list can be told for what it is.
_SNAPSHOT = """() => {
    const read = (document[Symbol.for('read')] ??= new WeakMap());
    const copy = document.documentElement.cloneNode(true);
    const copies = copy.querySelectorAll('*');
    document.documentElement.querySelectorAll('*').forEach((element, n) => {
        if (element.children.length < 60) { return; }
        Array.from(element.children).slice(20).forEach((entry, k) => {
            const links = entry.querySelectorAll('a').length + entry.matches('a');
            const small = links > 0 && links < 12 && !entry.querySelector('button, input');
            if (small && read.get(entry) === links) { copies[n].children[20 + k].replaceChildren(); }
            read.set(entry, links);
        });
    });
    copy.querySelectorAll('script, style, noscript, template, svg, iframe').forEach((element) => element.remove());
    return '<!DOCTYPE html>' + copy.outerHTML;
}"""


class NoBrowser(Exception):
    """There is no browser that could be started; the text says how to get one."""


class RenderingFailed(Exception):
    """A page could not be opened in the browser, or not be made to show what it has."""


class Tab:
    """A listing's page in the browser, and what has become of it.

    ``source`` is the page as it was fetched, so that it is not fetched a second time. It is dropped when opened.
    """

    def __init__(self, url: str, source: str) -> None:
        self.url = url
        self.source: str | None = source
        self.clicks = 0
        self.page: Page | None = None
        self.busy = False
        self.grown = False
        self.pending = 0
        self.requests = 0
        self.trouble: str | None = None
        self.closing: asyncio.Future[None] | None = None

    def end(self) -> None:
        """Close the page: nothing more is wanted of it."""
        self.source = None
        if self.page is not None:
            page, self.page = self.page, None
            self.closing = asyncio.ensure_future(_closed(page))


async def _closed(page: Page) -> None:
    from playwright.async_api import Error

    try:
        await page.context.close()
    except Error as error:  # the browser may have gone first, and its pages with it
        logger.debug("page of a listing not closed: %s", error)


class RenderingMiddleware:
    """Answers requests for a ``ListingTab`` from the browser, which is started for the first of them."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.handler: ScrapyPlaywrightDownloadHandler | None = None
        self.unusable: NoBrowser | None = None
        self.starting = asyncio.Lock()
        self.numbers = count(1)
        self.tabs: dict[int, Tab] = {}
        self.scripts: dict[str, tuple[str, bytes]] = {}
        self.loading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        rendering = cls(crawler)
        crawler.signals.connect(rendering.tab_closed, signal=tab_closed)
        crawler.signals.connect(rendering.close, signal=signals.spider_closed)
        return rendering

    @property
    def spider(self) -> ListingSpider:
        return cast("ListingSpider", self.crawler.spider)

    async def process_request(self, request: Request) -> HtmlResponse | None:
        """Open the tab or make it grow, and answer with the page as it then stands."""
        wanted = request.meta.get("tab")
        if not isinstance(wanted, ListingTab):
            return None
        handler = await self.browser()
        from playwright.async_api import Error

        tab = self.tabs.get(wanted.number)
        if tab is None:
            tab = self.tabs[wanted.number] = Tab(wanted.url, wanted.source)
        tab.busy, tab.requests = True, 0
        try:
            if tab.page is None:
                await self.open(tab, handler)
            if wanted.click:
                await self.grow(tab, wanted.control)
            assert tab.page is not None
            html = await _in_time(tab.page.evaluate(_SNAPSHOT))
            return HtmlResponse(tab.page.url, body=html.encode("utf-8", "replace"), encoding="utf-8", request=request)
        except Error as error:
            tab.end()
            raise RenderingFailed(f"the browser says: {_first_line(error)}") from None
        except BaseException:
            tab.end()
            raise
        finally:
            tab.busy = False

    def tab_closed(self, number: int) -> None:
        """Close a listing's page: nothing more is wanted of it."""
        if (tab := self.tabs.get(number)) is not None:
            tab.end()
            if tab.closing is None:
                del self.tabs[number]
            else:
                tab.closing.add_done_callback(lambda _: self.tabs.pop(number, None))

    # --- the browser ---------------------------------------------------------------------------------------------

    async def browser(self) -> ScrapyPlaywrightDownloadHandler:
        """The handler of the running browser; started at the first call. Raises ``NoBrowser``, and logs that once."""
        async with self.starting:
            if self.unusable is not None:
                raise self.unusable
            if self.handler is None:
                try:
                    self.handler = await self.start()
                except NoBrowser as error:
                    self.unusable = error
                    logger.error("listings that load more by script are left out: %s", error)
                    raise
        return self.handler

    async def start(self) -> ScrapyPlaywrightDownloadHandler:
        path = str(self.crawler.settings["MAYADEEN_CHROMIUM"])
        if not os.access(path, os.X_OK):
            raise NoBrowser(f"no browser at {path}; install one with: apt-get install chromium")
        try:
            from playwright.async_api import Error
            from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler
        except ImportError as error:
            raise NoBrowser(f"{error}; install it with: pip install -r requirements.txt") from None
        # Not among DOWNLOAD_HANDLERS: there, each scheme would start a driver at every crawl, rendered or not.
        handler = ScrapyPlaywrightDownloadHandler.from_crawler(self.crawler)
        handler.config.launch_options = {
            "executable_path": path,
            "chromium_sandbox": os.geteuid() != 0,  # root cannot have one
            # Ctrl-C ends the crawl in good order, which closes the browser last.
            "handle_sigint": False,
            "handle_sigterm": False,
            "handle_sighup": False,
            "proxy": {"server": "http://no-network.invalid:9"},
            "args": [
                "--host-resolver-rules=MAP * ~NOTFOUND",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        }
        try:
            await handler._launch()  # which it does by itself only where it is there before the engine starts
            await handler._maybe_launch_browser()
        except (Error, OSError) as error:
            await handler.close()
            raise NoBrowser(
                f"the browser at {path} does not start ({_first_line(error)}); "
                "install it anew with: apt-get install --reinstall chromium"
            ) from None
        return handler

    async def close(self) -> None:
        """Close pages, browser and driver."""
        tabs = list(self.tabs.values())
        for tab in tabs:
            tab.end()
        if closing := [tab.closing for tab in tabs if tab.closing is not None]:
            await asyncio.wait(closing, timeout=UNRULY)
        self.tabs.clear()
        if self.handler is not None:
            await self.handler.close()
            self.handler = None

    # --- pages ---------------------------------------------------------------------------------------------------

    async def open(self, tab: Tab, handler: ScrapyPlaywrightDownloadHandler) -> None:
        """Show the page that was fetched, in a context of its own: nothing is left of it once that is closed."""

        async def guard(page: Page, _request: Request) -> None:
            async def answer(route: Route) -> None:
                await self.answer(tab, route)

            async def refuse(socket: WebSocketRoute) -> None:
                await socket.close()

            await page.route("**/*", answer)
            await page.route_web_socket("**/*", refuse)

        async def shut(popup: Page) -> None:
            await popup.close()

        request = Request(
            tab.url,
            meta={
                "playwright": True,
                "playwright_include_page": True,
                "playwright_context": f"listing-{next(self.numbers)}",
                "playwright_context_kwargs": {
                    "user_agent": self.crawler.settings["USER_AGENT"],
                    "viewport": {"width": 1280, "height": 200},  # pages are short without styles and pictures
                    "service_workers": "block",
                    "accept_downloads": False,
                },
                "playwright_page_init_callback": guard,
                "playwright_page_event_handlers": {"popup": shut},
                "playwright_page_goto_kwargs": {"wait_until": "commit"},
            },
        )
        try:
            await handler.download_request(request)
        finally:
            tab.page = request.meta.get("playwright_page")
        self.stats.inc_value("rendering/opened")
        await self.settle(tab, before=None)

    async def grow(self, tab: Tab, control: str | None) -> None:
        """Scroll down and click what loads more, and wait for what comes of it."""
        assert tab.page is not None
        tab.clicks += 1
        tab.requests = 0
        before = await _in_time(tab.page.evaluate(_STATE))
        clicked = await _in_time(tab.page.evaluate(_MORE, control))
        if await self.settle(tab, before):
            tab.grown, tab.trouble = True, None
        elif tab.trouble:
            raise RenderingFailed(f"its script could not load more: {tab.trouble}")
        elif clicked and not tab.grown and not tab.requests:
            raise RenderingFailed("its button does nothing in the browser")

    async def settle(self, tab: Tab, before: list[Any] | None) -> bool:
        """Wait until the page has done what it does, and tell whether its links differ from those ``before``.

        Time counts only while no request is under way: those wait their turn, however slow the pace.
        """
        from playwright.async_api import Error

        assert tab.page is not None
        interval = 0.05
        last, quiet, idle = before, 0.0, 0.0
        while idle < UNRULY:
            try:
                state = await _in_time(tab.page.evaluate(_STATE))
            except Error:
                if tab.page is None or tab.page.is_closed():
                    raise
                state = None  # between two documents
            if tab.pending:
                quiet = idle = 0.0
            elif state is None or state[0] or state != last:
                quiet = 0.0
            elif quiet >= (PATIENCE if state == before else QUIET):
                break
            last = state
            await asyncio.sleep(interval)
            quiet += interval
            idle += interval
        return last != before

    # --- what pages ask for --------------------------------------------------------------------------------------

    async def answer(self, tab: Tab, route: Route) -> None:
        """Answer a page's request: with the page itself, by the crawler's engine, or not at all."""
        from playwright.async_api import Error

        try:
            await self._answer(tab, route)
        except Error as error:  # the page was closed while it waited
            logger.debug("answer not taken: %s: %s", route.request.url, error)

    async def _answer(self, tab: Tab, route: Route) -> None:
        asked = route.request
        if tab.source is not None and asked.is_navigation_request():
            source, tab.source = tab.source, None
            await route.fulfill(content_type="text/html; charset=utf-8", body=source.encode("utf-8", "replace"))
            return
        if asked.resource_type == "stylesheet":
            await route.fulfill(content_type="text/css", body="")  # refused, some scripts would stop
            return
        if reason := self.refusal(tab, asked):
            self.stats.inc_value(f"rendering/refused/{reason}")
            await route.abort()
            return
        url = self.spider.addresses.fetchable(asked.url)
        tab.pending += 1
        try:
            if asked.resource_type == "script":
                async with self.loading[url]:  # of two pages that ask at once, one waits for what the other gets
                    await self.pass_on(tab, route, url)
            else:
                await self.pass_on(tab, route, url)
        finally:
            tab.pending -= 1

    async def pass_on(self, tab: Tab, route: Route, url: str) -> None:
        """Answer a page's request with what the site answers; a script is asked for once."""
        asked = route.request
        if asked.resource_type == "script" and url in self.scripts:
            content_type, body = self.scripts[url]
            await route.fulfill(content_type=content_type, body=body)
            return
        tab.requests += 1
        self.stats.inc_value("rendering/requests")
        try:
            response = await self.crawler.engine.download_async(
                Request(
                    url,
                    method=asked.method,
                    headers=_passed_on(asked),
                    body=asked.post_data_buffer or b"",
                    callback=NO_CALLBACK,
                )
            )
        except Exception as error:
            # Whatever it is, to the page it is a request that failed; the listing is told if nothing new came.
            self.failed(tab, asked, url, _first_line(error))
            await route.abort()
        else:
            if response.status >= 400:
                self.failed(tab, asked, url, f"HTTP status {response.status}")
            content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
            room = len(self.scripts) < _MAX_KEPT and len(response.body) <= _MAX_KEPT_BYTES
            if asked.resource_type == "script" and response.status == 200 and room:
                self.scripts[url] = (content_type, response.body)
            # On a mirror, addresses on the public host are another origin.
            headers = {"Access-Control-Allow-UrlSource": asked.headers.get("origin", "*")}
            headers |= {"Access-Control-Allow-Credentials": "true"}
            await route.fulfill(
                status=response.status, headers=headers | {"Content-Type": content_type}, body=response.body
            )

    def refusal(self, tab: Tab, asked: PageRequest) -> str | None:
        """Why a page does not get what it asks for, in a word, or ``None`` where it does."""
        addresses = self.spider.addresses
        if asked.resource_type not in _LOADED:
            return asked.resource_type
        if not addresses.is_site(asked.url):
            return "other_host"
        if _TRACKERS.search(urlsplit(asked.url).path):
            return "tracker"
        if asked.is_navigation_request() and (
            asked.frame.parent_frame is not None
            or not addresses.canonical(asked.url).startswith(addresses.canonical(tab.url))
        ):
            return "navigation"
        if not tab.busy:
            return "unasked"
        return "too_many" if tab.requests >= MAX_REQUESTS else None

    def failed(self, tab: Tab, asked: PageRequest, url: str, why: str) -> None:
        logger.info("asked for by a page's script and failed (%s): %s", why, url)
        self.stats.inc_value("rendering/failed")
        # While a page is opened much may fail that has nothing to do with its list, but not its scripts.
        if tab.clicks or asked.resource_type == "script":
            tab.trouble = f"{url}: {why}"

    @property
    def stats(self) -> Any:
        return self.crawler.stats


async def _in_time(awaitable: Awaitable[T]) -> T:
    """The result; ``RenderingFailed`` where the page's script never lets go."""
    try:
        return await asyncio.wait_for(awaitable, UNRULY)
    except TimeoutError:
        raise RenderingFailed(f"its script has been busy for {UNRULY:.0f} seconds") from None


def _passed_on(asked: PageRequest) -> dict[str, str]:
    """The headers that a page's script sets, or that say what it wants; who asks is the crawler's to say."""
    return {
        name: value
        for name, value in asked.headers.items()
        if name in ("accept", "content-type", "referer") or name.startswith("x-")
    }


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
