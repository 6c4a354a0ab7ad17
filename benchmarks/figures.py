"""The figures of ``make bench``. Each returns what it measured as a dict, ratios first."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
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


def extraction(pages: int = 100, passes: int = 10, rounds: int = 3) -> dict[str, Any]:
    """Page bytes to validated record, against trafilatura's fast mode and resiliparse on the same pages.

    The start of each program is measured by a run without pages and taken off.
    """
    from testsite import SyntheticSite

    site = SyntheticSite(posts=pages * 3, seed=1, page_kb=100)
    with tempfile.TemporaryDirectory() as folder:
        texts = [n for n in range(pages * 3) if site.answer(n)["record"]["body"]][:pages]
        for number in texts:
            Path(folder, f"story-{number:05}.html").write_bytes(
                site.page(number, "https://english.almayadeen.net").encode()
            )
        kilobytes = sum(path.stat().st_size for path in Path(folder).iterdir()) / len(texts) / 1000
        programs = {
            "ours": (python("-m", "benchmarks.ours"), OWN),
            "trafilatura": (python(BASELINES, "trafilatura"), {}),
            "resiliparse": (python(BASELINES, "resiliparse"), {}),
        }
        used: dict[str, list[Usage]] = {name: [] for name in programs}
        for _ in range(rounds):
            for name, (command, environment) in programs.items():
                whole, start = (run([*command, folder, str(n)], environment=environment) for n in (passes, 0))
                used[name].append(Usage(whole.cpu - start.cpu, whole.wall - start.wall, whole.memory))
    measured = compared(used["ours"], used["trafilatura"])
    return measured | {
        "baseline": "trafilatura fast",
        "cpu_ratio_to_resiliparse": compared(used["ours"], used["resiliparse"])["cpu_ratio"],
        "ours_ms_per_page": round(measured["ours_cpu_seconds"] / passes / len(texts) * 1000, 3),
        "pages": len(texts),
        "kilobytes_per_page": round(kilobytes),
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
    """``scrapy extract`` of one page, against ``scrapy version``, which only starts Scrapy and reads the settings."""
    from testsite import SyntheticSite

    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text(SyntheticSite(posts=50, seed=1).page(0, "https://english.almayadeen.net"), encoding="utf-8")
        run(scrapy("extract", str(page)), environment=OWN)  # compiles the modules
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(run(scrapy("extract", str(page)), environment=OWN))
            theirs.append(run(scrapy("version"), environment=OWN))
    return compared(ours, theirs) | {"baseline": "scrapy version"}


FIGURES = {"extraction": extraction, "crawl": crawl, "dataset": dataset, "start": start}
