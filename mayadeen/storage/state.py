"""What is known between runs: one SQLite file in the data folder, behind one small interface.

A post is known once its record is safe: record, post and addresses go in in one transaction, and the feeds are written
from it. What a run found and has not settled yet stays here, so that a run that was cut short can be gone on with.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Self

from scrapy.exceptions import CloseSpider

from mayadeen.extraction.dates import utc_string
from mayadeen.monitoring.drift import Aspect, Doubts, Reading, Verdict

FILE = "state.sqlite"
APPLICATION_ID = 0x4D594431
"""Stands in the file's header: a database of somebody else's is not taken for ours."""
VERSION = 2
"""Of the tables. A file of a newer version is refused."""
MAX_TRIES = 3
"""In so many later runs a page that was rejected is asked for again."""
FORGET_AFTER = timedelta(days=7)
"""So long an address that was no article, or gone before it could be read, is not asked for again."""
REBUILT_FROM = ("articles", "authors", "removals", "rejects")
"""Folders whose feeds the state can be made again from."""
MAX_READINGS, MAX_ALARMING = 10_000, 2_000
"""So many readings of pages are kept of an edition, those of runs that alarmed apart: about 4 MB."""
_UNWRITABLE = (
    "SQLITE_FULL", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC",
    "SQLITE_IOERR_DIR_FSYNC", "SQLITE_IOERR_TRUNCATE", "SQLITE_IOERR_SHM", "SQLITE_IOERR_DELETE",
)  # fmt: skip
"""How the names of the errors begin that a disk gives which takes nothing more."""
_CHECKED_WHOLE = 64 * 1024 * 1024
"""Files up to this many bytes are checked page by page when opened, which takes a fraction of a second."""

_LAYOUT_TABLES = """
CREATE TABLE readings (
    n INTEGER PRIMARY KEY, run INTEGER NOT NULL, edition TEXT NOT NULL, kind TEXT NOT NULL, label TEXT NOT NULL,
    published_at TEXT NOT NULL, fields TEXT NOT NULL
);
CREATE INDEX readings_run ON readings (edition, run);
CREATE TABLE doubts (
    edition TEXT NOT NULL, field TEXT NOT NULL, aspect TEXT NOT NULL, run INTEGER NOT NULL, verdict TEXT NOT NULL,
    alarm TEXT, PRIMARY KEY (edition, field, aspect, run)
) WITHOUT ROWID;
"""
"""Since version 2: what was read off articles' pages, and the runs whose readings are not taken for usual."""

_TABLES = f"""
CREATE TABLE posts (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, edition TEXT NOT NULL, url TEXT NOT NULL, via TEXT NOT NULL,
    listing TEXT, kind TEXT,
    published_at TEXT, modified_at TEXT, recent TEXT NOT NULL, revision INTEGER NOT NULL, hash TEXT, parts TEXT,
    crawler TEXT, etag TEXT, last_modified TEXT, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, gone INTEGER
);
CREATE INDEX posts_recent ON posts (edition, recent);
CREATE TABLE addresses (address TEXT PRIMARY KEY, post INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE passed (address TEXT PRIMARY KEY, fate TEXT NOT NULL, reason TEXT, at TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE retries (
    address TEXT PRIMARY KEY, edition TEXT NOT NULL, url TEXT NOT NULL, via TEXT NOT NULL, fate TEXT NOT NULL,
    tries INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE covers (
    listing TEXT NOT NULL, kinds TEXT NOT NULL, bounded INTEGER NOT NULL, anchors TEXT NOT NULL, since TEXT,
    at TEXT NOT NULL, PRIMARY KEY (listing, kinds, bounded)
) WITHOUT ROWID;
CREATE TABLE crawls (
    n INTEGER PRIMARY KEY, spider TEXT NOT NULL, arguments TEXT NOT NULL, started_at TEXT NOT NULL,
    articles INTEGER NOT NULL DEFAULT 0, finished INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE runs (
    n INTEGER PRIMARY KEY, crawl INTEGER NOT NULL, stem TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT,
    status INTEGER, ending TEXT, whole INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE walks (crawl INTEGER, n INTEGER, walk TEXT NOT NULL, PRIMARY KEY (crawl, n)) WITHOUT ROWID;
CREATE TABLE listed (
    n INTEGER PRIMARY KEY, crawl INTEGER NOT NULL, address TEXT NOT NULL, walk INTEGER NOT NULL, url TEXT, via TEXT,
    settled INTEGER NOT NULL, UNIQUE (crawl, address, walk)
);
CREATE TABLE outbox (n INTEGER PRIMARY KEY, run INTEGER NOT NULL, folder TEXT NOT NULL, line BLOB NOT NULL);
CREATE INDEX outbox_run ON outbox (run, folder, n);
{_LAYOUT_TABLES}
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
"""


class StateError(CloseSpider):
    """The state, or the disk it lies on, cannot be used; as a string, one line for people.

    Scrapy ends the run with ``reason`` where one is raised in a callback.
    """

    def __init__(self, text: str, reason: str = "state_error") -> None:
        super().__init__(reason)
        self.text = text

    def __str__(self) -> str:
        return self.text


def no_space(error: OSError | sqlite3.Error, folder: Path) -> StateError:
    """The error of a disk that takes nothing more."""
    return StateError(
        f"nothing more can be written in {folder} ({error}): make room there, or see that it may be written to, "
        "then run it again: it goes on where it stopped, and the feeds are made whole",
        "no_space",
    )


@dataclass
class Post:
    """What is known of a post. ``revision`` is 0 while no record of it was written: it was of no kind or time asked
    for. ``hash`` is the written record's; ``parts`` are checksum and source of title, summary and body as last read.
    ``url`` is where it was fetched, on the public host, ``via`` the JSON of where it was found, ``listing`` the address
    of the listing that was.
    ``recent`` is when it was published or last seen to change, ``gone`` the HTTP status once it is gone. Times are UTC
    strings."""

    id: str
    edition: str
    url: str
    via: str = ""
    listing: str | None = None
    kind: str | None = None
    published_at: str | None = None
    modified_at: str | None = None
    recent: str = ""
    revision: int = 0
    hash: str | None = None
    parts: str | None = None
    crawler: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    first_seen: str = ""
    last_seen: str = ""
    gone: int | None = None


_COLUMNS = tuple(f.name for f in fields(Post))
_SELECT = f"SELECT {', '.join(f'posts.{name}' for name in _COLUMNS)} FROM posts"
_UPSERT = (
    f"INSERT INTO posts ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)}) "
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{n} = excluded.{n}' for n in _COLUMNS if n != 'first_seen')} "
    "RETURNING n"
)


@dataclass(frozen=True)
class Passed:
    """An address that gave no article when it was last asked for: ``fate`` and ``reason`` as the report has them."""

    fate: str
    reason: str | None


@dataclass(frozen=True)
class Found:
    """An address still to fetch, with the JSON of where it was found; ``walk`` is the number of its row, or -1."""

    address: str
    url: str
    via: str
    walk: int = -1


@dataclass(frozen=True)
class Cover:
    """How far down a listing everything is known: from the posts at ``anchors``, its uppermost at the time, down to
    what was published ``since``, or to its end."""

    anchors: tuple[str, ...]
    since: str | None


@dataclass
class Crawl:
    """What was asked for once and takes one run or, if cut short, several.

    ``walks`` are the rows as saved, ``articles`` how many earlier runs of it wrote towards its ``limit``.
    """

    n: int
    run: int
    started_at: str
    resumed: bool = False
    walks: dict[int, dict[str, Any]] = field(default_factory=dict)
    articles: int = 0


class Lock:
    """One holder at a time, freed by the system when its process ends, however it ends."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f".{name}.lock"
        self._file: IO[str] | None = None

    def take(self, who: str) -> str | None:
        """Take it and return ``None``, or return who holds it. Raises ``OSError`` where no file can be made."""
        file = self.path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            file.close()
            return holder
        except BaseException:
            file.close()
            raise
        with suppress(OSError):  # a full disk: the lock holds all the same
            file.truncate(0)
            file.write(f"{who} (process {os.getpid()}, since {utc_string(datetime.now(UTC))})\n")
            file.flush()
        self._file = file
        return None

    def free(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.truncate(0)
            with suppress(OSError):
                self._file.close()
            self._file = None


def holder(folder: Path, name: str) -> str | None:
    """Who holds a lock of a data folder, told without taking it; ``None`` where it is free."""
    try:
        with (folder / f".{name}.lock").open(encoding="utf-8") as file:
            who = file.read().strip()
            # A process that was killed leaves its name, and no lock.
            if who:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return who
    except OSError:
        pass
    return None


@dataclass(frozen=True)
class PastRun:
    """A run as the state has it: ``stem`` names its files, ``arguments`` are JSON, with the defaults. What ends it is
    ``None`` while it is under way, and where it was killed."""

    stem: str
    spider: str
    arguments: str
    started_at: str
    ended_at: str | None
    status: int | None
    ending: str | None


def past_runs(folder: Path) -> list[PastRun]:
    """The runs that the state of a data folder knows, oldest first; read beside a run under way, and nothing is
    written. None where there is no state. Raises ``StateError``."""
    path = folder / FILE
    if not path.exists():
        return []
    _check(path)
    sql = (
        "SELECT stem, spider, arguments, runs.started_at, ended_at, status, ending "
        "FROM runs JOIN crawls ON crawl = crawls.n ORDER BY runs.n"
    )
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=60)) as db:
            return [PastRun(*row) for row in db.execute(sql)]
    except sqlite3.Error as error:
        raise _damaged(path, str(error)) from None


class State:
    """The open file. Every method raises ``StateError`` where the file is damaged or the disk is full."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.error: StateError | None = None
        self._depth = 0
        with self._guarded():
            self._db = sqlite3.connect(path, isolation_level=None, timeout=60)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the state of a data folder, or begin one in a folder without feeds; raises ``StateError``."""
        path = folder / FILE
        try:
            if not (path.exists() or path.is_symlink()):
                for name in REBUILT_FROM:
                    if next((folder / name).glob("*.jsonl"), None) is not None:
                        raise StateError(
                            f"{folder} has {name} but no {FILE}, which tells what is known: make it again from them "
                            "with `scrapy rebuild`, or name another folder with MAYADEEN_DATA_DIR"
                        )
                cls.create(path)
        except OSError as error:
            raise no_space(error, folder) from None
        _check(path)
        state = cls(path)
        try:
            with state._guarded():
                state._db.executescript(
                    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -4000;"
                )
                pages, size = (state._one(f"PRAGMA {name}")[0] for name in ("page_count", "page_size"))
                if pages * size <= _CHECKED_WHOLE and (found := state._one("PRAGMA quick_check(1)")[0]) != "ok":
                    raise _damaged(path, found)
                state._upgrade()
                state._one("PRAGMA wal_checkpoint(TRUNCATE)")
        except BaseException:
            state.close()
            raise
        return state

    @classmethod
    def create(cls, path: Path) -> None:
        """Make an empty one beside its place and move it there: there is never half of one."""
        new = path.with_suffix(".new")
        for leftover in (new, *(Path(f"{path}{end}") for end in ("-wal", "-shm"))):
            leftover.unlink(missing_ok=True)
        try:
            made = cls(new)
            try:
                with made._guarded():
                    made._db.executescript(f"BEGIN; {_TABLES} COMMIT;")
            finally:
                made.close()
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)

    def _upgrade(self) -> None:
        """Bring the tables of an older version up to this one, all at once."""
        if self._one("PRAGMA user_version")[0] < 2:
            try:
                self._db.executescript(f"BEGIN IMMEDIATE; {_LAYOUT_TABLES} PRAGMA user_version = 2; COMMIT;")
            except sqlite3.Error:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._db.close()

    # --- transactions --------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block is kept, or nothing. One within another is part of it."""
        if self._depth:
            yield
            return
        self._run("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
            self._run("COMMIT")
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
        except sqlite3.Error as error:
            raise self._told(error) from None
        except StateError as error:
            self.error = error
            raise

    def _told(self, error: sqlite3.Error) -> StateError:
        """An error of SQLite as one for people."""
        # Python's own errors, as of a file that is closed, have no such name.
        if getattr(error, "sqlite_errorname", "").startswith(_UNWRITABLE):
            self.error = no_space(error, self.path.parent)
        elif isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            self.error = StateError(f"{self.path} is in use by another program ({error})")
        else:
            self.error = _damaged(self.path, str(error))
        return self.error

    # These three run ten times an article: a context manager would cost as much as SQLite itself.

    def _run(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
        try:
            return self._db.execute(sql, values)
        except sqlite3.Error as error:
            raise self._told(error) from None

    def _one(self, sql: str, values: Any = ()) -> Any:
        try:
            return self._db.execute(sql, values).fetchone()
        except sqlite3.Error as error:
            raise self._told(error) from None

    def _all(self, sql: str, values: Any = ()) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._told(error) from None

    # --- posts ---------------------------------------------------------------------------------------------------

    def post(self, id: str) -> Post | None:
        """The post of an id."""
        row = self._one(f"{_SELECT} WHERE id = ?", (id,))
        return Post(*row) if row else None

    def post_at(self, address: str) -> Post | None:
        """The post that an address, in its canonical form, led to."""
        row = self._one(f"{_SELECT} JOIN addresses ON posts.n = post WHERE address = ?", (address,))
        return Post(*row) if row else None

    def passed(self, address: str, now: str) -> Passed | None:
        """Why an address is not to be asked for again yet."""
        row = self._one("SELECT fate, reason, at FROM passed WHERE address = ?", (address,))
        if row is None:
            tries = self._one("SELECT tries FROM retries WHERE address = ?", (address,))
            return Passed("skipped", "given_up") if tries and tries[0] >= MAX_TRIES else None
        since = datetime.fromisoformat(now) - datetime.fromisoformat(row[2])
        return Passed(row[0], row[1]) if since < FORGET_AFTER else None

    def put(self, post: Post, addresses: Iterable[str]) -> None:
        """Keep a post and the addresses that lead to it; what else was known of those is over."""
        post.recent = max(post.recent, post.published_at or post.first_seen)
        with self.transaction():
            n = self._one(_UPSERT, vars(post))[0]
            for address in dict.fromkeys(addresses):
                self._run(
                    "INSERT INTO addresses VALUES (?, ?) ON CONFLICT DO UPDATE SET post = excluded.post "
                    "WHERE post != excluded.post",
                    (address, n),
                )
                self._run("DELETE FROM passed WHERE address = ?", (address,))

    def pass_by(self, address: str, fate: str, reason: str | None, now: str) -> None:
        """Remember that an address gave no article."""
        self._run("INSERT OR REPLACE INTO passed VALUES (?, ?, ?, ?)", (address, fate, reason, now))

    def recent(
        self,
        edition: str,
        since: str | None,
        until: str | None,
        kinds: Collection[str],
        listings: Collection[str] | None,
    ) -> Iterator[Post]:
        """The posts written, most recently published or changed first; ``listings``: those found by them only."""
        where = "edition = ? AND revision > 0 AND gone IS NULL"
        values: list[Any] = [edition]
        for bound, sign in ((since, ">="), (until, "<=")):
            if bound is not None:
                where += f" AND (published_at IS NULL OR published_at {sign} ?)"
                values.append(bound)
        for name, allowed in (("kind", kinds or None), ("listing", listings)):
            if allowed is not None:
                where += f" AND {name} IN (SELECT value FROM json_each(?))"
                values.append(json.dumps(sorted(allowed)))
        last: tuple[str, int] | None = None
        while True:
            after, more = ("", []) if last is None else (" AND (recent, n) < (?, ?)", [*last])
            rows = self._all(
                f"{_SELECT[:-11]}, posts.n FROM posts WHERE {where}{after} ORDER BY recent DESC, n DESC LIMIT 100",
                [*values, *more],
            )
            for *row, n in rows:
                post = Post(*row)
                last = (post.recent, n)
                yield post
            if len(rows) < 100:
                return

    def count(self) -> int:
        """How many posts have been written."""
        return int(self._one("SELECT count(*) FROM posts WHERE revision > 0")[0])

    # --- pages to be tried again ---------------------------------------------------------------------------------

    def try_again(self, found: Found, edition: str, fate: str) -> None:
        """Have a page that was rejected, or failed, asked for in later runs. A reject counts as one of its tries."""
        self._run(
            "INSERT INTO retries VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO UPDATE SET fate = excluded.fate, "
            "tries = tries + (excluded.fate = 'rejected')",
            (found.address, edition, found.url, found.via, fate),
        )

    def retries(self, edition: str) -> list[Found]:
        """What is to be asked for again."""
        sql = "SELECT address, url, via FROM retries WHERE edition = ? AND tries < ? ORDER BY address"
        return [Found(*row) for row in self._all(sql, (edition, MAX_TRIES))]

    # --- listings ------------------------------------------------------------------------------------------------

    def covers(self, listing: str, kinds: str) -> list[Cover]:
        """What is known of a listing, for articles of ``kinds`` (sorted, joined by commas; empty: all)."""
        sql = "SELECT anchors, since FROM covers WHERE listing = ? AND kinds IN (?, '') ORDER BY at DESC"
        return [Cover(tuple(json.loads(row[0])), row[1]) for row in self._all(sql, (listing, kinds))]

    def cover_with(self, listing: str, kinds: str, cover: Cover, now: str) -> None:
        self._run(
            "INSERT OR REPLACE INTO covers VALUES (?, ?, ?, ?, ?, ?)",
            (listing, kinds, cover.since is not None, json.dumps(cover.anchors), cover.since, now),
        )

    # --- crawls and their runs -----------------------------------------------------------------------------------

    def begin(self, spider: str, arguments: str, stem: str, now: str) -> Crawl:
        """Begin a run: of the crawl that was cut short with the same spider and arguments, or else of a new one."""
        with self.transaction():
            row = self._one(
                "SELECT n, started_at, articles FROM crawls WHERE spider = ? AND arguments = ? AND NOT finished "
                "ORDER BY n DESC",
                (spider, arguments),
            )
            if row is None:
                sql = "INSERT INTO crawls (spider, arguments, started_at) VALUES (?, ?, ?)"
                n, started_at, articles = self._run(sql, (spider, arguments, now)).lastrowid, now, 0
            else:
                n, started_at, articles = row
            run = self._run("INSERT INTO runs (crawl, stem, started_at) VALUES (?, ?, ?)", (n, stem, now)).lastrowid
        walks = {
            k: json.loads(walk) for k, walk in self._all("SELECT n, walk FROM walks WHERE crawl = ? ORDER BY n", (n,))
        }
        return Crawl(int(n or 0), int(run or 0), started_at, row is not None, walks, articles)

    def unfinished(self) -> list[tuple[int, str, str, str, int]]:
        """Crawls cut short: number, spider, arguments, start, addresses still to fetch."""
        return self._all(
            "SELECT n, spider, arguments, started_at, "
            "(SELECT count(*) FROM listed WHERE crawl = crawls.n AND settled != 1) FROM crawls WHERE NOT finished"
        )

    def save_walk(self, crawl: Crawl, n: int, walk: dict[str, Any]) -> None:
        self._run("INSERT OR REPLACE INTO walks VALUES (?, ?, ?)", (crawl.n, n, json.dumps(walk, ensure_ascii=False)))

    def add(self, crawl: Crawl, found: Found, *, settled: bool = False) -> None:
        """Keep that a listing showed an address, to be fetched unless ``settled``."""
        self._run(
            "INSERT OR IGNORE INTO listed (crawl, address, walk, url, via, settled) VALUES (?, ?, ?, ?, ?, ?)",
            (crawl.n, found.address, found.walk, *((None, None) if settled else (found.url, found.via)), int(settled)),
        )

    def settle(self, crawl: Crawl, address: str, *, failed: bool = False) -> None:
        """Strike an address off those still to fetch; one that ``failed`` is asked for again by the next run."""
        self._run(
            "UPDATE listed SET settled = ? WHERE crawl = ? AND address = ? AND settled != 1",
            (2 if failed else 1, crawl.n, address),
        )

    def settled(self, crawl: Crawl) -> set[str]:
        """The addresses that earlier runs of the crawl are done with."""
        sql = "SELECT address FROM listed WHERE crawl = ? GROUP BY address HAVING min(settled = 1)"
        return {address for (address,) in self._all(sql, (crawl.n,))}

    def left(self, crawl: Crawl) -> list[Found]:
        """What is still to fetch of a crawl, in the order it was found."""
        sql = "SELECT address, url, via, walk FROM listed WHERE crawl = ? AND settled != 1 ORDER BY n"
        return [Found(*row) for row in self._all(sql, (crawl.n,))]

    def shown(self, crawl: Crawl, walk: int) -> set[str]:
        """The addresses that a listing has shown."""
        sql = "SELECT address FROM listed WHERE crawl = ? AND walk = ?"
        return {address for (address,) in self._all(sql, (crawl.n, walk))}

    def end(self, crawl: Crawl, edition: str, status: int, ending: str, now: str, *, finished: bool) -> None:
        """End a run. A crawl that is ``finished`` leaves behind what failed, to be tried again by any later run."""
        with self.transaction():
            self._run(
                "UPDATE runs SET ended_at = ?, status = ?, ending = ? WHERE n = ?", (now, status, ending, crawl.run)
            )
            begun = self._one("SELECT 1 FROM listed WHERE crawl = ? LIMIT 1", (crawl.n,)) or self._one(
                "SELECT 1 FROM walks WHERE crawl = ? LIMIT 1", (crawl.n,)
            )
            if finished or not begun:
                for found in self._all(
                    "SELECT address, url, via FROM listed WHERE crawl = ? AND settled = 2 ORDER BY n", (crawl.n,)
                ):
                    self.try_again(Found(*found), edition, "failed")
                for table in ("listed", "walks"):
                    self._run(f"DELETE FROM {table} WHERE crawl = ?", (crawl.n,))
                self._run("UPDATE crawls SET finished = 1 WHERE n = ?", (crawl.n,))

    # --- records not yet known to be in the feeds ----------------------------------------------------------------

    def count_article(self, crawl: Crawl) -> None:
        """Count an article towards the ``limit`` of the crawl."""
        self._run("UPDATE crawls SET articles = articles + 1 WHERE n = ?", (crawl.n,))

    def send(self, run: int, folder: str, line: bytes) -> None:
        """Keep the line of a record until the run's feeds are whole."""
        self._run("INSERT INTO outbox (run, folder, line) VALUES (?, ?, ?)", (run, folder, zlib.compress(line, 1)))

    def unsent(self, spiders: Collection[str] | None = None) -> list[tuple[int, str, str]]:
        """The runs whose feeds are not known to be whole: number, stem of the files' names, spider."""
        sql = "SELECT runs.n, stem, spider FROM runs JOIN crawls ON crawl = crawls.n WHERE NOT whole ORDER BY runs.n"
        return [row for row in self._all(sql) if spiders is None or row[2] in spiders]

    def folders(self, run: int) -> list[str]:
        """The folders that a run wrote records for."""
        return [name for (name,) in self._all("SELECT DISTINCT folder FROM outbox WHERE run = ?", (run,))]

    def lines(self, run: int, folder: str) -> Iterator[bytes]:
        """The lines of a run's records, in the order they were written."""
        last = 0
        sql = "SELECT n, line FROM outbox WHERE run = ? AND folder = ? AND n > ? ORDER BY n LIMIT 100"
        while rows := self._all(sql, (run, folder, last)):
            for last, line in rows:  # noqa: B007 - the next query begins after it
                yield zlib.decompress(line)

    def sent(self, run: int) -> None:
        """The run's feeds are whole, on disk: what was kept of its records is not needed any more."""
        with self.transaction():
            self._run("UPDATE runs SET whole = 1 WHERE n = ?", (run,))
            self._run("DELETE FROM outbox WHERE run = ?", (run,))

    def delivered(self, address: str) -> None:
        """A page that was to be tried again has given what it had."""
        self._run("DELETE FROM retries WHERE address = ?", (address,))

    # --- what pages look like --------------------------------------------------------------------------------------

    def readings(self, edition: str) -> list[Reading]:
        """What earlier runs read off articles' pages."""
        sql = "SELECT kind, label, published_at, fields, run FROM readings WHERE edition = ? ORDER BY n"
        return [Reading(kind, label, at, json.loads(fields), "", run)
                for kind, label, at, fields, run in self._all(sql, (edition,))]  # fmt: skip

    def doubts(self, edition: str) -> dict[Aspect, Doubts]:
        """The runs whose readings are not taken for usual, by what they are in doubt for."""
        found: dict[Aspect, Doubts] = {}
        sql = "SELECT field, aspect, run, verdict FROM doubts WHERE edition = ?"
        for name, aspect, run, verdict in self._all(sql, (edition,)):
            doubt = found.setdefault((name, aspect), Doubts())
            if verdict == "closed":
                doubt.closed.add(run)
            elif verdict == "accepted":
                doubt.since = run
            else:
                doubt.open[run] = verdict == "alarm"
        return found

    def judged(
        self, edition: str, run: int, readings: Iterable[Reading], verdict: Verdict, alarms: Iterable[dict[str, Any]]
    ) -> None:
        """Keep what a run read off pages, and what that was taken for."""
        told = {alarm["field"]: json.dumps(alarm, ensure_ascii=False) for alarm in alarms}
        lost = {(one.name, one.aspect) for one in verdict.lost}
        with self.transaction():
            for reading in readings:
                self._run(
                    "INSERT INTO readings (run, edition, kind, label, published_at, fields) VALUES (?, ?, ?, ?, ?, ?)",
                    (run, edition, reading.kind, reading.label, reading.published_at,
                     json.dumps(reading.fields, separators=(",", ":"))),
                )  # fmt: skip
            for name, aspect in verdict.fine:
                here = (edition, name, aspect)
                where = "edition = ? AND field = ? AND aspect = ?"
                self._run(f"DELETE FROM doubts WHERE {where} AND verdict = 'doubt'", here)
                self._run(
                    f"UPDATE doubts SET verdict = 'closed', alarm = NULL WHERE {where} AND verdict = 'alarm'", here
                )
            for name, aspect in verdict.doubted:
                is_lost = (name, aspect) in lost
                self._run(
                    "INSERT OR REPLACE INTO doubts VALUES (?, ?, ?, ?, ?, ?)",
                    (edition, name, aspect, run, "alarm" if is_lost else "doubt", told[name] if is_lost else None),
                )
            self._forget_readings(edition)

    def _forget_readings(self, edition: str) -> None:
        """Drop the oldest runs' readings, those of alarming runs apart from the others: they displace nothing usual."""
        sql = "SELECT run FROM doubts WHERE edition = ? AND verdict = 'alarm'"
        alarming = {run for (run,) in self._all(sql, (edition,))}
        kept = {True: 0, False: 0}
        for run, count in self._all(
            "SELECT run, count(*) FROM readings WHERE edition = ? GROUP BY run ORDER BY run DESC", (edition,)
        ):
            kept[run in alarming] += count
            if kept[run in alarming] > (MAX_ALARMING if run in alarming else MAX_READINGS):
                where = "WHERE edition = ? AND run = ?"
                self._run(f"DELETE FROM readings {where}", (edition, run))
                self._run(f"DELETE FROM doubts {where} AND verdict IN ('doubt', 'closed')", (edition, run))

    def layout_alarms(self, edition: str) -> list[dict[str, Any]]:
        """The last alarm of each field that is neither mended nor accepted, in the order of their runs."""
        sql = "SELECT alarm FROM doubts WHERE edition = ? AND verdict = 'alarm' ORDER BY run"
        return list({(alarm := json.loads(row[0]))["field"]: alarm for row in self._all(sql, (edition,))}.values())

    def accept_layout(self, edition: str) -> None:
        """Take what alarms for usual from now on, and nothing of it from before."""
        with self.transaction():
            for name, aspect, first in self._all(
                "SELECT field, aspect, min(run) FROM doubts WHERE edition = ?1 AND verdict IN ('alarm', 'doubt') "
                "AND field IN (SELECT field FROM doubts WHERE edition = ?1 AND verdict = 'alarm') "
                "GROUP BY field, aspect",
                (edition,),
            ):
                here = (edition, name, aspect)
                self._run("DELETE FROM doubts WHERE edition = ? AND field = ? AND aspect = ?", here)
                self._run("INSERT INTO doubts VALUES (?, ?, ?, ?, 'accepted', NULL)", (*here, first))

    def begun(self, runs: Iterable[int]) -> dict[int, str]:
        """When runs were begun."""
        sql = "SELECT n, started_at FROM runs WHERE n IN (SELECT value FROM json_each(?))"
        return dict(self._all(sql, (json.dumps(sorted(runs)),)))


def _check(path: Path) -> None:
    """Raise ``StateError`` for a file that is not ours, of a newer version, or no database at all."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
        length = path.stat().st_size
        journal = Path(f"{path}-wal")
        has_journal = journal.exists() and journal.stat().st_size > 0
    except OSError as error:
        raise StateError(
            f"{path} cannot be read ({error.strerror or error}): see to that, or move it away and make it again from "
            "the feeds with `scrapy rebuild`"
        ) from None
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        raise _damaged(path, "it is no SQLite file")
    version, application = (int.from_bytes(header[at : at + 4], "big") for at in (60, 68))
    if application != APPLICATION_ID:
        raise StateError(f"{path} belongs to another program: move it away, or name another MAYADEEN_DATA_DIR")
    if version > VERSION:
        raise StateError(
            f"{path} was written by a newer version of this project (tables {version}, here {VERSION}): upgrade, "
            "or make it again from the feeds with `scrapy rebuild`"
        )
    # A journal may hold pages that the file itself does not have yet.
    page_size, pages = (int.from_bytes(header[at : at + n], "big") for at, n in ((16, 2), (28, 4)))
    if length < pages * (65536 if page_size == 1 else page_size) and not has_journal:
        raise _damaged(path, "it is cut short")


def _damaged(path: Path, why: str) -> StateError:
    return StateError(
        f"{path} is damaged ({' '.join(why.split())}): make it again from the feeds with `scrapy rebuild`"
    )
