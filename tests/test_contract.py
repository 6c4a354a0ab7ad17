"""Item class, published schema and documentation say the same."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, get_args

import pytest
from itemadapter import ItemAdapter
from jsonschema import Draft202012Validator, FormatChecker

from mayadeen import items
from mayadeen import published_schemas as schemas
from mayadeen.crawling.outcomes import URL_OUTCOMES, UrlSourceKind
from mayadeen.fields import MAX_LABEL_LENGTH, specs
from mayadeen.items import (
    PROFILE_PROVENANCE_FIELDS,
    PROVENANCE_FIELDS,
    WARNINGS,
    Article,
    AuthorProfile,
    Headline,
    Reject,
    Removal,
)

ROOT = Path(__file__).resolve().parents[1]
RECORDS = [
    (Article, "article"),
    (AuthorProfile, "author"),
    (Headline, "headline"),
    (Removal, "removal"),
    (Reject, "reject"),
]


@pytest.mark.parametrize(("record", "name"), RECORDS)
def test_schema_and_item_have_the_same_fields_in_the_same_order(record: type[Any], name: str) -> None:
    schema = schemas.load(f"{name}.schema.json")
    fields = [f.name for f in dataclasses.fields(record)]
    assert list(schema["properties"]) == fields
    assert schema["required"] == fields
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(("record", "name"), RECORDS)
def test_the_schema_is_one_and_its_example_holds(record: type[Any], name: str) -> None:
    schema = schemas.load(f"{name}.schema.json")
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:mayadeen:schema:{name}:{record().schema_version}"
    (example,) = schema["examples"]
    assert list(Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(example)) == []
    assert list(example) == list(schema["properties"])


@pytest.mark.parametrize(("record", "name"), RECORDS)
def test_every_field_has_its_docstring_and_description(record: type[Any], name: str) -> None:
    documented = ItemAdapter.get_json_schema(record)["properties"]
    schema = schemas.load(f"{name}.schema.json")
    for field in dataclasses.fields(record):
        docstring = " ".join(documented[field.name]["description"].split())
        assert docstring, field.name
        assert schema["properties"][field.name]["description"] == docstring.replace("``", ""), field.name


def test_codes_and_kinds_agree() -> None:
    schema = schemas.load("article.schema.json")
    assert schema["properties"]["warnings"]["items"]["enum"] == list(WARNINGS)
    assert schema["properties"]["kind"]["enum"] == list(get_args(items.Kind))
    assert list(schema["properties"]["provenance"]["properties"]) == list(PROVENANCE_FIELDS)
    sources = schema["properties"]["provenance"]["properties"]["title"]["enum"]
    assert sources == [*get_args(items.Source), None]


def test_every_label_has_the_maximum_length_and_a_warning() -> None:
    schema = schemas.load("definitions.json")
    assert schema["$defs"]["label"]["maxLength"] == MAX_LABEL_LENGTH
    labels = {spec.name for record in (Article, AuthorProfile) for spec in specs(record) if spec.is_label}
    assert labels == {code.partition(":")[0] for code in WARNINGS if code.endswith("too_long")}


def test_profiles_agree_with_articles() -> None:
    article, author = schemas.load("article.schema.json"), schemas.load("author.schema.json")
    assert author["properties"]["warnings"] == article["properties"]["warnings"]
    assert list(author["properties"]["provenance"]["properties"]) == list(PROFILE_PROVENANCE_FIELDS)
    for name, definition in author["$defs"].items():
        assert definition == article["$defs"][name], name


def test_features_name_every_field_and_nested_key() -> None:
    schema = schemas.load("article.schema.json")
    features = schemas.load("article.features.json")
    assert list(features) == list(schema["properties"])
    for name in ("blocks", "links", "authors", "tags", "images", "videos", "related"):
        key = schema["properties"][name]["items"]["$ref"].rpartition("/")[2]
        assert list(features[name]["feature"]) == list(schema["$defs"][key]["properties"]), name


def test_the_field_reference_names_every_field() -> None:
    page = (ROOT / "docs" / "records.md").read_text(encoding="utf-8")
    for record, _ in RECORDS:
        for field in dataclasses.fields(record):
            assert f"`{field.name}`" in page, (record.__name__, field.name)
    for code in WARNINGS:
        assert f"`{code}`" in page, code


def test_the_report_is_described_field_by_field() -> None:
    schema = schemas.load("report.schema.json")
    Draft202012Validator.check_schema(schema)
    (example,) = schema["examples"]
    assert list(Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(example)) == []
    assert list(example) == list(schema["properties"]) == schema["required"]
    defined = schema["$defs"]
    assert list(defined["outcomes"]["properties"]) == list(URL_OUTCOMES)
    assert list(schema["properties"]["totals"]["properties"]) == ["listed", *URL_OUTCOMES, "missing"]
    assert defined["row"]["properties"]["kind"]["enum"] == list(get_args(UrlSourceKind))
    page = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
    for name in (
        *schema["properties"],
        *defined["row"]["properties"],
        *URL_OUTCOMES,
        *defined["row"]["properties"]["ended"]["enum"],
    ):
        assert name is None or f"`{name}`" in page, name
