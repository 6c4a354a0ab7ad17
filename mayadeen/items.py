"""The records this project writes. The docstring under a field is its contract.

Every key is always present: unknown is ``None``, or ``[]`` for a list, never ``""``. Times are UTC strings of
the form ``YYYY-MM-DDTHH:MM:SSZ``. ``schemas/*.schema.json`` says the same in JSON Schema; a test holds the two
together. Nested records are plain dicts (typed here), so that a record is JSON as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

Edition = Literal["en", "ar", "es"]

Kind = Literal[
    "news", "opinion", "analysis", "blog", "feature", "report", "press", "research",
    "video", "newscast", "audio", "infograph", "gallery", "coverage", "article",
]  # fmt: skip

Source = Literal["tawsiyat", "json-ld", "meta", "html", "generic", "listing", "assumed"]
"""Where a value was read: the site's metadata block, JSON-LD, meta tags, the shown page by known selectors, the
shown page by layout-free means, the listing it was found by, or nothing on the page at all."""


class Block(TypedDict):
    """One piece of the body. Every block has every key; those its type does not use are ``None``."""

    type: Literal["paragraph", "heading", "quote", "list", "table", "image", "embed", "related"]
    text: str | None
    level: int | None
    items: list[str] | None
    url: str | None
    caption: str | None
    credit: str | None
    provider: str | None


class Link(TypedDict):
    """A link in the body's text."""

    text: str
    url: str


class Named(TypedDict):
    """An author or a tag: the name as shown, and its page where the name was a link."""

    name: str
    url: str | None


class Image(TypedDict):
    """A picture of the article. ``url`` is without re-crop and size parameters.

    ``path`` is its file, from the data folder on with ``/``, ``checksum`` the ``sha256:`` and hex digest of that file;
    both ``None`` unless ``MAYADEEN_IMAGES`` asked for it and it could be had.
    """

    url: str
    caption: str | None
    credit: str | None
    alt: str | None
    role: Literal["main", "inline", "gallery"]
    path: str | None
    checksum: str | None


class Video(TypedDict):
    """A video of the article; ``duration_seconds`` as the page states it."""

    url: str
    provider: str | None
    duration_seconds: int | None


class Related(TypedDict):
    """An article that this article points to, in a box of its body or in a "Read next" line."""

    title: str
    url: str
    relation: Literal["inline", "read_next"]


class Discovery(TypedDict):
    """The first place the crawler found the address in: ``position`` counts from 1 over the whole listing."""

    kind: Literal["section", "region", "tag", "author", "coverage", "sitemap", "feed", "url", "archive"]
    url: str
    position: int | None


class Violation(TypedDict):
    """One reason for a reject: JSON path of the value (``$`` for the whole), what is wrong, which rule says so."""

    path: str
    message: str
    rule: str


PROVENANCE_FIELDS = (
    "post_id", "canonical_url", "title", "summary", "body", "authors", "source", "published_at", "modified_at",
    "section", "category", "region", "country", "coverage", "tags", "keywords", "images", "videos", "related",
    "language", "reading_minutes", "shares",
)  # fmt: skip
"""The fields read off the page: the keys of ``provenance``, always all of them."""


class Record:
    """Base of all records: carries the fetch that a record was made of, outside its fields and its output.

    A slot is not in ``vars()``, so the fetch is never written, compared or validated.
    """

    __slots__ = ("_fetch",)

    @property
    def fetch(self) -> Any:
        """The ``PageFetch`` of the record, or ``None``."""
        return getattr(self, "_fetch", None)

    @fetch.setter
    def fetch(self, fetch: Any) -> None:
        self._fetch = fetch


@dataclass(slots=False)
class Article(Record):
    """One article, one version of it."""

    schema_version: str = "1.1.0"
    """Version of the schema the record follows, semantic."""
    crawler: str = ""
    """What made the record, e.g. ``mayadeen/0.1.0``."""
    id: str = ""
    """Edition and post id, ``en:1899210``; ``en:url:`` and the first 16 hex digits of the SHA-256 of
    ``canonical_url`` where no post id is known."""
    post_id: str | None = None
    """The site's own id, digits as a string."""
    edition: str = "en"
    """``en``, ``ar`` or ``es``."""
    kind: str = "article"
    """What sort of post it is, by the tables in ``mayadeen/site/__init__.py``; ``article`` is text of no known kind."""
    url: str = ""
    """Where it was fetched."""
    canonical_url: str = ""
    """Where it lives: public https host whatever the base URL, percent-encoded UTF-8, no query, fragment or
    trailing slash."""
    title: str = ""
    """Headline."""
    summary: str | None = None
    """Deck: the sentence or two under the headline."""
    body: str | None = None
    """The text: paragraphs, headings, list entries, quotations and table rows in page order, joined by a blank line;
    a line break inside one is a line break. Derived from ``blocks``. ``None`` only for kinds without text."""
    blocks: list[Block] = field(default_factory=list)
    """The body's structure in page order. Cells of a table row are joined by `` | ``."""
    links: list[Link] = field(default_factory=list)
    """Links in the body's text, page order."""
    authors: list[Named] = field(default_factory=list)
    """Byline, page order, without "By". English and Spanish are split at commas and "and"/"y", Arabic never."""
    source: str | None = None
    """The "Source:" row, e.g. ``Agencies``."""
    published_at: str | None = None
    """First published, UTC."""
    published_raw: str | None = None
    """The text that ``published_at`` was read from."""
    modified_at: str | None = None
    """Last updated, UTC."""
    section: str | None = None
    """Menu group: ``News``, ``Articles``, ``Videos``."""
    category: str | None = None
    """The menu's label: ``Politics``, ``Opinion``."""
    region: str | None = None
    """Menu label of the region listing it was found by."""
    country: str | None = None
    """Country named by the site's metadata block."""
    coverage: str | None = None
    """Running story the article belongs to."""
    tags: list[Named] = field(default_factory=list)
    """Labels shown under the article."""
    keywords: list[str] = field(default_factory=list)
    """The machine-readable list, in order, duplicates dropped."""
    images: list[Image] = field(default_factory=list)
    """Pictures: the main one first, then those of the body."""
    videos: list[Video] = field(default_factory=list)
    """Videos."""
    related: list[Related] = field(default_factory=list)
    """What the article itself points to; page-wide rails are not this."""
    language: str = "en"
    """BCP 47 tag."""
    direction: str = "ltr"
    """``ltr`` or ``rtl``."""
    word_count: int | None = None
    """Words in ``body``: runs of characters between blanks."""
    reading_minutes: int | None = None
    """Minutes, as shown."""
    shares: int | None = None
    """Share count, as shown. It changes from fetch to fetch."""
    content_hash: str = ""
    """``sha256:`` and the hex digest of the compact UTF-8 JSON array ``[title, summary, body]``."""
    revision: int = 1
    """1 for the first version seen, then 2, …"""
    previous_hash: str | None = None
    """The ``content_hash`` this version replaces."""
    fetched_at: str = ""
    """When the page was fetched, UTC."""
    discovered_via: Discovery | None = None
    """Where the address was found."""
    provenance: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(PROVENANCE_FIELDS))
    """For each field read off the page, the source of its value, or ``None`` where it has none."""
    warnings: list[str] = field(default_factory=list)
    """Codes of what had to be assumed or could not be read; the list is in the schema."""


PROFILE_PROVENANCE_FIELDS = ("post_id", "canonical_url", "name", "bio", "portrait", "links", "language")
"""The fields read off a profile's page: the keys of its ``provenance``, always all of them."""


@dataclass(slots=False)
class AuthorProfile(Record):
    """One author, as the author's own page tells."""

    schema_version: str = "1.1.0"
    """Version of the schema the record follows, semantic."""
    crawler: str = ""
    """What made the record."""
    id: str = ""
    """Edition and post id, as of an article: a profile is a post of its own on the site."""
    post_id: str | None = None
    """The site's own id, digits as a string."""
    edition: str = "en"
    """``en``, ``ar`` or ``es``."""
    url: str = ""
    """Where it was fetched."""
    canonical_url: str = ""
    """Where it lives: public https host, percent-encoded UTF-8, no query, fragment or trailing slash."""
    name: str = ""
    """The author's name, as the page writes it."""
    bio: str | None = None
    """What the page says about the author."""
    portrait: str | None = None
    """Address of the author's picture, without re-crop and size parameters."""
    links: list[Link] = field(default_factory=list)
    """The author's pages elsewhere, page order."""
    language: str = "en"
    """BCP 47 tag."""
    direction: str = "ltr"
    """``ltr`` or ``rtl``."""
    fetched_at: str = ""
    """When the page was fetched, UTC."""
    discovered_via: Discovery | None = None
    """Where the address was found."""
    provenance: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(PROFILE_PROVENANCE_FIELDS))
    """For each field read off the page, the source of its value, or ``None`` where it has none."""
    warnings: list[str] = field(default_factory=list)
    """Codes of what had to be assumed or could not be read, of the same list as an article's."""


@dataclass(slots=False)
class Headline(Record):
    """One line of the front page at one moment: two runs an hour apart can be compared."""

    schema_version: str = "1.1.0"
    """Version of the schema the record follows, semantic."""
    crawler: str = ""
    """What made the record."""
    edition: str = "en"
    """``en``, ``ar`` or ``es``."""
    kind: str = "front"
    """``ticker`` (a line of the breaking news), ``most_read`` (an entry of that list) or ``front`` (a story of the
    front page, by its place)."""
    rank: int = 1
    """Place among those of its kind, from 1."""
    text: str = ""
    """The line as shown."""
    url: str | None = None
    """What it links to, by its public address as ``canonical_url`` of an article; lines of the ticker rarely do."""
    page_url: str = ""
    """The page it was seen on, as fetched."""
    seen_at: str = ""
    """When that page was fetched, UTC: the same for all lines of a run."""


@dataclass(slots=False)
class Removal(Record):
    """An article that was written once and is gone from the site; told once."""

    schema_version: str = "1.1.0"
    """Version of the schema the record follows, semantic."""
    crawler: str = ""
    """What made the record."""
    id: str = ""
    """The article's ``id``."""
    edition: str = "en"
    """``en``, ``ar`` or ``es``."""
    url: str = ""
    """Where it was last read, on the public host."""
    status: int = 404
    """The HTTP status that says it is gone: 404 or 410."""
    last_seen_at: str = ""
    """When it was last there, UTC."""
    seen_at: str = ""
    """When it was seen to be gone, UTC."""


@dataclass(slots=False)
class Reject(Record):
    """A record that breaks the schema, or a page no record could be made of: what is needed to look and retry."""

    schema_version: str = "1.1.0"
    """Version of the schema the record follows, semantic."""
    crawler: str = ""
    """What made the record."""
    url: str = ""
    """The address to look at and to fetch again."""
    stage: str = "validate"
    """Where it failed: ``extract`` (no article in the page) or ``validate`` (the record breaks the schema)."""
    violations: list[Violation] = field(default_factory=list)
    """One entry per thing that is wrong."""
    record: dict[str, object] | None = None
    """The record as it stood, or ``None``."""
    fetched_at: str = ""
    """When the page was fetched, UTC."""
    discovered_via: Discovery | None = None
    """Where the address was found."""


WARNINGS = (
    "tawsiyat: broken",
    "json-ld: broken",
    "post_id: missing",
    "canonical_url: assumed",
    "title: generic",
    "body: generic",
    "body: unknown_element",
    "published_at: missing",
    "published_at: zone_assumed",
    "published_at: sources_differ",
    "modified_at: before_published",
    "category: assumed",
    "kind: assumed",
    "language: assumed",
)
"""Every code that may stand in ``warnings``: field (or source), colon, what happened."""
