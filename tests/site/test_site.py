from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.site.editions import EDITIONS
from mayadeen.site.kinds import kind_of
from mayadeen.site.text import clean_text, fold, normalize_label, without_article


@pytest.mark.parametrize(
    ("raw", "want"),
    [
        ("  a\u00a0b ", "a b"),
        ("a\u200bb\u2060c\ufeffd\u00ade\u200ef\u200fg", "abcdefg"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("e\u0301", "é"),
        ("'Israel' “quoted”", "'Israel' “quoted”"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\x00b\x1bc\ud800d", "abcd"),
        ("\u202eevil\u202c", "evil"),
        ("\u200b \u00a0", ""),
        ("\u200c", ""),
        ("\u3164 \u0301\ufe0f", ""),
        ("\u3164x", "\u3164x"),
        ("على \u200c\u200c\u200fالاعتداءات", "على الاعتداءات"),
        ("هـ\u200c ثم", "هـ ثم"),
        ("می\u200c\u200dخواهم", "می\u200cخواهم"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_clean_text(raw: str, want: str) -> None:
    assert clean_text(raw) == want


@given(st.text())
def test_clean_text_is_stable_and_encodable(raw: str) -> None:
    text = clean_text(raw)
    assert clean_text(text) == text
    assert unicodedata.normalize("NFC", text) == text
    text.encode()


@pytest.mark.parametrize(
    "spelling", ["Arts&Culture", "Arts & Culture", "arts-culture", "arts and culture", "ARTS&amp;CULTURE"]
)
def test_spellings_of_one_label_fold_together(spelling: str) -> None:
    assert normalize_label(spelling) == normalize_label("Arts&Culture")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("سياسة", "سياسه"),
        ("التالي", "التالى"),
        ("التالي", "التالی"),
        ("أفريقيا", "افريقيا"),
        ("أيّار", "ايار"),
        ("مـقـالات", "مقالات"),
        ("كتّاب", "کتاب"),
        ("الإنترنت", "ٱلانترنت"),
        ("Opinión", "opinio\u0301n"),
        ("Página 12", "PAGINA ١٢"),
        ("الكتّاب\u200f", "الكتاب"),
    ],
)
def test_spellings_in_three_languages_fold_together(one: str, other: str) -> None:
    assert normalize_label(one) == normalize_label(other)


@given(st.text())
def test_folded_text_is_stable(raw: str) -> None:
    assert fold(fold(raw)) == fold(raw)


def test_a_name_is_found_with_and_without_its_article() -> None:
    assert without_article("السياسة") == without_article("سياسه") == normalize_label("سياسة")
    assert without_article("الشرق الأوسط") == normalize_label("شرق أوسط")
    assert without_article("آلة") == normalize_label("آلة")


def test_different_labels_stay_apart() -> None:
    for edition in EDITIONS.values():
        labels = [s.label for s in (*edition.sections, *edition.regions)]
        assert len({normalize_label(label) for label in labels}) == len(labels)


@pytest.mark.parametrize(
    ("post_type", "category", "path", "block_type", "kind"),
    [
        ("News", "Politics", "/news/politics/x-y", "article", "news"),
        ("Articles", "Opinion", "/articles/x-y", "article", "opinion"),
        (None, None, "/articles/features/x-y", None, "feature"),
        (None, None, "/articles/x-y", None, None),
        (None, None, "/Blog/x-y", None, "blog"),
        ("مقالات", None, "/Blog/x", "article", "blog"),
        ("مقالات", None, "/articles/x", "article", "opinion"),
        ("متابعات", None, "/research-papers/x", "article", "research"),
        ("أخبار", "سياسة", "/reports/x", "article", "report"),
        ("تقارير إخبارية", None, "/reports/x", "article", "video"),
        ("نشرة الأخبار", None, "/newscast/2024/8/6/x", "videoobject", "newscast"),
        (None, None, "/newscast/2024/8/6/x", "videoobject", "newscast"),
        (None, None, "/news/politics/x", "videoobject", "video"),
        ("الكتّاب", None, "/authors/x", "article", "profile"),
        ("تغطيات", None, "/coverage/x", "article", "coverage"),
        ("بودكاست", None, "/podcasts/x", "article", "audio"),
    ],
)
def test_kinds(
    post_type: str | None, category: str | None, path: str, block_type: str | None, kind: str | None
) -> None:
    assert kind_of(post_type, category, f"https://english.almayadeen.net{path}", block_type) == kind
