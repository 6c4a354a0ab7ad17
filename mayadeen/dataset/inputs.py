"""The files that a dataset is made of, and the records on their lines."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson
import pyarrow as pa

from mayadeen.fields import specs
from mayadeen.items import Article, Removal
from mayadeen.pipelines.validate import SchemaValidator
from mayadeen.storage.exporters import COLUMNS
from mayadeen.upgrade import VersionError, upgrade

Holds = Literal["articles", "removals", "reports"]

_ENDINGS: dict[Holds, str] = {"articles": "jsonl", "removals": "jsonl", "reports": "json"}
_PACKED = {".gz": "gzip", ".zst": "zstd"}
MAX_LINE = 64 << 20
"""Bytes; no record is longer, since no page is (``DOWNLOAD_MAXSIZE``). A file that is one endless line has an end."""
_INTEGERS = tuple(spec.name for spec in specs(Article) if spec.type is int)
_TIMES = tuple(spec.name for spec in specs(Article) if spec.is_time)
_LARGEST = 2**63 - 1


class InputError(Exception):
    """Input that no dataset can be made of; as a string, one line for people."""


@dataclass
class Input:
    """A file to read: ``path``, its ``name`` for people and manifest, what it ``holds``; and, once it was read, how
    many ``lines`` and ``size`` bytes, with what ``sha256``. ``plain`` is where it is unpacked, of a compressed one."""

    path: Path
    name: str
    holds: Holds
    lines: int = 0
    size: int = 0
    sha256: str = ""
    plain: Path | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file: its number from 1, where it begins, its bytes, whether it has its end."""

    number: int
    at: int
    text: bytes
    whole: bool


class BadLine(Exception):
    """A line that is no record: ``reason`` as a code of ``manifest.REASONS``; as a string, why."""

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(why)
        self.reason = reason


def find(data: Path, feeds: list[str]) -> list[Input]:
    """The files of a data folder, or of the ``feeds`` given: data folders, folders of JSON Lines, or files.

    In order of their names, which begin with the time of the run; none twice. Raises ``InputError``.
    """
    found: list[Input] = []
    if not feeds:
        if not data.is_dir():
            raise InputError(f"there is no folder {data}: name one with -s MAYADEEN_DATA_DIR=…, or feeds")
        found = _of_data(data, "")
        if not any(file.holds == "articles" for file in found):
            raise InputError(f"there is no {data}/articles/*.jsonl: crawl first, or name another folder or feeds")
    for given in feeds:
        path = Path(given)
        if path.is_dir():
            name = path.resolve().name
            here = _of_data(path, f"{name}/") or _of_folder(path, _kind_of(path), f"{name}/")
            if not here:
                raise InputError(f"{given} holds no *.jsonl, plain or .gz or .zst")
            found += here
        elif path.is_file():
            if not path.name.endswith((".jsonl", *(f".jsonl{ending}" for ending in _PACKED))):
                raise InputError(f"{given} is no feed of JSON Lines: *.jsonl, plain or .gz or .zst, is needed")
            found.append(Input(path, path.name, _kind_of(path.parent)))
        else:
            raise InputError(f"there is no file or folder {given}")
    for file in found:
        if not file.path.is_file():
            raise InputError(f"{file.path} is no file: move it away")
    files = {file.path.resolve(): file for file in found}
    return sorted(files.values(), key=lambda file: (file.path.name, file.name, str(file.path)))


def _kind_of(folder: Path) -> Holds:
    return "removals" if folder.resolve().name == "removals" else "articles"


def _of_data(data: Path, prefix: str) -> list[Input]:
    found = []
    for holds in _ENDINGS:
        found += _of_folder(data / holds, holds, f"{prefix}{holds}/")
    return found


def _of_folder(folder: Path, holds: Holds, prefix: str) -> list[Input]:
    endings = [_ENDINGS[holds], *(f"{_ENDINGS[holds]}{ending}" for ending in _PACKED if holds != "reports")]
    return [
        Input(path, f"{prefix}{path.name}", holds) for ending in endings for path in sorted(folder.glob(f"*.{ending}"))
    ]


def unpack(file: Input, folder: Path) -> str | None:
    """Unpack a compressed file into a folder, since records are read by their place; returns what is wrong with it."""
    codec = _PACKED.get(file.path.suffix)
    if codec is None:
        return None
    file.plain = folder / f"{len(list(folder.iterdir()))}.jsonl"
    with file.plain.open("wb") as plain, pa.OSFile(str(file.path), "rb") as packed:
        try:
            with pa.CompressedInputStream(packed, codec) as stream:
                shutil.copyfileobj(stream, plain)
        except (OSError, pa.ArrowException) as error:
            if isinstance(error, OSError) and error.errno:
                raise
            return f"{file.name}: it is cut short or no {codec}; what stands before that is read"
    return None


def lines(file: Input) -> Iterator[Line]:
    """The lines of a file, which notes how many it has, its size and its hash."""
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
    """The whole of a small file, noted like ``lines`` does."""
    text = file.path.read_bytes()
    file.lines, file.size, file.sha256 = 1, len(text), hashlib.sha256(text).hexdigest()
    return text


class Reader:
    """Makes records of lines: of the present schema, valid, every field in its place."""

    def __init__(self) -> None:
        self._article = SchemaValidator("article.schema.json")
        self._removal = SchemaValidator("removal.schema.json")

    def article(self, line: Line) -> tuple[dict[str, Any], str]:
        """The article on a line, and the version of the schema it was written in. Raises ``BadLine``."""
        record = _parsed(line)
        if not {"schema_version", "id", "title", "content_hash"} <= record.keys():
            raise BadLine("foreign", "no record of an article")
        version = str(record["schema_version"])
        self._upgrade(record, Article)
        self._check(self._article, record)
        for name, value in _integers(record):
            if not (value is None or (type(value) is int and value <= _LARGEST)):
                raise BadLine("invalid", f"$.{name}: {value!r:.50} is no whole number of 64 bits")
        for name in _TIMES:
            if (record[name] or "0001") < "0001":  # a time by the schema, and none to Python
                raise BadLine("invalid", f"$.{name}: {record[name]} is before the year 1")
        if record["content_hash"] != _content_hash(record):
            raise BadLine("invalid", "$.content_hash: it is not that of the text")
        return {name: record[name] for name in COLUMNS}, version

    def removal(self, line: Line) -> dict[str, Any]:
        """The removal on a line. Raises ``BadLine``."""
        record = _parsed(line)
        if not {"schema_version", "id", "status", "seen_at"} <= record.keys():
            raise BadLine("foreign", "no record of a removal")
        self._upgrade(record, Removal)
        self._check(self._removal, record)
        return record

    def _upgrade(self, record: dict[str, Any], kind: type) -> None:
        try:
            upgrade(record, kind)
        except VersionError as why:
            raise BadLine("other_version", str(why)) from None
        except (KeyError, TypeError, AttributeError):
            raise BadLine("invalid", "it breaks the schema of its own version") from None

    def _check(self, validator: SchemaValidator, record: dict[str, Any]) -> None:
        try:
            violations = validator.violations(record)
        except (ValueError, RecursionError):  # nested deeper than a validator goes
            raise BadLine("invalid", "it breaks the schema") from None
        if violations:
            raise BadLine("invalid", f"{violations[0]['path']}: {violations[0]['message']}")


def again(text: bytes) -> tuple[dict[str, Any], str]:
    """The article on a line that ``Reader.article`` has accepted before, as that gave it."""
    record = orjson.loads(text)
    version = record["schema_version"]
    upgrade(record, Article)
    return {name: record[name] for name in COLUMNS}, version


def _parsed(line: Line) -> dict[str, Any]:
    if len(line.text) == MAX_LINE:
        raise BadLine("foreign", f"longer than {MAX_LINE >> 20} MiB")
    try:
        record = orjson.loads(line.text)
    except orjson.JSONDecodeError:
        if not line.whole:
            raise BadLine("torn", "torn: the file ends in it") from None
        raise BadLine("not_json", "not JSON" if line.text.strip() else "empty") from None
    if not isinstance(record, dict):
        raise BadLine("foreign", "not JSON of a record")
    return record


def _content_hash(record: dict[str, Any]) -> str:
    """As ``loaders.content_hash``, several times as fast."""
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


class Places:
    """Reads lines by their place, whichever file they are in; few files are open at once."""

    _OPEN = 64

    def __init__(self, files: list[Input]) -> None:
        self._files = files
        self._open: dict[int, int] = {}

    def line(self, file: int, at: int, size: int) -> bytes:
        """``size`` bytes at ``at`` of the file of that number."""
        handle = self._open.pop(file, None)
        if handle is None:
            if len(self._open) == self._OPEN:
                os.close(self._open.pop(next(iter(self._open))))
            source = self._files[file]
            handle = os.open(source.plain or source.path, os.O_RDONLY)
        self._open[file] = handle  # the last in order is the one used last
        return os.pread(handle, size, at)

    def close(self) -> None:
        while self._open:
            os.close(self._open.popitem()[1])
