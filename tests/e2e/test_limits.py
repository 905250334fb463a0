"""Who may ask, and how much: strangers are refused, floods are slowed down, others go on."""

import os
import resource
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path

import pytest

from tests.support.house import House, open_house
from tests.support.messages import parsed, query_bytes
from tests.support.peers import dig, nsd
from tests.support.reply import Reply

pytestmark = [pytest.mark.peer("dig", "kdig", "nsd"), pytest.mark.timeout(300)]

OPEN = "192.0.2.99"
NOON = "2026-03-07 12:00:00"
STRANGERS = ["127.0.9.9", "127.0.0.16"]
NEIGHBOUR = "127.0.0.15"
BURST = 20
FLOOD = 100

CONFIG = """\
version: 1
timezone: Europe/Berlin
allow_clients: [127.0.0.0/28]
limits: {queries_per_second: 1, burst: 20}
policies:
  child: {block: [gambling]}
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("limits")
    with (
        nsd(folder / "nsd", {".": f"* A {OPEN}"}) as upstream,
        open_house(folder, CONFIG, [upstream]) as house,
    ):
        yield house


# allow_clients.


@pytest.mark.parametrize("client", STRANGERS)
@pytest.mark.parametrize("name", ["www.library.example", "bet365.com", "localhost"])
def test_a_stranger_is_refused_whatever_it_asks(house: House, client: str, name: str) -> None:
    for reply in (house.dig(name, client=client), house.kdig(name, "A", "+tcp", client=client)):
        assert reply.status == "REFUSED"
        assert (reply.answer, reply.authority) == ((), ())
        assert reply.errors == ((18, "This network may not ask here"),)


def test_a_neighbour_is_answered(house: House) -> None:
    assert house.dig("www.library.example", client=NEIGHBOUR).addresses == [OPEN]
    assert house.kdig("www.library.example", "A", "+tcp", client=NEIGHBOUR).addresses == [OPEN]


def test_a_stranger_learns_nothing_from_what_others_have_asked(house: House) -> None:
    for _ in range(3):
        assert house.dig("hot.example", "A", "+nocookie", client=NEIGHBOUR).addresses == [OPEN]
    assert house.dig("hot.example", "A", "+nocookie", client=STRANGERS[0]).status == "REFUSED"


# Tokens.


def flood(house: House, client: str) -> list[tuple[int, bool]]:
    """Ask at once and often as *client*; return (id, is it truncated) of each answer, in order.

    Of the questions nobody has to be asked for the answer, so all that comes back is there as soon
    as a neighbour who asks after them has its own.
    """
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as neighbour,
    ):
        asker.bind((client, 0))
        neighbour.bind((NEIGHBOUR, 0))
        neighbour.settimeout(5)
        for number in range(FLOOD):
            asker.sendto(query_bytes("localhost", message_id=number), house.server)
        neighbour.sendto(query_bytes("localhost"), house.server)
        neighbour.recv(4096)
        asker.setblocking(False)
        answers = []
        with suppress(BlockingIOError):
            while True:
                answers.append(parsed(asker.recv(4096)))
    return [(answer.header.id, bool(answer.header.tc)) for answer in answers]


def test_a_flood_gets_its_burst_then_the_way_to_tcp_then_silence(house: House) -> None:
    house.set_time(NOON)
    answers = flood(house, "127.0.0.2")
    whole = [number for number, is_truncated in answers if not is_truncated]
    cut = [number for number, is_truncated in answers if is_truncated]
    assert whole[:BURST] == list(range(BURST))
    assert len(whole) <= BURST + 2  # by the second in which the flood fell
    assert 1 <= len(cut) <= 4
    assert len(answers) < FLOOD // 2
    assert cut[0] == BURST


@pytest.mark.parametrize(("tool", "client"), [("dig", "127.0.0.3"), ("kdig", "127.0.0.9")])
def test_a_client_over_its_rate_is_told_to_ask_over_tcp(
    house: House, tool: str, client: str
) -> None:
    house.set_time(NOON)
    house.dig_all(["localhost"] * BURST, "+nocookie", client=client)
    reply: Reply = getattr(house, tool)("localhost", "A", "+ignore", client=client)
    assert "tc" in reply.flags
    assert (reply.status, reply.answer) == ("NOERROR", ())


def test_what_is_over_the_rate_is_not_answered_at_all(house: House) -> None:
    house.set_time(NOON)
    client = "127.0.0.4"
    flood(house, client)
    silent = ("-b", client, "+tries=1", "+timeout=1", "+ignore", "localhost")
    said = [dig(house.server, *silent) for _ in range(3)]
    assert "no servers could be reached" in "".join(said)


def test_the_flood_of_one_client_takes_nothing_from_another(house: House) -> None:
    house.set_time(NOON)
    flood(house, "127.0.0.5")
    replies = house.dig_all(["www.library.example"] * BURST, "+nocookie", client="127.0.0.6")
    assert [reply.addresses for reply in replies] == [[OPEN]] * BURST


def test_a_rate_comes_back_with_time(house: House) -> None:
    house.set_time(NOON)
    client = "127.0.0.8"
    flood(house, client)
    house.set_time("2026-03-07 12:00:10")
    whole = [number for number, is_truncated in flood(house, client) if not is_truncated]
    assert 9 <= len(whole) <= 12
    house.set_time("2026-03-07 13:00:00")
    whole = [number for number, is_truncated in flood(house, client) if not is_truncated]
    assert BURST <= len(whole) <= BURST + 2


# Descriptors.

ROOM = 20
CROWD = 40


@pytest.fixture
def short_of_descriptors(tmp_path: Path) -> Iterator[tuple[House, int]]:
    """A house whose worker may open only a few descriptors more, and the pid of the worker."""
    config = CONFIG.replace("{queries_per_second: 1, burst: 20}", "{tcp_idle: 2m}")
    with (
        nsd(tmp_path / "nsd", {".": f"* A {OPEN}"}) as upstream,
        open_house(tmp_path / "house", config, [upstream]) as house,
    ):
        assert house.dig("cached.example").addresses == [OPEN]
        worker = house.status()["workers"][0]["pid"]
        lowest_free = next(number for number in count() if not is_open(worker, number))
        soft, hard = resource.prlimit(worker, resource.RLIMIT_NOFILE)
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (lowest_free + ROOM, hard))
        yield house, worker
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (soft, hard))


def is_open(pid: int, descriptor: int) -> bool:
    return Path(f"/proc/{pid}/fd/{descriptor}").is_symlink()


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_without_descriptors_the_rest_goes_on_and_with_them_everything(
    short_of_descriptors: tuple[House, int],
) -> None:
    house, worker = short_of_descriptors
    with ExitStack() as stack:
        for number in range(CROWD):
            client = (f"127.0.0.{2 + number % 8}", 0)
            crowd = socket.create_connection(house.server, timeout=5, source_address=client)
            stack.enter_context(crowd)
        house.wait_until(lambda: "TCP clients: all" in house.log_text(), "the shortage")
        for number in range(10):
            assert house.dig("bet365.com").addresses == ["0.0.0.0"]
            assert house.dig("cached.example").addresses == [OPEN]
            # Through a socket that is there already, or not at all; never in silence.
            assert house.dig(f"new{number}.example").status in ("NOERROR", "SERVFAIL")
        used = cpu_seconds(worker)
        threading.Event().wait(1.0)  # nobody asks; a listener that is woken in vain would spin
        assert cpu_seconds(worker) - used < 0.3
    assert house.dig("afterwards.example").addresses == [OPEN]
    house.wait_until(lambda: house.dig("tcp.example", "A", "+tcp").addresses == [OPEN], "TCP", 5.0)
    assert house.log_text().count("descriptors are in use") <= 2
    assert "is down" not in house.log_text()
