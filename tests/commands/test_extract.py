from __future__ import annotations

import gzip
import json
import subprocess
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import pytest

from mayadeen.commands import extract as command_module
from mayadeen.pipelines.validate import SchemaValidator
from tests.support.preloaded import scrapy
from testsite import SyntheticSite

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[2]


def extract(*args: str, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    return scrapy("extract", *args, stdin=stdin)


@pytest.fixture(scope="module")
def testsite() -> SyntheticSite:
    return SyntheticSite(posts=60, seed=3)


def test_one_page(testsite: SyntheticSite, tmp_path: Path) -> None:
    answer = testsite.answer(1)["record"]
    page = tmp_path / "page.html"
    page.write_text(testsite.page(1), encoding="utf-8")
    done = extract(str(page), "--url", answer["canonical_url"])
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    record = json.loads(line)
    assert (record["title"], record["body"]) == (answer["title"], answer["body"])
    assert record["discovered_via"]["kind"] == "url"
    assert SchemaValidator("article.schema.json").violations(record) == []


def test_many_pages_by_their_own_addresses(testsite: SyntheticSite, tmp_path: Path) -> None:
    reported = [i for i in range(60) if "no-machine-blocks" not in testsite.variants(i)][:20]
    for index in reported:
        (tmp_path / f"{index:03}.html").write_text(testsite.page(index), encoding="utf-8")
    done = extract(*map(str, sorted(tmp_path.glob("*.html"))))
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["canonical_url"] for r in records] == [testsite.answer(i)["record"]["canonical_url"] for i in reported]


def test_standard_input(testsite: SyntheticSite) -> None:
    done = extract("-", "--url", testsite.answer(2)["record"]["canonical_url"], stdin=testsite.page(2).encode())
    assert json.loads(done.stdout)["title"] == testsite.answer(2)["record"]["title"]


@pytest.mark.parametrize(
    ("name", "data", "form"),
    [
        ("a.gz", gzip.compress(b"<html>"), "gzip"), ("a.warc.gz.open", gzip.compress(b"WARC/1.1"), "gzip"),
        ("a.bin", b"WARC/1.1\r\n", "WARC"), ("a.zip", b"PK\x03\x04", "zip"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_a_page_is_named_as_what_it_is(tmp_path: Path, name: str, data: bytes, form: str) -> None:
    (tmp_path / name).write_bytes(data)
    done = extract(str(tmp_path / name))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        f"extract: {tmp_path / name}: is a {form} file and not a page. Unpack it, or give a web archive a name that "
        "ends with .warc, .warc.gz, .warc.zst, .wacz\n"
    )


def test_records_of_an_archive_without_a_response_are_counted(tmp_path: Path) -> None:
    head = b"WARC/1.1\r\nWARC-Type: resource\r\nWARC-Target-URI: https://a.example/\r\nContent-Length: 1\r\n\r\n"
    (tmp_path / "a.warc").write_bytes(head + b"x\r\n\r\n")
    done = extract(str(tmp_path / "a.warc"))
    assert (done.returncode, done.stderr) == (0, f"extract: {tmp_path / 'a.warc'}: resource 1\n")


def test_what_is_not_an_article_is_reported_and_the_rest_goes_on(testsite: SyntheticSite, tmp_path: Path) -> None:
    good, bad, empty = tmp_path / "good.html", tmp_path / "bad.html", tmp_path / "empty.html"
    good.write_text(testsite.page(1), encoding="utf-8")
    bad.write_text("<html><title>Just a moment...</title></html>", encoding="utf-8")
    empty.write_bytes(b"")
    done = extract(
        str(bad),
        str(empty),
        str(tmp_path / "none.html"),
        str(good),
        "--url",
        "https://english.almayadeen.net/news/politics/a-b",
    )
    assert done.returncode == 3
    assert len(done.stdout.splitlines()) == 1
    reported = done.stderr.splitlines()
    assert len(reported) == 3
    assert "no article could be made of it" in reported[0]
    assert "cannot be read: No such file" in reported[2]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], 'extract: "" names no page. Name saved pages, or - for standard input.'),
        (["x.html", "--url", "ftp://a/b"], '--url: "ftp://a/b" is not an absolute http or https URL. Use the form '),
        (["x.html", "--url", "news/politics"], "is not an absolute http or https URL"),
        (["x.html", "--urls-file", "/does/not/exist"], '--urls-file: "/does/not/exist" cannot be read ('),
    ],
)
def test_bad_arguments_are_one_clear_error(args: list[str], message: str) -> None:
    done = extract(*args)
    assert done.returncode == 2
    assert message in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1256", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    meta = f'<meta charset="{encoding}">' if encoding != "utf-16" else ""
    html = f"""<html lang="ar"><head>{meta}</head><body><div class="details-white-box"><h1>عنوان</h1><ul><li>26 Jun 2023 10:58</li></ul>
    <section class="read-section"><div class="p-content"><p>نص المقال</p></div></section></div></body></html>"""
    page = tmp_path / "page.html"
    page.write_bytes(html.encode(encoding))
    done = extract(str(page), "--url", "https://www.almayadeen.net/news/politics/x-y")
    assert json.loads(done.stdout)["body"] == "نص المقال"


def test_an_unexpected_error_is_the_line_of_its_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def read(html: str, *_: object) -> object:
        if "bad" in html:
            raise RuntimeError("a fault of the reader")
        return SimpleNamespace(title="good"), None

    monkeypatch.setattr(command_module, "checked", read)
    # It closes every log handler of the process, those of pytest and of other tests too.
    monkeypatch.setattr(command_module, "configure_logging", lambda _: None)
    for name in ("bad", "good"):
        (tmp_path / f"{name}.html").write_text(name)
    command = command_module.Command()
    options = Namespace(url=None, urls_file=None, edition=None)
    command.run([str(tmp_path / "bad.html"), str(tmp_path / "good.html")], options)
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"title": "good"}
    assert "unexpected error: RuntimeError: a fault of the reader" in shown.err
    assert command.exitcode == 3
