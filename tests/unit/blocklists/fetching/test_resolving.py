"""Addresses come from the name servers of the job, in turn, and some are nobody's question."""

import asyncio
import socket
from contextlib import ExitStack

import pytest

from filterdns.blocklists.fetching.job import NameServer
from filterdns.blocklists.fetching.resolving import LOOPBACK, Resolver
from filterdns.errors import FetchError
from tests.support.peers import free_port
from tests.support.upstream import (
    Asked,
    Script,
    ScriptedUpstream,
    Send,
    answer_code,
    answer_with,
    drop,
    record,
    response,
)

NOBODY = NameServer("127.0.0.1", 1)


def resolve(host: str, *scripts: Script, seconds: float = 0.4) -> tuple[str, ...]:
    with ExitStack() as stack:
        upstreams = [stack.enter_context(ScriptedUpstream(script)) for script in scripts]
        servers = [NameServer(each.host, each.port) for each in upstreams]
        return asyncio.run(Resolver(servers, seconds).addresses_of(host))


def both_families(asked: Asked) -> list[Send]:
    address = (
        record(1, socket.inet_aton("192.0.2.7"))
        if asked.qtype == 1
        else record(28, socket.inet_pton(socket.AF_INET6, "2001:db8::7"))
    )
    return [Send(response(asked, records=[address]))]


def only(qtype: int) -> Script:
    return lambda asked: both_families(asked) if asked.qtype == qtype else answer_code(2)(asked)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.0.2.7", ("192.0.2.7",)),
        ("2001:db8::7", ("2001:db8::7",)),
        ("localhost", LOOPBACK),
        ("Lists.Localhost.", LOOPBACK),
    ],
)
def test_some_are_nobodys_question(host: str, expected: tuple[str, ...]) -> None:
    assert asyncio.run(Resolver([NOBODY], 0.1).addresses_of(host)) == expected


def test_both_families_are_found_ipv4_first() -> None:
    assert resolve("lists.example", both_families) == ("192.0.2.7", "2001:db8::7")


@pytest.mark.parametrize(("qtype", "expected"), [(1, "192.0.2.7"), (28, "2001:db8::7")])
def test_one_family_is_enough(qtype: int, expected: str) -> None:
    assert resolve("lists.example", only(qtype)) == (expected,)


@pytest.mark.parametrize("bad", [drop, answer_code(2), answer_code(5)])
def test_the_next_server_is_asked(bad: Script) -> None:
    assert "192.0.2.7" in resolve("lists.example", bad, both_families)


def test_a_server_that_is_down_is_passed_over() -> None:
    with ScriptedUpstream(both_families) as upstream:
        servers = [
            NameServer("127.0.0.1", free_port()),
            NameServer("127.0.0.1", free_port(), "tcp"),
            NameServer(upstream.host, upstream.port),
        ]
        found = asyncio.run(Resolver(servers, 5).addresses_of("lists.example"))
    assert "192.0.2.7" in found


@pytest.mark.parametrize(
    ("script", "said", "is_passing"),
    [
        (drop, "did not answer, expected an address of lists.example", True),
        (answer_code(2), "answered SERVFAIL", True),
        (answer_code(3), "found no address of lists.example", False),
        (lambda asked: [Send(response(asked))], "found no address of lists.example", False),
    ],
)
def test_a_name_without_an_address_is_told(script: Script, said: str, is_passing: bool) -> None:
    with pytest.raises(FetchError, match=said) as raised:
        resolve("lists.example", script)
    assert raised.value.is_passing is is_passing


def test_without_servers_the_system_is_asked() -> None:
    # A name that cannot be asked for, so that this test asks nobody.
    with pytest.raises(FetchError, match="found no address of"):
        asyncio.run(Resolver((), 5).addresses_of("x" * 64 + ".invalid"))


def test_addresses_of_all_kinds_are_given_as_they_are() -> None:
    assert resolve("lists.example", answer_with("127.0.0.2"))[0] == "127.0.0.2"
