"""Croissant 1.0 metadata: the files, and what their columns are, in JSON-LD for machines that look for datasets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mayadeen.dataset import card
from mayadeen.dataset.columns import features
from mayadeen.fields import specs
from mayadeen.items import Article
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
    "csv.gz": "application/gzip",
    "csv.zst": "application/zstd",
}
_READ = ("parquet", "jsonl", "jsonl.gz")
"""The formats of which Croissant's readers can make records, best first."""
_TIMES = frozenset({*(spec.name for spec in specs(Article) if spec.is_time), "removed_at"})
_DATA_TYPES = {"int64": "sc:Integer", "float64": "sc:Float", "bool": "sc:Boolean", "string": "sc:Text"}


def write(folder: Path, manifest: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """Write the metadata of the dataset in ``folder``; raises ``OSError``."""
    text = json.dumps(_metadata(manifest, facts), ensure_ascii=False, indent=2)
    (folder / NAME).write_text(f"{text}\n", encoding="utf-8")


def _metadata(manifest: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    files = [file for file in manifest["files"] if file["format"]]
    format = next((name for name in _READ if name in {file["format"] for file in files}), None)
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
                    "encodingFormat": _TYPES[str(format)],
                    "includes": paths,
                }
            )
        records.append(
            {
                "@type": "cr:RecordSet",
                "@id": name,
                "name": name,
                "description": f"{split['records']} records of articles.",
                "key": {"@id": f"{name}/id"},
                "field": list(_fields(name, features(), source)),
            }
        )
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": card.title(facts),
        "description": (
            f"Articles of the news site Al Mayadeen, {manifest['counts']['written']} records with text, structure, "
            "metadata and the source of every field, read off its public pages. README.md says more."
        ),
        "license": card.RIGHTS,
        "url": EDITIONS["en"].base_url,
        "creator": {"@type": "Organization", "name": "Al Mayadeen (texts)", "url": EDITIONS["en"].base_url},
        "datePublished": manifest["fetched"]["last"][:10],
        "version": manifest["version"],
        "citeAs": f"Al Mayadeen, read off its public pages. Version {manifest['version']}.",
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
    """The columns, and for objects and lists of objects what is in them."""
    for name, feature in struct.items():
        id = f"{prefix}/{name}"
        repeated = feature.get("_type") == "List"
        inner = feature["feature"] if repeated else feature
        field: dict[str, Any] = {"@type": "cr:Field", "@id": id, "name": id}
        if repeated:
            field["repeated"] = True
        column = {**source, "extract": {"column": name}}
        if inner.get("_type") == "Value":
            kind = "sc:DateTime" if name in _TIMES else _type(inner)
            yield field | {"dataType": kind, "source": column}
            continue
        yield field | {
            "subField": [
                {
                    "@type": "cr:Field",
                    "@id": f"{id}/{key}",
                    "name": f"{id}/{key}",
                    "dataType": _type(part.get("feature", part)),
                    "source": column | {"transform": {"jsonPath": key}},
                }
                for key, part in inner.items()
            ]
        }


def _type(value: Mapping[str, Any]) -> str:
    return _DATA_TYPES[value["dtype"]]
