"""Write everything that follows from the definitions of the records in ``mayadeen/items.py``: ``make generate``.

It writes the properties of the record schemas, the Hugging Face features, and the field lists of the report's schema.
It also writes the tables of ``docs/records.md``, and the reference pages of arguments, settings and commands. It keeps
what is written by hand: ``definitions.json``, titles, descriptions, rules across fields (``allOf``) and examples. It
adds a new field to the examples as unknown.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

from itemadapter import ItemAdapter

from mayadeen.fields import FieldSpec, provenance_fields, specs
from mayadeen.items import PROVENANCE_FIELDS, RECORDS, SCHEMA_VERSION, WARNINGS, Article, Source
from tools.reference import pages as reference_pages

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = ROOT / "schemas"
REFERENCE = ROOT / "docs" / "records.md"

_DTYPES = {str: "string", int: "int64", float: "float64", bool: "bool"}
_NAMES = {str: "string", int: "integer", float: "number", bool: "boolean"}


def main() -> int:
    """Write all files that differ. Returns the exit status."""
    try:
        changed = [path for path, text in generated().items() if _replace(path, text)]
    except ValueError as error:
        print(f"generate: {error}", file=sys.stderr)
        return 1
    for path in changed:
        print(f"generate: wrote {path.relative_to(ROOT)}")
    print(f"generate: {len(changed)} files changed")
    return 0


def generated() -> dict[Path, str]:
    """Return every generated file with its text. Raises ``ValueError`` for a definition that cannot be published."""
    definitions = _read(SCHEMAS / "definitions.json")["$defs"]
    files: dict[Path, Any] = {}
    for name, record in RECORDS.items():
        path = SCHEMAS / f"{name}.schema.json"
        files[path] = record_schema(name, record, _read(path), definitions)
    files[SCHEMAS / "article.features.json"] = {spec.name: _feature(spec) for spec in specs(Article)}
    files[SCHEMAS / "report.schema.json"] = report_schema(_read(SCHEMAS / "report.schema.json"))
    texts = {path: json.dumps(value, ensure_ascii=False, indent=2) + "\n" for path, value in files.items()}
    return texts | {REFERENCE: reference(REFERENCE.read_text(encoding="utf-8"))} | reference_pages()


# --- JSON Schema ------------------------------------------------------------------------------------------------------


def record_schema(name: str, record: type, before: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record's schema. ``before`` is the file as it is, for the parts that are written by hand."""
    check_version(name, record, before)
    described = ItemAdapter.get_json_schema(record)["properties"]
    properties = {spec.name: _property(record, spec, described[spec.name]) for spec in specs(record)}
    schema = dict(before) | {
        "$id": f"urn:mayadeen:schema:{name}:{SCHEMA_VERSION}",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        "examples": [_example(record, example) for example in before["examples"]],
    }
    schema["$defs"] = {key: definitions[key] for key in definitions if key in _references(schema, definitions)}
    return schema


def check_version(name: str, record: type, before: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` where the schema gained or lost fields and ``SCHEMA_VERSION`` does not say so."""
    published = before["$id"].rpartition(":")[2]
    now = {spec.name for spec in specs(record)}
    gained, lost = now - before["properties"].keys(), before["properties"].keys() - now
    version, old = _numbers(SCHEMA_VERSION), _numbers(published)
    if lost and version[0] <= old[0]:
        raise ValueError(f"{name}: {', '.join(sorted(lost))} removed. Raise the major version in SCHEMA_VERSION.")
    if gained and version <= old:
        raise ValueError(
            f"{name}: {', '.join(sorted(gained))} added, and {published} is published. Raise the minor version in "
            'SCHEMA_VERSION, and give the field since="<that version>".'
        )
    for spec in specs(record):
        if spec.name in gained and version[0] == old[0] and spec.since != SCHEMA_VERSION:
            raise ValueError(f'{name}.{spec.name}: since is {spec.since}. Give the new field since="{SCHEMA_VERSION}".')
        if spec.since != "1.0.0" and spec.empty is None and not spec.nullable:
            raise ValueError(f"{name}.{spec.name}: older records lack it. Make it nullable or a list.")


def _property(record: type, spec: FieldSpec, described: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of one field, from its type and keywords and from the docstring under it."""
    if not described.get("description"):
        raise ValueError(f"{record.__name__}.{spec.name} has no docstring. Write its meaning under the field.")
    prop: dict[str, Any] = {"description": " ".join(described["description"].split()).replace("``", "")}
    if spec.name == "provenance":
        names = list(provenance_fields(record))
        source = {"enum": [*get_args(Source), None]}
        keywords: dict[str, Any] = {
            "type": "object",
            "properties": dict.fromkeys(names, source),
            "required": names,
            "additionalProperties": False,
        }
    else:
        keywords = _typed(spec.type, spec.keywords)
    if not spec.nullable:
        return prop | keywords
    if set(keywords) == {"$ref"}:
        return prop | {"anyOf": [keywords, {"type": "null"}]}
    if (values := keywords.get("enum")) is not None:
        return prop | {"enum": [*values, None]}
    return prop | keywords | {"type": [keywords["type"], "null"]}


def _typed(hint: Any, keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords of a type together with those given by hand."""
    if keywords.keys() & {"$ref", "const", "enum"}:
        return dict(keywords)
    if is_typeddict(hint):
        return {"$ref": f"#/$defs/{hint.__name__.lower()}"}
    if get_origin(hint) is Literal:
        return {"enum": list(get_args(hint))}
    if get_origin(hint) is list:
        items = keywords.get("items") or _typed(get_args(hint)[0], {})
        return {"type": "array", "items": items, **{k: v for k, v in keywords.items() if k != "items"}}
    return {"type": _type_name(hint), **keywords}


def _example(record: type, example: Mapping[str, Any]) -> dict[str, Any]:
    """Return an example with every field of the record, in order."""
    filled = {spec.name: example.get(spec.name, spec.empty) for spec in specs(record)}
    if "provenance" in filled:
        filled["provenance"] = {name: filled["provenance"].get(name) for name in provenance_fields(record)}
    return filled | {"schema_version": SCHEMA_VERSION}


def _references(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> set[str]:
    """Return the names of the definitions that a schema refers to, also through other definitions."""
    found: set[str] = set()
    waiting = set(_named_in({key: value for key, value in schema.items() if key != "$defs"}))
    while waiting:
        found |= waiting
        waiting = {name for key in waiting for name in _named_in(definitions[key])} - found
    return found


def _named_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(ref := value.get("$ref"), str):
            yield ref.rpartition("/")[2]
        for inner in value.values():
            yield from _named_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named_in(inner)


def report_schema(before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the report's schema with the article's fields in its lists of fields."""
    schema: dict[str, Any] = json.loads(json.dumps(before))
    fields = schema["properties"]["fields"]
    fields["properties"] = {name: {"$ref": "#/$defs/field"} for name in PROVENANCE_FIELDS}
    fields["required"] = list(PROVENANCE_FIELDS)
    watched = [spec.name for spec in specs(Article) if spec.drift]
    schema["$defs"]["alert"]["properties"]["field"]["enum"] = watched
    for example in schema["examples"]:
        given = example["fields"]
        unread = {"read": 0, "filled": 0, "sources": dict.fromkeys(get_args(Source), 0), "length": None}
        example["fields"] = {name: given.get(name, unread) for name in PROVENANCE_FIELDS}
    return schema


# --- Hugging Face features --------------------------------------------------------------------------------------------


def _feature(spec: FieldSpec) -> dict[str, Any]:
    if spec.name == "provenance":
        return {name: _value("string") for name in PROVENANCE_FIELDS}
    return _feature_of(spec.type)


def _feature_of(hint: Any) -> dict[str, Any]:
    if is_typeddict(hint):
        return {key: _feature_of(_required(inner)) for key, inner in get_type_hints(hint).items()}
    if get_origin(hint) is list:
        return {"feature": _feature_of(get_args(hint)[0]), "_type": "List"}
    if get_origin(hint) is Literal:
        return _value("string")
    return _value(_DTYPES[hint])


def _required(hint: Any) -> Any:
    """Return a type hint without ``None``."""
    rest = [part for part in get_args(hint) if part is not type(None)]
    return rest[0] if type(None) in get_args(hint) else hint


def _value(dtype: str) -> dict[str, str]:
    return {"dtype": dtype, "_type": "Value"}


# --- reference --------------------------------------------------------------------------------------------------------


def reference(page: str) -> str:
    """Return the reference page with its tables filled in."""
    for name, record in RECORDS.items():
        rows = ["| field | type | meaning |", "|---|---|---|", *_rows(record)]
        page = _between(page, name, rows)
    codes = [f"| `{code}` | {meaning} |" for code, meaning in WARNINGS.items()]
    return _between(page, "warnings", ["| code | meaning |", "|---|---|", *codes])


def _rows(record: type) -> Iterator[str]:
    described = ItemAdapter.get_json_schema(record)["properties"]
    for spec in specs(record):
        meaning = " ".join(described[spec.name]["description"].split()).replace("``", "`").replace("|", "\\|")
        yield f"| `{spec.name}` | {_type_name(spec.type)}{' or null' if spec.nullable else ''} | {meaning} |"


def _type_name(hint: Any) -> str:
    if is_typeddict(hint) or get_origin(hint) is dict:
        return "object"
    if get_origin(hint) is list:
        return "list"
    return _NAMES.get(hint, "string")


def _between(page: str, name: str, lines: list[str]) -> str:
    """Return the page with the lines between the two marks of that name."""
    begin, end = f"<!-- generated: {name} -->\n", "<!-- end -->"
    head, mark, rest = page.partition(begin)
    if not mark or end not in rest:
        raise ValueError(f"{REFERENCE.name} has no {begin.strip()} … {end}. Put them where the table belongs.")
    return f"{head}{begin}{chr(10).join(lines)}\n{rest[rest.index(end) :]}"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _read(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value


def _replace(path: Path, text: str) -> bool:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.write_text(text, encoding="utf-8")
    return True


if __name__ == "__main__":
    raise SystemExit(main())
