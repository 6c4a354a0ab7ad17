"""Finds the listings of tags, authors and running stories, which no menu has, by reading a bounded number of pages."""

from __future__ import annotations

import logging
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http import HtmlResponse, Response

from mayadeen.extraction import listing
from mayadeen.extraction import names as name_pages
from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dates import utc_string
from mayadeen.extraction.dom import PageError, parse_html
from mayadeen.extraction.names import Directory, Entry, NameKind
from mayadeen.politeness.handler import RunStopped

if TYPE_CHECKING:
    from mayadeen.spiders.base import ListingSpider

logger = logging.getLogger(__name__)

ALL = "all"
GONE = (404, 410)
LOOKUP_PAGES = 60
"""So many pages are read in search of the names asked for, lists of authors apart: a minute at one page a second. Names
in use today are met sooner, and a name that is wrong should not cost more."""
AUTHORS_PAGES = 100
"""A bound for a list of authors that is paged without end."""
MAX_KEPT = 2 * 1024 * 1024
"""Bytes. A larger page is not kept for the walk: a hundred of them would fill the memory."""
_FRONT_ARTICLES, _SECTION_ARTICLES = 10, 3


class ListingFinder:
    """Reads pages one after another until the names asked for are found.

    A page read here is ``kept``: when the walk asks for it, it is not fetched a second time. ``everything`` holds the
    kinds of which every name met on an article is to be walked.
    """

    def __init__(self, walker: ListingSpider) -> None:
        self.walker = walker
        self.directory = Directory(walker.addresses)
        self.everything: set[NameKind] = set()
        self.kept: dict[str, tuple[Response, str]] = {}
        self._pages: deque[tuple[str, bool]] = deque()
        self._queued: set[str] = set()
        self._read = 0

    async def find(self, front: HtmlResponse | None) -> tuple[list[Entry], list[tuple[NameKind, str]]]:
        """The listings of the names asked for, and the names of which there is none."""
        asked = self.walker.arguments.names
        self.everything = {kind for kind, names in asked.items() if ALL in names}
        found: list[Entry] = []
        missing: list[tuple[NameKind, str]] = []
        if front is not None:
            self._learn(front, cards=_FRONT_ARTICLES)
        for section in self.walker.menu.default(self.walker.arguments.edition):
            self._queue(self.walker.addresses.resolve(section.path, f"{self.walker.addresses.base_url}/"), True)
        if asked["author"] and front is not None:
            authors = await self._authors(front)
            if authors and "author" in self.everything:
                self.everything.discard("author")
                found += authors
        for kind, names in asked.items():
            for name in names:
                if name != ALL:
                    entry = await self._locate(kind, name)
                    found += [entry] if entry else []
                    missing += [] if entry else [(kind, name)]
        self.walker.stats.set_value("lookup/pages", self._read)
        return found, missing

    async def _locate(self, kind: NameKind, name: str) -> Entry | None:
        """By what is known already, then by an address made like those of known names, then by reading on."""
        tried: set[str] = set()
        while True:
            known = self.directory.find(kind, name)
            if known and known.url not in tried:
                tried.add(known.url)
                if await self._is_there(known.url):
                    return known
            for url in self.directory.guesses(kind, name):
                if url not in tried:
                    tried.add(url)
                    if await self._is_there(url, name):
                        self.walker.stats.inc_value("lookup/guessed")
                        return Entry(kind, name, url)
            if not self._pages or self._read >= LOOKUP_PAGES:
                return None
            url, is_listing = self._pages.popleft()
            response = await self._fetch(url)
            self._read += 1
            if isinstance(response, HtmlResponse) and response.status == 200:
                self._learn(response, cards=_SECTION_ARTICLES if is_listing else 0)

    async def _is_there(self, url: str, name: str | None = None) -> bool:
        """Whether a listing answers. One that fails is taken to be there, and its walk will say so; an address that was
        guessed must also speak of the ``name`` and list something."""
        response = await self._fetch(url)
        if name is None:
            return response is None or (response.status not in GONE and not self.walker.is_front(response.url))
        if not isinstance(response, HtmlResponse) or response.status != 200 or self.walker.is_front(response.url):
            return False
        try:
            with bounded():
                page = listing.read_listing(response.text, response.url, self.walker.addresses)
                return bool(page.cards) and name_pages.is_about(parse_html(response.text), name)
        except PageError as error:
            self._not_read(error, response.url)
            return False

    async def _authors(self, front: HtmlResponse) -> list[Entry]:
        """Everybody on the Authors page that the front page links to, and on its further pages."""
        addresses = self.walker.addresses
        found: list[Entry] = []
        try:
            with bounded():
                url = name_pages.authors_page(parse_html(front.text), front.url, addresses)
        except PageError as error:
            self._not_read(error, front.url)
            return found
        for _ in range(AUTHORS_PAGES):
            response = await self._fetch(url) if url else None
            if not isinstance(response, HtmlResponse) or response.status != 200:
                break
            try:
                with bounded():
                    entries = name_pages.names_listed(
                        parse_html(response.text), response.url, addresses, self.walker.listing_addresses
                    )
                    step = listing.read_listing(response.text, response.url, addresses).next
            except PageError as error:
                self._not_read(error, response.url)
                break
            new = self.directory.learn(entries, self.walker.listing_addresses)
            if not new and found:
                break
            # Those known already from the front page are the list's too.
            found += [e for e in entries if e not in found]
            url = step.url if step else None
        return found

    def _learn(self, response: HtmlResponse, cards: int) -> None:
        """Take up the names of a page, and put some of the articles it shows on the list of pages to be read."""
        shown: tuple[listing.Card, ...] = ()
        try:
            with bounded():
                page = ArticlePage(response.text, response.url, self.walker.addresses)
                entries = name_pages.names_on(page.root, response.url, self.walker.addresses)
                if cards:
                    shown = listing.read_listing(
                        response.text, response.url, self.walker.addresses, self.walker.listing_addresses
                    ).cards
                else:
                    entries = [*name_pages.names_of(page), *entries]
        except PageError as error:
            self._not_read(error, response.url)
            return
        for card in [c for c in shown if c.url not in self._queued][:cards]:
            self._queue(card.url, False)
        self.directory.learn(entries, self.walker.listing_addresses)

    def _queue(self, url: str | None, is_listing: bool) -> None:
        if url and url not in self._queued:
            self._queued.add(url)
            self._pages.append((url, is_listing))

    async def _fetch(self, url: str) -> Response | None:
        """The answer of an address, whatever its status; ``None`` where there is none."""
        url = self.walker.addresses.fetchable(url)
        if url in self.kept:
            return self.kept[url][0]
        try:
            response = await self.walker.crawler.engine.download_async(Request(url))
        except (CloseSpider, RunStopped):
            raise
        except Exception as error:  # whatever a download can fail with; the search goes on elsewhere
            self._not_read(error, url)
            return None
        if response.status == 200 and response.url == url and len(response.body) <= MAX_KEPT:
            self.kept[url] = response, utc_string(datetime.now(UTC))
        return response

    def _not_read(self, error: Exception, url: str) -> None:
        logger.warning("not read in search of names (%s): %s", " ".join(str(error).split()), url)
        self.walker.stats.inc_value("lookup/failed")
