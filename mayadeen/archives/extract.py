"""Records from captures: the same steps as in a crawl, without network or state.

Edition and address come from the archive.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from scrapy.exceptions import DownloadCancelledError, ResponseDataLossError
from scrapy.http import HtmlResponse, Response
from scrapy.responsetypes import responsetypes

from mayadeen import CRAWLER
from mayadeen.archives.captures import Capture, is_http
from mayadeen.extraction.article import ArticlePage, NotAnArticle
from mayadeen.extraction.author import AuthorPage
from mayadeen.extraction.block_page import challenge_header, may_be_refusal, read_refusal
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.encodings import markup_of, with_web_encoding
from mayadeen.extraction.loaders import load_article, load_author
from mayadeen.items import Article, AuthorProfile, Discovery, Reject, Violation
from mayadeen.pipelines.validate import Validate
from mayadeen.politeness.content_coding import TooManyCodingsError, decoded
from mayadeen.settings import DOWNLOAD_MAXSIZE
from mayadeen.site.editions import EDITIONS, Section
from mayadeen.site.urls import Addresses, edition_of

_DATALOSS = "dataloss"
"""Scrapy's flag of a response that is not whole. Here its content coding could not be removed."""


@dataclass(frozen=True)
class Extracted:
    """The result of a capture. Without a record, ``reason`` says why as a code: ``status_404``, ``challenge``, ….

    ``page`` is the page that the record was read from, for a closer look.
    """

    record: Article | AuthorProfile | Reject | None
    reason: str | None = None
    page: ArticlePage | None = None


class CaptureExtractor:
    """Makes records of captures with today's code.

    All facts come from the capture: the edition from its host or the crawl's own note, ``fetched_at`` from its date.
    ``base_url`` is where the edition was crawled, if the archive does not say.
    """

    def __init__(self, edition: str | None = None, base_url: str | None = None) -> None:
        self._edition, self._base_url = edition, base_url
        self._validate = Validate()

    def extract(self, capture: Capture) -> Extracted:
        """Return the record of a capture, or why it has none. Never raises for what a capture holds."""
        if capture.status != 200:
            return Extracted(None, f"status_{capture.status}")
        if capture.info.get("mayadeen-run") and capture.metadata is None:
            return Extracted(None, "not_read_as_article")  # our own crawl notes every page that it read as an article
        if challenge_header(lambda name: capture.header(name) or None):
            return Extracted(None, "challenge")
        response = self.response(capture)
        if response is None:
            return Extracted(None, "too_large")
        if not isinstance(response, HtmlResponse):
            if capture.metadata is None:
                return Extracted(None, "not_html")
            return Extracted(self._rejected(capture, "content_type", "not an HTML page"))
        try:
            with bounded():
                if may_be_refusal(response.body, response.url) and (kind := read_refusal(response.text, response.url)):
                    return Extracted(None, str(kind))
                return self._read(response, capture)
        except NotAnArticle as error:
            return Extracted(None, f"not_an_article_{error.reason}")
        except PageError as error:
            if capture.metadata is None:
                return Extracted(None, "damaged_coding" if _DATALOSS in response.flags else f"unreadable_{error.rule}")
            return Extracted(self._rejected(capture, error.rule, error.message))

    def response(self, capture: Capture) -> Response | None:
        """Return the unpacked page, in the encoding that it names. ``None`` if it is too large."""
        headers: dict[str, list[str]] = {}
        for name, value in capture.headers:
            headers.setdefault(name, []).append(value)
        packed = Response(capture.url, status=capture.status, headers=headers, body=capture.body)
        try:
            response = decoded(packed, DOWNLOAD_MAXSIZE)
        except (DownloadCancelledError, TooManyCodingsError):
            return None
        except ResponseDataLossError:
            # The body is cut, or the Content-Encoding is wrong. CC-NEWS kept unpacked bodies with the old header.
            del packed.headers["Content-Encoding"]
            packed.flags.append(_DATALOSS)
            response = packed
        if type(response) is Response:
            kind = responsetypes.from_args(headers=response.headers, url=response.url, body=response.body)
            response = response.replace(cls=kind)
        return with_web_encoding(response)

    def _read(self, response: HtmlResponse, capture: Capture) -> Extracted:
        addresses = self.addresses(capture)
        note = capture.metadata or {}
        discovery = _discovery(capture)
        item: Article | AuthorProfile
        page: ArticlePage | None = None
        if note.get("record") == "author":
            author = AuthorPage(markup_of(response), response.url, addresses)
            item = load_author(author, fetched_at=capture.date, discovery=discovery)
        else:
            section = Section(*note["section"]) if note.get("section") else None
            page = ArticlePage(markup_of(response), response.url, addresses)
            item = load_article(
                page,
                fetched_at=capture.date,
                discovery=discovery,
                listing=section if discovery["kind"] == "section" else None,
                region=section.label if section and discovery["kind"] == "region" else None,
            )
        if capture.truncated:
            item.warnings = [*item.warnings, "body: truncated"]
        record = self._validate.process_item(item)
        return Extracted(record, None, page)

    def addresses(self, capture: Capture) -> Addresses:
        """Return the URL helper of the edition that a capture belongs to."""
        own = edition_of(capture.url)
        code = self._edition or capture.info.get("mayadeen-edition")
        edition = EDITIONS.get(code or "") or own or EDITIONS["en"]
        if own is edition:
            return Addresses(edition)
        parts = urlsplit(capture.url)
        base = self._base_url or capture.info.get("mayadeen-base-url")
        if base is None or not is_http(base):
            base = f"{parts.scheme}://{parts.netloc}"
        return Addresses(edition, base)

    def _rejected(self, capture: Capture, rule: str, message: str) -> Reject:
        return Reject(
            crawler=CRAWLER,
            url=capture.url,
            stage="extract",
            violations=[Violation(path="$", message=message, rule=rule)],
            fetched_at=capture.date,
            discovered_via=_discovery(capture),
        )


def _discovery(capture: Capture) -> Discovery:
    noted = (capture.metadata or {}).get("discovered_via")
    if noted:
        return Discovery(kind=noted["kind"], url=noted["url"], position=noted["position"])
    return Discovery(kind="archive", url=capture.url, position=None)
