"""What is known of the site: editions, menu labels, kinds, words it uses.

Data and pure functions; imports nothing of ours. Facts marked *guess* were never seen on the site: they are used
only where the page itself says nothing, and their use is recorded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import unquote, urlsplit

EditionCode = Literal["en", "ar", "es"]


@dataclass(frozen=True)
class Section:
    """A listing of the menu: its label, the group it stands under (``None`` for regions), its path (*guess*)."""

    label: str
    group: str | None
    path: str


@dataclass(frozen=True)
class Edition:
    """One language edition.

    ``host`` is its public host, ``language`` a BCP 47 tag, ``groups`` the menu groups whose children are walked by
    default, ``sections`` and ``regions`` the fallback for a menu that cannot be read.
    """

    code: EditionCode
    host: str
    language: str
    direction: Literal["ltr", "rtl"]
    groups: tuple[str, ...]
    sections: tuple[Section, ...]
    regions: tuple[Section, ...]

    @property
    def base_url(self) -> str:
        return f"https://{self.host}"


def _sections(group: str | None, prefix: str, labels: Mapping[str, str]) -> tuple[Section, ...]:
    return tuple(Section(label, group, f"{prefix}{slug}") for label, slug in labels.items())


EDITIONS: dict[str, Edition] = {
    "en": Edition(
        code="en",
        host="english.almayadeen.net",
        language="en",
        direction="ltr",
        groups=("News", "Articles"),
        sections=(
            *_sections(
                "News",
                "/news/",
                {
                    "Politics": "politics",
                    "Economy": "economy",
                    "Sports": "sports",
                    "Arts&Culture": "arts-culture",
                    "Health": "health",
                    "Miscellaneous": "miscellaneous",
                    "Technology": "technology",
                    "Environment": "environment",
                },
            ),
            *_sections(
                "Articles",
                "/articles/",
                {"Opinion": "opinion", "Analysis": "analysis", "Blog": "blog", "Features": "features"},
            ),
            *_sections(
                "Videos",
                "/videos/",
                {
                    "NewsFeed": "newsfeed",
                    "Video Features": "video-features",
                    "Explainers": "explainers",
                    "TV": "tv",
                    "Digital Series": "digital-series",
                },
            ),
            Section("Infographs", None, "/infographs"),
            Section("In Pictures", None, "/in-pictures"),
        ),
        regions=_sections(
            None,
            "/region/",
            {
                "Africa": "africa",
                "Asia": "asia",
                "Asia-Pacific": "asia-pacific",
                "Europe": "europe",
                "Latin America": "latin-america",
                "MENA": "mena",
                "Palestine": "palestine",
                "US & Canada": "us-canada",
            },
        ),
    ),
    "ar": Edition(
        code="ar",
        host="www.almayadeen.net",
        language="ar",
        direction="rtl",
        groups=("أخبار", "مقالات"),
        sections=(
            *_sections("أخبار", "/news/", {"سياسة": "politics", "اقتصاد": "economic"}),
            *_sections("أخبار", "/", {"منوعات": "misc", "صحافة": "press"}),
            *_sections("مقالات", "/", {"مقالات": "articles", "تحليل": "analysis"}),
            *_sections(None, "/", {"إنفوغراف": "infograph", "بالصور": "in-pictures"}),
        ),
        regions=_sections(
            None,
            "/region/",
            {
                "أفريقيا": "africa",
                "آسيا": "asia",
                "آسيا والمحيط الهادئ": "asia-pacific",
                "أوروبا": "europe",
                "أميركا اللاتينية": "latin-america",
                "الشرق الأوسط": "mena",
                "فلسطين": "palestine",
                "الولايات المتحدة وكندا": "us-canada",
            },
        ),
    ),
    "es": Edition(
        code="es",
        host="espanol.almayadeen.net",
        language="es",
        direction="ltr",
        groups=("Noticias", "Artículos"),
        sections=(
            *_sections("Noticias", "/news/", {"Política": "politics", "Economía": "economy"}),
            *_sections("Artículos", "/articles/", {"Opinión": "opinion", "Análisis": "analysis"}),
            *_sections(None, "/", {"Infografías": "infographs", "En imágenes": "in-pictures"}),
        ),
        regions=_sections(
            None,
            "/region/",
            {
                "África": "africa",
                "Asia": "asia",
                "Asia-Pacífico": "asia-pacific",
                "Europa": "europe",
                "América Latina": "latin-america",
                "Oriente Medio": "mena",
                "Palestina": "palestine",
                "Estados Unidos y Canadá": "us-canada",
            },
        ),
    ),
}
PUBLIC_HOSTS = {edition.host: edition.code for edition in EDITIONS.values()}


@lru_cache(maxsize=8)
def labels_of(edition: Edition) -> dict[str, Section]:
    """Folded labels → sections of an edition's built-in table."""
    return {normalize_label(section.label): section for section in edition.sections}


# --- words -----------------------------------------------------------------------------------------------------------

_DROPPED: dict[int, str | None] = {
    ord(c): None
    for c in "\u200b\u2060\ufeff\u00ad\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
}
_DROPPED |= dict.fromkeys((*range(9), 11, *range(14, 32), *range(127, 160), *range(0xD800, 0xE000)))
_DROPPED |= {ord(c): " " for c in "\u00a0\u202f\u2007\f"}
_DROPPED |= {0x85: "\n", 0x2028: "\n", 0x2029: "\n"}
_PLAIN = re.compile(r"[ !-~\n]*\Z")


def clean_text(text: str) -> str:
    """Bring text into the form of the contract: NFC, trimmed, no-break blanks as blanks, invisible marks gone.

    U+200C and U+200D stay, for scripts that need them; quotation marks and misspellings stay as printed. Characters
    that no text holds (controls, lone surrogates) go.
    """
    if _PLAIN.match(text):
        return text.strip()
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_DROPPED)
    return unicodedata.normalize("NFC", text).strip()


@lru_cache(maxsize=4096)
def normalize_label(label: str) -> str:
    """What two spellings of a name have in common: ``Arts & Culture``, ``arts-culture`` and ``Arts&amp;Culture``.

    Case, accents, punctuation and blanks do not count, and ``&`` reads as nothing, as does ``and`` between words.
    """
    text = unicodedata.normalize("NFKD", label.replace("&amp;", "&").casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    words = [w for w in re.split(r"[\W_]+", text) if w not in ("and", "y")]
    return "".join(words)


# --- kinds -----------------------------------------------------------------------------------------------------------

NON_TEXT_KINDS = frozenset({"video", "newscast", "audio", "infograph", "gallery", "coverage"})
"""Kinds whose posts have no text of their own: ``body`` may be null."""

NOT_AN_ARTICLE = "profile"
"""What ``kind_of`` says of an author's profile: a post, but no article."""

KINDS_BY_LABEL: dict[str, str] = {
    normalize_label(label): kind
    for kind, labels in {
        "news": "News|Noticias|أخبار|منوعات|Miscellaneous",
        "opinion": "Opinion|Opinions|Opinión|مقالات|رأي",
        "analysis": "Analysis|Análisis|تحليل|تحليلات",
        "blog": "Blog|Blogs|مدونات|مدونة",
        "feature": "Feature|Features|Reportajes|تقارير خاصة",
        "report": "Report|Reports|تقارير",
        "press": "Press|Prensa|صحافة",
        "research": "Research|Research Papers|Investigación|أوراق بحثية",
        "video": "Video|Videos|NewsFeed|Video Features|Explainers|TV|Digital Series|TV Reports|فيديو|تقارير إخبارية",
        "newscast": "Newscast|Noticiero|نشرة الأخبار",
        "audio": "Podcast|Podcasts|Audio|بودكاست",
        "infograph": "Infograph|Infographs|Infographic|Infographics|Infografía|Infografías|إنفوغراف",
        "gallery": "In Pictures|Gallery|Galleries|Photos|En imágenes|صور|بالصور",
        "coverage": "Coverage|Coverages|Cobertura|تغطيات",
        NOT_AN_ARTICLE: "Author|Authors|Autores|الكتّاب",
    }.items()
    for label in labels.split("|")
}
"""Post type or category, as the metadata block or the page names it → kind. The Arabic ones were seen [data]."""

KINDS_BY_PATH: dict[str, str] = {
    "analysis": "analysis", "blog": "blog", "opinion": "opinion", "features": "feature", "reports": "report",
    "press": "press", "research-papers": "research", "research": "research", "video": "video", "videos": "video",
    "tv-reports": "video", "newscast": "newscast", "podcasts": "audio", "infograph": "infograph",
    "infographs": "infograph", "infographics": "infograph", "in-pictures": "gallery", "gallery": "gallery",
    "galleries": "gallery", "coverage": "coverage", "authors": NOT_AN_ARTICLE, "author": NOT_AN_ARTICLE,
    "news": "news", "misc": "news", "health": "news", "society": "news", "economy": "news", "politics": "news",
}  # fmt: skip
"""Segment of the path → kind."""


def kind_of(post_type: str | None, category: str | None, url: str, block_type: str | None = None) -> str | None:
    """What sort of post this is, or ``None`` where neither post type, category nor path tells.

    A post type that has no text decides first (``/reports/`` holds both text and video), then the category, the path
    from its most particular segment up, and the post type last, since ``Articles`` is a group and ``مقالات`` stands
    over blogs too. ``block_type`` is the metadata block's ``type``; only ``videoobject`` tells anything.
    """
    by_type = KINDS_BY_LABEL.get(normalize_label(post_type)) if post_type else None
    if by_type in NON_TEXT_KINDS or by_type == NOT_AN_ARTICLE:
        return by_type
    segments = [unquote(s).casefold() for s in urlsplit(url).path.split("/") if s][:-1]
    by_path = [KINDS_BY_PATH[s] for s in reversed(segments) if s in KINDS_BY_PATH]
    if block_type == "videoobject":
        return next((k for k in by_path if k in NON_TEXT_KINDS), "video")
    by_category = KINDS_BY_LABEL.get(normalize_label(category)) if category else None
    if by_category and by_category not in ("news", NOT_AN_ARTICLE):
        return by_category
    return next(iter(by_path), None) or by_category or by_type
