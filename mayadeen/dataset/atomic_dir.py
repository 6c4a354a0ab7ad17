"""A folder that is made beside the one it replaces, and put in its place whole."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mayadeen.dataset.manifest import FILE
from mayadeen.storage.locks import Lock

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


class AtomicDirectoryError(Exception):
    """A folder that no dataset can be put in the place of; as a string, one line for people."""


class AtomicDirectory:
    """Where a dataset goes. Between ``with`` and ``publish`` there is ``new`` to build it in, and ``work`` for what is
    needed meanwhile, both in one folder beside it, ``.<name>.work``; what was there before stays as it is.

    The next build removes what a killed build left behind.
    Raises ``AtomicDirectoryError`` if another build runs, if the folder holds something that no build made or that was
    changed since, or if no folder can be replaced.
    """

    def __init__(self, out: Path) -> None:
        self.out = out.resolve()
        if self.out.is_mount():
            raise AtomicDirectoryError(
                f"{self.out} is where a file system begins, and cannot be replaced: name a folder in it"
            )
        self.beside = self.out.with_name(f".{self.out.name}.work")
        self.new = self.beside / "new"
        self.work = self.beside / "work"
        self._old = self.beside / "old"
        self._lock = Lock(self.out.parent, self.out.name)

    def __enter__(self) -> Self:
        self.out.parent.mkdir(parents=True, exist_ok=True)
        if holder := self._lock.acquire("dataset"):
            raise AtomicDirectoryError(f"{self.out} is being built by {holder}: wait until it has ended")
        try:
            if self._old.exists() and not self.out.exists():
                self._old.rename(self.out)
            self._remove()
            self._check()
            self.new.mkdir(parents=True)
            self.work.mkdir()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._remove()
        finally:
            self._lock.release()

    def publish(self) -> None:
        """Have all of ``new`` on disk, and put it in the place of what is there.

        Raises ``AtomicDirectoryError`` where something was put there meanwhile.
        """
        for path in sorted(self.new.rglob("*")):
            _sync(path)
        _sync(self.new)
        self._check()
        if not self.out.exists():
            self.new.rename(self.out)
        elif not _exchange(self.new, self.out):
            # For the moment between the two there is none; the next build puts the old one back.
            self.out.rename(self._old)
            self.new.rename(self.out)
        _sync(self.out.parent)

    def _check(self) -> None:
        if not self.out.exists():
            return
        if not self.out.is_dir():
            raise AtomicDirectoryError(f"{self.out} is no folder: name another, or move it away")
        paths = [path for path in self.out.rglob("*") if path.is_symlink() or not path.is_dir()]
        there = {path.relative_to(self.out).as_posix() for path in paths}
        if not there:
            return
        try:
            manifest = json.loads((self.out / FILE).read_bytes())
            made = {FILE} | {file["path"] for file in manifest["files"] if self._as_made(file)}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            raise AtomicDirectoryError(
                f"{self.out} is not empty, and no dataset: name another folder, or empty it"
            ) from None
        if strange := sorted(there - made):
            raise AtomicDirectoryError(
                f"{self.out} holds {strange[0]}, which no build has put there, or not as it is, and all would be "
                "replaced: name another folder, or move that away"
            )

    def _as_made(self, file: dict[str, Any]) -> bool:
        """Whether a file of the manifest is as it was built. Records are not read for that: people edit the card."""
        path = self.out / file["path"]
        if not path.is_file() or path.stat().st_size != file["bytes"]:
            return False
        return file["format"] is not None or f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" == file["sha256"]

    def _remove(self) -> None:
        if self.beside.exists():
            shutil.rmtree(self.beside)


def _exchange(one: Path, other: Path) -> bool:
    """Have two folders take each other's place at once; False where the system cannot."""
    with suppress(AttributeError, OSError):
        rename = ctypes.CDLL(None, use_errno=True).renameat2
        return bool(
            rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), ctypes.c_uint(_RENAME_EXCHANGE)) == 0
        )
    return False


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
