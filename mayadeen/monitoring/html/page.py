"""Render pages: templates that escape every value, and formats for people."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from mayadeen.monitoring.logformatter import harmless

MAX_ADDRESS = 4000
"""Maximum characters of a URL. A longer one is cut and is not a link."""

_NOT_XML = {0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}


def render(template: str, **values: Any) -> str:
    """Render ``template``, a file of this package that extends ``base.html.j2``.

    Every value is escaped, and its control and direction characters are written out. Only ``Markup`` is kept as it is.
    """
    return _environment().get_template(template).render(**values)


def shown(value: object) -> str:
    """Return a value as text that cannot affect the text around it."""
    text = "–" if value is None else str(value)
    return harmless(text).translate(_NOT_XML).encode("utf-8", "backslashreplace").decode()


def short(value: object, length: int = 160) -> str:
    """Cut a text to a number of characters."""
    text = str(value)
    return text if len(text) <= length else f"{text[: length - 1]}…"


def link(url: object, text: object | None = None, length: int = 160) -> Markup:
    """Return an http or https URL as a link, and other text as text."""
    address = str(url)
    label = Markup("<bdi>{}</bdi>").format(shown(short(address if text is None else text, length)))
    try:
        usable = urlsplit(address).scheme in ("http", "https") and len(address) <= MAX_ADDRESS
    except ValueError:
        usable = False
    if not usable or address != shown(address):
        return label
    return Markup('<a href="{}" rel="noreferrer noopener nofollow">{}</a>').format(address, label)


def number(value: float | None) -> str:
    """Return a number for people: ``12,345``, ``0.25``."""
    if value is None:
        return "–"
    if isinstance(value, int) or value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.1f}"


def change(value: float) -> str:
    """Return a difference with its sign: ``+3``, ``−1.5``, ``±0``."""
    return "±0" if not value else f"{'+' if value > 0 else '−'}{number(abs(value))}"


def share(value: float | None) -> str:
    """Return a share of 1 as per cent. Only exact shares become 0 % or 100 %."""
    if value is None:
        return "–"
    if 0 < value < 0.001:
        return "< 0.1 %"
    if 0.999 < value < 1:
        return "> 99.9 %"
    whole = abs(100 * value - round(100 * value)) < 1e-6
    return f"{100 * value:.0f} %" if whole else f"{100 * value:.1f} %"


def size(value: float) -> str:
    """Return bytes for people: ``1.4 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5 or unit == "GB":
            break
        value /= 1000
    return f"{value:.0f} B" if unit == "B" else f"{value:.3g} {unit}" if value < 100 else f"{value:,.0f} {unit}"


def duration(seconds: float) -> str:
    """Return seconds for people: ``85 ms``, ``3.4 s``, ``2 min 5 s``, ``1 h 12 min``, ``3 d 4 h``."""
    if seconds < 0.9995:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    for unit, length, less, part in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= length:
            rest = whole % length // part
            return f"{whole // length} {unit}" + (f" {rest} {less}" if rest else "")
    return f"{whole} s"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(lambda name: files(__package__).joinpath(name).read_text(encoding="utf-8")),
        autoescape=True,
        finalize=lambda value: value if isinstance(value, Markup) else shown(value),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        change=change, duration=duration, link=link, number=number, share=share, short=short, size=size
    )
    environment.globals["style"] = Markup(_style())
    return environment


def _style() -> str:
    return files(__package__).joinpath("style.css").read_text(encoding="utf-8")
