"""Run the same crawls in two checkouts and compare the requested URLs, the records and the reports.

``python -m tests.support.compare_crawls /path/to/other/checkout [crawl …]``

Both checkouts crawl the same synthetic site, served from this checkout. The comparison leaves out times,
versions, ports and the names of keys. It compares the values of a report's totals in their order. The exit status is 1
if there is a difference.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.support.crawl_runner import CrawlRunner
from tests.support.preloaded import PROJECT
from testsite import Server, SyntheticSite

CRAWLS: dict[str, list[tuple[str, ...]]] = {
    "articles": [("articles",), ("articles", "mode=refresh")],
    "limit": [("articles", "limit=5")],
    "sections": [("articles", "sections=politics,economy", "max_pages=3")],
    "since": [("articles", "since=2025-11-09")],
    "kinds": [("articles", "kinds=news,opinion")],
    "tags": [("tags",)],
    "authors": [("authors",)],
    "headlines": [("headlines",)],
    "media": [("media",)],
    "archive": [("archive", "since=2025-10-01")],
}
"""Spider and arguments of each crawl. The crawls of one name share a data folder."""
POSTS = 150
_VOLATILE = {"crawler", "schema_version", "fetched_at", "seen_at", "last_seen_at"}
_PORT = re.compile(r"127\.0\.0\.1:\d+")


def crawled(checkout: Path, name: str, edition: str) -> dict[str, Any]:
    """Run the crawls of a name in a checkout. Returns what can be compared."""
    with tempfile.TemporaryDirectory() as folder, Server(SyntheticSite(posts=POSTS, seed=6, edition=edition)) as server:
        data = Path(folder) / "data"
        runner = CrawlRunner(server.url, data, CONCURRENT_REQUESTS=1, CONCURRENT_REQUESTS_PER_DOMAIN=1)
        runner.project = checkout
        exits = []
        for spider, *arguments in CRAWLS[name]:
            options = [f"-a{argument}" for argument in (*arguments, f"edition={edition}", "render=never")]
            run = runner.run(*options, spider=spider)
            exits.append(
                f"exit {run.exit_code}" if run.exit_code in (0, 3) else f"exit {run.exit_code}: {run.last_line}"
            )
        reports = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((data / "reports").glob("*.json"))]
        return {
            "exit": exits,
            "urls": Counter(arrival.path for arrival in server.log),
            "records": dict(_plain(line) for path in data.glob("*/*.jsonl") for line in path.open(encoding="utf-8")),
            "totals": [list(report["totals"].values()) for report in reports],
            "listings": [
                sorted((row["label"] or "", row["listed"]) for row in report["listings"]) for report in reports
            ],
        }


def _plain(line: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return what identifies a record, and its fields."""
    record = {key: value for key, value in json.loads(_PORT.sub("site", line)).items() if key not in _VOLATILE}
    return tuple(record.get(key) for key in ("id", "url", "revision", "status", "kind", "rank", "stage")), record


def differences(mine: dict[str, Any], other: dict[str, Any]) -> Iterable[str]:
    """Yield one line for each difference."""
    for sign, more, less in (("+", mine, other), ("-", other, mine)):
        if urls := more["urls"] - less["urls"]:
            yield f"urls: {sign}{urls.total()} of {more['urls'].total()}, such as {', '.join(list(urls)[:3])}"
        if records := more["records"].keys() - less["records"].keys():
            yield f"records: {sign}{len(records)} of {len(more['records'])}, such as {next(iter(records))}"
    fields: dict[str, list[str]] = defaultdict(list)
    for key in mine["records"].keys() & other["records"].keys():
        one, two = mine["records"][key], other["records"][key]
        for name in one.keys() | two.keys():
            if one.get(name) != two.get(name):
                fields[name].append(f"{one.get(name)!s:.250} | other: {two.get(name)!s:.250}")
    for name, values in sorted(fields.items()):
        yield f"field {name}: {len(values)} records, such as {values[0]}"
    for part in ("exit", "totals", "listings"):
        if mine[part] != other[part]:
            yield f"{part}: {mine[part]!s:.400}"
            yield f"  other: {other[part]!s:.400}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, help="the other checkout")
    parser.add_argument("crawls", nargs="*", metavar="crawl", help=f"default: all of {', '.join(CRAWLS)}")
    parser.add_argument("--edition", default="en")
    options = parser.parse_args()
    different = 0
    for name in options.crawls or CRAWLS:
        mine, other = (crawled(path, name, options.edition) for path in (PROJECT, options.other.resolve()))
        found = list(differences(mine, other))
        different += bool(found)
        print(f"{name}: {mine['urls'].total()} requests, {len(mine['records'])} records, {len(found)} differences")
        sys.stdout.writelines(f"  {line}\n" for line in found)
        sys.stdout.flush()
    return min(different, 1)


if __name__ == "__main__":
    raise SystemExit(main())
