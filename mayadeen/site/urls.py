"""URLs of the site: which belong to an edition, which may be articles, where to fetch them."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from mayadeen.site.editions import EDITIONS, PUBLIC_HOSTS, Edition
from mayadeen.site.text import clean_text

_ABSOLUTE = re.compile(r"https?://[^/?#\s]+/[^.\s]*\Z", re.IGNORECASE)
_NORMAL = re.compile(r"https?://[a-z0-9.-]+(?::\d{1,4})?/[\w.~!$&'()*+,;=:@/-]*\Z", re.ASCII)
_OWN_HOST = re.compile(r"(?:[a-z0-9-]+\.)*almayadeen\.net", re.IGNORECASE)
_SAFE = "/:@!$&'()*+,;=~-._%"
_MAX_HOST = 260  # a name's 253 and a port
_IMAGE_PARAMETERS = frozenset({"v", "width", "height", "w", "h", "size", "quality", "q", "crop", "resize", "fit"})
_LISTING_SEGMENTS = frozenset(
    "tag tags topic topics keyword keywords author authors writer writers region regions search login register "
    "user account subscribe about about-us aboutus contact contact-us contactus privacy privacy-policy terms "
    "terms-of-use live livestream schedule rss feed sitemap sitemaps page category static profile profiles "
    "columnist columnists contributor contributors".split()
)


def normalize_url(url: str) -> str:
    """An address in one spelling: scheme and host in lower case, path and query percent-encoded UTF-8, no fragment.

    Raises ``ValueError`` for what is no address at all (a bad port, an unclosed IPv6 bracket, an endless host).
    """
    if _NORMAL.match(url):
        return url
    parts = urlsplit(clean_text(url))
    host = parts.netloc.rpartition("@")[2].lower()
    _ = parts.port
    if len(host) > _MAX_HOST:
        raise ValueError("its host is longer than hosts are")
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    path = _encode(parts.path, _SAFE)
    query = _encode(parts.query, _SAFE + "?[]")
    return urlunsplit((parts.scheme.lower(), host, path, query, ""))


def _encode(text: str, safe: str) -> str:
    if text.isascii() and "%" not in text:
        return quote(text, safe=safe)
    # What is encoded already stays so, in upper-case hex; a lone % is encoded.
    text = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    text = re.sub(r"%[0-9A-Fa-f]{2}", lambda m: m[0].upper(), text)
    return quote(text, safe=safe, encoding="utf-8", errors="replace")


class Addresses:
    """Addresses of one edition as crawled from ``base_url``: which are the site's, where they live, where to fetch.

    The site lives on the edition's public https host whatever the base URL: pages of a mirror that name the public
    host are fetched from the mirror, and records name the public host.
    """

    def __init__(self, edition: Edition, base_url: str | None = None) -> None:
        self.edition = edition
        self.base_url = (base_url or edition.base_url).rstrip("/")
        base = urlsplit(self.base_url)
        self._base_root = (base.scheme, base.netloc.lower())
        self._hosts = {base.netloc.lower(), edition.host, edition.host.removeprefix("www.")}

    def resolve(self, href: str | None, page_url: str) -> str | None:
        """The absolute http(s) address that ``href`` on ``page_url`` means, or ``None`` if it means none."""
        if not href:
            return None
        href = clean_text(href)
        if not href or href[0] == "#" or len(href) > 4096:
            return None
        try:
            # What is absolute needs no joining, which costs more than all the rest.
            url = normalize_url(href if _ABSOLUTE.match(href) else urljoin(page_url, href))
        except ValueError:
            return None
        scheme, _, rest = url.partition("://")
        return url if scheme in ("http", "https") and rest and rest[0] != "/" else None

    def is_site(self, url: str) -> bool:
        """Whether the address is on this edition: its public host, or the base URL's."""
        return urlsplit(url).netloc.lower() in self._hosts

    def public(self, url: str) -> str:
        """The same address on the public https host; other sites' addresses as they are."""
        parts = urlsplit(url)
        if parts.netloc.lower() not in self._hosts:
            return url
        return urlunsplit(("https", self.edition.host, parts.path or "/", parts.query, ""))

    def fetchable(self, url: str) -> str:
        """The same address on the base URL's host; other sites' addresses as they are."""
        parts = urlsplit(url)
        if parts.netloc.lower() not in self._hosts:
            return url
        return urlunsplit((*self._base_root, parts.path or "/", parts.query, ""))

    def image(self, url: str) -> str | None:
        """Where to fetch a picture: from its host among the site's own, of which there are several for pictures; from
        the base URL, if one was given, in place of any of them. ``None`` for another host's picture."""
        parts = urlsplit(url)
        if parts.netloc.lower() not in self._hosts and not _OWN_HOST.fullmatch(parts.netloc):
            return None
        if self._base_root[1] in PUBLIC_HOSTS:
            return url
        return urlunsplit((*self._base_root, parts.path or "/", parts.query, ""))

    def canonical(self, url: str) -> str:
        """Where an article lives: the public address without query, fragment or trailing slash."""
        parts = urlsplit(self.public(normalize_url(url)))
        return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))

    def may_be_article(self, url: str) -> bool:
        """Whether an address has the shape of a post: on the site, at least one segment, a slug last.

        Generous on purpose: the page itself tells, and what turns out to be none is counted.
        """
        if not self.is_site(url):
            return False
        segments = [s for s in urlsplit(url).path.split("/") if s]
        if not segments or segments[0].casefold() in _LISTING_SEGMENTS:
            return False
        return len(segments) > 1 or "-" in segments[0]


def image_url(url: str) -> str:
    """A picture's address without re-crop and size parameters (``?v=3&width=1000``), which change while it does not."""
    parts = urlsplit(url)
    if not parts.query:
        return url
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k.casefold() not in _IMAGE_PARAMETERS]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(kept), ""))


def edition_of(url: str) -> Edition | None:
    """The edition whose public host an address names, or ``None``."""
    host = urlsplit(url).netloc.lower()
    code = PUBLIC_HOSTS.get(host) or PUBLIC_HOSTS.get(f"www.{host}")
    return EDITIONS[code] if code else None
