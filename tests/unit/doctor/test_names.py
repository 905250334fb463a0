import socket

import pytest

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.doctor.finding import State
from filterdns.doctor.names import (
    leads_out,
    try_doh_names,
    try_firefox,
    try_private_relay,
    try_proxy,
    try_vpn,
)
from tests.support.doctor import SHORT_SECONDS, filter_with, found, scene, seen
from tests.support.upstream import ScriptedUpstream, answer_code, drop

WAYS = {
    "doh": try_doh_names,
    "vpn": try_vpn,
    "proxy": try_proxy,
    "private-relay": try_private_relay,
    "firefox": try_firefox,
}
OUT = socket.inet_aton("192.0.2.1")
ZERO = bytes(4)


@pytest.mark.parametrize("word", WAYS)
def test_a_name_with_an_address_is_a_way_out(word: str) -> None:
    script = filter_with({(from_text("open.example"), codes.A): [OUT]})
    with ScriptedUpstream(script) as server:
        tried = found(
            WAYS[word],
            scene((server.host, server.port), f"{word} open.example", f"{word} shut.example"),
        )
    assert [each.state for each in tried.seen] == [State.OPEN, State.CLOSED]


def test_an_address_of_ipv6_alone_is_enough() -> None:
    script = filter_with({(from_text("six.example"), codes.AAAA): [b"\x20\x01" + bytes(14)]})
    with ScriptedUpstream(script) as server:
        assert found(try_vpn, scene((server.host, server.port), "vpn six.example")).state is (
            State.OPEN
        )


@pytest.mark.parametrize(
    ("word", "state"),
    [("doh", State.CLOSED), ("private-relay", State.CLOSED), ("firefox", State.OPEN)],
)
def test_a_zero_address_blocks_all_but_firefoxs_check_name(word: str, state: State) -> None:
    """Mozilla: any address leaves the browser's own DNS on."""
    script = filter_with({(from_text("zero.example"), codes.A): [ZERO]})
    with ScriptedUpstream(script) as server:
        tried = found(WAYS[word], scene((server.host, server.port), f"{word} zero.example"))
    assert tried.state is state


@pytest.mark.parametrize("word", WAYS)
def test_a_filter_that_fails_or_is_silent_says_nothing(word: str) -> None:
    for script, what in ((answer_code(2), "SERVFAIL"), (drop, "no answer within 0.4 s")):
        with ScriptedUpstream(script) as server:
            where = scene(
                (server.host, server.port), f"{word} a.example", patience_seconds=SHORT_SECONDS
            )
            assert seen(found(WAYS[word], where)) == {"a.example": (State.UNCLEAR, what)}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", True),
        ("2001:db8::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("127.0.0.1", False),
        ("192.168.1.9", False),
        ("fd00::9", False),
        ("fe80::1", False),
        ("203.0.113.7", False),
    ],
)
def test_a_block_page_at_home_is_no_way_out(address: str, expected: bool) -> None:
    assert leads_out(address, scene(("203.0.113.7", 53))) is expected
