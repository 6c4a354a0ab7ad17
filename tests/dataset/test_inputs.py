"""What is read: lines that are no record are named and counted, whatever they are."""

from __future__ import annotations

import gzip
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mayadeen.dataset import inputs
from mayadeen.dataset.build import BuildOptions, _Build, build
from mayadeen.dataset.inputs import BadLine, InputError, Line, Reader, find, unpack
from mayadeen.items import SCHEMA_VERSION
from tests.support.archive import article, built, feed, left_out, lines, removal


def as_1_0_0(record: dict[str, Any]) -> dict[str, Any]:
    """The record as that version of the schema has it: pictures without path and checksum."""
    old = json.loads(json.dumps(record)) | {"schema_version": "1.0.0"}
    for image in old["images"]:
        del image["path"], image["checksum"]
    return old


def line(text: bytes) -> Line:
    return Line(1, 0, text, text.endswith(b"\n"))


def test_lines_that_are_no_record_are_named_and_left_out(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    whole = json.dumps(article(9)).encode()
    bad: list[dict[str, Any] | bytes] = [
        b"not JSON\n", b"\n", b"[1]\n", b'{"theirs": 1}\n', b"\xff\xfe\n", b"\x00\x00\x00\n",
        article(3, schema_version="2.0.0"), article(3, schema_version="1.3.0"), article(3, schema_version=3),
        article(3, kind="poem"), article(3, title="Other", content_hash="sha256:" + "0" * 64), article(3, shares=2.0),
        article(3, shares=2**63), removal(3, "2025-03-02T00:00:00Z"), article(3) | {"more": 1}, b"[" * 100_000 + b"\n",
    ]  # fmt: skip
    feed(data / "articles" / "1.jsonl", article(1), *bad, article(2), whole[:-30])
    feed(data / "articles" / "2.jsonl", whole)
    feed(data / "removals" / "1.jsonl", b"{}\n", removal(1, "2024-03-02T00:00:00Z"), b'{"id')
    made = built(data, out, formats=("jsonl",))
    assert [r["id"] for r in lines(out / "data" / "articles.jsonl")] == ["en:1", "en:2", "en:9"]
    assert left_out(made.manifest) == {"incomplete": 1, "not_json": 5, "foreign": 3, "other_version": 3, "invalid": 5}
    assert made.read_errors == made.manifest["read_errors"]
    assert made.manifest["read_error_count"] == len(made.read_errors) == 19
    assert made.read_errors[:4] == [
        "articles/1.jsonl, line 2: not JSON", "articles/1.jsonl, line 3: empty",
        "articles/1.jsonl, line 4: not a JSON object", "articles/1.jsonl, line 5: not an article",
    ]  # fmt: skip
    assert made.read_errors[6:8] == [
        "articles/1.jsonl, line 8: schema version 2.0.0 is newer than 1.2.0. Use a newer mayadeen.",
        "articles/1.jsonl, line 9: schema version 1.3.0 is newer than 1.2.0. Use a newer mayadeen.",
    ]
    assert "articles/1.jsonl, line 11: $.kind: 'poem' is not one of " in made.read_errors[9]
    assert made.read_errors[10] == "articles/1.jsonl, line 12: $.content_hash: does not match the text"
    assert made.read_errors[16] == "articles/1.jsonl, line 19: incomplete: the file ends within the line"
    assert made.read_errors[17:] == [
        "removals/1.jsonl, line 1: not a removal", "removals/1.jsonl, line 3: incomplete: the file ends within the line",
    ]  # fmt: skip


@settings(max_examples=25)
@given(st.lists(st.binary(max_size=60) | st.sampled_from([0, 1, 2]), max_size=12), st.integers(0, 5000))
@example([b"\r", 0, b"{}", 1, b"\x00"], 100)
@example([0, 1, 2], 1)
def test_any_bytes_between_records(pieces: list[bytes | int], cut: int) -> None:
    """Records are found and the sums are right, whatever other lines contain and at any end of the file."""
    good = [json.dumps(article(n)).encode() for n in range(3)]
    texts = [good[piece] if isinstance(piece, int) else piece for piece in pieces]
    stream = b"\n".join([*texts, good[0]])[: -cut or None] + b""
    with tempfile.TemporaryDirectory() as folder:
        data, out = Path(folder) / "data", Path(folder) / "out"
        feed(data / "articles" / "1.jsonl", article(99), stream)
        found = built(data, out, formats=("jsonl",))
        ids = [r["id"] for r in lines(out / "data" / "articles.jsonl")]
    there = set(stream.split(b"\n"))
    assert ids == [*(f"en:{n}" for n in range(3) if good[n] in there), "en:99"]
    counts = found.manifest["counts"]
    assert counts["read"] == 1 + len(stream.split(b"\n")) - (stream.endswith(b"\n") or not stream)
    assert counts["read"] == counts["written"] + sum(counts["left_out"].values())
    assert found.manifest["read_error_count"] == counts["read"] - counts["written"] - counts["left_out"]["repeated"]


@pytest.mark.slow
@settings(max_examples=150)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["url", "path", "kind"]), inner),
        max_leaves=6,
    ),
    st.sampled_from(sorted(article(1))),
    st.sampled_from(["1.0.0", "1.1.0"]),
)  # fmt: skip
def test_any_value_in_any_field_is_a_record_or_reported(value: Any, name: str, version: str) -> None:
    record = article(1, schema_version=version) | {name: value}
    try:
        read = Reader().article(line(json.dumps(record).encode() + b"\n"))
    except BadLine as error:
        bad: BadLine | None = error
    else:
        bad = None
        assert read.record == article(1) | ({name: value} if name != "schema_version" else {})
    assert bad is None or (bad.reason in ("invalid", "other_version", "foreign") and "\n" not in str(bad))


@pytest.mark.parametrize(
    "broken",
    [{"id": "en:1\n"}, {"published_at": "2025-03-02T12:00:00Z\n"}, {"published_at": "0000-01-01T00:00:00Z"},
     {"fetched_at": "0000-01-01T00:00:00Z"}],
)  # fmt: skip
def test_what_other_readers_would_stumble_on_is_invalid(broken: dict[str, str]) -> None:
    with pytest.raises(BadLine, match=rf"\$\.{next(iter(broken))}: ") as error:
        Reader().article(line(json.dumps(article(1, **broken)).encode() + b"\n"))
    assert error.value.reason == "invalid"


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("nowhere"), os.mkfifo])
def test_a_feed_that_is_no_file_is_named(tmp_path: Path, make: Callable[[Path], None]) -> None:
    feed(tmp_path / "articles" / "1.jsonl", article(1))
    make(tmp_path / "articles" / "2.jsonl")
    with pytest.raises(InputError, match=r"articles/2\.jsonl is not a file\. Move it away"):
        find(tmp_path, [])


def test_records_of_an_older_minor_version_are_brought_up(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    picture = {"url": "https://e.org/a.jpg", "caption": None, "credit": None, "alt": None, "role": "main"}
    new = article(1, images=[{**picture, "path": None, "checksum": None}])
    old = as_1_0_0(new)
    assert old["images"] == [picture]
    feed(data / "articles" / "1.jsonl", old, article(2, schema_version="1.1.7"))
    feed(data / "removals" / "1.jsonl", removal(2, "2026-01-01T00:00:00Z") | {"schema_version": "1.0.0"})
    made = built(data, out, formats=("jsonl",), flag_removed=True)
    first, second = lines(out / "data" / "articles.jsonl")
    assert {name: first[name] for name in new} == new
    assert second["removed_at"] == "2026-01-01T00:00:00Z"
    assert made.manifest["schema_versions"] == {"1.0.0": 1, "1.1.7": 1}
    assert made.manifest["article_schema"] == first["schema_version"] == second["schema_version"] == SCHEMA_VERSION


def test_packed_feeds_and_one_that_is_cut(tmp_path: Path) -> None:
    text = b"".join(json.dumps(article(n)).encode() + b"\n" for n in range(4))
    feed(tmp_path / "a.jsonl", article(9))
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(text))
    with pa.CompressedOutputStream(str(tmp_path / "c.jsonl.zst"), "zstd") as stream:
        stream.write(text.replace(b'"en:', b'"en:10'))
    (tmp_path / "d.jsonl.gz").write_bytes(gzip.compress(text)[:-12])
    made = build(find(tmp_path, [str(tmp_path)]), tmp_path / "out", BuildOptions(formats=("jsonl",)))
    inputs = {i["path"].rpartition("/")[2]: i for i in made.manifest["inputs"]}
    assert list(inputs) == ["a.jsonl", "b.jsonl.gz", "c.jsonl.zst", "d.jsonl.gz"]
    assert inputs["b.jsonl.gz"]["bytes"] == (tmp_path / "b.jsonl.gz").stat().st_size
    assert inputs["b.jsonl.gz"]["lines"] == 4
    assert (
        made.read_errors[0]
        == f"{tmp_path.name}/d.jsonl.gz: truncated, or not gzip. The lines before the fault were read"
    )
    ids = [r["id"] for r in lines(tmp_path / "out" / "data" / "articles.jsonl")]
    assert ids == [f"en:{n}" for n in (0, 100, 1, 101, 102, 2, 103, 3, 9)], "by time, then id"


def test_feeds_given(tmp_path: Path) -> None:
    data = tmp_path / "crawl"
    one = feed(data / "articles" / "2.jsonl", article(1))
    feed(data / "removals" / "1.jsonl", removal(1, "2026-01-01T00:00:00Z"))
    (data / "reports").mkdir()
    (data / "reports" / "2.json").write_text("{}")
    other = feed(tmp_path / "else" / "0.jsonl", article(2))
    given = [str(data), str(data / "articles"), str(one), str(other.parent)]
    assert [(f.name, f.holds) for f in find(tmp_path, given)] == [
        ("else/0.jsonl", "articles"), ("crawl/removals/1.jsonl", "removals"), ("crawl/reports/2.json", "reports"),
        ("2.jsonl", "articles"),
    ]  # fmt: skip
    assert [(f.name, f.holds) for f in find(tmp_path, [str(data / "removals")])] == [("removals/1.jsonl", "removals")]
    assert [f.name for f in find(data, [])] == ["removals/1.jsonl", "reports/2.json", "articles/2.jsonl"]
    for bad, why in [
        (str(tmp_path / "none"), "file or folder not found: "), (str(data / "reports"), "holds no "),
        (str(data / "reports" / "2.json"), "is not a feed"),
    ]:  # fmt: skip
        with pytest.raises(InputError, match=why):
            find(tmp_path, [bad])


def test_a_file_that_changes_while_it_is_read_ends_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    path = feed(data / "articles" / "1.jsonl", article(1), article(2))
    choose = _Build.choose

    def changed(self: _Build) -> None:
        path.write_bytes(b"x" * 9000)
        choose(self)

    monkeypatch.setattr(_Build, "choose", changed)
    with pytest.raises(InputError, match=r"articles/1\.jsonl changed while it was read\. Build again"):
        built(data, tmp_path / "out")


@pytest.mark.parametrize(
    ("ending", "pack"), [("gz", gzip.compress), ("zst", lambda data: pa.compress(data, "zstd", asbytes=True))]
)
def test_a_bomb_is_unpacked_no_further_than_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, pack: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(inputs, "MIN_UNPACKED", 1 << 20)
    path = tmp_path / f"1.jsonl.{ending}"
    path.write_bytes(pack(bytes(50 << 20)))
    work = tmp_path / "work"
    work.mkdir()
    (file,) = find(tmp_path, [str(path)])
    assert "unpacks to more than" in (unpack(file, work) or "")
    assert sum(one.stat().st_size for one in work.iterdir()) <= max(1 << 20, 50 * path.stat().st_size)
