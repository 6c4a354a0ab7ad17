"""The extractor's quality on saved pages of other sites: no figure may fall below its floor."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from mayadeen.extraction.article import ArticlePage, NotAnArticle
from mayadeen.extraction.loaders import load_article
from mayadeen.extraction.page_error import PageError
from mayadeen.items import Article
from mayadeen.site.editions import EDITIONS
from mayadeen.site.text import normalize_label
from mayadeen.site.urls import Addresses

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
FLOORS = Path(__file__).with_name("quality_floors.json")
GRAM = 4


def grams(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[n : n + GRAM]) for n in range(max(len(words) - GRAM + 1, min(len(words), 1))))


def read(html: str, number: int) -> Article | None:
    url = f"https://english.almayadeen.net/news/politics/page-{number}"
    try:
        return load_article(ArticlePage(html, url, Addresses(EDITIONS["en"])), fetched_at="2025-01-01T00:00:00Z")
    except (PageError, NotAnArticle):
        return None


def measured() -> dict[str, float]:
    """Body precision, recall and F1, share of right titles, and share of pages with at least half of their text."""
    precision = recall = whole = titles = 0.0
    cases = json.loads((CORPUS / "gold.json").read_text(encoding="utf-8"))
    for number, case in enumerate(cases):
        item = read(gzip.decompress((CORPUS / "pages" / case["file"]).read_bytes()).decode("utf-8", "replace"), number)
        want, got = grams(case["body"]), grams((item.body if item else None) or "")
        shared = (want & got).total()
        precision += shared / max(got.total(), 1)
        recall += shared / max(want.total(), 1)
        whole += shared * 2 >= want.total()
        titles += item is not None and normalize_label(item.title) == normalize_label(case["title"])
    n = len(cases)
    p, r = precision / n, recall / n
    return {
        "body_f1": 2 * p * r / (p + r),
        "body_precision": p,
        "body_recall": r,
        "whole": whole / n,
        "title": titles / n,
    }


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not next to this checkout")
def test_no_figure_is_below_its_floor() -> None:
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    found = measured()
    assert {name: round(found[name], 4) for name, floor in floors.items() if found[name] < floor} == {}
