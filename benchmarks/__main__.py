"""``python -m benchmarks [NAME …]``: figures, each as a ratio to a plain tool measured in the same run.

Without a name, all of ``benchmarks/figures.py``, in under ten minutes. They go into one table and into
``benchmarks/results.json``, with versions and machine. The tables of README and ``docs/performance.md`` are then
written from that file. Figures that run by name, and those of ``benchmarks/long.py``, are only printed.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.figures import FIGURES
from benchmarks.long import LONG
from benchmarks.measure import BenchmarkError, machine
from tools.performance import RESULTS, pages


def table(results: dict[str, dict[str, Any]]) -> Table:
    """Return the results as a table. A ratio above 1 means that the project needs less than the baseline."""
    shown = Table("figure", "baseline", "CPU ratio", "wall ratio", "CPU s", "baseline CPU s", "MiB")
    for name, result in results.items():
        keys = ("cpu_ratio", "wall_ratio", "ours_cpu_seconds", "theirs_cpu_seconds")
        values = [f"{result[key]:.2f}" for key in keys]
        shown.add_row(name, result["baseline"], *values, f"{result['ours_memory_mib']:.0f}")
    return shown


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("name", nargs="*", help=f"default: {', '.join(FIGURES)}. By name only: {', '.join(LONG)}.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the figures that run by name")
    parser.add_argument("--screenshot", metavar="FILE", help="for `report`: where to write a picture of the page")
    options = parser.parse_args()
    if unknown := [name for name in options.name if name not in FIGURES and name not in LONG]:
        parser.error(f"unknown name {unknown[0]!r}. Choose from {', '.join([*FIGURES, *LONG])}.")
    LONG["report"] = partial(LONG["report"], screenshot=options.screenshot)
    results: dict[str, dict[str, Any]] = {}
    about = machine()
    for name in options.name or FIGURES:
        if name in LONG:
            LONG[name]()
            continue
        try:
            results[name] = FIGURES[name]()
        except BenchmarkError as error:
            print(f"benchmarks: {name}: {error}", file=sys.stderr)
            return 1
        print(name, json.dumps(results[name]), flush=True)
    if results:
        Console(width=120).print(table(results))
        written = {"measured_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "machine": about, "figures": results}
        if path := options.json or (None if options.name else RESULTS):
            path.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
            print(f"benchmarks: wrote {path}")
        if not options.name and not options.json:
            for page, text in pages().items():
                page.write_text(text, encoding="utf-8")
                print(f"benchmarks: wrote {page}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
