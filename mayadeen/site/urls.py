"""URLs of the site: which belong to an edition, which may be articles, where to fetch them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit, urlunsplit

import ada_url

from mayadeen.site.editions import EDITIONS, PUBLIC_HOSTS, Edition

_NORMAL = re.compile(
    r"https?://[a-z0-9.-]++(?::\d{1,4})?+/(?!\.)(?:[\w.~!$&'()*+,;=:@-]++|/(?!\.))*+(?:\?[\w.~!$&()*+,;=:@/?-]++)?+\Z",
    re.ASCII,
)
"""A URL in the spelling that ``normalize_url`` returns."""
_HOST = re.compile(r"(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.ASCII)
_OWN_HOST = re.compile(r"(?:[a-z0-9-]+\.)*almayadeen\.net", re.IGNORECASE)
_SAFE = "/:@!$&'()*+,;=~-._%"
_MAX_HOST = 260  # 253 characters of a DNS name, and a port
_MAX_HREF = 4096
_BLANK = "".join(map(chr, range(33)))  # characters that browsers strip around a URL
_DEFAULT_PORTS = (":80", ":443")
_IMAGE_PARAMETERS = frozenset({"v", "width", "height", "w", "h", "size", "quality", "q", "crop", "resize", "fit"})
_LISTING_SEGMENTS = frozenset(
    "tag tags topic topics keyword keywords author authors writer writers region regions search login register "
    "user account subscribe about about-us aboutus contact contact-us contactus privacy privacy-policy terms "
    "terms-of-use live livestream schedule rss feed sitemap sitemaps page category static profile profiles "
    "columnist columnists contributor contributors".split()
)
NameKind = Literal["tag", "author", "coverage"]

LISTING_PATHS: dict[NameKind, re.Pattern[str]] = {
    "tag": re.compile(r"/(?:tags?|topics?|keywords?|labels?|etiquetas?|وسوم)/[^/]", re.IGNORECASE),
    "author": re.compile(r"/(?:authors?|writers?|columnists?|contributors?|profiles?|autor(?:es)?|كتاب)/[^/]", re.I),
    "coverage": re.compile(r"/(?:coverages?|dossiers?|cobertura|تغطيات)/[^/]", re.IGNORECASE),
}
"""Common part of the paths of tag, author and coverage listings."""

_FRONT_SEGMENTS = frozenset("home homepage index index.html index.php default.aspx en ar es".split())


def is_host_of(host: str, domain: str) -> bool:
    """Return whether a host is a domain or below it, as ``www.t.me`` is below ``t.me``. Both are in lower case."""
    return host == domain or host.endswith(f".{domain}")


def join_url(base: str, href: str) -> str:
    """Return the URL that ``href`` means on a page whose base URL is ``base``, as browsers read it (WHATWG).

    The result can be requested as it is. Its path and query are percent-encoded, and otherwise unchanged.
    Raises ``ValueError`` for text that is not a URL.
    """
    url: str = ada_url.join_url(base, href) if base else ada_url.normalize_url(href)
    url = url.partition("#")[0]
    scheme, separator, rest = url.partition("://")
    if separator:
        host, slash, path = rest.partition("/")
        if len(host) > _MAX_HOST:
            raise ValueError("the host name is too long")
        if "@" in host:
            url = f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
    return url


def normalize_url(url: str) -> str:
    """Return the normal spelling of a URL: lower-case host, upper-case percent-encoding, no fragment.

    Spellings of a URL that every server answers alike have the same result. Raises ``ValueError`` for text that is not
    a URL.
    """
    if _NORMAL.match(url):
        return url
    parts = urlsplit(join_url("", url))
    path = _encode(parts.path, _SAFE)
    query = _encode(parts.query, _SAFE + "?")
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def record_url(url: str) -> str | None:
    """Return the URL in the form of records, valid by RFC 3986, or ``None`` if its host is not valid."""
    if _NORMAL.match(url):
        return url
    try:
        normal = normalize_url(url)
        host = urlsplit(normal).netloc
    except ValueError:
        return None
    return normal if _HOST.fullmatch(host) else None


def _encode(text: str, safe: str) -> str:
    if "%" in text:
        text = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
        text = re.sub(r"%[0-9A-Fa-f]{2}", lambda m: m[0].upper(), text)
    return quote(text, safe=safe)


@lru_cache(maxsize=1024)
def _host_key(host: str) -> str:
    """Return one spelling of a host. Case, a trailing dot and a default port do not count."""
    host = host.lower()
    for port in _DEFAULT_PORTS:
        host = host.removesuffix(port)
    name, colon, port = host.rpartition(":")
    return f"{name.removesuffix('.')}:{port}" if colon and port.isdecimal() else host.removesuffix(".")


class Addresses:
    """URLs of one edition crawled from ``base_url``: which belong to the site, and where to fetch them.

    Records always have the edition's public https host. URLs on the public host are fetched from ``base_url``, which
    may be a mirror.
    """

    def __init__(self, edition: Edition, base_url: str | None = None) -> None:
        self.edition = edition
        self.base_url = (base_url or edition.base_url).rstrip("/")
        base = urlsplit(self.base_url)
        if _host_key(base.netloc) in PUBLIC_HOSTS:
            self.base_url = _by_https(self.base_url).rstrip("/")
            base = urlsplit(self.base_url)
        self._base_host = base.netloc.lower()
        self._public_root = f"https://{edition.host}/"
        self._root = f"{base.scheme}://{self._base_host}"
        roots = (f"{self._root}/", self._public_root)
        self._roots = tuple(root for root in roots if join_url("", root) == root)
        self._hosts = {_host_key(base.netloc), edition.host, edition.host.removeprefix("www.")}

    def resolve(self, href: str | None, base: str) -> str | None:
        """Return the absolute http(s) URL that ``href`` means on a page with this base URL, as browsers read it.

        Returns ``None`` for other schemes, for the page itself (``#top``) and for text that is not a URL.
        """
        if not href or len(href) > _MAX_HREF:
            return None
        href = href.strip(_BLANK)
        if not href or href[0] == "#":
            return None
        # Most links of the site are already in the form that the parser returns.
        root = next(filter(base.startswith, self._roots), "")
        url = f"{root[:-1]}{href}" if href[0] == "/" and href[1:2] != "/" else href
        if url.startswith(self._roots) and _NORMAL.match(url):
            return url
        try:
            url = join_url(base, href)
        except ValueError:
            return None
        return url if url.startswith(("http://", "https://")) else None

    def is_site(self, url: str) -> bool:
        """Return whether a URL is on this edition: its public host, or the host of the base URL."""
        return _host_key(urlsplit(url).netloc) in self._hosts

    def is_front(self, url: str) -> bool:
        """Return whether a URL is the front page of the site. Its path is empty, or for example ``/en/home``."""
        segments = [segment.casefold() for segment in urlsplit(url).path.split("/") if segment]
        return self.is_site(url) and _FRONT_SEGMENTS.issuperset(segments)

    def public(self, url: str) -> str:
        """Return the URL on the public https host. URLs of other sites are returned unchanged."""
        if url.startswith(self._public_root) and _NORMAL.match(url):
            return url
        parts = urlsplit(url)
        if _host_key(parts.netloc) not in self._hosts:
            return url
        return f"https://{self.edition.host}{_path_and_query(parts)}"

    def fetchable(self, url: str) -> str:
        """Return the URL on the host of the base URL. URLs of other sites are returned unchanged."""
        parts = urlsplit(url)
        if _host_key(parts.netloc) not in self._hosts:
            return url
        return f"{self._root}{_path_and_query(parts)}"

    def to_request(self, url: str) -> str:
        """Return the URL in the form in which it may be requested: on the crawled mirror, or else by https.

        URLs of other sites are returned unchanged.
        """
        if self._base_host not in PUBLIC_HOSTS:
            return self.fetchable(url)
        host = _host_key(urlsplit(url).netloc)
        return _by_https(url) if host in self._hosts or _OWN_HOST.fullmatch(host) else url

    def image(self, url: str) -> str | None:
        """Return the URL from which to fetch a picture, or ``None`` for a picture of another site.

        It is on one of the site's hosts for pictures, or on the host of the base URL if the base URL is a mirror.
        """
        parts = urlsplit(url)
        if _host_key(parts.netloc) not in self._hosts and not _OWN_HOST.fullmatch(_host_key(parts.netloc)):
            return None
        if self._base_host in PUBLIC_HOSTS:
            return _by_https(url)
        return f"{self._root}{_path_and_query(parts)}"

    def canonical(self, url: str) -> str:
        """Return the public URL of an article, without query, fragment or trailing slash."""
        return self.public(normalize_url(url)).partition("?")[0].rstrip("/")

    def may_be_article(self, url: str) -> bool:
        """Return whether a URL on the site has the form of a post: at least one segment, and a slug at the end.

        Accepts more URLs than there are posts. The page itself decides, and pages without a post are counted.
        """
        if not self.is_site(url):
            return False
        segments = [s for s in urlsplit(url).path.split("/") if s]
        if not segments or segments[0].casefold() in _LISTING_SEGMENTS:
            return False
        if len(segments) > 1 and segments[-2].casefold() == "page" and segments[-1].isdecimal():
            return False
        return len(segments) > 1 or "-" in segments[0]


def _by_https(url: str) -> str:
    """Return an http URL with the scheme https, on the usual port. The public hosts all have a certificate."""
    parts = urlsplit(url)
    return url if parts.scheme == "https" else f"https://{_host_key(parts.netloc)}{_path_and_query(parts)}"


def _path_and_query(parts: SplitResult) -> str:
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


@lru_cache(maxsize=256)
def image_url(url: str) -> str:
    """Return the URL of a picture without its crop and size parameters (``?v=3&width=1000``)."""
    parts = urlsplit(url)
    if not parts.query or parts.path.endswith("/_next/image"):  # Next.js has no image without its size
        return url
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k.casefold() not in _IMAGE_PARAMETERS]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(kept), ""))


def edition_of(url: str) -> Edition | None:
    """Return the edition with the public host of a URL, or ``None``."""
    host = _host_key(urlsplit(url).netloc)
    code = PUBLIC_HOSTS.get(host) or PUBLIC_HOSTS.get(f"www.{host}")
    return EDITIONS[code] if code else None
