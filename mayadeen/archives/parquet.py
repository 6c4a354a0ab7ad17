"""Articles as Parquet, with the fields of the published schema as columns."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import IO, Any

from mayadeen.published_schemas import load

_GROUP = 16 << 20
"""Bytes of JSON Lines in a row group."""


class ParquetStream:
    """Takes articles as JSON Lines, and writes them to an open file as Parquet. It does not close the file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._arrow = import_module("pyarrow")  # an extra: not needed for JSON Lines
        self._json = import_module("pyarrow.json")
        fields = load("article.features.json")
        self._schema = self._arrow.schema([(name, self._type(feature)) for name, feature in fields.items()])
        self._writer = import_module("pyarrow.parquet").ParquetWriter(file, self._schema, compression="zstd")
        self._lines: list[bytes] = []
        self._size = 0

    def _type(self, feature: Mapping[str, Any]) -> Any:
        kind = feature.get("_type")
        if kind == "Value":
            return self._arrow.type_for_alias(feature["dtype"])
        if kind == "List":
            return self._arrow.list_(self._type(feature["feature"]))
        return self._arrow.struct([(name, self._type(inner)) for name, inner in feature.items()])

    def write(self, line: bytes) -> None:
        """Add a line."""
        self._lines.append(line)
        self._size += len(line)
        if self._size >= _GROUP:
            self._flush()

    def _flush(self) -> None:
        if not self._lines:
            return
        options = self._json.ParseOptions(explicit_schema=self._schema, unexpected_field_behavior="error")
        read = self._json.ReadOptions(use_threads=False, block_size=self._size + 1)
        data = self._arrow.BufferReader(b"".join(self._lines))
        self._writer.write_table(self._json.read_json(data, read_options=read, parse_options=options))
        self._lines, self._size = [], 0

    def close(self) -> None:
        """Write what is left, and the end of the file."""
        self._flush()
        self._writer.close()
