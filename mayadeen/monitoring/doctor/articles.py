"""The doctor's checks of an article: every field with its source, and which parts of the known layout exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import zip_longest
from typing import Any

from lxml.html import HtmlElement

from mayadeen.extraction.article import ArticlePage, Layout, NotAnArticle
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dates import utc_string
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.loaders import load_article
from mayadeen.extraction.names import names_of
from mayadeen.items import Article, Discovery
from mayadeen.monitoring.doctor.fetching import Answer
from mayadeen.monitoring.doctor.listings import ListingCheck
from mayadeen.monitoring.doctor.report import Check
from mayadeen.pipelines.validate import SchemaValidator
from mayadeen.site.editions import Section
from mayadeen.site.kinds import NON_TEXT_KINDS, kind_of
from mayadeen.site.urls import Addresses

ESSENTIAL = ("title", "published_at", "body")
"""Fields that a user misses in every record without them. Kinds without text need no body."""
MAX_VALUE = 120
_REPORT = "Report it with `scrapy doctor --save DIR`. Known pages: `scrapy fixture`, then fix the field."


@dataclass(frozen=True)
class ArticleCheck:
    """One article: its check, its record if it gave a valid one, and the URLs that its page leads to."""

    url: str
    kind: str
    check: Check
    record: dict[str, Any] | None = None
    author_urls: tuple[str, ...] = ()
    tag_urls: tuple[str, ...] = ()
    image_urls: tuple[str, ...] = ()
    layout: dict[str, bool] = field(default_factory=dict)


def pick_articles(listings: Sequence[ListingCheck], addresses: Addresses) -> Iterator[tuple[str, Section]]:
    """Yield articles to look at: first one of each kind by section and URL, then more of each listing."""
    rows = [[(addresses.fetchable(card.url), check.section) for card in check.cards] for check in listings]
    in_turn = [cell for row in zip_longest(*rows) for cell in row if cell is not None]
    seen_urls: set[str] = set()
    seen_kinds: set[str | None] = set()
    later = []
    for url, section in in_turn:
        if url in seen_urls:
            continue
        seen_urls.add(url)
        kind = kind_of(None, section.label, url)
        if kind in seen_kinds:
            later.append((url, section))
        else:
            seen_kinds.add(kind)
            yield url, section
    yield from later


def check_article(answer: Answer, url: str, section: Section, addresses: Addresses) -> ArticleCheck:
    """Read a page as a crawl does, and return the result."""
    title = url.rpartition("/")[2][:60] or url
    key = f"article:{kind_of(None, section.label, url) or 'unknown'}:{section.path}"

    def failed(value: str) -> ArticleCheck:
        check = Check(
            key, title, "limit", value, f"Open {url} in a browser. If it is an article: {_REPORT}", {"url": url}
        )
        return ArticleCheck(url, "unknown", check)

    if not answer.is_html or answer.response is None:
        return failed(answer.describe() if answer.status != 200 else "not an HTML page")
    try:
        with bounded():
            page = ArticlePage(answer.text or "", answer.response.url, addresses)
            article = load_article(
                page,
                fetched_at=utc_string(datetime.now(UTC)),
                discovery=Discovery(kind="section", url=url, position=1),
                listing=section,
            )
            names = names_of(page)
            layout = layout_found(page)
    except NotAnArticle as error:
        return failed(f"not an article but a page of kind {error.reason}")
    except PageError as error:
        return failed(f"no record: {error}")
    violations = _validator().violations(vars(article))
    if violations:
        return failed("; ".join(f"{v['path']}: {v['message']}" for v in violations)[:300])
    return ArticleCheck(
        url=url,
        kind=article.kind,
        check=_result(key, article, page),
        record=dict(vars(article)),
        author_urls=tuple(entry.url for entry in names if entry.kind == "author"),
        tag_urls=tuple(entry.url for entry in names if entry.kind == "tag"),
        image_urls=tuple(image["url"] for image in article.images),
        layout=layout,
    )


def _result(key: str, article: Article, page: ArticlePage) -> Check:
    """Judge a valid record by its essential fields and its warnings."""
    record, title = vars(article), str(_short(article.title))[:60]
    fields = {
        name: {"source": source, "value": _short(record.get(name))} for name, source in article.provenance.items()
    }
    found = sum(source is not None for source in article.provenance.values())
    container = {"html": "known container", "generic": "fallback"}.get(page.body_source or "", "no body")
    essential = [name for name in ESSENTIAL if name != "body" or article.kind not in NON_TEXT_KINDS]
    missing = [name for name in essential if not record.get(name)]
    words = f"{article.word_count} words" if article.word_count else "no text"
    value = f"{article.kind}, {found} of {len(fields)} fields, {words}, {container}"
    details = {
        "url": article.url,
        "fields": fields,
        "warnings": list(article.warnings),
        "container": container,
        "stable": [article.kind, container, missing],
    }
    if missing:
        return Check(key, title, "limit", f"{value}. Missing: {', '.join(missing)}", _REPORT, details)
    if article.warnings:
        advice = "Nothing to do: each record carries its warnings. Record fields, section Warnings, explains them."
        return Check(key, title, "note", f"{value}. Warnings: {', '.join(article.warnings)}", advice, details)
    return Check(key, title, "ok", value, details=details)


# --- the known layout ------------------------------------------------------------------------------------------------


def layout_found(page: ArticlePage) -> dict[str, bool]:
    """Return which selectors of the known layout, and which metadata blocks, exist on a page."""
    sources = page.sources
    found = {
        "metadata block (tawsiyat)": bool(sources.tawsiyat),
        "JSON-LD": bool(sources.json_ld),
        "meta tags": bool(sources.metas),
    }
    for name, selector in _selectors():
        found[f"selector {name}"] = any(isinstance(el, HtmlElement) for el in selector(page.root))
    return found


def _selectors() -> Iterator[tuple[str, Any]]:
    for name, value in vars(Layout).items():
        if name.isupper() and callable(value):
            yield name, value


def layout_check(articles: Sequence[ArticleCheck]) -> Check:
    """Say which parts of the known layout the articles have."""
    read = [found for found in articles if found.layout]
    title = "Known layout"
    if not read:
        advice = "See the lines above: no article was read."
        return Check("layout", title, "not_asked", "no article was read", advice)
    counts = Counter(name for found in read for name, there in found.layout.items() if there)
    names = list(read[0].layout)
    absent = [name for name in names if not counts[name]]
    details = {"on": {name: f"{counts[name]} of {len(read)}" for name in names}, "stable": absent}
    if not absent:
        return Check("layout", title, "ok", f"all {len(names)} parts are on the pages", details=details)
    value = f"not on any page: {', '.join(absent)}"
    advice = "Nothing to do if the articles above are read: the crawler does not depend on it. Else report it."
    return Check("layout", title, "note", value, advice, details)


def _short(value: object) -> object:
    """A value for people: long texts are cut, lists are counted."""
    if isinstance(value, str):
        return value if len(value) <= MAX_VALUE else f"{value[: MAX_VALUE - 1]}…"
    if isinstance(value, list):
        return f"{len(value)} entries"
    return value


@cache
def _validator() -> SchemaValidator:
    return SchemaValidator("article.schema.json")
