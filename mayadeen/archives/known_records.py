"""The records of a data folder, by the pages that they were read from."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mayadeen.items import Article
from mayadeen.pipelines.validate import SchemaValidator
from mayadeen.storage.feeds import CORRECTIONS
from mayadeen.upgrade import upgrade

Key = tuple[str, str]
"""URL and time of a page as fetched: what a record and its capture have in common."""


@cache
def _validator() -> SchemaValidator:
    return SchemaValidator("article.schema.json")


@dataclass(frozen=True)
class Place:
    """Where the present reading of a record is: its file, offset and length."""

    path: Path
    offset: int
    size: int

    def read(self) -> dict[str, Any]:
        """Read the record, in the present schema. Raises ``OSError``, and ``ValueError`` for a damaged line."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            record: dict[str, Any] = json.loads(file.read(self.size))
        try:
            upgrade(record, Article)
            violations = _validator().violations(record)
        except (KeyError, TypeError, AttributeError, RecursionError):
            raise ValueError("it breaks the schema of its version") from None
        if violations:
            raise ValueError(f"{violations[0]['path']}: {violations[0]['message']}")
        return record


@dataclass
class Version:
    """One version of an article: when it was fetched, the run that wrote it, and the hash that it has by now.

    ``earlier_hashes`` are those of readings before.
    """

    fetched_at: str
    revision: int
    hash: str
    previous_hash: str | None
    key: Key
    run_id: str
    earlier_hashes: frozenset[str] = frozenset()

    def read_again(self, hash: str, previous_hash: str | None) -> None:
        """Note a later reading."""
        self.earlier_hashes |= {self.hash}
        self.hash, self.previous_hash = hash, previous_hash

    def corrected(self, previous_hash: str | None) -> str | None:
        """Return the hash of this version in place of one of its earlier hashes. Others are returned as they are."""
        return self.hash if previous_hash in self.earlier_hashes else previous_hash


def version_of(record: dict[str, Any], run_id: str) -> Version:
    """Return the version that a record is."""
    return Version(
        record["fetched_at"],
        record["revision"],
        record["content_hash"],
        record.get("previous_hash"),
        (record["url"], record["fetched_at"]),
        run_id,
    )


class KnownRecords:
    """The records of a data folder by their pages, in the reading that was made last.

    ``same_second`` are pages with two records. ``unreadable`` names the lines that are not records.
    """

    def __init__(self, data: Path) -> None:
        self.places: dict[Key, Place] = {}
        self.versions: dict[str, list[Version]] = defaultdict(list)
        self.rejects: set[Key] = set()
        self.same_second: set[Key] = set()
        self.unreadable: list[str] = []
        self._removals: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
        seen: dict[tuple[str, str, int], Version] = {}
        for folder in ("articles", CORRECTIONS):
            for place, record in self._lines(data / folder, "id", "url", "fetched_at", "content_hash", "revision"):
                found = version_of(record, place.path.stem)
                same = (record["id"], found.fetched_at, found.revision)
                if same in seen:
                    seen[same].read_again(found.hash, found.previous_hash)
                else:
                    seen[same] = found
                    self.versions[record["id"]].append(found)
                    if found.key in self.places:
                        self.same_second.add(found.key)
                self.places[found.key] = place
        for _, record in self._lines(data / "rejects", "url", "fetched_at"):
            self.rejects.add((record["url"], record["fetched_at"]))
        for _, record in self._lines(data / "removals", "id", "seen_at", "last_seen_at", "status"):
            self._removals[record["id"]].append((record["seen_at"], record["last_seen_at"], record["status"]))
        for versions in self.versions.values():
            versions.sort(key=lambda version: (version.fetched_at, version.revision))

    def record(self, key: Key) -> dict[str, Any] | None:
        """Return the record of a page. A line that is not a valid record is named, and gives ``None``."""
        try:
            return self.places[key].read()
        except ValueError as error:
            self.unreadable.append(f"{self.places[key].path}: {key[0]} cannot be read: {error}")
            return None

    def removal(self, id: str, after: str, before: str | None = None) -> int | None:
        """Return the HTTP status of the last removal of an article between two fetches, or ``None``.

        Of a fetch and a removal in the same second, the fetch is earlier if the removal names it as the last one.
        """
        found = [one for one in self._removals.get(id, ()) if one[:2] >= (after, after)]
        if before is not None:
            found = [one for one in found if one[:2] < (before, before)]
        return max(found)[2] if found else None

    def came_back(self, article: Article, last: Version) -> bool:
        """Return whether an article was gone between its last version and a page: the page is a version then."""
        return self.removal(article.id, last.fetched_at, article.fetched_at) is not None

    def version_before(self, article: Article) -> Version | None:
        """Return the version that comes before another one."""
        here = (article.fetched_at, article.revision)
        earlier = [one for one in self.versions[article.id] if (one.fetched_at, one.revision) < here]
        return earlier[-1] if earlier else None

    def read_again(self, article: Article) -> None:
        """Note a later reading of a version."""
        for one in self.versions[article.id]:
            if (one.fetched_at, one.revision) == (article.fetched_at, article.revision):
                one.read_again(article.content_hash, article.previous_hash)

    def _lines(self, folder: Path, *names: str) -> Iterator[tuple[Place, dict[str, Any]]]:
        """Yield the records that have these fields: texts, and numbers for ``revision`` and ``status``."""
        numbers = ("revision", "status")
        for path in sorted(folder.glob("*.jsonl")):
            offset = 0
            with path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    try:
                        record = json.loads(line)
                        whole = all(isinstance(record[name], int if name in numbers else str) for name in names)
                    except (ValueError, KeyError, TypeError, RecursionError):
                        whole = False
                    if whole:
                        yield Place(path, offset, len(line)), record
                    else:
                        self.unreadable.append(f"{path}, line {number}: not a record of this folder")
                    offset += len(line)
