"""Every page but the article itself: the frame around all of them, front page, listings and their further pages."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from html import escape
from random import Random
from typing import Any
from urllib.parse import quote

from testsite.article import PLACEHOLDER, Article, Refs, tawsiyat_block, tawsiyat_script
from testsite.layouts import (
    AUTHORS_PAGE,
    GROUPS,
    HOSTS,
    MEDIA_HOSTS,
    NAMES,
    POSTTYPES,
    REGIONS,
    SECTIONS,
    STATIC,
    encoded,
)
from testsite.posts import BEIRUT, Archive, Filler, Listing, Post, mix

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"

# The page's own script for "load more". Only the script knows the address that a `script` listing needs.
SITE_SCRIPT = """(function () {
  'use strict';
  document.querySelectorAll('img[data-src]').forEach(function (image) { image.src = image.dataset.src; });
  document.addEventListener('click', function (event) {
    var button = event.target.closest('button[data-url]');
    if (!button) { return; }
    var list = document.querySelector('[data-cards]');
    fetch(button.dataset.url).then(function (answer) {
      return (answer.headers.get('Content-Type') || '').indexOf('json') > 0 ? answer.json() : answer.text();
    }).then(function (data) {
      if (typeof data === 'string') {
        button.remove();
        list.insertAdjacentHTML('beforeend', data);
        return;
      }
      if (data.html !== undefined) { list.insertAdjacentHTML('beforeend', data.html); }
      (data.items || []).forEach(function (item) {
        var card = document.createElement('div'), link = document.createElement('a');
        card.className = 'media-caption';
        link.href = item.url;
        link.textContent = item.title;
        card.appendChild(link);
        list.appendChild(card);
      });
      var next = data.next || data.next_page_url;
      if (!next && data.has_more) {
        next = button.dataset.url.replace(/page=(\\d+)/, function (all, page) { return 'page=' + (Number(page) + 1); });
      }
      if (next) { button.dataset.url = next; } else { button.remove(); }
    });
  });
})();
"""
LISTING_SCRIPT = """(function () {
  'use strict';
  var list = document.querySelector('[data-cards]'), button = document.getElementById('more-stories');
  if (!list || !button) { return; }
  button.addEventListener('click', function () {
    var where = ['', 'stream', 'cards', list.dataset.cards, list.querySelectorAll('[data-card]').length].join('/');
    button.disabled = true;
    fetch(where).then(function (answer) { return answer.text(); }).then(function (cards) {
      list.insertAdjacentHTML('beforeend', cards);
      button.disabled = false;
      if (list.querySelectorAll('[data-card]').length >= Number(list.dataset.total)) { button.remove(); }
    });
  });
})();
"""
STYLE = """body { font: 16px/1.5 Georgia, serif; margin: 0 }
.container { display: flex; max-width: 1200px; margin: auto }
.col-8 { flex: 2 } .col-4 { flex: 1 } .mobile-menu { display: none } img { max-width: 100% }
"""


class Pages:
    """Makes the pages of one test site. `base` is where a page was asked for, `fetch` how many were before it."""

    def __init__(self, archive: Archive, page_kb: int = 0) -> None:
        self.archive = archive
        self.page_kb = page_kb
        self.words = archive.words
        self.edition = archive.edition
        self.name = self.words.phrases["house"]
        self.frame_parts = lru_cache(maxsize=16)(self._frame_parts)
        self._front = Listing(
            "front",
            "front",
            "",
            "/",
            frozenset(n for n, s in enumerate(archive.slots) if s.section.is_text),
            "none",
            20,
        )
        layout = archive.layout
        self.statics = {layout.static.format(k=key): labels for key, labels in STATIC.items()}
        self.authors_path = layout.static.format(k="authors")
        self.authors = [listing for listing in archive.listings.values() if listing.kind == "author"]
        self.coverages = [listing for listing in archive.listings.values() if listing.kind == "coverage"]

    # The frame

    def _menu(self) -> tuple[str, str, str]:
        """The desktop menu, the mobile one and the row of regions."""
        edition, archive = self.edition, self.archive

        def link(path: str, label: str) -> str:
            return f'<a href="{escape(encoded(path))}">{escape(label)}</a>'

        desktop, mobile = [], []
        for group, labels in GROUPS.items():
            leaves = [link(archive.section_path(s), s.labels[edition]) for s in SECTIONS if s.group == group]
            entries = "".join(f"<li>{leaf}</li>" for leaf in leaves)
            desktop.append(
                f'<li class="dropdown"><a href="javascript:void(0)">{escape(labels[edition])}</a><ul>{entries}'
                "</ul></li>"
            )
            mobile.append(f'<div class="m-group"><span>{escape(labels[edition])}</span>{"".join(leaves)}</div>')
        for section in SECTIONS:
            if section.group is None:
                leaf = link(archive.section_path(section), section.labels[edition])
                desktop.append(f"<li>{leaf}</li>")
                mobile.append(f'<div class="m-group">{leaf}</div>')
        desktop.append(f'<li class="live"><a href="/live">&bull; {escape(self.words.phrases["live"])}</a></li>')
        regions = "".join(f"<li>{link(archive.region_path(r), r.labels[edition])}</li>" for r in REGIONS)
        return (
            f'<nav class="main-nav desktop-menu"><ul>{"".join(desktop)}</ul></nav>',
            f'<div class="mobile-menu" aria-hidden="true">{"".join(mobile)}</div>',
            f'<ul class="regions-bar">{regions}</ul>',
        )

    def _frame_parts(self, filled: int) -> tuple[str, str, str]:
        """What is the same on every page: the end of the head, the top and the foot."""
        desktop, mobile, regions = self._menu()
        editions = "".join(
            f'<li><a href="https://{HOSTS[other]}/" hreflang="{other}">{other.title()}</a></li>'
            for other in HOSTS
            if other != self.edition
        )
        labels = {path: labels[self.edition] for path, labels in self.statics.items()}
        labels[self.authors_path] = AUTHORS_PAGE[self.edition]
        foot = "".join(f'<li><a href="{path}">{escape(label)}</a></li>' for path, label in labels.items())
        head = (
            '<link rel="stylesheet" href="/assets/site.css"><link rel="icon" href="/favicon.ico">\n'
            f'<link rel="alternate" hreflang="ar" href="https://{HOSTS["ar"]}/">\n'
        )
        top = (
            '<header class="site-header"><a class="logo" href="/"><img src="/assets/logo.svg"'
            f' alt="{escape(NAMES[self.edition])}"></a>'
            f'<ul class="editions">{editions}<li><a href="https://x.com/MayadeenEnglish">x</a></li></ul>'
            f'<p class="slogan">{self.words.phrases["slogan"]}</p>\n{desktop}\n{mobile}\n{regions}</header>\n'
        )
        bottom = (
            f'<footer class="footer_main"><div class="footer_about"><p>{escape(self.words.about[0])}</p>'
            f'<p>{self.words.phrases["rights"]}</p></div><ul class="footer_links"><li><a'
            f' href="https://x.com/MayadeenEnglish">x</a></li>{foot}</ul>'
            '<div class="footer_apps"><a'
            ' href="https://play.google.com/store/apps/details?id=net.almayadeen.app">Android</a>'
            '<a href="https://apps.apple.com/app/id000000000">iOS</a></div></footer>\n<script'
            ' src="/assets/site.js" defer></script>\n'
        )
        if filled:
            style, icons, state = padding(filled * 1000, self.archive.seed)
            mega = "".join(f'<div class="mega-col">{part}</div>' for part in (desktop, regions))
            head += f"<style>{style}</style>\n"
            top += f'<div hidden>{icons}</div>\n<div class="mega-menu" hidden>{mega}</div>\n'
            bottom = f"<script>window.__STATE__ = {state};</script>\n" + bottom
        return head, top, bottom

    def _ticker(self, fetch: int) -> str:
        lines = "".join(f"<li>{escape(line)}</li>" for line in self.ticker_lines(fetch))
        label = f'<span class="label">{self.words.phrases["breaking"]}</span>'
        return f'<div class="breaking-news">{label}<ul>{lines}</ul></div>\n'

    def ticker_lines(self, fetch: int) -> list[str]:
        """The lines of breaking news, different at every fetch."""
        filler = Filler(self.words, Random(mix(self.archive.seed, 21, fetch)))
        return [filler.pick(self.words.tickers) for _ in range(10)]

    def rail_posts(self, fetch: int) -> tuple[list[Post], list[Post]]:
        """The posts most read, and those to be read next, different at every fetch."""
        random = Random(mix(self.archive.seed, 22, fetch))
        recent = [self.archive.post(index) for index in self.archive.members(self._front, 0, 40)]
        chosen = random.sample(recent, min(len(recent), 14 if self.page_kb else 8))
        return chosen[4:], chosen[:4]

    def _rails(self, refs: Refs, fetch: int) -> tuple[str, str]:
        """The side rails (most read, coverage) and the one below the article."""
        phrases, spelling = self.words.phrases, Random(mix(self.archive.seed, 25))
        most_read, read_next = (self.words.say(key, spelling) for key in ("most_read", "read_next"))
        read, following = self.rail_posts(fetch)
        cards = []
        for post in read:
            image = f'<img src="{PLACEHOLDER}" alt="{escape(post.deck or post.title)}">'
            image = f'<a href="{refs.href(post.path)}">{image}</a>'
            cards.append(
                f'<div class="media-caption small">{image}<h5><a'
                f' href="{refs.href(post.path)}">{escape(post.title, quote=False)}</a></h5>'
                f"<ul><li>{escape(post.section.labels[self.edition])}</li><li>{self._card_date(post)}</li></ul></div>"
            )
        stories = [
            f'<li><a href="{refs.href(listing.path)}">{escape(listing.label)}</a></li>'
            for listing in self.archive.listings.values()
            if listing.kind == "coverage"
        ]
        side = (
            f'<aside class="col-4 sidebar"><div class="most-read"><h3>{most_read}</h3>{"".join(cards)}'
            "</div>\n"
            f'<div class="coverage-rail"><h3>{phrases["coverage"]}</h3><a'
            f' href="{refs.href("/live")}">{phrases["all"]}</a>'
            f"<ul>{''.join(stories)}</ul></div></aside>\n"
        )
        entries = "".join(
            f'<div class="read-next-card"><a href="{refs.href(post.path)}"><img src="{PLACEHOLDER}"'
            f' alt="{escape(post.deck or post.title)}">'
            f"<span>{escape(post.section.labels[self.edition])}</span><h5>{escape(post.title, quote=False)}</h5>"
            "</a></div>"
            for post in following
        )
        heading = f'<h3>{read_next}</h3><a href="{refs.href("/")}">{phrases["all"]}</a>'
        below = f'<section class="read-next">{heading}{entries}</section>\n'
        return side, below

    def _page(
        self, title: str, head: str, main: str, refs: Refs, fetch: int, *, sides: bool = True, below: bool = False
    ) -> str:
        filled = self.page_kb if below else 0
        size = max(0, filled - (len(main) + 22_000) // 1000) if filled else 0
        extra, top, bottom = self.frame_parts(size)
        side, following = self._rails(refs, fetch) if sides else ("", "")
        direction = ' dir="rtl"' if self.edition == "ar" else ""
        return (
            f'<!DOCTYPE html>\n<html lang="{self.edition}"{direction}>\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)} |'
            f" {escape(self.name)}</title>\n"
            f"{head}\n{extra}</head>\n<body>\n{top}{self._ticker(fetch)}"
            f'<main class="container"><div class="col-8">\n{main}\n</div>\n{side}'
            f"</main>\n{following if below else ''}{bottom}</body>\n</html>\n"
        )

    def _block(
        self, path: str, title: str, description: str, kind: str = "page", postid: str = "", image: str | None = None
    ) -> str:
        """Return the machine-readable blocks of a page that is not an article."""
        url = f"https://{HOSTS[self.edition]}{path}"
        metas = (
            ("property", "og:type", "website"),
            ("property", "og:title", title),
            ("property", "og:image", image or f"https://{HOSTS[self.edition]}/assets/logo.svg"),
            ("name", "author", self.name),
            ("name", "postid", postid),
            ("name", "description", description),
        )
        tags = "\n".join(f'<meta {key}="{name}" content="{escape(value)}">' for key, name, value in metas if value)
        data = {"@context": "https://schema.org", "@type": "CollectionPage", "name": title, "url": url}
        linked = f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'
        return f"{tags}\n{linked}\n" + tawsiyat_script(
            tawsiyat_block(
                type_="page" if kind == "page" else "article",
                postid=postid,
                title=title,
                url=url,
                keywords="",
                thumbnail=f"{image}?v=2&width=1000" if image else "",
                duration=None,
                lang=self.edition,
                published="2021-07-01T10:00:00+03:00",
                updated="2025-10-01T10:00:00+03:00",
                description=description,
                author=self.name,
                classes=(("class1", "posttype", POSTTYPES[kind][self.edition]),),
            )
        )

    # Pages

    def article(self, index: int, base: str | None, fetch: int) -> str:
        """The page of one post."""
        article = Article(self.archive, index, base)
        canonical = ""
        if article.metas() or index % 2:
            canonical = f'<link rel="canonical" href="{article.refs.public(article.post.path)}">'
        head = "\n".join(part for part in (article.metas(), canonical, article.tawsiyat(), article.json_ld()) if part)
        return self._page(article.post.title, head, article.render(fetch), article.refs, fetch, below=True)

    def _card_date(self, post: Post) -> str:
        random = Random(mix(self.archive.seed, 20, post.index))
        return self.words.date(post.published.astimezone(BEIRUT), random, hours=False)

    def card(self, index: int, refs: Refs) -> str:
        """The entry of a listing."""
        post, archive = self.archive.post(index), self.archive
        href, section = refs.href(post.path), post.section
        category = f'<a href="{refs.href(archive.section_path(section))}">{escape(section.labels[self.edition])}</a>'
        title, date = escape(post.title, quote=False), self._card_date(post)
        image = f"{refs.media}{post.image}?v={1 + post.touches}&amp;width=400" if post.image else "/assets/logo.svg"
        alt = escape(post.deck or post.title)
        author = (
            f'<a class="writer" href="{refs.href(post.authors[0].path)}">{escape(post.authors[0].label)}</a>'
            if index % 3 == 0
            else ""
        )
        tags = (
            "".join(f'<a href="{refs.href(tag.path)}">{escape(tag.label)}</a>' for tag in post.tags[:2])
            if index % 4 == 0
            else ""
        )
        if archive.layout.name == "dated":
            return (
                f'<article class="teaser" data-card><figure><a href="{href}"><img loading="lazy" src="{image}"'
                f' alt="{alt}"></a></figure>'
                f'<div class="teaser-kicker">{category}</div><h2 class="teaser-title"><a href="{href}">{title}</a></h2>'
                f'<p class="teaser-by">{author} <time>{date}</time></p><p>{tags}</p></article>\n'
            )
        if archive.layout.name == "short":
            return (
                f'<li class="story-row" data-card><a class="story-row__link" href="{href}"><img'
                f' src="{PLACEHOLDER}" data-src="{image}" alt="{alt}">'
                f'<h4>{title}</h4></a><div class="story-row__info">{category} &middot; <span>{date}</span>'
                f" {author} {tags}</div></li>\n"
            )
        return (
            f'<div class="media-caption" data-card><a class="image" href="{href}"><img class="lazyload"'
            f' src="{PLACEHOLDER}" data-src="{image}" '
            f'alt="{alt}"></a><div class="caption"><ul class="info"><li>{category}</li><li>{date}</li></ul><h3><a'
            f' href="{href}">{title}</a></h3>'
            f"{author}{f'<div class=card-tags>{tags}</div>' if tags else ''}</div></div>\n"
        )

    def cards(self, indexes: Iterable[int], refs: Refs) -> str:
        """Several entries."""
        return "".join(self.card(index, refs) for index in indexes)

    def _refs(self, base: str | None, salt: int) -> Refs:
        return Refs(self.edition, base or f"https://{HOSTS[self.edition]}", Random(mix(self.archive.seed, 31, salt)))

    def front_members(self) -> list[int]:
        """The indexes of the front page's stories, in its order."""
        return self.archive.members(self._front, 0, 20)

    def front(self, base: str | None, fetch: int) -> str:
        """The front page."""
        refs = self._refs(base, 0)
        members = self.front_members()
        title = self.words.phrases["slogan"]
        cards = self.cards(members, refs)
        main = f'<section class="front" data-cards="front"><h1>{escape(self.name)}</h1>\n{cards}</section>'
        return self._page(title, self._block("/", title, ""), main, refs, fetch)

    def listing(
        self, listing: Listing, base: str | None, fetch: int, page: int = 1, cursor: int | None = None
    ) -> str | None:
        """Return a page of a listing, None past its end. Some listings repeat their last page instead."""
        archive, layout = self.archive, self.archive.layout
        total, size = archive.count(listing), listing.size
        last = max(1, -(-total // size))
        if listing.paging == "loop":
            page = min(page, last)
        if page < 1 or (page > last and listing.paging in ("numbers", "rel")):
            return None
        refs = self._refs(base, mix(len(listing.key), page))
        members = archive.members(listing, (page - 1) * size, page * size)
        if cursor is not None:
            members = archive.members_after(listing, cursor, size)
        shown = members
        if listing.pinned and page == 1 and total > 2 * size:
            shown = [*archive.members(listing, total * 2 // 3, total * 2 // 3 + 1), *members]
        path = encoded(listing.path)
        head, more = "", ""
        older = bool(members) and bool(archive.members_after(listing, members[-1], 1))
        if listing.paging in ("numbers", "loop", "query"):
            more = self._numbers(listing, path, page, last, older)
        elif listing.paging == "path" and older:
            href = path + layout.page_path.format(page=page + 1)
            more = f'<div class="pager"><a class="older" href="{href}">{self._say("older", listing)} &raquo;</a></div>'
        elif listing.paging == "rel" and older:
            head = f'<link rel="next" href="{path}?after={cursor_of(members[-1])}">\n'
        elif listing.paging == "fragment" and older:
            more = self._fragment_button(listing, 2)
        elif listing.paging in ("json-html", "json-items", "json-count") and older:
            url = escape(self._json_url(listing, 2))
            button = f'<button type="button" class="load-more" data-url="{url}">{self._say("more", listing)}</button>'
            more = f'<div class="more-box">{button}</div>'
        elif listing.paging == "script" and older:
            script = (
                '<script src="/assets/listing.js" defer></script>'
                if listing.kind == "section"
                else f"<script>{LISTING_SCRIPT}</script>"
            )
            button = f'<button type="button" id="more-stories">{self._say("more", listing)}</button>'
            more = f'<div class="more-box">{button}</div>{script}'
        cards = self.cards(shown, refs)
        wrapper = "ul" if layout.name == "short" else "div"
        intro = ""
        kind, postid = "page", ""
        description, image = "", None
        if listing.kind == "author":
            profile = self.profile(listing)
            kind, postid, description, image = "author", profile["post_id"], profile["bio"], profile["portrait"]
            links = "".join(f'<li><a href="{escape(e["url"])}">{escape(e["text"])}</a></li>' for e in profile["links"])
            portrait = (
                f'<img class="lazyload" src="{PLACEHOLDER}" data-src="{image}?v=2&amp;width=300"'
                f' alt="{escape(listing.label)}">'
                if image
                else ""
            )
            intro = (
                f'<div class="author-box">{portrait}<p class="bio">{escape(profile["bio"])}</p>'
                f"{f'<ul class=author-links>{links}</ul>' if links else ''}</div>\n"
            )
        elif listing.kind == "coverage":
            number = [other.key for other in self.coverages].index(listing.key)
            kind, postid, description = "coverage", str(20_000 + number), self.words.coverage_text
            intro = f'<p class="lg_para summary">{escape(description)}</p>\n'
        main = (
            f'<section class="listing"><h1>{escape(listing.label)}</h1>\n{intro}<{wrapper} class="cards"'
            f' data-cards="{listing.key}" '
            f'data-total="{total}">\n{cards}{more if listing.paging == "fragment" else ""}</{wrapper}>\n'
            f"{more if listing.paging != 'fragment' else ''}</section>"
        )
        if page == 1 and listing.kind == "author" and not profile["blocks"]:
            kind = ""
        if kind:
            head += self._block(listing.path, listing.label, description, kind, postid, image)
        return self._page(listing.label, head, main, refs, fetch)

    def profile(self, listing: Listing) -> dict[str, Any]:
        """An author's profile. Of every fourth, `blocks` is false: the page has no machine-readable block."""
        number = [author.key for author in self.authors].index(listing.key)
        random = Random(mix(self.archive.seed, 41, number))
        filler = Filler(self.words, random)
        handle = f"desk_{number}"
        links = [
            {"text": "X", "url": f"https://x.com/{handle}"},
            {"text": "Telegram", "url": f"https://t.me/{handle}"},
        ]
        portrait = (
            f"https://{MEDIA_HOSTS[self.edition]}/media/image/2024/5/{1 + number}/{random.getrandbits(64):016x}.jpg"
        )
        return {
            "name": listing.label,
            "path": listing.path,
            "post_id": str(10_000 + number),
            "bio": filler.fill(self.words.bio.replace("{person}", listing.label)),
            "portrait": portrait if number % 5 else None,
            "links": links[: number % 3],
            "blocks": number % 4 != 3,
        }

    def _numbers(self, listing: Listing, path: str, page: int, last: int, older: bool) -> str:
        layout = self.archive.layout
        if listing.paging == "loop":
            older = last > 1
        links = []
        if listing.paging != "query":
            for n in sorted({1, last, *range(max(1, page - 2), min(last, page + 2) + 1)}):
                href = path if n == 1 else layout.page_query(path, n)
                links.append(
                    f'<li class="active"><span>{n}</span></li>' if n == page else f'<li><a href="{href}">{n}</a></li>'
                )
        if older:
            href = layout.page_query(path, page + 1)
            links.append(f'<li class="next"><a href="{href}">{self._say("next_page", listing)} &raquo;</a></li>')
        return f'<ul class="pagination">{"".join(links)}</ul>' if links and last > 1 else ""

    def _say(self, key: str, listing: Listing) -> str:
        """A phrase of a listing, in one wording on all of its pages."""
        return self.words.say(key, Random(mix(self.archive.seed, 24, *listing.key.encode())))

    def _fragment_button(self, listing: Listing, page: int) -> str:
        url = escape(f"/ajax/cards?list={listing.key}&{self.archive.layout.page_parameter}={page}")
        return f'<button type="button" class="btn-more" data-url="{url}">{self._say("more", listing)}</button>'

    def _json_url(self, listing: Listing, page: int) -> str:
        return f"/api/v1/{listing.key}/posts?page={page}"

    def fragment(self, listing: Listing, base: str | None, page: int) -> str:
        """The cards of a further page, and the button for the one after it."""
        refs = self._refs(base, page)
        members = self.archive.members(listing, (page - 1) * listing.size, page * listing.size)
        more = page * listing.size < self.archive.count(listing)
        return self.cards(members, refs) + (self._fragment_button(listing, page + 1) if more else "")

    def stream(self, listing: Listing, base: str | None, shown: int) -> str:
        """The cards after the first `shown`: what the script of a listing asks for."""
        return self.cards(self.archive.members(listing, shown, shown + listing.size), self._refs(base, shown))

    def json_page(self, listing: Listing, base: str | None, page: int) -> str:
        """A further page as JSON: cards as HTML and the next address, or items, or items and whether there are more."""
        refs = self._refs(base, page)
        members = self.archive.members(listing, (page - 1) * listing.size, page * listing.size)
        more = page * listing.size < self.archive.count(listing)
        following = self._json_url(listing, page + 1) if more else None
        if listing.paging == "json-html":
            return json.dumps({"html": self.cards(members, refs), "next": following})
        items = [self._item(self.archive.post(index), refs) for index in members]
        if listing.paging == "json-items":
            return json.dumps(
                {"status": "ok", "page": page, "items": items, "next_page_url": following}, ensure_ascii=False
            )
        return json.dumps({"items": items, "page": page, "has_more": more})

    def _item(self, post: Post, refs: Refs) -> dict[str, Any]:
        return {
            "id": int(post.post_id),
            "title": post.title,
            "url": encoded(post.path),
            "date": self._card_date(post),
            "category": {
                "title": post.section.labels[self.edition],
                "url": encoded(self.archive.section_path(post.section)),
            },
            "image": refs.media + post.image if post.image else None,
        }

    def static(self, path: str, title: str, base: str | None, fetch: int) -> str:
        """A page of the footer."""
        refs = self._refs(base, len(path))
        if path == self.authors_path:
            entries = "".join(f'<li><a href="{refs.href(a.path)}">{escape(a.label)}</a></li>' for a in self.authors)
            text = f'<ul class="authors-list">{entries}</ul>'
        else:
            text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in self.words.about)
        return self._page(
            title,
            self._block(path, title, ""),
            f'<section class="static"><h1>{escape(title)}</h1>{text}</section>',
            refs,
            fetch,
        )

    def not_found(self, base: str | None, fetch: int) -> str:
        """What an unknown address answers."""
        text = self.words.phrases["not_found"]
        return self._page(
            "404", "", f'<section class="error-page"><h1>404</h1><p>{text}</p></section>', self._refs(base, 404), fetch
        )

    # Sitemaps

    def sitemap_index(self, base: str, ending: str = "") -> str:
        """Return the index of the months, newest first. `ending` follows the names of their files."""
        archive = self.archive
        newest, oldest = archive.published(archive.first), archive.published(archive.stop - 1)
        months = []
        year, month = newest.year, newest.month
        while (year, month) >= (oldest.year, oldest.month):
            months.append(f"<sitemap><loc>{base}/sitemaps/all/sitemap-{year}-{month}.xml{ending}</loc></sitemap>")
            year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        return _xml("sitemapindex", months)

    def sitemap(self, year: int, month: int) -> str | None:
        """Return the addresses of a month but its last UTC day, last updated first. None for a month without posts."""
        archive = self.archive
        start = datetime(year, month, 1, tzinfo=UTC)
        after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        if start > archive.published(archive.first) or after <= archive.published(archive.stop - 1):
            return None
        first = max(archive.first, archive.index_at(after - timedelta(days=1, seconds=1)))
        stop = min(archive.stop, archive.index_at(start - timedelta(seconds=1)))
        posts = [post for post in map(archive.post, range(first, stop)) if post.removed is None]
        posts.sort(key=lambda post: post.modified or post.published, reverse=True)
        for n in range(0, len(posts) - 5, 50):  # a few are lower than their time
            posts.insert(n + 4, posts.pop(n))
        entries = []
        for post in posts:
            loc = f"<url><loc>https://{HOSTS[self.edition]}{escape(encoded(post.path))}</loc></url>"
            entries += [loc] * (2 if post.index % 60 == 7 else 1)
            if post.index % 90 == 11:
                entries.append(
                    f"<url><loc>https://{HOSTS[self.edition]}/news/politics/withdrawn-{post.post_id}</loc></url>"
                )
            if post.index % 120 == 31:
                profile = escape(encoded(post.authors[0].path))
                entries.append(f"<url><loc>https://{HOSTS[self.edition]}{profile}</loc></url>")
        return _xml("urlset", entries)


def _xml(root: str, entries: list[str]) -> str:
    lines = "\n".join(entries)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<{root} xmlns="{_NAMESPACE}">\n{lines}\n</{root}>\n'


def cursor_of(index: int) -> str:
    """Return the opaque cursor of the entries after a post."""
    return quote(base64.urlsafe_b64encode(f"after:{index}".encode()).decode())


def cursor_index(cursor: str) -> int | None:
    """Return the post of a cursor, None for anything else."""
    try:
        word, _, number = base64.urlsafe_b64decode(cursor.encode()).decode().partition(":")
        return int(number) if word == "after" else None
    except ValueError:
        return None


@lru_cache(maxsize=64)
def padding(size: int, seed: int) -> tuple[str, str, str]:
    """About `size` bytes of what makes real pages heavy: style rules, icons, state."""
    random = Random(seed)
    rules: list[str] = []
    icons: list[str] = []
    state: list[dict[str, Any]] = []

    def fill(parts: list[str], part: str) -> int:
        parts.append(part)
        return len(part)

    left = size * 3 // 10
    while left > 0:
        number = random.randrange(10_000)
        left -= fill(
            rules,
            f".c-{number} .item:nth-child({number % 9}) {{ margin: {number % 40}px auto; color: #{number:06x} }}\n",
        )
    left = size * 3 // 10
    while left > 0:
        points = " ".join(f"{random.randrange(240) / 10} {random.randrange(240) / 10}" for _ in range(12))
        left -= fill(icons, f'<svg viewBox="0 0 24 24"><path d="M{points}z"/></svg>')
    left = size * 4 // 10
    while left > 0:
        entry = {
            "id": random.randrange(10**7),
            "slot": f"w-{random.randrange(999)}",
            "props": {"v": random.random(), "ads": [random.randrange(99)] * 3},
        }
        state.append(entry)
        left -= len(json.dumps(entry)) + 2
    return "".join(rules), "".join(icons), json.dumps({"widgets": state})
