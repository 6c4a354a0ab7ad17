"""``archive-scale``: ``scrapy archive extract`` with one and two workers, and the CPU cost of reading other hosts."""

from __future__ import annotations

import gzip
import json
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.measure import OWN, Usage, run, scrapy

FILES = 8
_HOST = "https://english.almayadeen.net"
_HEAD = (
    "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {}\r\nWARC-Date: 2026-11-20T10:00:00Z\r\n"
    "WARC-Record-ID: <urn:uuid:{}>\r\nContent-Length: {}\r\n\r\n"
)


def _member(url: str, number: int, body: bytes) -> bytes:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
    return gzip.compress(_HEAD.format(url, number, len(block)).encode() + block + b"\r\n\r\n", 6, mtime=0)


def _write(folder: Path, pages: int) -> int:
    """Write the pages of a test site as WARC files, and return their bytes."""
    from testsite import SyntheticSite

    site = SyntheticSite(posts=max(50, pages), seed=1)
    for file in range(FILES):
        with (folder / f"{file}.warc.gz").open("wb") as out:
            for number in range(pages * file // FILES, pages * (file + 1) // FILES):
                path = site.answer(number)["record"]["canonical_url"].split("almayadeen.net")[1]
                out.write(_member(_HOST + path, number, site.page(number, _HOST).encode()))
    return sum(path.stat().st_size for path in folder.iterdir())


def archive_scale() -> None:
    """Print wall clock, CPU and memory for 1 and 2 workers. ``PAGES`` is the number of pages, 20,000 by default."""
    pages = int(os.environ.get("PAGES", "20000"))
    with tempfile.TemporaryDirectory() as folder:
        inputs = Path(folder, "in")
        inputs.mkdir()
        size = _write(inputs, pages)
        print(
            f"archive-scale: {pages:,} pages in {FILES} WARC files, {size / 1e6:.0f} MB, load {os.getloadavg()[0]:.1f}"
        )
        walls = []
        for workers in (1, 2):
            out = Path(folder, f"out-{workers}")
            used = run(
                scrapy("archive", "extract", str(inputs), "--out", str(out), "--workers", str(workers)), environment=OWN
            )
            report = json.loads((out / "report.json").read_bytes())
            assert report["captures"] == pages, report["captures"]
            walls.append(used.wall)
            _print(f"{workers} workers", used, report, out)
        print(f"  2 workers against 1: {walls[0] / walls[1]:.2f} times by wall clock (wanted: 1.8, on a quiet machine)")
    _other_hosts(min(pages, 4000))


def _print(title: str, used: Usage, report: dict[str, Any], out: Path) -> None:
    units = [json.loads(path.read_bytes()) for path in (out / "counts").iterdir()]
    memory = [unit["peak_memory_mib"] for unit in units]
    pages, cpu = report["captures"], report["cpu_seconds"]
    print(f"  {title}: {used.wall:.1f} s, {pages / used.wall:.0f} pages per second of wall clock")
    print(f"    CPU: units {cpu:.1f} s, {pages / cpu:.0f} pages per CPU second. All processes {used.cpu:.1f} s")
    print(f"    peak memory: units {min(memory):.0f} to {max(memory):.0f} MiB, command {used.memory:.0f} MiB")


def _other_hosts(pages: int) -> None:
    """Print the MB of compressed WARC that a CPU second reads if one page in 200 is the site's, as in CC-NEWS."""
    from mayadeen.archives.captures import CaptureReader
    from mayadeen.archives.extract_unit import is_of_site
    from testsite import SyntheticSite

    site = SyntheticSite(posts=200, seed=1, page_kb=100)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "news.warc.gz")
        bodies = [site.page(number, _HOST).encode() for number in range(100)]
        packed = [_member(f"https://other.example/{number}", number, body) for number, body in enumerate(bodies)]
        with path.open("wb") as out:
            for number in range(pages):
                out.write(
                    _member(f"{_HOST}/news/{number}", number, bodies[0]) if number % 200 == 0 else packed[number % 100]
                )
        size = path.stat().st_size / 1e6
        before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        found = sum(1 for _ in CaptureReader(path, wanted=is_of_site))
        seconds = time.process_time() - started
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(
            f"  other hosts: {size:.0f} MB of compressed WARC, {found} of {pages} pages are the site's: "
            f"{size / seconds:.1f} MB per CPU second, memory grows by {grown:.0f} MiB"
        )
