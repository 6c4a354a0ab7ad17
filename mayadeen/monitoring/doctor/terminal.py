"""The doctor's report on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mayadeen.monitoring.doctor.report import SECTIONS, DoctorReport, State, Status
from mayadeen.monitoring.logformatter import harmless

PLAIN_WIDTH = 160
"""Characters per line if the output is not a terminal."""
_MARKS: dict[Status, tuple[str, str]] = {
    "ok": ("✓", "green"),
    "note": ("·", "cyan"),
    "limit": ("!", "yellow"),
    "fail": ("✕", "red"),
    "not_asked": ("–", "dim"),
}
_VERDICTS: dict[State, str] = {"ready": "green", "ready_with_limits": "yellow", "not_usable": "red"}


def print_report(console: Console, report: DoctorReport, changes: Sequence[str] | None) -> None:
    """Print all checks, what changed since the last run, and the verdict."""
    for section in SECTIONS:
        if not report.checks[section]:
            continue
        console.print(Text(f"\n{section.capitalize()}", style="bold"))
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(width=1)
        table.add_column(overflow="fold", min_width=18, max_width=32)
        table.add_column(overflow="fold")
        for check in report.checks[section]:
            mark, style = _MARKS[check.status]
            found = Text(harmless(check.value))
            if check.advice:
                found.append(f"\n{harmless(check.advice)}", style="dim")
            table.add_row(Text(mark, style=style), Text(harmless(check.title)), found)
        console.print(table)
    if changes is not None:
        console.print(Text("\nChanged since the last run", style="bold"))
        for line in changes or ["nothing"]:
            console.print(Text(f"  {harmless(line)}"))
    if report.verdict is not None:
        verdict = report.verdict
        console.print(Text(f"\nVerdict: {verdict.text}", style=f"bold {_VERDICTS[verdict.state]}"))
        for reason in verdict.reasons:
            console.print(Text(f"  {harmless(reason)}"))
        console.print(Text(harmless(verdict.duration)))
        console.print(Text(harmless(f"Next: {verdict.command}")))
