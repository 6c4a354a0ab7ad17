"""What stands in an article's container without being of it, by evidence. A class name is only a hint."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from mayadeen.extraction.dom import class_and_id, has_noise_class
from mayadeen.extraction.embeds import holds_known_embed
from mayadeen.extraction.text_runs import SENTENCE_WORDS, TextRun, text_runs

_RELATED_CLASS = re.compile(r"(?:^|[\s_-])related", re.IGNORECASE)
_KNOWN_RELATED = re.compile(r"(?:^|\s)dual-related", re.IGNORECASE)
_KNOWN_NOISE = re.compile(r"(?:^|[\s_-])post_disclaimer(?:$|[\s_-])", re.IGNORECASE)
"""Markup of the site that is known not to be of the article, whatever it holds."""
_TAGS_CLASS = re.compile(r"(?:^|[\s_-])(?:tags?|tag-?list|keywords|topics)(?:$|[\s_-])", re.IGNORECASE)
_LISTS = frozenset({"ul", "ol", "dl"})
_STRUCTURED = frozenset({"table", "figure", "blockquote", "pre"})
_ITEM_WORDS = 4


def is_related_box(el: HtmlElement) -> bool:
    """Whether a class says that this is a box of related articles, and its links bear that out."""
    label = class_and_id(el)
    if _KNOWN_RELATED.search(label):
        return True
    return _RELATED_CLASS.search(label) is not None and is_mostly_linked(text_runs(el))


def is_mostly_linked(runs: list[TextRun]) -> bool:
    """Whether at least half of the text is in links."""
    return bool(runs) and sum(r.linked for r in runs) * 2 >= sum(len(r.letters) for r in runs)


def is_hinted(el: HtmlElement, tag: str) -> bool:
    """Whether tag or class hint that an element is not of the article."""
    return tag in ("form", "nav") or _TAGS_CLASS.search(class_and_id(el)) is not None or has_noise_class(el)


def is_noise_box(el: HtmlElement, tag: str, article_letters: int) -> tuple[bool, int]:
    """Whether a hinted element is noise by what it holds, and how many letters go with it.

    Kept are an element with a sentence of six words outside links, one with most of the article's letters, a list of
    entries that are more than labels, tables, figures and quotations, and known embeds.
    """
    runs = text_runs(el)
    letters = sum(len(run.letters) for run in runs)
    if _KNOWN_NOISE.search(class_and_id(el)):
        return True, 0
    if not letters:
        return tag != "figure" and not holds_known_embed(el), 0
    if is_mostly_linked(runs):
        return True, letters
    if letters * 2 > article_letters:
        return False, letters
    sentences = [run for run in runs if run.words >= SENTENCE_WORDS and not run.is_linked]
    if tag == "form":
        return len(sentences) < 2, letters
    if tag in _STRUCTURED or sentences:
        return False, letters
    words = max(run.words for run in runs)
    return words < (_ITEM_WORDS if tag in _LISTS else SENTENCE_WORDS) and not holds_known_embed(el), letters
