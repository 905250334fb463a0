"""One question, and only its own answer."""

import asyncio
import socket

import pytest
from dnslib import CNAME, QTYPE, RR, A, DNSRecord

from filterdns.blocklists.fetching.job import NameServer
from filterdns.blocklists.fetching.name_question import NameQuestion, NoUsefulAnswer
from tests.support.upstream import (
    CLOSE,
    Asked,
    Script,
    ScriptedUpstream,
    Send,
    answer_code,
    answer_with,
    by_transport,
    elsewhere,
    one_after_the_other,
    record,
    response,
    truncated,
)

ADDRESS = "192.0.2.7"


def ask(script: Script, name: str = "lists.example", transport: str = "udp") -> tuple[str, ...]:
    async def ask_within(server: NameServer) -> tuple[str, ...]:
        async with asyncio.timeout(1):
            return await NameQuestion(name, "A").ask(server)

    with ScriptedUpstream(script) as upstream:
        return asyncio.run(ask_within(NameServer(upstream.host, upstream.port, transport)))


def answers(*records: tuple[str, object]) -> Script:
    """Answer with these records: owner and data."""

    def script(asked: Asked) -> list[Send]:
        reply = DNSRecord.parse(asked.wire).reply()
        for owner, data in records:
            rtype = QTYPE.A if isinstance(data, A) else QTYPE.CNAME
            reply.add_answer(RR(owner, rtype, rdata=data, ttl=60))
        return [Send(reply.pack())]

    return script


def wrong(query_id: int = 0, question: bytes | None = None) -> Script:
    data = [record(1, socket.inet_aton("198.51.100.1"))]
    return lambda asked: [
        Send(response(asked, records=data, query_id=asked.query_id ^ query_id, question=question))
    ]


OTHER_NAME = b"\x05other\x07example\x00\x00\x01\x00\x01"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_an_address_is_found(transport: str) -> None:
    assert ask(answer_with(ADDRESS), transport=transport) == (ADDRESS,)


def test_what_is_too_long_for_a_datagram_is_asked_over_tcp() -> None:
    script = by_transport(lambda asked: [Send(truncated(asked))], answer_with(ADDRESS))
    assert ask(script) == (ADDRESS,)


def test_aliases_are_followed_and_strangers_are_not() -> None:
    script = answers(
        ("Lists.example", CNAME("a.example")),
        ("a.example", CNAME("b.example")),
        ("stranger.example", A("198.51.100.1")),
        ("b.example", A(ADDRESS)),
    )
    assert ask(script) == (ADDRESS,)


def test_a_circle_of_aliases_ends() -> None:
    circle = answers(("lists.example", CNAME("a.example")), ("a.example", CNAME("lists.example")))
    assert ask(circle) == ()


def test_a_name_that_is_not_there_has_no_address() -> None:
    assert ask(answer_code(3)) == ()


@pytest.mark.parametrize(
    "false",
    [
        wrong(query_id=1),
        wrong(question=OTHER_NAME),
        elsewhere(wrong()),
        lambda asked: [Send(b"\0")],
        lambda asked: [Send(asked.wire)],
        lambda asked: [Send(response(asked)[:-3])],
    ],
)
def test_what_is_not_the_answer_is_not_looked_at(false: Script) -> None:
    assert ask(one_after_the_other(false, answer_with(ADDRESS))) == (ADDRESS,)
    with pytest.raises(TimeoutError):
        ask(false)


def test_ids_are_not_to_be_guessed() -> None:
    with ScriptedUpstream(answer_with(ADDRESS)) as upstream:
        for _ in range(8):
            question = NameQuestion("lists.example", "A")
            asyncio.run(question.ask(NameServer(upstream.host, upstream.port)))
        assert len({asked.query_id for asked in upstream.asked}) > 1
        assert len({asked.source for asked in upstream.asked}) > 1


@pytest.mark.parametrize("rcode", [2, 5])
def test_a_failure_is_no_useful_answer(rcode: int) -> None:
    with pytest.raises(NoUsefulAnswer, match=r"answered (SERVFAIL|REFUSED)"):
        ask(answer_code(rcode))


@pytest.mark.parametrize(
    ("script", "said"),
    [(lambda _: [CLOSE], "closed the connection"), (wrong(query_id=1), "another question")],
)
def test_a_stream_that_gives_no_answer_is_told(script: Script, said: str) -> None:
    with pytest.raises(NoUsefulAnswer, match=said):
        ask(script, transport="tcp")


def test_what_is_no_name_is_not_asked() -> None:
    with pytest.raises(NoUsefulAnswer, match="no name"):
        ask(answer_with(ADDRESS), name="x" * 64 + ".example")
