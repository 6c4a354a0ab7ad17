"""``scrapy runs``: list the runs on a data folder, newest first, and how each ended."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy.commands import ScrapyCommand

from mayadeen.commands import refuse_arguments
from mayadeen.crawling.arguments import BadArgument, data_dir, usage_error
from mayadeen.crawling.session import DEFAULTS, HEADLINES, POSTS
from mayadeen.extraction.dates import utc_string
from mayadeen.monitoring.logformatter import harmless
from mayadeen.monitoring.previous_reports import MAX_REPORT
from mayadeen.storage.checked_read import DamagedError, parse_json, read_json_object
from mayadeen.storage.errors import StateError
from mayadeen.storage.feeds import CORRECTIONS, FOLDERS, feed_paths
from mayadeen.storage.locks import lock_holder, waiting_processes
from mayadeen.storage.runs import PastRun, are_arguments, past_runs

NUMBER = 20
ENDED, RUNNING, KILLED, UNKNOWN, WAITING = "ended", "running", "killed", "unknown", "waiting"
"""States of a run.

``ended`` does not say whether the run was successful. ``unknown`` means that the report cannot be read, and that the
state does not have the run. ``waiting`` means that another run has the data folder.
"""
_WITHOUT_ENDING = {
    ENDED: "no report says how",
    RUNNING: "not ended yet",
    KILLED: "run the same command again to fetch the rest, if it has not run since",
    WAITING: "another run has the data folder",
    UNKNOWN: "its report cannot be read",
}
_BREAKS = re.compile(r"[\r\n]+")
_RUN_ID = re.compile(r"(\d{8}T\d{6}\.\d{3}Z)(?:-(.+))?")
_WIDTH = 160
"""Characters of a line if the terminal does not say its width."""


class Command(ScrapyCommand):
    requires_project = True
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own form

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "List past runs and how they ended"

    def long_desc(self) -> str:
        return (
            "List the runs on MAYADEEN_DATA_DIR, newest first, from its reports and its state. A run has ended, is "
            "running, waits for the data folder, or was killed and wrote no report. Exits 3 if something "
            "could not be read. The rest is shown."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("-n", type=int, default=NUMBER, metavar="N", help=f"number of runs (default {NUMBER})")
        parser.add_argument("--json", action="store_true", help="as JSON Lines")

    def run(self, args: list[str], opts: Namespace) -> None:
        refuse_arguments("runs", args)
        if opts.n < 1:
            raise usage_error("-n", opts.n, "is not an integer ≥ 1", "Give a number such as 20")
        assert self.settings is not None
        self.exitcode = 0
        try:
            data = data_dir(self.settings)
            if not data.is_dir():
                self._tell(1, f"folder not found: {data}. Name it with -s MAYADEEN_DATA_DIR=…")
                return
            rows = read_runs(data, opts.n, lambda trouble: self._tell(3, trouble))
        except BadArgument as error:
            self._tell(1, str(error))
            return
        except OSError as error:
            self._tell(1, f"{error.filename or 'the data folder'} cannot be read: {error.strerror or error}")
            return
        lines = [json.dumps(row) for row in rows] if opts.json else list(_lines_of(rows)) or [f"no run in {data} yet"]
        try:
            for line in lines:
                print(line)
            sys.stdout.flush()
        except BrokenPipeError:  # the reader stopped, as head does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _tell(self, status: int, trouble: str) -> None:
        self.exitcode = status
        print(harmless(f"runs: {trouble}"), file=sys.stderr)


def _lines_of(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines for people, cut to the width of a terminal. In a pipe nothing is cut."""
    width = shutil.get_terminal_size((_WIDTH, 0)).columns if sys.stdout.isatty() else None
    for row in rows:
        for line in describe_run(row):
            shown = harmless(_BREAKS.sub(" ", line))
            yield shown if width is None or len(shown) <= width else f"{shown[: width - 1]}…"


def read_runs(data: Path, number: int, tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """Return the last runs on a data folder, newest first, as JSON values. ``tell`` gets what could not be read."""
    known: dict[str, PastRun] = {}
    try:
        known = {run.run_id: run for run in past_runs(data)}
    except StateError as error:
        tell(f"{error} (killed runs are not shown)")
    reports = {path.stem: path for path in (data / "reports").glob("*.json") if _RUN_ID.fullmatch(path.stem)}
    under_way = _under_way(data, known)
    rows = list(_waiting(data))
    for run_id in sorted({*known, *reports}, reverse=True)[:number]:
        report = _read(reports[run_id], tell) if run_id in reports else None
        if report is not None:
            rows.append(report)
        elif run_id in known:
            rows.append(_from_state(known[run_id], data, running=run_id in under_way))
        else:
            rows.append(_row(run_id, UNKNOWN))
    return rows


def _waiting(data: Path) -> Iterator[dict[str, Any]]:
    """Yield the runs that wait for the data folder."""
    for text, since in waiting_processes(data):
        try:
            note = parse_json(text)
            yield _row(None, WAITING, started_at=since, **{key: note[key] for key in ("spider", "arguments", "job")})
        except (ValueError, KeyError, TypeError):
            yield _row(None, WAITING, started_at=since)


def _under_way(data: Path, known: dict[str, PastRun]) -> set[str]:
    """Return the runs that hold their lock: of each kind the last one, if it began after the lock was acquired."""
    found = set()
    for lock in (POSTS, HEADLINES):
        if who := lock_holder(data, lock):
            runs = [run for run in known.values() if (run.spider == HEADLINES) == (lock == HEADLINES)]
            since = re.search(r"since (\S+?)\)", who)
            if runs and runs[-1].ended_at is None and (since is None or runs[-1].started_at >= since[1]):
                found.add(runs[-1].run_id)
    return found


def _row(run_id: str | None, state: str, **known: Any) -> dict[str, Any]:
    match = _RUN_ID.fullmatch(run_id) if run_id else None
    row: dict[str, Any] = {
        "run": run_id,
        "spider": None,
        "arguments": {},
        "job": match[2] if match else None,
        "state": state,
        "started_at": None,
        "finished_at": None,
        "seconds": None,
        "wrote": {},
        "exit_status": None,
        "finish_reason": None,
        "ending": None,
        "report": None,
    }
    return {**row, **known}


def _read(path: Path, tell: Callable[[str], None]) -> dict[str, Any] | None:
    """Return what a report says about its run, or None if it cannot be read."""
    try:
        report = read_json_object(path, MAX_REPORT)
        return _row(
            path.stem,
            ENDED,
            spider=str(report["spider"]),
            arguments={name: value for name, value in report["arguments"].items() if not name.startswith("_")},
            started_at=str(report["started_at"]),
            finished_at=str(report["finished_at"]),
            seconds=float(report["seconds"]),
            wrote={str(feed["folder"]): int(feed["records"]) for feed in report["feeds"]},
            exit_status=int(report["exit_status"]),
            finish_reason=str(report["finish_reason"]),
            ending=str(report["ending"]),
            report=f"reports/{path.name}",
        )
    except OSError as error:
        tell(f"{path} cannot be read ({error.strerror or error})")
    except (ValueError, TypeError, LookupError, AttributeError):
        tell(f"{path} is damaged: not a report of a run")
    return None


def _arguments(text: str) -> dict[str, Any]:
    """Return the arguments of a run without the defaults. They are empty if the text is damaged."""
    try:
        arguments = parse_json(text)
    except DamagedError:
        return {}
    return dict(sorted(arguments.items() - DEFAULTS.items())) if are_arguments(arguments) else {}


def _from_state(run: PastRun, data: Path, *, running: bool) -> dict[str, Any]:
    """Return what the state says about a run without a report: running, killed, or its report was deleted."""
    started = datetime.fromisoformat(run.started_at)
    finished = datetime.fromisoformat(run.ended_at) if run.ended_at else datetime.now(UTC) if running else None
    wrote = {folder: _lines(feed_paths(data, folder, run.run_id)[0]) for folder in (*FOLDERS.values(), CORRECTIONS)}
    return _row(
        run.run_id,
        ENDED if run.ended_at else RUNNING if running else KILLED,
        spider=run.spider,
        arguments=_arguments(run.arguments),
        started_at=utc_string(started),
        finished_at=run.ended_at,
        seconds=round((finished - started).total_seconds(), 3) if finished else None,
        wrote={folder: count for folder, count in wrote.items() if count},
        exit_status=run.status,
        ending=run.ending,
    )


def _lines(path: Path) -> int:
    try:
        with path.open("rb") as file:
            return sum(part.count(b"\n") for part in iter(lambda: file.read(1 << 20), b""))
    except OSError:
        return 0


def describe_run(row: dict[str, Any]) -> tuple[str, str]:
    """Describe a run in two lines: start, duration, command and what it wrote, and how it ended."""
    what = " ".join([row["spider"] or "unknown spider", *(f"{k}={v}" for k, v in row["arguments"].items())])
    job = f" (job {row['job']})" if row["job"] else ""
    wrote = ", ".join(_count(n, folder) for folder, n in row["wrote"].items()) or "nothing written"
    status = row["state"] if row["exit_status"] is None else f"exit {row['exit_status']}"
    ended = f"{status}, {row['finish_reason']}" if row["finish_reason"] else status
    started = (row["started_at"] or row["run"]).replace("T", " ").removesuffix("Z")
    return (
        f"{started} UTC, {_duration(row['seconds'])}: {what}{job}: {wrote}",
        f"  {ended}: {row['ending'] or _WITHOUT_ENDING[row['state']]}",
    )


def _count(n: int, folder: str) -> str:
    return f"{n} {folder.removesuffix('s') if n == 1 else folder}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
