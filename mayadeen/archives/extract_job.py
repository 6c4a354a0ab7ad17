"""An extraction job: its inputs, the units that Dask runs, and what is left of them to do."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mayadeen.archives.captures import is_archive
from mayadeen.archives.cc_news import MAX_CONNECTIONS, DataHost, NewsRange
from mayadeen.archives.extract_unit import MAX_COUNTS, UNFINISHED, Options, Unit, finished
from mayadeen.archives.html_pages import BATCH, is_page, read_list
from mayadeen.archives.unit_process import UnitServers, code_digest
from mayadeen.archives.writer import FOLDER
from mayadeen.extras import install_command
from mayadeen.storage.atomic_write import write_atomic
from mayadeen.storage.checked_read import DamagedError, read_json_file

LISTS = "lists"
"""Folder of the lists that a job keeps: pages of each batch, and files of each month."""
_RETRIES = 2
"""Dask's retries of a unit whose process was killed."""
_QUIET = {"distributed.worker.profile.enabled": False, "distributed.admin.tick.interval": "1s"}
"""Settings of Dask without what it measures of itself all the time, which costs some percent of a core."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_connections: dict[str, threading.Lock] = defaultdict(threading.Lock)
"""A lock for each worker in this process, since each worker has at most one connection to the data host."""
_servers = UnitServers()


class JobError(Exception):
    """A job that cannot be run. The message is one line for people."""


class ProcessKilled(Exception):
    """The process of a unit was ended from outside, or by its input."""


@dataclass(frozen=True)
class Result:
    """The result of a unit: its counts, or an error as a line for people."""

    unit: Unit
    counts: dict[str, Any] | None = None
    error: str | None = None
    refused: bool = False


# --- inputs -----------------------------------------------------------------------------------------------------------


def local_units(paths: Sequence[Path], out: Path) -> list[Unit]:
    """Return the units of files and folders. New pages make new batches. Raises ``JobError`` and ``OSError``."""
    archives: dict[Path, None] = {}
    pages: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise JobError(f"file or folder not found: {path}. Name archives or folders")
        found = [one for one in _files(path.resolve()) if not one.is_relative_to(out)]
        if not found:
            raise JobError(f"no archive and no saved page in {path}. Name .warc, .warc.gz, .warc.zst, .wacz or .html")
        for one in found:
            (archives if is_archive(one) else pages)[one] = None
    units = [_archive_unit(path) for path in sorted(archives)]
    return units + [_batch_unit(batch, lines) for batch, lines in _batches(sorted(pages), out)]


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path] if is_archive(path) or is_page(path) else []
    if (path / FOLDER).is_dir():  # a data folder, whose own pages are reports
        path /= FOLDER
    return sorted(one for one in path.rglob("*") if is_archive(one) or is_page(one))


def _archive_unit(path: Path) -> Unit:
    info = path.stat()
    name = f"{_UNSAFE.sub('_', path.name)[:100]}-{_short_hash(str(path))}"
    return Unit(name, "archive", str(path), f"{info.st_size}-{info.st_mtime_ns}", info.st_size)


def _kept_list(path: Path) -> list[str]:
    """Return a list that the job kept. Raises ``JobError`` and ``OSError``."""
    try:
        return read_list(path)
    except DamagedError as error:
        raise JobError(f"{path} is damaged: {error}. Choose another --out") from None


def _batches(pages: list[Path], out: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield the lists of pages, made before or now. A page stays in its list, so a finished batch stays finished."""
    known: set[str] = set()
    wanted = {str(page) for page in pages}
    for path in sorted((out / LISTS).glob("pages-*.json")):
        lines = _kept_list(path)
        known.update(lines)
        if not wanted.isdisjoint(lines):
            yield path, lines
    new = sorted(wanted - known)
    for start in range(0, len(new), BATCH):
        lines = new[start : start + BATCH]
        path = out / LISTS / f"pages-{_short_hash(chr(10).join(lines))}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, json.dumps(lines, ensure_ascii=False) + "\n")
        yield path, lines


def _batch_unit(path: Path, lines: list[str]) -> Unit:
    digest, size = hashlib.sha256(), 0
    for line in lines:
        try:
            info = Path(line).stat()
        except OSError:
            continue  # it is counted when the batch is read
        size += info.st_size
        digest.update(f"{line} {info.st_size} {info.st_mtime_ns}\n".encode())
    return Unit(path.stem, "pages", str(path), digest.hexdigest(), size)


def news_units(wanted: NewsRange, out: Path, options: Options) -> tuple[list[Unit], list[str]]:
    """Return the units of CC-NEWS, and the months that have no list.

    The list of a month is fetched once for a job, since that of the current month grows. Raises ``OSError`` and
    ``Refused``.
    """
    units, missing = [], []
    with DataHost(options.data_host, options.user_agent, options.wait) as host:
        for month in wanted.months():
            path = out / LISTS / f"cc-news-{month}.json"
            if path.exists():
                paths = _kept_list(path)
            else:
                fetched = host.paths(month)
                if fetched is None:
                    missing.append(month)
                    continue
                paths = fetched
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomic(path, json.dumps(paths, indent=0) + "\n")
            units += [Unit(_news_name(one), "cc-news", one) for one in paths if wanted.holds(one)]
    return units, missing


def _news_name(path: str) -> str:
    name = _UNSAFE.sub("_", path.rpartition("/")[2].removesuffix(".gz").removesuffix(".warc"))
    return f"{name}-{_short_hash(path)}"


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:10]


# --- running ----------------------------------------------------------------------------------------------------------


def run_unit(unit: Unit, options: Options, limit: Any = None) -> Result:
    """Extract a unit in a process of its own, unless it is finished. ``limit`` bounds connections of all workers.

    Raises ``ProcessKilled``, so that Dask runs the unit again.
    """
    if unit.kind != "cc-news":
        return _run_unit(unit, options)
    with _connections[_worker()], limit if limit is not None else nullcontext():
        return _run_unit(unit, options)


def _run_unit(unit: Unit, options: Options) -> Result:
    if (counts := finished(unit, options)) is not None:
        return Result(unit, counts)
    failure, status = _servers.run(unit, options)
    if (counts := finished(unit, options)) is not None:
        return Result(unit, counts)
    if failure is not None:
        return Result(unit, None, **failure)
    how = signal.Signals(-status).name if status < 0 else f"status {status}"
    raise ProcessKilled(f"its process ended with {how} each time, {_RETRIES + 1} times")


def _worker() -> str:
    try:
        return str(_dask().get_worker().address)
    except ValueError:  # not in a task
        return ""


@dataclass(frozen=True)
class Cluster:
    """Where units run: ``workers`` threads with a process each on this machine, or a scheduler at an address."""

    workers: int | None = None
    scheduler: str | None = None


def require_extras(options: Options) -> None:
    """Raise ``JobError`` if a library that the job needs is not installed."""
    needed = {"distributed": "cluster"} | ({"pyarrow": "dataset"} if options.format == "parquet" else {})
    for module, extra in needed.items():
        if find_spec(module) is None:
            raise JobError(f"{module} is not installed. Run: {install_command(extra)}")


def _dask() -> Any:
    return import_module("distributed")  # an extra, without types


@contextmanager
def _client(cluster: Cluster) -> Iterator[Any]:
    dask = _dask()
    with ExitStack() as stack:
        address: Any = cluster.scheduler
        if address is None:
            stack.enter_context(import_module("dask").config.set(_QUIET))
            # Units run in processes of their own, so threads as workers are enough.
            # Dask's HTTP server cannot be turned off. On a port of its own, two jobs do not meet.
            address = stack.enter_context(
                dask.LocalCluster(
                    n_workers=cluster.workers or os.cpu_count(), threads_per_worker=1, processes=False,
                    dashboard_address=None, memory_limit=0,
                    silence_logs="CRITICAL", scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                )
            )  # fmt: skip
        try:
            client = stack.enter_context(dask.Client(address, timeout="20s"))
        except ValueError as error:
            problem = f"{cluster.scheduler} is not an address: {error}"
            raise JobError(f"--scheduler: {problem}. Use the form tcp://HOST:PORT") from None
        except OSError as error:
            raise JobError(f"--scheduler: {cluster.scheduler} cannot be reached: {error}. Start it first") from None
        if cluster.scheduler is not None:
            check_workers(client)
        yield client


def check_workers(client: Any) -> None:
    """Raise ``JobError`` if a worker lacks the project or has other code of it. Waits for the first worker."""

    def digest() -> str:  # a nested function is sent as code, so that it arrives where no project is
        from mayadeen.archives.unit_process import code_digest

        return code_digest()

    client.submit(digest, pure=False).exception()  # waits
    for worker, one in sorted(client.run(digest, on_error="return").items()):
        if isinstance(one, ImportError):
            raise JobError(f"--scheduler: the worker {worker} lacks the project: {one}. Install the project there")
        if isinstance(one, BaseException):
            raise JobError(f"--scheduler: the worker {worker} cannot run the project: {one}. Read the worker's log")
        if one != code_digest():
            problem = f"the worker {worker} has other code of the project: {one}, here {code_digest()}"
            raise JobError(f"--scheduler: {problem}. Install the same version there, and start the worker again")


def run_units(units: Iterable[Unit], options: Options, cluster: Cluster, done: Callable[[Result], None]) -> None:
    """Run units on Dask, and call ``done`` with each result as it comes.

    When a worker is killed, Dask also blames the units that waited at it. Each blamed unit is run once more with no
    other unit, so that only a unit that kills its worker by itself is reported. When the data host refuses, the files
    of CC-NEWS that have not begun are left for the next run.
    """
    with _client(cluster) as client, _servers.closed_after():  # the cluster waits for its threads
        limit = _dask().Semaphore(max_leases=MAX_CONNECTIONS, name="mayadeen-cc-news")
        for unit in _run_all(client, units, options, limit, done):
            for blamed in _run_all(client, [unit], options, limit, done):
                done(Result(blamed, None, "it killed its worker each time, also when it ran with no other input"))


def _run_all(
    client: Any, units: Iterable[Unit], options: Options, limit: Any, done: Callable[[Result], None]
) -> list[Unit]:
    """Run units, and return those that Dask blames for the end of a worker. Their results are not reported."""
    dask, token = _dask(), uuid.uuid4().hex
    submitted = {
        client.submit(run_unit, unit, options, limit, key=(f"extract-{token}", unit.name), retries=_RETRIES): unit
        for unit in units
    }
    blamed: list[Unit] = []
    refused = False
    for future in dask.as_completed(submitted):
        unit = submitted[future]
        if future.cancelled():
            done(Result(unit, None, "not read, since the data host refused before", refused=True))
            continue
        error = future.exception()
        if isinstance(error, dask.KilledWorker):
            blamed.append(unit)
            continue
        result = future.result() if error is None else Result(unit, None, _described(error))
        done(result)
        future.release()
        if result.refused and not refused:
            refused = True
            client.cancel([f for f, one in submitted.items() if one.kind == "cc-news" and not f.done()])
    return blamed


def _described(error: BaseException) -> str:
    return f"{error}" if isinstance(error, ProcessKilled) else f"{type(error).__name__}: {error}"


def remove_unfinished(out: Path) -> None:
    """Remove what killed processes left. The caller holds the job's lock."""
    for path in out.glob(f"*/.*{UNFINISHED}"):
        path.unlink(missing_ok=True)


def open_units(units: Iterable[Unit], options: Options) -> tuple[list[Unit], list[dict[str, Any]]]:
    """Return the units that must be extracted, and the counts of those that are finished."""
    left, counts = [], []
    for unit in units:
        found = finished(unit, options)
        if found is None:
            left.append(unit)
        else:
            counts.append(found)
    return left, counts


def pin_options(out: Path, options: Options) -> None:
    """Keep the format of a job's folder, and refuse another one. Raises ``JobError`` and ``OSError``."""
    path = out / "job.json"
    wanted = {"format": options.format, "edition": options.edition}
    if path.exists():
        try:
            found = read_json_file(path, MAX_COUNTS)
        except ValueError:
            found = None
        if found != wanted:
            raise JobError(f"{out} holds a job with other options: {found}, not {wanted}. Choose another --out")
        return
    write_atomic(path, json.dumps(wanted) + "\n")


def with_contact(options: Options, contact: str | None) -> Options:
    """Add the contact to the user agent."""
    return replace(options, user_agent=f"{options.user_agent} (+{contact})") if contact else options
