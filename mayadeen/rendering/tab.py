"""A listing's page in the browser: opened, scrolled, clicked, and read as it grows."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from playwright.async_api import Error
from scrapy import Request

from mayadeen.rendering.browser import first_line
from mayadeen.rendering.errors import RenderingFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Page, Route, WebSocketRoute
    from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

logger = logging.getLogger(__name__)

T = TypeVar("T")

QUIET = 0.3
"""Seconds without a request or a new link, after which a page that has grown is finished."""

PATIENCE = 3.0
"""Seconds that a page has to react to a click: scripts wait until scrolling stops."""

UNRULY = 30.0
"""Seconds without a request, after which a page that changes all the time, or hangs, is read as it is."""

_contexts = count(1)

# Cards are made of links. Their number and a checksum of their addresses show whether the list has changed.
_STATE = """() => {
    let sum = 0;
    for (const link of document.links) { for (const c of link.href) { sum = (sum * 31 + c.charCodeAt(0)) | 0; } }
    return [document.readyState === 'loading', document.links.length, sum];
}"""

# It scrolls up and down again, because a page that is at the bottom already does not notice that it scrolls. The click
# goes to the element itself, whatever covers it. Returns whether the element is something to click.
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

# Elements without cards are left out. In a long list, entries of an earlier snapshot are sent empty. Reading them all
# at every click would soon take longer than the requests. The first entries stay, so that the reader still recognises
# the list.
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


class Tab:
    """A listing's page in the browser, and its state.

    ``source`` is the page as it was fetched, so that it is not fetched a second time. It is dropped when opened.
    ``pending`` counts requests under way, ``requests`` how often each was sent since the last click. ``trouble`` names
    the last to fail.
    """

    def __init__(self, url: str, source: str) -> None:
        self.url = url
        self.source: str | None = source
        self.clicks = 0
        self.page: Page | None = None
        self.busy = False
        self.grown = False
        self.pending = 0
        self.requests = Counter[tuple[str, str, bytes]]()
        self.trouble: str | None = None
        self.closing: asyncio.Future[None] | None = None

    def end(self) -> None:
        """Close the page."""
        self.source = None
        if self.page is not None:
            page, self.page = self.page, None
            self.closing = asyncio.ensure_future(_close(page))

    async def open(
        self,
        handler: ScrapyPlaywrightDownloadHandler,
        user_agent: str,
        answer: Callable[[Tab, Route], Awaitable[None]],
    ) -> None:
        """Show the page that was fetched, in a context of its own. ``answer`` answers what the page requests."""

        async def answer_route(route: Route) -> None:
            await answer(self, route)

        async def refuse(socket: WebSocketRoute) -> None:
            await socket.close()

        async def guard(page: Page, _request: Request) -> None:
            await page.route("**/*", answer_route)
            await page.route_web_socket("**/*", refuse)

        async def shut(popup: Page) -> None:
            await popup.close()

        meta = {
            "playwright": True,
            "playwright_include_page": True,
            "playwright_context": f"listing-{next(_contexts)}",
            "playwright_context_kwargs": {
                "user_agent": user_agent,
                "viewport": {"width": 1280, "height": 200},  # pages are short without styles and images
                "service_workers": "block",
                "accept_downloads": False,
            },
            "playwright_page_init_callback": guard,
            "playwright_page_event_handlers": {"popup": shut},
            "playwright_page_goto_kwargs": {"wait_until": "commit"},
        }
        request = Request(self.url, meta=meta)
        try:
            await handler.download_request(request)
        finally:
            self.page = request.meta.get("playwright_page")
        await self.settle(before=None)

    async def grow(self, control: str | None) -> None:
        """Scroll down, click the control that loads more, and wait for the result."""
        assert self.page is not None
        self.clicks += 1
        self.requests.clear()
        before = await _in_time(self.page.evaluate(_STATE))
        clicked = await _in_time(self.page.evaluate(_MORE, control))
        if await self.settle(before):
            self.grown, self.trouble = True, None
        elif self.trouble:
            raise RenderingFailed(f"its script could not load more: {self.trouble}")
        elif clicked and not self.grown and not self.requests:
            raise RenderingFailed("its button does nothing in the browser")

    async def settle(self, before: list[Any] | None) -> bool:
        """Wait until the page has stopped to change, and return whether its links differ from those ``before``.

        Time counts only while no request is under way: requests wait for the throttle, however slow it is.
        """
        assert self.page is not None
        interval = 0.05
        last, quiet, idle = before, 0.0, 0.0
        while idle < UNRULY:
            try:
                state = await _in_time(self.page.evaluate(_STATE))
            except Error:
                if self.page is None or self.page.is_closed():
                    raise
                state = None  # between two documents
            if self.pending:
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

    async def snapshot(self) -> tuple[str, bytes]:
        """Return the URL and the HTML of the page as it is now."""
        assert self.page is not None
        html: str = await _in_time(self.page.evaluate(_SNAPSHOT))
        return self.page.url, html.encode("utf-8", "replace")


async def _close(page: Page) -> None:
    try:
        await page.context.close()
    except Error as error:  # the browser may have ended first, and its pages with it
        logger.debug("Page of a listing not closed: %s", first_line(error))


async def _in_time(awaitable: Awaitable[T]) -> T:
    """Return the result. Raises ``RenderingFailed`` if the page's script does not end."""
    try:
        return await asyncio.wait_for(awaitable, UNRULY)
    except TimeoutError:
        raise RenderingFailed(f"its script has been busy for {UNRULY:.0f} seconds") from None
