"""Filters: which records a dataset takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mayadeen.crawling.arguments import Arguments, BadArgument, nearest
from mayadeen.site.editions import EDITIONS
from mayadeen.site.text import normalize_label, without_article


@dataclass
class Filters:
    """Conditions that a record must meet. An empty one, or None, lets every record through.

    ``time`` has ``since`` and ``until``, which are compared with ``published_at``. A record without a date is kept, as
    by the crawler. ``sections`` are labels or slugs of sections and categories. ``language`` are BCP 47 tags, where
    ``en`` includes ``en-GB``. ``min_words`` is compared with ``word_count``, and a record without text has no words.
    """

    time: Arguments = field(default_factory=Arguments)
    kinds: frozenset[str] = frozenset()
    sections: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    min_words: int | None = None

    def __post_init__(self) -> None:
        labels = [section for edition in EDITIONS.values() for section in edition.sections]
        by_slug: dict[str, set[str]] = {}
        for section in labels:
            by_slug.setdefault(normalize_label(section.path.rpartition("/")[2]), set()).add(
                normalize_label(section.label)
            )
        self._sections = {
            same for name in self.sections for same in {normalize_label(name), *by_slug.get(normalize_label(name), ())}
        }
        self._without_article = {without_article(name) for name in self.sections}
        self._languages = tuple(tag.casefold() for tag in self.language)
        groups = [group for edition in EDITIONS.values() for group in edition.groups]
        self._met: dict[str, dict[str, str]] = {
            "sections": {normalize_label(name): name for name in (*groups, *(section.label for section in labels))},
            "language": {edition.language: edition.language for edition in EDITIONS.values()},
        }
        self._slugs = set(by_slug)

    def reason_against(self, record: Mapping[str, Any]) -> str | None:
        """Return why a record is left out, as a code of ``manifest.REASONS``, or None if it is kept."""
        # These two see every record: a name that any record has is not misspelt.
        in_section = not self.sections or self._in_section(record)
        in_language = not self.language or self._in_language(record["language"])
        if not self.time.in_range(record["published_at"]):
            return "out_of_range"
        if self.kinds and record["kind"] not in self.kinds:
            return "other_kind"
        if not in_section:
            return "other_section"
        if not in_language:
            return "other_language"
        if self.min_words is not None and (record["word_count"] or 0) < self.min_words:
            return "too_short"
        return None

    @property
    def names(self) -> dict[str, dict[str, str]]:
        """The sections and languages met so far: names by their form for comparison."""
        return self._met

    def add_names(self, names: Mapping[str, Mapping[str, str]]) -> None:
        """Add the names that another process met."""
        for kind, met in names.items():
            for folded, name in met.items():
                self._met[kind].setdefault(folded, name)

    def check(self) -> None:
        """Raise ``BadArgument`` for a section or language that is neither in the site's menus nor in any record."""
        for name in self.sections:
            known = normalize_label(name) in self._met["sections"] or normalize_label(name) in self._slugs
            if not known and without_article(name) not in map(without_article, self._met["sections"].values()):
                raise BadArgument("sections", name, "is in no record", nearest(name, self._met["sections"].values()))
        for tag in self.language:
            met = self._met["language"]
            if not any(_within(known, tag.casefold()) for known in met):
                raise BadArgument("language", tag, "is in no record", nearest(tag, met.values()))

    def editions(self) -> list[str]:
        """Return the editions that can have records in the selection. Only the language excludes any."""
        if not self.language:
            return list(EDITIONS)
        return [
            code for code, edition in EDITIONS.items() if any(_within(edition.language, tag) for tag in self._languages)
        ]

    def _in_section(self, record: Mapping[str, Any]) -> bool:
        found = False
        for name in (record["section"], record["category"]):
            if name is not None:
                folded = normalize_label(name)
                self._met["sections"].setdefault(folded, name)
                found = found or folded in self._sections or without_article(name) in self._without_article
        return found

    def _in_language(self, tag: str) -> bool:
        folded = tag.casefold()
        self._met["language"].setdefault(folded, tag)
        return any(_within(folded, wanted) for wanted in self._languages)


def _within(tag: str, wanted: str) -> bool:
    """Return whether a language tag is the wanted one or a variety of it."""
    return tag == wanted or tag.startswith(f"{wanted}-")
