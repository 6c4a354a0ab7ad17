"""Words and class names of the links, buttons and forms between the pages of a listing."""

from __future__ import annotations

import re
from typing import Literal

from lxml.html import HtmlElement

from mayadeen.extraction.dom import class_and_id, collapse
from mayadeen.site import words
from mayadeen.site.phrases import Phrases
from mayadeen.site.text import normalize_label

Direction = Literal["next", "previous", "first", "last"]

_WORDS: dict[Direction, Phrases] = {
    "next": words.NEXT_PAGE,
    "previous": words.PREVIOUS_PAGE,
    "first": words.FIRST_PAGE,
    "last": words.LAST_PAGE,
}
_SIGNS: dict[str, Direction] = {
    **dict.fromkeys(("›", "»", "→", ">", ">>", "⟩", "❯", "▶", "⟶", "≫"), "next"),
    **dict.fromkeys(("‹", "«", "←", "<", "<<", "⟨", "❮", "◀", "⟵", "≪"), "previous"),
}
_NUMBER = re.compile(r"\d+")
_MAX_LABEL = 40
_SIGN_CHARACTERS = "›»→>⟩❯▶⟶≫‹«←<⟨❮◀⟵≪ "
_MORE_MARKS = re.compile(
    r"(?:load|show|view|see)[_-]?more|more[_-]?(?:btn|button|link|posts|articles|stories)|btn[_-]?more|ajax[_-]?more",
    re.IGNORECASE,
)
SENTINEL_MARKS = re.compile(
    r"infinite[_-]?(?:scroll|load|list)|(?:scroll|load(?:er|ing)?|list)[_-]?(?:sentinel|trigger|observer)|sentinel|"
    r"lazy[_-]?load(?:er|-more)",
    re.IGNORECASE,
)
PAGER_MARKS = re.compile(
    r"pag(?:ination|inator|er|es|ing|e-?numbers?|e-?nav|e-?links?|inacion)\b|(?:posts|nav)-?(?:navigation|links)\b",
    re.IGNORECASE,
)
_OFF_MARKS = re.compile(r"(?:^|[\s_-])(?:disabled|hidden|inactive|d-none)(?:$|[\s_-])", re.IGNORECASE)
_OTHER_WIDGETS = re.compile(
    r"(?:^|[\s_-])(?:carousels?|sliders?|slides?|slideshow|slick|swiper|splide|glide|flickity|owl|gallery|lightbox|player|"
    r"playlist|calendar|datepicker|ticker|marquee|tabs?|quiz|polls?|survey|ratings?|stars|comments?|respond|stepper|"
    r"wizard|search|newsletter|subscribe|subscription|login|cookies?|consent|modal|dialog|popup)(?:$|[\s_-])",
    re.IGNORECASE,
)
_OTHER_LABELS = re.compile(
    r"\b(?:slide|image|photo|picture|video|track|story|month|year|week|step|question|comment)s?\b", re.I
)


def label_of(element: HtmlElement) -> str:
    """Return the label of a control: its text, value, alternative text, ``aria-label`` or title."""
    text = collapse("".join(element.itertext()))
    if text:
        return text
    images = (image.get("alt") or "" for image in element.iter("img"))
    spoken = (element.get("value"), element.get("alt"), element.get("aria-label"), element.get("title"), *images)
    return next((collapse(name) for name in spoken if name and name.strip()), "")


def direction_of(element: HtmlElement) -> Direction | None:
    """Return where a control leads by its words or class, independent of its URL. ``sign_of`` reads arrows."""
    rel = (element.get("rel") or "").casefold().split()
    if "next" in rel or "prev" in rel:
        return "next" if "next" in rel else "previous"
    text = label_of(element)
    for name in (text, element.get("aria-label"), element.get("title")):
        label = name.strip(_SIGN_CHARACTERS) if name else ""
        if label and (found := next((d for d, phrases in _WORDS.items() if label in phrases), None)):
            return found
    if not normalize_label(text) or text in _SIGNS:
        marks = re.split(r"[\s_-]+", class_and_id(element).casefold())
        if "next" in marks:
            return "next"
        if "prev" in marks or "previous" in marks:
            return "previous"
    return None


def sign_of(element: HtmlElement) -> Direction | None:
    """Where an arrow points in a page that is read from left to right."""
    return _SIGNS.get(label_of(element))


def is_more(element: HtmlElement) -> bool:
    """Whether the label of an element says that it loads more of a list."""
    if element.tag not in ("a", "button", "div", "span", "input", "li", "p"):
        return False
    if _MORE_MARKS.search(class_and_id(element)) and len(element) <= 4:
        return True
    if element.tag not in ("a", "button", "input") and element.get("role") != "button":
        return False
    text = " ".join(_NUMBER.sub(" ", label_of(element)).split())  # "Load 20 more"
    if not text or len(text) > _MAX_LABEL:
        return False
    start = text[: words.LOAD_MORE.prefix_end(text)]
    # A longer label must begin with a verb: "More news on Gaza" opens another listing.
    return text in words.LOAD_MORE or (" " in start.strip() and start.split()[0] not in words.LOAD_MORE)


def is_off(element: HtmlElement) -> bool:
    """Whether a control or its parent is disabled or hidden."""
    for e in (element, element.getparent()):
        if e is None:
            break
        style = (e.get("style") or "").replace(" ", "")
        if (
            e.get("hidden") is not None or e.get("disabled") is not None or e.get("aria-disabled") == "true"
            or _OFF_MARKS.search(e.get("class") or "") or "display:none" in style
        ):  # fmt: skip
            return True
    return False


def is_in_pager(element: HtmlElement) -> bool:
    """Whether the class of an element, or of a near ancestor, marks it as a pager."""
    lineage = (element, *list(element.iterancestors())[:4])
    return any(
        PAGER_MARKS.search(class_and_id(e)) or "pagination" in (e.get("aria-label") or "").casefold() for e in lineage
    )


def is_in_other_widget(element: HtmlElement) -> bool:
    """Whether a control is not of a listing: it is in a carousel, a calendar, comments or a search form."""
    if _OTHER_LABELS.search(element.get("aria-label") or ""):
        return True
    for e in (element, *element.iterancestors()):
        if e.tag in ("main", "body", "html") or next(e.iter("h1"), None) is not None:
            return False
        if _OTHER_WIDGETS.search(class_and_id(e)) or e.get("aria-roledescription") == "carousel":
            return True
    return False


def path_of(element: HtmlElement) -> str:
    """The XPath of an element, by its id where that is unique."""
    tree = element.getroottree()
    name = element.get("id")
    if name and '"' not in name and tree.xpath("count(//*[@id=$name])", name=name) == 1:
        return f'//*[@id="{name}"]'
    return str(tree.getpath(element))
