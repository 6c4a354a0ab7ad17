"""Sampling of articles' pages: counts for the report, and readings for the drift history.

Knows no state, no engine and no clock.
"""

from __future__ import annotations

from array import array
from collections import Counter
from statistics import median_low
from typing import Any

from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.loaders import ArticleLoader
from mayadeen.fields import FieldSpec, specs
from mayadeen.items import PROVENANCE_FIELDS, Article, Source
from mayadeen.site.editions import labels_of
from mayadeen.site.text import normalize_label
from mayadeen.storage.drift_history import LENGTH, OFF_THE_PAGE, SOURCE_BIT, WATCHED, Reading

ALL_SOURCES: tuple[Source, ...] = (*WATCHED, "generic", "listing", "assumed")

_WATCHED_FIELDS = tuple(spec for spec in specs(Article) if spec.drift)


def _fix_location(spec: FieldSpec) -> tuple[str, str]:
    processor = f"{spec.name}_in"
    if not hasattr(ArticleLoader, processor):
        processor = "default_input_processor"
    return f"ArticlePage.{spec.page_method}", spec.loader or f"ArticleLoader.{processor}"


FIX_LOCATIONS: dict[str, tuple[str, str]] = {spec.name: _fix_location(spec) for spec in _WATCHED_FIELDS}
"""Where each watched field is read and cleaned, in ``extraction/article.py`` and ``extraction/loaders.py``."""

WITH_LENGTH_ALERT = tuple(spec.name for spec in _WATCHED_FIELDS if spec.drift == LENGTH)
_MEASURED = tuple(spec.name for spec in _WATCHED_FIELDS if spec.drift == LENGTH or spec.entry_type is not None)
"""Fields whose length is recorded: characters of a text, entries of a list."""
_CHOSEN_BY: dict[str, tuple[str, ...]] = {
    "tag": ("tags", "keywords"),
    "author": ("authors",),
    "coverage": ("coverage",),
    "region": ("country",),
}
"""Fields that do not count for an article found by such a listing: it is listed there because it has them."""

ALL_OF_THE_FIRST, THEN_EVERY = 200, 10
"""Number of articles of a run that are sampled, and then one of this many. A sample costs a third of the extraction."""
PER_CELL, PER_RUN = 20, 1000
"""Maximum readings kept of a kind, label and month, and of a run."""


def read_fields(page: ArticlePage, article: Article | None) -> dict[str, list[int] | None]:
    """Return the ``fields`` of a page's ``Reading``. Every source is read, not only the first that has a value."""
    found: dict[str, list[int] | None] = {}
    for name in FIX_LOCATIONS:
        bits = 0
        if name == "body":
            source = page.body_source if article is None or article.body else None
            bits = SOURCE_BIT[source] if source else 0
        elif name == "related":
            bits = SOURCE_BIT["html"] if page.body.related else 0
        else:
            for source, raw in getattr(page, name)():
                if source == "generic" or source == "assumed":
                    break  # costly, and meaningless next to a better source
                if raw:
                    bits |= SOURCE_BIT[source]
        if article is not None and (used := article.provenance[name]) in OFF_THE_PAGE:
            bits |= SOURCE_BIT[used]
        if bits:
            found[name] = [_length(article, name) or 0, bits]
    return found


def _length(article: Article | None, name: str) -> int | None:
    """Return the characters of a text or the entries of a list. None for other fields and without a value."""
    value = getattr(article, name, None) if name in _MEASURED else None
    return len(value) if value else None


class FieldSampler:
    """Samples the pages of one run: counts of every article, and readings of some, enough to know what is usual."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self._read = 0
        self._sources: dict[str, Counter[str]] = {name: Counter() for name in PROVENANCE_FIELDS}
        self._lengths = {name: array("L") for name in _MEASURED}
        self._cells: Counter[tuple[str, str, str]] = Counter()

    def add(self, page: ArticlePage, article: Article | None, found_by: str, published_at: str | None = None) -> None:
        """Count an article's page. ``article`` is None if no record could be made of it.

        ``found_by`` is the kind of its discovery. ``published_at`` is the known date if the page does not say.
        """
        self._read += 1
        if article is not None:
            for name, source in article.provenance.items():
                if source is not None:
                    self._sources[name][source] += 1
            for name, lengths in self._lengths.items():
                if length := _length(article, name):
                    lengths.append(length)
        kind, label = "", ""
        if article is not None and "kind: assumed" not in article.warnings:
            kind, label = article.kind, normalize_label(article.category or "")
        published = (article.published_at if article is not None else None) or published_at or ""
        if not published and found_by == "sitemap":
            return  # of any year: there is nothing to compare it with
        cell = (kind, label, published[:7])
        if self._read > ALL_OF_THE_FIRST and self._read % THEN_EVERY:
            return
        if len(self.readings) >= PER_RUN or self._cells[cell] >= PER_CELL:
            return
        self._cells[cell] += 1
        if label not in labels_of(page.addresses.edition) and label not in page.menu:
            label = ""
        fields = read_fields(page, article) | dict.fromkeys(_CHOSEN_BY.get(found_by, ()))
        self.readings.append(Reading(kind, label, published, fields, page.url))

    def report(self) -> dict[str, dict[str, Any]]:
        """Return for each field: articles ``read``, ``filled``, from which ``sources``, and the median ``length``."""
        return {
            name: {
                "read": self._read,
                "filled": counts.total(),
                "sources": {source: counts[source] for source in ALL_SOURCES},
                "length": median_low(self._lengths[name]) if self._lengths.get(name) else None,
            }
            for name, counts in self._sources.items()
        }
