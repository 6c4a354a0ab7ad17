"""Recognises bylines, and reads the names of authors in them.

A prefix such as "By" makes a byline only if a few words with the shape of names follow. A deck that begins with the
same word is a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from lxml.html import HtmlElement

from mayadeen.extraction.dom import class_and_id, collapse, text_of
from mayadeen.items import Named
from mayadeen.site import words
from mayadeen.site.phrases import tokens
from mayadeen.site.text import normalize_label

_AFTER_PREFIX = re.compile(r"\s*(?P<colon>[:：/|])?\s*(?:[–—-]\s*)?")
_NAME_CLASS = re.compile(r"(?:^|[\s_-])(?:name|fn)(?:$|[\s_-])", re.IGNORECASE)
_ROLE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:role|job|position|designation|job-?title|e-?mail|bio|social|twitter|handle)(?:$|[\s_-])",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"[(\[<]?(?:(?<!\s)\s+)?(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+\s*[)\]>]?|"
    r"[(\[<]?(?:https?://|www\.)[^\s()\[\]<>]+[)\]>]?",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"[(\[]?(?<!\w)@\w+[)\]]?")
_COMMAS = re.compile(r"(?:(?<!\s)\s+)?[,،;؛|]\s*(?:(?:and|y|e|و)\s+)?|(?<!\s)\s+(?:/|and|و)\s+", re.IGNORECASE)
_WEAK = re.compile(r"(?<!\s)\s+(?:y|e|&)\s+", re.IGNORECASE)
"""Words between two people, or between two surnames of a person. They separate people only between full names."""
_NOT_IN_NAMES = re.compile(r"[\d:：!?؟\"“”«»=<>{}@#]")
_ANCHOR = re.compile("\ue000(\\d+)\ue001")
BEFORE_PLACE = ("in", "en", "في")
"""Words between a byline and the place or section after it."""
_PLACE_ANCHOR = re.compile(f"(?<!\\s)\\s+(?:{'|'.join(BEFORE_PLACE)})\\s+\ue000\\d+\ue001")
"""The link of a place or section, as in ``by Rima Haddad in News``."""
_ABBREVIATION = 3
_GENERATIONS = frozenset("Jr Sr II III IV".split())
"""What belongs to the name before it after a comma, without full stops."""
_DEGREES = frozenset("BA MA BS MS BSc MSc MBA MPH RN JD DDS Esq".split())
"""Degrees without full stops. In small letters, some of them are names."""
_ROLE_AFTER_NAME = re.compile(r"(?P<name>[^()–—]+?)(?: [–—-] (?P<role>[^()]+)| ?\((?P<inside>[^()]+)\))\Z")
_PLACE_AFTER_NAME = re.compile(r"(?P<name>[^()]+?) (?:in|en) (?P<place>[^()]+)\Z")
_MAX_BYLINE = 160
_MAX_VALUE = 1000
_MAX_NAME_WORDS = 6
_MAX_NAMES = 12


def byline_rest(line: str) -> str | None:
    """Return the names of a line with a byline's prefix and shape, as one text, or ``None`` for other lines."""
    return _byline_rest(line) if len(line) <= _MAX_BYLINE else None


@lru_cache(maxsize=1024)
def _byline_rest(line: str) -> str | None:
    """``byline_rest`` of a short line. Most pages name one of a few authors, and each is looked at several times."""
    end = words.BYLINES.prefix_end(line)
    if not end:
        return None
    match = _AFTER_PREFIX.match(line, end)
    rest = line[match.end() :].strip() if match else ""
    if match is None or not (match["colon"] or _needs_no_colon(line[:end], rest)):
        return None
    parts = without_roles(_split(_without_addresses(rest)))
    return rest if rest and all(map(is_name, parts)) else None


def _needs_no_colon(prefix: str, rest: str) -> bool:
    if prefix in words.BYLINES_WITHOUT_COLON:
        return True
    return prefix in words.WROTE and len(rest.split()) in (2, 3) and not rest.endswith(".")


def is_name(text: str) -> bool:
    """Whether a text has the shape of a name: a few words, each with a capital letter where the script has them."""
    text = text.strip()
    found = text.split()
    if not found or len(found) > _MAX_NAME_WORDS or _NOT_IN_NAMES.search(text):
        return False
    return any(map(_is_capital, found)) and all(
        _is_capital(word) or normalize_label(word) in _PARTICLES or not re.search(r"\w", word) for word in found
    )


def is_full_name(text: str) -> bool:
    """Whether a text has the shape of a full name: two words that are no particles, and no call such as "Follow us"."""
    return is_name(text) and _is_full(text) and not words.CALLS.prefix_end(text)


_PARTICLES = words.NAME_PARTICLES.keys | {"y", "and", ""}


def _is_capital(word: str) -> bool:
    letters = [c for c in word if c.isalpha()]
    if not letters:
        return False
    # A name such as d'Ormesson or al-Amin has its capital after the first letter.
    return not letters[0].islower() or any(c.isupper() for c in letters)


def split_names(values: Iterable[object]) -> list[str]:
    """The names in texts such as ``By Rima Haddad and Omar Said, Senior Reporter``, in order.

    Prefixes, addresses, handles and roles are removed. Commas and "and" separate names. "y" separates only two full
    names.
    """
    names: dict[str, str] = {}
    for value in values:
        if not isinstance(value, str):
            continue
        for name in _names_of(value[:_MAX_VALUE]):
            if not name.isdecimal():  # the number of an account
                names.setdefault(normalize_label(name), name)
    names.pop("", None)
    return list(names.values())[:_MAX_NAMES]


@lru_cache(maxsize=1024)
def _names_of(value: str) -> tuple[str, ...]:
    """The names of one value. Most pages name one of a few authors."""
    line = collapse(value)
    return tuple(without_roles(_split(_without_addresses(byline_rest(line) or _without_prefix(line)))))


def _without_prefix(line: str) -> str:
    """A value given as the author, without "by" in front of a name of any shape."""
    end = words.BYLINES_WITHOUT_COLON.prefix_end(line)
    rest = line[end:].strip(" :：/")
    return rest if end and 0 < len(rest.split()) <= 2 * _MAX_NAME_WORDS else line


def without_roles(parts: list[str]) -> list[str]:
    """Return the parts of a byline, without parts after the first that are only a role."""
    return [part for n, part in enumerate(parts) if not n or not is_role(part)]


def is_role(text: str) -> bool:
    """Return whether a text is a role: ``Senior Reporter``, ``كاتب لبناني``, ``Corresponsal en Gaza``."""
    found = text.split()
    keys = [normalize_label(word) for word in found]
    if not keys:
        return False
    if text.replace(".", "") in _DEGREES:
        return True
    if keys[0] in words.ROLES.keys and not found[0].isascii() and not _is_cased(found[0]):
        return True
    for n, key in enumerate(keys):
        if key in words.ROLES.keys and _is_cased(found[n]) and (n + 1 == len(found) or found[n + 1][0].islower()):
            return True
    return False


def _is_cased(word: str) -> bool:
    return any(c.islower() or c.isupper() for c in word)


def names_in(line: str, links: Iterable[tuple[HtmlElement, str | None]]) -> list[Named]:
    """The names of a byline with their pages.

    ``links`` are the links of the element, each with its URL on the site, with ``None``, or with ``""`` if it leads
    elsewhere. The text of a link is one name, and is not split.
    """
    named: list[tuple[str, str | None]] = []
    for anchor, url in links:
        shown = text_of(anchor)
        name = byline_rest(shown) or shown
        if not name or name not in line:
            continue
        is_other = (url == "" and not is_full_name(name)) or name[0].isdecimal()  # as "3 comments"
        is_other = is_other or name in words.NOT_NAMES or words.CALLS.prefix_end(name) > 0
        if is_other or name.startswith("@") or _is_mail_link(anchor, name):
            line = line.replace(name, " ", 1)
        else:
            named.append((name, url or None))
            line = line.replace(name, f"\ue000{len(named) - 1}\ue001", 1)
    found: list[Named] = []
    for part in without_roles(_split(_without_addresses(_PLACE_ANCHOR.sub("", line)))):
        linked = [named[int(n)] for n in _ANCHOR.findall(part)]
        if linked:
            found += [Named(name=name, url=url) for name, url in linked]
        elif part and not _NOT_IN_NAMES.search(part):
            found.append(Named(name=part, url=None))
    return found[:_MAX_NAMES]


def _is_mail_link(anchor: HtmlElement, name: str) -> bool:
    """Whether a link leads to an e-mail address, and its text is not the name in this address."""
    address = anchor.get("href", "").casefold()
    if not address.startswith("mailto:"):
        return False
    long_words = [word for word in name.casefold().split() if len(word) > _ABBREVIATION]
    return not is_full_name(name) or not any(word in address for word in long_words)


def marked_line(element: HtmlElement) -> str:
    """The text of an element marked as a byline: of its name, if that is marked, without "By", roles and addresses."""
    inside = [el for el in element.iterdescendants() if isinstance(el.tag, str)]
    for el in inside:
        if (_NAME_CLASS.search(class_and_id(el)) or el.get("itemprop") == "name") and (name := text_of(el)):
            return name
    line = text_of(element)
    for el in inside:
        text = text_of(el)
        if text and (text in words.BYLINES or _ROLE_CLASS.search(class_and_id(el))):
            line = line.replace(text, " ", 1)
    return collapse(line)


def _without_addresses(line: str) -> str:
    return collapse(_HANDLE.sub(" ", _ADDRESS.sub(" ", line)))


def _split(line: str) -> list[str]:
    """The parts of a byline between commas and words such as "and"."""
    parts: list[str] = []
    for part in _split_outside_brackets(line):
        pieces = _WEAK.split(part)
        joints = _WEAK.findall(part)
        if pieces:
            whole = pieces[0]
            for joint, piece in zip(joints, pieces[1:], strict=True):
                if _is_full(whole) and _is_full(piece):
                    parts.append(whole)
                    whole = piece
                else:
                    whole += joint + piece
            parts.append(whole)
    return [part for p in parts if (part := _without_stop(_without_role(p).strip(" -–—·|/")))]


def _split_outside_brackets(line: str) -> list[str]:
    """The parts of a line between commas. ``Rima Haddad (AFP, Beirut)`` is one, and so is ``Sami Nasr, Jr.``"""
    parts: list[str] = []
    start = 0
    for comma in _COMMAS.finditer(line):
        before = line[: comma.start()]
        if before.count("(") > before.count(")") and ")" in line[comma.end() :]:
            continue
        parts.append(line[start : comma.start()])
        start = comma.end()
    found: list[str] = []
    for part in [*parts, line[start:]]:
        if found and part.strip().replace(".", "") in _GENERATIONS:
            found[-1] += f", {part.strip()}"
        else:
            found.append(part)
    return found


def _without_role(part: str) -> str:
    """A name without role or place after it: ``Rima Haddad (Senior Reporter)``, ``Rima Haddad in Beirut``."""
    place = _PLACE_AFTER_NAME.match(part)
    if place and is_full_name(place["name"]) and is_name(place["place"]):
        part = place["name"]
    match = _ROLE_AFTER_NAME.match(part)
    if match and any(map(is_role, [match["role"]] if match["role"] else _COMMAS.split(match["inside"]))):
        return match["name"]
    return part


def _without_stop(name: str) -> str:
    """Return a name without the full stop at the end of a line. The full stop of an initial or of ``Jr.`` stays."""
    last = name.rpartition(" ")[2]
    return name[:-1] if last.find(".") == len(last) - 1 >= _ABBREVIATION else name


def _is_full(name: str) -> bool:
    """Return whether a text can be a full name: at least two words that are not particles, or a linked name."""
    return bool(_ANCHOR.search(name)) or sum(key not in _PARTICLES for key, _, _ in tokens(name)) >= 2
