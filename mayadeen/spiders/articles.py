"""``scrapy crawl articles``: the site's articles, by section, region, tag, author, running story or address."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime

from scrapy.http import HtmlResponse, Response

from mayadeen import CRAWLER
from mayadeen.crawling import arguments
from mayadeen.extraction.article import ArticlePage, NotAnArticle
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dates import utc_string
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.loaders import load_article
from mayadeen.extraction.names import names_of
from mayadeen.items import Article, Discovery, Reject, Violation
from mayadeen.site.editions import Section
from mayadeen.site.text import clean_text
from mayadeen.spiders.base import ListingSpider


class ArticlesSpider(ListingSpider):
    """Articles of the sections under News and Articles, or of what is named; arguments are in the README."""

    name = "articles"
    accepted: Collection[str] = arguments.ARTICLES

    def parse_article(
        self, response: Response, discovery: Discovery, section: Section | None
    ) -> Iterator[Article | Reject]:
        """Yield the record of the page, or the reject that says why there is none.

        @saved_page 2025-11-plain
        @fills post_id title summary body authors source published_at modified_at category tags keywords images
        """
        fetched_at = response.meta.get("fetched_at") or utc_string(datetime.now(UTC))
        page: ArticlePage | None = None
        try:
            if not isinstance(response, HtmlResponse):
                kind = clean_text((response.headers.get("Content-Type") or b"none").decode("latin-1"))[:200]
                raise PageError("content_type", f"no HTML page: Content-Type {kind}")
            with bounded():
                page = ArticlePage(response.text, response.url, self.addresses)
                article = load_article(
                    page,
                    fetched_at=fetched_at,
                    discovery=discovery,
                    listing=section if discovery["kind"] == "section" else None,
                    region=section.label if section and discovery["kind"] == "region" else None,
                )
                names = names_of(page) if self.lookup.everything else []
        except NotAnArticle as error:
            self.skip(error.reason, response)
        except PageError as error:
            # That an address given by hand is no article says nothing of the site.
            if page is not None and error.rule != "too_slow" and discovery["kind"] != "url":
                self.look_at(page, None, discovery, response)
            reject = rejected(error, response.url, fetched_at, discovery)
            self.memory.visit(reject, response, discovery, section)
            yield reject
        else:
            self.look_at(page, article, discovery, response)
            self.memory.visit(article, response, discovery, section)
            self.walk_entries(names)
            if self.arguments.kinds and article.kind not in self.arguments.kinds:
                self.memory.saw(article)
                self.settle(response.meta["asked"], "other_kind")
            elif not self.arguments.in_range(article.published_at):
                self.memory.saw(article)
                if self.range.article_is_older(article.published_at):
                    self.older_urls.add(response.meta["asked"])
                self.settle(response.meta["asked"], "out_of_range")
            else:
                yield article

    def look_at(self, page: ArticlePage, article: Article | None, discovery: Discovery, response: Response) -> None:
        """Note what a page looks like, for the alarm; a page that is too costly for that is none the worse for it."""
        known = None
        if self.memory.opened and (article is None or article.published_at is None):
            post = self.memory.state.posts.at(response.meta["asked"])
            known = post.published_at if post is not None else None
        with suppress(PageError), bounded():
            self.measure.take(page, article, discovery["kind"], known)


def rejected(error: PageError, url: str, fetched_at: str, discovery: Discovery) -> Reject:
    """The reject of a page of which no record could be made."""
    return Reject(
        crawler=CRAWLER,
        url=url,
        stage="extract",
        violations=[Violation(path="$", message=error.message, rule=error.rule)],
        fetched_at=fetched_at,
        discovered_via=discovery,
    )
