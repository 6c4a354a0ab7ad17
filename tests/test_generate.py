"""What follows from the definitions of the records is generated, and a new field reaches every place."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mayadeen.fields import TEXT, about
from tools import generate
from tools.generate import generated, record_schema

ROOT = Path(__file__).resolve().parents[1]


def test_the_generated_files_are_up_to_date() -> None:
    stale = [path.name for path, text in generated().items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `make generate` and commit the files"


# --- what cannot be published -----------------------------------------------------------------------------------------


def published(version: str, *names: str) -> dict[str, Any]:
    return {
        "$id": f"urn:mayadeen:schema:record:{version}",
        "properties": {name: {} for name in names},
        "examples": [{}],
    }


def schema_of(record: type, before: dict[str, Any], monkeypatch: pytest.MonkeyPatch, version: str) -> dict[str, Any]:
    monkeypatch.setattr(generate, "SCHEMA_VERSION", version)
    return record_schema("record", record, before, {"text": {"type": "string"}})


@dataclass
class Record:
    title: str = field(default="", metadata=about(TEXT))
    """The title."""
    live: bool | None = field(default=None, metadata=about(since="1.2.0"))
    """Whether it is live."""


def test_a_field_of_a_new_minor_version(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = schema_of(Record, published("1.1.0", "title"), monkeypatch, "1.2.0")
    assert schema["$id"] == "urn:mayadeen:schema:record:1.2.0"
    assert schema["properties"] == {
        "title": {"description": "The title.", "$ref": "#/$defs/text"},
        "live": {"description": "Whether it is live.", "type": ["boolean", "null"]},
    }
    assert schema["required"] == ["title", "live"]
    assert schema["$defs"] == {"text": {"type": "string"}}
    assert schema["examples"] == [{"title": None, "live": None, "schema_version": "1.2.0"}]


@pytest.mark.parametrize(
    ("before", "version", "says"),
    [
        (published("1.2.0", "title"), "1.2.0", r"live added, and 1\.2\.0 is published\. Raise the minor version"),
        (published("1.2.0", "title"), "1.3.0", r"since is 1\.2\.0\. Give the new field since=\"1\.3\.0\""),
        (published("1.1.0", "title", "live", "old"), "1.2.0", r"old removed\. Raise the major version"),
    ],
)
def test_a_change_without_its_version_is_refused(
    before: dict[str, Any], version: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=says):
        schema_of(Record, before, monkeypatch, version)


def test_a_new_field_must_be_nullable(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass
    class Strict:
        live: bool = field(default=False, metadata=about(since="1.2.0"))
        """Whether it is live."""

    with pytest.raises(ValueError, match="older records lack it"):
        schema_of(Strict, published("1.1.0"), monkeypatch, "1.2.0")


def test_a_field_must_have_a_docstring(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass
    class Silent:
        live: bool = field(default=False, metadata=about())

    with pytest.raises(ValueError, match=r"Silent\.live has no docstring"):
        schema_of(Silent, published("1.1.0", "live"), monkeypatch, "1.1.0")


# --- a synthetic field in a copy of the project -----------------------------------------------------------------------

_DEFINITION = '''    opinion: bool | None = field(default=None, metadata=about(provenance=True, since="1.99.0"))
    """Whether the page says that the article is an opinion."""
    content_hash: str = '''
_METHOD = '''
    def opinion(self) -> Candidates:
        """Whether the page says that it is an opinion."""
        yield "meta", True

    def post_id(self) -> Candidates:'''
_PROCESSOR = """
    opinion_in = Identity()
    post_id_in = """
_INSPECT = """
import json
from mayadeen.dataset import columns, croissant, write
from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.loaders import load_article
from mayadeen.items import SCHEMA_VERSION, Article
from mayadeen.monitoring.field_sampler import FIX_LOCATIONS, FieldSampler
from mayadeen.pipelines.validate import SchemaValidator
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses
from mayadeen.storage.exporters import COLUMNS, csv_row, decode_cell, encode_cell
from mayadeen.upgrade import upgrade
from testsite import SyntheticSite

base = "http://127.0.0.1:8000"
where = Addresses(EDITIONS["en"], base)
via = {"kind": "url", "url": base + "/", "position": None}
page = ArticlePage(SyntheticSite(posts=50, seed=1).page(0, base), base + "/news/politics/x", where)
record = vars(load_article(page, fetched_at="2025-11-23T00:00:00Z", discovery=via))
sampler = FieldSampler()
older = json.loads(json.dumps(record)) | {"schema_version": "1.1.0"}
del older["opinion"], older["provenance"]["opinion"]
upgrade(older, Article)
validator = SchemaValidator("article.schema.json")
(croissant_field,) = (f for f in croissant._fields("a", columns.features(), {}) if f["name"] == "a/opinion")
print(json.dumps({
    "version": SCHEMA_VERSION,
    "record": [record["opinion"], record["provenance"]["opinion"]],
    "violations": validator.violations(record) + validator.violations(older),
    "older": [older["opinion"], older["provenance"]["opinion"]],
    "csv": ["opinion" in COLUMNS, encode_cell("opinion", True), decode_cell("opinion", "true"), decode_cell("opinion", "")],
    "parquet": str(write.schema().field("opinion").type),
    "croissant": croissant_field["dataType"],
    "fix": FIX_LOCATIONS["opinion"],
    "report": "opinion" in sampler.report(),
}))
"""


def replaced(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for before, after in changes:
        assert text.count(before) >= 1, (path.name, before)
        text = text.replace(before, after, 1)
    path.write_text(text, encoding="utf-8")


def project_with_a_new_field(folder: Path) -> Path:
    """Copy the project to a folder and make the edits of docs/contributing.md for a new field."""
    for name in ("mayadeen", "schemas", "testsite", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "records.md", folder / "docs")
    items = folder / "mayadeen" / "items.py"
    version = items.read_text(encoding="utf-8").partition('SCHEMA_VERSION = "')[2].partition('"')[0]
    replaced(
        items, (f'SCHEMA_VERSION = "{version}"', 'SCHEMA_VERSION = "1.99.0"'), ("    content_hash: str = ", _DEFINITION)
    )
    replaced(folder / "mayadeen" / "extraction" / "article.py", ("\n    def post_id(self) -> Candidates:", _METHOD))
    replaced(folder / "mayadeen" / "extraction" / "loaders.py", ("\n    post_id_in = ", _PROCESSOR))
    return folder


def python(folder: Path, *arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "-P", *arguments], cwd=folder, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.process
def test_a_new_field_reaches_every_artefact(tmp_path: Path) -> None:
    folder = project_with_a_new_field(tmp_path)
    before = {path.relative_to(folder): path.read_bytes() for path in (folder / "schemas").glob("*.json")}
    python(folder, "-m", "tools.generate")
    schema = json.loads((folder / "schemas" / "article.schema.json").read_bytes())
    assert schema["properties"]["opinion"]["type"] == ["boolean", "null"]
    assert "opinion" in schema["required"]
    assert "opinion" in schema["properties"]["provenance"]["required"]
    features = json.loads((folder / "schemas" / "article.features.json").read_bytes())
    assert features["opinion"] == {"dtype": "bool", "_type": "Value"}
    report = json.loads((folder / "schemas" / "report.schema.json").read_bytes())
    assert "opinion" in report["properties"]["fields"]["required"]
    assert "opinion" in report["$defs"]["alert"]["properties"]["field"]["enum"]
    page = (folder / "docs" / "records.md").read_text(encoding="utf-8")
    assert "| `opinion` | boolean or null | Whether the page says that the article is an opinion. |" in page
    assert (folder / "schemas" / "definitions.json").read_bytes() == before[Path("schemas/definitions.json")]
    assert json.loads(python(folder, "-c", _INSPECT)) == {
        "version": "1.99.0",
        "record": [True, "meta"],
        "violations": [],
        "older": [None, None],
        "csv": [True, "true", True, None],
        "parquet": "bool",
        "croissant": "sc:Boolean",
        "fix": ["ArticlePage.opinion", "ArticleLoader.opinion_in"],
        "report": True,
    }
    assert python(folder, "-m", "tools.generate") == "generate: 0 files changed\n"
