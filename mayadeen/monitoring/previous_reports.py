"""Read the reports of previous runs. Some may be damaged, or of another version."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mayadeen.storage.checked_read import TooLongError, read_json_object

SCHEMA_VERSION = "3.0.0"
"""Version of the schema of reports. Reports of another major version are not read."""

MAX_REPORT = 64 * 1024 * 1024
"""Maximum bytes of a report. A longer file is not read."""

MIN_FILL = 0.01
"""Smallest difference in the share of articles with a field that is reported."""

_NEEDED: dict[str, Any] = {
    "spider": str, "arguments": dict, "edition": str, "base_url": str, "started_at": str, "seconds": (int, float),
    "exit_status": int, "finish_reason": str, "ending": str, "requests": int, "totals": dict, "feeds": list,
}  # fmt: skip
_MAX_COMPARED = 50
_TOO_MANY = 10**10
_DAMAGED = "it is damaged, or not a report"
_TOTALS = ("listed", "known", "unchanged", "failed", "gone")


@dataclass(frozen=True)
class PreviousReport:
    """A report by its run id. ``trouble`` says why it could not be read."""

    run_id: str
    report: dict[str, Any] | None
    trouble: str | None = None

    @property
    def records(self) -> dict[str, int]:
        """Return the number of records written, by folder."""
        return {feed["folder"]: feed["records"] for feed in self.report["feeds"]} if self.report else {}

    @property
    def written(self) -> int:
        """Count the records written, without rejects and removals."""
        return sum(count for folder, count in self.records.items() if folder not in ("rejects", "removals"))


def previous_reports(folder: Path, limit: int) -> Iterator[PreviousReport]:
    """Yield the newest reports of a folder, newest first, at most ``limit``. Each may be large."""
    for path in sorted(folder.glob("[0-9]*.json"), key=lambda path: path.name, reverse=True)[:limit]:
        yield _read(path)


def _read(path: Path) -> PreviousReport:
    try:
        report = read_json_object(path, MAX_REPORT)
        version = str(report["schema_version"])
        if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
            return PreviousReport(
                path.stem, None, f"it follows schema {version[:20]}, of another version of the crawler"
            )
        if not _is_report(report):
            return PreviousReport(path.stem, None, _DAMAGED)
    except OSError as error:
        return PreviousReport(path.stem, None, f"it cannot be read: {error.strerror or error}")
    except TooLongError:
        return PreviousReport(path.stem, None, "it is too long to be a report")
    except (ValueError, KeyError, TypeError, AttributeError):
        return PreviousReport(path.stem, None, _DAMAGED)
    return PreviousReport(path.stem, report)


def _is_report(report: dict[str, Any]) -> bool:
    """Return whether a report has all values that are read from it. Raises an error for another form."""
    datetime.fromisoformat(report["started_at"])
    counts = [*(report["totals"][name] for name in _TOTALS), *(feed["records"] for feed in report["feeds"])]
    counts += [report["requests"], report.get("revisions", 0)]
    return (
        all(isinstance(report[name], kind) for name, kind in _NEEDED.items())
        and all(isinstance(count, int) and 0 <= count < _TOO_MANY for count in counts)
        and all(isinstance(feed["folder"], str) for feed in report["feeds"])
        and isinstance(report.get("drift_alerts", []), list)
        and all(isinstance(alert["field"], str) for alert in report.get("open_alerts", []))
        and 0 <= report["seconds"] < _TOO_MANY
    )


def same_kind(report: dict[str, Any], before: PreviousReport) -> bool:
    """Return whether an earlier run crawled the same site with the same arguments, without those of a scheduler."""

    def asked(of: dict[str, Any]) -> tuple[Any, ...]:
        arguments = {name: value for name, value in of["arguments"].items() if not name.startswith("_")}
        return of["spider"], arguments, of["edition"], of["base_url"]

    return before.report is not None and asked(report) == asked(before.report)


def complete_crawls(folder: Path, like: dict[str, Any], ends: Collection[str]) -> dict[str, list[int]]:
    """Return the numbers of articles that earlier complete crawls found, by the listing's URL, oldest first.

    ``like`` has the edition, base URL and bounds of the runs to compare with. ``ends`` are the ends of a listing that
    mean that it was read completely.
    """
    counts: dict[str, list[int]] = {}
    for before in previous_reports(folder, _MAX_COMPARED):
        report = before.report or {}
        bounds = {name: report.get("arguments", {}).get(name) for name in like["bounds"]}
        if (report.get("edition"), report.get("base_url"), bounds) != (
            like["edition"],
            like["base_url"],
            like["bounds"],
        ):
            continue
        for row in report.get("listings", ()):
            if row.get("ended") in ends and isinstance(row.get("listed"), int) and isinstance(row.get("url"), str):
                counts.setdefault(row["url"], []).insert(0, row["listed"])
    return counts


def since(report: dict[str, Any], before: PreviousReport) -> dict[str, Any]:
    """Return the differences between a report and an earlier one of the same spider and arguments."""
    earlier = before.report or {}
    counts = {}
    for name, read in _COUNTS.items():
        was, now = read(earlier), read(report)
        if was is not None and now is not None:
            counts[name] = {"before": was, "now": now}
    fill = {}
    for name in sorted({*_fields(earlier), *_fields(report)}):
        was, now = _filled(earlier, name), _filled(report, name)
        if was is not None and now is not None and abs(was - now) >= MIN_FILL:
            fill[name] = {"before": was, "now": now}
    return {
        "run_id": before.run_id,
        "started_at": earlier["started_at"],
        "exit_status": earlier["exit_status"],
        "counts": counts,
        "fill": fill,
    }


def _records(report: dict[str, Any], folder: str) -> int:
    return sum(int(feed["records"]) for feed in report["feeds"] if feed["folder"] == folder)


_COUNTS: dict[str, Any] = {
    "new": lambda r: _records(r, "articles") - r["revisions"] if isinstance(r.get("revisions"), int) else None,
    "revised": lambda r: r.get("revisions"),
    "removed": lambda r: _records(r, "removals"),
    "known": lambda r: r["totals"]["known"] + r["totals"]["unchanged"],
    "rejected": lambda r: _records(r, "rejects"),
    "failed": lambda r: r["totals"]["failed"],
    "gone": lambda r: r["totals"]["gone"],
    "listed": lambda r: r["totals"]["listed"],
    "requests": lambda r: r["requests"],
    "seconds": lambda r: r["seconds"],
}


def _fields(report: dict[str, Any]) -> dict[str, Any]:
    fields = report.get("fields")
    return fields if isinstance(fields, dict) else {}


def _filled(report: dict[str, Any], name: str) -> float | None:
    field = _fields(report).get(name)
    read, filled = (field.get("read"), field.get("filled")) if isinstance(field, dict) else (None, None)
    if not (isinstance(read, int) and isinstance(filled, int) and 0 <= filled <= read > 0):
        return None
    return round(filled / read, 4)
