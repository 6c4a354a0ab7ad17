"""Images of a page: their addresses, captions and credits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice, takewhile

from lxml.html import HtmlElement

from mayadeen.extraction.dom import collapse, is_hidden, style_of, text_of, xpath
from mayadeen.extraction.labels import is_position
from mayadeen.extraction.text_runs import SENTENCE_WORDS, letters_in, text_runs
from mayadeen.items import Image
from mayadeen.site.urls import image_url

IMAGE_PARTS = frozenset({"img", "picture", "source", "noscript"})
"""Elements of an image in a line. The parser may put an image into a ``source`` of its ``picture``."""

Resolve = Callable[[str | None], str | None]

_LAZY_NAMES = ("data-src", "data-lazy-src", "data-original", "data-lazy", "data-srcset")
_LAZY_NAME = re.compile(
    r"data-(?:[\w-]*-)?(?:\w*src(?:set)?|original|lazy\w*|echo|full|large|hi-?res)(?:-\w+)*\Z", re.ASCII
)
"""Attributes in which lazy-loading scripts keep the real URL."""
_SMALLER = re.compile(r"low|small|tiny|thumb|placeholder|fallback|error|preview|blur|lqip|mobile", re.IGNORECASE)
"""Words in the name of an attribute that holds a smaller copy or a placeholder."""
_PLACEHOLDER = re.compile(
    r"(?:^|[/_.-])(?:placeholder|blank|spacer|transparent|pixel|loading|loader|lazy(?:load)?|empty|grey|gray|1x1)[^/]*"
    r"\.(?:gif|png|svg|jpe?g|webp)(?:\?|\Z)",
    re.IGNORECASE,
)
_IMAGE_FILE = re.compile(r"\S+\.(?:jpe?g|png|webp|avif|gif)(?:[?#]\S*)?\Z", re.IGNORECASE)
_DRAWING = re.compile(r"\.(?:svg|ico)(?:[?#]|\Z)", re.IGNORECASE)
_ICON_CLASS = re.compile(r"(?:^|[\s_-])(?:emoji|smiley|icon)(?:$|[\s_-])", re.IGNORECASE)
_ICON_PIXELS, _THUMBNAIL_PIXELS = 32, 100
_PIXEL_STYLE = re.compile(r"(?:^|;)(?:width|height):[01](?:px)?(?:;|!|$)")
_DESCRIPTOR = re.compile(r"(\d+(?:\.\d+)?)([wx])\Z")

_BLANKS_AND_COMMAS = " \t\r\n\f,"

_NOT_A_CAPTION = re.compile(r"(?:^|[\s_-])no-?caption(?:$|[\s_-])", re.IGNORECASE)
_CREDIT_CLASS = re.compile(
    r"(?:^|[\s_-])(?:credits?|copyright|photographer|img-source|photo-source)(?:$|[\s_-])", re.IGNORECASE
)
_MARKED = xpath("descendant-or-self::*[@class]")
_MAYBE_CAPTION = xpath("descendant-or-self::*[self::figcaption or @class]")
_CREDIT = re.compile(r"\s*[(\[（]([^()\[\]（）]*[^\W\d_][^()\[\]（）]*)[)\]）]\s*[.。]?\s*\Z")
_MAX_CREDIT = 120
_LONG_CAPTION = 500
_FIGURES = frozenset({"div", "section", "aside", "figure"})
_MAX_FIGURE, _CAPTION_WORDS = 12, 40
"""Maximum elements in a box of an image and its caption, and words of the caption."""
_MAX_CAPTIONS = 0.25
"""Maximum share of captions in an article's text."""


def split_credit(caption: str) -> tuple[str | None, str | None]:
    """A caption as (caption, credit).

    ``… 2022 (AP)`` gives the credit ``AP``. Brackets without a letter credit nobody, nor does a position such as
    ``right``.
    """
    # Search the end only: the pattern takes quadratic time on a megabyte of brackets.
    match = _CREDIT.search(caption, max(len(caption) - 2 * _MAX_CREDIT, 0))
    if match is None or len(match[1]) > _MAX_CREDIT or is_position(match[1]):
        return caption or None, None
    return caption[: match.start()].strip() or None, match[1].strip()


def srcset_addresses(srcset: str) -> list[str]:
    """The addresses of a ``srcset``, largest first, as the HTML standard parses it: an address may hold commas."""
    found: list[tuple[float, str]] = []
    rest = srcset
    while words := rest.strip(_BLANKS_AND_COMMAS).split(None, 1):
        url, rest = words[0], words[1] if len(words) > 1 else ""
        size = 1.0
        if url.endswith(","):
            url = url.rstrip(",")
        else:
            descriptor, _, rest = rest.partition(",")
            # A width may have a height after it.
            if match := next(filter(None, map(_DESCRIPTOR.match, descriptor.split())), None):
                size = float(match[1])
        found.append((size, url))
    return [url for _, url in sorted(found, key=lambda entry: -entry[0])]


def _candidates(img: HtmlElement) -> Iterator[str]:
    """Return the URLs that an image may have: of a lazy image, then the shown one, then behind a placeholder."""
    for name in _LAZY_NAMES:
        if value := img.get(name):
            yield from srcset_addresses(value) if "srcset" in name else [value]
    data = [(n, v.strip()) for n, v in img.attrib.items() if n.startswith("data-") and n not in _LAZY_NAMES]
    for name, value in data:
        if _LAZY_NAME.match(name) and not _SMALLER.search(name):
            if "srcset" in name:
                yield from srcset_addresses(value)
            elif _IMAGE_FILE.match(value):
                yield value
    shown = img.get("src") or ""
    if shown and not _PLACEHOLDER.search(shown):
        yield shown
    yield from _picture_sources(img)
    yield from srcset_addresses(img.get("srcset") or "")
    yield from (value for _, value in data if _IMAGE_FILE.match(value))
    following = img.getnext()
    if following is not None and following.tag == "noscript":
        yield from (inside.get("src") or "" for inside in following.iter("img"))
    yield shown


def _picture_sources(img: HtmlElement) -> Iterator[str]:
    """Addresses of an image's ``picture``. The parser may put the image into one of its ``source`` elements."""
    picture = next((p for p in img.iterancestors("picture", "figure", "body") if p.tag == "picture"), None)
    for source in picture.iter("source") if picture is not None else ():
        yield from srcset_addresses(source.get("data-srcset") or source.get("srcset") or "")


def leads_to_image(anchor: HtmlElement) -> bool:
    """Whether a link leads to an image, such as a larger copy of the one in it."""
    return _IMAGE_FILE.match((anchor.get("href") or "").strip()) is not None


def image_source(img: HtmlElement, resolve: Resolve) -> str | None:
    """Return the URL of an image. For a lazy image it is the real URL, not the placeholder."""
    for value in _candidates(img):
        value = value.strip()
        if value and not value.startswith("data:") and (url := resolve(value)):
            return image_url(url)
    return None


def is_in_noscript(img: HtmlElement) -> bool:
    """Whether an image is the copy for readers without scripts."""
    return bool(next(img.iterancestors("noscript", "body"), img).tag == "noscript")


def is_pixel(img: HtmlElement) -> bool:
    """Whether an image is a tracking pixel or hidden, and so not part of the article."""
    sizes = {img.get("width", "").strip().removesuffix("px"), img.get("height", "").strip().removesuffix("px")}
    return bool(sizes & {"0", "1"}) or _PIXEL_STYLE.search(style_of(img)) is not None or is_hidden(img)


def is_ornament(img: HtmlElement, url: str) -> bool:
    """Whether an image cannot be the picture of an article: hidden, a drawing, or not larger than a thumbnail.

    ``url`` is its address, which a lazy image does not have in ``src``. The size of an image with a ``srcset`` is only
    its shape, and the size 0 is none. A drawing or small image in a figure is a picture.
    """
    if is_hidden(img) or next(img.iterancestors("figure"), None) is not None:
        return is_hidden(img)
    found = (img.get(name, "").strip().removesuffix("px") for name in ("width", "height"))
    size = max((int(size) for size in found if size.isdecimal()), default=0)
    is_small = 0 < size < _THUMBNAIL_PIXELS and not img.get("srcset")
    return is_small or _DRAWING.search(url) is not None


def is_icon(img: HtmlElement) -> bool:
    """Whether an image is an icon in the text: an emoji, or a small drawing."""
    if _ICON_CLASS.search(img.get("class") or ""):
        return True
    sizes = [img.get(name, "").strip().removesuffix("px") for name in ("width", "height")]
    if any(size.isdecimal() for size in sizes):
        return all(size.isdecimal() and int(size) <= _ICON_PIXELS for size in sizes if size)
    before = img.getprevious()
    parent = img.getparent()
    text = before.tail if before is not None else parent.text if parent is not None else None
    in_text = any(t and not t.isspace() for t in (text, img.tail))
    return in_text and _DRAWING.search(img.get("src") or "") is not None


def symbol_of(img: HtmlElement) -> str:
    """Return the emoji that an icon stands for. An icon with a name, such as an arrow, has no text."""
    alt = (img.get("alt") or "").strip()
    return alt if len(alt) <= 8 and not any(c.isalnum() for c in alt) and not is_pixel(img) else ""


def figure_image(img: HtmlElement, resolve: Resolve, role: str, scope: HtmlElement | None = None) -> Image | None:
    """An image with its caption from its figure or the box around it. ``None`` without an address."""
    url = image_source(img, resolve)
    if url is None:
        return None
    alt = collapse(img.get("alt") or "") or None
    text, credit = _caption_of(img, scope)
    if text and not credit:
        text, credit = split_credit(text)
    return Image(url=url, caption=text, credit=credit, alt=alt, role=role, path=None, checksum=None)  # type: ignore[typeddict-item]


def _caption_of(img: HtmlElement, scope: HtmlElement | None) -> tuple[str | None, str | None]:
    """Caption and marked credit nearest to an image: in its figure, or in a box that holds no other image."""
    for box in img.iterancestors():
        if box is scope or box.tag in ("body", "html"):
            break
        if next((i for i in box.iter("img") if i is not img and not is_in_noscript(i)), None) is not None:
            break
        captions = [
            el for el in _MAYBE_CAPTION(box) if (el.tag == "figcaption" or is_caption(el)) and not is_hidden(el)
        ]
        texts = dict.fromkeys(t for el in captions if (t := text_of(el)))
        credits = [t for el in _MARKED(box) if _CREDIT_CLASS.search(el.get("class"))
                   if (t := text_of(el)) and len(t) <= _MAX_CREDIT]  # fmt: skip
        credit = credits[0] if credits else None
        if texts:
            return _without_credit(next(iter(texts)), credit), credit
        line = text_of(box)
        is_caption_only = box.tag in ("figure", "li") or _is_unnamed_figure(box)
        if is_caption_only or (line and line == collapse(img.get("alt") or "")):
            return _without_credit(line, credit) or None, credit
    return None, None


def unnamed_figures(scope: HtmlElement) -> set[HtmlElement]:
    """The boxes below an element that hold an image and its caption, unless they hold much of the text.

    An article may also show an image with each of its paragraphs.
    """
    found: set[HtmlElement] = set()
    for img in scope.iter("img"):
        around = takewhile(lambda el: el is not scope, img.iterancestors())
        found.update(islice(filter(_is_unnamed_figure, islice(around, _MAX_FIGURE)), 1))
    if found:
        letters = letters_in(text_runs(scope))
        captions = sum(letters_in(text_runs(box)) for box in found)
        found = found if captions <= _MAX_CAPTIONS * letters else set()
    return found


def _is_unnamed_figure(box: HtmlElement) -> bool:
    """Whether a box holds only an image and below it a few words, in an element of their own.

    Words next to a figure are text: its caption would be in it.
    """
    if box.tag not in _FIGURES:
        return False
    inside = list(islice(box.iterdescendants(), _MAX_FIGURE + 1))
    if any(el.tag == "figure" for el in inside):
        return False
    images = [n for n, el in enumerate(inside) if el.tag == "img" and not is_in_noscript(el)]
    if len(inside) > _MAX_FIGURE or len(images) != 1:
        return False
    runs = text_runs(box)
    if len(runs) != 1 or runs[0].words > _CAPTION_WORDS or runs[0].linked:
        return False
    return runs[0].element in inside[images[0] :]


def _without_credit(caption: str, credit: str | None) -> str:
    """A caption without the marked credit at its end."""
    if not credit or not caption.endswith(credit):
        return caption
    return caption[: -len(credit)].rstrip(" |/–—-·(") or caption


def is_caption(el: HtmlElement) -> bool:
    """Whether an element's class says that it is a caption."""
    name = el.get("class")
    return bool(name) and isinstance(el.tag, str) and el.tag != "img" and _is_caption_class(name)


def _is_caption_class(name: str) -> bool:
    return "caption" in name.lower() and not _NOT_A_CAPTION.search(name)


def is_caption_of_image(el: HtmlElement, scope: HtmlElement) -> bool:
    """Whether an element marked as a caption is a caption: short, or next to its image."""
    if next(el.iter("img", "iframe", "video"), None) is not None:
        return False
    line = text_of(el)
    if len(line) > _LONG_CAPTION:
        return False
    parent = el.getparent()
    around = [parent] if parent is not None and parent is not scope else [el.getprevious(), el.getnext()]
    pictured = any(a is not None and next(a.iter("img", "iframe", "video"), None) is not None for a in around)
    return pictured or len(line.split()) < SENTENCE_WORDS
