"""Drift history: what earlier runs read from articles' pages, and which of these runs are unusual."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mayadeen.items import Source
from mayadeen.storage.database import Database, check_file
from mayadeen.storage.errors import StateError

WATCHED: tuple[Source, ...] = ("tawsiyat", "json-ld", "meta", "html")
"""Sources whose loss means something, most trusted first. ``generic`` is there on pages without any layout."""
OFF_THE_PAGE: tuple[Source, ...] = (*WATCHED, "generic")
FILLED, LENGTH = "filled", "length"
"""Aspects of a field besides its sources: whether it has a value, and whether that is as long as usual."""
MAX_READINGS, MAX_ALARMING = 10_000, 2_000
"""Readings kept per edition, about 4 MB. Those of runs that raised an alert are counted apart."""

Aspect = tuple[str, str]
"""A field, and ``FILLED``, ``LENGTH`` or one of its sources."""
SOURCE_BIT: dict[str, int] = {source: 1 << n for n, source in enumerate(OFF_THE_PAGE)}
NOTHING = [0, 0]
"""The entry in ``Reading.fields`` of a field that no source gave."""


_COPIED = {
    "crawls": "n, spider, arguments, started_at, articles, 1",
    "runs": "n, crawl, run_id, started_at, ended_at, status, ending, 1",
    "readings": "*",
    "doubts": "*",
}
"""Tables that ``copy_from`` copies, with their columns. Every crawl is finished, and every feed complete."""


def _are_fields(value: Any) -> bool:
    """Return whether a JSON value has the form of ``Reading.fields``."""
    return isinstance(value, dict) and all(
        found is None
        or (
            isinstance(found, list) and len(found) == 2 and all(type(number) is int and number >= 0 for number in found)
        )
        for found in value.values()
    )


def _is_alarm(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("field"), str)


@dataclass
class Reading:
    """The fields and sources found on one article's page.

    ``kind`` and ``label`` (the menu's) are empty if the page does not show them. ``published_at`` is a UTC string, or
    empty if it is not known. ``fields`` has an entry for each field that any source gave. An entry has the length, or 0
    if it is not used. It also has the sources with a value, as bits in the order of ``OFF_THE_PAGE``. The entry is
    ``None`` if the field does not count. ``run`` is the number of the run.
    """

    kind: str
    label: str
    published_at: str
    fields: dict[str, list[int] | None]
    url: str = ""
    run: int = 0

    def has(self, name: str, aspect: str) -> bool | None:
        """Return whether a field has a value (``FILLED``), or a source one for it. ``None`` if it does not count."""
        found = self.fields.get(name, NOTHING)
        if found is None:
            return None
        return bool(found[1]) if aspect == FILLED else bool(found[1] & SOURCE_BIT[aspect])


@dataclass
class Doubts:
    """The runs whose readings of an aspect are not treated as usual.

    ``open`` are those since the last usual run, each with whether it raised an alert. ``closed`` are those of an
    earlier time. Readings before the run ``since`` do not count: the change was accepted there.
    """

    open: dict[int, bool] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    since: int = 0

    @property
    def key(self) -> tuple[frozenset[int], int]:
        return frozenset(self.open) | frozenset(self.closed), self.since


class DriftHistory:
    """The readings of a state, the doubts about them, and the alerts."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def readings(self, edition: str) -> list[Reading]:
        """Return what earlier runs read from articles' pages."""
        sql = "SELECT kind, label, published_at, fields, run FROM readings WHERE edition = ? ORDER BY n"
        return [
            Reading(kind, label, at, self._db.json(fields, _are_fields), "", run)
            for kind, label, at, fields, run in self._db.all(sql, (edition,))
        ]

    def copy_from(self, path: Path) -> None:
        """Copy the history of another state's file into this state, which has no runs yet.

        The runs are copied with it, as ended ones, since the history refers to them. Raises ``StateError`` if the file
        is damaged or of another version.
        """
        check_file(path)
        version = self._db.one("PRAGMA user_version")[0]
        # Read only: the journal of the other file stays as it is.
        self._db.run("ATTACH ? AS old", (f"{path.absolute().as_uri()}?mode=ro",))
        try:
            if (found := self._db.one("PRAGMA old.user_version")[0]) != version:
                raise StateError(f"{path} has tables of version {found}, here {version}. Its history is not copied")
            with self._db.transaction():
                for table, columns in _COPIED.items():
                    self._db.run(f"INSERT INTO main.{table} SELECT {columns} FROM old.{table}")
        finally:
            self._db.run("DETACH old")

    def doubts(self, edition: str) -> dict[Aspect, Doubts]:
        """Return the runs whose readings are not treated as usual, by aspect."""
        found: dict[Aspect, Doubts] = {}
        sql = "SELECT field, aspect, run, verdict FROM doubts WHERE edition = ?"
        for name, aspect, run, verdict in self._db.all(sql, (edition,)):
            doubt = found.setdefault((name, aspect), Doubts())
            if verdict == "closed":
                doubt.closed.add(run)
            elif verdict == "accepted":
                doubt.since = run
            else:
                doubt.open[run] = verdict == "alarm"
        return found

    def save(
        self,
        edition: str,
        run: int,
        readings: Iterable[Reading],
        *,
        fine: Iterable[Aspect] = (),
        doubted: Iterable[Aspect] = (),
        lost: Collection[Aspect] = (),
        alarms: Iterable[dict[str, Any]] = (),
    ) -> None:
        """Save what a run read from pages, and how it was judged.

        ``fine`` are the usual aspects, ``doubted`` the unusual ones. ``lost`` are those of ``doubted`` that raise an
        alert. ``alarms`` has one entry for each of their fields.
        """
        texts = {alarm["field"]: json.dumps(alarm, ensure_ascii=False) for alarm in alarms}
        with self._db.transaction():
            for reading in readings:
                fields = json.dumps(reading.fields, separators=(",", ":"))
                self._db.run(
                    "INSERT INTO readings (run, edition, kind, label, published_at, fields) VALUES (?, ?, ?, ?, ?, ?)",
                    (run, edition, reading.kind, reading.label, reading.published_at, fields),
                )
            for name, aspect in fine:
                here = (edition, name, aspect)
                where = "edition = ? AND field = ? AND aspect = ?"
                self._db.run(f"DELETE FROM doubts WHERE {where} AND verdict = 'doubt'", here)
                self._db.run(
                    f"UPDATE doubts SET verdict = 'closed', alarm = NULL WHERE {where} AND verdict = 'alarm'", here
                )
            for name, aspect in doubted:
                verdict, alarm = ("alarm", texts[name]) if (name, aspect) in lost else ("doubt", None)
                self._db.run(
                    "INSERT OR REPLACE INTO doubts VALUES (?, ?, ?, ?, ?, ?)",
                    (edition, name, aspect, run, verdict, alarm),
                )
            self._drop_old_readings(edition)

    def _drop_old_readings(self, edition: str) -> None:
        """Drop the oldest readings. Those of alarming runs are counted apart, so they displace nothing usual."""
        sql = "SELECT run FROM doubts WHERE edition = ? AND verdict = 'alarm'"
        alarming = {run for (run,) in self._db.all(sql, (edition,))}
        kept = {True: 0, False: 0}
        for run, count in self._db.all(
            "SELECT run, count(*) FROM readings WHERE edition = ? GROUP BY run ORDER BY run DESC", (edition,)
        ):
            kept[run in alarming] += count
            if kept[run in alarming] > (MAX_ALARMING if run in alarming else MAX_READINGS):
                where = "WHERE edition = ? AND run = ?"
                self._db.run(f"DELETE FROM readings {where}", (edition, run))
                self._db.run(f"DELETE FROM doubts {where} AND verdict IN ('doubt', 'closed')", (edition, run))

    def doubtful_runs(self, edition: str) -> set[int]:
        """Return the runs of open alerts, and the runs in doubt."""
        sql = "SELECT DISTINCT run FROM doubts WHERE edition = ? AND verdict IN ('alarm', 'doubt')"
        return {run for (run,) in self._db.all(sql, (edition,))}

    def replace(self, edition: str, run: int, readings: Iterable[Reading], still_doubted: Collection[Aspect]) -> None:
        """Replace what a run read by a later reading of its pages. Only ``still_doubted`` aspects stay in doubt."""
        with self._db.transaction():
            here = (edition, run)
            self._db.run("DELETE FROM readings WHERE edition = ? AND run = ?", here)
            self.save(edition, run, readings)
            for name, aspect in self._db.all("SELECT field, aspect FROM doubts WHERE edition = ? AND run = ?", here):
                if (name, aspect) not in still_doubted:
                    self._db.run(
                        "DELETE FROM doubts WHERE edition = ? AND run = ? AND field = ? AND aspect = ?",
                        (*here, name, aspect),
                    )

    def alarms(self, edition: str) -> list[dict[str, Any]]:
        """Return the last alert of each field that is neither fixed nor accepted, in the order of their runs."""
        sql = "SELECT alarm FROM doubts WHERE edition = ? AND verdict = 'alarm' ORDER BY run"
        return list(
            {
                (alarm := self._db.json(row[0], _is_alarm))["field"]: alarm for row in self._db.all(sql, (edition,))
            }.values()
        )

    def accept(self, edition: str) -> None:
        """Treat what raises an alert as usual from now on, and nothing of it from before."""
        with self._db.transaction():
            for name, aspect, first in self._db.all(
                "SELECT field, aspect, min(run) FROM doubts WHERE edition = ?1 AND verdict IN ('alarm', 'doubt') "
                "AND field IN (SELECT field FROM doubts WHERE edition = ?1 AND verdict = 'alarm') "
                "GROUP BY field, aspect",
                (edition,),
            ):
                here = (edition, name, aspect)
                self._db.run("DELETE FROM doubts WHERE edition = ? AND field = ? AND aspect = ?", here)
                self._db.run("INSERT INTO doubts VALUES (?, ?, ?, ?, 'accepted', NULL)", (*here, first))
