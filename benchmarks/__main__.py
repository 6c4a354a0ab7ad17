"""``python -m benchmarks``: the figures of the README, as ratios measured in one run.

``extraction``: CPU time from page bytes to validated record, against trafilatura's fast mode on the same pages.
``crawl``: rate of a whole crawl, against a bare spider that downloads the same addresses and parses nothing.
``memory``: resident memory at the end of a long crawl, against that after its first tenth.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FAST = {
    "DOWNLOAD_DELAY": "0",
    "AUTOTHROTTLE_ENABLED": "False",
    "CONCURRENT_REQUESTS": "16",
    "CONCURRENT_REQUESTS_PER_DOMAIN": "16",
    "WARN_ON_GENERATOR_RETURN_VALUE": "False",
    "ROBOTSTXT_OBEY": "True",
    "LOG_LEVEL": "WARNING",
}


@contextmanager
def newsroom(posts: int, page_kb: int) -> Iterator[str]:
    """A newsroom of its own process; gives its address."""
    command = [sys.executable, "-m", "newsroom", "serve", "--posts", str(posts), "--seed", "1", "--port", "0"]
    with subprocess.Popen([*command, "--page-kb", str(page_kb)], cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield next(w for w in server.stdout.readline().split() if w.startswith("http://")).rstrip("/")
        finally:
            server.terminate()


def arrivals(base: str) -> list[dict[str, Any]]:
    """The newsroom's own log of requests."""
    with urllib.request.urlopen(f"{base}/.newsroom/log.jsonl") as reply:
        entries = [json.loads(line) for line in reply]
    return [e for e in entries if not e["path"].startswith("/.newsroom/")]


def crawl(base: str, data: str, *command: str) -> subprocess.Popen[bytes]:
    """Start a spider at full speed."""
    settings = {**FAST, "MAYADEEN_BASE_URL": base, "MAYADEEN_DATA_DIR": data}
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-m", "scrapy", *command, *options], cwd=ROOT, env=environment)


def extraction(pages: int = 200, rounds: int = 5) -> None:
    from scrapy.http import HtmlResponse
    from trafilatura import extract

    from mayadeen.items import Discovery
    from mayadeen.loaders import load_article
    from mayadeen.pages.article import ArticlePage
    from mayadeen.pipelines.validate import SchemaValidator
    from mayadeen.site import EDITIONS, Addresses
    from newsroom import Newsroom

    base = "http://127.0.0.1:8000"
    paper = Newsroom(posts=max(pages * 2, 100), seed=1, page_kb=100)
    texts = [i for i in range(pages * 2) if paper.answer(i)["record"]["body"]][:pages]
    samples = [
        (base + paper.answer(i)["record"]["canonical_url"].split("almayadeen.net")[1], paper.page(i, base).encode())
        for i in texts
    ]
    addresses = Addresses(EDITIONS["en"], base)
    validator = SchemaValidator("article.schema.json")
    via = Discovery(kind="url", url=base, position=None)

    def ours() -> None:
        for url, body in samples:
            page = ArticlePage(HtmlResponse(url, body=body, encoding="utf-8").text, url, addresses)
            record = load_article(page, fetched_at="2025-01-01T00:00:00Z", discovery=via)
            assert validator.violations(vars(record)) == []

    def theirs() -> None:
        for url, body in samples:
            assert extract(body, url=url, fast=True)

    def cpu(work: Callable[[], None]) -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    cpu(ours), cpu(theirs)
    pairs = [(cpu(ours), cpu(theirs)) for _ in range(rounds)]
    size = statistics.mean(len(body) for _, body in samples) / 1000
    ratio = statistics.median(b / a for a, b in pairs)
    mine, other = (statistics.median(p[n] for p in pairs) / len(samples) * 1000 for n in (0, 1))
    print(f"extraction: {len(samples)} pages of {size:.0f} kB, {rounds} rounds in turn")
    print(f"  page bytes to validated record {mine:.2f} ms CPU, trafilatura fast {other:.2f} ms CPU a page")
    print(f"  ratio: {ratio:.2f} times as many pages per CPU second (wanted: 3)\n")


def whole_crawl(posts: int = 2000, rounds: int = 3) -> None:
    ratios = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as data, newsroom(posts, 100) as base:
            crawl(base, data, "crawl", "articles").wait()
            log = arrivals(base)
            mine = rate(log)
            addresses = Path(data) / "addresses.txt"
            addresses.write_text(
                "\n".join(base + e["path"] for e in log if e["path"] != "/robots.txt"), encoding="utf-8"
            )
            crawl(base, data, "runspider", "benchmarks/bare.py", "-a", f"addresses={addresses}").wait()
            bare = rate(arrivals(base)[len(log) :])
            ratios.append(mine / bare)
            print(f"  articles {mine:.0f} pages/s, bare {bare:.0f} pages/s, ratio {mine / bare:.2f}")
    print(f"crawl: newsroom of {posts} posts, pages of 100 kB, {rounds} rounds")
    print(f"  ratio: {statistics.median(ratios):.2f} of the bare spider's rate (wanted: 0.3)\n")


def rate(log: list[dict[str, Any]]) -> float:
    """Requests per second, by the server's own clock."""
    return (len(log) - 1) / (log[-1]["time_monotonic"] - log[0]["time_monotonic"])


def memory(posts: int = 20_000) -> None:
    with tempfile.TemporaryDirectory() as data, newsroom(posts, 0) as base:
        process = crawl(base, data, "crawl", "articles")
        samples: list[tuple[int, int]] = []
        while process.poll() is None:
            written = sum(path.stat().st_size for path in Path(data).glob("articles/*.jsonl"))
            if (resident := resident_kb(process.pid)) and written:
                samples.append((written, resident))
            time.sleep(0.2)
        tenth = next(r for w, r in samples if w >= samples[-1][0] / 10)
        last = samples[-1][1]
        with next(Path(data).glob("articles/*.jsonl")).open("rb") as feed:
            count = sum(1 for _ in feed)
    print(f"memory: newsroom of {posts} posts, {count} articles written")
    print(f"  resident {tenth / 1024:.0f} MiB after a tenth, {last / 1024:.0f} MiB at the end")
    print(f"  ratio: {last / tenth:.2f} (wanted: at most 1.2)\n")


def resident_kb(pid: int) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return None
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), None)


def main() -> None:
    figures = {"extraction": extraction, "crawl": whole_crawl, "memory": memory}
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("figure", nargs="*", choices=[[], *figures], help="default: all")
    chosen = parser.parse_args().figure or list(figures)
    for name in chosen:
        figures[name]()


if __name__ == "__main__":
    main()
