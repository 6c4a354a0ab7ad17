"""The steps of a build that read records. Each is a function of a batch, so that ``Workers`` can run it anywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import orjson

from mayadeen.dataset import inputs
from mayadeen.dataset.columns import COLUMNS
from mayadeen.dataset.dataset_statistics import RecordCounts
from mayadeen.dataset.filters import Filters
from mayadeen.dataset.inputs import BadLine, InputError, Line, LineReader, Reader
from mayadeen.dataset.markdown import blocks_to_markdown
from mayadeen.dataset.near_duplicates import signature_of, text_of
from mayadeen.dataset.record_index import Entry, IndexRow, index_row
from mayadeen.storage.exporters import csv_row

BATCH = 1 << 20
"""Bytes of lines in a batch."""

Item = TypeVar("Item")
Files = dict[int, tuple[str, Path]]
"""Names and paths of input files by their numbers."""


def batches(items: Iterable[Item], size: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Yield the items in lists of ``BATCH`` bytes or a little more."""
    batch: list[Item] = []
    total = 0
    for item in items:
        batch.append(item)
        total += size(item)
        if total >= BATCH:
            yield batch
            batch, total = [], 0
    if batch:
        yield batch


class Lines(NamedTuple):
    """Lines of one file. ``fault`` is what was wrong with the file before they were read."""

    file: int
    holds: inputs.Holds
    lines: list[Line]
    filters: Filters
    fault: str | None


class ReadLines(NamedTuple):
    """What is on lines: rows of the index, removals for ``add_removal``, and what is wrong with the bad lines.

    ``names`` are the sections and languages that the filters met.
    """

    batch: Lines
    rows: list[IndexRow]
    removals: list[tuple[str, str, str]]
    bad: list[tuple[int, str, str]]
    names: dict[str, dict[str, str]]


def read_lines(batch: Lines) -> ReadLines:
    """Read the records or removals on lines."""
    reader = _reader()
    found = ReadLines(batch._replace(lines=[]), [], [], [], batch.filters.names)
    for line in batch.lines:
        try:
            if batch.holds == "removals":
                removal = reader.removal(line)
                found.removals.append((removal["id"], removal["seen_at"], removal["last_seen_at"]))
                continue
            record, _, removed_at = reader.article(line)
        except BadLine as bad:
            found.bad.append((line.number, bad.reason, str(bad)))
            continue
        if removed_at is not None:
            found.removals.append((record["id"], removed_at, removed_at))
        reason = batch.filters.reason_against(record)
        is_correction = batch.holds == "corrections"
        found.rows.append(index_row(record, batch.file, line.at, len(line.text), reason, correction=is_correction))
    return found


@cache
def _reader() -> Reader:
    return Reader()


class Articles(NamedTuple):
    """Articles to compare: id, number of the file, offset and size of each."""

    files: Files
    articles: list[tuple[str, int, int, int]]


def signatures(batch: Articles) -> list[tuple[str, bytes | None]]:
    """Return the id of each article, and the signature of its text."""
    with LineReader() as reader:
        return [
            (id, signature_of(text_of(_record(reader, batch.files, id, file, at, size)[0])))
            for id, file, at, size in batch.articles
        ]


class Entries(NamedTuple):
    """Records to write, and in what: ``csv`` asks for rows of CSV, ``history`` for counts of ids."""

    files: Files
    entries: list[Entry]
    csv: bool
    history: bool


class Rows(NamedTuple):
    """Records as they are written. The lists have an item for each record: its split, time, line and row of CSV."""

    splits: list[str | None]
    published: list[str | None]
    lines: list[bytes]
    csv: list[bytes]
    counts: RecordCounts
    crawlers: Counter[str]
    versions: Counter[str]


def rows(batch: Entries) -> Rows:
    """Return records with every column of the dataset."""
    made = Rows([], [], [], [], RecordCounts(history=batch.history), Counter(), Counter())
    with LineReader() as reader:
        for entry in batch.entries:
            record, version = _record(reader, batch.files, entry.id, entry.file, entry.at, entry.size)
            record["text"] = blocks_to_markdown(record["blocks"])
            record["duplicate_group"] = entry.duplicate_group
            record["duplicate"] = entry.duplicate
            record["superseded_by"] = entry.superseded_by
            record["removed_at"] = entry.removed_at
            record["split"] = entry.split
            made.splits.append(entry.split)
            made.published.append(record["published_at"])
            made.lines.append(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
            made.csv.append(csv_row(record, COLUMNS) if batch.csv else b"")
            made.counts.add(record)
            made.crawlers[record["crawler"]] += 1
            made.versions[version] += 1
    return made


def _record(reader: LineReader, files: Files, id: str, file: int, at: int, size: int) -> tuple[dict[str, Any], str]:
    """Return a record that was read before, and the schema version it was read in."""
    name, path = files[file]
    try:
        record, version = inputs.again(reader.line(path, at, size))
    except (ValueError, KeyError, TypeError):
        record, version = {}, ""
    if record.get("id") != id:
        raise InputError(f"{name} changed while it was read. Build again")
    return record, version
