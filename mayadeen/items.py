"""The records that this project writes. The docstring under a field is its documentation.

Every key is always present. Unknown is ``None``, or ``[]`` for a list, never ``""``. Times are UTC strings of the form
``YYYY-MM-DDTHH:MM:SSZ``. Nested records are plain dicts (typed here), so a record is JSON as it is.

A field is defined once, here. ``make generate`` writes the schemas and the reference in ``docs/records.md`` from it.
``docs/contributing.md`` has the steps to add one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict, get_args

from mayadeen.fields import HASH, LABEL, MAX_LABEL_LENGTH, TEXT, TIME, URL, about, provenance_fields

SCHEMA_VERSION = "1.2.0"
"""The semantic version of all record schemas. A new field raises the minor version, any other change the major one."""

Edition = Literal["en", "ar", "es"]

Kind = Literal[
    "news", "opinion", "analysis", "blog", "feature", "report", "press", "research",
    "video", "newscast", "audio", "infograph", "gallery", "coverage", "article",
]  # fmt: skip

Source = Literal["tawsiyat", "json-ld", "meta", "html", "generic", "listing", "assumed"]
"""Where a value was read. In order: the site's metadata block, JSON-LD, meta tags, and the page by known selectors.
Then the page without knowledge of its layout, the listing that led to it, and nothing on the page."""

WARNINGS = {
    "tawsiyat: broken": "the metadata block is present but not valid JSON",
    "json-ld: broken": "a JSON-LD block is present but not valid JSON",
    "post_id: missing": "neither the metadata block nor the meta tags give a post id, so `id` is made from the address",
    "canonical_url: assumed": "the page names no address of its own, so it is the one fetched",
    "title: generic": "no known selector found the headline",
    "body: truncated": "the page comes from an archive that kept only its beginning",
    "body: generic": "the known container of the body is missing, so the body was found by its text",
    "body: dropped": "more than a fifth of the text in the body's container was left out as noise",
    "body: readings_differ": "the known container and the text of the whole page agree on less than 60 %",
    "body: unknown_element": "text was in an element of unknown type, or in none, and is in the body as paragraphs",
    "published_at: missing": "no source gives a date",
    "published_at: zone_assumed": "the date has no zone: Beirut was assumed for a shown date, UTC for one in JSON-LD",
    "published_at: sources_differ": "another machine-readable source names another minute",
    "modified_at: before_published": "the last update is before the first publication",
    "category: assumed": "only the address gives the label",
    "kind: assumed": "nothing on the page gives the kind",
    "language: assumed": "the page names no language, so it is the edition's",
} | {
    f"{field}: too_long": f"a value of more than {MAX_LABEL_LENGTH} characters was dropped"
    for field in (
        "authors", "source", "section", "category", "region", "country", "coverage", "tags", "keywords", "name",
    )
}  # fmt: skip
"""Every code that ``warnings`` may hold, with its meaning: field or source, colon, what happened."""


class Block(TypedDict):
    """One piece of the body. Every block has every key. Keys that its type does not use are ``None``."""

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
    """A picture of the article. ``url`` is without crop and size parameters.

    ``path`` is its file, relative to the data folder and with ``/``. ``checksum`` is ``sha256:`` and the hex digest of
    that file. Both are ``None`` unless ``MAYADEEN_IMAGES`` asked for the picture and it was fetched.
    """

    url: str
    caption: str | None
    credit: str | None
    alt: str | None
    role: Literal["main", "inline", "gallery"]
    path: str | None
    checksum: str | None


class Video(TypedDict):
    """A video of the article. ``duration_seconds`` is as the page states it."""

    url: str
    provider: str | None
    duration_seconds: int | None


class Related(TypedDict):
    """An article that this article points to, in a box of its body or in a "Read next" line."""

    title: str
    url: str
    relation: Literal["inline", "read_next"]


class Discovery(TypedDict):
    """The first place where the crawler found the address. ``position`` counts from 1 over the whole listing."""

    kind: Literal["section", "region", "tag", "author", "coverage", "sitemap", "feed", "url", "archive"]
    url: str
    position: int | None


class Violation(TypedDict):
    """One reason for a reject: JSON path of the value (``$`` for the whole), what is wrong, which rule says so."""

    path: str
    message: str
    rule: str


_EDITION = {"enum": list(get_args(Edition))}
_CRAWLER = {"pattern": r"^mayadeen/[0-9]+\.[0-9]+\.[0-9]+"}
_ID = {"pattern": "^(?:en|ar|es):(?:[0-9]+|url:[0-9a-f]{16})$"}
_POST_ID = {"pattern": "^[0-9]+$"}
_CANONICAL_URL = {"format": "uri", "pattern": r"^https://[^/?#\s]+/[^?#\s]*[^/?#\s]$", "maxLength": 8192}
_LANGUAGE = {"pattern": "^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$"}
_DIRECTION = {"enum": ["ltr", "rtl"]}
_WARNINGS = {"items": {"enum": list(WARNINGS)}, "uniqueItems": True}


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
    """One revision of one article."""

    schema_version: str = field(default=SCHEMA_VERSION, metadata=about({"const": SCHEMA_VERSION}))
    """Version of the schema, semantic. A new field raises the minor version, a changed or removed one the major
    version."""
    crawler: str = field(default="", metadata=about(_CRAWLER))
    """Name and version of the program that made the record, e.g. ``mayadeen/0.1.0``."""
    id: str = field(default="", metadata=about(_ID))
    """Edition and post id, ``en:1899210``. Without a post id it is ``en:url:`` and the first 16 hex digits of the
    SHA-256 of ``canonical_url``. It does not change when the page shows a post id later."""
    post_id: str | None = field(default=None, metadata=about(_POST_ID, provenance=True))
    """The site's own id, digits as a string."""
    edition: str = field(default="en", metadata=about(_EDITION))
    """Edition of the site: ``en``, ``ar`` or ``es``."""
    kind: str = field(default="article", metadata=about({"enum": list(get_args(Kind))}))
    """Kind of post, from the tables in ``mayadeen/site/``. Texts: ``news``, ``opinion``, ``analysis``, ``blog``,
    ``feature``, ``report``, ``press``, ``research``, or ``article`` for text of unknown kind. Others: ``video``,
    ``newscast``, ``audio``, ``infograph``, ``gallery``, ``coverage``."""
    url: str = field(default="", metadata=about(URL))
    """The address that was fetched."""
    canonical_url: str = field(default="", metadata=about(_CANONICAL_URL, provenance=True, loader="_address"))
    """The public address, whatever the base URL: https, percent-encoded UTF-8, no query, fragment or trailing slash."""
    title: str = field(default="", metadata=about(TEXT, provenance=True, drift="length"))
    """Headline."""
    summary: str | None = field(default=None, metadata=about(TEXT, provenance=True, drift="length"))
    """The sentence or two under the headline."""
    body: str | None = field(default=None, metadata=about(TEXT, provenance=True, drift="length", loader="_body"))
    """The text: paragraphs, headings, list entries, quotations and table rows in page order, joined by a blank line. A
    ``<br>`` is one line break. Captions, tweets, related boxes, "Read next", calls to readers, disclaimers, tags and
    share widgets are not part of it. Derived from ``blocks``. Null only for kinds without text of their own: video,
    newscast, audio, infograph, gallery, coverage."""
    blocks: list[Block] = field(default_factory=list, metadata=about())
    """The body's structure in page order. ``type`` is ``paragraph``, ``heading``, ``quote``, ``list``, ``table``,
    ``image``, ``embed`` or ``related``. The other keys are ``text``, ``level`` of a heading, ``items``, ``url``,
    ``caption``, ``credit``, and ``provider`` of an embed. ``items`` are list entries, or table rows with cells joined
    by a vertical bar between two spaces."""
    links: list[Link] = field(default_factory=list, metadata=about())
    """Links in the body's text, in page order: ``text`` and ``url``."""
    authors: list[Named] = field(default_factory=list, metadata=about(provenance=True, loader="_authors"))
    """Byline in page order, without "By": ``name`` and ``url``. Names are split at commas, ``،`` too, and at "and",
    "y" or ``و`` between spaces. A ``و`` that is attached to a name does not split, since names begin with it too."""
    source: str | None = field(default=None, metadata=about(LABEL, provenance=True))
    """The "Source:" row, e.g. ``Agencies``."""
    published_at: str | None = field(default=None, metadata=about(TIME, provenance=True, loader="_times"))
    """Time of first publication, UTC. Null only with the warning ``published_at: missing``."""
    published_raw: str | None = field(default=None, metadata=about(TEXT))
    """The text that ``published_at`` was read from."""
    modified_at: str | None = field(default=None, metadata=about(TIME, provenance=True, loader="_times"))
    """Time of the last update, UTC."""
    section: str | None = field(default=None, metadata=about(LABEL, provenance=True, drift=None, loader="_section"))
    """Menu group: ``News``, ``Articles``, ``Videos``."""
    category: str | None = field(default=None, metadata=about(LABEL, provenance=True, loader="_section"))
    """The menu's label: ``Politics``, ``Opinion``."""
    region: str | None = field(default=None, metadata=about(LABEL, provenance=True, drift=None, loader="load_article"))
    """Menu label of the region listing that the article was found by."""
    country: str | None = field(default=None, metadata=about(LABEL, provenance=True))
    """Country named by the site's metadata block."""
    coverage: str | None = field(default=None, metadata=about(LABEL, provenance=True))
    """Running story that the article belongs to."""
    tags: list[Named] = field(default_factory=list, metadata=about(provenance=True, drift="length"))
    """Labels shown under the article: ``name`` and ``url``."""
    keywords: list[str] = field(
        default_factory=list, metadata=about({"items": LABEL, "uniqueItems": True}, provenance=True, drift="length")
    )
    """The machine-readable keywords, in order, without duplicates."""
    images: list[Image] = field(
        default_factory=list,
        metadata=about(provenance=True, drift="length", keys_since={"path": "1.1.0", "checksum": "1.1.0"}),
    )
    """Pictures, the main one first. ``url`` has no crop and size parameters. ``credit`` is from the end of ``caption``,
    as ``(AP)``. ``role`` is ``main``, ``inline`` or ``gallery``. ``alt`` is the alternative text. ``path`` and
    ``checksum`` are of the original's file. Both are null unless images are downloaded."""
    videos: list[Video] = field(default_factory=list, metadata=about(provenance=True))
    """Videos: ``url``, ``provider`` and ``duration_seconds``."""
    related: list[Related] = field(
        default_factory=list, metadata=about(provenance=True, page_method="body", loader="_body")
    )
    """Articles that this article itself points to: ``title``, ``url`` and ``relation`` (``inline`` or ``read_next``).
    Lists that every page shows are not included."""
    language: str = field(default="en", metadata=about(_LANGUAGE, provenance=True, loader="_language"))
    """BCP 47 language tag."""
    direction: str = field(default="ltr", metadata=about(_DIRECTION))
    """Direction of writing: ``ltr`` or ``rtl``."""
    word_count: int | None = field(default=None, metadata=about({"minimum": 1}))
    """Number of words in ``body``, separated by white space. Punctuation that stands alone is not a word."""
    reading_minutes: int | None = field(default=None, metadata=about({"minimum": 0}, provenance=True))
    """Reading time in minutes, as shown."""
    shares: int | None = field(default=None, metadata=about({"minimum": 0}, provenance=True))
    """Share count, as shown. It changes from fetch to fetch."""
    content_hash: str = field(default="", metadata=about(HASH))
    """``sha256:`` and the hex digest of the compact UTF-8 JSON array ``[title, summary, body]``, non-ASCII
    unescaped."""
    revision: int = field(default=1, metadata=about({"minimum": 1}))
    """1 for the first revision seen, then 2, …"""
    previous_hash: str | None = field(default=None, metadata=about(HASH))
    """The ``content_hash`` of the revision before."""
    fetched_at: str = field(default="", metadata=about(TIME))
    """Time when the page was fetched, UTC."""
    extracted_at: str | None = field(default=None, metadata=about(TIME, since="1.2.0"))
    """Time when the record was read again from a kept page, UTC. Null for a record of a crawl."""
    discovered_via: Discovery | None = field(default=None, metadata=about(nullable=False))
    """The first place where the address was found: ``kind`` and ``url`` of the listing, and the ``position`` there,
    from 1."""
    provenance: dict[str, str | None] = field(
        default_factory=lambda: dict.fromkeys(PROVENANCE_FIELDS), metadata=about()
    )
    """For each field read from the page, the source of its value, or null without a value."""
    warnings: list[str] = field(default_factory=list, metadata=about(_WARNINGS))
    """Codes of values that were assumed or could not be read."""


PROVENANCE_FIELDS: tuple[str, ...] = provenance_fields(Article)
"""The fields read from an article's page: the keys of ``provenance``, always all of them."""


@dataclass(slots=False)
class AuthorProfile(Record):
    """One author, as the author's own page says."""

    schema_version: str = field(default=SCHEMA_VERSION, metadata=about({"const": SCHEMA_VERSION}))
    """Version of the schema, semantic."""
    crawler: str = field(default="", metadata=about(_CRAWLER))
    """Name and version of the program that made the record."""
    id: str = field(default="", metadata=about(_ID))
    """Edition and post id as of an article: a profile is a post of its own on the site."""
    post_id: str | None = field(default=None, metadata=about(_POST_ID, provenance=True))
    """The site's own id, digits as a string."""
    edition: str = field(default="en", metadata=about(_EDITION))
    """Edition of the site: ``en``, ``ar`` or ``es``."""
    url: str = field(default="", metadata=about(URL))
    """The address that was fetched."""
    canonical_url: str = field(default="", metadata=about(_CANONICAL_URL, provenance=True, loader="_address"))
    """The public address: https, percent-encoded UTF-8, no query, fragment or trailing slash."""
    name: str = field(default="", metadata=about(LABEL, provenance=True))
    """The author's name, as the page writes it."""
    bio: str | None = field(default=None, metadata=about(TEXT, provenance=True))
    """Text about the author. The shown text is preferred to the meta description, which may be the site's."""
    portrait: str | None = field(default=None, metadata=about(URL, provenance=True))
    """Address of the author's picture, without crop and size parameters. Null where the site's logo is shown."""
    links: list[Link] = field(default_factory=list, metadata=about(provenance=True))
    """The author's pages on other sites, in page order: ``text`` and ``url``."""
    language: str = field(default="en", metadata=about(_LANGUAGE, provenance=True, loader="_language"))
    """BCP 47 language tag."""
    direction: str = field(default="ltr", metadata=about(_DIRECTION))
    """Direction of writing: ``ltr`` or ``rtl``."""
    fetched_at: str = field(default="", metadata=about(TIME))
    """Time when the page was fetched, UTC."""
    discovered_via: Discovery | None = field(default=None, metadata=about(nullable=False))
    """The first place where the address was found."""
    provenance: dict[str, str | None] = field(
        default_factory=lambda: dict.fromkeys(PROFILE_PROVENANCE_FIELDS), metadata=about()
    )
    """For each field read from the page, the source of its value, or null without a value."""
    warnings: list[str] = field(default_factory=list, metadata=about(_WARNINGS))
    """Codes of values that were assumed or could not be read."""


PROFILE_PROVENANCE_FIELDS: tuple[str, ...] = provenance_fields(AuthorProfile)
"""The fields read from an author's page: the keys of ``provenance``, always all of them."""


@dataclass(slots=False)
class Headline(Record):
    """One line of the front page at one moment. Two runs an hour apart can be compared."""

    schema_version: str = field(default=SCHEMA_VERSION, metadata=about({"const": SCHEMA_VERSION}))
    """Version of the schema, semantic."""
    crawler: str = field(default="", metadata=about(_CRAWLER))
    """Name and version of the program that made the record."""
    edition: str = field(default="en", metadata=about(_EDITION))
    """Edition of the site: ``en``, ``ar`` or ``es``."""
    kind: str = field(default="front", metadata=about({"enum": ["ticker", "most_read", "front"]}))
    """``ticker`` (a line of the breaking news), ``most_read`` (an entry of that list) or ``front`` (a story of the
    front page, by its place)."""
    rank: int = field(default=1, metadata=about({"minimum": 1}))
    """Place among the lines of its kind, from 1. A line that appears twice counts once."""
    text: str = field(default="", metadata=about(TEXT))
    """The line as shown."""
    url: str | None = field(default=None, metadata=about(URL))
    """Where the line links to, as the ``canonical_url`` of an article. Lines of the ticker rarely have a link."""
    page_url: str = field(default="", metadata=about(URL))
    """The page that showed the line, as fetched."""
    seen_at: str = field(default="", metadata=about(TIME))
    """Time when that page was fetched, UTC. It is the same for all lines of a run."""


@dataclass(slots=False)
class Removal(Record):
    """An article that was written once and is gone from the site. Written once."""

    schema_version: str = field(default=SCHEMA_VERSION, metadata=about({"const": SCHEMA_VERSION}))
    """Version of the schema, semantic."""
    crawler: str = field(default="", metadata=about(_CRAWLER))
    """Name and version of the program that made the record."""
    id: str = field(default="", metadata=about(_ID))
    """The article's ``id``."""
    edition: str = field(default="en", metadata=about(_EDITION))
    """Edition of the site: ``en``, ``ar`` or ``es``."""
    url: str = field(default="", metadata=about(URL))
    """Where the article was last read, on the public host."""
    status: int = field(default=404, metadata=about({"enum": [404, 410]}))
    """The HTTP status that says that it is gone: 404 or 410."""
    last_seen_at: str = field(default="", metadata=about(TIME))
    """Time when the article was last fetched, UTC."""
    seen_at: str = field(default="", metadata=about(TIME))
    """Time when the article was found to be gone, UTC."""


@dataclass(slots=False)
class Reject(Record):
    """A record that breaks its schema, or a page without a record, with what is needed to look and retry."""

    schema_version: str = field(default=SCHEMA_VERSION, metadata=about({"const": SCHEMA_VERSION}))
    """Version of the schema, semantic."""
    crawler: str = field(default="", metadata=about(_CRAWLER))
    """Name and version of the program that made the record."""
    url: str = field(default="", metadata=about({"minLength": 1}))
    """The address to look at and to fetch again."""
    stage: str = field(default="validate", metadata=about({"enum": ["extract", "validate"]}))
    """Where it failed: ``extract`` (no record could be read from the page) or ``validate`` (the record breaks its
    schema)."""
    violations: list[Violation] = field(default_factory=list, metadata=about({"minItems": 1}))
    """One entry for each fault: ``path``, ``message`` and ``rule``."""
    record: dict[str, object] | None = field(default=None, metadata=about())
    """The record as it was, or null."""
    fetched_at: str = field(default="", metadata=about(TIME))
    """Time when the page was fetched, UTC."""
    discovered_via: Discovery | None = field(default=None, metadata=about())
    """The first place where the address was found."""


RECORDS: dict[str, type] = {
    "article": Article,
    "author": AuthorProfile,
    "headline": Headline,
    "removal": Removal,
    "reject": Reject,
}
"""Every record class by the name of its schema: ``schemas/<name>.schema.json``."""
