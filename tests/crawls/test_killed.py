"""Crawls that are killed: nothing is lost, nothing is there twice, little is fetched again."""

from __future__ import annotations

import csv
import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.crawl_runner import CrawlRunner, Process
from testsite import Server, SyntheticSite

SLOTS = 8
WALKED_AGAIN = re.compile(r"(\d+) listings left")


class Crawler:
    """A crawl in a process of its own, killed at the moment that is chosen."""

    def __init__(self, testsite: SyntheticSite, data: Path, *options: str) -> None:
        self.server = Server(testsite, on_request=self._arrived)
        self.data = data
        self.options = options
        self.runner = CrawlRunner(self.server.url, data)
        self.last_request = 0

    def _arrived(self, number: int, path: str) -> None:
        if number == self.last_request and self.runner.process is not None:
            self.runner.process.kill()

    def run(self, *, at_request: int = 0, at_line: str = "") -> tuple[int, str]:
        """Run until the end, or until killed at a request or a log line. Return exit code and log."""
        self.runner = CrawlRunner(
            self.server.url, self.data, RETRY_TIMES=2, MAYADEEN_BACKOFF=1, CONCURRENT_REQUESTS_PER_DOMAIN=SLOTS
        )
        self.last_request = len(self.server.log) + at_request if at_request else 0

        def kill(process: Process, line: str) -> None:
            if at_line and at_line in line:
                process.kill()

        run = self.runner.watch(kill, *self.options)
        return run.exit_code, run.stderr


def expected_ids(testsite: SyntheticSite) -> set[str]:
    kinds = {"news", "opinion", "analysis", "blog", "feature"}
    return {a["record"]["id"] for a in testsite.answers() if a["reachable"] and a["record"]["kind"] in kinds}


def read_feeds(data: Path) -> tuple[list[str], list[str]]:
    """Return the ids in the JSON Lines and in the CSV. Every line must be complete."""
    ids, rows = [], []
    for path in sorted((data / "articles").glob("*.jsonl")):
        text = path.read_text(encoding="utf-8")
        assert text.endswith("\n"), path
        ids += [json.loads(line)["id"] for line in text.splitlines()]
        with path.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
            rows += [row["id"] for row in csv.DictReader(file)]
    return ids, rows


@pytest.mark.parametrize(("posts", "kills"), [(120, 8), pytest.param(600, 30, marks=pytest.mark.soak)])
def test_killed_many_times_every_article_is_there_once(tmp_path: Path, posts: int, kills: int) -> None:
    testsite = SyntheticSite(posts=posts, seed=11)
    crawler = Crawler(testsite, tmp_path / "unbroken")
    with crawler.server as server:
        code, log = crawler.run()
        assert code == 0, log
        unbroken = len(server.log)

        crawler.data = tmp_path / "data"
        chance = random.Random(20261123)
        # At its start, while listings are walked and articles fetched, and when all is fetched and files are closed.
        moments: list[dict[str, Any]] = [
            {"at_request": chance.randint(1, posts // (2 * kills))} for _ in range(kills - 6)
        ]
        moments += [
            {"at_line": line} for line in ("Spider opened", "Resuming the run", "ended (complete)") for _ in (1, 2)
        ]
        chance.shuffle(moments)
        # Then there is a run to resume.
        moments[:0] = [{"at_line": "Spider opened"}, {"at_request": SLOTS}]
        killed = walked_again = 0
        for moment in [*moments, {"at_line": "Closing spider"}, {}]:
            code, log = crawler.run(**moment)
            assert code in (-9, 0), log
            assert code == -9 or "at_request" not in moment, log
            # A crawl can end between the line and the signal.
            assert moment.get("at_line", "") in log
            killed += code == -9
            walked_again += int(match[1]) if (match := WALKED_AGAIN.search(log)) else 0
        assert code == 0, log
        spent = len(server.log) - unbroken
    ids, rows = read_feeds(tmp_path / "data")
    assert Counter(ids).most_common(1)[0][1] == 1
    assert set(ids) == expected_ids(testsite)
    assert rows == ids
    # Each start fetches robots.txt, the menu and the first page of each unfinished listing. Each kill repeats the
    # requests that were in flight.
    again = (killed + 1) * 2 + walked_again + killed * SLOTS
    assert spent <= 1.05 * unbroken + again, (spent, unbroken, killed, walked_again)
