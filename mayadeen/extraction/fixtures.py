"""Saved article pages with expected values: the regression tests of ``tests/fixtures/``.

A fixture is a folder with three files. ``page.html.gz`` is the page. ``record.json`` is the record when the page was
saved. ``expected.json`` has the ``base_url`` of the fetch (``null`` means the public host) and the expected ``fields``.
It may also name in ``provenance`` a source that must have a field, for some fields.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.loaders import load_article
from mayadeen.items import PROVENANCE_FIELDS, Article, Discovery
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses

PAGE, RECORD, EXPECTED = "page.html.gz", "record.json", "expected.json"
_NOT_OFF_THE_PAGE = (None, "listing", "assumed")


class BadFixture(Exception):
    """A fixture cannot be used or created. The message has the reason."""


@dataclass(frozen=True)
class Fixture:
    """A saved page: its text, its address, the fields that must be read, and a source that some must be in."""

    name: str
    html: str
    url: str
    addresses: Addresses
    expected: Mapping[str, Any]
    provenance: Mapping[str, str]

    def page(self) -> ArticlePage:
        """Return the page, read with today's code."""
        return ArticlePage(self.html, self.url, self.addresses)

    def article(self) -> Article:
        """Return the values that the page has now. Raises ``NotAnArticle`` or ``PageError`` as for any page."""
        return load_article(
            self.page(),
            fetched_at="2025-01-01T00:00:00Z",
            discovery=Discovery(kind="url", url=self.url, position=None),
        )


def load(folder: Path) -> Fixture:
    """Return the fixture in a folder. Raises ``BadFixture`` if a file is missing, or nothing is expected."""
    try:
        html = gzip.decompress((folder / PAGE).read_bytes()).decode()
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        expected = json.loads((folder / EXPECTED).read_text(encoding="utf-8"))
        fields, base, provenance = expected["fields"], expected["base_url"], expected.get("provenance", {})
        url, edition = record["url"], EDITIONS[record["edition"]]
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise BadFixture(f"{folder} is no fixture ({type(error).__name__}: {error}): save it again") from None
    if not isinstance(fields, dict) or not any(fields.values()):
        raise BadFixture(f"{folder / EXPECTED} expects nothing: name in it the fields that must be read, with values")
    if unknown := sorted(fields.keys() - vars(Article()).keys()):
        raise BadFixture(f"{folder / EXPECTED} names {unknown[0]!r}, which is no field of a record")
    if not isinstance(provenance, dict) or not provenance.keys() <= set(PROVENANCE_FIELDS):
        raise BadFixture(f'{folder / EXPECTED}: provenance must map fields to sources, such as "body": "html"')
    return Fixture(folder.name, html, url, Addresses(edition, base), fields, provenance)


def save(folder: Path, html: str, article: Article, base_url: str | None) -> None:
    """Create a fixture from a page and its record, whose values are expected. Raises ``BadFixture`` if it exists."""
    if folder.exists():
        raise BadFixture(f"{folder} is there already: give another name with --name, or delete it")
    record = vars(article)
    fields = {name: record[name] for name, source in article.provenance.items() if source not in _NOT_OFF_THE_PAGE} | {
        "kind": article.kind
    }
    folder.mkdir(parents=True)
    (folder / PAGE).write_bytes(gzip.compress(html.encode(), 9, mtime=0))
    for name, value in ((RECORD, record), (EXPECTED, {"base_url": base_url, "fields": fields})):
        (folder / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
