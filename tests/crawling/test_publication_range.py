"""Which days a crawl wants, in Beirut, where cards may be a day off."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from mayadeen.crawling.publication_range import PublicationRange

SINCE, UNTIL = datetime(2025, 1, 10, tzinfo=UTC), datetime(2025, 1, 20, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "excluded", "older"),
    [
        (date(2025, 1, 8), True, True),
        (date(2025, 1, 9), False, False),
        (date(2025, 1, 15), False, False),
        (date(2025, 1, 22), False, False),  # 23:00 UTC is the 21st in Beirut
        (date(2025, 1, 23), True, False),
    ],
)
def test_a_day_off_is_still_in_the_range(day: date, excluded: bool, older: bool) -> None:
    wanted = PublicationRange(SINCE, UNTIL)
    assert (wanted.excludes(day), wanted.is_older(day)) == (excluded, older)


def test_a_card_without_a_date_is_never_excluded() -> None:
    assert not PublicationRange(SINCE, UNTIL).excludes(None)
    assert not PublicationRange(SINCE, UNTIL).all_older([date(2025, 1, 1), None])


def test_gaps_narrow_the_range() -> None:
    wanted = PublicationRange(gaps=((date(2024, 12, 31), date(2025, 1, 1)), (date(2025, 1, 31), date(2025, 2, 1))))
    assert not wanted.excludes(date(2025, 1, 1))
    assert wanted.excludes(date(2025, 1, 2))
    assert not wanted.is_older(date(2025, 1, 2))
    assert wanted.is_older(date(2024, 12, 29))


def test_no_cards_are_not_older() -> None:
    assert not PublicationRange(SINCE).all_older([])
    assert PublicationRange(SINCE).all_older([date(2024, 12, 1)])


def test_an_article_is_older_by_its_own_time() -> None:
    assert PublicationRange(SINCE).article_is_older("2025-01-09T23:59:59Z")
    assert not PublicationRange(SINCE).article_is_older("2025-01-10T00:00:00Z")
    assert not PublicationRange(SINCE).article_is_older(None)
    assert not PublicationRange().article_is_older("1999-01-01T00:00:00Z")


def test_a_day_without_its_year_excludes_only_what_is_older() -> None:
    wanted = PublicationRange(SINCE, UNTIL, gaps=((date(2025, 1, 1), date(2025, 1, 1)),))
    assert wanted.excludes(date(2024, 1, 1), may_be_earlier=True)
    assert not wanted.excludes(date(2026, 11, 9), may_be_earlier=True)
    assert wanted.excludes(date(2026, 11, 9))
