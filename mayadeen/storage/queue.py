"""The queue: addresses to fetch, to retry or to skip, and how far each listing is known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mayadeen.storage.database import Database
from mayadeen.storage.runs import Crawl

MAX_TRIES = 3
"""Later runs that request a rejected page again."""
SKIP_FOR = timedelta(days=7)
"""Time for which an address without an article, or removed before it was read, is not requested again."""


@dataclass(frozen=True)
class QueuedUrl:
    """An address to fetch, with the JSON of where it was found. ``listing`` is the number of its listing, or -1."""

    address: str
    url: str
    via: str
    listing: int = -1


@dataclass(frozen=True)
class SkippedUrl:
    """An address that gave no article when last requested: ``outcome`` and ``reason`` as in the report."""

    outcome: str
    reason: str | None


@dataclass(frozen=True)
class KnownListing:
    """The part of a listing that is completely known.

    It reaches from the posts at ``newest_urls`` down to what was published at ``since``, or to the listing's end.
    """

    newest_urls: tuple[str, ...]
    since: str | None


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


class QueueRepository:
    """The addresses to fetch."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # --- pages of a crawl ----------------------------------------------------------------------------------------

    def add(self, crawl: Crawl, found: QueuedUrl, *, done: bool = False) -> None:
        """Save an address that a listing showed. It is fetched unless ``done``."""
        url_and_via = (None, None) if done else (found.url, found.via)
        self._db.run(
            "INSERT OR IGNORE INTO queue (crawl, address, listing, url, via, done) VALUES (?, ?, ?, ?, ?, ?)",
            (crawl.n, found.address, found.listing, *url_and_via, int(done)),
        )

    def mark_done(self, crawl: Crawl, address: str, *, failed: bool = False) -> None:
        """Remove an address from the queue. The next run requests one that ``failed`` again."""
        self._db.run(
            "UPDATE queue SET done = ? WHERE crawl = ? AND address = ? AND done != 1",
            (2 if failed else 1, crawl.n, address),
        )

    def done(self, crawl: Crawl) -> set[str]:
        """Return the addresses that earlier runs of the crawl have finished."""
        sql = "SELECT address FROM queue WHERE crawl = ? GROUP BY address HAVING min(done = 1)"
        return {address for (address,) in self._db.all(sql, (crawl.n,))}

    def pending(self, crawl: Crawl) -> list[QueuedUrl]:
        """Return what is still to fetch of a crawl, in the order it was found."""
        sql = "SELECT address, url, via, listing FROM queue WHERE crawl = ? AND done != 1 ORDER BY n"
        return [QueuedUrl(*row) for row in self._db.all(sql, (crawl.n,))]

    def listed(self, crawl: Crawl, listing: int) -> set[str]:
        """Return the addresses that a listing has shown."""
        sql = "SELECT address FROM queue WHERE crawl = ? AND listing = ?"
        return {address for (address,) in self._db.all(sql, (crawl.n, listing))}

    def close_crawl(self, crawl: Crawl, edition: str) -> None:
        """Empty the queue of a finished crawl. Any later run retries what failed."""
        for found in self._db.all(
            "SELECT address, url, via FROM queue WHERE crawl = ? AND done = 2 ORDER BY n", (crawl.n,)
        ):
            self.retry(QueuedUrl(*found), edition, "failed")
        self._db.run("DELETE FROM queue WHERE crawl = ?", (crawl.n,))

    # --- pages of any crawl --------------------------------------------------------------------------------------

    def retry(self, found: QueuedUrl, edition: str, outcome: str) -> None:
        """Have later runs request a page again. Only a ``rejected`` outcome counts as one of its tries."""
        self._db.run(
            "INSERT INTO retries VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO UPDATE SET outcome = excluded.outcome, "
            "tries = tries + (excluded.outcome = 'rejected')",
            (found.address, edition, found.url, found.via, outcome),
        )

    def retries(self, edition: str) -> list[QueuedUrl]:
        """Return the pages to request again."""
        sql = "SELECT address, url, via FROM retries WHERE edition = ? AND tries < ? ORDER BY address"
        return [QueuedUrl(*row) for row in self._db.all(sql, (edition, MAX_TRIES))]

    def end_retry(self, address: str) -> None:
        """Retry a page no longer: it has been read."""
        self._db.run("DELETE FROM retries WHERE address = ?", (address,))

    def skip(self, address: str, outcome: str, reason: str | None, now: str) -> None:
        """Save that an address gave no article."""
        self._db.run("INSERT OR REPLACE INTO skipped VALUES (?, ?, ?, ?)", (address, outcome, reason, now))

    def skipped(self, address: str, now: str) -> SkippedUrl | None:
        """Return why an address must not be requested yet, or ``None``."""
        row = self._db.one("SELECT outcome, reason, at FROM skipped WHERE address = ?", (address,))
        if row is None:
            tries = self._db.one("SELECT tries FROM retries WHERE address = ?", (address,))
            return SkippedUrl("skipped", "given_up") if tries and tries[0] >= MAX_TRIES else None
        age = datetime.fromisoformat(now) - datetime.fromisoformat(row[2])
        return SkippedUrl(row[0], row[1]) if age < SKIP_FOR else None

    # --- listings ------------------------------------------------------------------------------------------------

    def known_listings(self, listing: str, kinds: str) -> list[KnownListing]:
        """Return what is known of a listing. ``kinds`` are sorted and joined by commas, and empty for all kinds."""
        sql = "SELECT newest_urls, since FROM known_listings WHERE listing = ? AND kinds IN (?, '') ORDER BY at DESC"
        return [
            KnownListing(tuple(self._db.json(row[0], _are_texts)), row[1])
            for row in self._db.all(sql, (listing, kinds))
        ]

    def save_known_listing(self, listing: str, kinds: str, known: KnownListing, now: str) -> None:
        """Save what is known of a listing. It replaces what was saved with the same bounds."""
        self._db.run(
            "INSERT OR REPLACE INTO known_listings VALUES (?, ?, ?, ?, ?, ?)",
            (listing, kinds, known.since is not None, json.dumps(known.newest_urls), known.since, now),
        )

    def save_listing_crawl(self, crawl: Crawl, n: int, saved: dict[str, Any]) -> None:
        """Save how far a listing of a crawl was read."""
        self._db.run(
            "INSERT OR REPLACE INTO listing_crawls VALUES (?, ?, ?)",
            (crawl.n, n, json.dumps(saved, ensure_ascii=False)),
        )
