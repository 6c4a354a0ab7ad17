"""Embeds: posts of social networks and players, by markup and address."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from mayadeen.extraction.dom import class_and_id, class_test
from mayadeen.extraction.images import Resolve
from mayadeen.extraction.text_runs import letters_in, text_runs
from mayadeen.items import Video
from mayadeen.site.urls import is_host_of

STATUS = re.compile(r"https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/\w+/status/\d+")
"""The address of one post on X."""

_TWEET_CLASS = re.compile(r"twitter|tweet", re.IGNORECASE)
_has_tweet_class = class_test(_TWEET_CLASS)
_TWEET_TAGS = frozenset({"blockquote", "div", "iframe", "section", "figure", "twitter-widget"})
_EMBED_CLASS = re.compile(
    r"instagram-media|tiktok-embed|fb-(?:post|video)|telegram-post|bluesky-embed|text-post-media|reddit-embed",
    re.IGNORECASE,
)
_has_embed_class = class_test(_EMBED_CLASS)
_LINK_ATTRIBUTES = (
    "cite",
    "data-instgrm-permalink",
    "data-text-post-permalink",
    "data-permalink",
    "data-href",
    "data-url",
    "href",
)
_SOURCE_ATTRIBUTES = ("data-src", "src", "data-lazy-src")
_SENTENCES, _POST_LETTERS = 3, 400
"""An element with this many sentences and letters outside quotations is more than a post."""
_TELEGRAM_POST = re.compile(r"\w+/\d+\Z")

_PROVIDERS = {
    "twitter.com": "twitter", "x.com": "twitter", "youtube.com": "youtube", "youtu.be": "youtube",
    "youtube-nocookie.com": "youtube", "facebook.com": "facebook", "instagram.com": "instagram",
    "t.me": "telegram", "telegram.org": "telegram", "tiktok.com": "tiktok", "vimeo.com": "vimeo",
    "dailymotion.com": "dailymotion", "soundcloud.com": "soundcloud", "rumble.com": "rumble",
    "spotify.com": "spotify", "almayadeen.net": "almayadeen",
}  # fmt: skip
_VIDEO_PROVIDERS = frozenset({"youtube", "vimeo", "dailymotion", "rumble", "almayadeen"})
_KNOWN_PROVIDERS = frozenset(_PROVIDERS.values())


def provider_of(url: str) -> str | None:
    """The provider of an embed, by its host: ``twitter``, ``youtube``, … or the host itself."""
    host = urlsplit(url).netloc.lower().removeprefix("www.").partition(":")[0]
    for domain, name in _PROVIDERS.items():
        if is_host_of(host, domain):
            return name
    return host or None


def embed_address(el: HtmlElement, provider: str | None, resolve: Resolve) -> str | None:
    """The address of an embed: a tweet's own page, a player's address, else the last link in it."""
    links = [el.get(name) or "" for name in _LINK_ATTRIBUTES]
    links += [a.get("href") or "" for a in el.iter("a") if a is not el]
    links.reverse()
    if provider == "twitter" and (status := next((m[0] for href in links if (m := STATUS.match(href))), None)):
        return status
    players = [p for player in el.iter("iframe", "video", "audio", "embed") for p in (player, *player.iter("source"))]
    sources = [p.get(name) for p in players for name in _SOURCE_ATTRIBUTES]
    return next((url for href in (*sources, *links) if href and (url := resolve(href))), None)


def video_of(el: HtmlElement, url: str | None, provider: str | None) -> Video | None:
    """An embed as a video, if it is one: by its provider, or because it is a ``video`` element."""
    is_video = provider in _VIDEO_PROVIDERS or next(el.iter("video"), None) is not None
    return Video(url=url, provider=provider, duration_seconds=None) if url and is_video else None


def social_embed(el: HtmlElement, tag: str) -> tuple[bool, str | None]:
    """Whether markup is an embedded post, and of which provider where its class says so.

    A class name alone is a hint: own words in a box named ``tweetable`` stay text.
    """
    if _has_embed_class(el):
        return not _holds_article(el, tag), None
    if tag not in _TWEET_TAGS or not _has_tweet_class(el):
        return False, None
    label = class_and_id(el)
    is_embed = (
        tag in ("iframe", "twitter-widget")
        or (tag == "blockquote" and "twitter-" in label)
        or next(el.iter("iframe", "twitter-widget"), None) is not None
        or any(STATUS.match(a.get("href") or "") for a in el.iter("a"))
    )
    is_embed = is_embed and not _holds_article(el, tag)
    return is_embed, "twitter" if is_embed else None


def _holds_article(el: HtmlElement, tag: str) -> bool:
    """Whether an element holds several sentences outside quotations: an article with embeds, and no embed itself.

    The text of an embedded post is in a ``blockquote`` until its script has run.
    """
    if tag == "blockquote":
        return False
    quoted = {run.element for quote in el.iter("blockquote") for run in text_runs(quote)}
    sentences = [run for run in text_runs(el) if run.is_sentence and run.element not in quoted]
    return len(sentences) >= _SENTENCES and letters_in(sentences) >= _POST_LETTERS


def is_quoted_tweet(el: HtmlElement, text: str) -> bool:
    """Whether a quotation without a class is a tweet: it names an account and links to the post."""
    return "(@" in text and any(STATUS.match(a.get("href") or "") for a in el.iter("a"))


def telegram_script(el: HtmlElement) -> str | None:
    """The address of a Telegram post that a script widget shows."""
    post = (el.get("data-telegram-post") or "").strip()
    return f"https://t.me/{post}" if _TELEGRAM_POST.match(post) else None


def holds_known_embed(el: HtmlElement) -> bool:
    """Whether an element holds a player or a post of a known provider."""
    for player in el.iter("iframe", "video", "blockquote"):
        if player.tag == "video" or (player.tag == "blockquote" and social_embed(player, "blockquote")[0]):
            return True
        source = next((s for name in _SOURCE_ATTRIBUTES if (s := player.get(name))), "")
        try:
            if player.tag == "iframe" and provider_of(source) in _KNOWN_PROVIDERS:
                return True
        except ValueError:
            continue
    return False
