"""Each word list is read by the one comparison key, in every mechanical respelling of its phrases."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest

from mayadeen.extraction.dates import read_day, read_time
from mayadeen.site import date_words, words
from mayadeen.site.editions import EDITIONS
from mayadeen.site.kinds import KINDS_BY_LABEL
from mayadeen.site.languages import direction_of, shortest_tag
from mayadeen.site.phrases import Phrases
from mayadeen.site.text import normalize_label

WORDS = vars(words) | vars(date_words)
LISTS = {name: value for name, value in WORDS.items() if isinstance(value, Phrases)}
KEYS = {
    name: frozenset(value)
    for name, value in WORDS.items()
    if name.isupper() and isinstance(value, (dict, frozenset)) and name != "AGES"
} | {"KINDS_BY_LABEL": frozenset(KINDS_BY_LABEL)}


def plain(text: str) -> str:
    """Without hamza, accents and vowel signs, with final forms swapped, as typed in a hurry."""
    text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return text.translate(str.maketrans("ةى", "هي"))


RESPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": plain,
    "Persian letters and capitals": lambda text: text.translate(str.maketrans("يىك", "ییک")).upper(),
    "vowel signs": lambda text: "".join(f"{c}\u064e" if "\u0620" <= c <= "\u064a" else c for c in text),
    "decomposed, with marks of direction": lambda text: f"\u200f{unicodedata.normalize('NFD', text)}\u200e",
    "no-break blanks, tatweel and soft hyphens": lambda text: (
        text[:-1].replace(" ", "\u00a0").replace("ا", "ا\u0640") + "\u00ad" + text[-1]
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_each_phrase_is_read_in_five_respellings(name: str) -> None:
    for phrase in LISTS[name]:
        for respelt in (phrase, *(respell(phrase) for respell in RESPELLINGS.values())):
            assert respelt in LISTS[name], (phrase, respelt)
            assert LISTS[name].prefix_end(f"{respelt}: x") >= len(respelt.rstrip("\u200e.")), (phrase, respelt)
            assert LISTS[name].find(f"12 {respelt} 34") is not None, (phrase, respelt)


@pytest.mark.parametrize("name", KEYS | LISTS)
def test_each_constant_is_its_own_key(name: str) -> None:
    for key in KEYS.get(name) or LISTS[name].keys:
        assert normalize_label(key) == key != ""


@pytest.mark.parametrize("respell", RESPELLINGS.values(), ids=RESPELLINGS)
def test_labels_of_the_menus_and_months_are_read_in_five_respellings(respell: Callable[[str], str]) -> None:
    for edition in EDITIONS.values():
        for section in (*edition.sections, *edition.regions):
            assert normalize_label(respell(section.label)) == normalize_label(section.label)
    for month in ("كانون الثاني", "أيّار", "آب", "أيلول", "septiembre", "June"):
        assert read_time(f"7 {respell(month)} 2023", zone="utc") == read_time(f"7 {month} 2023", zone="utc") != None  # noqa: E711
        assert read_day(f"7 {respell(month)} 2023") is not None


def test_a_phrase_is_found_as_whole_words_only() -> None:
    phrases = Phrases(en="Next|Next page", ar="التالي")
    assert phrases.prefix_end("Next page: 2") == len("Next page")
    assert phrases.prefix_end("Nextdoor") == 0
    assert phrases.find("the next one") == (4, 8)
    assert phrases.find("context") is None
    assert "التّالى" in phrases
    assert None not in phrases


@pytest.mark.parametrize(
    ("tag", "want"),
    [
        ("ar", "rtl"),
        ("ara", "rtl"),
        ("ar-LB", "rtl"),
        ("fa", "rtl"),
        ("ckb", "rtl"),
        ("he-IL", "rtl"),
        ("ar-Latn", "ltr"),
        ("uz-Arab", "rtl"),
        ("es", "ltr"),
        ("en-GB", "ltr"),
        ("tr", "ltr"),
    ],
)
def test_direction_of_a_language(tag: str, want: str) -> None:
    assert direction_of(tag) == want


def test_a_language_has_its_shortest_code() -> None:
    assert [shortest_tag(tag) for tag in ("ara", "spa-MX", "en", "ckb")] == ["ar", "es-MX", "en", "ckb"]
