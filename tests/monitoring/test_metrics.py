"""Metrics: a file that a monitoring system can read at any time, and that says what the report says."""

from __future__ import annotations

import json
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.support.crawl_runner import Crawl
from testsite import Server, SyntheticSite

Values = dict[tuple[str, str], float]


def values_of(path: Path) -> Values:
    """Name and what is counted → value; all else in the labels must be the run's."""
    found: Values = {}
    for family in text_string_to_metric_families(path.read_text(encoding="utf-8")):
        assert family.documentation
        for sample in family.samples:
            labels = dict(sample.labels)
            assert (labels.pop("spider"), labels.pop("edition")) == ("articles", "en")
            key = sample.name.removeprefix("mayadeen_"), next(iter(labels.values()), "")
            assert key not in found
            found[key] = sample.value
    return found


def test_a_run_its_end_and_the_runs_after_it(crawl: Crawl, tmp_path: Path) -> None:
    path = tmp_path / "data" / "metrics" / "articles-en.prom"
    seen: list[Values] = []

    def look(number: int, asked: str) -> None:
        if path.exists() and (not seen or number > 8):
            seen.append(values_of(path))

    with Server(SyntheticSite(posts=60, seed=4), on_request=look) as server:
        # Written anew at each tick of a hundredth of a second: whoever reads it meanwhile reads a whole one.
        first = crawl(server.url, "-a", "limit=20", "-s", "LOGSTATS_INTERVAL=0.01", "-s", "DOWNLOAD_DELAY=0.02")
        assert first.exit_code == 0, first.stderr
        report, ended = first.report, values_of(path)
        during = list(seen)
        second = crawl(server.url, "-s", "MAYADEEN_BACKOFF=x")
        refused = values_of(path)
        del seen[:]
        crawl(server.url, "-s", "MAYADEEN_MAX_REQUESTS=3", "-s", "LOGSTATS_INTERVAL=0")
        again, last = seen[0], values_of(path)

    assert {values["running", ""] for values in during} == {1}
    assert ("last_run_exit_status", "") not in during[0]
    assert during[-1]["requests_total", ""] > 1
    counts = [values["records_written_total", "articles"] for values in during]
    assert counts == sorted(counts)
    assert (during[-1]["delay_seconds", ""], ended["delay_seconds", ""]) == (0.02, 0.02)

    assert (ended["running", ""], ended["last_run_exit_status", ""], ended["alarms", ""]) == (0, 0, 0)
    assert ended["last_success_timestamp_seconds", ""] == ended["last_run_finished_timestamp_seconds", ""]
    assert ended["updated_timestamp_seconds", ""] >= ended["run_started_timestamp_seconds", ""]
    assert (ended["requests_total", ""], ended["received_bytes_total", ""]) == (
        report["requests"], report["bytes_received"],
    )  # fmt: skip
    for name, label in (("responses_total", "responses"),):
        assert {key: n for (metric, key), n in ended.items() if metric == name} == report[label]
    fates = {key: n for (metric, key), n in ended.items() if metric == "addresses_total"}
    known = ("listed", "missing", "not_fetched")  # what was left when the limit was reached has its fate at the end
    assert {fate: n for fate, n in fates.items() if fate not in known} == {
        fate: n for fate, n in report["totals"].items() if fate not in known
    }
    assert ended["records_written_total", "articles"] == len(first.records) == 20

    assert (second.exit_code, refused["last_run_exit_status", ""], refused["requests_total", ""]) == (1, 1, 0)
    # The state has it in whole seconds, of the moment before the report was made.
    succeeded = refused["last_success_timestamp_seconds", ""]
    assert int(ended["run_started_timestamp_seconds", ""]) <= succeeded <= ended["last_success_timestamp_seconds", ""]
    # While one is under way, of the one before what the state knows; a refused one it does not.
    assert (again["running", ""], again["last_run_exit_status", ""]) == (1, 0)
    assert (last["running", ""], last["last_run_exit_status", ""]) == (0, 3)
    assert last["last_success_timestamp_seconds", ""] < last["last_run_finished_timestamp_seconds", ""]


def test_no_reason_for_a_run_to_fail(crawl: Crawl, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "metrics").write_text("in the way", encoding="utf-8")
    with Server(SyntheticSite(posts=60, seed=4)) as server:
        run = crawl(server.url, "-a", "limit=3", "-s", "LOGSTATS_INTERVAL=0.01")
    assert (run.exit_code, len(run.records)) == (0, 3)
    assert run.stderr.count("metrics cannot be written") == 1
    assert "Traceback" not in run.stderr
    (report,) = (run.data / "reports").glob("*.json")
    assert json.loads(report.read_bytes())["exit_status"] == 0
