"""Invented reports for the pages: large, empty, alerting, blocked, hostile. They are deterministic."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mayadeen import published_schemas as schemas
from mayadeen.crawling.outcomes import URL_OUTCOMES
from mayadeen.items import PROVENANCE_FIELDS, Article, Reject
from mayadeen.monitoring.drift_messages import describe_alerts
from mayadeen.monitoring.run_statistics import Latencies, RejectGroups, Timeline, WrittenBy

RUN_ID = "20251123T040506.123Z"
SECTIONS = (
    "Politics", "Economy", "Analysis", "Opinion", "Sports", "Technology", "Health", "Environment", "Features", "Blog",
)  # fmt: skip
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> \u202eevil\u2066\x00\x1b[31m {{ 7*7 }} ]]> \ufffe"


def empty(**given: Any) -> dict[str, Any]:
    """Return the report of a run that did nothing, with the values of ``given`` in place of its own."""
    report: dict[str, Any] = schemas.load("report.schema.json")["examples"][0]
    report |= {
        "exit_status": 0, "ending": "done: 0 articles", "requests": 0, "not_sent": 0, "responses": {}, "bytes_received": 0,
        "totals": dict.fromkeys(("listed", *URL_OUTCOMES, "missing"), 0), "listings": [], "gone": [], "feeds": [],
        "reject_groups": [], "revisions": 0, "since_last_run": None, "written_by": WrittenBy().as_json(),
        "timeline": Timeline().as_json(), "latencies": Latencies().as_json(),
    }  # fmt: skip
    return report | given


def row(
    label: str, listed: int, ended: str | None = "complete", trouble: str | None = None, **outcomes: int
) -> dict[str, Any]:
    """A listing's row."""
    return {
        "kind": "section", "label": label, "url": f"https://english.almayadeen.net/news/{label.lower()}",
        "pages": listed // 20 + 1, "ended": ended, "trouble": trouble, "listed": listed,
        "outcomes": {**dict.fromkeys(URL_OUTCOMES, 0), **outcomes}, "skipped": {}, "missing": listed - sum(outcomes.values()),
    }  # fmt: skip


def fields(read: int) -> dict[str, Any]:
    """What was filled of each field, from where."""
    chance = random.Random(3)
    usual = {
        "body": "html",
        "tags": "html",
        "images": "html",
        "reading_minutes": "html",
        "shares": "html",
        "coverage": "listing",
    }
    found = {}
    for name in PROVENANCE_FIELDS:
        filled = read if name in ("title", "body", "published_at") else int(read * chance.uniform(0.2, 1.0))
        rest = filled // 20
        sources = dict.fromkeys(("tawsiyat", "json-ld", "meta", "html", "generic", "listing", "assumed"), 0)
        sources[usual.get(name, "tawsiyat")] += filled - 2 * rest
        sources["meta"] += rest
        sources["generic"] += rest
        found[name] = {"read": read, "filled": filled, "sources": sources, "length": chance.randint(1, 4000)}
    return found


def full(
    articles: int = 5000, days: int = 30, delay: float = 1.0, sections: tuple[str, ...] = SECTIONS
) -> dict[str, Any]:
    """The report of a run that wrote articles of some days, one request in ``delay`` seconds."""
    chance = random.Random(articles)
    written, timeline, latencies = WrittenBy(), Timeline(), Latencies()
    last = date(2025, 11, 23)
    at = 0.0
    by_section = dict.fromkeys(sections, 0)
    for number in range(articles):
        name = sections[min(int(chance.expovariate(0.45)), len(sections) - 1)]
        by_section[name] += 1
        day = last - timedelta(days=number * days // max(articles, 1))
        written.add(Article(category=name, section="News", published_at=f"{day}T08:00:00Z"))
        at += delay * chance.uniform(0.9, 1.6) * (3 if 0.4 < number / articles < 0.5 else 1)
        timeline.add(at, requests=1, written=1, received=96_000)
        latencies.add(200 if chance.random() > 0.02 else 404, chance.lognormvariate(-1.6, 0.5))
    rows = [
        row(name, count, "known" if n % 3 else "complete", written=count)
        for n, (name, count) in enumerate(by_section.items())
    ]
    totals = dict.fromkeys(("listed", *URL_OUTCOMES, "missing"), 0) | {"listed": articles, "written": articles}
    begun = datetime(2025, 11, 23, 4, 5, 6, tzinfo=UTC)
    return empty(
        arguments={"since": "30d"},
        finished_at=f"{begun + timedelta(seconds=int(at)):%Y-%m-%dT%H:%M:%SZ}",
        seconds=round(at, 3),
        ending=f"done: {articles} articles → data/articles/{RUN_ID}.jsonl",
        requests=articles,
        responses={"200": articles - articles // 50, "404": articles // 50},
        bytes_received=articles * 96_000,
        totals=totals,
        listings=rows,
        revisions=articles // 100,
        written_by=written.as_json(),
        timeline=timeline.as_json(),
        pace={"delay": delay, "in_force": delay, "held_seconds": 0.0},
        latencies=latencies.as_json(),
        feeds=[{"folder": "articles", "records": articles, "paths": [f"articles/{RUN_ID}.jsonl", f"articles/{RUN_ID}.csv"]}],
    )  # fmt: skip


def alerting() -> dict[str, Any]:
    """A run after a redesign: two fields are not what they were, some pages are rejected, others are not there."""
    report = full(180, 9)
    groups = RejectGroups()
    for number in range(9):
        wrong = {
            "path": f"$.images[{number}].url",
            "message": "'https://' does not match the pattern",
            "rule": "pattern",
        }
        groups.add(Reject(url=f"https://english.almayadeen.net/news/politics/story-{number}", violations=[wrong]))  # type: ignore[list-item]
    groups.add(Reject(url="https://english.almayadeen.net/news/economy/no-text", stage="extract",
                      violations=[{"path": "$", "message": "no body could be made out", "rule": "no_body"}]))  # fmt: skip
    urls = [f"https://english.almayadeen.net/news/politics/story-{n}" for n in range(3)]
    alerts = [
        {"field": "summary", "what": "vanished", "sources": ["html"], "share": 0.017, "usual": 0.97, "articles": 180,
         "since": "2025-11-23T04:05:06Z", "last_good": "2025-11-22T04:05:06Z", "urls": urls,
         "method": "mayadeen/extraction/article.py ArticlePage.summary", "line": "mayadeen/extraction/loaders.py ArticleLoader.summary_in"},
        {"field": "published_at", "what": "fell_back", "sources": ["json-ld", "meta"], "share": 0.42, "usual": 1.0, "articles": 180,
         "since": "2025-11-23T04:05:06Z", "last_good": None, "urls": urls,
         "method": "mayadeen/extraction/article.py ArticlePage.published_at", "line": "mayadeen/extraction/loaders.py _times"},
    ]  # fmt: skip
    report |= {
        "exit_status": 3, "finish_reason": "incomplete",
        "ending": f"incomplete (exit 3): the layout of the pages has changed: {describe_alerts(alerts, 2)}. If the site is meant to be "
        "so now, `scrapy drift --accept` · 10 rejects in 190 records is more than "
        f"MAYADEEN_MAX_REJECT_SHARE=0.01: has the layout changed? · 180 articles → data/articles/{RUN_ID}.jsonl, 10 rejects",
        "reject_groups": groups.as_json(), "fields": fields(190),
        "drift_alerts": alerts,
        "failed": [{"url": "https://english.almayadeen.net/news/sports/late", "reason": "HTTP status 500"}],
        "gone": [{"url": f"https://english.almayadeen.net/news/sports/gone-{n}", "reason": "HTTP status 404"} for n in range(30)],
        "skipped": [{"url": "https://english.almayadeen.net/news/sports", "reason": "listing"}],
        "since_last_run": {
            "run_id": "20251122T040506.123Z", "started_at": "2025-11-22T04:05:06Z", "exit_status": 0,
            "counts": {name: {"before": 150 + n, "now": 145 + 2 * n} for n, name in enumerate(("new", "revised", "known", "requests", "seconds"))},
            "fill": {"summary": {"before": 0.97, "now": 0.017}, "tags": {"before": 0.91, "now": 0.96}},
        },
    }  # fmt: skip
    report["totals"] |= {"failed": 1, "gone": 30, "skipped": 1, "rejected": 10}
    report["listings"][2] |= {
        "ended": "failed",
        "trouble": "Analysis (https://english.almayadeen.net/analysis) failed: HTTP status 500",
    }
    report["feeds"].append({"folder": "rejects", "records": 10, "paths": [f"rejects/{RUN_ID}.jsonl"]})
    return report


def blocked() -> dict[str, Any]:
    """A run that the site refused after a while."""
    report = full(40, 2, 2.5)
    report |= {
        "exit_status": 3, "finish_reason": "blocked",
        "ending": "incomplete (exit 3): blocked since 2025-11-23T04:09:00Z: 5 refusals in a row, the first HTTP status 403 at "
        "https://english.almayadeen.net/news/politics. Wait some hours, then run it again with a longer DOWNLOAD_DELAY. "
        "If it stays blocked, set MAYADEEN_CONTACT and write to the site · "
        f"40 articles → data/articles/{RUN_ID}.jsonl",
        "responses": {"200": 40, "403": 6, "429": 2, "503": 1}, "requests": 51,
        "pace": {"delay": 2.5, "in_force": 20.0, "held_seconds": 95.0},
    }  # fmt: skip
    report["listings"] = [one | {"ended": None} for one in report["listings"]]
    return report


def hostile() -> dict[str, Any]:
    """Every text that comes from a site is an attack."""
    report = full(30, 3, sections=(HOSTILE, "قضية فلسطين " * 9))
    address = f'javascript:alert(1)//"><script>alert(1)</script>{HOSTILE}'
    left_out = [
        {"url": address, "reason": HOSTILE},
        {"url": f"https://x.example/\"onmouseover='alert(1)'{HOSTILE}", "reason": "x"},
    ]
    report |= {
        "arguments": {"sections": HOSTILE, "_job": "x"}, "ending": f"done: {HOSTILE} · {HOSTILE}", "menu_assumed": HOSTILE,
        "failed": left_out, "gone": left_out, "skipped": left_out, "missing": [address], "pending": [HOSTILE],
        "comparison": {side: {"count": 1, "examples": [address]} for side in ("only_in_sitemaps", "only_in_listings")},
        "reject_groups": [{"stage": HOSTILE, "rule": HOSTILE, "path": HOSTILE, "count": 1, "example": {"url": address, "message": HOSTILE}}],
        "fields": {HOSTILE: next(iter(fields(30).values()))}, "base_url": address,
        "drift_alerts": [{"field": HOSTILE, "what": "fell_back", "sources": [HOSTILE], "share": 0.0, "usual": 1.0, "articles": 1,
                    "since": HOSTILE, "last_good": HOSTILE, "urls": [address], "method": HOSTILE, "line": HOSTILE}],
        "open_alerts": [{"field": HOSTILE, "since": HOSTILE}],
        "since_last_run": {"run_id": '"><script>', "started_at": HOSTILE, "exit_status": 0, "counts": {HOSTILE: {"before": 1, "now": 2}},
                           "fill": {HOSTILE: {"before": 0.5, "now": 0.7}}},
    }  # fmt: skip
    for one in report["listings"]:
        one |= {"url": address, "trouble": HOSTILE, "ended": "failed"}
    report["totals"] |= dict.fromkeys(("failed", "gone", "skipped", "missing"), 2)
    return report
