"""Writes the records of a dataset in every format asked for, each split in files of its own."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq

from mayadeen.dataset.columns import COLUMNS, features
from mayadeen.storage.exporters import csv_header, csv_row

FORMATS = ("jsonl", "jsonl.gz", "jsonl.zst", "csv", "csv.gz", "csv.zst", "parquet")
"""What ``--formats`` takes: endings of file names, which say how they are packed."""
ALL = "articles"
"""Begins the file names of a dataset without splits."""
CHUNK = 16 << 20
"""Bytes of JSON Lines that are written at once, and make a row group of Parquet: some thousand articles, so that a
reader skips well by its statistics and needs little memory, and compression has enough to go by."""

_PACKED = {"gz": "gzip", "zst": "zstd"}


def schema() -> pa.Schema:
    """The columns as Arrow types, from the published features: a column that is all null has its type too."""
    return pa.schema([(name, _type(feature)) for name, feature in features().items()])


def _type(feature: Mapping[str, Any]) -> pa.DataType:
    kind = feature.get("_type")
    if kind == "Value":
        return pa.type_for_alias(str(feature["dtype"]))
    if kind == "List":
        return pa.list_(_type(feature["feature"]))
    return pa.struct([(name, _type(inner)) for name, inner in feature.items()])


class TextFile:
    """A file of lines, packed as its name says. The same bytes for the same lines: no time and no name are in it."""

    def __init__(self, path: Path, header: bytes = b"") -> None:
        self.records = 0
        self.path = path
        self._file = pa.OSFile(str(path), "wb")
        codec = _PACKED.get(path.suffix[1:])
        self._stream = pa.CompressedOutputStream(self._file, codec) if codec else self._file
        self._stream.write(header)

    def write(self, lines: bytes, records: int) -> None:
        self._stream.write(lines)
        self.records += records

    def close(self) -> None:
        self._stream.close()
        self._file.close()


class ParquetFile:
    """A Parquet file, given as JSON Lines. Each ``write`` is a row group."""

    def __init__(self, path: Path) -> None:
        self.records = 0
        self.path = path
        self._schema = schema()
        self._writer = pq.ParquetWriter(
            path, self._schema, compression="zstd", compression_level=3, write_page_index=True
        )

    def write(self, lines: bytes, records: int) -> None:
        table = pyarrow.json.read_json(
            pa.BufferReader(lines),
            read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
            parse_options=pyarrow.json.ParseOptions(explicit_schema=self._schema, unexpected_field_behavior="error"),
        )
        assert table.num_rows == records
        self._writer.write_table(table, row_group_size=records)
        self.records += records

    def close(self) -> None:
        self._writer.close()


class _Chunk:
    """Records of one split, of one month where files are by month, not yet written."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.rows: list[bytes] = []
        self.size = 0
        self.month: str | None = None


class Output:
    """The files of a dataset. They are written by a thread of their own: packing needs no Python.

    Every method raises ``OSError`` where the disk is full. Records must come in order of time where ``partition`` asks
    for Parquet files by month.
    """

    def __init__(self, folder: Path, formats: tuple[str, ...], *, partition: bool) -> None:
        self._folder = folder
        self._formats = formats
        self._partition = partition
        self._chunks: dict[str | None, _Chunk] = {}
        self._open: dict[tuple[str | None, str], TextFile | ParquetFile] = {}
        self._months: dict[str | None, str] = {}
        self._files: list[tuple[TextFile | ParquetFile, str, str | None]] = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="dataset")
        self._writing: Future[None] | None = None
        self._rows = any(name.startswith("csv") for name in formats)

    def add(self, split: str | None, record: dict[str, Any]) -> None:
        """Write a record, which has every column."""
        chunk = self._chunks.setdefault(split, _Chunk())
        if self._partition:
            month = (record["published_at"] or "")[:7]
            if chunk.lines and month != chunk.month:
                chunk = self._pass_on(split)
            chunk.month = month
        line = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
        chunk.lines.append(line)
        chunk.size += len(line)
        if self._rows:
            chunk.rows.append(csv_row(record, COLUMNS))
        if chunk.size >= CHUNK:
            self._pass_on(split)

    def close(self) -> list[tuple[Path, str, str | None, int]]:
        """Write what is left; returns path, format, split and number of records of every file, in order of paths."""
        for split in self._chunks:
            self._pass_on(split)
        self._wait()
        self._thread.shutdown()
        for file in self._open.values():
            file.close()
        self._open.clear()
        return sorted((file.path, name, split, file.records) for file, name, split in self._files)

    def abandon(self) -> None:
        """Close what is open, whatever state it is in: the files will be deleted."""
        self._thread.shutdown()
        for file in self._open.values():
            with suppress(Exception):
                file.close()

    def _pass_on(self, split: str | None) -> _Chunk:
        full = self._chunks[split]
        self._chunks[split] = _Chunk()
        self._wait()
        if full.lines:
            self._writing = self._thread.submit(self._write, split, full)
        return self._chunks[split]

    def _wait(self) -> None:
        if self._writing is not None:
            self._writing.result()

    def _write(self, split: str | None, chunk: _Chunk) -> None:
        lines = b"".join(chunk.lines)
        records = len(chunk.lines)
        chunk.lines.clear()
        for name in self._formats:
            text = b"".join(chunk.rows) if name.startswith("csv") else lines
            self._file(split, name, chunk.month if name == "parquet" else None).write(text, records)

    def _file(self, split: str | None, name: str, month: str | None) -> TextFile | ParquetFile:
        key = (split, name)
        if month is not None and self._months.get(split) != month:
            if key in self._open:
                self._open.pop(key).close()
            self._months[split] = month
        if key not in self._open:
            path = self._folder / f"{split or ALL}.{name}"
            if month is not None:
                year, _, number = month.partition("-")
                path = self._folder / (split or ALL) / f"year={year or _NO_DATE}" / f"month={number or _NO_DATE}"
                path /= f"{ALL}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            if name == "parquet":
                self._open[key] = ParquetFile(path)
            else:
                self._open[key] = TextFile(path, csv_header(COLUMNS) if name.startswith("csv") else b"")
            self._files.append((self._open[key], name, split))
        return self._open[key]


_NO_DATE = "__HIVE_DEFAULT_PARTITION__"
"""What stands for a null in the name of a partition, by convention."""
