"""The SQLite file of the state: opening, checks, transactions and errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mayadeen.storage.checked_read import DamagedError, parse_json
from mayadeen.storage.errors import StateError, damaged, no_space
from mayadeen.storage.migrations import FIRST, VERSION, migration_script

FILE = "state.sqlite"
"""The file's name in the data folder."""
APPLICATION_ID = 0x4D594431
"""Marks the file's header, so that another program's database is never used as ours."""
_UNWRITABLE = (
    "SQLITE_FULL", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC",
    "SQLITE_IOERR_DIR_FSYNC", "SQLITE_IOERR_TRUNCATE", "SQLITE_IOERR_SHM", "SQLITE_IOERR_DELETE",
)  # fmt: skip
"""Prefixes of SQLite's error names for a disk that cannot be written."""
_FULL_CHECK_SIZE = 64 * 1024 * 1024
"""Files up to this many bytes are checked page by page when opened. That takes a fraction of a second."""


class Database:
    """An open file. Every method raises ``StateError`` if the file is damaged or the disk is full."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.error: StateError | None = None
        self._depth = 0
        with self._guarded():
            self._db = sqlite3.connect(path.absolute().as_uri(), uri=True, isolation_level=None, timeout=60)

    def is_old(self) -> bool:
        """Return whether the tables are of an older version."""
        return bool(self.one("PRAGMA user_version")[0] < VERSION)

    def prepare(self) -> None:
        """Check the file and migrate it to this version."""
        with self._guarded():
            self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -4000;")
            pages, size = (self.one(f"PRAGMA {name}")[0] for name in ("page_count", "page_size"))
            if pages * size <= _FULL_CHECK_SIZE and (found := self.one("PRAGMA quick_check(1)")[0]) != "ok":
                raise damaged(self.path, found)
            if pages * size <= _FULL_CHECK_SIZE:
                self._check_types()
            if (version := self.one("PRAGMA user_version")[0]) < VERSION:
                self._migrate(version)
            self.one("PRAGMA wal_checkpoint(TRUNCATE)")

    def _migrate(self, version: int) -> None:
        try:
            self._db.executescript(migration_script(version))
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise

    def create_tables(self) -> None:
        """Make the tables in an empty file."""
        with self._guarded():
            self._db.executescript(f"PRAGMA application_id = {APPLICATION_ID}; {migration_script(0)}")

    def close(self) -> None:
        """Close the file. Errors are ignored: every transaction is complete."""
        with suppress(sqlite3.Error):
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep the whole block or nothing of it. A nested transaction is part of the outer one."""
        if self._depth:
            yield
            return
        self.run("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise
        finally:
            self._depth = 0

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._explain(error) from None
        except StateError as error:
            self.error = error
            raise

    def _explain(self, error: sqlite3.Error | UnicodeDecodeError) -> StateError:
        """Turn an error of SQLite into one for people."""
        # Python's own errors, such as that of a closed file, have no such name.
        if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorname", "").startswith(_UNWRITABLE):
            self.error = no_space(error, self.path.parent)
        elif isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            self.error = StateError(f"{self.path} is in use by another program ({error}). Wait until it has ended")
        elif isinstance(error, UnicodeDecodeError):
            self.error = damaged(self.path, "it has text that is not UTF-8")
        else:
            self.error = damaged(self.path, str(error))
        return self.error

    def damaged(self, why: str) -> StateError:
        """Note that the file is damaged, and return the error to raise."""
        self.error = damaged(self.path, why)
        return self.error

    def json(self, text: Any, has_form: Callable[[Any], bool]) -> Any:
        """Return the JSON value in a column. Raises ``StateError`` for one that is damaged or has another form."""
        try:
            value = parse_json(text if isinstance(text, str) else "")
        except DamagedError as error:
            raise self.damaged(str(error)) from None
        if not has_form(value):
            raise self.damaged(f"a value has an unknown form: {text:.60}")
        return value

    def _check_types(self) -> None:
        """Raise ``StateError`` where a column has a value of another type than its own."""
        tables = self.all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        for (table,) in tables:
            wrong = [
                f"(typeof({name}) != '{type_.lower()}' AND {name} IS NOT NULL)"
                for _, name, type_, *_ in self.all(f"PRAGMA table_info({table})")
            ]
            if wrong and self.one(f"SELECT 1 FROM {table} WHERE {' OR '.join(wrong)} LIMIT 1"):
                raise damaged(self.path, f"the table {table} has a value of another type")

    # These three run ten times per article. A context manager would cost as much as SQLite itself.

    def run(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
        """Execute one statement."""
        try:
            return self._db.execute(sql, values)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._explain(error) from None

    def one(self, sql: str, values: Any = ()) -> Any:
        """Return the first row, or ``None``."""
        try:
            return self._db.execute(sql, values).fetchone()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._explain(error) from None

    def all(self, sql: str, values: Any = ()) -> list[Any]:
        """Return all rows."""
        try:
            return self._db.execute(sql, values).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._explain(error) from None


def check_file(path: Path) -> None:
    """Raise ``StateError`` for a file that is not ours, of another version, cut short, or not a database."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
        length = path.stat().st_size
        journal = Path(f"{path}-wal")
        has_journal = journal.exists() and journal.stat().st_size > 0
    except OSError as error:
        raise StateError(
            f"{path} cannot be read ({error.strerror or error}). Fix that, or move it away and rebuild it from the "
            "feeds with `scrapy rebuild`"
        ) from None
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        raise damaged(path, "it is not an SQLite file")
    version, application = (int.from_bytes(header[at : at + 4], "big") for at in (60, 68))
    if application != APPLICATION_ID:
        raise StateError(f"{path} belongs to another program. Move it away, or set another MAYADEEN_DATA_DIR")
    if version > VERSION:
        raise StateError(
            f"{path} was written by a newer version of this project (tables {version}, here {VERSION}). Upgrade, "
            "or rebuild it from the feeds with `scrapy rebuild`"
        )
    if version < FIRST:
        raise StateError(
            f"{path} was written by a version before the first release (tables {version}, here {VERSION}). "
            "Set another MAYADEEN_DATA_DIR, or rebuild it from the feeds with `scrapy rebuild`"
        )
    # A journal may hold pages that the file itself does not have yet.
    page_size, pages = (int.from_bytes(header[at : at + n], "big") for at, n in ((16, 2), (28, 4)))
    if length < pages * (65536 if page_size == 1 else page_size) and not has_journal:
        raise damaged(path, "it is cut short")
