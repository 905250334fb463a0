import asyncio

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.doctor import ways
from filterdns.doctor.examine import TRIES, examine, is_any_open
from filterdns.doctor.finding import State, Way
from tests.support.doctor import filter_with, scene
from tests.support.upstream import ScriptedUpstream

KNOWN = {
    (from_text("example.com"), codes.A): [b"\xc0\x00\x02\x01"],
    (from_text("open.example"), codes.A): [b"\xc0\x00\x02\x01"],
}


def test_ways_without_targets_are_left_out() -> None:
    with ScriptedUpstream(filter_with(KNOWN)) as server:
        where = scene((server.host, server.port), "neutral example.com", "vpn shut.example")
        findings = asyncio.run(examine(where))
    assert [each.way.key for each in findings] == [
        "server", "second-resolver", "router", "ddr", "vpn",
    ]  # fmt: skip
    assert {each.state for each in findings} == {State.CLOSED}
    assert not is_any_open(findings)


def test_one_open_way_is_enough() -> None:
    with ScriptedUpstream(filter_with(KNOWN)) as server:
        where = scene((server.host, server.port), "vpn shut.example", "proxy open.example")
        findings = asyncio.run(examine(where))
    assert [each.way.key for each in findings if each.state is State.OPEN] == ["proxy"]
    assert is_any_open(findings)


def test_every_way_is_tried() -> None:
    assert len(TRIES) == sum(isinstance(each, Way) for each in vars(ways).values())
