"""Croissant 1.0 metadata: the files and their columns as JSON-LD, for dataset search engines and loaders."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mayadeen.dataset import card
from mayadeen.dataset.columns import TIMESTAMP, csv_features, features, meaning
from mayadeen.dataset.selection import choices_in_words, count, filters_in_words, title
from mayadeen.site.editions import EDITIONS

NAME = "croissant.json"

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = {
    "parquet": "application/x-parquet",
    "jsonl": "application/jsonlines",
    "jsonl.gz": "application/jsonlines",
    "jsonl.zst": "application/zstd",
    "csv": "text/csv",
    "csv.gz": "text/csv",
    "csv.zst": "application/zstd",
}
_PREFERRED = ("parquet", "jsonl", "jsonl.gz", "csv", "csv.gz", "jsonl.zst", "csv.zst")
"""The formats, best first. ``mlcroissant`` cannot unpack Zstandard."""
_DATA_TYPES = {
    "int64": "sc:Integer",
    "float64": "sc:Float",
    "bool": "sc:Boolean",
    "string": "sc:Text",
    TIMESTAMP: "sc:DateTime",
}


def write(folder: Path, manifest: Mapping[str, Any], statistics: Mapping[str, Any]) -> None:
    """Write the metadata of the dataset in ``folder``. Raises ``OSError``."""
    text = json.dumps(_metadata(manifest, statistics), ensure_ascii=False, indent=2)
    (folder / NAME).write_text(f"{text}\n", encoding="utf-8")


def _metadata(manifest: Mapping[str, Any], statistics: Mapping[str, Any]) -> dict[str, Any]:
    files = [file for file in manifest["files"] if file["format"]]
    format = next(name for name in _PREFERRED if name in {file["format"] for file in files})
    columns = csv_features() if format.startswith("csv") else features()
    sets, records = [], []
    for split in manifest["splits"]:
        paths = [f["path"] for f in files if f["format"] == format and f["split"] == split["name"]]
        if not paths:
            continue
        name = split["name"] or "articles"
        source = {"fileObject": {"@id": paths[0]}}
        if len(paths) > 1:
            source = {"fileSet": {"@id": f"{name}-files"}}
            sets.append(
                {
                    "@type": "cr:FileSet",
                    "@id": f"{name}-files",
                    "name": f"{name}-files",
                    "encodingFormat": _TYPES[format],
                    "includes": paths,
                }
            )
        records.append(
            {
                "@type": "cr:RecordSet",
                "@id": name,
                "name": name,
                "description": f"{count(split['records'], 'record')}.{_hint(format)}",
                "key": {"@id": f"{name}/id"},
                "field": list(_fields(name, columns, source)),
            }
        )
    filters = filters_in_words(manifest["options"])
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": title(manifest, statistics),
        "description": (
            f"{count(manifest['counts']['written'], 'record')} of articles of the news site Al Mayadeen"
            + (f", selected by {'; '.join(filters)}" if filters else "")
            + ", with text, structure, metadata and the source of every field, read from its public pages. "
            + f"{choices_in_words(manifest['options'])} README.md says more."
        ),
        "license": card.RIGHTS,
        "url": EDITIONS["en"].base_url,
        "creator": {"@type": "Organization", "name": "Al Mayadeen (texts)", "url": EDITIONS["en"].base_url},
        "datePublished": manifest["fetched"]["last"][:10],
        "version": manifest["version"],
        "citeAs": f"Al Mayadeen, read from its public pages. Version {manifest['version']}.",
        "isLiveDataset": False,
        "distribution": [_file(file) for file in files] + sets,
        "recordSet": records,
    }


def _file(file: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file["path"],
        "name": file["path"],
        "contentUrl": file["path"],
        "contentSize": f"{file['bytes']} B",
        "encodingFormat": _TYPES[file["format"]],
        "sha256": file["sha256"].removeprefix("sha256:"),
    }


def _fields(prefix: str, struct: Mapping[str, Any], source: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the columns, and for objects and lists of objects their keys."""
    for name, feature in struct.items():
        id = f"{prefix}/{name}"
        repeated = feature.get("_type") == "List"
        inner = feature["feature"] if repeated else feature
        field: dict[str, Any] = {"@type": "cr:Field", "@id": id, "name": id, "description": meaning(name)}
        if repeated:
            field["repeated"] = True
        column = {**source, "extract": {"column": name}}
        if inner.get("_type") == "Value":
            yield field | {"dataType": _type(inner), "source": column}
            continue
        yield field | {
            "subField": [
                {
                    "@type": "cr:Field",
                    "@id": f"{id}/{key}",
                    "name": f"{id}/{key}",
                    "description": meaning(name, key),
                    "dataType": _type(part.get("feature", part)),
                    "source": column | {"transform": {"jsonPath": key}},
                }
                for key, part in inner.items()
            ]
        }


def _type(value: Mapping[str, Any]) -> str:
    return _DATA_TYPES[value["dtype"]]


def _hint(format: str) -> str:
    """Say what a reader of the format has to know."""
    csv = " Lists and objects are text, as FIELDS.md says." if format.startswith("csv") else ""
    return csv + (" Unpack the file with Zstandard first." if format.endswith("zst") else "")
