"""Drift alerts as JSON for the report, and as lines for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from mayadeen.crawling.run_result import SEPARATOR
from mayadeen.monitoring.drift import LostField, Verdict
from mayadeen.monitoring.field_sampler import FIX_LOCATIONS
from mayadeen.storage.drift_history import FILLED, LENGTH, WATCHED

What = Literal["vanished", "fell_back", "shortened", "source_lost"]

_GRAVITY: tuple[What, ...] = ("vanished", "fell_back", "shortened", "source_lost")


def drift_alerts(verdict: Verdict, when: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return an alert for each field that lost something, the gravest first, as JSON values of the report.

    ``when`` has the start of each run.
    """
    by_field: dict[str, list[tuple[What, LostField]]] = {}
    for lost in verdict.lost:
        what: What
        if lost.aspect == FILLED:
            what = "vanished"
        elif lost.aspect == LENGTH:
            what = "shortened"
        else:
            what = "fell_back" if lost.aspect == verdict.first_sources[lost.name] else "source_lost"
        by_field.setdefault(lost.name, []).append((what, lost))
    found = []
    for name, losses in by_field.items():
        what, lost = min(losses, key=lambda pair: _GRAVITY.index(pair[0]))
        sources = [one.aspect for _, one in losses if one.aspect in WATCHED]
        method, line = FIX_LOCATIONS[name]
        length = lost.comparison.ratio if what == "shortened" else None
        found.append(
            {
                "field": name,
                "what": what,
                "sources": sources,
                "share": round(lost.comparison.share if length is None else length, 3),
                "usual": round(lost.comparison.earlier if length is None else 1.0, 3),
                "articles": lost.comparison.n,
                "since": when[lost.first],
                "last_good": when.get(lost.last_good) if lost.last_good is not None else None,
                "urls": lost.comparison.without,
                "method": f"mayadeen/extraction/article.py {method}",
                "line": f"mayadeen/extraction/loaders.py {line}",
            }
        )
    return sorted(found, key=lambda alert: (_GRAVITY.index(alert["what"]), alert["share"] - alert["usual"]))


_MANY = 5
"""If this many fields lose a machine-readable block, the block is lost."""


def describe_alerts(found: Sequence[Mapping[str, Any]], full: int) -> str:
    """Describe the alerts of a run for its last line, the first ``full`` of them in detail."""
    blocks = [source for source in WATCHED[:3] if sum(source in alert["sources"] for alert in found) >= _MANY]
    lines = [f"nothing is in {', '.join(blocks)} any more: fix mayadeen/extraction/metadata.py"] if blocks else []
    lines += map(describe_alert, found[:full])
    if rest := [f"{alert['field']} {alert['what'].replace('_', ' ')}" for alert in found[full:]]:
        lines.append(f"and {', '.join(rest)}: all in the report")
    return SEPARATOR.join(lines)


def drift_command(edition: str, *options: str) -> str:
    """Return the ``scrapy drift`` command for an edition."""
    return " ".join(["scrapy drift", *options, *(["--edition", edition] if edition != "en" else [])])


def describe_alert(alert: Mapping[str, Any]) -> str:
    """Describe an alert in one line."""
    name, sources = alert["field"], ", ".join(alert["sources"])
    shares = f"{alert['share']:.0%} of {alert['articles']} articles, usually {alert['usual']:.0%}"
    change = {
        "vanished": f"{name} is not found any more ({shares})",
        "fell_back": f"{name} is not read from {sources} any more, only from what is trusted less ({shares})",
        "shortened": f"{name} is {alert['share']:.0%} as long as usual, the median of {alert['articles']} articles",
        "source_lost": f"{name} is not in {sources} any more, another source still has it ({shares})",
    }[alert["what"]]
    good = f", last good {alert['last_good']}" if alert["last_good"] else ""
    return (
        f"{change}, since {alert['since']}{good}. Open {' '.join(alert['urls'])} and fix {alert['method']}, "
        f"cleaned by {alert['line']}"
    )
