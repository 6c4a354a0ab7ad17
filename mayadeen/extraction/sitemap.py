"""A sitemap, an index of sitemaps, or a feed: its addresses one after another, however many there are.

Read as a stream: what has been read is let go, so that memory stays flat over any number of addresses. Entities are
never resolved and nothing is fetched: a document type, which no sitemap needs and every entity bomb does, is refused.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Literal
from urllib.parse import urlsplit

from lxml import etree

MAX_BYTES = 64 * 1024 * 1024
"""What a sitemap may hold, unpacked. The protocol's own bound is 50 MiB; beyond is an error or a zip bomb."""

MAX_ELEMENTS = 50_000
"""What one entry may hold: the protocol allows a thousand pictures, each with some elements."""

_CHUNK = 32 * 1024
_GZIP = b"\x1f\x8b"
_BLANK = b"\xef\xbb\xbf \t\r\n"
_MONTH = re.compile(r"/sitemap-(\d{4})-(0?[1-9]|1[0-2])\.xml(?:\.gz)?\Z", re.IGNORECASE)

Month = tuple[int, int]
Kind = Literal["index", "sitemap", "feed"]

_ROOTS: dict[str, Kind] = {
    "sitemapindex": "index", "urlset": "sitemap", "rss": "feed", "feed": "feed", "RDF": "feed",
}  # fmt: skip
_ENTRIES: dict[Kind, frozenset[str]] = {
    "index": frozenset({"sitemap"}), "sitemap": frozenset({"url"}), "feed": frozenset({"item", "entry"}),
}  # fmt: skip
_PUBLISHED = frozenset({"publication_date", "pubDate", "published", "date"})
_CHANGED = frozenset({"lastmod", "updated"})


class Malformed(Exception):
    """What was read is no whole sitemap; the message says why, for people."""


@dataclass(frozen=True)
class Entry:
    """One address as it stands: ``kind`` is what it stands in, an index's addresses are sitemaps.

    ``published`` and ``changed`` are the times given with it, in UTC; a day without a time of day counts as its end.
    """

    kind: Kind
    url: str
    published: datetime | None = None
    changed: datetime | None = None


def read_sitemap(body: bytes) -> Iterator[Entry]:
    """Yield the addresses of a sitemap, an index or a feed, packed with gzip or not, in its order.

    Raises ``Malformed`` where the document ends being one; what stood before that has been yielded by then.
    """
    parser = etree.XMLPullParser(
        ("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True, collect_ids=False,
    )  # fmt: skip
    reader = _Reader()
    size = 0
    for chunk in _chunks(body):
        error = None
        try:
            parser.feed(chunk if size else chunk.lstrip(_BLANK))
        except etree.XMLSyntaxError as caught:
            error = caught
        yield from reader.read(parser)
        if error is not None:
            raise Malformed(_told(error)) from None
        size += len(chunk)
        if size > MAX_BYTES:
            raise Malformed(f"it holds more than {MAX_BYTES >> 20} MiB")
    if not size:
        raise Malformed("it is empty")
    try:
        parser.close()
    except etree.XMLSyntaxError as caught:
        raise Malformed(_told(caught)) from None
    yield from reader.read(parser)


def month_of(url: str) -> Month | None:
    """Year and month of a sitemap named ``sitemap-2025-9.xml``, or ``None`` for one of another name."""
    try:
        match = _MONTH.search(urlsplit(url).path)
    except ValueError:  # no address at all
        return None
    return (int(match[1]), int(match[2])) if match else None


def _chunks(body: bytes) -> Iterator[bytes]:
    packed = body.startswith(_GZIP)
    with gzip.GzipFile(fileobj=BytesIO(body)) if packed else BytesIO(body) as file:
        try:
            while chunk := file.read(_CHUNK):
                yield chunk
        except (OSError, EOFError, zlib.error) as error:
            raise Malformed(f"it cannot be unpacked: {error}") from None


def _told(error: etree.XMLSyntaxError) -> str:
    return f"it is no well-formed XML: {' '.join(str(error).split()) or 'no text'}"


class _Reader:
    """Turns what the parser has seen so far into entries, and lets it go."""

    def __init__(self) -> None:
        self.root: etree._Element | None = None
        self.kind: Kind = "sitemap"
        self.held = 0

    def read(self, parser: etree.XMLPullParser) -> Iterator[Entry]:
        for event, element in parser.read_events():
            assert isinstance(element, etree._Element)
            if event == "start":
                if self.root is None:
                    self._begin(element)
                self.held += 1
                if self.held > MAX_ELEMENTS:
                    raise Malformed(f"an entry of it holds more than {MAX_ELEMENTS} elements")
                continue
            outermost = element.getparent() is self.root
            entry = None
            if (outermost or self.kind == "feed") and _name(element) in _ENTRIES[self.kind]:
                entry = self._entry(element)
            elif not outermost:
                continue
            _let_go(element)
            self.held = 0
            if entry is not None:
                yield entry

    def _begin(self, root: etree._Element) -> None:
        self.root = root
        if root.getroottree().docinfo.internalDTD is not None:
            raise Malformed("it has a document type, which no sitemap has")
        name = _name(root)
        if name not in _ROOTS:
            raise Malformed(f"it is no sitemap: its outermost element is {name[:40]!r}")
        self.kind = _ROOTS[name]

    def _entry(self, element: etree._Element) -> Entry | None:
        url = ""
        published = changed = None
        for child in element.iter():
            name = _name(child)
            text = (child.text or "").strip()
            if child.getparent() is element and not url:
                url = self._address(child, name, text, element)
            if name in _PUBLISHED:
                published = published or _moment(text)
            elif name in _CHANGED:
                changed = changed or _moment(text)
        return Entry(self.kind, url, published, changed) if url else None

    def _address(self, child: etree._Element, name: str, text: str, entry: etree._Element) -> str:
        if self.kind != "feed":
            own = _namespace(child) == _namespace(entry)  # not an image's or a video's
            return text if name == "loc" and own else ""
        if name != "link" or child.get("rel", "alternate") != "alternate":
            return ""
        return text or child.get("href", "").strip()


def _name(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _namespace(element: etree._Element) -> str:
    return element.tag.rpartition("}")[0] if isinstance(element.tag, str) else ""


def _let_go(element: etree._Element) -> None:
    """Empty an element that has been read, and remove those before it. It stays itself: the parser still holds it."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        if len(text) <= 10:
            at = datetime.combine(at, time.max)
    except ValueError:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, OverflowError, TypeError, IndexError):
            return None
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        return None
