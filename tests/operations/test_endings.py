"""Every ending: process, log, report, state and docs/operations.md say the same."""

from __future__ import annotations

import json
import re
import sqlite3

from mayadeen.commands.runs import read_runs
from mayadeen.crawling.session import POSTS
from mayadeen.storage.database import FILE
from mayadeen.storage.locks import Lock
from tests.support.crawl_runner import Crawl, Run
from tests.support.preloaded import PROJECT
from tests.support.site import Answer, Site

ENDINGS: list[tuple[str, int, str, list[str]]] = [
    ("bad_argument", 1, 'articles: limit: "0" is not ', ["-a", "limit=0"]),
    ("bad_argument", 1, 'articles: MAYADEEN_BACKOFF: "x" is not ', ["-s", "MAYADEEN_BACKOFF=x"]),
    ("start_error", 1, "articles: could not start. The log has the error", ["-s", "DOWNLOAD_DELAY=x"]),
    ("bad_argument", 1, 'articles: sections: "Polotics" is not ', ["-a", "sections=Polotics"]),
    ("max_requests", 3, "articles: incomplete (exit 3): MAYADEEN_MAX_REQUESTS=2 used up", ["-s", "MAYADEEN_MAX_REQUESTS=2"]),
    ("limit", 0, "articles: done: 1 article → ", ["-a", "limit=1"]),
    ("finished", 0, "articles: done: 2 articles → ", []),
    ("finished", 0, "articles: done: 0 articles · nothing new, 3 known already", []),
    ("incomplete", 3, "articles: incomplete (exit 3): 1 page failed (", ["-a", "urls=SITE/news/politics/a-9"]),
    ("robots_unavailable", 3, "articles: incomplete (exit 3): http://", ["-s", "MAYADEEN_BASE_URL=http://127.0.0.1:9"]),
]  # fmt: skip
ENDED = re.compile(r"Spider closed \((\w+)\)")


def documented() -> dict[str, tuple[str, list[str]]]:
    """Finish reason → exit status and how the last line begins, as the maintainers' table has them."""
    page = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[a-z_…`, ]+`) \| ([013]) \| .* \| (.*) \|$", page, re.MULTILINE)
    return {
        reason: (status, re.findall(r"`([^`]+)`", begins))
        for reasons, status, begins in rows
        for reason in re.findall(r"`([^`]+)`", reasons)
    }


def unwanted(trouble: str) -> None:
    raise AssertionError(trouble)


def agrees(run: Run, reason: str, status: int, begins: str) -> None:
    """Look at everything that says how the last run ended."""
    assert (run.exit_code, run.last_line[: len(begins)]) == (status, begins), run.stderr[-2000:]
    (row,) = read_runs(run.data, 1, unwanted)
    assert (row["exit_status"], row["finish_reason"], row["state"]) == (status, reason, "ended"), begins
    assert f"articles: {row['ending']}" == run.last_line
    report = json.loads((run.data / row["report"]).read_bytes())
    assert {feed["folder"]: feed["records"] for feed in report["feeds"]} == row["wrote"]
    assert ENDED.findall(run.stderr) == ([] if reason == "start_error" else [reason])
    metrics = (run.data / "metrics" / "articles-en.prom").read_text(encoding="utf-8")
    assert f'mayadeen_last_run_exit_status{{edition="en",schedule="",spider="articles"}} {status}.0\n' in metrics
    reported, lines = documented()[reason]
    assert reported == str(status)
    assert not lines or any(row["ending"].startswith(line) for line in lines), (row["ending"], lines)


def test_every_ending_is_reported_alike(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    site.listing("/news/politics", [f"/news/politics/a-{number}" for number in (1, 2, 3)])
    for number in (1, 2, 3):
        site.article(f"/news/politics/a-{number}", number)
    site.pages["/news/politics/a-9"] = Answer("Server error", 500)
    for reason, status, begins, options in ENDINGS:
        run = crawl(site.url, "-s", "RETRY_TIMES=0", *(option.replace("SITE", site.url) for option in options))
        agrees(run, reason, status, begins)

    refused = [f"/news/politics/b-{number}" for number in range(8)]
    for path in ("/", *refused):
        site.pages[path] = Answer("Forbidden", 403)
    run = crawl(site.url, "-a", f"urls={' '.join(site.url + path for path in refused)}")
    agrees(run, "blocked", 3, "articles: incomplete (exit 3): blocked since 20")

    lock = Lock(run.data, POSTS)
    assert lock.acquire("somebody") is None
    before = (run.data / "metrics" / "articles-en.prom").read_bytes()
    run = crawl(site.url)
    assert run.last_line.startswith(f"articles: {run.data} is in use by somebody (process ")
    (row,) = read_runs(run.data, 1, unwanted)
    assert (row["exit_status"], row["finish_reason"]) == (run.exit_code, "locked") == (1, "locked")
    assert f"articles: {row['ending']}" == run.last_line
    assert documented()["locked"][0] == "1"
    # The file describes the run that has the folder.
    assert (run.data / "metrics" / "articles-en.prom").read_bytes() == before
    lock.release()

    with sqlite3.connect(run.data / FILE) as state:
        state.execute("PRAGMA user_version = 99")
    state.close()
    run = crawl(site.url)
    assert "newer version" in run.last_line
    report = max((run.data / "reports").glob("*.json"))
    reported = json.loads(report.read_bytes())
    assert (run.exit_code, reported["exit_status"], reported["finish_reason"]) == (1, 1, "state_error")
    assert f"articles: {reported['ending']}" == run.last_line


def test_all_finish_reasons_of_the_program_are_documented() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT / "mayadeen").rglob("*.py"))
    named = set(re.findall(r"""reason="(\w+)"|\.end\(\s*"(\w+)"|CloseSpider\("(\w+)"\)""", source))
    reasons = {next(filter(None, groups)) for groups in named} | {"state_error", "locked", "no_space", "bad_argument"}
    assert reasons >= {"limit", "blocked", "retry_after", "max_requests", "robots_unavailable", "incomplete"}
    assert reasons <= set(documented())


def test_a_data_folder_that_is_refused_gets_no_report(crawl: Crawl, site: Site, tmp_path_factory) -> None:
    file = tmp_path_factory.mktemp("in") / "the-way"
    file.touch()
    run = crawl(site.url, "-s", f"MAYADEEN_DATA_DIR={file}")
    assert (run.exit_code, "MAYADEEN_DATA_DIR: " in run.last_line) == (1, True)
    assert "Traceback" not in run.stderr
    assert not run.data.exists()
