"""The pages that runs leave: next to each report, and over all of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from lxml import html

from mayadeen import published_schemas as schemas
from tests.support.crawl_runner import Crawl
from tests.support.site import Site
from tests.support.small_site import published

SCHEMA = Draft202012Validator(schemas.load("report.schema.json"), format_checker=FormatChecker())


def page(folder: Path, name: str) -> html.HtmlElement:
    return html.document_fromstring((folder / name).read_text(encoding="utf-8"))


def words(element: html.HtmlElement) -> str:
    return " ".join(" ".join(element.itertext()).split())


def test_what_changed_since_the_last_run(tmp_path: Path) -> None:
    data = tmp_path / "data"
    reports = data / "reports"
    with published(data, posts=80, seed=4) as crawled_site:
        first = crawled_site.run("sections=politics").report
        (one,) = (path.stem for path in reports.glob("*.json"))
        crawled_site.run("sections=economy")
        (reports / "20200101T000000.000Z.json").write_text("{", encoding="utf-8")
        old_report = json.loads((reports / f"{one}.json").read_text(encoding="utf-8"))
        old_report["schema_version"] = "3.0.0"
        for name in ("timeline", "pace", "latencies", "written_by", "reject_groups", "since_last_run"):
            del old_report[name]
        (reports / f"{one}.json").write_text(json.dumps(old_report), encoding="utf-8")
        politics = next(
            n
            for n in crawled_site.plain_posts()
            if "/news/politics/" in crawled_site.testsite.answer(n)["record"]["canonical_url"]
        )
        crawled_site.testsite.edit(politics, "title")
        third = crawled_site.run("sections=politics", "_job=nightly", "mode=refresh")
        fourth = crawled_site.run("sections=politics", "_job=nightly")
    for report in (first, third.report, fourth.report):
        assert list(SCHEMA.iter_errors(report)) == []
    assert first["since_last_run"] is None
    assert third.report["since_last_run"] is None  # it was asked for something else
    assert third.report["revisions"] == 1
    since: dict[str, Any] = fourth.report["since_last_run"]
    assert (since["run_id"], since["started_at"], since["exit_status"]) == (one, first["started_at"], 0)
    assert since["counts"]["new"] == {"before": first["totals"]["written"], "now": 0}
    assert since["counts"]["requests"] == {"before": first["requests"], "now": fourth.report["requests"]}
    last = max(path.stem for path in reports.glob("*nightly.html"))
    changes = words(page(reports, f"{last}.html").get_element_by_id("changes"))
    assert f"new {first['totals']['written']} 0 −{first['totals']['written']}" in changes
    rows = [words(row) for row in page(reports, "index.html").findall(".//tbody/tr")]
    assert len(rows) == 5
    assert rows[0].startswith(fourth.report["started_at"].replace("T", " ")[:16])
    assert "✓ Done, nothing new" in rows[0]
    assert re.search(r"articles -a sections=politics -s MAYADEEN_BASE_URL=\S+ ✓ Done \d+ 0 0 0", rows[3])
    assert rows[4] == "20200101T000000.000Z ? no report it is damaged, or not a report"
    for link in page(reports, "index.html").iter("a"):
        assert (reports / link.get("href")).is_file()


def test_the_pace_is_shown_and_waiting_for_it_is_not_the_sites_time(crawl: Crawl, site: Site) -> None:
    site.article("/news/politics/a-1", 1)
    site.article("/news/politics/a-2", 2)
    urls = ",".join(f"{site.url}/news/politics/a-{number}" for number in (1, 2))
    run = crawl(site.url, "-a", f"urls={urls}", "-s", "DOWNLOAD_DELAY=1", "-s", "DOWNLOAD_DELAY_JITTER=0")
    report = run.report
    assert report["pace"] == {"delay": 1.0, "in_force": 1.0, "held_seconds": 0.0}
    assert report["requests"] == 3
    assert report["seconds"] >= 2
    assert report["latencies"]["p99"] < 0.5
    (path,) = (run.data / "reports").glob("2*.html")
    network = words(page(path.parent, path.name).get_element_by_id("network"))
    assert "Allowed was one request in 1 s." in network
    assert f"report: {path}" in run.stderr


def test_a_page_that_cannot_be_made_costs_no_report(crawl: Crawl, site: Site, tmp_path: Path) -> None:
    site.article("/news/politics/a-1", 1)
    (tmp_path / "data" / "reports" / "index.html").mkdir(parents=True)
    run = crawl(site.url, "-a", f"urls={site.url}/news/politics/a-1")
    assert run.exit_code == 1
    assert run.last_line.startswith("articles: the report's page could not be made in")
    assert "(Is a directory). All else is written: done: 1 article" in run.last_line
    assert "Traceback" not in run.stderr
    assert (run.report["exit_status"], f"articles: {run.report['ending']}") == (1, run.last_line)
    assert list(SCHEMA.iter_errors(run.report)) == []
    assert len(run.records) == 1
    assert [path.name for path in (run.data / "reports").iterdir() if path.name.startswith(".")] == []
