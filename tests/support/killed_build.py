"""Builds a dataset in processes that are killed, each a little later than the one before.

``test_atomic_dir.py`` runs ``killed_build.py DATA OUT STEP``. The folder OUT has the dataset of a part of DATA. Each
killed process would replace it with the dataset of all of DATA. Each kill prints a JSON line: how far the process came,
and the hash of OUT.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sys
from pathlib import Path

from mayadeen.dataset.build import BuildOptions, build
from mayadeen.dataset.inputs import find

WATCHED = ("open", "os.", "shutil.", "sqlite3.", "ctypes.")


def main(data: Path, out: Path, step: int) -> None:
    keep = out.with_name("before")
    shutil.copytree(out, keep)
    at = step
    status = -1
    while status != 0:
        child = os.fork()
        if child == 0:
            killed_at(at)
            build(find(data, []), out, BuildOptions(formats=("jsonl", "csv.gz")))
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        print(json.dumps({"at": at, "status": status, "out": digest(out)}), flush=True)
        if digest(out) != digest(keep):
            shutil.rmtree(out)
            shutil.copytree(keep, out)
        at += step


def killed_at(number: int) -> None:
    """Have this process killed at its so-manieth call that touches files."""
    seen = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event.startswith(WATCHED):
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        found.update(f"{path.relative_to(folder)}\n".encode() + (path.read_bytes() if path.is_file() else b""))
    return found.hexdigest()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
