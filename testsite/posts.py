"""The posts, each computed from (seed, index) when asked for.

Index 0 is the newest of the first edition. Posts published later have the indexes -1, -2, … Every hundred posts have
the same hundred *slots*, in an order of their own. A slot fixes what listings depend on: section, regions, authors and
keywords. So arithmetic finds the n-th entry of any listing, without looking at the posts before it.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from testsite.layouts import BY_NAME, REGIONS, SECTIONS, Layout, Region, Section, encoded, slug_of
from testsite.words import WORDS, Words

BLOCK = 100
NEWEST = datetime(2025, 11, 10, 12, 0, tzinfo=UTC)
MINUTES_APART = 72
BEIRUT = ZoneInfo("Asia/Beirut")
FIRST_ID = 2_400_000
_MASK = (1 << 64) - 1
_STEPS = tuple(n for n in range(3, BLOCK) if math.gcd(n, BLOCK) == 1)

# Posts in a hundred that have the variant. Those of `_MACHINE` concern the machine-readable blocks.
_MACHINE = {
    "no-machine-blocks": 5,
    "no-tawsiyat": 10,
    "broken-tawsiyat": 6,
    "bad-date": 4,
    "no-json-ld": 10,
    "broken-json-ld": 8,
    "json-ld-graph": 9,
    "no-meta": 11,
    "contradicting": 6,
}
_SHAPE = {
    "plain": 13,
    "two-segment": 6,
    "old-slug-colon": 5,
    "upper-path": 5,
    "long-title": 14,
    "h2-title": 12,
    "redesigned": 6,
    "no-tags": 6,
    "no-deck": 5,
    "no-image": 5,
    "no-source": 14,
    "lazy-images": 12,
    "inline-image": 12,
}
_BODY = {
    "raw-tweet": 6,
    "rendered-tweet": 6,
    "related-box": 16,
    "read-next": 12,
    "quotation": 8,
    "list": 8,
    "table": 6,
    "headings": 9,
    "unknown-element": 5,
    "bare-div": 5,
    "div-wrapped": 5,
    "youtube": 5,
    "share-in-body": 6,
    "line-break": 6,
    "odd-characters": 10,
}
_QUOTAS = {**_MACHINE, **_SHAPE, **_BODY}
# Steps that redesign the pages of all articles. `deck` and `tags` are not shown. `container` is a new one of the body.
# `date` moves to the page's foot. There are no machine-readable `blocks`, or no `descriptions` in them. With `renamed`,
# deck and tags have other class names.
STEPS = ("deck", "container", "date", "tags", "blocks", "descriptions", "renamed")
_STRUCTURAL = ("several-authors", "disclaimer", "colliding")
VARIANTS = (*_QUOTAS, *_STRUCTURAL)
_PATH_VARIANTS = ("two-segment", "old-slug-colon", "upper-path", "long-title")
_NOT_REDESIGNED = frozenset(
    (
        "no-machine-blocks",
        "no-tawsiyat",
        "broken-tawsiyat",
        "bad-date",
        "h2-title",
        "raw-tweet",
        "rendered-tweet",
        "related-box",
        "read-next",
        "unknown-element",
        "bare-div",
        "div-wrapped",
        "youtube",
        "share-in-body",
    )
)
_FLAGS = tuple((name, zlib.crc32(name.encode()), quota) for name, quota in _QUOTAS.items())


def mix(*numbers: int) -> int:
    """A well-mixed 64-bit number from the given ones (splitmix64's finaliser, folded)."""
    state = 0x9E3779B97F4A7C15
    for number in numbers:
        state = (state ^ (number & _MASK)) + 0x9E3779B97F4A7C15 & _MASK
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        state = (state ^ state >> 27) * 0x94D049BB133111EB & _MASK
        state ^= state >> 31
    return state


@dataclass(frozen=True)
class Name:
    """Something with a page of its own that posts point to: a tag, an author, a running story. `path` is unencoded."""

    label: str
    path: str


@dataclass(frozen=True)
class Slot:
    """The listings and their facts, for one post of every hundred."""

    section: Section
    regions: tuple[Region, ...]
    authors: tuple[Name, ...]
    keywords: tuple[Name, ...]
    shown: int  # number of keywords that are tags
    coverage: Name | None


@dataclass(frozen=True)
class Listing:
    """A page, with further pages, that lists the posts of some slots, newest first."""

    key: str
    kind: str  # section, region, tag, author, coverage
    label: str
    path: str
    slots: frozenset[int]
    paging: str
    size: int
    pinned: bool = False


@dataclass(frozen=True)
class Post:
    """The truth about one post, before any page prints some of it. Paths are unencoded."""

    index: int
    post_id: str
    section: Section
    regions: tuple[Region, ...]
    authors: tuple[Name, ...]
    keywords: tuple[Name, ...]
    tags: tuple[Name, ...]
    coverage: Name | None
    title: str
    who: str
    what: str
    deck: str | None
    country: str | None
    published: datetime
    modified: datetime | None
    path: str
    image: str | None
    variants: frozenset[str]
    # What has become of it since it came out.
    additions: tuple[str, ...] = ()  # paragraphs at the end of its body
    touches: int = 0  # how often its thumbnail was cropped again
    version: int = 0  # of its page
    changed: datetime | None = None  # when its page changed last
    hashes: tuple[str, ...] = ()  # content hashes of the earlier versions of its text, oldest first
    removed: int | None = None  # the status its address answers with since it is gone


@dataclass(frozen=True)
class _Block:
    order: tuple[int, ...]
    flags: tuple[tuple[str, int, int, int], ...]
    newer: dict[int, int]  # position of the older of a pair -> of the newer
    older: dict[int, int]


class Filler:
    """Fills the vocabulary's templates."""

    def __init__(self, words: Words, random: Random, *, who: str = "", what: str = "") -> None:
        self.words = words
        self.random = random
        self.what = what or random.choice(words.whats["world"])
        self.who = who or random.choice(words.who)
        self._orgs = words.phrases["orgs"].split("|")
        self._days = words.phrases["days"].split("|")

    def fill(self, template: str) -> str:
        """The template with invented particulars."""
        random, words = self.random, self.words
        who = self.who if random.random() < 0.4 else words.who[int(random.random() * len(words.who))]
        value = random.random()
        return template.format(
            Who=who,
            who=who if who[0] in "'\"" or who[:2].isupper() else who[0].lower() + who[1:],
            what=self.what,
            place=words.places[int(value * len(words.places))],
            org=self._orgs[int(random.random() * len(self._orgs))],
            day=self._days[int(value * 971) % len(self._days)],
            person=words.people[int(value * 977) % len(words.people)],
            verb=words.verbs[int(value * 983) % len(words.verbs)],
            month=words.months[int(value * 991) % 12],
            year=1990 + int(value * 997) % 35,
            n=11 + int(value * 1009) % 80,
            m=100 + int(value * 1013) % 800,
            k=3 + int(value * 1019) % 9,
            topic=words.topics[int(value * 1021) % len(words.topics)],
        )

    def pick(self, templates: tuple[str, ...]) -> str:
        """One of the templates, filled."""
        return self.fill(templates[int(self.random.random() * len(templates))])


class Archive:
    """All posts and listings of one test site.

    `first` is the newest post's index (0, or less once posts were published since), `stop` ends the range of indexes.
    Reading needs no lock while one thread changes posts.
    """

    def __init__(self, posts: int, seed: int, edition: str, addresses: str) -> None:
        self.stop = posts
        self.first = 0
        self.seed = seed
        self.edition = edition
        self.design: frozenset[str] = frozenset()
        self.words = WORDS[edition]
        self.layout: Layout = BY_NAME[addresses]
        self._base = mix(seed, zlib.crc32(edition.encode()))
        words = self.words
        self._whats = {what: n for family in words.whats.values() for n, what in enumerate(family)}
        self._radix = (len(words.who), len(words.whats["world"]), len(words.places), len(words.verbs))
        self._codes = math.prod(self._radix)
        self._step = self._base % self._codes | 1
        while math.gcd(self._step, self._codes) != 1:
            self._step += 2
        self._unstep = pow(self._step, -1, self._codes)
        self._places = self._headline_pattern()
        self.original = lru_cache(maxsize=4096)(self._post)
        self._changed: dict[int, Post] = {}
        self._gone: frozenset[int] = frozenset()
        self._holders: dict[str, int] = {}  # lower-case address -> the post that took it
        self.redirects: dict[str, str] = {}  # lower-case address -> the address the post moved to
        self.block = lru_cache(maxsize=256)(self._block)
        self._positions = lru_cache(maxsize=4096)(self._slot_positions)
        self.names: dict[str, Name] = {}
        self.slots = self._make_slots()
        self.listings = {listing.path.lower(): listing for listing in self._make_listings()}
        self.by_key = {listing.key: listing for listing in self.listings.values()}

    # Structure

    def _name(self, kind: str, number: int, label: str) -> Name:
        template = {"tag": self.layout.tag, "author": self.layout.author, "coverage": self.layout.coverage}[kind]
        slug = re.sub(r"-+", "-", slug_of(label)).strip("-")
        return self.names.setdefault(f"{kind}:{label}", Name(label, template.format(n=number, k=slug)))

    def author(self, label: str) -> Name:
        """The author, or the house, of that name."""
        everyone = (self.words.phrases["house"], *self.words.writers)
        return self._name("author", 100 + everyone.index(label), label)

    def _make_slots(self) -> tuple[Slot, ...]:
        random = Random(mix(self._base, 1))
        words = self.words
        slots = []
        for section in SECTIONS:
            for n in range(section.share):
                count = random.choices((0, 1, 2), (35, 45, 20))[0] if section.is_text else 0
                regions: list[Region] = []
                while len(regions) < count:
                    region = random.choices(REGIONS, [region.weight for region in REGIONS])[0]
                    if region not in regions:
                        regions.append(region)
                writers = random.sample(words.writers, random.choices((1, 2, 3), (74, 17, 9))[0])
                if n == 1 and section.key in ("politics", "economy"):
                    writers = random.sample(words.writers, 3 if section.key == "politics" else 2)
                house = section.group == "news" and len(writers) == 1 and random.random() < 0.6
                topics = random.sample(words.topics, random.randint(1, 8))
                coverage = random.randrange(len(words.coverages)) if random.random() < 0.15 else None
                slots.append(
                    Slot(
                        section=section,
                        regions=tuple(regions),
                        authors=tuple(self.author(w) for w in ([words.phrases["house"]] if house else writers)),
                        keywords=tuple(self._name("tag", 200 + words.topics.index(topic), topic) for topic in topics),
                        shown=random.randint(1, min(len(topics), 5)),
                        coverage=None
                        if coverage is None
                        else self._name("coverage", 300 + coverage, words.coverages[coverage]),
                    )
                )
        return tuple(slots)

    def section_path(self, section: Section) -> str:
        """The address of a section's listing, unencoded."""
        return self.layout.section.format(folder=section.folder, n=section.number, k=section.key)

    def region_path(self, region: Region) -> str:
        """The address of a region's listing, unencoded."""
        return self.layout.region.format(n=region.number, k=region.key)

    def _paging(self, position: int, entries: tuple[Section, ...] | tuple[Region, ...]) -> str:
        """The way of paging of an entry: in the other layouts moved along those of the others, script excepted."""
        if entries[position].paging == "script":
            return "script"
        others = [entry.paging for entry in entries if entry.paging != "script"]
        place = sum(entry.paging != "script" for entry in entries[:position])
        return others[(place + self.layout.shift) % len(others)]

    def _make_listings(self) -> Iterator[Listing]:
        for position, section in enumerate(SECTIONS):
            members = frozenset(n for n, slot in enumerate(self.slots) if slot.section is section)
            yield Listing(
                f"s{section.number}",
                "section",
                section.labels[self.edition],
                self.section_path(section),
                members,
                self._paging(position, SECTIONS),
                section.size,
                pinned=section.key == "economy",
            )
        for position, region in enumerate(REGIONS):
            members = frozenset(n for n, slot in enumerate(self.slots) if region in slot.regions)
            yield Listing(
                f"r{region.number}",
                "region",
                region.labels[self.edition],
                self.region_path(region),
                members,
                self._paging(position, REGIONS),
                region.size,
            )
        for label in self.words.topics:
            self._name("tag", 200 + self.words.topics.index(label), label)
        for label in (self.words.phrases["house"], *self.words.writers):
            self.author(label)
        for number, (key, name) in enumerate(self.names.items()):
            kind = key.partition(":")[0]
            members = frozenset(
                n
                for n, slot in enumerate(self.slots)
                if name
                in (
                    slot.keywords[: slot.shown]
                    if kind == "tag"
                    else slot.authors
                    if kind == "author"
                    else (slot.coverage,)
                )
            )
            yield Listing(f"{kind[0]}{number}n", kind, name.label, name.path, members, "query", 12)

    def _block(self, number: int) -> _Block:
        random = Random(mix(self._base, 2, number))
        order = list(range(BLOCK))
        random.shuffle(order)
        flags = []
        for name, code, quota in _FLAGS:
            value = mix(self._base, number, code)
            flags.append((name, _STEPS[value % len(_STEPS)], value >> 20 & 0xFFFF, quota))
        newer = {}
        if self.layout.name == "plain":
            for section in ("politics", ("economy", "opinion", "misc", "sports")[number % 4]):
                places = [place for place, slot in enumerate(order) if self.slots[slot].section.key == section]
                start = random.randrange(len(places) - 2)
                newer[places[start + 2]] = places[start]
        return _Block(tuple(order), tuple(flags), newer, {value: key for key, value in newer.items()})

    # Listings

    def _slot_positions(self, listing: Listing, block: int) -> tuple[int, ...]:
        return tuple(place for place, slot in enumerate(self.block(block).order) if slot in listing.slots)

    def _rank(self, listing: Listing, index: int) -> int:
        """How many of the listing's posts come before that index, counted from block 0 (negative before it)."""
        block, place = divmod(index, BLOCK)
        return block * len(listing.slots) + sum(p < place for p in self._positions(listing, block))

    def _at(self, listing: Listing, rank: int) -> int:
        block, n = divmod(rank, len(listing.slots))
        return block * BLOCK + self._positions(listing, block)[n]

    def _gone_ranks(self, listing: Listing) -> list[int]:
        """Return the former places of removed posts in the listing, ascending."""
        ranks = []
        for index in self._gone:
            block, place = divmod(index, BLOCK)
            if self.block(block).order[place] in listing.slots:
                ranks.append(self._rank(listing, index))
        return sorted(ranks)

    def _from(self, listing: Listing, rank: int, gone: list[int], count: int) -> list[int]:
        """At most that number of entries from the rank, without those removed."""
        end = self._rank(listing, self.stop)
        ranks = (rank for rank in range(rank, end) if rank not in gone)
        return [self._at(listing, rank) for rank in islice(ranks, max(0, count))]

    def count(self, listing: Listing) -> int:
        """How many posts the listing has now."""
        if not listing.slots:
            return 0
        return self._rank(listing, self.stop) - self._rank(listing, self.first) - len(self._gone_ranks(listing))

    def members(self, listing: Listing, start: int, stop: int) -> list[int]:
        """The indexes of the listing's entries from `start` to before `stop`, as far as there are any."""
        if not listing.slots:
            return []
        gone, rank = self._gone_ranks(listing), self._rank(listing, self.first) + start
        for lost in gone:  # each one before it moves it on
            rank += lost <= rank
        return self._from(listing, rank, gone, stop - start)

    def members_after(self, listing: Listing, index: int, count: int) -> list[int]:
        """Return the next entries that are older than the post of that index, for a cursor."""
        if not listing.slots:
            return []
        return self._from(listing, self._rank(listing, index + 1), self._gone_ranks(listing), count)

    # Posts

    def post(self, index: int) -> Post:
        """The post of that index as it is now."""
        return self._changed.get(index) or self.original(index)

    def change(self, index: int, **fields: Any) -> None:
        """Make a new version of the post's page, with these fields of `Post`."""
        post = self.post(index)
        fields = {"version": post.version + 1, "changed": self.moment(index), **fields}
        self._changed[index] = replace(post, **fields)

    def break_blocks(self, index: int) -> None:
        """Leave the machine-readable blocks out of the post's page."""
        variants = self.post(index).variants - {*_MACHINE, "plain"} | {"no-machine-blocks"}
        self.change(index, variants=variants)

    def repair_blocks(self, index: int) -> None:
        """Give the post's page the blocks it came out with."""
        came_with = self.original(index).variants & {*_MACHINE, "plain"}
        self.change(index, variants=self.post(index).variants - {"no-machine-blocks"} | came_with)

    def remove(self, index: int, status: int) -> None:
        """Take the post out of every listing and sitemap."""
        self.change(index, removed=status)
        self._gone |= {index}

    def collide(self, index: int, other: int) -> None:
        """Give the post's address to the other post, which need not have come out."""
        old, new = self.post(index), self.post(other)
        # The address changes when the old post loses it, whenever the new one was written.
        self.change(other, path=old.path, changed=self.moment(index), variants=new.variants | {"colliding"})
        self.change(index, variants=old.variants | {"colliding"})
        self._holders[old.path.lower()] = other

    def move(self, index: int, path: str) -> None:
        """Give the post another address, to which the old one redirects."""
        old = self.post(index).path
        # In this order the post can be fetched at every moment.
        self._holders[path.lower()] = index
        self.redirects[old.lower()] = path
        self.change(index, path=path)

    def moment(self, index: int) -> datetime:
        """The time of a change made now: later than the newest post and all that was done to this one."""
        return max(self.published(self.first), self.last_modified(index)) + timedelta(minutes=1)

    def last_modified(self, index: int) -> datetime:
        """When what the post's address serves changed last, in UTC."""
        post = self.post(index)
        own = max(moment for moment in (post.published, post.modified, post.changed) if moment)
        older = self.older(index)
        # Where it has the address of an older post, it has it since that one was last there.
        return own if older is None else max(own, self.last_modified(older) + timedelta(seconds=1))

    def exists(self, index: int) -> bool:
        """Whether there is a post of that index by now."""
        return self.first <= index < self.stop

    def indexes(self) -> range:
        """All posts, newest first."""
        return range(self.first, self.stop)

    def published(self, index: int) -> datetime:
        """When the post came out, in UTC: about twenty a day, newer for smaller indexes, whole minutes."""
        late = mix(self._base, 3, index) % MINUTES_APART if index else 0
        return NEWEST - timedelta(minutes=index * MINUTES_APART + late)

    def index_at(self, moment: datetime) -> int:
        """The index of the newest post that came out at that moment or before, whether it exists or not."""
        index = int((NEWEST - moment) / timedelta(minutes=MINUTES_APART)) - 2
        while self.published(index) > moment:
            index += 1
        return index

    def twin(self, index: int) -> int | None:
        """The newer post whose title and address this one shares, or None."""
        block, place = divmod(index, BLOCK)
        newer = self.block(block).newer.get(place)
        return None if newer is None else block * BLOCK + newer

    def older(self, index: int) -> int | None:
        """The older post whose title and address this one shares, or None."""
        block, place = divmod(index, BLOCK)
        older = self.block(block).older.get(place)
        return None if older is None or not self.exists(block * BLOCK + older) else block * BLOCK + older

    def reachable(self, index: int) -> bool:
        """Whether the post's address serves it: not when it was removed or a newer post has taken the address."""
        post = self.post(index)
        address = post.path.lower()
        if post.removed is not None or address in self.redirects:
            return False
        holder = self._holders.get(address)
        if holder is not None:
            return holder == index
        twin = self.twin(index)
        return twin is None or not self.exists(twin)

    def _flags(self, index: int) -> set[str]:
        number, place = divmod(index, BLOCK)
        block = self.block(number)
        section = self.slots[block.order[place]].section
        if not section.is_text:
            return {section.kind}
        found = {name for name, step, shift, quota in block.flags if (step * place + shift) % BLOCK < quota}
        if "plain" in found:
            return set()
        if "redesigned" in found:
            found -= _NOT_REDESIGNED
        if "contradicting" in found:
            found -= _MACHINE.keys() - {"contradicting"}
        elif "no-machine-blocks" in found:
            found -= _MACHINE.keys() - {"no-machine-blocks"}
        for first, *rest in (
            ("no-tawsiyat", "broken-tawsiyat", "bad-date"),
            ("broken-tawsiyat", "bad-date"),
            ("no-json-ld", "broken-json-ld", "json-ld-graph"),
            ("broken-json-ld", "json-ld-graph"),
            ("two-segment", "upper-path"),
            ("raw-tweet", "rendered-tweet"),
            ("bare-div", "div-wrapped"),
            ("old-slug-colon", "long-title"),
            ("no-image", "lazy-images"),
        ):
            if first in found:
                found.difference_update(rest)
        return found

    def _subject(self, index: int, section: Section) -> tuple[str, str, str, str]:
        """Who does what to which matter, and where: what the post is about."""
        words = self.words
        code = ((index + self._codes // 3) * self._step + self._base) % self._codes
        code, verb = divmod(code, len(words.verbs))
        code, what = divmod(code, len(words.whats["world"]))
        who, place = divmod(code, len(words.places))
        family = words.whats.get(section.family, words.whats["world"])
        return words.who[who], words.verbs[verb], family[what], words.places[place]

    def _headline(self, index: int, subject: tuple[str, str, str, str], colon: bool, tail: bool) -> str:
        words = self.words
        who, verb, what, place = subject
        title = f"{place}: {who} {verb} {what}" if colon else f"{who} {verb} {what} {words.within} {place}"
        return f"{title} {words.tails[mix(self._base, 4, index) % len(words.tails)]}" if tail else title

    def _headline_pattern(self) -> tuple[re.Pattern[str], ...]:
        words = self.words

        def group(name: str, entries: tuple[str, ...]) -> str:
            slugs = sorted((re.sub(r"[\W_]", "-", entry.lower()) for entry in entries), key=len, reverse=True)
            return f"(?P<{name}>{'|'.join(slugs)})"

        # A quotation mark that ends the headline leaves no trace in the address, so the last dash may be missing.
        who, verb = group("who", words.who), group("verb", words.verbs)
        what, place = group("what", tuple(self._whats)), group("place", words.places)
        return (
            re.compile(f"{who}-{verb}-{what}-{re.escape(words.within)}-{place}"),
            re.compile(f"{place}[-:]-{who}-{verb}-{what}"),
        )

    def _decode(self, slug: str) -> int | None:
        """The index of the post whose headline makes that address (its newer one, where two share it), or None."""
        for pattern in self._places:
            match = pattern.match(slug) or pattern.match(slug + "-")
            if match is None:
                continue
            digits = self._digits()
            who, what, place, verb = (digits[name, match[name]] for name in ("who", "what", "place", "verb"))
            code = ((who * self._radix[2] + place) * self._radix[1] + what) * self._radix[3] + verb
            return (code - self._base) * self._unstep % self._codes - self._codes // 3
        return None

    @lru_cache(maxsize=1)  # noqa: B019 - one small table, as long-lived as the archive
    def _digits(self) -> dict[tuple[str, str], int]:
        words = self.words
        table = {}
        for name, entries in (("who", words.who), ("verb", words.verbs), ("place", words.places)):
            table.update({(name, re.sub(r"[\W_]", "-", entry.lower())): n for n, entry in enumerate(entries)})
        table.update({("what", re.sub(r"[\W_]", "-", entry.lower())): n for entry, n in self._whats.items()})
        return table

    def name_listings(self, index: int) -> list[dict[str, str]]:
        """Return the tags, authors and running stories that list the post, in the form of an answer."""
        number, place = divmod(index, BLOCK)
        slot = self.block(number).order[place]
        return [
            {"kind": listing.kind, "label": listing.label, "url_path": listing.path}
            for listing in self.listings.values()
            if listing.kind in ("tag", "author", "coverage") and slot in listing.slots
        ]

    def find(self, path: str) -> int | None:
        """The post that an unencoded path serves now, or served until its removal, or None. Case does not matter."""
        path = path.lower()
        if (holder := self._holders.get(path)) is not None:
            return holder
        last = path.rpartition("/")[2]
        if self.layout.name == "short":
            number = last.partition("-")[0]
            index = (FIRST_ID - int(number)) // 3 if number.isascii() and number.isdigit() else None
        else:
            index = self._decode(last)
        if index is None:
            return None
        if not self.exists(index):  # its older namesake still holds the address
            older = self.older(index)
            if older is None:
                return None
            index = older
        return index if self.post(index).path.lower() == path else None

    def _path(self, index: int, post_id: str, section: Section, title: str, variants: set[str]) -> str:
        slug = slug_of(title, keep_colon="old-slug-colon" in variants)
        if self.layout.name == "short":
            return f"/story/{post_id}-{slug[:30].rstrip('-')}"
        if self.layout.name == "dated":
            return f"/{self.published(index).astimezone(BEIRUT):%Y/%m/%d}/{slug}"
        folder = section.folder
        if "two-segment" in variants:
            folder = folder.partition("/")[0]
        elif "upper-path" in variants:
            folder = folder.title()
        return f"/{folder}/{slug}"

    def _post(self, index: int) -> Post:
        number, place = divmod(index, BLOCK)
        slot = self.slots[self.block(number).order[place]]
        variants = self._flags(index)
        twin = self.twin(index)
        if twin is not None:  # the same headline, and an address made the same way
            variants -= set(_PATH_VARIANTS)
            variants |= self._flags(twin) & set(_PATH_VARIANTS)
        if twin is not None or place in self.block(number).older:
            variants.add("colliding")
        section = slot.section
        random = Random(mix(self._base, 5, index))
        headline = index if twin is None else twin
        value = mix(self._base, 6, headline)
        tail = "long-title" in variants or (not section.is_text and value % 4 == 0)
        subject = self._subject(headline, section)
        title = self._headline(headline, subject, "old-slug-colon" in variants or value % 16 == 1, tail)
        if section.is_text:
            if len(slot.authors) > 1:
                variants.add("several-authors")
            if section.group == "articles" and section.key != "features" and "redesigned" not in variants:
                variants.add("disclaimer")
        code = mix(self._base, 3, index) % 3
        post_id = str(FIRST_ID - 3 * index - code)
        published = self.published(index)
        filler = Filler(self.words, random, who=subject[0], what=subject[2])
        deck = filler.pick(self.words.decks)
        modified = published + timedelta(seconds=random.randint(61, 90_000)) if random.random() < 0.85 else None
        date = published.astimezone(BEIRUT)
        uuid = f"{random.getrandbits(128):032x}"
        uuid = f"{uuid[:8]}-{uuid[8:12]}-4{uuid[13:16]}-a{uuid[17:20]}-{uuid[20:]}"
        if not variants:
            variants.add("plain")
        return Post(
            index=index,
            post_id=post_id,
            section=section,
            regions=slot.regions,
            authors=slot.authors,
            keywords=slot.keywords,
            tags=() if "no-tags" in variants else slot.keywords[: slot.shown],
            coverage=slot.coverage,
            title=title,
            who=subject[0],
            what=subject[2],
            deck=None if "no-deck" in variants else deck,
            country=random.choice(self.words.countries) if random.random() < 0.6 else None,
            published=published,
            modified=modified,
            path=self._path(index, post_id, section, title, variants),
            image=None if "no-image" in variants else f"/media/image/{date.year}/{date.month}/{date.day}/{uuid}.jpg",
            variants=frozenset(variants),
        )


__all__ = [
    "BEIRUT",
    "BLOCK",
    "NEWEST",
    "STEPS",
    "VARIANTS",
    "Archive",
    "Filler",
    "Listing",
    "Name",
    "Post",
    "encoded",
    "mix",
]
