"""Plots: their bars are as long as their numbers, and nothing in them is more than a picture."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree

from mayadeen.monitoring.html.plots import Plot, Series, columns, rows, steps
from tests.support.reports import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"


def bars(drawing: str) -> dict[str, etree._Element]:
    """Its bars by their titles."""
    root = etree.fromstring(drawing)
    return {rect.findtext(f"{SVG}title") or "": rect for rect in root.iter(f"{SVG}rect")}


def words(drawing: str) -> list[str]:
    """Return the labels at its axes."""
    return [element.text or "" for element in etree.fromstring(drawing).iter(f"{SVG}text")]


@pytest.mark.parametrize(("draw", "side"), [(columns, "height"), (rows, "width")])
def test_a_bar_is_as_long_as_its_number(draw: Callable[..., Plot], side: str) -> None:
    plot = draw("Articles", ["a", "b", "c"], [Series("one", "t1", [10, 20, None]), Series("two", "t2", [5, 0, 40])])
    for drawing in (plot.wide, plot.narrow):
        found = bars(drawing)
        assert set(found) == {"a: one: 10", "b: one: 20", "a: two: 5", "c: two: 40"}
        unit = float(found["a: one: 10"].get(side, "0")) / 10
        assert unit > 1
        for title, rect in found.items():
            assert float(rect.get(side, "0")) == pytest.approx(unit * int(title.rpartition(" ")[2]), abs=0.2), title


def test_rows_stand_in_the_order_given() -> None:
    found = bars(rows("Articles", ["first", "second"], [Series("n", "t1", [1, 1])]).wide)
    assert float(found["first: n: 1"].get("y", "0")) < float(found["second: n: 1"].get("y", "0"))


def test_what_is_small_can_be_seen_beside_what_is_large() -> None:
    found = bars(columns("Articles", ["a", "b"], [Series("n", "t1", [1, 100_000])]).wide)
    assert float(found["a: n: 1"].get("height", "0")) >= 1


def test_labels_do_not_stand_on_each_other() -> None:
    labels = ["23 Nov"] * 60
    plot = columns("Runs", labels, [Series("n", "t1", [1] * 60)])
    shown = [len([word for word in words(drawing) if word == "23 Nov"]) for drawing in (plot.narrow, plot.wide)]
    assert 3 <= shown[0] <= 6 < shown[1] <= 15


@pytest.mark.parametrize("count", [0, 1, 2, 62])
def test_any_number_of_columns(count: int) -> None:
    plot = columns("Articles", [str(n) for n in range(count)], [Series("n", "t1", list(range(1, count + 1)))])
    assert len(bars(plot.wide)) == count
    assert len(bars(rows("Articles", plot.labels, plot.series).narrow)) == count


def test_all_zero_is_an_axis_without_bars() -> None:
    plot = columns("Articles", ["a", "b"], [Series("n", "t1", [0, 0])])
    assert bars(plot.wide) == {}
    assert "0" in words(plot.wide)


def test_steps_reach_their_values_and_the_mark() -> None:
    mark = Series("allowed", "mark", [60, 60, 60])
    plot = steps("Requests", [0, 10, 20, 25], Series("n", "t1", [30, 60, 15]), mark=mark, at=lambda at: f"{at:.0f} s")
    own, level = (
        path.get("d", "")
        for path in etree.fromstring(plot.wide).iter(f"{SVG}path")
        if "reactive" in (path.get("class") or "")
    )
    heights = [float(part) for part in own.replace("M", "").replace("L", "").split()][1::2]
    floor = max(heights)
    assert [round((floor - height) / (floor - min(heights)), 3) for height in heights] == [
        0,
        0.5,
        0.5,
        1,
        1,
        0.25,
        0.25,
        0,
    ]
    assert float(level.split()[1]) == min(heights)
    assert plot.labels == ["0 s", "10 s", "20 s"]


def test_nothing_in_a_plot_runs_or_is_asked_for() -> None:
    series = [Series(HOSTILE, "t1", [1, 2]), Series("قضية", "t2", [3, 4])]
    for plot in (columns(HOSTILE, [HOSTILE, "x"], series), rows(HOSTILE, [HOSTILE, "y"], series)):
        for drawing in (plot.wide, plot.narrow):
            root = etree.fromstring(drawing)
            tags = {element.tag.removeprefix(SVG) for element in root.iter()}
            assert tags <= {"svg", "g", "path", "rect", "text", "title"}
            attributes = {str(name) for element in root.iter() for name in element.attrib}
            assert attributes <= {
                "viewBox",
                "class",
                "role",
                "aria-label",
                "style",
                "transform",
                "x",
                "y",
                "width",
                "height",
                "d",
            }
            assert "\u202e" not in drawing
