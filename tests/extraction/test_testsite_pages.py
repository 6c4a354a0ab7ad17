"""Every field of every page of the testsite, over all variants, equals the testsite's own answer."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict

import pytest

from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.loaders import load_article
from mayadeen.fields import names
from mayadeen.items import PROVENANCE_FIELDS, Article
from mayadeen.pipelines.validate import SchemaValidator
from mayadeen.site.editions import EDITIONS
from mayadeen.site.kinds import NON_TEXT_KINDS
from mayadeen.site.urls import Addresses
from testsite import SyntheticSite

BASE = "http://127.0.0.1:8000"
VIA = {"kind": "url", "url": f"{BASE}/", "position": None}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "addresses", "edition"),
    [
        (1, "plain", "en"),
        (2, "dated", "en"),
        (3, "short", "en"),
        (4, "plain", "en"),
        (5, "plain", "ar"),
        (6, "dated", "es"),
    ],
)
def test_every_field_of_every_page(seed: int, addresses: str, edition: str) -> None:
    testsite = SyntheticSite(posts=600, seed=seed, addresses=addresses, edition=edition)
    wrong, seen = wrongly_read(testsite, range(600), edition)
    assert wrong == {}
    assert len(seen) >= 30


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_field_of_the_newest_pages(edition: str) -> None:
    """Pages in a mix of the spellings and wordings that editors use."""
    testsite = SyntheticSite(posts=60, seed=1, edition=edition)
    wrong, _ = wrongly_read(testsite, range(60), edition)
    assert wrong == {}


@pytest.mark.parametrize("edition", ["en", "ar", "es"])
def test_renamed_deck_and_tags_cost_no_value(edition: str) -> None:
    testsite = SyntheticSite(posts=60, seed=4, edition=edition)
    testsite.redesign("renamed")
    assert wrongly_read(testsite, range(60), edition)[0] == {}


def test_every_field_of_changed_pages() -> None:
    testsite = SyntheticSite(posts=100, seed=5)
    for index in range(100):
        answer = testsite.answer(index)
        text = answer["record"]["body"] is not None
        if not answer["reachable"]:
            continue
        testsite.edit(index, ("title", "summary", "body")[index % 3] if text else "title")
        if index % 4 == 0:
            testsite.touch(index)
        if index % 5 == 0 and text and "redesigned" not in answer["variants"]:
            testsite.break_blocks(index)
        if index % 7 == 0:
            testsite.redirect(index)
    testsite.collide(1)
    testsite.collide(2)
    wrong, _ = wrongly_read(testsite, testsite.archive.indexes())
    assert wrong == {}


def wrongly_read(
    testsite: SyntheticSite, indexes: range, edition: str = "en"
) -> tuple[dict[str, tuple[int, str]], set[str]]:
    """Return the fields that differ from the answers, with their number and first case, and the variants seen."""
    where = Addresses(EDITIONS[edition], BASE)
    validator = SchemaValidator("article.schema.json")
    wrong: dict[str, list[str]] = defaultdict(list)
    seen: set[str] = set()
    for index in indexes:
        answer = testsite.answer(index)
        want = answer["record"]
        url = BASE + want["canonical_url"].removeprefix(EDITIONS[edition].base_url)
        got = vars(
            load_article(
                ArticlePage(testsite.page(index, BASE), url, where), fetched_at="2025-11-23T00:00:00Z", discovery=VIA
            )
        )
        name = f"post {index} ({', '.join(answer['variants'])})"
        seen.update(answer["variants"])
        for violation in validator.violations(got):
            wrong[violation["path"]].append(f"{name}: {violation['message']}")
        for field, value in want.items():
            if field == "shares":
                if bool(value) != (got["shares"] is not None):
                    wrong[field].append(f"{name}: {got['shares']!r}")
            elif field == "provenance":
                for key, source in value.items():
                    if got["provenance"][key] != source:
                        wrong[f"provenance.{key}"].append(f"{name}: {got['provenance'][key]!r}, should be {source!r}")
            elif got[field] != value:
                wrong[field].append(f"{name}: {got[field]!r}, should be {value!r}")
    return {field: (len(found), found[0][:600]) for field, found in wrong.items()}, seen


def test_something_fills_every_field_that_is_read_from_a_page() -> None:
    """If no page of the test site has a field, nothing tests the reader of the field."""
    where = Addresses(EDITIONS["en"], BASE)
    testsite = SyntheticSite(posts=200, seed=1)
    filled: set[str] = set()
    for index in range(200):
        path = testsite.answer(index)["record"]["canonical_url"].removeprefix("https://english.almayadeen.net")
        page = ArticlePage(testsite.page(index, BASE), BASE + path, where)
        record = load_article(page, fetched_at="2025-11-23T00:00:00Z", discovery=VIA, region="Africa")
        filled |= {name for name, value in vars(record).items() if value not in (None, [], "")}
        filled |= {f"provenance.{name}" for name, source in record.provenance.items() if source}
    expected = {*names(Article), *(f"provenance.{name}" for name in PROVENANCE_FIELDS)}
    # The identify pipeline fills the one, re-extraction the other.
    assert expected - filled == {"previous_hash", "extracted_at"}


_CLASS = re.compile(r'class="([^"]*)"')
_KNOWN_MARKUP = re.compile("twitter|dual-related")


def with_unknown_names(html: str) -> str:
    """The page with other class names, except those of tweets and related boxes."""

    def renamed(match: re.Match[str]) -> str:
        if _KNOWN_MARKUP.search(match[1]):
            return match[0]
        return f'class="{" ".join("c" + hashlib.sha1(name.encode()).hexdigest()[:6] for name in match[1].split())}"'

    return _CLASS.sub(renamed, html)


@pytest.mark.slow
@pytest.mark.parametrize("edition", EDITIONS)
def test_the_body_of_pages_with_unknown_class_names(edition: str) -> None:
    testsite = SyntheticSite(posts=150, seed=3, edition=edition)
    where = Addresses(EDITIONS[edition], BASE)
    compared = 0
    for index in range(150):
        answer = testsite.answer(index)
        want = answer["record"]
        if not answer["reachable"] or want["body"] is None or want["kind"] in NON_TEXT_KINDS:
            continue
        url = BASE + want["canonical_url"].removeprefix(EDITIONS[edition].base_url)
        html = with_unknown_names(testsite.page(index, BASE))
        got = load_article(ArticlePage(html, url, where), fetched_at="2025-11-23T00:00:00Z")
        assert got.body == want["body"], f"{edition} post {index} ({', '.join(answer['variants'])})"
        compared += 1
    assert compared > 100
