"""What a person and the policy together allow and block."""

from dataclasses import replace

from filterdns.dns.names import from_text
from filterdns.policy.house import House
from filterdns.policy.ruleset import During, Person, PolicyRules, Selection
from filterdns.policy.verdict import Action, Row, Rule
from filterdns.policy.wishes import (
    blocked_categories,
    blocked_services,
    compile_given_up,
    compile_names,
    names_allowed_exactly,
    windows_of,
)
from tests.support.households import BERLIN, CHILD, LISTS, DictionaryClaims, family, selection

HOMEWORK_OFF = During("homework", Rule("internet off"), internet_off=True)
READING = During("reading", Rule("allow-only"), allow_only=Selection())

CLAIMS = DictionaryClaims(LISTS)
HOUSE = House(family(), CLAIMS, b"")


def rules(*block: str, allow: Selection | None = None) -> PolicyRules:
    return PolicyRules("p", allow=allow or Selection(), block=selection(*block))


def person(*block: str, allow: Selection | None = None) -> Person:
    return Person("kim", "p", BERLIN, allow=allow or Selection(), block=selection(*block))


def action(written: PolicyRules, own: Person, name: str) -> Action:
    return compile_names(written, own, HOUSE)[from_text(name)].action


def test_in_one_place_a_name_wins_over_a_service() -> None:
    allowed = selection("service:youtube")
    assert action(rules("youtube.com", allow=allowed), person(), "youtube.com") is Action.BLOCK
    assert action(rules(), person("youtube.com", allow=allowed), "youtube.com") is Action.BLOCK


def test_in_one_place_a_block_wins_over_an_allow() -> None:
    both = rules("x.example", allow=selection("x.example"))
    assert action(both, person(), "x.example") is Action.BLOCK


def test_a_persons_allowed_service_wins_over_the_policys_name() -> None:
    own = person(allow=selection("service:youtube"))
    assert action(rules("youtube.com"), own, "youtube.com") is Action.ALLOW


def test_a_service_that_nobody_knows_has_no_names() -> None:
    assert compile_names(rules(allow=selection("service:gone")), person(), HOUSE) == {}


def test_the_verdict_knows_row_and_name() -> None:
    verdict = compile_names(rules("x.example"), person(), HOUSE)[from_text("x.example")]
    assert (verdict.row, verdict.listed) == (Row.NAME, from_text("x.example"))


def test_only_names_in_so_many_words_are_exact() -> None:
    written = rules(allow=selection("a.example", "service:youtube"))
    own = person("a.example", allow=selection("b.example"))
    names = compile_names(written, own, HOUSE)
    assert names_allowed_exactly(written, own, HOUSE, names) == {from_text("b.example")}


def test_a_person_who_blocks_a_service_ends_what_the_policy_allows_of_it() -> None:
    for allowed in ("youtube.com", "service:youtube"):
        written = rules(allow=selection(allowed, "kids.youtube.com"))
        own = person("service:youtube")
        names = compile_names(written, own, HOUSE)
        assert set(names) == {from_text("kids.youtube.com")}
        assert names_allowed_exactly(written, own, HOUSE, names) == {from_text("kids.youtube.com")}


def test_a_person_who_blocks_a_service_may_allow_one_of_its_names() -> None:
    own = person("service:youtube", allow=selection("youtube.com"))
    assert action(rules(), own, "youtube.com") is Action.ALLOW


def test_what_is_left_of_a_service_is_allowed_but_not_in_so_many_words() -> None:
    left = replace(Selection(), parts=selection("youtube.com").names)
    written = rules(allow=left)
    names = compile_names(written, person(), HOUSE)
    assert names[from_text("youtube.com")].action is Action.ALLOW
    assert not names_allowed_exactly(written, person(), HOUSE, names)


def test_services_of_both_are_blocked() -> None:
    assert list(blocked_services(rules("service:tiktok"), person("service:roblox"))) == [
        "tiktok",
        "roblox",
    ]


def test_a_person_leaves_categories_but_no_locked_ones() -> None:
    own = person("streaming", allow=selection("games", "gambling", "streaming"))
    found = blocked_categories(rules("games", "gambling", "social"), own, HOUSE)
    assert list(found) == ["gambling", "social", "streaming"]


def test_a_rule_that_brings_its_own_words_keeps_them() -> None:
    written = rules("x.example")
    own_words = {
        name: rule._replace(reason="Not here") for name, rule in written.block.names.items()
    }
    written = replace(written, block=replace(written.block, names=own_words))
    assert compile_names(written, person(), HOUSE)[from_text("x.example")].rule.reason == "Not here"


def test_own_windows_come_first_and_replace_those_of_the_same_schedule() -> None:
    own = Person("kim", "child", BERLIN, during=(READING, HOMEWORK_OFF))
    assert windows_of(CHILD, own) == (READING, HOMEWORK_OFF, CHILD.during[0])


def test_without_own_windows_the_policy_has_its_say() -> None:
    assert windows_of(CHILD, person()) == CHILD.during


# Lifelines that are given up.

LINE, CHAT = from_text("childline.org.uk"), from_text("chat.childline.org.uk")
REASON = Rule("because")


def given_up(written: PolicyRules, own: Person) -> dict[bytes, Action]:
    names = compile_names(written, own, HOUSE)
    found = compile_given_up(written, own, HOUSE, names)
    assert {verdict.row for verdict in found.values()} <= {Row.LIFELINE}
    return {name: verdict.action for name, verdict in found.items()}


def test_a_block_alone_gives_no_lifeline_up() -> None:
    assert given_up(rules("childline.org.uk"), person("childline.org.uk")) == {}


def test_a_confirmed_block_gives_it_up() -> None:
    confirmed = {LINE: REASON}
    by_policy = replace(rules("childline.org.uk"), given_up=confirmed)
    by_person = replace(person("childline.org.uk"), given_up=confirmed)
    assert given_up(by_policy, person()) == {LINE: Action.BLOCK}
    assert given_up(rules(), by_person) == {LINE: Action.BLOCK}


def test_it_counts_only_while_the_name_is_blocked() -> None:
    confirmed = replace(rules("childline.org.uk"), given_up={LINE: REASON})
    assert given_up(confirmed, person(allow=selection("childline.org.uk"))) == {}
    assert given_up(replace(rules(), given_up={LINE: REASON}), person()) == {}


def test_what_is_allowed_below_it_stays_as_the_house_keeps_it() -> None:
    confirmed = replace(rules("childline.org.uk"), given_up={LINE: REASON})
    own = person(allow=selection("chat.childline.org.uk", "other.example"))
    assert given_up(confirmed, own) == {LINE: Action.BLOCK, CHAT: Action.ALLOW}
    kept = compile_given_up(confirmed, own, HOUSE, compile_names(confirmed, own, HOUSE))[CHAT]
    assert kept == HOUSE.protection(CHAT)
