"""``scrapy fixture`` saves pages. Neither it nor ``scrapy check`` leaves traces of a run."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mayadeen.extraction.fixtures import RECORD, load
from tests.support import preloaded
from tests.support.preloaded import PROJECT
from testsite import Server, SyntheticSite

pytestmark = pytest.mark.process

Scrapy = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def scrapy(tmp_path: Path) -> Scrapy:
    """``scrapy …`` in a project folder of its own, which has nothing but ``scrapy.cfg`` and one fixture."""
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = mayadeen.settings\n", encoding="utf-8")
    shutil.copytree(PROJECT / "tests/fixtures/2025-11-plain", tmp_path / "tests/fixtures/2025-11-plain")

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return preloaded.scrapy(*args, cwd=tmp_path)

    return run


def test_an_address_is_fetched_once_and_politely(scrapy: Scrapy, tmp_path: Path) -> None:
    testsite = SyntheticSite(posts=60, seed=3)
    with Server(testsite) as server:
        path = testsite.answer(1)["record"]["canonical_url"].partition(".net")[2]
        base = ("-s", f"MAYADEEN_BASE_URL={server.url}")
        done = scrapy("fixture", server.url.rstrip("/") + path, *base)
        assert (done.returncode, done.stderr) == (0, "")
        assert [arrival.path for arrival in server.log] == ["/robots.txt", path]
        assert {arrival.user_agent for arrival in server.log} == {"mayadeen/0.1.0"}
        apart = server.log[1].time_monotonic - server.log[0].time_monotonic
        assert apart > 0.4  # half of DOWNLOAD_DELAY, which is jittered
        forbidden = scrapy("fixture", f"{server.url}search", *base)
        assert (forbidden.returncode, server.log[-1].path) == (3, "/robots.txt")
        assert "could not be fetched (forbidden by robots.txt)" in forbidden.stderr
        (folder,) = (tmp_path / "tests/fixtures").glob("2025-11-10-en-*")
        again = scrapy("fixture", server.url.rstrip("/") + path, *base)
        assert (again.returncode, "is there already" in again.stderr) == (1, True)
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    assert record["title"] == testsite.answer(1)["record"]["title"]
    fixture = load(folder)
    article = vars(fixture.article())
    assert len(fixture.expected) >= 12
    assert {name: article[name] for name in fixture.expected} == fixture.expected
    assert not (tmp_path / "data").exists()


def test_waiting_for_a_site_that_is_down_is_reported(scrapy: Scrapy) -> None:
    base = "http://127.0.0.1:9"
    done = scrapy("fixture", f"{base}/news/x", "-s", f"MAYADEEN_BASE_URL={base}", "-s", "MAYADEEN_BACKOFF=0.01")
    assert done.returncode == 3
    assert "127.0.0.1:9 is held back until" in done.stderr
    assert done.stderr.rstrip().rpartition("\n")[2].startswith(f"fixture: {base}/news/x: could not be fetched (")


def test_a_saved_page(scrapy: Scrapy, tmp_path: Path) -> None:
    testsite = SyntheticSite(posts=60, seed=3)
    url = testsite.answer(2)["record"]["canonical_url"]
    page = tmp_path / "page.html"
    page.write_text(testsite.page(2), encoding="utf-8")
    assert scrapy("fixture", str(page), "--url", url, "--name", "a-page").returncode == 0
    assert load(tmp_path / "tests/fixtures/a-page").url == url
    # What is on the site's own address is the site's.
    assert scrapy("fixture", str(page), "--url", url).returncode == 0
    assert len(list((tmp_path / "tests/fixtures").glob("site-2025-11-*"))) == 1


@pytest.mark.parametrize(
    ("args", "status", "message"),
    [
        ([], 2, 'fixture: "" is not one URL or saved page. Use scrapy fixture URL.'),
        (["none.html"], 1, "none.html: No such file"),
        (["scrapy.cfg", "--url", "https://english.almayadeen.net/news/x"], 3, "no article could be made of it"),
        (["https://example.org/a"], 3, "is not on https://english.almayadeen.net"),
        (["x.html", "--name", "../x"], 2, '--name: "../x" is not the name of a fixture. Use letters, digits, '),
        (["x.html", "--url", "ftp://x"], 2, "is not an absolute http or https URL"),
    ],
)
def test_what_can_not_be_a_fixture_is_refused_in_one_line(
    scrapy: Scrapy, args: list[str], status: int, message: str
) -> None:
    done = scrapy("fixture", *args)
    assert done.returncode == status
    assert message in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_check_starts_no_session_and_leaves_no_traces(scrapy: Scrapy, tmp_path: Path) -> None:
    done = scrapy("check", "-s", f"MAYADEEN_DATA_DIR={tmp_path / 'data'}")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert not (tmp_path / "data").exists()
