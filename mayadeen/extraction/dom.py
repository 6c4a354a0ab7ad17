"""An HTML page as a tree, and functions that all page readers use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import cast

from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from mayadeen.extraction.cpu_limit import rehearse
from mayadeen.extraction.markup_limits import check_markup
from mayadeen.extraction.page_error import PageError as PageError
from mayadeen.site.text import clean_text
from mayadeen.site.urls import join_url

_HTML = etree.HTMLParser(encoding="utf-8", recover=True)
_HTML.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))

INLINE = frozenset(
    "a abbr acronym b bdi bdo big br cite code data del dfn em font i ins kbd label mark q ruby s samp small "
    "span strike strong sub sup time tt u var wbr".split()
)
BLOCKS = frozenset(
    "address article aside audio blockquote body caption center dd details dir div dl dt embed fieldset figcaption "
    "figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html iframe img legend li listing main menu nav "
    "noscript object ol p picture plaintext pre search section source summary table tbody td tfoot th thead tr ul "
    "video xmp".split()
)
"""Elements that end the line of text before them."""

SILENT = frozenset(
    "script style noscript template form button input select textarea nav svg math canvas object map head title meta "
    "link dialog rt rp".split()
)
"""Elements whose text is not text of an article."""

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
SUBHEADINGS = HEADINGS[1:]

NOISE = re.compile(
    r"(?:^|[\s_-])(?:share[rs]?|sharing|addthis|addtoany|social|disclaimer|newsletter|subscribe|advert\w*|ads?|banner|"
    r"promo|most[_-]?(?:read|viewed)|read[_-]?next|latest|trending|sidebar|ticker|breaking|rail|comments?|cookie\w*|"
    r"col-4|footer\w*|sr-only|visually-hidden)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Classes and ids of elements that are not part of an article's text."""

_MAX_KEPT_LABEL = 200
_MAX_STYLE = 2000

MAX_DEPTH = 120
"""Maximum depth. Deeper elements are read as plain text, so that recursion is bounded. No real page is deeper."""


_HOLDS_PHRASING = INLINE | {*HEADINGS, "p", "pre", "dt", "figcaption", "summary"}
_CLOSING_BR = re.compile(rb"</br(?:[\s/][^<>]{0,99})?>", re.IGNORECASE)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f"))
_CHANGED = tuple(bytes((character,)) for character in (*_CONTROLS, ord("\f")))
_FORM_FEED_TO_SPACE = bytes.maketrans(b"\f", b" ")
_CONTROL_REFERENCE = re.compile(rb"&#(?:0{0,6}(?:[1-8]|1[124-9]|2\d|3[01])|[xX]0{0,6}(?:[1-8bBcCeEfF]|1[0-9a-fA-F]));")
_NOT_CHARACTERS = ("\ufffe".encode(), "\uffff".encode())
_BREAKING_TAG = re.compile(rb"<p[> \n]|</p>|</[bB][rR]")
_SHOWN_APART = re.compile(
    r"(?:^|;)display:(block|flex|grid|list-item|flow-root|table|table-row|table-cell)(?:!important)?(?:;|$)"
)
_P = ord("p")
_LOST_BREAKS = ("end tag : p", "end tag : br")
_MAX_ERRORS = 100
"""The parser reports no more errors of a page than this."""
_PLAYERS = {
    "lite-youtube": ("videoid", "https://www.youtube.com/embed/"),
    "lite-vimeo": ("videoid", "https://player.vimeo.com/video/"),
    "amp-youtube": ("data-videoid", "https://www.youtube.com/embed/"),
    "amp-dailymotion": ("data-videoid", "https://www.dailymotion.com/embed/video/"),
    "amp-vimeo": ("data-videoid", "https://player.vimeo.com/video/"),
    "amp-twitter": ("data-tweetid", "https://twitter.com/i/status/"),
    "amp-instagram": ("data-shortcode", "https://www.instagram.com/p/"),
    "amp-facebook": ("data-href", ""),
}
"""Components for players and posts: the attribute with an id, and what stands before it in an address."""


def parse_html(page: str | bytes) -> HtmlElement:
    """Return the root element of a page. Text that is not HTML becomes an empty page.

    ``page`` is its text, or its bytes in valid UTF-8. Raises ``PageError`` for a page that ``check_markup`` rejects.
    """
    data = page if isinstance(page, bytes) else page.encode("utf-8", "replace")
    data = _without_controls(data)
    if check_markup(data):
        rehearse()
    root = _tree_of(data)
    if root is not None and _loses_breaks():
        root = _tree_of(_with_breaks(data))
    if root is None:
        return etree.fromstring(b"<html><body></body></html>", _HTML)
    _replace_components(root)
    _apply_display(root)
    return root


def _tree_of(data: bytes) -> HtmlElement | None:
    try:
        return etree.fromstring(data, _HTML) if data.strip() else None
    except etree.XMLSyntaxError:
        return None


def _loses_breaks() -> bool:
    """Whether the parser may have dropped a ``</p>`` or ``</br>`` of the last page."""
    errors = _HTML.error_log
    return len(errors) >= _MAX_ERRORS or any(error.message.endswith(_LOST_BREAKS) for error in errors)


def _replace_components(root: HtmlElement) -> None:
    """Make the images and players of AMP and of other components the HTML elements that they stand for."""
    for el in list(root.iter("amp-img", "amp-anim", "amp-iframe", "amp-video", "amp-audio", *_PLAYERS)):
        if el.tag in _PLAYERS:
            attribute, address = _PLAYERS[el.tag]
            el.set("src", address + el.get(attribute, ""))
            el.tag = "iframe"
        else:
            el.tag = "img" if el.tag == "amp-anim" else el.tag.removeprefix("amp-")


def _apply_display(root: HtmlElement) -> None:
    """Separate elements of a line that a style shows as blocks or cells, so that their words are not joined."""
    for el in _STYLED(root):
        shown = _SHOWN_APART.search(style_of(el))
        if shown is None or el.tag not in INLINE or el.tag in ("br", "wbr"):
            continue
        if el.tag != "a" and shown[1] != "table-cell":
            el.tag = "div"
            continue
        before, parent = el.getprevious(), el.getparent()
        if before is not None:
            before.tail = f"{before.tail or ''} "
        elif parent is not None:
            parent.text = f"{parent.text or ''} "
        el.tail = f" {el.tail or ''}"


def _without_controls(data: bytes) -> bytes:
    """Return the page without control characters. Browsers do not show them, and XML libraries reject them."""
    if _NOT_CHARACTERS[0][:1] in data:
        for character in _NOT_CHARACTERS:
            data = data.replace(character, b"")
    if any(map(data.__contains__, _CHANGED)):  # faster than to translate, and nearly no page has one
        data = data.translate(_FORM_FEED_TO_SPACE, _CONTROLS)
    return _CONTROL_REFERENCE.sub(b"", data)


def _with_breaks(data: bytes) -> bytes:
    """Return the page with the breaks that browsers make of ``</br>`` and of ``</p>`` without ``<p>``.

    The parser drops both, which joins the words around them.
    """
    tags = _BREAKING_TAG.findall(data)
    if (opened := sum(tag[1] == _P for tag in tags)) < (closed := tags.count(b"</p>")):
        data = data.replace(b"</p>", b"</p><p></p>")
    return _CLOSING_BR.sub(b"<br>", data) if opened + closed < len(tags) else data


def base_url(root: HtmlElement, url: str) -> str:
    """Return the URL that the relative addresses of a page fetched from ``url`` start from: its ``<base href>``."""
    href = next((href for element in root.iter("base") if (href := element.get("href")) is not None), None)
    if href is None:
        return url
    try:
        base = join_url(url, href)
    except ValueError:
        return url
    return base if base.startswith(("http://", "https://")) else url


Query = Callable[[HtmlElement], list[HtmlElement]]
"""A compiled search: call it on an element for the list of its matches in page order."""


MAX_CLASS_LENGTH = 4000
"""Number of characters of a class or id that patterns see. A page may have one of megabytes."""

_ANY_WITH_CLASS = re.compile(
    r"::\*\[(contains\(@class, '[^']*'\) and contains\(concat\([^][()]*\(@class\)[^][()]*\), '[^']*'\))\]"
)


def css(selector: str) -> Query:
    """A compiled CSS selector, to call on the root of a page."""
    # The same in forms that libxml2 searches faster: fewer tests, and the last element first, as in browsers. For any
    # element, the classes are searched and not the elements.
    path = CSSSelector(selector, translator="html").path
    path = path.replace("/descendant-or-self::*/", "/descendant::").replace("@class and ", "")
    path = _ANY_WITH_CLASS.sub(lambda match: f"::*/@class[{match[1].replace('@class', '.')}]/..", path)
    return xpath(re.sub(r"descendant-or-self::([^/|]+)/(descendant::[^/|]+)", r"\2[ancestor::\1]", path))


def xpath(expression: str) -> Query:
    """A compiled XPath expression that selects elements."""
    return cast(Query, etree.XPath(expression))


_STYLED = xpath("descendant::*/@style[contains(., 'isplay')]/..")


def class_and_id(el: HtmlElement) -> str:
    """Class and id of an element, for tests by pattern. Longer ones than any real site has are cut.

    A comment has neither: lxml gives ``None`` for its attributes, whatever the default.
    """
    return f"{(el.get('class') or '')[:MAX_CLASS_LENGTH]} {(el.get('id') or '')[:MAX_CLASS_LENGTH]}"


def class_test(pattern: re.Pattern[str]) -> Callable[[HtmlElement], bool]:
    """A test of an element's class and id by a pattern. Pages of a site have the same few, so answers are kept."""

    def search(label: str) -> bool:
        return pattern.search(label) is not None

    known = lru_cache(maxsize=2048)(search)

    def test(el: HtmlElement) -> bool:
        name, id_ = el.get("class"), el.get("id")
        if not name and not id_:
            return False
        label = f"{name or ''} {id_ or ''}"
        return known(label) if len(label) <= _MAX_KEPT_LABEL else search(label)

    return test


def style_of(el: HtmlElement) -> str:
    """Return the inline style of an element in lower case, without blanks. A longer one than any real one is cut."""
    return "".join((el.get("style") or "")[:_MAX_STYLE].lower().split())


def is_inline(el: HtmlElement) -> bool:
    """Return whether an element is part of a line of text. An unknown element is, if browsers show it in a line."""
    for _ in range(MAX_DEPTH):
        tag = el.tag
        if tag in INLINE:
            return True
        if tag in BLOCKS or tag in SILENT or next(el.iterdescendants(*BLOCKS), None) is not None:
            return False
        parent, before = el.getparent(), el.getprevious()
        if parent is None:
            return False
        text = before.tail if before is not None else parent.text
        if parent.tag in _HOLDS_PHRASING or (el.tail and not el.tail.isspace()) or (text and not text.isspace()):
            return True
        el = parent
    return False


_HIDDEN_STYLE = re.compile(r"display:none|visibility:hidden")
_FADED_STYLE = re.compile(r"(?:^|;)opacity:0(?:\.0*)?%?(?:;|!|$)")
_MOVING_STYLE = re.compile(r"transform|transition|animation|translate")
"""Style of an element that a script fades in. It is shown."""
_CLIPPED_STYLE = re.compile(
    r"(?:^|;)(?:clip:rect\((?:0(?:px)?+|1px|,)++\)|clip-path:inset\((?:50|100)%|width:1px;(?:[^;]*;){0,3}?height:1px|"
    r"height:1px;(?:[^;]*;){0,3}?width:1px)"
)
"""A box of one pixel, or one of which nothing is shown: text for screen readers, if it is out of the flow too."""


def is_hidden(el: HtmlElement) -> bool:
    """Whether the page hides an element by the ``hidden`` attribute or its style."""
    hidden = el.get("hidden")
    if hidden is not None:
        return bool(hidden != "until-found")
    style = el.get("style")
    return style is not None and len(style) <= _MAX_STYLE and _is_hiding(style)


@lru_cache(maxsize=2048)
def _is_hiding(style: str) -> bool:
    style = "".join(style.lower().split())
    if _HIDDEN_STYLE.search(style) or (_FADED_STYLE.search(style) and not _MOVING_STYLE.search(style)):
        return True
    return "position:absolute" in style and _CLIPPED_STYLE.search(style) is not None


def is_noise(el: HtmlElement) -> bool:
    """Return whether an element is outside an article: an aside, the page's head or foot, or by class or id."""
    tag = el.tag
    if tag in ("aside", "nav") or el.get("hidden") is not None:
        return True
    if tag in ("header", "footer") and next(el.iterancestors("article", "main"), None) is None:
        return True
    return has_noise_class(el)


has_noise_class = class_test(NOISE)
"""Whether an element is outside an article's text, by its class or id."""


_TAGS = re.compile(r"(?:^|[\s_-])(?:article-?)?(?:tags?|tag-?list|keywords?|topics?)(?:$|[\s_-])", re.IGNORECASE)
has_tags_class = class_test(_TAGS)
"""Whether class or id of an element name it as the tags of an article."""


def is_inside_noise(el: HtmlElement, stop: HtmlElement | None = None) -> bool:
    """Whether something around an element, up to ``stop``, is outside an article."""
    for around in el.iterancestors():
        if around is stop or around.tag == "body":
            return False
        if is_noise(around):
            return True
    return False


def common_ancestor(first: HtmlElement, second: HtmlElement) -> HtmlElement:
    """Return the nearest element that contains both."""
    around = {first, *first.iterancestors()}
    return next((el for el in (second, *second.iterancestors()) if el in around), first.getroottree().getroot())


def innermost_of(holders: Iterable[HtmlElement]) -> HtmlElement:
    """Return the innermost of elements that are in each other."""
    return max(holders, key=lambda el: sum(1 for _ in el.iterancestors()))


def collapse(text: str) -> str:
    """Text as HTML shows it: cleaned by the contract, runs of blanks as one."""
    return " ".join(clean_text(text).split())


def text_of(el: HtmlElement | None) -> str:
    """Return the element's shown text on one line, without the text of silent elements."""
    if el is None:
        return ""
    if not len(el):
        return collapse(el.text or "")
    found: list[str] = []
    _collect(el, 0, found)
    return collapse("".join(found))


def leads_away(anchor: HtmlElement) -> bool:
    """Whether a link leads to another place than the page itself."""
    href = anchor.get("href")
    return href is not None and not href.startswith("#")


def holds_only_links(el: HtmlElement) -> bool:
    """Return whether an element has links, and no text outside its links."""
    links = list(el.iter("a"))
    return bool(links) and "".join(map(text_of, links)).replace(" ", "") == text_of(el).replace(" ", "")


def _collect(el: HtmlElement, depth: int, found: list[str]) -> None:
    if el.text:
        found.append(el.text)
    for child in el:
        tag = child.tag
        if isinstance(tag, str) and tag not in SILENT and not is_hidden(child):
            if depth > MAX_DEPTH:
                found.append("".join(child.itertext()))
            else:
                block = tag == "br" or not (tag in INLINE or is_inline(child))
                if block:
                    found.append(" ")
                _collect(child, depth + 1, found)
                if block:
                    found.append(" ")
        if child.tail:
            found.append(child.tail)


_DROPPED = "dropped-"
"""The tag of elements that are about to be dropped. No other element of a copy has it."""


def drop_elements(elements: Iterable[HtmlElement], root: HtmlElement) -> None:
    """Drop elements, but not the text that follows them. ``drop_tree`` raises for text with control characters."""
    for el in elements:
        el.tag = _DROPPED
    etree.strip_elements(root, _DROPPED, with_tail=False)
