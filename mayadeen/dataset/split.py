"""Split a dataset by shares or by dates. Chains of groups stay together: similar texts are never in two splits."""

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
    "Use names with shares that add up to 1 or 100 (train=0.8,validation=0.1,test=0.1), or names with the day on which "
    "each begins, the first without (train,test=2025-01-01)"
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}\Z", re.ASCII)
_NUMBER = re.compile(r"\d{1,6}(?:\.\d{1,6})?\Z", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?Z)?\Z", re.ASCII)


@dataclass(frozen=True)
class Split:
    """How records are split: ``names`` in order, and either ``bounds`` or ``begin``.

    ``bounds`` are the limits below which the hash of a chain, of 64 bits, falls into each split. ``begin`` are the
    times at which the second split and the later ones begin. Without names there is one split, called None.
    """

    names: tuple[str, ...] = ()
    bounds: tuple[int, ...] = ()
    begin: tuple[str, ...] = ()
    seed: int = 0

    @property
    def by_time(self) -> bool:
        return bool(self.begin)

    def by_hash_of(self, chain: str) -> str | None:
        """Return the split of a chain of groups by the hash of the seed and the id of its first article.

        It is the same whatever else is in the dataset.
        """
        if not self.names:
            return None
        digest = hashlib.sha256(f"{self.seed}:{chain}".encode()).digest()
        return self.names[bisect_right(self.bounds, int.from_bytes(digest[:8], "big"))]

    def at(self, time: str) -> str:
        """Return the split that a time belongs to, in UTC as in the records."""
        return self.names[bisect_right(self.begin, time)]


def parse(given: str | None, seed: int = 0) -> Split:
    """Parse ``--split``. Raises ``BadArgument``."""
    if given is None:
        return Split()
    pairs = [part.partition("=") for part in given.split(",")]
    names = tuple(name.strip() for name, _, _ in pairs)
    values = [value.strip() for _, _, value in pairs]
    for name in names:
        if not _NAME.match(name):
            raise BadArgument("split", given, f"has the name {name!r}", f"Use small letters, digits and _. {_FORM}")
        if name == "all":
            raise BadArgument(
                "split", given, "has the name 'all', which Hugging Face reserves", f"Use another name. {_FORM}"
            )
    if len(set(names)) < len(names) or len(names) < 2:
        raise BadArgument("split", given, "does not have at least two different names", _FORM)
    if all(_NUMBER.match(value) for value in values):
        shares = [Fraction(value) for value in values]
        if sum(shares) not in (1, 100) or not all(shares):
            raise BadArgument(
                "split", given, f"has shares that add up to {float(sum(shares)):g}, or a share of 0", _FORM
            )
        bounds = tuple(int(total * (1 << 64) / sum(shares)) for total in accumulate(shares))
        return Split(names, bounds=bounds, seed=seed)
    if values[0] or not all(_TIME.match(value) for value in values[1:]):
        raise BadArgument("split", given, "is not a list of splits", _FORM)
    begin = []
    for value in values[1:]:
        try:
            begin.append(utc_string(datetime.fromisoformat(value).replace(tzinfo=UTC)))
        except ValueError:
            raise BadArgument("split", given, f"has {value}, which is not a day", _FORM) from None
    if begin != sorted(set(begin)):
        raise BadArgument(
            "split",
            given,
            "has a split that does not begin after the one to its left",
            "Order the splits by their days",
        )
    return Split(names, begin=tuple(begin), seed=seed)
