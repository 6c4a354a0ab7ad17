"""Authors' pages: one test a field, sources in their order of trust."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mayadeen.extraction.author import AuthorPage
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.loaders import load_author
from mayadeen.items import AuthorProfile, Discovery
from mayadeen.pipelines.validate import SchemaValidator
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses
from testsite import SyntheticSite

BASE = "http://127.0.0.1:8000"
URL = f"{BASE}/authors/rana-abboud"
BLOCK = {
    "type": "article", "postid": "77", "title": "Rana Abboud", "url": "https://english.almayadeen.net/authors/rana-abboud",
    "thumbnail": "https://media-en.almayadeen.net/media/rana.jpg?v=2&width=1000", "lang": "en", "description": "Writes on ports.",
    "classes": [{"key": "class1", "mapping": "posttype", "value": "Authors"}],
}  # fmt: skip
PERSON = {
    "@type": "ProfilePage", "mainEntity": {"@type": "Person", "name": "R. Abboud", "description": "A person.",
    "image": "https://media-en.almayadeen.net/media/person.jpg", "sameAs": ["https://example.org/rana"]},
}  # fmt: skip
VIA: Discovery = {"kind": "author", "url": URL, "position": None}
SHOWN = """<header><nav><a href="https://x.com/paper">x</a></nav></header><main><h1>Rana Abboud</h1>
<div class="profile"><img alt="Rana Abboud" src="data:image/gif;base64,AA" data-src="/media/shown.jpg?width=300">
<p class="bio">Rana writes on <b>ports</b>.</p><a href="https://x.com/rana">X</a><a href="https://t.me/rana" aria-label="Telegram"></a></div>
<div class="share-widget"><a href="https://facebook.com/sharer/sharer.php?u=1">Share</a></div>
<article><h3><a href="/news/politics/a-story-of-hers">A story of hers</a></h3><p>Its deck, which is long enough to be taken for a text.</p></article>
</main><footer><a href="https://apps.example/paper">App</a></footer>"""


def load(body: str = SHOWN, block: dict[str, Any] | None = None, ld: Any = None, metas: str = "") -> AuthorProfile:
    head = f"<title>Rana Abboud | Al Mayadeen English</title>{metas}"
    head += f'<script id="tawsiyat-metadata" type="text/tawsiyat">{json.dumps(block)}</script>' if block else ""
    head += f'<script type="application/ld+json">{json.dumps(ld)}</script>' if ld else ""
    page = AuthorPage(
        f'<html lang="en"><head>{head}</head><body>{body}</body></html>', URL, Addresses(EDITIONS["en"], BASE)
    )
    return load_author(page, fetched_at="2025-11-23T00:00:00Z", discovery=VIA)


def test_name() -> None:
    assert load(block=BLOCK, ld=PERSON).name == "Rana Abboud"
    assert load(ld=PERSON).name == "R. Abboud"
    assert load(metas='<meta property="og:title" content="Rana A. | Al Mayadeen English">').name == "Rana A."
    assert load().provenance["name"] in ("html", "generic")
    assert load(body="").name == "Rana Abboud"


def test_bio() -> None:
    assert load(block=BLOCK, ld=PERSON).bio == "Writes on ports."
    assert load(ld=PERSON).bio == "A person."
    described = '<meta name="description" content="The slogan of the paper">'
    assert load(metas=described).bio == "Rana writes on ports."
    assert load(body="<main><h1>Rana Abboud</h1></main>", metas=described).provenance["bio"] == "meta"
    assert load(body=SHOWN.replace(' class="bio"', "").replace("</b>.", "</b> and lives in Tyre, by the sea.")).bio == (
        "Rana writes on ports and lives in Tyre, by the sea."
    )
    assert load(body="<main><h1>Rana Abboud</h1></main>").bio is None


def test_portrait() -> None:
    assert load(block=BLOCK).portrait == "https://media-en.almayadeen.net/media/rana.jpg"
    assert load(ld=PERSON).portrait == "https://media-en.almayadeen.net/media/person.jpg"
    logo = '<meta property="og:image" content="https://english.almayadeen.net/assets/logo.svg">'
    assert load(metas=logo).portrait == "https://english.almayadeen.net/media/shown.jpg"
    assert load(body="<main><h1>Rana Abboud</h1></main>", metas=logo).portrait is None


def test_links() -> None:
    assert load().links == [
        {"text": "X", "url": "https://x.com/rana"},
        {"text": "Telegram", "url": "https://t.me/rana"},
    ]
    assert load(body="<main><h1>Rana Abboud</h1></main>", ld=PERSON).links == [
        {"text": "example.org", "url": "https://example.org/rana"}
    ]


def test_identity() -> None:
    profile = load(block=BLOCK)
    assert (profile.id, profile.post_id, profile.warnings) == ("en:77", "77", [])
    assert profile.canonical_url == "https://english.almayadeen.net/authors/rana-abboud"
    assert profile.url == URL
    bare = load()
    assert bare.id.startswith("en:url:")
    assert set(bare.warnings) == {"post_id: missing", "canonical_url: assumed"}


def test_a_page_that_names_nobody() -> None:
    with pytest.raises(PageError):
        load_author(AuthorPage("", URL, Addresses(EDITIONS["en"], BASE)), fetched_at="2025-11-23T00:00:00Z")


@pytest.mark.parametrize("edition", ["en", "ar", "es"])
def test_every_profile_of_the_newsroom(edition: str) -> None:
    testsite = SyntheticSite(posts=60, seed=5, edition=edition)
    validator = SchemaValidator("author.schema.json")
    addresses = Addresses(EDITIONS[edition], BASE)
    profiles = testsite.profiles()
    assert {bool(p["portrait"]) for p in profiles} == {bool(p["post_id"]) for p in profiles} == {True, False}
    for want in profiles:
        target = want["canonical_url"].partition("/authors/")[2]
        html = testsite.reply(f"/authors/{target}", BASE).body.decode()
        url = f"{BASE}/authors/{target}"
        got = vars(load_author(AuthorPage(html, url, addresses), fetched_at="2025-11-23T00:00:00Z", discovery=VIA))
        assert validator.violations(got) == []
        for field, value in want.items():
            assert got[field] == value, (want["name"], field)
