"""The walk over listings that every spider of articles shares: navigation only, parsing is in ``pages/``."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any, ClassVar, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DontCloseSpider, IgnoreRequest
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from mayadeen.crawling import arguments
from mayadeen.crawling.arguments import Arguments, BadArgument
from mayadeen.crawling.completeness import incompleteness
from mayadeen.crawling.listing_crawl import (
    WITHOUT_ARTICLE,
    Follow,
    ListingCrawl,
    ListingKind,
    ListingLimits,
    ListingTab,
    NextStep,
    PageFacts,
    Render,
    Resume,
    Stop,
    following_page,
    next_step,
)
from mayadeen.crawling.listing_finder import ALL, GONE, ListingFinder
from mayadeen.crawling.outcomes import UrlOutcome, UrlSource
from mayadeen.crawling.publication_range import PublicationRange
from mayadeen.crawling.session import ANCHOR_PAGES, POSTS, CrawlSession, read_via, via_of
from mayadeen.crawling.signals import session_opened, tab_closed
from mayadeen.extraction import listing
from mayadeen.extraction import menu as menu_page
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.names import Entry
from mayadeen.items import Article, Discovery
from mayadeen.monitoring.drift import FieldSampler
from mayadeen.politeness.handler import RunStopped
from mayadeen.rendering.errors import NoBrowser
from mayadeen.rendering.middleware import TABS
from mayadeen.site.editions import EDITIONS, Section
from mayadeen.site.urls import Addresses
from mayadeen.storage.errors import StateError
from mayadeen.storage.posts import Post
from mayadeen.storage.queue import KnownListing, QueuedUrl

logger = logging.getLogger(__name__)

EXAMPLES = 100
"""So many addresses of a kind are named in the report: to look at, not to count."""
NOT_MODIFIED = 304


class ListingSpider(Spider):
    """Walks listings side by side and asks for each article once.

    It hands out a few requests at a time and turns to the next listing page when the articles found run low: the queue
    stays short however long a listing is, and little is fetched in vain when a limit ends the run.
    Every address that it meets belongs to one of its ``origins``; ``settle`` is told what became of each that was asked
    for, and ``unsettled`` holds those it was not told of yet, canonical address → origin.
    Subclasses name the arguments they take in ``accepted``, values for those not given in ``defaults``, the record that
    ``-O`` gets in ``main_record``, and define ``parse_article``.
    """

    accepted: Collection[str] = ()
    defaults: ClassVar[Mapping[str, str]] = {}
    main_record: type = Article
    lock: ClassVar[str] = POSTS
    narrow: ClassVar[bool] = False
    """Whether the spider is about some of the site's articles only, whatever its arguments."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.arguments = Arguments()
        self.given: dict[str, str] = {}
        self.error: BadArgument | StateError | None = None
        self.memory = CrawlSession(self)
        self.stem = ""
        self.measure = FieldSampler()
        self.addresses = Addresses(self.arguments.edition)
        self.menu = menu_page.assumed_menu(self.arguments.edition)
        self.walks: list[ListingCrawl] = []
        self.origins: list[UrlSource] = []
        self.seen: set[str] = set()
        self.older_urls: set[str] = set()
        self.unsettled: dict[str, UrlSource] = {}
        self.examples: dict[UrlOutcome, list[tuple[str, str]]] = {
            "failed": [],
            "rejected": [],
            "gone": [],
            "skipped": [],
        }
        self.listing_addresses: set[str] = set()
        self.lookup = ListingFinder(self)
        self._started: set[str] = set()
        self._waiting: deque[ListingCrawl] = deque()
        self._tab_numbers = count(1)
        self._in_browser: list[ListingCrawl] = []  # the first TABS of them are walked, the others wait for a tab
        self._addresses: deque[str] = deque()
        self._left: deque[QueuedUrl] = deque()
        self._revisited: UrlSource | None = None
        self._revisits: Iterator[Post] | None = None
        self._put_off: set[str] = set()
        self._found: deque[Request] = deque()
        self._articles_out = 0
        self._listings_out = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Make the spider of its arguments, given by name or together in a mapping. A bad one is kept, and told when
        the crawl starts."""
        spider = super().from_crawler(crawler)
        crawler.signals.connect(spider.release_when_idle, signal=signals.spider_idle)
        try:
            spider.configure(crawler, dict(*args, **kwargs))
        except BadArgument as error:
            spider.error = error
            # Nothing will be written: what an -O file held before stays.
            crawler.settings.set("FEEDS", {}, priority="cmdline")
        return spider

    def configure(self, crawler: Crawler, given: dict[str, Any]) -> None:
        """Check arguments and settings; raises ``BadArgument``."""
        settings = crawler.settings
        self.given = {name: str(value) for name, value in given.items()}
        # The folder first, then the name that a scheduler gave: whatever else is wrong, a report can be left.
        self.data = arguments.writable_data_dir(settings)
        edition = EDITIONS.get(str(given.get("edition", "")), self.arguments.edition)
        self.arguments = Arguments(edition, job=arguments.job(given))
        base_url = arguments.base_url(settings)
        self.addresses = Addresses(self.arguments.edition, base_url)
        self._read_arguments = partial(
            arguments.parse, {**self.defaults, **given}, self.accepted, base_url=base_url, data=self.data
        )
        self.arguments = self._read_arguments(now=datetime.now(UTC))
        arguments.refuse_jobdir(settings)
        arguments.max_reject_share(settings)
        arguments.politeness_settings(settings)
        arguments.images_wanted(settings)
        arguments.warc_wanted(settings)
        self.lock_wait = arguments.lock_wait(settings)
        self.addresses = Addresses(self.arguments.edition, base_url)
        self.menu = menu_page.assumed_menu(self.arguments.edition)
        self.lookup = ListingFinder(self)
        pace = arguments.pace(settings)
        self._articles_wanted = 2 * pace
        self._listings_wanted = max(pace // 4, 1)
        if contact := settings["MAYADEEN_CONTACT"]:
            agent = settings["USER_AGENT"]
            settings.set("USER_AGENT", f"{agent} (+{contact})", priority=settings.getpriority("USER_AGENT") or 0)

    @property
    def stats(self) -> Any:
        return self.crawler.stats

    @property
    def comparison(self) -> dict[str, Any] | None:
        """What sitemaps and listings had that the other lacked; ``None`` where not both were walked."""
        return None

    # --- start ---------------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the front page where its menu is needed, else for the addresses given."""
        if self.error is not None:
            self.refuse(self.error)
        try:
            await self.memory.open(self.lock, self.lock_wait)
        except StateError as error:
            self.refuse(error)
        self.crawler.signals.send_catch_log(session_opened, spider=self)
        asked = self.arguments
        if self.memory.crawl.resumed:
            # Ages count from when it was begun.
            asked = self._read_arguments(now=datetime.fromisoformat(self.memory.crawl.started_at))
            if asked.limit is not None:
                asked = replace(asked, limit=asked.limit - self.memory.crawl.articles)
                if asked.limit == 0:  # killed when all was written
                    raise CloseSpider("limit")
            self.arguments = asked
            self.go_on()
        if asked.urls:
            self.take_given(asked.urls)
        if self.only_urls:
            for request in self.release():
                yield request
        else:
            yield Request(f"{self.addresses.base_url}/", callback=self.parse_front, errback=self.front_failed)

    @property
    def only_urls(self) -> bool:
        asked = self.arguments
        return bool(asked.urls and not (asked.sections or asked.regions or any(asked.names.values())))

    def take_given(self, urls: Collection[str]) -> None:
        """Put the addresses that the user gave in the queue, each once."""
        given = UrlSource(kind="urls", label="addresses given", first_url=None, ended="complete")
        self.origins.append(given)
        for url in urls:
            address = self.addresses.canonical(url)
            if given.lists(address):
                self.ask(url, Discovery(kind="url", url=url, position=None), None, origin=given)

    def go_on(self) -> None:
        """Take up the walks and the addresses that a run which was cut short left."""
        crawl = self.memory.crawl
        for number, saved in crawl.listings.items():
            self.restore(number, saved)
        walks = {walk.number: walk for walk in self.walks}
        rest = UrlSource(kind="left", label="left by the run before", first_url=None, ended="complete")
        for found in self.memory.state.queue.pending(crawl):
            origin = walks.get(found.listing, rest)
            origin.listed += 1
            if found.address in self.unsettled:  # shown by several of them
                origin.count("elsewhere")
                continue
            self.seen.add(found.address)
            self.unsettled[found.address] = origin
            self._left.append(found)
        if rest.listed:
            self.origins.append(rest)
        logger.info(
            "going on with what was begun at %s and cut short: %d pages to be fetched, %d listings to be walked",
            crawl.started_at,
            len(self._left),
            sum(not walk.ended for walk in self.walks),
        )
        self.memory.is_planned = bool(crawl.listings)

    def restore(self, number: int, saved: dict[str, Any]) -> None:
        """Lay out a walk as it was saved."""
        walk = self.lay_out(Section(*saved["section"]), saved["kind"])
        if walk is None:
            return
        walk.number, walk.requested = number, saved["requested"]
        walk.newest_urls, walk.first_page_size = saved["newest_urls"], saved["first_page_size"]
        walk.ended = saved["ended"] if saved["ended"] not in ("failed", "script_only", "incomplete") else None
        if saved["joined_cover"]:
            walk.joined_cover = KnownListing(tuple(saved["joined_cover"][0]), saved["joined_cover"][1])
        # A page that grew in the browser grows again from its start.
        if saved["pages"] and not saved["tab"] and not walk.ended:
            walk.resume_state = saved
            walk.seen_before_resume = frozenset(self.memory.state.queue.listed(self.memory.crawl, number))
            walk.seen = set(walk.seen_before_resume)
            walk.positions_before_resume = len(walk.seen)

    def rejoin(self, walk: ListingCrawl) -> None:
        """Go on with a walk where it was cut short."""
        assert walk.resume_state is not None
        saved, walk.resume_state, walk.seen_before_resume = walk.resume_state, None, frozenset()
        walk.pages, walk.first_page_size = saved["pages"], saved["first_page_size"]
        walk.pages_without_new_urls = saved["pages_without_new_urls"]
        walk.fragment, walk.previous_url = saved["fragment"], saved["previous_url"]
        walk.url = self.addresses.fetchable(saved["url"])
        self.memory.release(walk)

    def stop(self, error: StateError) -> None:
        """End the run: nothing more can be kept."""
        if self.error is None:
            self.error = error
            self._stopping = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason=error.reason))

    def refuse(self, error: BadArgument | StateError) -> None:
        """End the run for a bad argument, or a data folder that cannot be used."""
        self.error = error
        raise CloseSpider("bad_argument" if isinstance(error, BadArgument) else error.reason)

    async def parse_front(self, response: Response) -> AsyncIterator[Any]:
        """Read the menu and begin the listings that were asked for."""
        menu, why = None, "no menu could be made out on it"
        if isinstance(response, TextResponse):
            try:
                with bounded():
                    menu = menu_page.read_menu(response.text, response.url, self.addresses)
            except PageError as error:
                why = str(error)
        if menu is None:
            self.assume_menu(why, response.url)
        else:
            self.menu = menu
        async for request in self.begin(response if isinstance(response, HtmlResponse) else None):
            yield request

    async def front_failed(self, failure: Failure) -> AsyncIterator[Any]:
        """Go on with the built-in table."""
        if isinstance(failure.value, RunStopped):
            return
        self.assume_menu(failure_reason(failure)[1], failure.request.url)  # type: ignore[attr-defined]
        async for request in self.begin(None):
            yield request

    def assume_menu(self, why: str, url: str) -> None:
        logger.warning("menu of the front page not read (%s: %s); the built-in table of sections is used", url, why)
        self.stats.set_value("menu/assumed", why)

    async def begin(self, front_page: HtmlResponse | None) -> AsyncIterator[Request]:
        """Set out the listings asked for; names that the menu does not have are looked up first."""
        self.know_menu()
        if self.memory.crawl.listings:
            self.go_on_with_names()
            self.set_out([walk for walk in self.walks if walk not in self.origins])
        else:
            try:
                for section, kind in self.choose():
                    self.walk(section, kind)
                if any(self.arguments.names.values()):
                    await self.walk_names(front_page)
            except BadArgument as error:
                self.refuse(error)
            self.memory.plan()
        self.take_again()
        for request in self.release():
            yield request

    def go_on_with_names(self) -> None:
        """Take for looked up what a run that was cut short looked up."""
        self.lookup.everything = {kind for kind, names in self.arguments.names.items() if ALL in names}
        if any(walk.kind == "author" for walk in self.walks):
            self.lookup.everything.discard("author")

    @property
    def is_narrow(self) -> bool:
        """Whether the run is about some listings only."""
        asked = self.arguments
        return bool(self.narrow or asked.sections or asked.regions or any(asked.names.values()))

    @property
    def scope(self) -> set[str] | None:
        """The listings that the run is about, by their canonical addresses; ``None`` where it is about everything."""
        if not self.is_narrow:
            return None
        return {self.addresses.canonical(walk.first_url) for walk in self.walks}

    def take_again(self) -> None:
        """Ask again for what earlier runs could not make records of, and set out to re-visit what is known."""
        again = UrlSource(kind="retries", label="tried again", first_url=None, ended="complete")
        scope = self.scope
        if not self.memory.crawl.resumed:
            for found in self.memory.state.queue.retries(self.arguments.edition.code):
                discovery, section = read_via(found.via)
                in_scope = scope is None or (section is not None and self.listing_of(section) in scope)
                if in_scope and again.lists(found.address):
                    self.ask(self.addresses.fetchable(found.url), discovery, section, origin=again)
        if again.listed:
            self.origins.append(again)
        if self.arguments.mode == "refresh":
            self._revisited = UrlSource(kind="known", label="known before", first_url=None, ended="complete")
            self.origins.append(self._revisited)
            self._revisits = self.memory.revisits(scope)

    def listing_of(self, section: Section) -> str | None:
        url = self.addresses.resolve(section.path, f"{self.addresses.base_url}/")
        return self.addresses.canonical(url) if url else None

    def know_menu(self) -> None:
        """Take none of the menu's addresses for an article."""
        front_url = f"{self.addresses.base_url}/"
        self.listing_addresses.update(
            self.addresses.canonical(self.addresses.resolve(entry.path, front_url) or front_url)
            for entry in self.menu.entries
        )

    def walk(self, section: Section, kind: ListingKind, *, requested: bool = True) -> None:
        """Put a listing in the queue, unless it was there before."""
        if (walk := self.lay_out(section, kind, requested=requested)) is not None:
            self.set_out([walk])

    def set_out(self, walks: Collection[ListingCrawl]) -> None:
        """Put listings laid out before in the queue."""
        self.origins.extend(walks)
        self._waiting.extend(walk for walk in walks if not walk.ended)
        self.stats.set_value("listings/asked", len(self.walks))

    def lay_out(self, section: Section, kind: ListingKind, *, requested: bool = True) -> ListingCrawl | None:
        """Make a walk of a listing that does not begin yet; ``None`` where there is one already."""
        url = self.addresses.resolve(section.path, f"{self.addresses.base_url}/")
        if url is None or self.addresses.fetchable(url) in self._started:
            return None
        self._started.add(self.addresses.fetchable(url))
        self.listing_addresses.add(self.addresses.canonical(url))
        walk = ListingCrawl(
            kind=kind,
            label=section.label,
            section=section,
            first_url=url,
            url=url,
            number=len(self.walks),
            requested=requested,
        )
        self.walks.append(walk)
        self.memory.planned(walk)
        return walk

    async def walk_names(self, front_page: HtmlResponse | None) -> None:
        """Look up the names asked for; raises ``BadArgument`` where none is there and nothing else was asked for."""
        found, missing = await self.lookup.find(front_page)
        for entry in found:
            named = ALL not in self.arguments.names[entry.kind]
            self.walk(Section(entry.name, None, entry.url), entry.kind, requested=named)
        if "author" in self.lookup.everything and not self.walks:
            logger.warning("no page lists all authors; those met on the articles of the sections are walked")
            for section in self.menu.default(self.arguments.edition):
                self.walk(section, "section")
        for kind, name in missing:
            argument = "coverage" if kind == "coverage" else f"{kind}s"
            known = self.lookup.directory.names(kind)
            if not self.walks and not self.arguments.urls:
                asked = ",".join(self.arguments.names[kind])
                what = f"no listing of {name!r}" if asked != name else "no such listing"
                raise BadArgument(argument, asked, f"{what} was found on the site; {arguments.nearest(name, known)}")
            line = f"{kind} {name!r} was not found on the site; {arguments.nearest(name, known, brief=True)}"
            self.origins.append(UrlSource(kind=kind, label=name, first_url=None, ended="unknown", trouble=line))
            logger.warning("listing %s", line)

    def walk_entries(self, entries: Iterable[Entry]) -> None:
        """ListingCrawl the listings of an article's names, of the kinds of which all were asked for."""
        for entry in entries:
            if entry.kind in self.lookup.everything:
                self.walk(Section(entry.name, None, entry.url), entry.kind, requested=False)

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
        if self._left and not self._found:
            found = self._left.popleft()
            self._found.append(self.article_request(self.addresses.fetchable(found.url), *read_via(found.via)))
        while not self._found and self._revisits is not None and self.all_walked:
            post = next(self._revisits, None)
            if post is None:
                self._revisits = None
            elif self._revisited is not None and self._revisited.lists(self.addresses.canonical(post.url)):
                self.ask(self.addresses.fetchable(post.url), *read_via(post.via), origin=self._revisited)
        return bool(self._found)

    @property
    def all_walked(self) -> bool:
        """Whether no listing waits, or is under way."""
        return not (self._waiting or self._in_browser or self._listings_out)

    def listing_request(self, walk: ListingCrawl) -> Request:
        if walk.tab is not None:
            return Request(
                walk.tab.url,
                meta={"tab": replace(walk.tab)},
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

    def ask(self, url: str, discovery: Discovery, section: Section | None, *, origin: UrlSource) -> None:
        """Put an article in the queue, unless it was there before or is known."""
        address = self.addresses.canonical(url)
        via = via_of(discovery, section)
        if address in self.seen and not (origin is self._revisited and address in self._put_off):
            self.memory.listed(address, url, via, origin, settled=True)
            origin.count("elsewhere")
            return
        self.seen.add(address)
        fate = self.memory.fate_of(address)
        if fate is None and self.comes_again(address, origin):
            self._put_off.add(address)
            self.memory.listed(address, url, via, origin)
            origin.count("elsewhere")
            return
        if fate is not None:
            self.memory.listed(address, url, via, origin, settled=True)
            origin.count(*fate)
            return
        self.memory.listed(address, url, via, origin)
        self.unsettled[address] = origin
        self._found.append(self.article_request(url, discovery, section))

    def comes_again(self, address: str, origin: UrlSource) -> bool:
        """Whether a known article is put off until all listings are walked, to be re-visited with all others, newest
        first."""
        if self._revisits is None or self.is_narrow or origin is self._revisited:
            return False
        return self.memory.has_its_turn(address)

    def article_request(self, url: str, discovery: Discovery, section: Section | None = None) -> Request:
        """The request of an article; ``asked`` in its meta is the address to ``settle``, wherever it is redirected."""
        address = self.addresses.canonical(url)
        return Request(
            self.addresses.fetchable(url),
            callback=self.article,
            errback=self.article_failed,
            headers=self.memory.conditions(address),
            cb_kwargs={"discovery": discovery, "section": section},
            meta={"asked": address, "handle_httpstatus_list": [NOT_MODIFIED]},
        )

    def settle(self, address: str, fate: UrlOutcome, reason: str | None = None) -> None:
        """Count what became of an address that was asked for; the first word about it counts.

        ``reason`` is a short code of what is skipped, words for people where a page failed, was rejected or is gone.
        """
        if (origin := self.unsettled.pop(address, None)) is None:
            return
        origin.count(fate, reason)
        if isinstance(origin, ListingCrawl):
            met_before = fate == "unchanged" and self.arguments.mode == "new"
            origin.urls_without_article = (
                origin.urls_without_article + 1 if fate in WITHOUT_ARTICLE or met_before else 0
            )
        self.give_example(fate, address, reason)
        try:
            self.memory.settle(address, fate, reason)
        except StateError as error:
            self.stop(error)

    def give_example(self, fate: UrlOutcome, address: str, reason: str | None) -> None:
        """Note an address for the report, where it names those of this fate and has not yet named enough."""
        examples = self.examples.get(fate)
        if examples is not None and len(examples) < EXAMPLES:
            examples.append((address, reason or "no reason known"))

    # --- listings ------------------------------------------------------------------------------------------------

    def parse_listing(self, response: Response, walk: ListingCrawl) -> Iterator[Any]:
        """Ask for what a listing page shows, and put the next page in the queue."""
        self._listings_out -= 1
        if self.arguments.render == "always" and walk.tab is None and isinstance(response, HtmlResponse):
            self.to_browser(walk, response)
            yield from self.release()
            return
        walk.pages += 1
        self.stats.inc_value("listings/pages")
        walk.visited_urls.update((walk.url, response.url))
        if walk.tab is not None:
            walk.tab.source = ""  # the browser has it now
        if not isinstance(response, TextResponse):
            self.end_listing(walk, Stop("failed", "is not a text page"))
            yield from self.release()
            return
        try:
            with bounded():
                page = listing.read_listing(
                    response.text,
                    response.url,
                    self.addresses,
                    self.listing_addresses,
                    walk.folder,
                    fetched_at=datetime.now(UTC),
                )
        except PageError as error:
            self.end_listing(walk, Stop("failed", f"has a page that cannot be read: {error}"))
            yield from self.release()
            return
        redirected_to = self.redirected_to(walk, response)
        if redirected_to:
            page = listing.ListingPage()  # its cards are not this listing's
        elif walk.pages == 1:
            yield from self.first_page(response, walk)
        with self.memory.state.transaction():
            new = self.list_cards(page.cards, response.url, walk)
            walk.note_page(page, len(new))
            limits = ListingLimits(self.arguments.max_pages, self.arguments.render)
            facts = replace(self.page_facts(walk, page, response.url, new), redirected_to=redirected_to)
            self.take_step(walk, next_step(walk, page, facts, limits), response)
            self.memory.save(walk)
        yield from self.release()

    def list_cards(self, cards: Collection[listing.Card], url: str, walk: ListingCrawl) -> list[listing.Card]:
        """Request the articles of the cards that no earlier page of the listing showed, and return these cards."""
        new = [card for card in cards if walk.lists(self.addresses.canonical(card.url))]
        addresses = tuple(self.addresses.canonical(card.url) for card in new)
        if walk.pages <= ANCHOR_PAGES:
            walk.newest_urls.extend(addresses)
        if walk.pages == 1:
            walk.first_page_size = len(cards)
        if new:
            walk.recent_pages.append(addresses)
        walk.pages_without_new_urls = 0 if new else walk.pages_without_new_urls + 1
        first = walk.positions_before_resume + walk.listed - len(new) + 1
        for position, card in enumerate(new, first):
            self.follow(card, Discovery(kind=walk.kind, url=url, position=position), walk)
        return new

    def first_page(self, response: TextResponse, walk: ListingCrawl) -> Iterator[Any]:
        """What a listing's first page gives besides its cards; nothing, unless a spider says otherwise."""
        yield from ()

    def follow(self, card: listing.Card, discovery: Discovery, walk: ListingCrawl) -> None:
        """Ask for a card's article, unless the day it shows lies outside the range."""
        if self.range.excludes(card.date):
            address = self.addresses.canonical(card.url)
            self.memory.listed(address, card.url, "", walk, settled=True)
            walk.count("out_of_range")
            if card.date is not None and self.range.is_older(card.date):
                self.older_urls.add(address)
        else:
            self.ask(card.url, discovery, walk.section, origin=walk)

    @property
    def range(self) -> PublicationRange:
        """The times of publication that are wanted."""
        return PublicationRange(self.arguments.since, self.arguments.until)

    def page_facts(
        self, walk: ListingCrawl, page: listing.ListingPage, url: str, new: Collection[listing.Card]
    ) -> PageFacts:
        """Look up what ``next_step`` needs to know about a page."""
        follow = following_page(walk, page, url)
        walk.joined_cover = self.memory.known_below(walk, page.cards)
        last = self.addresses.canonical(page.cards[-1].url) if page.cards else None
        return PageFacts(
            url=url,
            new_urls=len(new),
            reached_resume_point=last in walk.seen_before_resume,
            known_below=walk.joined_cover is not None,
            beyond_range=self.beyond_range(walk, new if walk.tab else page.cards),
            older_pages=walk.consecutive_older_pages(self.older_urls),
            next_visited=follow is not None
            and not walk.visited_urls.isdisjoint((follow.url, self.addresses.fetchable(follow.url))),
            next_on_site=follow is None or self.addresses.is_site(follow.url),
        )

    def redirected_to(self, walk: ListingCrawl, response: Response) -> str | None:
        """The front page or the other listing that a listing's page redirects to, for people."""
        if not response.meta.get("redirect_urls"):
            return None
        here = self.addresses.canonical(response.url)
        if self.is_front(response.url) and not self.is_front(walk.first_url):
            return f"the front page ({response.url})"
        own = (self.addresses.canonical(walk.first_url), self.addresses.canonical(walk.url))
        return f"another listing ({response.url})" if here in self.listing_addresses and here not in own else None

    def check_completeness(self, earlier: Mapping[str, Sequence[int]]) -> None:
        """Mark the listings that ended as complete and, by what the site itself shows, are not.

        ``earlier`` has the numbers of articles that earlier complete crawls found, by the URL of the listing.
        """
        lengths = Counter(walk.largest_page for walk in self.walks)
        longest_first = sorted(lengths, reverse=True)
        for walk in self.walks:
            # The longest page of the other listings.
            longest = next((n for n in longest_first if lengths[n] > (n == walk.largest_page)), 0)
            if trouble := incompleteness(walk, longest_page=longest, earlier=earlier.get(walk.first_url, ())):
                walk.ended = "incomplete"
                walk.trouble = f"{walk.name} ({self.addresses.fetchable(walk.first_url)}) {trouble}"
                self.stats.inc_value("listings/ended/incomplete")
                logger.warning("listing %s", walk.trouble)

    def beyond_range(self, walk: ListingCrawl, cards: Collection[listing.Card]) -> bool:
        """Whether everything from these cards on is older than wanted."""
        return self.range.all_older([card.date for card in cards])

    def take_step(self, walk: ListingCrawl, step: NextStep, response: TextResponse) -> None:
        """Queue the next page of a listing, or end it."""
        match step:
            case Stop():
                self.end_listing(walk, step)
            case Resume():
                self.rejoin(walk)
                self._waiting.append(walk)
            case Render():
                self.to_browser(walk, response, step.control, click=True)
            case Follow():
                self.leave_browser(walk)
                walk.follow(step.page, response.url)
                self._waiting.append(walk)

    def to_browser(
        self, walk: ListingCrawl, response: TextResponse, control: str | None = None, *, click: bool = False
    ) -> None:
        """Put the listing in the queue to be opened in the browser, or to grow there; no more than ``TABS`` at once."""
        if walk.tab is None:
            walk.tab = ListingTab(next(self._tab_numbers), response.url, response.text)
            self._in_browser.append(walk)
            self.stats.inc_value("listings/rendered")
        walk.tab.control, walk.tab.click = control, click
        walk.tab.clicks += click
        if walk in self._in_browser[:TABS]:
            self._waiting.append(walk)

    def leave_browser(self, walk: ListingCrawl) -> None:
        """Close the listing's tab, if it has one, and let the next listing have it."""
        if walk.tab is not None:
            self.crawler.signals.send_catch_log(tab_closed, number=walk.tab.number)
            walk.tab = None
            self._in_browser.remove(walk)
            self._waiting.extend(self._in_browser[TABS - 1 : TABS])

    def end_listing(self, walk: ListingCrawl, stop: Stop) -> None:
        """Note why a listing ended."""
        self.leave_browser(walk)
        walk.ended, walk.resume_state = stop.reason, None
        if stop.reason != "known":
            walk.joined_cover = None
        self.memory.release(walk)
        self.stats.inc_value("listings/ended")
        self.stats.inc_value(f"listings/ended/{stop.reason}")
        if stop.trouble:
            walk.trouble = f"{walk.name} ({self.addresses.fetchable(walk.url)}) {stop.trouble}"
            logger.warning("listing %s", walk.trouble)
        else:
            logger.info("listing %s ended: %s; %d pages, %d articles", walk.name, stop.reason, walk.pages, walk.listed)

    def listing_failed(self, failure: Failure) -> Iterator[Request]:
        """End a listing whose page could not be had."""
        self._listings_out -= 1
        walk: ListingCrawl = failure.request.cb_kwargs["walk"]  # type: ignore[attr-defined]
        if isinstance(failure.value, RunStopped):
            return
        # A listing that an article linked to, or a further page, may be gone. One that was named must exist.
        if status_of(failure) in GONE and (walk.pages or not walk.requested):
            self.end_listing(walk, Stop("not_found"))
        elif isinstance(failure.value, NoBrowser):
            self.end_listing(walk, Stop("script_only", f"loads more by script, and {failure.value}"))
        else:
            self.end_listing(walk, Stop("failed", f"failed: {failure_reason(failure)[1]}"))
        self.memory.save(walk)
        yield from self.release()

    # --- articles ------------------------------------------------------------------------------------------------

    def article(self, response: Response, discovery: Discovery, section: Section | None) -> Iterator[Any]:
        """Count an article's page as arrived and hand it on."""
        self._articles_out -= 1
        if response.status == NOT_MODIFIED:
            self.memory.same(response.meta["asked"])
            self.settle(response.meta["asked"], "unchanged")
        elif self.leads_to_listing(response):
            self.skip("listing", response)
        else:
            yield from self.parse_article(response, discovery, section)
        yield from self.release()

    def parse_article(self, response: Response, discovery: Discovery, section: Section | None) -> Iterator[Any]:
        """Yield the record of an article's page."""
        raise NotImplementedError

    def is_listing(self, url: str) -> bool:
        return self.addresses.canonical(url) in self.listing_addresses or self.is_front(url)

    def is_front(self, url: str) -> bool:
        return self.addresses.is_front(url)

    def leads_to_listing(self, response: Response) -> bool:
        """Whether a redirect led from an article to a listing or the front page instead of an article."""
        if not response.meta.get("redirect_urls"):
            return False
        if self.is_listing(response.url):
            return True
        if not isinstance(response, TextResponse):
            return False
        try:
            with bounded():
                return listing.is_listing_page(response.text, response.url, self.addresses, self.listing_addresses)
        except PageError:
            return False

    def skip(self, reason: str, answer: Response | Request) -> None:
        """Count an address that is no article."""
        logger.info("skipped (%s): %s", reason, answer.url)
        self.settle(answer.meta["asked"], "skipped", reason)

    def article_failed(self, failure: Failure) -> Iterator[Any]:
        """Count an article that could not be had."""
        self._articles_out -= 1
        request: Request = failure.request  # type: ignore[attr-defined]
        code, text = failure_reason(failure)
        if status_of(failure) in GONE:
            logger.info("gone (%s): %s", code, request.url)
            removal = self.memory.removal(request.meta["asked"], int(code))
            self.settle(request.meta["asked"], "gone", text)
            if removal is not None:
                yield removal
        elif code in ("robots", "offsite"):
            self.skip(code, request)
        elif code == "ended":
            logger.info("not fetched (%s): %s", text, request.url)
        else:
            logger.error("failed (%s): %s", text, request.url)
            self.settle(request.meta["asked"], "failed", text)
            self.stats.inc_value("articles/failed")
            self.stats.inc_value(f"articles/failed/{code}")
            if self.stats.get_value("articles/failed_first") is None:
                self.stats.set_value("articles/failed_first", f"{request.url}: {text}")
        yield from self.release()


def error_text(error: BaseException | None) -> str:
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


def failure_reason(failure: Failure) -> tuple[str, str]:
    """Why a request failed: a short code for counting, and a text for people."""
    error = failure.value
    if isinstance(error, HttpError):
        return str(error.response.status), f"HTTP status {error.response.status}"
    text = " ".join(str(error).split()) or _SAID.get(type(error).__name__, type(error).__name__)
    if reasons := getattr(
        getattr(error, "__cause__", None), "reasons", None
    ):  # Twisted's, whose text is for programmers
        text = f"the connection broke off: {reasons[0].getErrorMessage()}"
    if isinstance(error, RunStopped):
        return "ended", text
    if isinstance(error, IgnoreRequest):
        if type(error).__name__ == "Offsite":
            return "offsite", text
        if "robots" in text:
            return "robots", "forbidden by robots.txt"
        if "redirect" in text:
            return "redirects", text
    return type(error).__name__, text
