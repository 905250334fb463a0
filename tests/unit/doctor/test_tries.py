import asyncio

import pytest

from filterdns.dns import codes
from filterdns.doctor.finding import Seen, State, Way
from filterdns.doctor.reply import Reply
from filterdns.doctor.tries import ask_filter, is_answered, try_all, try_other
from filterdns.errors import MalformedMessage, NoAnswer
from tests.support.doctor import SHORT_SECONDS, filter_with, scene
from tests.support.upstream import ScriptedUpstream, Send, answer_code, drop, response

NAME = b"\x03two\x07example\x00"


async def said(reply: Reply | Exception) -> Reply:
    if isinstance(reply, Exception):
        raise reply
    return reply


@pytest.mark.parametrize(
    ("reply", "state", "what"),
    [
        (Reply(codes.NOERROR), State.OPEN, "answered"),
        (Reply(codes.NXDOMAIN), State.OPEN, "answered"),
        (Reply(codes.REFUSED), State.OPEN, "answered REFUSED"),
        (Reply(codes.NOERROR, is_filterdns=True), State.CLOSED, "filterdns answered instead"),
        (NoAnswer("refused"), State.CLOSED, "refused"),
        (MalformedMessage("no sense"), State.UNCLEAR, "no sense"),
    ],
)
def test_whatever_comes_back_has_found_its_way(
    reply: Reply | Exception, state: State, what: str
) -> None:
    assert asyncio.run(try_other("192.0.2.1", said(reply))) == Seen("192.0.2.1", state, what)


def test_tries_are_made_at_once() -> None:
    async def run() -> list[str]:
        met = asyncio.Barrier(3)

        async def one(target: str) -> Seen:
            await asyncio.wait_for(met.wait(), 10)
            return Seen(target, State.CLOSED, "")

        tried = await try_all(Way("k", "t", "", ""), (one(each) for each in "abc"))
        return [each.target for each in tried.seen]

    assert asyncio.run(run()) == ["a", "b", "c"]


def test_the_answers_for_several_types_are_one() -> None:
    script = filter_with({(NAME, codes.A): [b"\xc0\x00\x02\x01"], (NAME, codes.AAAA): [bytes(16)]})
    with ScriptedUpstream(script) as server:
        where = scene((server.host, server.port))
        reply = asyncio.run(ask_filter(where, "two.example", codes.A, codes.AAAA))
    assert reply.addresses == ("192.0.2.1", "::")
    assert reply.rcode == codes.NOERROR


def test_a_failure_of_one_type_is_the_failure_of_all() -> None:
    def script(asked: object) -> list[Send]:
        return [Send(response(asked, rcode=2 if asked.qtype == codes.AAAA else 3))]  # type: ignore[attr-defined, arg-type]

    with ScriptedUpstream(script) as server:
        where = scene((server.host, server.port))
        reply = asyncio.run(ask_filter(where, "two.example", codes.A, codes.AAAA))
    assert reply.rcode == codes.SERVFAIL
    assert not is_answered(reply)


def test_silence_is_no_answer() -> None:
    with ScriptedUpstream(drop) as server, pytest.raises(NoAnswer):
        where = scene((server.host, server.port), patience_seconds=SHORT_SECONDS)
        asyncio.run(ask_filter(where, "two.example", codes.A))


@pytest.mark.parametrize("rcode", [codes.NOERROR, codes.NXDOMAIN])
def test_that_a_name_is_not_there_is_an_answer(rcode: int) -> None:
    with ScriptedUpstream(answer_code(rcode)) as server:
        where = scene((server.host, server.port))
        assert is_answered(asyncio.run(ask_filter(where, "two.example", codes.A)))
