"""Crawls of a test site in trouble, and its log of arrivals."""

from __future__ import annotations

from itertools import pairwise

from tests.support.crawl_runner import Crawl, Run
from testsite import Arrival, Server, SyntheticSite
from testsite.scenarios import Scenario

SLACK = 0.25
"""Seconds. On a busy machine, the server can note an arrival this late."""


def visit(
    crawl: Crawl, scenario: Scenario | None, *options: str, spider: str = "articles"
) -> tuple[Run, list[Arrival]]:
    """A crawl of a test site of 60 posts, and what arrived there, in order."""
    with Server(SyntheticSite(posts=60, seed=1), scenario=scenario) as server:
        run = crawl(server.url, *options, spider=spider)
        return run, sorted(server.log, key=lambda arrival: arrival.time_monotonic)


def gaps(arrivals: list[Arrival]) -> list[float]:
    """Seconds from each arrival to the next."""
    return [after.time_monotonic - before.time_monotonic for before, after in pairwise(arrivals)]


def keeps(arrivals: list[Arrival], delay: float) -> bool:
    """Return whether any two arrivals are apart by the delays between them, within ``SLACK``."""
    times = [arrival.time_monotonic for arrival in arrivals]
    return all(
        later - times[first] >= steps * delay - SLACK
        for first in range(len(times))
        for steps, later in enumerate(times[first:])
    )
