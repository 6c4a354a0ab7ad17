"""A redesign raises an alert on the first run after it, and nothing else raises one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from mayadeen import published_schemas as schemas
from tests.support.preloaded import scrapy
from tests.support.small_site import CrawledSite, Ran, published
from testsite.layouts import LAYOUTS

SCHEMA = Draft202012Validator(schemas.load("report.schema.json"), format_checker=FormatChecker())
REDESIGNS = {
    "deck": (("deck",), {"summary": "source_lost"}),
    "deck, also in the blocks": (("deck", "descriptions"), {"summary": "vanished"}),
    "container": (("container",), {"body": "fell_back"}),
    "date": (("date",), {"published_at": "source_lost"}),
    "tags": (("tags",), {"tags": "vanished"}),
    "renamed": (("renamed",), {"tags": "fell_back", "summary": "source_lost"}),
    "blocks": (("blocks",), {"keywords": "vanished", "post_id": "vanished", "title": "fell_back", "published_at": "fell_back"}),
    "blocks and date": (("blocks", "date"), {"published_at": "vanished", "modified_at": "vanished"}),
}  # fmt: skip


def layout(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """``scrapy drift``."""
    return scrapy("drift", "-s", f"MAYADEEN_DATA_DIR={data}", *options)


def found(ran: Ran) -> dict[str, str]:
    """Return the alerts. The report must follow its schema, and exit status and last line must agree with the alerts."""
    assert list(SCHEMA.iter_errors(ran.report)) == []
    alerts = ran.report["drift_alerts"]
    other = "loads more by script" in ran.last_line
    assert ran.exit_code == (3 if alerts or other else 0), ran.last_line
    assert ("the layout of the pages has changed" in ran.last_line) == bool(alerts)
    for alert in alerts:
        assert alert["field"] in ran.last_line
        assert 1 <= len(alert["urls"]) <= 3
    return {alert["field"]: alert["what"] for alert in alerts}


EDITIONS = {"plain": "en", "dated": "en", "short": "ar"}


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=[pytest.mark.soak] * (name == "plain")) for name in LAYOUTS]
)
def crawled_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrawledSite]:
    """A test site that was crawled before, in one layout several times, and then brought out 30 posts."""
    data = tmp_path_factory.mktemp("crawled_site") / "data"
    with published(data, posts=200, seed=5, addresses=request.param, edition=EDITIONS[request.param]) as made:
        assert found(crawled(made)) == {}
        for _ in range(2 if request.param == "dated" else 0):
            made.testsite.publish(12)
            assert found(crawled(made)) == {}
        made.testsite.publish(30)
        yield made


def crawled(crawled_site: CrawledSite) -> Ran:
    return crawled_site.run("render=never", f"edition={crawled_site.testsite.edition}")


@pytest.mark.parametrize("redesign", REDESIGNS)
def test_a_redesign_is_noticed_on_the_first_run_after_it(
    crawled_site: CrawledSite, redesign: str, tmp_path: Path
) -> None:
    steps, expected = REDESIGNS[redesign]
    if crawled_site.testsite.addresses == "dated" and expected.get("published_at") == "vanished":
        expected = {**expected, "published_at": "fell_back"}  # the day is in the URLs
    whole, crawled_site.data = crawled_site.data, tmp_path / "data"
    try:
        shutil.copytree(whole, crawled_site.data)
        crawled_site.testsite.redesign(*steps)
        ran = crawled(crawled_site)
        alerts = found(ran)
        assert 20 <= len(ran.articles) <= 30
        assert alerts.items() >= expected.items()
        if "blocks" not in steps:
            assert alerts.keys() == expected.keys()
        first = ran.report["drift_alerts"][0]
        assert f"fix {first['method']}, cleaned by {first['line']}" in ran.last_line
        other = f" --edition {crawled_site.testsite.edition}" if crawled_site.testsite.edition != "en" else ""
        assert f"`scrapy drift --accept{other}`" in ran.last_line
        assert all(url in ran.last_line for url in first["urls"])
        assert ran.report["fields"]["title"]["read"] == len(ran.articles)
    finally:
        crawled_site.testsite.redesign()
        crawled_site.data = whole


def test_an_alert_remains_until_it_is_repaired_or_accepted(tmp_path: Path) -> None:
    with published(tmp_path / "data", posts=200, seed=8) as crawled_site:
        crawled_site.run("render=never")
        crawled_site.testsite.publish(25)
        crawled_site.testsite.redesign("tags")
        first = crawled_site.run("render=never")
        assert found(first) == {"tags": "vanished"}
        since = first.report["drift_alerts"][0]["since"]
        idle = crawled_site.run("render=never")
        assert found(idle) == {}
        assert f"about the open alert on tags since {since}" in idle.last_line
        assert idle.report["open_alerts"] == [{"field": "tags", "since": since}]
        metrics = (crawled_site.data / "metrics" / "articles-en.prom").read_text(encoding="utf-8")
        assert 'mayadeen_drift_alerts{edition="en",schedule="",spider="articles"} 1.0' in metrics
        crawled_site.testsite.publish(4)
        few = crawled_site.run("render=never")
        assert found(few) == {"tags": "vanished"}
        assert few.report["drift_alerts"][0]["since"] == since
        # Pages of other kinds neither confirm nor refute it, and re-visited ones are read too.
        assert found(crawled_site.run("sections=Infographs")) == {}
        assert found(crawled_site.run("render=never", "mode=refresh", "since=2025-11-08")) == {"tags": "vanished"}
        shown = layout(crawled_site.data)
        assert shown.returncode == 0
        assert "tags is not found any more" in shown.stdout
        repaired = tmp_path / "repaired"
        shutil.copytree(crawled_site.data, repaired)
        assert layout(crawled_site.data, "--accept").stdout == "drift: accepted: tags\n"
        assert "alert:" not in layout(crawled_site.data).stdout
        crawled_site.testsite.publish(12)
        assert found(crawled_site.run("render=never")) == {}
        crawled_site.data = repaired
        crawled_site.testsite.redesign()
        assert found(crawled_site.run("render=never")) == {}
        assert "alert:" not in layout(crawled_site.data).stdout
        # What raised_alert has not become usual meanwhile.
        crawled_site.testsite.redesign("tags")
        crawled_site.testsite.publish(20)
        assert found(crawled_site.run("render=never")) == {"tags": "vanished"}


@pytest.mark.parametrize("count", [5, pytest.param(20, marks=pytest.mark.soak)])
def test_runs_of_all_sorts_without_a_redesign_raise_none(tmp_path: Path, count: int) -> None:
    runs = (
        (0, "articles", "sections=politics", "limit=30"),
        (0, "articles", "sections=opinion,blog,sports"),
        (0, "media"),
        (0, "articles", "limit=10"),
        (0, "archive", "until=2025-11-05"),
        (0, "articles"),
        (1, "articles"),
        (10, "articles", "mode=refresh", "since=2025-11-10"),
        (12, "articles", "kinds=opinion"),
        (0, "articles", "sections=news"),
        (10, "articles", "tags=Red Sea"),
        (3, "articles"),
        (12, "articles", "sections=Infographs,TV"),
        (0, "articles", "mode=full", "regions=MENA"),
        (10, "authors", "authors=Peter Lindqvist"),
        (0, "articles", "sections=economy"),
        (15, "archive", "since=2025-11-10"),
        (12, "articles"),
        (5, "articles", "limit=3"),
        (0, "articles"),
    )
    with published(tmp_path / "data", posts=150, seed=11) as crawled_site:
        for before, spider, *arguments in runs[:count]:
            crawled_site.testsite.publish(before)
            assert found(crawled_site.run("render=never", *arguments, spider=spider)) == {}, (spider, arguments)
    assert len(runs) == 20
