"""The end of a filter as the service manager asks for it: in time, in order, nothing lost."""

import socket
from pathlib import Path

import pytest

from tests.support.house import open_house
from tests.support.messages import parsed, query_bytes
from tests.support.peers import Endpoint
from tests.support.upstream import ScriptedUpstream, answer_with, drop, later

pytestmark = [pytest.mark.peer("dig", "kdig"), pytest.mark.timeout(300)]

OPEN = "192.0.2.99"
MIA = "127.0.0.2"

CONFIG = """\
version: 1
timezone: Europe/Berlin
upstreams: {servers: ["127.0.0.1:9"]}
policies:
  child: {block: [gambling]}
people:
  mia: {policy: child, devices: [{name: phone, ip: 127.0.0.2}]}
"""


def test_a_question_under_way_is_answered_before_the_end(tmp_path: Path) -> None:
    with (
        ScriptedUpstream(later(answer_with(OPEN), 0.7)) as upstream,
        open_house(tmp_path, CONFIG, [Endpoint(upstream.host, upstream.port)]) as house,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        client.settimeout(5)
        client.sendto(query_bytes("late.example"), house.server)
        house.wait_until(
            lambda: any(b"late" in asked.name.lower() for asked in upstream.asked), "the question"
        )
        house.stop()
        assert str(parsed(client.recv(4096)).a.rdata) == OPEN


def test_it_ends_in_time_while_an_upstream_is_silent_and_a_connection_stays_open(
    tmp_path: Path,
) -> None:
    with (
        ScriptedUpstream(drop) as upstream,
        open_house(
            tmp_path, CONFIG, [Endpoint(upstream.host, upstream.port)], "--workers", "2"
        ) as house,
        socket.create_connection(house.server, 5) as connection,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        connection.sendall(b"\x00")  # half a length: more would have to come
        for number in range(20):
            client.sendto(query_bytes(f"never-{number}.example"), house.server)
        house.wait_until(lambda: upstream.count() >= 20, "the questions")
        assert house.stop() < 5
        assert not (tmp_path / "files" / "run" / "control.sock").exists()


def test_what_was_blocked_just_before_the_end_is_in_the_log_of_the_next_start(
    tmp_path: Path,
) -> None:
    with (
        ScriptedUpstream(answer_with(OPEN)) as upstream,
        open_house(tmp_path, CONFIG, [Endpoint(upstream.host, upstream.port)]) as house,
    ):
        assert house.dig("www.bet365.com", client=MIA).is_blocked
        house.stop()
        with open_house(tmp_path, CONFIG, [Endpoint(upstream.host, upstream.port)]) as next_house:
            assert [row["name"] for row in next_house.log_rows("mia")] == ["www.bet365.com"]


def test_after_the_end_commands_say_that_nothing_runs(tmp_path: Path) -> None:
    with open_house(tmp_path, CONFIG) as house:
        house.stop()
        said = house.cli("status")
        assert said.code == 3
        assert said.stderr.startswith("filterdns: no filter answers at ")
