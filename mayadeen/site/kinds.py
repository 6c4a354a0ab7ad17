"""Kinds of posts, by the site's labels and by segments of the path."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from mayadeen.site.text import normalize_label

NON_TEXT_KINDS = frozenset({"video", "newscast", "audio", "infograph", "gallery", "coverage"})
"""Kinds whose posts have no text of their own: ``body`` may be null."""

NOT_AN_ARTICLE = "profile"
"""The kind of an author's profile, which is a post but not an article."""

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
"""Label of a post type or category, from the metadata block or the page → kind. Arabic labels are from real data."""

KINDS_BY_PATH: dict[str, str] = {
    "analysis": "analysis", "blog": "blog", "opinion": "opinion", "features": "feature", "reports": "report",
    "press": "press", "research-papers": "research", "research": "research", "video": "video", "videos": "video",
    "tv-reports": "video", "newscast": "newscast", "podcasts": "audio", "infograph": "infograph",
    "infographs": "infograph", "infographics": "infograph", "in-pictures": "gallery", "gallery": "gallery",
    "galleries": "gallery", "coverage": "coverage", "authors": NOT_AN_ARTICLE, "author": NOT_AN_ARTICLE,
    "news": "news", "misc": "news", "health": "news", "society": "news", "economy": "news", "politics": "news",
}  # fmt: skip
"""Path segment → kind."""


def kind_of(post_type: str | None, category: str | None, url: str, block_type: str | None = None) -> str | None:
    """Return the kind of a post, or ``None`` if neither post type, category nor path names one.

    A post type without text decides first, because ``/reports/`` holds both text and video. The category comes next,
    then the path from its last segment up. The post type comes last, because ``Articles`` is a group and ``مقالات``
    is a heading of blogs too. ``block_type`` is the metadata block's ``type``. Only its value ``videoobject`` matters.
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
