"""Records from captures, whatever their encoding, and what is counted instead."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from typing import Any

import brotli
import pytest
from backports import zstd

from mayadeen.archives.captures import Capture
from mayadeen.archives.extract import CaptureExtractor
from mayadeen.items import Article, Reject
from testsite import SyntheticSite

SITE = SyntheticSite(posts=50, seed=3, edition="ar")
HOST = "https://www.almayadeen.net"
NUMBER = next(n for n in range(50) if SITE.answer(n)["record"] and SITE.answer(n)["record"]["body"])
ANSWER = SITE.answer(NUMBER)["record"]
PAGE = SITE.page(NUMBER, HOST)
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress, "br": brotli.compress, "zstd": zstd.compress, "deflate": zlib.compress, "": lambda body: body,
}  # fmt: skip


def capture(body: bytes, *, status: int = 200, info: dict[str, str] | None = None, **more: Any) -> Capture:
    headers = [
        (name.replace("_", "-"), value) for name, value in ({"Content_Type": "text/html"} | more).items() if value
    ]
    return Capture(
        ANSWER["canonical_url"], "2026-11-20T10:00:00Z", status, headers, body, "a.warc", 0, "", info=info or {}
    )


def record(body: bytes, **more: Any) -> Article:
    found = CaptureExtractor().extract(capture(body, **more)).record
    assert isinstance(found, Article)
    return found


@pytest.mark.parametrize("coding", PACKERS)
@pytest.mark.parametrize("charset", ["utf-8", "windows-1256"])
def test_pages_are_unpacked_and_decoded_as_in_a_crawl(coding: str, charset: str) -> None:
    body = PACKERS[coding](PAGE.encode(charset, "xmlcharrefreplace"))
    found = record(body, Content_Type=f"text/html; charset={charset}", Content_Encoding=coding)
    assert (found.title, found.body, found.id) == (ANSWER["title"], ANSWER["body"], ANSWER["id"])
    assert (found.edition, found.fetched_at) == ("ar", "2026-11-20T10:00:00Z")
    assert found.discovered_via == {"kind": "archive", "url": ANSWER["canonical_url"], "position": None}


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate", "nonsense"])
def test_a_body_that_is_not_packed_as_its_header_says_is_read_as_it_is(coding: str) -> None:
    assert record(PAGE.encode(), Content_Encoding=coding).title == ANSWER["title"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (capture(b"", status=404), "status_404"),
        (capture(b"", status=301), "status_301"),
        (capture(PAGE.encode(), info={"mayadeen-run": "r1"}), "not_read_as_article"),
        (capture(PAGE.encode(), cf_mitigated="challenge"), "challenge"),
        (capture(b"<p>x"), "unreadable_title"),
        *(
            (capture(pack(PAGE.encode())[:-900], Content_Encoding=name), "damaged_coding")
            for name, pack in PACKERS.items()
            if name
        ),
        (capture(b"%PDF-1.4", Content_Type="application/pdf"), "not_html"),
    ],
)
def test_what_is_not_an_article_is_counted_by_its_reason(given: Capture, reason: str) -> None:
    found = CaptureExtractor().extract(given)
    assert (found.record, found.reason) == (None, reason)


def test_a_page_that_a_crawl_read_as_an_article_is_a_reject_if_it_cannot_be_read() -> None:
    noted = Capture(**{**vars(capture(b"<html><p>x")), "metadata": {"record": "article"}})
    found = CaptureExtractor().extract(noted).record
    assert isinstance(found, Reject)
    assert (found.stage, found.fetched_at) == ("extract", "2026-11-20T10:00:00Z")


def test_a_page_that_an_archive_truncated_has_a_warning() -> None:
    cut = Capture(**{**vars(capture(PAGE.encode())), "truncated": "length"})
    found = CaptureExtractor().extract(cut).record
    assert isinstance(found, Article)
    assert "body: truncated" in found.warnings
