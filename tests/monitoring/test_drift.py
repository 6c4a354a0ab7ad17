"""A change of the pages is distinguished from chance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from mayadeen.extraction import article, loaders
from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.loaders import load_article
from mayadeen.items import PROVENANCE_FIELDS
from mayadeen.monitoring.drift import ASPECTS, History, beta_binomial, compare, judge
from mayadeen.monitoring.drift_messages import describe_alert, drift_alerts
from mayadeen.monitoring.field_sampler import FIX_LOCATIONS, FieldSampler
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses
from mayadeen.storage.drift_history import FILLED, LENGTH, Doubts, Reading
from tests.support.drifting import STRATA, Runs, Site, quiet_runs
from testsite import SyntheticSite

START = datetime(2025, 11, 1, tzinfo=UTC)
ALL = 0b01111
HTML = 0b01000


def reading(day: float, *, run: int = 0, kind: str = "news", label: str = "politics", **fields: int) -> Reading:
    """Return an article of a day after the start, with the sources of its fields as bits (default: all)."""
    given = {"summary": ALL, "tags": HTML, **fields}
    at = f"{START + timedelta(days=day):%Y-%m-%dT%H:%M:%SZ}"
    lengths = {"summary": 100, "tags": 4}
    return Reading(kind, label, at, {n: [lengths[n], b] for n, b in given.items() if b}, f"https://x/{day}", run)


EARLIER = [reading(n / 20, run=1) for n in range(100)]


def what(readings: list[Reading], earlier: list[Reading] = EARLIER, doubts: dict | None = None) -> dict:
    verdict = judge(2, readings, earlier, doubts or {})
    return {a["field"]: a["what"] for a in drift_alerts(verdict, {0: "", 1: "", 2: ""})}


def test_every_name_that_an_alert_gives_exists() -> None:
    assert set(FIX_LOCATIONS) == set(PROVENANCE_FIELDS) - {"section", "region"}
    for name, (method, line) in FIX_LOCATIONS.items():
        for module, path in ((article, method), (loaders, line)):
            found = module
            for part in path.split("."):
                assert hasattr(found, part), (name, path)
                found = getattr(found, part)


def test_what_is_as_usual_is_no_alert() -> None:
    assert what([reading(6 + n / 20) for n in range(30)]) == {}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"summary": 0}, {"summary": "vanished"}),
        ({"summary": ALL - 1}, {"summary": "fell_back"}),
        ({"summary": ALL - HTML}, {"summary": "source_lost"}),
        ({"summary": 0b10000}, {"summary": "fell_back"}),
        ({"tags": 0}, {"tags": "vanished"}),
        ({"summary": 0, "tags": 0}, {"summary": "vanished", "tags": "vanished"}),
    ],
)
def test_each_kind_of_loss_is_noticed_in_a_dozen_articles(fields: dict[str, int], expected: dict[str, str]) -> None:
    assert what([reading(6 + n / 20, **fields) for n in range(12)]) == expected


def test_half_as_long_is_noticed_and_a_little_shorter_is_not() -> None:
    def cut(part: float) -> list[Reading]:
        made = [reading(6 + n / 20) for n in range(15)]
        for one in made:
            one.fields["summary"] = [int(100 * part) + len(one.url) % 3, ALL]
        return made

    assert what(cut(0.5)) == {"summary": "shortened"}
    assert what(cut(0.7)) == what(cut(1.5)) == {}


def test_few_articles_say_nothing_by_themselves_and_much_together() -> None:
    doubts: dict = {}
    earlier = list(EARLIER)
    noticed = 0
    for run in range(2, 20):
        found = [reading(6 + run, run=run, summary=ALL - HTML), reading(6.5 + run, run=run, summary=ALL - HTML)]
        verdict = judge(run, found, earlier, doubts)
        if verdict.lost:
            noticed = run
            break
        assert verdict.doubted == [("summary", "html")]
        doubts.setdefault(("summary", "html"), Doubts()).open[run] = False
        earlier += found
    assert 4 <= noticed <= 6
    (lost,) = verdict.lost
    assert (lost.first, lost.last_good, lost.comparison.n) == (2, 1, 2 * (noticed - 1))


@pytest.mark.parametrize(
    "readings",
    [
        pytest.param([reading(6 + n / 20, kind="video", summary=0) for n in range(50)], id="a kind without history"),
        pytest.param([reading(6 + n / 20, label="sports", summary=0) for n in range(50)], id="a section without"),
        pytest.param([reading(-n / 20 - 1, summary=0) for n in range(50)], id="older than all that is known"),
        pytest.param([reading(300 + n / 20, summary=0) for n in range(50)], id="long after"),
        pytest.param([reading(6, summary=0)], id="one post"),
    ],
)
def test_what_has_nothing_to_be_held_against_says_nothing(readings: list[Reading]) -> None:
    assert what(readings) == {}


def test_a_page_that_does_not_say_what_it_is_is_held_against_all_texts() -> None:
    lost = [reading(6 + n / 20, kind="", label="", summary=0) for n in range(12)]
    for one in lost:
        one.published_at = ""
    assert what(lost) == {"summary": "vanished"}


def test_what_half_of_the_articles_lack_is_rare_by_nature() -> None:
    earlier = [reading(n / 20, run=1, summary=ALL if n % 5 < 2 else 0) for n in range(100)]
    assert what([reading(6 + n / 20, summary=0) for n in range(200)], earlier) == {}


def test_what_an_article_was_found_by_does_not_count() -> None:
    found = [reading(6 + n / 20) for n in range(30)]
    for one in found:
        one.fields["tags"] = None
    assert compare(found, History(EARLIER), "tags", FILLED).n == 0
    assert what(found) == {}


def test_a_time_in_doubt_is_not_usual_and_what_was_accepted_is() -> None:
    bad = [reading(6 + n / 20, run=2, summary=0) for n in range(30)]
    more = [reading(8 + n / 20, summary=0) for n in range(12)]
    keys = [("summary", aspect) for aspect in (FILLED, "tawsiyat", "json-ld", "meta", "html")]
    assert what(more, EARLIER + bad, {key: Doubts(open={2: True}) for key in keys}) == {"summary": "vanished"}
    assert what(more, EARLIER + bad, {key: Doubts(closed={2}) for key in keys}) == {"summary": "vanished"}
    assert what(more, EARLIER + bad, {key: Doubts(since=2) for key in keys}) == {}
    good = [reading(8 + n / 20) for n in range(12)]
    assert what(good, EARLIER + bad, {key: Doubts(open={2: True}) for key in keys}) == {}


def test_the_line_says_all_that_is_needed() -> None:
    verdict = judge(2, [reading(6 + n / 20, tags=0) for n in range(12)], EARLIER, {})
    (alert,) = drift_alerts(verdict, {1: "2025-11-01T00:00:00Z", 2: "2025-11-07T00:00:00Z"})
    assert describe_alert(alert) == (
        "tags is not found any more (0% of 12 articles, usually 100%), since 2025-11-07T00:00:00Z, last good "
        "2025-11-01T00:00:00Z. Open https://x/6.0 https://x/6.05 https://x/6.1 and "
        "fix mayadeen/extraction/article.py ArticlePage.tags, cleaned by mayadeen/extraction/loaders.py ArticleLoader.tags_in"
    )


def test_the_probability_is_that_of_the_beta_binomial() -> None:
    draws = Random(1)
    low = sum(sum(draws.random() < share for _ in range(12)) <= 4
              for share in (draws.betavariate(3, 2) for _ in range(20_000))) / 20_000  # fmt: skip
    assert beta_binomial(4, 12, 3, 2) == pytest.approx(low, abs=0.02)
    assert beta_binomial(12, 12, 3, 2) == pytest.approx(1)


def test_lengths_are_watched_where_they_mean_something() -> None:
    assert {name for name, aspect in ASPECTS if aspect == LENGTH} == {"title", "summary", "body", "tags", "keywords", "images"}  # fmt: skip


# --- pages -----------------------------------------------------------------------------------------------------------


def test_every_source_of_a_page_is_seen_not_only_the_one_used() -> None:
    testsite = SyntheticSite(posts=120, seed=4)
    measure = FieldSampler()
    wanted = [testsite.answer(n) for n in range(120)]
    texts = [a for a in wanted if a["reachable"] and a["record"]["body"]]
    for answer in texts:
        url = answer["record"]["canonical_url"]
        page = ArticlePage(testsite.page(answer["index"]), url, Addresses(EDITIONS["en"]))
        found = load_article(page, fetched_at="2025-01-01T00:00:00Z", discovery={"kind": "section", "url": url, "position": 1})  # fmt: skip
        measure.add(page, found, "section")
    assert len(measure.readings) > 60
    by_url = {reading.url: reading for reading in measure.readings}
    for answer in texts:
        if (reading := by_url.get(answer["record"]["canonical_url"])) is None:
            continue  # its kind, section and month had twenty
        variants, record = set(answer["variants"]), answer["record"]
        none = "no-machine-blocks" in variants
        expected = {
            ("title", "tawsiyat"): not variants & {"no-machine-blocks", "no-tawsiyat", "broken-tawsiyat"},
            ("title", "meta"): not variants & {"no-machine-blocks", "no-meta"},
            ("post_id", FILLED): record["post_id"] is not None,
            ("published_at", "html"): True,
            ("published_at", "json-ld"): not none and "no-json-ld" not in variants and "broken-json-ld" not in variants,
            ("body", "html"): "redesigned" not in variants,
            ("body", FILLED): True,
            ("summary", FILLED): record["summary"] is not None,
            ("tags", FILLED): bool(record["tags"]),
            ("source", "html"): record["source"] is not None,
            ("country", "tawsiyat"): record["country"] is not None,
        }
        if "broken-json-ld" in variants:
            del expected[("published_at", "json-ld")]  # cut short, or with a date that cannot be read
        assert {key: reading.has(*key) for key in expected} == expected, answer["index"]
        assert reading.fields["body"][0] == len(record["body"])  # type: ignore[index]
    fields = measure.report()
    assert fields["title"]["read"] == fields["title"]["filled"] == len(texts)
    assert all(one["filled"] == sum(one["sources"].values()) <= one["read"] for one in fields.values())
    assert fields["tags"]["filled"] == sum(bool(a["record"]["tags"]) for a in texts)
    assert (fields["country"]["length"], fields["body"]["length"] > 500) == (None, True)


def test_few_are_kept_of_a_long_run() -> None:
    testsite = SyntheticSite(posts=50, seed=4)
    url = testsite.answer(1)["record"]["canonical_url"]
    page = ArticlePage(testsite.page(1), url, Addresses(EDITIONS["en"]))
    found = load_article(page, fetched_at="2025-01-01T00:00:00Z")
    measure = FieldSampler()
    for month in range(60):
        found.published_at = f"{2015 + month // 12}-{month % 12 + 1:02}-01T00:00:00Z"
        for _ in range(100):
            measure.add(page, found, "section")
    assert measure.report()["title"]["read"] == 6000
    assert len(measure.readings) == 40 + 58 * 10  # of the first two months all there is room for, then every tenth
    found.published_at = None
    measure.add(page, found, "sitemap")
    assert len(measure.readings) == 40 + 58 * 10


# --- many runs --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_site_whose_habits_drift_raises_no_alert() -> None:
    assert quiet_runs(seed=3, concentration=10, count=30) == 0


def test_after_many_quiet_runs_a_loss_is_noticed_all_the_same() -> None:
    site, runs = Site(7, 20), Runs()
    for day in range(6):
        assert runs.run(site.day(700 + day, 40)).lost == []
    for kind, label, _ in STRATA:
        site.usual[kind, label, "summary", "meta"] = 0.95
    for day in range(6, 12):
        assert runs.run(site.day(700 + day, 40)).lost == []
    for kind, label, _ in STRATA:
        site.usual[kind, label, "summary", "meta"] = 0.0
    for day in range(12, 15):
        assert {(one.name, one.aspect) for one in runs.run(site.day(700 + day, 30)).lost} == {("summary", "meta")}
    for kind, label, _ in STRATA:
        site.usual[kind, label, "summary", "meta"] = 0.95
    assert runs.run(site.day(715, 30)).lost == []
