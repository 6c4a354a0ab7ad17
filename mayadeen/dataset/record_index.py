"""Which of the records read make the dataset, and in which order: an index on disk, so that memory stays flat.

Only what decides is in the index; records are read again from their files when they are written.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mayadeen.dataset.split import Split

_CACHE_KB = 65_536
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A record of the dataset: its ``id``; the ``group`` of stories it belongs to, named by its first article, itself
    if it is alone; whether it is an ``exact`` or ``near`` duplicate of one before it in the group; when its article was
    seen to be gone; its split; and where it is read, as number of a file, place and size."""

    id: str
    group: str
    duplicate: str | None
    removed_at: str | None
    split: str | None
    file: int
    at: int
    size: int


class RecordIndex:
    """The index. First ``add`` and ``remove`` everything, then ``choose``, ``group``, and read ``entries``."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.executescript(
            f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -{_CACHE_KB};"
            "PRAGMA temp_store = FILE; PRAGMA locking_mode = EXCLUSIVE;"
            "CREATE TABLE lines"
            " (n INTEGER PRIMARY KEY, id, fetched, revision, hash, published, file, at, size, reason);"
            "CREATE TABLE removals (id PRIMARY KEY, seen) WITHOUT ROWID"
        )
        self._held: list[tuple[Any, ...]] = []

    def close(self) -> None:
        self.db.close()

    def add(self, record: dict[str, Any], file: int, at: int, size: int, reason: str | None) -> None:
        """Take note of an article that was read, and of the ``reason`` why it is not wanted, if there is one."""
        self._held.append(
            (
                record["id"], record["fetched_at"], record["revision"], bytes.fromhex(record["content_hash"][7:]),
                record["published_at"], file, at, size, reason,
            )
        )  # fmt: skip
        if len(self._held) == _BATCH:
            self._keep()

    def remove(self, removal: dict[str, Any]) -> None:
        """Take note of a removal."""
        self.db.execute(
            "INSERT INTO removals VALUES (?, ?) ON CONFLICT DO UPDATE SET seen = max(seen, excluded.seen)",
            (removal["id"], removal["seen_at"]),
        )

    def choose(self, *, history: bool, flag_removed: bool) -> Counter[str]:
        """Decide which records make the dataset; returns how many do not, by reason.

        A record is a version of its article if its text differs from the one fetched before it. Without ``history``
        the latest version stands for the article. An article is gone if it was not fetched after its removal was seen.
        """
        self._keep()
        in_time = "PARTITION BY id ORDER BY fetched, revision, n"
        self.db.executescript(
            f"""
            CREATE TABLE versions AS
                SELECT *, hash IS lag(hash) OVER ({in_time}) AS repeated, max(fetched) OVER (PARTITION BY id) AS seen
                FROM lines;
            DROP TABLE lines;
            CREATE TABLE judged AS
                SELECT v.id, fetched, revision, n, hash, published, file, at, size,
                    CASE WHEN r.seen > v.seen THEN r.seen END AS removed_at,
                    CASE
                        WHEN repeated THEN 'repeated'
                        WHEN NOT {int(history)} AND lead(1) OVER (PARTITION BY v.id, repeated
                            ORDER BY fetched, revision, n) THEN 'superseded'
                        WHEN NOT {int(flag_removed)} AND r.seen > v.seen THEN 'removed'
                        ELSE reason
                    END AS reason
                FROM versions v LEFT JOIN removals r ON r.id = v.id;
            DROP TABLE versions;
            CREATE TABLE chosen (rank INTEGER PRIMARY KEY, id, fetched, revision, hash, published, file, at, size,
                removed_at);
            INSERT INTO chosen
                SELECT NULL, id, fetched, revision, hash, published, file, at, size, removed_at FROM judged
                WHERE reason IS NULL ORDER BY published IS NULL, published, id, fetched, revision, n;
            CREATE TABLE articles (id PRIMARY KEY, node, latest) WITHOUT ROWID;
            INSERT INTO articles
                SELECT id, min(rank), CAST(substr(max(fetched || printf('%019d%015d', revision, rank)), -15) AS INTEGER)
                FROM chosen GROUP BY id;
            """
        )
        left_out = self.db.execute("SELECT reason, count(*) FROM judged WHERE reason IS NOT NULL GROUP BY 1")
        counts = Counter({str(reason): int(n) for reason, n in left_out})
        self.db.execute("DROP TABLE judged")
        return counts

    def articles(self) -> Iterator[tuple[str, int, int, int]]:
        """Id, file, place and size of the latest record of every article of the dataset, in the order of writing."""
        yield from self.db.execute(
            "SELECT c.id, file, at, size FROM chosen c JOIN articles a ON a.id = c.id AND a.latest = c.rank "
            "ORDER BY rank"
        )

    def count(self) -> int:
        """How many records there are."""
        return int(self.db.execute("SELECT count(*) FROM chosen").fetchone()[0])

    def group(self, chains: Iterable[list[list[str]]]) -> dict[str, Any]:
        """Group articles that have a text in common, or are together in a group of a chain of ``near.py``; returns
        ``duplicates`` of the manifest."""
        grouped, chained = _Union(), _Union()
        # The first record of each text that several articles have; all the articles that have it.
        self.db.executescript(
            """
            CREATE TABLE shared (hash PRIMARY KEY, first) WITHOUT ROWID;
            INSERT INTO shared SELECT hash, min(rank) FROM chosen GROUP BY hash HAVING count(DISTINCT id) > 1;
            """
        )
        alike = self.db.execute(
            "SELECT s.first, a.node FROM shared s JOIN chosen c ON c.hash = s.hash JOIN articles a ON a.id = c.id"
        )
        for first, node in alike:
            (owner,) = self.db.execute(
                "SELECT node FROM articles a JOIN chosen c ON c.id = a.id WHERE rank = ?", (first,)
            ).fetchone()
            grouped.join([owner, node])
            chained.join([owner, node])
        for chain in chains:
            nodes = [
                [self.db.execute("SELECT node FROM articles WHERE id = ?", (id,)).fetchone()[0] for id in ids]
                for ids in chain
            ]
            chained.join([node for members in nodes for node in members])
            for members in nodes:
                grouped.join(members)
        for table, union in (("groups", grouped), ("chains", chained)):
            self.db.execute(f"CREATE TABLE {table} (node INTEGER PRIMARY KEY, root)")
            self.db.executemany(f"INSERT INTO {table} VALUES (?, ?)", union.roots())
            self.db.execute(f"INSERT OR IGNORE INTO {table} SELECT DISTINCT root, root FROM {table}")
        return self._duplicates()

    def entries(self, split: Split) -> Iterator[Entry]:
        """The records of the dataset, in the order of writing: by time of publication, then id."""
        last = "NULL"
        if split.by_time:
            # A chain stands where its latest record does: nothing in a split is younger than the split's end.
            self.db.executescript(
                """
                CREATE TABLE stories (root INTEGER PRIMARY KEY, last);
                INSERT INTO stories
                    SELECT coalesce(h.root, a.node), max(coalesce(published, fetched)) FROM chosen c
                    JOIN articles a ON a.id = c.id LEFT JOIN chains h ON h.node = a.node GROUP BY 1;
                """
            )
            last = "(SELECT last FROM stories WHERE stories.root = coalesce(h.root, a.node))"
        rows = self.db.execute(
            f"""
            SELECT c.id, CASE WHEN g.root IS NULL THEN c.id ELSE (SELECT id FROM chosen WHERE rank = g.root) END,
                CASE WHEN h.root IS NULL THEN c.id ELSE (SELECT id FROM chosen WHERE rank = h.root) END,
                {_DUPLICATE}, removed_at, {last}, file, at, size
            FROM chosen c JOIN articles a ON a.id = c.id LEFT JOIN chains h ON h.node = a.node
                LEFT JOIN groups g ON g.node = a.node LEFT JOIN shared s ON s.hash = c.hash
            ORDER BY rank
            """
        )
        for id, group, chain, duplicate, removed_at, time, file, at, size in rows:
            name = split.at(time) if split.by_time else split.by_hash_of(chain)
            yield Entry(id, group, duplicate, removed_at, name, file, at, size)

    def _duplicates(self) -> dict[str, Any]:
        members = (
            "FROM chosen c JOIN articles a ON a.id = c.id JOIN groups g ON g.node = a.node "
            "LEFT JOIN shared s ON s.hash = c.hash"
        )
        marked = Counter(dict(self.db.execute(f"SELECT {_DUPLICATE}, count(*) {members} GROUP BY 1")))
        largest = self.db.execute(
            f"SELECT (SELECT id FROM chosen WHERE rank = root), count(*) {members} GROUP BY root ORDER BY 2 DESC, root "
            "LIMIT 10"
        )
        return {
            "exact": marked["exact"],
            "near": marked["near"],
            "groups": int(self.db.execute("SELECT count(DISTINCT root) FROM groups").fetchone()[0]),
            "records": marked.total(),
            "largest": [list(row) for row in largest],
        }

    def _keep(self) -> None:
        self.db.execute("BEGIN")
        self.db.executemany("INSERT INTO lines VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self._held)
        self.db.execute("COMMIT")
        self._held.clear()


class _Union:
    """Sets of nodes that were joined, each known by its least node."""

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}

    def join(self, nodes: list[int]) -> None:
        first, *others = sorted(map(self._root, nodes))
        for other in others:
            if other != first:
                self._parents[other] = first

    def roots(self) -> Iterator[tuple[int, int]]:
        """Every node that was joined to a lesser one, and the least of its set."""
        return ((node, self._root(node)) for node in list(self._parents))

    def _root(self, node: int) -> int:
        while (parent := self._parents.get(node, node)) != node:
            self._parents[node] = self._parents.get(parent, parent)
            node = parent
        return node


_DUPLICATE = (
    "CASE WHEN g.root IS NULL OR g.root = a.node THEN NULL WHEN s.first < rank AND c.id IS NOT "
    "(SELECT id FROM chosen WHERE rank = s.first) THEN 'exact' ELSE 'near' END"
)
