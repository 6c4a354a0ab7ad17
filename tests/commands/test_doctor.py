"""`scrapy doctor` as a user runs it: real requests to the test site, the report, exit codes and saved folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mayadeen import published_schemas
from tests.support.preloaded import scrapy
from testsite import Server, SyntheticSite
from testsite.scenarios import SCENARIOS

pytestmark = pytest.mark.process

FAST = ("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False")


class Run:
    """One run: exit code, output and the report in the data folder."""

    def __init__(self, data: Path, *options: str) -> None:
        before = set((data / "doctor").glob("*.json")) if data.exists() else set()
        done = scrapy("doctor", *FAST, "-s", f"MAYADEEN_DATA_DIR={data}", *options)
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        made = sorted(set((data / "doctor").glob("*.json")) - before)
        self.report: dict[str, Any] = json.loads(made[-1].read_text(encoding="utf-8")) if made else {}

    def checks(self) -> dict[str, dict[str, Any]]:
        return {check["key"]: check for checks in self.report["checks"].values() for check in checks}


@pytest.fixture(scope="module")
def site() -> SyntheticSite:
    return SyntheticSite(posts=300, seed=7)


def base(server: Server) -> tuple[str, str]:
    return "-s", f"MAYADEEN_BASE_URL={server.url}"


def test_a_healthy_site_is_ready(site: SyntheticSite, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    with Server(site) as server:
        run = Run(tmp_path / "data", *base(server), "--save", str(saved), "-s", "MAYADEEN_CONTACT=me@example.org")
        asked = [arrival.path for arrival in server.log]
    assert (run.code, run.report["verdict"]["state"]) == (0, "ready"), run.out + run.err
    assert len(asked) == run.report["requests"] <= 40
    assert asked[0] == "/robots.txt"
    assert asked.count("/robots.txt") == 1
    assert not list(Draft202012Validator(published_schemas.load("doctor.schema.json")).iter_errors(run.report))
    assert len(run.report["samples"]) == 5
    assert not (tmp_path / "data" / "state.sqlite").exists()
    assert {path.name for path in (tmp_path / "data").iterdir() if not path.name.startswith(".")} == {"doctor"}
    kept = b"".join(path.read_bytes() for path in saved.rglob("*") if path.is_file())
    assert b"me@example.org" not in kept
    assert str(tmp_path).encode() not in kept
    # The saved folder gives the same report on any machine, without the site.
    again = Run(tmp_path / "other", "--offline", str(saved))
    assert again.code == run.code
    assert again.out.split("Access")[1].split("Next:")[0] == run.out.split("Access")[1].split("Next:")[0]


@pytest.mark.parametrize(
    ("scenario", "state", "code", "word"),
    [
        ("blocked", "not_usable", 1, "HTTP status 403"),
        ("challenge-200", "not_usable", 1, "a challenge"),
        ("challenge-403", "not_usable", 1, "a challenge"),
        ("robots-5xx", "not_usable", 1, "HTTP status 5"),
        ("robots-forbidden", "ready", 0, "there are no rules"),
        ("crawl-delay", "ready", 0, "between requests"),
    ],
)
def test_trouble_is_named(scenario: str, state: str, code: int, word: str, site: SyntheticSite, tmp_path: Path) -> None:
    with Server(site, scenario=SCENARIOS[scenario]()) as server:
        run = Run(tmp_path, *base(server), "-a", "sections=politics", "-s", "MAYADEEN_MAX_CRAWL_DELAY=0")
        asked = len(server.log)
    assert (run.report["verdict"]["state"], run.code) == (state, code), run.out + run.err
    assert word in run.out
    assert asked <= 40


def test_nobody_answers(tmp_path: Path) -> None:
    run = Run(tmp_path, "-s", "MAYADEEN_BASE_URL=http://127.0.0.1:9")
    assert run.code == 1
    assert "refused" in run.checks()["reachable"]["value"]


def test_a_second_run_says_what_changed(tmp_path: Path) -> None:
    site = SyntheticSite(posts=300, seed=7)
    with Server(site) as server:
        first = Run(tmp_path, *base(server), "-a", "sections=politics")
        assert "Changed since" not in first.out
        site.redesign("container")
        second = Run(tmp_path, *base(server), "-a", "sections=politics")
    assert "Changed since the last run" in second.out
    assert "selector BODY" in second.out.split("Changed since the last run")[1]


def test_what_doctor_says_of_a_listing_is_what_a_crawl_does(site: SyntheticSite, tmp_path: Path) -> None:
    with Server(site) as server:
        run = Run(tmp_path / "doctor", *base(server), "-a", "sections=politics,newsfeed")
        listings = {check["title"]: check for check in run.report["checks"]["listings"]}
        folder = ("-s", f"MAYADEEN_DATA_DIR={tmp_path / 'crawl'}")
        done = scrapy("crawl", "articles", *FAST, *base(server), "-a", "sections=politics,newsfeed", *folder)
        done.check_returncode()
    (path,) = (tmp_path / "crawl" / "reports").glob("*.json")
    report = json.loads(path.read_text(encoding="utf-8"))
    rows = {row["label"]: row for row in report["listings"] if row["kind"] == "section"}
    assert listings["Politics"]["details"]["paging"] == "link"
    assert rows["Politics"]["pages"] > 1
    assert listings["NewsFeed"]["details"]["paging"] == "one page"
    assert rows["NewsFeed"]["pages"] == 1
    assert rows["NewsFeed"]["listed"] == listings["NewsFeed"]["details"]["cards"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-a", "edition=xx"), "edition"),
        (("-a", "edition"), "NAME=VALUE"),
        (("--offline", "no-such-folder"), "no-such-folder"),
        (("what",), 'doctor: "what" is not an option. '),
    ],
)
def test_a_wrong_command_is_one_line(options: tuple[str, ...], message: str, tmp_path: Path) -> None:
    run = Run(tmp_path, *options)
    assert run.code in (1, 2)
    assert message in run.err
    assert "Traceback" not in run.err
