"""Hold every record against its published schema; what breaks it goes on as a ``Reject``."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

import schemas
from mayadeen import CRAWLER
from mayadeen.items import Article, AuthorProfile, Headline, Reject, Violation


class SchemaValidator:
    """One published schema, formats checked.

    ``jsonschema`` has the last word and puts errors in words; ``jsonschema-rs`` answers the usual case, a record
    without fault, a hundred times faster.
    """

    def __init__(self, name: str) -> None:
        schema = schemas.load(name)
        Draft202012Validator.check_schema(schema)
        self._fast = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        self._words = Draft202012Validator(schema, format_checker=FormatChecker())

    def violations(self, record: dict[str, Any]) -> list[Violation]:
        """What is wrong with a record of plain JSON values, in page order of its fields; empty if nothing is."""
        if self._fast.is_valid(record):
            return []
        errors = sorted(self._words.iter_errors(record), key=lambda e: list(map(str, e.absolute_path)))
        return [_violation(e) for e in errors]


def _violation(error: ValidationError) -> Violation:
    # The deepest of the alternatives' errors says what is wrong; the outer one only that something is.
    if error.validator == "anyOf" and error.context:
        error = max(error.context, key=lambda e: (e.validator != "type", len(e.absolute_path)))
    value = repr(error.instance)
    message = error.message
    if len(value) > 120 and message.startswith(value):
        message = f"{value[:100]}…{value[-1]}{message[len(value) :]}"
    return Violation(path=error.json_path, message=message[:500], rule=str(error.validator))


class Validate:
    """Replace a record that breaks its schema by its ``Reject``."""

    def __init__(self) -> None:
        self._validators = {
            record: SchemaValidator(f"{name}.schema.json")
            for record, name in ((Article, "article"), (AuthorProfile, "author"), (Headline, "headline"))
        }

    def process_item(self, item: Any) -> Any:
        validator = self._validators.get(type(item))
        if validator is None:
            return item
        record = vars(item)
        violations = validator.violations(record)
        if not violations:
            return item
        if isinstance(item, Headline):
            return Reject(
                crawler=CRAWLER,
                url=item.page_url,
                stage="validate",
                violations=violations,
                record=dict(record),
                fetched_at=item.seen_at,
            )
        return Reject(
            crawler=CRAWLER,
            url=item.url,
            stage="validate",
            violations=violations,
            record=dict(record),
            fetched_at=item.fetched_at,
            discovered_via=item.discovered_via,
        )
