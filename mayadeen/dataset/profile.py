"""``profile.html``: the dataset in plots, one page that needs no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from mayadeen.dataset import card
from mayadeen.dataset.selection import choices_in_words, count, filters_in_words, title
from mayadeen.monitoring.html.page import number, render, share
from mayadeen.monitoring.html.plots import HALF, WIDE, Plot, Series, columns, rows
from mayadeen.monitoring.html.run import MAX_COLOURS, MAX_COLUMNS, SOURCES
from mayadeen.site.editions import EDITIONS
from mayadeen.site.text import normalize_label

Rows = Sequence[Sequence[Any]]

NAME = "profile.html"
SHOWN = 15
"""Maximum number of values in a plot. The table under it has all known ones."""

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_UNITS = {1: "month", 3: "quarter", 12: "year"}
_MAX_DAY_BARS = 62


def write(folder: Path, manifest: Mapping[str, Any], statistics: Mapping[str, Any]) -> None:
    """Write the page of the dataset in ``folder``. Raises ``OSError``."""
    (folder / NAME).write_text(page(manifest, statistics), encoding="utf-8")


def page(manifest: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    """Return the page as HTML."""
    counts = statistics["counts"]
    undated = sum(n for _, month, n in statistics["section_months"] if month is None)
    few = ("section", "kind", "language", "edition", "split")
    shares = {name: counts[name][:30] for name in few} | {"section": _by_section(counts["section"])[:30]}
    shares["split"] = [[part["name"], part["records"]] for part in manifest["splits"]]
    top = [_top(name, label, statistics) for name, label in _TOP.items() if statistics["top"][name]]
    return render(
        "dataset.html.j2",
        title=title(manifest, statistics),
        manifest=manifest,
        filters=filters_in_words(manifest["options"]),
        choices=choices_in_words(manifest["options"]),
        facts=statistics,
        tiles=_tiles(statistics),
        over_time=over_time(statistics["section_months"], statistics["section_days"]),
        undated=f"{count(undated, 'record')} without a date not drawn" if undated else None,
        shares=[_bars(f"By {name}", pairs, name) for name, pairs in shares.items() if len(pairs) > 1],
        categories=_bars("By category", counts["category"][:30], "category", wide=WIDE),
        lengths=_lengths(statistics["words"]) if statistics["words"]["records"] else None,
        fields=_fields(statistics),
        sources=SOURCES,
        warnings=_bars("Warnings", statistics["warnings"], "warning", "t2", WIDE) if statistics["warnings"] else None,
        top=top,
        lost=_lost(statistics["gaps"]["totals"]),
        incomplete_runs=sum(n for status, n in statistics["gaps"]["ended"] if status),
        files=[file for file in manifest["files"] if file["format"]],
    )


def _tiles(statistics: Mapping[str, Any]) -> list[tuple[str, str, str | None]]:
    words, alike, published = statistics["words"], statistics["duplicates"], statistics["published"]
    found: list[tuple[str, str, str | None]] = [
        ("Records", number(statistics["records"]), f"of {count(statistics['articles'], 'article')}"),
        ("Words", _large(words["total"]), f"in {count(words['records'], 'text')}"),
    ]
    if published["first"]:
        first, last = published["first"][:10], published["last"][:10]
        years = first[:4] if first[:4] == last[:4] else f"{first[:4]}–{last[:4]}"
        found.append(("Published", years, f"{first} to {last}"))
    languages = [str(name) for name, _ in statistics["counts"]["language"]]
    found += [
        ("Languages", ", ".join(languages) if len(languages) <= 3 else number(len(languages)), None),
        ("Authors", number(statistics["distinct"]["authors"]), None),
        ("Tags", number(statistics["distinct"]["tags"]), None),
        ("Duplicates", number(alike["exact"] + alike["near"]), f"in {count(alike['groups'], 'group')}"),
    ]
    if statistics["removed"]:
        found.append(("Gone from the site", number(statistics["removed"]), "kept and marked"))
    return found


def _large(n: int) -> str:
    return number(n) if n < 1_000_000 else f"{n / 1_000_000:.3g} M"


def over_time(section_months: Rows, section_days: Rows = ()) -> Plot | None:
    """Plot the records by section and time, with empty columns for gaps. Returns None without dates.

    A column is a day, a week, a month, a quarter or a year, so that there are neither few nor too many columns.
    ``section_days`` is empty if the records span more than half a year.
    """
    dated = [(section_name(section), month, n) for section, month, n in section_months if month is not None]
    if not dated:
        return None
    if days := [
        (section_name(section), date.fromisoformat(day).toordinal(), n) for section, day, n in section_days if day
    ]:
        first, last = min(day for _, day, _ in days), max(day for _, day, _ in days)
        if last - first < _MAX_DAY_BARS:
            return _columns(days, [_day_label(n) for n in range(first, last + 1)], first, "day")
        weeks = [(section, (day - 1) // 7, n) for section, day, n in days]  # weeks begin on Monday
        begin, end = (first - 1) // 7, (last - 1) // 7
        return _columns(weeks, [_day_label(7 * n + 1) for n in range(begin, end + 1)], begin, "week")
    months = [(section, _month(month), n) for section, month, n in dated]
    first, last = min(month for _, month, _ in months), max(month for _, month, _ in months)
    unit = next((unit for unit in (1, 3) if last // unit - first // unit < MAX_COLUMNS), 12)
    begin = max(first // unit, last // unit - MAX_COLUMNS + 1)
    labels = [_label(n, unit) for n in range(begin, last // unit + 1)]
    if first // unit < begin:
        labels[0] = f"to {labels[0]}"
    counted = [(section, max(month // unit, begin), n) for section, month, n in months]
    return _columns(counted, labels, begin, _UNITS[unit])


def _columns(counted: Sequence[tuple[str, int, int]], labels: Sequence[str], begin: int, unit: str) -> Plot:
    """Plot ``(section, column, records)``, where the first label is for column ``begin``."""
    totals: Counter[str] = Counter()
    for section, _, n in counted:
        totals[section] += n
    sections = sorted(totals, key=lambda name: (-totals[name], name))
    series = []
    for at, names in enumerate([[name] for name in sections[:MAX_COLOURS]] + [sections[MAX_COLOURS:]]):
        values = [0] * len(labels)
        for section, column, n in counted:
            if section in names:
                values[column - begin] += n
        if any(values):
            label = names[0] if at < MAX_COLOURS else f"{len(names)} more"
            series.append(Series(label, f"t{at + 1}", values))
    return columns(f"Records by section and {unit} of publication", labels, series, head=unit)


def section_name(section: str | None) -> str:
    """Return one name for a section that the editions call differently: ``News · أخبار · Noticias``."""
    if section is None:
        return "without a section"
    folded = normalize_label(section)
    return next((name for name, labels in _SAME_SECTIONS.items() if folded in labels), section)


def _by_section(pairs: Sequence[Sequence[Any]]) -> list[list[Any]]:
    totals: Counter[str] = Counter()
    for section, n in pairs:
        totals[section_name(section)] += n
    return [[name, n] for name, n in sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))]


# Every edition lists the same menu groups, in the same order.
_SAME_SECTIONS = {
    " · ".join(labels): frozenset(map(normalize_label, labels))
    for labels in zip(*(edition.groups for edition in EDITIONS.values()), strict=True)
}


def _day_label(ordinal: int) -> str:
    day = date.fromordinal(ordinal)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _month(text: str) -> int:
    """Count the months since the year 0."""
    year, _, month = text.partition("-")
    return int(year) * 12 + int(month) - 1


def _label(n: int, unit: int) -> str:
    year, month = divmod(n * unit, 12)
    return {1: f"{_MONTHS[month]} {year}", 3: f"{year} Q{month // 3 + 1}", 12: str(year)}[unit]


def _name(value: str | None, noun: str) -> str:
    return f"without a {noun}" if value is None else value


def _bars(caption: str, pairs: Sequence[Sequence[Any]], head: str, tone: str = "t1", wide: int = HALF) -> Plot:
    labels = [_name(value, head) for value, _ in pairs]
    return rows(caption, labels, [Series("records", tone, [n for _, n in pairs])], head=head, wide=wide)


def _lengths(words: Mapping[str, Any]) -> Plot:
    """Plot the histogram of words without its empty end."""
    bars = words["histogram"]
    last = max(n for n, bar in enumerate(bars) if bar["records"])
    labels = [f"{b['from']:,}–{b['to'] - 1:,}" if b["to"] else f"{b['from']:,} or more" for b in bars[: last + 1]]
    values = [bar["records"] for bar in bars[: last + 1]]
    step = bars[0]["to"]
    return columns(f"Records by words, in steps of {step}", labels, [Series("records", "t1", values)], head="words")


def _fields(statistics: Mapping[str, Any]) -> Plot:
    records = statistics["records"]
    sources_of = {name: dict(map(tuple, pairs)) for name, pairs in statistics["provenance"].items()}
    series = [
        Series(words, tone, [sources.get(source, 0) / records for sources in sources_of.values()])
        for source, (tone, words) in SOURCES.items()
        if any(source in sources for sources in sources_of.values())
    ]
    read = [sum(n for source, n in sources.items() if source is not None) for sources in sources_of.values()]
    filled = [max(statistics["fill"][name], n) for name, n in zip(sources_of, read, strict=True)]
    if filled != read:
        unknown = [(whole - part) / records for whole, part in zip(filled, read, strict=True)]
        series.append(Series("source unknown", "t6", unknown))
    series.append(Series("not filled", "t0", [(records - n) / records for n in filled]))
    return rows(
        "Share of the records that have each field, and where it was read",
        list(sources_of),
        series,
        head="field",
        top=1.0,
        format=share,
    )


_TOP = {"authors": "Authors", "tags": "Tags", "coverage": "Running stories", "countries": "Countries"}


def _top(name: str, label: str, statistics: Mapping[str, Any]) -> tuple[Plot, str | None]:
    """Plot the first few values. The table has all known ones."""
    pairs = statistics["top"][name]
    drawn, known = _bars(label, pairs[:SHOWN], label.lower()), _bars(label, pairs, label.lower())
    more = statistics["distinct"][name] - SHOWN
    return replace(drawn, labels=known.labels, series=known.series), f"and {number(more)} more" if more > 0 else None


def _lost(totals: Mapping[str, int]) -> Plot | None:
    pairs = [[name.replace("_", " "), totals[name]] for name in card.LOST if totals[name]]
    return _bars("Addresses without an article", pairs, "outcome", "t2", WIDE) if pairs else None
