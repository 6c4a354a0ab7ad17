"""The menu of the front page: which sections and regions the site has, and their URLs.

The menu is found by its structure and by known labels, not by class names. The children of a group are the links in its
list, with any label. Regions are the links in one list with known regions. In a flat menu, the table of known sections
and the path of a link decide its group. Its position among the links does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from urllib.parse import unquote, urlsplit, urlunsplit

from lxml.html import HtmlElement

from mayadeen.extraction.dom import base_url, collapse, holds_only_links, innermost_of, parse_html
from mayadeen.site import words
from mayadeen.site.editions import Edition, Section
from mayadeen.site.kinds import KINDS_BY_LABEL, NON_TEXT_KINDS
from mayadeen.site.text import normalize_label, without_article
from mayadeen.site.urls import Addresses

_LABEL_LENGTH = 40
_LABEL_WORDS = 5
_MIN_LINKS = 5
"""Minimum links of a menu that nothing marks as one."""
_NOT_IN_A_LIST = ("h1", "h2", "h3", "h4", "h5", "h6", "img", "time", "p", "main", "article", "footer")


@dataclass(frozen=True)
class Menu:
    """Sections and regions in menu order. ``assumed`` is true if they are the built-in ones."""

    sections: tuple[Section, ...]
    regions: tuple[Section, ...]
    assumed: bool = False

    @property
    def entries(self) -> tuple[Section, ...]:
        """All sections and regions."""
        return (*self.sections, *self.regions)

    @property
    def media(self) -> tuple[Section, ...]:
        """The sections whose name or group says video, picture or sound."""
        return tuple(s for s in self.sections if _NON_TEXT & {normalize_label(s.label), normalize_label(s.group or "")})

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(section.group for section in self.sections if section.group))

    def default(self, edition: Edition) -> tuple[Section, ...]:
        """The sections that are crawled by default: those under the edition's groups of text.

        Without such a group in the menu, all sections except those of videos, pictures or sound by name or group.
        """
        groups = {normalize_label(group) for group in edition.groups}
        chosen = tuple(s for s in self.sections if s.group and normalize_label(s.group) in groups)
        if chosen:
            return chosen
        return tuple(
            s for s in self.sections if not _NON_TEXT & {normalize_label(s.label), normalize_label(s.group or "")}
        )

    def find(self, name: str, *, regions: bool = False) -> tuple[Section, ...]:
        """Return the sections (or regions) of a label, its slug, or a group's name. Empty for an unknown name."""
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
"""Kinds whose sections have no group in the menu."""
_NON_TEXT = {label for label, kind in KINDS_BY_LABEL.items() if kind in NON_TEXT_KINDS}


def slug_of(path: str) -> str:
    """The last segment of a path."""
    return unquote(path.partition("?")[0].rstrip("/").rpartition("/")[2])


def assumed_menu(edition: Edition) -> Menu:
    """The built-in table, for a front page that cannot be fetched or read."""
    return Menu(edition.sections, edition.regions, assumed=True)


@dataclass(frozen=True)
class _Link:
    element: HtmlElement
    label: str
    path: str


def read_menu(html: str, url: str, addresses: Addresses) -> Menu | None:
    """Return the menu of a page, or ``None`` if no menu is recognised."""
    return menu_of(parse_html(html), url, addresses)


def menu_of(root: HtmlElement, url: str, addresses: Addresses) -> Menu | None:
    """Return the menu of a parsed page."""
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
        links_of_group, in_list = _children(element, by_element, group_names)
        for link in links_of_group:
            key = normalize_label(link.label)
            if _is_region(link, regions) or key in group_names or (own is not None and link.path == own.path):
                continue
            own_group = group if in_list else _group_of(link, known, edition) or group
            sections.setdefault(key, Section(link.label, own_group, link.path))
    # Sections without a group, and those of a menu without nesting.
    for link in sorted(links, key=lambda link: not _in_menu(link.element)):
        key = normalize_label(link.label)
        if key in sections or key in regions or key in group_names:
            continue
        if key in known:
            sections[key] = Section(link.label, known[key].group, link.path)
            for label, path in _next_to(link, links, known, group_names):
                sections.setdefault(normalize_label(label), Section(label, known[key].group, path))
        elif KINDS_BY_LABEL.get(key) in _PICTURES and _in_menu(link.element):
            sections[key] = Section(link.label, None, link.path)
    if not sections:
        return None
    return Menu(tuple(sections.values()), tuple(regions.values()))


def _group_of(link: _Link, known: dict[str, Section], edition: Edition) -> str | None:
    """The group of a section by the table of known sections, or else by the first segment of its path."""
    if section := known.get(normalize_label(link.label)):
        return section.group
    first = link.path.strip("/").partition("/")[0].casefold()
    by_segment = {s.path.strip("/").partition("/")[0]: s.group for s in edition.sections if s.group}
    return by_segment.get(first)


def _is_region(link: _Link, regions: dict[str, Section]) -> bool:
    """Return whether a link leads to a region's listing. A section with the same name has a different listing."""
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
        box = innermost_of(fullest)
        for link in links:
            if box in link.element.iterancestors():
                found.setdefault(normalize_label(link.label), Section(link.label, None, link.path))
    for link in links:
        key = normalize_label(link.label)
        if key in known_regions and key not in found and _in_menu(link.element):
            found[key] = Section(link.label, None, link.path)
    return found


def _next_to(
    link: _Link, links: list[_Link], known: dict[str, Section], group_names: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield new labels next to a known one in the menu, if two or more known ones of one group are there.

    A menu without a mark is a box that contains only many links.
    """
    is_marked = _in_menu(link.element)
    for box in link.element.iterancestors():
        inside = [other for other in links if box in other.element.iterancestors()]
        groups = [known[key].group for other in inside if (key := normalize_label(other.label)) in known]
        if len(groups) > 1:
            if (
                (is_marked or _is_list_of_links(box, len(inside)))
                and len(set(groups)) == 1
                and groups[0]
                and not any(normalize_label(other.label) in group_names for other in inside)
            ):
                yield from ((other.label, other.path) for other in inside)
            return


def _is_list_of_links(box: HtmlElement, links: int) -> bool:
    """Whether an element contains only links to listings."""
    others = next(box.iter(*_NOT_IN_A_LIST), None)
    is_whole = links >= _MIN_LINKS and sum(1 for _ in box.iter("a")) == links
    return is_whole and others is None and holds_only_links(box)


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


def _children(
    label: HtmlElement, by_element: dict[HtmlElement, _Link], group_names: dict[str, str]
) -> tuple[Iterable[_Link], bool]:
    """The links of a group: in what its label opens, in what encloses both, or in what follows it.

    The second value says whether they are in a list of their own. A single link that follows a label may be the next
    entry of a flat menu.
    """
    target = label.get("aria-controls") or label.get("data-target") or label.get("data-bs-target") or ""
    if not target and (label.get("href") or "").startswith("#"):
        target = label.get("href") or ""
    if target := target.lstrip("#"):
        for element in label.getroottree().getroot().iter():
            if element.get("id") == target:
                return _within(element, label, by_element), True
    element = label
    while (parent := element.getparent()) is not None and parent.tag not in ("body", "html"):
        inside = _within(parent, label, by_element)
        if inside:
            if not any(_names_group(e, group_names) for e in parent.iter() if e is not label and not _holds(label, e)):
                return inside, True
            # Other groups are in it too: the links of this one follow its label.
            return _following(element, label, by_element, group_names)
        element = parent
    return (), True


def _following(
    element: HtmlElement, label: HtmlElement, by_element: dict[HtmlElement, _Link], group_names: dict[str, str]
) -> tuple[Iterable[_Link], bool]:
    for sibling in element.itersiblings():
        if _names_group(sibling, group_names):
            break
        if found := _within(sibling, label, by_element):
            holds_group = any(_names_group(e, group_names) for e in sibling.iter())
            return (() if holds_group else found), len(found) > 1
    return (), True


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
