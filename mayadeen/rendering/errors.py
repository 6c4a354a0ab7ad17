"""Why a listing could not be rendered."""

from __future__ import annotations


class NoBrowser(Exception):
    """No browser could be started. The text says how to get one."""


class RenderingFailed(Exception):
    """A page could not be opened in the browser, or did not load more."""
