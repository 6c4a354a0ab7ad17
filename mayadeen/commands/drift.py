"""``scrapy drift``: show what articles' pages usually look like and the drift alerts, or accept the change."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand

from mayadeen.commands import refuse_arguments
from mayadeen.crawling.arguments import BadArgument, data_dir
from mayadeen.crawling.session import POSTS
from mayadeen.monitoring.drift import History
from mayadeen.monitoring.drift_messages import describe_alert
from mayadeen.monitoring.field_sampler import FIX_LOCATIONS
from mayadeen.site.editions import EDITIONS
from mayadeen.storage.database import FILE
from mayadeen.storage.drift_history import FILLED, Aspect, Doubts, Reading
from mayadeen.storage.errors import StateError
from mayadeen.storage.locks import Lock
from mayadeen.storage.state import State

if TYPE_CHECKING:
    from rich.table import Table


class Command(ScrapyCommand):
    requires_project = True
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own form

    def syntax(self) -> str:
        return "[--edition EDITION] [--accept]"

    def short_desc(self) -> str:
        return "Show what pages usually look like and the drift alerts, or accept a change"

    def long_desc(self) -> str:
        return (
            "Show for each field and kind of article how many usually have it and in which source it is found first. "
            "Also show the alerts that are neither fixed nor accepted. With --accept, the changes become usual."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--edition", choices=sorted(EDITIONS), default="en", help="default en")
        parser.add_argument("--accept", action="store_true", help="the change is intended: treat it as usual")

    def run(self, args: list[str], opts: Namespace) -> None:
        refuse_arguments("drift", args)
        assert self.settings is not None
        try:
            _drift(data_dir(self.settings), opts.edition, accept=opts.accept)
        except (BadArgument, StateError) as error:
            self.exitcode = 1
            print(f"drift: {error}", file=sys.stderr)


def _drift(data: Path, edition: str, *, accept: bool) -> None:
    if not (data / FILE).exists():
        raise StateError(f"{FILE} not found in {data}. Crawl first, or set MAYADEEN_DATA_DIR")
    lock = Lock(data, POSTS)
    if accept and (holder := lock.acquire("drift --accept")):
        raise StateError(f"{data} is in use by {holder}. Wait until that has ended")
    try:
        state = State.open(data)
        try:
            alerts = state.drift.alarms(edition)
            if accept:
                state.drift.accept(edition)
                names = ", ".join(alert["field"] for alert in alerts)
                print(f"drift: accepted: {names}" if alerts else "drift: no alert to accept")
                return
            readings, doubts = state.drift.readings(edition), state.drift.doubts(edition)
        finally:
            state.close()
    finally:
        lock.release()
    print(f"{edition}: {len(readings)} articles of {len({r.run for r in readings})} runs")
    if readings:
        from rich.console import Console

        Console(width=160, color_system=None, markup=False, highlight=False, emoji=False).print(
            as_table(readings, doubts)
        )
    for alert in alerts:
        print(f"alert: {describe_alert(alert)}")


def as_table(readings: Sequence[Reading], doubts: Mapping[Aspect, Doubts]) -> Table:
    """Return the share of articles of each kind that usually have a field, and the source that usually has it first."""
    from rich import box
    from rich.table import Table

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
