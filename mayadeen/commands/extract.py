"""``scrapy extract``: the records of saved pages, as JSON Lines on standard output, without network or state."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from scrapy.commands import ScrapyCommand
from scrapy.http import HtmlResponse
from scrapy.utils.log import configure_logging

from mayadeen.archives.captures import SUFFIXES, is_archive
from mayadeen.archives.html_pages import own_url
from mayadeen.crawling.arguments import usage_error
from mayadeen.extraction.article import ArticlePage, NotAnArticle
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dates import utc_string
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.encodings import with_web_encoding
from mayadeen.extraction.loaders import load_article
from mayadeen.items import Article, Discovery, Reject
from mayadeen.monitoring.logformatter import harmless
from mayadeen.pipelines.validate import Validate
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses, edition_of, normalize_url

_NOT_PAGES = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip", b"WARC/": "WARC"}
_READ_TYPES = frozenset({"response", "revisit", "request", "metadata", "warcinfo"})
"""Types of records of which records are made, or which belong to one. Others are counted, such as ``resource``."""


class Command(ScrapyCommand):
    requires_project = True
    requires_crawler_process = False  # which would import all spiders
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own form

    def syntax(self) -> str:
        return "[options] PAGE_OR_ARCHIVE [PAGE_OR_ARCHIVE ...]"

    def short_desc(self) -> str:
        return "Make records of saved pages and web archives (no network)"

    def long_desc(self) -> str:
        return (
            "Make records of saved article pages, as JSON Lines on standard output. A page that is not an article, or "
            "whose record breaks the schema, is one line on standard error. The other pages are still read, and the "
            "exit status is 3. PAGE may be - for standard input. PAGE may also be a web archive (.warc, .warc.gz, "
            ".warc.zst, .wacz) or a folder of them. There, listings, redirects, errors and challenge pages are counted "
            "and are no failure. Damaged archives are read as far as possible, and what was lost is named."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--url",
            metavar="URL",
            help="URL that the page was fetched from. Of several pages, for those that do not name their own",
        )
        parser.add_argument(
            "--urls-file",
            metavar="FILE",
            help="for several pages: lines of PAGE, a tab and URL, with PAGE as on the command line",
        )
        parser.add_argument(
            "--edition", choices=sorted(EDITIONS), help="edition of the pages (default: by the URL, else en)"
        )

    def run(self, args: list[str], opts: Namespace) -> None:
        if not args:
            raise usage_error("extract", "", "names no page", "Name saved pages, or - for standard input")
        configure_logging(self.settings)
        given = address_of(opts.url, "--url") if opts.url else None
        urls = _read_urls_file(Path(opts.urls_file)) if opts.urls_file else {}
        if given and len(args) == 1:
            urls[args[0]] = given
        try:
            for name in args:
                for record in self._records(name, urls, given, opts.edition):
                    sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
                    sys.stdout.flush()
        except BrokenPipeError:  # the reader stopped, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self.exitcode = 1

    def _records(
        self, name: str, urls: dict[str, str], given: str | None, edition: str | None
    ) -> Iterator[dict[str, object]]:
        """Yield the records of a saved page, or of the archives at a path."""
        path = Path(name)
        if name != "-" and (path.is_dir() or is_archive(path)):
            yield from self._archived(path, edition)
            return
        try:
            record = _extract(name, urls.get(name), given, edition)
        except ExtractError as e:
            self._fail(f"{name}: {e}")
        except Exception as e:
            self._fail(f"{name}: unexpected error: {type(e).__name__}: {e}. Report it with the page.")
        else:
            yield record

    def _archived(self, path: Path, edition: str | None) -> Iterator[dict[str, object]]:
        from mayadeen.archives.captures import CaptureReader, archive_files
        from mayadeen.archives.extract import CaptureExtractor

        files = archive_files(path)
        if not files:
            self._fail(f"{path}: no archive in this folder. Name a .warc, .warc.gz, .warc.zst or .wacz file")
        for file in files:
            extractor, reader = CaptureExtractor(edition), CaptureReader(file)
            counts: Counter[str] = Counter()
            try:
                for capture in reader:
                    try:
                        found = extractor.extract(capture)
                    except Exception as e:
                        kind = type(e).__name__
                        self._fail(f"{file}: byte {capture.offset}: {capture.url}: unexpected error: {kind}: {e}")
                        continue
                    if isinstance(found.record, Reject):
                        counts["rejected"] += 1
                        reasons = "; ".join(f"{v['path']}: {v['message']}" for v in found.record.violations)
                        self._fail(f"{file}: byte {capture.offset}: {capture.url}: {reasons}")
                    elif found.record is not None:
                        counts["records"] += 1
                        yield vars(found.record)
                    else:
                        counts[found.reason or "other"] += 1
            except OSError as error:
                self._fail(f"{file}: cannot be read: {error.strerror or error}")
            for damage in reader.damage:
                self._fail(damage)
            counts.update({name: n for name, n in reader.counts.items() if name not in _READ_TYPES})
            summary = ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "no response"
            sys.stderr.write(harmless(f"extract: {file}: {summary}\n"))

    def _fail(self, line: str) -> None:
        sys.stderr.write(harmless(f"extract: {line}\n"))
        self.exitcode = 3


class ExtractError(Exception):
    """A saved page of which no record can be made. The message says why."""


def _extract(name: str, url: str | None, default_url: str | None, edition: str | None) -> dict[str, object]:
    """Return the record of one saved page. Raises ``ExtractError``."""
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as e:
        raise ExtractError(f"cannot be read: {e.strerror}") from None
    if form := next((form for start, form in _NOT_PAGES.items() if data.startswith(start)), None):
        raise ExtractError(
            f"is a {form} file and not a page. Unpack it, or give a web archive a name that ends with "
            f"{', '.join(SUFFIXES)}"
        )
    return vars(checked(read_page(data, url), url, default_url, edition)[0])


def read_page(data: bytes, url: str | None) -> str:
    """Return the text of a saved page, by the encoding that it names."""
    return with_web_encoding(HtmlResponse(url or "about:blank", body=data)).text


def checked(html: str, url: str | None, default_url: str | None, edition: str | None) -> tuple[Article, str | None]:
    """Return a page's record, which passes its schema, and the base URL if it is not the public host.

    Raises ``ExtractError``.
    """
    try:
        with bounded():
            item, base = _read(html, url, default_url, edition)
    except NotAnArticle as e:
        raise ExtractError(f"is not an article but a {e.reason} page") from None
    except PageError as e:
        raise ExtractError(f"no article could be made of it: {e}") from None
    result = _validate().process_item(item)
    if isinstance(result, Reject):
        reasons = "; ".join(f"{v['path']}: {v['message']}" for v in result.violations)
        raise ExtractError(f"its record breaks the schema: {reasons}")
    return item, base


@cache
def _validate() -> Validate:
    return Validate()


def _read(html: str, url: str | None, default_url: str | None, edition: str | None) -> tuple[Article, str | None]:
    url = url or own_url(html) or default_url
    if url is None:
        raise ExtractError("its URL is not known, and the page names none. Give it with --url or --urls-file.")
    own = edition_of(url)
    where = EDITIONS[edition] if edition else own or EDITIONS["en"]
    parts = urlsplit(url)
    base = None if own is where else f"{parts.scheme}://{parts.netloc}"
    article = load_article(
        ArticlePage(html, url, Addresses(where, base)),
        fetched_at=utc_string(datetime.now(UTC)),
        discovery=Discovery(kind="url", url=url, position=None),
    )
    return article, base


def address_of(url: str, given_by: str) -> str:
    """Return the URL of a command-line argument in its one spelling. Raises ``UsageError`` for other text."""
    try:
        normal = normalize_url(url)
    except ValueError:
        normal = ""
    parts = urlsplit(normal)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise usage_error(given_by, url, "is not an absolute http or https URL", "Use the form https://HOST/PATH")
    return normal


def _read_urls_file(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as e:
        raise usage_error("--urls-file", path, f"cannot be read ({e})", "Name a text file in UTF-8") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        page, tab, url = line.partition("\t")
        if line.strip() and not tab:
            problem = f"on line {number} of {path} has no tab"
            raise usage_error("--urls-file", line, problem, "Use the form PAGE, a tab and URL")
        if tab:
            found[page] = address_of(url.strip(), f"--urls-file, line {number} of {path}")
    return found
