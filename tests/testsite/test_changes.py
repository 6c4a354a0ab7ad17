"""A test site that changes while it is served, and conditional requests, both by HTTP."""

import http.client
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from random import Random
from urllib.parse import urlsplit

import pytest

from testsite import Server, SyntheticSite
from testsite.layouts import LAYOUTS
from testsite.validators import VALIDATORS

POSTS = 120
KINDS_OF_SITE = [("en", "plain"), ("en", "dated"), ("es", "short"), ("ar", "plain")]


class Reader:
    """Asks one served test site for posts and pages."""

    def __init__(self, server):
        self.testsite = server.testsite
        self.connection = http.client.HTTPConnection(urlsplit(server.url).netloc)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def get(self, target, **headers):
        """Return status, headers and text. `if_none_match="…"` is sent as If-None-Match."""
        named = {name.replace("_", "-").title(): value for name, value in headers.items() if value is not None}
        self.connection.request("GET", target, headers=named)
        response = self.connection.getresponse()
        return response.status, response.headers, response.read().decode()

    def post(self, index, **headers):
        return self.get(self.address(index), **headers)

    def address(self, index):
        return urlsplit(self.testsite.answer(index)["record"]["canonical_url"]).path

    def listed(self, index):
        """Whether the first page of the post's section links to its address."""
        section = self.testsite.archive.section_path(self.testsite.archive.post(index).section)
        return self.links(self.get(section)[2].partition('data-cards="')[2], index) > 0

    def links(self, text, index):
        found = re.findall(r'(?:href="|<loc>)(?:https?://[^/]+)?(/[^"<]*)', text)
        both = (self.address(index), self.testsite.path(index))
        return sum(path in both for path in found)


@pytest.fixture(params=KINDS_OF_SITE, ids="-".join)
def reader(request):
    edition, addresses = request.param
    with (
        Server(SyntheticSite(posts=POSTS, seed=3, edition=edition, addresses=addresses)) as server,
        Reader(server) as reader,
    ):
        yield reader


def text_post(testsite, without=("redesigned", "no-machine-blocks"), start=0):
    """The newest reachable post with a body and blocks, from an index on."""
    for index in range(start, POSTS):
        answer = testsite.answer(index)
        if answer["reachable"] and answer["record"]["body"] and not set(without) & set(answer["variants"]):
            return index
    raise AssertionError("no such post")


def validators(headers):
    return headers["ETag"], headers["Last-Modified"]


# Conditional requests


def test_validators_stay_while_the_text_does(reader):
    before = [reader.post(index) for index in range(20)]
    reader.testsite.publish(2)
    after = [reader.post(index) for index in range(20)]
    assert [validators(headers) for _, headers, _ in before] == [validators(headers) for _, headers, _ in after]
    assert all(one != two for (_, _, one), (_, _, two) in zip(before, after, strict=True))
    tags = {headers["ETag"] for _, headers, _ in before}
    reachable = {reader.address(index).lower() for index in range(20)}
    assert len(tags) == len(reachable)
    assert "ETag" not in reader.get("/")[1]


def test_unchanged_pages_are_not_sent_again(reader):
    tag, modified = validators(reader.post(1)[1])
    for asked in ({"if_none_match": tag}, {"if_modified_since": modified}):
        status, headers, text = reader.post(1, **asked)
        assert (status, text) == (304, "")
        assert validators(headers) == (tag, modified)
        assert "Content-Length" not in headers
        assert reader.get("/robots.txt")[0] == 200  # the connection is still in step


def test_what_counts_as_unchanged(reader):
    tag, modified = validators(reader.post(1)[1])
    moment = parsedate_to_datetime(modified)
    earlier, later = (format_datetime(moment + timedelta(seconds=n), usegmt=True) for n in (-1, 1))
    for status, asked in [
        (304, {"if_none_match": tag.removeprefix("W/")}),
        (304, {"if_none_match": f'"other", {tag}'}),
        (304, {"if_none_match": "*"}),
        (200, {"if_none_match": '"other"'}),
        (304, {"if_modified_since": later}),
        (200, {"if_modified_since": earlier}),
        (200, {"if_modified_since": "yesterday"}),
        (304, {"if_none_match": tag, "if_modified_since": earlier}),
        (200, {"if_none_match": '"other"', "if_modified_since": later}),
    ]:
        assert reader.post(1, **asked)[0] == status, asked


@pytest.mark.parametrize("given", VALIDATORS)
def test_sites_differ_in_what_they_send_and_apply(given):
    with Server(SyntheticSite(posts=60, validators=given)) as server, Reader(server) as reader:
        headers = reader.post(1)[1]
        assert ("ETag" in headers, "Last-Modified" in headers) == (
            given in ("both", "etag"),
            given in ("both", "last-modified"),
        )
        assert reader.post(1, if_none_match="*")[0] == (200 if given == "none" else 304)
        by_date = reader.post(1, if_modified_since="Fri, 01 Jan 2100 00:00:00 GMT")[0]
        assert by_date == (304 if given in ("both", "last-modified") else 200)
        assert [(arrival.status == 304, arrival.conditional) for arrival in server.log] == [
            (False, False),
            (given != "none", True),
            (given in ("both", "last-modified"), True),
        ]


def test_unknown_validators_are_refused():
    with pytest.raises(ValueError, match=r"validators: 'md5' is unknown\. Give one of both"):
        SyntheticSite(validators="md5")


# Changes


def test_publish(reader):
    reader.testsite.publish()
    assert reader.testsite.answer(-1)["hashes"] == [reader.testsite.answer(-1)["record"]["content_hash"]]
    assert reader.post(-1)[0] == 200
    assert reader.listed(-1)


@pytest.mark.parametrize("field", ["title", "summary", "body"])
def test_edit(reader, field):
    testsite = reader.testsite
    index = text_post(testsite)
    others = [testsite.answer(n) for n in range(POSTS) if n != index]
    before, old = testsite.answer(index), reader.post(index)
    tag, modified = validators(old[1])
    texts = {before["record"][field]}
    for times in (2, 3):
        testsite.edit(index, field)
        answer = testsite.answer(index)
        record = answer["record"]
        texts.add(record[field])
        assert len(texts) == len(answer["hashes"]) == len(set(answer["hashes"])) == times
        assert answer["hashes"][-1] == record["content_hash"]
    assert answer["hashes"][0] == before["record"]["content_hash"]
    assert {name for name in ("title", "summary", "body") if record[name] != before["record"][name]} == {field}
    same = ("id", "canonical_url", "authors", "published_at", "images", "links", "related", "tags")
    assert {name: record[name] for name in same} == {name: before["record"][name] for name in same}
    assert record["modified_at"] > (before["record"]["modified_at"] or before["record"]["published_at"])
    status, headers, text = reader.post(index, if_none_match=tag, if_modified_since=modified)
    assert status == 200
    assert reader.post(index, if_modified_since=modified)[0] == 200
    assert headers["ETag"] != tag
    assert parsedate_to_datetime(headers["Last-Modified"]) > parsedate_to_datetime(modified)
    assert reader.post(index, if_none_match=headers["ETag"])[0] == 304
    assert text != old[2]
    assert [testsite.answer(n) for n in range(POSTS) if n != index] == others


def test_edit_gives_a_summary_to_a_post_without_one():
    testsite = SyntheticSite(posts=POSTS, seed=3)
    index = next(n for n in range(POSTS) if testsite.answer(n)["record"]["summary"] is None)
    testsite.edit(index, "summary")
    assert testsite.answer(index)["record"]["summary"]


def test_edit_refuses_what_there_is_not():
    testsite = SyntheticSite(posts=POSTS, seed=3)
    video = next(n for n in range(POSTS) if testsite.answer(n)["record"]["body"] is None)
    before = testsite.answer(video)
    with pytest.raises(ValueError, match=f"post {video} has no body"):
        testsite.edit(video, "body")
    with pytest.raises(ValueError, match=r"field: 'author' is unknown\. Give one of title, summary, body"):
        testsite.edit(video, "author")
    assert testsite.answer(video) == before
    testsite.edit(video, "title")
    assert len(testsite.answer(video)["hashes"]) == 2


def test_touch(reader):
    testsite = reader.testsite
    index = text_post(testsite, without=("redesigned", "no-machine-blocks", "no-image"))
    before, (_, old, text) = testsite.answer(index), reader.post(index)
    testsite.touch(index)
    assert testsite.answer(index) == before
    status, headers, touched = reader.post(index, if_none_match=old["ETag"])
    assert status == 200
    assert reader.post(index, if_modified_since=old["Last-Modified"])[0] == 200
    assert headers["ETag"] != old["ETag"]
    sized = [re.search(r"\?(v=\d+&)?(amp;)?width=1000", page)[0] for page in (text, touched)]
    assert sized[0] != sized[1]


@pytest.mark.parametrize("status", [404, 410])
def test_remove(reader, status):
    testsite = reader.testsite
    index = text_post(testsite)
    tag, address = reader.post(index)[1]["ETag"], reader.address(index)
    month = testsite.archive.post(index).published
    sitemap = f"/sitemaps/all/sitemap-{month.year}-{month.month}.xml"
    pages = ("/", testsite.archive.section_path(testsite.archive.post(index).section), sitemap)
    assert all(reader.links(reader.get(page)[2], index) for page in pages)
    testsite.remove(index, status)
    assert reader.get(address)[0] == status
    assert reader.get(address, if_none_match=tag)[0] == status
    assert [reader.links(reader.get(page)[2], index) for page in pages] == [0, 0, 0]
    answer = testsite.answer(index)
    assert (answer["reachable"], answer["removed"], answer["listings"]) == (False, status, [])
    assert len(list(testsite.answers())) == POSTS


def test_collide(reader):
    testsite = reader.testsite
    index = text_post(testsite)
    before, (_, old, _) = testsite.answer(index), reader.post(index)
    other = testsite.collide(index)
    assert other == testsite.archive.first
    one, two = testsite.answer(index), testsite.answer(other)
    assert (one["reachable"], two["reachable"]) == (False, True)
    assert one["record"] == before["record"]
    assert two["record"]["canonical_url"] == one["record"]["canonical_url"]
    assert two["record"]["kind"] == one["record"]["kind"]
    assert two["post_id"] != one["post_id"]
    assert two["record"]["content_hash"] != one["record"]["content_hash"]
    assert reader.listed(other)
    assert reader.post(index, if_modified_since=old["Last-Modified"])[0] == 200
    status, headers, text = reader.post(index, if_none_match=old["ETag"])
    assert status == 200
    assert headers["ETag"] == reader.post(other)[1]["ETag"] != old["ETag"]
    assert testsite.archive.post(other).authors[0].label in text
    again = testsite.collide(other)
    assert [testsite.answer(n)["reachable"] for n in (index, other, again)] == [False, False, True]


def test_a_collision_with_every_kind_of_post():
    testsite = SyntheticSite(posts=100, seed=4)
    for index in range(100):
        if testsite.answer(index)["reachable"]:
            other = testsite.collide(index)
            assert testsite.answer(other)["record"]["kind"] == testsite.answer(index)["record"]["kind"]
    shown = {}
    for answer in testsite.answers():
        if answer["reachable"]:
            assert shown.setdefault(answer["record"]["canonical_url"].lower(), answer["index"]) == answer["index"]
            assert testsite.archive.find(testsite.path(answer["index"])) == answer["index"]


def test_broken_and_repaired_blocks(reader):
    testsite = reader.testsite
    index = text_post(testsite)
    before, (_, old, text) = testsite.answer(index), reader.post(index)
    assert before["post_id"] in text
    testsite.break_blocks(index)
    broken = testsite.answer(index)
    status, headers, text = reader.post(index, if_none_match=old["ETag"])
    assert status == 200
    assert "tawsiyat-metadata" not in text
    assert "ld+json" not in text
    # An address of the short layout has the number.
    assert before["post_id"] not in text.replace(testsite.path(index), "").replace(reader.address(index), "")
    assert broken["record"]["post_id"] is None
    assert broken["record"]["id"].split(":")[1] == "url"
    assert (broken["post_id"], broken["hashes"]) == (before["post_id"], before["hashes"])
    assert broken["record"]["body"] == before["record"]["body"]
    testsite.repair_blocks(index)
    assert testsite.answer(index) == before
    assert reader.post(index, if_none_match=headers["ETag"])[0] == 200


def test_blocks_that_a_page_cannot_be_read_without_are_not_broken():
    testsite = SyntheticSite(posts=POSTS, seed=3)
    for index in range(POSTS):
        answer = testsite.answer(index)
        if answer["reachable"] and (answer["record"]["body"] is None or "redesigned" in answer["variants"]):
            with pytest.raises(ValueError, match=f"post {index} cannot be read without its blocks"):
                testsite.break_blocks(index)
            assert testsite.answer(index) == answer


def test_redirect(reader):
    testsite = reader.testsite
    index = text_post(testsite)
    before, old = testsite.answer(index), reader.address(index)
    testsite.redirect(index)
    status, headers, _ = reader.get(old)
    assert status == 301
    new = urlsplit(headers["Location"])
    assert new.netloc.startswith("127.0.0.1:")
    assert new.path == reader.address(index) != old
    assert reader.get(new.path)[0] == 200
    assert reader.listed(index)
    answer = testsite.answer(index)
    assert answer["reachable"]
    assert (answer["post_id"], answer["hashes"]) == (before["post_id"], before["hashes"])


def test_changes_go_together(reader):
    testsite = reader.testsite
    index = text_post(testsite)
    testsite.edit(index, "body")
    testsite.break_blocks(index)
    testsite.edit(index, "title")
    testsite.redirect(index)
    testsite.repair_blocks(index)
    testsite.edit(index, "summary")
    assert len(set(testsite.answer(index)["hashes"])) == 4
    other = testsite.collide(index)
    testsite.remove(other, 410)
    assert reader.post(index)[0] == 410
    assert [testsite.answer(n)["reachable"] for n in (index, other)] == [False, False]


@pytest.mark.parametrize(("seed", "addresses"), list(enumerate(LAYOUTS)))
def test_after_any_changes_the_answers_are_true(seed, addresses):
    testsite, random = SyntheticSite(posts=60, seed=seed, addresses=addresses), Random(seed)
    for _ in range(100):
        reachable = [index for index in testsite.archive.indexes() if testsite.archive.reachable(index)]
        name = random.choice(("publish", "title", "summary", "touch", "remove", "collide", "redirect", "repair_blocks"))
        if name == "publish":
            testsite.publish(random.randrange(4))
        elif name in ("title", "summary"):
            testsite.edit(random.choice(reachable), name)
        else:
            getattr(testsite, name)(random.choice(reachable))
    served, listed = {}, Counter()
    for answer in testsite.answers():
        target = urlsplit(answer["record"]["canonical_url"]).path
        reply = testsite.reply(target, "http://127.0.0.1:1")
        listed.update(listing["url_path"] for listing in answer["listings"])
        if answer["reachable"]:
            assert reply.status == 200
            assert answer["post_id"] in reply.headers["ETag"]
            assert served.setdefault(target.lower(), answer["index"]) == answer["index"]
        elif reply.status == 200:
            assert answer["post_id"] not in reply.headers["ETag"]
    for listing in testsite.archive.listings.values():
        assert testsite.archive.count(listing) == listed[listing.path]
        assert len(testsite.archive.members(listing, 0, 1000)) == listed[listing.path]


def before_a_namesake():
    """A test site whose next post will take the address of an older one by nature, and the indexes of both."""
    testsite = SyntheticSite(posts=100, seed=3)
    archive = testsite.archive
    older = next(n for n in range(-1, -100, -1) if archive.twin(n) and archive.post(n).section.kind == "news")
    newer = archive.twin(older)
    testsite.publish(-newer - 1)
    assert archive.reachable(older)
    return testsite, older, newer


@pytest.mark.parametrize("name", ["redirect", "remove", "collide", "touch"])
def test_a_namesake_of_a_changed_post(name):
    testsite, older, newer = before_a_namesake()
    address = testsite.path(older)
    getattr(testsite, name)(older)
    testsite.publish(10)
    holders = [n for n in testsite.archive.indexes() if testsite.archive.reachable(n) and testsite.path(n) == address]
    reply = testsite.reply(address, "http://127.0.0.1:1")
    if name == "redirect":
        assert (reply.status, holders) == (301, [])
        assert testsite.archive.reachable(older)
    else:
        (holder,) = holders
        assert testsite.answer(holder)["post_id"] in reply.headers["ETag"]
        assert (holder == newer) == (name != "collide")


def test_a_collision_takes_no_other_address_from_everybody():
    testsite, older, newer = before_a_namesake()
    testsite.collide(text_post(testsite))
    reply = testsite.reply(testsite.path(older), "http://127.0.0.1:1")
    assert testsite.answer(newer)["post_id"] in reply.headers["ETag"]


def test_posts_that_are_not_there_are_not_changed():
    testsite = SyntheticSite(posts=50)
    testsite.remove(1)
    changes = ("touch", "remove", "collide", "break_blocks", "repair_blocks", "redirect")
    for name in changes:
        with pytest.raises(ValueError, match="the address of post 1 does not serve it"):
            getattr(testsite, name)(1)
        with pytest.raises(IndexError, match="50 is not a post"):
            getattr(testsite, name)(50)
    with pytest.raises(ValueError, match="the address of post 1 does not serve it"):
        testsite.edit(1, "title")
    with pytest.raises(ValueError, match=r"status: 500 is not a status of a removed post\. Give 404 or 410"):
        testsite.remove(2, 500)


def test_changed_while_served():
    testsite, done, asked = SyntheticSite(posts=POSTS, seed=3), threading.Event(), threading.Semaphore(0)

    def read():
        with Reader(server) as reader:
            while not done.is_set():
                for target in ("/", "/sitemaps/all/sitemap-2025-11.xml", *map(reader.address, range(30, 36))):
                    assert reader.get(target)[0] in (200, 301, 404), target

    with Server(testsite, on_request=lambda *_: asked.release()) as server, ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        try:
            for index in range(30, 60):
                if testsite.answer(index)["reachable"]:
                    testsite.edit(index, "title")
                    testsite.touch(index)
                    testsite.publish()
                    (testsite.redirect, testsite.remove, testsite.collide)[index % 3](index)
                    for _ in range(4):  # the readers go on meanwhile
                        assert asked.acquire(timeout=300)
        finally:
            done.set()
        for found in readers:
            found.result()


# Requests


def test_on_request_is_called_before_the_answer():
    calls = []
    server = Server(
        SyntheticSite(posts=60), on_request=lambda number, path: calls.append((number, path, len(server.log)))
    )
    with server, Reader(server) as reader:
        for target in ("/robots.txt", "/news/politics?page=2", "/nope"):
            reader.get(target)
    assert calls == [(1, "/robots.txt", 0), (2, "/news/politics?page=2", 1), (3, "/nope", 2)]
