"""The pages of runs, as HTML: what they say, of any run, and that no value can be more than text."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from lxml import html

from mayadeen.monitoring.html import index, run
from mayadeen.monitoring.html.page import change, duration, link, number, share, shown, size
from mayadeen.monitoring.previous_reports import PreviousReport
from tests.support import reports
from tests.support.reports import HOSTILE, RUN_ID, alerting, blocked, empty, fields, full, hostile

KINDS = {
    "empty": empty(),
    "of one article": full(1, 1),
    "of 400 days": full(900, 400),
    "of 9 years": full(900, 3300),
    "without delay": full(50, 3, delay=0.0),
    "of 60 sections": full(500, 30, sections=tuple(f"Section {n}" for n in range(60))),
    "alerting": alerting(),
    "blocked": blocked(),
    "hostile": hostile(),
}


def parsed(page: str) -> html.HtmlElement:
    return html.document_fromstring(page)


def text(element: html.HtmlElement) -> str:
    return " ".join(" ".join(element.itertext()).split())


def part(page: str, name: str) -> str:
    """The words of one section."""
    return text(parsed(page).get_element_by_id(name))


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_of_any_run(kind: str) -> None:
    page = run.page(RUN_ID, KINDS[kind])
    tree = parsed(page)
    assert len(tree.findall(".//h1")) == 1
    levels = [int(element.tag[1]) for element in tree.iter("h1", "h2", "h3", "h4")]
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    targets = {a.get("href")[1:] for a in tree.iter("a") if a.get("href", "").startswith("#")}
    assert targets <= {element.get("id") for element in tree.iter() if element.get("id")}
    assert len({e.get("id") for e in tree.iter() if e.get("id")}) == len([e for e in tree.iter() if e.get("id")])
    assert len(page) < 500_000


def test_the_ending_in_a_glance() -> None:
    for report, kind, words, todo in (
        (full(3, 1), "good", "Done", "Nothing to do."),
        (empty(), "good", "Done, nothing new", "Nothing to do."),
        (empty(exit_status=3, finish_reason="shutdown"), "warn", "Interrupted", "Run the same command again"),
        (empty(exit_status=3, finish_reason="incomplete"), "warn", "Incomplete", "See to what is named above"),
        (empty(exit_status=1, finish_reason="no_space"), "bad", "Failed", "See to what the line above names"),
        (empty(exit_status=1, finish_reason="bad_argument"), "bad", "Refused", "Fix the argument"),
        (blocked(), "bad", "Blocked", "Wait some hours"),
        (alerting(), "bad", "Incomplete, 2 alerts", "See the alerts below"),
        (
            full(3, 1) | {"open_alerts": [{"field": "tags", "since": "2025-11-23T04:05:06Z"}]},
            "warn",
            "Done, an alert is open",
            "The alert on tags is open",
        ),
    ):
        (ending,) = parsed(run.page(RUN_ID, report)).find_class("ending")
        assert kind in ending.classes, words
        assert text(ending.find(".//strong")) == words
        assert todo in text(ending)
        assert f"Exit status {report['exit_status']} · finish reason {report['finish_reason']}" in text(ending)


def test_every_part_of_the_last_line_is_there() -> None:
    (ending,) = parsed(run.page(RUN_ID, alerting())).find_class("ending")
    lines = [text(line) for line in ending.iter("li")]
    assert [line.partition(" (")[0] for line in lines[:2]] == [
        "the layout of the pages has changed: summary is not found any more",
        "published_at is not read from json-ld, meta any more, only from what is trusted less",
    ]
    assert len(lines) == 4
    (ending,) = parsed(run.page(RUN_ID, blocked())).find_class("ending")
    assert [text(line)[:13] for line in ending.iter("li")] == ["blocked since", "40 articles →"]
    assert " · ".join(lines) == alerting()["ending"].removeprefix("incomplete (exit 3): ")


def test_what_was_run() -> None:
    report = empty(arguments={"tags": "Côte d'Ivoire,gaza", "limit": "5", "_job": "abc"})
    assert """scrapy crawl articles -a 'tags=Côte d'"'"'Ivoire,gaza' -a limit=5""" in text(
        parsed(run.page(RUN_ID, report))
    )


def test_the_command_is_safe_to_paste() -> None:
    """It crawls the site that was crawled, under the name of the job."""
    given = {"arguments": {"limit": "5", "_job": "nightly 1", "_version": "x"}, "edition": "en"}
    elsewhere = full(1, 1) | given | {"base_url": "http://127.0.0.1:8000"}
    assert run.command(elsewhere) == (
        "scrapy crawl articles -a limit=5 -a '_job=nightly 1' -s MAYADEEN_BASE_URL=http://127.0.0.1:8000"
    )
    public = full(1, 1) | {"arguments": {}, "edition": "ar", "base_url": "https://www.almayadeen.net"}
    assert run.command(public) == "scrapy crawl articles"


def test_runs_of_one_day_have_their_time_in_the_index() -> None:
    starts = [datetime.fromisoformat(f"2025-11-{at}:00Z") for at in ("24T04:30", "25T04:30", "25T16:05")]
    assert index._labels(starts) == ["24 Nov", "25 Nov 04:30", "25 Nov 16:05"]


def test_an_alerting_run_says_where_to_look() -> None:
    page = run.page(RUN_ID, alerting())
    section_text = part(page, "alerts")
    for words in ("summary has vanished", "this run 1.7 %", "usual 97 %", "180 articles compared",
                  "To fix: mayadeen/extraction/article.py ArticlePage.summary · its value is cleaned by mayadeen/extraction/loaders.py",
                  "published_at is read from a less trusted place: json-ld, meta is lost",
                  "https://english.almayadeen.net/news/politics/story-2", "since 2025-11-23T04:05:06Z · last good 2025-11-22T04:05:06Z"):  # fmt: skip
        assert words in section_text
    assert "scrapy drift --accept" in section_text
    assert "--edition" not in section_text
    assert "scrapy drift --accept --edition ar" in part(run.page(RUN_ID, alerting() | {"edition": "ar"}), "alerts")
    assert "validate pattern $.images[*].url" in part(page, "rejects")
    assert "new 150 145 −5" in part(page, "changes")
    assert "summary 97 % ▼ 1.7 %" in part(page, "changes")
    assert "failed" in part(page, "listings")
    assert "Gone: 30" in part(page, "left-out")
    assert f"rejects 10 rejects/{RUN_ID}.jsonl" in part(page, "files")


def test_alerts_on_lengths_are_no_shares() -> None:
    report = alerting()
    report["drift_alerts"] = [report["drift_alerts"][0] | {"what": "shortened", "share": 400, "usual": 1600.0}]
    section_text = part(run.page(RUN_ID, report), "alerts")
    assert "this run 400 usual 1,600" in section_text
    report["drift_alerts"][0] |= {"share": None, "usual": None, "urls": [], "since": None}
    assert "this run – usual –" in part(run.page(RUN_ID, report), "alerts")


def test_a_run_of_nothing_says_so() -> None:
    section_text = text(parsed(run.page(RUN_ID, empty())))
    for words in ("No article was written.", "No request was sent.", "No listing was crawled.", "No record was written.",
                  "There is no earlier report of this spider with these arguments."):  # fmt: skip
        assert words in section_text


def test_the_pace_is_held_against_what_is_allowed() -> None:
    plot = run._rate(full(600, 9, delay=2.0))
    assert plot is not None
    rate, mark = plot.series
    assert mark.values[0] == 30
    assert max(value or 0 for value in rate.values) < 40
    assert "allowed: one in 2 s" in part(run.page(RUN_ID, full(600, 9, delay=2.0)), "network")
    section_text = part(run.page(RUN_ID, blocked()), "network")
    assert "Allowed was one request in 2.5 s. At the end it was one in 20 s" in section_text
    assert "held the crawl back for 1 min 35 s" in section_text
    assert "2 sent without a response" in section_text


def test_rates_are_of_the_time_that_passed() -> None:
    """A last stretch that was cut short is no slower for it."""
    buckets = [{"start": n, "requests": 1, "written": 0, "bytes": 0} for n in range(25)]
    plot = run._rate(full(25, 1) | {"timeline": {"seconds": 1, "buckets": buckets}, "seconds": 25.0, "requests": 25})
    assert plot is not None
    assert list(plot.series[0].values) == [60, 60, 60]
    plot = run._rate(full(1, 1) | {"timeline": {"seconds": 1, "buckets": buckets[:1]}, "seconds": 0.2, "requests": 1})
    assert plot is not None
    assert len(plot.series[0].values) == 1


@pytest.mark.parametrize(
    ("days", "unit", "columns"),
    [(1, "day", 14), (14, "day", 14), (62, "day", 62), (400, "week", 58), (1500, "month", 50), (3300, "year", 10)],
)
def test_days_are_drawn_without_gaps_and_none_is_lost(days: int, unit: str, columns: int) -> None:
    report = full(4000, days)
    plot = run._days(report["written_by"])
    assert plot is not None
    assert plot.head == unit
    assert columns - 1 <= len(plot.labels) <= columns + 1
    assert sum(int(value or 0) for series in plot.series for value in series.values) == 4000


def test_a_few_old_articles_do_not_hide_the_days_of_the_others() -> None:
    written = full(1000, 20)["written_by"]
    written["days"] = ["2011-03-04", "2019-05-06", *written["days"]]
    for section in written["categories"]:
        section["days"] = [1, 1, *section["days"]]
    plot = run._days(written)
    assert plot is not None
    assert (plot.head, plot.labels[0], len(plot.labels)) == ("day", "earlier", 21)
    assert sum(int(series.values[0] or 0) for series in plot.series) >= 2 * len(written["categories"])
    assert sum(int(value or 0) for series in plot.series for value in series.values) == 1000 + 2 * len(
        written["categories"]
    )


def test_more_listings_than_a_page_can_bear() -> None:
    report = empty(listings=[reports.row(f"Tag {n}", 3, written=3) for n in range(2000)])
    report["totals"] |= {"listed": 6000, "written": 6000}
    page = run.page(RUN_ID, report)
    assert "1,700 more stand in the JSON" in part(page, "listings")
    assert "6,000" in part(page, "listings")
    assert len(page) < 500_000


@pytest.mark.parametrize(
    "page",
    [
        run.page(RUN_ID, hostile()),
        index.page(
            [
                index.row(PreviousReport('"><script>', hostile()), has_page=True),
                index.row(PreviousReport("x", None, HOSTILE), has_page=False),
            ]
        ),
    ],
)
def test_no_value_is_more_than_text(page: str) -> None:
    tree = parsed(page)
    assert tree.findall(".//script") == []
    assert tree.findall(".//img") == []
    assert [name for element in tree.iter() for name in element.attrib if name.startswith("on")] == []
    for address in (a.get("href") for a in tree.iter("a", "link")):
        assert re.match(r"https?://|#|data:,|[.\w%-]|\.\./articles/", address), address
        assert not address.startswith("javascript")
    for character in "\u202e\u2066\x00\x1b\ufffe":
        assert character not in page
    assert "\\u202eevil" in page
    assert "{{ 7*7 }}" in page


def test_only_addresses_of_the_web_are_links() -> None:
    assert link("https://x/a?b=1&c='\"").startswith('<a href="https://x/a?b=1&amp;c=&#39;&#34;"')
    for address in ("javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "data:text/html,x", "//x/a", "http://[", "ftp://x",
                    "https://x/\u202e", "https://x/" + "a" * 5000, "https://user:secret@x/", "", None):  # fmt: skip
        assert "<a" not in link(address), address
    assert "secret" not in link("https://user:secret@x/")


def test_numbers_for_people() -> None:
    assert [number(value) for value in (0, 12345, 0.25, 12.34, 12345.6, 3.0, None)] == [
        "0",
        "12,345",
        "0.25",
        "12.3",
        "12,346",
        "3",
        "–",
    ]
    assert [change(value) for value in (0, 3, -1500)] == ["±0", "+3", "−1,500"]
    assert [share(value) for value in (0, 1, 0.5, 0.123, 0.0001, 0.99999, None)] == [
        "0 %",
        "100 %",
        "50 %",
        "12.3 %",
        "< 0.1 %",
        "> 99.9 %",
        "–",
    ]
    assert [size(value) for value in (0, 999, 1500, 480_000_000, 5e12)] == [
        "0 B",
        "999 B",
        "1.5 kB",
        "480 MB",
        "5,000 GB",
    ]
    assert [duration(value) for value in (0.0004, 0.085, 3.44, 59.97, 125, 4320, 90_000, 86_400)] == [
        "0 ms", "85 ms", "3.44 s", "1 min", "2 min 5 s", "1 h 12 min", "1 d 1 h", "1 d",
    ]  # fmt: skip
    assert shown("a\u202eb\x00\ud800") == "a\\u202eb\\x00\\ud800"


def test_a_page_of_a_large_run_is_small() -> None:
    assert len(run.page(RUN_ID, full(5000, 400) | {"fields": fields(5000)}).encode()) < 2_000_000


def rows(page: str) -> list[str]:
    return [text(row) for row in parsed(page).findall(".//tbody/tr")]


def test_the_index_has_the_newest_run_first() -> None:
    newest = full(12, 3, delay=0.2) | {"started_at": "2025-11-24T04:05:06Z"}
    page = index.page(
        [
            index.row(PreviousReport("20251122T040506.123Z", blocked()), has_page=True),
            index.row(PreviousReport("20251124T040506.123Z", newest), has_page=True),
            index.row(PreviousReport("20251123T040506.123Z", None, "it is damaged, or not a report"), has_page=False),
            index.row(PreviousReport("20251121T040506.123Z", alerting()), has_page=False),
        ]
    )
    found = rows(page)
    assert re.fullmatch(r"2025-11-24 04:05 articles -a since=30d ✓ Done 12 0 0 0 \d\.\d+ s", found[0]), found[0]
    assert found[1] == "20251123T040506.123Z ? no report it is damaged, or not a report"
    assert "✕ Blocked incomplete (exit 3): blocked since" in found[2]
    assert "✕ Incomplete, 2 alerts" in found[3]
    links = [a.get("href") for a in parsed(page).find(".//tbody").iter("a")]
    assert links == ["20251124T040506.123Z.html", "20251122T040506.123Z.html", "20251121T040506.123Z.json"]


@pytest.mark.parametrize("count", [0, 1, 300])
def test_an_index_of_any_number_of_runs(count: int) -> None:
    report: dict[str, Any] = full(7, 2)
    found = [index.row(PreviousReport(f"2025{n:04d}T040506.123Z", report), has_page=True) for n in range(count)]
    page = index.page(found)
    assert len(rows(page)) == count
    assert page.count("<svg") == (2 if count else 0)
    assert len(page) < 600_000
