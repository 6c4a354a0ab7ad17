"""The listings: each can be followed to its end, and holds what the answers say."""

import gzip
import json
import re
import unicodedata

import pytest
from lxml import html

from testsite import SyntheticSite
from testsite.layouts import LAYOUTS, PAGINGS

KINDS_OF_SITE = list(zip(("en", "ar", "es"), LAYOUTS, strict=True))
BASE = "http://127.0.0.1:9"
PUBLIC = re.compile(r"https?://(127\.0\.0\.1:9|(english|www|espanol)\.almayadeen\.net)")


def get(testsite, target):
    reply = testsite.reply(PUBLIC.sub("", target), BASE)
    return reply.status, reply.body.decode()


def cleaned(text):
    text = re.sub("\u200c\u200b|[\u200b\u00ad\u200e\u200f]", "", text.replace("\u00a0", " "))
    return unicodedata.normalize("NFC", text.strip())


def cards(text):
    """The titles of the cards of a page or fragment, in order."""
    if not text.strip():
        return []
    tree = html.fromstring(f"<div>{text}</div>") if "<html" not in text else html.document_fromstring(text)
    return [card.xpath("string((.//h2|.//h3|.//h4)[1])") for card in tree.xpath("//*[@data-card]")]


def walk(testsite, listing, most=200):
    """The titles on the listing's pages, page by page, following what the markup offers."""
    status, text = get(testsite, listing.path)
    assert status == 200
    pages = [cards(text)]
    while len(pages) < most:
        tree = html.fromstring(f"<div>{text}</div>") if "<html" not in text else html.document_fromstring(text)
        links = tree.xpath("//link[@rel='next']/@href | //*[@class='pager']/a/@href | //li[@class='next']/a/@href")
        buttons = tree.xpath("//button/@data-url")
        if links:
            status, text = get(testsite, links[0])
            assert status == 200
            if cards(text) == pages[-1]:
                return pages
            pages.append(cards(text))
        elif buttons and buttons[0].startswith("/ajax"):
            status, text = get(testsite, buttons[0])
            assert status == 200
            pages.append(cards(text))
        elif buttons:
            return pages + walk_json(testsite, buttons[0])
        else:
            return pages
    raise AssertionError(f"{listing.path} has no end")


def walk_json(testsite, url):
    pages, page = [], 2
    while url:
        status, text = get(testsite, url)
        assert status == 200
        data = json.loads(text)
        pages.append(cards(data["html"]) if "html" in data else [item["title"] for item in data["items"]])
        page += 1
        following = re.sub(r"page=\d+", f"page={page}", url) if data.get("has_more") else None
        url = data.get("next") or data.get("next_page_url") or following
    return pages


@pytest.mark.parametrize(("edition", "addresses"), KINDS_OF_SITE)
def test_listings_hold_what_the_answers_say(edition, addresses):
    testsite = SyntheticSite(posts=400, seed=2, edition=edition, addresses=addresses)
    assert paging_of_listings_as_answered(testsite) == set(PAGINGS) - {"script"}
    testsite.publish(3)
    gone = [
        index for index in (-3, -1, *range(5), *range(40, 50), *range(390, 400)) if testsite.archive.reachable(index)
    ]
    for index in gone:
        testsite.remove(index)
    testsite.edit(10, "title")
    testsite.redirect(11)
    testsite.collide(12)
    assert paging_of_listings_as_answered(testsite) == set(PAGINGS) - {"script"}


def paging_of_listings_as_answered(testsite):
    """The ways of paging met on a walk of all listings, which must hold what the answers say."""
    expected = {}
    for answer in testsite.answers():
        for listing in answer["listings"]:
            title = testsite.archive.post(answer["index"]).title
            expected.setdefault((listing["kind"], listing["url_path"], listing["label"]), []).append(title)
    seen = set()
    for listing in testsite.archive.listings.values():
        if listing.kind not in ("section", "region") or listing.paging == "script":
            continue
        pages = walk(testsite, listing)
        if listing.pinned:
            assert pages[0].pop(0) in [title for page in pages[2:] for title in page]
        titles = [title for page in pages for title in page]
        assert titles == expected[listing.kind, listing.path, listing.label]
        seen.add(listing.paging)
    return seen


def test_script_listing_needs_its_script():
    testsite = SyntheticSite(posts=400, seed=2)
    scripted = [listing for listing in testsite.archive.listings.values() if listing.paging == "script"]
    assert [listing.path for listing in scripted] == ["/videos/explainers", "/region/palestine"]
    for listing in scripted:
        _, text = get(testsite, listing.path)
        assert "/stream/" not in text
        assert len(walk(testsite, listing)) == 1
        assert 'id="more-stories"' in text
        titles, total = cards(text), testsite.archive.count(listing)
        while len(titles) < total:
            status, more = get(testsite, f"/stream/cards/{listing.key}/{len(titles)}")
            assert status == 200
            titles += cards(more)
        members = testsite.archive.members(listing, 0, total)
        assert titles == [testsite.archive.post(index).title for index in members]


def test_past_the_end():
    testsite = SyntheticSite(posts=400, seed=2)
    assert get(testsite, "/news/politics?page=99")[0] == 404
    status, text = get(testsite, "/news/arts-culture?page=99")
    last = get(testsite, "/news/arts-culture?page=2")[1]
    assert status == 200
    assert cards(text) == cards(last) != []
    assert 'class="next"' in text


@pytest.mark.parametrize(("edition", "addresses"), KINDS_OF_SITE)
def test_addresses_serve_their_posts(edition, addresses):
    testsite = SyntheticSite(posts=80, seed=5, edition=edition, addresses=addresses)
    for answer in testsite.answers():
        status, text = get(testsite, answer["record"]["canonical_url"])
        assert status == 200
        heading = html.document_fromstring(text).xpath("//main//h1 | //main//h2")[0].text_content()
        # Twins share their headline, so that it is the same whichever is served.
        assert cleaned(heading) == testsite.archive.post(answer["index"]).title


def test_links_of_a_page_lead_somewhere():
    testsite = SyntheticSite(posts=200, seed=2)
    targets = {"/", "/news/politics", testsite.path(1), testsite.path(2), "/authors"}
    for target in list(targets):
        tree = html.document_fromstring(get(testsite, target)[1])
        links = tree.xpath("//a/@href | //script/@src | //link[@rel='stylesheet']/@href")
        targets |= {PUBLIC.sub("", link) for link in links if PUBLIC.match(link) or link.startswith("/")}
    dead = [target for target in targets if get(testsite, target or "/")[0] != 200]
    assert dead == []


@pytest.mark.parametrize(
    "target", ["/nope", "/news/politics/no-such-post", "/news", "/tags/none", "/region/politics", "/search?q=x"]
)
def test_unknown_addresses(target):
    status, text = get(SyntheticSite(posts=60), target)
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
        "/.testsite/",
        "/news/politics/page/2",
        "/a%00b",
    ],
)
def test_odd_requests_are_not_found(target):
    assert get(SyntheticSite(posts=60), target)[0] == 404


def test_nothing_is_made_that_is_not_asked_for():
    testsite = SyntheticSite(posts=100_000)
    get(testsite, "/news/politics")
    testsite.page(99_999)
    get(testsite, "/news/politics?page=1600")
    assert testsite.archive.original.cache_info().misses < 400
    assert testsite.archive.count(testsite.archive.listings["/news/politics"]) == 26_000


def test_live_publishing():
    testsite = SyntheticSite(posts=100, seed=2, publish_every=2)
    before = testsite.path(0)
    titles = [cards(get(testsite, "/news/politics")[1]) for _ in range(40)]
    assert testsite.published == 20
    assert titles[0] != titles[-1]
    assert [answer["index"] for answer in testsite.answers()] == list(range(-20, 100))
    times = [testsite.archive.published(index) for index in testsite.archive.indexes()]
    assert times == sorted(times, reverse=True)
    assert testsite.path(0) == before
    for answer in testsite.answers():
        assert get(testsite, answer["record"]["canonical_url"])[0] == 200


def test_what_is_published_later_leaves_the_answers_alone():
    testsite = SyntheticSite(posts=100, seed=2)
    before = list(testsite.answers())
    testsite.publish(30)
    after = list(testsite.answers())[30:]
    changed = [
        one["index"] for one, two in zip(before, after, strict=True) if one != {**two, "reachable": one["reachable"]}
    ]
    assert changed == []


def test_sitemaps():
    testsite = SyntheticSite(posts=2000, seed=2)
    children = re.findall(r"<loc>(.*?)</loc>", get(testsite, "/sitemaps/all.xml")[1])
    assert children[0].endswith("/sitemaps/all/sitemap-2025-11.xml")
    assert len(children) == 4
    listed = set()
    for child in children:
        status, text = get(testsite, child)
        assert status == 200
        listed |= set(re.findall(r"<loc>(.*?)</loc>", text))
    for index in testsite.archive.indexes():
        post = testsite.archive.post(index)
        last_day = (post.published.month, post.published.day) in {(8, 31), (9, 30), (10, 31)}
        if not last_day and "colliding" not in post.variants:
            assert testsite.answer(index)["record"]["canonical_url"] in listed
        elif last_day and "colliding" not in post.variants:
            assert testsite.answer(index)["record"]["canonical_url"] not in listed
    assert any(get(testsite, address)[0] == 404 for address in listed)


def test_sitemaps_in_other_ways():
    packed = SyntheticSite(posts=300, seed=2, sitemaps="gzip")
    child = re.findall(r"<loc>(.*?)</loc>", get(packed, "/sitemaps/all.xml")[1])[0]
    assert child.endswith("/sitemaps/all/sitemap-2025-11.xml.gz")
    whole = get(SyntheticSite(posts=300, seed=2), "/sitemaps/all/sitemap-2025-11.xml")[1]
    reply = packed.reply("/sitemaps/all/sitemap-2025-11.xml.gz", "http://127.0.0.1:1")
    assert gzip.decompress(reply.body).decode() == whole
    assert get(packed, "/sitemaps/all/sitemap-2025-11.xml")[0] == 404
    broken = get(SyntheticSite(posts=300, seed=2, sitemaps="malformed"), "/sitemaps/all/sitemap-2025-11.xml")[1]
    assert whole.startswith(broken)
    assert "</urlset>" not in broken
    for sitemaps, status in (("forbidden", 403), ("absent", 404)):
        testsite = SyntheticSite(posts=300, seed=2, sitemaps=sitemaps)
        assert get(testsite, "/sitemaps/all.xml")[0] == status
        assert get(testsite, "/sitemaps/all/sitemap-2025-11.xml")[0] == status
        assert ("Sitemap:" in get(testsite, "/robots.txt")[1]) == (sitemaps != "absent")
    with pytest.raises(ValueError, match="sitemaps: 'x' is unknown"):
        SyntheticSite(sitemaps="x")


def test_profiles_stand_in_the_sitemaps_and_the_feed_refuses():
    testsite = SyntheticSite(posts=600, seed=2)
    text = get(testsite, "/sitemaps/all/sitemap-2025-10.xml")[1]
    profile = re.search(r"<loc>https://[^/]+(/authors/[^<]+)</loc>", text)
    assert profile
    assert get(testsite, profile[1])[0] == 200
    assert get(testsite, "/rss")[0] == 403
