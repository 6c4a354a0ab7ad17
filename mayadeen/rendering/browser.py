"""The browser: started when the first page needs it, and without any network."""

from __future__ import annotations

import logging
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error
from scrapy_playwright.provider import PlaywrightBrowserProvider

from mayadeen.rendering.errors import NoBrowser

if TYPE_CHECKING:
    from playwright.async_api import Browser
    from scrapy_playwright.handler import Config

logger = logging.getLogger(__name__)

ARGUMENTS = [
    "--host-resolver-rules=MAP * ~NOTFOUND",
    # WebRTC sends UDP past the proxy unless it may use none but proxied connections.
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PROXY = {"server": "http://no-network.invalid:9", "bypass": "<-loopback>"}
"""A proxy that does not exist. Chromium would connect to loopback addresses without it."""


class LazyProvider(PlaywrightBrowserProvider):  # type: ignore[misc]  # scrapy-playwright has no types
    """scrapy-playwright's provider, which starts Playwright's driver together with the browser.

    A run that renders nothing has no Node process. ``config.launch_options`` needs an ``executable_path``.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._launcher: Path | None = None

    async def start(self) -> None:
        """Do nothing: ``launch_browser`` starts the driver."""

    async def launch_browser(self) -> Browser:
        """Start the driver, if it does not run yet, and the browser. Raises ``NoBrowser``."""
        path = str(self.config.launch_options.get("executable_path"))
        if not os.access(path, os.X_OK):
            raise NoBrowser(f"no browser at {path}. Install one with: apt-get install chromium")
        if self._launcher is None:
            self._launcher = isolating_launcher(path)
        self.config.launch_options = launch_options(self.config.launch_options, self._launcher or path)
        try:
            if self.browser_type is None:
                await super().start()
            browser: Browser = await super().launch_browser()
        except (Error, OSError) as error:
            raise NoBrowser(
                f"the browser at {path} does not start ({first_line(error)}). "
                "Install it again with: apt-get install --reinstall chromium"
            ) from None
        return browser

    async def close(self) -> None:
        await super().close()
        if self._launcher is not None:
            shutil.rmtree(self._launcher.parent, ignore_errors=True)


def launch_options(given: dict[str, Any], program: Path | str) -> dict[str, Any]:
    """Return Playwright's launch options for a browser without network, which this program starts."""
    return given | {
        "executable_path": str(program),
        "chromium_sandbox": os.geteuid() != 0,  # root cannot have one
        "proxy": PROXY,
        "args": [*ARGUMENTS, *(argument for argument in given.get("args", []) if argument not in ARGUMENTS)],
    }


def isolating_launcher(browser: str) -> Path | None:
    """Write a program that starts the browser in an empty network namespace.

    Playwright talks to the browser through a pipe, so not even loopback is needed. Returns ``None`` on a system that
    has no ``unshare`` or does not permit it.
    """
    unshare = shutil.which("unshare")
    if unshare is None:
        return None
    command = [unshare, "--net"] if os.geteuid() == 0 else [unshare, "--user", "--map-current-user", "--net"]
    launcher = Path(tempfile.mkdtemp(prefix="mayadeen-browser-")) / "launch"
    start = f"exec {shlex.join(command)} --"
    launcher.write_text(
        f'#!/bin/sh\n[ "$1" = --try ] && {start} true\n{start} {shlex.quote(browser)} "$@"\n', encoding="utf-8"
    )
    launcher.chmod(0o700)
    try:
        subprocess.run([launcher, "--try"], check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.SubprocessError) as error:
        logger.info("The browser runs without a network namespace of its own: %s", first_line(error))
        shutil.rmtree(launcher.parent, ignore_errors=True)
        return None
    return launcher


def first_line(error: BaseException) -> str:
    """Return the first line of the text of an error, or its type."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
