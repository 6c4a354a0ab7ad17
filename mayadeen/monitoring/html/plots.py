"""Plots as SVG, drawn by pygal and coloured by ``style.css``, so that they follow the page's light or dark scheme.

A plot is drawn twice, for wide and for narrow screens, since text in a scaled picture cannot be read on a telephone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pygal
from lxml import etree
from markupsafe import Markup
from pygal.style import Style

from mayadeen.monitoring.html.page import number, short, shown

WIDE, HALF, NARROW = 880, 420, 340
"""Widths in pixels: a column of the page, half a column, a telephone."""
LARGER = 1.2
"""Maximum factor by which a plot may be enlarged. With more its text would be too large."""

THIN = 1.5
"""Minimum width of a bar in pixels. It is visible, and has no room for a gap."""

_FONT = 12
_STYLE = Style(label_font_size=_FONT, major_label_font_size=_FONT)


@dataclass(frozen=True)
class Series:
    """Values in one colour. ``tone`` is a class of ``style.css``. There is one value for each label."""

    label: str
    tone: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Plot:
    """A plot, and its values as a table: ``caption`` for readers who cannot see it, ``labels`` for the rows."""

    caption: str
    wide: Markup
    narrow: Markup
    labels: Sequence[str]
    series: Sequence[Series]
    format: Callable[[float | None], str] = number
    head: str = ""
    keys: Sequence[Series] = field(default=())


def columns(
    caption: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    head: str = "",
    height: int = 260,
    wide: int = WIDE,
    format: Callable[[float | None], str] = number,
) -> Plot:
    """Return columns side by side, with the series stacked. ``head`` is the heading of the labels."""
    drawn = {}
    for width in (wide, NARROW):
        chart = _chart(pygal.StackedBar, width, height, series, labels, format)
        room = max(width // (8 * (max(map(len, labels), default=1) + 2)), 1)
        every = max(math.ceil(len(labels) / room), 1)
        chart.x_labels = ["" if n % every else shown(label) for n, label in enumerate(labels)]
        drawn[width] = _draw(chart, caption, series, labels, format)
    return Plot(caption, drawn[wide], drawn[NARROW], labels, series, format, head, series if len(series) > 1 else ())


def rows(
    caption: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    head: str = "",
    top: float | None = None,
    wide: int = WIDE,
    format: Callable[[float | None], str] = number,
) -> Plot:
    """Return bars, the first at the top, with the series stacked. ``top`` is the end of the scale."""
    backwards = [Series(s.label, s.tone, list(reversed(s.values))) for s in series]
    drawn = {}
    for width in (wide, NARROW):
        names = [short(shown(label), {WIDE: 30, HALF: 24}.get(width, 18)) for label in reversed(labels)]
        height = 40 + 24 * max(len(labels), 1)
        chart = _chart(
            pygal.HorizontalStackedBar, width, height, backwards, names, format, top, ticks=5 if width == WIDE else 3
        )
        drawn[width] = _draw(chart, caption, backwards, labels[::-1], format)
    return Plot(caption, drawn[wide], drawn[NARROW], labels, series, format, head, series if len(series) > 1 else ())


def steps(
    caption: str,
    edges: Sequence[float],
    series: Series,
    *,
    mark: Series | None = None,
    unit: float = 1.0,
    at: Callable[[float], str],
    head: str = "",
    height: int = 230,
) -> Plot:
    """Return a quantity over an axis of numbers: the n-th value holds from ``edges[n]`` to ``edges[n + 1]``.

    ``mark`` is a level to hold it against, ``at`` puts a place on the axis in words, which is marked at round numbers
    of ``unit``.
    """
    outline = [point for n, value in enumerate(series.values) for point in ((edges[n], value), (edges[n + 1], value))]
    both = [series, mark] if mark else [series]
    top = max((value or 0.0 for one in both for value in one.values), default=0.0)
    drawn = {}
    for width in (WIDE, NARROW):
        chart = _chart(pygal.XY, width, height, [series], None, number, top)
        ticks = _ticks(edges[0] / unit, edges[-1] / unit, 8 if width == WIDE else 3, whole=True)
        chart.x_labels = [tick * unit for tick in ticks]
        chart.x_value_formatter = at
        chart.xrange = (edges[0], max(edges[-1], chart.x_labels[-1]))
        chart.add(series.label, outline, fill=True)
        if mark:
            chart.add(mark.label, [(edges[0], mark.values[0]), (edges[-1], mark.values[-1])])
        drawn[width] = _draw(chart, caption, both)
    labels = [at(edge) for edge in edges[:-1]]
    return Plot(caption, drawn[WIDE], drawn[NARROW], labels, both, number, head, both if mark else ())


def _chart(
    kind: type[Any],
    width: int,
    height: int,
    series: Sequence[Series],
    labels: Sequence[str] | None,
    format: Callable[[float | None], str],
    top: float | None = None,
    ticks: int = 5,
) -> Any:
    """Return a chart of pygal with an axis of round numbers."""
    if top is None:
        top = max(
            (sum(values) for values in zip(*([v or 0 for v in s.values] for s in series), strict=True)), default=0
        )
    marks = _ticks(0.0, top or 1.0, ticks, whole=format is number)
    chart = kind(
        width=width, height=height, style=_STYLE, js=[], css=[], show_legend=False, disable_xml_declaration=True,
        margin=0, margin_top=10, margin_right=14, margin_bottom=2, margin_left=2, spacing=6, show_dots=False,
        range=(0, max(top or 1.0, marks[-1])), y_labels=marks, value_formatter=format, no_data_text="",
        truncate_label=-1,
    )  # fmt: skip
    if labels is not None:
        chart.x_labels = [shown(label) for label in labels]
        for one in series:
            chart.add(shown(one.label), [value or 0 for value in one.values])
    return chart


def _ticks(low: float, high: float, wanted: int, *, whole: bool = False) -> list[float]:
    """Return round numbers from ``low`` to the first beyond ``high``, about as many as ``wanted``."""
    span = max(high - low, 1e-9)
    step = 10.0 ** math.floor(math.log10(span / wanted))
    step = next((step * factor for factor in (1, 2, 5, 10) if span / (step * factor) <= wanted), 10 * step)
    if whole:
        step = max(step, 1.0)
    first = math.ceil(low / step - 1e-9)
    return [round(step * n, 9) for n in range(first, math.ceil(high / step - 1e-9) + 1)] or [low]


def _draw(
    chart: Any,
    caption: str,
    series: Sequence[Series],
    labels: Sequence[str] = (),
    format: Callable[[float | None], str] = number,
) -> Markup:
    """Return the chart without the style sheet and script of pygal. Its bars have titles."""

    def cleaned(root: Any) -> Any:
        root.attrib.pop("id", None)
        root.set("class", "drawing")
        root.set("role", "img")
        root.set("aria-label", shown(caption))
        root.set("style", f"max-width:{LARGER * chart.width:.0f}px")
        for element in list(root.iter(etree.Comment, "defs", "desc", "title")):
            element.getparent().remove(element)
        for group in list(root.iter("g")):
            names = (group.get("class") or "").split()
            if "series" in names:
                own = series[int(next(name for name in names if name.startswith("serie-"))[len("serie-") :])]
                group.set("class", f"series {own.tone}")
                bars = [bar for bar in group.iter("g") if bar.get("class") == "bar"]
                for bar, label, value in zip(bars, labels, own.values, strict=False):
                    _finish(bar, f"{shown(label)}: {shown(own.label)}: {format(value)}" if value else None)
            elif any(name in names for name in ("overlay", "text-overlay", "tooltip-overlay", "titles")):
                group.getparent().remove(group)
        for element in list(root.iter("rect")):
            if element.get("class") == "background":
                element.getparent().remove(element)
        return root

    chart.add_xml_filter(cleaned)
    return Markup(chart.render(is_unicode=True))


def _finish(bar: Any, title: str | None) -> None:
    """Reduce a bar to a visible rectangle with a title. A bar without a title is removed."""
    parent, rect = bar.getparent(), bar.find("rect")
    parent.remove(bar)
    if title is None or rect is None:
        return
    x, y, width, height = (float(rect.get(part) or 0) for part in ("x", "y", "width", "height"))
    thin = min(width, height) < THIN
    rect.attrib.clear()
    y -= max(THIN - height, 0)
    for part, value in (("x", x), ("y", y), ("width", max(width, THIN)), ("height", max(height, THIN))):
        rect.set(part, f"{value:.1f}")
    if thin:
        rect.set("class", "thin")
    etree.SubElement(rect, "title").text = title
    parent.append(rect)
