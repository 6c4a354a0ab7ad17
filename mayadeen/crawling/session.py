"""What a walker remembers: between its walk and the state that outlives it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from time import monotonic
from typing import TYPE_CHECKING, Any

from scrapy.http import Response

from mayadeen import CRAWLER
from mayadeen.crawling.listing_crawl import ListingCrawl
from mayadeen.crawling.outcomes import WALKED_OUT, UrlOutcome, UrlSource
from mayadeen.extraction import listing
from mayadeen.extraction.dates import utc_string
from mayadeen.items import Article, AuthorProfile, Discovery, Reject, Removal
from mayadeen.site.editions import Section
from mayadeen.storage.errors import StateError, no_space
from mayadeen.storage.feeds import new_run_id, repair_feeds
from mayadeen.storage.locks import Lock
from mayadeen.storage.posts import Post
from mayadeen.storage.queue import KnownListing, QueuedUrl
from mayadeen.storage.runs import Crawl
from mayadeen.storage.state import State

if TYPE_CHECKING:
    from mayadeen.spiders.base import ListingSpider

logger = logging.getLogger(__name__)

POSTS, HEADLINES = "posts", "headlines"
"""The locks of a data folder: spiders that write posts exclude each other, ``headlines`` runs beside them."""
DEFAULTS = {"edition": "en", "mode": "new", "render": "auto"}
"""What arguments are where they are not given, as the state keeps them."""
_SAVED = ("kind", "pages", "first_page_size", "pages_without_new_urls", "ended", "fragment", "newest_urls", "requested")
_POLL = 0.2
_STARTING = "start"
"""The lock of a run that is starting: no two begin a state, or mend feeds, at a time."""
_START_WAIT = 60
"""So many seconds a run waits for another to have started; mending takes one or two."""
ANCHOR_PAGES = 3
"""So many pages of a listing are its anchors: some page of the next walk ends among them, wherever its pages break."""
_COVERING = ("complete", "nothing_new", "loop", "since", "known")
"""Endings of a walk that leave nothing above them unseen."""
_FINISHED = (*WALKED_OUT, "limit")
"""Finish reasons of a run that need not be gone on with."""


@dataclass
class PageFetch:
    """An article being fetched: what it was found as, what its response says for next time, and ``post``, what will be
    known of it once its record is safe."""

    found: QueuedUrl
    listing: str | None
    etag: str | None
    last_modified: str | None
    post: Post | None = None


class CrawlSession:
    """Takes up the state when the run starts, keeps what happens in it, and gives it back when the run ends."""

    def __init__(self, walker: ListingSpider) -> None:
        self.walker = walker
        self.state: State
        self.crawl: Crawl
        self.lock: Lock | None = None
        self.opened = self.begun = False
        self.is_planned = False
        self.settled_before: set[str] = set()

    # --- start and end -------------------------------------------------------------------------------------------

    async def open(self, lock: str, wait: float) -> None:
        """Lock the data folder, open its state, make whole what earlier runs left; raises ``StateError``."""
        data = self.walker.data
        try:
            data.mkdir(parents=True, exist_ok=True)
            starting = await self._lock(Lock(data, lock), wait)
            try:
                self.state = State.open(data)
                self.opened = True
                others_over = self._mend(lock)
                self.walker.stem = new_run_id(data, datetime.now(UTC), self.walker.arguments.job)
                self.crawl = self.state.runs.begin(self.walker.name, self._arguments(), self.walker.stem, self.now())
                self.begun = True
            finally:
                starting.release()
        except OSError as error:
            raise no_space(error, data) from None
        self.settled_before = self.state.queue.done(self.crawl) if self.crawl.resumed else set()
        for one in self.state.runs.unfinished():
            is_mine = (one.spider == HEADLINES) == (lock == HEADLINES)
            if one.n != self.crawl.n and (others_over or is_mine):
                given = json.loads(one.arguments).items() - DEFAULTS.items()
                command = " ".join(
                    ["scrapy crawl", one.spider, *(f"-a {name}={value!r}" for name, value in sorted(given))]
                )
                line = f"`{command}` of {one.started_at}, {one.pending} pages to fetch"
                logger.warning("cut short, and not gone on with yet: %s", line)
                self.walker.stats.set_value("state/pending", [*self.walker.stats.get_value("state/pending", []), line])

    async def _lock(self, lock: Lock, wait: float) -> Lock:
        """Take the folder's ``lock`` and return the one held besides while starting; raises ``StateError``."""
        starting = Lock(self.walker.data, _STARTING)
        begun = monotonic()
        told = False
        while True:
            patience = max(wait, _START_WAIT)
            if (holder := starting.acquire(self.walker.name)) is None:
                if (holder := lock.acquire(self.walker.name)) is None:
                    self.lock = lock
                    return starting
                starting.release()
                patience = wait
                if not told and wait:
                    logger.info("%s is in use by %s; waiting up to %g s", self.walker.data, holder, wait)
                    told = True
            if monotonic() - begun >= patience:
                raise StateError(
                    f"{self.walker.data} is in use by {holder}: run this when it has ended, set MAYADEEN_LOCK_WAIT to "
                    "the seconds to wait for it, or name another MAYADEEN_DATA_DIR",
                    "locked",
                )
            await asyncio.sleep(_POLL)

    def _mend(self, mine: str) -> bool:
        """Make the feeds whole of every run that is over and did not say so; runs under way keep their lock.

        Returns whether none that has the other lock is under way.
        """
        other = Lock(self.walker.data, HEADLINES if mine == POSTS else POSTS)
        others_over = other.acquire(self.walker.name) is None
        try:
            for run, stem, spider in self.state.outbox.incomplete_runs():
                if others_over or (spider == HEADLINES) == (mine == HEADLINES):
                    written = repair_feeds(self.state.outbox, self.walker.data, run, stem)
                    logger.info(
                        "feeds of the run %s (%s), which was cut short, are whole: %d records added",
                        stem,
                        spider,
                        written,
                    )
                    self.walker.stats.inc_value("state/mended")
        finally:
            other.release()
        return others_over

    def _arguments(self) -> str:
        """The arguments as they were given, in one form."""
        given = {**DEFAULTS, **self.walker.defaults, **self.walker.given}
        said = {name: value.strip() for name, value in given.items() if not name.startswith("_")}
        return json.dumps(said, sort_keys=True, ensure_ascii=False)

    def close(self, reason: str, status: int, text: str) -> StateError | None:
        """End the run in the state, and free the folder; returns why that could not be noted."""
        try:
            if self.begun and self.state.error is None:
                self._end(reason, status, text)
        except StateError as error:
            return error
        finally:
            if self.opened:
                self.state.close()
            if self.lock is not None:
                self.lock.release()
        return None

    def _end(self, reason: str, status: int, text: str) -> None:
        with self.state.transaction():
            if reason in WALKED_OUT:
                for address in self.walker.unsettled:
                    self.state.queue.mark_done(self.crawl, address, failed=True)
                for walk in self.walker.walks:
                    self._cover(walk)
            edition = self.walker.arguments.edition.code
            self.state.end(self.crawl, edition, status, text, self.now(), finished=reason in _FINISHED)
            if not isinstance(self.walker.error, StateError):
                self.state.outbox.clear(self.crawl.run)

    @property
    def error(self) -> StateError | None:
        return self.state.error if self.opened else None

    @staticmethod
    def now() -> str:
        return utc_string(datetime.now(UTC))

    # --- articles ------------------------------------------------------------------------------------------------

    def fate_of(self, address: str) -> tuple[UrlOutcome, str | None] | None:
        """What is to become of an address without fetching it; ``None`` where it is to be fetched."""
        if address in self.settled_before:
            return "known", None
        asked = self.walker.arguments
        if asked.mode == "full":
            return None
        post = self.state.posts.at(address)
        if post is None:
            passed = self.state.queue.skipped(address, self.now())
            return (passed.outcome, passed.reason) if passed else None  # type: ignore[return-value]
        if self.walker.range.article_is_older(post.published_at):
            self.walker.older_urls.add(address)
        if post.revision == 0:
            if asked.kinds and post.kind not in asked.kinds:
                return "other_kind", None
            return None if asked.in_range(post.published_at) else ("out_of_range", None)
        if asked.mode == "refresh" and (post.gone or self._is_revisited(post)):
            return None
        return "known", None

    def _is_revisited(self, post: Post) -> bool:
        asked = self.walker.arguments
        return asked.in_range(post.published_at) and (not asked.kinds or post.kind in asked.kinds)

    def has_its_turn(self, address: str) -> bool:
        """Whether ``revisits`` of everything come to the article at an address."""
        post = self.state.posts.at(address)
        return (
            post is not None
            and post.revision > 0
            and post.gone is None
            and self._is_revisited(post)
            and self.walker.addresses.canonical(post.url) == address
        )

    def conditions(self, address: str) -> dict[str, str]:
        """The headers that ask for a known article only if it has changed."""
        post = self.state.posts.at(address) if self.walker.arguments.mode == "refresh" else None
        if post is None or post.revision == 0 or post.gone:
            return {}
        headers = {"If-None-Match": post.etag, "If-Modified-Since": post.last_modified}
        return {name: value for name, value in headers.items() if value}

    def listed(self, address: str, url: str, via: str, origin: UrlSource, *, settled: bool = False) -> None:
        """Keep that an origin showed an address: every one that a listing shows, of others what is to be fetched."""
        number = getattr(origin, "number", -1)
        if isinstance(origin, ListingCrawl) and origin.resume_state is not None:
            origin.held_urls.append((address, url, via))
        elif number >= 0 or not settled:
            found = QueuedUrl(address, self.walker.addresses.public(url), via, number)
            self.state.queue.add(self.crawl, found, done=settled)

    def visit(self, item: Any, response: Response, discovery: Discovery, section: Section | None) -> None:
        """Take note of the response that a record was made of."""
        found = QueuedUrl(
            response.meta["asked"], self.walker.addresses.public(response.url), via_of(discovery, section)
        )
        etag, last_modified = ((response.headers.get(n) or b"").decode("latin-1") for n in ("ETag", "Last-Modified"))
        listing_url = self.walker.listing_of(section) if section is not None else None
        item.fetch = PageFetch(found, listing_url, etag or None, last_modified or None)

    def visit_of(self, item: Any) -> PageFetch:
        """Return the fetch that a record was made of. A record that no page gave gets one of its address."""
        if item.fetch is None:
            address = self.walker.addresses.canonical(item.url)
            public = self.walker.addresses.public(item.url)
            item.fetch = PageFetch(QueuedUrl(address, public, via_of(item.discovered_via, None)), None, None, None)
        fetch: PageFetch = item.fetch
        return fetch

    def keep(self, item: Any) -> None:
        """Make known what a record tells; within the transaction that makes the record safe."""
        if isinstance(item, (Article, AuthorProfile, Reject)):
            visit = self.visit_of(item)
            if isinstance(item, Reject):
                self.state.queue.retry(visit.found, self.walker.arguments.edition.code, "rejected")
                self.state.queue.mark_done(self.crawl, visit.found.address)
            else:
                self.done(visit, item)
        elif isinstance(item, Removal) and (post := self.state.posts.get(item.id)) is not None:
            self.state.posts.put(replace(post, gone=item.status), ())

    def done(self, visit: PageFetch, item: Article | AuthorProfile) -> None:
        """Make known the post that a visit gave, and strike off its address."""
        if visit.post is not None:
            addresses = [visit.found.address, self.walker.addresses.canonical(item.url), item.canonical_url]
            with self.state.transaction():
                self.state.posts.put(visit.post, addresses if isinstance(item, Article) else ())
                self.state.queue.mark_done(self.crawl, visit.found.address)
                self.state.queue.end_retry(visit.found.address)

    def saw(self, item: Article) -> None:
        """Make known a post of which no record is wanted now: it is fetched again when one is."""
        visit = self.visit_of(item)
        post = self.state.posts.get(item.id)
        if post is None:
            visit.post = Post(
                id=item.id,
                edition=item.edition,
                url=self.walker.addresses.public(item.url),
                via=visit.found.via,
                listing=visit.listing,
                kind=item.kind,
                published_at=item.published_at,
                first_seen=item.fetched_at,
                last_seen=item.fetched_at,
            )
            self.done(visit, item)
        else:
            self.state.queue.end_retry(visit.found.address)

    def same(self, address: str) -> None:
        """The site says that a known article is as it was."""
        if (post := self.state.posts.at(address)) is not None:
            with self.state.transaction():
                self.state.posts.put(replace(post, last_seen=self.now()), ())
                self.state.queue.mark_done(self.crawl, address)
                self.state.queue.end_retry(address)

    def removal(self, address: str, status: int) -> Removal | None:
        """The record of a known article that is gone, if it has not been told yet."""
        post = self.state.posts.at(address)
        if post is None or post.revision == 0 or post.gone is not None:
            return None
        return Removal(
            crawler=CRAWLER,
            id=post.id,
            edition=post.edition,
            url=post.url,
            status=status,
            last_seen_at=post.last_seen,
            seen_at=self.now(),
        )

    def settle(self, address: str, fate: UrlOutcome, reason: str | None) -> None:
        """Note what became of an address, where no record tells it."""
        if fate in ("skipped", "gone"):
            if self.state.posts.at(address) is None and reason != "robots":
                self.state.queue.skip(address, fate, reason, self.now())
            self.state.queue.end_retry(address)
        if fate != "not_fetched":
            self.state.queue.mark_done(self.crawl, address, failed=fate == "failed")

    def revisits(self, listings: set[str] | None) -> Iterator[Post]:
        """The known articles that ``mode=refresh`` asks for again: of these listings, or all."""
        asked = self.walker.arguments
        since, until = (utc_string(bound) if bound else None for bound in (asked.since, asked.until))
        return self.state.posts.recent(asked.edition.code, since, until, asked.kinds, listings)

    # --- listings ------------------------------------------------------------------------------------------------

    def plan(self) -> None:
        """Keep the walks laid out so far, all at once: who goes on with them need not find them again."""
        self.is_planned = True
        with self.state.transaction():
            for walk in self.walker.walks:
                if walk.number not in self.crawl.listings:
                    self.save(walk)

    def planned(self, walk: ListingCrawl) -> None:
        """Keep a walk that was laid out later."""
        if self.is_planned:
            self.save(walk)

    def save(self, walk: ListingCrawl) -> None:
        """Keep how far a walk is."""
        if walk.resume_state is None:
            public = self.walker.addresses.public
            saved = {name: getattr(walk, name) for name in _SAVED}
            saved["section"] = [walk.section.label, walk.section.group, walk.section.path]
            saved["url"], saved["previous_url"] = public(walk.url), walk.previous_url and public(walk.previous_url)
            saved["joined_cover"] = walk.joined_cover and [walk.joined_cover.newest_urls, walk.joined_cover.since]
            saved["tab"] = walk.tab is not None
            self.state.queue.save_listing_crawl(self.crawl, walk.number, saved)

    def release(self, walk: ListingCrawl) -> None:
        """Keep what a walk held back while it went from the top to where it was cut short."""
        held, walk.held_urls = walk.held_urls, []
        for address, url, via in held:
            self.listed(address, url, via, walk, settled=address not in self.walker.unsettled)

    def known_below(self, walk: ListingCrawl, cards: Sequence[listing.Card]) -> KnownListing | None:
        """The cover of an earlier crawl that a page reaches: everything below it is known.

        The page's last two cards decide, since pinned cards stay at the top of a listing. A listing whose dates do not
        go down is not in order of time, and is crawled on.
        """
        mode = self.walker.arguments.mode
        # Which articles a listing has is not known of all: to re-visit one's, it is walked.
        if mode == "full" or (mode == "refresh" and self.walker.is_narrow) or not cards:
            return None
        if walk.covers is None:
            walk.covers = self.state.queue.known_listings(self.walker.addresses.canonical(walk.first_url), self._kinds)
        dates = [card.date for card in cards if card.date is not None and not card.date_is_latest]
        rises = sum(later > earlier for earlier, later in pairwise(dates))
        if 4 * rises > len(dates):
            return None
        since = self.walker.arguments.since
        tail = {self.walker.addresses.canonical(card.url) for card in cards[-2:]}
        for known in walk.covers:
            reaches = known.since is None or (since and utc_string(since) >= known.since)
            if tail.issubset(known.newest_urls) and reaches:
                return known
        return None

    @property
    def _kinds(self) -> str:
        return ",".join(sorted(self.walker.arguments.kinds))

    def _cover(self, walk: ListingCrawl) -> None:
        """Keep how far down a listing is known, if its walk left no gap."""
        if walk.ended not in _COVERING or walk.open or not walk.newest_urls or self.walker.arguments.until is not None:
            return
        since = self.walker.arguments.since
        bound = utc_string(since) if since and (walk.ended == "since" or walk.tally["out_of_range"]) else None
        if bound is None and walk.joined_cover is not None:
            bound = walk.joined_cover.since
        below = walk.joined_cover.newest_urls if walk.joined_cover is not None else ()
        anchors = tuple(dict.fromkeys([*walk.newest_urls, *below]))[: ANCHOR_PAGES * walk.first_page_size]
        listing_url = self.walker.addresses.canonical(walk.first_url)
        self.state.queue.save_known_listing(listing_url, self._kinds, KnownListing(anchors, bound), self.now())


def via_of(discovery: Discovery | None, section: Section | None) -> str:
    """Where an address was found, as JSON: what a record says of it, and the listing as the menu has it."""
    return json.dumps([discovery, section and [section.label, section.group, section.path]], ensure_ascii=False)


def read_via(via: str) -> tuple[Discovery, Section | None]:
    """What ``via_of`` was given."""
    discovery, section = json.loads(via)
    return discovery, Section(*section) if section else None
