"""``scrapy crawl articles``: the site's articles, by section, region, tag, author, running story or address."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from scrapy.http import HtmlResponse, Response

from mayadeen import CRAWLER, arguments
from mayadeen.dates import utc_string
from mayadeen.items import Article, Discovery, Reject, Violation
from mayadeen.limits import bounded
from mayadeen.loaders import load_article
from mayadeen.pages.article import ArticlePage, NotAnArticle
from mayadeen.pages.directory import names_of
from mayadeen.pages.document import Unreadable
from mayadeen.site import clean_text
from mayadeen.spiders.walker import Walk, Walker


class ArticlesSpider(Walker):
    """Articles of the sections under News and Articles, or of what is named; arguments are in the README."""

    name = "articles"
    accepted: Collection[str] = arguments.ARTICLES

    def parse_article(self, response: Response, discovery: Discovery, walk: Walk | None) -> Iterator[Article | Reject]:
        """Yield the record of the page, or the reject that says why there is none."""
        fetched_at = response.meta.get("fetched_at") or utc_string(datetime.now(UTC))
        try:
            if not isinstance(response, HtmlResponse):
                kind = clean_text((response.headers.get("Content-Type") or b"none").decode("latin-1"))[:200]
                raise Unreadable("content_type", f"no HTML page: Content-Type {kind}")
            with bounded():
                page = ArticlePage(response.text, response.url, self.addresses)
                article = load_article(
                    page,
                    fetched_at=fetched_at,
                    discovery=discovery,
                    listing=walk.section if walk and walk.kind == "section" else None,
                    region=walk.label if walk and walk.kind == "region" else None,
                )
                names = names_of(page) if self.lookup.everything else []
        except NotAnArticle as error:
            self.skip(error.reason, response.url)
            self.went_astray(walk)
        except Unreadable as error:
            self.went_astray(walk)
            yield rejected(error, response.url, fetched_at, discovery)
        else:
            self.arrived(walk, response.url, article.canonical_url)
            self.walk_entries(names)
            if self.arguments.kinds and article.kind not in self.arguments.kinds:
                self.stats.inc_value("articles/other_kind")
            elif not self.arguments.in_range(article.published_at):
                self.stats.inc_value("articles/out_of_range")
            else:
                yield article


def rejected(error: Unreadable, url: str, fetched_at: str, discovery: Discovery) -> Reject:
    """The reject of a page of which no record could be made."""
    return Reject(
        crawler=CRAWLER,
        url=url,
        stage="extract",
        violations=[Violation(path="$", message=error.message, rule=error.rule)],
        fetched_at=fetched_at,
        discovered_via=discovery,
    )
