"""The page of one run, from its report."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from mayadeen.crawling.outcomes import URL_OUTCOMES
from mayadeen.crawling.run_result import SEPARATOR
from mayadeen.monitoring.drift_messages import drift_command
from mayadeen.monitoring.html.page import duration, number, render, share
from mayadeen.monitoring.html.plots import HALF, Plot, Series, columns, rows, steps
from mayadeen.site.editions import EDITIONS
from mayadeen.storage.atomic_write import write_atomic

MAX_ROWS = 300
"""Maximum number of listings, and of fields, on the page. The JSON has all."""

MAX_COLUMNS = 62
"""Maximum number of days, weeks, months or years in a plot."""

MIN_COLUMNS = 14
MAX_COLOURS = 6
"""Maximum number of sections or categories with their own colour."""

EARLIER = 0.05
"""Share of the articles, the oldest ones, that are one column if the days of the others would otherwise be hidden."""

STEP = 10
"""Requests in a stretch of the plot over time at the allowed rate. With fewer, chance would shape the plot."""

SOURCES = {
    "tawsiyat": ("t1", "the site's metadata block"), "json-ld": ("t5", "JSON-LD"), "meta": ("t8", "meta tags"),
    "html": ("t3", "the page, by known selectors"), "generic": ("t2", "the page, by its structure"),
    "listing": ("t4", "the listing"), "assumed": ("t7", "assumed"),
}  # fmt: skip
"""Where a field was read → tone and words, by trust."""

ENDED = {
    "complete": "to its end", "known": "all known from there on", "since": "the rest is older than since",
    "max_pages": "max_pages", "nothing_new": "two pages without anything new", "loop": "its pages form a loop",
    "not_found": "its next page is not there", "empty": "shows no article", "script_only": "needs a browser",
    "incomplete": "shows less than the site says it has",
    "failed": "failed", "unknown": "no such listing", None: "the run stopped first",
}  # fmt: skip
_WELL = ("complete", "known", "since", "max_pages", "nothing_new")
WRONG = {
    "vanished": "has vanished", "fell_back": "is read from a less trusted place", "shortened": "has become short",
    "source_lost": "has lost a source",
}  # fmt: skip
_PREFIX = re.compile(r"\A(?:done|incomplete \(exit \d\)): ")
_CLASSES = {"2xx": "t3", "3xx": "t5", "4xx": "t2", "5xx": "t6", "1xx": "t7"}


@dataclass(frozen=True)
class Verdict:
    """How a run ended: ``kind`` is a class of ``style.css``, ``text`` a word or two, ``todo`` the next step."""

    kind: str
    text: str
    todo: str


def write(folder: Path, run_id: str, report: dict[str, Any]) -> None:
    """Write the page of a run next to its report. Raises ``OSError``."""
    write_atomic(folder / f"{run_id}.html", page(run_id, report))


def page(run_id: str, report: dict[str, Any]) -> str:
    """Return the page of a report as HTML."""
    started = datetime.fromisoformat(report["started_at"])
    return render(
        "run.html.j2",
        title=f"{report['spider']}, {when(started)}: {verdict(report).text}",
        run_id=run_id,
        report=report,
        when=when(started),
        command=command(report),
        verdict=verdict(report),
        lines=_PREFIX.sub("", report["ending"]).split(SEPARATOR),
        tiles=_tiles(report),
        alerts=[_alert(alert) for alert in report.get("drift_alerts") or []],
        accepted_by=drift_command(report["edition"], "--accept"),
        categories=_categories(report["written_by"]),
        days=_days(report["written_by"]),
        rate=_rate(report),
        statuses=_statuses(report["responses"]),
        unanswered=max(report["requests"] - sum(report["responses"].values()), 0),
        latencies=_latencies(report["latencies"]),
        fields=_fields(report.get("fields") or {}),
        sources=SOURCES,
        listings=report["listings"][:MAX_ROWS],
        outcomes=[
            outcome for outcome in (*URL_OUTCOMES, "missing") if report["totals"][outcome] or outcome == "written"
        ],
        pages=sum(row["pages"] for row in report["listings"]),
        ended=ENDED,
        well=_WELL,
        before=report["since_last_run"],
        changes=_changes(report["since_last_run"]),
        left_out=[
            (title, what, report[what], report["totals"][outcome])
            for title, what, outcome in (
                ("Failed", "failed", "failed"),
                ("Missing", "missing", "missing"),
                ("Gone", "gone", "gone"),
                ("Skipped", "skipped", "skipped"),
            )
        ],
    )


def verdict(report: dict[str, Any]) -> Verdict:
    """Return how a run ended, as a short text with a colour."""
    status, reason = report["exit_status"], report["finish_reason"]
    again = "Run the same command again: it goes on where this run stopped."
    if status == 0:
        new = any(feed["folder"] != "rejects" for feed in report["feeds"])
        text = "Done" if new else "Done, nothing new"
        if standing := [alert["field"] for alert in report.get("open_alerts", [])]:
            shown = drift_command(report["edition"])
            todo = f"The alert on {', '.join(standing)} is open. See the run that raised it, or {shown}."
            return Verdict("warn", f"{text}, an alert is open", todo)
        return Verdict("good", text, "Nothing to do.")
    if reason == "bad_argument":
        return Verdict("bad", "Refused", "Fix the argument or setting, and run it again.")
    if status == 1:
        return Verdict("bad", "Failed", "See to what the line above names, then run the same command again.")
    if reason == "blocked":
        return Verdict("bad", "Blocked", "Wait some hours, then run the same command again, more slowly.")
    if alerts := len(report.get("drift_alerts") or ()):
        text = f"Incomplete, {alerts} alert{'' if alerts == 1 else 's'}"
        return Verdict("bad", text, "The layout seems to have changed. See the alerts below.")
    if reason in ("shutdown", "cancelled"):
        return Verdict("warn", "Interrupted", again)
    return Verdict("warn", "Incomplete", "See to what is named above, then run the same command again.")


def command(report: dict[str, Any]) -> str:
    """Return the command that does the same crawl, of the same site and under the same job name."""
    arguments = {n: value for n, value in report["arguments"].items() if n[:1] != "_" or n == "_job"}
    words = ["scrapy", "crawl", report["spider"]]
    for name, value in arguments.items():
        words += ["-a", f"{name}={value}"]
    edition = EDITIONS.get(report["edition"])
    if edition is None or report["base_url"] != edition.base_url:
        words += ["-s", f"MAYADEEN_BASE_URL={report['base_url']}"]
    return shlex.join(words)


def when(at: datetime) -> str:
    """Return an instant for people: ``23 November 2025, 10:41 UTC``."""
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def _tiles(report: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    totals, latencies = report["totals"], report["latencies"]
    written = {feed["folder"]: feed["records"] for feed in report["feeds"]}
    articles, revised = written.get("articles", 0), report["revisions"]
    found = [("Articles written", number(articles), f"{number(revised)} of them new versions" if revised else None)]
    for folder, label in (("authors", "Author profiles"), ("headlines", "Headlines"), ("removals", "Removals")):
        if folder in written:
            found.append((label, number(written[folder]), None))
    lost = totals["failed"] + totals["missing"]
    found += [
        ("Known already", number(totals["known"] + totals["unchanged"]), None),
        ("Rejected", number(written.get("rejects", 0)), None),
        ("Failed or missing", number(lost), f"{number(totals['gone'])} gone" if totals["gone"] else None),
        ("Took", duration(report["seconds"]), None),
        ("Requests", number(report["requests"]), _per_minute(report["requests"], report["seconds"])),
    ]
    if latencies["median"] is not None:
        slowest = f"99 of 100 within {duration(latencies['p99'])}"
        found.append(("Usual answer", duration(latencies["median"]), slowest))
    return found


def _per_minute(count: int, seconds: float) -> str | None:
    return f"{number(round(60 * count / seconds, 1))} a minute" if seconds >= 1 and count else None


# --- what was written ------------------------------------------------------------------------------------------------


def _name(category: str | None) -> str:
    return category or "without a category"


def _categories(written: dict[str, Any]) -> Plot | None:
    if not written["categories"]:
        return None
    return rows(
        "By category",
        [_name(row["category"]) for row in written["categories"]],
        [Series("articles", "t1", [row["written"] for row in written["categories"]])],
        head="category",
    )


def _days(written: dict[str, Any]) -> Plot | None:
    """Return columns of days, with gaps. With too many days they are weeks, months or years."""
    days, categories = written["days"], written["categories"]
    if not days:
        return None
    named, rest = categories[:MAX_COLOURS], categories[MAX_COLOURS:]
    series = [(_name(row["category"]), row["days"]) for row in named]
    if rest:
        series.append(
            (f"{len(rest)} more", [sum(counts) for counts in zip(*(row["days"] for row in rest), strict=True)])
        )
    dates = [date.fromisoformat(f"{day}-01-01"[:10]) for day in days]
    totals = Counter(dict(zip(dates, map(sum, zip(*(counts for _, counts in series), strict=True)), strict=True)))
    unit, first, axis = _axis(dates, totals, written["unit"])
    place = {start: n for n, start in enumerate(axis)}
    earlier = dates[0] < first
    drawn = []
    for n, (label, counts) in enumerate(series):
        values = [0] * (len(axis) + earlier)
        for day, count in zip(dates, counts, strict=True):
            at = place[_start(day, unit)] + earlier if day >= first else 0
            values[at] += count
        drawn.append(Series(label, f"t{n + 1}", values))
    labels = [*(["earlier"] if earlier else []), *(_day_label(start, unit) for start in axis)]
    caption = f"By {unit} of publication, {_span(first, dates[-1], unit)}"
    return columns(caption, labels, drawn, head=unit)


def _axis(dates: Sequence[date], totals: Counter[date], finest: str) -> tuple[str, date, list[date]]:
    """Return the unit, the first day with a column of its own, and all columns from there on, without gaps."""
    allowed, early = EARLIER * totals.total(), 0
    late = dates[0]
    for day in dates:
        early += totals[day]
        if early > allowed:
            late = day
            break
    units = ("day", "week", "month", "year")
    for unit in units[units.index(finest) :]:
        for begin in (dates[0], late):
            first = _start(begin, unit)
            if unit == "day":
                first = min(first, date.fromordinal(max(dates[-1].toordinal() - MIN_COLUMNS + 1, 1)))
            axis = [first]
            while len(axis) <= MAX_COLUMNS and (following := _next(axis[-1], unit)) <= dates[-1]:
                axis.append(following)
            if len(axis) <= MAX_COLUMNS:
                return unit, first, axis
    return "year", axis[0], axis


def _start(day: date, unit: str) -> date:
    """Return the first day of the week, month or year of a day."""
    if unit == "week":
        return date.fromordinal(max(day.toordinal() - day.weekday(), 1))
    return day.replace(day=1) if unit == "month" else day.replace(month=1, day=1) if unit == "year" else day


def _next(start: date, unit: str) -> date:
    try:
        if unit == "month":
            return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
        if unit == "year":
            return start.replace(year=start.year + 1)
        return start + timedelta(days=7 if unit == "week" else 1)
    except (ValueError, OverflowError):
        return date.max


def _day_label(day: date, unit: str) -> str:
    if unit == "year":
        return str(day.year)
    return f"{day:%b} {day.year}" if unit == "month" else f"{day.day} {day:%b}"


def _span(first: date, last: date, unit: str) -> str:
    if unit == "year":
        return str(last.year) if first.year == last.year else f"{first.year} to {last.year}"
    return f"{first.day} {first:%B} {first.year} to {last.day} {last:%B} {last.year}"


# --- the network -----------------------------------------------------------------------------------------------------


def _rate(report: dict[str, Any]) -> Plot | None:
    """Return requests per minute over time, in stretches long enough for a steady rate."""
    timeline, pace = report["timeline"], report["pace"]
    buckets, width = timeline["buckets"], timeline["seconds"]
    if not buckets or not report["requests"]:
        return None
    together = max(round(STEP * pace["delay"] / width), 1) if pace["delay"] else 1
    stretches = []
    for at in range(0, len(buckets), together):
        part = buckets[at : at + together]
        stretches.append((part[0]["start"], part[-1]["start"] + width, sum(bucket["requests"] for bucket in part)))
    begin, stop, count = stretches.pop()
    stop = max(min(stop, report["seconds"]), begin + 0.5)
    if stretches and stop - begin < together * width / 2:  # too short for a rate of its own
        begin, _, more = stretches.pop()
        count += more
    stretches.append((begin, stop, count))
    edges = [*(begin for begin, _, _ in stretches), stop]
    values = [60 * count / (stop - begin) for begin, stop, count in stretches]
    mark = None
    if pace["delay"]:
        mark = Series(f"allowed: one in {duration(pace['delay'])}", "mark", [60 / pace["delay"]] * len(values))
    second, clock = _clock(edges[-1])
    own = Series("requests a minute", "t1", [round(value, 2) for value in values])
    return steps("Requests a minute over time", edges, own, mark=mark, unit=second, at=clock, head="from")


def _clock(end: float) -> tuple[float, Callable[[float], str]]:
    """Return the unit for a time since the start, and a function that writes it."""
    if end < 300:
        return 1.0, lambda at: f"{at:.0f} s"
    if end < 3 * 3600:
        return 60.0, lambda at: f"{at / 60:.0f} min"
    return 3600.0, lambda at: f"{at / 3600:.0f} h" if at % 3600 == 0 else f"{at // 3600:.0f} h {at % 3600 / 60:02.0f}"


def _statuses(responses: dict[str, int]) -> Plot | None:
    if not responses:
        return None
    labels = [f"{code} {_phrase(int(code))}".strip() for code in responses]
    present = sorted({f"{code[0]}xx" for code in responses})
    series = [
        Series(name, _CLASSES.get(name, "t7"), [n if code[0] == name[0] else None for code, n in responses.items()])
        for name in present
    ]
    return rows("Answers by status", labels, series, head="status", wide=HALF)


def _phrase(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return ""


def _latencies(latencies: dict[str, Any]) -> Plot | None:
    counts = latencies["counts"]
    if not counts:
        return None
    names = [f"≤ {duration(bound)}" for bound in latencies["bounds"]] + [f"> {duration(latencies['bounds'][-1])}"]
    met = [n for n in range(len(names)) if any(row[n] for row in counts.values())]
    first, last = max(met[0] - 1, 0), min(met[-1] + 2, len(names))
    series = [Series(name, _CLASSES.get(name, "t7"), row[first:last]) for name, row in counts.items()]
    return columns("How long the site took to answer", names[first:last], series, head="within", height=280, wide=HALF)


# --- fields, changes -------------------------------------------------------------------------------------------------


def _fields(fields: dict[str, Any]) -> Plot | None:
    """Return a bar for each field: the share of articles that have it, and its sources."""
    read = {name: field for name, field in list(fields.items())[:MAX_ROWS] if field["read"]}
    if not read:
        return None
    series = [
        Series(words, tone, [field["sources"].get(source, 0) / field["read"] for field in read.values()])
        for source, (tone, words) in SOURCES.items()
        if any(field["sources"].get(source) for field in read.values())
    ]
    series.append(Series("not filled", "t0", [1 - min(f["filled"] / f["read"], 1) for f in read.values()]))
    return rows(
        "Share of the articles that have each field, and where it was read",
        list(read),
        series,
        head="field",
        top=1.0,
        format=share,
    )


def _alert(alert: dict[str, Any]) -> dict[str, Any]:
    """Add a description of the change, and bars for this run and the usual value."""
    pairs = [("this run", "t2", alert["share"]), ("usual", "t1", alert["usual"])]
    top = max(1.0, *(value or 0 for _, _, value in pairs))
    words = share if top == 1 else number  # lengths are not shares
    bars = [(label, tone, round(100 * (value or 0) / top, 1), words(value)) for label, tone, value in pairs]
    wrong = WRONG.get(alert["what"], alert["what"])
    if alert["what"] in ("fell_back", "source_lost"):
        wrong += f": {', '.join(alert['sources'])} is lost"
    return {**alert, "wrong": wrong, "bars": bars}


def _changes(before: dict[str, Any] | None) -> list[tuple[str, str, str, float]]:
    """Return the counts of both runs: name, then, now, and the difference."""
    if before is None:
        return []
    found = []
    for name, pair in before["counts"].items():
        words = duration if name == "seconds" else number
        label = "took" if name == "seconds" else name
        found.append((label, words(pair["before"]), words(pair["now"]), pair["now"] - pair["before"]))
    return found
