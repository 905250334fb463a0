"""Policies: `extends` folded in, the nearer one wins."""

from pathlib import Path

import pytest

from filterdns.config.policies import MOST_STEPS
from filterdns.config.vocabulary import BYPASS_WORDS
from filterdns.dns.names import from_text, to_text
from filterdns.policy.ruleset import PolicyRules, Rebinding
from filterdns.policy.verdict import AnswerMode, LogMode, Rule
from tests.support.configs import catalog, compiled, complaints

SCHEDULES = "schedules: {bedtime: {fri: always}, homework: {fri: always}}\n"


def policy(folder: Path, body: str, name: str = "near") -> PolicyRules:
    return compiled(folder, SCHEDULES + body).ruleset.policies[name]


def folded(folder: Path, far: str, near: str) -> PolicyRules:
    return policy(folder, f"policies:\n  near: {{extends: far, {near}}}\n  far: {{{far}}}\n")


def test_what_is_blocked_adds_up(tmp_path: Path) -> None:
    near = folded(tmp_path, "block: [adult, a.example]", "block: [gambling, service:tiktok]")
    assert set(near.block.categories) == {"adult", "gambling"}
    assert set(near.block.services) == {"tiktok"}
    assert set(near.block.names) == {from_text("a.example")}


def test_rules_keep_the_place_where_they_were_written(tmp_path: Path) -> None:
    near = folded(tmp_path, "block: [adult]", "block: [gambling]")
    assert near.block.categories["adult"].where == "config.yaml:6:17"
    assert near.block.categories["gambling"].where == "config.yaml:5:32"


@pytest.mark.parametrize("entry", ["games", "service:tiktok", "a.example"])
def test_the_nearer_allow_wins(tmp_path: Path, entry: str) -> None:
    near = folded(tmp_path, f"block: [{entry}]", f"allow: [{entry}]")
    assert not (near.block.categories or near.block.services or near.block.names)


@pytest.mark.parametrize("entry", ["games", "service:tiktok", "a.example"])
def test_the_nearer_block_wins(tmp_path: Path, entry: str) -> None:
    near = folded(tmp_path, f"allow: [{entry}]", f"block: [{entry}]")
    assert not (near.allow.categories or near.allow.services or near.allow.names)


def test_a_nearer_block_of_a_service_ends_allows_of_its_names(tmp_path: Path) -> None:
    near = folded(tmp_path, "allow: [youtube.com]", "block: [service:youtube]")
    assert not near.allow.names


def test_a_nearer_allow_of_a_service_ends_blocks_of_its_names(tmp_path: Path) -> None:
    near = folded(tmp_path, "block: [youtube.com]", "allow: [service:youtube]")
    assert not near.block.names


def test_a_nearer_block_of_a_name_leaves_the_rest_of_an_allowed_service(tmp_path: Path) -> None:
    near = folded(tmp_path, "allow: [service:youtube]", "block: [youtube.com]")
    names = set(catalog().services["youtube"].names)
    assert not (near.allow.services or near.allow.names)
    assert set(near.allow.parts) == names - {from_text("youtube.com")}


def test_what_is_left_of_a_service_may_be_blocked_farther_on(tmp_path: Path) -> None:
    first, second, *others = catalog().services["youtube"].names
    nearest = policy(
        tmp_path,
        "policies:\n  far: {allow: [service:youtube]}\n"
        f"  near: {{extends: far, block: [{to_text(first)}]}}\n"
        f"  nearest: {{extends: near, block: [{to_text(second)}]}}\n",
        "nearest",
    )
    assert set(nearest.allow.parts) == set(others)


def test_settings_come_from_the_nearest_that_has_them(tmp_path: Path) -> None:
    near = folded(
        tmp_path, "log: none, answer: {mode: nxdomain, max_ttl: 1m}", "answer: {mode: nodata}"
    )
    assert (near.answer, near.max_ttl_seconds, near.log) == (AnswerMode.NODATA, 60, LogMode.NONE)


def test_settings_have_defaults(tmp_path: Path) -> None:
    near = folded(tmp_path, "block: []", "block: []")
    assert near.answer is AnswerMode.ZERO_IP
    assert near.max_ttl_seconds == 300
    assert near.log is LogMode.BLOCKED


def test_a_bypass_is_inherited_until_it_is_allowed(tmp_path: Path) -> None:
    near = folded(
        tmp_path,
        "bypass: {doh: block, vpn: block, private-relay: allow}",
        "bypass: {vpn: allow, private-relay: block}",
    )
    assert set(near.bypass) == {"doh", "private-relay"}
    assert near.bypass["doh"] == Rule("bypass: doh", "config.yaml:6:23")


def test_the_nearer_times_come_first_and_replace_those_of_the_same_schedule(
    tmp_path: Path,
) -> None:
    near = folded(
        tmp_path,
        "during: {homework: {block: [games]}, bedtime: {internet: off}}",
        "during: {bedtime: {block: [social]}}",
    )
    assert [entry.schedule for entry in near.during] == ["bedtime", "homework"]
    assert not near.during[0].internet_off
    assert set(near.during[0].block.categories) == {"social"}


def test_times_say_what_holds(tmp_path: Path) -> None:
    near = policy(
        tmp_path,
        "categories: {school: {}}\n"
        "policies: {near: {during: {bedtime: {internet: off, except: [school]},"
        " homework: {allow-only: [a.example]}}}}\n",
    )
    bedtime, homework = near.during
    assert bedtime.internet_off
    assert set(bedtime.exempt.categories) == {"school"}
    assert bedtime.allow_only is None
    assert bedtime.rule == Rule("internet: off", "config.yaml:5:28", schedule="bedtime")
    assert homework.allow_only is not None
    assert set(homework.allow_only.names) == {from_text("a.example")}
    assert homework.allow_only.names[from_text("a.example")].schedule == "homework"


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("{}", "nothing happens in this time"),
        ("{except: [a.example]}", "`except` stands without internet: off"),
        ("{internet: off, allow-only: []}", "exclude each other"),
        ("{internet: on}", '"on" is not possible here; known are: off'),
    ],
)
def test_a_time_must_say_something_that_can_be_done(
    tmp_path: Path, entry: str, complaint: str
) -> None:
    body = f"{SCHEDULES}policies: {{a: {{during: {{bedtime: {entry}}}}}}}\n"
    (found,) = complaints(tmp_path, body)
    assert complaint in found


def test_a_circle_is_told_once_with_its_chain(tmp_path: Path) -> None:
    body = "policies: {a: {extends: b}, b: {extends: c}, c: {extends: a}}\n"
    (complaint,) = complaints(tmp_path, body)
    assert complaint == (
        "config.yaml:3:59 policies.c.extends: the policies extend each other in a circle: "
        "a → b → c → a; remove one `extends`"
    )


def test_a_chain_has_an_end(tmp_path: Path) -> None:
    policies = ", ".join(f"p{at}: {{extends: p{at + 1}}}" for at in range(3000))
    found = complaints(tmp_path, f"policies: {{{policies}, p3000: {{}}}}\n")
    assert f"over more than {MOST_STEPS} steps" in found[0]


def test_private_answers_are_blocked_unless_a_policy_says_otherwise(tmp_path: Path) -> None:
    assert folded(tmp_path, "log: none", "log: none").rebinding == Rebinding()
    off = folded(tmp_path, "rebinding: {mode: allow}", "log: none").rebinding
    assert off == Rebinding(mode=Rule("rebinding: allow", "config.yaml:6:27"))
    assert folded(tmp_path, "rebinding: {mode: allow}", "rebinding: {mode: block}").rebinding == (
        Rebinding()
    )


def test_names_that_may_have_private_answers_add_up(tmp_path: Path) -> None:
    found = folded(
        tmp_path, "rebinding: {allow: [a.example]}", "rebinding: {allow: [b.example]}"
    ).rebinding
    assert found.mode is None
    assert found.allow == {
        from_text("a.example"): Rule("rebinding: a.example", "config.yaml:6:29"),
        from_text("b.example"): Rule("rebinding: b.example", "config.yaml:5:44"),
    }


def test_what_is_no_name_cannot_have_private_answers(tmp_path: Path) -> None:
    body = SCHEDULES + "policies:\n  near: {rebinding: {allow: [192.168.1.1]}}\n"
    [found] = complaints(tmp_path, body)
    assert "is an address, not a name" in found


def test_a_window_closes_ways_around_the_filter_and_opens_none(tmp_path: Path) -> None:
    body = "policies: {near: {during: {homework: {bypass: {proxy: block, page-fetcher: block}}}}}\n"
    [entry] = policy(tmp_path, body).during
    assert {kind: (rule.text, rule.schedule) for kind, rule in entry.bypass.items()} == {
        "proxy": ("bypass: proxy", "homework"),
        "page-fetcher": ("bypass: page-fetcher", "homework"),
    }
    [found] = complaints(tmp_path, SCHEDULES + body.replace("block,", "allow,"))
    assert "policies.near.during.homework.bypass.proxy" in found


@pytest.mark.parametrize("kind", BYPASS_WORDS)
def test_every_way_around_is_switched_by_bypass_and_nowhere_else(tmp_path: Path, kind: str) -> None:
    assert set(folded(tmp_path, f"bypass: {{{kind}: block}}", "log: none").bypass) == {kind}
    assert not folded(tmp_path, f"bypass: {{{kind}: block}}", f"bypass: {{{kind}: allow}}").bypass
    for key in ("block", "allow"):
        [found] = complaints(tmp_path, f"policies: {{near: {{{key}: [{kind}]}}}}\n")
        assert f"bypass: {{{kind}: block}}" in found
