"""What is a challenge or a login wall, and what only speaks of one."""

from __future__ import annotations

import pytest

from mayadeen.extraction.block_page import (
    CHALLENGE,
    LOGIN_WALL,
    SHELL,
    challenge_header,
    may_be_refusal,
    read_refusal,
)
from testsite import SyntheticSite

URL = "https://english.almayadeen.net/news/politics/a-story"
SENTENCE = "The ministers met on Tuesday to talk about the price of bread and the state of the roads. "
HEADLINES = "".join(
    f'<h3><a href="/news/politics/story-{n}">Ministers meet again on roads {n}</a></h3>' for n in range(3)
)


def read(text: str, url: str = URL) -> str | None:
    """As the middleware does: not looked at where its bytes already say that it is none."""
    return read_refusal(text, url) if may_be_refusal(text.encode(), url) else None


def page(body: str, head: str = "<title>t</title>") -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"


@pytest.mark.parametrize(
    "body",
    [
        "<form id='challenge-form' action='/x?__cf_chl_f_tk=y' method='post'></form>",
        "<script src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1?ray=1'></script>",
        "<div id='x'></div><script>window._cf_chl_opt={cType:'managed'}</script>",
        "<div class='cf-turnstile' data-sitekey='x'></div>",
        "<form><div class='g-recaptcha'></div></form>",
        "<script src='https://geo.captcha-delivery.com/c.js'></script>",
        "<iframe src='/_Incapsula_Resource?SWUDNSAI=9'></iframe>",
        "<script>window.gokuProps = {};</script>",
        "<script src='https://token.awswaf.com/x/challenge.js'></script>",
        "<div id='px-captcha'></div>",
        "<script src='/.well-known/ddos-guard/check?context=free_splash'></script>",
        # The site's own frame around it, without an article.
        f"<nav>{HEADLINES}</nav><main><h1>One moment</h1><div class='h-captcha'></div></main><footer>{HEADLINES}</footer>",
    ],
)
def test_challenges(body: str) -> None:
    assert read(page(body)) == CHALLENGE


@pytest.mark.parametrize(
    ("body", "url"),
    [
        ("<main><h1>Welcome</h1><form><input name='m'><input type='password'></form></main>", URL),
        ("<main><form action='/go'><input type='PassWord'></form><a href='/new'>New here?</a></main>", URL),
        (
            "<main><form action='/go'><input type='email'></form></main>",
            "https://english.almayadeen.net/user/login?to=/x",
        ),
        (f"<nav>{HEADLINES}</nav><main><form><input type=password></form></main>", URL),
    ],
)
def test_login_walls(body: str, url: str) -> None:
    assert read(page(body), url) == LOGIN_WALL


def test_a_shell() -> None:
    assert read(page("<div id='app'></div><script src='/app.js'></script>")) == SHELL
    assert read(page("<h1>Nothing listed here</h1>")) is None
    assert read(page("<a href='/'>Front page</a><script>1</script>")) is None
    assert read(page(f"<script>{'x' * 30_000}</script>")) is None


WIDGETS = (
    "<form id='comments'><div class='g-recaptcha'></div><div class='cf-turnstile'></div></form>"
    "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>"
    "<main><form action='/login'><input type='password'></form></main>"
)


@pytest.mark.parametrize(
    "own",
    [
        "<script id='tawsiyat-metadata' type='text/tawsiyat'>{}</script>",
        "<meta property='og:type' content='article'>",
        "<meta property='article:published_time' content='2025-11-08T12:00:00'>",
        """<script type="application/ld+json">{"@context": "x", "@type": "NewsArticle"}</script>""",
        """<script type="application/ld+json">[{"@type": ["VideoObject"]}]</script>""",
        f"<main>{HEADLINES}</main>",
        f"<div><p>{SENTENCE * 5}</p><p>{SENTENCE * 6}</p></div>",
    ],
)
def test_a_page_of_the_site_may_have_widgets_like_theirs(own: str) -> None:
    assert read(page(own + WIDGETS)) is None
    assert read_refusal(page(own + WIDGETS), URL) is None


def test_an_article_about_them_is_an_article() -> None:
    words = "Just a moment... Attention Required! | Cloudflare. Access denied. Verify you are human. Log in to continue. captcha "
    assert read(page(f"<article><h1>{words}</h1><p>{words * 2}</p></article>", f"<title>{words}</title>")) is None
    assert (
        read(page(f"<h1>{words}</h1><p>challenge-form _cf_chl_opt password</p><script>1</script><a href='/x'>x</a>"))
        is None
    )


def test_no_page_of_the_test_site_is_one() -> None:
    for edition in ("en", "ar", "es"):
        testsite = SyntheticSite(posts=60, seed=4, edition=edition)
        listings = [listing.path for listing in testsite.archive.listings.values()]
        paths = ["/", *listings, *(testsite.path(index) for index in range(60))]
        for path in paths:
            text = testsite.reply(path, "http://127.0.0.1:1").body.decode()
            assert read_refusal(text, f"http://127.0.0.1:1{path}") is None, path


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"cf-mitigated": "challenge"}, "cf-mitigated: challenge"),
        ({"cf-mitigated": " Challenge"}, "cf-mitigated: challenge"),
        ({"x-amzn-waf-action": "captcha"}, "x-amzn-waf-action: captcha"),
        ({"cf-mitigated": "no"}, None),
        ({"server": "cloudflare", "cf-ray": "1"}, None),
    ],
)
def test_headers(headers: dict[str, str], expected: str | None) -> None:
    assert challenge_header(headers.get) == expected


@pytest.mark.parametrize("text", ["", "<", "\x00" * 50, "<script>" * 3000, "<a href='http://[::1'>captcha</a>"])
def test_broken_pages_do_no_harm(text: str) -> None:
    assert read(text) in (None, SHELL)
