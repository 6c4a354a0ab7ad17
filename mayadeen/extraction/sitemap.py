"""Sitemaps, indexes of sitemaps, and feeds: a stream of their URLs.

Memory stays flat over any number of URLs. A document type with declarations is refused before they are read, because
no sitemap needs one and every entity bomb does. Some documents with errors are read too, as search engines read them.
Examples are unescaped ampersands, text with one URL per line, several ``loc`` in an entry, and data compressed twice.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from email.utils import parsedate_to_datetime
from io import BytesIO, TextIOWrapper
from itertools import chain, islice
from typing import Literal
from urllib.parse import urlsplit

from lxml import etree

from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.page_error import PageError

MAX_BYTES = 64 * 1024 * 1024
"""Maximum bytes of a sitemap, unpacked, in all layers together. The protocol allows 50 MiB."""

MAX_ENTRIES = 200_000
"""Maximum entries of a sitemap. The protocol allows 50,000, and some sites put all their pages into one."""

MAX_MEMBERS = 10_000
"""Maximum gzip or zstd members of a response, in all layers. They can be empty, so a limit in bytes is not enough."""

MAX_ELEMENTS = 50_000
"""What one entry may hold: the protocol allows a thousand pictures, each with some elements."""

FIRST_YEAR = 2005
"""No post is older. Earlier times are placeholders, such as 1970-01-01 or 0001-01-01."""

_MAX_PACKED = 3  # times that data may be compressed
_PLAIN_DOCTYPE = re.compile(rb"<!DOCTYPE[ \t\r\n]+(?:urlset|sitemapindex|rss|feed)[ \t\r\n]*>")
_CHUNK = 32 * 1024
_GZIP = b"\x1f\x8b"
_BLANK = b"\xef\xbb\xbf \t\r\n"
_ADDRESS_LINE = re.compile(rb"https?://[^\s<>]+\s*(?:$|\n)", re.IGNORECASE)
_STRAY_AMPERSAND = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)", re.DOTALL
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
    """The data is not a complete sitemap. The message has the reason, for people."""


@dataclass(frozen=True)
class Entry:
    """A URL as it is written. ``kind`` is the kind of its document. URLs in an index are sitemaps.

    ``published`` and ``changed`` are the times of the entry, in UTC. A day without a time of day means its end.
    """

    kind: Kind
    url: str
    published: datetime | None = None
    changed: datetime | None = None


def read_sitemap(body: bytes) -> Iterator[Entry]:
    """Yield the URLs of a sitemap, an index or a feed, compressed or not, in its order.

    Raises ``Malformed`` where the document stops being one. The URLs before that have been yielded by then.
    """
    for count, entry in enumerate(_read_repaired(body)):
        if count == MAX_ENTRIES:
            raise Malformed(f"it has more than {MAX_ENTRIES} entries")
        yield entry


def _read_repaired(body: bytes) -> Iterator[Entry]:
    """Yield the entries. A document that is not well-formed is read again with its ampersands escaped."""
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


def next_entry(entries: Iterator[Entry]) -> Entry | None:
    """Return the next entry of ``read_sitemap``, or ``None`` at its end.

    Raises ``Malformed``, also where the next entry takes too long.
    """
    try:
        with bounded():
            return next(entries, None)
    except PageError as error:
        raise Malformed(str(error)) from None


def _read_xml(body: bytes) -> Iterator[Entry]:
    parser = etree.XMLPullParser(
        ("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True, collect_ids=False,
    )  # fmt: skip
    prolog = _Prolog()
    reader = _Reader()
    begun = False
    for chunk in _chunks(body):
        if not begun and not (chunk := chunk.lstrip(_BLANK)):
            continue
        begun = True
        error = None
        try:
            if reader.root is None:
                prolog.read(chunk)
            parser.feed(chunk)
        except etree.XMLSyntaxError as caught:
            error = caught
        yield from reader.read(parser)
        if error is not None:
            raise Malformed(_reason(error)) from None
    if not begun:
        raise Malformed("it is empty")
    try:
        if reader.root is None:
            prolog.read(None)
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
    for number, line in enumerate(TextIOWrapper(BytesIO(body), "utf-8-sig", "replace"), 1):
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
    """Yield the unpacked data in pieces. Raises ``Malformed`` where it ends too early or is too large."""
    budget = _Budget()
    chunks = budget.count(body[at : at + _CHUNK] for at in range(0, len(body), _CHUNK))
    try:
        for _ in range(_MAX_PACKED):
            head = next(chunks, b"")
            while head and len(head) < len(_GZIP) and (more := next(chunks, b"")):
                head += more
            chunks = chain([head], chunks)
            if not head.startswith(_GZIP):
                break
            chunks = budget.count(_gunzip(chunks, budget))
        yield from filter(None, chunks)
    except (EOFError, zlib.error) as error:
        raise Malformed(f"it cannot be unpacked: {error}") from None


class _Budget:
    """What a sitemap may still cost, in all layers of compression together."""

    def __init__(self) -> None:
        self.bytes = MAX_BYTES
        self.members = MAX_MEMBERS

    def count(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the chunks of a layer. Raises ``Malformed`` when there are too many bytes."""
        for chunk in chunks:
            self.bytes -= len(chunk)
            if self.bytes < 0:
                raise Malformed(f"it holds more than {MAX_BYTES >> 20} MiB")
            yield chunk

    def count_member(self) -> None:
        """Count a member of a layer. Raises ``Malformed`` when there are too many."""
        self.members -= 1
        if self.members < 0:
            raise Malformed(f"it is compressed in more than {MAX_MEMBERS} parts")


def _gunzip(chunks: Iterator[bytes], budget: _Budget) -> Iterator[bytes]:
    """Yield the data of the members of a gzip file in pieces. Zeros after a member are padding."""
    decoder = None
    for chunk in chunks:
        rest = chunk
        while rest:
            if decoder is None:
                if not (rest := rest.lstrip(b"\0")):
                    break
                budget.count_member()
                decoder = zlib.decompressobj(31)
            yield decoder.decompress(rest, _CHUNK)
            rest = decoder.unconsumed_tail
            if decoder.eof:
                rest, decoder = decoder.unused_data, None
    if decoder is not None:
        raise EOFError("it ends too early")


class _Prolog:
    """Reads the document up to its first element, to refuse a document type that declares or includes anything.

    This parser keeps no declarations. Some of them would take quadratic time in a parser that does.
    """

    def __init__(self) -> None:
        self._name: str | None = None
        self._head = bytearray()
        self._parser = etree.XMLParser(target=self, resolve_entities=False, no_network=True)  # type: ignore[arg-type]

    def read(self, chunk: bytes | None) -> None:
        """Read a chunk, or the end. Raises ``Malformed`` if it has a document type, and ``XMLSyntaxError``."""
        try:
            if chunk is None:
                self._parser.close()
            else:
                self._head += chunk
                self._parser.feed(chunk)
        finally:
            if self._name is not None and not self._is_plain():
                raise Malformed(f"it is no sitemap: it has the document type {self._name[:40]!r}")

    def doctype(self, name: str | None, *_: object) -> None:
        """Note the name of the document type."""
        self._name = name or ""

    def _is_plain(self) -> bool:
        """Whether the document type is the name of a sitemap's element, and nothing else."""
        return self._head.count(b"<!DOCTYPE") == 1 and _PLAIN_DOCTYPE.search(self._head) is not None

    def close(self) -> None:
        """Nothing to close."""


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
