"""Saved pages, one file each, as captures. Pages of a folder are read in batches that do not change."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from scrapy.http import HtmlResponse

from mayadeen.archives.captures import Capture
from mayadeen.archives.records import digest_of
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dates import utc_string
from mayadeen.extraction.dom import PageError, parse_html
from mayadeen.extraction.encodings import with_web_encoding
from mayadeen.extraction.metadata import Sources, text
from mayadeen.site.urls import normalize_url
from mayadeen.storage.checked_read import DamagedError, read_json_file

SUFFIXES = (".html", ".htm", ".xhtml")
BATCH = 500
"""Pages of a batch: enough that starting a process for it does not count."""

_MAX_LIST = 64 << 20
"""Bytes of a list. A path is at most 4 KiB, and a month of CC-NEWS has some hundred files."""


def is_page(path: Path) -> bool:
    """Return whether a file is a saved page, by its name."""
    return path.name.lower().endswith(SUFFIXES) and path.is_file()


def read_list(path: Path) -> list[str]:
    """Return the lines of a list that a job keeps. Raises ``DamagedError`` and ``OSError``."""
    found = read_json_file(path, _MAX_LIST)
    if not isinstance(found, list) or not all(isinstance(line, str) for line in found):
        raise DamagedError("it is not a list of lines")
    return found


def saved_page(path: Path) -> Capture | None:
    """Return a page as the capture of the address that it names, at the time when the file was last changed.

    Returns ``None`` if the file is not there any more. Raises ``OSError``.
    """
    try:
        body, changed = path.read_bytes(), path.stat().st_mtime
    except FileNotFoundError:
        return None
    date = utc_string(datetime.fromtimestamp(int(changed), UTC))
    headers = [("Content-Type", "text/html")]
    return Capture(_address(body) or path.as_uri(), date, 200, headers, body, str(path), 0, digest_of(body))


def _address(body: bytes) -> str | None:
    with suppress(PageError, ValueError), bounded():
        return own_url(with_web_encoding(HtmlResponse("about:blank", body=body)).text)
    return None


def own_url(html: str) -> str | None:
    """Return the address that a page names as its own, or ``None``. Raises ``PageError``."""
    root = parse_html(html)
    sources = Sources(root)
    link = str(root.xpath("string(//link[@rel='canonical']/@href)"))
    for href in (
        text(sources.tawsiyat.get("url")),
        link,
        sources.metas.get("og:url"),
        text(sources.json_ld.get("url")),
    ):
        if href and href.startswith(("http://", "https://")):
            with suppress(ValueError):
                return normalize_url(href)
    return None
