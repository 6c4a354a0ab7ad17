"""Figures that take longer or compare with ourselves. They run by name only: ``make bench NAME=memory``.

``memory``: resident memory at the end of a long crawl, against that after its first tenth.
``state``: opening and look-ups of a state of a million posts, against bare SQLite, and memory of a crawl on it.
``dataset-memory``: memory of ``scrapy dataset`` with a million records against a tenth of them (RECORDS=… for fewer).
``near``: precision and recall of near-duplicates by how much of a story changed, for several thresholds.
``report``: the page of a run of 5,000 articles: its size, the time to make it, and the time Chromium needs to show it.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, fields
from pathlib import Path

from benchmarks.archive_scale import archive_scale
from benchmarks.keeping import keeping
from benchmarks.reextraction import reextraction

ROOT = Path(__file__).resolve().parents[1]
FAST = {
    "DOWNLOAD_DELAY": "0",
    "AUTOTHROTTLE_ENABLED": "False",
    "CONCURRENT_REQUESTS": "16",
    "CONCURRENT_REQUESTS_PER_DOMAIN": "16",
    "WARN_ON_GENERATOR_RETURN_VALUE": "False",
    "ROBOTSTXT_OBEY": "True",
    "LOG_LEVEL": "WARNING",
}


@contextmanager
def testsite(posts: int, page_kb: int) -> Iterator[str]:
    """Serve a test site from a process of its own, and yield its address."""
    command = [sys.executable, "-m", "testsite", "serve", "--posts", str(posts), "--seed", "1", "--port", "0"]
    with subprocess.Popen([*command, "--page-kb", str(page_kb)], cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield next(w for w in server.stdout.readline().split() if w.startswith("http://")).rstrip("/")
        finally:
            server.terminate()


def crawl(base: str, data: str, *command: str) -> subprocess.Popen[bytes]:
    """Start a spider at full speed."""
    settings = {**FAST, "MAYADEEN_BASE_URL": base, "MAYADEEN_DATA_DIR": data}
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    whole = [sys.executable, "-m", "scrapy", command[0], *options, *command[1:]]
    return subprocess.Popen(whole, cwd=ROOT, env=environment)


def memory(posts: int = 20_000) -> None:
    with tempfile.TemporaryDirectory() as data, testsite(posts, 0) as base:
        process = crawl(base, data, "crawl", "articles")
        samples: list[tuple[int, int]] = []
        while process.poll() is None:
            written = sum(path.stat().st_size for path in Path(data).glob("articles/*.jsonl"))
            if (resident := resident_kb(process.pid)) and written:
                samples.append((written, resident))
            time.sleep(0.2)
        tenth = next(r for w, r in samples if w >= samples[-1][0] / 10)
        last = samples[-1][1]
        with next(Path(data).glob("articles/*.jsonl")).open("rb") as feed:
            count = sum(1 for _ in feed)
    print(f"memory: testsite of {posts} posts, {count} articles written")
    print(f"  resident {tenth / 1024:.0f} MiB after a tenth, {last / 1024:.0f} MiB at the end")
    print(f"  ratio: {last / tenth:.2f} (wanted: at most 1.2)\n")


def state(posts: int = 1_000_000, lookups: int = 20_000) -> None:
    from mayadeen.storage.database import FILE
    from mayadeen.storage.state import State

    with tempfile.TemporaryDirectory() as data, testsite(400, 0) as base:
        path = Path(data) / FILE
        fill(path, posts)
        opened = statistics.median(clocked(lambda: State.open(Path(data)).close()) for _ in range(5))
        known = State.open(Path(data))
        chance = random.Random(1)
        addresses = [address_of(chance.randrange(posts)) for _ in range(lookups)]
        bare = sqlite3.connect(Path(data) / "bare.sqlite")
        bare.execute("CREATE TABLE addresses (address TEXT PRIMARY KEY, post INTEGER NOT NULL) WITHOUT ROWID")
        bare.executemany("INSERT INTO addresses VALUES (?, ?)", ((address_of(n), n) for n in range(posts)))
        bare.commit()

        def ours() -> None:
            for address in addresses:
                assert known.posts.at(address) is not None

        def theirs() -> None:
            for address in addresses:
                assert bare.execute("SELECT post FROM addresses WHERE address = ?", (address,)).fetchone()

        pairs = [(clocked(ours), clocked(theirs)) for _ in range(5)]
        known.close()
        bare.close()
        (Path(data) / "bare.sqlite").unlink()
        mine, other = (statistics.median(pair[n] for pair in pairs) / lookups * 1e6 for n in (0, 1))
        process = crawl(base, data, "crawl", "articles")
        resident = 0
        while process.poll() is None:
            resident = max(resident, resident_kb(process.pid) or 0)
            time.sleep(0.05)
        with next(Path(data).glob("articles/*.jsonl")).open("rb") as feed:
            count = sum(1 for _ in feed)
        size = path.stat().st_size / 1e6
    print(f"state: {posts} posts, a file of {size:.0f} MB")
    print(f"  opened in {opened * 1000:.0f} ms (wanted: 1000)")
    print(f"  a post by its address {mine:.0f} µs (wanted: 100), a bare SQLite row by its key {other:.0f} µs")
    print(f"  ratio: {statistics.median(a / b for a, b in pairs):.1f} times the bare row")
    print(
        f"  resident at most {resident / 1024:.0f} MiB in a crawl on it that wrote {count} articles (wanted: 250 MB)\n"
    )


def fill(path: Path, posts: int) -> None:
    """Make a database of that number of posts, as a crawl would leave it."""
    from mayadeen.storage.posts import Post
    from mayadeen.storage.state import State

    State.create(path)
    columns = ", ".join(field.name for field in fields(Post))
    via = json.dumps([{"kind": "section", "url": "https://english.almayadeen.net/news/politics", "position": 1}, None])
    parts = json.dumps([[f"{n:016x}", "tawsiyat"] for n in range(3)])
    rows = (
        astuple(
            Post(
                id=f"en:{10_000_000 + n}", edition="en", url=address_of(n), via=via,
                listing="https://english.almayadeen.net/news/politics", kind="news",
                published_at=(at := f"{2012 + n * 14 // posts}-{n % 12 + 1:02}-{n % 28 + 1:02}T{n % 24:02}:00:00Z"),
                modified_at=at, recent=at, revision=1, hash=f"sha256:{n:064x}", parts=parts, crawler="mayadeen/0.1.0",
                etag=f'"{n:016x}"', last_modified="Sun, 02 Mar 2025 12:05:00 GMT", first_seen=at, last_seen=at,
            )
        )
        for n in range(posts)
    )  # fmt: skip
    db = sqlite3.connect(path)
    db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
    db.executemany(f"INSERT INTO posts ({columns}) VALUES ({', '.join('?' * len(fields(Post)))})", rows)
    db.executemany("INSERT INTO addresses VALUES (?, ?)", ((address_of(n), n + 1) for n in range(posts)))
    db.commit()
    db.close()


def address_of(n: int) -> str:
    """Spread over the index as slugs are, not in order."""
    slug = hashlib.sha256(str(n).encode()).hexdigest()
    return f"https://english.almayadeen.net/news/politics/{slug[:8]}-a-headline-of-usual-length-{slug[8:16]}"


def near(count: int = 2000, again: int = 500, texts_in_all: int = 100_000) -> None:
    from benchmarks.reposts import reposted, stories
    from mayadeen.dataset.near_duplicates import NearDuplicates, text_of

    chance = random.Random(1)
    words = [f"{n:x}" for n in range(20_000)]
    prose = [" ".join(chance.choices(words, k=300)) for _ in range(texts_in_all)]
    with NearDuplicates() as texts:
        seconds_used = clocked(lambda: [texts.add(str(n), text) for n, text in enumerate(prose)] and None)
        grouped = clocked(lambda: [*texts.groups()] and None)
    print(f"near: {texts_in_all} texts of 300 words, none like another")
    print(f"  taken up in {seconds_used / texts_in_all * 1e6:.0f} µs a text, compared in {grouped:.1f} s\n")
    thresholds = (0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7)
    for edition in ("en", "ar"):
        records = stories(count, edition)
        print(f"near: {count} stories of the testsite ({edition}), {again} of them again with sentences changed")
        print("  changed   " + "".join(f"{f'at {threshold}':>14}" for threshold in thresholds))
        for tenths in range(7):
            chance = random.Random(tenths)
            copies = [reposted(record, tenths / 10, records, chance) for record in records[:again]]
            cells = []
            for threshold in thresholds:
                with NearDuplicates(threshold=threshold) as texts:
                    for record in records + copies:
                        texts.add(record["id"], text_of(record))
                    groups = list(texts.groups())
                pairs = sum(len(group) * (len(group) - 1) // 2 for group in groups)
                right = sum(f"{name}:again" in group for group in groups for name in group)
                cells.append(f"{right / pairs if pairs else 1:.3f} / {right / again:.3f}")
            print(f"  {tenths * 10:3} %     " + "".join(f"{cell:>14}" for cell in cells))
        print("  precision / recall, of pairs\n")


def dataset(records: int = 1_000_000) -> None:
    from benchmarks.archive import make

    records = int(os.environ.get("RECORDS", records))
    copy = (
        "import duckdb, sys; duckdb.sql('SET enable_progress_bar = false'); duckdb.sql(f\"COPY (SELECT * FROM "
        "read_json('{sys.argv[1]}/articles/*.jsonl')) TO '{sys.argv[1]}/copy.parquet' "
        '(FORMAT parquet, COMPRESSION zstd)")'
    )
    seconds_used, resident = {}, {}
    for count in (records // 10, records):
        with tempfile.TemporaryDirectory() as data:
            make(Path(data), count)
            size = sum(path.stat().st_size for path in Path(data).glob("articles/*.jsonl")) / 1e6
            build = [
                sys.executable,
                "-m",
                "scrapy",
                "dataset",
                "--formats",
                "parquet",
                "-s",
                f"MAYADEEN_DATA_DIR={data}",
            ]
            seconds_used[count], resident[count] = watched(build)
            if count == records:
                written = json.loads((Path(data) / "dataset" / "manifest.json").read_bytes())["counts"]["written"]
                theirs, copied = watched([sys.executable, "-c", copy, data])
    mine = seconds_used[records]
    print(f"dataset: {records} records in {size:.0f} MB, {written} written as Parquet")
    print(
        f"  built in {mine:.0f} s, {records / mine:.0f} records/s, copied by DuckDB in {theirs:.0f} s, {copied:.0f} MiB"
    )
    print(f"  ratio: {theirs / mine:.2f} of DuckDB's rate")
    few, many = resident.values()
    print(f"  resident at most {many:.0f} MiB, {few:.0f} MiB with a tenth as many: ratio {many / few:.2f}\n")


def watched(command: list[str]) -> tuple[float, float]:
    """Seconds that a command takes, and its resident memory at most, in MiB."""
    most = 0
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT) as process:
        while process.poll() is None:
            most = max(most, resident_kb(process.pid) or 0)
            time.sleep(0.05)
        assert process.returncode == 0, command
    return time.perf_counter() - start, most / 1024


def clocked(work: Callable[[], None]) -> float:
    """Seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def resident_kb(pid: int) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return None
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), None)


def report(posts: int = 5_650, rounds: int = 7, screenshot: str | None = None) -> None:
    from PIL import Image
    from playwright.sync_api import sync_playwright

    from mayadeen.monitoring.html import run

    with tempfile.TemporaryDirectory() as data, testsite(posts, 0) as base:
        crawl(base, data, "crawl", "articles", "-a", "render=never", "-s", "DOWNLOAD_DELAY=0.005").wait()
        (path,) = Path(data, "reports").glob("2*.html")
        values = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        begun = time.process_time()
        run.page(path.stem, values)
        made = time.process_time() - begun
        path.write_text(path.read_text(encoding="utf-8").replace(data, "data"), encoding="utf-8")
        shown = []
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            for _ in range(rounds):
                page = chromium.new_page(viewport={"width": 1120, "height": 800})
                begun = time.perf_counter()
                page.goto(path.as_uri())
                page.evaluate("new Promise(shown => requestAnimationFrame(() => requestAnimationFrame(shown)))")
                shown.append(time.perf_counter() - begun)
                if screenshot and len(shown) == rounds:
                    page.screenshot(path=screenshot, full_page=True)
                    Image.open(screenshot).quantize(128).save(screenshot, optimize=True)
                page.close()
            chromium.close()
        print(
            f"report: {values['totals']['written']} articles, "
            f"page of {path.stat().st_size / 1000:.0f} kB (wanted: 2,000)"
        )
        print(f"  made in {made:.2f} s CPU")
        print(f"  shown in {statistics.median(shown):.2f} s, at worst {max(shown):.2f} s, of {rounds} (wanted: 1)\n")


LONG: dict[str, Callable[..., None]] = {
    "memory": memory,
    "state": state,
    "dataset-memory": dataset,
    "near": near,
    "report": report,
    "reextraction": reextraction,
    "archive-scale": archive_scale,
    "archive-keep": keeping,
}
"""Each prints its figures."""
