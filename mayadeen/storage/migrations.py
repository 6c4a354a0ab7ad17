"""The tables of the state, as numbered migrations."""

from __future__ import annotations

MIGRATIONS: dict[int, str] = {
    3: """
CREATE TABLE posts (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, edition TEXT NOT NULL, url TEXT NOT NULL, via TEXT NOT NULL,
    listing TEXT, kind TEXT,
    published_at TEXT, modified_at TEXT, recent TEXT NOT NULL, revision INTEGER NOT NULL, hash TEXT, parts TEXT,
    crawler TEXT, etag TEXT, last_modified TEXT, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, gone INTEGER
);
CREATE INDEX posts_recent ON posts (edition, recent);
CREATE TABLE addresses (address TEXT PRIMARY KEY, post INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE skipped (address TEXT PRIMARY KEY, outcome TEXT NOT NULL, reason TEXT, at TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE retries (
    address TEXT PRIMARY KEY, edition TEXT NOT NULL, url TEXT NOT NULL, via TEXT NOT NULL, outcome TEXT NOT NULL,
    tries INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE known_listings (
    listing TEXT NOT NULL, kinds TEXT NOT NULL, bounded INTEGER NOT NULL, newest_urls TEXT NOT NULL, since TEXT,
    at TEXT NOT NULL, PRIMARY KEY (listing, kinds, bounded)
) WITHOUT ROWID;
CREATE TABLE crawls (
    n INTEGER PRIMARY KEY, spider TEXT NOT NULL, arguments TEXT NOT NULL, started_at TEXT NOT NULL,
    articles INTEGER NOT NULL DEFAULT 0, finished INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE runs (
    n INTEGER PRIMARY KEY, crawl INTEGER NOT NULL, run_id TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT,
    status INTEGER, ending TEXT, feeds_complete INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE listing_crawls (
    crawl INTEGER, n INTEGER, saved TEXT NOT NULL, PRIMARY KEY (crawl, n)
) WITHOUT ROWID;
CREATE TABLE queue (
    n INTEGER PRIMARY KEY, crawl INTEGER NOT NULL, address TEXT NOT NULL, listing INTEGER NOT NULL, url TEXT, via TEXT,
    done INTEGER NOT NULL, UNIQUE (crawl, address, listing)
);
CREATE TABLE outbox (n INTEGER PRIMARY KEY, run INTEGER NOT NULL, folder TEXT NOT NULL, line BLOB NOT NULL);
CREATE INDEX outbox_run ON outbox (run, folder, n);
CREATE TABLE readings (
    n INTEGER PRIMARY KEY, run INTEGER NOT NULL, edition TEXT NOT NULL, kind TEXT NOT NULL, label TEXT NOT NULL,
    published_at TEXT NOT NULL, fields TEXT NOT NULL
);
CREATE INDEX readings_run ON readings (edition, run);
CREATE TABLE doubts (
    edition TEXT NOT NULL, field TEXT NOT NULL, aspect TEXT NOT NULL, run INTEGER NOT NULL, verdict TEXT NOT NULL,
    alarm TEXT, PRIMARY KEY (edition, field, aspect, run)
) WITHOUT ROWID;
""",
}
"""Version → the SQL that leads to it from the version before. Never edit one that was released: add the next.

Numbering starts at 3. The tables of versions 1 and 2 have other names, and are in no release.
"""
FIRST, VERSION = min(MIGRATIONS), max(MIGRATIONS)
"""A file of a version outside of these is refused."""


def migration_script(version: int) -> str:
    """Return one transaction that brings tables of a version up to ``VERSION``."""
    steps = [sql for number, sql in sorted(MIGRATIONS.items()) if number > version]
    return "\n".join(["BEGIN IMMEDIATE;", *steps, f"PRAGMA user_version = {VERSION};", "COMMIT;"])
