"""The hours of the day in which a run may send requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class CrawlHours:
    """The hours of the day in which to crawl. They include midnight if ``end`` is before ``start``."""

    start: time
    end: time
    zone: ZoneInfo

    def opens(self, now: datetime) -> datetime:
        """Return the next instant within the hours, in UTC: ``now`` itself, or the next start."""
        local = now.astimezone(self.zone)
        at = local.time()
        over_midnight = self.end < self.start
        inside = (at >= self.start or at < self.end) if over_midnight else self.start <= at < self.end
        if inside:
            return now.astimezone(UTC)
        # When clocks go back, a time of day comes twice.
        starts = (
            datetime.combine(local.date() + timedelta(days=days), self.start, tzinfo=self.zone).replace(fold=fold)
            for days in range(3)
            for fold in (0, 1)
        )
        return min(instant for start in starts if (instant := start.astimezone(UTC)) > now)

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M} {self.zone.key}"
