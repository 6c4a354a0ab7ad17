"""Reports of past runs: damaged reports and those of other versions are named, and stop no run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mayadeen.monitoring.html import index
from mayadeen.monitoring.previous_reports import (
    MAX_REPORT,
    PreviousReport,
    complete_crawls,
    previous_reports,
    same_kind,
    since,
)
from tests.support.reports import alerting, empty, fields, full


def old(report: dict[str, Any]) -> dict[str, Any]:
    """Return the report in the form of version 1.0.0."""
    new = (
        "reject_groups",
        "revisions",
        "written_by",
        "timeline",
        "pace",
        "latencies",
        "since_last_run",
        "fields",
        "drift_alerts",
    )
    return {name: value for name, value in report.items() if name not in new} | {"schema_version": "1.0.0"}


def put(folder: Path, run_id: str, content: Any) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / f"{run_id}.json").write_text(text, encoding="utf-8")


def test_the_newest_come_first_and_no_more_than_wanted(tmp_path: Path) -> None:
    for n in (1, 3, 2):
        put(tmp_path, f"2025112{n}T040506.123Z", empty())
    (tmp_path / "index.html").touch()
    (tmp_path / ".20251129T040506.123Z.json.77").touch()
    (tmp_path / "note.json").write_text("{}")
    assert [one.run_id[:8] for one in previous_reports(tmp_path, 2)] == ["20251123", "20251122"]
    assert all(one.report for one in previous_reports(tmp_path, 9))


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        ("", "damaged"),
        ('{"schema_version": "3.0.0"', "damaged"),
        ("[]", "damaged"),
        ("null", "damaged"),
        ("[" * 100_000, "damaged"),
        ({"schema_version": "4.0.0"}, "schema 4.0.0, of another version"),
        ({"schema_version": "3.0.0"}, "damaged"),
        (empty(totals=[]), "damaged"),
        (empty(totals={"listed": 1}), "damaged"),
        (empty(started_at="yesterday"), "damaged"),
        (empty(seconds=float("inf")), "damaged"),
        (empty(seconds="long"), "damaged"),
        (empty(exit_status="0"), "damaged"),
        (empty(arguments=[]), "damaged"),
        (empty(feeds=[{"folder": "articles", "records": "many"}]), "damaged"),
        (empty(feeds={"folder": 1}), "damaged"),
    ],
)
def test_a_file_that_is_not_a_report_is_named(tmp_path: Path, content: Any, trouble: str) -> None:
    put(tmp_path, "20251122T040506.123Z", content)
    put(tmp_path, "20251121T040506.123Z", empty())
    bad, good = previous_reports(tmp_path, 9)
    assert bad.report is None
    assert bad.trouble is not None
    assert trouble in bad.trouble
    assert good.report is not None


def test_bytes_that_are_no_text_and_files_that_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "20251122T040506.123Z.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "20251123T040506.123Z.json").mkdir()
    (tmp_path / "20251124T040506.123Z.json").symlink_to(tmp_path / "nowhere")
    with (tmp_path / "20251125T040506.123Z.json").open("wb") as file:
        file.truncate(MAX_REPORT + 1)
    troubles = [one.trouble or "" for one in previous_reports(tmp_path, 9)]
    assert [trouble.split(":")[0] for trouble in troubles] == [
        "it is too long to be a report", "it cannot be read", "it cannot be read", "it is damaged, or not a report",
    ]  # fmt: skip


def test_reports_of_another_minor_version_are_read(tmp_path: Path) -> None:
    put(tmp_path, "20251122T040506.123Z", full(7, 2) | {"schema_version": "3.9.0", "newer": None})
    (one,) = previous_reports(tmp_path, 9)
    assert one.trouble is None
    assert (one.written, one.records) == (7, {"articles": 7})


def test_runs_of_the_same_kind() -> None:
    report = empty(arguments={"sections": "politics", "_job": "a"})
    assert same_kind(report, PreviousReport("x", empty(arguments={"_job": "b", "sections": "politics"})))
    others: tuple[dict[str, Any], ...] = (
        {"arguments": {}},
        {"spider": "tags"},
        {"edition": "ar"},
        {"base_url": "http://x"},
    )
    for other in others:
        assert not same_kind(report, PreviousReport("x", report | other)), other
    assert not same_kind(report, PreviousReport("x", None, "damaged"))


def test_what_differs_from_the_run_before() -> None:
    before, now = full(100, 5), full(140, 5)
    before["fields"], now["fields"] = fields(100), fields(140)
    before["fields"]["title"] |= {"filled": 40}
    changes = since(now, PreviousReport("20251122T040506.123Z", before))
    assert changes["run_id"] == "20251122T040506.123Z"
    assert changes["counts"]["new"] == {"before": 99, "now": 139}
    assert changes["counts"]["revised"] == {"before": 1, "now": 1}
    assert changes["counts"]["requests"] == {"before": 100, "now": 140}
    assert changes["fill"]["title"] == {"before": 0.4, "now": 1.0}
    assert "body" not in changes["fill"]


def test_what_the_version_before_did_not_count_is_not_held_against_it() -> None:
    changes = since(full(140, 5), PreviousReport("x", old(full(100, 5))))
    assert "new" not in changes["counts"]
    assert changes["counts"]["requests"] == {"before": 100, "now": 140}
    assert changes["fill"] == {}


@pytest.mark.parametrize(
    "wrong", [None, [], {"title": None}, {"title": {"read": 0, "filled": 0}}, {"title": {"read": "1", "filled": 1}}]
)
def test_fields_that_make_no_sense_differ_in_nothing(wrong: Any) -> None:
    now = full(10, 1) | {"fields": fields(10)}
    assert since(now, PreviousReport("x", full(10, 1) | {"fields": wrong}))["fill"] == {}


ODD = (
    None,
    True,
    -1,
    10**400,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "x",
    "9999-12-31",
    [],
    [None],
    {},
    {"": None},
    "\ud800",
)


def changed(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The report with one value, of any depth down to the second, odd or not there."""
    for name, value in report.items():
        yield {key: other for key, other in report.items() if key != name}
        for odd in ODD:
            yield report | {name: odd}
            if isinstance(value, dict):
                yield from (report | {name: value | {inner: odd}} for inner in value)
            elif isinstance(value, list) and value and isinstance(value[0], dict):
                yield from (report | {name: [value[0] | {inner: odd}]} for inner in value[0])


@pytest.mark.slow
def test_no_earlier_report_costs_a_later_run_its_own(tmp_path: Path) -> None:
    report = full(3, 1) | {"fields": fields(3), "drift_alerts": alerting()["drift_alerts"]}
    rows = []
    for broken in changed(report):
        put(tmp_path, "20251122T040506.123Z", broken)
        (one,) = previous_reports(tmp_path, 9)
        rows.append(index.row(one, has_page=True))
        if same_kind(report, one):
            since(report, one)
    assert 400 < len(rows) < 5000
    assert any(row.trouble for row in rows)
    assert any(row.trouble is None for row in rows)
    assert index.page(rows).count("<tr role") == len(rows) + 1


def test_complete_crawls_of_a_listing(tmp_path: Path) -> None:
    def report(listed: int, ended: str = "complete", **values: Any) -> dict[str, Any]:
        rows = [{**full()["listings"][0], "url": "http://x/p", "ended": ended, "listed": listed}]
        return {**empty(), "listings": rows, "arguments": {}, **values}

    put(tmp_path, "20251121T040506.123Z", report(40))
    put(tmp_path, "20251122T040506.123Z", report(41))
    put(tmp_path, "20251123T040506.123Z", report(3, "known"))
    put(tmp_path, "20251124T040506.123Z", report(5, arguments={"since": "7d"}))
    put(tmp_path, "20251125T040506.123Z", "{")
    like = {"edition": empty()["edition"], "base_url": empty()["base_url"], "bounds": {"since": None, "until": None}}
    assert complete_crawls(tmp_path, like, ("complete",)) == {"http://x/p": [40, 41]}
    assert complete_crawls(tmp_path, {**like, "base_url": "http://other"}, ("complete",)) == {}
    assert complete_crawls(tmp_path / "none", like, ("complete",)) == {}
