"""How a run ended, from its stats."""

from __future__ import annotations

from typing import Any

import pytest

from mayadeen.extensions.ending import outcome

FINE: dict[str, Any] = {
    "articles/written": 600,
    "articles/path": "data/articles/x.jsonl",
    "listing/Politics/ended": "complete",
}


@pytest.mark.parametrize(
    ("stats", "reason", "status", "text"),
    [
        ({}, "finished", 0, "done: 600 articles → data/articles/x.jsonl"),
        ({}, "limit", 0, "done: 600 articles"),
        ({"rejects/written": 2, "rejects/path": "data/rejects/x.jsonl"}, "finished", 0, "2 rejects → data/rejects/x.jsonl"),
        ({"rejects/written": 4, "articles/written": 4}, "finished", 0, "4 rejects"),
        ({"rejects/written": 7}, "finished", 3, "7 rejects in 607 records is more than MAYADEEN_MAX_REJECT_SHARE=0.01"),
        ({"rejects/written": 6}, "finished", 0, "6 rejects"),
        ({"articles/failed": 2, "articles/failed_first": "http://x/a: HTTP status 500"}, "finished", 3, "2 pages failed (http://x/a: HTTP status 500)"),
        ({"articles/failed": 2, "articles/failed_first": "http://x/a: HTTP status 500"}, "limit", 0, "done"),
        ({"listing/Palestine/ended": "script_only", "listing/Palestine/trouble": "Palestine (http://x/p) loads more by script and is not followed"},
         "finished", 3, "listing Palestine (http://x/p) loads more by script and is not followed"),
        ({"listing/Sports/ended": "failed", "listing/Sports/trouble": "Sports (http://x/s) failed: HTTP status 500"}, "finished", 3, "Sports (http://x/s) failed"),
        ({"listing/Sports/ended": "empty"}, "finished", 0, "no article listed in Sports"),
        ({"listing/Politics/ended": "empty"}, "finished", 3, "has the layout changed?"),
        ({"spider_exceptions/count": 1}, "finished", 3, "1 page lost by an error in the program"),
        ({"records/failed": 2}, "limit", 3, "2 pages lost"),
        ({"menu/assumed": "HTTP status 500"}, "finished", 0, "the built-in table of sections was used"),
        ({}, "shutdown", 3, "interrupted"),
        ({}, "closespider_timeout", 3, "CLOSESPIDER_TIMEOUT"),
        ({"ending/why": "blocked since 2026-01-01T00:00:00Z: HTTP status 403"}, "blocked", 3, "ended short (exit 3): blocked since 2026"),
        ({}, "whatever", 3, "stopped (whatever)"),
        ({}, "start_error", 1, "crashed at its start"),
        ({"articles/gone": 1}, "finished", 0, "1 listed page gone"),
    ],
)  # fmt: skip
def test_outcome(stats: dict[str, Any], reason: str, status: int, text: str) -> None:
    found = outcome({**FINE, **stats}, reason, 0.01)
    assert (found.status, text in found.text) == (status, True), found


def test_a_refused_argument() -> None:
    found = outcome({}, "bad_argument", 0.01, "bad argument limit='0': a whole number of at least 1 is needed")
    assert (found.status, found.text) == (1, "bad argument limit='0': a whole number of at least 1 is needed")


def test_an_address_only_run_has_no_listings() -> None:
    assert outcome({"articles/written": 1}, "finished", 0.01).status == 0
