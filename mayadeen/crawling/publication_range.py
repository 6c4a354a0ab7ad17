"""The days of publication to which a crawl is limited."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mayadeen.extraction.dates import BEIRUT

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class PublicationRange:
    """The range from ``since`` to ``until``, both included.

    ``gaps`` narrows it to some days, oldest first, each a pair of first and last day in Beirut. ``None`` means no
    narrowing. A card shows a day in Beirut. It may differ from the article's own by one day.
    """

    since: datetime | None = None
    until: datetime | None = None
    gaps: tuple[tuple[date, date], ...] | None = None

    def excludes(self, day: date | None, *, may_be_earlier: bool = False) -> bool:
        """Whether an article whose card shows ``day`` is certainly outside the range.

        ``may_be_earlier``: the card shows no year, and ``day`` is the latest day that it can mean.
        """
        if day is None:
            return False
        if may_be_earlier:
            return self.is_older(day)
        if self.is_older(day) or (self.until is not None and day - _beirut_day(self.until) > ONE_DAY):
            return True
        return self.gaps is not None and not any(first <= day <= last for first, last in self.gaps)

    def is_older(self, day: date) -> bool:
        """Whether an article whose card shows ``day`` is certainly older than the range."""
        if self.since is not None and _beirut_day(self.since) - day > ONE_DAY:
            return True
        return self.gaps is not None and self.gaps[0][0] - day > ONE_DAY

    def all_older(self, days: Collection[date | None]) -> bool:
        """Whether there are cards, all show a day, and all days are older than the range."""
        return bool(days) and all(day is not None and self.is_older(day) for day in days)

    def article_is_older(self, published_at: str | None) -> bool:
        """Whether an article with this time of publication is older than the range."""
        return self.since is not None and published_at is not None and datetime.fromisoformat(published_at) < self.since


def _beirut_day(instant: datetime) -> date:
    return instant.astimezone(BEIRUT).date()
