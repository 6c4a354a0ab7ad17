"""Find what the reports of the runs say is missing from the feeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from mayadeen.crawling.outcomes import URL_OUTCOMES
from mayadeen.storage.checked_read import parse_json

MAX_LISTINGS = 100
"""Maximum number of incomplete listings that are named."""
_WITHOUT_ARTICLES = frozenset({"authors", "headlines"})
"""Spiders whose runs write no article."""


def gaps(reports: Iterable[tuple[str, bytes]], editions: Collection[str]) -> tuple[dict[str, Any], list[str]]:
    """Add up the reports of runs that crawled articles of ``editions``. Each report is a name and its JSON.

    Returns a dict of JSON values, and one message for each file that is not a report:

    ``runs``
        Number of reports that count.
    ``other_runs``
        Number of reports that do not count: of other editions, or of spiders that write no articles.
    ``editions``
        The editions that count, sorted.
    ``ended``
        ``[exit status, runs]`` pairs.
    ``first``, ``last``
        Start of the first run and end of the last one. None without reports.
    ``totals``
        ``{outcome: addresses}`` over these runs, with the outcomes of docs/reports.md and ``missing``. An address that
        several runs met counts in each.
    ``listings``
        ``{"run", "label", "kind", "url", "ended", "trouble"}`` of listings that failed before their end, the latest
        runs first, at most ``MAX_LISTINGS``. ``listings_more`` is the number of the others.
    """
    found = []
    errors = []
    others = 0
    for name, text in reports:
        try:
            report = parse_json(text)
            listings = [
                {key: row[key] for key in ("label", "kind", "url", "ended", "trouble")}
                for row in report["listings"]
                if row["trouble"]
            ]
            totals = {outcome: int(report["totals"][outcome]) for outcome in (*URL_OUTCOMES, "missing")}
            times = str(report["started_at"]), str(report["finished_at"])
            run = (*times, int(report["exit_status"]), totals, listings)
            counts = report["edition"] in editions and report["spider"] not in _WITHOUT_ARTICLES
        except (ValueError, LookupError, TypeError, AttributeError):
            errors.append(f"{name}: not a report of a run")
        else:
            others += not counts
            if counts:
                found.append(run)
    found.sort(key=lambda run: run[0])
    named = [{"run": run[0], **listing} for run in reversed(found) for listing in run[4]]
    return {
        "runs": len(found),
        "other_runs": others,
        "editions": sorted(editions),
        "ended": [list(pair) for pair in sorted(Counter(run[2] for run in found).items())],
        "first": min((run[0] for run in found), default=None),
        "last": max((run[1] for run in found), default=None),
        "totals": {name: sum(run[3][name] for run in found) for name in (*URL_OUTCOMES, "missing")},
        "listings": named[:MAX_LISTINGS],
        "listings_more": max(0, len(named) - MAX_LISTINGS),
    }, errors
