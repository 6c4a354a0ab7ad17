"""Runs ``scrapy`` commands in processes that need not import anything.

Importing Scrapy and the crawler takes 2 seconds of CPU time, and the tests start hundreds of processes. So one process
imports all modules and forks for each command. A forked process reads its settings, environment and folder as a new
process does. Crawls that are stopped, killed or watched are started as a user does: ``CrawlRunner.started``.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import resource
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
WARNINGS = ("-W", "error::DeprecationWarning:mayadeen")
"""The options of the interpreter for every ``scrapy`` command in tests."""
_SETTINGS = "mayadeen.settings"
_COMPONENTS = (
    "DOWNLOAD_HANDLERS", "DOWNLOADER_MIDDLEWARES", "EXTENSIONS", "FEED_EXPORTERS", "ITEM_PIPELINES", "SPIDER_MIDDLEWARES",
)  # fmt: skip
_CLASSES = (
    "DOWNLOADER", "LOG_FORMATTER", "REQUEST_FINGERPRINTER_CLASS", "SCHEDULER", "SPIDER_LOADER_CLASS", "STATS_CLASS",
    "TWISTED_REACTOR",
)  # fmt: skip
_IMPORTED_IN_FUNCTIONS = (
    "jsonschema", "PIL.Image", "rich.console", "rich.live", "rich.table", "scrapy_playwright.handler",
    "trafilatura", "warcio.archiveiterator", "warcio.warcwriter",
)  # fmt: skip
_STARTS_THREADS = "mayadeen.dataset."
"""The package that imports numpy and pyarrow. A forked process would not have their threads."""
_MAX_JOB = 1 << 18
"""Bytes of a job."""


class Completed(subprocess.CompletedProcess[str]):
    """A command that has ended. ``max_memory`` is the most memory that its process used, in kB."""

    max_memory = 0


# --- in the tests -----------------------------------------------------------------------------------------------------


def scrapy(
    *arguments: str,
    cwd: Path = PROJECT,
    environment: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    max_file_size: int | None = None,
    timeout: float = 300,
) -> Completed:
    """Run ``scrapy ARGUMENTS`` to its end, with ``environment`` added to that of the tests.

    No file that it writes gets more than ``max_file_size`` bytes: the disk is full then. Raises ``subprocess.TimeoutExpired`` after ``timeout`` seconds, and kills the process.
    """
    variables = {**os.environ, **(environment or {})}
    job = {"arguments": arguments, "cwd": str(cwd), "environment": variables, "max_file_size": max_file_size}
    with tempfile.TemporaryFile() as given, ThreadPoolExecutor(2) as threads:
        given.write(stdin)
        given.seek(0)
        # Pipes, because a limit of file sizes must not cut the log.
        pipes = [os.pipe(), os.pipe()]
        try:
            texts = [threads.submit(_read, reader) for reader, _ in pipes]
            code, max_memory = _Forker.current().run(job, [given.fileno(), *(writer for _, writer in pipes)], timeout)
        finally:
            for _, writer in pipes:
                os.close(writer)
        stdout, stderr = (text.result() for text in texts)
    completed = Completed(["scrapy", *arguments], code, stdout, stderr)
    completed.max_memory = max_memory
    return completed


def _read(handle: int) -> str:
    with os.fdopen(handle, "rb") as file:
        return file.read().decode("utf-8", "replace")


class _Forker:
    """The process that has all modules. It ends with the process of the tests."""

    _one: _Forker | None = None
    _making = threading.Lock()

    @classmethod
    def current(cls) -> _Forker:
        with cls._making:
            if cls._one is None:
                cls._one = cls()
            return cls._one

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._busy = threading.Lock()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, *WARNINGS, "-m", "tests.support.preloaded", str(theirs.fileno())],
                cwd=PROJECT, pass_fds=[theirs.fileno()], env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT)},
            )  # fmt: skip
        atexit.register(self.close)

    def run(self, job: Mapping[str, object], files: Sequence[int], timeout: float) -> tuple[int, int]:
        """Run a job with its standard input, output and error.

        Return its exit status, negative for a signal, and the most memory that it used, in kB.
        """
        with self._busy:
            socket.send_fds(self._channel, [json.dumps(job).encode()], files)
            (pid,) = self._answer(None)
            ended = self._answer(timeout)
            if not ended:
                os.kill(pid, 9)
                self._answer(None)
                raise subprocess.TimeoutExpired(str(job["arguments"]), timeout)
            code, max_memory = ended
            return code, max_memory

    def _answer(self, timeout: float | None) -> list[int]:
        """Return the numbers that the process sends, none of them after ``timeout`` seconds."""
        with selectors.DefaultSelector() as ready:
            ready.register(self._channel, selectors.EVENT_READ)
            if not ready.select(timeout):
                return []
        answer = self._channel.recv(100)
        if not answer:
            raise RuntimeError(f"the process that forks has ended with {self.process.wait()}")
        return [int(number) for number in answer.split()]

    def close(self) -> None:
        self._channel.close()
        self.process.wait(timeout=300)


# --- in the process that forks ----------------------------------------------------------------------------------------


def preload() -> None:
    """Import what commands and crawls import, except the settings, which read the environment."""
    from scrapy.settings import Settings
    from scrapy.utils.misc import load_object, walk_modules_iter

    importlib.import_module("scrapy.cmdline")
    settings = Settings()
    settings.setmodule(_SETTINGS)
    list(walk_modules_iter("scrapy.commands"))
    names = [settings[name] for name in _CLASSES]
    for setting in _COMPONENTS:
        # Scrapy loads disabled components too, to compare them.
        for component in settings.getwithbase(setting).items():
            names += [name for name in component if isinstance(name, str) and "." in name]
    for name in names:
        load_object(name)
    import mayadeen

    for module in pkgutil.walk_packages(mayadeen.__path__, "mayadeen."):
        if module.name not in (_SETTINGS, "mayadeen.__main__") and not module.name.startswith(_STARTS_THREADS):
            importlib.import_module(module.name)
    for name in _IMPORTED_IN_FUNCTIONS:
        importlib.import_module(name)
    _prepare_report_pages()
    del sys.modules[_SETTINGS]
    del sys.modules["mayadeen"].settings  # type: ignore[attr-defined]
    assert "twisted.internet.reactor" not in sys.modules
    assert len(list(Path("/proc/self/task").iterdir())) == 1


def _prepare_report_pages() -> None:
    """Compile the templates, and draw a first plot, which loads pygal's own files."""
    from mayadeen.monitoring.html import page, plots

    for template in Path(page.__file__).parent.glob("*.j2"):
        page._environment().get_template(template.name)
    plots.columns("", ["a"], [plots.Series("a", "new", [1])])


def serve(channel: socket.socket) -> list[str] | None:
    """Fork for every job. Return the command in the forked process, and ``None`` when the tests have ended."""
    while True:
        data, files, _, _ = socket.recv_fds(channel, _MAX_JOB, 3)
        if not data:
            return None
        job = json.loads(data)
        pid = os.fork()
        if pid == 0:
            channel.close()
            for number, file in enumerate(files):
                os.dup2(file, number)
                os.close(file)
            os.chdir(job["cwd"])
            os.environ.clear()
            os.environ.update(job["environment"])
            if job["max_file_size"] is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (job["max_file_size"],) * 2)
            return ["scrapy", *job["arguments"]]
        for file in files:
            os.close(file)
        channel.send(str(pid).encode())
        _, status, usage = os.wait4(pid, 0)
        channel.send(f"{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss}".encode())


def main() -> None:
    """Run a command in a forked process. Its settings come from its folder, its environment and its arguments."""
    preload()
    gc.collect()
    gc.freeze()
    command = serve(socket.socket(fileno=int(sys.argv[1])))
    if command is not None:
        from scrapy.cmdline import execute

        sys.argv = command
        try:
            execute()
        except SystemExit as end:
            _exit(end)


def _exit(end: SystemExit) -> None:
    """End the process, without freeing every module: that copies the memory of the process that forks."""
    if end.code is not None and not isinstance(end.code, int):
        raise end
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(end.code or 0)


if __name__ == "__main__":
    main()
