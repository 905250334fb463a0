"""Answers to blocked questions are forms: filled in, they are what the policy says."""

from dataclasses import replace

import pytest

from filterdns.dns import codes
from filterdns.dns.question import read_question
from filterdns.policy.verdict import AnswerMode
from filterdns.resolver.blocked import BLOCKED_TTL_SECONDS, BlockedForm
from tests.support.households import ADULTS, CHILD, family
from tests.support.messages import extended_errors, parsed, query_bytes
from tests.support.plane import BEDTIME, LENA_ADDRESS, Plane

NAMES = ("casino.example", "www.casino.example", "a.b.c.d.casino.example")


def form(plane: Plane, wire: bytes) -> BlockedForm:
    answer = plane.answer(wire)
    assert answer.form is not None
    assert answer.form.fill(read_question(wire)) == answer.wire
    return answer.form


@pytest.fixture
def plane() -> Plane:
    return Plane()


@pytest.mark.parametrize("mode", list(AnswerMode))
@pytest.mark.parametrize("qtype", ["A", "AAAA", "HTTPS"])
@pytest.mark.parametrize("payload_size", [None, 1232])
def test_a_form_is_true_for_every_name_that_it_is_filled_with(
    mode: AnswerMode, qtype: str, payload_size: int | None
) -> None:
    """Compared with a plane that makes each answer for the first time."""
    policies = {"child": replace(CHILD, answer=mode), "adults": ADULTS}
    used = Plane(family(policies=policies))
    for name in NAMES * 2:
        wire = query_bytes(name, qtype, payload_size=payload_size)
        assert form(used, wire).fill(read_question(wire)) == (
            Plane(family(policies=policies)).answer(wire).wire
        )


def test_addresses_are_one_form_for_all_names(plane: Plane) -> None:
    made = [form(plane, query_bytes(f"n{number}.casino.example")) for number in range(20)]
    assert all(each is made[0] for each in made)


def test_each_name_has_its_own_soa(plane: Plane) -> None:
    for name in NAMES:
        (soa,) = parsed(plane.answer(query_bytes(name, "MX")).wire).auth
        assert str(soa.rname) == "casino.example."


@pytest.mark.parametrize(
    "other",
    [
        query_bytes("casino.example", "AAAA"),
        query_bytes("casino.example", payload_size=1232),
        query_bytes("casino.example", payload_size=1232, dnssec_ok=True),
        query_bytes("casino.example")[:3] + b"\x10" + query_bytes("casino.example")[4:],
        query_bytes("tracker.example"),
    ],
    ids=["type", "OPT", "DO", "CD", "another rule"],
)
def test_what_differs_has_another_form(plane: Plane, other: bytes) -> None:
    plain = plane.answer(query_bytes("casino.example"))
    assert plane.answer(other).form is not plain.form


def test_names_of_one_rule_have_one_cause(plane: Plane) -> None:
    """So the log counts a name once, whatever type and options it was asked with."""
    causes = {
        form(plane, query_bytes(name, qtype, payload_size=size)).cause
        for name in NAMES
        for qtype in ("A", "HTTPS")
        for size in (None, 1232)
    }
    assert len(causes) == 1


def test_shortly_before_a_change_each_second_has_its_own() -> None:
    plane = Plane(now=BEDTIME - 10)
    wire = query_bytes("casino.example")
    for left in (10, 9, 8):
        plane.clock.seconds = BEDTIME - left
        assert not form(plane, wire).is_repeatable
        assert parsed(plane.answer(wire).wire).rr[0].ttl == left - 1


def test_what_an_alias_blocks_is_not_repeated(plane: Plane) -> None:
    zone = "alias.example. 20 IN CNAME casino.example.\ncasino.example. 60 IN A 192.0.2.1"
    plane.exchange.says("alias.example", "A", zone)
    wire = query_bytes("alias.example", payload_size=1232)
    assert not form(plane, wire).is_repeatable
    answer = parsed(plane.answer(wire).wire)
    assert (answer.header.rcode, answer.rr[0].ttl) == (codes.NOERROR, BLOCKED_TTL_SECONDS)
    assert extended_errors(plane.answer(wire).wire)[1][0] == codes.EDE_BLOCKED


def test_the_forms_end_with_the_policy(plane: Plane) -> None:
    before = form(plane, query_bytes("casino.example"))
    plane.clock.seconds = BEDTIME
    assert form(plane, query_bytes("casino.example")) is not before
    assert plane.slot(LENA_ADDRESS).memo.forms is not None
