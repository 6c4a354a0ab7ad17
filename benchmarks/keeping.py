"""``archive-keep``: CPU time of crawls that keep their pages, against the same crawls without."""

from __future__ import annotations

import gzip
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from subprocess import PIPE, Popen

from benchmarks.measure import OWN, ROOT, python, run, scrapy
from testsite import Server, SyntheticSite
from testsite.site import Reply

_FAST = ("-sDOWNLOAD_DELAY=0", "-sAUTOTHROTTLE_ENABLED=False", "-sLOG_LEVEL=WARNING")


@cache
def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)


def _packed(number: int, path: str, reply: Reply) -> Reply:
    """Pack a page of any size, as most sites do."""
    if reply.status != 200 or reply.parts is not None:
        return reply
    return replace(reply, body=_gzip(reply.body), headers={**reply.headers, "Content-Encoding": "gzip"})


def serve(posts: int, page_kb: int, packed: bool) -> None:
    """Serve a test site until standard input ends."""
    site = SyntheticSite(posts=posts, seed=1, page_kb=page_kb)
    with Server(site, scenario=_packed if packed else None) as server:
        print(server.url, flush=True)
        sys.stdin.read()


@contextmanager
def _served(posts: int, page_kb: int, packed: bool) -> Iterator[str]:
    code = f"from benchmarks.keeping import serve; serve({posts}, {page_kb}, {packed})"
    with Popen(python("-c", code), cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.stdin.close()


def keeping(posts: int = 300, rounds: int = 3) -> None:
    """Print the figures."""
    print(f"archive-keep: crawls of {posts} posts with and without MAYADEEN_WARC, {rounds} rounds, medians of CPU")
    for page_kb, packed in ((0, True), (100, True), (100, False)):
        used: dict[bool, list[float]] = {False: [], True: []}
        with _served(posts, page_kb, packed) as url:
            for _ in range(rounds):
                for keep, seconds in used.items():
                    with tempfile.TemporaryDirectory() as data:
                        options = (f"-sMAYADEEN_BASE_URL={url}", f"-sMAYADEEN_DATA_DIR={data}", "-arender=never")
                        command = scrapy("crawl", "articles", *_FAST, *options, f"-sMAYADEEN_WARC={keep}")
                        seconds.append(run(command, environment=OWN).cpu)
        without, kept = (statistics.median(used[keep]) for keep in (False, True))
        pages = f"{page_kb or 'a few'} kB, {'gzip' if packed else 'plain'}"
        print(
            f"  pages of {pages}: {without:.2f} s without, {kept:.2f} s with, {(kept / without - 1) * 100:.1f} % more"
        )
