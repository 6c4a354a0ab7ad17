"""The real metadata blocks, posts and page that are known of the site, read to their fields."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest

from mayadeen.extraction.article import ArticlePage, NotAnArticle
from mayadeen.extraction.loaders import load_article
from mayadeen.items import Article
from mayadeen.pipelines.validate import SchemaValidator
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses, image_url
from tests.support.samples import blocks, needs_samples, page_with_block, post_lines, post_page, posts, seed_page

pytestmark = needs_samples
NOW = "2025-11-23T00:00:00Z"
VIA = {"kind": "url", "url": "https://www.almayadeen.net/", "position": None}
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e"))


def plain(text: str) -> str | None:
    return unicodedata.normalize("NFC", text.translate(INVISIBLE).replace("\u00a0", " ")).strip() or None


def read(html: str, url: str, edition: str = "ar") -> Article:
    return load_article(ArticlePage(html, url, Addresses(EDITIONS[edition])), fetched_at=NOW, discovery=VIA)


@pytest.mark.parametrize("sample", blocks(), ids=lambda s: json.loads(s["script_text"])["postid"])
def test_every_key_of_a_real_block_reaches_its_field(sample: dict[str, Any]) -> None:
    block = json.loads(sample["script_text"])
    classes = {c["mapping"]: c["value"] for c in block["classes"]}
    item = read(page_with_block(sample["script_text"]), sample["url"])
    assert item.post_id == block["postid"]
    assert item.id == f"ar:{block['postid']}"
    assert item.title == plain(block["title"])
    assert item.summary == plain(block["description"])
    assert item.keywords == list(dict.fromkeys(plain(k) for k in block["keywords"].split(",") if plain(k)))
    assert [i["url"] for i in item.images] == [image_url(block["thumbnail"])]
    assert "?" not in item.images[0]["url"]
    assert [a["name"] for a in item.authors] == [plain(block["author"])]
    for field, key in (("published_at", "published_time"), ("modified_at", "last_updated")):
        instant = datetime.fromisoformat(block[key]).astimezone(UTC)
        assert getattr(item, field) == instant.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert item.published_raw == block["published_time"]
    assert (item.language, item.direction) == ("ar", "rtl")
    assert item.category == plain(classes.get("category", ""))
    assert item.country == plain(classes.get("country", ""))
    assert item.coverage == plain(classes.get("coverage", ""))
    assert item.section == plain(classes["posttype"])
    assert item.canonical_url.startswith("https://www.almayadeen.net/")
    assert item.canonical_url.isascii()


@pytest.mark.parametrize(
    ("path", "post"),
    [(p, post) for p, post in posts() if post_lines(post)],
    ids=lambda v: v if isinstance(v, str) else v["postId"],
)
@pytest.mark.parametrize("with_block", [True, False], ids=["block", "no-block"])
def test_the_text_of_a_real_post_comes_out_whole(path: str, post: dict[str, Any], with_block: bool) -> None:
    item = read(post_page(post, with_block=with_block), post["url"])
    assert item.body is not None
    assert item.body.split("\n\n") == [" ".join((plain(line) or "").split()) for line in post_lines(post)]
    assert item.provenance["body"] == "html"
    assert SchemaValidator("article.schema.json").violations(vars(item)) == []


KINDS_WITHOUT_TEXT = {
    "newscast": "newscast", "tv-reports": "video", "video": "video", "podcasts": "audio", "infograph": "infograph",
    "coverage": "coverage", "reports": "video",
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "post"),
    [(p, post) for p, post in posts() if not post_lines(post)],
    ids=lambda v: v if isinstance(v, str) else v["postId"],
)
def test_posts_without_text_get_their_kind(path: str, post: dict[str, Any]) -> None:
    if path == "authors":
        with pytest.raises(NotAnArticle, match="profile"):
            read(post_page(post), post["url"])
        return
    item = read(post_page(post), post["url"])
    assert item.kind == KINDS_WITHOUT_TEXT[path]
    assert item.body is None
    assert item.blocks == []
    assert SchemaValidator("article.schema.json").violations(vars(item)) == []


@pytest.fixture(scope="module")
def seed() -> Article:
    url = "https://english.almayadeen.net/news/politics/us-deeply-values-tech-cooperation-with--israel---exclusive"
    return read(seed_page(), url, "en")


def test_seed_title(seed: Article) -> None:
    assert seed.title == "US deeply values tech cooperation with 'Israel': Exclusive"


def test_seed_byline_rows(seed: Article) -> None:
    assert seed.authors == [{"name": "Al Mayadeen English", "url": None}]
    assert seed.source == "Al Mayadeen English"
    assert seed.shares == 1
    assert seed.reading_minutes == 5


def test_seed_time_is_beiruts_and_marked_as_assumed(seed: Article) -> None:
    assert seed.published_at == "2023-06-26T07:58:00Z"
    assert seed.published_raw == "26 Jun 2023 10:58"
    assert "published_at: zone_assumed" in seed.warnings


def test_seed_deck(seed: Article) -> None:
    assert seed.summary == (
        "The United States says its cooperation with the Israeli occupation in the areas of technology is invaluable."
    )


def test_seed_caption_and_credit(seed: Article) -> None:
    (image,) = seed.images
    assert image["caption"].endswith("in occupied Al-Quds, July 14, 2022")
    assert image["credit"] == "AP"
    assert image["role"] == "main"


def test_seed_tags_related_and_coverage(seed: Article) -> None:
    assert [t["name"] for t in seed.tags] == [
        "United States", "Department of State", "Israel", "Israeli occupation", "John Kirby",
    ]  # fmt: skip
    assert [r["relation"] for r in seed.related] == ["inline", "inline", "read_next"]
    assert seed.related[2]["title"] == "'Israel' informs US about settlement units plans in West Bank: Axios"
    assert seed.coverage is None


def test_seed_body(seed: Article) -> None:
    assert seed.body is not None
    paragraphs = seed.body.split("\n\n")
    assert len(paragraphs) == 23
    assert paragraphs[0].startswith("The United States deeply values")
    assert '"Isreal"' in paragraphs[0]
    assert paragraphs[-1].endswith("several resolutions.")
    for foreign in ("Related News", "Read next", "Most Read", "Coverage", "In Five", "Ecuador plans"):
        assert foreign not in seed.body
