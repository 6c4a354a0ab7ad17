"""Finds the listings of tags, authors and running stories, which are not in menus, on a limited number of pages."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping

from scrapy.http import HtmlResponse, Response
from scrapy.statscollectors import StatsCollector

from mayadeen.crawling.failure_reasons import GONE
from mayadeen.extraction import listing
from mayadeen.extraction import names as name_pages
from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dom import PageError, parse_html
from mayadeen.extraction.names import Directory, Entry, NameKind
from mayadeen.site.editions import Section
from mayadeen.site.urls import Addresses

logger = logging.getLogger(__name__)

ALL = "all"
MAX_PAGES = 60
"""Maximum pages read in search of names, without lists of authors. They take a minute at one page a second. The search
finds names in use sooner, and a wrong name must not cost more."""
MAX_AUTHORS_PAGES = 100
"""Maximum pages of a list of authors."""
_FRONT_ARTICLES, _SECTION_ARTICLES = 10, 3


class ListingFinder:
    """Reads pages one after another until the requested names are found.

    ``fetch`` returns the response for a fetchable URL, or ``None``. ``everything`` holds the kinds of which the listing
    of every name on an article is crawled. ``not_articles`` are canonical URLs known to be listings.
    """

    def __init__(
        self,
        fetch: Callable[[str], Awaitable[Response | None]],
        addresses: Addresses,
        not_articles: Collection[str],
        stats: StatsCollector,
    ) -> None:
        self.directory = Directory(addresses)
        self.everything: set[NameKind] = set()
        self._fetch_url = fetch
        self._addresses = addresses
        self._not_articles = not_articles
        self._stats = stats
        self._pages: deque[tuple[str, bool]] = deque()
        self._queued: set[str] = set()
        self._read = 0

    async def find(
        self, names: Mapping[NameKind, Collection[str]], front: HtmlResponse | None, sections: Iterable[Section]
    ) -> tuple[list[Entry], list[tuple[NameKind, str]]]:
        """The listings of the names, and the names that have none. Looks on the front page, then in the sections."""
        self.everything = {kind for kind, wanted in names.items() if ALL in wanted}
        found: list[Entry] = []
        missing: list[tuple[NameKind, str]] = []
        if front is not None:
            self._learn(front, cards=_FRONT_ARTICLES)
        for section in sections:
            self._queue(self._addresses.resolve(section.path, f"{self._addresses.base_url}/"), True)
        if names["author"] and front is not None:
            authors = await self._authors(front)
            if authors and "author" in self.everything:
                self.everything.discard("author")
                found += authors
        for kind, wanted in names.items():
            for name in wanted:
                if name != ALL:
                    entry = await self._locate(kind, name)
                    found += [entry] if entry else []
                    missing += [] if entry else [(kind, name)]
        self._stats.set_value("lookup/pages", self._read)
        return found, missing

    async def _locate(self, kind: NameKind, name: str) -> Entry | None:
        """Find one name: among known names, then by a URL like those of known names, then on further pages."""
        tried: set[str] = set()
        while True:
            known = self.directory.find(kind, name)
            if known and known.url not in tried:
                tried.add(known.url)
                if await self._exists(known.url):
                    return known
            for url in self.directory.guesses(kind, name):
                if url not in tried:
                    tried.add(url)
                    if await self._exists(url, name):
                        self._stats.inc_value("lookup/guessed")
                        return Entry(kind, name, url)
            if not self._pages or self._read >= MAX_PAGES:
                return None
            url, is_listing = self._pages.popleft()
            response = await self._fetch(url)
            self._read += 1
            if isinstance(response, HtmlResponse) and response.status == 200:
                self._learn(response, cards=_SECTION_ARTICLES if is_listing else 0)

    async def _exists(self, url: str, name: str | None = None) -> bool:
        """Return whether a listing exists. If its request fails, it is crawled, and the crawl reports the failure.

        A guessed URL must also show the ``name`` and list something.
        """
        response = await self._fetch(url)
        if name is None:
            return response is None or (response.status not in GONE and not self._addresses.is_front(response.url))
        if not isinstance(response, HtmlResponse) or response.status != 200 or self._addresses.is_front(response.url):
            return False
        try:
            with bounded():
                page = listing.read_listing(response.text, response.url, self._addresses)
                return bool(page.cards) and name_pages.is_about(parse_html(response.text), name)
        except PageError as error:
            self._not_read(error, response.url)
            return False

    async def _authors(self, front: HtmlResponse) -> list[Entry]:
        """Return all authors on the Authors page that the front page links to, and on its further pages."""
        found: list[Entry] = []
        try:
            with bounded():
                url = name_pages.authors_page(parse_html(front.text), front.url, self._addresses)
        except PageError as error:
            self._not_read(error, front.url)
            return found
        for _ in range(MAX_AUTHORS_PAGES):
            response = await self._fetch(url) if url else None
            if not isinstance(response, HtmlResponse) or response.status != 200:
                break
            try:
                with bounded():
                    entries = name_pages.names_listed(
                        parse_html(response.text), response.url, self._addresses, self._not_articles
                    )
                    follow = listing.read_listing(response.text, response.url, self._addresses).next
            except PageError as error:
                self._not_read(error, response.url)
                break
            new = self.directory.learn(entries, self._not_articles)
            if not new and found:
                break
            # The list also contains the names that are already known from the front page.
            found += [e for e in entries if e not in found]
            url = follow.url if follow else None
        return found

    def _learn(self, response: HtmlResponse, cards: int) -> None:
        """Note the names on a page, and queue some of the articles that it shows."""
        shown: tuple[listing.Card, ...] = ()
        try:
            with bounded():
                page = ArticlePage(response.text, response.url, self._addresses)
                entries = name_pages.names_on(page.root, response.url, self._addresses)
                if cards:
                    shown = listing.read_listing(response.text, response.url, self._addresses, self._not_articles).cards
                else:
                    entries = [*name_pages.names_of(page), *entries]
        except PageError as error:
            self._not_read(error, response.url)
            return
        for card in [c for c in shown if c.url not in self._queued][:cards]:
            self._queue(card.url, False)
        self.directory.learn(entries, self._not_articles)

    def _queue(self, url: str | None, is_listing: bool) -> None:
        if url and url not in self._queued:
            self._queued.add(url)
            self._pages.append((url, is_listing))

    async def _fetch(self, url: str) -> Response | None:
        return await self._fetch_url(self._addresses.fetchable(url))

    def _not_read(self, error: Exception, url: str) -> None:
        logger.warning("Page not read in search of names (%s): %s", " ".join(str(error).split()), url)
        self._stats.inc_value("lookup/failed")
