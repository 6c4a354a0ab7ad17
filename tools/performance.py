"""``python -m tools.performance``: the tables of speed in README and ``docs/performance.md``.

They come from the last committed run of ``make bench``, which writes them too.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results.json"
README = ROOT / "README.md"
PERFORMANCE = ROOT / "docs" / "performance.md"
_TABLE = re.compile(r"(<!-- make bench -->\n).*?(<!-- end -->)", re.DOTALL)
_NOT_MEASURED = "not measured"
_NONE = "–"
_RATIO = "A ratio is the tool's CPU time divided by ours."


@dataclass(frozen=True)
class Goal:
    """A figure of ``make bench``: ``key`` of its result, what it is, its baseline, and the value before and wanted.

    ``before`` is of November 2026, before the work on speed began.
    """

    figure: str
    key: str
    what: str
    baseline: str
    before: str
    wanted: str
    unit: str = ""


GOALS = (
    Goal("extraction-known", "cpu_ratio", "Page of known layout to record", "trafilatura fast", "3.29", "5"),
    Goal(
        "extraction-known", "cpu_ratio_to_trafilatura-metadata", "The same", "trafilatura fast, metadata", _NONE, _NONE
    ),
    Goal("extraction-unknown", "cpu_ratio", "Page of unknown layout to record", "trafilatura", _NONE, "0.6"),
    Goal("crawl", "cpu_ratio", "Whole crawl without delays", "stock Scrapy", "0.35", "0.45"),
    Goal("dataset", "wall_ratio", "100,000 records to Parquet", "DuckDB, wall clock", "0.29", "0.5"),
    Goal("start", "ours_cpu_seconds", "Start of `scrapy extract`", "seconds of CPU", "0.6 s", "0.5 s", " s"),
)


def pages() -> dict[Path, str]:
    """Return the README and the page about performance with their tables."""
    measured = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else None
    return {README: _with(README, short_table(measured)), PERFORMANCE: _with(PERFORMANCE, full_table(measured))}


def short_table(measured: dict[str, Any] | None) -> str:
    """Return the table of the README, after what a ratio is: the figures that have a goal."""
    rows = ["| figure | against | measured |", "|---|---|---|"]
    goals = [goal for goal in GOALS if goal.wanted != _NONE]
    rows += [f"| {goal.what} | {goal.baseline} | {_value(goal, measured)} |" for goal in goals]
    return f"{_RATIO}\n\n" + "\n".join(rows) + "\n"


def full_table(measured: dict[str, Any] | None) -> str:
    """Return the table of ``docs/performance.md``, after when and where it was measured."""
    rows = ["| figure | against | before | wanted | now |", "|---|---|---|---|---|"]
    rows += [
        f"| {goal.what} | {goal.baseline} | {goal.before} | {goal.wanted} | {_value(goal, measured)} |"
        for goal in GOALS
    ]
    return f"{_about(measured)}\n\n" + "\n".join(rows) + "\n"


def _value(goal: Goal, measured: dict[str, Any] | None) -> str:
    value = (measured or {}).get("figures", {}).get(goal.figure, {}).get(goal.key)
    return _NOT_MEASURED if value is None else f"{value:.2f}{goal.unit}"


def _about(measured: dict[str, Any] | None) -> str:
    if measured is None:
        return "`make bench` has not been run to its end yet."
    machine = measured["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    return (
        f"Measured at {measured['measured_at']} with Python {machine['python']} on {machine['cores']} cores "
        f"({machine['cpu']}). The load of the machine before was {machine['load_before']}.\nVersions: {versions}."
    )


def _with(path: Path, table: str) -> str:
    text = path.read_text(encoding="utf-8")
    new, count = _TABLE.subn(lambda match: f"{match[1]}\n{table}\n{match[2]}", text)
    if count != 1:
        raise ValueError(f"{path.name}: {count} places for the figures. Keep the two comments around the table.")
    return new


def main() -> int:
    """Write both pages."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
