"""Classify each record as a new article, a new revision, or unchanged."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import replace
from typing import Any, Self, get_args

from scrapy.crawler import Crawler

from mayadeen.crawling.known_articles import PageFetch
from mayadeen.crawling.outcomes import RecordDropped
from mayadeen.crawling.session import CrawlSession, required_session
from mayadeen.extraction.loaders import address_id
from mayadeen.items import Article, AuthorProfile, Source
from mayadeen.storage.checked_read import parse_json
from mayadeen.storage.errors import StateError
from mayadeen.storage.feeds import FOLDERS
from mayadeen.storage.posts import Post, PostRepository

logger = logging.getLogger(__name__)

TRUST: dict[str | None, int] = {source: rank for rank, source in enumerate(get_args(Source))} | {None: 99}
_TEXT = ("title", "summary", "body")
"""The fields that identify a revision. ``content_hash`` is made of them."""


class Identify:
    """Sets the id and revision of an article, and drops a record that is unchanged.

    A revision is a change on the site, or a return after a removal. Two differences are not revisions, and are counted
    and logged. In the first, every part that differs comes from another source than before. In the second, another
    version of the crawler reads the page and the site names no later change.
    """

    def __init__(self, crawler: Crawler, session: CrawlSession) -> None:
        self.crawler = crawler
        self.session = session
        self.seen: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler, required_session(crawler))

    def process_item(self, item: Any) -> Any:
        """Return the item. Raises ``RecordDropped`` for an article or profile that is unchanged."""
        if isinstance(item, (Article, AuthorProfile)):
            try:
                self._identify(item)
            except StateError as error:
                self.session.stop(error)
                raise RecordDropped("not_fetched", f"not written: {item.url}", "DEBUG") from None
        return item

    def _identify(self, item: Article | AuthorProfile) -> None:
        fetch = self.session.articles.fetch_of(item)
        if isinstance(item, Article):
            self._name(item, fetch)
        key = item.id if isinstance(item, Article) else f"author:{item.id}"
        try:
            if key in self.seen:
                self.crawler.stats.inc_value(f"{FOLDERS[type(item)]}/skipped/duplicate")
                fetch.post = self.session.state.posts.get(key)
                raise RecordDropped("duplicate", f"second record of {item.id}: {item.url}", "DEBUG")
            self.seen.add(key)
            self._compare(item, key, fetch)
        except RecordDropped:
            self.session.articles.store_fetch(fetch, item)
            raise

    def _name(self, item: Article, fetch: PageFetch) -> None:
        """Use the known id of an article if its page shows no id, or shows one for the first time."""
        posts = self.session.state.posts
        if use_known_id(item, posts.at(fetch.found.address) or posts.at(item.canonical_url), posts):
            self.crawler.stats.inc_value("articles/known_by_address")

    def _compare(self, item: Article | AuthorProfile, key: str, fetch: PageFetch) -> None:
        known = self.session.state.posts.get(key)
        text = item.content_hash if isinstance(item, Article) else profile_hash(vars(item))
        post = Post(
            id=key,
            edition=item.edition,
            url=self.session.addresses.public(item.url),
            via=fetch.found.via,
            listing=fetch.listing,
            revision=1,
            hash=text,
            crawler=item.crawler,
            etag=fetch.etag,
            last_modified=fetch.last_modified,
            first_seen=item.fetched_at,
            last_seen=item.fetched_at,
        )
        if isinstance(item, Article):
            post.kind, post.published_at, post.modified_at = item.kind, item.published_at, item.modified_at
            post.parts = parts_of(vars(item))
        fetch.post = post
        if known is None:
            return
        post.first_seen, post.recent = known.first_seen, known.recent
        post.listing = known.listing or post.listing
        if known.revision == 0:
            return
        post.revision, post.hash = known.revision, known.hash
        # One that comes back after its removal is written again, or it would stay removed for who reads the feeds.
        back = known.gone is not None
        same = text == known.hash and not back
        adopt = True
        if not same and not back and isinstance(item, Article) and (why := reason_without_change(post, known)):
            same = True
            adopt = why != "less_trusted"
            self.crawler.stats.inc_value(f"articles/not_revised/{why}")
            logger.warning("Not counted as a change of the article (%s): %s", why, item.url)
        if same:
            if not adopt:
                fetch.post = replace(known, etag=post.etag, last_modified=post.last_modified, last_seen=post.last_seen)
            raise RecordDropped("unchanged", f"unchanged: {item.url}", "DEBUG")
        post.revision, post.hash, post.recent = known.revision + 1, text, item.fetched_at
        if isinstance(item, Article):
            item.revision, item.previous_hash = post.revision, known.hash


def use_known_id(item: Article, here: Post | None, posts: PostRepository) -> bool:
    """Give an article the id of the post at its address, if its page shows none, or shows one for the first time.

    Returns whether the page shows no id, and that of ``here`` is used.
    """
    if here is None or here.id == item.id:
        return False
    if item.post_id is None:
        item.id = here.id
        item.post_id = None if ":url:" in here.id else here.id.partition(":")[2]
        return True
    if here.id == address_id(item.edition, item.canonical_url) and posts.get(item.id) is None:
        item.id = here.id
    return False


def reason_without_change(new: Post, known: Post) -> str | None:
    """Return a code for why two readings of an unchanged post differ, or ``None`` if the post has changed.

    ``read_last``: the text is as last read, and only the written record differs. ``less_trusted`` or ``more_trusted``:
    every part that differs comes from another source. ``other_version``: another version of the crawler reads the page.
    """
    before, now = _read_parts(known.parts), _read_parts(new.parts)
    pairs = [(old[1], source) for old, (text, source) in zip(before, now, strict=False) if old[0] != text]
    if not before:
        return None
    if not pairs:
        return "read_last"
    if all(old is not None and old != source for old, source in pairs):  # new text has no earlier source
        worse = any(TRUST.get(source, 99) > TRUST.get(old, 99) for old, source in pairs)
        return "less_trusted" if worse else "more_trusted"
    if known.crawler != new.crawler and (new.modified_at or "") <= (known.modified_at or ""):
        return "other_version"
    return None


def parts_of(record: dict[str, Any]) -> str:
    """Return checksum and source of each part of an article's text, as JSON."""
    return json.dumps([[_checksum(record[name]), record["provenance"].get(name)] for name in _TEXT])


def _read_parts(text: str | None) -> list[tuple[str, str | None]]:
    """Return the values of ``parts_of``. Damaged text has none, so the post counts as changed."""
    try:
        parts = parse_json(text or "[]")
        return [(checksum, source) for checksum, source in parts if isinstance(source, str | None)]
    except (ValueError, TypeError):
        return []


def profile_hash(record: dict[str, Any]) -> str:
    """Return a hash of the fields that identify a version of an author's profile."""
    return _checksum([record[name] for name in ("name", "bio", "portrait", "links")])


def _checksum(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:16]
