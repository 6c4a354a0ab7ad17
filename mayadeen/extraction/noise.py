"""Recognises elements in an article's container that are not part of the article. A class name is only a hint."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml.html import HtmlElement

from mayadeen.extraction.dom import class_and_id, class_test, has_noise_class, has_tags_class, text_of
from mayadeen.extraction.embeds import holds_known_embed
from mayadeen.extraction.text_runs import SENTENCE_WORDS, is_mostly_linked, letters_in, text_runs

_KNOWN_NOISE = re.compile(r"(?:^|[\s_-])post_disclaimer(?:$|[\s_-])", re.IGNORECASE)
"""Markup of the site that is known not to be of the article, whatever it holds."""
_TOOL_CLASS = re.compile(
    r"(?:^|[\s_-])(?:share[rs]?|sharing|disclaimer|sr-only|visually-hidden)(?:$|[\s_-])", re.IGNORECASE
)
_has_tool_class = class_test(_TOOL_CLASS)
"""Classes that hint at a tool in a paragraph or heading too, where other class names often say only its looks."""
_has_reader_class = class_test(
    re.compile(r"(?:^|\s)(?:sr-only|visually-hidden|screen-reader-text|element-invisible)(?:$|\s)", re.IGNORECASE)
)
_LISTS = frozenset({"ul", "ol", "dl"})
_STRUCTURED = frozenset({"table", "figure", "blockquote", "pre"})
_ITEM_WORDS = 4


def is_hinted(el: HtmlElement, tag: str) -> bool:
    """Whether tag or class hint that an element is not of the article."""
    return tag in ("form", "nav") or has_tags_class(el) or has_noise_class(el)


def is_tool_label(el: HtmlElement) -> bool:
    """Whether a marked paragraph or heading is the label of a tool, and no sentence of the article."""
    return _has_tool_class(el) and len(text_of(el).split()) < SENTENCE_WORDS


def is_for_screen_readers(el: HtmlElement) -> bool:
    """Whether an element in a line is a label for screen readers, such as ``opens in a new tab``."""
    if el.tag != "span" or not _has_reader_class(el):
        return False
    label = text_of(el)
    return len(label.split()) < SENTENCE_WORDS and any(map(str.isalpha, label))  # a colon may divide words


def is_noise_box(el: HtmlElement, tag: str, article_letters: Callable[[], int]) -> tuple[bool, int]:
    """Whether a hinted element is noise by what it holds, and how many letters go with it.

    A box with at least half of its text in links is noise. Others are kept if they have most of the article's letters,
    or a sentence of six words outside links. A form needs two. Also kept are lists whose entries are more than labels,
    tables, figures, quotations, and known embeds.
    """
    runs = text_runs(el)
    letters = letters_in(runs)
    if _KNOWN_NOISE.search(class_and_id(el)):
        return True, 0
    if not letters:
        return tag != "figure" and not holds_known_embed(el), 0
    if is_mostly_linked(runs):
        return True, letters
    if letters * 2 > article_letters():
        return False, letters
    sentences = [run for run in runs if run.words >= SENTENCE_WORDS and not run.is_linked]
    if tag == "form":
        return len(sentences) < 2, letters
    if tag in _STRUCTURED or sentences:
        return False, letters
    words = max(run.words for run in runs)
    return words < (_ITEM_WORDS if tag in _LISTS else SENTENCE_WORDS) and not holds_known_embed(el), letters
