"""Computes the days that the sitemaps leave uncovered, from months and days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from mayadeen.crawling.publication_range import ONE_DAY
from mayadeen.extraction.dates import BEIRUT
from mayadeen.extraction.sitemap import Month


@dataclass(frozen=True)
class MonthChoice:
    """The URLs of the sitemaps of months: those to read, newest first, those outside the range, and ``neighbours``.

    A neighbour is read only to know which URLs it lists. Listings show posts of the last hours of an uncovered day with
    the date of the next day in Beirut. The next month's sitemap lists the other posts of that date.
    """

    read: list[str]
    outside: list[str]
    neighbours: list[str]


@dataclass
class SitemapCoverage:
    """What the sitemaps cover within ``since`` and ``until``.

    A month's sitemap lacks the last UTC day of the month. ``months_read`` are the months whose sitemap was read to its
    end. ``all_read`` is true if every sitemap without a month was read to its end. ``whole_months`` is true if no month
    is missing, so that only last days are uncovered.
    """

    since: datetime | None
    until: datetime | None
    months_read: set[Month] = field(default_factory=set)
    all_read: bool = True
    whole_months: bool = True

    @property
    def has_range(self) -> bool:
        return self.since is not None or self.until is not None

    def choose_months(self, months: Mapping[str, Month]) -> MonthChoice:
        """Choose among an index's sitemaps of months, URL → month, and note those to read as read."""
        first = month_at(self.since) if self.since else min(months.values(), default=(0, 0))
        last = month_at(self.until) if self.until else max(months.values(), default=(0, 0))
        choice = MonthChoice([], [], [])
        for url, month in sorted(months.items(), key=lambda item: item[1], reverse=True):
            if first <= month <= last:
                self.months_read.add(month)
                choice.read.append(url)
            else:
                choice.outside.append(url)
        if self.until is not None and self.until >= month_end(last) - ONE_DAY:
            choice.neighbours.extend(url for url, month in months.items() if month == next_month(last))
        return choice

    def not_read(self, month: Month | None) -> None:
        """Note that a sitemap could not be read to its end."""
        if month is None:
            self.all_read = False
        else:
            self.months_read.discard(month)

    def excludes(
        self, published: datetime | None, changed: datetime | None, month: Month | None, now: datetime
    ) -> bool:
        """Return whether an entry was certainly published outside the range.

        A post is never changed before it is published. Times of sitemaps may be off by a day. Impossible times are
        ignored: times in the future, or outside the ``month`` of the sitemap.
        """
        start, end = (month_end(previous_month(month)), month_end(month)) if month else (None, now)
        if published and (published > end + ONE_DAY or (start and published < start - ONE_DAY)):
            published = None
        if changed and (changed > now + ONE_DAY or (start and changed < start - ONE_DAY)):
            changed = None
        latest = published or changed
        if self.since is not None and latest is not None and latest < self.since - ONE_DAY:
            return True
        return self.until is not None and published is not None and published > self.until + ONE_DAY

    def gaps(self, now: datetime) -> tuple[tuple[date, date], ...] | None:
        """The uncovered days in Beirut, oldest first: last UTC days of months, or whole months.

        ``None`` if listings must be crawled whole: without a range, or if no sitemap was read.
        """
        if not (self.has_range and self.all_read and self.months_read):
            return None
        since = self.since or month_end(previous_month(min(self.months_read)))
        until = min(self.until or now, now)
        found = []
        month = month_at(since)
        while month <= month_at(until):
            end = month_end(month)
            start = end - ONE_DAY
            if month not in self.months_read:
                self.whole_months = False
                start = month_end(previous_month(month))
            start, end = max(start, since), min(end - timedelta(seconds=1), until)
            if start <= end:
                found.append((start.astimezone(BEIRUT).date(), end.astimezone(BEIRUT).date()))
            month = next_month(month)
        return tuple(found)


def month_at(at: datetime) -> Month:
    """The UTC month of an instant."""
    at = at.astimezone(UTC)
    return at.year, at.month


def next_month(month: Month) -> Month:
    return (month[0], month[1] + 1) if month[1] < 12 else (month[0] + 1, 1)


def previous_month(month: Month) -> Month:
    return (month[0], month[1] - 1) if month[1] > 1 else (month[0] - 1, 12)


def month_end(month: Month) -> datetime:
    """The instant at which a month is over."""
    return datetime(*next_month(month), 1, tzinfo=UTC)
