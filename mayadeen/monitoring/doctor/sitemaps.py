"""The doctor's checks of the sitemaps and the feed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from mayadeen.extraction.dates import utc_string
from mayadeen.extraction.sitemap import Entry, Malformed, month_of, next_entry, read_sitemap
from mayadeen.monitoring.doctor.fetching import Answer, LimitedFetch
from mayadeen.monitoring.doctor.report import Check
from mayadeen.site.urls import Addresses

INDEX = "/sitemaps/all.xml"
FEED = "/rss"
MAX_ENTRIES = 50_000
"""Entries read of one sitemap: the maximum of the protocol."""
_WITHOUT = "Use the spider `articles`: `archive` would crawl the listings only."


class SitemapRound:
    """Checks of the sitemap index, its newest sitemap and the feed.

    ``roots`` are the sitemaps that robots.txt names. ``months`` and ``newest_size`` tell how large the site is.
    """

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self.roots: list[str] = []
        self.months = 0
        self.newest_size = 0
        self.optional_paths = {FEED}

    @property
    def articles_in_all(self) -> int | None:
        """An estimate of the posts in all sitemaps, or ``None`` if no sitemap was read."""
        return self.months * self.newest_size or None

    async def checks(self, fetch: LimitedFetch, sampled: Sequence[str], now: datetime) -> AsyncIterator[Check]:
        """Yield the checks. ``sampled`` are the URLs of the articles that were looked at."""
        index_url = self._on_base(self.roots[0] if self.roots else INDEX)
        entries, check = self._read("sitemap_index", "Sitemap", await fetch(index_url, "sitemap"))
        yield check
        if entries and entries[0].kind == "index":
            child = self._newest(entries)
            self.months = len(entries)
            entries, check = self._read("sitemap", "Newest sitemap", await fetch(self._on_base(child), "sitemap"))
            yield check
        elif entries:
            self.months = 1
        self.newest_size = len(entries)
        if entries:
            yield self._sampled("in_sitemap", "Articles in the sitemap", entries, sampled)
        feed, check = self._read("feed", "Feed", await fetch(self._on_base(FEED), "sitemap"), optional=True)
        yield check
        if feed:
            yield self._sampled("in_feed", "Articles in the feed", feed, sampled)

    def _read(self, key: str, title: str, answer: Answer, *, optional: bool = False) -> tuple[list[Entry], Check]:
        """Read a sitemap, an index or a feed."""
        advice = "Nothing to do: the crawler does without it." if optional else _WITHOUT
        status = "note" if optional else "limit"
        if answer.status != 200 or answer.response is None:
            return [], Check(key, title, status, answer.describe(), advice)  # type: ignore[arg-type]
        entries: list[Entry] = []
        damage = ""
        try:
            found = read_sitemap(answer.response.body)
            while len(entries) < MAX_ENTRIES and (entry := next_entry(found)) is not None:
                entries.append(entry)
        except Malformed as error:
            damage = f", then damaged: {error}"
        if not entries:
            return [], Check(key, title, status, f"has no entry{damage}", advice)  # type: ignore[arg-type]
        times = [at for entry in entries if (at := entry.published or entry.changed) is not None]
        newest = f", newest {utc_string(max(times))[:10]}" if times else ", without dates"
        value = f"{len(entries)} entries{newest}{damage}"
        details = {"stable": [entries[0].kind, bool(times), bool(damage)]}
        if damage:
            return entries, Check(key, title, "limit", value, "A crawl takes the rest from the listings.", details)
        return entries, Check(key, title, "ok", value, details=details)

    def _newest(self, entries: Sequence[Entry]) -> str:
        """Return the URL of the newest month's sitemap, or of the first."""
        months = [(month, entry.url) for entry in entries if (month := month_of(entry.url))]
        return max(months)[1] if months else entries[0].url

    def _sampled(self, key: str, title: str, entries: Sequence[Entry], sampled: Sequence[str]) -> Check:
        """Say how many of the sampled articles are listed. Older ones are in sitemaps that were not read."""
        listed = {self.addresses.canonical(url) for entry in entries if (url := self._url(entry))}
        found = sum(self.addresses.canonical(url) in listed for url in sampled)
        return Check(key, title, "ok", f"{found} of {len(sampled)} that were checked", details={"stable": bool(found)})

    def _url(self, entry: Entry) -> str | None:
        url = self.addresses.resolve(entry.url, f"{self.addresses.base_url}/")
        return url if url is not None and self.addresses.is_site(url) else None

    def _on_base(self, href: str) -> str:
        url = self.addresses.resolve(href, f"{self.addresses.base_url}/") or href
        return self.addresses.fetchable(url)
