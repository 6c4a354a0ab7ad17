"""Sitemaps, indexes of sitemaps, and feeds: a stream of their URLs.

Memory stays flat over any number of URLs. Entities are never resolved and nothing is fetched: a document type with
entities, which no sitemap needs and every entity bomb does, is refused. What search engines read is read: a document
with unescaped ampersands, text with one URL a line, several ``loc`` in an entry, and data that was compressed twice.
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
from itertools import islice
from typing import IO, Any, Literal, cast
from urllib.parse import urlsplit

from lxml import etree

MAX_BYTES = 64 * 1024 * 1024
"""What a sitemap may hold, unpacked. The protocol's own bound is 50 MiB; beyond is an error or a zip bomb."""

MAX_ELEMENTS = 50_000
"""What one entry may hold: the protocol allows a thousand pictures, each with some elements."""

FIRST_YEAR = 2005
"""No post is older. Earlier times are placeholders, such as 1970-01-01 or 0001-01-01."""

_MAX_PACKED = 3  # times that data may be compressed
_CHUNK = 32 * 1024
_GZIP = b"\x1f\x8b"
_BLANK = b"\xef\xbb\xbf \t\r\n"
_ADDRESS_LINE = re.compile(rb"https?://[^\s<>]+\s*(?:$|\n)", re.IGNORECASE)
_STRAY_AMPERSAND = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)", re.DOTALL
)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]|\Z)")
_SITEMAP_SUFFIXES = (".xml", ".txt", ".xml.gz", ".txt.gz")
_MONTH = re.compile(r"/sitemap-(\d{4})-(0?[1-9]|1[0-2])\.xml(?:\.gz)?\Z", re.IGNORECASE)

Month = tuple[int, int]
Kind = Literal["index", "sitemap", "feed"]

_ROOTS: dict[str, Kind] = {
    "sitemapindex": "index", "urlset": "sitemap", "rss": "feed", "feed": "feed", "RDF": "feed",
}  # fmt: skip
_ENTRIES: dict[Kind, frozenset[str]] = {
    "index": frozenset({"sitemap", "url"}), "sitemap": frozenset({"url"}), "feed": frozenset({"item", "entry"}),
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
    """Yield the URLs of a sitemap, an index or a feed, compressed or not, in its order.

    Raises ``Malformed`` where the document stops being one. The URLs before that have been yielded by then.
    """
    count = 0
    try:
        for entry in _read_text(body) if _is_text(body) else _read_xml(body):
            count += 1
            yield entry
    except Malformed:
        repaired = _with_escaped_ampersands(body)
        if repaired is None:
            raise
        yield from islice(_read_xml(repaired), count, None)


def _read_xml(body: bytes) -> Iterator[Entry]:
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
            raise Malformed(_reason(error)) from None
        size += len(chunk)
        if size > MAX_BYTES:
            raise Malformed(f"it holds more than {MAX_BYTES >> 20} MiB")
    if not size:
        raise Malformed("it is empty")
    try:
        parser.close()
    except etree.XMLSyntaxError as caught:
        raise Malformed(_reason(caught)) from None
    yield from reader.read(parser)


def _is_text(body: bytes) -> bool:
    return _ADDRESS_LINE.match(body.lstrip(_BLANK)[:4096]) is not None


def _read_text(body: bytes) -> Iterator[Entry]:
    """The lines of a text sitemap."""
    if len(body) > MAX_BYTES:
        raise Malformed(f"it holds more than {MAX_BYTES >> 20} MiB")
    for number, line in enumerate(body.decode("utf-8-sig", "replace").splitlines(), 1):
        if not (url := line.strip()):
            continue
        if _ADDRESS_LINE.match(url.encode()) is None:
            raise Malformed(f"line {number} is not an address")
        yield Entry("sitemap", url)


def _with_escaped_ampersands(body: bytes) -> bytes | None:
    """The document with ``&`` written as it must be, or ``None`` where that changes nothing or is not safe."""
    try:
        buffer = bytearray()  # bytes would be copied with every chunk
        for chunk in _chunks(body):
            buffer += chunk
            if len(buffer) > MAX_BYTES:
                return None
    except Malformed:
        return None
    text = bytes(buffer)
    if b"<!ENTITY" in text or b"\x00" in text[:100]:
        return None
    repaired, count = _STRAY_AMPERSAND.subn(lambda match: match[0] if match[0][:1] == b"<" else b"&amp;", text)
    return repaired if count and repaired != text else None


def is_sitemap(url: str) -> bool:
    """Whether a URL is a sitemap's by its path."""
    try:
        name = urlsplit(url).path.rpartition("/")[2].casefold()
    except ValueError:
        return False
    return "sitemap" in name and name.endswith(_SITEMAP_SUFFIXES)


def month_of(url: str) -> Month | None:
    """Year and month of a sitemap named ``sitemap-2025-9.xml``, or ``None`` for one of another name."""
    try:
        match = _MONTH.search(urlsplit(url).path)
    except ValueError:  # no address at all
        return None
    return (int(match[1]), int(match[2])) if match else None


def _chunks(body: bytes) -> Iterator[bytes]:
    file: IO[bytes] = BytesIO(body)
    try:
        for _ in range(_MAX_PACKED):
            head = file.read(len(_GZIP))
            file.seek(0)
            if head != _GZIP:
                break
            file = cast(IO[bytes], gzip.GzipFile(fileobj=file, mode="rb"))
        while chunk := file.read(_CHUNK):
            yield chunk
    except (OSError, EOFError, zlib.error) as error:
        raise Malformed(f"it cannot be unpacked: {error}") from None


def _reason(error: etree.XMLSyntaxError) -> str:
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
            entries: list[Entry] = []
            if (outermost or self.kind == "feed") and _name(element) in _ENTRIES[self.kind]:
                entries = self._entries(element)
            elif not outermost:
                continue
            _let_go(element)
            self.held = 0
            yield from entries

    def _begin(self, root: etree._Element) -> None:
        self.root = root
        document_type: Any = root.getroottree().docinfo.internalDTD  # the stubs lack its attributes
        if document_type is not None and (document_type.system_url or any(document_type.iterentities())):
            raise Malformed("it has a document type with entities, which no sitemap has")
        name = _name(root)
        if name not in _ROOTS:
            raise Malformed(f"it is no sitemap: its outermost element is {name[:40]!r}")
        self.kind = _ROOTS[name]

    def _entries(self, element: etree._Element) -> list[Entry]:
        """The URLs of one entry: one, or by mistake of the site several."""
        urls: dict[str, None] = {}
        published = changed = None
        for child in element.iter():
            name = _name(child)
            text = (child.text or "").strip()
            if child.getparent() is element and (url := self._address(child, name, text, element)):
                urls.setdefault(url)
            if name in _PUBLISHED:
                published = published or _moment(text)
            elif name in _CHANGED:
                changed = changed or _moment(text)
        kind: Kind = "sitemap" if self.kind == "index" and _name(element) == "url" else self.kind
        found = list(urls)[:1] if self.kind == "feed" else list(urls)
        return [Entry(kind, url, published, changed) for url in found]

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
    """A time in UTC, or ``None`` for text in no usual form and for times before ``FIRST_YEAR``."""
    try:
        if _ISO_DAY.match(text):
            at = datetime.fromisoformat(text)
            at = datetime.combine(at, time.max) if len(text) <= 10 else at
        else:
            at = parsedate_to_datetime(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return at if at.year >= FIRST_YEAR else None
