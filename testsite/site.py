"""The test site as a whole: its answers, its pages, and what it replies to a request."""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from testsite import pictures
from testsite.article import Article
from testsite.layouts import AUTHORS_PAGE, EDITIONS, HOSTS, LAYOUTS, encoded
from testsite.pages import LISTING_SCRIPT, SITE_SCRIPT, STYLE, Pages, cursor_index
from testsite.posts import STEPS, Archive, Filler, Listing, Post, mix
from testsite.validators import VALIDATORS, Headers, unchanged, validators_of

MIN_POSTS, MAX_POSTS = 50, 100_000
HTML, JSON, XML, TEXT = (
    "text/html; charset=utf-8",
    "application/json; charset=utf-8",
    "application/xml; charset=utf-8",
    "text/plain; charset=utf-8",
)
ROBOTS = "User-agent: *\nDisallow: /search\nDisallow: /.testsite/\n"
ROBOTS_SITEMAP = "\nSitemap: {}/sitemaps/all.xml\n"
# `gzip`: packed files of the months. `malformed`: files cut in the middle. `forbidden` and `absent`: 403 and 404.
SITEMAPS = ("plain", "gzip", "malformed", "forbidden", "absent")
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 20"><text x="2" y="15">News</text></svg>'
_SITEMAP = re.compile(r"/sitemaps/all/sitemap-(\d{4})-([1-9]|1[0-2])\.xml(\.gz)?")


@dataclass(frozen=True)
class Reply:
    """What is sent for a request. `parts` is given instead of `body` where the whole is not held in memory.

    `delay` is how many seconds the client waits for it. With a `cut`, only that share of the bytes is sent, then the
    connection breaks. 0 sends nothing.
    """

    status: int
    body: bytes
    type: str = HTML
    parts: Iterator[bytes] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: float | None = None


class SyntheticSite:
    """A synthetic test site: `posts` posts that follow from `seed`, in one edition and address layout.

    Articles are padded to about `page_kb` kB. With `publish_every` K, a new post is published after every K requests
    for a listing page. `sitemaps` is how the sitemaps are served, one of SITEMAPS. `validators` is what conditional
    requests for articles compare, one of VALIDATORS. Raises ValueError, in one line for people, for a value out of
    range.

    Posts can be changed while they are served. The answers describe the posts at the time of the call. The index of a
    post never changes.
    """

    def __init__(
        self,
        posts: int = 600,
        seed: int = 1,
        edition: str = "en",
        addresses: str = "plain",
        page_kb: int = 0,
        publish_every: int = 0,
        sitemaps: str = "plain",
        validators: str = "both",
    ) -> None:
        if not MIN_POSTS <= posts <= MAX_POSTS:
            raise ValueError(f"posts: {posts} is out of range. Give a number from {MIN_POSTS} to {MAX_POSTS}")
        if edition not in EDITIONS:
            raise ValueError(f"edition: {edition!r} is unknown. Give one of {', '.join(EDITIONS)}")
        if addresses not in LAYOUTS:
            raise ValueError(f"addresses: {addresses!r} is unknown. Give one of {', '.join(LAYOUTS)}")
        if sitemaps not in SITEMAPS:
            raise ValueError(f"sitemaps: {sitemaps!r} is unknown. Give one of {', '.join(SITEMAPS)}")
        if validators not in VALIDATORS:
            raise ValueError(f"validators: {validators!r} is unknown. Give one of {', '.join(VALIDATORS)}")
        for name, value in (("page_kb", page_kb), ("publish_every", publish_every)):
            if not 0 <= value <= 100_000:
                raise ValueError(f"{name}: {value} is out of range. Give a number from 0 to 100000")
        self.posts = posts
        self.seed = seed
        self.edition = edition
        self.addresses = addresses
        self.publish_every = publish_every
        self.sitemaps = sitemaps
        self.validators = validators
        self.archive = Archive(posts, seed, edition, addresses)
        self.pages = Pages(self.archive, page_kb)
        self._lock = threading.Lock()
        self._fetches = 0
        self._listing_requests = 0

    # Answers

    def answer(self, index: int) -> dict[str, Any]:
        """What is to be read off the page of the post of that index (0 the newest, negative ones published since).

        Raises IndexError where there is no such post.
        """
        self._check(index)
        return Article(self.archive, index).answer()

    def answers(self) -> Iterator[dict[str, Any]]:
        """The answers for all posts published by now, newest first."""
        return (self.answer(index) for index in self.archive.indexes())

    def profiles(self) -> list[dict[str, Any]]:
        """Yield what the authors' pages say, in the order of the Authors page, with public addresses.

        `post_id` is null where the page has no machine-readable block.
        """
        home = f"https://{HOSTS[self.edition]}"
        found = []
        for profile in map(self.pages.profile, self.pages.authors):
            blocks = profile.pop("blocks")
            profile["canonical_url"] = home + encoded(profile.pop("path"))
            found.append({**profile, "post_id": profile["post_id"] if blocks else None})
        return found

    def headlines(self, fetch: int) -> list[dict[str, Any]]:
        """What the front page shows when it is the request of that number (from 1, of all requests)."""
        home, pages, post = f"https://{HOSTS[self.edition]}", self.pages, self.archive.post
        ticker = list(dict.fromkeys(pages.ticker_lines(fetch)))
        found: list[tuple[str, list[tuple[str, str | None]]]] = [("ticker", [(line, None) for line in ticker])]
        for kind, posts in (("most_read", pages.rail_posts(fetch)[0]), ("front", map(post, pages.front_members()))):
            by_path = {post.path.lower(): post for post in posts}  # of two posts with one address, one is shown
            found.append((kind, [(p.title, home + encoded(p.path)) for p in by_path.values()]))
        return [
            {"kind": kind, "rank": rank, "text": text, "url": url}
            for kind, lines in found
            for rank, (text, url) in enumerate(lines, 1)
        ]

    def image(self, url: str) -> bytes | None:
        """Return the original of a picture by its public address. None where nothing or a page is served."""
        found = pictures.picture(urlsplit(url).path)
        return found and found[0]

    def variants(self, index: int) -> list[str]:
        """The names of what is particular about a post's page. Raises IndexError where there is no such post."""
        self._check(index)
        return sorted(self.archive.post(index).variants)

    def page(self, index: int, base: str | None = None) -> str:
        """The page of a post as served, addresses on `base` (default: the public host).

        Raises IndexError where there is no such post.
        """
        self._check(index)
        return self.pages.article(index, base, 0)

    def path(self, index: int) -> str:
        """The address of a post, unencoded, without host. Raises IndexError where there is no such post."""
        self._check(index)
        return self.archive.post(index).path

    def _check(self, index: int) -> None:
        if not self.archive.exists(index):
            raise IndexError(
                f"index: {index} is not a post. Give a number from {self.archive.first} to {self.archive.stop - 1}"
            )

    @property
    def published(self) -> int:
        """How many posts have come out since the start."""
        return -self.archive.first

    def publish(self, count: int = 1) -> None:
        """Publish that number of new posts, at the top of their listings."""
        with self._lock:
            self.archive.first -= count

    # Changes. All raise IndexError where there is no such post, and ValueError where its address does not serve it.

    def edit(self, index: int, field: str) -> None:
        """Make a new version of a post's text: another `title` or `summary`, or a longer `body`.

        Raises ValueError for another field, and for the body of a post that has none.
        """
        with self._lock:
            post = self._served(index)
            words, random = self.archive.words, Random(mix(self.seed, 52, index, post.version))
            filler = Filler(words, random, who=post.who, what=post.what)
            changes: dict[str, Any]
            if field == "title":
                title = self.archive.original(index).title
                changes = {"title": _other_than(post.title, lambda: filler.fill("{place}: ") + title)}
            elif field == "summary":
                deck = _other_than(post.deck, lambda: filler.pick(words.decks))
                changes = {"deck": deck, "variants": post.variants - {"no-deck"}}
            elif field == "body" and post.section.is_text:
                changes = {"additions": (*post.additions, filler.pick(words.sentences))}
            elif field == "body":
                raise ValueError(f"index: post {index} has no body, it is a {post.section.kind}. Give one with a text")
            else:
                raise ValueError(f"field: {field!r} is unknown. Give one of title, summary, body")
            content_hash = self.answer(index)["record"]["content_hash"]
            self.archive.change(
                index, modified=self.archive.moment(index), hashes=(*post.hashes, content_hash), **changes
            )

    def touch(self, index: int) -> None:
        """Change a post's page but not its text: share count, thumbnail, validators."""
        with self._lock:
            self.archive.change(index, touches=self._served(index).touches + 1)

    def remove(self, index: int, status: int = 404) -> None:
        """Take a post from its listings, the sitemaps and its address, which answers 404 or 410 from then on."""
        if status not in (404, 410):
            raise ValueError(f"status: {status} is not a status of a removed post. Give 404 or 410")
        with self._lock:
            self._served(index)
            self.archive.remove(index, status)

    def collide(self, index: int) -> int:
        """Bring out a new post that takes the address of this one, and return its index.

        The old one stays in its listings, as on the site. The address has the kind of the post, so the new post has the
        same kind. Posts that come before it are published too.
        """
        with self._lock:
            archive, kind = self.archive, self._served(index).section.kind
            while True:
                other = archive.first - 1
                # One that takes an address by nature would leave that address to nobody.
                if archive.original(other).section.kind == kind and archive.older(other) is None:
                    break
                archive.first = other
            archive.collide(index, other)
            archive.first = other
            return other

    def break_blocks(self, index: int) -> None:
        """Remove the machine-readable blocks, and so the post id, from a post's page, but nothing visible.

        Raises ValueError for a post that cannot be read without them: one without text, or of the other page layout.
        """
        with self._lock:
            post = self._served(index)
            if not post.section.is_text or "redesigned" in post.variants:
                raise ValueError(
                    f"index: post {index} cannot be read without its blocks. Give a text not in variant redesigned"
                )
            self.archive.break_blocks(index)

    def repair_blocks(self, index: int) -> None:
        """Give a post's page back the blocks that it came out with."""
        with self._lock:
            self._served(index)
            self.archive.repair_blocks(index)

    def redesign(self, *steps: str) -> None:
        """Apply steps of STEPS to the pages of all articles, also future ones. Without steps, restore the first design.

        Raises ValueError for a step that is unknown.
        """
        if unknown := sorted(set(steps) - set(STEPS)):
            raise ValueError(f"redesign: {unknown[0]!r} is unknown. Give some of {', '.join(STEPS)}")
        with self._lock:
            self.archive.design = frozenset(steps)

    def redirect(self, index: int) -> None:
        """Move a post to a new address, to which the old one redirects (301).

        A post whose page does not say its post id has another `id` in the answers from then on.
        """
        with self._lock:
            post = self._served(index)
            self.archive.move(index, f"{post.path}-{post.version + 1}")

    def _served(self, index: int) -> Post:
        self._check(index)
        if not self.archive.reachable(index):
            raise ValueError(f"index: the address of post {index} does not serve it. Give one that is reachable")
        return self.archive.post(index)

    # Replies

    def reply(self, target: str, base: str, headers: Headers | None = None) -> Reply:
        """The reply to a GET of that request target, for a test site served at `base` (no slash at its end).

        `headers` are those of the request. A plain dictionary needs the names as written in RFC 9110.
        """
        raw_path, _, raw_query = target.partition("?")
        path = unquote(raw_path)
        query = dict(parse_qsl(raw_query))
        with self._lock:
            self._fetches += 1
            fetch = self._fetches
        reply = self._picture(path, raw_query) if path.startswith("/media/image/") else self._special(path, base)
        if reply is None:
            html = self._html(path, query, base, fetch, headers or {})
            reply = html if isinstance(html, Reply) else _found(html) if html is not None else None
        return reply or Reply(404, self.pages.not_found(base, fetch).encode())

    def _special(self, path: str, base: str) -> Reply | None:
        if path == "/robots.txt":
            return _found(ROBOTS + (ROBOTS_SITEMAP.format(base) if self.sitemaps != "absent" else ""), TEXT)
        if path == "/.testsite/answers.jsonl":
            return Reply(200, b"", "application/x-ndjson", parts=(json_line(answer) for answer in self.answers()))
        if path.startswith("/assets/"):
            asset = {
                "site.js": (SITE_SCRIPT, "text/javascript"),
                "listing.js": (LISTING_SCRIPT, "text/javascript"),
                "site.css": (STYLE, "text/css"),
                "logo.svg": (LOGO, "image/svg+xml"),
            }.get(path.removeprefix("/assets/"))
            return _found(*asset) if asset else None
        if path in ("/rss", "/rss.xml"):
            return Reply(403, b"<h1>403 Forbidden</h1>")
        if path.startswith("/sitemaps/"):
            return self._sitemap(path, base)
        return None

    def _picture(self, path: str, query: str) -> Reply | None:
        found = pictures.picture(path, query)
        if found is None:
            return _found("<h1>No such picture</h1>") if pictures.kind_of(path) == "page" else None
        return Reply(200, *found)

    def _sitemap(self, path: str, base: str) -> Reply | None:
        if self.sitemaps == "forbidden":
            return Reply(403, b"<h1>403 Forbidden</h1>")
        if self.sitemaps == "absent":
            return None
        packed = self.sitemaps == "gzip"
        if path == "/sitemaps/all.xml":
            return _found(self.pages.sitemap_index(base, ".gz" if packed else ""), XML)
        month = _SITEMAP.fullmatch(path)
        if month is None or bool(month[3]) != packed:
            return None
        text = self.pages.sitemap(int(month[1]), int(month[2]))
        if text is None:
            return None
        if packed:
            return Reply(200, gzip.compress(text.encode(), 1, mtime=0), "application/gzip")
        return _found(text[: len(text) * 2 // 3] if self.sitemaps == "malformed" else text, XML)

    def _html(self, path: str, query: dict[str, str], base: str, fetch: int, headers: Headers) -> Reply | str | None:
        pages, archive = self.pages, self.archive
        if path == "/":
            return pages.front(base, fetch)
        if path == "/live":
            return pages.static(path, archive.words.phrases["live"], base, fetch)
        if labels := pages.statics.get(path):
            return pages.static(path, labels[self.edition], base, fetch)
        if path == pages.authors_path:
            return pages.static(path, AUTHORS_PAGE[self.edition], base, fetch)
        if (found := self._listing(path, query)) is not None:
            listing, page, cursor = found
            text = pages.listing(listing, base, fetch, page, cursor)
            self._listing_served()
            return text
        if (more := self._more(path, query, base)) is not None:
            self._listing_served()
            return more
        if (moved := archive.redirects.get(path.lower())) is not None:
            return Reply(301, b"", headers={"Location": base + encoded(moved)})
        index = archive.find(path)
        return None if index is None else self._article(index, base, fetch, headers)

    def _article(self, index: int, base: str, fetch: int, headers: Headers) -> Reply:
        # First, so that a page changed meanwhile goes out with validators too old and never with ones too new.
        validators = validators_of(self.archive, index, self.validators)
        removed = self.archive.post(index).removed
        if removed is not None:
            return Reply(removed, self.pages.not_found(base, fetch).encode())
        if unchanged(headers, validators):
            return Reply(304, b"", headers=validators)
        return Reply(200, self.pages.article(index, base, fetch).encode(), headers=validators)

    def _listing(self, path: str, query: dict[str, str]) -> tuple[Listing, int, int | None] | None:
        """The listing that a path and query ask for, the page and the cursor."""
        archive, layout = self.archive, self.archive.layout
        listing = archive.listings.get(path.lower().rstrip("/") or "/")
        if listing is not None:
            if listing.paging == "rel" and "after" in query:
                cursor = cursor_index(query["after"])
                return listing, 1 if cursor is not None else 0, cursor
            asked = query.get(layout.page_parameter, "1") if listing.paging in ("numbers", "loop", "query") else "1"
            return listing, _number(asked), None
        pattern = re.escape(layout.page_path).replace(r"\{page\}", r"([0-9]{1,6})")
        if match := re.fullmatch(f"(.+){pattern}/?", path):
            listing = archive.listings.get(match[1].lower())
            if listing is not None and listing.paging == "path":
                return listing, int(match[2]), None
        return None

    def _more(self, path: str, query: dict[str, str], base: str) -> Reply | str | None:
        """Further entries that a "load more" asks for."""
        archive, pages = self.archive, self.pages
        if path == "/ajax/cards":
            listing, page = (
                archive.by_key.get(query.get("list", "")),
                _number(query.get(archive.layout.page_parameter, "")),
            )
            return pages.fragment(listing, base, page) if listing and listing.paging == "fragment" and page else None
        parts = path.split("/")
        if path.startswith("/api/v1/") and len(parts) == 5 and parts[4] == "posts":
            listing, page = archive.by_key.get(parts[3]), _number(query.get("page", ""))
            return (
                _found(pages.json_page(listing, base, page), JSON)
                if listing and listing.paging.startswith("json") and page
                else None
            )
        if path.startswith("/stream/cards/") and len(parts) == 5:
            listing = archive.by_key.get(parts[3])
            return pages.stream(listing, base, _number(parts[4])) if listing and listing.paging == "script" else None
        return None

    def _listing_served(self) -> None:
        if self.publish_every:
            with self._lock:
                self._listing_requests += 1
                if self._listing_requests % self.publish_every == 0:
                    self.archive.first -= 1


def _found(text: str, type_: str = HTML) -> Reply:
    return Reply(200, text.encode(), type_)


def _other_than(old: str | None, make: Callable[[], str]) -> str:
    while (new := make()) == old:
        pass
    return new


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def json_line(value: object) -> bytes:
    """One line of JSON Lines."""
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
