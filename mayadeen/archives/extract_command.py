"""``scrapy archive extract``: makes the records of archives of any size, on Dask."""

from __future__ import annotations

import json
import logging
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from mayadeen.archives.captures import is_http
from mayadeen.archives.cc_news import DATA_HOST, NewsRange, RangeError, Refused
from mayadeen.archives.extract_job import (
    Cluster,
    JobError,
    Result,
    local_units,
    news_units,
    open_units,
    pin_options,
    remove_unfinished,
    require_extras,
    run_units,
    with_contact,
)
from mayadeen.archives.extract_unit import FORMATS, Options, Unit
from mayadeen.archives.job_report import REPORT, plan, plan_table, report, table
from mayadeen.crawling.arguments import usage_error
from mayadeen.monitoring.logformatter import harmless
from mayadeen.site.editions import EDITIONS
from mayadeen.storage.atomic_write import write_atomic
from mayadeen.storage.locks import Lock

NAME = "archive extract"


def add_options(parser: ArgumentParser) -> None:
    """Add the options of ``extract``."""
    group = parser.add_argument_group("options of extract")
    group.add_argument("--workers", type=int, metavar="N", help="processes on this machine (default: its cores)")
    group.add_argument("--scheduler", metavar="tcp://HOST:PORT", help="use the workers of this Dask scheduler")
    group.add_argument("--plan", action="store_true", help="show what would be read and how long it takes, then stop")
    group.add_argument(
        "--cc-news", metavar="FROM..TO", help="months or days of Common Crawl's news, as 2024-01..2024-06"
    )
    group.add_argument("--format", choices=FORMATS, default=FORMATS[0], help=f"of the records (default {FORMATS[0]})")
    group.add_argument("--edition", choices=sorted(EDITIONS), help="edition of all pages (default: by their host)")
    group.add_argument("--data-host", default=DATA_HOST, metavar="URL", help=f"host of CC-NEWS (default {DATA_HOST})")
    group.add_argument("--wait", type=float, default=5.0, metavar="SECONDS",
                       help="first wait after the data host refused, doubled each time (default 5)")  # fmt: skip


def run(paths: Sequence[Path], opts: Namespace, user_agent: str, contact: str | None) -> int:
    """Run the command, and return its exit status."""
    if not opts.out:
        raise usage_error("--out", "", "is empty", "Name the folder of the job, as --out extracted")
    if not paths and not opts.cc_news:
        raise usage_error(NAME, "", "names no input", "Name archives or folders, or --cc-news 2024-01..2024-06")
    if opts.workers is not None and opts.workers < 1:
        raise usage_error("--workers", opts.workers, "is not an integer ≥ 1", "Give a number such as 4")
    if opts.workers is not None and opts.scheduler:
        raise usage_error("--workers", opts.workers, "excludes --scheduler", "Start the workers with the scheduler")
    if not 0 <= opts.wait < float("inf"):
        raise usage_error("--wait", opts.wait, "is not a number ≥ 0", "Give seconds, such as 5")
    if not is_http(opts.data_host):
        raise usage_error("--data-host", opts.data_host, "is not an http or https URL", f"Use {DATA_HOST}")
    try:
        wanted = NewsRange.parse(opts.cc_news, datetime.now(UTC).date()) if opts.cc_news else None
    except RangeError as error:
        _say(str(error))
        return 1
    if opts.cc_news and not contact and opts.data_host == DATA_HOST:
        _say("MAYADEEN_CONTACT is not set. Add -s MAYADEEN_CONTACT=you@example.org: Common Crawl asks for a contact")
        return 1
    out = Path(opts.out).resolve()
    options = Options(str(out), opts.format, opts.edition, opts.data_host, user_agent, opts.wait)
    try:
        if not opts.plan:
            require_extras(options)
        if out.exists() and not out.is_dir():
            raise JobError(f"--out: {out} is a file. Name a folder")
        out.mkdir(parents=True, exist_ok=True)
        with _locked(out):
            return _run(paths, wanted, with_contact(options, contact), opts)
    except (JobError, Refused) as error:
        _say(str(error))
    except OSError as error:
        _say(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except KeyboardInterrupt:
        _say("interrupted. Run the same command again to continue")
        return 130
    return 1


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    lock = Lock(out, "archive-extract")
    if holder := lock.acquire(NAME):
        raise JobError(f"{out} is in use by {holder}. Wait until it has ended")
    try:
        yield
    finally:
        lock.release()


def _run(paths: Sequence[Path], wanted: NewsRange | None, options: Options, opts: Namespace) -> int:
    out = Path(options.out)
    pin_options(out, options)
    remove_unfinished(out)
    units = local_units(paths, out)
    missing: list[str] = []
    if wanted is not None:
        found, missing = news_units(wanted, out, options)
        units += found
    for month in missing:
        _say(f"CC-NEWS has no list of files for {month}. The other months are read")
    left, finished = open_units(units, options)
    if opts.plan:
        planned = plan(left, finished, options, opts.workers or os.cpu_count() or 1)
        Console().print(plan_table(planned))
        write_atomic(out / "plan.json", json.dumps(planned, indent=2) + "\n")
        return 0
    failed = _extract(left, options, Cluster(opts.workers, opts.scheduler), len(finished)) if left else []
    remove_unfinished(out)  # of processes that were killed in this run
    made = report(out, failed, missing)
    write_atomic(out / REPORT, json.dumps(made, ensure_ascii=False, indent=2) + "\n")
    Console().print(table(made))
    for result in failed:
        _say(f"{result.unit.source}: {result.error}")
    for line in made["damage"]:
        _say(line)
    return 3 if failed or made["damage"] else 0


def _extract(left: Sequence[Unit], options: Options, cluster: Cluster, finished: int) -> list[Result]:
    """Extract units with a progress bar, and return those that failed."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    failed: list[Result] = []
    records = 0
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("files {task.fields[rate]}"),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(elapsed_when_finished=False),
        console=Console(stderr=True), disable=not sys.stderr.isatty(),
    ) as progress:  # fmt: skip
        bar = progress.add_task("extract", total=len(left) + finished, completed=finished, rate="")

        def done(result: Result) -> None:
            nonlocal records
            if result.counts is None:
                failed.append(result)
            else:
                records += sum(result.counts["records"].values())
            elapsed = progress.tasks[0].elapsed or 0.0
            rate = f"{records:,} records, {records / elapsed:,.0f}/s" if elapsed else ""
            progress.update(bar, advance=1, rate=rate)

        run_units(left, options, cluster, done)
    return failed


def _say(line: str) -> None:
    sys.stderr.write(harmless(f"{NAME}: {line}\n"))
