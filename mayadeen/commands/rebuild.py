"""``scrapy rebuild``: makes the state, which is what runs know of earlier ones, again from the feeds."""

from __future__ import annotations

import csv
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from scrapy.commands import ScrapyCommand

from mayadeen.commands import refuse_arguments
from mayadeen.crawling.arguments import BadArgument, base_url, data_dir
from mayadeen.crawling.known_articles import format_via
from mayadeen.crawling.session import HEADLINES, POSTS
from mayadeen.items import Article
from mayadeen.pipelines.identify import parts_of, profile_hash
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses
from mayadeen.storage.atomic_write import create_file
from mayadeen.storage.checked_read import parse_json
from mayadeen.storage.database import FILE
from mayadeen.storage.errors import StateError
from mayadeen.storage.exporters import COLUMNS, csv_header, csv_row
from mayadeen.storage.locks import Lock
from mayadeen.storage.posts import Post
from mayadeen.storage.queue import QueuedUrl
from mayadeen.storage.state import REBUILT_FROM, State
from mayadeen.upgrade import VersionError, upgrade

_BATCH = 1000
_MAX_SHOWN = 20


class Command(ScrapyCommand):
    requires_project = True
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own form

    def short_desc(self) -> str:
        return "Make the state, which is what runs know of earlier ones, again from the feeds"

    def long_desc(self) -> str:
        return (
            f"Make {FILE} in MAYADEEN_DATA_DIR again from the feeds there: articles, authors, removals and rejects. "
            "The old file is kept next to it, and its drift history is copied. Other facts of the old file are "
            "lost: how far listings were crawled, and which pages were found but not fetched yet. The next run "
            "crawls all listings to their ends, and fetches the articles that the feeds lack."
        )

    def run(self, args: list[str], opts: Namespace) -> None:
        refuse_arguments("rebuild", args)
        assert self.settings is not None
        try:
            self.exitcode = _rebuild(data_dir(self.settings), base_url(self.settings))
        except (BadArgument, StateError) as error:
            self._refuse(str(error))
        except OSError as error:
            self._refuse(f"{error.filename or 'the data folder'}: {error.strerror or error}. Nothing was replaced")

    def _refuse(self, why: str) -> None:
        self.exitcode = 1
        print(f"rebuild: {why}", file=sys.stderr)


def _rebuild(data: Path, base: str | None) -> int:
    if not data.is_dir():
        raise StateError(f"folder not found: {data}. Name one with -s MAYADEEN_DATA_DIR=…")
    locks = [Lock(data, name) for name in (POSTS, HEADLINES)]
    try:
        for lock in locks:
            if holder := lock.acquire("rebuild"):
                raise StateError(f"{data} is in use by {holder}. Wait until it has ended")
        return _make(data, base)
    finally:
        for lock in locks:
            lock.release()


def _make(data: Path, base: str | None) -> int:
    path = data / FILE
    new = data / f"{FILE}.rebuilt"
    troubles: list[str] = []
    try:
        State.create(new)
        articles = _fill(new, data, base, troubles)
        if path.exists():
            _copy_drift_history(path, new)
        if path.exists():
            old = path.with_name(f"{FILE}.{datetime.now(UTC):%Y%m%dT%H%M%SZ}.old")
            if (journal := Path(f"{path}-wal")).exists():  # it has the last transactions of a killed run
                journal.rename(f"{old}-wal")
            path.rename(old)
            print(f"rebuild: the old state is at {old}")
        Path(f"{path}-shm").unlink(missing_ok=True)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    for trouble in troubles[:_MAX_SHOWN]:
        print(f"rebuild: {trouble}", file=sys.stderr)
    if troubles:
        shown = f", the first {_MAX_SHOWN} are shown" if len(troubles) > _MAX_SHOWN else ""
        print(f"rebuild: {len(troubles)} lines dropped{shown}. Their articles are fetched again", file=sys.stderr)
    print(f"rebuild: {articles} articles known → {path}")
    return 3 if troubles else 0


def _copy_drift_history(old: Path, new: Path) -> None:
    """Copy what pages usually look like, and the drift alerts. No feed has them."""
    state = State(new)
    try:
        state.drift.copy_from(old)
    except StateError as error:
        print(f"rebuild: the drift history is not kept ({error}). The next run learns it again", file=sys.stderr)
    finally:
        state.close()


def _fill(new: Path, data: Path, base: str | None, troubles: list[str]) -> int:
    """Add the records of all feeds to a new state. Return how many articles it has."""
    adders = dict(zip(REBUILT_FROM, (_article, _correction, _author, _removal, _reject), strict=True))
    state = State(new)
    try:
        for folder, add in adders.items():
            for path in sorted((data / folder).glob("*.jsonl")):
                records = _records(path, troubles)
                count = _BATCH
                while count == _BATCH:
                    count = 0
                    with state.transaction():
                        for where, record in islice(records, _BATCH):
                            count += 1
                            try:
                                if not isinstance(record.get("discovered_via"), dict | None):
                                    raise TypeError
                                add(state, record, base)
                            except (KeyError, TypeError, ValueError, AttributeError):
                                troubles.append(f"{where}: not a record of this folder")
                if folder == "articles":
                    _repair_csv(path)
        return state.posts.count()
    finally:
        state.close()


def _records(path: Path, troubles: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the records of a feed, each with its place. An incomplete last line is removed from the file."""
    whole = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            where = f"{path}, line {number}"
            if not line.endswith(b"\n"):
                troubles.append(f"{where}: incomplete line, removed")
                os.truncate(path, whole)
                return
            whole += len(line)
            try:
                record = parse_json(line)
            except ValueError:
                troubles.append(f"{where}: not JSON")
                continue
            if isinstance(record, dict):
                yield where, record
            else:
                troubles.append(f"{where}: not JSON of a record")


def _repair_csv(path: Path) -> None:
    """Write a feed's CSV again if it does not have a row for each of its articles, as after a kill."""
    ids = [record["id"] for _, record in _records(path, []) if "id" in record]
    rows = path.with_suffix(".csv")
    try:
        with rows.open(encoding="utf-8", newline="") as file:
            whole = [row.get("id") for row in csv.DictReader(file)] == ids
        whole = whole and rows.read_bytes().endswith(b"\n")
    except (OSError, ValueError, csv.Error):
        whole = False
    if not whole:
        new = path.with_suffix(".csv.new")
        try:
            with create_file(new) as file:
                file.write(csv_header())
                for _, record in _records(path, []):
                    if "id" in record:
                        file.write(csv_row(_upgraded(record)))
            new.replace(rows)
        finally:
            new.unlink(missing_ok=True)


def _upgraded(record: dict[str, Any]) -> dict[str, Any]:
    """Return an article's record with every column, whatever the version of the project that wrote it."""
    whole: dict[str, Any] = dict.fromkeys(COLUMNS) | record
    with suppress(KeyError, TypeError, AttributeError, VersionError):
        upgrade(whole, Article)
    return whole


def _known(state: State, record: dict[str, Any]) -> Post | None:
    if not isinstance(record["id"], str):
        raise TypeError
    return state.posts.get(record["id"])


def _put(state: State, post: Post, addresses: list[Any]) -> None:
    """Save a post. Raises ``TypeError`` if a feed has another type in the place of a text or number."""
    if not all(value is None or isinstance(value, (str, int)) for value in [*vars(post).values(), *addresses]):
        raise TypeError
    if not isinstance(post.revision, int) or not isinstance(post.gone, int | None):
        raise TypeError
    state.posts.put(post, addresses)


def _article(state: State, record: dict[str, Any], base: str | None) -> None:
    addresses = Addresses(EDITIONS[record["edition"]], base)
    fetched = record["url"] if addresses.is_site(record["url"]) else record["canonical_url"]
    known = _known(state, record)
    if known is not None and known.revision >= record["revision"]:
        return
    via = record["discovered_via"]
    _put(
        state,
        Post(
            id=record["id"],
            edition=record["edition"],
            url=addresses.public(fetched),
            via=format_via(via, None),
            listing=addresses.canonical(via["url"]) if via["kind"] in ("section", "region") else None,
            kind=record["kind"],
            published_at=record["published_at"],
            modified_at=record["modified_at"],
            recent=record["fetched_at"] if record["revision"] > 1 else "",
            revision=record["revision"],
            hash=record["content_hash"],
            parts=parts_of(record),
            crawler=record["crawler"],
            first_seen=known.first_seen if known else record["fetched_at"],
            last_seen=record["fetched_at"],
        ),
        [record["canonical_url"], addresses.canonical(fetched)],
    )


def _correction(state: State, record: dict[str, Any], base: str | None) -> None:
    """Apply a later reading of the newest revision, so that the next crawl sees no edit in it."""
    post = _known(state, record)
    if post is None or post.revision != record["revision"]:
        return
    post.hash, post.parts, post.crawler = record["content_hash"], parts_of(record), record["crawler"]
    post.kind, post.published_at, post.modified_at = record["kind"], record["published_at"], record["modified_at"]
    _put(state, post, [])


def _author(state: State, record: dict[str, Any], base: str | None) -> None:
    _put(
        state,
        Post(
            id=f"author:{record['id']}",
            edition=record["edition"],
            url=record["canonical_url"],
            via=format_via(record["discovered_via"], None),
            revision=1,
            hash=profile_hash(record),
            crawler=record["crawler"],
            first_seen=record["fetched_at"],
            last_seen=record["fetched_at"],
        ),
        [],
    )


def _removal(state: State, record: dict[str, Any], base: str | None) -> None:
    post = _known(state, record)
    if post is not None and (post.last_seen, post.last_seen) <= (record["seen_at"], record["last_seen_at"]):
        post.gone = record["status"]
        _put(state, post, [])


def _reject(state: State, record: dict[str, Any], base: str | None) -> None:
    via = record["discovered_via"]
    edition = next((e for e in EDITIONS.values() if e.code == (record["record"] or {}).get("edition")), None)
    addresses = Addresses(edition or EDITIONS["en"], base)
    address = addresses.canonical(record["url"])
    if via is not None and state.posts.at(address) is None:
        found = QueuedUrl(address, addresses.public(record["url"]), format_via(via, None))
        state.queue.retry(found, addresses.edition.code, "rejected")
