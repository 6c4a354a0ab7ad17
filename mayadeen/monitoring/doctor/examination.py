"""The doctor's round: robots.txt, front page, listings, articles, names, an image, sitemaps and the feed.

It reads every page with the functions that a crawl uses, and asks `next_step` what a crawl would do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import urlsplit

from scrapy.robotstxt import ProtegoRobotParser

from mayadeen.crawling.arguments import BadArgument, nearest
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.menu import Menu, assumed_menu, read_menu
from mayadeen.monitoring.doctor.articles import ArticleCheck, check_article, layout_check, pick_articles
from mayadeen.monitoring.doctor.environment import clock_check
from mayadeen.monitoring.doctor.fetching import Answer, BudgetExhausted, Fetch, LimitedFetch, Refused
from mayadeen.monitoring.doctor.listings import NAME_TITLES, ListingCheck
from mayadeen.monitoring.doctor.report import Check, DoctorReport
from mayadeen.monitoring.doctor.sitemaps import SitemapRound
from mayadeen.politeness.robots_groups import normalize_robots
from mayadeen.site.editions import Section
from mayadeen.site.urls import Addresses

MAX_ARTICLES = 8
MAX_SECOND_PAGES = 6
MAX_SAMPLES = 5
RESERVED = MAX_ARTICLES + MAX_SECOND_PAGES + 7
"""Requests that the first pages of listings may not use.

They are for articles, second pages, an author, a tag, an image, two sitemaps and the feed. One is for a redirect of an
article."""
AI_AGENTS = ("GPTBot", "ClaudeBot", "CCBot", "Google-Extended", "PerplexityBot", "Bytespider")
_WAIT = (
    "Wait some hours. If it stays so, write to the site and set MAYADEEN_CONTACT. The crawler does not work around it."
)


class Examination:
    """One round of checks. ``run`` fills ``report``, and never asks for more than its budget allows.

    ``sections`` are names of sections as for a crawl. Without any, all listings of the menu are checked.
    ``agent`` is the crawler's name for robots.txt. ``has_browser`` says whether listings can be opened in Chromium.
    """

    def __init__(
        self,
        fetch: Fetch,
        addresses: Addresses,
        report: DoctorReport,
        *,
        budget: int | None,
        agent: str,
        sections: tuple[str, ...] = (),
        has_browser: bool = True,
        delay: float = 1.0,
    ) -> None:
        self.fetch = LimitedFetch(fetch, budget)
        self.addresses = addresses
        self.report = report
        self.agent = agent
        self.sections = sections
        self.has_browser = has_browser
        self.delay = delay
        self.listings: list[ListingCheck] = []
        self.articles: list[ArticleCheck] = []
        self.sitemaps = SitemapRound(addresses)

    async def run(self) -> DoctorReport:
        """Run all checks. Raises ``BadArgument`` for a section that the menu does not have."""
        try:
            await self._round()
        except Refused:
            self._blocked()
        except BudgetExhausted:
            self._not_asked("budget", "Other checks", "the budget of requests is used up", "Run with --full.")
        self.report.requests = self.fetch.requests
        return self.report

    async def _round(self) -> None:
        if not await self._robots():
            return
        menu = await self._front_page()
        if menu is None:
            return
        await self._listings(menu)
        await self._second_pages()
        await self._articles()
        await self._names()
        await self._image()
        await self._sitemaps()

    # --- access ----------------------------------------------------------------------------------------------------

    async def _robots(self) -> bool:
        """Check robots.txt. Returns whether a crawl may go on."""
        answer = await self.fetch(f"{self.addresses.base_url}/robots.txt", "robots")
        title = "robots.txt"
        if answer.response is None:
            self._unreachable(answer)
            return False
        status = answer.status or 0
        if status >= 500:
            advice = "Try again later. While robots.txt fails, a crawl waits and then stops (RFC 9309)."
            self.report.add("access", Check("robots", title, "fail", f"HTTP status {status}", advice))
            return False
        if status >= 400:
            self.report.add("access", Check("robots", title, "ok", f"HTTP status {status}: there are no rules"))
            return True
        parser = self._rules(answer.response.body, self.agent)
        self.sitemaps.roots = list(dict.fromkeys(parser.rp.sitemaps))
        front = f"{self.addresses.base_url}/"
        if not parser.allowed(front, self.agent):
            advice = "The site does not want this crawler. Ask the site for permission. The crawler does not ignore it."
            self.report.add("access", Check("robots", title, "fail", "forbids the front page to the crawler", advice))
            return False
        self.report.add("access", Check("robots", title, "ok", "allows the crawler"))
        if delay := parser.crawl_delay(self.agent):
            slow = delay > self.delay
            value = f"asks for {delay:g} s between requests"
            advice = "Nothing to do: the crawler keeps it. A crawl takes longer."
            self.report.add("access", Check("crawl_delay", "Crawl-delay", "note" if slow else "ok", value, advice))
            self.delay = max(self.delay, float(delay))
        self._ai_groups(answer.response.body, front)
        return True

    @staticmethod
    def _rules(body: bytes, agent: str) -> ProtegoRobotParser:
        """Read the rules that apply to a crawler."""
        return ProtegoRobotParser(normalize_robots(body, agent), None)

    def _ai_groups(self, body: bytes, front: str) -> None:
        """Note which AI crawlers robots.txt forbids: its owner may not want the text used for training."""
        forbidden = [agent for agent in AI_AGENTS if not self._rules(body, agent).allowed(front, agent)]
        if forbidden:
            advice = "Nothing forbids your crawl. Respect the wish if you use the text to train a model."
            value = f"forbids {', '.join(forbidden)}"
            self.report.add("access", Check("ai_groups", "AI crawlers", "note", value, advice))

    async def _front_page(self) -> Menu | None:
        """Check the front page and its menu. Returns the menu in force, ``None`` if a crawl is not possible."""
        answer = await self.fetch(f"{self.addresses.base_url}/")
        if answer.response is None:
            self._unreachable(answer)
            return None
        self.report.add("environment", clock_check(answer.header("Date")))
        if not answer.is_html:
            advice = "Open it in a browser. If it works there, MAYADEEN_BASE_URL may be wrong."
            value = answer.describe() if answer.status != 200 else "not an HTML page"
            self.report.add("access", Check("front_page", "Front page", "limit", value, advice))
        else:
            self._front_page_facts(answer)
        menu = self._read_menu(answer)
        self._menu_checks(menu)
        return menu

    def _front_page_facts(self, answer: Answer) -> None:
        assert answer.response is not None
        where = answer.response.url
        if self.addresses.canonical(where) == self.addresses.canonical(f"{self.addresses.base_url}/"):
            self.report.add("access", Check("front_page", "Front page", "ok", "HTTP status 200"))
        else:
            advice = "Set MAYADEEN_BASE_URL to this address if it is the right one."
            self.report.add("access", Check("front_page", "Front page", "note", f"redirects to {where}", advice))
        protocol = getattr(answer.response, "protocol", None) or "unknown"
        facts = ", ".join(filter(None, (protocol, answer.header("Server"))))
        self.report.add("access", Check("protocol", "Protocol", "ok", facts))
        validators = [name for name in ("ETag", "Last-Modified") if answer.header(name)]
        if validators:
            self.report.add("access", Check("validators", "Validators", "ok", ", ".join(validators)))
        else:
            advice = "Nothing to do: `mode=refresh` fetches known pages in full, which costs the site more."
            self.report.add("access", Check("validators", "Validators", "note", "none on the front page", advice))

    def _unreachable(self, answer: Answer) -> None:
        """Report a host that does not answer, with the failure by name."""
        advice = {
            "dns": "Check the spelling of the host and this machine's name resolution.",
            "tls": "Check this machine's clock and certificates. A proxy that opens TLS connections causes this too.",
            "timeout": "Check the network, firewall and proxy of this machine.",
            "refused": "Check MAYADEEN_BASE_URL, and whether a firewall or proxy is in between.",
            "offsite": "A captive portal or proxy may be in between: open the address in a browser on this machine.",
        }.get(answer.code or "", "Check the network of this machine and MAYADEEN_BASE_URL.")
        self.report.add("access", Check("reachable", "Site", "fail", f"{answer.url}: {answer.describe()}", advice))

    def _blocked(self) -> None:
        """Report the refusal that ended the round."""
        answer = self.fetch.refused
        assert answer is not None
        at_feed = urlsplit(answer.url).path in self.sitemaps.optional_paths
        value = f"{answer.refusal()} at {answer.url}"
        if at_feed:
            advice = "Nothing to do: the crawler does without it."
            self.report.add("sitemaps", Check("feed", "Feed", "note", value, advice))
            return
        self.report.add("access", Check("blocked", "Access", "fail", value, _WAIT))
        self._not_asked("after_block", "All other checks", "nothing is asked after a refusal", _WAIT)

    def _not_asked(self, key: str, title: str, value: str, advice: str) -> None:
        self.report.add("access", Check(key, title, "not_asked", value, advice))

    # --- menu and listings ---------------------------------------------------------------------------------------

    def _read_menu(self, answer: Answer) -> Menu:
        menu = None
        if answer.text is not None:
            try:
                menu = read_menu(answer.text, answer.url, self.addresses)
            except PageError:
                menu = None
        return menu or assumed_menu(self.addresses.edition)

    def _menu_checks(self, menu: Menu) -> None:
        if menu.assumed:
            advice = (
                "The crawler uses its built-in table, which may be wrong. Report it with `scrapy doctor --save DIR`."
            )
            self.report.add("menu", Check("menu", "Menu", "limit", "not found on the front page", advice))
            return
        known = {section.label for section in (*self.addresses.edition.sections, *self.addresses.edition.regions)}
        shown = {section.label for section in menu.entries}
        value = f"{len(menu.sections)} sections, {len(menu.regions)} regions"
        self.report.add("menu", Check("menu", "Menu", "ok", value, details={"labels": sorted(shown)}))
        if new := sorted(shown - known):
            advice = "Nothing to do: the crawler follows them."
            self.report.add("menu", Check("new_sections", "New in the menu", "note", ", ".join(new), advice))
        if missing := sorted(known - shown):
            advice = "Nothing to do unless you name one of them: the menu decides what a crawl follows."
            self.report.add("menu", Check("missing_sections", "Not in the menu", "note", ", ".join(missing), advice))

    async def _listings(self, menu: Menu) -> None:
        wanted = list(self._wanted(menu))
        left = self.fetch.left
        room = len(wanted) if left is None else max(left - RESERVED, 1)
        for section in wanted[:room]:
            check = ListingCheck(section, self.addresses, is_region=section in menu.regions)
            check.read_first(await self.fetch(check.url), self.listing_urls(menu))
            self.listings.append(check)
            self.report.add("listings", check.result(has_browser=self.has_browser))
        if rest := wanted[room:]:
            names = ", ".join(section.label for section in rest)
            advice = "Run with --full to check them too."
            self.report.add(
                "listings", Check("left_out", f"{len(rest)} listings", "note", f"not checked: {names}", advice)
            )

    def listing_urls(self, menu: Menu) -> set[str]:
        """Return the identities of all listings of the menu: their links are not articles."""
        return {self.addresses.canonical(f"{self.addresses.base_url}{section.path}") for section in menu.entries}

    def _wanted(self, menu: Menu) -> Iterator[Section]:
        """Yield the listings to check: those named, or what a crawl follows by default and then the others."""
        if not self.sections:
            yield from dict.fromkeys((*menu.default(self.addresses.edition), *menu.entries))
            return
        for name in self.sections:
            found = menu.find(name) or menu.find(name, regions=True)
            if not found:
                raise BadArgument("sections", name, "is not in the menu", nearest(name, menu.names()))
            yield from found

    async def _second_pages(self) -> None:
        """Read the second page of listings that page in different ways or are in different groups."""
        seen: set[tuple[str, str | None]] = set()
        for check in self.listings:
            next_url = check.second_url()
            kind = (check.paging, check.section.group)
            if next_url is None or kind in seen or len(seen) >= MAX_SECOND_PAGES:
                continue
            seen.add(kind)
            check.read_second(await self.fetch(next_url))
            result = check.second_result()
            if result is not None:
                self.report.add("listings", result)

    # --- articles ------------------------------------------------------------------------------------------------

    async def _articles(self) -> None:
        if not any(check.cards for check in self.listings):
            advice = "Open a listing in a browser and look for articles. Report it with `scrapy doctor --save DIR`."
            self.report.add("articles", Check("articles", "Articles", "fail", "no listing shows an article", advice))
            return
        for url, section in islice(pick_articles(self.listings, self.addresses), MAX_ARTICLES):
            found = check_article(await self.fetch(url), url, section, self.addresses)
            self.articles.append(found)
            self.report.add("articles", found.check)
        good = [found for found in self.articles if found.record is not None]
        self.report.samples += [found.record for found in good[:MAX_SAMPLES] if found.record is not None]
        if not good:
            advice = "Open one of them in a browser. If it is an article, report it with `scrapy doctor --save DIR`."
            self.report.add("articles", Check("articles", "Articles", "fail", "no page gave a valid record", advice))
        self.report.add("articles", layout_check(self.articles))

    async def _names(self) -> None:
        """Check one author's page and one tag's page, as linked on the articles."""
        links: Iterable[tuple[str, str | None]] = (
            ("author", next((url for found in self.articles for url in found.author_urls), None)),
            ("tag", next((url for found in self.articles for url in found.tag_urls), None)),
        )
        for kind, url in links:
            if url is None:
                advice = f"Nothing to do unless you crawl by {kind}: the crawler looks for names on more pages."
                value = "no link on the articles checked"
                self.report.add(
                    "listings",
                    Check(f"a_{kind}", NAME_TITLES[kind], "note", value, advice),
                )
                continue
            check = ListingCheck(Section(url.rpartition("/")[2], None, urlsplit(url).path), self.addresses)
            check.read_first(await self.fetch(self.addresses.fetchable(url)), set())
            self.report.add("listings", check.name_result(kind))

    async def _image(self) -> None:
        url = next((url for found in self.articles for url in found.image_urls), None)
        where = self.addresses.image(url) if url else None
        if where is None:
            advice = "Nothing to do unless you want images."
            self.report.add("articles", Check("image", "An image", "note", "none on the articles checked", advice))
            return
        answer = await self.fetch(where, "image")
        kind = answer.header("Content-Type") or "unknown type"
        if answer.status == 200 and kind.startswith("image/"):
            self.report.add(
                "articles", Check("image", "An image", "ok", f"{kind}, {answer.header('Content-Length') or '?'} bytes")
            )
        else:
            advice = "Nothing to do unless you want images: MAYADEEN_IMAGES=True would count it as failed."
            self.report.add("articles", Check("image", "An image", "note", f"{answer.describe()}, {kind}", advice))

    # --- sitemaps ------------------------------------------------------------------------------------------------

    async def _sitemaps(self) -> None:
        sampled = [found.url for found in self.articles]
        async for check in self.sitemaps.checks(self.fetch, sampled, datetime.now(UTC)):
            self.report.add("sitemaps", check)
