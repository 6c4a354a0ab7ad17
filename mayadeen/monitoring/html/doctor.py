"""The doctor's report as a page."""

from __future__ import annotations

from collections.abc import Sequence

from mayadeen.monitoring.doctor.report import SECTIONS, DoctorReport, State, Status
from mayadeen.monitoring.html.page import render

WORDS: dict[Status, str] = {
    "ok": "ok",
    "note": "note",
    "limit": "limit",
    "fail": "fault",
    "not_asked": "not asked",
}
_BADGES: dict[Status, str] = {"ok": "good", "note": "quiet", "limit": "warn", "fail": "bad", "not_asked": "quiet"}
_TONES: dict[State, str] = {"ready": "good", "ready_with_limits": "warn", "not_usable": "bad"}
_MARKS: dict[State, str] = {"ready": "✓", "ready_with_limits": "!", "not_usable": "✕"}


def page(report: DoctorReport, changes: Sequence[str] | None) -> str:
    """Return the page of a report. ``changes`` are the differences to the last run, ``None`` for a first run."""
    return render(
        "doctor.html.j2",
        title=f"scrapy doctor: {report.verdict.text if report.verdict else 'no verdict'}",
        report=report,
        changes=changes,
        sections=SECTIONS,
        words=WORDS,
        badges=_BADGES,
        tones=_TONES,
        marks=_MARKS,
    )
