"""The files in deploy/: what is scheduled, and what they refuse."""

from __future__ import annotations

import re
import runpy
import subprocess

import pytest

from tests.support.preloaded import PROJECT

DEPLOY = PROJECT / "deploy"


@pytest.mark.parametrize("name", ["mayadeen.cron", "mayadeen-scrapyd.cron"])
def test_cron_crawls_new_articles_daily_and_visits_recent_ones_weekly(name: str) -> None:
    lines = [line for line in (DEPLOY / name).read_text().splitlines() if re.match(r"[\d*]", line)]
    times = [tuple(line.split()[:5]) for line in lines]
    assert times == [("30", "4", "*", "*", "*"), ("0", "*", "*", "*", "*"), ("0", "6", "*", "*", "0")]
    assert ["mode=refresh" in line for line in lines] == [False, False, True]
    assert all("MAYADEEN_SCHEDULE=" in line for line in lines)
    assert "since=35d" in lines[2]


def test_systemd_visits_recent_articles_weekly() -> None:
    service = (DEPLOY / "mayadeen-refresh.service").read_text()
    assert "ExecStart=/usr/local/bin/mayadeen crawl articles -a mode=refresh -a since=35d\n" in service
    assert "Environment=MAYADEEN_SCHEDULE=refresh\n" in service
    assert "OnCalendar=Sun *-*-* 06:00\n" in (DEPLOY / "mayadeen-refresh.timer").read_text()
    assert "Environment=MAYADEEN_SCHEDULE=regular\n" in (DEPLOY / "mayadeen@.service").read_text()


def test_every_variable_in_use_is_a_setting_that_the_environment_can_give(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [*DEPLOY.iterdir(), *(PROJECT / "mayadeen").rglob("*.py")]
    names = {name for file in files for name in re.findall(r"\bMAYADEEN_[A-Z_]+\b", file.read_text(encoding="utf-8"))}
    assert "MAYADEEN_SCHEDULE" in names
    for name in names:
        monkeypatch.setenv(name, "given")
    settings = runpy.run_path(str(PROJECT / "mayadeen" / "settings.py"))
    assert {name for name in names if settings.get(name) != "given"} == set()


def test_the_log_of_the_daily_crawl_needs_no_folder_that_a_new_copy_lacks() -> None:
    page = (PROJECT / "docs" / "daily-crawl.md").read_text(encoding="utf-8")
    logs = re.findall(r"^[\d*].*>> (\S+) 2>&1$", page, re.MULTILINE)
    assert len(logs) == 2
    assert all("/" not in log for log in logs)


def test_scrapyd_without_a_password_says_so_in_one_line() -> None:
    for environment in ({}, {"SCRAPYD_PASSWORD": ""}):
        done = subprocess.run(
            ["/bin/sh", str(DEPLOY / "mayadeen-scrapyd")], env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (78, "")
        assert done.stderr.startswith("scrapyd: SCRAPYD_PASSWORD is not set. ")
        assert done.stderr.count("\n") == 1
    given = {"SCRAPYD_PASSWORD": "x", "SCRAPYD": "/bin/echo"}
    done = subprocess.run(
        ["/bin/sh", str(DEPLOY / "mayadeen-scrapyd")], env=given, capture_output=True, text=True, check=True
    )
    assert done.stdout == "--pidfile=\n"


def test_the_page_empties_no_file_and_hides_no_error() -> None:
    page = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
    for line in page.splitlines():
        assert "/dev/null ~/.netrc" not in line
        assert not (line.startswith(("cp ", "tar ", "sqlite3 ")) and "2>/dev/null" in line)
