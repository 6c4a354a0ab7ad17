"""Pages kept by a crawl, and records made again from them alone."""

from __future__ import annotations

import gzip
import io
import json
import random
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import brotli
import pytest
from backports import zstd
from warcio.archiveiterator import ArchiveIterator

from mayadeen.archives.captures import CaptureReader, archive_files
from mayadeen.archives.check import records_without_page
from mayadeen.archives.extract import CaptureExtractor
from mayadeen.archives.records import RecordReader
from mayadeen.archives.writer import MAX_BODIES, Exchange, WarcWriter, repair_archives
from tests.support.crawl_runner import Crawl, CrawlRunner, Run
from tests.support.preloaded import scrapy
from testsite import Server, SyntheticSite
from testsite.site import Reply

pytestmark = pytest.mark.process
KEEP = ("-s", "MAYADEEN_WARC=True")
NOT_ON_THE_PAGE = {"revision", "previous_hash"}
"""Identity that comes from the state."""


def remade(data: Path) -> dict[str, dict[str, Any]]:
    """The records of a data folder's archives, by URL."""
    extractor, found = CaptureExtractor(), {}
    for path in archive_files(data / "warc"):
        reader = CaptureReader(path)
        for capture in reader:
            record = extractor.extract(capture).record
            if record is not None:
                found[record.url] = vars(record)
        assert reader.damage == []
    return found


def assert_made_again(data: Path) -> list[dict[str, Any]]:
    """The feed of a data folder, which its archives alone give again."""
    records, made = Run(0, "", "", data).records, remade(data)
    assert len({record["id"] for record in records}) == len(records)
    for record in records:
        again = made[record["url"]]
        assert {name: without_files(name, value) for name, value in record.items() if name not in NOT_ON_THE_PAGE} == {
            name: without_files(name, value) for name, value in again.items() if name not in NOT_ON_THE_PAGE
        }
    return records


def without_files(name: str, value: Any) -> Any:
    """The value of a field, without path and checksum of downloaded images."""
    return [{**image, "path": None, "checksum": None} for image in value] if name == "images" else value


@pytest.mark.parametrize("posts", [60, pytest.param(600, marks=pytest.mark.soak)])
@pytest.mark.parametrize("edition", ["en", "ar", "es"])
def test_all_records_are_made_again_from_the_archive_alone(crawl: Crawl, edition: str, posts: int) -> None:
    with Server(SyntheticSite(posts=posts, seed=6, edition=edition)) as server:
        run = crawl(server.url, *KEEP, "-a", f"edition={edition}")
        assert run.exit_code in (0, 3), run.stderr
        requests = len(server.log)
    records = assert_made_again(run.data)
    assert len(records) > posts / 2
    assert {record["url"] for record in records} == set(remade(run.data))
    (path,) = (run.data / "warc").iterdir()
    reader = CaptureReader(path)
    captures = list(reader)
    assert reader.counts["response"] + reader.counts["revisit"] == reader.counts["request"] == requests
    assert any(c.url.endswith("/robots.txt") for c in captures)
    info = captures[0].info
    assert (info["mayadeen-run"], info["mayadeen-edition"]) == (path.name.partition("-00001")[0], edition)


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": brotli.compress, "gzip": gzip.compress, "zstd": zstd.compress, "identity": lambda body: body,
}  # fmt: skip


def packed(number: int, path: str, reply: Reply) -> Reply:
    """The reply in windows-1256, and in each content coding in turn."""
    if reply.status != 200 or not reply.type.startswith("text/html"):
        return reply
    coding = list(CODINGS)[number % len(CODINGS)]
    body = CODINGS[coding](reply.body.decode().encode("windows-1256", "xmlcharrefreplace"))
    kind = "text/html; charset=windows-1256"
    return replace(reply, body=body, type=kind, headers={**reply.headers, "Content-Encoding": coding})


@pytest.mark.parametrize("addresses", ["plain", pytest.param("short", marks=pytest.mark.soak)])
def test_pages_of_each_coding_in_an_old_charset_are_kept_as_they_came(crawl: Crawl, addresses: str) -> None:
    site = SyntheticSite(posts=60, seed=6, edition="ar", addresses=addresses)
    with Server(site, scenario=packed) as server:
        run = crawl(server.url, *KEEP, "-a", "edition=ar")
    records = assert_made_again(run.data)
    titles = {answer["record"]["title"] for answer in site.answers() if answer["record"]}
    assert {record["title"] for record in records} <= titles
    kept: Counter[str] = Counter()
    for path in archive_files(run.data / "warc"):
        for capture in CaptureReader(path):
            if (capture.metadata or {}).get("record") == "article":
                kept[capture.header("Content-Encoding")] += 1
                assert capture.header("Content-Type") == "text/html; charset=windows-1256"
    assert kept.keys() == CODINGS.keys()
    assert kept.total() >= len(records) > 30


def test_the_note_of_an_article_has_what_is_not_on_its_page(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=60, seed=6)) as server:
        run = crawl(server.url, *KEEP, "-a", "sections=politics")
    (path,) = (run.data / "warc").iterdir()
    notes = {(c.url, c.date): c.metadata for c in CaptureReader(path) if c.metadata is not None}
    assert run.records
    for record in run.records:
        note = notes[record["url"], record["fetched_at"]]
        assert note["discovered_via"] == record["discovered_via"]
        assert urlsplit(note["requested_url"]).path == urlsplit(record["url"]).path
        assert note["section"][0] == "Politics"
        assert note["kind"] == record["kind"] == "news"


def test_a_page_that_is_not_modified_is_a_revisit(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=60, seed=6)) as server:
        assert crawl(server.url, *KEEP, "-a", "limit=5").exit_code == 0
        assert crawl(server.url, *KEEP, "-a", "mode=refresh", "-a", "limit=1").exit_code == 0
        run = crawl(server.url, *KEEP, "-a", "mode=refresh")
    assert run.exit_code == 0, run.stderr
    profiles = set()
    for path in archive_files(run.data / "warc"):
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                if record.rec_type == "revisit":
                    profiles.add((record.http_headers.get_statuscode(), record.rec_headers.get_header("WARC-Profile")))
    statuses = {status for status, _ in profiles}
    if any("304" in line for line in statuses):
        assert ("304", "http://netpreserve.org/warc/1.1/revisit/server-not-modified") in profiles


def exchange(n: int, **more: Any) -> Exchange:
    given: dict[str, Any] = {
        "url": f"http://user:word@x.test/{n}", "started_at": "2026-11-20T10:00:00Z", "method": "GET",
        "request_headers": [("User-Agent", "mayadeen"), ("Authorization", "Basic eHl6"), ("Cookie", "a=1"), ("Proxy-Authorization", "x")],
        "status": 200, "reason": "OK",
        "response_headers": [("Content-Type", "text/html"), ("Set-Cookie", "a=1"), ("Transfer-Encoding", "chunked")],
        "body": b"page %d" % n,
    }  # fmt: skip
    return Exchange(**given | more)


def written(data: Path, *exchanges: Exchange, **more: Any) -> list[Path]:
    writer = WarcWriter(data, "r1", {"software": "test"}, **more)
    for one in exchanges:
        writer.write(one)
    writer.close()
    return sorted((data / "warc").iterdir())


def test_no_credentials_are_kept(tmp_path: Path) -> None:
    (path,) = written(tmp_path, exchange(1))
    text = gzip.decompress(path.read_bytes()).decode().lower()
    for secret in ("authorization", "cookie", "user:word", "ehl6", "a=1", "chunked"):
        assert secret not in text, secret
    assert "user-agent: mayadeen" in text


def test_a_page_whose_note_comes_later_has_it(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, "r1", {})
    id = writer.write(exchange(1))
    writer.write(exchange(2))
    writer.add_note("http://x.test/1", "2026-11-20T10:00:00Z", id, {"record": "article"})
    writer.close()
    (path,) = (tmp_path / "warc").iterdir()
    found = [(c.url, c.metadata) for c in CaptureReader(path)]
    assert ("http://x.test/1", {"record": "article"}) in found
    assert ("http://x.test/2", None) in found


def test_pages_fetched_in_search_of_a_name_are_kept_with_their_notes(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=60, seed=6)) as server:
        tag = next(
            a["record"]["tags"][0]["name"] for a in server.testsite.answers() if a["record"] and a["record"]["tags"]
        )
        run = crawl(server.url, *KEEP, "-a", f"tags={tag}", spider="tags")
    assert run.records, run.stderr
    assert {r["url"] for r in run.records} <= set(remade(run.data))


def test_files_are_rotated_and_open_until_they_are_closed(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, "r1", {}, max_size=2000)
    writer.write(exchange(1))
    assert [p.name for p in (tmp_path / "warc").iterdir()] == ["r1-00001.warc.gz.open"]
    for n in range(2, 6):
        writer.write(exchange(n))
    writer.close()
    names = sorted(p.name for p in (tmp_path / "warc").iterdir())
    assert len(names) > 1
    assert names == [f"r1-{n:05d}.warc.gz" for n in range(1, len(names) + 1)]
    urls = [c.url for name in names for c in CaptureReader(tmp_path / "warc" / name)]
    assert urls == [f"http://x.test/{n}" for n in range(1, 6)]


def test_identical_bodies_are_revisits_and_resolved(tmp_path: Path) -> None:
    (path,) = written(tmp_path, exchange(1, body=b"same"), exchange(2, body=b"same"), exchange(3, body=b"other"))
    reader = CaptureReader(path)
    assert [(c.url[-1], c.body) for c in reader] == [("1", b"same"), ("2", b"same"), ("3", b"other")]
    assert reader.counts["revisit"] == 1


def test_a_body_that_comes_again_much_later_is_resolved_too(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, "run", {})
    for n, body in enumerate([b"same", *(b"%d" % n for n in range(MAX_BODIES)), b"same", b"same"]):
        writer.write(Exchange(f"https://a.example/{n}", "2026-11-20T10:00:00Z", "GET", [], 200, "OK", [], body))
    writer.close()
    reader = CaptureReader(tmp_path / "warc" / "run-00001.warc.gz")
    assert [capture.body for capture in reader][-2:] == [b"same", b"same"]
    assert (reader.counts["revisit"], reader.counts["revisit_unresolved"]) == (1, 0)


def test_what_a_kill_left_is_cut_to_its_last_whole_record(tmp_path: Path) -> None:
    (path,) = written(tmp_path, *(exchange(n) for n in range(4)))
    data, folder = path.read_bytes(), path.parent
    path.unlink()
    for cut in range(len(data) + 1):
        left = folder / "r1-00001.warc.gz.open"
        left.write_bytes(data[:cut])
        repaired = repair_archives(tmp_path)
        assert not left.exists()
        if repaired:
            reader = CaptureReader(repaired[0])
            list(reader)
            assert reader.damage == []
            repaired[0].unlink()
    assert cut == len(data)


@pytest.mark.parametrize("kept", [0, 1, 2, 3])
def test_records_whose_page_a_power_cut_lost_are_named(tmp_path: Path, kept: int) -> None:
    (path,) = written(tmp_path, *(exchange(n) for n in range(3)))
    with path.open("rb") as file:
        starts = [record.offset for record in RecordReader(file) if record.type == "response"]
    end = [0, *starts[1:], path.stat().st_size][kept]
    path.with_name(f"{path.name}.open").write_bytes(path.read_bytes()[: end + (kept < 3) * 30])
    path.unlink()
    (tmp_path / "articles").mkdir()
    for run, numbers in {"r1": range(3), "without-pages": [7]}.items():
        records = [{"url": f"http://x.test/{n}", "fetched_at": "2026-11-20T10:00:00Z"} for n in numbers]
        (tmp_path / "articles" / f"{run}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    repair_archives(tmp_path)
    feed = tmp_path / "articles" / "r1.jsonl"
    assert records_without_page(tmp_path) == [
        f"{feed}, line {n + 1}: its page is not in warc/ (http://x.test/{n})" for n in range(kept, 3)
    ]


def test_the_archive_of_a_run_under_way_is_left_alone(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, "r1", {})
    writer.write(exchange(1))
    assert repair_archives(tmp_path) == []
    writer.close()
    assert [p.name for p in (tmp_path / "warc").iterdir()] == ["r1-00001.warc.gz"]


def test_other_tools_read_what_is_written(tmp_path: Path) -> None:
    from fastwarc.warc import ArchiveIterator as Fast

    (path,) = written(
        tmp_path, exchange(1, note={"record": "article"}), exchange(2, status=304, reason="Not Modified", body=b"")
    )
    with path.open("rb") as file:
        records = [
            (r.rec_type, r.rec_headers.get_header("WARC-Date")) for r in ArchiveIterator(file, check_digests="raise")
        ]
    assert [kind for kind, _ in records] == ["warcinfo", "response", "metadata", "request", "revisit", "request"]
    assert {date for _, date in records[1:]} == {"2026-11-20T10:00:00Z"}
    assert len(list(Fast(io.BytesIO(path.read_bytes()), verify_digests=True, auto_decode="none"))) == 6


@pytest.fixture
def extract(tmp_path: Path) -> Callable[..., Run]:
    """``scrapy extract`` on these arguments."""

    def run(*args: str) -> Run:
        done = scrapy("extract", *args)
        return Run(done.returncode, done.stdout, done.stderr, tmp_path)

    return run


def test_extract_reads_archives_and_folders_and_names_what_was_lost(crawl: Crawl, extract: Callable[..., Run]) -> None:
    with Server(SyntheticSite(posts=60, seed=6)) as server:
        run = crawl(server.url, *KEEP, "-a", "limit=5")
    (path,) = (run.data / "warc").iterdir()
    whole = extract(str(run.data / "warc"))
    assert whole.exit_code == 0, whole.stderr
    ids = [json.loads(line)["id"] for line in whole.stdout.splitlines()]
    assert {r["id"] for r in run.records} <= set(ids), "and the articles beyond the limit that were under way"
    assert whole.stderr.count("\n") == 1
    assert f"extract: {path}: " in whole.stderr
    assert f"records {len(ids)}" in whole.stderr
    path.write_bytes(path.read_bytes()[:-50])
    cut = extract(str(path))
    assert cut.exit_code == 3
    assert "the file ends within a member" in cut.stderr


@pytest.mark.soak
@pytest.mark.parametrize(("posts", "kills", "edition"), [(600, 10, "en"), (600, 10, "ar"), (600, 10, "es")])
def test_after_kills_every_record_has_its_page(tmp_path: Path, posts: int, kills: int, edition: str) -> None:
    chance, data = random.Random(7), tmp_path / "data"
    last_request = 0

    def arrived(number: int, path: str) -> None:
        if number == last_request and runner.process is not None:
            runner.process.kill()

    site = SyntheticSite(posts=posts, seed=6, edition=edition)
    exits = []
    with Server(site, on_request=arrived) as server:
        for kill in range(kills + 1):
            runner = CrawlRunner(server.url, data, MAYADEEN_WARC=True, CONCURRENT_REQUESTS_PER_DOMAIN=8)
            last_request = len(server.log) + chance.randint(12, posts // kills) if kill < kills else 0
            run = runner.watch(lambda process, line: None, "-a", f"edition={edition}")
            exits.append(run.exit_code)
    assert exits[:-1] == [-signal.SIGKILL] * kills
    assert exits[-1] in (0, 3), run.stderr
    assert not list((data / "warc").glob("*.open"))
    assert len(assert_made_again(data)) > posts / 2
    assert records_without_page(data) == []
