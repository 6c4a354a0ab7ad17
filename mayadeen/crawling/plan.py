"""What a run crawls: the listings of its arguments, given URLs, retries, revisits, and what an earlier run left."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from scrapy import Request
from scrapy.http import HtmlResponse, Response, TextResponse

from mayadeen.crawling import arguments
from mayadeen.crawling.arguments import BadArgument
from mayadeen.crawling.known_articles import format_via, parse_via
from mayadeen.crawling.listing_crawl import ListingCrawl, ListingKind
from mayadeen.crawling.listing_finder import ALL, ListingFinder
from mayadeen.crawling.outcomes import UrlSource
from mayadeen.extraction import menu as menu_page
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.listing import is_listing_page
from mayadeen.extraction.names import Entry
from mayadeen.items import Discovery
from mayadeen.site.editions import Section
from mayadeen.storage.posts import Post
from mayadeen.storage.queue import QueuedUrl

if TYPE_CHECKING:
    from mayadeen.crawling.session import CrawlSession

logger = logging.getLogger(__name__)


class RequestMaker(Protocol):
    """Interface of a spider: makes its requests, with its callbacks."""

    def article_request(self, url: str, discovery: Discovery, section: Section | None) -> Request: ...

    def listing_request(self, listing: ListingCrawl) -> Request: ...


class CrawlPlan:
    """Puts listings and articles into the scheduler, each once.

    ``listing_urls`` are the canonical URLs of listings and menu entries. They are not articles.
    """

    def __init__(self, session: CrawlSession, requests: RequestMaker) -> None:
        self.session = session
        self.requests = requests
        self.menu = menu_page.assumed_menu(session.arguments.edition)
        self.listing_urls: set[str] = set()
        self._planned_urls: set[str] = set()
        self._left: deque[QueuedUrl] = deque()
        self._revisited = UrlSource(kind="known", label="known before", first_url=None, ended="complete")
        self._revisits: Iterator[Post] | None = None
        self._postponed: set[str] = set()

    @cached_property
    def finder(self) -> ListingFinder:
        """Finds the listings of names. The crawler has its stats only once the crawl starts."""
        session = self.session
        return ListingFinder(session.prefetched.fetch, session.addresses, self.listing_urls, session.crawler.stats)

    # --- listings ------------------------------------------------------------------------------------------------

    def read_menu(self, response: Response) -> None:
        """Read the menu of the front page. Without one the built-in menu stays."""
        menu, why = None, "no menu was found on it"
        if isinstance(response, TextResponse):
            try:
                with bounded():
                    menu = menu_page.read_menu(response.text, response.url, self.session.addresses)
            except PageError as error:
                why = str(error)
        if menu is None:
            self.assume_menu(why, response.url)
        else:
            self.menu = menu

    def assume_menu(self, why: str, url: str) -> None:
        """Use the built-in menu, and say why."""
        logger.warning("Menu of the front page not read, using the built-in sections (%s: %s)", url, why)
        self.session.result.menu_assumed = why

    def add_menu(self) -> None:
        """Note that no entry of the menu is an article."""
        addresses = self.session.addresses
        front_url = f"{addresses.base_url}/"
        self.listing_urls.update(
            addresses.canonical(addresses.resolve(entry.path, front_url) or front_url) for entry in self.menu.entries
        )

    def choose(self) -> list[tuple[Section, ListingKind]]:
        """The listings that the arguments name, or the default ones. Raises ``BadArgument`` for an unknown name."""
        asked, menu = self.session.arguments, self.menu
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
                        raise BadArgument(argument, name, f"is among the {other} of the menu", f"Use {other}={name}")
                    known = arguments.nearest(name, menu.names(regions=regions))
                    raise BadArgument(argument, name, "is not in the site's menu", known)
                chosen.update((section, "region" if regions else "section") for section in found)
        return list(chosen.items())

    def add_listing(
        self, section: Section, kind: ListingKind, *, requested: bool = True, queue: bool = True
    ) -> ListingCrawl | None:
        """Plan a listing, and queue it if ``queue`` is true. Returns ``None`` if the listing is planned already."""
        addresses = self.session.addresses
        url = addresses.resolve(section.path, f"{addresses.base_url}/")
        if url is None or addresses.fetchable(url) in self._planned_urls:
            return None
        self._planned_urls.add(addresses.fetchable(url))
        self.listing_urls.add(addresses.canonical(url))
        listing = ListingCrawl(
            kind=kind,
            label=section.label,
            section=section,
            first_url=url,
            url=url,
            number=len(self.session.listings.crawls),
            requested=requested,
        )
        self.session.listings.add(listing)
        if queue:
            self.start_listings([listing])
        return listing

    def start_listings(self, listings: Collection[ListingCrawl]) -> None:
        """Queue the first pages of planned listings."""
        self.session.outcomes.sources.extend(listings)
        for listing in listings:
            if not listing.ended:
                self.queue_page(listing)
        self.session.crawler.stats.set_value("listings/asked", len(self.session.listings.crawls))

    def queue_page(self, listing: ListingCrawl) -> None:
        """Queue the next page of a listing."""
        self.session.scheduler.add_page(listing, self.requests.listing_request(listing))

    async def add_names(self, front_page: HtmlResponse | None) -> None:
        """Find the listings of the names in the arguments.

        Raises ``BadArgument`` if no listing is found and the arguments name nothing else.
        """
        session, asked = self.session, self.session.arguments
        found, missing = await self.finder.find(asked.names, front_page, self.menu.default(asked.edition))
        for entry in found:
            named = ALL not in asked.names[entry.kind]
            self.add_listing(Section(entry.name, None, entry.url), entry.kind, requested=named)
        if "author" in self.finder.everything and not session.listings.crawls:
            logger.warning("No page lists all authors: crawling those of the articles in the sections")
            for section in self.menu.default(asked.edition):
                self.add_listing(section, "section")
        for kind, name in missing:
            argument = "coverage" if kind == "coverage" else f"{kind}s"
            known = self.finder.directory.names(kind)
            if not session.listings.crawls and not asked.urls:
                given = ",".join(asked.names[kind])
                what = "" if given == name else f"has the name {name!r}, which "
                raise BadArgument(argument, given, f"{what}was not found on the site", arguments.nearest(name, known))
            close = arguments.close_names(name, known)
            hint = f"nearest: {close}" if close else "none like it is known"
            line = f"{kind} {name!r} was not found on the site ({hint})"
            session.outcomes.sources.append(
                UrlSource(kind=kind, label=name, first_url=None, ended="unknown", trouble=line)
            )
            logger.warning("listing %s", line)

    def add_entries(self, entries: Iterable[Entry]) -> None:
        """Plan the listings of an article's names, if the arguments include all names of their kind."""
        for entry in entries:
            if entry.kind in self.finder.everything:
                self.add_listing(Section(entry.name, None, entry.url), entry.kind, requested=False)

    def is_listing(self, url: str) -> bool:
        """Whether a URL is the front page, or a listing."""
        addresses = self.session.addresses
        return addresses.canonical(url) in self.listing_urls or addresses.is_front(url)

    def leads_to_listing(self, response: Response) -> bool:
        """Whether a redirect led from an article to a listing or the front page."""
        if not response.meta.get("redirect_urls"):
            return False
        if self.is_listing(response.url):
            return True
        if not isinstance(response, TextResponse):
            return False
        try:
            with bounded():
                return is_listing_page(response.text, response.url, self.session.addresses, self.listing_urls)
        except PageError:
            return False

    def listing_url(self, section: Section) -> str | None:
        """The canonical URL of a section's listing."""
        addresses = self.session.addresses
        url = addresses.resolve(section.path, f"{addresses.base_url}/")
        return addresses.canonical(url) if url else None

    @property
    def scope(self) -> set[str] | None:
        """Return the canonical URLs of the listings to which the run is limited, or ``None`` without such a limit."""
        if not self.session.is_narrow:
            return None
        return {self.session.addresses.canonical(listing.first_url) for listing in self.session.listings.crawls}

    # --- articles ------------------------------------------------------------------------------------------------

    def request_article(self, url: str, discovery: Discovery, section: Section | None, source: UrlSource) -> None:
        """Queue an article, unless it was met before or needs no request."""
        session, ledger = self.session, self.session.outcomes
        address = session.addresses.canonical(url)
        via = format_via(discovery, section)
        if address in ledger.seen and not (source is self._revisited and address in self._postponed):
            session.articles.store_listed(address, url, via, source, done=True)
            source.count("elsewhere")
            return
        ledger.seen.add(address)
        outcome = session.articles.outcome_without_request(address)
        if outcome is not None:
            session.articles.store_listed(address, url, via, source, done=True)
            source.count(*outcome)
            return
        session.articles.store_listed(address, url, via, source)
        if self._is_postponed(address, source):
            self._postponed.add(address)
            source.count("elsewhere")
            return
        ledger.request(address, source)
        session.scheduler.add_article(self.requests.article_request(url, discovery, section))

    def _is_postponed(self, url: str, source: UrlSource) -> bool:
        """Return whether a known article waits until all listings are done. Then it is revisited in order of time."""
        if self._revisits is None or self.session.is_narrow or source is self._revisited:
            return False
        return self.session.articles.is_revisited(url)

    def add_given(self, urls: Collection[str]) -> None:
        """Queue the URLs that the user gave, each once."""
        given = UrlSource(kind="urls", label="addresses given", first_url=None, ended="complete")
        self.session.outcomes.sources.append(given)
        for url in urls:
            if given.add(self.session.addresses.canonical(url)):
                self.request_article(url, Discovery(kind="url", url=url, position=None), None, given)

    def add_retries_and_revisits(self) -> None:
        """Queue what earlier runs could not read, and with ``mode=refresh`` what they read."""
        session = self.session
        retries = UrlSource(kind="retries", label="tried again", first_url=None, ended="complete")
        scope = self.scope
        if not session.crawl.resumed:
            for found in session.state.queue.retries(session.arguments.edition.code):
                discovery, section = parse_via(found.via)
                in_scope = scope is None or (section is not None and self.listing_url(section) in scope)
                if in_scope and retries.add(found.address):
                    self.request_article(session.addresses.fetchable(found.url), discovery, section, retries)
        if retries.listed:
            session.outcomes.sources.append(retries)
        if session.arguments.mode == "refresh":
            session.outcomes.sources.append(self._revisited)
            self._revisits = session.articles.revisits(scope)
            session.scheduler.feeders.append(self._feed_revisit)

    def _feed_revisit(self) -> bool:
        """Queue the next known article, once all listings are done."""
        if self._revisits is None or not self.session.scheduler.pages_done:
            return False
        post = next(self._revisits, None)
        if post is None:
            self._revisits = None
            return False
        if self._revisited.add(self.session.addresses.canonical(post.url)):
            self.request_article(self.session.addresses.fetchable(post.url), *parse_via(post.via), self._revisited)
        return True

    # --- resuming ------------------------------------------------------------------------------------------------

    def resume(self) -> None:
        """Plan the listings and articles that the interrupted run left."""
        session = self.session
        for number, saved in session.crawl.listings.items():
            listing = self.add_listing(Section(*saved["section"]), saved["kind"], queue=False)
            if listing is not None:
                session.listings.load(listing, number, saved)
        by_number = {listing.number: listing for listing in session.listings.crawls}
        rest = UrlSource(kind="left", label="left by the run before", first_url=None, ended="complete")
        for found in session.state.queue.pending(session.crawl):
            source = by_number.get(found.listing, rest)
            source.listed += 1
            if found.address in session.outcomes.pending:  # Several listings showed it.
                source.count("elsewhere")
                continue
            session.outcomes.request(found.address, source)
            self._left.append(found)
        if rest.listed:
            session.outcomes.sources.append(rest)
        session.scheduler.feeders.insert(0, self._feed_left)
        logger.info(
            "Resuming the run started at %s: %d pages and %d listings left",
            session.crawl.started_at,
            len(self._left),
            sum(not listing.ended for listing in session.listings.crawls),
        )
        session.listings.is_planned = bool(session.crawl.listings)

    def resume_names(self) -> None:
        """Reuse the names resolved by the interrupted run."""
        self.finder.everything = {kind for kind, names in self.session.arguments.names.items() if ALL in names}
        if any(listing.kind == "author" for listing in self.session.listings.crawls):
            self.finder.everything.discard("author")

    def _feed_left(self) -> bool:
        """Queue the next article that the interrupted run left."""
        if not self._left:
            return False
        found = self._left.popleft()
        url = self.session.addresses.fetchable(found.url)
        self.session.scheduler.add_article(self.requests.article_request(url, *parse_via(found.via)))
        return True
