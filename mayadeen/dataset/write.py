"""Write the records of a dataset in every requested format, each split in its own files."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset
import pyarrow.fs
import pyarrow.json
import pyarrow.parquet as pq

from mayadeen.dataset.columns import COLUMNS, TIMESTAMP, features
from mayadeen.storage.exporters import csv_header

FORMATS = ("jsonl", "jsonl.gz", "jsonl.zst", "csv", "csv.gz", "csv.zst", "parquet")
"""The values of ``--formats``: endings of file names. The last part names the compression."""
ALL = "articles"
"""Start of the file names of a dataset without splits."""
CHUNK = 16 << 20
"""Bytes of JSON Lines that are written at once and become one row group of Parquet.

That is some thousand articles: small enough for little memory and for skipping by statistics, large enough to compress
well.
"""

_PACKED = {"gz": "gzip", "zst": "zstd"}


def schema() -> pa.Schema:
    """Return the columns as Arrow types. A column that is all null has its type too."""
    return pa.schema([(name, _type(feature)) for name, feature in features().items()])


def _type(feature: Mapping[str, Any]) -> pa.DataType:
    kind = feature.get("_type")
    if kind == "Value":
        dtype = str(feature["dtype"])
        return pa.timestamp("ms", "UTC") if dtype == TIMESTAMP else pa.type_for_alias(dtype)
    if kind == "List":
        return pa.list_(_type(feature["feature"]))
    return pa.struct([(name, _type(inner)) for name, inner in feature.items()])


class TextFile:
    """A file of lines, compressed as its name says. The same lines give the same bytes, without a time or name."""

    arrow_bytes = None

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
    """A Parquet file, written from JSON Lines. Each ``write`` is a row group.

    ``arrow_bytes`` is the size of its rows in memory, as ``datasets`` computes ``num_bytes``.
    """

    def __init__(self, path: Path) -> None:
        self.records = 0
        self.arrow_bytes = 0
        self.path = path
        self._first_records = 0
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
        self._first_records = self._first_records or records
        self.records += records

    def close(self) -> None:
        self._writer.close()
        del self._writer  # frees what it knows of every row group
        self.arrow_bytes = arrow_bytes(self.path, self._first_records)


def arrow_bytes(path: Path, batch_size: int) -> int:
    """Return the size of a Parquet file in memory, as ``datasets`` computes it: batch by batch, as it is read back.

    ``batch_size`` is the number of records in the first row group. To ask the file costs memory for each row group.
    The table that was written has other null bitmaps, and so another size.
    """
    fragment = pyarrow.dataset.ParquetFileFormat().make_fragment(str(path), pa.fs.LocalFileSystem())
    batches = fragment.to_batches(
        batch_size=batch_size, batch_readahead=0, use_threads=False, cache_metadata=False,
        fragment_scan_options=pyarrow.dataset.ParquetFragmentScanOptions(pre_buffer=False),  # or it reads all at once
    )  # fmt: skip
    return sum(pa.Table.from_batches([batch]).nbytes for batch in batches)


class _Chunk:
    """Records of one split, and of one month if files are by month, that are not written yet."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.rows: list[bytes] = []
        self.size = 0
        self.month: str | None = None


@dataclass(frozen=True, order=True)
class WrittenFile:
    """A file that was written. ``arrow_bytes`` is None for other formats than Parquet."""

    path: Path
    format: str
    split: str | None = field(compare=False)
    records: int = field(compare=False)
    arrow_bytes: int | None = field(compare=False)


class Output:
    """The files of a dataset, written by a thread of their own, since compression needs no Python.

    Every method raises ``OSError`` if the disk is full. With ``partition``, which makes Parquet files by month, records
    must come in order of time.
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

    def add(self, split: str | None, published: str | None, line: bytes, row: bytes) -> None:
        """Write a record that has every column: its line of JSON, and its row of CSV if a format needs one."""
        chunk = self._chunks.setdefault(split, _Chunk())
        if self._partition:
            month = (published or "")[:7]
            if chunk.lines and month != chunk.month:
                chunk = self._pass_on(split)
            chunk.month = month
        chunk.lines.append(line)
        chunk.size += len(line)
        chunk.rows.append(row)
        if chunk.size >= CHUNK:
            self._pass_on(split)

    def close(self) -> list[WrittenFile]:
        """Write the rest. Returns every file, in order of paths."""
        for split in self._chunks:
            self._pass_on(split)
        self._wait()
        self._thread.shutdown()
        for file in self._open.values():
            file.close()
        self._open.clear()
        return sorted(
            WrittenFile(file.path, name, split, file.records, file.arrow_bytes) for file, name, split in self._files
        )

    def abandon(self) -> None:
        """Close all files in whatever state they are. They will be deleted."""
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
"""Name of the partition for null, by convention."""
