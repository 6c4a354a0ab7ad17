"""The pages in a real Chromium: nothing runs, nothing is asked for, and everybody can read them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mayadeen import published_schemas as schemas
from mayadeen.dataset import profile
from mayadeen.dataset.dataset_statistics import DatasetStatistics, RecordCounts
from mayadeen.dataset.gaps import gaps
from mayadeen.monitoring.html import index, run
from mayadeen.monitoring.previous_reports import PreviousReport
from tests.support import two_runs
from tests.support.reports import RUN_ID, alerting, blocked, empty, fields, full, hostile
from tests.support.site import Site

CHROMIUM = "/usr/bin/chromium"
pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not os.access(CHROMIUM, os.X_OK), reason=f"no {CHROMIUM}: apt-get install chromium"),
]


def dataset() -> str:
    """The profile of a dataset with something to show in every place, and names that want to be more."""
    facts = DatasetStatistics(sqlite3.connect(":memory:"))
    counts = RecordCounts()
    for n, record in enumerate(two_runs.records()):
        nasty = {"section": "<script>x</script>" * 9, "warnings": ["title: generic"]} if n % 9 == 0 else {}
        month = {"published_at": f"{2023 + n % 3}-{n % 12 + 1:02}-01T00:00:00Z"}
        counts.add(
            record
            | nasty
            | month
            | {
                "split": ("train", "test")[n % 2],
                "removed_at": None,
                "superseded_by": None,
                "duplicate_group": record["id"],
            }
        )
    facts.add(counts)
    alike = {"exact": 1, "near": 2, "groups": 2, "records": 5, "largest": [["en:1", 3], ["en:2", 2]]}
    missing, _ = gaps([], ["en"])
    row = {"run": "2025-11-11T12:00:00Z", "label": "</td>" * 99, "kind": "tag", "url": None, "ended": "failed"}
    missing |= {"runs": 2, "listings": [row | {"trouble": "page 3 failed"}], "listings_more": 4}
    missing["totals"] |= {"failed": 3, "gone": 1}
    (manifest,) = schemas.load("dataset.schema.json")["examples"]
    return profile.page(manifest, facts.result(alike, missing))


PAGES: dict[str, Callable[[], str]] = {
    "dataset": dataset,
    "large": lambda: run.page(RUN_ID, full(5000, 400) | {"fields": fields(5000)}),
    "alerting": lambda: run.page(RUN_ID, alerting()),
    "blocked": lambda: run.page(RUN_ID, blocked()),
    "empty": lambda: run.page(RUN_ID, empty()),
    "hostile": lambda: run.page(RUN_ID, hostile()),
    "index": lambda: index.page(
        [
            index.row(PreviousReport(f"2025112{n}T040506.123Z", report), has_page=True)
            for n, report in enumerate((full(30, 2), alerting(), blocked(), empty(), hostile()))
        ]
        + [index.row(PreviousReport("20251129T040506.123Z", None, "it is damaged, or not a report"), has_page=False)]
    ),
}

LOOK = """() => {
  const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return [m[0], m[1], m[2], m[3] ?? 1]; };
  const luminance = ([r, g, b]) => { const f = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
    return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; }
    return [255, 255, 255, 1]; };
  const poor = [], tones = new Set();
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true}) || e.closest("title")) continue;
    const style = getComputedStyle(e), colour = parse(e instanceof SVGElement ? style.fill : style.color), back = behind(e);
    const [a, b] = [luminance(colour), luminance(back)].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
    tones.add(colour.join());
    if (ratio < 4.5) poor.push([e.tagName, e.className.baseVal ?? e.className, e.textContent.trim().slice(0, 40), ratio.toFixed(2)].join(" "));
    if (parseFloat(style.fontSize) < 11) poor.push("small: " + e.textContent.trim().slice(0, 40));
  }
  const nameless = [...document.querySelectorAll("a, summary, [role=img], [role=region], [tabindex]")]
    .filter(e => !(e.getAttribute("aria-label") || e.textContent.trim())).map(e => e.outerHTML.slice(0, 80));
  const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
  const cells = [...document.querySelectorAll("th")].filter(e => !e.scope).length;
  return { poor, nameless, cells, back: getComputedStyle(document.body).backgroundColor, ink: getComputedStyle(document.body).color,
    twice: ids.filter((id, n) => ids.indexOf(id) !== n), lang: document.documentElement.lang, title: document.title,
    landmarks: ["header", "main", "footer"].map(n => document.querySelectorAll(`body > ${n}`).length),
    headings: [...document.querySelectorAll("h1, h2, h3, h4, h5")].map(e => +e.tagName[1]),
    over: document.documentElement.scrollWidth - innerWidth, height: document.documentElement.scrollHeight };
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
        )
        yield chromium
        chromium.close()


class Seen:
    """A page as opened: what it asked for and complained of."""

    def __init__(self, browser: Any, path: Path, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.messages: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("dialog", lambda dialog: self.messages.append(f"dialog: {dialog.message}"))
        self.page.goto(path.as_uri())
        self.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")

    def look(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate(LOOK)
        return found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read_by_everybody(browser: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.html"
    path.write_text(PAGES[name](), encoding="utf-8")
    looks = {}
    for scheme, width in (("light", 1280), ("dark", 1280), ("light", 360)):
        seen = Seen(browser, path, viewport={"width": width, "height": 800}, color_scheme=scheme)
        found = looks[scheme, width] = seen.look()
        assert (seen.asked, seen.messages) == ([path.as_uri()], [])
        assert found["poor"] == [], (scheme, width)
        assert found["over"] <= 0, (scheme, width)
        assert (found["nameless"], found["twice"], found["cells"]) == ([], [], 0)
        assert found["landmarks"] == [1, 1, 1]
        levels = found["headings"]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels)), levels
        assert found["lang"] == "en"
        assert found["title"]
        for drawing in ("wide", "narrow"):
            shown = [figure.is_visible() for figure in seen.page.locator(f".{drawing}").all()]
            assert set(shown) <= {(drawing == "narrow") == (width == 360)}
        if width == 1280 and scheme == "light":
            seen.page.emulate_media(media="print")
            printed = seen.look()
            assert printed["back"] == "rgb(255, 255, 255)"
            assert printed["poor"] == []
            assert not seen.page.is_visible("nav.here")
        seen.context.close()
    light, dark = looks["light", 1280], looks["dark", 1280]
    assert light["back"] != dark["back"]
    assert light["ink"] != dark["ink"]


def test_what_is_printed_from_a_dark_screen_is_light(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGES["alerting"](), encoding="utf-8")
    seen = Seen(browser, path, viewport={"width": 794, "height": 1100}, color_scheme="dark")
    seen.page.emulate_media(media="print", color_scheme="dark")
    found = seen.look()
    assert (found["back"], found["poor"]) == ("rgb(255, 255, 255)", [])
    assert found["over"] <= 0
    seen.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
    # A print cannot unfold what is folded on a screen.
    assert seen.page.get_by_text("https://english.almayadeen.net/news/sports/gone-29").is_visible()
    seen.context.close()


@pytest.mark.parametrize("fenced", [True, False])
def test_nothing_could_run_or_be_asked_for_even_if_it_stood_there(
    browser: Any, tmp_path: Path, site: Site, fenced: bool
) -> None:
    """The page's own policy is the second protection. Without it, the inserted script runs."""
    path = tmp_path / "page.html"
    evil = (
        f"<script>document.title = 'ran'</script><img src='{site.url}/x' onerror=\"document.title = 'ran'\">"
        f"<style>@import '{site.url}/y';</style><iframe src='{site.url}/z'></iframe>"
    )
    page = PAGES["empty"]().replace("</main>", f"{evil}</main>")
    path.write_text(page if fenced else page.replace("Content-Security-Policy", "none"), encoding="utf-8")
    seen = Seen(browser, path)
    assert (seen.look()["title"] == "ran") is not fenced
    assert set(site.requests) == (set() if fenced else {"/x", "/y", "/z"})
    seen.context.close()
