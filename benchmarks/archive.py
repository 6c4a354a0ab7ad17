"""A data folder of any number of synthetic records, made fast: what years of runs leave behind."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from mayadeen import published_schemas as schemas

RUNS = 50
_WORDS = 20_000
_SENTENCES = 100_000
_SITE = "https://english.almayadeen.net"


def make(data: Path, records: int, seed: int = 1) -> None:
    """Write that number of article records, as ``RUNS`` runs.

    One record in 100 re-posts another article under an id of its own. One in 100 is such a re-post with a sentence
    changed. One in 100 is a new revision, and one in 100 is in two runs.
    """
    chance = random.Random(seed)
    folder = data / "articles"
    folder.mkdir(parents=True)
    lines = _lines(chance, records)
    for run in range(RUNS):
        at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=run)
        with (folder / f"{at:%Y%m%dT%H%M%S}.000Z.jsonl").open("wb") as file:
            for _ in range(records * (run + 1) // RUNS - records * run // RUNS):
                file.write(next(lines))


def _lines(chance: random.Random, records: int) -> Iterator[bytes]:
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9))) for _ in range(_WORDS)]
    sentences = [
        " ".join(chance.choices(words, k=chance.randint(12, 30))).capitalize() + "." for _ in range(_SENTENCES)
    ]
    (record,) = schemas.load("article.schema.json")["examples"]
    block = record["blocks"][0]
    start = datetime(2012, 6, 11, tzinfo=UTC)
    last: list[str] = []
    line = b""
    for n in range(records):
        text = chance.choices(sentences, k=8)
        number, revision = 10_000_000 + n, 1
        if last and n % 100 == 10:  # a re-post
            text = last
        elif last and n % 100 == 20:  # a re-post with a sentence changed
            text = [*last[:-1], text[-1]]
        elif last and n % 100 == 30:  # a new version
            number, revision = number - 1, 2
        paragraphs = [f"{text[k]} {text[k + 1]}" for k in range(0, 8, 2)]
        if last and n % 100 == 40:  # the record before, once more
            yield line
            continue
        at = (start + timedelta(minutes=number * 7 % 6_800_000)).strftime("%Y-%m-%dT%H:%M:%SZ")
        url = f"{_SITE}/news/politics/story-{number}"
        body = "\n\n".join(paragraphs)
        record |= {
            "id": f"en:{number}", "post_id": str(number), "url": url, "canonical_url": url,
            "title": text[0][:80].strip(), "summary": text[1], "body": body,
            "blocks": [block | {"text": p} for p in paragraphs],
            "published_at": at, "published_raw": at, "modified_at": at, "word_count": len(body.split()),
            "category": chance.choice(("Politics", "Economy", "Sports", "Health")), "revision": revision,
            "tags": [{"name": tag, "url": None} for tag in chance.sample(words, 3)],
            "fetched_at": (datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=n)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }  # fmt: skip
        record["content_hash"] = _hash(record)
        line = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
        last = text
        yield line


def _hash(record: dict[str, Any]) -> str:
    text = orjson.dumps([record["title"], record["summary"], record["body"]])
    return f"sha256:{hashlib.sha256(text).hexdigest()}"
