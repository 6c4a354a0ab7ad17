"""Makes records of article pages, and decides which records to write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scrapy.http import HtmlResponse, Response

from mayadeen import CRAWLER
from mayadeen.crawling.known_articles import format_via
from mayadeen.crawling.signals import article_page_read
from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dates import utc_string
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.encodings import markup_of
from mayadeen.extraction.loaders import load_article
from mayadeen.extraction.names import names_of
from mayadeen.items import Article, Discovery, Reject, Violation
from mayadeen.site.editions import Section
from mayadeen.site.text import clean_text

if TYPE_CHECKING:
    from mayadeen.crawling.plan import CrawlPlan


class ArticleReader:
    """Reads the pages of articles for a spider."""

    def __init__(self, plan: CrawlPlan) -> None:
        self.plan = plan
        self.session = plan.session

    def read(self, response: Response, discovery: Discovery, section: Section | None) -> Iterator[Article | Reject]:
        """Yield the record of a page, or a reject with the reason why there is no record.

        Yields nothing for an article that the arguments exclude, and records its outcome. Raises ``NotAnArticle``.
        """
        fetched_at = fetch_time(response)
        via = format_via(discovery, section)
        listing = self.plan.listing_url(section) if section is not None else None
        page: ArticlePage | None = None
        try:
            if not isinstance(response, HtmlResponse):
                kind = clean_text((response.headers.get("Content-Type") or b"none").decode("latin-1"))[:200]
                raise PageError("content_type", f"no HTML page: Content-Type {kind}")
            with bounded():
                page = ArticlePage(markup_of(response), response.url, self.session.addresses)
                article = load_article(
                    page,
                    fetched_at=fetched_at,
                    discovery=discovery,
                    listing=section if discovery["kind"] == "section" else None,
                    region=section.label if section and discovery["kind"] == "region" else None,
                )
                names = names_of(page) if self.plan.finder.everything else []
        except PageError as error:
            # A URL given by hand that is not an article says nothing about the site.
            if page is not None and error.rule != "too_slow" and discovery["kind"] != "url":
                self._notify(page, None, discovery, response)
            reject = reject_page(error, response.url, fetched_at, discovery)
            self.session.articles.note_fetch(reject, response, via, listing)
            yield reject
            return
        self._notify(page, article, discovery, response)
        self.session.articles.note_fetch(article, response, via, listing)
        self.plan.add_entries(names)
        if self._is_wanted(article, response.meta["mayadeen_url"]):
            yield article

    def _is_wanted(self, article: Article, url: str) -> bool:
        """Return whether the arguments include an article. If not, store it and record its outcome."""
        session, arguments = self.session, self.session.arguments
        if arguments.kinds and article.kind not in arguments.kinds:
            session.articles.store_unwanted(article)
            session.outcomes.record(url, "other_kind")
            return False
        if not arguments.in_range(article.published_at):
            session.articles.store_unwanted(article)
            if session.range.article_is_older(article.published_at):
                session.outcomes.older_urls.add(url)
            session.outcomes.record(url, "out_of_range")
            return False
        return True

    def _notify(self, page: ArticlePage, article: Article | None, discovery: Discovery, response: Response) -> None:
        self.session.crawler.signals.send_catch_log(
            article_page_read, page=page, article=article, discovery=discovery, url=response.meta["mayadeen_url"]
        )


def fetch_time(response: Response) -> str:
    """Return the time at which a page was fetched, as a UTC string."""
    fetched_at: str | None = response.meta.get("mayadeen_fetched_at")
    return fetched_at or utc_string(datetime.now(UTC))


def reject_page(error: PageError, url: str, fetched_at: str, discovery: Discovery) -> Reject:
    """Return the reject for a page that could not become a record."""
    return Reject(
        crawler=CRAWLER,
        url=url,
        stage="extract",
        violations=[Violation(path="$", message=error.message, rule=error.rule)],
        fetched_at=fetched_at,
        discovered_via=discovery,
    )
