"""Metrics: a file that a monitoring system can read at any time, and that says what the report says."""

from __future__ import annotations

import json
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.support.crawl_runner import Crawl
from testsite import Server, SyntheticSite

Values = dict[tuple[str, str], float]


def values_of(path: Path, schedule: str = "") -> Values:
    """Map each name and counted label to its value. All other labels must be those of the run."""
    found: Values = {}
    for family in text_string_to_metric_families(path.read_text(encoding="utf-8")):
        assert family.documentation
        for sample in family.samples:
            labels = dict(sample.labels)
            assert (labels.pop("spider"), labels.pop("edition")) == ("articles", "en")
            assert labels.pop("schedule") == schedule
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
        # Written again at each tick of a hundredth of a second: whoever reads it meanwhile reads a whole one.
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

    assert (ended["running", ""], ended["last_run_exit_status", ""], ended["drift_alerts", ""]) == (0, 0, 0)
    assert ended["last_success_timestamp_seconds", ""] == ended["last_run_finished_timestamp_seconds", ""]
    assert ended["updated_timestamp_seconds", ""] >= ended["run_started_timestamp_seconds", ""]
    assert (ended["requests_total", ""], ended["received_bytes_total", ""]) == (
        report["requests"], report["bytes_received"],
    )  # fmt: skip
    for name, label in (("responses_total", "responses"),):
        assert {key: n for (metric, key), n in ended.items() if metric == name} == report[label]
    outcomes = {key: n for (metric, key), n in ended.items() if metric == "addresses_total"}
    known = ("listed", "missing", "not_fetched")  # what was left when the limit was reached has its outcome at the end
    assert {outcome: n for outcome, n in outcomes.items() if outcome not in known} == {
        outcome: n for outcome, n in report["totals"].items() if outcome not in known
    }
    assert ended["records_written_total", "articles"] == len(first.records) == 20

    assert (second.exit_code, refused["last_run_exit_status", ""], refused["requests_total", ""]) == (1, 1, 0)
    assert refused["last_success_timestamp_seconds", ""] == ended["last_success_timestamp_seconds", ""]
    # During a run, the last one is the one before, also if that was refused.
    assert (again["running", ""], again["last_run_exit_status", ""]) == (1, 1)
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


def test_runs_by_hand_do_not_touch_the_metrics_of_scheduled_ones(crawl: Crawl, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "metrics"
    with Server(SyntheticSite(posts=60, seed=4)) as server:
        assert crawl(server.url, "-a", "limit=3", "-s", "MAYADEEN_SCHEDULE=regular").exit_code == 0
        scheduled = (folder / "articles-en-regular.prom").read_bytes()
        assert crawl(server.url, "-a", "limit=x").exit_code == 1
        assert values_of(folder / "articles-en.prom")["last_run_exit_status", ""] == 1
        assert crawl(server.url, "-a", "limit=5").exit_code == 0
        assert (folder / "articles-en-regular.prom").read_bytes() == scheduled
        refresh = crawl(server.url, "-a", "mode=refresh", "-a", "limit=1", "-s", "MAYADEEN_SCHEDULE=re/fresh")
        assert refresh.exit_code == 0, refresh.stderr
    values = values_of(folder / "articles-en-regular.prom", "regular")
    assert (values["last_run_exit_status", ""], values["records_written_total", "articles"]) == (0, 3)
    assert ("last_success_timestamp_seconds", "") in values_of(folder / "articles-en-re_fresh.prom", "re_fresh")
