from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.crawling.url_list import UrlLineError, urls_in_lines

A, B = "https://english.almayadeen.net/news/a-story", "https://english.almayadeen.net/news/b-story"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{A}\n\n{B}\n", [(1, A), (3, B)]),
        (f"# all\n{A} # the first\n  {B}", [(2, A), (3, B)]),
        (f"{A},\n{B};\n", [(1, A), (2, B)]),
        (f"{A} {B}", [(1, A), (1, B)]),
        (f"{A}\t{B}", [(1, A), (1, B)]),
        (f"{A},{B}", [(1, A), (1, B)]),
        (f"{A}\tA title of words\tpolitics", [(1, A)]),
        (f"{A}, A title of words", [(1, A)]),
        (f"{A},A title\n{B},Another", [(1, A), (2, B)]),
        (f'"{A}","A title, with a comma"', [(1, A)]),
        (f"{A},-with-a-comma", [(1, f"{A},-with-a-comma")]),
        (f"{A},-with-a-comma\n{B}", [(1, f"{A},-with-a-comma"), (2, B)]),
        (f"\ufeff\u200e{A}\u200f", [(1, A)]),
        (f"{A}#top", [(1, f"{A}#top")]),
        ("", []),
    ],
)
def test_addresses_of_a_file(text: str, found: list[tuple[int, str]]) -> None:
    assert list(urls_in_lines(text)) == found


@pytest.mark.parametrize(
    ("text", "number", "why"),
    [
        (f"{A}\nurl,title", 2, "absolute"),
        (f"{A} A title of words", 1, "words after a URL"),
        (f"{A},A title", 1, "words after a URL"),
        ("news/a-story", 1, "absolute"),
        (f"{A}\n, ;", 2, "absolute"),
    ],
)
def test_a_line_that_is_not_understood_is_named(text: str, number: int, why: str) -> None:
    with pytest.raises(UrlLineError, match=why) as caught:
        list(urls_in_lines(text))
    assert caught.value.number == number


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    try:
        for number, url in urls_in_lines(text):
            assert number > 0
            assert url.lower().startswith(("http://", "https://"))
    except UrlLineError:
        pass
