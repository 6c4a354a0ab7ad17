"""Pages per CPU second from a web archive to validated records, against warcio and trafilatura's fast mode."""

from __future__ import annotations

import gzip
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


def reextraction(pages: int = 2000, rounds: int = 3) -> None:
    from trafilatura import extract
    from warcio.archiveiterator import ArchiveIterator

    from mayadeen.archives.captures import CaptureReader
    from mayadeen.archives.extract import CaptureExtractor
    from mayadeen.archives.writer import Exchange, WarcWriter
    from mayadeen.items import Article
    from testsite import SyntheticSite

    base = "http://127.0.0.1:8000"
    site = SyntheticSite(posts=pages * 2, seed=1, page_kb=100)
    texts = [i for i in range(pages * 2) if site.answer(i)["record"]["body"]][:pages]
    with tempfile.TemporaryDirectory() as data:
        info = {"mayadeen-run": "r1", "mayadeen-edition": "en", "mayadeen-base-url": base}
        writer = WarcWriter(Path(data), "r1", info)
        for i in texts:
            url = base + site.answer(i)["record"]["canonical_url"].split("almayadeen.net")[1]
            note = {"record": "article", "discovered_via": {"kind": "url", "url": url, "position": None}}
            writer.write(
                Exchange(
                    url=url, started_at="2026-11-20T10:00:00Z", method="GET", request_headers=[], status=200,
                    reason="OK", body=gzip.compress(site.page(i, base).encode()), note=note,
                    response_headers=[("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip")],
                )
            )  # fmt: skip
        writer.close()
        (path,) = (Path(data) / "warc").iterdir()

        def ours() -> None:
            extractor = CaptureExtractor()
            found = sum(isinstance(extractor.extract(capture).record, Article) for capture in CaptureReader(path))
            assert found == len(texts), found

        def theirs() -> None:
            with path.open("rb") as file:
                for record in ArchiveIterator(file):
                    if record.rec_type == "response":
                        url = record.rec_headers.get_header("WARC-Target-URI")
                        assert extract(record.content_stream().read(), url=url, fast=True)

        def cpu(work: Callable[[], None]) -> float:
            start = time.process_time()
            work()
            return time.process_time() - start

        pairs = [(cpu(ours), cpu(theirs)) for _ in range(rounds)]
    mine, other = (len(texts) / statistics.median(pair[n] for pair in pairs) for n in (0, 1))
    print(f"re-extraction: {len(texts)} pages of 100 kB in one WARC, {rounds} rounds in turn")
    print(f"  {mine:.0f} pages per CPU second, warcio and trafilatura fast {other:.0f}")
    print(f"  ratio: {mine / other:.2f} (wanted: 3)\n")
