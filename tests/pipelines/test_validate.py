from __future__ import annotations

import copy
from typing import Any

import pytest

from mayadeen import published_schemas as schemas
from mayadeen.items import Article, Reject
from mayadeen.pipelines.validate import SchemaValidator, Validate

EXAMPLE = schemas.load("article.schema.json")["examples"][0]
VALIDATOR = SchemaValidator("article.schema.json")


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("title",), "", "$.title"),
        (("summary",), " padded ", "$.summary"),
        (("url",), "https://", "$.url"),
        (("url",), "not an address", "$.url"),
        (("canonical_url",), "http://english.almayadeen.net/a", "$.canonical_url"),
        (("canonical_url",), "https://english.almayadeen.net/a?b=1", "$.canonical_url"),
        (("canonical_url",), "https://english.almayadeen.net/a/", "$.canonical_url"),
        (("published_at",), "2025-13-01T00:00:00Z", "$.published_at"),
        (("published_at",), "2025-01-01T00:00:00+03:00", "$.published_at"),
        (("published_at",), None, "$.warnings"),
        (("body",), None, "$.body"),
        (("kind",), "unheard-of", "$.kind"),
        (("keywords",), ["a", "a"], "$.keywords"),
        (("blocks", 0, "text"), None, "$.blocks[0].text"),
        (("authors", 0, "name"), "", "$.authors[0].name"),
        (("images", 0, "role"), "hero", "$.images[0].role"),
        (("provenance", "title"), "guess", "$.provenance.title"),
        (("warnings",), ["unheard-of"], "$.warnings[0]"),
        (("revision",), 0, "$.revision"),
        (("discovered_via",), None, "$.discovered_via"),
        (("content_hash",), "md5:0", "$.content_hash"),
        (("id",), "fr:1", "$.id"),
        (("id",), "en:1\n", "$.id"),
    ],
)
def test_what_breaks_the_schema_is_reported_with_its_path(path: tuple[Any, ...], value: object, where: str) -> None:
    record = copy.deepcopy(EXAMPLE)
    at = record
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    violations = VALIDATOR.violations(record)
    assert where in [v["path"] for v in violations]
    assert all(v["message"] and v["rule"] for v in violations)


def test_a_missing_and_an_unknown_key_are_reported() -> None:
    record = copy.deepcopy(EXAMPLE)
    del record["tags"]
    record["tagz"] = []
    assert {v["rule"] for v in VALIDATOR.violations(record)} == {"required", "additionalProperties"}


def test_long_values_are_cut_in_messages() -> None:
    violations = VALIDATOR.violations({**EXAMPLE, "edition": "x" * 10_000})
    assert all(len(v["message"]) <= 500 for v in violations)


def test_a_good_article_passes_and_a_bad_one_becomes_a_reject() -> None:
    validate = Validate()
    good = Article(**copy.deepcopy(EXAMPLE))
    assert validate.process_item(good) is good
    bad = Article(**{**copy.deepcopy(EXAMPLE), "title": ""})
    reject = validate.process_item(bad)
    assert isinstance(reject, Reject)
    assert reject.stage == "validate"
    assert reject.url == bad.url
    assert reject.record == vars(bad)
    assert SchemaValidator("reject.schema.json").violations(vars(reject)) == []
