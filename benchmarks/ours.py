"""From page bytes to validated records, as a program of its own: ``python -m benchmarks.ours FOLDER ROUNDS``."""

from __future__ import annotations

import sys
from pathlib import Path

from scrapy.http import HtmlResponse

from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.encodings import markup_of
from mayadeen.extraction.loaders import load_article
from mayadeen.items import Discovery
from mayadeen.pipelines.validate import SchemaValidator
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses


def extract(folder: Path, rounds: int) -> None:
    validator = SchemaValidator("article.schema.json")
    addresses = Addresses(EDITIONS["en"], None)
    base = EDITIONS["en"].base_url
    via = Discovery(kind="url", url=base, position=None)
    pages = [(f"{base}/news/politics/{path.stem}", path.read_bytes()) for path in sorted(folder.glob("*.html"))]
    for _ in range(rounds):
        for url, body in pages:
            page = ArticlePage(markup_of(HtmlResponse(url, body=body, encoding="utf-8")), url, addresses)
            record = load_article(page, fetched_at="2025-01-01T00:00:00Z", discovery=via)
            assert validator.violations(vars(record)) == []


if __name__ == "__main__":
    extract(Path(sys.argv[1]), int(sys.argv[2]))
