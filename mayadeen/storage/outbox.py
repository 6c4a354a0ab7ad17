"""The outbox: records that are not yet known to be complete in the feeds."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator

from mayadeen.storage.database import Database

MAX_LINE = 64 << 20
"""Maximum bytes of a line. No record is longer, since no page is (``DOWNLOAD_MAXSIZE``)."""


class Outbox:
    """The lines of each run's records, in the order they were written, until its feeds are complete on the disk."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, run: int, folder: str, line: bytes) -> None:
        """Save the line of a record."""
        self._db.run("INSERT INTO outbox (run, folder, line) VALUES (?, ?, ?)", (run, folder, zlib.compress(line, 1)))

    def incomplete_runs(self, spiders: Collection[str] | None = None) -> list[tuple[int, str, str]]:
        """Return the runs whose feeds may be incomplete: number, run id, spider."""
        sql = (
            "SELECT runs.n, run_id, spider FROM runs JOIN crawls ON crawl = crawls.n "
            "WHERE NOT feeds_complete ORDER BY runs.n"
        )
        return [row for row in self._db.all(sql) if spiders is None or row[2] in spiders]

    def folders(self, run: int) -> list[str]:
        """Return the folders that a run wrote records for."""
        return [name for (name,) in self._db.all("SELECT DISTINCT folder FROM outbox WHERE run = ?", (run,))]

    def lines(self, run: int, folder: str) -> Iterator[bytes]:
        """Yield the lines of a run's records, in the order they were written."""
        last = 0
        sql = "SELECT n, line FROM outbox WHERE run = ? AND folder = ? AND n > ? ORDER BY n LIMIT 100"
        while rows := self._db.all(sql, (run, folder, last)):
            for last, line in rows:  # noqa: B007 - the next query begins after it
                yield self._unpack(line)

    def _unpack(self, line: bytes) -> bytes:
        decoder = zlib.decompressobj()
        try:
            unpacked = decoder.decompress(line, MAX_LINE)
        except (zlib.error, TypeError):
            unpacked = b""
        if not decoder.eof:
            raise self._db.damaged("the outbox has a line that is cut or too long")
        return unpacked

    def clear(self, run: int) -> None:
        """Drop the lines of a run: its feeds are complete and on the disk."""
        with self._db.transaction():
            self._db.run("UPDATE runs SET feeds_complete = 1 WHERE n = ?", (run,))
            self._db.run("DELETE FROM outbox WHERE run = ?", (run,))
