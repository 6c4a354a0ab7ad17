"""Crawls of a newspaper in trouble, and its log of arrivals."""

from __future__ import annotations

from itertools import pairwise

from conftest import Crawl, Run

from newsroom import Arrival, Newsroom, Server
from newsroom.scenarios import Scenario

SLACK = 0.05
"""Seconds. The loopback and two threads come between a request and the note of its arrival."""


def visit(
    crawl: Crawl, scenario: Scenario | None, *options: str, spider: str = "articles"
) -> tuple[Run, list[Arrival]]:
    """A crawl of a newspaper of 60 posts, and what arrived there, in order."""
    with Server(Newsroom(posts=60, seed=1), scenario=scenario) as server:
        run = crawl(server.url, *options, spider=spider)
        return run, sorted(server.log, key=lambda arrival: arrival.time_monotonic)


def gaps(arrivals: list[Arrival]) -> list[float]:
    """Seconds from each arrival to the next."""
    return [after.time_monotonic - before.time_monotonic for before, after in pairwise(arrivals)]
