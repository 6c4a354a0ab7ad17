"""The walk over listings that every spider of articles shares: navigation only, parsing is in ``pages/``."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Literal, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DontCloseSpider, IgnoreRequest
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from mayadeen import arguments
from mayadeen.arguments import Arguments, BadArgument
from mayadeen.dates import BEIRUT
from mayadeen.downloader import Ended
from mayadeen.items import Article, Discovery
from mayadeen.limits import bounded
from mayadeen.middlewares.rendering import MAX_CLICKS, TABS, NoBrowser, Tab
from mayadeen.pages import front, listing
from mayadeen.pages.directory import Entry, NameKind
from mayadeen.pages.document import Unreadable
from mayadeen.site import Addresses, Section
from mayadeen.spiders.lookup import ALL, GONE, Lookup

logger = logging.getLogger(__name__)

ListingKind = Literal["section", "region"] | NameKind
_DAY = timedelta(days=1)
STALE_PAGES = 2
"""So many pages in a row without anything new end a listing. One is no proof: a listing that moves on by a whole page
while it is walked shows the last page again."""

MAX_ASTRAY = 200
"""So many addresses of a listing in a row that lead to no article, or to one met before, end it: pages made up as they
are asked for, as calendars are, have no last one."""

MAX_PAGES = 20_000
"""So many pages end a listing: ten times what a section of the site can have."""


@dataclass(eq=False)
class Walk:
    """One listing being walked: ``url`` is its next page, ``position`` the articles counted so far.

    ``tab`` is there while the listing is followed in the browser. ``astray`` counts the addresses in a row that led to
    no new article, ``elsewhere`` holds the addresses of articles that live at another one than was listed.
    """

    section: Section
    kind: ListingKind
    first_url: str
    url: str
    pages: int = 0
    position: int = 0
    size: int = 0
    stale: int = 0
    ended: str | None = None
    fragment: bool = False
    previous_url: str | None = None
    tab: Tab | None = None
    visited: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    astray: int = 0
    elsewhere: set[str] = field(default_factory=set)

    @property
    def label(self) -> str:
        """What it is called in log and stats: a tag may have a region's name."""
        return self.section.label if self.kind in ("section", "region") else f"{self.kind} {self.section.label}"

    @property
    def folder(self) -> str:
        """Where a bare slug lies: beside the listing's articles, if most share a folder; else under the listing."""
        folders = Counter(url.rpartition("/")[0] for url in self.seen)
        folder, count = next(iter(folders.most_common(1)), (self.first_url, 0))
        return folder if 2 * count > len(self.seen) else self.first_url


class Walker(Spider):
    """Walks listings side by side and asks for each article once.

    It hands out a few requests at a time and turns to the next listing page when the articles found run low: the queue
    stays short however long a listing is, and little is fetched in vain when a limit ends the run.
    Subclasses name the arguments they take in ``accepted``, values for those not given in ``defaults``, the record that
    ``-O`` gets in ``main_record``, and define ``parse_article``.
    """

    accepted: Collection[str] = ()
    defaults: ClassVar[Mapping[str, str]] = {}
    main_record: type = Article

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.arguments = Arguments()
        self.error: BadArgument | None = None
        self.addresses = Addresses(self.arguments.edition)
        self.menu = front.assumed_menu(self.arguments.edition)
        self.walks: list[Walk] = []
        self.seen: set[str] = set()
        self.listing_addresses: set[str] = set()
        self.lookup = Lookup(self)
        self._started: set[str] = set()
        self._waiting: deque[Walk] = deque()
        self._in_browser: list[Walk] = []  # the first TABS of them are walked, the others wait for a tab
        self._addresses: deque[str] = deque()
        self._found: deque[Request] = deque()
        self._articles_out = 0
        self._listings_out = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Make the spider of its arguments. A bad one is kept, and told when the crawl starts."""
        spider = super().from_crawler(crawler)
        crawler.signals.connect(spider.release_when_idle, signal=signals.spider_idle)
        try:
            spider.configure(crawler, kwargs)
        except BadArgument as error:
            spider.error = error
            # Nothing will be written: what an -O file held before stays.
            crawler.settings.set("FEEDS", {}, priority="cmdline")
        return spider

    def configure(self, crawler: Crawler, given: dict[str, Any]) -> None:
        """Check arguments and settings; raises ``BadArgument``."""
        settings = crawler.settings
        base_url = arguments.base_url(settings)
        self.arguments = arguments.parse({**self.defaults, **given}, self.accepted, datetime.now(UTC), base_url)
        arguments.max_reject_share(settings)
        arguments.manners(settings)
        arguments.writable_data_dir(settings)
        self.addresses = Addresses(self.arguments.edition, base_url)
        self.menu = front.assumed_menu(self.arguments.edition)
        self.lookup = Lookup(self)
        pace = arguments.pace(settings)
        self._articles_wanted = 2 * pace
        self._listings_wanted = max(pace // 4, 1)
        if contact := settings["MAYADEEN_CONTACT"]:
            agent = settings["USER_AGENT"]
            settings.set("USER_AGENT", f"{agent} (+{contact})", priority=settings.getpriority("USER_AGENT") or 0)

    @property
    def stats(self) -> Any:
        return self.crawler.stats

    # --- start ---------------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the front page where its menu is needed, else for the addresses given."""
        if self.error is not None:
            self.refuse(self.error)
        asked = self.arguments
        if asked.mode == "refresh":
            logger.info("mode=refresh: nothing is remembered between runs yet, so every article is fetched anyway")
        self._addresses.extend(asked.urls)
        if not asked.urls or asked.sections or asked.regions or any(asked.names.values()):
            yield Request(f"{self.addresses.base_url}/", callback=self.parse_front, errback=self.front_failed)
        else:
            for request in self.release():
                yield request

    def refuse(self, error: BadArgument) -> None:
        """End the run for a bad argument."""
        self.error = error
        raise CloseSpider("bad_argument")

    async def parse_front(self, response: Response) -> AsyncIterator[Any]:
        """Read the menu and begin the listings that were asked for."""
        menu, why = None, "no menu could be made out on it"
        if isinstance(response, TextResponse):
            try:
                with bounded():
                    menu = front.read_menu(response.text, response.url, self.addresses)
            except Unreadable as error:
                why = str(error)
        if menu is None:
            self.assume_menu(why, response.url)
        else:
            self.menu = menu
        async for request in self.begin(response if isinstance(response, HtmlResponse) else None):
            yield request

    async def front_failed(self, failure: Failure) -> AsyncIterator[Any]:
        """Go on with the built-in table."""
        if isinstance(failure.value, Ended):
            return
        self.assume_menu(reason_of(failure)[1], failure.request.url)  # type: ignore[attr-defined]
        async for request in self.begin(None):
            yield request

    def assume_menu(self, why: str, url: str) -> None:
        logger.warning("menu of the front page not read (%s: %s); the built-in table of sections is used", url, why)
        self.stats.set_value("menu/assumed", why)

    async def begin(self, front_page: HtmlResponse | None) -> AsyncIterator[Request]:
        """Set out the listings asked for; names that the menu does not have are looked up first."""
        try:
            chosen = self.choose()
            self.know_menu()
            for section, kind in chosen:
                self.walk(section, kind)
            if any(self.arguments.names.values()):
                await self.walk_names(front_page)
        except BadArgument as error:
            self.refuse(error)
        for request in self.release():
            yield request

    def know_menu(self) -> None:
        """Take none of the menu's addresses for an article."""
        front_url = f"{self.addresses.base_url}/"
        self.listing_addresses.update(
            self.addresses.canonical(self.addresses.resolve(entry.path, front_url) or front_url)
            for entry in self.menu.entries
        )

    def walk(self, section: Section, kind: ListingKind) -> None:
        """Put a listing in the queue, unless it was there before."""
        if (walk := self.lay_out(section, kind)) is not None:
            self._waiting.append(walk)
            self.stats.set_value("listings/asked", len(self.walks))

    def lay_out(self, section: Section, kind: ListingKind) -> Walk | None:
        """Make a walk of a listing that does not begin yet; ``None`` where there is one already."""
        url = self.addresses.resolve(section.path, f"{self.addresses.base_url}/")
        if url is None or self.addresses.fetchable(url) in self._started:
            return None
        self._started.add(self.addresses.fetchable(url))
        self.listing_addresses.add(self.addresses.canonical(url))
        self.walks.append(Walk(section, kind, url, url))
        return self.walks[-1]

    async def walk_names(self, front_page: HtmlResponse | None) -> None:
        """Look up the names asked for; raises ``BadArgument`` where none is there and nothing else was asked for."""
        found, missing = await self.lookup.find(front_page)
        for entry in found:
            self.walk(Section(entry.name, None, entry.url), entry.kind)
        if "author" in self.lookup.everything and not self.walks:
            logger.warning("no page lists all authors; those met on the articles of the sections are walked")
            for section in self.menu.default(self.arguments.edition):
                self.walk(section, "section")
        for kind, name in missing:
            argument = "coverage" if kind == "coverage" else f"{kind}s"
            nearest = arguments.nearest(name, self.lookup.directory.names(kind))
            if not self.walks and not self.arguments.urls:
                asked = ",".join(self.arguments.names[kind])
                what = f"no listing of {name!r}" if asked != name else "no such listing"
                raise BadArgument(argument, asked, f"{what} was found on the site; {nearest}")
            line = f"{kind} {name!r} was not found on the site; {nearest}"
            self.stats.set_value(f"listing/{kind} {name}/ended", "unknown")
            self.stats.set_value(f"listing/{kind} {name}/trouble", line)
            logger.warning("listing %s", line)

    def walk_entries(self, entries: Iterable[Entry]) -> None:
        """Walk the listings of an article's names, of the kinds of which all were asked for."""
        for entry in entries:
            if entry.kind in self.lookup.everything:
                self.walk(Section(entry.name, None, entry.url), entry.kind)

    def choose(self) -> list[tuple[Section, ListingKind]]:
        """The listings that the arguments name, or the default ones; raises ``BadArgument`` for an unknown name."""
        asked, menu = self.arguments, self.menu
        if not asked.sections and not asked.regions:
            if any(asked.names.values()) and ALL not in (*asked.tags, *asked.coverage):
                return []
            return [(section, "section") for section in menu.default(asked.edition)]
        chosen: dict[Section, ListingKind] = {}
        for argument, names, regions in (("sections", asked.sections, False), ("regions", asked.regions, True)):
            for name in names:
                found = menu.find(name, regions=regions)
                if not found:
                    other = "sections" if regions else "regions"
                    if menu.find(name, regions=not regions):
                        raise BadArgument(argument, name, f"the menu has it among its {other}: use {other}={name}")
                    known = arguments.nearest(name, menu.names(regions=regions))
                    raise BadArgument(argument, name, f"not in the site's menu; {known}")
                chosen.update((section, "region" if regions else "section") for section in found)
        return list(chosen.items())

    # --- the queue -----------------------------------------------------------------------------------------------

    def release(self) -> Iterator[Request]:
        """The requests that may go out now: articles found, then addresses given, then listing pages in turn."""
        while self._articles_out < self.wanted and (self._found or self.refill()):
            self._articles_out += 1
            yield self._found.popleft()
        while self._waiting and self.running_low:
            self._listings_out += 1
            yield self.listing_request(self._waiting.popleft())

    @property
    def wanted(self) -> int:
        """How many articles may be under way at a time."""
        if self.arguments.limit is None:
            return self._articles_wanted
        left: int = self.arguments.limit - self.stats.get_value("articles/written", 0)
        return min(self._articles_wanted, max(left, 1))

    @property
    def running_low(self) -> bool:
        """Whether a further page that lists articles is wanted."""
        return self._listings_out < self._listings_wanted and self._articles_out + len(self._found) < self.wanted

    def refill(self) -> bool:
        """Put an article in the queue from what is at hand, without a request; ``False`` where nothing is left."""
        while self._addresses and not self._found:
            url = self._addresses.popleft()
            self.ask(url, Discovery(kind="url", url=url, position=None))
        return bool(self._found)

    def listing_request(self, walk: Walk) -> Request:
        if walk.tab is not None:
            return Request(
                walk.tab.url,
                meta={"tab": walk.tab},
                callback=self.parse_listing,
                errback=self.listing_failed,
                cb_kwargs={"walk": walk},
            )
        # What a page's script would ask for is asked for as scripts do: some sites answer others with a whole page.
        headers = {"X-Requested-With": "XMLHttpRequest"} if walk.fragment else {}
        return Request(
            self.addresses.fetchable(walk.url),
            headers=headers,
            callback=self.parse_listing,
            errback=self.listing_failed,
            cb_kwargs={"walk": walk},
        )

    def release_when_idle(self) -> None:
        """Go on where nothing is under way any more though something waits, as after a callback that failed."""
        self._articles_out = self._listings_out = 0
        requests = list(self.release())
        for request in requests:
            self.crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider

    def ask(self, url: str, discovery: Discovery, walk: Walk | None = None) -> None:
        """Put an article in the queue, unless it was there before."""
        key = self.addresses.canonical(url)
        if key in self.seen:
            self.stats.inc_value("articles/skipped/listed_again")
            return
        self.seen.add(key)
        self._found.append(
            Request(
                self.addresses.fetchable(url),
                callback=self.article,
                errback=self.article_failed,
                cb_kwargs={"discovery": discovery, "walk": walk},
            )
        )

    # --- listings ------------------------------------------------------------------------------------------------

    def parse_listing(self, response: Response, walk: Walk) -> Iterator[Any]:
        """Ask for what a listing page shows, and put the next page in the queue."""
        self._listings_out -= 1
        if self.arguments.render == "always" and walk.tab is None and isinstance(response, HtmlResponse):
            self.to_browser(walk, response)
            yield from self.release()
            return
        walk.pages += 1
        self.stats.inc_value("listings/pages")
        self.stats.set_value(f"listing/{walk.label}/pages", walk.pages)
        walk.visited.update((walk.url, response.url))
        if not isinstance(response, TextResponse):
            self.end_listing(walk, "failed", "is no text page")
            yield from self.release()
            return
        try:
            with bounded():
                page = listing.read_listing(
                    response.text, response.url, self.addresses, self.listing_addresses, walk.folder
                )
        except Unreadable as error:
            self.end_listing(walk, "failed", f"has a page that cannot be read: {error}")
            yield from self.release()
            return
        if walk.pages == 1:
            yield from self.first_page(response, walk)
        new = [card for card in page.cards if self.addresses.canonical(card.url) not in walk.seen]
        for card in new:
            walk.seen.add(self.addresses.canonical(card.url))
            walk.position += 1
            self.follow(card, Discovery(kind=walk.kind, url=response.url, position=walk.position), walk)
        if walk.pages == 1:
            walk.size = len(page.cards)
        walk.stale = 0 if new else walk.stale + 1
        self.turn(walk, page, response, new)
        yield from self.release()

    def first_page(self, response: TextResponse, walk: Walk) -> Iterator[Any]:
        """What a listing's first page gives besides its cards; nothing, unless a spider says otherwise."""
        yield from ()

    def follow(self, card: listing.Card, discovery: Discovery, walk: Walk) -> None:
        """Ask for a card's article, unless the day it shows lies outside the range."""
        if self.surely_out_of_range(card.date):
            self.stats.inc_value("articles/out_of_range")
        else:
            self.ask(card.url, discovery, walk)

    def turn(self, walk: Walk, page: listing.ListingPage, response: TextResponse, new: list[listing.Card]) -> None:
        """Put the next page of a listing in the queue, or end it and say why."""
        url, step = response.url, page.next
        if step is None and walk.fragment and not page.complete and page.cards:
            counted = listing.count_on(url, walk.previous_url, len(page.cards))
            step = listing.Step(counted, fragment=True) if counted else None
        if walk.tab is not None:
            by_script = page.control is not None or (step is None and self.arguments.render == "always")
        else:
            by_script = page.script_only and walk.pages == 1
        if not walk.seen and not page.cards and step is None and (walk.tab is not None or not page.script_only):
            self.end_listing(walk, "empty", "shows no article on its first page")
        elif walk.fragment and step is not None and not page.cards:
            self.end_listing(walk, "failed", "leads on, but no article can be made out in what it loads")
        elif (
            step is None
            and walk.fragment
            and walk.pages == 2
            and 0 < walk.size <= len(page.cards)
            and not page.complete
        ):
            self.end_listing(walk, "failed", "loads more once, and does not say where it goes on")
        elif by_script and self.arguments.render == "never":
            self.end_listing(walk, "script_only", "loads more by script and is not followed with render=never")
        elif step is None and not by_script:
            self.end_listing(walk, "complete")
        elif self.arguments.max_pages is not None and walk.pages >= self.arguments.max_pages:
            self.end_listing(walk, "max_pages")
        elif walk.stale >= STALE_PAGES or (walk.pages > 1 and not (new if walk.tab else page.cards)):
            self.end_listing(walk, "nothing_new")
        elif self.all_too_old(new if walk.tab else page.cards, walk):
            self.end_listing(walk, "since")
        elif walk.astray >= MAX_ASTRAY:
            self.end_listing(walk, "failed", f"leads on, but {walk.astray} addresses in a row led to no new article")
        elif walk.pages >= MAX_PAGES:
            self.end_listing(walk, "failed", f"has more after {MAX_PAGES} pages; name a time with since")
        elif by_script and walk.tab is not None and walk.tab.clicks >= MAX_CLICKS:
            self.end_listing(walk, "failed", f"has more after {MAX_CLICKS} clicks; name a time with since")
        elif by_script or step is None:
            self.to_browser(walk, response, page.control, click=True)
        elif step.url in walk.visited or self.addresses.fetchable(step.url) in walk.visited:
            self.end_listing(walk, "loop")
        elif not self.addresses.is_site(step.url):
            self.end_listing(walk, "failed", f"has its next page on another host, {step.url}")
        else:
            self.leave_browser(walk)
            walk.previous_url, walk.url, walk.fragment = url, step.url, step.fragment
            self._waiting.append(walk)

    def to_browser(
        self, walk: Walk, response: TextResponse, control: str | None = None, *, click: bool = False
    ) -> None:
        """Put the listing in the queue to be opened in the browser, or to grow there; no more than ``TABS`` at once."""
        if walk.tab is None:
            walk.tab = Tab(response)
            self._in_browser.append(walk)
            self.stats.inc_value("listings/rendered")
        walk.tab.control, walk.tab.click = control, click
        if walk in self._in_browser[:TABS]:
            self._waiting.append(walk)

    def leave_browser(self, walk: Walk) -> None:
        """Close the listing's tab, if it has one, and let the next listing have it."""
        if walk.tab is not None:
            walk.tab.end()
            walk.tab = None
            self._in_browser.remove(walk)
            self._waiting.extend(self._in_browser[TABS - 1 : TABS])

    def end_listing(self, walk: Walk, reason: str, trouble: str | None = None) -> None:
        self.leave_browser(walk)
        walk.ended = reason
        self.stats.set_value(f"listing/{walk.label}/ended", reason)
        self.stats.inc_value("listings/ended")
        self.stats.inc_value(f"listings/ended/{reason}")
        if trouble:
            line = f"{walk.label} ({self.addresses.fetchable(walk.url)}) {trouble}"
            self.stats.set_value(f"listing/{walk.label}/trouble", line)
            logger.warning("listing %s", line)
        else:
            logger.info("listing %s ended: %s; %d pages, %d articles", walk.label, reason, walk.pages, walk.position)

    def listing_failed(self, failure: Failure) -> Iterator[Request]:
        """End a listing whose page could not be had."""
        self._listings_out -= 1
        walk: Walk = failure.request.cb_kwargs["walk"]  # type: ignore[attr-defined]
        # A name that was asked for was seen to be there: what is gone was linked to by some article.
        if (walk.pages or walk.kind not in ("section", "region")) and status_of(failure) in GONE:
            self.end_listing(walk, "not_found")
        elif isinstance(failure.value, Ended):
            self.end_listing(walk, "ended")
        elif isinstance(failure.value, NoBrowser):
            self.end_listing(walk, "script_only", f"loads more by script, and {failure.value}")
        else:
            self.end_listing(walk, "failed", f"failed: {reason_of(failure)[1]}")
        yield from self.release()

    def surely_out_of_range(self, shown: date | None) -> bool:
        """Whether a card's date, a day in Beirut give or take one, lies outside ``since`` and ``until``."""
        if shown is None:
            return False
        until = self.arguments.until
        return self.too_old(shown) or (until is not None and shown - until.astimezone(BEIRUT).date() > _DAY)

    def too_old(self, shown: date) -> bool:
        since = self.arguments.since
        return since is not None and since.astimezone(BEIRUT).date() - shown > _DAY

    def all_too_old(self, cards: Collection[listing.Card], walk: Walk) -> bool:
        """Whether a listing has come to where nothing more is wanted."""
        return bool(cards) and all(card.date is not None and self.too_old(card.date) for card in cards)

    # --- articles ------------------------------------------------------------------------------------------------

    def article(self, response: Response, discovery: Discovery, walk: Walk | None) -> Iterator[Any]:
        """Count an article's page as arrived and hand it on."""
        self._articles_out -= 1
        redirected = bool(response.meta.get("redirect_urls"))
        if redirected and self.is_listing(response.url):
            self.skip("listing", response.url)
            self.went_astray(walk)
        else:
            yield from self.parse_article(response, discovery, walk)
        yield from self.release()

    def parse_article(self, response: Response, discovery: Discovery, walk: Walk | None) -> Iterator[Any]:
        """Yield the record of an article's page."""
        raise NotImplementedError

    def went_astray(self, walk: Walk | None) -> None:
        """Note that an address of a listing led to no article."""
        if walk is not None:
            walk.astray += 1

    def arrived(self, walk: Walk | None, listed_at: str, lives_at: str) -> None:
        """Note that an address of a listing led to an article, and where that lives."""
        if walk is None:
            return
        walk.astray = walk.astray + 1 if lives_at in walk.elsewhere else 0
        if lives_at != self.addresses.canonical(listed_at):
            walk.elsewhere.add(lives_at)

    def is_listing(self, url: str) -> bool:
        return self.addresses.canonical(url) in self.listing_addresses or self.is_front(url)

    def is_front(self, url: str) -> bool:
        return self.addresses.canonical(url) == self.addresses.canonical(self.addresses.base_url)

    def skip(self, reason: str, url: str) -> None:
        """Count an address that is no article."""
        logger.info("skipped (%s): %s", reason, url)
        self.stats.inc_value(f"articles/skipped/{reason}")

    def article_failed(self, failure: Failure) -> Iterator[Request]:
        """Count an article that could not be had."""
        self._articles_out -= 1
        url = failure.request.url  # type: ignore[attr-defined]
        code, text = reason_of(failure)
        if status_of(failure) in GONE:
            logger.info("gone (%s): %s", code, url)
            self.stats.inc_value("articles/gone")
            self.went_astray(failure.request.cb_kwargs.get("walk"))  # type: ignore[attr-defined]
        elif code in ("robots", "offsite", "ended"):
            self.skip(code, url)
        else:
            logger.error("failed (%s): %s", text, url)
            self.stats.inc_value("articles/failed")
            self.stats.inc_value(f"articles/failed/{code}")
            if self.stats.get_value("articles/failed_first") is None:
                self.stats.set_value("articles/failed_first", f"{url}: {text}")
        yield from self.release()


def said_of(error: BaseException | None) -> str:
    """What an error says, on one line, for people."""
    # Twisted's own text is for programmers.
    if reasons := getattr(getattr(error, "__cause__", None), "reasons", None):
        return f"the connection broke off: {reasons[0].getErrorMessage()}"
    return " ".join(str(error).split()) or _SAID.get(type(error).__name__, type(error).__name__)


_SAID = {
    "DownloadCancelledError": "it is larger than DOWNLOAD_MAXSIZE",
    "ResponseDataLossError": "it was cut short on its way",
}
"""What errors without a text mean."""


def status_of(failure: Failure) -> int | None:
    """The HTTP status that a request failed with, or ``None`` where it was none."""
    error = failure.value
    return error.response.status if isinstance(error, HttpError) else None


def reason_of(failure: Failure) -> tuple[str, str]:
    """Why a request failed: a short code for counting, and a text for people."""
    error = failure.value
    if isinstance(error, HttpError):
        return str(error.response.status), f"HTTP status {error.response.status}"
    text = " ".join(str(error).split()) or _SAID.get(type(error).__name__, type(error).__name__)
    if reasons := getattr(
        getattr(error, "__cause__", None), "reasons", None
    ):  # Twisted's, whose text is for programmers
        text = f"the connection broke off: {reasons[0].getErrorMessage()}"
    if isinstance(error, Ended):
        return "ended", text
    if isinstance(error, IgnoreRequest):
        if type(error).__name__ == "Offsite":
            return "offsite", text
        if "robots" in text:
            return "robots", "forbidden by robots.txt"
        if "redirect" in text:
            return "redirects", text
    return type(error).__name__, text
