"""Whether a config does what its writer expects."""

import re
from pathlib import Path

import pytest

from filterdns.blocklists.build import build_index
from filterdns.blocklists.index import Index
from filterdns.config.check import Report, check
from filterdns.config.compile import compile_config
from filterdns.config.load import load
from tests.support.calendars import calendar, day
from tests.support.configs import catalog, compiled
from tests.support.households import DictionaryClaims, moment

EXAMPLE = Path(__file__).parents[3] / "config.example.yaml"
LISTED = DictionaryClaims({"porn.example": ["adult"]})
NOW = moment("2026-03-05 12:00")  # a Thursday
FAMILY = """\
schedules: {bedtime: {sun-thu: 20:30-06:30, holidays: never}, lessons: {mon-fri: 08:00-12:00}}
calendar: {holidays: [2026-03-12]}
policies:
  child: {block: [adult], during: {bedtime: {internet: off}}}
  adults: {}
people:
  mia: {policy: child, devices: [{name: phone, ip: 127.0.0.2}]}
  dad: {policy: adults, devices: [{name: phone, ip: 127.0.0.4}]}
groups:
  room: {networks: [127.0.12.0/24], during: {lessons: {allow-only: [moodle.example]}}}
"""


def checked(folder: Path, body: str, now: float = NOW) -> Report:
    return check(compiled(folder, body), LISTED, now)


def problems(folder: Path, expectation: str, body: str = FAMILY) -> list[str]:
    report = checked(folder, f"{body}expect:\n  - {{{expectation}}}\n")
    return [str(problem) for problem in report.problems]


@pytest.mark.parametrize(
    "expectation",
    [
        "who: mia, at: Thu 20:29, name: a.example, is: allowed",
        "who: mia, at: Thu 20:30, name: a.example, is: blocked",
        "who: mia, at: Thu 20:30, name: a.example, is: blocked, by: bedtime",
        "who: mia, at: Thu 20:30, name: a.example, is: blocked, by: A8",
        "who: mia, at: Thu 20:30, name: a.example, is: blocked, by: 'internet: off'",
        "who: mia, at: Thu 20:29, name: porn.example, is: blocked, by: adult",
        "who: mia, at: Thu 20:29, name: porn.example, is: blocked, by: 'block: adult'",
        "who: mia, at: Thu 20:30, name: childline.org.uk, is: allowed, by: lifeline",
        "who: mia, at: '2026-03-12 23:00', name: a.example, is: blocked",
        "who: mia, at: '2026-03-11 23:00', name: a.example, is: allowed",
        "who: mia, at: Wed 23:00, name: a.example, is: blocked",
        "who: dad, at: Thu 20:30, name: porn.example, is: allowed",
        "who: 127.0.0.2, at: Thu 20:30, name: a.example, is: blocked, by: bedtime",
        "who: 127.0.12.9, at: Mon 09:00, name: a.example, is: blocked, by: lessons",
        "who: 127.0.12.9, at: Mon 09:00, name: moodle.example, is: allowed",
        "who: 192.0.2.1, at: Thu 20:30, name: a.example, is: blocked, by: bedtime",
    ],
)
def test_what_is_expected_comes_true(tmp_path: Path, expectation: str) -> None:
    assert not problems(tmp_path, expectation)


def test_an_unmet_expectation_says_what_decided(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "who: mia, at: Thu 20:30, name: a.example, is: allowed")
    assert problem == (
        "config.yaml:14:5 expect[0]: a.example on Thu 2026-03-05 20:30 is blocked "
        "(A8, bedtime: internet: off at config.yaml:6:36), not allowed; "
        "change the rules, or the expectation"
    )


def test_an_expectation_may_be_met_by_the_wrong_rule(tmp_path: Path) -> None:
    (problem,) = problems(
        tmp_path, "who: mia, at: Thu 20:30, name: a.example, is: blocked, by: adult"
    )
    assert 'not blocked by "adult"' in problem


def test_a_moment_that_never_comes_is_told(tmp_path: Path) -> None:
    body = FAMILY.replace("[2026-03-12]", "['2026-01-01..2027-06-01', '2027-06-02..2028-12-31']")
    (problem,) = problems(tmp_path, "who: mia, at: Thu 20:30, name: a.b, is: allowed", body)
    assert problem.startswith("config.yaml:14:20 expect[0].at: every thu of the next two years")


def test_weekdays_are_those_of_the_person(tmp_path: Path) -> None:
    body = FAMILY.replace("mia: {", "mia: {timezone: America/Denver, ")
    assert not problems(tmp_path, "who: mia, at: Thu 20:30, name: a.b, is: blocked", body)
    assert problems(tmp_path, "who: mia, at: Thu 12:30, name: a.b, is: blocked", body)


def test_unknown_devices_may_not_do_more_than_a_child(tmp_path: Path) -> None:
    body = FAMILY + "unknown_devices: {policy: adults}\n"
    (problem,) = checked(tmp_path, body).problems
    assert str(problem).startswith(
        "config.yaml:13:27 unknown_devices.policy: unknown devices may do more than mia"
    )
    assert problem.cure == "write `policy: strictest`"


def test_a_bedtime_alone_makes_a_policy_stricter(tmp_path: Path) -> None:
    body = FAMILY.replace("block: [adult], ", "").replace("adults: {}", "adults: {block: [adult]}")
    (problem,) = checked(tmp_path, body + "unknown_devices: {policy: adults}\n").problems
    assert "bedtime: internet: off" in problem.message


def test_unknown_devices_may_have_the_policy_of_the_strictest_child(tmp_path: Path) -> None:
    assert not checked(tmp_path, FAMILY + "unknown_devices: {policy: child}\n").problems


def test_a_laxer_policy_on_an_address_that_anybody_can_take_is_a_doubt(tmp_path: Path) -> None:
    body = FAMILY.replace("127.0.0.4", "192.168.1.4")
    report = checked(tmp_path, body)
    (warning,) = report.warnings
    assert str(warning).startswith(
        "config.yaml:10:35 people.dad.devices[0]: whoever takes this address may do more"
    )
    assert not report.problems


def test_a_laxer_policy_on_a_network_is_a_doubt_that_asks_for_no_single_card(
    tmp_path: Path,
) -> None:
    (warning,) = checked(tmp_path, FAMILY.replace("ip: 127.0.0.4", "network: 10.4.0.0/16")).warnings
    assert str(warning).startswith(
        "config.yaml:10:35 people.dad.devices[0]: whoever gets into this network may do more"
    )
    assert warning.cure.startswith("let nobody else into it")


def test_a_strict_policy_may_hang_on_an_address(tmp_path: Path) -> None:
    assert not checked(tmp_path, FAMILY.replace("127.0.0.2", "192.168.1.2")).warnings


def test_people_with_equal_rules_are_one_doubt(tmp_path: Path) -> None:
    body = FAMILY.replace(
        "  dad: {policy: adults, devices: [{name: phone, ip: 127.0.0.4}]}\n",
        "  dad: {policy: adults, devices: [{name: phone, ip: 192.168.1.4}]}\n"
        "  mum: {policy: adults, devices: [{name: phone, network: 192.168.2.0/24}]}\n",
    )
    assert len(checked(tmp_path, body).warnings) == 1


def test_the_example_is_right_and_raises_no_doubts(tmp_path: Path) -> None:
    resolv_conf = tmp_path / "resolv.conf"
    resolv_conf.write_text("nameserver 192.0.2.1\n")
    config = compile_config(load(EXAMPLE, {}, catalog()), catalog(), resolv_conf=resolv_conf)
    runs = tmp_path / "runs"
    runs.mkdir()
    index = Index.open(build_index(config.sources, runs, tmp_path).index)
    try:
        report = check(config, index, NOW)
    finally:
        index.close()
    assert report == Report((), ())
    assert {host for host, _ in config.process.dns} == {"127.0.0.1", "::1"}


def test_what_the_example_proposes_in_comments_is_right(tmp_path: Path) -> None:
    proposed = re.compile(r"^  # (?=[a-z]+: +\{)", re.MULTILINE)
    text, count = proposed.subn("  ", EXAMPLE.read_text())
    assert count == 3
    text = text.replace("[system]", "[9.9.9.9]")
    text = text.replace('["2026-12-21..2027-01-03", "2027-05-06"]', '["ics:terms.ics"]')
    for name in ("exams.ics", "terms.ics"):
        (tmp_path / name).write_bytes(calendar(day("20261221", "20270104")))
    path = tmp_path / "config.yaml"
    path.write_text(text)
    compiled = compile_config(load(path, {}, catalog()), catalog())
    assert compiled.ruleset.people["tim"].devices[0].macs == ("3c:22:fb:01:02:03",)
    assert "exams" in compiled.ruleset.schedules
    assert compiled.ruleset.people["tim"].policy == "under-7"


def test_a_pinned_address_gives_nothing_to_whoever_takes_it(tmp_path: Path) -> None:
    body = FAMILY.replace("ip: 127.0.0.4", "ip: 192.168.1.4, mac: 3c:22:fb:01:02:03")
    assert not [each for each in checked(tmp_path, body).warnings if "takes" in each.message]
    bare = FAMILY.replace("ip: 127.0.0.4", "ip: 192.168.1.4")
    (told,) = [each for each in checked(tmp_path, bare).warnings if "takes" in each.message]
    assert "add its `mac:`" in told.cure


def test_a_laxer_policy_on_a_card_is_no_doubt(tmp_path: Path) -> None:
    body = FAMILY.replace("ip: 127.0.0.4", "mac: 3c:22:fb:01:02:03")
    assert not checked(tmp_path, body).warnings
