"""The three language editions: hosts, menu groups, sections and regions.

Facts marked *guess* were never seen on the site. They are used only if the page does not show the fact, and their use
is recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from mayadeen.site.text import normalize_label

EditionCode = Literal["en", "ar", "es"]


@dataclass(frozen=True)
class Section:
    """A listing of the menu, with its label, its group (``None`` for regions) and its path (*guess*)."""

    label: str
    group: str | None
    path: str


@dataclass(frozen=True)
class Edition:
    """One language edition.

    ``host`` is its public host and ``language`` a BCP 47 tag. ``groups`` are the menu groups whose sections are crawled
    by default. ``sections`` and ``regions`` are the fallback for a menu that cannot be read.
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
    """Map the comparison keys of labels to the sections of an edition's built-in table."""
    return {normalize_label(section.label): section for section in edition.sections}
