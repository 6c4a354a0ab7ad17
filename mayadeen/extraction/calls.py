"""Recognises calls to readers, such as "Follow us on Telegram": paragraphs of the site, and not of an article."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from mayadeen.extraction.embeds import STATUS
from mayadeen.items import Link
from mayadeen.site import words
from mayadeen.site.phrases import tokens

_MAX_CALL = 200
_MAX_NAMED = 3
"""Maximum words that name what to follow, such as the name of a newspaper."""
_QUOTES = re.compile(r"[\"“”„«»]")
_SOCIAL_HOSTS = frozenset({
    "t.me", "telegram.me", "telegram.org", "whatsapp.com", "wa.me", "facebook.com", "fb.com", "m.me", "twitter.com",
    "x.com", "instagram.com", "youtube.com", "tiktok.com", "linkedin.com", "threads.net", "threads.com", "bsky.app",
    "pinterest.com", "snapchat.com", "vk.com", "google.com", "apple.com", "nabd.com",
})  # fmt: skip
"""Two labels each."""
_SIGN_UP = re.compile(r"news-?letter|subscri|sign-?up|register|bolet[ií]n|suscri|sharer?[/?]|/apps?(?:[/?]|\Z)", re.I)
_AND = "و"


def is_call(text: str, links: list[Link]) -> bool:
    """Whether a paragraph only asks readers to follow, subscribe or share.

    Without links, it has no other words than those of such calls. If all its links lead to profiles, shares or forms to
    sign up, it may name what to follow, or says "our". A text with a quotation is part of the article.
    """
    if len(text) > _MAX_CALL:
        return False
    begins = words.CALLS.prefix_end(text) > 0
    if not (begins or links) or _QUOTES.search(text):
        return False
    if links and all(_is_of_call(link["url"]) for link in links):
        return words.OUR_CALLS.find(text) is not None or (begins and _other_words(text) <= _MAX_NAMED)
    return begins and not _other_words(text)


def _other_words(text: str) -> int:
    """Number of words that are not those of calls."""
    known = words.CALL_WORDS.keys | {""}  # "and" has an empty key
    return sum(key not in known and key.removeprefix(_AND) not in known for key, _, _ in tokens(text))


def _is_of_call(url: str) -> bool:
    """Whether an address is that of a profile, a share or a form to sign up, and not that of a post."""
    host = urlsplit(url).hostname or ""
    is_social = ".".join(host.rsplit(".", 2)[-2:]) in _SOCIAL_HOSTS
    return (is_social and not STATUS.match(url)) or _SIGN_UP.search(url) is not None
