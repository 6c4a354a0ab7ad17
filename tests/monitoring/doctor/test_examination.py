"""The doctor's round, on the test site without a network and on small pages of other markup."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from scrapy.http import HtmlResponse, Request, Response, TextResponse

from mayadeen.monitoring.doctor.examination import Examination
from mayadeen.monitoring.doctor.fetching import Answer, Purpose
from mayadeen.monitoring.doctor.report import DoctorReport, changes_between, report_from_json
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses
from testsite import SyntheticSite

BASE = "http://127.0.0.1:8000"
Reply = Callable[[str], tuple[int, str, bytes]]


class Site:
    """Answers requests from a function of the path, and keeps the paths asked for."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.paths: list[str] = []

    async def fetch(self, url: str, purpose: Purpose) -> Answer:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self.paths.append(path)
        status, kind, body = self.reply(path)
        if status == 0:
            return Answer(url, code="timeout", error="no answer within 60 s")
        cls = HtmlResponse if "html" in kind else TextResponse if "json" in kind or "xml" in kind else Response
        response = cls(url, status=status, body=body, headers={"Content-Type": kind}, request=Request(url))
        return Answer(url, response)


def synthetic(**options: object) -> Reply:
    site = SyntheticSite(posts=300, seed=7, **options)  # type: ignore[arg-type]

    def reply(path: str) -> tuple[int, str, bytes]:
        answer = site.reply(path, BASE)
        return answer.status, answer.type, answer.body or b"".join(answer.parts or ())

    return reply


def examine(
    reply: Reply, *, edition: str = "en", sections: tuple[str, ...] = (), budget: int | None = 40, browser: bool = True
) -> tuple[DoctorReport, Site]:
    site = Site(reply)
    addresses = Addresses(EDITIONS[edition], BASE)
    report = DoctorReport(edition=edition, base_url=BASE, made_at="2026-11-26T06:00:00Z")
    examination = Examination(
        site.fetch, addresses, report, budget=budget, agent="mayadeen", sections=sections, has_browser=browser
    )
    asyncio.run(examination.run())
    report.decide("scrapy crawl articles -a limit=50", "unknown")
    return report, site


def statuses(report: DoctorReport, section: str) -> set[str]:
    return {check.status for check in report.checks[section]}


@pytest.mark.parametrize("edition", ["en", "ar", "es"])
def test_the_test_site_is_usable_in_every_edition(edition: str) -> None:
    report, site = examine(synthetic(edition=edition), edition=edition)
    assert report.verdict is not None
    assert report.verdict.state in ("ready", "ready_with_limits"), report.verdict
    assert not [check for check in report.all() if check.status == "fail"]
    assert report.requests == len(site.paths) <= 40
    assert len(report.samples) == 5
    assert {record["edition"] for record in report.samples} == {edition}


def test_nothing_is_asked_after_a_refusal() -> None:
    ordinary = synthetic()

    def reply(path: str) -> tuple[int, str, bytes]:
        return (403, "text/html", b"<h1>Forbidden</h1>") if path.startswith("/news") else ordinary(path)

    report, site = examine(reply)
    assert report.verdict is not None
    assert report.verdict.state == "not_usable"
    assert sum(path.startswith("/news") for path in site.paths) == 1
    assert site.paths[-1].startswith("/news")
    blocked = report.find("blocked")
    assert blocked is not None
    assert "HTTP status 403" in blocked.value
    assert statuses(report, "articles") == set()
    rest = report.find("after_block")
    assert rest is not None
    assert rest.status == "not_asked"


def test_a_robots_txt_that_fails_stops_the_round() -> None:
    report, site = examine(lambda path: (500, "text/plain", b""))
    assert site.paths == ["/robots.txt"]
    assert report.verdict is not None
    assert report.verdict.state == "not_usable"
    assert "HTTP status 500" in report.verdict.reasons[0]


def test_a_robots_txt_that_forbids_everything_stops_the_round() -> None:
    report, site = examine(lambda path: (200, "text/plain", b"User-agent: *\nDisallow: /\n"))
    assert site.paths == ["/robots.txt"]
    assert report.verdict is not None
    assert report.verdict.state == "not_usable"


def test_a_host_that_does_not_answer_is_named() -> None:
    report, _ = examine(lambda path: (0, "", b""))
    reachable = report.find("reachable")
    assert reachable is not None
    assert reachable.status == "fail"
    assert "no answer within 60 s" in reachable.value
    assert "proxy" in reachable.advice


def test_sections_by_name_only() -> None:
    report, site = examine(synthetic(), sections=("politics",))
    listings = [check for check in report.checks["listings"] if check.key.startswith("listing:")]
    assert [check.title for check in listings] == ["Politics"]
    assert len(site.paths) < 30


def test_a_second_page_that_is_the_first_again_is_a_limit() -> None:
    ordinary = synthetic()
    listing = "/news/politics"

    def reply(path: str) -> tuple[int, str, bytes]:
        is_page_two = path.startswith((f"{listing}?", f"{listing}/page"))
        return ordinary(listing if is_page_two else path)

    report, site = examine(reply, sections=("politics",))
    assert len([path for path in site.paths if path.startswith((f"{listing}?", f"{listing}/page"))]) == 1
    second = report.find(f"second:{listing}")
    assert second is not None
    assert second.status == "limit"
    assert second.value.endswith(" 0 of them new")


def test_a_saved_report_reads_back_and_compares_equal() -> None:
    report, _ = examine(synthetic())
    again = report_from_json(report.as_json())
    assert again.as_json() == report.as_json()
    assert changes_between(report, again) == []


def test_a_redesign_shows_as_a_change() -> None:
    report, _ = examine(synthetic())
    site = SyntheticSite(posts=300, seed=7)
    site.redesign("container")

    def reply(path: str) -> tuple[int, str, bytes]:
        answer = site.reply(path, BASE)
        return answer.status, answer.type, answer.body or b"".join(answer.parts or ())

    after, _ = examine(reply)
    changed = changes_between(report, after)
    assert any(line.startswith("Known layout: not on any page") and "BODY" in line for line in changed), changed
