"""The index page of all runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mayadeen.monitoring.html.page import render
from mayadeen.monitoring.html.plots import Series, columns
from mayadeen.monitoring.html.run import Verdict, command, verdict
from mayadeen.monitoring.previous_reports import PreviousReport
from mayadeen.storage.atomic_write import write_atomic

MAX_COLUMNS = 60
"""Number of the newest runs in the plot."""

MIN_COLUMNS = 12


@dataclass(frozen=True)
class Row:
    """A run in the index. Without an ``at`` its report cannot be read, and ``trouble`` says why."""

    run_id: str
    has_page: bool
    trouble: str | None = None
    at: datetime | None = None
    command: str = ""
    verdict: Verdict | None = None
    ending: str = ""
    written: int = 0
    other: str = ""
    known: int = 0
    rejected: int = 0
    lost: int = 0
    alerts: int = 0
    seconds: float = 0.0


def row(past: PreviousReport, *, has_page: bool) -> Row:
    """Return the row of a run."""
    report = past.report
    if report is None:
        return Row(past.run_id, has_page, past.trouble)
    records, totals, alerts = past.records, report["totals"], report.get("drift_alerts")
    return Row(
        run_id=past.run_id,
        has_page=has_page,
        at=datetime.fromisoformat(report["started_at"]),
        command=command(report),
        verdict=verdict(report),
        ending=report["ending"],
        written=past.written,
        other=", ".join(
            f"{count} {folder}" for folder, count in records.items() if folder not in ("articles", "rejects")
        ),
        known=totals["known"] + totals["unchanged"],
        rejected=records.get("rejects", 0),
        lost=totals["failed"] + totals["gone"],
        alerts=len(alerts) if isinstance(alerts, list) else 0,
        seconds=report["seconds"],
    )


def write(folder: Path, found: Sequence[Row]) -> None:
    """Write the index of these runs. Raises ``OSError``."""
    write_atomic(folder / "index.html", page(found))


def page(found: Sequence[Row]) -> str:
    """Return the index of these runs as HTML, the newest first."""
    newest = sorted(found, key=lambda run: run.run_id, reverse=True)
    drawn = [run for run in reversed(newest) if run.at is not None][-MAX_COLUMNS:]
    room = max(MIN_COLUMNS - len(drawn), 0)
    labels = [""] * room + _labels([run.at for run in drawn if run.at])
    kinds = (
        ("good", "did what was asked", "t1"),
        ("warn", "incomplete, or an open alert", "t2"),
        ("bad", "failed, blocked or alert", "t9"),
    )
    series = [
        Series(
            words, tone, [0] * room + [run.written if run.verdict and run.verdict.kind == kind else 0 for run in drawn]
        )
        for kind, words, tone in kinds
        if any(run.verdict and run.verdict.kind == kind for run in drawn)
    ]
    return render(
        "index.html.j2",
        title="mayadeen: runs",
        runs=newest,
        written=columns("Records written by each run", labels, series, head="run", height=220) if drawn else None,
    )


def _labels(starts: Sequence[datetime]) -> list[str]:
    """Return the day of each run, with the time if a day has several."""
    days = Counter(at.date() for at in starts)
    return [f"{at.day} {at:%b} {at:%H:%M}" if days[at.date()] > 1 else f"{at.day} {at:%b}" for at in starts]
