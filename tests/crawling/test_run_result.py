"""How a run ended, from its counts and its result."""

from __future__ import annotations

from typing import Any

import pytest

from mayadeen.crawling.outcomes import UrlSource
from mayadeen.crawling.run_result import RunResult, decide

FINE: dict[str, Any] = {
    "articles/written": 600,
    "articles/path": "data/articles/x.jsonl",
}


def listing(
    label: str = "Politics", ended: str | None = "complete", trouble: str | None = None, **outcomes: int
) -> UrlSource:
    """A listing, with what became of all that it listed."""
    origin = UrlSource(kind="section", label=label, first_url=None, ended=ended, trouble=trouble)
    origin.outcomes.update(outcomes)
    origin.listed = origin.outcomes.total()
    return origin


WHOLE = listing(written=600)


@pytest.mark.parametrize(
    ("stats", "reason", "status", "text"),
    [
        ({}, "finished", 0, "done: 600 articles → data/articles/x.jsonl"),
        ({}, "limit", 0, "done: 600 articles"),
        ({"rejects/written": 2, "rejects/path": "data/rejects/x.jsonl"}, "finished", 0, "2 rejects → data/rejects/x.jsonl"),
        ({"rejects/written": 4}, "finished", 0, "4 rejects"),
        ({"rejects/written": 7}, "finished", 3, "7 rejects in 607 records is more than MAYADEEN_MAX_REJECT_SHARE=0.01"),
        ({"rejects/written": 6}, "finished", 0, "6 rejects"),
        ({"articles/failed": 2}, "finished", 3, "2 pages failed (http://x/a: HTTP status 500)"),
        ({"articles/failed": 2}, "limit", 0, "done"),
        ({"spider_exceptions/count": 1}, "finished", 3, "1 page lost by an error in the program"),
        ({"records/failed": 2}, "limit", 3, "2 pages lost"),
        ({}, "shutdown", 3, "interrupted"),
        ({}, "closespider_timeout", 3, "CLOSESPIDER_TIMEOUT"),
        ({}, "whatever", 3, "stopped (whatever)"),
        ({}, "start_error", 1, "crashed at its start"),
        ({"images/stored": 9, "images/failed": 3, "images/failed/404": 2, "images/failed/robots": 1}, "finished", 0, " · 3 images failed (2 404, 1 robots)"),
        ({"images/failed": 4, "images/failed/404": 4}, "finished", 0, "4 images failed"),
        ({"images/failed": 5, "images/failed/offsite": 5, "images/stored": 4}, "finished", 3, "5 images failed (5 offsite): have their URLs changed"),
    ],
)  # fmt: skip
def test_counts(stats: dict[str, Any], reason: str, status: int, text: str) -> None:
    result = RunResult(first_failed_page="http://x/a: HTTP status 500")
    found = decide(result, {**FINE, **stats}, reason, 0.01, sources=[WHOLE])
    assert (found.status, text in found.text) == (status, True), found


@pytest.mark.parametrize(
    ("result", "reason", "status", "text"),
    [
        (RunResult(menu_assumed="HTTP status 500"), "finished", 0, "the menu was not read (HTTP status 500), the built-in table of sections was used"),
        (RunResult(stop_text="blocked since 2026-01-01T00:00:00Z: HTTP status 403"), "blocked", 3, "incomplete (exit 3): blocked since 2026"),
        (RunResult(drift_text="the layout has changed: tags"), "finished", 3, "the layout has changed: tags"),
        (RunResult(open_alerts=[{"field": "tags", "since": "2025"}]), "finished", 0, "the open alert on tags since 2025"),
        (RunResult(interrupted_runs=["`scrapy crawl media`"]), "finished", 0, "interrupted and not resumed yet: `scrapy crawl media`"),
        (RunResult(only_in_sitemaps=3), "finished", 0, "sitemaps had 3 posts that the crawled listings lack"),
    ],
)  # fmt: skip
def test_what_no_count_says(result: RunResult, reason: str, status: int, text: str) -> None:
    found = decide(result, FINE, reason, 0.01, sources=[WHOLE])
    assert (found.status, text in found.text) == (status, True), found


@pytest.mark.parametrize(
    ("origin", "reason", "status", "text"),
    [
        (listing("Palestine", "script_only", "Palestine (http://x/p) loads more by script and is not followed"),
         "finished", 3, "listing Palestine (http://x/p) loads more by script and is not followed"),
        (listing("Sports", "failed", "Sports (http://x/s) failed: HTTP status 500"), "finished", 3, "Sports (http://x/s) failed"),
        (listing("Sports", "failed", "Sports (http://x/s) failed: HTTP status 500"), "limit", 0, "done"),
        (listing("Sports", "empty"), "finished", 0, "no article listed in Sports"),
        (listing("Sports", None), "finished", 3, "not crawled to the end: Sports"),
        (listing("Sports", None), "limit", 0, "done"),
        (listing("Sports", gone=1), "finished", 0, "1 listed page gone"),
        (listing("Sports", written=1), "finished", 3, "the counts do not agree (by listing 601 written, in the feed 600)"),
        (listing("Sports", written=1), "limit", 3, "the counts do not agree"),
    ],
)  # fmt: skip
def test_the_outcome_of_a_listing(origin: UrlSource, reason: str, status: int, text: str) -> None:
    found = decide(RunResult(), FINE, reason, 0.01, sources=[WHOLE, origin])
    assert (found.status, text in found.text) == (status, True), found


def test_posts_of_listings_alone_are_reported_where_a_sitemap_was_read() -> None:
    sitemap = UrlSource(kind="sitemap", label="/sitemaps/all.xml", first_url=None, ended="failed")
    stats = {**FINE, "archive/only_in_listings": 600}
    assert "the sitemaps lack" not in decide(RunResult(), stats, "finished", 0.01, sources=[WHOLE, sitemap]).text
    sitemap.listed, sitemap.outcomes["gone"] = 1, 1
    assert (
        "listings had 600 posts that the sitemaps lack"
        in decide(RunResult(), stats, "finished", 0.01, sources=[WHOLE, sitemap]).text
    )


def test_no_listing_shows_anything() -> None:
    found = decide(RunResult(), {}, "finished", 0.01, sources=[listing(ended="empty")])
    assert (found.status, "has the layout changed?" in found.text) == (3, True)


def test_what_is_missing_is_named_up_to_five() -> None:
    origin = listing(written=600)
    origin.listed += 7
    pending = {f"https://x/{n}": origin for n in range(7)}
    found = decide(RunResult(), FINE, "finished", 0.01, sources=[origin], pending=pending)
    assert found.status == 3
    assert "7 pages missing" in found.text
    assert "https://x/4 and 2 more" in found.text
    assert "https://x/5" not in found.text
    assert decide(RunResult(), FINE, "limit", 0.01, sources=[origin], pending=pending).status == 0


def test_an_address_counted_twice_does_not_agree() -> None:
    origin = listing(written=600)
    origin.listed -= 1
    for reason in ("finished", "limit"):
        found = decide(RunResult(), FINE, reason, 0.01, sources=[origin])
        assert (found.status, "the counts do not agree" in found.text) == (3, True), found


def test_a_refused_argument() -> None:
    found = decide(RunResult(), {}, "bad_argument", 0.01, 'limit: "0" is not an integer ≥ 1. Give a number such as 20.')
    assert (found.status, found.text) == (1, 'limit: "0" is not an integer ≥ 1. Give a number such as 20.')


def test_an_address_only_run_has_no_listings() -> None:
    given = UrlSource(kind="urls", label="addresses given", first_url=None, listed=1, ended="complete")
    given.count("written")
    assert decide(RunResult(), {"articles/written": 1}, "finished", 0.01, sources=[given]).status == 0
