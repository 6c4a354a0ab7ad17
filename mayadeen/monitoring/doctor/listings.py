"""The doctor's checks of a listing: its cards, how it pages, and whether the second page brings something new."""

from __future__ import annotations

from typing import Any, Literal

from scrapy.http import TextResponse

from mayadeen.crawling.listing_crawl import (
    Follow,
    ListingCrawl,
    ListingLimits,
    PageFacts,
    Render,
    Stop,
    following_page,
    next_step,
)
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.listing import Card, ListingPage, read_listing
from mayadeen.monitoring.doctor.fetching import Answer
from mayadeen.monitoring.doctor.report import Check
from mayadeen.site.editions import Section
from mayadeen.site.urls import Addresses

Paging = Literal["link", "plain request", "browser", "one page", "unknown"]
NAME_TITLES = {"author": "An author's page", "tag": "A tag's page"}
_REPORT = "Open it in a browser. If it has more articles, report it with `scrapy doctor --save DIR`."


class ListingCheck:
    """A listing as a crawl would treat it. ``cards`` are the articles of its first page."""

    def __init__(self, section: Section, addresses: Addresses, *, is_region: bool = False) -> None:
        self.section = section
        self.addresses = addresses
        self.url = addresses.fetchable(f"{addresses.base_url}{section.path}")
        self.cards: tuple[Card, ...] = ()
        self.error: str | None = None
        self.paging: Paging = "unknown"
        self.step: Any = None
        self.second: str | None = None
        self.brought_new = True
        self._crawl = ListingCrawl(
            kind="region" if is_region else "section",
            label=section.label,
            section=section,
            first_url=self.url,
            url=self.url,
        )
        self._listings: set[str] = set()

    def read_first(self, answer: Answer, listings: set[str]) -> None:
        """Read the first page. ``listings`` are identities of URLs that are listings and not articles."""
        self._listings = listings
        page = self._read(answer)
        if page is None:
            return
        self.cards = page.cards
        if self.step is not None:
            self.paging = _paging(self.step)

    def second_url(self) -> str | None:
        """Return the URL of the second page, if a plain request gets it."""
        return self.addresses.fetchable(self.step.page.url) if isinstance(self.step, Follow) else None

    def read_second(self, answer: Answer) -> None:
        """Read the second page."""
        if isinstance(self.step, Follow):
            self._crawl.follow(self.step.page, self._crawl.url)
        before = len(self._crawl.seen)
        page = self._read(answer)
        new = len(self._crawl.seen) - before
        self.brought_new = new > 0
        self.second = f"{len(page.cards)} articles, {new} of them new" if page is not None else self.error

    def result(self, *, has_browser: bool) -> Check:
        """Return the check of the listing by its first page."""
        key, title = f"listing:{self.section.path}", self.section.label
        details: dict[str, Any] = {"url": self.url, "paging": self.paging, "cards": len(self.cards)}
        if self.error is not None:
            return Check(key, title, "limit", self.error, _REPORT, details)
        if not self.cards:
            return Check(key, title, "limit", "shows no article", _REPORT, details)
        dated = sum(card.date is not None for card in self.cards)
        dates = "with dates" if dated == len(self.cards) else "without dates" if not dated else f"{dated} with dates"
        details["stable"] = [self.paging, dates if dated in (0, len(self.cards)) else "some dates"]
        value = f"{len(self.cards)} articles, {dates}, {self._paging_words()}"
        if isinstance(self.step, Stop) and self.step.trouble:
            return Check(key, title, "limit", f"{value}: {self.step.trouble}", _REPORT, details)
        if self.paging == "browser" and not has_browser:
            advice = (
                "Install the browser, as its line says. Without it a crawl gets only the first page of this listing."
            )
            return Check(key, title, "limit", value, advice, details)
        return Check(key, title, "ok", value, details=details)

    def second_result(self) -> Check | None:
        """Return the check of the second page, if it was read."""
        if self.second is None:
            return None
        key, title = f"second:{self.section.path}", f"{self.section.label}, second page"
        details = {"stable": self.brought_new}
        if self.brought_new:
            return Check(key, title, "ok", self.second, details=details)
        advice = "A crawl would get only the first page. Open both in a browser, and report them."
        return Check(key, title, "limit", self.second, advice, details)

    def name_result(self, kind: str) -> Check:
        """Return the check of an author's or a tag's page."""
        key, title = f"a_{kind}", NAME_TITLES[kind]
        if self.error is not None or not self.cards:
            advice = f"Nothing to do unless you crawl by {kind}. Then open {self.url} in a browser and report it."
            return Check(key, title, "note", self.error or "shows no article", advice)
        return Check(
            key, title, "ok", f"{len(self.cards)} articles, {self._paging_words()}", details={"stable": self.paging}
        )

    def _read(self, answer: Answer) -> ListingPage | None:
        """Read a page, and get the next step of a crawl from ``next_step``. Sets ``error`` if it cannot be read."""
        self.step = None
        if answer.response is None or answer.status != 200:
            self.error = answer.describe()
            return None
        if not isinstance(answer.response, TextResponse):
            self.error = "not a text page"
            return None
        url = answer.response.url
        if self._crawl.pages == 0 and self._is_elsewhere(url):
            self.error = f"redirects to {url}"
            return None
        try:
            with bounded():
                page = read_listing(answer.response.text, url, self.addresses, self._listings, self._crawl.folder)
        except PageError as error:
            self.error = f"cannot be read: {error}"
            return None
        crawl = self._crawl
        crawl.pages += 1
        crawl.visited_urls.update((crawl.url, url))
        new = sum(crawl.add(self.addresses.canonical(card.url)) for card in page.cards)
        if crawl.pages == 1:
            crawl.first_page_size = len(page.cards)
        crawl.pages_without_new_urls = 0 if new else crawl.pages_without_new_urls + 1
        crawl.note_page(page, new)
        follow = following_page(crawl, page, url)
        next_urls = (follow.url, self.addresses.fetchable(follow.url)) if follow is not None else ()
        facts = PageFacts(
            url=url,
            new_urls=new,
            next_visited=any(next_url in crawl.visited_urls for next_url in next_urls),
            next_on_site=follow is None or self.addresses.is_site(follow.url),
        )
        self.step = next_step(crawl, page, facts, ListingLimits())
        return page

    def _is_elsewhere(self, url: str) -> bool:
        """Return whether a redirect led to the front page or to another listing."""
        where = self.addresses.canonical(url)
        if where == self.addresses.canonical(self.url):
            return False
        return where == self.addresses.canonical(f"{self.addresses.base_url}/") or where in self._listings

    def _paging_words(self) -> str:
        return {
            "link": "pages by a link",
            "plain request": "loads more by a plain request",
            "browser": "loads more in a browser",
            "one page": "has one page",
            "unknown": "pages in an unknown way",
        }[self.paging]


def _paging(step: Any) -> Paging:
    if isinstance(step, Follow):
        return "plain request" if step.page.fragment else "link"
    if isinstance(step, Render):
        return "browser"
    return "one page"
