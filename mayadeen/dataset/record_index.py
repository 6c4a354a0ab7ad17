"""Index on disk: which records make the dataset, and in which order. Memory stays flat.

The index holds only what decides. Records are read again from their files when they are written.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from mayadeen.dataset.split import Split

_CACHE_KB = 16_384
"""SQLite's cache. Four times as much saves no time: the system caches the file too."""
_BATCH = 10_000


IndexRow = tuple[Any, ...]
"""A record in the index, as ``index_row`` makes it."""


class Entry(NamedTuple):
    """A record of the dataset.

    ``duplicate_group`` is the id of the first article of the group, the own id if the article is alone. ``duplicate``
    is ``exact``, ``near`` or None. ``file``, ``at`` and ``size`` say where the record is read: number of the input
    file, offset and length in bytes. The other fields are columns of the dataset.
    """

    id: str
    duplicate_group: str
    duplicate: str | None
    superseded_by: str | None
    removed_at: str | None
    split: str | None
    file: int
    at: int
    size: int


def index_row(
    record: dict[str, Any], file: int, at: int, size: int, reason: str | None, *, correction: bool = False
) -> IndexRow:
    """Return the row of an article, or of a later reading of one.

    ``reason`` is the filter that drops it, or ``None``.
    """
    corrected = (record["extracted_at"] or "") if correction else None
    address = blake2b(record["canonical_url"].encode(), digest_size=16).digest()
    return (
        record["id"], record["fetched_at"], record["revision"], bytes.fromhex(record["content_hash"][7:]),
        record["published_at"], address, file, at, size, reason, corrected,
    )  # fmt: skip


class RecordIndex:
    """The index. First ``add`` and ``add_removal`` everything, then ``choose``, ``group``, and read ``entries``."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.executescript(
            f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -{_CACHE_KB};"
            "PRAGMA temp_store = FILE; PRAGMA locking_mode = EXCLUSIVE;"
            "CREATE TABLE lines"
            " (n INTEGER PRIMARY KEY, id, fetched, revision, hash, published, address, file, at, size, reason,"
            " corrected);"
            "CREATE TABLE removals (id PRIMARY KEY, seen, last) WITHOUT ROWID"
        )
        self._pending: list[IndexRow] = []

    def close(self) -> None:
        self.db.close()

    def add(self, row: IndexRow) -> None:
        """Add an article that was read, or a later reading of one."""
        self._pending.append(row)
        if len(self._pending) == _BATCH:
            self._flush()

    def add_removal(self, id: str, seen_at: str, last_seen_at: str) -> None:
        """Add that an article was seen to be gone, and when it was fetched last before that."""
        self.db.execute(
            "INSERT INTO removals VALUES (?, ?, ?) ON CONFLICT DO UPDATE "
            "SET seen = excluded.seen, last = excluded.last WHERE (excluded.seen, excluded.last) > (seen, last)",
            (id, seen_at, last_seen_at),
        )

    def apply_corrections(self) -> int:
        """Use the latest reading of each (id, fetched_at). Returns how many corrections have no record to correct."""
        self._flush()
        self.db.executescript(
            """
            CREATE TABLE corrections AS
                SELECT *, row_number() OVER (PARTITION BY id, fetched ORDER BY corrected DESC, n DESC) AS place
                FROM lines WHERE corrected IS NOT NULL;
            DELETE FROM lines WHERE corrected IS NOT NULL;
            CREATE INDEX corrected ON corrections (id, fetched, place);
            UPDATE lines SET hash = c.hash, published = c.published, address = c.address, file = c.file, at = c.at,
                size = c.size, reason = c.reason
                FROM corrections c WHERE c.id = lines.id AND c.fetched = lines.fetched AND c.place = 1;
            """
        )
        orphans = self.db.execute(
            "SELECT count(*) FROM corrections c WHERE place = 1 AND NOT EXISTS "
            "(SELECT 1 FROM lines l WHERE l.id = c.id AND l.fetched = c.fetched)"
        ).fetchone()[0]
        self.db.execute("DROP TABLE corrections")
        return int(orphans)

    def choose(self, *, history: bool, flag_removed: bool) -> Counter[str]:
        """Decide which records make the dataset. Returns how many do not, by reason.

        Records of an article with the same text, fetched one after the other, are one revision. The record fetched last
        represents it, since it has the latest metadata. Without ``history``, the latest revision represents the
        article. An article is gone if it was not fetched again after its removal was seen. Times are whole seconds. Of
        a fetch and a removal in the same second, the fetch is earlier if the removal names it as the last one. The
        filters decide before removals do, so that a removal counts only in the selection it belongs to.
        """
        self._flush()
        in_time = "PARTITION BY id ORDER BY fetched, revision, n"
        self.db.executescript(
            f"""
            CREATE TABLE revisions AS
                SELECT *, hash IS lead(hash) OVER ({in_time}) AS repeated, max(fetched) OVER (PARTITION BY id) AS seen
                FROM lines;
            DROP TABLE lines;
            {_SUPERSEDED}
            CREATE TABLE judged AS
                SELECT v.id, fetched, revision, n, hash, published, file, at, size, s.by AS superseded_by,
                    CASE WHEN {_GONE} THEN r.seen END AS removed_at,
                    CASE
                        WHEN repeated THEN 'repeated'
                        WHEN NOT {int(history)} AND lead(1) OVER (PARTITION BY v.id, repeated
                            ORDER BY fetched, revision, n) THEN 'older_revision'
                        WHEN reason IS NOT NULL THEN reason
                        WHEN NOT {int(flag_removed)} AND {_GONE} THEN 'removed'
                    END AS reason
                FROM revisions v LEFT JOIN removals r ON r.id = v.id LEFT JOIN superseded s ON s.id = v.id;
            DROP TABLE revisions;
            CREATE TABLE chosen (rank INTEGER PRIMARY KEY, id, fetched, revision, hash, published, file, at, size,
                superseded_by, removed_at);
            INSERT INTO chosen
                SELECT NULL, id, fetched, revision, hash, published, file, at, size, superseded_by, removed_at
                FROM judged WHERE reason IS NULL ORDER BY published IS NULL, published, id, fetched, revision, n;
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
        """Yield id, file, offset and size of the latest record of every article, in the order of writing."""
        yield from self.db.execute(
            "SELECT c.id, file, at, size FROM chosen c JOIN articles a ON a.id = c.id AND a.latest = c.rank "
            "ORDER BY rank"
        )

    def count(self) -> int:
        """Count the records of the dataset."""
        return int(self.db.execute("SELECT count(*) FROM chosen").fetchone()[0])

    def group(self, chains: Iterable[list[list[str]]]) -> dict[str, Any]:
        """Group the articles that share a text, or are in one group of ``chains`` as ``NearDuplicates`` gives them.

        Returns ``duplicates`` of the manifest.
        """
        grouped, chained = _Union(), _Union()
        # The first record of each text that several articles have, and all articles with that text.
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
        """Yield the records of the dataset in the order of writing: by time of publication, then id."""
        last = "NULL"
        if split.by_time:
            # The latest record decides for its chain: nothing in a split was published after the split's end.
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
                {_DUPLICATE}, superseded_by, removed_at, {last}, file, at, size
            FROM chosen c JOIN articles a ON a.id = c.id LEFT JOIN chains h ON h.node = a.node
                LEFT JOIN groups g ON g.node = a.node LEFT JOIN shared s ON s.hash = c.hash
            ORDER BY rank
            """
        )
        for id, group, chain, duplicate, superseded_by, removed_at, time, file, at, size in rows:
            name = split.at(time) if split.by_time else split.by_hash_of(chain)
            yield Entry(id, group, duplicate, superseded_by, removed_at, name, file, at, size)

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

    def _flush(self) -> None:
        self.db.execute("BEGIN")
        self.db.executemany("INSERT INTO lines VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self._pending)
        self.db.execute("COMMIT")
        self._pending.clear()


class _Union:
    """Sets of joined nodes. The least node names its set."""

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}

    def join(self, nodes: list[int]) -> None:
        first, *others = sorted(map(self._root, nodes))
        for other in others:
            if other != first:
                self._parents[other] = first

    def roots(self) -> Iterator[tuple[int, int]]:
        """Yield every node that is not the least of its set, with the least one."""
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

_GONE = "(r.seen > v.seen OR (r.seen = v.seen AND r.last >= v.seen))"
_SUPERSEDED = """
    CREATE TABLE superseded (id PRIMARY KEY, by) WITHOUT ROWID;
    INSERT INTO superseded
        SELECT id, newest FROM (
            SELECT id, first_value(id) OVER (PARTITION BY address
                ORDER BY coalesce(published, fetched) DESC, fetched DESC, length(id) DESC, id DESC) AS newest
            FROM (
                SELECT *, row_number() OVER (PARTITION BY id ORDER BY fetched DESC, revision DESC, n DESC) AS place
                FROM revisions
            ) WHERE place = 1
        ) WHERE newest IS NOT id;
"""
"""The articles whose address, by their latest record, a newer article has. Filters and removals make no difference."""
