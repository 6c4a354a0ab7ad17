"""Measures commands: CPU time with all children, wall clock, memory. A command that logs an error fails."""

from __future__ import annotations

import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("scrapy", "lxml", "trafilatura", "resiliparse", "duckdb", "pyarrow", "jsonschema-rs")
_ERROR = re.compile(r"^.*(?:\bERROR\b|\bCRITICAL\b|Traceback \(most recent call last\)).*$", re.MULTILINE)


@dataclass(frozen=True)
class Usage:
    """What a command used: seconds of CPU (user and system, with its children), seconds of wall clock, MiB at most."""

    cpu: float
    wall: float
    memory: float


class BenchmarkError(Exception):
    """A command that failed or logged an error. Its figures mean nothing."""


def run(command: list[str], *, cwd: Path = ROOT, environment: Mapping[str, str] | None = None) -> Usage:
    """Run a command to its end and return what it used. Raises ``BenchmarkError``."""
    # PYTHONDONTWRITEBYTECODE too: with it every start compiles every module again.
    variables = {key: value for key, value in os.environ.items() if not key.startswith(("SCRAPY_", "PYTHON"))}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    with subprocess.Popen(
        command, cwd=cwd, env={**variables, **(environment or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        log = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    error = _ERROR.search(log)
    if process.returncode or error:
        last = error[0] if error and not process.returncode else log.strip().rpartition("\n")[2]
        raise BenchmarkError(f"{' '.join(command)[:200]}: exit {process.returncode}: {last[:300]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Usage(cpu, wall, usage.ru_maxrss / 1024)


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def scrapy(*arguments: str) -> list[str]:
    """The project's own command."""
    return python("-m", "scrapy", *arguments)


OWN = {"PYTHONPATH": str(ROOT), "SCRAPY_SETTINGS_MODULE": "mayadeen.settings"}


def compared(ours: list[Usage], theirs: list[Usage]) -> dict[str, Any]:
    """Return the medians of both, and the ratios of their times round by round: above 1 we need less."""

    def median(values: list[float]) -> float:
        return round(statistics.median(values), 3)

    return {
        "cpu_ratio": median([b.cpu / a.cpu for a, b in zip(ours, theirs, strict=True)]),
        "wall_ratio": median([b.wall / a.wall for a, b in zip(ours, theirs, strict=True)]),
        "ours_cpu_seconds": median([u.cpu for u in ours]),
        "theirs_cpu_seconds": median([u.cpu for u in theirs]),
        "ours_wall_seconds": median([u.wall for u in ours]),
        "theirs_wall_seconds": median([u.wall for u in theirs]),
        "ours_memory_mib": median([u.memory for u in ours]),
        "theirs_memory_mib": median([u.memory for u in theirs]),
    }


def machine() -> dict[str, Any]:
    """Return the versions and the machine that figures belong to."""
    info = Path("/proc/cpuinfo")
    models = re.findall(r"^model name\s*: (.*)$", info.read_text(), re.MULTILINE) if info.exists() else []
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "packages": {name: version(name) for name in PACKAGES},
    }
