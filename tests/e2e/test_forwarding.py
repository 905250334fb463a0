"""What is allowed goes on to upstreams: asked once, kept, cut to size, asked elsewhere.

Where it matters what an upstream heard, it is a scripted one; else NSD.
"""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from filterdns.dns.names import from_text
from tests.support.house import House, open_house
from tests.support.messages import parsed, query_bytes
from tests.support.peers import Endpoint, kdig, nsd
from tests.support.reply import read_replies
from tests.support.upstream import (
    Asked,
    Script,
    ScriptedUpstream,
    Send,
    answer_code,
    answer_with,
    later,
    record,
    response,
)

pytestmark = [pytest.mark.untimed, pytest.mark.peer("dig", "kdig", "nsd"), pytest.mark.timeout(300)]

MIA, PARENT = "127.0.0.2", "127.0.0.4"
OPEN = "192.0.2.99"

CONFIG = """\
version: 1
timezone: Europe/Berlin
policies:
  child: {block: [gambling]}
  adults: {block: []}
people:
  mia: {policy: child, devices: [{name: phone, ip: 127.0.0.2}]}
  parents: {policy: adults, devices: [{name: phone, ip: 127.0.0.4}]}
"""

BIG = "\n".join(f'@ TXT "{number:02}{"x" * 198}"' for number in range(20))
ZONES = {
    ".": f"* A {OPEN}",
    "aging.example": "www 200 A 192.0.2.7",
    "big.example": BIG,
    "missing.example": "www A 192.0.2.8",
}


# Upstreams that count.


class Scene(NamedTuple):
    """A house whose upstream does as the test says."""

    house: House
    upstream: ScriptedUpstream

    def asked(self, name: str) -> int:
        """How often the upstream was asked for *name*; what is sent again under its id is one."""
        wire = from_text(name)
        return len({asked.wire for asked in self.upstream.asked if asked.name.lower() == wire})


@pytest.fixture(scope="module")
def running_scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scripted")
    with (
        ScriptedUpstream(answer_with(OPEN)) as upstream,
        open_house(folder, CONFIG, [Endpoint(upstream.host, upstream.port)]) as house,
    ):
        yield Scene(house, upstream)


@pytest.fixture
def scene(running_scene: Scene) -> Scene:
    running_scene.upstream.script = answer_with(OPEN)
    return running_scene


def alias_of(target: str) -> Script:
    """Say that the asked name is an alias of *target*, which has an address."""
    wire = from_text(target)

    def script(asked: Asked) -> Sequence[Send]:
        alias = record(5, wire)
        address = record(1, socket.inet_aton(OPEN), owner=wire)
        return [Send(response(asked, records=[alias, address]))]

    return script


def no_such_name(minimum_seconds: int) -> Script:
    """Say that the asked name does not exist, for *minimum_seconds*."""
    numbers = b"".join(number.to_bytes(4) for number in (1, 3600, 600, 86400, minimum_seconds))
    soa = record(6, b"\x00\x00" + numbers, ttl=3600, owner=b"\x00")

    def script(asked: Asked) -> Sequence[Send]:
        wire = bytearray(response(asked, rcode=3) + soa)
        wire[9] = 1  # one record, in the authority section
        return [Send(bytes(wire))]

    return script


def test_an_alias_is_judged_for_each_from_what_was_fetched_once(scene: Scene) -> None:
    scene.upstream.script = alias_of("www.bet365.com")
    name = "www.detour.example"
    for _ in range(3):
        assert scene.house.dig(name, client=PARENT).addresses == [OPEN]
        blocked = scene.house.dig(name, client=MIA)
        assert blocked.addresses == ["0.0.0.0"]
        assert blocked.reason == "Blocked: gambling"
        assert scene.house.kdig(name, client=MIA).is_blocked
    assert scene.asked(name) == 1


def test_a_blocked_question_never_leaves_the_house(scene: Scene) -> None:
    for qtype in ("A", "AAAA", "HTTPS", "TXT"):
        assert scene.house.dig("www.bet365.com", qtype, client=MIA).is_blocked
    assert scene.asked("www.bet365.com") == 0


def test_equal_questions_at_once_are_asked_once(scene: Scene) -> None:
    scene.upstream.script = later(answer_with(OPEN), 0.5)
    name = "crowd.example"
    with ExitStack() as stack:
        crowd = [stack.enter_context(client_socket(MIA)) for _ in range(25)]
        crowd += [stack.enter_context(client_socket(PARENT)) for _ in range(25)]
        for number, one in enumerate(crowd):
            one.sendto(query_bytes(name, message_id=number), scene.house.server)
        answers = [parsed(one.recv(4096)) for one in crowd]
    assert [answer.header.id for answer in answers] == list(range(50))
    assert {str(answer.a.rdata) for answer in answers} == {OPEN}
    assert scene.asked(name) == 1


def test_a_name_that_does_not_exist_is_asked_once_for_as_long_as_its_zone_says(
    scene: Scene,
) -> None:
    scene.upstream.script = no_such_name(minimum_seconds=120)
    scene.house.set_time("2026-03-07 12:00:00")
    name = "nothing.example"
    assert scene.house.dig(name, client=MIA).status == "NXDOMAIN"
    scene.house.set_time("2026-03-07 12:01:50")
    for client in (MIA, PARENT):
        assert scene.house.dig(name, client=client).status == "NXDOMAIN"
    assert scene.asked(name) == 1
    scene.house.set_time("2026-03-07 12:02:05")
    assert scene.house.dig(name, client=MIA).status == "NXDOMAIN"
    assert scene.asked(name) == 2


def test_a_refusal_of_the_upstream_is_our_failure_and_soon_forgotten(scene: Scene) -> None:
    scene.house.set_time("2026-03-07 12:00:00")
    scene.upstream.script = answer_code(5)
    reply = scene.house.dig("refused.example", client=MIA)
    assert reply.status == "SERVFAIL"
    assert [code for code, _ in reply.errors] == [22]
    scene.upstream.script = answer_with(OPEN)
    scene.house.set_time("2026-03-07 12:00:05")
    assert scene.house.dig("refused.example", client=MIA).addresses == [OPEN]


def test_pipelined_questions_are_answered_as_they_become_ready(scene: Scene) -> None:
    slow, quick = later(answer_with(OPEN), 0.5), answer_with(OPEN)
    scene.upstream.script = lambda asked: (slow if b"slow" in asked.name.lower() else quick)(asked)
    names = ["slow.pipeline.example", "bet365.com", "quick.pipeline.example"]
    with socket.create_connection(scene.house.server, 5, (MIA, 0)) as connection:
        connection.sendall(
            b"".join(framed(query_bytes(name, message_id=n)) for n, name in enumerate(names))
        )
        with connection.makefile("rb") as stream:
            answers = [parsed(stream.read(int.from_bytes(stream.read(2)))) for _ in names]
    assert [answer.header.id for answer in answers] == [1, 2, 0]
    assert [str(answer.a.rdata) for answer in answers] == ["0.0.0.0", OPEN, OPEN]


def test_one_connection_serves_a_whole_visit(scene: Scene) -> None:
    names = [f"page-{number}.example" for number in range(10)]
    said = kdig(scene.house.server, "-b", PARENT, "+tcp", "+keepopen", *names)
    replies = read_replies(said)
    assert [reply.addresses for reply in replies] == [[OPEN]] * 10


def client_socket(client: str) -> socket.socket:
    """A datagram socket of the address *client* that waits 5 s at most."""
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind((client, 0))
    one.settimeout(5)
    return one


def framed(wire: bytes) -> bytes:
    """A message as it stands in a stream (RFC 1035 section 4.2.2)."""
    return len(wire).to_bytes(2) + wire


# A real one.


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("real")
    with (
        nsd(folder / "nsd", ZONES) as upstream,
        open_house(folder, CONFIG, [upstream]) as house,
    ):
        yield house


def test_an_answer_ages_and_is_fetched_anew_when_it_has_ended(house: House) -> None:
    house.set_time("2026-03-07 12:00:00")
    [fetched] = house.dig("www.aging.example", client=MIA).answer
    house.set_time("2026-03-07 12:01:40")
    [kept] = house.kdig("www.aging.example", client=PARENT).answer
    house.set_time("2026-03-07 12:03:25")
    [fresh] = house.dig("www.aging.example", client=MIA).answer
    assert fetched.ttl == fresh.ttl == 200
    assert 90 <= kept.ttl <= 100


@pytest.mark.parametrize(
    ("name", "qtype", "status"),
    [("not.missing.example", "A", "NXDOMAIN"), ("www.missing.example", "TXT", "NOERROR")],
)
def test_what_is_not_there_ages_with_its_soa(
    house: House, name: str, qtype: str, status: str
) -> None:
    house.set_time("2026-03-07 12:00:00")
    fetched = house.dig(name, qtype, client=MIA)
    assert (fetched.status, fetched.answer, fetched.ttl) == (status, (), 300)
    house.set_time("2026-03-07 12:01:40")
    kept = house.kdig(name, qtype, client=PARENT)
    assert (kept.status, kept.answer) == (status, ())
    assert 190 <= kept.ttl <= 200
    assert kept.authority[0].rtype == "SOA"


def test_an_answer_too_long_for_a_datagram_is_fetched_over_tcp(house: House) -> None:
    reply = house.dig("big.example", "TXT", "+tcp", client=MIA)
    assert len(reply.answer) == 20
    assert "tc" not in reply.flags
    assert reply.size > 4000


@pytest.mark.parametrize(
    ("option", "limit"),
    [("+noedns", 512), ("+bufsize=512", 512), ("+bufsize=1000", 1000), ("+bufsize=4096", 1232)],
)
def test_an_answer_is_cut_to_what_the_client_takes(house: House, option: str, limit: int) -> None:
    cut = house.dig("big.example", "TXT", option, "+ignore", client=MIA)
    assert "tc" in cut.flags
    assert limit - 220 < cut.size <= limit
    assert all(len(each.data) == 202 for each in cut.answer)  # whole records alone
    assert len(house.dig("big.example", "TXT", option, client=MIA).answer) == 20  # over TCP


def test_the_next_upstream_answers_when_the_first_has_gone(tmp_path: Path) -> None:
    with ExitStack() as stack, ExitStack() as first_stack:
        first = first_stack.enter_context(nsd(tmp_path / "first", {".": "* A 192.0.2.1"}))
        second = stack.enter_context(nsd(tmp_path / "second", {".": "* A 192.0.2.2"}))
        house = stack.enter_context(open_house(tmp_path, CONFIG, [first, second]))
        assert house.dig("before.example", client=MIA).addresses == ["192.0.2.1"]
        first_stack.close()
        for number in range(5):
            started = time.monotonic()
            reply = house.dig(f"after-{number}.example", client=MIA)
            assert reply.addresses == ["192.0.2.2"]
            assert time.monotonic() - started < 3
        assert house.dig("before.example", client=MIA).addresses == ["192.0.2.1"]  # kept

        def is_told() -> bool:
            states = [upstream["state"] for upstream in house.status()["upstreams"]]
            return states == ["down", "up"]

        house.wait_until(is_told, "the state of the upstreams")
        assert any(f"{first}" in trouble for trouble in house.status()["troubles"])
