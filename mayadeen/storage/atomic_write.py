"""Files that are complete or absent, and the one place that calls ``fsync``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any


def write_atomic(path: Path, text: str) -> None:
    """Write a file completely, or keep the previous one. Raises ``OSError``."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with create_file(unfinished) as file:
            file.write(text.encode())
            sync_file(file)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def create_file(path: Path) -> IO[bytes]:
    """Open a new file for writing. A leftover is removed, and a link in its place is not followed."""
    path.unlink(missing_ok=True)
    return path.open("xb")


def sync_file(file: IO[Any]) -> None:
    """Flush an open file to the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_path(path: Path) -> None:
    """Flush a closed file, or the names in a folder. Without the names a new file can be missing after a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
