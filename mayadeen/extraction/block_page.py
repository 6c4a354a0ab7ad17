"""Detects pages that a server sends in place of the requested page: challenges, login walls, empty shells.

They are recognised by their markup and by missing parts, never by words, because an article may use the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from mayadeen.extraction.dom import base_url, css, parse_html, text_of, xpath
from mayadeen.site.urls import join_url

CHALLENGE, LOGIN_WALL, SHELL = "a challenge", "a login wall", "a page with nothing of the site"
"""Kinds of block pages, as text for people. The last kind is not certain."""

MAX_SHELL = 20_000
"""Bytes. A page without content of the site that loads everything by script is smaller."""

OWN_LINKS, LINK_WORDS, OWN_TEXT = 3, 4, 800
"""Minimum links, words in each link, or characters in paragraphs of a page of the site."""

_HEADERS = {"cf-mitigated": ("challenge",), "x-amzn-waf-action": ("challenge", "captcha")}

# What one of the selectors below needs in a page's bytes: most pages need not be parsed for them.
_MARKS = (
    b"challenge-",
    b"challenges.cloudflare",
    b"_cf_chl",
    b"captcha",
    b"turnstile",
    b"_Incapsula_",
    b"awswaf",
    b"gokuProps",
    b"ddos-guard",
    b"cp_challenge",
    b"password",
)
_OWN_MARK = b"tawsiyat-metadata"
_CHALLENGE = css(
    "form#challenge-form, form[action*='__cf_chl'], .cf-turnstile, .g-recaptcha, .h-captcha, #px-captcha, "
    "script[src*='/cdn-cgi/challenge-platform/'], script[src*='challenges.cloudflare.com'], "
    "script[src*='captcha'], iframe[src*='captcha'], "
    "script[src*='_Incapsula_Resource'], iframe[src*='_Incapsula_Resource'], "
    "script[src*='awswaf.com'], script[src*='/.well-known/ddos-guard/'], script[src*='/cp_challenge/']"
)
_CHALLENGE_SCRIPT = xpath("//script[not(@src)][contains(., '_cf_chl_opt') or contains(., 'gokuProps')]")
_AROUND = "ancestor::header or ancestor::footer or ancestor::nav or ancestor::aside or ancestor::dialog"
_PASSWORD = xpath(f"//input[translate(@type, 'PASWORD', 'pasword') = 'password'][not({_AROUND})]")
_FORM = xpath(f"//form[.//input][not({_AROUND})]")
_LOGIN_PATH = re.compile(r"/(?:log-?in|sign-?in|sso)(?:[/._-]|$)", re.IGNORECASE)
_LINK = xpath(f"//a[@href][not({_AROUND})]")
_SCRIPT = css("script")
_ANY_LINK = xpath("//a[@href]")
_PARAGRAPH = xpath("//p[not(ancestor::form or ancestor::noscript)]")
_METADATA = css(
    "script#tawsiyat-metadata, meta[property='og:type'][content='article'], meta[property='article:published_time']"
)
_JSON_LD = css("script[type='application/ld+json']")
_JSON_LD_ARTICLE = re.compile(r'"@type"\s*:\s*\[?\s*"\w*(?:Article|Posting|VideoObject)"')


def challenge_header(header: Callable[[str], str | None]) -> str | None:
    """Return the header that marks a response as a challenge, as sent, or ``None``.

    ``header`` returns the value of a header.
    """
    for name, values in _HEADERS.items():
        value = (header(name) or "").strip().lower()
        if value in values:
            return f"{name}: {value}"
    return None


def may_be_refusal(body: bytes, url: str) -> bool:
    """Return whether a page needs a closer check. Most pages have the site's metadata, or no sign of a block page."""
    if _OWN_MARK in body:
        return False
    may_be_shell = len(body) <= MAX_SHELL and body.count(b"<a ") < OWN_LINKS
    return may_be_shell or _to_login(url) or any(mark in body for mark in _MARKS)


def read_refusal(text: str, url: str) -> str | None:
    """Return ``CHALLENGE``, ``LOGIN_WALL`` or ``SHELL`` for such a page without content of the site, else ``None``."""
    root = parse_html(text)
    if _is_own(root, url):
        return None
    if _CHALLENGE(root) or _CHALLENGE_SCRIPT(root):
        return CHALLENGE
    if _PASSWORD(root) or (_to_login(url) and _FORM(root)):
        return LOGIN_WALL
    base = base_url(root, url)
    if len(text) > MAX_SHELL or not _SCRIPT(root) or any(_on_host(link, base, url) for link in _ANY_LINK(root)):
        return None
    return SHELL


def _to_login(url: str) -> bool:
    return _LOGIN_PATH.search(urlsplit(url).path) is not None


def is_article_page(root: HtmlElement) -> bool:
    """Whether a page has an article's metadata."""
    return bool(_METADATA(root)) or any(_JSON_LD_ARTICLE.search(script.text or "") for script in _JSON_LD(root))


def _is_own(root: HtmlElement, url: str) -> bool:
    """Return whether a page has content of the site: an article's metadata, linked headlines, or a text."""
    if is_article_page(root):
        return True
    base = base_url(root, url)
    headlines = {
        address
        for link in _LINK(root)
        if (address := _on_host(link, base, url)) and len(text_of(link).split()) >= LINK_WORDS
    }
    return len(headlines) >= OWN_LINKS or sum(len(text_of(p)) for p in _PARAGRAPH(root)) >= OWN_TEXT


def _on_host(link: HtmlElement, base: str, url: str) -> str | None:
    """The URL of a link, if it leads to the host of the page fetched from ``url``."""
    try:
        address = join_url(base, link.get("href", ""))
        return address if urlsplit(address).netloc == urlsplit(url).netloc else None
    except ValueError:
        return None
