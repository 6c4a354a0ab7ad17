"""The state: what is known between runs, in one SQLite file of the data folder.

A post is known once its record is safe: record, post and addresses are written in one transaction, and the feeds are
written from it. What a run found and has not finished stays here, so an interrupted run can be resumed.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from mayadeen.storage.database import FILE, Database, check_file
from mayadeen.storage.drift_history import DriftHistory
from mayadeen.storage.errors import StateError, no_space
from mayadeen.storage.locks import other_holder
from mayadeen.storage.outbox import Outbox
from mayadeen.storage.posts import PostRepository
from mayadeen.storage.queue import QueueRepository
from mayadeen.storage.runs import Crawl, RunRepository

REBUILT_FROM = ("articles", "corrections", "authors", "removals", "rejects")
"""Folders whose feeds the state can be rebuilt from."""


class State:
    """One repository for each concern, over one file. Their methods raise ``StateError``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = Database(path)
        self.posts = PostRepository(self.database)
        self.queue = QueueRepository(self.database)
        self.runs = RunRepository(self.database)
        self.outbox = Outbox(self.database)
        self.drift = DriftHistory(self.database)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the state of a data folder, or make one in a folder without feeds. Raises ``StateError``.

        Tables of an older version are migrated, but not while another process uses them.
        """
        path = folder / FILE
        try:
            if not (path.exists() or path.is_symlink()):
                for name in REBUILT_FROM:
                    if next((folder / name).glob("*.jsonl"), None) is not None:
                        raise StateError(
                            f"{folder} has {name} but no {FILE}, which has the known articles. Rebuild it from them "
                            "with `scrapy rebuild`, or set another MAYADEEN_DATA_DIR"
                        )
                cls.create(path)
        except OSError as error:
            raise no_space(error, folder) from None
        check_file(path)
        state = cls(path)
        try:
            if state.database.is_old() and (holder := other_holder(folder)):
                raise StateError(
                    f"{path} has tables of an older version, which {holder} still uses: run this when it has ended",
                    "locked",
                )
            state.database.prepare()
        except BaseException:
            state.close()
            raise
        return state

    @classmethod
    def create(cls, path: Path) -> None:
        """Make an empty state at another name and move it to its place, so that an incomplete file is never there."""
        new = path.with_suffix(".new")
        for leftover in (new, *(Path(f"{path}{end}") for end in ("-wal", "-shm"))):
            leftover.unlink(missing_ok=True)
        try:
            database = Database(new)
            try:
                database.create_tables()
            finally:
                database.close()
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)

    @property
    def error(self) -> StateError | None:
        """The error that made the file unusable in this run."""
        return self.database.error

    def transaction(self) -> AbstractContextManager[None]:
        """Keep the whole block or nothing of it. A nested transaction is part of the outer one."""
        return self.database.transaction()

    def end(self, crawl: Crawl, edition: str, status: int, ending: str, now: str, *, finished: bool) -> None:
        """End a run. A crawl that is ``finished``, or never began, is not resumed."""
        with self.transaction():
            self.runs.end(crawl, status, ending, now)
            if finished or not self.runs.has_begun(crawl):
                self.queue.close_crawl(crawl, edition)
                self.runs.finish(crawl)

    def close(self) -> None:
        """Close the file."""
        self.database.close()
