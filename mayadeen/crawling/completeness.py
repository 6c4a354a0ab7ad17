"""Checks whether a listing that ended as complete is complete.

A crawler can miss the link to the next page. So the pages and articles that it saw are compared with page numbers and
totals on the site, and with earlier crawls of the listing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from mayadeen.crawling.listing_crawl import ListingCrawl

MIN_SHARE_OF_TOTAL = 0.9
"""The share of the printed total that must have been seen. Sites count articles that are hidden or listed twice."""

EARLIER_CRAWLS = 5
"""The number of earlier complete crawls to compare with."""

MIN_SHARE_OF_EARLIER = 0.5
"""The share of the smallest earlier crawl that must have been seen. Listings grow, and few articles are removed."""

MIN_DAY = 3
"""Minimum number of articles that sitemaps list for a day, for the listings to be reported as without the day."""

COMPLETE_ENDS = ("complete", "nothing_new", "loop")
"""Reasons of an end that mean that all of a listing was seen. Limits, ``since`` and known articles end it earlier."""


def incompleteness(listing: ListingCrawl, *, longest_page: int, earlier: Sequence[int] = ()) -> str | None:
    """Return the evidence that a listing is not complete, as text for people, or ``None``.

    ``longest_page`` is the highest number of cards on one page of another listing in the run. A first page with fewer
    cards can be a whole listing. ``earlier`` are the numbers of articles that earlier complete crawls with the same
    bounds saw, newest last.
    """
    if listing.ended not in COMPLETE_ENDS:
        return None
    seen = len(listing.seen)
    if listing.repeats_first_page and not 0 < listing.first_page_size < longest_page:
        return "shows its first page again as the second one"
    # Some sites also serve pages after the end, with a pager that shows page numbers that do not exist.
    last_page = listing.least_last_page or 0 if listing.ended == "nothing_new" else listing.last_page_shown
    if last_page > listing.pages:
        return f"shows {last_page} pages, but only {listing.pages} could be reached"
    if listing.total_shown is not None and seen < MIN_SHARE_OF_TOTAL * listing.total_shown:
        return f"says that it has {listing.total_shown} articles, but only {seen} were found"
    least = min(earlier[-EARLIER_CRAWLS:], default=0) if len(earlier) >= EARLIER_CRAWLS else 0
    if seen < MIN_SHARE_OF_EARLIER * least:
        return f"has {seen} articles, but each of the last {EARLIER_CRAWLS} complete crawls found at least {least}"
    return None


def missing_days(days: Mapping[str, date], listed: Collection[str]) -> list[date]:
    """Return the days, oldest first, of which sitemaps list several articles and the listings together none.

    ``days`` gives the day of each URL in the sitemaps, ``listed`` are the URLs that listings showed. Days before the
    oldest day of a listed article are not counted: a site may limit the pages of a listing. Neither are days
    after the newest one.
    """
    by_day: dict[date, list[bool]] = defaultdict(list)
    for url, day in days.items():
        by_day[day].append(url in listed)
    shown = [day for day, found in by_day.items() if any(found)]
    if not shown:
        return []
    first, last = min(shown), max(shown)
    return sorted(d for d, found in by_day.items() if first < d < last and len(found) >= MIN_DAY and not any(found))
