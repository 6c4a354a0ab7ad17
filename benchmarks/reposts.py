"""Stories of the testsite posted again with some of their sentences changed: what near-duplicates are measured by."""

from __future__ import annotations

import re
from random import Random
from typing import Any

from testsite import SyntheticSite

_END = re.compile(r"(?<=[.!?؟])\s+")


def stories(count: int, edition: str = "en", seed: int = 1) -> list[dict[str, Any]]:
    """Return the records of a number of stories with a body.

    They consist of a few dozen sentences with other names and numbers. Real articles differ far more.
    """
    testsite = SyntheticSite(posts=max(100, count * 2), seed=seed, edition=edition)
    found = (record for n in range(testsite.posts) if (record := testsite.answer(n)["record"])["body"])
    return [next(found) for _ in range(count)]


def sentences(text: str) -> list[str]:
    """The sentences of a body, in order."""
    return [sentence for line in text.split("\n") for sentence in _END.split(line) if sentence]


def reposted(story: dict[str, Any], share: float, others: list[dict[str, Any]], random: Random) -> dict[str, Any]:
    """The story under another id and headline, with that share of its sentences (rounded) replaced by others'."""
    text = sentences(story["body"])
    for place in random.sample(range(len(text)), round(share * len(text))):
        text[place] = random.choice(sentences(random.choice(others)["body"]))
    return {**story, "id": f"{story['id']}:again", "title": random.choice(others)["title"], "body": " ".join(text)}
