"""The input files of a dataset, and the records on their lines."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from mayadeen.dataset.columns import ARTICLE_COLUMNS, OWN_COLUMNS
from mayadeen.fields import specs
from mayadeen.items import Article, Removal
from mayadeen.pipelines.validate import SchemaValidator
from mayadeen.upgrade import VersionError, upgrade

Holds = Literal["articles", "corrections", "removals", "reports"]

_ENDINGS: dict[Holds, str] = {"articles": "jsonl", "corrections": "jsonl", "removals": "jsonl", "reports": "json"}
_PACKED = {".gz": "gzip", ".zst": "zstd"}
_PARQUET = ".parquet"
"""Ending of articles that ``scrapy archive extract --format parquet`` wrote."""
MIN_UNPACKED = 256 << 20
"""Bytes. A compressed file may always unpack to this."""
MAX_RATIO = 50
"""A larger file may unpack to this many times its size. Feeds shrink to a tenth."""
_PACKED_RATIO = 8
"""Bytes of lines for a byte of a compressed file, about."""
MAX_LINE = 64 << 20
"""Maximum bytes of a line. No record is longer, since no page is (``DOWNLOAD_MAXSIZE``)."""
_INTEGERS = tuple(spec.name for spec in specs(Article) if spec.type is int)
_TIMES = tuple(spec.name for spec in specs(Article) if spec.is_time)
_LARGEST = 2**63 - 1
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z\Z", re.ASCII)
MANIFEST = "manifest.json"
DATA = "data"
"""Folder of the records within a dataset."""


class InputError(Exception):
    """Input that cannot be used. The message is one line for people."""


@dataclass
class Input:
    """A file to read: ``path``, its ``name`` in messages and manifest, and what it ``holds``.

    ``lines``, ``size`` in bytes and ``sha256`` are set once it was read. ``plain`` is the unpacked copy of a compressed
    file.
    """

    path: Path
    name: str
    holds: Holds
    lines: int = 0
    size: int = 0
    sha256: str = ""
    plain: Path | None = None


class Line(NamedTuple):
    """A line of a file: number from 1, offset in bytes, its bytes, and whether it ends in a line break."""

    number: int
    at: int
    text: bytes
    whole: bool


class ReadArticle(NamedTuple):
    """An article that was read: the ``record`` in the current schema, and the ``version`` it was written in.

    ``removed_at`` is when it was seen to be gone, by a line of a dataset. In a feed it is None.
    """

    record: dict[str, Any]
    version: str
    removed_at: str | None


class BadLine(Exception):
    """A line that is not a record. ``reason`` is a code of ``manifest.REASONS``, the message says why."""

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(why)
        self.reason = reason


def find(data: Path, feeds: list[str]) -> list[Input]:
    """Find the files of the folder ``data``, or of ``feeds``: data folders, datasets, folders of JSON Lines, or files.

    They are in order of their names, which begin with the time of the run. No file comes twice. Raises ``InputError``.
    """
    found: list[Input] = []
    if not feeds:
        if not data.is_dir():
            raise InputError(f"folder not found: {data}. Name it with -s MAYADEEN_DATA_DIR=…, or name feeds after OUT")
        found = _of_data(data, "")
        if not any(file.holds == "articles" for file in found):
            raise InputError(f"no feed found: {data}/articles/*.jsonl. Crawl first, or name feeds after OUT")
    for given in feeds:
        path = Path(given)
        if path.is_dir():
            name = path.resolve().name
            here = feeds_in(path, f"{name}/")
            if not here:
                raise InputError(f"{given} holds no *.jsonl, *.jsonl.gz or *.jsonl.zst. Name a folder of feeds")
            found += here
        elif path.is_file():
            if not path.name.endswith((".jsonl", *(f".jsonl{ending}" for ending in _PACKED))):
                raise InputError(f"{given} is not a feed. Use *.jsonl, *.jsonl.gz or *.jsonl.zst")
            found.append(Input(path, path.name, _kind_of(path.parent)))
        else:
            raise InputError(f"file or folder not found: {given}")
    for file in found:
        if not file.path.is_file():
            raise InputError(f"{file.path} is not a file. Move it away")
    files = {file.path.resolve(): file for file in found}
    return sorted(files.values(), key=lambda file: (file.path.name, file.name, str(file.path)))


def feeds_in(folder: Path, prefix: str = "") -> list[Input]:
    """Return the feeds of a data folder, a dataset, or a folder of JSON Lines. Empty if it holds none."""
    if (folder / MANIFEST).is_file() and (found := _of_folder(folder / DATA, "articles", f"{prefix}{DATA}/")):
        return found
    return _of_data(folder, prefix) or _of_folder(folder, _kind_of(folder), prefix)


def _kind_of(folder: Path) -> Holds:
    name = folder.resolve().name
    return "removals" if name == "removals" else "corrections" if name == "corrections" else "articles"


def _of_data(data: Path, prefix: str) -> list[Input]:
    found = []
    for holds in _ENDINGS:
        found += _of_folder(data / holds, holds, f"{prefix}{holds}/")
    parquet = sorted((data / "articles").glob(f"*{_PARQUET}"))
    return found + [Input(path, f"{prefix}articles/{path.name}", "articles") for path in parquet]


def _of_folder(folder: Path, holds: Holds, prefix: str) -> list[Input]:
    endings = [_ENDINGS[holds], *(f"{_ENDINGS[holds]}{ending}" for ending in _PACKED if holds != "reports")]
    return [
        Input(path, f"{prefix}{path.name}", holds) for ending in endings for path in sorted(folder.glob(f"*.{ending}"))
    ]


def size_of(file: Input) -> int:
    """Return about how many bytes a file has once it is unpacked. 0 for a report, and for a file that is gone."""
    if file.holds == "reports" or not file.path.exists():
        return 0
    size = file.path.stat().st_size
    return size if file.path.suffix == ".jsonl" else size * _PACKED_RATIO


def unpack(file: Input, folder: Path) -> str | None:
    """Unpack a compressed file into a folder, since records are read by offset. Returns a fault of it, or None."""
    if file.path.suffix == _PARQUET:
        return _unpack_parquet(file, folder)
    codec = _PACKED.get(file.path.suffix)
    if codec is None:
        return None
    file.plain = folder / f"{len(list(folder.iterdir()))}.jsonl"
    with file.plain.open("wb") as plain, pa.OSFile(str(file.path), "rb") as packed:
        try:
            with pa.CompressedInputStream(packed, codec) as stream:
                limit = max(MIN_UNPACKED, MAX_RATIO * file.path.stat().st_size)
                while piece := stream.read(1 << 20):
                    if plain.tell() + len(piece) > limit:
                        return f"{file.name}: it unpacks to more than {limit} bytes. The lines before that were read"
                    plain.write(piece)
        except (OSError, pa.ArrowException) as error:
            if isinstance(error, OSError) and error.errno:
                raise
            return f"{file.name}: truncated, or not {codec}. The lines before the fault were read"
    return None


def _unpack_parquet(file: Input, folder: Path) -> str | None:
    file.plain = folder / f"{len(list(folder.iterdir()))}.jsonl"
    with file.plain.open("wb") as plain:
        try:
            with pq.ParquetFile(file.path) as packed:
                for batch in packed.iter_batches(batch_size=1000):
                    plain.writelines(orjson.dumps(row) + b"\n" for row in batch.to_pylist())
        except pa.ArrowException:
            return f"{file.name}: not Parquet. The records before the fault were read"
    return None


def lines(file: Input) -> Iterator[Line]:
    """Yield the lines of a file, and then set its number of lines, size and hash."""
    digest = hashlib.sha256()
    at = number = 0
    with (file.plain or file.path).open("rb", buffering=1 << 20) as stream:
        while text := stream.readline(MAX_LINE):
            number += 1
            begin, whole = at, text.endswith(b"\n")
            at += len(text)
            digest.update(text)
            if len(text) == MAX_LINE and not whole:
                while rest := stream.readline(1 << 20):
                    at += len(rest)
                    digest.update(rest)
                    if rest.endswith(b"\n"):
                        break
            file.lines = number
            yield Line(number, begin, text, whole)
    file.size, file.sha256 = at, digest.hexdigest()
    if file.plain is not None:
        file.size = file.path.stat().st_size
        with file.path.open("rb") as packed:
            file.sha256 = hashlib.file_digest(packed, "sha256").hexdigest()


def read(file: Input) -> bytes:
    """Read a small file whole, and set its size and hash."""
    text = file.path.read_bytes()
    file.lines, file.size, file.sha256 = 1, len(text), hashlib.sha256(text).hexdigest()
    return text


class Reader:
    """Reads records from lines: of the current schema, valid, fields in order."""

    def __init__(self) -> None:
        self._article = SchemaValidator("article.schema.json")
        self._removal = SchemaValidator("removal.schema.json")

    def article(self, line: Line) -> ReadArticle:
        """Return the article on a line. Raises ``BadLine``."""
        record = _parsed(line)
        if not {"schema_version", "id", "title", "content_hash"} <= record.keys():
            raise BadLine("foreign", "not an article")
        version = str(record["schema_version"])
        removed_at = _drop_own_columns(record)
        self._upgrade(record, Article)
        self._check(self._article, record)
        for name, value in _integers(record):
            if not (value is None or (type(value) is int and value <= _LARGEST)):
                raise BadLine("invalid", f"$.{name}: {value!r:.50} is not an integer of 64 bits")
        for name in _TIMES:
            if (record[name] or "0001") < "0001":  # a time by the schema, and none to Python
                raise BadLine("invalid", f"$.{name}: {record[name]} is before the year 1")
        if record["content_hash"] != _content_hash(record):
            raise BadLine("invalid", "$.content_hash: does not match the text")
        return ReadArticle({name: record[name] for name in ARTICLE_COLUMNS}, version, removed_at)

    def removal(self, line: Line) -> dict[str, Any]:
        """Return the removal on a line. Raises ``BadLine``."""
        record = _parsed(line)
        if not {"schema_version", "id", "status", "seen_at"} <= record.keys():
            raise BadLine("foreign", "not a removal")
        self._upgrade(record, Removal)
        self._check(self._removal, record)
        return record

    def _upgrade(self, record: dict[str, Any], kind: type) -> None:
        try:
            upgrade(record, kind)
        except VersionError as why:
            raise BadLine("other_version", str(why)) from None
        except (KeyError, TypeError, AttributeError):
            raise BadLine("invalid", "breaks the schema of its version") from None

    def _check(self, validator: SchemaValidator, record: dict[str, Any]) -> None:
        try:
            violations = validator.violations(record)
        except (ValueError, RecursionError):  # nested deeper than a validator goes
            raise BadLine("invalid", "breaks the schema") from None
        if violations:
            raise BadLine("invalid", f"{violations[0]['path']}: {violations[0]['message']}")


def again(text: bytes) -> tuple[dict[str, Any], str]:
    """Return the article on a line that ``Reader.article`` has accepted before, and its schema version."""
    record = orjson.loads(text)
    version = record["schema_version"]
    upgrade(record, Article)
    return {name: record[name] for name in ARTICLE_COLUMNS}, version


def _drop_own_columns(record: dict[str, Any]) -> str | None:
    """Drop the columns that a dataset adds, since every build decides them again. Returns ``removed_at``.

    A record without all of them is left as it is: an unknown field breaks the schema.
    """
    if not OWN_COLUMNS.keys() <= record.keys():
        return None
    own = {name: record.pop(name) for name in OWN_COLUMNS}
    removed_at = own["removed_at"]
    if removed_at is not None and not (isinstance(removed_at, str) and _TIME.match(removed_at)):
        raise BadLine("invalid", f"$.removed_at: {removed_at!r:.50} is not a time")
    return removed_at


def _parsed(line: Line) -> dict[str, Any]:
    if len(line.text) == MAX_LINE:
        raise BadLine("foreign", f"longer than {MAX_LINE >> 20} MiB")
    try:
        record = orjson.loads(line.text)
    except orjson.JSONDecodeError:
        if not line.whole:
            raise BadLine("incomplete", "incomplete: the file ends within the line") from None
        raise BadLine("not_json", "not JSON" if line.text.strip() else "empty") from None
    if not isinstance(record, dict):
        raise BadLine("foreign", "not a JSON object")
    return record


def _content_hash(record: dict[str, Any]) -> str:
    """Compute what ``loaders.content_hash`` does, several times as fast."""
    text = orjson.dumps([record["title"], record["summary"], record["body"]])
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def _integers(record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in _INTEGERS:
        yield name, record[name]
    for block in record["blocks"]:
        yield "blocks.level", block["level"]
    for video in record["videos"]:
        yield "videos.duration_seconds", video["duration_seconds"]
    yield "discovered_via.position", record["discovered_via"]["position"]


class LineReader:
    """Reads lines by file and offset. Few files are open at once. Use it as a context manager."""

    _OPEN = 64

    def __init__(self) -> None:
        self._open: dict[Path, int] = {}

    def __enter__(self) -> LineReader:
        return self

    def __exit__(self, *_: object) -> None:
        while self._open:
            os.close(self._open.popitem()[1])

    def line(self, path: Path, at: int, size: int) -> bytes:
        """Read ``size`` bytes at offset ``at`` of a file."""
        handle = self._open.pop(path, None)
        if handle is None:
            if len(self._open) == self._OPEN:
                os.close(self._open.pop(next(iter(self._open))))
            handle = os.open(path, os.O_RDONLY)
        self._open[path] = handle  # the last in order is the one used last
        return os.pread(handle, size, at)
