"""``scrapy runs``: what ran on a data folder, newest first, and how each run ended."""

from __future__ import annotations

import json
import re
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from mayadeen.crawling.arguments import BadArgument, data_dir
from mayadeen.crawling.session import DEFAULTS, HEADLINES, POSTS
from mayadeen.extraction.dates import utc_string
from mayadeen.monitoring.logformatter import harmless
from mayadeen.monitoring.previous_reports import MAX_REPORT
from mayadeen.storage.checked_read import read_json_object
from mayadeen.storage.errors import StateError
from mayadeen.storage.feeds import FOLDERS, feed_paths
from mayadeen.storage.locks import lock_holder
from mayadeen.storage.runs import PastRun, past_runs

NUMBER = 20
ENDED, RUNNING, CUT_OFF, UNKNOWN = "ended", "running", "cut off", "unknown"
"""How far a run came: it ended, well or not · it is under way · it was killed · its report cannot be read, nor does the
state know it."""
_SAID = {
    ENDED: "it ended; no report says how",
    RUNNING: "under way",
    CUT_OFF: "killed; a run of the same spider with the same arguments goes on with it",
    UNKNOWN: "its report cannot be read",
}
_BREAKS = re.compile(r"[\r\n]+")
_STEM = re.compile(r"(\d{8}T\d{6}\.\d{3}Z)(?:-(.+))?")
_WIDTH = 160
"""Characters of a line where no terminal says its own."""


class Command(ScrapyCommand):
    requires_project = True
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own form

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "List past runs and how they ended"

    def long_desc(self) -> str:
        return (
            "List the runs on MAYADEEN_DATA_DIR, newest first, from its reports and its state: those that ended, "
            "one under way, and those that were killed and left no report. Exits 3 where something of it could not "
            "be read; the rest is shown."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("-n", type=int, default=NUMBER, metavar="N", help=f"so many runs (default {NUMBER})")
        parser.add_argument("--json", action="store_true", help="as JSON Lines, endings in full")

    def run(self, args: list[str], opts: Namespace) -> None:
        if args:
            raise UsageError(f"runs: takes no argument, but was given {args[0]!r}")
        if opts.n < 1:
            raise UsageError(f"runs: -n {opts.n}: a whole number of at least 1 is needed", print_help=False)
        assert self.settings is not None
        self.exitcode = 0
        try:
            data = data_dir(self.settings)
            if not data.is_dir():
                self._tell(1, f"there is no folder {data}: name one with -s MAYADEEN_DATA_DIR=…")
                return
            rows = read_runs(data, opts.n, lambda trouble: self._tell(3, trouble))
        except BadArgument as error:
            self._tell(1, str(error))
            return
        except OSError as error:
            self._tell(1, f"{error.filename or 'the data folder'} cannot be read: {error.strerror or error}")
            return
        if opts.json:
            for row in rows:
                print(json.dumps(row))
        elif rows:
            width = shutil.get_terminal_size((_WIDTH, 0)).columns
            for row in rows:
                for line in told(row):
                    shown = harmless(_BREAKS.sub(" ", line))
                    print(shown if len(shown) <= width else f"{shown[: width - 1]}…")
        else:
            print(f"no run in {data} yet")

    def _tell(self, status: int, trouble: str) -> None:
        self.exitcode = status
        print(harmless(f"runs: {trouble}"), file=sys.stderr)


def read_runs(data: Path, number: int, tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """The last runs on a data folder, newest first, as plain JSON values; ``tell`` is told what could not be read."""
    known: dict[str, PastRun] = {}
    try:
        known = {run.run_id: run for run in past_runs(data)}
    except StateError as error:
        tell(f"{error}; runs that were killed are not shown")
    reports = {path.stem: path for path in (data / "reports").glob("*.json") if _STEM.fullmatch(path.stem)}
    under_way = _under_way(data, known)
    rows = []
    for stem in sorted({*known, *reports}, reverse=True)[:number]:
        report = _read(reports[stem], tell) if stem in reports else None
        if report is not None:
            rows.append(report)
        elif stem in known:
            rows.append(_from_state(known[stem], data, running=stem in under_way))
        else:
            rows.append(_row(stem, UNKNOWN))
    return rows


def _under_way(data: Path, known: dict[str, PastRun]) -> set[str]:
    """The runs that hold their lock: of each kind the last one, if it began after the lock was taken."""
    found = set()
    for lock in (POSTS, HEADLINES):
        if who := lock_holder(data, lock):
            runs = [run for run in known.values() if (run.spider == HEADLINES) == (lock == HEADLINES)]
            since = re.search(r"since (\S+?)\)", who)
            if runs and runs[-1].ended_at is None and (since is None or runs[-1].started_at >= since[1]):
                found.add(runs[-1].run_id)
    return found


def _row(stem: str, state: str, **told: Any) -> dict[str, Any]:
    match = _STEM.fullmatch(stem)
    row: dict[str, Any] = {
        "run": stem,
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
    return {**row, **told}


def _read(path: Path, tell: Callable[[str], None]) -> dict[str, Any] | None:
    """What a report says of its run, or ``None`` where it cannot be read."""
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
        tell(f"{path} is damaged: it is no report of a run")
    return None


def _from_state(run: PastRun, data: Path, *, running: bool) -> dict[str, Any]:
    """What is known of a run that left no report: it is under way, was killed, or its report was deleted."""
    started = datetime.fromisoformat(run.started_at)
    finished = datetime.fromisoformat(run.ended_at) if run.ended_at else datetime.now(UTC) if running else None
    wrote = {folder: _lines(feed_paths(data, folder, run.run_id)[0]) for folder in FOLDERS.values()}
    return _row(
        run.run_id,
        ENDED if run.ended_at else RUNNING if running else CUT_OFF,
        spider=run.spider,
        arguments=dict(sorted(json.loads(run.arguments).items() - DEFAULTS.items())),
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


def told(row: dict[str, Any]) -> tuple[str, str]:
    """A run for people: when, how long, what and what it wrote · how it ended."""
    what = " ".join([row["spider"] or "unknown spider", *(f"{k}={v}" for k, v in row["arguments"].items())])
    job = f" (job {row['job']})" if row["job"] else ""
    wrote = ", ".join(f"{count} {folder}" for folder, count in row["wrote"].items()) or "nothing written"
    status = row["state"] if row["exit_status"] is None else f"exit {row['exit_status']}"
    ended = f"{status}, {row['finish_reason']}" if row["finish_reason"] else status
    started = (row["started_at"] or row["run"]).replace("T", " ").removesuffix("Z")
    return (
        f"{started} UTC, {_duration(row['seconds'])}: {what}{job}: {wrote}",
        f"  {ended}: {row['ending'] or _SAID[row['state']]}",
    )


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
