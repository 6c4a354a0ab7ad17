"""Splits of a dataset by shares or by dates. What is split is chains of groups: no two texts that are alike stand in
two splits."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from itertools import accumulate

from mayadeen.crawling.arguments import BadArgument
from mayadeen.extraction.dates import utc_string

_FORM = (
    "names with shares that add up to 1 or 100 (train=0.8,validation=0.1,test=0.1), or names with the day each begins, "
    "the first without (train,test=2025-01-01), are needed"
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}\Z", re.ASCII)
_NUMBER = re.compile(r"\d{1,6}(?:\.\d{1,6})?\Z", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?Z)?\Z", re.ASCII)


@dataclass(frozen=True)
class Split:
    """How records are split: ``names`` in order, and either the ``bounds`` below which a chain's hash, of 64 bits,
    falls into each, or the times that the second and those after it ``begin``. Without names there is one split, called
    None.
    """

    names: tuple[str, ...] = ()
    bounds: tuple[int, ...] = ()
    begin: tuple[str, ...] = ()
    seed: int = 0

    @property
    def by_time(self) -> bool:
        return bool(self.begin)

    def by_hash_of(self, chain: str) -> str | None:
        """The split of a chain of groups by the hash of its first article's id and the seed: the same whatever else is
        in the dataset."""
        if not self.names:
            return None
        digest = hashlib.sha256(f"{self.seed}:{chain}".encode()).digest()
        return self.names[bisect_right(self.bounds, int.from_bytes(digest[:8], "big"))]

    def at(self, time: str) -> str:
        """The split that a time (UTC, as in records) falls in."""
        return self.names[bisect_right(self.begin, time)]


def parse(given: str | None, seed: int = 0) -> Split:
    """The split that ``--split`` asks for; raises ``BadArgument``."""
    if given is None:
        return Split()
    pairs = [part.partition("=") for part in given.split(",")]
    names = tuple(name.strip() for name, _, _ in pairs)
    values = [value.strip() for _, _, value in pairs]
    for name in names:
        if not _NAME.match(name):
            raise BadArgument("split", given, f"the name {name!r} cannot be used (small letters, digits, _); {_FORM}")
        if name == "all":
            raise BadArgument(
                "split", given, f"Hugging Face calls all splits together 'all': use another name; {_FORM}"
            )
    if len(set(names)) < len(names) or len(names) < 2:
        raise BadArgument("split", given, f"two or more different names are needed; {_FORM}")
    if all(_NUMBER.match(value) for value in values):
        shares = [Fraction(value) for value in values]
        if sum(shares) not in (1, 100) or not all(shares):
            raise BadArgument("split", given, f"the shares add up to {float(sum(shares)):g}, or one is 0; {_FORM}")
        bounds = tuple(int(total * (1 << 64) / sum(shares)) for total in accumulate(shares))
        return Split(names, bounds=bounds, seed=seed)
    if values[0] or not all(_TIME.match(value) for value in values[1:]):
        raise BadArgument("split", given, _FORM)
    begin = []
    for value in values[1:]:
        try:
            begin.append(utc_string(datetime.fromisoformat(value).replace(tzinfo=UTC)))
        except ValueError:
            raise BadArgument("split", given, f"there is no such day as {value}; {_FORM}") from None
    if begin != sorted(set(begin)):
        raise BadArgument("split", given, "each split must begin later than the one before it")
    return Split(names, begin=tuple(begin), seed=seed)
