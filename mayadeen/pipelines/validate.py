"""Hold every record against its published schema; what breaks it goes on as a ``Reject``."""

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
    """One published schema, formats checked.

    ``jsonschema`` has the last word and puts errors in words; ``jsonschema-rs`` answers the usual case, a record
    without fault, a hundred times faster.
    """

    def __init__(self, name: str) -> None:
        self.schema = published_schemas.load(name)
        self._fast = jsonschema_rs.Draft202012Validator(self.schema, validate_formats=True)

    @cached_property
    def _words(self) -> Validator:
        # A second to import, and a run without a fault has no need of it.
        from jsonschema import Draft202012Validator, FormatChecker, ValidationError
        from jsonschema.validators import extend

        def pattern(_: Validator, wanted: str, value: object, schema: object) -> Iterator[ValidationError]:
            # As in JSON Schema "$" is the very end; in Python it is also before a last line break.
            if isinstance(value, str) and not re.search(re.sub(r"\$\Z", r"\\Z", wanted), value):
                yield ValidationError(f"{value!r} does not match {wanted!r}")

        checked: type[Validator] = extend(Draft202012Validator, {"pattern": pattern})  # type: ignore[no-untyped-call]
        return checked(self.schema, format_checker=FormatChecker())

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
