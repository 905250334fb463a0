"""What an edit changes beside what is open and what is closed."""

from pathlib import Path

import pytest

from filterdns.control.house_diff import device_changes, house_changes, person_changes
from tests.support.configs import compiled

HOME = """\
policies: {a: {}}
people: {mia: {policy: a, devices: [{name: phone, ip: [192.168.1.20, "fd00::20"]}]}}
hosts: {printer.home.arpa: 192.168.1.40}
essentials: [pump.example]
categories: {games: {sources: ["https://lists.example/games"]}}
history: {keep: 14d}
listen: {dns: ["127.0.0.1:53"]}
"""


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (
            ("printer.home.arpa: 192.168.1.40", "printer.home.arpa: 192.168.1.41"),
            "hosts: printer.home.arpa: 192.168.1.41 instead of 192.168.1.40",
        ),
        (("{printer.home.arpa: 192.168.1.40}", "{}"), "hosts: printer.home.arpa: not any more"),
        (("[pump.example]", "[]"), "never blocked: pump.example: not any more"),
        (
            ("[pump.example]", "[pump.example, b.example]"),
            "never blocked: b.example: always open",
        ),
        (("keep: 14d", "keep: 7d"), "another value: history"),
        (
            ("127.0.0.1:53", "127.0.0.1:54"),
            "another value: listen.dns (after `filterdns restart`)",
        ),
        (("history:", "allow_clients: [10.0.0.0/8]\nhistory:"), "another value: allow_clients"),
        (("history:", "limits: {burst: 9}\nhistory:"), "another value: limits"),
        (
            ("history:", "refresh: {every: 6h}\nhistory:"),
            "another value: refresh",
        ),
    ],
)
def test_what_changes_for_everybody_is_told(
    tmp_path: Path, edit: tuple[str, str], sentence: str
) -> None:
    assert edit[0] in HOME
    old, new = compiled(tmp_path, HOME), compiled(tmp_path, HOME.replace(*edit))
    assert house_changes(old, new) == [sentence]


def test_the_same_config_changes_nothing(tmp_path: Path) -> None:
    old, new = compiled(tmp_path, HOME), compiled(tmp_path, f"# a remark\n{HOME}")
    assert house_changes(old, new) == []
    assert device_changes(old.ruleset, new.ruleset) == []
    assert list(person_changes("mia", old.ruleset, new.ruleset)) == []


def test_lists_come_and_go(tmp_path: Path) -> None:
    old = compiled(tmp_path, HOME)
    new = compiled(tmp_path, HOME.replace("lists.example/games", "lists.example/more"))
    assert house_changes(old, new) == [
        "the category games gets the list https://lists.example/more",
        "the category games loses the list https://lists.example/games",
    ]


def test_a_device_comes_goes_and_changes_hands(tmp_path: Path) -> None:
    old = compiled(tmp_path, HOME).ruleset
    people = "people: {ben: {policy: a, devices: [{name: tv, ip: [192.168.1.20, 192.168.1.9]}]}}"
    new = compiled(tmp_path, f"policies: {{a: {{}}}}\n{people}\n").ruleset
    assert device_changes(old, new) == [
        "192.168.1.20 will be ben's tv, it was mia's phone",
        "fd00::20 will be nobody's, it was mia's phone",
        "192.168.1.9 will be ben's tv",
    ]


def test_what_is_kept_and_how_long_answers_hold_is_told(tmp_path: Path) -> None:
    old = compiled(tmp_path, HOME).ruleset
    other = "{a: {log: none, answer: {mode: nxdomain, max_ttl: 1m}}}"
    new = compiled(tmp_path, HOME.replace("{a: {}}", other)).ruleset
    assert list(person_changes("mia", old, new)) == [
        "what is kept in the log will be none instead of blocked",
        "the answer to what is closed will be nxdomain instead of zero-ip",
        "the longest time that a device remembers an answer will be 60 s instead of 300 s",
    ]
