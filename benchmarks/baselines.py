"""The plain tools that the project is compared with, each run as a program of its own.

Nothing of the project is imported here, and none of its settings apply.
"""

from __future__ import annotations

import sys
from pathlib import Path


def trafilatura(folder: Path, rounds: int, *, with_metadata: bool = False) -> None:
    """Text by trafilatura's fast mode, which reads metadata only when asked."""
    from trafilatura import extract

    pages = [path.read_bytes() for path in sorted(folder.glob("*.html"))]
    for _ in range(rounds):
        for page in pages:
            assert extract(page, fast=True, with_metadata=with_metadata)


def trafilatura_metadata(folder: Path, rounds: int) -> None:
    """Text and metadata by trafilatura's fast mode. A record has both too."""
    trafilatura(folder, rounds, with_metadata=True)


def trafilatura_exact(folder: Path, rounds: int) -> None:
    """Text by trafilatura with the options that the project uses on unknown markup."""
    from trafilatura import bare_extraction

    pages = [path.read_bytes() for path in sorted(folder.glob("*.html"))]
    for _ in range(rounds):
        for page in pages:
            assert bare_extraction(page, include_comments=False, include_links=True, with_metadata=False)


def resiliparse(folder: Path, rounds: int) -> None:
    """Main text by resiliparse, the fastest known extractor. It reads no metadata."""
    from resiliparse.extract.html2text import extract_plain_text

    pages = [path.read_bytes().decode() for path in sorted(folder.glob("*.html"))]
    for _ in range(rounds):
        for page in pages:
            assert extract_plain_text(page, main_content=True)


def duckdb(folder: Path, rounds: int) -> None:
    """Copy JSON Lines to Parquet, on 2 threads."""
    from duckdb import connect

    database = connect(config={"threads": 2})
    database.execute("SET enable_progress_bar = false")
    for _ in range(rounds):
        database.execute(
            f"COPY (SELECT * FROM read_json('{folder}/articles/*.jsonl')) TO '{folder}/copy.parquet' "
            "(FORMAT parquet, COMPRESSION zstd)"
        )


if __name__ == "__main__":
    baselines = {
        "trafilatura": trafilatura,
        "trafilatura-metadata": trafilatura_metadata,
        "trafilatura-exact": trafilatura_exact,
        "resiliparse": resiliparse,
        "duckdb": duckdb,
    }
    baselines[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
