"""The listings: each can be followed to its end, and holds what the answers say."""

import gzip
import json
import re
import unicodedata

import pytest
from lxml import html

from newsroom import Newsroom
from newsroom.paper import LAYOUTS, PAGINGS

BASE = "http://127.0.0.1:9"
PUBLIC = re.compile(r"https?://(127\.0\.0\.1:9|(english|www|espanol)\.almayadeen\.net)")


def get(newsroom, target):
    reply = newsroom.reply(PUBLIC.sub("", target), BASE)
    return reply.status, reply.body.decode()


def cleaned(text):
    text = re.sub("[\u200b\u00ad\u200e\u200f]", "", text.replace("\u00a0", " "))
    return unicodedata.normalize("NFC", text.strip())


def cards(text):
    """The titles of the cards of a page or fragment, in order."""
    if not text.strip():
        return []
    tree = html.fromstring(f"<div>{text}</div>") if "<html" not in text else html.document_fromstring(text)
    return [card.xpath("string((.//h2|.//h3|.//h4)[1])") for card in tree.xpath("//*[@data-card]")]


def walk(newsroom, listing, most=200):
    """The titles on the listing's pages, page by page, following what the markup offers."""
    status, text = get(newsroom, listing.path)
    assert status == 200
    pages = [cards(text)]
    while len(pages) < most:
        tree = html.fromstring(f"<div>{text}</div>") if "<html" not in text else html.document_fromstring(text)
        links = tree.xpath("//link[@rel='next']/@href | //*[@class='pager']/a/@href | //li[@class='next']/a/@href")
        buttons = tree.xpath("//button/@data-url")
        if links:
            status, text = get(newsroom, links[0])
            assert status == 200
            if cards(text) == pages[-1]:
                return pages
            pages.append(cards(text))
        elif buttons and buttons[0].startswith("/ajax"):
            status, text = get(newsroom, buttons[0])
            assert status == 200
            pages.append(cards(text))
        elif buttons:
            return pages + walk_json(newsroom, buttons[0])
        else:
            return pages
    raise AssertionError(f"{listing.path} has no end")


def walk_json(newsroom, url):
    pages, page = [], 2
    while url:
        status, text = get(newsroom, url)
        assert status == 200
        data = json.loads(text)
        pages.append(cards(data["html"]) if "html" in data else [item["title"] for item in data["items"]])
        page += 1
        following = re.sub(r"page=\d+", f"page={page}", url) if data.get("has_more") else None
        url = data.get("next") or data.get("next_page_url") or following
    return pages


@pytest.mark.parametrize("addresses", LAYOUTS)
@pytest.mark.parametrize("edition", ["en", "ar"])
def test_listings_hold_what_the_answers_say(addresses, edition):
    newsroom = Newsroom(posts=400, seed=2, edition=edition, addresses=addresses)
    assert paging_of_listings_as_answered(newsroom) == set(PAGINGS) - {"script"}
    newsroom.publish(3)
    gone = [
        index for index in (-3, -1, *range(5), *range(40, 50), *range(390, 400)) if newsroom.archive.reachable(index)
    ]
    for index in gone:
        newsroom.remove(index)
    newsroom.edit(10, "title")
    newsroom.redirect(11)
    newsroom.collide(12)
    assert paging_of_listings_as_answered(newsroom) == set(PAGINGS) - {"script"}


def paging_of_listings_as_answered(newsroom):
    """The ways of paging met on a walk of all listings, which must hold what the answers say."""
    expected = {}
    for answer in newsroom.answers():
        for listing in answer["listings"]:
            title = newsroom.archive.post(answer["index"]).title
            expected.setdefault((listing["kind"], listing["url_path"], listing["label"]), []).append(title)
    seen = set()
    for listing in newsroom.archive.listings.values():
        if listing.kind not in ("section", "region") or listing.paging == "script":
            continue
        pages = walk(newsroom, listing)
        if listing.pinned:
            assert pages[0].pop(0) in [title for page in pages[2:] for title in page]
        titles = [title for page in pages for title in page]
        assert titles == expected[listing.kind, listing.path, listing.label]
        seen.add(listing.paging)
    return seen


def test_script_listing_needs_its_script():
    newsroom = Newsroom(posts=400, seed=2)
    scripted = [listing for listing in newsroom.archive.listings.values() if listing.paging == "script"]
    assert [listing.path for listing in scripted] == ["/videos/explainers", "/region/palestine"]
    for listing in scripted:
        _, text = get(newsroom, listing.path)
        assert "/stream/" not in text
        assert len(walk(newsroom, listing)) == 1
        assert 'id="more-stories"' in text
        titles, total = cards(text), newsroom.archive.count(listing)
        while len(titles) < total:
            status, more = get(newsroom, f"/stream/cards/{listing.key}/{len(titles)}")
            assert status == 200
            titles += cards(more)
        members = newsroom.archive.members(listing, 0, total)
        assert titles == [newsroom.archive.post(index).title for index in members]


def test_past_the_end():
    newsroom = Newsroom(posts=400, seed=2)
    assert get(newsroom, "/news/politics?page=99")[0] == 404
    status, text = get(newsroom, "/news/arts-culture?page=99")
    last = get(newsroom, "/news/arts-culture?page=2")[1]
    assert status == 200
    assert cards(text) == cards(last) != []
    assert 'class="next"' in text


@pytest.mark.parametrize("addresses", LAYOUTS)
@pytest.mark.parametrize("edition", ["en", "ar", "es"])
def test_addresses_serve_their_posts(addresses, edition):
    newsroom = Newsroom(posts=150, seed=5, edition=edition, addresses=addresses)
    for answer in newsroom.answers():
        status, text = get(newsroom, answer["record"]["canonical_url"])
        assert status == 200
        heading = html.document_fromstring(text).xpath("//main//h1 | //main//h2")[0].text_content()
        # Twins share their headline, so that it is the same whichever is served.
        assert cleaned(heading) == newsroom.archive.post(answer["index"]).title


def test_links_of_a_page_lead_somewhere():
    newsroom = Newsroom(posts=200, seed=2)
    targets = {"/", "/news/politics", newsroom.path(1), newsroom.path(2), "/authors"}
    for target in list(targets):
        tree = html.document_fromstring(get(newsroom, target)[1])
        links = tree.xpath("//a/@href | //script/@src | //link[@rel='stylesheet']/@href")
        targets |= {PUBLIC.sub("", link) for link in links if PUBLIC.match(link) or link.startswith("/")}
    dead = [target for target in targets if get(newsroom, target or "/")[0] != 200]
    assert dead == []


@pytest.mark.parametrize(
    "target", ["/nope", "/news/politics/no-such-post", "/news", "/tags/none", "/region/politics", "/search?q=x"]
)
def test_unknown_addresses(target):
    status, text = get(Newsroom(posts=60), target)
    assert status == 404
    assert "was not found" in text
    assert "desktop-menu" in text


@pytest.mark.parametrize(
    "target",
    [
        "/news/politics?page=x",
        "/news/politics?page=0",
        "/news/health?after=AAAA",
        "/news/health?after=%FF",
        "/ajax/cards?list=s12&page=2",
        "/ajax/cards?list=s14",
        "/api/v1/s12/posts?page=2",
        "/api/v1/s17/posts?page=-1",
        "/stream/cards/s12/4",
        "/sitemaps/all/sitemap-2030-1.xml",
        "/sitemaps/all/sitemap-2025-13.xml",
        "/.newsroom/",
        "/news/politics/page/2",
        "/a%00b",
    ],
)
def test_odd_requests_are_not_found(target):
    assert get(Newsroom(posts=60), target)[0] == 404


def test_nothing_is_made_that_is_not_asked_for():
    newsroom = Newsroom(posts=100_000)
    get(newsroom, "/news/politics")
    newsroom.page(99_999)
    get(newsroom, "/news/politics?page=1600")
    assert newsroom.archive.original.cache_info().misses < 400
    assert newsroom.archive.count(newsroom.archive.listings["/news/politics"]) == 26_000


def test_live_publishing():
    newsroom = Newsroom(posts=100, seed=2, publish_every=2)
    before = newsroom.path(0)
    titles = [cards(get(newsroom, "/news/politics")[1]) for _ in range(40)]
    assert newsroom.published == 20
    assert titles[0] != titles[-1]
    assert [answer["index"] for answer in newsroom.answers()] == list(range(-20, 100))
    times = [newsroom.archive.published(index) for index in newsroom.archive.indexes()]
    assert times == sorted(times, reverse=True)
    assert newsroom.path(0) == before
    for answer in newsroom.answers():
        assert get(newsroom, answer["record"]["canonical_url"])[0] == 200


def test_what_is_published_later_leaves_the_answers_alone():
    newsroom = Newsroom(posts=100, seed=2)
    before = list(newsroom.answers())
    newsroom.publish(30)
    after = list(newsroom.answers())[30:]
    changed = [
        one["index"] for one, two in zip(before, after, strict=True) if one != {**two, "reachable": one["reachable"]}
    ]
    assert changed == []


def test_sitemaps():
    newsroom = Newsroom(posts=2000, seed=2)
    children = re.findall(r"<loc>(.*?)</loc>", get(newsroom, "/sitemaps/all.xml")[1])
    assert children[0].endswith("/sitemaps/all/sitemap-2025-11.xml")
    assert len(children) == 4
    listed = set()
    for child in children:
        status, text = get(newsroom, child)
        assert status == 200
        listed |= set(re.findall(r"<loc>(.*?)</loc>", text))
    for index in newsroom.archive.indexes():
        post = newsroom.archive.post(index)
        last_day = (post.published.month, post.published.day) in {(8, 31), (9, 30), (10, 31)}
        if not last_day and "colliding" not in post.variants:
            assert newsroom.answer(index)["record"]["canonical_url"] in listed
        elif last_day and "colliding" not in post.variants:
            assert newsroom.answer(index)["record"]["canonical_url"] not in listed
    assert any(get(newsroom, address)[0] == 404 for address in listed)


def test_sitemaps_in_other_ways():
    packed = Newsroom(posts=300, seed=2, sitemaps="gzip")
    child = re.findall(r"<loc>(.*?)</loc>", get(packed, "/sitemaps/all.xml")[1])[0]
    assert child.endswith("/sitemaps/all/sitemap-2025-11.xml.gz")
    whole = get(Newsroom(posts=300, seed=2), "/sitemaps/all/sitemap-2025-11.xml")[1]
    reply = packed.reply("/sitemaps/all/sitemap-2025-11.xml.gz", "http://127.0.0.1:1")
    assert gzip.decompress(reply.body).decode() == whole
    assert get(packed, "/sitemaps/all/sitemap-2025-11.xml")[0] == 404
    broken = get(Newsroom(posts=300, seed=2, sitemaps="malformed"), "/sitemaps/all/sitemap-2025-11.xml")[1]
    assert whole.startswith(broken)
    assert "</urlset>" not in broken
    for sitemaps, status in (("forbidden", 403), ("absent", 404)):
        newsroom = Newsroom(posts=300, seed=2, sitemaps=sitemaps)
        assert get(newsroom, "/sitemaps/all.xml")[0] == status
        assert get(newsroom, "/sitemaps/all/sitemap-2025-11.xml")[0] == status
        assert ("Sitemap:" in get(newsroom, "/robots.txt")[1]) == (sitemaps != "absent")
    with pytest.raises(ValueError, match="sitemaps: 'x' is unknown"):
        Newsroom(sitemaps="x")


def test_profiles_stand_in_the_sitemaps_and_the_feed_refuses():
    newsroom = Newsroom(posts=600, seed=2)
    text = get(newsroom, "/sitemaps/all/sitemap-2025-10.xml")[1]
    profile = re.search(r"<loc>https://[^/]+(/authors/[^<]+)</loc>", text)
    assert profile
    assert get(newsroom, profile[1])[0] == 200
    assert get(newsroom, "/rss")[0] == 403
