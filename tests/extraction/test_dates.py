from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.extraction.dates import read_time, utc_string


@pytest.mark.parametrize(
    ("raw", "zone", "known", "want", "assumed"),
    [
        ("2024-08-12T23:18:00+03:00", "beirut", False, "2024-08-12T20:18:00Z", False),
        ("2023-12-30T21:59:00.0000000", "utc", True, "2023-12-30T21:59:00Z", False),
        ("2023-12-30T21:59:00.0000000", "utc", False, "2023-12-30T21:59:00Z", True),
        ("2023-06-26T10:58:00Z", None, False, "2023-06-26T10:58:00Z", False),
        ("26 Jun 2023 10:58", "beirut", False, "2023-06-26T07:58:00Z", True),
        ("26 Dec 2023 10:58", "beirut", False, "2023-12-26T08:58:00Z", True),
        ("June 26, 2023 10:58", "beirut", False, "2023-06-26T07:58:00Z", True),
        ("26 حزيران 2023 10:58", "beirut", False, "2023-06-26T07:58:00Z", True),
        ("٢٦ حزيران ٢٠٢٣ ١٠:٥٨", "beirut", False, "2023-06-26T07:58:00Z", True),
        ("26 de junio de 2023 10:58", "beirut", False, "2023-06-26T07:58:00Z", True),
    ],
)
def test_times_as_the_site_writes_them(raw: str, zone: str, known: bool, want: str, assumed: bool) -> None:
    language = "ar" if "حزيران" in raw else "es" if "junio" in raw else "en"
    moment = read_time(raw, zone=zone, zone_is_known=known, language=language)
    assert moment is not None
    assert (utc_string(moment.at), moment.assumed) == (want, assumed)


@pytest.mark.parametrize(
    "raw",
    ["", "yesterday", "today 06:42", "19 Aug", "2023-02-30T10:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00",
     "0001-01-01T00:00:00+14:00", "2023-06-26T25:00:00Z", "1" * 500, "٠" * 50],
)  # fmt: skip
def test_what_is_no_date_is_none(raw: str) -> None:
    assert read_time(raw, zone="beirut") is None


def test_a_time_without_zone_is_not_taken_where_its_zone_is_unknown() -> None:
    assert read_time("2023-06-26T10:58:00", zone=None) is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(raw: str) -> None:
    moment = read_time(raw, zone="beirut")
    assert moment is None or moment.at.tzinfo is UTC


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_iso_times_keep_their_instant(at: datetime) -> None:
    offset = at.utcoffset()
    assert offset is not None
    if offset.total_seconds() % 60:
        return
    moment = read_time(at.replace(microsecond=0).isoformat(), zone=None)
    assert moment is not None
    assert moment.at == at.replace(microsecond=0).astimezone(UTC)
