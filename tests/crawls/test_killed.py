"""Crawls that are killed: nothing is lost, nothing is there twice, little is fetched again."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

from conftest import PROJECT

from newsroom import Newsroom, Server

SLOTS = 8
WALKED_AGAIN = re.compile(r"(\d+) listings to be walked")
KILLS = 30


class Crawler:
    """A crawl in a process of its own, killed at the moment that is chosen."""

    def __init__(self, server: Server, data: Path, *options: str) -> None:
        self.server = server
        self.data = data
        self.options = options
        self.process: subprocess.Popen[str] | None = None
        self.at_request = 0
        reply = server.newsroom.reply

        def watched(*args: object) -> object:
            self.at_request -= 1
            if self.at_request == 0:
                self.kill()
            return reply(*args)

        server.newsroom.reply = watched  # type: ignore[method-assign, assignment]

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()

    def run(self, *, at_request: int = 0, at_line: str = "") -> tuple[int, str]:
        """Run until the end, or until killed at a request or a line of the log; returns exit code and log."""
        command = [sys.executable, "-m", "scrapy", "crawl", "articles"]
        settings = {
            "MAYADEEN_BASE_URL": self.server.url, "MAYADEEN_DATA_DIR": str(self.data), "DOWNLOAD_DELAY": "0",
            "AUTOTHROTTLE_ENABLED": "False", "CONCURRENT_REQUESTS_PER_DOMAIN": str(SLOTS),
        }  # fmt: skip
        command += [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
        environment = {**os.environ, "SCRAPY_SETTINGS_MODULE": "mayadeen.settings", "PYTHONPATH": str(PROJECT)}
        self.at_request = at_request
        log: list[str] = []
        with subprocess.Popen(
            [*command, *self.options], cwd=PROJECT, env=environment, stderr=subprocess.PIPE, text=True
        ) as process:
            self.process = process
            guard = threading.Timer(300, process.kill)
            guard.start()
            assert process.stderr is not None
            for line in process.stderr:
                log.append(line)
                if at_line and at_line in line:
                    process.kill()
            guard.cancel()
        self.process = None
        return process.returncode, "".join(log)


def expected_ids(newsroom: Newsroom) -> set[str]:
    kinds = {"news", "opinion", "analysis", "blog", "feature"}
    return {a["record"]["id"] for a in newsroom.answers() if a["reachable"] and a["record"]["kind"] in kinds}


def read_feeds(data: Path) -> tuple[list[str], list[str]]:
    """The ids in the JSON Lines and in the CSV; every line must be whole."""
    ids, rows = [], []
    for path in sorted((data / "articles").glob("*.jsonl")):
        text = path.read_text(encoding="utf-8")
        assert text.endswith("\n"), path
        ids += [json.loads(line)["id"] for line in text.splitlines()]
        with path.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
            rows += [row["id"] for row in csv.DictReader(file)]
    return ids, rows


def test_killed_thirty_times_every_article_is_there_once(tmp_path: Path) -> None:
    newsroom = Newsroom(posts=600, seed=11)
    with Server(newsroom) as server:
        crawler = Crawler(server, tmp_path / "unbroken")
        code, log = crawler.run()
        assert code == 0, log
        unbroken = len(server.log)

        crawler.data = tmp_path / "data"
        chance = random.Random(20261123)
        lines = ["Spider opened", "ended: complete"]
        before = len(server.log)
        starts, unfinished, killed = 0, 0, 0
        for kill in range(KILLS):
            moment: dict[str, int | str] = {"at_request": chance.randint(1, 40)}
            if kill % 6 == 5:
                moment = {"at_line": lines[kill // 6 % len(lines)]}
            code, log = crawler.run(**moment)  # type: ignore[arg-type]
            starts += 1
            unfinished += int(match[1]) if (match := WALKED_AGAIN.search(log)) else 0
            killed += code == -9
            assert code in (-9, 0), log
            if code == 0:
                break
        code, log = crawler.run()
        assert code == 0, log
        starts += 1
        unfinished += int(match[1]) if (match := WALKED_AGAIN.search(log)) else 0
        spent = len(server.log) - before
    print(killed, spent, unbroken, starts, unfinished)
    assert killed == KILLS
    ids, rows = read_feeds(tmp_path / "data")
    assert Counter(ids).most_common(1)[0][1] == 1
    assert set(ids) == expected_ids(newsroom)
    assert rows == ids
    allowed = 1.05 * unbroken + starts * 2 + killed * SLOTS + unfinished
    assert spent <= allowed, (spent, unbroken, starts)
