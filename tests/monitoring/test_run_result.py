"""How a run ended, from its stats."""

from __future__ import annotations

from typing import Any

import pytest

from mayadeen.crawling.outcomes import UrlSource
from mayadeen.monitoring.run_result import outcome

FINE: dict[str, Any] = {
    "articles/written": 600,
    "articles/path": "data/articles/x.jsonl",
}


def listing(
    label: str = "Politics", ended: str | None = "complete", trouble: str | None = None, **tally: int
) -> UrlSource:
    """A listing, with what became of all that it listed."""
    origin = UrlSource(kind="section", label=label, first_url=None, ended=ended, trouble=trouble)
    origin.tally.update(tally)
    origin.listed = origin.tally.total()
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
        ({"articles/failed": 2, "articles/failed_first": "http://x/a: HTTP status 500"}, "finished", 3, "2 pages failed (http://x/a: HTTP status 500)"),
        ({"articles/failed": 2, "articles/failed_first": "http://x/a: HTTP status 500"}, "limit", 0, "done"),
        ({"spider_exceptions/count": 1}, "finished", 3, "1 page lost by an error in the program"),
        ({"records/failed": 2}, "limit", 3, "2 pages lost"),
        ({"menu/assumed": "HTTP status 500"}, "finished", 0, "the built-in table of sections was used"),
        ({}, "shutdown", 3, "interrupted"),
        ({}, "closespider_timeout", 3, "CLOSESPIDER_TIMEOUT"),
        ({"ending/why": "blocked since 2026-01-01T00:00:00Z: HTTP status 403"}, "blocked", 3, "ended short (exit 3): blocked since 2026"),
        ({}, "whatever", 3, "stopped (whatever)"),
        ({}, "start_error", 1, "crashed at its start"),
        ({"images/stored": 9, "images/failed": 3, "images/failed/404": 2, "images/failed/robots": 1}, "finished", 0, "; 3 images could not be had (2 404, 1 robots)"),
        ({"images/failed": 4, "images/failed/404": 4}, "finished", 0, "4 images could not be had"),
        ({"images/failed": 5, "images/failed/offsite": 5, "images/stored": 4}, "finished", 3, "5 images could not be had (5 offsite): have their addresses changed"),
    ],
)  # fmt: skip
def test_outcome(stats: dict[str, Any], reason: str, status: int, text: str) -> None:
    found = outcome({**FINE, **stats}, reason, 0.01, origins=[WHOLE])
    assert (found.status, text in found.text) == (status, True), found


@pytest.mark.parametrize(
    ("origin", "reason", "status", "text"),
    [
        (listing("Palestine", "script_only", "Palestine (http://x/p) loads more by script and is not followed"),
         "finished", 3, "listing Palestine (http://x/p) loads more by script and is not followed"),
        (listing("Sports", "failed", "Sports (http://x/s) failed: HTTP status 500"), "finished", 3, "Sports (http://x/s) failed"),
        (listing("Sports", "failed", "Sports (http://x/s) failed: HTTP status 500"), "limit", 0, "done"),
        (listing("Sports", "empty"), "finished", 0, "no article listed in Sports"),
        (listing("Sports", None), "finished", 3, "not walked to its end: Sports"),
        (listing("Sports", None), "limit", 0, "done"),
        (listing("Sports", gone=1), "finished", 0, "1 listed page gone"),
        (listing("Sports", written=1), "finished", 3, "the counts do not agree (by listing 601 written, in the feed 600)"),
        (listing("Sports", written=1), "limit", 3, "the counts do not agree"),
    ],
)  # fmt: skip
def test_the_outcome_of_a_listing(origin: UrlSource, reason: str, status: int, text: str) -> None:
    found = outcome(FINE, reason, 0.01, origins=[WHOLE, origin])
    assert (found.status, text in found.text) == (status, True), found


def test_what_only_the_listings_had_is_told_where_a_sitemap_was_read() -> None:
    sitemap = UrlSource(kind="sitemap", label="/sitemaps/all.xml", first_url=None, ended="failed")
    stats = {**FINE, "archive/only_in_listings": 600}
    assert "the sitemaps lack" not in outcome(stats, "finished", 0.01, origins=[WHOLE, sitemap]).text
    sitemap.listed, sitemap.tally["gone"] = 1, 1
    assert (
        "listings had 600 posts that the sitemaps lack"
        in outcome(stats, "finished", 0.01, origins=[WHOLE, sitemap]).text
    )


def test_no_listing_shows_anything() -> None:
    found = outcome({}, "finished", 0.01, origins=[listing(ended="empty")])
    assert (found.status, "has the layout changed?" in found.text) == (3, True)


def test_what_is_missing_is_named_up_to_five() -> None:
    origin = listing(written=600)
    origin.listed += 7
    unsettled = {f"https://x/{n}": origin for n in range(7)}
    found = outcome(FINE, "finished", 0.01, origins=[origin], unsettled=unsettled)
    assert found.status == 3
    assert "7 pages missing" in found.text
    assert "https://x/4 and 2 more" in found.text
    assert "https://x/5" not in found.text
    assert outcome(FINE, "limit", 0.01, origins=[origin], unsettled=unsettled).status == 0


def test_an_address_counted_twice_does_not_agree() -> None:
    origin = listing(written=600)
    origin.listed -= 1
    for reason in ("finished", "limit"):
        found = outcome(FINE, reason, 0.01, origins=[origin])
        assert (found.status, "the counts do not agree" in found.text) == (3, True), found


def test_a_refused_argument() -> None:
    found = outcome({}, "bad_argument", 0.01, "bad argument limit='0': a whole number of at least 1 is needed")
    assert (found.status, found.text) == (1, "bad argument limit='0': a whole number of at least 1 is needed")


def test_an_address_only_run_has_no_listings() -> None:
    given = UrlSource(kind="urls", label="addresses given", first_url=None, listed=1, ended="complete")
    given.count("written")
    assert outcome({"articles/written": 1}, "finished", 0.01, origins=[given]).status == 0
