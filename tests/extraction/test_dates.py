from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mayadeen.extraction.date_labels import DatedText, dated_parts, label_at_end
from mayadeen.extraction.dates import BEIRUT, is_clock, is_date_like, read_day, read_time, utc_string

NOW = datetime(2025, 11, 8, 12, tzinfo=UTC)
SHOWN = {
    1: ("Jan", "January", "enero", "ene.", "كانون الثاني", "كانون ثاني", "يناير", "جانفي", "كانون 2", "ك2"),
    2: ("Feb", "febrero", "شباط", "فبراير", "فيفري"),
    3: ("March", "Mar", "marzo", "آذار", "اذار", "مارس"),
    4: ("April", "abr.", "نيسان", "أبريل", "أفريل"),
    5: ("May", "mayo", "أيار", "أيّار", "ايار", "مايو", "ماي"),
    6: ("June", "junio", "حزيران", "يونيو", "جوان", "حزيران/يونيو", "يونيو (حزيران)", "حزيران - يونيو"),
    7: ("Jul", "julio", "تموز", "تمّوز", "يوليو", "جويلية", "يوليوز"),
    8: ("Aug", "agosto", "ago.", "آب", "أغسطس", "أوت", "غشت", "آب/أغسطس"),
    9: ("Sept", "septiembre", "setiembre", "sept.", "أيلول", "ايلول", "سبتمبر", "شتنبر"),
    10: ("Oct", "octubre", "تشرين الأول", "تشرين أول", "أكتوبر", "تشرین الأول"),
    11: ("Nov", "noviembre", "تشرين الثاني", "تشرين ثاني", "نوفمبر", "نونبر", "تشرين الثاني/نوفمبر"),
    12: ("Dec", "diciembre", "dic.", "كانون الأول", "ديسمبر", "دجنبر", "كانون الأول (ديسمبر)"),
}
DIGITS = ("0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "０１２３４５６７８９")


def shown(at: datetime | None) -> str | None:
    return utc_string(at) if at else None


@pytest.mark.parametrize(
    ("raw", "zone", "known", "want", "assumed"),
    [
        ("2024-08-12T23:18:00+03:00", "beirut", False, "2024-08-12T20:18:00Z", False),
        ("2023-12-30T21:59:00.0000000", "utc", True, "2023-12-30T21:59:00Z", False),
        ("2023-12-30T21:59:00.0000000", "utc", False, "2023-12-30T21:59:00Z", True),
        ("2023-06-26T10:58:00Z", None, False, "2023-06-26T10:58:00Z", False),
        ("2023-06-26T10:58:00+03", None, False, "2023-06-26T07:58:00Z", False),
        ("2023-06-26T24:00:00+03:00", None, False, "2023-06-26T21:00:00Z", False),
        ("2016-12-31T23:59:60Z", None, False, "2017-01-01T00:00:00Z", False),
        ("2023年6月26日 10時58分", "utc", True, "2023-06-26T10:58:00Z", False),
        ("2023년 6월 26일 10:58", "utc", True, "2023-06-26T10:58:00Z", False),
        ("20230626T105800Z", None, False, "2023-06-26T10:58:00Z", False),
        ("20230626T1058+0300", None, False, "2023-06-26T07:58:00Z", False),
        ("2023-06-26T10:58:00\N{MINUS SIGN}03:00", None, False, "2023-06-26T13:58:00Z", False),
        (
            "Mon Jun 26 2023 10:58:00 GMT+0300 (Eastern European Summer Time)",
            None,
            False,
            "2023-06-26T07:58:00Z",
            False,
        ),
        ("2023-06-26T10:58:00+03:00[Asia/Beirut]", None, False, "2023-06-26T07:58:00Z", False),
        ("2023-06-26T10:58:00+3:00", None, False, "2023-06-26T07:58:00Z", False),
        ("2023-06-26T10:58:00GMT+3", None, False, "2023-06-26T07:58:00Z", False),
        ("1687766280", None, False, "2023-06-26T07:58:00Z", False),
        ("1687766280123", None, False, "2023-06-26T07:58:00Z", False),
        ("Mon, 26 Jun 2023 10:58:00 +0300", None, False, "2023-06-26T07:58:00Z", False),
        ("26 Jun 2023 10:58", "beirut", False, "2023-06-26T07:58:00Z", True),
        ("26 Dec 2023 10:58", "beirut", False, "2023-12-26T08:58:00Z", True),
        ("June 26, 2023 10:58", "beirut", False, "2023-06-26T07:58:00Z", True),
        ("June 26th, 2023 10:58", "beirut", False, "2023-06-26T07:58:00Z", True),
        ("Monday, 26 June 2023 at 10.58am", "beirut", False, "2023-06-26T07:58:00Z", True),
        ("10:58, 26 Jun 2023", "beirut", False, "2023-06-26T07:58:00Z", True),
        ("26 Jun 2023 – 10:58 (GMT+3)", "beirut", False, "2023-06-26T07:58:00Z", False),
        ("26.06.2023 10:58", "beirut", False, "2023-06-26T07:58:00Z", True),
        ("2023/06/26 10:58", "beirut", False, "2023-06-26T07:58:00Z", True),
        ("26 حزيران 2023 10:58", "beirut", False, "2023-06-26T07:58:00Z", True),
        ("٢٦ حزيران ٢٠٢٣ ١٠:٥٨", "beirut", False, "2023-06-26T07:58:00Z", True),
        ("10:58 | 7 حزيران 2023", "beirut", False, "2023-06-07T07:58:00Z", True),
        ("الإثنين، 26 يونيو 2023م الساعة 10:58 م", "beirut", False, "2023-06-26T19:58:00Z", True),
        ("7 حزيران 2023 10:58 مساءً", "beirut", False, "2023-06-07T19:58:00Z", True),
        ("7 حزيران 2023 الموافق 18 ذو القعدة 1444 هـ", "beirut", False, "2023-06-06T21:00:00Z", True),
        ("18 ذو القعدة 1444 الموافق 7 حزيران 2023", "beirut", False, "2023-06-06T21:00:00Z", True),
        ("7 كانون الثاني 2023 10:58 بتوقيت القدس المحتلة", "beirut", False, "2023-01-07T08:58:00Z", False),
        ("7 حزيران 2023 10:58 بتوقيت غرينتش", "beirut", False, "2023-06-07T10:58:00Z", False),
        ("10:58 AM ET, June 26, 2023", "beirut", False, "2023-06-26T14:58:00Z", False),
        ("10:58 JST, June 26, 2023", "beirut", False, "2023-06-26T01:58:00Z", False),
        ("26 de junio de 2023 10:58", "beirut", False, "2023-06-26T07:58:00Z", True),
        ("1.º de mayo de 2023 10:58", "beirut", False, "2023-05-01T07:58:00Z", True),
        ("lunes, 26 de junio de 2023, 10:58 p. m.", "beirut", False, "2023-06-26T19:58:00Z", True),
        ("26 de junio de 2023 a las 10:58 h", "beirut", False, "2023-06-26T07:58:00Z", True),
        ("junio 26 de 2023 a las 3 de la tarde", "beirut", False, "2023-06-26T12:00:00Z", True),
        ("mar. 27 de junio de 2023 12:00 a.m.", "beirut", False, "2023-06-26T21:00:00Z", True),
        ("27 de mar. de 2023 11 de la noche", "beirut", False, "2023-03-27T20:00:00Z", True),
    ],
)
def test_times_as_pages_write_them(raw: str, zone: str, known: bool, want: str, assumed: bool) -> None:
    moment = read_time(raw, zone=zone, zone_is_known=known)
    assert moment is not None
    assert (utc_string(moment.at), moment.assumed) == (want, assumed)


@pytest.mark.parametrize("month", SHOWN)
def test_each_name_of_a_month_is_read(month: int) -> None:
    for name in SHOWN[month]:
        moment = read_time(f"7 {name} 2023", zone="utc")
        assert moment is not None, name
        assert moment.at == datetime(2023, month, 7, tzinfo=UTC), name


@pytest.mark.parametrize(
    "raw",
    ["", "yesterday", "today 06:42", "19 Aug", "2023-02-30T10:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00",
     "0001-01-01T00:00:00+14:00", "2023-06-26T25:00:00Z", "1" * 500, "٠" * 50, "10:58", "31 Feb 2023", "13:58 a. m. 7 Jun 2023",
     "7 Jun 2023 and so on", "May 5 march 2023", "7 Jun Jul 2023", "7 8 Jun 2023", "7 Jun 2022 2023", "تشرين 2 2023", "7 تشرين 2023",
     "7 حزيران 2023 بتوقيت المريخ", "18 ذو القعدة 1444", "26/06/23"],
)  # fmt: skip
def test_what_is_no_date_or_no_certain_one_is_none(raw: str) -> None:
    assert read_time(raw, zone="beirut") is None


def test_three_numbers_are_a_date_where_their_order_is_certain() -> None:
    days = {language: read_time("05/06/2023", zone="utc", language=language) for language in ("en", "ar", "es-MX")}
    assert days["en"] is None
    assert days["ar"] == days["es-MX"] == read_time("5 Jun 2023", zone="utc")
    for raw in ("26/06/2023", "06/26/2023", "26-06-2023", "26.06.2023", "2023/06/26"):
        assert read_time(raw, zone="utc") == read_time("26 Jun 2023", zone="utc"), raw


def test_a_time_without_zone_is_not_used_where_its_zone_is_unknown() -> None:
    assert read_time("2023-06-26T10:58:00", zone=None) is None
    assert read_time("26 Jun 2023 10:58", zone=None) is None


@given(st.text(max_size=60))
@example("7 İ 2023")
@example("2025-02-29")
def test_no_text_breaks_the_reader(raw: str) -> None:
    moment = read_time(raw, zone="beirut")
    assert moment is None or moment.at.tzinfo is UTC
    assert read_day(raw, not_after=NOW) is None or isinstance(read_day(raw, not_after=NOW), date)
    dated_parts(raw)
    label_at_end(raw)


@given(
    st.lists(
        st.sampled_from(
            "7 26 2023 1444 10:58 24:00 م ص pm a.m. Jun حزيران mar ثاني كانون 2 / | GMT+3 +0300 منذ hace horas today أمس ذو القعدة هـ "
            "Updated نُشر 05/06/2023 2023-06-26 2025-02-29 1.º de".split()
        ),
        max_size=9,
    )
)
def test_no_mix_of_tokens_breaks_the_reader(tokens: list[str]) -> None:
    raw = " ".join(tokens)
    assert read_time(raw, zone="beirut") is None or re_has_one_year(raw)
    read_day(raw, not_after=NOW)
    dated_parts(raw)


def re_has_one_year(raw: str) -> bool:
    """What was read has its year in it."""
    return "2023" in raw


@given(
    st.dates(date(1996, 1, 1), date(2099, 12, 31)),
    st.data(),
    st.sampled_from(DIGITS),
    st.sampled_from([" ", " | ", " - ", "، ", ", ", "\u00a0"]),
)
def test_a_date_is_read_in_any_order_and_any_digits(day: date, data: st.DataObject, digits: str, blank: str) -> None:
    month = data.draw(st.sampled_from(SHOWN[day.month]))
    order = data.draw(st.sampled_from(list(permutations((str(day.day), month, str(day.year), "10:58")))))
    raw = blank.join(order).translate({ord(str(n)): digits[n] for n in range(10)})
    moment = read_time(raw, zone="utc")
    # "كانون 2" next to a number of one or two digits can be read in two ways, and is none then.
    unclear = month[-1] == "2" and order.index(month) + 1 < 4 and len(order[order.index(month) + 1]) < 3
    assert unclear or (moment is not None and moment.at == datetime(day.year, day.month, day.day, 10, 58, tzinfo=UTC))


@given(st.dates(date(1996, 1, 1), date(2099, 12, 31)), st.integers(1, 28))
def test_a_text_with_two_days_is_never_a_date(day: date, other: int) -> None:
    assert read_time(f"{day.day} {other} Jun {day.year}", zone="utc") is None


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_iso_times_keep_their_instant(at: datetime) -> None:
    offset = at.utcoffset()
    assert offset is not None
    if offset.total_seconds() % 60:
        return
    moment = read_time(at.replace(microsecond=0).isoformat(), zone=None)
    assert moment is not None
    assert moment.at == at.replace(microsecond=0).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("7 تشرين الثاني", date(2025, 11, 7)),
        ("8 Nov", date(2025, 11, 8)),
        ("9 Nov", date(2024, 11, 9)),
        ("29 febrero", date(2024, 2, 29)),
        ("اليوم 06:48", date(2025, 11, 8)),
        ("أمس 06:48", date(2025, 11, 7)),
        ("ayer", date(2025, 11, 7)),
        ("hoy, 10:00", date(2025, 11, 8)),
        ("Today 06:42", date(2025, 11, 8)),
        ("hace 20 horas", date(2025, 11, 7)),
        ("منذ ساعتين", date(2025, 11, 8)),
        ("منذ 3 أيام", date(2025, 11, 5)),
        ("2 days ago", date(2025, 11, 6)),
    ],
)
def test_days_without_a_year_are_read_by_the_time_of_the_fetch(text: str, want: date) -> None:
    assert read_day(text, not_after=NOW) == want
    assert read_day(text) is None


@pytest.mark.parametrize(
    "text", ["hace 3 meses", "10:58", "31 Feb", "May 5 march", "7 killed", "Politics 7 Jun", "منذ مدة"]
)
def test_what_names_no_day_is_none(text: str) -> None:
    assert read_day(text, not_after=NOW) is None


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("Politics | 26 Jun 2023", date(2023, 6, 26)),
        ("سياسة • 7 حزيران 2023 10:58", date(2023, 6, 7)),
        ("Publicado el 26 de junio de 2023", date(2023, 6, 26)),
        ("2025-11-07T23:30:00Z", date(2025, 11, 8)),
        ("26/06/2023", date(2023, 6, 26)),
        ("from 26 Jun 2023 to 27 Jun 2023", None),
    ],
)
def test_a_day_with_its_year_may_stand_among_words(text: str, want: date | None) -> None:
    assert read_day(text) == want


@given(st.dates(date(2001, 1, 1), date(2098, 12, 31)), st.integers(0, 364))
def test_a_yearless_day_is_the_latest_that_is_not_after_the_fetch(day: date, age: int) -> None:
    fetched = datetime(day.year, day.month, day.day, 12, tzinfo=BEIRUT) + timedelta(days=age)
    found = read_day(f"{day.day} {SHOWN[day.month][0]}", not_after=fetched)
    assert found is not None
    assert (found.day, found.month) == (day.day, day.month)
    assert day <= found <= fetched.date()


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("26 Jun 2023 10:58", [(None, "26 Jun 2023 10:58")]),
        ("Published on 26 Jun 2023", [("published", "26 Jun 2023")]),
        ("نُشر في 7 حزيران 2023 10:58", [("published", "7 حزيران 2023 10:58")]),
        ("آخر تحديث: 27 حزيران 2023", [("modified", "27 حزيران 2023")]),
        ("اخر تحديث 27 حزيران 2023", [("modified", "27 حزيران 2023")]),
        ("تم التحديث: 27 حزيران 2023", [("modified", "27 حزيران 2023")]),
        ("Última actualización: 27 de junio de 2023", [("modified", "27 de junio de 2023")]),
        ("Actualizado a 27/06/2023 09:00", [("modified", "27/06/2023 09:00")]),
        ("27 Jun 2023 (updated)", [("modified", "27 Jun 2023")]),
        ("Published: 26 Jun 2023 Updated: 27 Jun 2023", [("published", "26 Jun 2023"), ("modified", "27 Jun 2023")]),
        (
            "Written: 2023-06-26 15:03 / Updated: 2023-06-27 15:30",
            [("published", "2023-06-26 15:03"), ("modified", "2023-06-27 15:30")],
        ),
        ("⋅ June 26, 2023 ⋅", [(None, "June 26, 2023")]),
        ("Published: 26 Jun 2023 Updated: yesterday", [("published", "26 Jun 2023")]),
        ("Delegates said on 26 Jun 2023 that", []),
        ("Source: Agencies", []),
    ],
)
def test_dates_of_a_line_with_their_labels(line: str, want: list[tuple[str | None, str]]) -> None:
    assert dated_parts(line) == [DatedText(*one) for one in want]  # type: ignore[arg-type]


def test_the_label_at_the_end_of_a_text() -> None:
    assert label_at_end("By Rima Haddad. Last updated on") == "modified"
    assert label_at_end("نُشر في: 7 حزيران 2023 تم التحديث:") == "modified"
    assert label_at_end("Updated: 27 Jun 2023") is None
    assert label_at_end("Updated rules for ports") is None


@pytest.mark.parametrize("raw", ["0000-00-00", "2025-02-30", "2025-01-01T00:00:00+99:00", "9999-12-31T24:00:00Z"])
def test_a_time_that_does_not_exist_breaks_no_reader(raw: str) -> None:
    assert read_time(raw, zone="utc") is None
    assert not is_date_like(raw)


def test_a_clock_alone() -> None:
    assert is_clock("10:58")
    assert is_clock("10:58 م")
    assert not is_clock("10:58 7 Jun")
    assert not is_clock("Politics")
