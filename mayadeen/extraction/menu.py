"""The front page: its menu, which says what sections and regions the site has and where they live, and its headlines.

The menu is found by structure and by the labels known in ``site.py``, not by class names: a group's children are the
links that stand with its label, whatever they are called; regions are the links that stand with known regions.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Literal
from urllib.parse import unquote, urlsplit, urlunsplit

from lxml.html import HtmlElement

from mayadeen.extraction.dom import INLINE, SILENT, base_url, class_and_id, collapse, parse_html, text_of
from mayadeen.site import words
from mayadeen.site.editions import Edition, Section
from mayadeen.site.kinds import KINDS_BY_LABEL, NON_TEXT_KINDS
from mayadeen.site.phrases import Phrases
from mayadeen.site.text import normalize_label, without_article
from mayadeen.site.urls import Addresses

_LABEL_LENGTH = 40
_LABEL_WORDS = 5


@dataclass(frozen=True)
class Menu:
    """Sections and regions in menu order. ``assumed``: from the built-in table, as no menu could be read."""

    sections: tuple[Section, ...]
    regions: tuple[Section, ...]
    assumed: bool = False

    @property
    def entries(self) -> tuple[Section, ...]:
        """Everything the menu lists."""
        return (*self.sections, *self.regions)

    @property
    def media(self) -> tuple[Section, ...]:
        """The sections whose name or group says video, picture or sound."""
        return tuple(s for s in self.sections if _NON_TEXT & {normalize_label(s.label), normalize_label(s.group or "")})

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(section.group for section in self.sections if section.group))

    def default(self, edition: Edition) -> tuple[Section, ...]:
        """What is walked when nothing is named: the sections under the edition's groups of text.

        Where the menu has no such group, every section but those whose name or group says video, picture or sound.
        """
        groups = {normalize_label(group) for group in edition.groups}
        chosen = tuple(s for s in self.sections if s.group and normalize_label(s.group) in groups)
        if chosen:
            return chosen
        return tuple(
            s for s in self.sections if not _NON_TEXT & {normalize_label(s.label), normalize_label(s.group or "")}
        )

    def find(self, name: str, *, regions: bool = False) -> tuple[Section, ...]:
        """The sections (or regions) that a name means: a label, its slug, or a group's name; none if unknown."""
        key = normalize_label(name)
        entries = self.regions if regions else self.sections
        if not key:
            return ()
        return (
            tuple(s for s in entries if normalize_label(s.label) == key)
            or tuple(s for s in entries if normalize_label(slug_of(s.path)) == key)
            or tuple(s for s in entries if s.group and normalize_label(s.group) == key)
            or tuple(s for s in entries if without_article(s.label) == without_article(name))
        )

    def names(self, *, regions: bool = False) -> tuple[str, ...]:
        """Every name that ``find`` knows, for people: labels, and the groups."""
        labels = tuple(s.label for s in (self.regions if regions else self.sections))
        return labels if regions else (*labels, *self.groups)


_PICTURES = ("infograph", "gallery")
"""Kinds whose sections stand in the menu under no group."""
_NON_TEXT = {label for label, kind in KINDS_BY_LABEL.items() if kind in NON_TEXT_KINDS}


def slug_of(path: str) -> str:
    """The last segment of a path."""
    return unquote(path.partition("?")[0].rstrip("/").rpartition("/")[2])


def assumed_menu(edition: Edition) -> Menu:
    """The built-in table, for a front page that cannot be had."""
    return Menu(edition.sections, edition.regions, assumed=True)


@dataclass(frozen=True)
class _Link:
    element: HtmlElement
    label: str
    path: str


def read_menu(html: str, url: str, addresses: Addresses) -> Menu | None:
    """The menu of a page, or ``None`` where none can be made out."""
    return menu_of(parse_html(html), url, addresses)


def menu_of(root: HtmlElement, url: str, addresses: Addresses) -> Menu | None:
    """The menu of a page that has been parsed already."""
    links = list(_links(root, url, addresses))
    by_element = {link.element: link for link in links}
    edition = addresses.edition
    known_regions = {normalize_label(r.label): r for r in edition.regions}
    known = {normalize_label(s.label): s for s in edition.sections}
    group_names = {normalize_label(g): g for g in (*edition.groups, *(s.group for s in edition.sections if s.group))}

    regions = _regions(links, known_regions, known, group_names)
    sections: dict[str, Section] = {}
    for group, element in chain(_known_groups(root, group_names), _nested_groups(root, by_element)):
        own = by_element.get(element)
        for link in _children(element, by_element, group_names):
            key = normalize_label(link.label)
            if _is_region(link, regions) or key in group_names or (own is not None and link.path == own.path):
                continue
            sections.setdefault(key, Section(link.label, group, link.path))
    # Sections without a group, and those of a menu without nesting.
    for link in sorted(links, key=lambda link: not _in_menu(link.element)):
        key = normalize_label(link.label)
        if key in sections or key in regions or key in group_names:
            continue
        if key in known:
            sections[key] = Section(link.label, known[key].group, link.path)
            for label, path in _beside(link, links, known, group_names):
                sections.setdefault(normalize_label(label), Section(label, known[key].group, path))
        elif KINDS_BY_LABEL.get(key) in _PICTURES and _in_menu(link.element):
            sections[key] = Section(link.label, None, link.path)
    if not sections:
        return None
    return Menu(tuple(sections.values()), tuple(regions.values()))


def _is_region(link: _Link, regions: dict[str, Section]) -> bool:
    """Whether a link leads to a region's listing; a section of the same name has one of its own."""
    region = regions.get(normalize_label(link.label))
    return region is not None and region.path == link.path


def _links(root: HtmlElement, url: str, addresses: Addresses) -> Iterator[_Link]:
    base = base_url(root, url)
    for element in root.iter("a"):
        label = collapse("".join(element.itertext()))
        if not label or len(label) > _LABEL_LENGTH or len(label.split()) > _LABEL_WORDS or label in words.NOT_SECTIONS:
            continue
        address = addresses.resolve(element.get("href"), base)
        if address is None or not addresses.is_site(address):
            continue
        parts = urlsplit(address)
        if parts.path.strip("/") or parts.query:
            yield _Link(element, label, urlunsplit(("", "", parts.path or "/", parts.query, "")))


def _in_menu(element: HtmlElement) -> bool:
    for ancestor in element.iterancestors():
        marks = f"{ancestor.get('class', '')} {ancestor.get('id', '')} {ancestor.get('role', '')}".casefold()
        if ancestor.tag in ("nav", "header") or "menu" in marks or "nav" in marks:
            return True
    return False


def _regions(
    links: list[_Link], known_regions: dict[str, Section], known: dict[str, Section], group_names: dict[str, str]
) -> dict[str, Section]:
    """The links of the smallest element that holds the most known regions and no section: new ones are among them."""
    found: dict[str, Section] = {}
    held: dict[HtmlElement, set[str]] = {}
    mixed: set[HtmlElement] = set()
    for link in links:
        key = normalize_label(link.label)
        if key in known_regions:
            for ancestor in link.element.iterancestors():
                held.setdefault(ancestor, set()).add(key)
        elif key in known or key in group_names:
            mixed.update(link.element.iterancestors())
    alone = {element: len(keys) for element, keys in held.items() if element not in mixed and len(keys) >= 3}
    if alone:
        most = max(alone.values())
        fullest = (element for element, count in alone.items() if count == most)
        box = max(fullest, key=lambda element: sum(1 for _ in element.iterancestors()))
        for link in links:
            if box in link.element.iterancestors():
                found.setdefault(normalize_label(link.label), Section(link.label, None, link.path))
    for link in links:
        key = normalize_label(link.label)
        if key in known_regions and key not in found and _in_menu(link.element):
            found[key] = Section(link.label, None, link.path)
    return found


def _beside(
    link: _Link, links: list[_Link], known: dict[str, Section], group_names: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """New labels that stand with a known one in the menu, where two or more known ones of one group stand together."""
    if not _in_menu(link.element):
        return
    for box in link.element.iterancestors():
        inside = [other for other in links if box in other.element.iterancestors()]
        groups = [known[key].group for other in inside if (key := normalize_label(other.label)) in known]
        if len(groups) > 1:
            if (
                len(set(groups)) == 1
                and groups[0]
                and not any(normalize_label(other.label) in group_names for other in inside)
            ):
                yield from ((other.label, other.path) for other in inside)
            return


def _known_groups(root: HtmlElement, group_names: dict[str, str]) -> Iterator[tuple[str, HtmlElement]]:
    """Elements that are the label of a known group."""
    for element in root.iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style", "title", "option"):
            continue
        text = collapse(element.text or "")
        if (
            text
            and len(text) <= _LABEL_LENGTH
            and (group := group_names.get(normalize_label(text)))
            and _in_menu_or_list(element)
        ):
            yield group, _clickable(element)


def _clickable(element: HtmlElement) -> HtmlElement:
    return next((e for e in (element, *element.iterancestors("a", "button")) if e.tag in ("a", "button")), element)


def _in_menu_or_list(element: HtmlElement) -> bool:
    return _in_menu(element) or any(True for _ in element.iterancestors("li", "ul", "details"))


def _nested_groups(root: HtmlElement, by_element: dict[HtmlElement, _Link]) -> Iterator[tuple[str, HtmlElement]]:
    """List entries of a menu that have a label and a list of their own."""
    for inner in chain(root.iter("ul"), root.iter("ol")):
        entry = inner.getparent()
        while entry is not None and entry.tag == "div":
            entry = entry.getparent()
        if entry is None or entry.tag != "li" or not _in_menu(inner):
            continue
        if sum(1 for a in inner.iter("a") if a in by_element) < 2:
            continue
        for element in entry.iter():
            if element is inner:
                break
            text = collapse(element.text or "") if isinstance(element.tag, str) else ""
            if text and len(text) <= _LABEL_LENGTH and normalize_label(text) and text not in words.NOT_SECTIONS:
                yield text, _clickable(element)
                break


def _children(label: HtmlElement, by_element: dict[HtmlElement, _Link], group_names: dict[str, str]) -> Iterable[_Link]:
    """The links that stand with a group's label: what it opens, what encloses both, or what follows it."""
    target = label.get("aria-controls") or label.get("data-target") or label.get("data-bs-target") or ""
    if not target and (label.get("href") or "").startswith("#"):
        target = label.get("href") or ""
    if target := target.lstrip("#"):
        for element in label.getroottree().getroot().iter():
            if element.get("id") == target:
                return _within(element, label, by_element)
    element = label
    while (parent := element.getparent()) is not None and parent.tag not in ("body", "html"):
        inside = _within(parent, label, by_element)
        if inside:
            if not any(_names_group(e, group_names) for e in parent.iter() if e is not label and not _holds(label, e)):
                return inside
            # Other groups stand in it too: what belongs to this one follows its label.
            for sibling in element.itersiblings():
                if _names_group(sibling, group_names):
                    return ()
                if found := _within(sibling, label, by_element):
                    return () if any(_names_group(e, group_names) for e in sibling.iter()) else found
            return ()
        element = parent
    return ()


def _holds(outer: HtmlElement, inner: HtmlElement) -> bool:
    return outer in inner.iterancestors()


def _names_group(element: HtmlElement, group_names: dict[str, str]) -> bool:
    if not isinstance(element.tag, str):
        return False
    text = collapse(element.text or "")
    return bool(text) and len(text) <= _LABEL_LENGTH and normalize_label(text) in group_names


def _within(element: HtmlElement, label: HtmlElement, by_element: dict[HtmlElement, _Link]) -> list[_Link]:
    if not isinstance(element.tag, str):
        return []
    return [by_element[a] for a in element.iter("a") if a in by_element and a is not label and not _holds(label, a)]


# --- headlines -------------------------------------------------------------------------------------------------------

_TICKER_MARKS = re.compile(r"(?:^|[\s_-])(?:ticker|breaking|news-?flash|urgent)(?:$|[\s_-])", re.IGNORECASE)
_MOST_READ_MARKS = re.compile(r"(?:^|[\s_-])most[_-]?(?:read|viewed|popular)(?:$|[\s_-])", re.IGNORECASE)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_TITLE_WORDS = 4
"""Shorter link texts are names and labels, where no heading says otherwise."""


@dataclass(frozen=True)
class Line:
    """A headline as the front page shows it; ``rank`` counts from 1 among those of its kind."""

    kind: Literal["ticker", "most_read", "front"]
    rank: int
    text: str
    url: str | None


def read_headlines(html: str, url: str, addresses: Addresses) -> list[Line]:
    """The ticker's lines, the Most Read entries and the stories of the front page, each in page order."""
    root = parse_html(html)
    menu = menu_of(root, url, addresses)
    base = base_url(root, url)
    listings = {addresses.canonical(addresses.resolve(e.path, url) or url) for e in menu.entries} if menu else set()
    ticker = _part(root, _TICKER_MARKS, words.TICKER_TITLES)
    most_read = _part(root, _MOST_READ_MARKS, words.MOST_READ_TITLES)
    lines = [*_ticker_lines(ticker, base, addresses)]
    for kind, top, others in (
        ("most_read", most_read, ()),
        ("front", root, [e for e in (ticker, most_read) if e is not None]),
    ):
        stories = _stories(top, others, base, addresses, listings) if top is not None else {}
        lines += [Line(kind, rank, text, link) for rank, (link, text) in enumerate(stories.items(), 1)]  # type: ignore[arg-type]
    return lines


def _part(root: HtmlElement, by_marks: re.Pattern[str], titles: Phrases) -> HtmlElement | None:
    """The first part of a page that its title, or else its class, says to be it."""
    for element in root.iter(*_HEADINGS, "span", "div", "p", "strong", "b", "a", "label"):
        if len(element) <= 2 and text_of(element) in titles:
            for box in islice(element.iterancestors(), 4):
                if box.tag in ("body", "html", "main"):
                    break
                if len(_leaves(box)) > 1:
                    return box
    return next(
        (e for e in root.iter() if isinstance(e.tag, str) and by_marks.search(class_and_id(e)) and _leaves(e)), None
    )


def _leaves(element: HtmlElement) -> list[HtmlElement]:
    """The elements that hold lines: those with text and nothing but inline elements in them."""
    if element.tag in SILENT:
        return []
    children = [c for c in element if isinstance(c.tag, str) and c.tag not in SILENT]
    if all(c.tag in INLINE and all(d.tag in INLINE for d in c.iterdescendants()) for c in children):
        # Links side by side are lines of their own.
        anchors = [c for c in children if c.tag in ("a", "span") and text_of(c)]
        own = collapse("".join((element.text or "", *(c.tail or "" for c in element))))
        if len(anchors) > 1 and not re.search(r"\w", own):
            return anchors
        return [element] if text_of(element) else []
    return [leaf for child in children for leaf in _leaves(child)]


def _ticker_lines(ticker: HtmlElement | None, base: str, addresses: Addresses) -> Iterator[Line]:
    """A ticker that runs in a circle has its lines twice."""
    seen: dict[str, str | None] = {}
    for leaf in _leaves(ticker) if ticker is not None else ():
        text = text_of(leaf)
        if normalize_label(text) and text not in words.TICKER_TITLES and len(text.split()) > 1:
            anchor = next(chain(leaf.iter("a"), leaf.iterancestors("a")), None)
            link = addresses.resolve(anchor.get("href"), base) if anchor is not None else None
            at_post = link if link and addresses.may_be_article(link) else None
            seen.setdefault(text, addresses.canonical(at_post) if at_post else None)
    for rank, (text, link) in enumerate(seen.items(), 1):
        yield Line("ticker", rank, text, link)


def _stories(
    top: HtmlElement, others: Collection[HtmlElement], base: str, addresses: Addresses, listings: Collection[str]
) -> dict[str, str]:
    """Canonical address → title of the posts that a part of the page links to, in page order."""
    headed: dict[str, str] = {}
    plain: dict[str, str] = {}
    order: dict[str, None] = {}
    for anchor in top.iter("a"):
        link = addresses.resolve(anchor.get("href"), base)
        if link is None or not addresses.may_be_article(link) or addresses.canonical(link) in listings:
            continue
        around = list(anchor.iterancestors())
        if any(e in others or _is_frame(e) for e in around):
            continue
        post = addresses.canonical(link)
        heading = next((e for e in (*anchor.iter(*_HEADINGS), *around[:3]) if e.tag in _HEADINGS), None)
        text = text_of(heading if heading is not None and heading in anchor.iter() else anchor)
        if heading is not None and text:
            headed.setdefault(post, text)
        elif len(text.split()) >= _TITLE_WORDS:
            plain.setdefault(post, text)
        order.setdefault(post)
    titles = headed or plain
    return {post: titles[post] for post in order if post in titles}


def _is_frame(element: HtmlElement) -> bool:
    parent = element.getparent()
    whole_page = parent is not None and parent.tag == "body"
    return element.tag == "nav" or (element.tag in ("header", "footer") and whole_page)
