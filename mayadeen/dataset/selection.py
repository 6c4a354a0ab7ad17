"""Describe in words which records a dataset has: its title, and the options that select."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_EDITIONS = {"en": "English", "ar": "Arabic", "es": "Spanish"}


def title(manifest: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    """Name the dataset by its editions and filters: ``Al Mayadeen English: published from 2025-01-01``."""
    names = [_EDITIONS[name] for name, _ in statistics["counts"]["edition"]]
    outlet = f"Al Mayadeen {join(names)}" if names else "Al Mayadeen"
    filters = filters_in_words(manifest["options"])
    return f"{outlet}: {', '.join(filters)}" if filters else outlet


def filters_in_words(options: Mapping[str, Any]) -> list[str]:
    """Describe each filter of a build. Empty if it has none."""
    found = []
    if options["kinds"]:
        found.append(_values("kind", options["kinds"]))
    if options["sections"]:
        found.append(_values("section", options["sections"]))
    if options["language"]:
        found.append(_values("language", options["language"]))
    since, until = (time and _time(time) for time in (options["since"], options["until"]))
    if since and until:
        found.append(f"published from {since} to {until}")
    elif since or until:
        found.append(f"published from {since}" if since else f"published up to {until}")
    if options["min_words"]:
        found.append(f"at least {count(options['min_words'], 'word')}")
    return found


def choices_in_words(options: Mapping[str, Any]) -> str:
    """Describe the other choices that decide which records are in a dataset, in sentences."""
    revisions = "all revisions of each article" if options["history"] else "the latest revision of each article"
    removals = {
        "flag": "Articles that are gone from the site are kept and marked",
        "apply": "Articles that were seen to be gone from the site are left out",
    }
    duplicates = {
        None: "Duplicates are kept and marked",
        "exact": "Exact duplicates are left out",
        "near": "Exact and near duplicates are left out",
    }
    return f"It has {revisions}. {removals[options['removals']]}. {duplicates[options['drop_duplicates']]}."


def count(n: int, noun: str) -> str:
    """Write a number with its noun: ``1 record``, ``1,234 records``."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def join(words: Sequence[str]) -> str:
    """Write a list: ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _values(noun: str, values: Sequence[str]) -> str:
    return f"{noun if len(values) == 1 else f'{noun}s'} {join(values)}"


def _time(time: str) -> str:
    """Write a time, and of the first and last second of a day the day only."""
    day, clock = time[:10], time[10:]
    return day if clock in ("T00:00:00Z", "T23:59:59Z") else time
