"""Names that are not in menus, and the URLs of their listings: tags, authors, running stories, from links of pages."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit, urlunsplit

from lxml.html import HtmlElement

from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.dom import HEADINGS, INLINE, base_url, class_and_id, is_noise, parse_html, text_of, xpath
from mayadeen.items import Named
from mayadeen.site import words
from mayadeen.site.text import normalize_label, without_article
from mayadeen.site.urls import LISTING_PATHS, Addresses, NameKind

KINDS: tuple[NameKind, ...] = ("tag", "author", "coverage")

_CLASSES: dict[NameKind, re.Pattern[str]] = {
    "tag": re.compile(r"(?:^|[\s_-])tags?(?:$|[\s_-])", re.IGNORECASE),
    "author": re.compile(r"(?:^|[\s_-])(?:authors?|byline|writers?|columnists?)(?:$|[\s_-])", re.IGNORECASE),
    "coverage": re.compile(r"(?:^|[\s_-])coverages?(?:$|[\s_-])", re.IGNORECASE),
}
_TITLES = xpath("//h1 | //h2 | //title")
_MAX_LENGTH, _MAX_WORDS = 80, 9
"""A longer label is a headline, not a name."""
_RUNNING_WORDS = 8
"""A link among this many words outside of links is part of a sentence, and its text is not a name. Lines of tags and
bylines have fewer words next to their links."""
_MAX_GUESSES = 3


@dataclass(frozen=True)
class Entry:
    """A name as shown and the address of its listing."""

    kind: NameKind
    name: str
    url: str


def names_on(root: HtmlElement, url: str, addresses: Addresses) -> list[Entry]:
    """The names that a page of any sort links to: by ``rel``, address, class, or the heading they stand under."""
    rails = {box for heading in _coverage_headings(root) for box in _headed(heading)}
    found: dict[tuple[NameKind, str], Entry] = {}
    base = base_url(root, url)
    unlinked: dict[HtmlElement, int] = {}  # counted once for each block, however many links it has
    for anchor in root.iter("a"):
        address, name = _site_address(anchor, base, addresses), _name_of(anchor)
        if address and name and (kind := _kind_of(anchor, address, rails)) and not _in_sentence(anchor, unlinked):
            found.setdefault((kind, address), Entry(kind, name, address))
    return list(found.values())


def names_of(page: ArticlePage) -> list[Entry]:
    """The names that an article's page links to as its own, and the running stories next to it."""
    tags: list[Named] = next((found for _, found in page.tags() if found), [])
    found = [Entry("tag", t["name"], t["url"]) for t in tags if t["url"]]
    found += [Entry("author", a["name"], a["url"]) for a in page.author_links if a["url"]]
    if (box := page.coverage_link) and box["url"]:
        found.append(Entry("coverage", box["name"], box["url"]))
    found += [e for e in names_on(page.root, page.url, page.addresses) if e.kind == "coverage"]
    return [e for e in found if page.addresses.is_site(e.url) and normalize_label(e.name)]


def authors_page(root: HtmlElement, url: str, addresses: Addresses) -> str | None:
    """Return the URL of the page that lists all authors. If there are several links, the last is the footer's."""
    links = [a for a in root.iter("a") if text_of(a) in words.AUTHORS_TITLES]
    base = base_url(root, url)
    return next((address for a in reversed(links) if (address := _site_address(a, base, addresses))), None)


def names_listed(root: HtmlElement, url: str, addresses: Addresses, known: Collection[str] = ()) -> list[Entry]:
    """Return the authors on a page that lists them. ``known`` are canonical URLs that are not authors.

    Authors' links share one shape of URL. Of several shapes, the shape with most URLs made of their labels is used, and
    then the shape with most links.
    """
    shapes: dict[str, dict[str, str]] = {}
    own, base = addresses.canonical(url), base_url(root, url)
    top = next(iter(root.xpath("//main | //*[@role='main']")), root)
    for anchor in top.iter("a"):
        address = _site_address(anchor, base, addresses)
        if address is None or addresses.canonical(address) in (own, *known) or _in_frame(anchor, top):
            continue
        heading = next(chain(anchor.iter(*HEADINGS), anchor.iterancestors(*HEADINGS)), None)
        name = text_of(heading) if heading is not None else _name_of(anchor)
        if name and len(normalize_label(name)) > 1 and name not in words.NOT_NAMES:
            names = shapes.setdefault(_shape(address), {})
            if address not in names or heading is not None or normalize_label(name) == normalize_label(_slug(address)):
                names[address] = name
    if not shapes:
        return []

    def score(names: dict[str, str]) -> tuple[int, int]:
        return sum(normalize_label(name) == normalize_label(_slug(address)) for address, name in names.items()), len(
            names
        )

    best = max(shapes.values(), key=score)
    return [Entry("author", name, address) for address, name in best.items()]


def is_about(root: HtmlElement, name: str) -> bool:
    """Return whether a page's headings or title contain the name. A guessed URL may return a different page."""
    return any(normalize_label(name) in normalize_label(text_of(title)) for title in _TITLES(root))


class Directory:
    """The known names and their URLs. Names are compared by ``normalize_label``. Slugs count as names."""

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self._entries: dict[NameKind, dict[str, Entry]] = {kind: {} for kind in KINDS}
        self._slugs: dict[NameKind, dict[str, Entry]] = {kind: {} for kind in KINDS}
        self._forms: dict[NameKind, Counter[tuple[str, str, int]]] = {kind: Counter() for kind in KINDS}

    def learn(self, entries: Iterable[Entry], not_names: Collection[str] = ()) -> list[Entry]:
        """Add the new entries, except those with canonical URLs in ``not_names``. Return the added entries."""
        new = []
        for entry in entries:
            key = normalize_label(entry.name)
            if key in self._entries[entry.kind] or self.addresses.canonical(entry.url) in not_names:
                continue
            self._entries[entry.kind][key] = entry
            self._slugs[entry.kind].setdefault(normalize_label(_slug(entry.url)), entry)
            self._forms[entry.kind].update(_forms_of(entry))
            new.append(entry)
        return new

    def find(self, kind: NameKind, name: str) -> Entry | None:
        """The entry of a name or slug, with or without its Arabic article, or ``None``."""
        key, loose = normalize_label(name), without_article(name)
        if not key:
            return None
        exact = self._entries[kind].get(key) or self._slugs[kind].get(key)
        return exact or next((e for e in self._entries[kind].values() if without_article(e.name) == loose), None)

    def entries(self, kind: NameKind) -> list[Entry]:
        return list(self._entries[kind].values())

    def names(self, kind: NameKind) -> list[str]:
        return [entry.name for entry in self._entries[kind].values()]

    def guesses(self, kind: NameKind, name: str) -> list[str]:
        """Return possible URLs of a name, likeliest first. They are made like the URLs of known names."""
        found: dict[str, None] = {}
        for (before, after, rule), seen in self._forms[kind].most_common():
            # A number next to the slug is most likely the name's own. Two names that share it prove that it is not.
            if seen > 1 or not re.search(r"\d", urlsplit(before).path + after):
                found.setdefault(before + _RULES[rule](name) + after)
        return list(found)[:_MAX_GUESSES]


# --- addresses made of labels ----------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _dashed(text: str) -> str:
    return re.sub(r"[\W_]+", "-", text.lower()).strip("-")


_RULES: tuple[Callable[[str], str], ...] = (
    lambda name: quote(_dashed(name)),
    lambda name: quote(_dashed(_plain(name))),
    lambda name: quote(re.sub(r"[\W_]", "-", name.lower())[:60].rstrip("-")),  # as the slugs of posts are made
    lambda name: quote(_dashed(re.sub(r"['’]", "", _plain(name)))),
    lambda name: quote(_dashed(_plain(name).replace("&", " and "))),
    lambda name: quote(_dashed(name).replace("-", "_")),
    lambda name: quote(name.lower(), safe="!$'()*,;:@"),
    lambda name: quote(name, safe="!$'()*,;:@"),
    lambda name: quote_plus(name),
)
"""How a label may be made an address's part, the usual ways first."""


def _forms_of(entry: Entry) -> Iterator[tuple[str, str, int]]:
    """What stands before and after the label's slug in its address, and the rules that make it."""
    url = re.sub(r"%[0-9a-f]{2}", lambda m: m[0].upper(), entry.url)
    start = url.rfind("=" if urlsplit(url).query else "/", 0, len(url.rstrip("/"))) + 1
    last = url[start:].rstrip("/")
    for rule, make in enumerate(_RULES):
        slug = make(entry.name)
        if slug and (last == slug or (last.startswith(slug) and re.fullmatch(r"\.\w+", last[len(slug) :]))):
            yield url[:start], url[start + len(slug) :], rule


def _slug(url: str) -> str:
    parts = urlsplit(url)
    values = [value for _, value in parse_qsl(parts.query)]
    return values[-1] if values else re.sub(r"\.\w+\Z", "", unquote(parts.path.rstrip("/").rpartition("/")[2]))


def _shape(url: str) -> str:
    """An address without its slug, numbers alike."""
    parts = urlsplit(url)
    names = "&".join(name for name, _ in parse_qsl(parts.query))
    path = parts.path.rstrip("/") if names else parts.path.rstrip("/").rpartition("/")[0]
    return re.sub(r"\d+", "0", urlunsplit(("", "", path, names, "")))


# --- links -----------------------------------------------------------------------------------------------------------


def _site_address(anchor: HtmlElement, base: str, addresses: Addresses) -> str | None:
    address = addresses.resolve(anchor.get("href"), base)
    if address is None or not addresses.is_site(address):
        return None
    parts = urlsplit(address)
    return addresses.public(address) if parts.path.strip("/") or parts.query else None


def _name_of(anchor: HtmlElement) -> str | None:
    name = text_of(anchor)
    usable = normalize_label(name) and len(name) <= _MAX_LENGTH and len(name.split()) <= _MAX_WORDS
    return name if usable and name not in words.NOT_NAMES else None


def _kind_of(anchor: HtmlElement, address: str, rails: set[HtmlElement]) -> NameKind | None:
    rel = (anchor.get("rel") or "").split()
    if "tag" in rel:
        return "tag"
    if "author" in rel:
        return "author"
    path = unquote(urlsplit(address).path)
    if kind := next((k for k, pattern in LISTING_PATHS.items() if pattern.search(path)), None):
        return kind
    lineage = [anchor, *anchor.iterancestors()]
    # What is a heading, or has a picture, is a story's card.
    if any(e.tag in HEADINGS for e in lineage[:3]) or next(anchor.iter(*HEADINGS, "img"), None) is not None:
        return None
    if not rails.isdisjoint(lineage):
        return "coverage"
    return next((k for k, p in _CLASSES.items() if any(p.search(class_and_id(e)) for e in lineage[:2])), None)


def _in_sentence(anchor: HtmlElement, unlinked: dict[HtmlElement, int]) -> bool:
    """Return whether a link is part of a running text. A link whose ``rel`` gives its kind is not."""
    if {"tag", "author"}.intersection((anchor.get("rel") or "").split()):
        return False
    block = next((e for e in anchor.iterancestors() if e.tag not in INLINE), anchor)
    if block not in unlinked:
        unlinked[block] = _unlinked_words(block)
    return unlinked[block] >= _RUNNING_WORDS


def _unlinked_words(el: HtmlElement) -> int:
    """How many words an element has itself, outside links and the blocks in it."""
    count = len((el.text or "").split())
    for child in el:
        if child.tag in INLINE and child.tag != "a":
            count += _unlinked_words(child)
        count += len((child.tail or "").split())
    return count


def _in_frame(anchor: HtmlElement, top: HtmlElement) -> bool:
    return any(is_noise(e) for e in anchor.iterancestors() if e is not top and e not in top.iterancestors())


def _coverage_headings(root: HtmlElement) -> Iterator[HtmlElement]:
    for element in root.iter(*HEADINGS, "p", "div", "span", "strong"):
        if len(element) <= 2 and text_of(element) in words.COVERAGE_TITLES:
            yield element


def _headed(heading: HtmlElement) -> list[HtmlElement]:
    """What stands under a heading: what follows it, or its box where nothing does."""
    element = heading
    for _ in range(3):
        following = [
            s for s in element.itersiblings() if isinstance(s.tag, str) and next(s.iter("a"), None) is not None
        ]
        if following:
            stop = next((n for n, s in enumerate(following) if s.tag in HEADINGS), len(following))
            return following[:stop]
        parent = element.getparent()
        if parent is None or parent.tag in ("body", "main", "html"):
            break
        element = parent
    return []


__all__ = [
    "KINDS", "Directory", "Entry", "NameKind", "authors_page", "is_about", "names_listed", "names_of", "names_on",
    "parse_html",
]  # fmt: skip
