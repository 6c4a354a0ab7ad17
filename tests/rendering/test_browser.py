"""The browser has no network: traps on TCP, UDP and multicast hear nothing."""

from __future__ import annotations

import asyncio
import os
import select
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright")
from playwright.async_api import async_playwright

from mayadeen.rendering.browser import ARGUMENTS, isolating_launcher, launch_options

CHROMIUM = "/usr/bin/chromium"
MDNS = ("224.0.0.251", 5353)

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not os.access(CHROMIUM, os.X_OK), reason=f"no {CHROMIUM}: apt-get install chromium"),
]

# Everything that a page has to send something by.
PAGE = """
    const tcp = '127.0.0.1:%(tcp)d', udp = '127.0.0.1:%(udp)d', attempts = [];
    const tries = [
        () => fetch(`http://${tcp}/fetch`, { mode: 'no-cors' }),
        () => new WebSocket(`ws://${tcp}/socket`),
        () => new EventSource(`http://${tcp}/events`),
        () => navigator.sendBeacon(`http://${tcp}/beacon`, 'x'),
        () => { new Image().src = `http://${tcp}/image`; },
        () => { new WebTransport(`https://${udp}/transport`); },
        () => document.head.insertAdjacentHTML('beforeend', `<link rel=preconnect href=http://${tcp}>`),
        () => document.head.insertAdjacentHTML('beforeend', `<link rel=dns-prefetch href=//trap.local>`),
        () => document.head.insertAdjacentHTML('beforeend', `<link rel=prefetch href=http://${tcp}/next>`),
        () => document.body.insertAdjacentHTML('beforeend', `<iframe src=http://${tcp}/frame></iframe>`),
        () => document.body.insertAdjacentHTML('beforeend', `<object data=http://${tcp}/object></object>`),
        () => new Worker(URL.createObjectURL(new Blob([`fetch('http://${tcp}/worker')`]))),
        ...['stun:', 'turn:'].map((scheme) => async () => {
            for (const way of ['', '?transport=udp', '?transport=tcp']) {
                const target = way.endsWith('tcp') ? tcp : udp;
                const server = { urls: scheme + target + (scheme === 'turn:' ? way : ''), username: 'u', credential: 'c' };
                const peer = new RTCPeerConnection({ iceServers: [server], iceCandidatePoolSize: 4 });
                peer.createDataChannel('x');
                await peer.setLocalDescription(await peer.createOffer());
                for (const [kind, port] of [['udp', %(udp)d], ['tcp', %(tcp)d]]) {
                    const candidate = `candidate:1 1 ${kind} 2122260223 127.0.0.1 ${port} typ host` +
                        (kind === 'tcp' ? ' tcptype passive' : '');
                    const answer = (await peer.createOffer()).sdp.replace('a=setup:actpass', 'a=setup:active')
                        .replace(/a=ice-ufrag:.*/, 'a=ice-ufrag:abcd').replace(/a=ice-pwd:.*/, 'a=ice-pwd:' + 'p'.repeat(24));
                    try { await peer.setRemoteDescription({ type: 'answer', sdp: answer }); } catch {}
                    try { await peer.addIceCandidate({ candidate, sdpMid: '0', sdpMLineIndex: 0 }); } catch {}
                }
            }
        }),
    ];
    for (const attempt of tries) { try { attempts.push(attempt()); } catch {} }
    setTimeout(() => { document.title = 'done'; }, 2500);
"""


@pytest.fixture
def traps() -> Iterator[dict[str, socket.socket]]:
    """Sockets on TCP, UDP and the multicast group of mDNS."""
    with ExitStack() as stack:
        tcp = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
        udp = stack.enter_context(closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)))
        udp.bind(("127.0.0.1", 0))
        group = stack.enter_context(closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)))
        group.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        group.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        group.bind(MDNS)
        member = struct.pack("4s4s", socket.inet_aton(MDNS[0]), socket.inet_aton("0.0.0.0"))
        try:
            group.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        except OSError:
            pytest.skip("no interface for multicast")
        yield {"tcp": tcp, "udp": udp, "multicast": group}


def heard(traps: dict[str, socket.socket]) -> list[str]:
    """The traps that something arrived at."""
    ready, _, _ = select.select(list(traps.values()), [], [], 0)
    return [name for name, trap in traps.items() if trap in ready]


async def render(options: dict[str, Any], traps: dict[str, socket.socket]) -> str:
    ports = {name: traps[name].getsockname()[1] for name in ("tcp", "udp")}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**options)
        page = await browser.new_page()
        body = f"<html><body><script>{PAGE % ports}</script></body></html>"
        await page.route("http://site.invalid/", lambda route: route.fulfill(content_type="text/html", body=body))
        await page.goto("http://site.invalid/")
        await page.wait_for_function("document.title === 'done'", timeout=300_000)
        agent: str = await page.evaluate("navigator.userAgent")
        await browser.close()
        return agent


def test_the_traps_hear_a_browser_that_has_a_network(traps: dict[str, socket.socket]) -> None:
    options = {"executable_path": CHROMIUM, "chromium_sandbox": os.geteuid() != 0}
    asyncio.run(render(options, traps))
    assert {"tcp", "udp"} <= set(heard(traps))


def test_options_alone_keep_the_browser_off_the_network(traps: dict[str, socket.socket]) -> None:
    assert "Chrom" in asyncio.run(render(launch_options({}, CHROMIUM), traps))
    assert heard(traps) == []


def test_a_namespace_alone_keeps_the_browser_off_the_network(traps: dict[str, socket.socket]) -> None:
    launcher = isolating_launcher(CHROMIUM)
    if launcher is None:
        pytest.skip("unshare is not permitted here")
    options = {"executable_path": str(launcher), "chromium_sandbox": os.geteuid() != 0}
    assert "Chrom" in asyncio.run(render(options, traps))
    assert heard(traps) == []


def test_given_options_are_kept_and_cannot_bring_back_the_network() -> None:
    options = launch_options({"args": ["--lang=ar"], "proxy": None, "handle_sigint": False}, "/bin/x")
    assert options["args"] == [*ARGUMENTS, "--lang=ar"]
    assert options["proxy"]
    assert options["handle_sigint"] is False


def test_without_unshare_the_browser_starts_without_a_namespace(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert isolating_launcher(CHROMIUM) is None
    refused = tmp_path / "unshare"
    refused.write_text("#!/bin/sh\necho not permitted >&2\nexit 1\n", encoding="utf-8")
    refused.chmod(0o700)
    assert isolating_launcher(CHROMIUM) is None
