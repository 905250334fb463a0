"""People measured: once for all whose rules are the same while the same windows are open."""

from dataclasses import replace

from filterdns.policy.measuring import Measuring, rules_content
from filterdns.policy.ruleset import During, Person
from filterdns.policy.verdict import Rule
from tests.support.households import (
    BERLIN,
    family,
    moment,
    names,
    policies,
    safe,
    schedule,
    selection,
)

DAY = moment("2026-03-07 15:00")
PLAIN = Person("ann", "child", BERLIN)
READER = replace(PLAIN, allow=selection("news.example"), block=selection("service:roblox"))


def test_content_is_what_somebody_may_do_and_not_when() -> None:
    hours = {"bedtime": schedule("bedtime", "19:00-07:00")}
    assert rules_content(replace(PLAIN, name="bob", schedules=hours)) == rules_content(PLAIN)
    others = (
        replace(PLAIN, policy="adults"),
        READER,
        replace(READER, given_up=names("childline.org.uk")),
        replace(PLAIN, safe_search=safe(search="strict")),
        replace(PLAIN, during=(During("lessons", Rule("off"), internet_off=True),)),
    )
    assert len({rules_content(each) for each in (PLAIN, *others)}) == 1 + len(others)


def test_whoever_has_lists_is_measured_as_if_nobody_were_alike() -> None:
    ruleset = family(people={"ann": READER})
    house = policies(ruleset).house
    found = Measuring(ruleset, house).bits(READER, rules_content(READER), 0, DAY)
    # The same rules, all of them in the policy.
    child = ruleset.policies["child"]
    block = replace(child.block, services={**child.block.services, **READER.block.services})
    rules = {
        **ruleset.policies,
        "child": replace(child, allow=selection("news.example"), block=block),
    }
    whole = replace(ruleset, policies=rules, people={"ann": PLAIN})
    assert found == Measuring(whole, policies(whole).house).bits(PLAIN, b"child", 0, DAY)
    assert found != Measuring(ruleset, house).bits(PLAIN, rules_content(PLAIN), 0, DAY)


def test_words_tell_who_blocks_it_and_why() -> None:
    ruleset = family()
    lena, tom = ruleset.people["lena"], ruleset.people["tom"]
    measuring = Measuring(ruleset, policies(ruleset).house)
    bits = [measuring.bits(each, rules_content(each), 0, DAY) for each in (lena, tom)]
    lacking = bits[0] & ~bits[1]
    lowest = (lacking & -lacking).bit_length() - 1
    assert measuring.words(lowest, lena, DAY) == "reddit.com is open, which A10 reddit.com blocks"
