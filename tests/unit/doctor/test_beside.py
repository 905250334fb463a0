import pytest

from filterdns.doctor.beside import try_router, try_second_resolver
from filterdns.doctor.finding import State
from tests.support.doctor import as_filterdns, found, scene, seen
from tests.support.peers import free_port
from tests.support.upstream import ScriptedUpstream, answer_code, by_transport, drop

FILTER = ("127.0.0.1", 9)


@pytest.mark.parametrize(
    ("attempt", "where"), [(try_second_resolver, "name_servers"), (try_router, "gateways")]
)
def test_a_server_beside_the_filter_is_a_way_round(attempt: object, where: str) -> None:
    with ScriptedUpstream(answer_code(3)) as other:
        beside = [FILTER, (other.host, other.port)]
        tried = found(attempt, scene(FILTER, **{where: beside}))  # type: ignore[arg-type]
    assert seen(tried) == {
        "127.0.0.1 (UDP)": (State.OPEN, "answered"),
        "127.0.0.1 (TCP)": (State.OPEN, "answered"),
    }


@pytest.mark.parametrize(
    ("attempt", "where"), [(try_second_resolver, "name_servers"), (try_router, "gateways")]
)
def test_one_that_asks_filterdns_or_answers_nothing_is_none(attempt: object, where: str) -> None:
    with ScriptedUpstream(as_filterdns) as ours:
        beside = [(ours.host, ours.port), ("127.0.0.1", free_port())]
        tried = found(attempt, scene(FILTER, **{where: beside}))  # type: ignore[arg-type]
    assert {each.state for each in tried.seen} == {State.CLOSED}


def test_tcp_alone_is_enough() -> None:
    with ScriptedUpstream(by_transport(drop, answer_code(3))) as other:
        where = scene(FILTER, gateways=[(other.host, other.port)], patience_seconds=2.0)
        assert found(try_router, where).state is State.OPEN


def test_a_device_that_knows_the_filter_alone_is_told() -> None:
    alone = found(try_second_resolver, scene(FILTER, name_servers=[FILTER]))
    assert (alone.state, alone.seen[0].what) == (State.CLOSED, "no other is given")
    without = found(try_router, scene(FILTER))
    assert (without.state, without.seen[0].what) == (State.CLOSED, "this device has none")
