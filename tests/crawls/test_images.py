"""Whole crawls with `MAYADEEN_IMAGES`: original pictures next to the records."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator

from mayadeen import published_schemas as schemas
from tests.support.crawl_runner import Crawl, Run
from tests.support.site import Answer, Site
from tests.support.troubles import keeps
from testsite import Server, SyntheticSite
from testsite.pictures import picture

ON = ("-s", "MAYADEEN_IMAGES=True")
HOST = "https://media-en.almayadeen.net"
JPEG = picture("/media/image/any.jpg")


def images(run: Run) -> list[dict[str, Any]]:
    return [image for record in run.records for image in record["images"]]


def files(run: Run) -> set[str]:
    return {str(path.relative_to(run.data)) for path in (run.data / "images").rglob("*") if path.is_file()}


def sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def answer(content: bytes | None = None) -> Answer:
    assert JPEG
    return Answer(content or JPEG[0], content_type="image/jpeg")


def crawled_site(site: Site, pictures: dict[str, list[str]]) -> None:
    """Politics with an article for each path, which shows these pictures."""
    site.front(Politics="/news/politics")
    site.listing("/news/politics", list(pictures))
    for number, (path, urls) in enumerate(pictures.items(), 1):
        site.article(path, number)
        shown = "".join(f"<figure><img src='{url}'></figure>" for url in urls)
        page = site.pages[path]
        page.body = str(page.body).replace("</div></section>", f"{shown}</div></section>")


def start_again(run: Run) -> None:
    """Leave the pictures, and nothing that is known of articles."""
    shutil.rmtree(run.data / "articles")
    (run.data / "state.sqlite").unlink()


def test_the_original_bytes_of_every_picture(crawl: Crawl) -> None:
    testsite = SyntheticSite(posts=120, seed=7)
    with Server(testsite) as server:
        run = crawl(
            server.url, *ON, "-a", "sections=news,articles,in-pictures", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8"
        )
        asked = [arrival.path for arrival in server.log if arrival.path.startswith("/media/")]
        first, records = len(server.log), run.records
        start_again(run)
        again = crawl(server.url, *ON, "-a", "sections=news,articles,in-pictures")
        asked_again = [arrival.path for arrival in server.log[first:] if arrival.path.startswith("/media/")]
    assert run.exit_code == again.exit_code == 0, run.stderr + again.stderr
    found = [image for record in records for image in record["images"]]
    served = [image for image in found if testsite.image(image["url"])]
    assert len(served) > 50
    for image in served:
        original = testsite.image(image["url"])
        assert original
        assert (run.data / image["path"]).read_bytes() == original
        assert image["checksum"] == sha256(original)
        assert image["path"].endswith(".png" if original.startswith(b"\x89PNG") else ".jpg")
    assert {image["path"].rpartition(".")[2] for image in served} == {"jpg", "png"}
    missing = [image for image in found if not testsite.image(image["url"])]
    assert missing
    assert all(image["path"] is image["checksum"] is None for image in missing)
    assert {image["path"] for image in served} == files(run)

    # Each original is fetched once. The second run fetches only those that failed.
    assert sorted(asked) == sorted({urlsplit(image["url"]).path for image in found})
    assert set(asked_again) == {urlsplit(image["url"]).path for image in missing}

    written = again.records
    assert len(written) == len(records)
    by_id = {record["id"]: record["images"] for record in records}
    assert {record["id"]: record["images"] for record in written} == by_id
    schema = Draft202012Validator(schemas.load("article.schema.json"))
    assert [error.message for record in written for error in schema.iter_errors(record)] == []


def test_a_failed_image_is_counted_and_costs_no_article(crawl: Crawl, site: Site) -> None:
    wanted = [f"{HOST}/{name}.jpg" for name in ("good", "missing", "page", "empty", "cut", "moved", "astray", "away")]
    crawled_site(site, {"/news/politics/a-1": [*wanted, "https://pictures.example.org/x.jpg", "/own.jpg?v=3&width=10"]})
    site.pages["/good.jpg"] = site.pages["/own.jpg"] = site.pages["/new.jpg"] = answer()
    site.pages["/page.jpg"] = Answer("<h1>A page</h1>")
    site.pages["/empty.jpg"] = Answer(b"", content_type="image/jpeg")
    site.pages["/cut.jpg"] = answer(b"\x89PNG\r\n\x1a\n\0\0\0")
    site.pages["/moved.jpg"] = Answer(status=301, location="/new.jpg")
    site.pages["/astray.jpg"] = Answer(status=301, location="https://example.org/x.jpg")
    # From a mirror nothing of the real site is asked.
    site.pages["/away.jpg"] = Answer(status=301, location=f"{HOST}/away.jpg")
    run = crawl(site.url, *ON)
    assert {image["url"].rpartition("/")[2] for image in images(run) if image["path"]} == {
        "good.jpg", "moved.jpg", "own.jpg",
    }  # fmt: skip
    assert len(images(run)) == 10
    assert len(files(run)) == 3
    assert run.exit_code == 3, run.last_line  # more pictures failed than were fetched
    assert "7 images failed (3 not_image, 3 offsite, 1 404): have their URLs changed" in run.last_line
    assert "'images/failed/not_image': 3" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_picture_in_two_articles_is_fetched_once(crawl: Crawl, site: Site) -> None:
    crawled_site(site, {f"/news/politics/a-{n}": [f"{HOST}/one.jpg", f"{HOST}/none.jpg"] for n in (1, 2, 3)})
    site.pages["/one.jpg"] = answer()
    run = crawl(site.url, *ON)
    assert run.exit_code == 0, run.stderr
    assert run.last_line.endswith(" · 3 images failed (3 404)")
    assert sorted(path for path in site.requests if path.endswith(".jpg")) == ["/none.jpg", "/one.jpg"]
    assert len({image["path"] for image in images(run)} - {None}) == 1


def test_robots_txt_holds_for_pictures(crawl: Crawl, site: Site) -> None:
    crawled_site(site, {"/news/politics/a-1": [f"{HOST}/private/x.jpg", f"{HOST}/open.jpg"]})
    site.pages["/robots.txt"] = Answer("User-agent: *\nDisallow: /private/\n", content_type="text/plain")
    site.pages["/open.jpg"] = site.pages["/private/x.jpg"] = answer()
    run = crawl(site.url, *ON)
    assert run.exit_code == 0, run.stderr
    assert "/private/x.jpg" not in site.requests
    assert "/open.jpg" in site.requests
    assert "1 image failed (1 robots)" in run.last_line


def test_off_nothing_is_asked_and_no_folder_is_made(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=60, seed=7)) as server:
        run = crawl(server.url, "-a", "limit=10")
        asked = [arrival.path for arrival in server.log]
    assert run.exit_code == 0, run.stderr
    assert images(run)
    assert all(image["path"] is image["checksum"] is None for image in images(run))
    assert not [path for path in asked if path.startswith("/media/")]
    assert not (run.data / "images").exists()


@pytest.mark.parametrize("at_once", [1, 8])
def test_limit_is_exact_and_pictures_are_settled(crawl: Crawl, at_once: int) -> None:
    testsite = SyntheticSite(posts=100, seed=1)
    with Server(testsite) as server:
        run = crawl(server.url, *ON, "-a", "limit=3", "-s", f"CONCURRENT_REQUESTS_PER_DOMAIN={at_once}")
        asked = [arrival.path for arrival in server.log if arrival.path.startswith("/media/")]
    assert run.exit_code == 0, run.stderr
    assert len(run.records) == 3
    assert sorted(asked) == sorted(urlsplit(image["url"]).path for image in images(run))
    assert all(bool(image["path"]) == bool(testsite.image(image["url"])) for image in images(run))


def test_a_gallery_with_more_pictures_than_requests_at_once(crawl: Crawl, site: Site) -> None:
    names = [f"/{n}.jpg" for n in range(60)]
    crawled_site(site, {f"/news/politics/a-{k}": [HOST + name for name in names[k::3]] for k in range(3)})
    for name in names:
        site.pages[name] = answer()
    run = crawl(site.url, *ON)
    assert run.exit_code == 0, run.stderr
    assert len(run.records) == 3
    assert len(files(run)) == 60


def test_nothing_is_written_outside_the_data_folder(crawl: Crawl, site: Site, tmp_path: Path) -> None:
    odd = [
        f"{HOST}/../../../../x.jpg",
        f"{HOST}/%2e%2e/%2e%2e/%2Fetc/x.jpg",
        f"{HOST}/a/..%5c..%5cx.jpg",
        f"{HOST}/" + "l" * 900,
    ]
    crawled_site(site, {"/news/politics/a-1": odd})
    run = crawl(site.url, *ON)
    for path in [path for path in site.requests if path not in site.pages]:
        site.pages[path] = answer()
    start_again(run)
    run = crawl(site.url, *ON)
    assert run.records[0]["images"]
    assert all(image["path"] for image in run.records[0]["images"]), run.stderr
    assert all((run.data / path).parent.parent == run.data / "images" for path in files(run))
    assert {path.name for path in tmp_path.iterdir()} == {"data"}
    found = {path.name for path in run.data.iterdir() if not path.name.startswith(".")}
    assert found == {"articles", "images", "metrics", "reports", "state.sqlite"}


def test_pictures_keep_the_pace_of_the_pages(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=60, seed=7)) as server:
        run = crawl(server.url, *ON, "-a", "limit=2", "-s", "DOWNLOAD_DELAY=0.2", "-s", "DOWNLOAD_DELAY_JITTER=0")
        arrivals = sorted(server.log, key=lambda arrival: arrival.time_monotonic)
        agents = {arrival.user_agent for arrival in server.log}
    assert run.exit_code == 0, run.stderr
    # The first two are robots.txt and the page that waited for it.
    assert len(arrivals) > 5
    assert keeps(arrivals[1:], 0.2)
    assert agents == {"mayadeen/0.1.0"}


def test_a_bad_value_is_refused(crawl: Crawl, site: Site) -> None:
    run = crawl(site.url, "-s", "MAYADEEN_IMAGES=perhaps")
    assert run.exit_code == 1
    assert run.last_line == 'articles: MAYADEEN_IMAGES: "perhaps" is neither True nor False. Use one of the two.'
    assert "Traceback" not in run.stderr
    assert site.requests == []
