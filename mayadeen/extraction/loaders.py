"""Choose one clean value for each field from its candidates, and record its source.

``ArticlePage`` yields each field's candidates in order of trust. The loader cleans each candidate by the field's input
processor, and uses the first candidate that is not empty after cleaning. ``provenance`` names the source of a value.
``warnings`` lists the assumptions.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from itemloaders import ItemLoader
from itemloaders.processors import Identity, TakeFirst

from mayadeen import CRAWLER
from mayadeen.extraction.article import ArticlePage, Candidates
from mayadeen.extraction.author import AuthorPage
from mayadeen.extraction.bylines import split_names
from mayadeen.extraction.dates import Moment, Zone, read_time, utc_string
from mayadeen.extraction.dom import PageError, collapse
from mayadeen.extraction.numbers import word_count
from mayadeen.fields import MAX_LABEL_LENGTH, specs
from mayadeen.items import Article, AuthorProfile, Discovery, Link, Named, Source
from mayadeen.site.editions import Edition, Section, labels_of
from mayadeen.site.kinds import NON_TEXT_KINDS, kind_of
from mayadeen.site.languages import direction_of, shortest_tag
from mayadeen.site.text import clean_text, normalize_label
from mayadeen.site.urls import normalize_url

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_SPECS = specs(Article) + specs(AuthorProfile)
_LIST_FIELDS = {spec.name for spec in _SPECS if spec.entry_type is not None}
_ALL_VALUES = Identity()
_LABEL_FIELDS = {spec.name for spec in _SPECS if spec.is_label}
_BCP47 = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*\Z")


# --- input processors: raw values → clean values, without empty values -----------------------------------------------


def clean_lines(values: Iterable[Any]) -> list[str]:
    """Return texts cleaned by the contract, with their line breaks."""
    return [t for v in values if isinstance(v, str) and (t := clean_text(v))]


def clean_line(values: Iterable[Any]) -> list[str]:
    """Texts of one line."""
    return [t.replace("\n", " ") if "\n" in t else t for t in clean_lines(values)]


def digits(values: Iterable[Any]) -> list[str]:
    """Post ids: digits and nothing else."""
    return [t for v in clean_lines(values) if (t := v.strip()) and t.isascii() and t.isdigit() and len(t) <= 20]


def split_keywords(values: Iterable[Any]) -> list[str]:
    """Return keywords in order, without duplicates, from a list or from one string with commas."""
    parts = (part for value in clean_lines(values) for part in re.split(r"[,،]", value))
    return list(dict.fromkeys(k for part in parts if (k := part.strip())))


def language_tag(values: Iterable[Any]) -> list[str]:
    """A BCP 47 tag: language in lower case, region in upper."""
    found = []
    for value in clean_line(values):
        if _BCP47.match(value) and len(value) <= 35:
            head, *rest = value.replace("_", "-").split("-")
            found.append(shortest_tag("-".join([head.lower(), *(r.upper() if len(r) == 2 else r for r in rest)])))
    return found


def clean_named(values: Iterable[Any]) -> list[Named]:
    return [Named(name=name, url=v["url"]) for v in values if (name := collapse(v["name"]))]


class ArticleLoader(ItemLoader):
    """Collects an ``Article``. ``<field>_in`` cleans the candidates of one field. A list field keeps all values."""

    default_item_class: type = Article
    default_input_processor = staticmethod(clean_line)
    default_output_processor = TakeFirst()

    post_id_in = staticmethod(digits)
    summary_in = staticmethod(clean_lines)
    authors_in = staticmethod(split_names)
    keywords_in = staticmethod(split_keywords)
    tags_in = staticmethod(clean_named)
    images_in = Identity()
    videos_in = Identity()
    shares_in = Identity()
    reading_minutes_in = Identity()
    language_in = staticmethod(language_tag)

    def __init__(self, page: ArticlePage) -> None:
        super().__init__()
        self.page = page
        self.provenance: dict[str, str | None] = {}
        self.warnings: list[str] = []

    # The two methods of ItemLoader also search the metadata of the record's fields, which costs a fifth of a record's
    # time. All processors are in this class.

    def get_input_processor(self, field_name: str) -> Any:
        """Return what cleans the candidates of a field."""
        return getattr(self, f"{field_name}_in", self.default_input_processor)

    def get_output_processor(self, field_name: str) -> Any:
        """Return what makes the value of a field of its collected values."""
        return _ALL_VALUES if field_name in _LIST_FIELDS else self.default_output_processor

    def take(self, field: str, candidates: Candidates) -> Any:
        """Collect the first candidate that leaves anything after cleaning, and return the value or ``None``."""
        for source, raw in candidates:
            if raw is None or raw == "" or raw == []:
                continue
            self.add_value(field, raw)
            values = self.get_collected_values(field)
            if field in _LABEL_FIELDS and (kept := [v for v in values if self.fits(field, v)]) != values:
                self.replace_value(field, kept)
                values = kept
            if values:
                self.provenance[field] = source
                if source == "generic" and field == "title":
                    self.warn("title: generic")
                return self.get_output_value(field)
        return None

    def fits(self, field: str, value: Any) -> bool:
        """Whether the schema permits a value of this length. A label that is too long gives a warning."""
        label = value["name"] if isinstance(value, dict) else value
        if field not in _LABEL_FIELDS or not isinstance(label, str) or len(label) <= MAX_LABEL_LENGTH:
            return True
        self.warn(f"{field}: too_long")
        return False

    def put(self, field: str, value: Any, source: Source | None = None) -> None:
        """Set a value that needs no cleaning, unless it is a label that is too long."""
        if not self.fits(field, value):
            return
        setattr(self.item, field, value)
        if source is not None:
            self.provenance[field] = source

    def warn(self, code: str) -> None:
        if code not in self.warnings:
            self.warnings.append(code)


def load_article(
    page: ArticlePage,
    *,
    fetched_at: str,
    discovery: Discovery | None = None,
    listing: Section | None = None,
    region: str | None = None,
) -> Article:
    """The record of a page.

    ``fetched_at`` is a UTC string of the contract. ``listing`` is the section listing that had the URL, and ``region``
    the label of the region listing that had it. Raises ``NotAnArticle`` for a page that is not an article, and
    ``PageError`` for a page that cannot become a record. The schema finds fields that are still missing.
    """
    page.check()
    loader = ArticleLoader(page)
    edition = page.addresses.edition
    for name in page.sources.broken:
        loader.warn(f"{name}: broken")
    _language(loader, edition)
    _collect(loader, Article)
    if not loader.get_collected_values("title"):
        raise PageError("title", "no title in any source of the page")
    if not page.has_evidence:
        raise PageError("no_article", "nothing on the page says that it is an article: no id, no date, no byline")
    _authors(loader)
    _times(loader, edition)
    _section(loader, edition, listing)
    _address(loader, edition)
    item: Article = loader.load_item()
    _body(loader, item)
    kind = page.kind or kind_of(item.section, item.category, page.url)
    item.kind = kind or ("video" if item.body is None and item.videos else "article")
    if kind is None:
        loader.warn("kind: assumed")
    if (
        item.kind in NON_TEXT_KINDS
        and item.body is not None
        and normalize_label(item.body) == normalize_label(item.summary or "")
    ):
        item.body, item.blocks, item.links = None, [], []
    if item.kind == "gallery":
        _gallery(loader, item)
    item.word_count = (word_count(item.body) or None) if item.body else None
    item.crawler, item.edition, item.url = CRAWLER, edition.code, normalize_url(page.url)
    item.id = f"{edition.code}:{item.post_id}" if item.post_id else address_id(edition.code, item.canonical_url)
    if item.post_id is None:
        loader.warn("post_id: missing")
    if region is not None:
        loader.put("region", region, "listing")
    item.content_hash = content_hash(item.title, item.summary, item.body)
    item.fetched_at, item.discovered_via = fetched_at, discovery
    item.provenance.update(loader.provenance)
    item.warnings = loader.warnings
    return item


class AuthorLoader(ArticleLoader):
    """Collects an ``AuthorProfile``."""

    default_item_class = AuthorProfile

    bio_in = staticmethod(clean_lines)
    links_in = Identity()


def load_author(page: AuthorPage, *, fetched_at: str, discovery: Discovery | None = None) -> AuthorProfile:
    """Return the record of an author's page. Raises ``PageError`` if the page has no name."""
    loader = AuthorLoader(page)
    edition = page.addresses.edition
    for name in page.sources.broken:
        loader.warn(f"{name}: broken")
    _language(loader, edition)
    _collect(loader, AuthorProfile)
    if not loader.get_collected_values("name"):
        raise PageError("name", "no name in any source of the page")
    _address(loader, edition)
    item: AuthorProfile = loader.load_item()
    item.crawler, item.edition, item.url = CRAWLER, edition.code, normalize_url(page.url)
    item.id = f"{edition.code}:{item.post_id}" if item.post_id else address_id(edition.code, item.canonical_url)
    if item.post_id is None:
        loader.warn("post_id: missing")
    item.fetched_at, item.discovered_via = fetched_at, discovery
    item.provenance.update(loader.provenance)
    item.warnings = loader.warnings
    return item


def _collect(loader: ArticleLoader, record: type) -> None:
    """Ask the page for every field with provenance that no function here fills."""
    for name, page_method in _collected(record):
        loader.take(name, getattr(loader.page, page_method)())


@cache
def _collected(record: type) -> tuple[tuple[str, str], ...]:
    return tuple((spec.name, spec.page_method) for spec in specs(record) if spec.provenance and spec.loader is None)


def _language(loader: ArticleLoader, edition: Edition) -> None:
    language = loader.take("language", loader.page.language())
    if language is None:
        language = edition.language
        loader.put("language", language, "assumed")
        loader.warn("language: assumed")
    loader.put("direction", direction_of(language))


def _authors(loader: ArticleLoader) -> None:
    """Use the most trusted names. The URLs of their pages are links of the byline, for names of any source."""
    names = loader.take("authors", loader.page.authors()) or []
    loader.replace_value("authors", [])  # or ``load_item`` would put the names without URLs
    pages = {normalize_label(a["name"]): a["url"] for a in loader.page.author_links}
    loader.put("authors", [Named(name=name, url=pages.get(normalize_label(name))) for name in names])


def _times(loader: ArticleLoader, edition: Edition) -> None:
    published = _first_time(loader, "published_at", loader.page.published_at(), edition)
    modified = _first_time(loader, "modified_at", loader.page.modified_at(), edition)
    if published is None:
        loader.warn("published_at: missing")
    elif published.assumed:
        loader.warn("published_at: zone_assumed")
    if published and modified and modified.at < published.at:
        loader.warn("modified_at: before_published")


def _first_time(loader: ArticleLoader, field: str, candidates: Candidates, edition: Edition) -> Moment | None:
    """Use the first time that can be read. Warn if another machine-readable time is a different instant."""
    chosen: Moment | None = None
    for source, raw in candidates:
        assume_utc = isinstance(raw, tuple)
        text = raw[0] if assume_utc else raw
        zone: Zone | None = "utc" if source == "meta" or assume_utc else None if source == "json-ld" else "beirut"
        moment = None
        if isinstance(text, str):
            moment = read_time(
                text, zone=zone, zone_is_known=source == "meta" and not assume_utc, language=edition.language
            )
        if moment is not None and chosen is None:
            chosen = moment
            loader.put(field, utc_string(moment.at), source)
            if field == "published_at":
                loader.put("published_raw", clean_text(text))
        elif moment is not None and chosen is not None and abs((moment.at - chosen.at).total_seconds()) >= 60:
            loader.warn("published_at: sources_differ")
        if chosen is not None and (field == "modified_at" or source in ("meta", "html")):
            break
    return chosen


def _section(loader: ArticleLoader, edition: Edition, listing: Section | None) -> None:
    """Menu group and label: the label as the menu writes it, the group it stands under in the menu."""
    labels = labels_of(edition)
    groups = {normalize_label(s.group): s.group for s in labels.values() if s.group}
    if listing is not None:
        labels = {**labels, normalize_label(listing.label): listing}
        groups = {**groups, **({normalize_label(listing.group): listing.group} if listing.group else {})}
    stated_group: tuple[Source, str] | None = None
    for source, raw in loader.page.category():
        label = collapse(raw) if isinstance(raw, str) else ""
        key = normalize_label(label)
        if not key or not loader.fits("category", label):
            continue
        if key in groups and key not in labels:
            stated_group = stated_group or (source, groups[key])
            continue
        known = labels.get(key) or loader.page.menu.get(key)
        loader.put("category", known.label if known else label, source)
        if known:
            loader.put("section", known.group, source if known.group else None)
            return
        break
    if loader.item.category is None and listing is not None:
        loader.put("category", listing.label, "listing")
        loader.put("section", listing.group, "listing")
    stated_type = next(((source, collapse(raw)) for source, raw in loader.page.post_type() if raw), None)
    if loader.item.category is None and stated_type is None:
        path = loader.page.addresses.canonical(loader.page.url).partition(edition.host)[2].casefold()
        guess = next((s for s in labels.values() if s.path and path.startswith(f"{s.path.casefold()}/")), None)
        if guess is not None:
            loader.put("category", guess.label, "assumed")
            loader.warn("category: assumed")
            if guess.group:
                loader.put("section", guess.group, "assumed")
    if loader.item.section is None:
        if stated_group is not None:
            loader.put("section", stated_group[1], stated_group[0])
        elif stated_type and normalize_label(stated_type[1]) != normalize_label(loader.item.category or ""):
            loader.put("section", groups.get(normalize_label(stated_type[1]), stated_type[1]), stated_type[0])
        elif listing is not None and listing.group:
            loader.put("section", listing.group, "listing")


def _address(loader: ArticleLoader, edition: Edition) -> None:
    for source, raw in loader.page.canonical_url():
        if raw:
            loader.put("canonical_url", loader.page.addresses.canonical(raw), source)
            if source == "assumed":
                loader.warn("canonical_url: assumed")
            return


def _body(loader: ArticleLoader, item: Article) -> None:
    body = loader.page.body
    blocks = body.blocks
    source = loader.page.body_source
    if source == "generic":
        loader.warn("body: generic")
    if body.is_cut:
        loader.warn("body: dropped")
    if loader.page.readings_differ:
        loader.warn("body: readings_differ")
    if body.unknown:
        loader.warn("body: unknown_element")
    item.blocks = blocks
    item.body = body.text
    item.links = [Link(text=link["text"], url=link["url"]) for link in body.links]
    item.related = body.related
    if blocks:
        loader.provenance["body"] = source
    if body.related:
        loader.provenance["related"] = source


def _gallery(loader: ArticleLoader, item: Article) -> None:
    """Every frame of a gallery after its main picture, which may be one of them."""
    frames = {frame["url"]: frame for frame in loader.page.gallery}
    main = item.images[:1] if loader.provenance.get("images") != "html" else []
    for image in main:
        shown = frames.pop(image["url"], None)
        for key in ("caption", "credit", "alt"):
            image[key] = shown[key] if shown else None
    item.images = [*main, *frames.values()]
    if item.images:
        loader.provenance.setdefault("images", "html")


def address_id(edition: str, canonical_url: str) -> str:
    """Return the identity of a post whose id is not known."""
    return f"{edition}:url:{hashlib.sha256(canonical_url.encode()).hexdigest()[:16]}"


def content_hash(title: str, summary: str | None, body: str | None) -> str:
    """Return the hash by which versions of an article differ."""
    text = _COMPACT.encode([title, summary, body])
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
