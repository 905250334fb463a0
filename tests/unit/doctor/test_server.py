import asyncio

import pytest

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.doctor.finding import State
from filterdns.doctor.server import find_filter, try_server
from filterdns.upstreams.endpoint import Endpoint
from tests.support.doctor import PATIENCE_SECONDS, as_filterdns, filter_with, found, scene
from tests.support.peers import free_port
from tests.support.upstream import Script, ScriptedUpstream, answer_code

ONLINE = filter_with({(from_text("example.com"), codes.A): [b"\xc0\x00\x02\x01"]})


def test_filterdns_is_found_among_the_servers_of_a_system() -> None:
    with ScriptedUpstream(answer_code(3)) as other, ScriptedUpstream(as_filterdns) as ours:
        closed = Endpoint("127.0.0.1", free_port())
        servers = [closed, *(Endpoint(each.host, each.port) for each in (other, ours))]
        assert asyncio.run(find_filter(servers, PATIENCE_SECONDS)) == servers[2]
        assert asyncio.run(find_filter(servers[:2], PATIENCE_SECONDS)) == servers[1]
    assert asyncio.run(find_filter([closed], PATIENCE_SECONDS)) == closed


@pytest.mark.parametrize(
    ("script", "state", "what"),
    [
        (ONLINE, State.CLOSED, "filterdns answers"),
        (answer_code(3), State.UNCLEAR, "is not filterdns"),
        (
            filter_with({}, rcode=2),
            State.UNCLEAR,
            "What seems closed may only be offline",
        ),
    ],
)
def test_the_filter_is_asked_who_it_is_and_whether_it_is_online(
    script: Script, state: State, what: str
) -> None:
    with ScriptedUpstream(script) as server:
        tried = found(try_server, scene((server.host, server.port), "neutral example.com"))
    assert tried.state is state
    assert what in tried.summary


def test_a_filter_that_is_not_there_is_told() -> None:
    tried = found(try_server, scene(("127.0.0.1", free_port())))
    assert tried.state is State.UNCLEAR
    assert "does not answer" in tried.summary
