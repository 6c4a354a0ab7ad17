"""Sitemaps as they come: whole, packed, broken, hostile, huge."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.extraction import sitemap
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.sitemap import Entry, Malformed, is_sitemap, month_of, next_entry, read_sitemap
from tests.support.linear import is_linear

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
BOMB = (
    "<!DOCTYPE urlset [<!ENTITY a 'aaaaaaaaaa'>"
    + "".join(f"<!ENTITY {y} '{f'&{x};' * 10}'>" for x, y in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)


def urlset(*locs: str, head: str = "") -> bytes:
    entries = "".join(f"<url><loc>{loc}</loc></url>" for loc in locs)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{head}<urlset xmlns='{NAMESPACE}'>{entries}</urlset>".encode()


def urls(body: bytes) -> list[str]:
    return [entry.url for entry in read_sitemap(body)]


def before_the_end(body: bytes) -> tuple[list[str], str]:
    found = []
    with pytest.raises(Malformed) as caught:  # noqa: PT012 - what came before it counts
        for entry in read_sitemap(body):
            found.append(entry.url)  # noqa: PERF401
    return found, str(caught.value)


def test_an_index_and_its_sitemaps_in_their_order() -> None:
    index = f"<sitemapindex xmlns='{NAMESPACE}'><sitemap><loc> https://x/b.xml\n</loc></sitemap><sitemap><loc>https://x/a.xml</loc></sitemap></sitemapindex>"
    assert list(read_sitemap(index.encode())) == [Entry("index", "https://x/b.xml"), Entry("index", "https://x/a.xml")]
    assert list(read_sitemap(urlset("https://x/2?a=1&amp;b=2", "https://x/1"))) == [
        Entry("sitemap", "https://x/2?a=1&b=2"),
        Entry("sitemap", "https://x/1"),
    ]


def test_the_address_is_the_page_s_not_its_picture_s() -> None:
    body = f"""<s:urlset xmlns:s="{NAMESPACE}" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"
      xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><s:url>
      <image:image><image:loc>https://x/p.jpg</image:loc></image:image><image:loc>https://x/q.jpg</image:loc>
      <s:loc><![CDATA[https://x/story?a=1&b=2]]></s:loc><s:lastmod>2025-11-09</s:lastmod>
      <news:news><news:publication_date>2025-11-08T12:00:00+02:00</news:publication_date></news:news></s:url>
      <s:url><s:lastmod>2025-11-09</s:lastmod></s:url><s:junk><s:url><s:loc>https://x/no</s:loc></s:url></s:junk>
      </s:urlset>"""
    (entry,) = read_sitemap(body.encode())
    assert entry.url == "https://x/story?a=1&b=2"
    assert entry.published == datetime(2025, 11, 8, 10, tzinfo=UTC)
    assert entry.changed == datetime(2025, 11, 9, 23, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize(
    "lastmod",
    [
        "1970-01-01",
        "1900-01-01T00:00:00Z",
        "0001-01-01T00:00:00",
        "0000-00-00",
        "2025-W36",
        "20250908",
        "",
        "soon",
        "2025-13-40",
        "0001-01-01T00:00:00+14:00",
        "٣",
        "9" * 5000,
    ],
)
def test_times_that_are_none(lastmod: str) -> None:
    body = f"<urlset><url><loc>https://x/1</loc><lastmod>{lastmod}</lastmod></url></urlset>"
    assert list(read_sitemap(body.encode())) == [Entry("sitemap", "https://x/1")]


def test_feeds() -> None:
    rss = """<rss version="2.0"><channel><link>https://x/</link><image><url>https://x/logo</url><link>https://x/</link></image>
      <item><title>A</title><link>https://x/a</link><url>n</url><pubDate>Sat, 08 Nov 2025 10:00:00 GMT</pubDate></item>
      <item><title>No address</title></item></channel></rss>"""
    assert list(read_sitemap(rss.encode())) == [
        Entry("feed", "https://x/a", published=datetime(2025, 11, 8, 10, tzinfo=UTC))
    ]
    atom = """<feed xmlns="http://www.w3.org/2005/Atom"><link href="https://x/"/><entry><link rel="edit" href="https://x/e"/>
      <link href="https://x/a"/><updated>2025-11-08T10:00:00Z</updated></entry></feed>"""
    assert list(read_sitemap(atom.encode())) == [
        Entry("feed", "https://x/a", changed=datetime(2025, 11, 8, 10, tzinfo=UTC))
    ]


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(urlset("https://x/1")),
        b"\xef\xbb\xbf\n " + urlset("https://x/1"),
        urlset("https://x/1").decode().replace("utf-8", "utf-16").encode("utf-16"),
        urlset("https://x/1") + b"\n<!-- end -->\n",
        gzip.compress(gzip.compress(urlset("https://x/1"))),
        b"https://x/1\n",
        b"\xef\xbb\xbfhttps://x/1",
    ],
)
def test_forms_in_which_one_may_come(body: bytes) -> None:
    assert urls(body) == ["https://x/1"]


def test_ampersands_that_are_not_escaped() -> None:
    body = urlset("https://x/1?a=1&b=2", "https://x/2", "https://x/3&nbsp;").replace(
        b"</urlset>", b"<url><loc><![CDATA[https://x/4?a=1&b=2]]></loc></url></urlset>"
    )
    assert urls(body) == ["https://x/1?a=1&b=2", "https://x/2", "https://x/3&nbsp;", "https://x/4?a=1&b=2"]
    assert urls(gzip.compress(body)) == urls(body)


def test_addresses_as_text() -> None:
    assert urls(b"https://x/1\r\n\nhttps://x/2 \n") == ["https://x/1", "https://x/2"]
    assert before_the_end(b"https://x/1\nnot one\n") == (["https://x/1"], "line 2 is not an address")


def test_several_addresses_in_an_entry_and_pages_in_an_index() -> None:
    assert urls(b"<urlset><url><loc>https://x/1</loc><loc>https://x/2</loc></url></urlset>") == [
        "https://x/1",
        "https://x/2",
    ]
    index = (
        b"<sitemapindex><sitemap><loc>https://x/a.xml</loc></sitemap><url><loc>https://x/1</loc></url></sitemapindex>"
    )
    assert list(read_sitemap(index)) == [Entry("index", "https://x/a.xml"), Entry("sitemap", "https://x/1")]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x/sitemap-2025-9.xml", True),
        ("https://x/news_sitemap.xml.gz", True),
        ("https://x/news/a-sitemap-story", False),
        ("https://[", False),
    ],
)
def test_addresses_of_sitemaps(url: str, *, expected: bool) -> None:
    assert is_sitemap(url) is expected


def test_non_ascii_addresses() -> None:
    assert urls(urlset("https://x/سياسة/خبر")) == ["https://x/سياسة/خبر"]


def test_entries_before_the_break_count() -> None:
    whole = urlset(*(f"https://x/{number}" for number in range(5000)))
    found, why = before_the_end(whole[: len(whole) // 2])
    assert found == [f"https://x/{number}" for number in range(len(found))]
    assert 2400 < len(found) < 2600
    assert why.startswith("it is no well-formed XML")
    packed = gzip.compress(whole)
    found, why = before_the_end(packed[: len(packed) // 2])
    assert found
    assert why.startswith("it cannot be unpacked")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "it is empty"),
        (b"\x1f\x8b\x08broken", "it cannot be unpacked"),
        (b"<html><head><title>Just a moment...</title></head></html>", "its outermost element is 'html'"),
        (b"<!DOCTYPE html><html><body></body></html>", "it has the document type 'html'"),
        (b"see https://x/1\nhttps://x/2\n", "no well-formed XML"),
        (urlset("&a;", head=BOMB.rpartition("<!ENTITY b")[0] + "]>"), "document type"),
        (urlset("&j;", head=BOMB), "document type"),
        (urlset("&x;", head="<!DOCTYPE urlset [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>"), "document type"),
        (urlset("&x;", head="<!DOCTYPE urlset SYSTEM 'http://127.0.0.1:9/x.dtd'>"), "document type"),
        (b"<urlset>" + b"<a>" * 5000, "no well-formed XML"),
    ],
)
def test_what_is_no_sitemap(body: bytes, why: str) -> None:
    found, message = before_the_end(body)
    assert found == []
    assert why in message
    assert "\n" not in message


def test_an_entity_bomb_in_an_attribute_stays_small() -> None:
    body = urlset("https://x/1", head=BOMB).replace(b"<url>", b"<url a='&j;'>")
    tracemalloc.start()
    before_the_end(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize(
    "declarations",
    [
        "".join(f"<!ATTLIST urlset a{n} CDATA 'x'>" for n in range(20_000)),
        "<!ELEMENT urlset ANY>",
        "<!NOTATION x SYSTEM 'x'>",
        "<?x?>",
        " " * 100_000,
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_before_its_declarations_are_read(declarations: str, encoding: str) -> None:
    head = f"<?xml version='1.0' encoding='{encoding}'?><!-- {'x' * 40_000} --><?x y?>"
    body = f"{head}<!DOCTYPE urlset [{declarations}]><urlset><url><loc>https://x/1</loc></url></urlset>"
    for whole in (body, body[: body.index("]>")]):
        assert before_the_end(whole.encode(encoding)) == ([], "it is no sitemap: it has the document type 'urlset'")


def test_a_document_type_without_declarations_is_read() -> None:
    whole = b"<?xml version='1.0'?><!DOCTYPE urlset><urlset><url><loc>https://x/1</loc></url></urlset>"
    assert [entry.url for entry in read_sitemap(whole)] == ["https://x/1"]
    hidden = whole.replace(b"<!D", b"<!-- <!DOCTYPE urlset> --><!D").replace(
        b"urlset><u", b"urlset [<!ENTITY a 'b'>]><u"
    )
    with pytest.raises(Malformed, match="document type"):
        list(read_sitemap(hidden))


@pytest.mark.parametrize("piece", ["<![CDATA[", "<!--", "&", "]]", "&amp;", "<?x "])
def test_open_markup_takes_linear_time(piece: str) -> None:
    def read(size: int) -> None:
        before_the_end(b"<urlset>&" + piece.encode() * (size // len(piece)))

    assert is_linear(read, 80_000)


def test_namespaces_without_end_take_linear_time() -> None:
    def read(count: int) -> None:
        spaces = " ".join(f"xmlns:n{n}='u{n}'" for n in range(count))
        urls(urlset("https://x/1").replace(b"<url>", f"<url {spaces}>".encode()))

    assert is_linear(read, 20_000)


def test_all_layers_of_compression_count(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = gzip.compress(urlset("https://x/1"))
    for members in (b"", packed):
        body = gzip.compress(gzip.compress(b"") * 20_000 + members)
        assert before_the_end(body) == ([], "it is compressed in more than 10000 parts")
    monkeypatch.setattr(sitemap, "MAX_BYTES", 1 << 20)
    assert before_the_end(gzip.compress(packed + bytes(2 << 20))) == (["https://x/1"], "it holds more than 1 MiB")


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_gzip_in_members_and_with_padding(layers: int) -> None:
    body = urlset("https://x/1", "https://x/2")
    for _ in range(layers):
        body = gzip.compress(body[:50]) + gzip.compress(b"") + gzip.compress(body[50:]) + b"\0\0"
    assert urls(body) == ["https://x/1", "https://x/2"]


def test_gzip_with_text_behind_it() -> None:
    found, why = before_the_end(gzip.compress(urlset("https://x/1")) + b"x")
    assert found == ["https://x/1"]
    assert why.startswith("it cannot be unpacked")


def test_entries_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_ENTRIES", 3)
    for body in (urlset(*["https://x/1"] * 5), b"https://x/1\n" * 5, urlset(*["https://x/1?a=1&b=2"] * 5)):
        found, why = before_the_end(body)
        assert (len(found), why) == (3, "it has more than 3 entries")


def test_an_entry_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless() -> Iterator[Entry]:
        while True:
            pass
        yield

    monkeypatch.setattr(sitemap, "bounded", lambda: bounded(0.2))
    with pytest.raises(Malformed, match=r"^reading it took more than 0\.2 seconds of CPU time$"):
        next_entry(endless())
    assert next_entry(iter([])) is None


def test_a_zip_bomb_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_BYTES", 2 * 1024 * 1024)
    body = gzip.compress(b"<urlset>" + (b"<url>" + b" " * 1000 + b"</url>") * 6000 + b"</urlset>")
    assert before_the_end(body) == ([], "it holds more than 2 MiB")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_memory_does_not_grow_with_the_addresses(pack: type[bytes]) -> None:
    padding = "s" * 120
    peaks = []
    for count in (1_000, 20_000):
        body = pack(urlset(*(f"https://x/news/politics/{padding}-{number}" for number in range(count))))
        tracemalloc.start()
        assert sum(1 for _ in read_sitemap(body)) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 150_000


def test_the_tree_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lxml holds is not in Python's own count: the parser's tree is looked at itself."""
    seen: list[int] = []
    read = sitemap._Reader.read

    def spy(self: sitemap._Reader, parser: object) -> object:
        yield from read(self, parser)  # type: ignore[arg-type]
        assert self.root is not None
        seen.append(sum(1 for _ in self.root.iter()))

    monkeypatch.setattr(sitemap._Reader, "read", spy)
    assert len(urls(urlset(*(f"https://x/{number}" for number in range(20_000))))) == 20_000
    assert len(seen) > 10
    assert max(seen) < 5


@pytest.mark.parametrize(
    ("url", "month"),
    [
        ("https://x/sitemaps/all/sitemap-2025-9.xml", (2025, 9)),
        ("https://x/sitemaps/all/sitemap-2025-12.xml.gz?v=1", (2025, 12)),
        ("https://x/sitemap-2025-09.xml", (2025, 9)),
        ("https://x/sitemap-2025-13.xml", None),
        ("https://x/sitemap-0.xml", None),
        ("https://x/news-sitemap-2025-9.xml", None),
        ("https://x/sitemap.xml", None),
    ],
)
def test_month_of(url: str, month: tuple[int, int] | None) -> None:
    assert month_of(url) == month


PIECES = st.sampled_from(
    "<urlset>|</urlset>|<url>|</url>|<loc>|</loc>|https://x/1|<sitemapindex>|</sitemapindex>|<sitemap>|</sitemap>|"
    "<rss>|<item>|<link>|</item>|<lastmod>2025-01-01</lastmod>|&amp;|&x;|<![CDATA[|]]>|<!--|-->|<?xml version='1.0'?>|"
    "<!DOCTYPE urlset [<!ENTITY x 'y'>]>|<link href='https://x/2'/>|\x00|é|<?pi?>|<a:b/>|<url xmlns='u'/>".split("|")
)


@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=30).map(lambda pieces: "".join(pieces).encode())))
def test_whatever_comes_it_is_entries_or_malformed(body: bytes) -> None:
    for packed in (body, gzip.compress(body), gzip.compress(body)[:-5]):
        with suppress(Malformed):
            assert all(entry.url for entry in read_sitemap(packed))


@given(st.lists(st.integers(0, 10**9), max_size=50), st.integers(0, 10**4))
def test_cut_anywhere_it_gives_a_beginning(numbers: list[int], cut: int) -> None:
    whole = urlset(*(f"https://x/{number}" for number in numbers))
    found = []
    try:
        for entry in read_sitemap(whole[:cut]):
            found.append(entry.url)  # noqa: PERF401
    except Malformed:
        assert cut < len(whole)
    assert found == [f"https://x/{number}" for number in numbers][: len(found)]
    if cut >= len(whole):
        assert len(found) == len(numbers)
