"""``archive-keep``: what keeping pages costs a crawl.

CPU times of whole crawls differ by a fifth on a machine that others use. So both parts are measured in one crawl.
"""

from __future__ import annotations

import gzip
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from subprocess import PIPE, Popen
from subprocess import run as run_process

from scrapy import Request
from scrapy.http import Response

from benchmarks.measure import OWN, ROOT, python
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


def crawl() -> None:
    """Run Scrapy, and print the CPU seconds of keeping pages and of the whole process."""
    from scrapy.cmdline import execute

    from mayadeen.archives.recorder import ArchiveRecorder

    kept = 0.0
    write = ArchiveRecorder.packed_response

    def timed(recorder: ArchiveRecorder, response: Response, request: Request) -> None:
        nonlocal kept
        start = time.thread_time()
        write(recorder, response, request)
        kept += time.thread_time() - start

    ArchiveRecorder.packed_response = timed  # type: ignore[method-assign]
    try:
        execute()
    finally:
        print(json.dumps([kept, time.process_time()]))


def keeping(posts: int = 300, rounds: int = 3) -> None:
    """Print the figures."""
    print(f"archive-keep: crawls of {posts} posts with MAYADEEN_WARC, median of {rounds}")
    for page_kb, packed in ((0, True), (100, True), (100, False)):
        shares = []
        with _served(posts, page_kb, packed) as url:
            for _ in range(rounds):
                with tempfile.TemporaryDirectory() as data:
                    options = (f"-sMAYADEEN_BASE_URL={url}", f"-sMAYADEEN_DATA_DIR={data}", "-arender=never")
                    code = "from benchmarks.keeping import crawl; crawl()"
                    command = python("-c", code, "crawl", "articles", *_FAST, *options, "-sMAYADEEN_WARC=True")
                    done = run_process(
                        command, cwd=ROOT, env={**os.environ, **OWN}, stdout=PIPE, text=True, check=False
                    )
                kept, whole = json.loads(done.stdout.splitlines()[-1])
                shares.append(kept / (whole - kept) * 100)
        pages = f"{page_kb or 'a few'} kB, {'gzip' if packed else 'plain'}"
        print(f"  pages of {pages}: {statistics.median(shares):.1f} % more CPU time")
