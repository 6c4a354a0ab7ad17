"""Validate every record by its published schema. A record that is not valid becomes a ``Reject``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from mayadeen import CRAWLER, published_schemas
from mayadeen.items import RECORDS, Headline, Reject, Removal, Violation

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator


class SchemaValidator:
    """A validator for one published schema, which checks formats too.

    ``jsonschema-rs`` accepts valid records, a hundred times faster than ``jsonschema``. ``jsonschema`` decides on the
    others, and describes their errors.
    """

    def __init__(self, name: str) -> None:
        self.schema = published_schemas.load(name)
        self._fast = jsonschema_rs.Draft202012Validator(self.schema, validate_formats=True)

    @cached_property
    def _explaining(self) -> Validator:
        # The import takes a second, and a run without errors does not need it.
        from jsonschema import Draft202012Validator, FormatChecker, ValidationError
        from jsonschema.validators import extend

        def pattern(_: Validator, wanted: str, value: object, schema: object) -> Iterator[ValidationError]:
            # In JSON Schema "$" is the end of the text. In Python it also matches before a last line break.
            if isinstance(value, str) and not re.search(re.sub(r"\$\Z", r"\\Z", wanted), value):
                yield ValidationError(f"{value!r} does not match {wanted!r}")

        checked: type[Validator] = extend(Draft202012Validator, {"pattern": pattern})  # type: ignore[no-untyped-call]
        return checked(self.schema, format_checker=FormatChecker())

    def violations(self, record: dict[str, Any]) -> list[Violation]:
        """Return the violations of a record of plain JSON values, sorted by path. Empty for a valid record."""
        if self._fast.is_valid(record):
            return []
        errors = sorted(self._explaining.iter_errors(record), key=lambda e: list(map(str, e.absolute_path)))
        return [_violation(e) for e in errors]


def _violation(error: ValidationError) -> Violation:
    # The outer error only says that no alternative is valid. The deepest inner error says why.
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
            record: SchemaValidator(f"{name}.schema.json") for name, record in RECORDS.items() if record is not Reject
        }

    def process_item(self, item: Any) -> Any:
        validator = self._validators.get(type(item))
        if validator is None:
            return item
        record = vars(item)
        violations = validator.violations(record)
        if not violations:
            return item
        seen = isinstance(item, (Headline, Removal))
        reject = Reject(
            crawler=CRAWLER,
            url=item.page_url if isinstance(item, Headline) else item.url,
            stage="validate",
            violations=violations,
            record=dict(record),
            fetched_at=item.seen_at if seen else item.fetched_at,
            discovered_via=None if seen else item.discovered_via,
        )
        reject.fetch = item.fetch
        return reject
