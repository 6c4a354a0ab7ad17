"""What does not change from post to post: sections, regions, editions and the three address layouts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

EDITIONS = ("en", "ar", "es")
LAYOUTS = ("plain", "dated", "short")


@dataclass(frozen=True)
class Section:
    """A leaf of the menu that lists posts. `group` is None where the menu has no group above it."""

    number: int
    key: str
    group: str | None
    folder: str
    share: int  # posts of every hundred
    family: str  # which subjects its headlines take
    kind: str
    labels: dict[str, str]
    paging: str
    size: int

    @property
    def is_text(self) -> bool:
        """Whether its posts are articles with a body."""
        return self.group in ("news", "articles")


@dataclass(frozen=True)
class Region:
    """A region of the menu: a second listing for posts that have a section already."""

    number: int
    key: str
    weight: int
    labels: dict[str, str]
    paging: str
    size: int


def _labels(en: str, ar: str, es: str) -> dict[str, str]:
    return {"en": en, "ar": ar, "es": es}


GROUPS = {
    "news": _labels("News", "أخبار", "Noticias"),
    "articles": _labels("Articles", "مقالات", "Artículos"),
    "videos": _labels("Videos", "فيديو", "Videos"),
}

# The ways to the next page. Every one of them occurs. `numbers` answers 404 past its end, `loop` serves its last page
# for ever, and `script` can only be followed by running the page's script.
PAGINGS = ("numbers", "loop", "query", "path", "rel", "fragment", "json-html", "json-items", "json-count", "script")

SECTIONS = (
    Section(
        12,
        "politics",
        "news",
        "news/politics",
        26,
        "world",
        "news",
        _labels("Politics", "سياسة", "Política"),
        "numbers",
        16,
    ),
    Section(
        13, "economy", "news", "news/economy", 10, "money", "news", _labels("Economy", "اقتصاد", "Economía"), "path", 12
    ),
    Section(
        14, "sports", "news", "news/sports", 6, "life", "news", _labels("Sports", "رياضة", "Deportes"), "fragment", 10
    ),
    Section(
        15,
        "arts-culture",
        "news",
        "news/arts-culture",
        5,
        "life",
        "news",
        _labels("Arts&Culture", "ثقافة وفنون", "Arte y Cultura"),
        "loop",
        12,
    ),
    Section(16, "health", "news", "news/health", 5, "life", "news", _labels("Health", "صحة", "Salud"), "rel", 10),
    Section(
        17,
        "misc",
        "news",
        "news/miscellaneous",
        7,
        "world",
        "news",
        _labels("Miscellaneous", "منوعات", "Misceláneas"),
        "json-html",
        12,
    ),
    Section(
        18,
        "technology",
        "news",
        "news/technology",
        6,
        "money",
        "news",
        _labels("Technology", "تكنولوجيا", "Tecnología"),
        "json-items",
        10,
    ),
    Section(
        19,
        "environment",
        "news",
        "news/environment",
        5,
        "money",
        "news",
        _labels("Environment", "بيئة", "Medio Ambiente"),
        "query",
        10,
    ),
    Section(
        21,
        "opinion",
        "articles",
        "articles/opinion",
        6,
        "world",
        "opinion",
        _labels("Opinion", "رأي", "Opinión"),
        "path",
        12,
    ),
    Section(
        22,
        "analysis",
        "articles",
        "articles/analysis",
        6,
        "world",
        "analysis",
        _labels("Analysis", "تحليل", "Análisis"),
        "fragment",
        12,
    ),
    Section(23, "blog", "articles", "articles/blog", 4, "world", "blog", _labels("Blog", "مدونة", "Blog"), "rel", 10),
    Section(
        24,
        "features",
        "articles",
        "articles/features",
        4,
        "life",
        "feature",
        _labels("Features", "تقارير خاصة", "Reportajes"),
        "query",
        10,
    ),
    Section(
        31,
        "newsfeed",
        "videos",
        "videos/newsfeed",
        2,
        "world",
        "video",
        _labels("NewsFeed", "شريط الفيديو", "NewsFeed"),
        "json-count",
        10,
    ),
    Section(
        32,
        "video-features",
        "videos",
        "videos/video-features",
        1,
        "life",
        "video",
        _labels("Video Features", "تقارير مصورة", "Reportajes en video"),
        "fragment",
        10,
    ),
    Section(
        33,
        "explainers",
        "videos",
        "videos/explainers",
        3,
        "money",
        "video",
        _labels("Explainers", "شرح", "Claves"),
        "script",
        10,
    ),
    Section(34, "tv", "videos", "videos/tv", 1, "world", "video", _labels("TV", "برامج", "TV"), "path", 10),
    Section(
        35,
        "digital-series",
        "videos",
        "videos/digital-series",
        1,
        "life",
        "video",
        _labels("Digital Series", "سلاسل رقمية", "Series digitales"),
        "query",
        10,
    ),
    Section(
        41,
        "infographs",
        None,
        "infographs",
        1,
        "money",
        "infograph",
        _labels("Infographs", "إنفوغراف", "Infografías"),
        "json-html",
        10,
    ),
    Section(
        42,
        "in-pictures",
        None,
        "in-pictures",
        1,
        "life",
        "gallery",
        _labels("In Pictures", "بالصور", "En imágenes"),
        "rel",
        10,
    ),
)

REGIONS = (
    Region(51, "africa", 2, _labels("Africa", "أفريقيا", "África"), "query", 10),
    Region(52, "asia", 3, _labels("Asia", "آسيا", "Asia"), "path", 12),
    Region(53, "asia-pacific", 2, _labels("Asia-Pacific", "آسيا والمحيط الهادئ", "Asia-Pacífico"), "fragment", 10),
    Region(54, "europe", 4, _labels("Europe", "أوروبا", "Europa"), "json-html", 12),
    Region(55, "latin-america", 3, _labels("Latin America", "أميركا اللاتينية", "América Latina"), "rel", 10),
    Region(56, "mena", 6, _labels("MENA", "الشرق الأوسط", "Oriente Medio"), "numbers", 14),
    Region(57, "palestine", 6, _labels("Palestine", "فلسطين", "Palestina"), "script", 14),
    Region(58, "us-canada", 4, _labels("US & Canada", "الولايات المتحدة وكندا", "EE. UU. y Canadá"), "json-count", 12),
)

STATIC = {
    "privacy-policy": _labels("Privacy Policy", "سياسة الخصوصية", "Política de privacidad"),
    "about-us": _labels("About Us", "من نحن", "Quiénes somos"),
    "contact-us": _labels("Contact Us", "اتصل بنا", "Contacto"),
}
AUTHORS_PAGE = _labels("Authors", "الكتّاب", "Autores")

POSTTYPES = {
    "news": _labels("News", "أخبار", "Noticias"),
    "articles": _labels("Articles", "مقالات", "Artículos"),
    "videos": _labels("Video", "فيديو", "Video"),
    "infographs": _labels("Infograph", "إنفوغراف", "Infografía"),
    "in-pictures": _labels("Gallery", "صور", "Galería"),
    "author": _labels("Authors", "كتّاب", "Autores"),
    "coverage": _labels("Coverage", "تغطيات", "Cobertura"),
    "page": _labels("Page", "صفحة", "Página"),
}

HOSTS = {"en": "english.almayadeen.net", "ar": "www.almayadeen.net", "es": "espanol.almayadeen.net"}
MEDIA_HOSTS = {"en": "media-en.almayadeen.net", "ar": "media-ar.almayadeen.net", "es": "media-es.almayadeen.net"}
NAMES = _labels("Al Mayadeen English", "الميادين", "Al Mayadeen Español")

_NOT_WORD = re.compile(r"[\W_]")
_NOT_WORD_OR_COLON = re.compile(r"[^\w:]|_")


def slug_of(title: str, keep_colon: bool = False) -> str:
    """The title as an address says it: lower case, one `-` for each other character, cut at 60, no `-` at the end."""
    pattern = _NOT_WORD_OR_COLON if keep_colon else _NOT_WORD
    return pattern.sub("-", title.lower())[:60].rstrip("-")


@lru_cache(maxsize=10_000)
def encoded(path: str) -> str:
    """The path percent-encoded as UTF-8."""
    return quote(path, safe="/:")


@dataclass(frozen=True)
class Layout:
    """One way of giving addresses to everything but the posts. Templates take `n` (number) and `k` (key)."""

    name: str
    section: str
    region: str
    tag: str
    author: str
    coverage: str
    static: str
    page_parameter: str
    page_path: str
    shift: int  # how far the ways of paging are moved along the sections

    def page_query(self, path: str, page: int) -> str:
        """The address of a further page given by query."""
        return f"{path}?{self.page_parameter}={page}"


PLAIN = Layout(
    "plain", "/{folder}", "/region/{k}", "/tags/{k}", "/authors/{k}", "/coverage/{k}", "/{k}", "page", "/page/{page}", 0
)
DATED = Layout(
    "dated",
    "/topics/{k}-news",
    "/world/{k}",
    "/keyword/{k}",
    "/writers/{k}",
    "/stories/{k}",
    "/info/{k}.html",
    "p",
    "/p{page}",
    1,
)
SHORT = Layout(
    "short",
    "/section/{n}/{k}",
    "/zone/{n}/{k}",
    "/tag/{n}/{k}",
    "/profile/{n}/{k}",
    "/dossier/{n}/{k}",
    "/pages/{k}",
    "pg",
    "/{page}",
    2,
)
BY_NAME = {layout.name: layout for layout in (PLAIN, DATED, SHORT)}
