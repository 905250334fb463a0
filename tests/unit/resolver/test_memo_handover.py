"""What the memos keep when the lists change, and what they must not keep."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filterdns.dns.names import from_text
from filterdns.dns.question import read_question
from filterdns.policy.content import content_key
from filterdns.policy.house import House
from filterdns.policy.policies import EffectivePolicies
from filterdns.resolver import memo_handover
from filterdns.resolver.memo import Memo
from filterdns.resolver.memo_handover import hand_over
from filterdns.steps import Steps, at_once
from tests.support.households import LISTS, DictionaryClaims, SealedNames, family
from tests.support.messages import query_bytes
from tests.support.plane import Plane, at_loopback

OPEN, LISTED, ALIAS, BEHIND = (
    "www.example.com", "casino.example", "alias.example.com", "cdn.example.net",
)  # fmt: skip
ALL = (OPEN, LISTED, ALIAS)
CATEGORIES = sorted({category for listed in LISTS.values() for category in listed})


@pytest.fixture
def plane() -> Plane:
    """All names are in the memo, those of the lists as blocked."""
    return asked(Plane())


def asked(plane: Plane) -> Plane:
    plane.exchange.says(
        ALIAS, "A", f"{ALIAS}. 100 IN CNAME {BEHIND}.\n{BEHIND}. 100 IN A 192.0.2.2"
    )
    for name in ALL:
        query = read_question(query_bytes(name))
        plane.answer(query)
        for _ in range(2):
            slot, now = plane.slot(), plane.clock.now()
            plane.slots.memos.consider(slot.memo, query, plane.answer(query), now)
    return plane


def handing_over(
    plane: Plane, policies: EffectivePolicies, seconds: float = 60.0
) -> Steps[list[tuple[Memo, Memo]]]:
    twins = yield from policies.twins_of(plane.policies)
    return (yield from hand_over(plane.slots.memos, twins, seconds))


def with_lists(
    plane: Plane, lists: dict[str, list[str]], sealed: SealedNames | None = None
) -> EffectivePolicies:
    ruleset = at_loopback(family())
    claims = DictionaryClaims(lists)
    house = House(ruleset, claims, content_key(lists), sealed)
    return EffectivePolicies(ruleset, house, plane.policies)


def put_in_force(
    plane: Plane, lists: dict[str, list[str]], sealed: SealedNames | None = None
) -> None:
    policies = with_lists(plane, lists, sealed)
    plane.slots.memos.succeed(at_once(handing_over(plane, policies)))
    plane.policies = policies
    plane.slots.replace_ruleset(plane.slots.identifier, policies, plane.slots.limits)


def remembered(plane: Plane) -> set[str]:
    entries = plane.slot().memo.entries
    return {name for name in ALL if query_bytes(name)[2:] in entries}


@pytest.mark.parametrize(("network", "is_kept"), [("192.0.2.2", False), ("192.0.2.3", True)])
def test_an_answer_with_an_address_that_is_listed_now_is_not_kept(
    network: str, is_kept: bool
) -> None:
    addresses = {"203.0.113.99": ["gambling"]}
    plane = asked(Plane(claims=DictionaryClaims(LISTS, addresses)))
    assert remembered(plane) == set(ALL)
    claims = DictionaryClaims(LISTS, addresses | {network: ["gambling"]})
    house = House(at_loopback(family()), claims, b"other lists")
    policies = EffectivePolicies(at_loopback(family()), house, plane.policies)
    plane.slots.memos.succeed(at_once(handing_over(plane, policies)))
    plane.policies = policies
    plane.slots.replace_ruleset(plane.slots.identifier, policies, plane.slots.limits)
    assert (ALIAS in remembered(plane)) is is_kept
    assert OPEN in remembered(plane)


def test_a_name_of_which_the_lists_say_the_same_keeps_its_answer(plane: Plane) -> None:
    entries = dict(plane.slot().memo.entries)
    put_in_force(plane, LISTS | {"other.example": ["adult"]})
    assert remembered(plane) == set(ALL)
    assert plane.slot().memo.entries == entries
    assert plane.slot().memo.policy is plane.slot().policy


@pytest.mark.parametrize("name", ["www.example.com", "example.com", "com"])
def test_a_name_that_is_listed_now_is_judged_anew(plane: Plane, name: str) -> None:
    put_in_force(plane, LISTS | {name: ["adult"]})
    assert OPEN not in remembered(plane)
    assert LISTED in remembered(plane)


def test_a_name_that_is_listed_no_more_is_judged_anew(plane: Plane) -> None:
    put_in_force(plane, {name: listed for name, listed in LISTS.items() if name != LISTED})
    assert remembered(plane) == {OPEN, ALIAS}


def test_a_name_in_another_category_is_judged_anew(plane: Plane) -> None:
    put_in_force(plane, LISTS | {LISTED: ["adult"]})
    assert remembered(plane) == {OPEN, ALIAS}


def test_an_answer_is_judged_anew_if_what_it_leads_to_is_listed(plane: Plane) -> None:
    put_in_force(plane, LISTS | {BEHIND: ["adult"]})
    assert remembered(plane) == {OPEN, LISTED}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("www.example.com", {LISTED, ALIAS}),
        (LISTED, {OPEN, ALIAS}),
        (BEHIND, {OPEN, LISTED}),
        ("other.example", set(ALL)),
    ],
)
def test_a_name_that_is_sealed_now_is_judged_anew(plane: Plane, name: str, kept: set[str]) -> None:
    put_in_force(plane, LISTS, SealedNames(name))
    assert remembered(plane) == kept


def test_nothing_is_kept_where_a_category_is_fed_now(plane: Plane) -> None:
    """Then a policy is made of other parts: what waits for a list, what an `allow` lifts."""
    put_in_force(plane, LISTS | {"other.example": ["dating"]})
    assert remembered(plane) == set()


def test_the_budget_holds_what_is_kept_once(plane: Plane) -> None:
    memos = plane.slots.memos
    before = memos.used_bytes
    put_in_force(plane, LISTS)
    assert memos.used_bytes == before > 0
    put_in_force(plane, LISTS | {"com": ["adult"], LISTED: ["adult"]})
    assert (memos.used_bytes, memos.entries) == (0, 0)


def test_an_entry_a_step(plane: Plane) -> None:
    steps = list(handing_over(plane, with_lists(plane, LISTS)))
    assert len(steps) >= len(ALL)


def test_a_clock_that_is_set_back_on_the_way_leaves_nothing(plane: Plane) -> None:
    """The seconds that the entries are true for come again."""
    steps = handing_over(plane, with_lists(plane, LISTS))
    for _ in range(len(plane.slot().memo.entries)):
        next(steps)
    plane.slots.memos.clear()
    assert at_once(steps) == []


@given(
    st.dictionaries(
        st.sampled_from([*ALL, BEHIND, "example.com", "com", "net", *LISTS]),
        st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=2),
    )
)
@settings(deadline=None, max_examples=50)
def test_whatever_is_listed_the_memo_says_what_the_rules_say(lists: dict[str, list[str]]) -> None:
    plane = asked(Plane())
    put_in_force(plane, LISTS | lists)
    for name in remembered(plane):
        wire = query_bytes(name)
        slot, now = plane.slot(), plane.clock.now()
        said = plane.service.repeated(wire, slot, "udp", now)
        assert said == plane.answer(wire).wire, from_text(name)


def test_what_was_not_judged_in_time_is_left_out(plane: Plane) -> None:
    policies = with_lists(plane, {**LISTS, "poker.example": ["gambling"]})
    ((old, new),) = at_once(handing_over(plane, policies, seconds=0.0))
    assert (len(old.entries), len(new.entries)) == (len(ALL), 0)


def test_the_youngest_entries_are_judged_and_keep_their_order(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memo_handover, "MOST_ENTRIES", 2)
    policies = with_lists(plane, {**LISTS, "poker.example": ["gambling"]})
    ((old, new),) = at_once(handing_over(plane, policies))
    assert list(new.entries) == list(old.entries)[-2:]
