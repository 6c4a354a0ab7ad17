"""Replace a folder as a whole: build the new one next to it, then exchange the two."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mayadeen.dataset.inputs import MANIFEST as FILE
from mayadeen.storage.atomic_write import sync_path
from mayadeen.storage.checked_read import read_json_object
from mayadeen.storage.locks import Lock

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


MARK = ".mayadeen-build"
"""The file that says that a build made the working folder."""
MAX_MANIFEST = 64 << 20


class AtomicDirectoryError(Exception):
    """A folder that cannot be replaced. The message is one line for people."""


class AtomicDirectory:
    """The folder of a dataset. Inside ``with``, build in ``new`` and keep temporary files in ``work``.

    Both are in ``.<name>.work`` next to the folder. The folder itself stays as it is until ``publish``. The next build
    removes the leftovers of a killed one.

    Raises ``AtomicDirectoryError`` if another build runs, or if the folder cannot be replaced. It also raises it if the
    folder holds a file that no build made, or that was changed since.
    """

    def __init__(self, out: Path) -> None:
        self.out = out.resolve()
        if self.out.is_mount():
            raise AtomicDirectoryError(f"{self.out} is a mount point and cannot be replaced. Name a folder in it")
        self.workspace = self.out.with_name(f".{self.out.name}.work")
        self.new = self.workspace / "new"
        self.work = self.workspace / "work"
        self._old = self.workspace / "old"
        self._lock = Lock(self.out.parent, self.out.name)

    def __enter__(self) -> Self:
        self.out.parent.mkdir(parents=True, exist_ok=True)
        if holder := self._lock.acquire("dataset"):
            raise AtomicDirectoryError(f"{self.out} is being built by {holder}. Wait until that build has ended")
        try:
            self._refuse_foreign()
            if self._old.exists() and not self.out.exists():
                self._old.rename(self.out)
            self._remove()
            self._check()
            self.workspace.mkdir()
            (self.workspace / MARK).touch()
            self.new.mkdir()
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
        """Sync ``new`` to disk, and exchange it with the folder.

        Raises ``AtomicDirectoryError`` if a file was put there meanwhile.
        """
        for path in sorted(self.new.rglob("*")):
            sync_path(path)
        sync_path(self.new)
        self._check()
        if not self.out.exists():
            self.new.rename(self.out)
        elif not _exchange(self.new, self.out):
            # Between the two renames there is no folder. If the build is killed there, the next one restores the old.
            self.out.rename(self._old)
            self.new.rename(self.out)
        sync_path(self.out.parent)

    def _check(self) -> None:
        if not self.out.exists():
            return
        if not self.out.is_dir():
            raise AtomicDirectoryError(f"{self.out} is not a folder. Name another, or move it away")
        paths = [path for path in self.out.rglob("*") if path.is_symlink() or not path.is_dir()]
        there = {path.relative_to(self.out).as_posix() for path in paths}
        if not there:
            return
        try:
            manifest = read_json_object(self.out / FILE, MAX_MANIFEST)
            made = {FILE} | {file["path"] for file in manifest["files"] if self._is_unchanged(file)}
        except (OSError, ValueError, KeyError, TypeError):
            raise AtomicDirectoryError(
                f"{self.out} is not empty and not a dataset. Name another folder, or empty it"
            ) from None
        if foreign := sorted(there - made):
            raise AtomicDirectoryError(
                f"{self.out} holds {foreign[0]}, which no build wrote, or which was changed since. It would be lost. "
                "Name another folder, or move the file away"
            )

    def _is_unchanged(self, file: dict[str, Any]) -> bool:
        """Return whether a file is as it was built. Data files are compared by size only."""
        # People edit the card, and hashing all records takes long.
        path = self.out / file["path"]
        if not path.is_file() or path.stat().st_size != file["bytes"]:
            return False
        return file["format"] is not None or f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" == file["sha256"]

    def _remove(self) -> None:
        """Remove what a build left, and its mark last."""
        self._refuse_foreign()
        for folder in (self.new, self.work, self._old):
            if folder.exists():
                shutil.rmtree(folder)
        if self.workspace.exists():
            (self.workspace / MARK).unlink(missing_ok=True)
            self.workspace.rmdir()

    def _refuse_foreign(self) -> None:
        """Raise ``AtomicDirectoryError`` for a working folder without a build's mark, or with other files in it."""
        if not self.workspace.is_symlink() and not self.workspace.exists():
            return
        mark = self.workspace / MARK
        foreign = self.workspace.is_symlink() or not self.workspace.is_dir()
        if not foreign:
            there = {path.name for path in self.workspace.iterdir()}
            foreign = bool(there - {MARK, "new", "work", "old"}) or (bool(there) and not mark.is_file())
        if foreign:
            raise AtomicDirectoryError(f"{self.workspace} was not made by a build. It would be lost. Move it away")


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step. Returns False if the system cannot."""
    with suppress(AttributeError, OSError):
        rename = ctypes.CDLL(None, use_errno=True).renameat2
        return bool(
            rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), ctypes.c_uint(_RENAME_EXCHANGE)) == 0
        )
    return False
