"""Reads the pages of listings: requests the articles on their cards, and queues the next page."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import replace
from itertools import count
from typing import Protocol

from scrapy.http import HtmlResponse, TextResponse

from mayadeen.crawling.listing_crawl import (
    Follow,
    ListingCrawl,
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
from mayadeen.crawling.listing_store import NEWEST_PAGES
from mayadeen.crawling.plan import CrawlPlan
from mayadeen.crawling.signals import tab_closed
from mayadeen.extraction.listing import Card, ListingPage
from mayadeen.items import Discovery

logger = logging.getLogger(__name__)


class CardFilter(Protocol):
    """The interface of a crawl of sitemaps that filters the cards of listings."""

    def lists(self, url: str) -> bool:
        """Whether a sitemap lists a canonical URL."""

    def request_card(self, card: Card, discovery: Discovery, listing: ListingCrawl) -> None:
        """Request the article of a card within the range, unless the sitemaps have it."""

    def beyond_range(self, cards: Collection[Card], listing: ListingCrawl) -> bool:
        """Whether a page of cards without dates shows that nothing more is wanted."""

    def listing_ended(self, listing: ListingCrawl) -> None:
        """Note that a listing has ended."""


class ListingReader:
    """Applies ``next_step`` to the pages of listings. ``cards`` is the filter of a crawl of sitemaps."""

    def __init__(self, plan: CrawlPlan) -> None:
        self.plan = plan
        self.session = plan.session
        self.cards: CardFilter | None = None
        self._tab_numbers = count(1)

    def opens_in_browser(self, listing: ListingCrawl, response: object) -> bool:
        """Return whether the listing is rendered from its first page on, independent of the page's content."""
        always = self.session.arguments.render == "always"
        return always and listing.tab is None and isinstance(response, HtmlResponse)

    def page_arrived(self, listing: ListingCrawl, url: str) -> None:
        """Count a page of a listing."""
        listing.pages += 1
        self.session.crawler.stats.inc_value("listings/pages")
        listing.visited_urls.update((listing.url, url))
        if listing.tab is not None:
            listing.tab.source = ""  # The browser has the page now.

    def redirected_to(self, listing: ListingCrawl, response: TextResponse) -> str | None:
        """The front page or the other listing that a listing's page redirects to, for people."""
        if not response.meta.get("redirect_urls"):
            return None
        addresses = self.session.addresses
        here = addresses.canonical(response.url)
        if addresses.is_front(response.url) and not addresses.is_front(listing.first_url):
            return f"the front page ({response.url})"
        own = (addresses.canonical(listing.first_url), addresses.canonical(listing.url))
        return f"another listing ({response.url})" if here in self.plan.listing_urls and here not in own else None

    def read(
        self, listing: ListingCrawl, page: ListingPage, response: TextResponse, redirected_to: str | None = None
    ) -> None:
        """Request the articles of a page's new cards, and queue the next page or end the listing."""
        if redirected_to:
            page = ListingPage()  # The cards belong to another listing.
        with self.session.state.transaction():
            new = self._list_cards(page.cards, response.url, listing)
            listing.note_page(page, len(new))
            facts = replace(self._facts(listing, page, response.url, new), redirected_to=redirected_to)
            limits = ListingLimits(self.session.arguments.max_pages, self.session.arguments.render)
            self._apply(listing, next_step(listing, page, facts, limits), response)
            self.session.listings.save(listing)

    def _list_cards(self, cards: Collection[Card], url: str, listing: ListingCrawl) -> list[Card]:
        """Request the articles of the cards that no earlier page of the listing showed, and return these cards."""
        canonical = self.session.addresses.canonical
        new = [card for card in cards if listing.add(canonical(card.url))]
        urls = tuple(canonical(card.url) for card in new)
        if listing.pages <= NEWEST_PAGES:
            listing.newest_urls.extend(urls)
        if listing.pages == 1:
            listing.first_page_size = len(cards)
        if new:
            listing.recent_pages.append(urls)
        listing.pages_without_new_urls = 0 if new else listing.pages_without_new_urls + 1
        first = listing.positions_before_resume + listing.listed - len(new) + 1
        for position, card in enumerate(new, first):
            discovery = Discovery(kind=listing.kind, url=url, position=position)
            if self.session.range.excludes(card.date, may_be_earlier=card.date_is_latest):
                self._exclude(card, listing)
            elif self.cards is not None:
                self.cards.request_card(card, discovery, listing)
            else:
                self.plan.request_article(card.url, discovery, listing.section, listing)
        return new

    def _exclude(self, card: Card, listing: ListingCrawl) -> None:
        """Count a card whose date is outside the range, or on a day of which the sitemaps have all articles."""
        url = self.session.addresses.canonical(card.url)
        self.session.articles.store_listed(url, card.url, "", listing, done=True)
        by_sitemap = self.cards is not None and self.cards.lists(url)
        listing.count("elsewhere" if by_sitemap else "out_of_range")
        if card.date is not None and self.session.range.is_older(card.date):
            self.session.outcomes.older_urls.add(url)

    def _facts(self, listing: ListingCrawl, page: ListingPage, url: str, new: Collection[Card]) -> PageFacts:
        """Look up what ``next_step`` needs to know about a page."""
        addresses = self.session.addresses
        follow = following_page(listing, page, url)
        listing.joined_cover = self.session.listings.known_below(listing, page.cards)
        last = addresses.canonical(page.cards[-1].url) if page.cards else None
        cards = new if listing.tab else page.cards
        beyond_range = self.session.range.all_older([card.date for card in cards])
        if self.cards is not None and not beyond_range:
            beyond_range = self.cards.beyond_range(cards, listing)
        next_urls = (follow.url, addresses.fetchable(follow.url)) if follow is not None else ()
        return PageFacts(
            url=url,
            new_urls=len(new),
            reached_resume_point=last in listing.seen_before_resume,
            known_below=listing.joined_cover is not None,
            beyond_range=beyond_range,
            older_pages=listing.consecutive_older_pages(self.session.outcomes.older_urls),
            next_visited=not listing.visited_urls.isdisjoint(next_urls),
            next_on_site=follow is None or addresses.is_site(follow.url),
        )

    def _apply(self, listing: ListingCrawl, step: NextStep, response: TextResponse) -> None:
        match step:
            case Stop():
                self.end(listing, step)
            case Resume():
                self.session.listings.resume(listing)
                self.plan.queue_page(listing)
            case Render():
                self.render(listing, response, step.control, click=True)
            case Follow():
                self._close_tab(listing)
                listing.follow(step.page, response.url)
                self.plan.queue_page(listing)

    def render(
        self, listing: ListingCrawl, response: TextResponse, control: str | None = None, *, click: bool = False
    ) -> None:
        """Queue the listing to be opened in the browser, or to load more there."""
        if listing.tab is None:
            listing.tab = ListingTab(next(self._tab_numbers), response.url, response.text)
            self.session.crawler.stats.inc_value("listings/rendered")
        listing.tab.control, listing.tab.click = control, click
        listing.tab.clicks += click
        self.plan.queue_page(listing)

    def _close_tab(self, listing: ListingCrawl) -> None:
        if listing.tab is not None:
            self.session.scheduler.tab_closed(listing.tab.number)
            self.session.crawler.signals.send_catch_log(tab_closed, number=listing.tab.number)
            listing.tab = None

    def end(self, listing: ListingCrawl, stop: Stop) -> None:
        """End a listing, and log why."""
        self._close_tab(listing)
        listing.ended, listing.resume_state = stop.reason, None
        if stop.reason != "known":
            listing.joined_cover = None
        self.session.listings.store_held(listing)
        stats = self.session.crawler.stats
        stats.inc_value("listings/ended")
        stats.inc_value(f"listings/ended/{stop.reason}")
        if stop.trouble:
            url = self.session.addresses.fetchable(listing.url)
            listing.trouble = f"{listing.name} ({url}) {stop.trouble}"
            logger.warning("listing %s", listing.trouble)
        else:
            logger.info(
                "listing %s ended (%s): %d pages, %d articles", listing.name, stop.reason, listing.pages, listing.listed
            )
        if self.cards is not None:
            self.cards.listing_ended(listing)

    def end_and_save(self, listing: ListingCrawl, stop: Stop) -> None:
        """End a listing whose page could not be read."""
        self.end(listing, stop)
        self.session.listings.save(listing)
