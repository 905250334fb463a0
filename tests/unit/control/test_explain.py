from pathlib import Path

import pytest

from filterdns.control.explain import Asked, explain, identify
from filterdns.control.rules import Rules
from filterdns.errors import ControlError
from filterdns.policy.client import Identity
from tests.support.control import FAMILY, family
from tests.support.households import moment

NOW = moment("2026-03-05 12:00")


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    return Rules(family(tmp_path), None, {})


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("mia", Identity("mia", "", ())),
        ("127.0.0.2", Identity("mia", "tablet", ())),
        ("127.0.0.3", Identity("mia", "phone", ("room-12",))),
        ("::ffff:127.0.0.2", Identity("mia", "tablet", ())),
        ("phone", Identity("mia", "phone", ("room-12",))),
        ("ben/tablet", Identity("ben", "tablet", ())),
        ("127.0.0.77", Identity("", "", ())),
        ("unknown", Identity("", "", ())),
    ],
)
def test_who_may_be_a_person_a_device_or_an_address(
    rules: Rules, who: str, expected: Identity
) -> None:
    assert identify(who, rules) == expected


def test_a_device_name_that_two_people_have_is_refused_with_the_choice(rules: Rules) -> None:
    with pytest.raises(ControlError, match="mia/tablet or ben/tablet"):
        identify("tablet", rules)


def test_somebody_unknown_is_refused_with_the_nearest_name(rules: Rules) -> None:
    with pytest.raises(ControlError, match='"miah"; did you mean "mia"'):
        identify("miah", rules)


TWINS = """\
timezone: Europe/Berlin
listen: {dns: ["127.0.0.1:5300"]}
upstreams: {servers: ["127.0.0.1:5353"]}
policies:
  first: {block: [games.example]}
  second: {block: [games.example]}
people:
  mia: {policy: first, devices: [{name: tablet, ip: 127.0.0.2}]}
  ben: {policy: second, devices: [{name: tablet, ip: 127.0.0.4}]}
"""


def test_each_is_told_the_own_line_where_others_have_an_equal_rule(tmp_path: Path) -> None:
    rules = Rules(family(tmp_path, TWINS), None, {})
    found = [explain(Asked(who, "games.example"), rules, NOW)["where"] for who in ("mia", "ben")]
    assert [where.split(":")[1] for where in found] == ["5", "6"]


def test_verdict_row_rule_and_line_are_named(rules: Rules) -> None:
    found = explain(Asked("mia", "WWW.Games.example."), rules, NOW)
    assert (found["verdict"], found["row"], found["name"]) == (
        "blocked",
        "A10",
        "www.games.example",
    )
    assert found["rule"] == "block: games.example"
    assert found["where"].startswith("config.yaml:8:")
    assert found["answer"] == "zero-ip"


def test_stage_reason_and_beaten_rules_are_named(rules: Rules) -> None:
    found = explain(Asked("mia", "games.example", "Fri 21:15"), rules, NOW)
    assert (found["stage"], found["row_title"]) == ("A", "schedules")
    assert found["why"] == "a schedule that is on comes before single names and categories"
    assert [(each["row"], each["verdict"], each["rule"]) for each in found["beaten"]] == [
        ("A10", "blocked", "block: games.example")
    ]
    assert found["beaten"][0]["where"].startswith("config.yaml:8:")


def test_the_end_of_what_holds_is_told(rules: Rules) -> None:
    found = explain(Asked("mia", "example.com", "Fri 21:15"), rules, NOW)
    assert (found["verdict"], found["schedule"]) == ("blocked", "bedtime")
    assert (found["at"], found["holds_until"]) == ("Fri 2026-03-06 21:15", "Sat 2026-03-07 06:30")


def test_times_are_those_of_the_person(rules: Rules) -> None:
    found = explain(Asked("ben", "example.com", "20:30"), rules, NOW)
    assert (found["schedule"], found["at"]) == ("bedtime", "Thu 2026-03-05 20:30")
    assert found["at_unix"] == moment("2026-03-05 20:30", "America/Denver")


def test_what_is_checked_in_an_answer_is_told_with_its_line(tmp_path: Path) -> None:
    body = FAMILY.replace(
        "  adults: {}\n",
        "  adults:\n    bypass: {ech: block}\n    rebinding: {allow: [nas.example]}\n",
    )
    rules = Rules(family(tmp_path, body), None, {})
    assert explain(Asked("ada", "a.example", type="HTTPS"), rules, NOW)["checks"] == [
        {
            "part": "private addresses",
            "passes": False,
            "text": "a private address from outside blocks the answer",
            "rules": [],
        },
        {
            "part": "ECH keys",
            "passes": False,
            "text": "keys for Encrypted ClientHello are taken out of the answer",
            "rules": [{"rule": "bypass: ech", "where": "config.yaml:11:19"}],
        },
    ]
    [check] = explain(Asked("ada", "tv.nas.example"), rules, NOW)["checks"]
    assert check["text"] == "a private address is let through"
    assert check["rules"] == [{"rule": "rebinding: nas.example", "where": "config.yaml:12:25"}]
    assert explain(Asked("mia", "games.example"), rules, NOW)["checks"] == []


def test_what_is_allowed_has_no_answer_of_ours(rules: Rules) -> None:
    found = explain(Asked("ada", "games.example"), rules, NOW)
    assert (found["verdict"], found["row"], found["answer"]) == ("allowed", "A12", "")


def test_the_type_counts(rules: Rules) -> None:
    assert explain(Asked("mia", "games.example", type="ds"), rules, NOW)["verdict"] == "allowed"


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        (Asked("mia", "a..b"), "empty label"),
        (Asked("mia", "a.example", "soon"), "is no moment"),
        (Asked("mia", "a.example", type="AAA"), 'did you mean "AAAA"'),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(
    rules: Rules, asked: Asked, complaint: str
) -> None:
    with pytest.raises(ControlError, match=complaint):
        explain(asked, rules, NOW)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"who": "mia"}, "who and name are needed"),
        ({"who": "mia", "name": 7}, "has to be text"),
        ({"who": "mia", "name": "a.example", "when": "now"}, '"when" cannot be asked'),
    ],
)
def test_values_that_are_no_question_are_refused(values: dict[str, object], complaint: str) -> None:
    with pytest.raises(ControlError, match=complaint):
        Asked.from_values(values)


def test_while_the_time_is_not_known_now_means_all_of_the_day(rules: Rules) -> None:
    found = explain(Asked("mia", "www.example"), rules, NOW, is_time_known=False)
    assert (found["verdict"], found["schedule"]) == ("blocked", "bedtime")
    assert found["reason"] == "Waiting for the right time"
    assert found["clock"] == "not known to be right yet: every window of the week holds"
    assert found["holds_until"] == ""


def test_another_moment_is_explained_as_if_the_time_were_known(rules: Rules) -> None:
    asked = Asked("mia", "www.example", "12:30")
    found = explain(asked, rules, NOW, is_time_known=False)
    assert (found["verdict"], found["clock"]) == ("allowed", "")
    assert found == explain(asked, rules, NOW)
