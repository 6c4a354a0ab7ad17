"""Many listings through one browser: what they take is given back."""

from __future__ import annotations

import os
from pathlib import Path
from statistics import median

import pytest

from tests.support.crawl_runner import CrawlRunner, Process
from tests.support.site import Answer, Site

CHROMIUM = "/usr/bin/chromium"
LISTINGS = 200
SCRIPT = """
    const list = document.querySelector('main'), button = document.querySelector('#more');
    button.addEventListener('click', async () => {
        const shown = list.querySelectorAll('article').length;
        button.insertAdjacentHTML('beforebegin', await (await fetch('/more/' + shown)).text());
        if (shown >= 40) { button.remove(); }
    });
"""


def memory(mark: str) -> dict[str, float]:
    """Resident MB of what runs with this mark in its environment: crawler, driver, browser."""
    found: dict[str, float] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"MAYADEEN_TEST={mark}\0".encode() in (process / "environ").read_bytes():
                name = (process / "comm").read_text().strip()
                pages = int((process / "statm").read_text().split()[1])
                found[name] = max(found.get(name, 0.0), pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
        except OSError:
            continue
    return found


@pytest.mark.soak
@pytest.mark.skipif(not os.access(CHROMIUM, os.X_OK), reason=f"no {CHROMIUM}: apt-get install chromium")
def test_memory_does_not_grow(site: Site, tmp_path: Path) -> None:
    site.front(**{f"Part {n}": f"/part/{n}" for n in range(LISTINGS)})
    articles = [f"/news/politics/story-number-{n}" for n in range(60)]
    for number, article in enumerate(articles, 1):
        site.article(article, number)
    button = f"<button id='more'>Load more</button><script>{SCRIPT}</script><!-- {'x' * 100_000} -->"
    for n in range(LISTINGS):
        site.listing(f"/part/{n}", articles[:20], button)
    for shown in (20, 40):
        site.pages[f"/more/{shown}"] = Answer(
            "".join(
                f"<article><h3><a href='{a}'>Headline of {a}</a></h3></article>" for a in articles[shown : shown + 20]
            )
        )
    # Left to itself, the driver's runtime collects its garbage when it likes, and grows and shrinks by a fifth. With
    # little room it must collect at once: what grows all the same is kept.
    environment = {"MAYADEEN_TEST": str(tmp_path), "NODE_OPTIONS": "--max-old-space-size=48"}
    seen: list[dict[str, float]] = []

    def note(process: Process, line: str) -> None:
        if "listing Part" in line and "ended" in line:
            assert "ended (complete): 3 pages, 60 articles" in line
            seen.append(memory(str(tmp_path)))

    run = CrawlRunner(site.url, tmp_path / "data", CONCURRENT_REQUESTS_PER_DOMAIN=8).watch(
        note, environment=environment, timeout=1200
    )
    assert run.exit_code == 0
    assert len(seen) == LISTINGS
    assert memory(str(tmp_path)) == {}
    early, late = seen[30:70], seen[-40:]
    grown = {name: median(m.get(name, 0) for m in late) / median(m.get(name, 0) for m in early) for name in early[0]}
    print({name: (round(median(m[name] for m in early)), round(median(m[name] for m in late))) for name in early[0]})
    assert len(grown) >= 3
    assert max(grown.values()) < 1.15, grown
