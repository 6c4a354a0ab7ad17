"""Thirty shapes of pages up to the download limit: none takes longer than its limit, and none stops a run."""

from __future__ import annotations

import gzip
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mayadeen.extraction import names
from mayadeen.extraction.article import ArticlePage, NotAnArticle
from mayadeen.extraction.block_page import read_refusal
from mayadeen.extraction.cpu_limit import SECONDS, bounded
from mayadeen.extraction.dom import PageError, parse_html
from mayadeen.extraction.headlines import read_headlines
from mayadeen.extraction.listing import read_listing
from mayadeen.extraction.loaders import load_article
from mayadeen.extraction.menu import read_menu
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses
from tests.support.crawl_runner import Crawl
from tests.support.page_shapes import SHAPES
from tests.support.preloaded import PROJECT
from tests.support.site import Answer, Site

pytestmark = pytest.mark.soak

BASE = "http://127.0.0.1:8000"
URL = f"{BASE}/news/politics/a-b"
ADDRESSES = Addresses(EDITIONS["en"], BASE)
VIA: Any = {"kind": "url", "url": f"{BASE}/", "position": None}
SIZES = (60_000, 500_000, 2_000_000, 16_000_000)

READERS: dict[str, Callable[[str], object]] = {
    "article": lambda html: load_article(
        ArticlePage(html, URL, ADDRESSES), fetched_at="2025-01-01T00:00:00Z", discovery=VIA
    ),
    "listing": lambda html: read_listing(html, f"{BASE}/news", ADDRESSES, frozenset(), f"{BASE}/news"),
    "menu": lambda html: read_menu(html, f"{BASE}/", ADDRESSES),
    "headlines": lambda html: read_headlines(html, f"{BASE}/", ADDRESSES),
    "names": lambda html: names.names_on(parse_html(html), URL, ADDRESSES),
    "block page": lambda html: read_refusal(html, URL),
}


def cpu_seconds() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


@pytest.mark.process
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", SHAPES)
def test_no_page_takes_longer_than_its_limit(shape: str, size: int) -> None:
    html = SHAPES[shape](size)
    slow = {}
    for name, read in READERS.items():
        began = cpu_seconds()
        try:
            with bounded():
                read(html)
        except (PageError, NotAnArticle):
            pass
        if (took := cpu_seconds() - began) > 3 * SECONDS:
            slow[name] = round(took, 1)
    assert slow == {}


@pytest.mark.process
@pytest.mark.parametrize("group", range(0, len(SHAPES), 5))
def test_the_next_page_is_fetched_after_each(crawl: Crawl, site: Site, group: int) -> None:
    shapes = list(SHAPES.values())[group : group + 5]
    paths = [f"/news/politics/shape-{n}-0" for n in range(len(shapes))]
    after = [f"/news/politics/after-{n}-0" for n in range(len(shapes))]
    site.front(Politics="/news/politics")
    site.listing("/news/politics", [path for pair in zip(paths, after, strict=True) for path in pair])
    for number, (path, shape) in enumerate(zip(paths, shapes, strict=True), 1):
        site.pages[path] = Answer(shape(3_000_000))
        site.article(after[number - 1], 1000 + number)
    run = crawl(site.url)
    assert "Traceback" not in run.stderr
    assert {f"en:{1000 + n}" for n in range(1, len(shapes) + 1)} <= {record["id"] for record in run.records}


PAGES = 40
"""Enough that the run cannot end before the signal: each page takes about its limit."""
SLOW = "open siblings in the main part"


def slow_articles(site: Site) -> list[str]:
    """A site whose articles all take as long as they may."""
    paths = [f"/news/politics/slow-{n}-0" for n in range(PAGES)]
    site.front(Politics="/news/politics")
    site.listing("/news/politics", paths)
    for path in paths:
        site.pages[path] = Answer(SHAPES[SLOW](780_000))
    return ["articles"]


def slow_listings(site: Site) -> list[str]:
    """A site whose listings all take as long as they may."""
    sections = {f"Section {n}": f"/slow-{n}" for n in range(PAGES)}
    site.front(**sections)
    for path in sections.values():
        site.pages[path] = Answer(SHAPES[SLOW](780_000))
    return ["articles"]


def slow_sitemaps(site: Site) -> list[str]:
    """A site with sitemaps of millions of empty entries."""
    site.front(Politics="/news/politics")
    names = [f"/slow-sitemap-{n}.xml.gz" for n in range(PAGES)]
    robots = "User-agent: *\nAllow: /\n" + "".join(f"Sitemap: {site.url}{name}\n" for name in names)
    site.pages["/robots.txt"] = Answer(robots, content_type="text/plain")
    body = gzip.compress(b"<urlset>" + b"<url/>" * 9_000_000)
    for name in names:
        site.pages[name] = Answer(body, content_type="application/gzip")
    return ["archive"]


def slow_images(site: Site) -> list[str]:
    """A site whose images have millions of parts."""
    paths = [f"/news/politics/a-{n}-0" for n in range(PAGES)]
    site.front(Politics="/news/politics")
    site.listing("/news/politics", paths)
    jpeg = BytesIO()
    Image.new("RGB", (3, 2)).save(jpeg, "JPEG")
    body = jpeg.getvalue()[:2] + b"\xff\xe1\x00\x02" * 4_000_000 + jpeg.getvalue()[2:]
    for number, path in enumerate(paths, 1):
        site.article(path, number)
        page = site.pages[path]
        figures = "".join(f"<figure><img src='/slow-{number}-{n}.jpg'></figure>" for n in range(3))
        page.body = str(page.body).replace("</div></section>", f"{figures}</div></section>")
        site.pages.update({f"/slow-{number}-{n}.jpg": Answer(body, content_type="image/jpeg") for n in range(3)})
    return ["articles", "-s", "MAYADEEN_IMAGES=True"]


@pytest.mark.process
@pytest.mark.parametrize("arrived", [1, 3])
@pytest.mark.parametrize("kind", [slow_articles, slow_listings, slow_sitemaps, slow_images])
def test_sigint_ends_a_run_soon(site: Site, tmp_path: Path, kind: Callable[[Site], list[str]], arrived: int) -> None:
    """A run ends within 10 seconds. The bound allows for a machine that is slower and has other work."""
    command = [sys.executable, "-m", "scrapy", "crawl", *kind(site), "-s", f"MAYADEEN_BASE_URL={site.url}"]
    command += ["-s", f"MAYADEEN_DATA_DIR={tmp_path / 'data'}", "-s", "DOWNLOAD_DELAY=0"]
    environment = {**os.environ, "SCRAPY_SETTINGS_MODULE": "mayadeen.settings"}
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while sum("slow-" in path for path in site.requests) < arrived and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        _, stderr = process.communicate(timeout=300)
        took = time.monotonic() - began
    assert process.returncode == 3, stderr
    assert "Traceback" not in stderr
    assert took < 30, stderr
    print(f"{kind.__name__}: {took:.1f} s")
