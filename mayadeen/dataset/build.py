"""Build a dataset: read all feeds, choose records, mark duplicates, write, describe, and publish the folder."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mayadeen.dataset import inputs, manifest
from mayadeen.dataset.atomic_dir import AtomicDirectory
from mayadeen.dataset.columns import features
from mayadeen.dataset.dataset_statistics import DatasetStatistics
from mayadeen.dataset.filters import Filters
from mayadeen.dataset.gaps import gaps
from mayadeen.dataset.inputs import DATA, Input, InputError
from mayadeen.dataset.near_duplicates import NearDuplicates
from mayadeen.dataset.record_index import Entry, RecordIndex
from mayadeen.dataset.split import Split
from mayadeen.dataset.steps import Articles, Entries, Files, Lines, batches, read_lines, rows, signatures
from mayadeen.dataset.workers import Workers, processes_for
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

    Raises ``InputError`` if no record is left or a file changed meanwhile. Raises ``BadArgument`` for a filter that no
    record can pass, and ``AtomicDirectoryError`` for a folder that cannot be replaced. Raises ``OSError`` and
    ``sqlite3.Error`` for a full disk. Then nothing is replaced.
    """
    with AtomicDirectory(out) as folder, Workers(processes_for(sum(map(inputs.size_of, files)))) as workers:
        index = RecordIndex(folder.work / "index.sqlite")
        try:
            running = _Build(files, index, options, folder, workers)
            running.read()
            running.choose()
            result = running.write(describe)
        finally:
            index.close()
        folder.publish()
        return result


class _Build:
    def __init__(
        self, files: list[Input], index: RecordIndex, options: BuildOptions, folder: AtomicDirectory, workers: Workers
    ) -> None:
        self._files = files
        self._index = index
        self._options = options
        self._folder = folder
        self._workers = workers
        self._errors = ReadErrors()
        self._left_out: Counter[str] = Counter()
        self._lines_read = 0
        self._duplicates: dict[str, Any] = {}
        self._crawlers: Counter[str] = Counter()
        self._versions: Counter[str] = Counter()

    def read(self) -> None:
        """Read every line of the feeds into the index."""
        filters = self._options.filters
        for found in self._workers.map(read_lines, self._lines()):
            file = self._files[found.batch.file]
            if found.batch.fault:
                self._errors.add(found.batch.fault)
            for row in found.rows:
                self._index.add(row)
            for removal in found.removals:
                self._index.add_removal(*removal)
            for number, reason, why in found.bad:
                self._errors.add(f"{file.name}, line {number}: {why}")
                if file.holds == "articles":
                    self._left_out[reason] += 1
            filters.add_names(found.names)
        self._lines_read = sum(file.lines for file in self._files if file.holds == "articles")
        filters.check()

    def _lines(self) -> Iterator[Lines]:
        for number, file in enumerate(self._files):
            if file.holds == "reports":
                continue
            if fault := inputs.unpack(file, self._folder.work):
                yield Lines(number, file.holds, [], self._options.filters, fault)
            for lines in batches(inputs.lines(file), lambda line: len(line.text)):
                yield Lines(number, file.holds, lines, self._options.filters, None)

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
            articles = (
                Articles(self._places(file for _, file, _, _ in some), some)
                for some in batches(self._index.articles(), lambda article: article[3])
            )
            for found in self._workers.map(signatures, articles):
                for id, signature in found:
                    near.add_signature(id, signature)
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
        return BuildResult(made, self._errors.messages)

    def _write_records(self, statistics: DatasetStatistics, splits: dict[str | None, _Range]) -> list[dict[str, Any]]:
        """Write the records in every format. Returns the files for the manifest."""
        options = self._options
        folder = self._folder.new
        (folder / DATA).mkdir()
        output = Output(folder / DATA, options.formats, partition=options.partition)
        try:
            for made in self._workers.map(rows, self._entries()):
                for split, published, line, row in zip(made.splits, made.published, made.lines, made.csv, strict=True):
                    output.add(split, published, line, row)
                    splits[split].add(published)
                statistics.add(made.counts)
                self._crawlers += made.crawlers
                self._versions += made.versions
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

    def _entries(self) -> Iterator[Entries]:
        """Yield the records to write, and count the others."""
        options = self._options
        csv = any(name.startswith("csv") for name in options.formats)

        def kept(entry: Entry) -> bool:
            if entry.duplicate is None or options.drop not in (entry.duplicate, "near"):
                return True
            self._left_out[f"{entry.duplicate}_duplicate"] += 1
            return False

        for some in batches(filter(kept, self._index.entries(options.split)), lambda entry: entry.size):
            yield Entries(self._places(entry.file for entry in some), some, csv, options.history)

    def _places(self, numbers: Iterable[int]) -> Files:
        """Return names and paths of the files with these numbers."""
        files = {number: self._files[number] for number in numbers}
        return {number: (file.name, file.plain or file.path) for number, file in files.items()}

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
