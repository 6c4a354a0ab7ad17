"""Near-duplicates: what is grouped, what is not, and that the order of the input makes no difference."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.reposts import reposted, stories
from mayadeen.dataset import near_duplicates
from mayadeen.dataset.near_duplicates import MIN_WORDS, NearDuplicates, text_of, words_of

WORDS = [f"{a}{b}{c}" for a in "bdfgklm" for b in "aeiou" for c in "nrstz"]


def groups(texts: Iterable[tuple[str, str]], threshold: float = near_duplicates.THRESHOLD) -> list[list[str]]:
    with NearDuplicates(threshold=threshold) as found:
        for name, text in texts:
            found.add(name, text)
        return list(found.groups())


def prose(random: Random, count: int) -> list[str]:
    return random.choices(WORDS, k=count)


def chain(length: int, step: int = 35) -> list[tuple[str, str]]:
    """Texts of 100 words, each the one before it moved on: neighbours are alike, those two apart are not."""
    words = prose(Random(4), 100 + step * length)
    return [(f"c{n}", " ".join(words[n * step : n * step + 100])) for n in range(length)]


def test_a_story_again_with_a_sentence_changed_is_grouped() -> None:
    records = stories(40)
    again = [reposted(record, 0.1, records, Random(n)) for n, record in enumerate(records[:20])]
    found = groups((record["id"], text_of(record)) for record in records + again)
    assert sorted(found) == sorted([record["id"], f"{record['id']}:again"] for record in records[:20])


def test_recall_and_precision_are_those_of_the_docs() -> None:
    records = stories(150, "ar")
    again = [reposted(record, 0.3, records, Random(n)) for n, record in enumerate(records[:100])]
    found = groups((record["id"], text_of(record)) for record in records + again)
    right = [group for group in found if len(group) == 2 and group[1] == f"{group[0]}:again"]
    assert len(right) == len(found) >= 85
    again = [reposted(record, 0.6, records, Random(n)) for n, record in enumerate(records[:100])]
    assert len(groups((record["id"], text_of(record)) for record in records + again)) <= 10


@given(st.randoms(use_true_random=False), st.data())
def test_groups_do_not_depend_on_the_order(random: Random, data: st.DataObject) -> None:
    texts = [*chain(6), ("s1", "Too short"), ("s2", "too short!"), ("none", "…")]
    for n in range(4):
        words = prose(random, data.draw(st.integers(MIN_WORDS - 2, 80)))
        texts.append((f"a{n}", " ".join(words)))
        for copy in range(data.draw(st.integers(0, 3))):
            at = data.draw(st.integers(0, len(words) - 1))
            texts.append((f"a{n}:{copy}", " ".join([*words[:at], "other", *words[at + 1 :]])))
    assert groups(texts) == groups(data.draw(st.permutations(texts)))


def test_in_a_chain_each_is_like_the_middle_of_its_group() -> None:
    found = groups(chain(9))
    assert max(map(len, found)) <= 3
    assert sum(map(len, found)) >= 6


def test_what_is_like_the_middle_stays_with_it_though_not_like_the_others() -> None:
    words = prose(Random(9), 200)
    early, late = [*prose(Random(10), 70), *words[70:]], [*words[:130], *prose(Random(11), 70)]
    texts = [("a", " ".join(early)), ("b", " ".join(late)), ("m", " ".join(words))]
    assert groups(texts[:2]) == []
    assert groups(texts) == [["a", "b", "m"]]


def test_daily_posts_of_one_template_do_not_make_a_group() -> None:
    random = Random(1)
    texts = []
    for day in range(300):
        numbers = iter(random.sample(range(1000, 100_000), 12))
        texts.append(
            (
                f"close:{day}",
                f"Shares in Beirut closed at {next(numbers)} points on day {day}, after {next(numbers)} points before. "
                f"The volume of trade was {next(numbers)} lots against {next(numbers)} lots, the Harbour bank rose by "
                f"{next(numbers)} and the Grain house fell by {next(numbers)}, while the pound stood at "
                f"{next(numbers)} to the dollar. Oil was sold for {next(numbers)} a barrel, gold for {next(numbers)} "
                f"an ounce; analysts expect {next(numbers)} tomorrow, or {next(numbers)} at worst.",
            )
        )
    assert groups(texts) == []


def test_a_phrase_in_very_many_texts_hides_no_duplicate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_duplicates, "WINDOW", 2)
    random = Random(3)
    # About a fifth of each text is the same in all: bands are shared by many more than the window.
    notice = " ".join(prose(random, 40))
    texts = [(f"n{n}", f"{notice} {' '.join(prose(random, 60))}") for n in range(200)]
    texts += [(f"{name}:again", text.replace(text.split()[-3], "elsewhere")) for name, text in texts[:50]]
    pairs = [group for group in groups(texts) if len(group) == 2 and group[1] == f"{group[0]}:again"]
    assert len(pairs) == 50


def test_short_texts_are_grouped_only_when_equal() -> None:
    short = " ".join(prose(Random(2), MIN_WORDS - 1))
    assert groups([("a", short), ("b", f"{short[:-1]}x"), ("c", short.upper() + " …")]) == [["a", "c"]]
    longer = f"{short} more words than that"
    assert groups([("a", longer), ("b", f"{longer} still"), ("c", longer)]) == [["a", "b", "c"]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The CAFÉ's door – open.", "the cafe's door, open"),
        ("كَتَبَ الطالبُ أخباراً إلى آخر ٱلقصة", "كتب الطالب اخبارا الي اخر القصة"),
        ("مــصــر", "مصر"),
        ("سياسة المدينة", "سياسه المدینه"),
        ("کل ١٢ كتاباً", "كل 12 كتابا"),
        ("¿Qué pasó?", "que paso"),
        ("ﬁne ½", "fine 1⁄2"),
    ],
)
def test_case_marks_and_letter_forms_make_no_difference(one: str, other: str) -> None:
    assert words_of(one) == words_of(other)


def test_numbers_and_words_do() -> None:
    assert words_of("7 dead in Tyre") != words_of("8 dead in Tyre")
    assert words_of("كتب") != words_of("كتاب")


def test_what_is_compared_of_a_record() -> None:
    body = " ".join(prose(Random(1), MIN_WORDS))
    assert text_of({"title": "A", "summary": "B", "body": body}) == body
    assert text_of({"title": "A", "summary": "B", "body": "short"}) == "A\nB\nshort"
    assert text_of({"title": "A", "summary": None, "body": None}) == "A"


def test_nothing_is_like_nothing() -> None:
    assert groups([]) == []
    assert groups([("a", ""), ("b", "…!")]) == []
    assert groups([("a", "one"), ("b", "two")]) == []


def test_any_text_will_do() -> None:
    odd = "\ud800 \x00 word " * 20
    assert groups([("\ud800a", odd), ("b\n", odd)]) == [["b\n", "\ud800a"]]
