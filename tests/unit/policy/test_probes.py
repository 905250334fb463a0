"""What is asked to see the differences of policies."""

from filterdns.policy.decide import judge
from filterdns.policy.probes import ANY_OTHER, Probe, ProbeKind, probes, probes_of_all
from filterdns.policy.verdict import Action
from tests.support.households import (
    family,
    lena_at_bedtime,
    lena_in_the_afternoon,
    parents_in_the_evening,
    policies,
    stranger_in_the_afternoon,
)


def whats(found: list[Probe], kind: ProbeKind) -> set[str]:
    return {probe.what for probe in found if probe.kind is kind}


def test_what_nothing_mentions_is_asked_first() -> None:
    first, *others = probes(parents_in_the_evening())
    assert first.what == ANY_OTHER
    assert not others


def test_each_category_and_name_of_the_rules_is_asked() -> None:
    found = list(probes(lena_in_the_afternoon()))
    assert {"adult", "gambling", "vpn"} <= whats(found, ProbeKind.CATEGORY)
    assert {"tiktok.com", "reddit.com"} <= whats(found, ProbeKind.NAME)


def test_what_a_window_spares_is_asked_too() -> None:
    assert "moodle.school.example" in whats(list(probes(lena_at_bedtime())), ProbeKind.NAME)


def test_the_rules_of_all_members_are_asked() -> None:
    found = list(probes(stranger_in_the_afternoon()))
    assert "adult" in whats(found, ProbeKind.CATEGORY)


def test_a_name_is_asked_itself_and_below_it() -> None:
    asked = [probe.name for probe in probes(lena_in_the_afternoon()) if probe.what == "tiktok.com"]
    assert asked == [b"\x06tiktok\x03com\x00", b"\x05probe\x06tiktok\x03com\x00"]


def test_a_made_up_name_stands_for_its_category() -> None:
    policy = lena_in_the_afternoon()
    blocked = {
        probe.what: judge(probe.asked(policy.house), policy).action is Action.BLOCK
        for probe in probes(policy)
    }
    assert blocked["gambling"]
    assert not blocked[ANY_OTHER]


def test_what_anybody_may_be_asked_at_any_time_is_among_all_questions() -> None:
    ruleset = family()
    every = set(probes_of_all(ruleset, policies(ruleset).house))
    for policy in (
        lena_at_bedtime(),
        lena_in_the_afternoon(),
        parents_in_the_evening(),
        stranger_in_the_afternoon(),
    ):
        assert set(probes(policy)) <= every
