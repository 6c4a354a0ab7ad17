"""A long crawl of a server in trouble: every article is written once, or reported with a reason.

Memory and file handles do not grow. ``POSTS`` in the environment is the number of posts of the test site.
"""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.support.crawl_runner import CrawlRunner, Run
from testsite import Server, SyntheticSite, scenarios

POSTS = int(os.environ.get("POSTS", "30000"))
TEXTS = ("news", "opinion", "analysis", "blog", "feature")


def held(pid: int) -> tuple[float, int]:
    """Resident MB and open file handles of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6, len(list(Path(f"/proc/{pid}/fd").iterdir()))


@pytest.mark.soak
def test_every_article_once_or_named(tmp_path: Path) -> None:
    testsite = SyntheticSite(posts=POSTS, seed=3)
    expected = {
        answer["record"]["id"]: answer["record"]["canonical_url"]
        for answer in testsite.answers()
        if answer["reachable"] and answer["record"]["kind"] in TEXTS
    }
    seen: list[tuple[int, float, int]] = []
    log = tmp_path / "log"
    started = time.monotonic()
    with Server(testsite, scenario=scenarios.flaky(seed=4)) as server, log.open("w") as stderr:
        runner = CrawlRunner(server.url, tmp_path / "data", RETRY_TIMES=5, CONCURRENT_REQUESTS_PER_DOMAIN=8)
        with runner.started(stderr=stderr, timeout=3 * 3600) as process:
            while process.poll() is None:
                seen.append((len(server.log), *held(process.pid)))
                time.sleep(0.5)
    run = Run(process.returncode, "", log.read_text(), tmp_path / "data")
    last = seen[-1][0]
    early = [s for s in seen if 0.1 * last < s[0] < 0.2 * last]
    late = [s for s in seen if s[0] > 0.9 * last]
    memory = [max(s[1] for s in part) for part in (early, late)]
    handles = [max(s[2] for s in part) for part in (early, late)]
    print(
        f"{last} requests in {time.monotonic() - started:.0f} s, MB {memory}, file handles {handles}, {run.last_line}"
    )
    ids = Counter(record["id"] for record in run.records)
    assert not [post_id for post_id, times in ids.items() if times > 1]
    failed = re.findall(r"ERROR: failed \(.+\): (\S+)$", run.stderr, re.MULTILINE)
    named = {url.partition("://")[2].partition("/")[2] for url in failed}
    missing = [url for post_id, url in expected.items() if post_id not in ids]
    assert [url for url in missing if url.partition("://")[2].partition("/")[2] not in named] == []
    assert not set(ids) - set(expected)
    assert run.exit_code == (3 if missing else 0), run.last_line
    assert f"{len(missing)} page" in run.last_line or not missing
    assert memory[1] < 1.25 * memory[0]
    assert handles[1] <= handles[0] + 10
    assert not re.search(r"Traceback|ResourceWarning|was never awaited|was destroyed|Unclosed", run.stderr)
