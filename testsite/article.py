"""One post: what each source on its page prints, its body, its markup, and the answer that follows from them.

The markup and the answer come from the same `Facts` and the same `Body`. So the answer has every fact that a source
prints, and no other.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from random import Random
from typing import Any

from testsite.layouts import GROUPS, HOSTS, MEDIA_HOSTS, POSTTYPES, Section, encoded
from testsite.posts import BEIRUT, Archive, Filler, Name, Post, mix

PLACEHOLDER = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
TRUST = ("tawsiyat", "json-ld", "meta", "html")

JSON = dict[str, Any]


class Refs:
    """Prints addresses of the test site the three ways they occur, and knows the public one of each."""

    def __init__(self, edition: str, base: str, random: Random) -> None:
        self.home = f"https://{HOSTS[edition]}"
        self.media = f"https://{MEDIA_HOSTS[edition]}"
        self.base = base
        self.random = random

    def public(self, path: str) -> str:
        """The address on the edition's public host, percent-encoded."""
        return self.home + encoded(path)

    def href(self, path: str) -> str:
        """The address as an attribute prints it: relative, on the serving host or on the public one."""
        value = self.random.random()
        shown = encoded(path) if value * 10 % 1 < 0.5 else path
        return escape(shown if value < 0.5 else (self.base if value < 0.8 else self.home) + shown)


@dataclass(frozen=True)
class Facts:
    """The facts that one source of a page prints. None or () means that it does not print the fact."""

    post_id: str | None = None
    title: str | None = None
    summary: str | None = None
    published: datetime | None = None
    published_raw: str | None = None
    modified: datetime | None = None
    authors: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    category: str | None = None
    country: str | None = None
    coverage: str | None = None
    language: str | None = None
    image: str | None = None
    duration: int | None = None


@dataclass
class Body:
    """The body's markup next to the blocks a reader would make of it."""

    html: list[str] = field(default_factory=list)
    blocks: list[JSON] = field(default_factory=list)
    links: list[JSON] = field(default_factory=list)
    images: list[JSON] = field(default_factory=list)
    related: list[JSON] = field(default_factory=list)
    videos: list[JSON] = field(default_factory=list)

    def text(self) -> str | None:
        """The body as text, or None without any."""
        parts: list[str] = []
        for block in self.blocks:
            if block["type"] in ("paragraph", "heading", "quote"):
                parts.append(block["text"])
            elif block["type"] in ("list", "table"):
                parts.extend(block["items"])
        return "\n\n".join(parts) or None


def block(kind: str, **values: Any) -> JSON:
    """A block with all its keys."""
    keys: JSON = dict.fromkeys(("type", "text", "level", "items", "url", "caption", "credit", "provider"))
    return {**keys, "type": kind, **values}


def odd(text: str, random: Random, rtl: bool = False) -> str:
    """Add the invisible characters that editors paste along. A reader removes them again."""
    words = text.split(" ")
    value = random.randrange(4)
    if value == 0 and len(words) > 2:
        n = random.randrange(1, len(words))
        return " ".join(words[:n]) + "\u00a0" + " ".join(words[n:])
    if value == 1:
        n = random.randrange(len(words))
        words[n] = ("\u200c\u200b" if rtl else "\u200b") + words[n] + ("\u200f" if rtl else "")
    elif value == 2:
        n = max(range(len(words)), key=lambda k: len(words[k]) if words[k].isalpha() else 0)
        if words[n].isalpha() and not rtl:
            words[n] = words[n][: len(words[n]) // 2] + "\u00ad" + words[n][len(words[n]) // 2 :]
    else:
        return unicodedata.normalize("NFD", text)
    return " ".join(words)


_WORD = re.compile(r"\S*[^\W_]\S*")
"""Single marks such as "&" and "–" are not words."""
_ENTITIES = {
    "\u00a0": "&nbsp;",
    "\u200b": "&#8203;",
    "\u00ad": "&shy;",
    "’": "&rsquo;",
    "–": "&ndash;",
    "é": "&eacute;",
}


def markup(text: str, random: Random, strange: bool = False, rtl: bool = False) -> str:
    """The text as HTML, with `strange` characters and entities where asked."""
    if not strange:
        return escape(text, quote=False)
    text = escape(odd(text, random, rtl), quote=False)
    if random.random() < 0.6:
        for character, entity in _ENTITIES.items():
            text = text.replace(character, entity)
    return text


def utc(moment: datetime | None) -> str | None:
    """The instant as the contract writes it."""
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def joined(names: tuple[str, ...], comma: str, last: str) -> str:
    """`A, B and C`."""
    return names[0] if len(names) == 1 else comma.join(names[:-1]) + last + names[-1]


def class_of(section: Section) -> str:
    """The key of the post type that the section's posts have."""
    return section.group or section.key


class Article:
    """A post as a page: everything that is printed, once decided, is an attribute here."""

    def __init__(self, archive: Archive, index: int, base: str | None = None) -> None:
        self.archive = archive
        self.post: Post = archive.post(index)
        self.words = archive.words
        self.edition = archive.edition
        self.rtl = archive.edition == "ar"
        self.design = archive.design
        self.tags = () if "tags" in self.design else self.post.tags
        self.random = Random(mix(archive.seed, 11, index))
        self.refs = Refs(archive.edition, base or f"https://{HOSTS[archive.edition]}", self.random)
        self.spelling = Random(mix(archive.seed, 17, index))
        """Chooses among wordings, apart from what is printed."""
        post, random = self.post, self.random
        self.by = self.words.say("by", self.spelling)
        self.date = self._date(hours=True)
        """The date as shown: Beirut time, zone unsaid."""
        self.is_text = post.section.is_text
        self.house = self.words.phrases["house"]
        self.linked = {name.label: name for name in post.authors if name.label != self.house or post.index % 3}
        self.source = None if "no-source" in post.variants else random.choice(self.words.sources)
        self.show_shares = random.random() < 0.9
        self.shares = random.randrange(1, 900) + 37 * post.touches
        self.version = (random.choice((None, 1, 2, 3, 4)) or 0) + post.touches
        self.filler = Filler(self.words, random, who=post.who, what=post.what)
        self.own_coverage = post.coverage if self.rtl and self.is_text else None
        self.caption, self.credit = self._caption()
        self.image = None if post.image is None else self.refs.media + post.image
        self.figure = self.image is not None and (self.is_text or post.section.kind == "infograph")
        self.video = f"https://www.youtube.com/embed/{self._token(11)}" if post.section.kind == "video" else None
        self.duration = random.choice((None, random.randrange(40, 1500))) if self.video else None
        self.body = self._compose() if self.is_text else Body()
        self.gallery = self._gallery() if post.section.kind == "gallery" else []
        text = self.body.text()
        self.word_count = len(_WORD.findall(text)) if text else None
        self.minutes = (self.word_count + 199) // 200 if self.word_count else None
        self.sources = self._sources()

    def _date(self, *, hours: bool) -> str:
        return self.words.date(self.post.published.astimezone(BEIRUT), self.spelling, hours=hours)

    def _token(self, length: int) -> str:
        return "".join(self.random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", k=length))

    def _caption(self) -> tuple[str, str | None]:
        caption = self.filler.pick(self.words.captions)
        return caption, self.random.choice((*self.words.credits, None))

    # The body

    def _compose(self) -> Body:
        body, random, variants = Body(), self.random, self.post.variants
        count = random.randint(10, 16) if self.post.section.group == "articles" else random.randint(5, 10)
        steps: list[Callable[[Body], None]] = [self._paragraph] * count
        makers: dict[str, Callable[[Body], None]] = {
            "raw-tweet": self._raw_tweet,
            "rendered-tweet": self._rendered_tweet,
            "related-box": self._related_box,
            "read-next": self._read_next,
            "quotation": self._quotation,
            "list": self._list,
            "table": self._table,
            "unknown-element": self._unknown,
            "bare-div": self._bare_div,
            "div-wrapped": self._wrapped,
            "youtube": self._youtube,
            "share-in-body": self._share,
            "inline-image": self._inline_image,
            "line-break": self._broken_line,
            "headings": self._heading,
        }
        for name, maker in makers.items():
            for _ in range((name in variants) + (name == "headings" and name in variants)):
                steps.insert(random.randrange(1, len(steps) + 1), maker)
        for step in steps:
            step(body)
        for text in self.post.additions:
            body.html.append(f"<p>{escape(text, quote=False)}</p>")
            body.blocks.append(block("paragraph", text=text))
        if "disclaimer" in variants:
            body.html.append(f'<div class="post_disclaimer"><p>{escape(self.words.disclaimer)}</p></div>')
        return body

    def _prose(self, body: Body, text: str, plain: bool = False) -> tuple[str, str]:
        """Return markup and text, with some words linked or emphasised. Links are recorded."""
        random = self.random
        strange = "odd-characters" in self.post.variants and random.random() < 0.5
        words = text.split(" ")
        if plain or len(words) < 8 or random.random() > 0.42:
            return markup(text, random, strange, self.rtl), text
        start = random.randrange(1, len(words) - 4)
        stop = start + random.randint(1, 3)
        before, within, after = " ".join(words[:start]), " ".join(words[start:stop]), " ".join(words[stop:])
        tag, close = random.choice(("strong", "em", "a", "a", "a")), ""
        if tag == "a":
            url, href = self._target()
            body.links.append({"text": within, "url": url})
            tag, close = f'a href="{href}"' + random.choice(("", ' target="_blank"')), "a"
        head = markup(before, random, strange and len(before) > 20, self.rtl)
        return f"{head} <{tag}>{markup(within, random)}</{close or tag}> {markup(after, random)}", text

    def _target(self) -> tuple[str, str]:
        """An address that a text links to, and as its attribute prints it."""
        random, refs = self.random, self.refs
        value = random.random()
        if value < 0.55:
            path = self._other().path
        elif value < 0.75 and self.post.keywords:
            path = random.choice(self.post.keywords).path
        else:
            url = random.choice(
                (
                    "https://research.example.org/reports/{}",
                    "https://data.example.com/{}?lang=en",
                    "http://archive.example.net/{}.html",
                )
            ).format(random.randrange(1000, 99999))
            return url, escape(url)
        return refs.public(path), refs.href(path)

    def _other(self) -> Post:
        """Return another text article to link to, usually an older one."""
        archive = self.archive
        index = self.post.index + self.random.randrange(3, 60)
        for other in range(index, index + 100):
            # Never by way of the newest, and as it came out: what happens later must not change what this page says.
            post = archive.original(other if other < archive.stop else other % archive.stop)
            if post.index != self.post.index and post.section.is_text:
                return post
        return self.post

    def _sentences(self) -> str:
        count = self.random.choice((1, 1, 2, 2, 3))
        return " ".join(self.filler.pick(self.words.sentences) for _ in range(count))

    def _paragraph(self, body: Body) -> None:
        html, text = self._prose(body, self._sentences())
        value = self.random.random()
        if value < 0.06:
            html = f'<p style="text-align: justify;"><span style="font-size:16px">{html}</span></p>'
        elif value < 0.1:
            html = f'<p dir="{"rtl" if self.rtl else "ltr"}">\r\n    {html}\r\n</p>'
        else:
            html = f"<p>{html}</p>"
        body.html.append(html + ("<p>&nbsp;</p>" if value > 0.97 else ""))
        body.blocks.append(block("paragraph", text=text))

    def _broken_line(self, body: Body) -> None:
        lines = [self.filler.pick(self.words.sentences) for _ in range(self.random.randint(2, 3))]
        rule = self.random.choice(("<br>", "<br />\n", "<br/>"))
        body.html.append("<p>" + rule.join(markup(line, self.random) for line in lines) + "</p>")
        body.blocks.append(block("paragraph", text="\n".join(lines)))

    def _unknown(self, body: Body) -> None:
        text = self.filler.pick(self.words.notes)
        tag, end = self.random.choice(
            (('aside class="factbox"', "aside"), ("mdn-note", "mdn-note"), ("center", "center"))
        )
        body.html.append(f"<{tag}>{markup(text, self.random)}</{end}>")
        body.blocks.append(block("paragraph", text=text))

    def _bare_div(self, body: Body) -> None:
        for _ in range(2):
            html, text = self._prose(body, self._sentences())
            body.html.append(f"<div>{html}</div>")
            body.blocks.append(block("paragraph", text=text))

    def _wrapped(self, body: Body) -> None:
        body.html.append('<div class="text-wrap">')
        for _ in range(2):
            self._paragraph(body)
        body.html.append("</div>")

    def _heading(self, body: Body) -> None:
        text, level = self.filler.pick(self.words.headings), self.random.choice((2, 2, 3))
        inner = markup(text, self.random)
        body.html.append(f"<h{level}>{f'<strong>{inner}</strong>' if self.random.random() < 0.4 else inner}</h{level}>")
        body.blocks.append(block("heading", text=text, level=level))

    def _quotation(self, body: Body) -> None:
        pairs = [self._prose(body, self.filler.pick(self.words.quotations)) for _ in range(self.random.randint(1, 2))]
        body.html.append("<blockquote>\n" + "\n".join(f"<p>{html}</p>" for html, _ in pairs) + "\n</blockquote>")
        body.blocks.append(block("quote", text="\n".join(text for _, text in pairs)))

    def _list(self, body: Body) -> None:
        tag = self.random.choice(("ul", "ul", "ol"))
        pairs = [self._prose(body, self.filler.pick(self.words.entries)) for _ in range(self.random.randint(3, 5))]
        body.html.append(f"<{tag}>\n" + "\n".join(f"<li>{html}</li>" for html, _ in pairs) + f"\n</{tag}>")
        body.blocks.append(block("list", items=[text for _, text in pairs]))

    def _table(self, body: Body) -> None:
        random = self.random
        head = self.words.columns
        rest = [
            (place, f"{random.randrange(1000, 90000):,}", f"{random.randrange(10, 900) / 10}%")
            for place in random.sample(self.words.places, 3)
        ]
        html = "<thead><tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr></thead>\n<tbody>"
        html += "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rest)
        body.html.append(f'<div class="table-responsive"><table class="table">{html}</tbody></table></div>')
        body.blocks.append(block("table", items=[" | ".join(row) for row in (head, *rest)]))

    def _raw_tweet(self, body: Body) -> None:
        url, text, random = self._tweet()
        date = self._date(hours=False)
        body.html.append(
            f'<blockquote class="twitter-tweet" data-lang="{self.edition}"><p lang="{self.edition}"'
            f' dir="auto">{escape(text, quote=False)} '
            f'<a href="https://t.co/{random.getrandbits(40):x}">pic.twitter.com/{random.getrandbits(40):x}</a>'
            "</p>&mdash; Desk "
            f'(@desk_{random.randrange(100)}) <a href="{url}">{date}</a></blockquote>\n'
            '<script async src="https://platform.twitter.com/widgets.js" charset="utf-8"></script>'
        )
        body.blocks.append(block("embed", url=url, provider="twitter"))

    def _tweet(self) -> tuple[str, str, Random]:
        random = self.random
        host = random.choice(("twitter.com", "twitter.com", "x.com"))
        url = f"https://{host}/desk_{random.randrange(100)}/status/{random.randrange(10**18, 2 * 10**18)}"
        return url, self.filler.pick(self.words.tweets), random

    def _rendered_tweet(self, body: Body) -> None:
        url, text, random = self._tweet()
        number = url.rpartition("/")[2]
        if random.random() < 0.6:
            url = f"https://platform.twitter.com/embed/Tweet.html?id={number}"
            body.html.append(
                '<div class="twitter-tweet twitter-tweet-rendered" style="display: flex; max-width: 550px;">'
                f'<iframe id="twitter-widget-0" scrolling="no" src="{url}" data-tweet-id="{number}"></iframe></div>'
            )
        else:
            body.html.append(
                f'<div class="twitter-tweet" id="tweet-{number}"><div class="tweet-text">'
                f"<p>{escape(text, quote=False)}</p></div>"
                f'<p><a href="{url}">@desk</a></p></div>'
            )
        body.blocks.append(block("embed", url=url, provider="twitter"))

    def _youtube(self, body: Body) -> None:
        url = f"https://www.youtube.com/embed/{self._token(11)}"
        body.html.append(
            f'<div class="embed-responsive"><iframe width="560" height="315" src="{url}" allowfullscreen>'
            "</iframe></div>"
        )
        body.blocks.append(block("embed", url=url, provider="youtube"))
        body.videos.append({"url": url, "provider": "youtube", "duration_seconds": None})

    def _share(self, body: Body) -> None:
        body.html.append(share_widget(self.refs.public(self.post.path)))

    def _related_box(self, body: Body) -> None:
        entries = []
        first = second = self._other()
        while second.path == first.path:
            second = self._other()
        for other in (first, second):
            entries.append(
                f'<li><a href="{self.refs.href(other.path)}"><h5>{escape(other.title, quote=False)}</h5></a></li>'
            )
            url = self.refs.public(other.path)
            body.blocks.append(block("related", text=other.title, url=url))
            body.related.append({"title": other.title, "url": url, "relation": "inline"})
        heading = escape(self.words.say("related", self.spelling))
        body.html.append(f'<div class="dual-related"><h4>{heading}</h4><ul>{"".join(entries)}</ul></div>')

    def _read_next(self, body: Body) -> None:
        other, prefix = self._other(), self.words.say("next", self.spelling)
        title, href = escape(other.title, quote=False), self.refs.href(other.path)
        body.html.append(
            self.random.choice(
                (
                    f'<p><strong>{prefix}<a href="{href}">{title}</a></strong></p>',
                    f'<p><a href="{href}">{prefix}{title}</a></p>',
                    f'<p>{prefix.strip()}&nbsp;<a href="{href}" target="_blank"><strong>{title}</strong></a></p>',
                )
            )
        )
        url = self.refs.public(other.path)
        body.blocks.append(block("related", text=other.title, url=url))
        body.related.append({"title": other.title, "url": url, "relation": "read_next"})

    def _picture(self, role: str) -> tuple[str, JSON]:
        """A figure that is not the main one, as markup and as an answer."""
        path = (self.post.image or "/media/image/2024/1/1/0.jpg").rpartition("/")[0]
        url = f"{self.refs.media}{path}/{self.random.getrandbits(64):016x}.jpg"
        caption, credit = self._caption()
        shown = f"{caption} ({credit})" if credit else caption
        html = figure(f"{url}?v=1&width=800", shown, shown, lazy="lazy-images" in self.post.variants)
        return html, {
            "url": url,
            "caption": caption,
            "credit": credit,
            "alt": shown,
            "role": role,
            "path": None,
            "checksum": None,
        }

    def _inline_image(self, body: Body) -> None:
        html, image = self._picture("inline")
        body.html.append(html)
        body.images.append(image)
        body.blocks.append(block("image", url=image["url"], caption=image["caption"], credit=image["credit"]))

    def _gallery(self) -> list[tuple[str, JSON]]:
        return [self._picture("gallery") for _ in range(self.random.randint(4, 9))]

    # The sources

    def _author_line(self, names: tuple[str, ...]) -> str:
        """Return names as one line of a block. In Arabic the last entry already has its "and"."""
        return self.words.joiner.join(names) if self.rtl else joined(names, ", ", self.words.phrases["and"])

    def _sources(self) -> dict[str, Facts]:
        post, words, variants = self.post, self.words, self.post.variants
        names = tuple(name.label for name in post.authors)
        keywords = tuple(name.label for name in post.keywords)
        category = post.section.labels[self.edition]
        local = post.published.astimezone(BEIRUT)
        # An Arabic "and" is written to the name that follows it, and looks like a letter of the name.
        byline = (*names[:-2], joined(names[-2:], ", ", words.phrases["and"])) if self.rtl else names
        bad = "bad-date" in variants
        described = None if "descriptions" in self.design else post.deck
        moved = "date" in self.design
        tawsiyat = Facts(
            post_id=post.post_id,
            title=post.title,
            summary=described,
            published=None if bad else post.published,
            published_raw=None if bad else local.isoformat(),
            modified=post.modified,
            authors=byline,
            keywords=keywords,
            category=category,
            country=post.country,
            coverage=post.coverage.label if post.coverage else None,
            language=self.edition,
            image=self._sized(1000),
            duration=self.duration,
        )
        title, published, other_names = post.title, post.published, byline
        listed = names
        if "contradicting" in variants:
            title = self.archive.original(post.index + 7).title
            published -= timedelta(hours=27)
            other_names = listed = (self.house if names[0] != self.house else words.writers[0],)
        zone = BEIRUT if post.index % 2 else UTC
        ld_raw = published.astimezone(zone).isoformat()
        if zone is UTC and post.index % 4:
            ld_raw = ld_raw.replace("+00:00", "Z")
        bad_ld = "broken-json-ld" in variants and self.breaks_by_date
        ld = Facts(
            title=title,
            summary=described,
            published=None if bad_ld else published,
            published_raw=None if bad_ld else ld_raw,
            modified=None if bad_ld else post.modified,
            authors=listed if "json-ld-graph" in variants else other_names,
            keywords=keywords,
            category=category,
            language=self.edition,
            image=self._sized(1200),
        )
        meta = Facts(
            post_id=post.post_id,
            title=title,
            summary=described,
            published=published if self.is_text else None,
            published_raw=f"{published:%Y-%m-%dT%H:%M:%S}.0000000" if self.is_text else None,
            modified=post.modified if self.is_text else None,
            authors=other_names,
            keywords=keywords,
            image=self._sized(800),
        )
        raw = self.date
        html = Facts(
            title=post.title,
            summary=None if self.video or post.section.kind == "gallery" or "deck" in self.design else post.deck,
            published=None if moved else local.replace(tzinfo=BEIRUT, fold=0, second=0).astimezone(UTC),
            published_raw=None if moved else raw,
            authors=names,
            category=category,
            coverage=self.own_coverage.label if self.own_coverage else None,
            language=self.edition,
            image=self._sized(1000) if self.figure else None,
        )
        nothing = not self.has_blocks
        found = {"html": html}
        if not (nothing or "no-tawsiyat" in variants or "broken-tawsiyat" in variants):
            found["tawsiyat"] = tawsiyat
        if not (nothing or "no-json-ld" in variants or ("broken-json-ld" in variants and not bad_ld)):
            found["json-ld"] = ld
        if not (nothing or "no-meta" in variants):
            found["meta"] = meta
        self._printed = {"tawsiyat": tawsiyat, "json-ld": ld, "meta": meta}
        return found

    @property
    def has_blocks(self) -> bool:
        """Whether the page has any machine-readable block."""
        return "no-machine-blocks" not in self.post.variants and "blocks" not in self.design

    @property
    def breaks_by_date(self) -> bool:
        """Whether a broken JSON-LD block is readable but for its dates (else it is cut short)."""
        return self.post.index % 3 == 0

    def _sized(self, width: int) -> str | None:
        if self.image is None:
            return None
        version = f"v={self.version}&" if self.version else ""
        return f"{self.image}?{version}width={width}"

    # Printing the sources

    def tawsiyat(self) -> str:
        """The metadata block, or "" where there is none."""
        post, random, variants = self.post, Random(mix(self.archive.seed, 12, self.post.index)), self.post.variants
        if not self.has_blocks or "no-tawsiyat" in variants:
            return ""
        facts = self._printed["tawsiyat"]
        strange = "odd-characters" in variants
        keywords = [word for n, word in enumerate(facts.keywords) for _ in range(1 + (n == 1 and post.index % 3 == 0))]
        if len(keywords) > 3 and post.index % 5 == 0:
            keywords.append(keywords[0])
        author = self._author_line(facts.authors)
        summary = facts.summary or ""
        text = tawsiyat_block(
            type_="videoobject" if self.video and post.index % 2 else "article",
            postid=post.post_id,
            title=odd(post.title, random, self.rtl) if strange else post.title,
            url=self.refs.home + post.path,
            keywords=",".join(keywords),
            thumbnail=facts.image or "",
            duration=None if self.duration is None else str(self.duration),
            lang=self.edition,
            published=facts.published_raw or "2025-13-45T99:00:00+02:00",
            updated=facts.modified.astimezone(BEIRUT).isoformat() if facts.modified else None,
            description=summary + ("\r\n" if summary and post.index % 7 == 0 else ""),
            author=author,
            classes=(
                ("class1", "posttype", POSTTYPES[class_of(post.section)][self.edition]),
                ("class2", "category", (" " if post.index % 6 == 0 else "") + str(facts.category)),
                ("class3", "country", facts.country),
                ("class5", "coverage", facts.coverage),
                ("class6", "author", author),
            ),
        )
        if "broken-tawsiyat" in variants:
            text = text[: int(len(text) * (0.4 + random.random() * 0.3))]
        return tawsiyat_script(text)

    def json_ld(self) -> str:
        """The JSON-LD block, or "" where there is none."""
        post, variants = self.post, self.post.variants
        if not self.has_blocks or "no-json-ld" in variants:
            return ""
        facts = self._printed["json-ld"]
        graph = "json-ld-graph" in variants
        persons: list[JSON] = [{"@type": "Person", "name": name} for name in facts.authors]
        if not graph:
            persons = [{"@type": "Person", "name": self._author_line(facts.authors)}]
        dates: JSON = {"datePublished": facts.published_raw, "dateCreated": facts.published_raw}
        if facts.modified:
            dates["dateModified"] = facts.modified.isoformat()
        if facts.published is None:
            dates = {"datePublished": "0000-00-00 at noon", "dateCreated": "", "dateModified": "-"}
        article: JSON = {
            "@context": "https://schema.org",
            "@type": "NewsArticle" if graph else "Article",
            "mainEntityOfPage": {"@type": "WebPage", "@id": self.refs.public(post.path)},
            "headline": facts.title,
            "description": facts.summary,
            "url": self.refs.home + post.path,
            "keywords": list(facts.keywords) if graph else ",".join(facts.keywords),
            "author": persons if graph else persons[0],
            **dates,
            "articleSection": facts.category,
            "wordCount": self.word_count,
            "inLanguage": facts.language,
            "publisher": {"@type": "Organization", "name": self.house, "url": self.refs.home},
        }
        if facts.image:
            article |= (
                {"image": {"@type": "ImageObject", "url": facts.image}} if graph else {"thumbnailUrl": facts.image}
            )
        article = {key: value for key, value in article.items() if value is not None}
        data: Any = article
        if graph:
            site: JSON = {"@type": "WebSite", "name": self.house, "url": self.refs.home}
            crumbs: JSON = {
                "@type": "BreadcrumbList",
                "itemListElement": [{"@type": "ListItem", "position": 1, "name": facts.category}],
            }
            if post.index % 2:
                del article["@context"]
                data = {"@context": "https://schema.org", "@graph": [site, crumbs, article]}
            else:
                data = [{"@context": "https://schema.org", **site}, article]
        text = json.dumps(data, ensure_ascii=post.index % 5 == 0, indent=2 if post.index % 2 else None)
        if "broken-json-ld" in variants and not self.breaks_by_date:
            text = text[: len(text) * 3 // 5]
        return f'<script type="application/ld+json">{text}</script>'

    def metas(self) -> str:
        """The meta tags, or "" where there are none."""
        if "meta" not in self.sources:
            return ""
        facts = self.sources["meta"]
        rows = [
            ("name", "postid", facts.post_id),
            ("name", "author", self._author_line(facts.authors)),
            ("name", "keywords", ",".join(facts.keywords)),
            ("name", "description", facts.summary),
            ("property", "og:type", "article"),
            ("property", "og:site_name", self.house),
            ("property", "og:title", facts.title),
            ("property", "og:description", facts.summary),
            ("property", "og:url", self.refs.public(self.post.path)),
            ("property", "og:image", facts.image),
            ("property", "article:published_time", facts.published_raw),
            (
                "property",
                "article:modified_time",
                f"{facts.modified:%Y-%m-%dT%H:%M:%S}.0000000" if facts.modified else None,
            ),
            ("name", "twitter:card", "summary_large_image"),
        ]
        return "\n".join(
            f'<meta {attribute}="{name}" content="{escape(value)}">' for attribute, name, value in rows if value
        )

    # Printing the article

    def _figure(self) -> str:
        if not self.figure or self.image is None:
            return ""
        shown = f"{self.caption} ({self.credit})" if self.credit else self.caption
        return figure(
            self._sized(1000) or "", shown, shown, lazy="lazy-images" in self.post.variants, name="main-image"
        )

    def _byline(self) -> str:
        phrases = self.words.phrases
        names = [
            f'<a href="{self.refs.href(name.path)}">{escape(name.label, quote=False)}</a>'
            if name.label in self.linked
            else escape(name.label, quote=False)
            for name in self.post.authors
        ]
        return self.by + (joined(tuple(names), self.words.joiner, phrases["and"]) if len(names) > 1 else names[0])

    def _rows(self, fetch: int) -> list[tuple[str, str]]:
        words, random = self.words, Random(mix(self.archive.seed, 18, self.post.index))
        rows = [("author", self._byline())]
        if self.source:
            rows.append(("source", words.say("source", random) + escape(self.source, quote=False)))
        if "date" not in self.design:
            rows.append(("date", self.date))
        if self.show_shares:
            rows.append(("shares", words.number(words.say("shares", random).format(self.shares + fetch), random)))
        turn = self.post.index % len(rows)
        return rows[turn:] + rows[:turn] if self.post.index % 4 == 0 else rows

    def render(self, fetch: int) -> str:
        """The article's part of the page."""
        foot = f'\n<div class="page-footer"><span>{self.date}</span></div>' if "date" in self.design else ""
        return self._render(fetch) + foot

    def _render(self, fetch: int) -> str:
        post = self.post
        heading = markup(post.title, Random(post.index), "odd-characters" in post.variants, self.rtl)
        section = post.section
        category = (
            f'href="{self.refs.href(self.archive.section_path(section))}"',
            escape(section.labels[self.edition]),
        )
        rows = self._rows(fetch)
        random = Random(mix(self.archive.seed, 19, post.index))
        minutes = self.words.say("minutes", random).format(self.minutes) if self.minutes else ""
        deck = escape(self.sources["html"].summary or "", quote=False)
        if "redesigned" in post.variants:
            return self._redesigned(heading, category, rows, minutes, deck)
        tag = "h2" if "h2-title" in post.variants else "h1"
        renamed = "renamed" in self.design
        parts = [
            '<div class="details-white-box">',
            f'<a class="category-label" {category[0]}>{category[1]}</a>',
            f"<{tag}>{heading}</{tag}>",
            '<ul class="article-details-metas">',
            *(f'<li class="meta-{kind}"><i class="icon icon-{kind}"></i> {row}</li>' for kind, row in rows),
            "</ul>",
            f'<div class="reading-time"><span>{minutes}</span></div>' if minutes else "",
            f'<p class="{"story-blurb" if renamed else "lg_para summary"}">{deck}</p>' if deck else "",
            share_widget(self.refs.public(post.path)),
            self._figure(),
            f'<div class="video-player"><iframe src="{self.video}" allowfullscreen></iframe></div>'
            if self.video
            else "",
            '<div class="gallery-grid">' + "\n".join(html for html, _ in self.gallery) + "</div>"
            if self.gallery
            else "",
        ]
        if self.is_text:
            names = ("story-body", "story-text") if "container" in self.design else ("read-section", "p-content")
            parts += [
                f'<section class="{names[0]}">',
                f'<div class="{names[1]}">',
                *self.body.html,
                "</div>",
                "</section>",
            ]
        if post.tags:
            tags = (
                f'<li><a href="{self.refs.href(tag.path)}"><p>{escape(tag.label)}</p></a></li>' for tag in self.tags
            )
            parts += [f'<ul class="{"filed-under" if renamed else "tags-list"}">', *tags, "</ul>"]
        if self.own_coverage:
            parts.append(self._coverage_box(self.own_coverage))
        return "\n".join(part for part in parts if part) + "\n</div>"

    def _coverage_box(self, coverage: Name) -> str:
        return (
            f'<div class="coverage-box"><h4><a href="{self.refs.href(coverage.path)}">{escape(coverage.label)}</a></h4>'
            f"<p>{escape(self.words.coverage_text)}</p></div>"
        )

    def _redesigned(
        self, heading: str, category: tuple[str, str], rows: list[tuple[str, str]], minutes: str, deck: str
    ) -> str:
        parts = [
            '<article class="story">',
            '<header class="story__head">',
            f'<nav class="story__crumbs"><a {category[0]}>{category[1]}</a></nav>',
            f'<h1 class="story__headline">{heading}</h1>',
            f'<div class="story__standfirst">{deck}</div>' if deck else "",
            '<div class="story__facts">' + "".join(f"<span>{row}</span>\n" for _, row in rows),
            f"<span>{minutes}</span>" if minutes else "",
            "</div>",
            "</header>",
            self._figure(),
            '<div class="story__text">',
            *self.body.html,
            "</div>",
        ]
        if self.post.tags:
            tags = (
                f'<a class="chip" rel="tag" href="{self.refs.href(tag.path)}">{escape(tag.label)}</a>'
                for tag in self.tags
            )
            parts += ['<footer class="story__topics">', *tags, "</footer>"]
        if self.own_coverage:
            parts.append(self._coverage_box(self.own_coverage))
        return "\n".join(part for part in parts if part) + "\n</article>"

    # The answer

    def _pick(self, name: str) -> tuple[Any, str | None]:
        for source in TRUST:
            value = getattr(self.sources[source], name) if source in self.sources else None
            if value:
                return value, source
        return None, None

    def answer(self) -> JSON:
        """Return what a reader without mistakes reads from the page.

        `record` has the fields that the page determines. Each comes from the most trusted source that prints it, and is
        null where none does. Addresses are the public ones. `shares` is true where a number is shown, because the
        number changes. `section` is null where the menu has no group above the category. `videos` are a video post's
        own, or the players embedded in a body.

        `reachable` is false while a newer post has the address, and once the post was removed. `removed` is then the
        status of its address. `listings` has the listings of the post. `post_id` is the post's own, also where the page
        does not print it. `hashes` has the content hashes of all versions of its text so far, oldest first. The last
        one is the record's.
        """
        post, archive, refs = self.post, self.archive, self.refs
        names = (
            "post_id",
            "title",
            "summary",
            "published",
            "modified",
            "authors",
            "keywords",
            "category",
            "country",
            "coverage",
            "language",
        )
        picked = {name: self._pick(name) for name in names}
        values = {name: value for name, (value, _) in picked.items()}
        provenance = {name: source for name, (_, source) in picked.items()}
        for name in ("published", "modified"):
            provenance[f"{name}_at"] = provenance.pop(name)
        body = self.body.text()
        known = "redesigned" not in post.variants and "container" not in self.design
        provenance["body"] = None if body is None else "html" if known else "generic"
        if provenance["summary"] == "html" and "renamed" in self.design:
            provenance["summary"] = "generic"
        published_by = provenance["published_at"]
        links = {label: refs.public(name.path) for label, name in self.linked.items()}
        canonical = refs.public(post.path)
        post_id = values["post_id"]
        hashed = json.dumps([values["title"], values["summary"], body], ensure_ascii=False, separators=(",", ":"))
        record: JSON = {
            "id": f"{self.edition}:{post_id or 'url:' + hashlib.sha256(canonical.encode()).hexdigest()[:16]}",
            "post_id": post_id,
            "edition": self.edition,
            "kind": post.section.kind,
            "canonical_url": canonical,
            "title": values["title"],
            "summary": values["summary"],
            "body": body,
            "blocks": self.body.blocks,
            "links": self.body.links,
            "authors": [{"name": name, "url": links.get(name)} for name in values["authors"]],
            "source": self.source,
            "published_at": utc(values["published"]),
            "published_raw": self.sources[published_by].published_raw if published_by else None,
            "modified_at": utc(values["modified"]),
            "section": GROUPS[post.section.group][self.edition] if post.section.group else None,
            "category": values["category"],
            "country": values["country"],
            "coverage": values["coverage"],
            "tags": [{"name": tag.label, "url": refs.public(tag.path)} for tag in self.tags],
            "keywords": list(values["keywords"] or ()),
            "images": self._images(),
            "videos": self.body.videos
            if self.video is None
            else [{"url": self.video, "provider": "youtube", "duration_seconds": self._pick("duration")[0]}],
            "related": self.body.related,
            "language": values["language"],
            "direction": "rtl" if self.rtl else "ltr",
            "word_count": self.word_count,
            "reading_minutes": self.minutes,
            "shares": True if self.show_shares else None,
            "content_hash": "sha256:" + hashlib.sha256(hashed.encode()).hexdigest(),
            "provenance": provenance,
        }
        listings = [
            {
                "kind": "section",
                "label": post.section.labels[self.edition],
                "url_path": archive.section_path(post.section),
            }
        ]
        listings += [
            {"kind": "region", "label": region.labels[self.edition], "url_path": archive.region_path(region)}
            for region in post.regions
        ]
        listings += archive.name_listings(post.index)
        return {
            "index": post.index,
            "variants": sorted(post.variants),
            "post_id": post.post_id,
            "reachable": archive.reachable(post.index),
            "removed": post.removed,
            "hashes": [*post.hashes, record["content_hash"]],
            "listings": [] if post.removed else listings,
            "record": record,
        }

    def _images(self) -> list[JSON]:
        images: list[JSON] = []
        url, _ = self._pick("image")
        if url:
            shown = f"{self.caption} ({self.credit})" if self.credit else self.caption
            images.append(
                {
                    "url": url.partition("?")[0],
                    "caption": self.caption if self.figure else None,
                    "credit": self.credit if self.figure else None,
                    "alt": shown if self.figure else None,
                    "role": "main",
                    "path": None,
                    "checksum": None,
                }
            )
        return [*images, *self.body.images, *(image for _, image in self.gallery)]


def figure(url: str, alt: str, caption: str, lazy: bool, name: str = "article-image") -> str:
    """A figure with its caption, lazy ones with a placeholder for the image."""
    source = f'src="{PLACEHOLDER}" data-src="{escape(url)}" class="lazyload"' if lazy else f'src="{escape(url)}"'
    shown = f"<figcaption>{escape(caption, quote=False)}</figcaption>"
    return f'<figure class="{name}"><img {source} alt="{escape(alt)}">{shown}</figure>'


def share_widget(url: str) -> str:
    """The row of share buttons."""
    return (
        '<div class="share-widget social-share"><ul>'
        f'<li><a href="https://www.facebook.com/sharer/sharer.php?u={escape(url)}" aria-label="Facebook">Facebook'
        "</a></li>"
        f'<li><a href="https://x.com/intent/post?url={escape(url)}">x</a></li>'
        f'<li><a href="https://api.whatsapp.com/send?text={escape(url)}">WhatsApp</a></li></ul></div>'
    )


def tawsiyat_block(
    *,
    type_: str,
    postid: str,
    title: str,
    url: str,
    keywords: str,
    thumbnail: str,
    duration: str | None,
    lang: str,
    published: str,
    updated: str | None,
    description: str,
    author: str,
    classes: tuple[tuple[str, str, str | None], ...],
) -> str:
    """The text of a metadata block: indented JSON with CRLF ends, its keys in the site's order."""
    data = {
        "type": type_,
        "postid": postid,
        "title": title,
        "url": url,
        "keywords": keywords,
        "thumbnail": thumbnail,
        "video_duration": duration,
        "word_count": str(len(description)),
        "lang": lang,
        "published_time": published,
        "last_updated": updated,
        "description": description,
        "author": author,
        "classes": [{"key": key, "mapping": mapping, "value": value} for key, mapping, value in classes if value],
        "html": "",
        "lite_url": "",
    }
    return json.dumps(data, ensure_ascii=False, indent=2).replace("\n", "\r\n")


def tawsiyat_script(text: str) -> str:
    """Return the metadata block as the page contains it."""
    return f'<script id="tawsiyat-metadata" type="text/tawsiyat">{text}</script>'


__all__ = [
    "Article",
    "Body",
    "Facts",
    "Refs",
    "figure",
    "tawsiyat_block",
    "tawsiyat_script",
    "utc",
]
