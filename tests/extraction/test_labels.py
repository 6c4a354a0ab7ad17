"""Lines that are recognized by their words and shape: sources, disclaimers, site names, numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.extraction.dom import parse_html
from mayadeen.extraction.labels import (
    is_byline_row,
    is_disclaimer,
    is_position,
    read_next_end,
    source_of,
    without_site_name,
)
from mayadeen.extraction.numbers import reading_minutes, shares, word_count
from mayadeen.extraction.shown_dates import join_clocks, shown_dates


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("1 Shares", 1), ("0 Shares", 0), ("1.2K Shares", 1200), ("1,234 shares", 1234), ("2M shares", 2_000_000),
        ("١٬٢٠٠ مشاركة", 1200), ("1٫٢ ألف مشاركة", 1200), ("3 آلاف مشاركة", 3000), ("مشاركتان", 2), ("مشاركة واحدة", 1),
        ("1,2 mil compartidos", 1200), ("1.200 compartidos", 1200), ("1,2 mil veces compartido", 1200),
        ("Compartido 12 veces", 12), ("1.2 shares", None), ("Share", None), ("مشاركة", None), ("12", None),
        ("12 shares in 3 days", None),
    ],
)  # fmt: skip
def test_shares(line: str, want: int | None) -> None:
    assert shares(line) == want


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("5 Min Read", 5), ("5-minute read", 5), ("٥ دقائق قراءة", 5), ("3 دقائق", 3), ("دقيقتان للقراءة", 2),
        ("مدة القراءة: دقيقة واحدة", 1), ("ثلاث دقائق", 3), ("Tiempo de lectura: 5 minutos", 5), ("Se lee en 4 minutos", 4),
        ("cinco minutos de lectura", 5), ("2 Min de lectura", 2), ("5 min", None), ("5 minutes ago", None), ("منذ 5 دقائق", None),
        ("دقيقة", None), ("5000 min read", None),
    ],
)  # fmt: skip
def test_reading_minutes(line: str, want: int | None) -> None:
    assert reading_minutes(line) == want


@pytest.mark.parametrize(
    "text", ["L", "right", "second from left", "إلى اليمين", "الثاني من اليسار", "izq.", "a la derecha", "der."]
)
def test_a_position_credits_nobody(text: str) -> None:
    assert is_position(text)


@pytest.mark.parametrize("text", ["AP", "رويترز", "EFE", "Left Press Agency", "from", ""])
def test_what_is_no_position(text: str) -> None:
    assert not is_position(text)


def test_standing_marks_are_no_words() -> None:
    assert word_count('قال الوزير : " نحن هنا " - وهو يبتسم – في مرسى .') == 8
    assert word_count("Queues & tempers") == 2
    assert word_count("") == 0


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("The opinions mentioned in this article do not necessarily reflect the opinion of Al Mayadeen.", True),
        ("The views expressed are those of the author and do not necessarily represent Al Mayadeen.", True),
        ("إنّ الآراء المذكورة في هذه المقالة لا تعبّر بالضرورة عن رأي الميادين", True),
        ("الاراء المذكورة في هذه المقاله لا تعبر بالضروره عن راي الميادين", True),
        ("ما ورد في المقال يعبّر عن رأي الكاتب ولا يعكس بالضرورة رأي الميادين", True),
        ("Las opiniones de este artículo no reflejan necesariamente la opinión de Al Mayadeen.", True),
        ("La opinión del autor no coincide necesariamente con la de Al Mayadeen", True),
        ("Disclaimer: views are personal", True),
        ("The opinions of the two ministers do not necessarily matter to voters.", False),
        ("إن الآراء المذكورة في التقرير الأممي تعكس انقساماً داخل المجلس", False),
        ("Las opiniones expresadas por los vecinos en la asamblea fueron casi unánimes", False),
        ("", False),
    ],
)
def test_a_disclaimer_is_its_whole_formula(text: str, want: bool) -> None:
    assert is_disclaimer(text) is want


@pytest.mark.parametrize(
    ("title", "want"),
    [
        ("Talks end | Al Mayadeen English", "Talks end"),
        ("محادثات | الميادين", "محادثات"),
        ("محادثات – شبكة الميادين الإعلامية", "محادثات"),
        ("Conversaciones | AL MAYADEEN ESPANOL", "Conversaciones"),
        ("وثائق المرفأ - الميادين تكشف الحلقة الأولى", "وثائق المرفأ - الميادين تكشف الحلقة الأولى"),
        ("Talks end • Al Mayadeen English", "Talks end"),
        ("Talks end :: Al Mayadeen English", "Talks end"),
        ("Al Mayadeen English | Talks end", "Talks end"),
        ("Al Mayadeen - the first ten years", "Al Mayadeen - the first ten years"),
        ("Al Mayadeen English |", "Al Mayadeen English |"),
        ("Report on pro-Al Mayadeen rally", "Report on pro-Al Mayadeen rally"),
        ("Terms agreed - Al Mayadeen sources reveal text", "Terms agreed - Al Mayadeen sources reveal text"),
        ("", None),
        (None, None),
    ],
)
def test_the_sites_name_in_a_title(title: str | None, want: str | None) -> None:
    assert without_site_name(title) == want


def test_sources_and_lines_that_point_elsewhere() -> None:
    assert source_of("Source: Agencies") == "Agencies"
    assert source_of("المصدر:وكالات") == "وكالات"
    assert source_of("Fuente: EFE") == "EFE"
    assert source_of("Sources say that talks go on") is None
    for line in ("Read next: ", "إقرأ أيضاً: ", "اقرأ أيضًا: ", "Lea además: ", "شاهد أيضا | "):
        assert read_next_end(f"{line}X") == len(line)
    assert read_next_end("Reading is good") == 0


@given(st.text(max_size=100))
def test_no_line_breaks_the_readers(line: str) -> None:
    is_byline_row(line)
    is_disclaimer(line)
    without_site_name(line)
    join_clocks([line, line])
    assert word_count(line) <= len(line.split())


def test_a_clock_alone_belongs_to_the_date_next_to_it() -> None:
    assert join_clocks(["10:58", "7 حزيران 2023"]) == ["10:58 | 7 حزيران 2023"]
    assert join_clocks(["By A", "7 Jun 2023", "10:58", "1 Shares"]) == ["By A", "7 Jun 2023 | 10:58", "1 Shares"]
    assert join_clocks(["10:58", "By A"]) == ["10:58", "By A"]


@pytest.mark.parametrize(
    ("html", "published", "modified"),
    [
        ('<time class="updated" datetime="2023-06-27">27 Jun</time> <time class="published" datetime="2023-06-26">26</time>',
         "2023-06-26", "2023-06-27"),
        ('<time itemprop="dateModified" datetime="2023-06-27">26/06/2023</time>', None, "2023-06-27"),
        ('Published: <time datetime="2023-06-26">x</time> Updated: <time datetime="2023-06-27">y</time>', "2023-06-26", "2023-06-27"),
        ('<time class="entry-date published updated" datetime="2023-06-26">26 Jun</time>', "2023-06-26", None),
        ('<span>آخر تحديث</span> <time datetime="2023-06-27">x</time>', None, "2023-06-27"),
        ('<small>(Last modified: <time datetime="2023-06-27">27 Jun</time>)</small>', None, "2023-06-27"),
        ('<span itemprop="datePublished" content="2023-06-26">yesterday</span>', "2023-06-26", None),
    ],
)  # fmt: skip
def test_what_a_shown_date_means(html: str, published: str | None, modified: str | None) -> None:
    element = next(parse_html(f"<p>{html}</p>").iter("p"))
    rows = [(el, "") for el in element.iter("time", "span", "small", "p")]
    found = shown_dates(rows)
    assert next((d.text for d in found if d.meaning == "published"), None) == published
    assert next((d.text for d in found if d.meaning == "modified"), None) == modified
