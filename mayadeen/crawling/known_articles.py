"""Known articles: facts that earlier runs stored, and facts that this run stores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from scrapy.http import Response

from mayadeen import CRAWLER
from mayadeen.crawling.outcomes import UrlOutcome, UrlSource
from mayadeen.extraction.dates import utc_string
from mayadeen.items import Article, AuthorProfile, Discovery, Reject, Removal
from mayadeen.site.editions import Section
from mayadeen.storage.checked_read import DamagedError, parse_json
from mayadeen.storage.database import FILE
from mayadeen.storage.errors import damaged
from mayadeen.storage.posts import Post
from mayadeen.storage.queue import QueuedUrl

if TYPE_CHECKING:
    from mayadeen.crawling.session import CrawlSession


@dataclass
class PageFetch:
    """The fetch of an article's page: how it was found, its validators, and the ``post`` to store with its record."""

    found: QueuedUrl
    listing: str | None
    etag: str | None
    last_modified: str | None
    post: Post | None = None


class KnownArticles:
    """Decides which URLs need no request, and stores what records and responses say about articles."""

    def __init__(self, session: CrawlSession) -> None:
        self.session = session
        self._done_before: set[str] = set()

    def load(self) -> None:
        """Read the URLs that the interrupted run has finished."""
        session = self.session
        self._done_before = session.state.queue.done(session.crawl) if session.crawl.resumed else set()

    # --- before a request ----------------------------------------------------------------------------------------

    def outcome_without_request(self, url: str) -> tuple[UrlOutcome, str | None] | None:
        """Return the outcome and reason of a URL that needs no request, or ``None`` for a URL to request."""
        session, arguments = self.session, self.session.arguments
        if url in self._done_before:
            return "known", None
        if arguments.mode == "full":
            return None
        post = session.state.posts.at(url)
        if post is None:
            passed = session.state.queue.skipped(url, session.now())
            return (passed.outcome, passed.reason) if passed else None  # type: ignore[return-value]
        if session.range.article_is_older(post.published_at):
            session.outcomes.older_urls.add(url)
        if post.revision == 0:
            if arguments.kinds and post.kind not in arguments.kinds:
                return "other_kind", None
            return None if arguments.in_range(post.published_at) else ("out_of_range", None)
        if arguments.mode == "refresh" and (post.gone or self._is_wanted(post)):
            return None
        return "known", None

    def _is_wanted(self, post: Post) -> bool:
        arguments = self.session.arguments
        return arguments.in_range(post.published_at) and (not arguments.kinds or post.kind in arguments.kinds)

    def is_revisited(self, url: str) -> bool:
        """Whether ``revisits`` of everything include the article at a URL."""
        post = self.session.state.posts.at(url)
        return (
            post is not None
            and post.revision > 0
            and post.gone is None
            and self._is_wanted(post)
            and self.session.addresses.canonical(post.url) == url
        )

    def conditional_headers(self, url: str) -> dict[str, str]:
        """The headers that request a known article only if it has changed."""
        post = self.session.state.posts.at(url) if self.session.arguments.mode == "refresh" else None
        if post is None or post.revision == 0 or post.gone:
            return {}
        headers = {"If-None-Match": post.etag, "If-Modified-Since": post.last_modified}
        return {name: value for name, value in headers.items() if value}

    def revisits(self, listings: set[str] | None) -> Iterator[Post]:
        """The known articles that ``mode=refresh`` requests again: of these listings, or all."""
        arguments = self.session.arguments
        since, until = (utc_string(bound) if bound else None for bound in (arguments.since, arguments.until))
        return self.session.state.posts.recent(arguments.edition.code, since, until, arguments.kinds, listings)

    def published_at(self, url: str) -> str | None:
        """The time of publication that earlier runs read at a URL."""
        post = self.session.state.posts.at(url) if self.session.opened else None
        return post.published_at if post is not None else None

    # --- records -------------------------------------------------------------------------------------------------

    def note_fetch(self, item: Any, response: Response, via: str, listing: str | None) -> None:
        """Note the response that a record was made from."""
        found = QueuedUrl(response.meta["mayadeen_url"], self.session.addresses.public(response.url), via)
        etag, last_modified = ((response.headers.get(n) or b"").decode("latin-1") for n in ("ETag", "Last-Modified"))
        item.fetch = PageFetch(found, listing, etag or None, last_modified or None)

    def fetch_of(self, item: Any) -> PageFetch:
        """Return the fetch of a record. A record that is not from an article page gets a fetch made from its URL."""
        if item.fetch is None:
            url, public = self.session.addresses.canonical(item.url), self.session.addresses.public(item.url)
            item.fetch = PageFetch(QueuedUrl(url, public, format_via(item.discovered_via, None)), None, None, None)
        fetch: PageFetch = item.fetch
        return fetch

    def store(self, item: Any) -> None:
        """Store the facts of a record, in the transaction that stores the record."""
        session = self.session
        if isinstance(item, (Article, AuthorProfile, Reject)):
            fetch = self.fetch_of(item)
            if isinstance(item, Reject):
                session.state.queue.retry(fetch.found, session.arguments.edition.code, "rejected")
                session.state.queue.mark_done(session.crawl, fetch.found.address)
            else:
                self.store_fetch(fetch, item)
        elif isinstance(item, Removal) and (post := session.state.posts.get(item.id)) is not None:
            session.state.posts.put(replace(post, gone=item.status), ())

    def store_fetch(self, fetch: PageFetch, item: Article | AuthorProfile) -> None:
        """Store the post of a fetch, and note that its URL is done."""
        state = self.session.state
        if fetch.post is not None:
            urls = [fetch.found.address, self.session.addresses.canonical(item.url), item.canonical_url]
            with state.transaction():
                state.posts.put(fetch.post, urls if isinstance(item, Article) else ())
                state.queue.mark_done(self.session.crawl, fetch.found.address)
                state.queue.end_retry(fetch.found.address)

    def store_unwanted(self, item: Article) -> None:
        """Store an article that the arguments exclude. A run whose arguments include it fetches it again."""
        fetch = self.fetch_of(item)
        if self.session.state.posts.get(item.id) is None:
            fetch.post = Post(
                id=item.id,
                edition=item.edition,
                url=self.session.addresses.public(item.url),
                via=fetch.found.via,
                listing=fetch.listing,
                kind=item.kind,
                published_at=item.published_at,
                first_seen=item.fetched_at,
                last_seen=item.fetched_at,
            )
            self.store_fetch(fetch, item)
        else:
            self.session.state.queue.end_retry(fetch.found.address)

    # --- responses without a record ------------------------------------------------------------------------------

    def store_unchanged(self, url: str) -> None:
        """Store that the site reports a known article as unchanged."""
        state = self.session.state
        if (post := state.posts.at(url)) is not None:
            with state.transaction():
                state.posts.put(replace(post, last_seen=self.session.now()), ())
                state.queue.mark_done(self.session.crawl, url)
                state.queue.end_retry(url)

    def removal(self, url: str, answered: str, status: int) -> Removal | None:
        """The record of a known article that is gone, unless an earlier run wrote it.

        An article that was last read at another address is not gone with an old one.
        """
        post = self.session.state.posts.at(url)
        if post is None or post.revision == 0 or post.gone is not None:
            return None
        if self.session.addresses.canonical(post.url) not in (url, self.session.addresses.canonical(answered)):
            return None
        return Removal(
            crawler=CRAWLER,
            id=post.id,
            edition=post.edition,
            url=post.url,
            status=status,
            last_seen_at=post.last_seen,
            seen_at=self.session.now(),
        )

    def store_outcome(self, url: str, outcome: UrlOutcome, reason: str | None) -> None:
        """Store the outcome of a URL. Raises ``StateError``."""
        state = self.session.state
        if outcome in ("skipped", "gone"):
            if state.posts.at(url) is None and reason != "robots":
                state.queue.skip(url, outcome, reason, self.session.now())
            state.queue.end_retry(url)
        if outcome != "not_fetched":
            state.queue.mark_done(self.session.crawl, url, failed=outcome == "failed")

    def store_listed(self, url: str, fetch_url: str, via: str, source: UrlSource, *, done: bool = False) -> None:
        """Store that a source listed a URL.

        Listings store every URL. Other sources store only the URLs to request.
        """
        from mayadeen.crawling.listing_crawl import ListingCrawl

        number = -1
        if isinstance(source, ListingCrawl):
            number = source.number
            if source.resume_state is not None:
                source.held_urls.append((url, fetch_url, via))
                return
        if number >= 0 or not done:
            found = QueuedUrl(url, self.session.addresses.public(fetch_url), via, number)
            self.session.state.queue.add(self.session.crawl, found, done=done)


def format_via(discovery: Discovery | None, section: Section | None) -> str:
    """Return where a URL was found, as JSON: the record's ``discovered_via``, and the section in the menu."""
    return json.dumps([discovery, section and [section.label, section.group, section.path]], ensure_ascii=False)


def parse_via(via: str) -> tuple[Discovery, Section | None]:
    """Return the arguments of ``format_via``. Raises ``StateError`` for damaged text."""
    try:
        discovery, section = parse_json(via)
        if not isinstance(discovery, dict | None):
            raise DamagedError("no object")
        return cast(Discovery, discovery), Section(*section) if section else None
    except (ValueError, TypeError):
        raise damaged(Path(FILE), f"a value has an unknown form: {via:.60}") from None
