"""A layout change from the first wrong record to the right dataset: crawl, fix the code, `scrapy reextract`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from mayadeen.storage.state import State
from tests.support.crawl_runner import CrawlRunner, Run
from tests.support.preloaded import PROJECT, scrapy
from testsite import Server, SyntheticSite

KEEP = ("-s", "MAYADEEN_WARC=True")
FOLLOWS = {"content_hash", "previous_hash", "provenance", "warnings"}
BREAKS = {
    "summary": (
        "from mayadeen.extraction.article import ArticlePage\nArticlePage.summary = lambda self: iter(())\n",
        {"summary"},
    ),
    "body": (
        "from mayadeen.extraction.article import Layout\nfrom mayadeen.extraction.dom import css\n"
        "Layout.BODY = css('div.moved')\n",
        {"body", "word_count", "blocks", "links", "images", "related"},
    ),
}
"""Field → what breaks it in the code, and the fields that are parts of it."""


def command(data: Path, *arguments: str) -> str:
    """Run a command, and return what it prints."""
    done = scrapy(
        *arguments, f"-sMAYADEEN_DATA_DIR={data}", environment={"SCRAPY_SETTINGS_MODULE": "mayadeen.settings"}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def alerts(data: Path) -> set[str]:
    """The fields of open drift alerts."""
    state = State.open(data)
    try:
        return {alert["field"] for alert in state.drift.alarms("en")}
    finally:
        state.close()


@pytest.mark.soak
@pytest.mark.process
@pytest.mark.parametrize("field", BREAKS)
def test_a_fixed_selector_corrects_its_field_ends_the_alert_and_writes_nothing_twice(
    tmp_path: Path, field: str
) -> None:
    code, parts = BREAKS[field]
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "sitecustomize.py").write_text(code)
    broken = {"PYTHONPATH": os.pathsep.join([str(tmp_path / "broken"), str(PROJECT)])}
    site, data = SyntheticSite(posts=200, seed=8), tmp_path / "data"
    edited = next(n for n in range(200) if site.variants(n) == ["plain"])
    with Server(site) as server:
        crawl = CrawlRunner(server.url, data)
        assert crawl.run(*KEEP).exit_code == 0
        site.publish(30)
        for _ in range(2):  # the second has the hash of a wrong first one as its previous
            site.edit(edited, "summary")
            site.edit(edited, "body")
            run = crawl.watch(lambda *_: None, *KEEP, "-a", "mode=refresh", environment=broken)
            assert run.exit_code in (0, 3), run.last_line
        assert alerts(data) == {field}

        before = Run(0, "", "", data).records
        printed = command(data, "reextract")
        assert f"drift alerts ended: {field}" in printed
        assert Run(0, "", "", data).records == before
        corrections = {(r["id"], r["fetched_at"]): r for r in Run(0, "", "", data).lines("corrections")}
        assert corrections
        present: dict[str, list[dict[str, Any]]] = {}
        for record in before:
            new = corrections.get((record["id"], record["fetched_at"]), record)
            changed = {name for name, value in new.items() if value != record[name]}
            assert changed <= parts | FOLLOWS | {"extracted_at"}, changed
            present.setdefault(record["id"], []).append(new)
        for versions in present.values():
            assert [v["previous_hash"] for v in versions] == [None, *(v["content_hash"] for v in versions[:-1])]
        chain = present[site.answer(edited)["record"]["id"]]
        assert [version["revision"] for version in chain] == [1, 2, 3]

        command(data, "reextract")
        assert len(Run(0, "", "", data).lines("corrections")) == len(corrections)
        for mode in ("new", "refresh"):
            done = crawl.run("-a", f"mode={mode}")
            assert done.exit_code == 0, done.last_line
            assert alerts(data) == set()
        assert Run(0, "", "", data).records == before

    command(data, "dataset", str(tmp_path / "dataset"), "--formats", "jsonl")
    lines = (tmp_path / "dataset" / "data" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    built = {record["id"]: record for record in map(json.loads, lines)}
    right = {answer["record"]["id"]: answer["record"] for answer in site.answers()}
    for id, _ in corrections:
        for name in (field, "content_hash"):
            assert built[id][name] == right[id][name], (id, name)
