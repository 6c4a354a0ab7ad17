"""``scrapy demo``: run the real crawler on the built-in test site, and show the result."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import IO, Any

from scrapy.commands import ScrapyCommand
from scrapy.utils.conf import closest_scrapy_cfg

from mayadeen.commands import refuse_arguments

POSTS = 300
SEED = 7


class Command(ScrapyCommand):
    requires_project = True
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own form

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Crawl the built-in test site on this machine and show the result"

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--posts", type=int, default=POSTS, help=f"posts of the test site (default {POSTS})")
        parser.add_argument("--seed", type=int, default=SEED, help=f"seed of the test site (default {SEED})")

    def run(self, args: list[str], opts: Namespace) -> None:
        refuse_arguments("demo", args)
        root = Path(closest_scrapy_cfg()).parent.resolve()
        if not (root / "testsite").is_dir():
            self.exitcode = 1
            sys.stderr.write(f"demo: the test site is not in {root}. Run `scrapy demo` in a copy of the repository\n")
            return
        data = root / "demo-data"
        shutil.rmtree(data, ignore_errors=True)  # an earlier demo would leave no new article
        command = [sys.executable, "-m", "testsite", "serve", "--posts", str(opts.posts), "--seed", str(opts.seed)]
        with subprocess.Popen([*command, "--port", "0"], cwd=root, stdout=subprocess.PIPE, text=True) as server:
            try:
                url = _address_of(server)
                if url is None:
                    self.exitcode = 1
                    return
                print(f"The test site is served at {url}. Crawling it without delays, since it is on this machine.\n")
                sys.stdout.flush()
                self.exitcode = _crawl(root, url, data)
            finally:
                server.terminate()
        _show(data, root)


def _address_of(server: subprocess.Popen[str]) -> str | None:
    """Return the address of the test site from its first line, or None after a line about the failure."""
    assert server.stdout is not None
    line = server.stdout.readline()
    url = next((word for word in line.split() if word.startswith("http://")), None)
    if url is None:
        sys.stderr.write(f"demo: the test site did not start: {line.strip() or 'no output'}\n")
    return url


def _crawl(root: Path, url: str, data: Path) -> int:
    settings = {
        "MAYADEEN_BASE_URL": url,
        "MAYADEEN_DATA_DIR": str(data),
        "DOWNLOAD_DELAY": "0",
        "AUTOTHROTTLE_ENABLED": "False",
        "CONCURRENT_REQUESTS_PER_DOMAIN": "8",
        "LOG_LEVEL": "WARNING",
    }
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "scrapy", "crawl", "articles", *options]
    return subprocess.run(command, cwd=root, env=environment, check=False).returncode


def _show(data: Path, root: Path) -> None:
    feeds = sorted((data / "articles").glob("*.jsonl"))
    if not feeds:
        sys.stderr.write("demo: no article was written. The lines above say why\n")
        return
    feed = feeds[-1]
    with feed.open(encoding="utf-8") as lines:
        count, record = _count(lines)
    print(f"\n{count} articles:")
    for path in (feed, feed.with_suffix(".csv")):
        print(f"  {path.relative_to(root)}  ({path.stat().st_size / 1e6:.1f} MB)")
    print(f"\nThe report, to open in a browser:\n  {(data / 'reports' / feed.stem).relative_to(root)}.html")
    print("\nOne of them, with body and blocks shortened:\n")
    short = dict(record)
    short["body"] = f"{record['body'][:200]}…" if record["body"] else None
    short["blocks"] = [*record["blocks"][:2], f"… {len(record['blocks'])} in all"]
    print(json.dumps(short, ensure_ascii=False, indent=2))


def _count(lines: IO[str]) -> tuple[int, dict[str, Any]]:
    """Return the number of records in a feed, and the record with the most filled fields."""
    best: dict[str, Any] = {}
    filled = -1
    count = 0
    for line in lines:
        count += 1
        record = json.loads(line)
        if (score := sum(value not in (None, []) for value in record.values())) > filled:
            best, filled = record, score
    return count, best
