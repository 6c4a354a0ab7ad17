"""The figures of ``make bench``. Each returns what it measured as a dict, ratios first."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.measure import OWN, ROOT, Usage, compared, python, run, scrapy

FAST = (
    "-sDOWNLOAD_DELAY=0", "-sAUTOTHROTTLE_ENABLED=False", "-sCONCURRENT_REQUESTS=16",
    "-sCONCURRENT_REQUESTS_PER_DOMAIN=16", "-sLOG_LEVEL=WARNING",
)  # fmt: skip
BASELINES = str(ROOT / "benchmarks" / "baselines.py")


@contextmanager
def served(posts: int, page_kb: int) -> Iterator[str]:
    """Serve a test site from a process of its own. Yields its address."""
    command = python("-m", "testsite", "serve", "--posts", str(posts), "--seed", "1", "--port", "0")
    with subprocess.Popen(
        [*command, "--page-kb", str(page_kb)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as server:  # fmt: skip
        try:
            assert server.stdout is not None
            yield next(w for w in server.stdout.readline().split() if w.startswith("http://")).rstrip("/")
        finally:
            server.terminate()


def extraction_known(pages: int = 100) -> dict[str, Any]:
    """Page bytes to validated record on the known layout, against trafilatura's fast mode on the same pages.

    That mode reads the text only. So the ratio to it with metadata is given too, and the one to resiliparse, which
    reads no metadata either.
    """
    others = ("trafilatura-metadata", "resiliparse")
    return _extraction(pages, _known_layout, "trafilatura fast", "trafilatura", passes=8, others=others)


def extraction_unknown(pages: int = 100) -> dict[str, Any]:
    """The same pages with other class names, against trafilatura with the options that the project uses."""
    return _extraction(pages, _unknown_layout, "trafilatura with the project's options", "trafilatura-exact", passes=2)


def _known_layout(page: str) -> str | None:
    return page if re.search(r'class="[^"]*\bread-section\b', page) else None


def _unknown_layout(page: str) -> str | None:
    return _CLASS.sub(_renamed, page) if _known_layout(page) else None


_CLASS = re.compile(r'class="([^"]*)"')
_KNOWN_EVERYWHERE = re.compile("twitter|dual-related")
"""Class names of embeds and boxes that the project knows on every layout."""


def _renamed(match: re.Match[str]) -> str:
    if _KNOWN_EVERYWHERE.search(match[1]):
        return match[0]
    return f'class="{" ".join("c" + hashlib.sha1(name.encode()).hexdigest()[:6] for name in match[1].split())}"'


def _extraction(
    pages: int,
    layout: Callable[[str], str | None],
    label: str,
    baseline: str,
    passes: int,
    others: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Compare on pages of a layout. The start of each program is measured by a run without pages and taken off."""
    from testsite import SyntheticSite

    site = SyntheticSite(posts=pages * 4, seed=1, page_kb=100)
    base = "https://english.almayadeen.net"
    made = (layout(site.page(n, base)) for n in range(pages * 4) if site.answer(n)["record"]["body"])
    texts = list(islice(filter(None, made), pages))
    with tempfile.TemporaryDirectory() as folder:
        for number, page in enumerate(texts):
            Path(folder, f"story-{number:05}.html").write_text(page, encoding="utf-8")
        programs = {"ours": (python("-m", "benchmarks.ours"), OWN)}
        programs |= {name: (python(BASELINES, name), {}) for name in (baseline, *others)}
        used: dict[str, list[Usage]] = {name: [] for name in programs}
        for _ in range(3):
            for name, (command, environment) in programs.items():
                whole, start = (run([*command, folder, str(n)], environment=environment) for n in (passes, 0))
                used[name].append(Usage(whole.cpu - start.cpu, whole.wall - start.wall, whole.memory))
    measured = compared(used["ours"], used[baseline])
    return measured | {
        "baseline": label,
        **{f"cpu_ratio_to_{name}": compared(used["ours"], used[name])["cpu_ratio"] for name in others},
        "ours_ms_per_page": round(measured["ours_cpu_seconds"] / passes / len(texts) * 1000, 3),
        "pages": len(texts),
        "kilobytes_per_page": round(sum(len(page.encode()) for page in texts) / len(texts) / 1000),
    }


def crawl(posts: int = 2000, rounds: int = 2) -> dict[str, Any]:
    """A whole crawl without delays, against stock Scrapy that downloads the same pages, outside of the project."""
    ours, theirs, requests = [], [], 0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as data, served(posts, 100) as base:
            own = (f"-sMAYADEEN_BASE_URL={base}", f"-sMAYADEEN_DATA_DIR={data}/data")
            ours.append(run(scrapy("crawl", "articles", *FAST, *own), environment=OWN))
            with urllib.request.urlopen(f"{base}/.testsite/log.jsonl") as reply:
                paths = [json.loads(line)["path"] for line in reply]
            urls = [base + path for path in paths if path != "/robots.txt" and not path.startswith("/.testsite/")]
            requests = len(urls)
            Path(data, "urls.txt").write_text("\n".join(urls), encoding="utf-8")
            bare = (str(ROOT / "benchmarks" / "bare.py"), "-a", f"addresses={data}/urls.txt")
            theirs.append(run(scrapy("runspider", *FAST, *bare), cwd=Path(data)))
    return compared(ours, theirs) | {"baseline": "scrapy runspider", "requests": requests}


def dataset(records: int = 100_000, rounds: int = 1) -> dict[str, Any]:
    """``scrapy dataset`` to Parquet, against DuckDB that copies the same lines to Parquet on 2 threads."""
    from benchmarks.archive import make

    records = int(os.environ.get("RECORDS", records))
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as data:
        make(Path(data), records)
        for number in range(rounds):
            out = (f"{data}/dataset-{number}", f"-sMAYADEEN_DATA_DIR={data}")
            ours.append(run(scrapy("dataset", "--formats", "parquet", *out), environment=OWN))
            theirs.append(run(python(BASELINES, "duckdb", data)))
    return compared(ours, theirs) | {"baseline": "duckdb", "records": records}


def start(rounds: int = 7) -> dict[str, Any]:
    """``scrapy extract`` of one page, against ``scrapy version`` outside of the project, which only starts Scrapy."""
    from testsite import SyntheticSite

    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text(SyntheticSite(posts=50, seed=1).page(0, "https://english.almayadeen.net"), encoding="utf-8")
        run(scrapy("extract", str(page)), environment=OWN)  # compiles the modules
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(run(scrapy("extract", str(page)), environment=OWN))
            theirs.append(run(scrapy("version"), cwd=Path(folder)))
    return compared(ours, theirs) | {"baseline": "scrapy version"}


FIGURES = {
    "extraction-known": extraction_known,
    "extraction-unknown": extraction_unknown,
    "crawl": crawl,
    "dataset": dataset,
    "start": start,
}
