from pathlib import Path

import pytest

from filterdns.doctor.finding import State
from filterdns.doctor.foreign import try_http3, try_https, try_quic, try_tcp, try_tls, try_udp
from tests.support.certificates import make_certificate
from tests.support.doctor import SHORT_SECONDS, as_filterdns, found, scene, seen
from tests.support.peers import Endpoint, free_port
from tests.support.public_resolver import public_resolver
from tests.support.quic_responder import quic_responder
from tests.support.upstream import ScriptedUpstream, answer_code, by_transport, drop

NOBODY = ("127.0.0.1", 9)


def test_a_resolver_that_answers_is_a_way_out_and_filterdns_in_its_place_is_not() -> None:
    with ScriptedUpstream(answer_code(3)) as other, ScriptedUpstream(as_filterdns) as ours:
        lines = [f"resolver {each.host}:{each.port}" for each in (other, ours)]
        for attempt in (try_udp, try_tcp):
            tried = found(attempt, scene(NOBODY, *lines))
            assert [each.state for each in tried.seen] == [State.OPEN, State.CLOSED]
            assert tried.state is State.OPEN


def test_udp_and_tcp_are_ways_of_their_own() -> None:
    with ScriptedUpstream(by_transport(drop, answer_code(3))) as other:
        where = scene(NOBODY, f"resolver {other.host}:{other.port}", patience_seconds=SHORT_SECONDS)
        assert found(try_udp, where).state is State.CLOSED
        assert found(try_tcp, where).state is State.OPEN


@pytest.mark.peer("unbound", "openssl")
def test_a_real_server_is_reached_over_tls_and_https(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "tls", "DNS:resolver.example")
    tls, https = free_port(), free_port()
    endpoints = [Endpoint("127.0.0.1", port) for port in (free_port(), tls, https)]
    with public_resolver(tmp_path, endpoints, certificate, {}, tls, https):
        where = scene(
            NOBODY,
            f"tls 127.0.0.1:{tls} resolver.example",
            f"https 127.0.0.1:{https} resolver.example /dns-query",
        )
        assert found(try_tls, where).state is State.OPEN
        assert found(try_https, where).state is State.OPEN
    for attempt in (try_tls, try_https):
        [(state, what)] = seen(found(attempt, where)).values()
        assert (state, what) == (State.CLOSED, "refused")


@pytest.mark.parametrize(("attempt", "word"), [(try_quic, "quic"), (try_http3, "https")])
def test_any_answer_to_quic_is_a_way_out(attempt: object, word: str) -> None:
    closed = f"{word} 127.0.0.1:{free_port()}"
    with quic_responder([("127.0.0.1", 0), ("::1", 0)]) as opened:
        lines = [f"{word} {Endpoint(*each)}" for each in opened]
        states = [each.state for each in found(attempt, scene(NOBODY, *lines, closed)).seen]  # type: ignore[arg-type]
    assert states == [State.OPEN, State.OPEN, State.CLOSED]


def test_something_else_at_that_port_is_a_way_out_too() -> None:
    with quic_responder([("127.0.0.1", 0)], says=b"who is there?") as [opened]:
        tried = found(try_quic, scene(NOBODY, f"quic {Endpoint(*opened)}"))
    [(state, what)] = seen(tried).values()
    assert (state, what) == (State.OPEN, "something answered")
