"""Crawls and runs: a crawl takes one run or, if it is interrupted, several."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mayadeen.storage.database import FILE, Database, check_file
from mayadeen.storage.errors import damaged


@dataclass
class Crawl:
    """A crawl and its current run.

    ``listings`` are the saved listing crawls by number. ``articles`` is how many earlier runs wrote towards ``limit``.
    """

    n: int
    run: int
    started_at: str
    resumed: bool = False
    listings: dict[int, dict[str, Any]] = field(default_factory=dict)
    articles: int = 0


@dataclass(frozen=True)
class UnfinishedCrawl:
    """A crawl that was interrupted. ``pending`` counts the addresses still to fetch."""

    n: int
    spider: str
    arguments: dict[str, Any]
    started_at: str
    pending: int


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def are_arguments(value: Any) -> bool:
    """Return whether a JSON value has the form of a crawl's arguments."""
    return isinstance(value, dict) and not any(isinstance(one, dict | list) for one in value.values())


@dataclass(frozen=True)
class PastRun:
    """A run as the state has it. ``arguments`` are JSON, with the defaults.

    What ends it is ``None`` while it is running, and if it was killed.
    """

    run_id: str
    spider: str
    arguments: str
    started_at: str
    ended_at: str | None
    status: int | None
    ending: str | None


def past_runs(folder: Path) -> list[PastRun]:
    """Return the runs in the state of a data folder, oldest first. Raises ``StateError``.

    Reads only, so a run may be under way.
    """
    path = folder / FILE
    if not path.exists():
        return []
    check_file(path)
    sql = (
        "SELECT run_id, spider, arguments, runs.started_at, ended_at, status, ending "
        "FROM runs JOIN crawls ON crawl = crawls.n ORDER BY runs.n"
    )
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=60)) as db:
            return [PastRun(*row) for row in db.execute(sql)]
    except sqlite3.Error as error:
        raise damaged(path, str(error)) from None


class RunRepository:
    """The crawls of a state and their runs."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def begin(self, spider: str, arguments: str, run_id: str, now: str) -> Crawl:
        """Begin a run: of the interrupted crawl with the same spider and arguments, or else of a new one."""
        with self._db.transaction():
            row = self._db.one(
                "SELECT n, started_at, articles FROM crawls WHERE spider = ? AND arguments = ? AND NOT finished "
                "ORDER BY n DESC",
                (spider, arguments),
            )
            if row is None:
                sql = "INSERT INTO crawls (spider, arguments, started_at) VALUES (?, ?, ?)"
                n, started_at, articles = self._db.run(sql, (spider, arguments, now)).lastrowid, now, 0
            else:
                n, started_at, articles = row
            sql = "INSERT INTO runs (crawl, run_id, started_at) VALUES (?, ?, ?)"
            run = self._db.run(sql, (n, run_id, now)).lastrowid
        saved = self._db.all("SELECT n, saved FROM listing_crawls WHERE crawl = ? ORDER BY n", (n,))
        listings = {number: self._db.json(text, _is_object) for number, text in saved}
        return Crawl(int(n or 0), int(run or 0), started_at, row is not None, listings, articles)

    def unfinished(self) -> list[UnfinishedCrawl]:
        """Return the crawls that were interrupted."""
        sql = (
            "SELECT n, spider, arguments, started_at, "
            "(SELECT count(*) FROM queue WHERE crawl = crawls.n AND done != 1) FROM crawls WHERE NOT finished"
        )
        return [
            UnfinishedCrawl(n, spider, self._db.json(arguments, are_arguments), started_at, pending)
            for n, spider, arguments, started_at, pending in self._db.all(sql)
        ]

    def has_begun(self, crawl: Crawl) -> bool:
        """Return whether a crawl has anything to resume."""
        return any(
            self._db.one(f"SELECT 1 FROM {table} WHERE crawl = ? LIMIT 1", (crawl.n,))
            for table in ("queue", "listing_crawls")
        )

    def end(self, crawl: Crawl, status: int, ending: str, now: str) -> None:
        """Note how a run ended."""
        self._db.run(
            "UPDATE runs SET ended_at = ?, status = ?, ending = ? WHERE n = ?", (now, status, ending, crawl.run)
        )

    def finish(self, crawl: Crawl) -> None:
        """Finish a crawl: nothing of it is resumed."""
        self._db.run("DELETE FROM listing_crawls WHERE crawl = ?", (crawl.n,))
        self._db.run("UPDATE crawls SET finished = 1 WHERE n = ?", (crawl.n,))

    def count_article(self, crawl: Crawl) -> None:
        """Count an article towards the ``limit`` of the crawl."""
        self._db.run("UPDATE crawls SET articles = articles + 1 WHERE n = ?", (crawl.n,))

    def numbers(self) -> dict[str, int]:
        """Return the numbers of all runs, by run id."""
        return dict(self._db.all("SELECT run_id, n FROM runs"))

    def started_at(self, runs: Iterable[int]) -> dict[int, str]:
        """Return when runs were started, by number."""
        sql = "SELECT n, started_at FROM runs WHERE n IN (SELECT value FROM json_each(?))"
        return dict(self._db.all(sql, (json.dumps(sorted(runs)),)))
