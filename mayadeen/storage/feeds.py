"""The project's own feeds: articles as JSON Lines and CSV, all other records as JSON Lines.

They are a projection of the state: what a run wrote, in order, stands there until its files are whole and on disk.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import FileIO
from pathlib import Path
from typing import Any

from mayadeen.items import Article, AuthorProfile, Headline, Reject, Removal
from mayadeen.storage.exporters import csv_header, csv_row
from mayadeen.storage.state import State, StateError
from mayadeen.upgrade import VersionError, upgrade

FOLDERS: dict[type, str] = {
    Article: "articles",
    AuthorProfile: "authors",
    Headline: "headlines",
    Removal: "removals",
    Reject: "rejects",
}
"""Record → the folder it is written in."""
_CSV = ("articles",)
"""Folders whose records are written as CSV too."""


def line_of(item: Any) -> bytes:
    """A record as its line of JSON Lines: what stands in our own records, in order, is JSON already."""
    return json.dumps(vars(item), ensure_ascii=False).encode() + b"\n"


def stem_of(data: Path, start: datetime, job: str | None) -> str:
    """The name that a run's files share: its start, in milliseconds, and the scheduler's job. No other run has it."""
    while True:
        stem = f"{start:%Y%m%dT%H%M%S}.{start.microsecond // 1000:03d}Z{f'-{job}' if job else ''}"
        if not any(data.glob(f"*/{stem}.*")):
            return stem
        start += timedelta(milliseconds=1)


def paths_of(data: Path, folder: str, stem: str) -> list[Path]:
    """The files of one folder, the JSON Lines first."""
    return [data / folder / f"{stem}.{ending}" for ending in ("jsonl", *(("csv",) if folder in _CSV else ()))]


class Feed:
    """The files of one folder, made when the first record comes; every record can be read as soon as it is written."""

    def __init__(self, data: Path, folder: str, stem: str) -> None:
        self.paths = paths_of(data, folder, stem)
        self._files: list[FileIO] = []

    def write(self, line: bytes, record: dict[str, Any]) -> None:
        """Append a record, given both as its line and as what the line says."""
        if not self._files:
            self.paths[0].parent.mkdir(parents=True, exist_ok=True)
            for path, header in zip(self.paths, (b"", csv_header()), strict=False):
                file = path.open("xb", buffering=0)
                self._files.append(file)
                _write(file, header)
        for file, text in zip(self._files, (line, csv_row(record) if len(self._files) > 1 else b""), strict=False):
            _write(file, text)

    def close(self) -> None:
        """Have the files on disk, and close them."""
        for file in self._files:
            os.fsync(file.fileno())
            file.close()
        if self._files:
            _sync_folder(self.paths[0].parent)
        self._files = []


def repair_feeds(state: State, data: Path, run: int, stem: str) -> int:
    """Make the feeds of a run that did not end well whole: each file is cut where it ceases to be what the state says,
    and completed from there. Returns how many records had to be written."""
    written = 0
    for folder in state.folders(run):
        for path in paths_of(data, folder, stem):
            path.parent.mkdir(parents=True, exist_ok=True)
            written = max(written, _mend(path, _expected(state, run, folder, path.suffix)))
        _sync_folder(data / folder)
    for folder in FOLDERS.values():
        if folder not in state.folders(run):
            # Made, but its first record never was safe.
            for path in paths_of(data, folder, stem):
                path.unlink(missing_ok=True)
    state.sent(run)
    return written


def _expected(state: State, run: int, folder: str, suffix: str) -> Iterator[bytes]:
    if suffix == ".jsonl":
        yield from state.lines(run, folder)
    else:
        yield csv_header()
        for line in state.lines(run, folder):
            record = json.loads(line)
            try:
                upgrade(record, Article)  # an older version of this project may have written it
            except VersionError as error:
                raise StateError(f"an article of the run before: {error}") from error
            yield csv_row(record)


def _mend(path: Path, expected: Iterator[bytes]) -> int:
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
        file.flush()
        os.fsync(file.fileno())
    return written


def _write(file: FileIO, text: bytes) -> None:
    """Write all of it, which one call on a raw file need not do; raises ``OSError`` where the disk is full."""
    while text:
        text = text[file.write(text) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
