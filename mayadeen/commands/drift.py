"""``scrapy drift``: what articles' pages usually look like, what alarms, and whether that is to be usual now."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from mayadeen.crawling.arguments import BadArgument, data_dir
from mayadeen.crawling.session import POSTS
from mayadeen.monitoring.drift import FIX_LOCATIONS, History, in_words
from mayadeen.site.editions import EDITIONS
from mayadeen.storage.database import FILE
from mayadeen.storage.drift_history import FILLED, Aspect, Doubts, Reading
from mayadeen.storage.errors import StateError
from mayadeen.storage.locks import Lock
from mayadeen.storage.state import State


class Command(ScrapyCommand):
    requires_project = True
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own form

    def syntax(self) -> str:
        return "[--edition EDITION] [--accept]"

    def short_desc(self) -> str:
        return "Show what articles' pages usually look like, and what alarms; accept it"

    def long_desc(self) -> str:
        return (
            "Show, for each field and kind of article, in how many it is usually found and in which source first, and "
            "the alarms that are neither mended nor accepted. With --accept, what alarms is usual from now on."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--edition", choices=sorted(EDITIONS), default="en", help="default en")
        parser.add_argument("--accept", action="store_true", help="the site is meant to be so: take it for usual")

    def run(self, args: list[str], opts: Namespace) -> None:
        if args:
            raise UsageError(f"layout: takes no argument, but was given {args[0]!r}")
        assert self.settings is not None
        try:
            _layout(data_dir(self.settings), opts.edition, accept=opts.accept)
        except (BadArgument, StateError) as error:
            self.exitcode = 1
            print(f"layout: {error}", file=sys.stderr)


def _layout(data: Path, edition: str, *, accept: bool) -> None:
    if not (data / FILE).exists():
        raise StateError(f"there is no {FILE} in {data}: nothing was crawled yet, or MAYADEEN_DATA_DIR names another")
    lock = Lock(data, POSTS)
    if accept and (holder := lock.acquire("layout --accept")):
        raise StateError(f"{data} is in use by {holder}: wait until it has ended")
    try:
        state = State.open(data)
        try:
            alarms = state.drift.alarms(edition)
            if accept:
                state.drift.accept(edition)
                names = ", ".join(alarm["field"] for alarm in alarms)
                print(f"layout: accepted as it is now: {names}" if alarms else "layout: nothing alarms")
                return
            readings, doubts = state.drift.readings(edition), state.drift.doubts(edition)
        finally:
            state.close()
    finally:
        lock.release()
    print(f"{edition}: {len(readings)} articles of {len({r.run for r in readings})} runs")
    if readings:
        Console(width=160, color_system=None, markup=False, highlight=False, emoji=False).print(
            as_table(readings, doubts)
        )
    for alarm in alarms:
        print(f"alarm: {in_words(alarm)}")


def as_table(readings: Sequence[Reading], doubts: Mapping[Aspect, Doubts]) -> Table:
    """In how many articles of a kind each field is usually found, and the source that usually has it first."""
    kinds = [kind for kind, _ in Counter(r.kind or "unknown" for r in readings).most_common()]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("field")
    table.add_column("first source")
    for kind in kinds:
        table.add_column(kind, justify="right")
    for name in FIX_LOCATIONS:
        excluded, since = doubts.get((name, FILLED), Doubts()).key
        usual = [r for r in readings if r.run not in excluded and r.run >= since]
        counts = Counter(r.kind or "unknown" for r in usual)
        having = Counter(r.kind or "unknown" for r in usual if r.has(name, FILLED))
        shares = [f"{having[kind] / counts[kind]:.0%}" if counts[kind] else "–" for kind in kinds]
        table.add_row(name, History(usual).first_source(name) or "–", *shares)
    return table
