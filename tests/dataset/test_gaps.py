"""The gaps of a dataset, added up from the reports of runs."""

from __future__ import annotations

import json
from typing import Any

from mayadeen import published_schemas as schemas
from mayadeen.dataset.gaps import gaps


def test_gaps_of_reports() -> None:
    (report,) = schemas.load("report.schema.json")["examples"]
    report["listings"][0]["trouble"] = "page 3 failed"
    later = report | {"started_at": "2030-01-01T00:00:00Z", "finished_at": "2030-01-02T00:00:00Z", "exit_status": 3}
    texts = [
        ("b", json.dumps(later).encode()),
        ("a", json.dumps(report).encode()),
        ("c", b"{}"),
        ("d", b"\xff"),
        ("e", b"[]"),
        ("f", b"[" * 100_000),
        ("g", json.dumps(report | {"exit_status": float("inf")}).encode()),
    ]
    found, errors = gaps(texts, ["en"])
    assert errors == [f"{name}: not a report of a run" for name in "cdefg"]
    assert (found["runs"], found["last"]) == (2, "2030-01-02T00:00:00Z")
    assert found["first"] == report["started_at"]
    assert sum(n for _, n in found["ended"]) == 2
    assert found["totals"]["written"] == 2 * report["totals"]["written"]
    assert found["listings"][0]["run"] == "2030-01-01T00:00:00Z"
    assert found["listings"][0]["trouble"] == "page 3 failed"
    assert gaps([], [])[0]["runs"] == 0


def test_only_runs_of_the_selected_editions_that_crawl_articles_count() -> None:
    (example,) = schemas.load("report.schema.json")["examples"]

    def report(**changes: Any) -> tuple[str, bytes]:
        return "r", json.dumps(example | changes).encode()

    reports = [
        report(),
        report(edition="ar"),
        report(spider="headlines"),
        report(spider="authors"),
        report(edition="es"),
    ]
    found, errors = gaps(reports, ["en", "es"])
    assert errors == []
    assert (found["runs"], found["other_runs"], found["editions"]) == (2, 3, ["en", "es"])
    assert found["totals"]["gone"] == 2 * example["totals"]["gone"]
