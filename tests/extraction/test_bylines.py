"""Bylines and credits of people: a prefix needs the shape of names after it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.extraction.bylines import byline_rest, is_name, is_role, marked_line, names_in, split_names
from mayadeen.extraction.dom import parse_html


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("By Rima Haddad", "Rima Haddad"),
        ("WRITTEN BY: Rima Haddad", "Rima Haddad"),
        ("By Sayyed Ali al-Amin", "Sayyed Ali al-Amin"),
        ("By John F. Kennedy Jr.", "John F. Kennedy Jr."),
        ("Por Santiago Ramón y Cajal", "Santiago Ramón y Cajal"),
        ("Por Julio César de la Torre", "Julio César de la Torre"),
        ("Escrito por: Ana Ruiz", "Ana Ruiz"),
        ("Autora: Ana Ruiz", "Ana Ruiz"),
        ("Submitted by Ana Real", "Ana Real"),
        ("Enviado por Ana Ruiz", "Ana Ruiz"),
        ("بقلم ريما حداد", "ريما حداد"),
        ("بقلم:ريما حداد", "ريما حداد"),
        ("بقلم / ريما حداد", "ريما حداد"),
        ("بقـلم: ريما حداد", "ريما حداد"),
        ("الكاتب: رنا عبود", "رنا عبود"),
        ("كتبت: ريما حداد", "ريما حداد"),
        ("كتب أحمد علي", "أحمد علي"),
        ("إعداد: ريما حداد", "ريما حداد"),
        ("By Rima Haddad in Marsa", "Rima Haddad in Marsa"),
    ],
)
def test_bylines(line: str, want: str) -> None:
    assert byline_rest(line) == want


@pytest.mark.parametrize(
    "line",
    [
        "By striking the port, Yemen has shown that the blockade holds.",
        "By 2030, Iran will have built two more",
        "Por primera vez, el puerto de Marsa abre sus puertas.",
        "Texto del acuerdo",
        "الكاتب في الشؤون العسكرية عادل نصر يصرّح بأنّ المحادثات لن تنتهي.",
        "كتب وزير الصيد في رسالة نشرتها الصحف أنّ المحادثات لن تنتهي قريباً.",
        "تقرير الأمم المتحدة",
        "Bypass opened in Marsa",
        "By",
        "By: ",
        "",
    ],
)
def test_sentences_that_begin_as_bylines_do(line: str) -> None:
    assert byline_rest(line) is None


@pytest.mark.parametrize(
    ("value", "want"),
    [
        ("Melissa Jelt, Senior Reporter", ["Melissa Jelt"]),
        ("Jane Doe, Editor in Chief", ["Jane Doe"]),
        ("Rima Haddad - Senior Reporter", ["Rima Haddad"]),
        ("Rima Haddad (Senior Reporter) and Omar Said", ["Rima Haddad", "Omar Said"]),
        ("Rima Haddad (AP)", ["Rima Haddad (AP)"]),
        ("Rima Haddad (AFP, Beirut) and Omar Said", ["Rima Haddad (AFP, Beirut)", "Omar Said"]),
        ("Rima Haddad (Editor, AFP)", ["Rima Haddad"]),
        ("Rima Haddad (AFP) (www.example.com)", ["Rima Haddad (AFP)"]),
        ("Rima Haddad (, Omar Said", ["Rima Haddad (", "Omar Said"]),
        ("Ana Ruiz, corresponsal en Gaza", ["Ana Ruiz"]),
        ("أحمد علي، كاتب لبناني", ["أحمد علي"]),
        ("Professor Jane Doe, John Roe", ["Professor Jane Doe", "John Roe"]),
        ("Christie Dedd, cdedd@example.com", ["Christie Dedd"]),
        ("Christie Dedd (cdedd@example.com)", ["Christie Dedd"]),
        ("Rima Haddad @rimah", ["Rima Haddad"]),
        ("https://www.facebook.com/rima.haddad", []),
        ("Escrito por Ana Ruiz", ["Ana Ruiz"]),
        ("by rima haddad", ["rima haddad"]),
        ("Ana Ruiz, Pedro Gómez e Inés Duarte", ["Ana Ruiz", "Pedro Gómez", "Inés Duarte"]),
        ("Santiago Ramón y Cajal", ["Santiago Ramón y Cajal"]),
        ("Rima Haddad and Omar Said", ["Rima Haddad", "Omar Said"]),
        ("سامي نصر، هناء وهبي ووليد سعد", ["سامي نصر", "هناء وهبي ووليد سعد"]),
        ("أحمد علي و عمر سعيد", ["أحمد علي", "عمر سعيد"]),
        ("Rima Haddad, RIMA HADDAD", ["Rima Haddad"]),
        ("Rima Haddad in New Marsa and Omar Said", ["Rima Haddad", "Omar Said"]),
        ("Ana Ruiz en Marsa", ["Ana Ruiz"]),
        ("Alice in Wonderland", ["Alice in Wonderland"]),
        ("Rima Haddad, MD, M.P.H., and Jack Ma", ["Rima Haddad", "Jack Ma"]),
        ("Sami Nasr, Jr., and Omar Said III", ["Sami Nasr, Jr.", "Omar Said III"]),
        ("Al Mayadeen English", ["Al Mayadeen English"]),
    ],
)
def test_names_of_a_value(value: str, want: list[str]) -> None:
    assert split_names([value, None, 5]) == want


@given(st.text(max_size=200))
def test_no_text_breaks_the_readers(text: str) -> None:
    assert byline_rest(text) is None or byline_rest(text)
    assert all(name == name.strip() != "" for name in split_names([text]))
    is_name(text)
    is_role(text)


@pytest.mark.parametrize(
    ("html", "want"),
    [
        ('By <a href="/a/r">Rima Haddad</a> and Omar Said', [("Rima Haddad", "/a/r"), ("Omar Said", None)]),
        ('By <a href="/a/r">Rima Haddad</a> <a href="https://x.com/r">@rimah</a>', [("Rima Haddad", "/a/r")]),
        (
            '<a href="/a/r">Rima Haddad</a> <a href="mailto:r@example.com">Email The Author</a>',
            [("Rima Haddad", "/a/r")],
        ),
        ('By <a href="mailto:rima.haddad@example.com">Rima Haddad</a>', [("Rima Haddad", None)]),
        ('<a href="/a/r"><span>By</span>Rima Haddad</a>', [("Rima Haddad", None)]),
        ('By <a href="/a/r">Rima Haddad</a> in <a href="/s">Sport</a>', [("Rima Haddad", "/a/r")]),
        ('By <a href="/a/r">Rima Haddad</a> <a href="/c">3 comments</a>', [("Rima Haddad", "/a/r")]),
        ('By <a href="https://x.com/r">Rima Haddad</a>', [("Rima Haddad", None)]),
        ('By Rima Haddad <a href="https://x.com/r">Follow Rima</a>', [("Rima Haddad", None)]),
        ("<b>Rima Haddad</b>, 2 hours", [("Rima Haddad", None)]),
        ('<a href="/a/c">Santiago Ramón y Cajal</a>', [("Santiago Ramón y Cajal", "/a/c")]),
        ('<a href="/a/r">By Rima Haddad</a>', [("Rima Haddad", "/a/r")]),
        ('<span class="name">Rima Haddad</span> <span class="role">Senior Reporter</span>', [("Rima Haddad", None)]),
        ('<b>Rima Haddad</b> <span class="job-title">Senior Reporter</span>', [("Rima Haddad", None)]),
    ],
)
def test_names_of_an_element(html: str, want: list[tuple[str, str | None]]) -> None:
    element = next(parse_html(f'<div class="author">{html}</div>').iter("div"))
    line = marked_line(element)
    links = [(a, a.get("href") if a.get("href", "").startswith("/") else "") for a in element.iter("a")]
    found = names_in(byline_rest(line) or line, links)
    assert [(one["name"], one["url"]) for one in found] == want
