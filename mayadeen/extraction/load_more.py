"""Data attributes that say where a script gets more of a list."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml.html import HtmlElement

from mayadeen.extraction.page_urls import PAGE_PARAMETERS, is_number, page_number

_ADDRESS_NAME = re.compile(
    r"^(?:data-)?(?:[a-z-]{0,60}(?:url|uri|href|endpoint|api|ajax|feed|action|path|route|link|next|more|fetch|hx-get|remote|load)"
    r"[a-z-]{0,60}|hx-get|source|up-href|get)$"
)
_NOT_ADDRESS_NAME = re.compile(r"share|image|img|thumb|poster|background|srcset|icon|logo|canonical|login|lazy|avatar")
PARAMETER = re.compile(
    r"page|paged|pageno|p|offset|start|skip|from|cursor|after|before|token|continuation|last(?:id|_id|-id)?|max(?:_id|-id)"
)
_PLACEHOLDER = re.compile(
    r"\{\{?\s*(\w+)\s*\}?\}|%7B(\w+)%7D|__(\w+?)__|\[(\w+)\]|(?<=[=/]):(\w+)|\$\{(\w+)\}|<(\w+)>", re.IGNORECASE
)


def is_address_name(name: str) -> bool:
    return (name.startswith("data-") or name in ("hx-get", "up-href")) and bool(
        _ADDRESS_NAME.match(name) and not _NOT_ADDRESS_NAME.search(name)
    )


def looks_like_address(value: str) -> bool:
    value = value.strip()
    return (
        0 < len(value) <= 4096
        and not re.search(r"[\s<>]", re.sub(_PLACEHOLDER, "", value))
        and ("/" in value or value.startswith("?"))
        and not re.search(r"\.(?:jpe?g|png|gif|webp|svg|css|js|mp4)(?:$|\?)", value, re.IGNORECASE)
    )


def data_of(element: HtmlElement) -> dict[str, str]:
    """Return an element's data attributes and a form's fields. A JSON value among them adds its own entries."""
    found: dict[str, str] = {}
    for name, value in element.attrib.items():
        if not (name.startswith("data-") or name in ("hx-get", "up-href")):
            continue
        if value.lstrip()[:1] == "{" and ":" in value:
            try:
                inner = json.loads(value)
            except (ValueError, RecursionError):
                inner = None
            if isinstance(inner, dict):
                found.update({f"data-{_dashed(str(k))}": str(v) for k, v in inner.items() if isinstance(v, (str, int))})
                continue
        found[name] = value
    return found


def _dashed(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).replace("_", "-").casefold()


def parameter_of(name: str) -> str:
    plain = name.removeprefix("data-")
    for prefix in ("next-", "current-", "list-", "load-", "init-"):
        plain = plain.removeprefix(prefix)
    for suffix in ("-number", "-num", "-no", "-index"):
        plain = plain.removesuffix(suffix)
    return "page" if plain in ("next", "current") else plain


def fill_address(value: str, parameters: Mapping[str, str], current: int) -> str | None:
    """An address with its placeholders filled, or with the parameters given next to it added."""
    plain = {name: v for name, v in parameters.items() if v and len(v) <= 500 and not looks_like_address(v)}
    missing = False

    def fill(match: re.Match[str]) -> str:
        nonlocal missing
        name = next(g for g in match.groups() if g).casefold()
        if (known := plain.get(parameter_of(_dashed(name)))) is not None:
            return known
        if name in PAGE_PARAMETERS or name in ("n", "num", "number", "i", "next", "nextpage"):
            return str(current + 1)
        missing = True
        return ""

    filled, count = _PLACEHOLDER.subn(fill, value)
    if missing:
        return None
    if count:
        return filled
    if not plain:
        return value
    if value.endswith(("=", "/")) and len(plain) == 1:
        return value + next(iter(plain.values()))
    parts = urlsplit(value)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name, given in plain.items():
        if name in query and name in PAGE_PARAMETERS and is_number(query[name]) and is_number(given):
            query[name] = str(max(int(query[name]), int(given)))
        elif not (name in PAGE_PARAMETERS and page_number(value, None) is not None and name not in query):
            query[name] = given
    return urlunsplit(parts._replace(query=urlencode(query, errors="replace")))
