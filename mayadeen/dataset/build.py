"""Build a dataset: read all feeds, choose records, mark duplicates, write, describe, and publish the folder."""

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
from mayadeen.dataset.dataset_statistics import DatasetStatistics
from mayadeen.dataset.filters import Filters
from mayadeen.dataset.gaps import gaps
from mayadeen.dataset.inputs import DATA, BadLine, Input, InputError, LineReader, Reader
from mayadeen.dataset.markdown import blocks_to_markdown
from mayadeen.dataset.near_duplicates import NearDuplicates, text_of
from mayadeen.dataset.record_index import Entry, RecordIndex
from mayadeen.dataset.split import Split
from mayadeen.dataset.write import Output

FEATURES = "features.json"


@dataclass(frozen=True)
class BuildOptions:
    """The checked options of a build.

    ``history`` keeps all revisions of an article. ``flag_removed`` keeps articles that are gone, and marks them.
    ``drop`` leaves out duplicates: ``exact`` ones, or with ``near`` those too. ``command`` and ``options`` are what the
    manifest says.
    """

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
    """A built dataset: its manifest, and one line for people about each thing that could not be read."""

    manifest: dict[str, Any]
    read_errors: list[str]


class ReadErrors:
    """Lines and files that could not be read. All are counted, the first ``manifest.MAX_READ_ERRORS`` are kept."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.count = 0

    def add(self, text: str) -> None:
        self.count += 1
        if len(self.messages) < manifest.MAX_READ_ERRORS:
            self.messages.append(text)


Describe = Callable[[Path, dict[str, Any], dict[str, Any]], None]
"""Writes files that describe a dataset into its folder, given its manifest and its statistics."""


def build(files: list[Input], out: Path, options: BuildOptions, describe: tuple[Describe, ...] = ()) -> BuildResult:
    """Build a dataset of ``files`` in the folder ``out``, and replace what was built there before.

    Raises ``InputError`` if no record is left or a file changed meanwhile, ``BadArgument`` for a filter that no record
    can pass, ``AtomicDirectoryError`` for a folder that cannot be replaced, ``OSError`` and ``sqlite3.Error`` for a
    full disk. Then nothing is replaced.
    """
    with AtomicDirectory(out) as folder:
        index = RecordIndex(folder.work / "index.sqlite")
        try:
            running = _Build(files, index, options, folder)
            running.read()
            running.choose()
            result = running.write(describe)
        finally:
            index.close()
        folder.publish()
        return result


class _Build:
    def __init__(self, files: list[Input], index: RecordIndex, options: BuildOptions, folder: AtomicDirectory) -> None:
        self._files = files
        self._index = index
        self._options = options
        self._folder = folder
        self._lines = LineReader(files)
        self._errors = ReadErrors()
        self._left_out: Counter[str] = Counter()
        self._lines_read = 0
        self._duplicates: dict[str, Any] = {}
        self._crawlers: Counter[str] = Counter()
        self._versions: Counter[str] = Counter()

    def read(self) -> None:
        """Read every line of the feeds into the index."""
        reader = Reader()
        for number, file in enumerate(self._files):
            if file.holds == "reports":
                continue
            if error := inputs.unpack(file, self._folder.work):
                self._errors.add(error)
            for line in inputs.lines(file):
                if file.holds == "articles":
                    self._lines_read += 1
                try:
                    self._read_line(reader, number, line)
                except BadLine as bad:
                    self._errors.add(f"{file.name}, line {line.number}: {bad}")
                    if file.holds == "articles":
                        self._left_out[bad.reason] += 1
        self._options.filters.check()

    def _read_line(self, reader: Reader, number: int, line: inputs.Line) -> None:
        if self._files[number].holds == "removals":
            removal = reader.removal(line)
            self._index.add_removal(removal["id"], removal["seen_at"])
            return
        record, _, removed_at = reader.article(line)
        if removed_at is not None:
            self._index.add_removal(record["id"], removed_at)
        self._index.add(
            record,
            number,
            line.at,
            len(line.text),
            self._options.filters.reason_against(record),
            correction=self._files[number].holds == "corrections",
        )

    def choose(self) -> None:
        """Decide which records are written, and find the duplicates among them."""
        options = self._options
        if orphans := self._index.apply_corrections():
            self._errors.add(f"{orphans} corrections without their article were left out")
        self._left_out += self._index.choose(history=options.history, flag_removed=options.flag_removed)
        if not self._index.count():
            why = ", ".join(f"{n} {reason}" for reason, n in self._left_out.items())
            raise InputError(
                f"no record is left of {self._lines_read} lines{f': {why}' if why else ''}. Nothing was built"
            )
        with NearDuplicates(self._folder.work) as near:
            for id, file, at, size in self._index.articles():
                near.add(id, text_of(self._record(id, file, at, size)[0]))
            self._duplicates = self._index.group(near.chains())

    def write(self, describe: tuple[Describe, ...]) -> BuildResult:
        """Write records, descriptions and manifest."""
        folder = self._folder.new
        statistics = DatasetStatistics(self._index.db, history=self._options.history)
        splits = {name: _Range() for name in self._options.split.names or (None,)}
        files = self._write_records(statistics, splits)
        (folder / FEATURES).write_text(_json(features()), encoding="utf-8")
        found = statistics.result(self._duplicates, self._gaps())
        made = manifest.make(
            command=self._options.command,
            options=self._options.options,
            statistics=found,
            read=self._lines_read,
            left_out=self._left_out,
            crawlers=self._crawlers,
            versions=self._versions,
            splits=[{"name": name, "records": s.records, "published": s.as_json()} for name, s in splits.items()],
            files=files,
            inputs=self._files,
            read_errors=self._errors.messages,
            read_error_count=self._errors.count,
        )
        for write in describe:
            write(folder, made, found)
        known = {file["path"] for file in files}
        names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        made["files"] = files + [manifest.file_entry(folder / name, name) for name in names if name not in known]
        (folder / inputs.MANIFEST).write_text(_json(made), encoding="utf-8")
        self._lines.close()
        return BuildResult(made, self._errors.messages)

    def _write_records(self, statistics: DatasetStatistics, splits: dict[str | None, _Range]) -> list[dict[str, Any]]:
        """Write the records in every format. Returns the files for the manifest."""
        options = self._options
        folder = self._folder.new
        (folder / DATA).mkdir()
        output = Output(folder / DATA, options.formats, partition=options.partition)
        try:
            for entry in self._index.entries(options.split):
                if entry.duplicate is not None and options.drop in (entry.duplicate, "near"):
                    self._left_out[f"{entry.duplicate}_duplicate"] += 1
                    continue
                record, version = self._row(entry)
                output.add(entry.split, record)
                statistics.add(record)
                self._crawlers[record["crawler"]] += 1
                self._versions[version] += 1
                splits[entry.split].add(record["published_at"])
            return [
                manifest.file_entry(
                    file.path, file.path.relative_to(folder).as_posix(), format=file.format, split=file.split,
                    records=file.records, arrow_bytes=file.arrow_bytes,
                )
                for file in output.close()
            ]  # fmt: skip
        except BaseException:
            output.abandon()
            raise

    def _row(self, entry: Entry) -> tuple[dict[str, Any], str]:
        """Return a record with every column of the dataset, and the schema version it was read in."""
        record, version = self._record(entry.id, entry.file, entry.at, entry.size)
        record["text"] = blocks_to_markdown(record["blocks"])
        record["duplicate_group"] = entry.duplicate_group
        record["duplicate"] = entry.duplicate
        record["superseded_by"] = entry.superseded_by
        record["removed_at"] = entry.removed_at
        record["split"] = entry.split
        return record, version

    def _record(self, id: str, file: int, at: int, size: int) -> tuple[dict[str, Any], str]:
        try:
            record, version = inputs.again(self._lines.line(file, at, size))
        except (ValueError, KeyError, TypeError):
            record, version = {}, ""
        if record.get("id") != id:
            raise InputError(f"{self._files[file].name} changed while it was read. Build again")
        return record, version

    def _gaps(self) -> dict[str, Any]:
        reports = [(file.name, inputs.read(file)) for file in self._files if file.holds == "reports"]
        found, errors = gaps(reports, self._options.filters.editions())
        for error in errors:
            self._errors.add(error)
        return found


class _Range:
    """Number of records, and the first and last time among them."""

    def __init__(self) -> None:
        self.records = 0
        self._first: str | None = None
        self._last: str | None = None

    def add(self, published: str | None) -> None:
        """Count a record. Records come in order of time, those without a time last."""
        self.records += 1
        self._first = self._first or published
        self._last = published or self._last

    def as_json(self) -> dict[str, str | None]:
        return {"first": self._first, "last": self._last}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
