"""The rows of a report, and its table."""

from __future__ import annotations

from mayadeen.crawling.outcomes import UrlSource
from mayadeen.monitoring.report import as_row, as_table


def listing(kind: str, label: str, listed: int, **tally: int) -> UrlSource:
    origin = UrlSource(kind=kind, label=label, first_url=f"https://x/{kind}", pages=2, listed=listed, ended="max_pages")  # type: ignore[arg-type]
    origin.outcomes.update(tally)
    return origin


def test_an_address_is_listed_once_by_an_origin() -> None:
    origin = listing("section", "Politics", 0)
    assert [origin.add(address) for address in ("a", "b", "a")] == [True, True, False]
    origin.count("skipped", "offsite")
    assert (origin.listed, origin.pending, origin.skipped) == (2, 1, {"offsite": 1})


def test_what_has_no_outcome_is_missing_or_was_not_fetched() -> None:
    origin = listing("section", "Politics", 5, written=2, gone=1)
    for reason, missing, not_fetched in (("finished", 2, 0), ("incomplete", 2, 0), ("limit", 0, 2), ("shutdown", 0, 2)):
        row = as_row(origin, reason)
        assert (row["missing"], row["outcomes"]["not_fetched"], row["listed"]) == (missing, not_fetched, 5), reason
        assert sum(row["outcomes"].values()) + row["missing"] == 5


def test_a_section_and_a_region_of_one_name_share_nothing() -> None:
    table = as_table([listing("section", "Africa", 3, written=3), listing("region", "Africa", 2, written=1, out_of_range=1)], "finished")  # fmt: skip
    assert [line.split() for line in table.splitlines() if "Africa" in line] == [
        ["Africa", "max", "pages", "2", "3", "3", "0"],
        ["region", "Africa", "max", "pages", "2", "2", "1", "1"],
    ]
    assert table.splitlines()[-1].split() == ["all", "4", "5", "4", "1"]
    assert "gone" not in table


def test_the_table_fits_its_columns_and_any_script() -> None:
    outcomes = dict.fromkeys(
        ("written", "known", "rejected", "failed", "gone", "out_of_range", "skipped", "elsewhere"), 1000
    )
    origins = [
        listing("tag", "قضية " * 20, 8000, **outcomes),
        listing("sitemap", "/sitemaps/all/sitemap-2025-11.xml", 0),
    ]
    table = as_table(origins, "finished")
    assert max(map(len, table.splitlines())) <= 120
    assert table.count("1000") == 16
    assert as_table([], "finished") == ""
