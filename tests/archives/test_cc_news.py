"""CC-NEWS: ranges of dates, and files read from a substitute of the data host."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mayadeen.archives import cc_news
from mayadeen.archives.captures import CaptureReader
from mayadeen.archives.cc_news import DataHost, NewsRange, RangeError, Refused
from mayadeen.archives.extract_job import news_units
from mayadeen.archives.extract_unit import Options, extract_unit
from mayadeen.archives.streams import zstd
from tests.support.news_archive import DataHostStandIn, page, warc

TODAY = date(2026, 11, 26)
FILE = "crawl-data/CC-NEWS/2024/01/CC-NEWS-20240131235000-00001.warc.gz"
LIST = "crawl-data/CC-NEWS/2024/01/warc.paths.gz"


@pytest.fixture(autouse=True)
def _no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cc_news, "_INTERVAL", 0.0)


@pytest.mark.parametrize(
    ("text", "first", "last", "months"),
    [
        ("2024-01", "2024-01-01", "2024-01-31", ["2024-01"]),
        ("2024-01..2024-03", "2024-01-01", "2024-03-31", ["2024-01", "2024-02", "2024-03"]),
        ("2024-01-31..2024-03-01", "2024-01-31", "2024-03-01", ["2024-01", "2024-02", "2024-03"]),
        ("2023-10-31..2024-02", "2023-10-31", "2024-02-29", ["2023-10", "2023-11", "2023-12", "2024-01", "2024-02"]),
        ("2023-12", "2023-12-01", "2023-12-31", ["2023-12"]),
        ("2026-10..2026-12", "2026-10-01", "2026-11-26", ["2026-10", "2026-11"]),
        ("2016-08", "2016-08-01", "2016-08-31", ["2016-08"]),
    ],
)
def test_a_range_has_every_month(text: str, first: str, last: str, months: list[str]) -> None:
    found = NewsRange.parse(text, TODAY)
    assert (found.first.isoformat(), found.last.isoformat(), found.months()) == (first, last, months)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2024-13", "is not a range"), ("2024-02-30", "is not a range"), ("2024", "is not a range"),
        ("2024-01...2024-02", "is not a range"), ("", "is not a range"), ("2024-03..2024-01", "ends before it begins"),
        ("2016-07", "before the first month of CC-NEWS. Begin with 2016-08"), ("2026-12", "in the future"),
    ],
)  # fmt: skip
def test_a_range_that_cannot_be_used_says_why(text: str, why: str) -> None:
    with pytest.raises(RangeError, match=why):
        NewsRange.parse(text, TODAY)


def test_a_file_belongs_to_the_day_in_its_name() -> None:
    found = NewsRange.parse("2024-01-31..2024-02-01", TODAY)
    assert found.holds(FILE)
    assert not found.holds(FILE.replace("20240131", "20240130"))
    assert not found.holds(FILE.replace("20240131", "20240202"))


def options(tmp_path: Path, host: DataHostStandIn, **more: Any) -> Options:
    return Options(str(tmp_path), data_host=host.url, user_agent="mayadeen/0 (+me@example.org)", wait=0.01, **more)


def listed(*paths: str) -> bytes:
    return gzip.compress("".join(f"{path}\n" for path in paths).encode())


def urls(path: Path) -> list[str]:
    with zstd.open(path) as file:
        return [json.loads(line)["url"] for line in file]


def test_busy_answers_and_cut_connections_cost_no_record_and_the_slice_gives_the_same_records(tmp_path: Path) -> None:
    data = warc(range(6), others=3)
    third, late = len(data) // 3, len(data) - 10
    files = {LIST: listed(FILE), FILE: data}
    with DataHostStandIn(files, busy=2, cuts={FILE: [third, third, late]}) as host:
        made = options(tmp_path, host)
        (unit,), missing = news_units(NewsRange.parse("2024-01", TODAY), tmp_path, made)
        counts = extract_unit(unit, made)
    assert missing == []
    assert counts["damage"] == []
    assert (counts["bytes"], counts["captures"]) == (len(data), 6)
    assert (counts["warc_records"]["response"], counts["warc_records"]["not_wanted"]) == (24, 18)
    expected = [page(n)[0] for n in range(6)]
    assert urls(tmp_path / "articles" / f"{unit.name}.jsonl.zst") == expected
    assert [(status, wanted) for path, status, wanted, _ in host.log if path == FILE] == [
        (503, ""), (503, ""), (200, ""), (206, f"bytes={third}-"), (206, f"bytes={third}-"), (206, f"bytes={late}-"),
    ]  # fmt: skip
    assert {agent for *_, agent in host.log} == {"mayadeen/0 (+me@example.org)"}
    assert host.most == 1
    slice = CaptureReader(tmp_path / "warc" / f"{unit.name}.warc.gz")
    assert [capture.url for capture in slice] == expected
    assert slice.damage == []
    assert slice.counts == {"response": 6}


def test_waits_double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    with DataHostStandIn({LIST: listed(FILE)}, busy=4) as host, DataHost(host.url, "mayadeen", 5) as client:
        assert client.paths("2024-01") == [FILE]
    assert [wait for wait in waits if wait] == [5, 10, 20, 40]


def test_a_host_that_goes_on_refusing_is_left_alone(tmp_path: Path) -> None:
    with DataHostStandIn({LIST: b""}, busy=100) as host, DataHost(host.url, "mayadeen", 0.001) as client:
        with pytest.raises(Refused, match="status 503"):
            client.paths("2024-01")
        assert len(host.log) == 6


def test_a_file_that_is_cut_at_the_same_byte_each_time_gives_no_output(tmp_path: Path) -> None:
    data = warc(range(3))
    with DataHostStandIn({LIST: listed(FILE), FILE: data}, cuts={FILE: [500] * 20}) as host:
        made = options(tmp_path, host)
        (unit,), _ = news_units(NewsRange.parse("2024-01", TODAY), tmp_path, made)
        with pytest.raises(OSError, match="cut 5 times at byte 500"):
            extract_unit(unit, made)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.parent.name != "lists"] == []


def test_the_list_of_a_month_is_fetched_once_for_a_job(tmp_path: Path) -> None:
    second = FILE.replace("00001", "00002")
    with DataHostStandIn({LIST: listed(FILE)}) as host:
        made, wanted = options(tmp_path, host), NewsRange.parse("2023-12..2024-01", TODAY)
        units, missing = news_units(wanted, tmp_path, made)
        host.files[LIST] = listed(FILE, second)
        assert news_units(wanted, tmp_path, made)[0] == units
        assert missing == ["2023-12"]
        assert [unit.source for unit in units] == [FILE]
        assert [path for path, *_ in host.log].count(LIST) == 1
