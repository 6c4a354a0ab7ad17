"""The processes in which units run: a server that has imported everything, and a fork of it for each unit.

A unit needs a process of its own. The CPU limit of a page works in the main thread only, memory is returned after each
input, and a crash costs one input. Importing the project takes longer than reading a small file. So each thread that
runs units starts one server, ``python -m mayadeen.archives.unit_process``, and the server forks.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import IO, Any

import mayadeen
from mayadeen.archives.captures import Capture
from mayadeen.archives.cc_news import Refused
from mayadeen.archives.extract import CaptureExtractor
from mayadeen.archives.extract_unit import Options, Unit, extract_unit

_ROOT = Path(mayadeen.__file__).parents[1]


class UnitServer:
    """The server of one thread, as the thread sees it."""

    def __init__(self) -> None:
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mayadeen.archives.unit_process"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip

    def run(self, unit: Unit, options: Options) -> tuple[dict[str, Any] | None, int]:
        """Extract a unit in a fork. Return how it failed, if it says so, and its exit status, negative for a signal.

        The server has ended if its own status is returned. ``is_running`` is then false.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job = json.dumps({"unit": asdict(unit), "options": asdict(options)}).encode() + b"\n"
        failure: dict[str, Any] | None = None
        with suppress(BrokenPipeError):
            self._process.stdin.write(job)
            self._process.stdin.flush()
            for line in self._process.stdout:
                answer = json.loads(line)
                if "status" in answer:
                    return failure, int(answer["status"])
                failure = answer
        return failure, self._process.wait()

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End the server and the fork that is running. The fork sees that its server has ended."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError, ValueError):  # a thread can be reading
                assert pipe is not None
                pipe.close()


class UnitServers:
    """The servers of this process, one for each thread."""

    def __init__(self) -> None:
        self._servers: dict[int, UnitServer] = {}
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def closed_after(self) -> Iterator[None]:
        """End all servers and units after the block. What is still waiting does not start."""
        self._closed = False
        try:
            yield
        finally:
            with self._lock:
                self._closed = True
                servers, self._servers = self._servers, {}
            for server in servers.values():
                server.close()

    def run(self, unit: Unit, options: Options) -> tuple[dict[str, Any] | None, int]:
        """Extract a unit by the server of this thread. See ``UnitServer.run``."""
        me = threading.get_ident()
        with self._lock:
            if self._closed:
                return {"error": "not read, since the job has ended"}, 1
            server = self._servers.get(me)
            if server is None or not server.is_running:
                if server is not None:
                    server.close()
                server = self._servers[me] = UnitServer()
        return server.run(unit, options)


@cache
def code_digest() -> str:
    """Return a digest of the project's code, to compare machines."""
    digest = hashlib.sha256()
    package = Path(mayadeen.__file__).parent
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


# --- in the server ----------------------------------------------------------------------------------------------------


def main() -> None:
    """Fork for each unit on standard input. Print what fails, then the exit status, each as a line of JSON."""
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # a library that prints disturbs nothing
        _warm_up()
        gc.collect()
        gc.freeze()
        while job := sys.stdin.buffer.readline():
            life = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.close(life[1])
                status = _run(json.loads(job), out, life[0])
                out.flush()
                os._exit(status)
            os.close(life[0])
            _, status = os.waitpid(pid, 0)
            os.close(life[1])
            out.write(json.dumps({"status": os.waitstatus_to_exitcode(status)}).encode() + b"\n")
            out.flush()


def _warm_up() -> None:
    """Read a page, so that all modules are imported and all schemas are compiled."""
    body = b"<html><body><article><h1>A title</h1><p>A text of some words.</p></article></body></html>"
    url = "https://english.almayadeen.net/news/politics/a"
    html = [("Content-Type", "text/html; charset=utf-8")]
    with suppress(Exception):
        CaptureExtractor().extract(Capture(url, "2026-01-01T00:00:00Z", 200, html, body, "", 0, ""))


def _run(job: dict[str, Any], out: IO[bytes], life: int) -> int:
    """Extract a unit in the fork, and return its exit status."""
    threading.Thread(target=_end_with_server, args=(life,), daemon=True).start()
    with suppress(OSError):  # if memory runs out, Linux ends this process before its server
        Path("/proc/self/oom_score_adj").write_text("1000")
    try:
        extract_unit(Unit(**job["unit"]), Options(**job["options"]))
    except Refused as error:
        failure: dict[str, Any] = {"error": str(error), "refused": True}
    except OSError as error:
        failure = {"error": f"{error.filename or job['unit']['source']}: {error.strerror or error}"}
    except Exception as error:
        failure = {"error": f"{type(error).__name__}: {error}"}
    except BaseException:
        return 1
    else:
        return 0
    out.write(json.dumps(failure).encode() + b"\n")
    return 1


def _end_with_server(life: int) -> None:
    """End the fork when its server or the worker has ended, so that no two processes extract one unit."""
    select.select([0, life], [], [])
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
