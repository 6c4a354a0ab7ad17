"""The dataset to look at: ``profile.html``, one page without network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mayadeen.dataset import card
from mayadeen.monitoring.html.page import number, render, share
from mayadeen.monitoring.html.plots import HALF, WIDE, Plot, Series, columns, rows
from mayadeen.monitoring.html.run import MAX_COLUMNS, SOURCES, TOLD_APART

NAME = "profile.html"
SHOWN = 15
"""So many names of a kind are drawn; the numbers beside the plot have all that are known."""

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_UNITS = {1: "month", 3: "quarter", 12: "year"}
_LOST = ("failed", "rejected", "gone", "not_fetched", "missing")


def write(folder: Path, manifest: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """Write the page of the dataset in ``folder``; raises ``OSError``."""
    (folder / NAME).write_text(page(manifest, facts), encoding="utf-8")


def page(manifest: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """The page, as HTML."""
    counts = facts["counts"]
    undated = sum(n for _, month, n in facts["section_months"] if month is None)
    few = ("section", "kind", "language", "edition", "split")
    top = [_top(name, label, facts) for name, label in _TOP.items() if facts["top"][name]]
    return render(
        "dataset.html.j2",
        title=card.title(facts),
        manifest=manifest,
        facts=facts,
        tiles=_tiles(facts),
        over_time=over_time(facts["section_months"]),
        undated=f"{number(undated)} without a date are not drawn" if undated else None,
        shares=[_bars(f"By {name}", counts[name][:30], name) for name in few if len(counts[name]) > 1],
        categories=_bars("By category", counts["category"][:30], "category", wide=WIDE),
        lengths=_lengths(facts["words"]) if facts["words"]["records"] else None,
        fields=_fields(facts),
        sources=SOURCES,
        warnings=_bars("Warnings", facts["warnings"], "warning", "t2", WIDE) if facts["warnings"] else None,
        top=top,
        lost=_lost(facts["gaps"]["totals"]),
        short_runs=sum(n for status, n in facts["gaps"]["ended"] if status),
        files=[file for file in manifest["files"] if file["format"]],
    )


def _tiles(facts: Mapping[str, Any]) -> list[tuple[str, str, str | None]]:
    words, alike, published = facts["words"], facts["duplicates"], facts["published"]
    found: list[tuple[str, str, str | None]] = [
        ("Records", number(facts["records"]), f"of {number(facts['articles'])} articles"),
        ("Words", _large(words["total"]), f"in {number(words['records'])} texts"),
    ]
    if published["first"]:
        first, last = published["first"][:10], published["last"][:10]
        years = first[:4] if first[:4] == last[:4] else f"{first[:4]}–{last[:4]}"
        found.append(("Published", years, f"{first} to {last}"))
    languages = [str(name) for name, _ in facts["counts"]["language"]]
    found += [
        ("Languages", ", ".join(languages) if len(languages) <= 3 else number(len(languages)), None),
        ("Authors", number(facts["distinct"]["authors"]), None),
        ("Tags", number(facts["distinct"]["tags"]), None),
        ("Duplicates", number(alike["exact"] + alike["near"]), f"in {number(alike['groups'])} groups"),
    ]
    if facts["removed"]:
        found.append(("Gone from the site", number(facts["removed"]), "kept, and marked"))
    return found


def _large(n: int) -> str:
    return number(n) if n < 1_000_000 else f"{n / 1_000_000:.3g} M"


def over_time(section_months: Sequence[Sequence[Any]]) -> Plot | None:
    """Columns of months, or of quarters or years where those are too many; gaps are shown. None without dates."""
    dated = [(section, _month(month), n) for section, month, n in section_months if month is not None]
    if not dated:
        return None
    totals: dict[str | None, int] = {}
    for section, _, n in dated:
        totals[section] = totals.get(section, 0) + n
    sections = sorted(totals, key=lambda name: (-totals[name], str(name)))
    last = max(month for _, month, _ in dated)
    first = min(month for _, month, _ in dated)
    unit = next((unit for unit in (1, 3) if last // unit - first // unit < MAX_COLUMNS), 12)
    begin = max(first // unit, last // unit - MAX_COLUMNS + 1)
    labels = [_label(n, unit) for n in range(begin, last // unit + 1)]
    if first // unit < begin:
        labels[0] = f"to {labels[0]}"
    series = []
    for at, names in enumerate([[name] for name in sections[:TOLD_APART]] + [sections[TOLD_APART:]]):
        values = [0] * len(labels)
        for section, month, n in dated:
            if section in names:
                values[max(month // unit - begin, 0)] += n
        if any(values):
            label = _name(names[0]) if at < TOLD_APART else f"{len(names)} more"
            series.append(Series(label, f"t{at + 1}", values))
    return columns(f"Records by section and {_UNITS[unit]} of publication", labels, series, head=_UNITS[unit])


def _month(text: str) -> int:
    """Months since the year 0."""
    year, _, month = text.partition("-")
    return int(year) * 12 + int(month) - 1


def _label(n: int, unit: int) -> str:
    year, month = divmod(n * unit, 12)
    return {1: f"{_MONTHS[month]} {year}", 3: f"{year} Q{month // 3 + 1}", 12: str(year)}[unit]


def _name(value: str | None) -> str:
    return "none named" if value is None else value


def _bars(caption: str, pairs: Sequence[Sequence[Any]], head: str, tone: str = "t1", wide: int = HALF) -> Plot:
    labels = [_name(value) for value, _ in pairs]
    return rows(caption, labels, [Series("records", tone, [n for _, n in pairs])], head=head, wide=wide)


def _lengths(words: Mapping[str, Any]) -> Plot:
    """The histogram without its empty end."""
    bars = words["histogram"]
    last = max(n for n, bar in enumerate(bars) if bar["records"])
    labels = [f"{b['from']:,}–{b['to'] - 1:,}" if b["to"] else f"{b['from']:,} or more" for b in bars[: last + 1]]
    values = [bar["records"] for bar in bars[: last + 1]]
    step = bars[0]["to"]
    return columns(f"Records by words, in steps of {step}", labels, [Series("records", "t1", values)], head="words")


def _fields(facts: Mapping[str, Any]) -> Plot:
    records = facts["records"]
    told = {name: dict(map(tuple, pairs)) for name, pairs in facts["provenance"].items()}
    series = [
        Series(words, tone, [sources.get(source, 0) / records for sources in told.values()])
        for source, (tone, words) in SOURCES.items()
        if any(source in sources for sources in told.values())
    ]
    read = [sum(n for source, n in sources.items() if source is not None) for sources in told.values()]
    filled = [max(facts["fill"][name], n) for name, n in zip(told, read, strict=True)]
    if filled != read:
        untold = [(whole - part) / records for whole, part in zip(filled, read, strict=True)]
        series.append(Series("source not told", "t6", untold))
    series.append(Series("not filled", "t0", [(records - n) / records for n in filled]))
    return rows(
        "Share of the records that have each field, and where it was read",
        list(told),
        series,
        head="field",
        top=1.0,
        format=share,
    )


_TOP = {"authors": "Authors", "tags": "Tags", "coverage": "Running stories", "countries": "Countries"}


def _top(name: str, label: str, facts: Mapping[str, Any]) -> tuple[Plot, str | None]:
    """The first few drawn, all that are known as numbers."""
    pairs = facts["top"][name]
    drawn, known = _bars(label, pairs[:SHOWN], label.lower()), _bars(label, pairs, label.lower())
    more = facts["distinct"][name] - SHOWN
    return replace(drawn, labels=known.labels, series=known.series), f"and {number(more)} more" if more > 0 else None


def _lost(totals: Mapping[str, int]) -> Plot | None:
    pairs = [[name.replace("_", " "), totals[name]] for name in _LOST if totals[name]]
    return _bars("Addresses not brought in", pairs, "what became of them", "t2", WIDE) if pairs else None
