"""A site whose habits drift, as readings: shares of all sizes, which differ from day to day more than chance makes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from mayadeen.monitoring.drift import Verdict, judge
from mayadeen.monitoring.field_sampler import FIX_LOCATIONS
from mayadeen.storage.drift_history import WATCHED, Doubts, Reading

START = datetime(2024, 1, 1, tzinfo=UTC)
STRATA = (
    ("news", "politics", 30), ("news", "economy", 12), ("news", "sports", 8), ("news", "misc", 12),
    ("opinion", "opinion", 10), ("analysis", "analysis", 5), ("blog", "blog", 4), ("feature", "features", 4),
    ("video", "newsfeed", 10), ("infograph", "infographs", 5),
)  # fmt: skip
SHARES = (0.0, 1.0, 1.0, 0.98, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.3, 0.1)
LENGTHS = {"title": (62, 0.25), "summary": (150, 0.35), "body": (2400, 0.6), "tags": (3, 0.5), "keywords": (5, 0.5), "images": (1, 0.4)}  # fmt: skip


class Site:
    """A site where each field and source has its share in each kind and section.

    Every day draws the shares again, from a beta distribution of the given ``concentration``. One draw serves all
    kinds, so the articles of a day go up and down together.
    """

    def __init__(self, seed: int, concentration: float) -> None:
        self.random = Random(seed)
        self.concentration = concentration
        self.usual = {
            (kind, label, name, source): self.random.choice(SHARES)
            for name in FIX_LOCATIONS
            for source in WATCHED
            for kind, label, _ in STRATA
        }

    def day(self, number: int, count: int, strata: tuple[tuple[str, str, int], ...] = STRATA) -> list[Reading]:
        """The articles of a day."""
        random = self.random
        seeds = {(name, source): random.getrandbits(32) for name in FIX_LOCATIONS for source in WATCHED}
        shares = {}
        for (kind, label, name, source), share in self.usual.items():
            if 0 < share < 1:  # the same seed: strata of one share have the same one that day
                a, b = share * self.concentration, (1 - share) * self.concentration
                share = Random(seeds[name, source]).betavariate(a, b)
            shares[kind, label, name, source] = share
        found = []
        for n in range(count):
            kind, label, _ = random.choices(strata, [weight for *_, weight in strata])[0]
            fields: dict[str, list[int] | None] = {}
            for name in FIX_LOCATIONS:
                bits = sum(1 << k for k, s in enumerate(WATCHED) if random.random() < shares[kind, label, name, s])
                if bits:
                    middle, spread = LENGTHS.get(name, (0, 0.0))
                    fields[name] = [max(1, round(middle * random.lognormvariate(0, spread))) if middle else 0, bits]
            at = START + timedelta(days=number, minutes=1440 * n // count)
            found.append(Reading(kind, label, f"{at:%Y-%m-%dT%H:%M:%SZ}", fields, f"https://x/{number}/{n}"))
        return found


class Runs:
    """Runs one after another, as the state remembers them."""

    def __init__(self) -> None:
        self.earlier: list[Reading] = []
        self.doubts: dict[tuple[str, str], Doubts] = {}
        self.number = 0

    def run(self, readings: list[Reading]) -> Verdict:
        self.number += 1
        for reading in readings:
            reading.run = self.number
        verdict = judge(self.number, readings, self.earlier, self.doubts)
        lost = {(one.name, one.aspect) for one in verdict.lost}
        for aspect in verdict.fine:
            if doubt := self.doubts.get(aspect):
                doubt.closed |= {run for run, raised_alert in doubt.open.items() if raised_alert}
                doubt.open = {}
        for aspect in verdict.doubted:
            self.doubts.setdefault(aspect, Doubts()).open[self.number] = aspect in lost
        self.earlier = [*self.earlier, *readings][-2500:]
        return verdict


def quiet_runs(seed: int, concentration: float, count: int) -> int:
    """Simulate runs of all sorts on a site without a redesign. Return the number of runs with an alert."""
    site, old, runs = Site(seed, concentration), Site(seed + 100_000, concentration), Runs()
    random = Random(seed)
    day = 700
    first = [one for n in range(10) for one in site.day(day + n, 25)]
    day += 10
    alerts = len(runs.run(first).lost)
    for _ in range(count - 1):
        sort = random.choice(
            ("daily",) * 5 + ("slow", "videos", "opinion", "limit", "catching up", "sections", "archive")
        )
        strata = STRATA
        if sort == "videos":
            strata = tuple(s for s in STRATA if s[0] in ("video", "infograph"))
        elif sort == "opinion":
            strata = tuple(s for s in STRATA if s[0] == "opinion")
        elif sort == "sections":
            strata = tuple(random.sample(STRATA, 3))
        if sort == "archive":  # older than all that is known, of other habits
            readings = old.day(day - 700 - day % 97, 60)
            day += 1
        else:
            days = random.randrange(4, 10) if sort == "catching up" else 1
            per_day = {"slow": random.randrange(1, 4), "limit": 10}.get(sort, random.randrange(15, 40))
            readings = [one for n in range(days) for one in site.day(day + n, per_day, strata)]
            day += days
        alerts += bool(runs.run(readings).lost)
    return alerts
