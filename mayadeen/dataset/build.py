"""Builds a dataset: reads all feeds, decides, marks duplicates, writes, describes, and puts it in its place."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mayadeen.dataset import inputs, manifest
from mayadeen.dataset.atomic_dir import AtomicDirectory
from mayadeen.dataset.columns import features
from mayadeen.dataset.dataset_statistics import DatasetStatistics, gaps
from mayadeen.dataset.filters import Filters
from mayadeen.dataset.inputs import BadLine, Input, InputError, Places, Reader
from mayadeen.dataset.near_duplicates import NearDuplicates, text_of
from mayadeen.dataset.record_index import RecordIndex
from mayadeen.dataset.split import Split
from mayadeen.dataset.write import Output

DATA = "data"
"""Folder of the records within a dataset."""
FEATURES = "features.json"


@dataclass(frozen=True)
class BuildOptions:
    """What is asked for, checked. ``history``: all versions of an article; ``flag_removed``: articles that are gone are
    kept and marked; ``drop``: duplicates left out, ``exact`` ones or ``near`` ones too; ``command`` and ``options`` as
    they stand in the manifest."""

    filters: Filters = field(default_factory=Filters)
    split: Split = field(default_factory=Split)
    history: bool = False
    flag_removed: bool = False
    drop: str | None = None
    formats: tuple[str, ...] = ("jsonl", "parquet")
    partition: bool = False
    command: str = "scrapy dataset"
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class BuildResult:
    """A dataset that was built: its manifest, and what could not be read, one line for people each."""

    manifest: dict[str, Any]
    troubles: list[str]


class ReadErrors:
    """What could not be read: all of it counted, the first named."""

    def __init__(self) -> None:
        self.named: list[str] = []
        self.count = 0

    def add(self, text: str) -> None:
        self.count += 1
        if len(self.named) < manifest.MAX_TROUBLES:
            self.named.append(text)


Describe = Callable[[Path, dict[str, Any], dict[str, Any]], None]
"""Writes files that describe a dataset into its folder, of its manifest and its facts."""


def build(files: list[Input], out: Path, wanted: BuildOptions, describe: tuple[Describe, ...] = ()) -> BuildResult:
    """Build a dataset of ``files`` in the folder ``out``, in the place of what was built there before.

    Raises ``InputError`` where nothing is left to write or a file changed meanwhile, ``BadArgument`` for a filter that
    no record can meet, ``AtomicDirectoryError`` for a folder that cannot be replaced, ``OSError`` and ``sqlite3.Error``
    where the disk is full: then nothing is replaced.
    """
    with AtomicDirectory(out) as place:
        merge = RecordIndex(place.work / "index.sqlite")
        try:
            made = _Build(files, merge, wanted, place)
            made.read()
            made.choose()
            built = made.write(describe)
        finally:
            merge.close()
        place.publish()
        return built


class _Build:
    def __init__(self, files: list[Input], merge: RecordIndex, wanted: BuildOptions, place: AtomicDirectory) -> None:
        self._files = files
        self._merge = merge
        self._wanted = wanted
        self._place = place
        self._places = Places(files)
        self._troubles = ReadErrors()
        self._left_out: Counter[str] = Counter()
        self._lines = 0
        self._duplicates: dict[str, Any] = {}

    def read(self) -> None:
        """Take every line of the feeds into the index."""
        reader = Reader()
        for number, file in enumerate(self._files):
            if file.holds == "reports":
                continue
            if trouble := inputs.unpack(file, self._place.work):
                self._troubles.add(trouble)
            for line in inputs.lines(file):
                try:
                    if file.holds == "removals":
                        self._merge.remove(reader.removal(line))
                        continue
                    self._lines += 1
                    record = reader.article(line)[0]
                except BadLine as bad:
                    self._troubles.add(f"{file.name}, line {line.number}: {bad}")
                    if file.holds == "articles":
                        self._left_out[bad.reason] += 1
                else:
                    reason = self._wanted.filters.reason_against(record)
                    self._merge.add(record, number, line.at, len(line.text), reason)
        self._wanted.filters.check()

    def choose(self) -> None:
        """Decide what is written, and find what is alike in it."""
        wanted = self._wanted
        self._left_out += self._merge.choose(history=wanted.history, flag_removed=wanted.flag_removed)
        if not self._merge.count():
            why = ", ".join(f"{n} {reason}" for reason, n in self._left_out.items())
            raise InputError(f"no record is left of {self._lines} lines{f': {why}' if why else ''}; nothing was built")
        with NearDuplicates(self._place.work) as near:
            for id, file, at, size in self._merge.articles():
                near.add(id, text_of(self._record(id, file, at, size)[0]))
            self._duplicates = self._merge.group(near.chains())

    def write(self, describe: tuple[Describe, ...]) -> BuildResult:
        """Write records, manifest and descriptions."""
        wanted = self._wanted
        folder = self._place.new
        facts = DatasetStatistics(self._merge.db, history=wanted.history)
        crawlers: Counter[str] = Counter()
        versions: Counter[str] = Counter()
        splits = {name: _Range() for name in wanted.split.names or (None,)}
        (folder / DATA).mkdir()
        output = Output(folder / DATA, wanted.formats, partition=wanted.partition)
        try:
            for entry in self._merge.entries(wanted.split):
                if entry.duplicate is not None and wanted.drop in (entry.duplicate, "near"):
                    self._left_out[f"{entry.duplicate}_duplicate"] += 1
                    continue
                record, version = self._record(entry.id, entry.file, entry.at, entry.size)
                record["group"] = entry.group
                record["duplicate"] = entry.duplicate
                record["removed_at"] = entry.removed_at
                record["split"] = entry.split
                output.add(entry.split, record)
                facts.add(record)
                crawlers[record["crawler"]] += 1
                versions[version] += 1
                splits[entry.split].add(record["published_at"])
            files = [
                manifest.described(path, path.relative_to(folder).as_posix(), format=name, split=split, records=records)
                for path, name, split, records in output.close()
            ]
        except BaseException:
            output.abandon()
            raise
        (folder / FEATURES).write_text(_json(features()), encoding="utf-8")
        told = facts.result(self._duplicates, self._gaps())
        made = manifest.make(
            command=wanted.command,
            options=wanted.options,
            facts=told,
            read=self._lines,
            left_out=self._left_out,
            crawlers=crawlers,
            versions=versions,
            splits=[{"name": name, "records": s.records, "published": s.told()} for name, s in splits.items()],
            files=files,
            inputs=self._files,
            troubles=self._troubles.named,
            unreadable=self._troubles.count,
        )
        for write in describe:
            write(folder, made, told)
        known = {file["path"] for file in files}
        names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        made["files"] = files + [manifest.described(folder / name, name) for name in names if name not in known]
        (folder / manifest.FILE).write_text(_json(made), encoding="utf-8")
        self._places.close()
        return BuildResult(made, self._troubles.named)

    def _record(self, id: str, file: int, at: int, size: int) -> tuple[dict[str, Any], str]:
        try:
            record, version = inputs.again(self._places.line(file, at, size))
        except (ValueError, KeyError, TypeError):
            record, version = {}, ""
        if record.get("id") != id:
            raise InputError(f"{self._files[file].name} was changed while it was read: run it again")
        return record, version

    def _gaps(self) -> dict[str, Any]:
        reports = [(file.name, inputs.read(file)) for file in self._files if file.holds == "reports"]
        found, troubles = gaps(reports)
        for trouble in troubles:
            self._troubles.add(trouble)
        return found


class _Range:
    """How many records there are, and the time they span."""

    def __init__(self) -> None:
        self.records = 0
        self._first: str | None = None
        self._last: str | None = None

    def add(self, published: str | None) -> None:
        """Count a record; they come in order of time, those without one last."""
        self.records += 1
        self._first = self._first or published
        self._last = published or self._last

    def told(self) -> dict[str, str | None]:
        return {"first": self._first, "last": self._last}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
