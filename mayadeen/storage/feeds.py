"""The project's own feeds: articles as JSON Lines and CSV, all other records as JSON Lines.

They are a projection of the outbox, which keeps what a run wrote, in order, until its files are complete on the disk.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import FileIO
from pathlib import Path
from typing import Any

from mayadeen.items import Article, AuthorProfile, Headline, Reject, Removal
from mayadeen.storage.atomic_write import sync_file, sync_path
from mayadeen.storage.errors import StateError
from mayadeen.storage.exporters import csv_header, csv_row
from mayadeen.storage.outbox import Outbox
from mayadeen.upgrade import VersionError, upgrade

FOLDERS: dict[type, str] = {
    Article: "articles",
    AuthorProfile: "authors",
    Headline: "headlines",
    Removal: "removals",
    Reject: "rejects",
}
"""Class of a record → the folder of its feed."""
CORRECTIONS = "corrections"
"""Folder of later readings of articles that were written before."""
_CSV = ("articles",)
"""Folders with a CSV feed too."""


def json_line(item: Any) -> bytes:
    """Return a record as its line of JSON Lines. The values of our own records are JSON already."""
    return json.dumps(vars(item), ensure_ascii=False).encode() + b"\n"


def new_run_id(data: Path, start: datetime, job: str | None) -> str:
    """Return the name that a run's files share: its start in milliseconds and the scheduler's job. It is unique."""
    while True:
        run_id = f"{start:%Y%m%dT%H%M%S}.{start.microsecond // 1000:03d}Z{f'-{job}' if job else ''}"
        if not any(data.glob(f"*/{run_id}.*")):
            return run_id
        start += timedelta(milliseconds=1)


def feed_paths(data: Path, folder: str, run_id: str) -> list[Path]:
    """Return the files of one folder, the JSON Lines first."""
    return [data / folder / f"{run_id}.{ending}" for ending in ("jsonl", *(("csv",) if folder in _CSV else ()))]


class Feed:
    """The files of one folder, made with the first record. Every record can be read as soon as it is written."""

    def __init__(self, data: Path, folder: str, run_id: str, *, csv_bom: bool = False) -> None:
        self.csv_bom = csv_bom
        self.paths = feed_paths(data, folder, run_id)
        self._files: list[FileIO] = []

    def write(self, line: bytes, record: dict[str, Any]) -> None:
        """Append a record, given both as its line and as the values of that line."""
        if not self._files:
            self.paths[0].parent.mkdir(parents=True, exist_ok=True)
            for path, header in zip(self.paths, (b"", csv_header(bom=self.csv_bom)), strict=False):
                file = path.open("xb", buffering=0)
                self._files.append(file)
                _write(file, header)
        for file, text in zip(self._files, (line, csv_row(record) if len(self._files) > 1 else b""), strict=False):
            _write(file, text)

    def close(self) -> None:
        """Flush the files to the disk and close them."""
        for file in self._files:
            sync_file(file)
            file.close()
        if self._files:
            sync_path(self.paths[0].parent)
        self._files = []


def repair_feeds(outbox: Outbox, data: Path, run: int, run_id: str) -> int:
    """Complete the feeds of an interrupted run from the outbox, and return how many records were missing.

    Each file is cut at the first byte that differs from the outbox, and continued from there.
    """
    written = 0
    for folder in outbox.folders(run):
        for path in feed_paths(data, folder, run_id):
            path.parent.mkdir(parents=True, exist_ok=True)
            written = max(written, _repair_file(path, _expected(outbox, run, folder, path)))
        sync_path(data / folder)
    for folder in (*FOLDERS.values(), CORRECTIONS):
        if folder not in outbox.folders(run):
            # The file was made, but its first record never reached the outbox.
            for path in feed_paths(data, folder, run_id):
                path.unlink(missing_ok=True)
    outbox.clear(run)
    return written


def _has_bom(path: Path) -> bool:
    """Return whether the interrupted run wrote its CSV with a byte order mark."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        return file.read(len(BOM_UTF8)) == BOM_UTF8


def _expected(outbox: Outbox, run: int, folder: str, path: Path) -> Iterator[bytes]:
    if path.suffix == ".jsonl":
        yield from outbox.lines(run, folder)
    else:
        yield csv_header(bom=_has_bom(path))
        for line in outbox.lines(run, folder):
            record = json.loads(line)
            try:
                upgrade(record, Article)  # an older version of this project may have written it
            except VersionError as error:
                raise StateError(f"an article of the interrupted run: {error}") from error
            yield csv_row(record)


def _repair_file(path: Path, expected: Iterator[bytes]) -> int:
    written = 0
    with path.open("r+b" if path.exists() else "w+b") as file:
        for text in expected:
            if written == 0:
                at = file.tell()
                if file.read(len(text)) == text:
                    continue
                file.seek(at)
                file.truncate()
            file.write(text)
            written += 1
        file.truncate()
        sync_file(file)
    return written


def _write(file: FileIO, text: bytes) -> None:
    """Write all of a text. One call on a raw file may write less. Raises ``OSError`` if the disk is full."""
    while text:
        text = text[file.write(text) :]
