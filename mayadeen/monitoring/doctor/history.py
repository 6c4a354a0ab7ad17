"""The doctor's reports in the data folder: writes one, and compares it with the previous one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mayadeen.monitoring.doctor.report import DoctorReport, changes_between, report_from_json
from mayadeen.monitoring.html import doctor as doctor_page
from mayadeen.storage.atomic_write import write_atomic
from mayadeen.storage.checked_read import DamagedError, parse_json

MAX_BYTES = 10_000_000
"""Maximum bytes. A larger file is not a report."""


def write_report(folder: Path, report: DoctorReport, changes: Sequence[str] | None) -> Path:
    """Write the report as JSON, HTML and sample records. Returns the path of the page. Raises ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{report.made_at.replace(':', '').replace('-', '')}-{report.edition}"
    write_atomic(folder / f"{name}.json", json.dumps(report.as_json(), ensure_ascii=False, indent=1))
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in report.samples]
    write_atomic(folder / f"{name}.samples.jsonl", "".join(lines))
    page = folder / f"{name}.html"
    write_atomic(page, doctor_page.page(report, changes))
    return page


def read_report(path: Path) -> DoctorReport:
    """Return the report of a file. Raises ``ValueError`` for anything else, and ``OSError``."""
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path.name} is larger than a report can be.")
    try:
        values = parse_json(path.read_bytes())
    except DamagedError:
        raise ValueError(f"{path.name} is not JSON. Run scrapy doctor again.") from None
    if not isinstance(values, dict):
        raise ValueError(f"{path.name} is not a report. Run scrapy doctor again.")
    return report_from_json(values)


def changes_since_last(folder: Path, report: DoctorReport) -> list[str] | None:
    """Return what changed since the newest earlier report on the same base URL, ``None`` without one."""
    for path in sorted(folder.glob(f"*-{report.edition}.json"), reverse=True):
        try:
            before = read_report(path)
        except (ValueError, OSError):
            continue
        if before.base_url == report.base_url and before.made_at < report.made_at:
            return changes_between(before, report)
    return None
