"""``scale``: extraction of archives with one worker and with two, the rate of CC-NEWS, and memory by size of a file."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mayadeen.archives.extract_job import local_units
from mayadeen.archives.extract_unit import Options, extract_unit
from mayadeen.archives.records import digest_of
from testsite import SyntheticSite

ROOT = Path(__file__).resolve().parents[1]
HOST = "https://english.almayadeen.net"
_SITE = SyntheticSite(posts=100, seed=1, page_kb=100)


def _member(url: str, body: bytes) -> bytes:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-11-20T10:00:00Z\r\n"
        f"WARC-Block-Digest: {digest_of(block)}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + block + b"\r\n\r\n", mtime=0)


def _pages() -> list[bytes]:
    found = []
    for number in range(100):
        url = HOST + _SITE.answer(number)["record"]["canonical_url"].split("almayadeen.net")[1]
        found.append(_member(url, _SITE.page(number, HOST).encode()))
    return found


def _text(seed: int) -> bytes:
    """Random words: they compress about as well as pages of news."""
    choose = random.Random(seed)
    words = ["".join(choose.choices("abcdefghijklmnopqrstuvwxyz", k=choose.randint(2, 10))) for _ in range(3000)]
    return " ".join(choose.choices(words, k=15_000)).encode()


def scale(pages: int = 4000, files: int = 8) -> None:
    """Print the figures."""
    members = _pages()
    other = [_member("https://other.example/a", _text(number)) for number in range(20)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inputs = folder / "in"
        inputs.mkdir()
        for number in range(files):
            (inputs / f"{number}.warc.gz").write_bytes(b"".join(members * (pages // files // len(members))))
        seconds = {workers: _job(inputs, folder / f"out-{workers}", workers) for workers in (1, 2)}
        print(f"scale: {pages} pages of 100 kB in {files} files")
        for workers, (wall, busy) in seconds.items():
            print(f"  {workers} workers: {pages / wall:.0f} pages/s in all, {pages / busy:.0f} pages per CPU second")
        print(f"  ratio: {seconds[1][0] / seconds[2][0]:.2f} times as fast (wanted: 1.8)")
        for records in (500, 5000):
            path = folder / f"{records}.warc.gz"
            path.write_bytes(b"".join(members * (records // 100)))
            print(f"  one file of {records} pages: peak memory {_peak_memory(path, folder / 'memory'):.0f} MB")
        path = folder / "others.warc.gz"
        path.write_bytes(b"".join(other * 200))
        options = Options(str(folder / "others"))
        (unit,) = local_units([path], folder / "others")
        started = time.process_time()
        extract_unit(unit, options)
        rate = unit.size / (time.process_time() - started) / 1e6
        print(f"  pages of other hosts: {rate:.1f} MB of compressed WARC per CPU second")


def _job(inputs: Path, out: Path, workers: int) -> tuple[float, float]:
    command = [sys.executable, "-m", "scrapy", "archive", "extract", str(inputs), "--out", str(out)]
    started = time.monotonic()
    subprocess.run([*command, "--workers", str(workers)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    wall = time.monotonic() - started
    return wall, json.loads((out / "report.json").read_bytes())["cpu_seconds"]


def _peak_memory(path: Path, out: Path) -> float:
    """Extract a file in a process of its own, and return the most memory that it held, in MB."""
    code = (
        "import sys, resource; from pathlib import Path; from mayadeen.archives.extract_job import local_units; "
        "from mayadeen.archives.extract_unit import Options, extract_unit; out = Path(sys.argv[2]); "
        "extract_unit(local_units([Path(sys.argv[1])], out)[0], Options(str(out))); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), str(out)], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    return int(done.stdout) / (1000 if sys.platform != "darwin" else 1e6)
