"""No road is longer than the table says: counted in bytecodes, so the same on a busy machine."""

from pathlib import Path

import pytest

from filterdns.dns.question import read_question
from filterdns.policy.client import Identifier
from filterdns.resolver.image import Limits
from tests.speed.bounds import BOUNDS, RENEWED
from tests.support.households import family
from tests.support.plane import Plane, at_loopback
from tests.support.steps import FEW, LISTED, MANY, Road, Steps, count_steps, question, travel

ALL = range(FEW + MANY)
OPTION = b"\x00\x0a\x00\x08" + bytes(8)


async def memo_hit(road: Road) -> Steps:
    tail = question("www.example.org")
    await road.ask([tail] * 3)
    return road.cost_of([tail for _ in ALL])


async def memo_hit_of_a_blocked_name(road: Road) -> Steps:
    tail = question(f"www.{LISTED}")
    await road.ask([tail] * 3)
    return road.cost_of([tail for _ in ALL])


async def blocked_never_asked_before(road: Road) -> Steps:
    await road.ask([question(f"first.{LISTED}")])
    return road.cost_of([question(f"n{number}.{LISTED}") for number in ALL])


async def cached_in_the_memo_from_now_on(road: Road) -> Steps:
    tails = [question(f"n{number}.example.org") for number in ALL]
    await road.ask(tails)
    return road.cost_of(tails)


async def cached_never_in_the_memo(road: Road) -> Steps:
    plain = [question(f"n{number}.example.org") for number in ALL]
    await road.ask(plain)
    return road.cost_of([tail[:-2] + len(OPTION).to_bytes(2) + OPTION for tail in plain])


async def forwarded(road: Road) -> Steps:
    await road.ask([question("first.example.org")])
    return await road.cost_of_misses([question(f"n{number}.example.org") for number in ALL])


ROADS = {
    "memo hit": (memo_hit, "memo"),
    "memo hit of a blocked name": (memo_hit_of_a_blocked_name, "memo"),
    "blocked, never asked before": (blocked_never_asked_before, "blocked"),
    "cached, in the memo from now on": (cached_in_the_memo_from_now_on, "cached"),
    "cached, never in the memo": (cached_never_in_the_memo, "cached"),
    "forwarded": (forwarded, "forwarded"),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_a_road_is_no_longer_than_its_bound(name: str, tmp_path: Path) -> None:
    cost_of, outcome = ROADS[name]
    most = BOUNDS[name]

    async def scene(road: Road) -> None:
        steps = await cost_of(road)
        print(f"{name}: {steps.opcodes:.1f} bytecodes, {steps.calls:.1f} calls")
        assert 0 < steps.opcodes <= most.opcodes, road.longest_functions()
        assert steps.calls <= most.calls, road.longest_functions()
        counts = {labels: count for _, labels, count in road.engine.counters.take()}
        assert counts["udp", outcome] >= len(ALL)  # the road is the one that it is called

    travel(tmp_path, scene)


def test_a_new_ruleset_costs_each_client_little() -> None:
    """Thousands of them ask within the second after it, and all are looked at anew."""
    plane = Plane()
    plane.slot()
    plane.slots.replace_ruleset(Identifier(at_loopback(family())), plane.policies, Limits())
    steps = count_steps(plane.slot)
    assert 0 < steps.opcodes <= RENEWED.opcodes
    assert steps.calls <= RENEWED.calls


def test_steps_of_filterdns_are_counted_and_no_others() -> None:
    wire = b"\x00\x01" + question("www.example.org")
    once = count_steps(lambda: [read_question(wire)])
    thrice = count_steps(lambda: [read_question(wire) for _ in range(3)])
    assert once.opcodes > 20
    assert once.calls >= 1
    assert thrice == Steps(3 * once.opcodes, 3 * once.calls)
    assert count_steps(lambda: sorted([3, 1, 2])) == Steps(0, 0)


def test_a_road_that_became_longer_says_where(tmp_path: Path) -> None:
    async def scene(road: Road) -> None:
        await cached_never_in_the_memo(road)
        assert "bytecodes in dns/answers.render" in road.longest_functions()

    travel(tmp_path, scene)
