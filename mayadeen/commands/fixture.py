"""``scrapy fixture``: saves an article's page with its record, for a regression test."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

from scrapy import Request
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import CloseSpider
from scrapy.http import HtmlResponse, Response
from scrapy.utils.conf import closest_scrapy_cfg
from twisted.python.failure import Failure

from mayadeen.commands.extract import ExtractError, address_of, checked, read_page
from mayadeen.crawling.arguments import BadArgument, base_url, usage_error
from mayadeen.crawling.failure_reasons import failure_reason
from mayadeen.extraction import fixtures
from mayadeen.extraction.fixtures import BadFixture
from mayadeen.monitoring.logformatter import harmless
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses, edition_of
from mayadeen.spiders.base import ListingSpider


class OnePage(ListingSpider):
    """Fetches one page with all politeness settings. It stores no state and acquires no lock."""

    name = "fixture"
    accepted = ("edition",)
    custom_settings = {"LOG_ENABLED": True, "LOG_LEVEL": "WARNING"}  # noqa: RUF012 - Scrapy's own form
    """The log shows it when the crawler waits for the site, which can be minutes."""
    url: ClassVar[str]
    page: ClassVar[HtmlResponse | None] = None
    why: ClassVar[str] = ""

    async def start(self) -> AsyncIterator[Any]:
        """Request the page, and nothing else but what the politeness settings need."""
        if self.session.error is not None:
            type(self).why = str(self.session.error)
            raise CloseSpider("bad_argument")
        yield Request(self.session.addresses.fetchable(self.url), callback=self.keep, errback=self.lost)

    def keep(self, response: Response) -> None:
        if isinstance(response, HtmlResponse):
            type(self).page = response
        else:
            type(self).why = "it is not an HTML page"

    def lost(self, failure: Failure) -> None:
        type(self).why = failure_reason(failure)[1]


class Command(ScrapyCommand):
    requires_project = True
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own form

    def syntax(self) -> str:
        return "[options] URL | PAGE.html --url URL"

    def short_desc(self) -> str:
        return "Save an article's page with its record for a regression test"

    def long_desc(self) -> str:
        return (
            "Fetch an article's page once, as politely as any crawl, or read a saved one. Make tests/fixtures/NAME of "
            "it: the page, its record, and expected.json, which tests/extraction/test_fixtures.py checks. Correct "
            "it by hand where the record is wrong. Pages of the site itself (site-…) are not under version control."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--url", metavar="URL", help="where a saved page was fetched")
        parser.add_argument("--name", metavar="NAME", help="of the fixture (default: date, edition, kind and slug)")
        parser.add_argument("--edition", choices=sorted(EDITIONS), help="default: by the URL, or en")

    def run(self, args: list[str], opts: Namespace) -> None:
        if len(args) != 1:
            raise usage_error("fixture", " ".join(args), "is not one URL or saved page", "Use scrapy fixture URL")
        if opts.name is not None and not re.fullmatch(r"[.-]*\w[\w.-]*", opts.name, re.ASCII):
            raise usage_error("--name", opts.name, "is not the name of a fixture", "Use letters, digits, - and . only")
        is_address = args[0].startswith(("http://", "https://"))
        try:
            folder = self._fetched(args[0], opts) if is_address else self._saved(args[0], opts)
        except (ExtractError, BadFixture, BadArgument) as error:
            self.exitcode = 3 if isinstance(error, ExtractError) else 1
            print(harmless(f"fixture: {args[0]}: {error}"), file=sys.stderr)
        except OSError as error:
            self.exitcode = 1
            print(f"fixture: {error.filename or args[0]}: {error.strerror or error}", file=sys.stderr)
        else:
            print(f"fixture: {folder}. Compare {folder / fixtures.EXPECTED} with the page, and correct wrong values")

    def _saved(self, page: str, opts: Namespace) -> Path:
        url = address_of(opts.url, "--url") if opts.url else None
        return self._save(read_page(Path(page).read_bytes(), url), url, opts)

    def _fetched(self, url: str, opts: Namespace) -> Path:
        assert self.settings is not None
        assert self.crawler_process is not None
        url = address_of(url, "URL")
        edition = opts.edition or (own.code if (own := edition_of(url)) else "en")
        opts.edition = edition
        addresses = Addresses(EDITIONS[edition], base_url(self.settings))
        if not addresses.is_site(url):
            raise ExtractError(f"is not on {addresses.base_url}. Use a page of the site itself")
        OnePage.url, OnePage.page, OnePage.why = url, None, ""
        self.crawler_process.crawl(OnePage, edition=edition)
        self.crawler_process.start()
        response = OnePage.page
        if response is None:
            raise ExtractError(f"could not be fetched ({OnePage.why or 'the run was stopped'})")
        return self._save(response.text, response.url, opts)

    def _save(self, html: str, url: str | None, opts: Namespace) -> Path:
        article, base = checked(html, url, None, opts.edition)
        name: str | None = opts.name
        if name is None:
            slug = article.canonical_url.rpartition("/")[2].encode("ascii", "ignore").decode()
            slug = re.sub(r"[^a-z0-9]+", "-", re.sub(r"%[0-9A-F]{2}", "", slug).lower())[:40].strip("-")
            parts = [(article.published_at or article.fetched_at)[:10], article.edition, article.kind, slug]
            name = "-".join(filter(None, ["" if base else "site", *parts]))
        folder = Path(closest_scrapy_cfg()).parent / "tests" / "fixtures" / name
        fixtures.save(folder, html, article, base)
        return folder
