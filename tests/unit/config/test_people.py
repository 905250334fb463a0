"""People with their devices, groups with their networks."""

from pathlib import Path

import pytest

from filterdns.dns.names import from_text
from filterdns.policy.ruleset import Device
from filterdns.policy.verdict import LogMode
from tests.support.configs import compiled, complaints
from tests.support.households import days

POLICY = "policies: {child: {}}\n"


def mia(devices: str, more: str = "") -> str:
    return f"{POLICY}people: {{mia: {{policy: child, devices: [{devices}]{more}}}}}\n"


def test_a_person_has_what_is_written(tmp_path: Path) -> None:
    body = mia(
        "{name: phone, ip: 10.0.0.1}, {name: room, network: [10.1.0.0/16, 'FD00::/64']}",
        ", timezone: America/Denver, log: none, allow: [a.example], block: [games]",
    )
    person = compiled(tmp_path, body).ruleset.people["mia"]
    assert person.policy == "child"
    assert person.timezone == "America/Denver"
    assert person.log is LogMode.NONE
    assert person.devices == (
        Device("phone", ("10.0.0.1",)),
        Device("room", (), ("10.1.0.0/16", "fd00::/64")),
    )
    assert set(person.allow.names) == {from_text("a.example")}
    assert set(person.block.categories) == {"games"}


def test_the_timezone_of_the_house_is_for_all(tmp_path: Path) -> None:
    person = compiled(tmp_path, mia("")).ruleset.people["mia"]
    assert person.timezone == "Europe/Berlin"
    assert person.log is None


@pytest.mark.parametrize(
    ("second", "complaint"),
    [
        ("{name: b, ip: 10.0.0.1}", '"10.0.0.1" is another device already, at config.yaml:4:55'),
        ("{name: b, ip: '::ffff:10.0.0.1'}", '"10.0.0.1" is another device already'),
        ("{name: a, ip: 10.0.0.2}", '"a" is another device of the same person'),
        ("{name: b}", 'nothing tells how to know "b"; add mac:, id:, ip: or network:'),
        ("{name: b, ip: 10.0.0}", '"10.0.0" is no address'),
        ("{name: b, mac: 3c:22:fb:01:02}", '"3c:22:fb:01:02" is no MAC address'),
        ("{name: b, id: mia-phone}", '"mia-phone" can be guessed'),
        ("{name: b, network: 10.0.0.1/8}", 'write "10.0.0.0/8"'),
    ],
)
def test_a_device_that_cannot_be_known_is_told(tmp_path: Path, second: str, complaint: str) -> None:
    (found,) = complaints(tmp_path, mia(f"{{name: a, ip: 10.0.0.1}}, {second}"))
    assert "people.mia.devices[1]" in found
    assert complaint in found


def test_an_address_belongs_to_one_of_two_people(tmp_path: Path) -> None:
    body = (
        f"{POLICY}people:\n"
        "  mia: {policy: child, devices: [{name: a, network: 10.1.0.0/24}]}\n"
        "  ben: {policy: child, devices: [{name: a, network: [10.1.0.0/24]}]}\n"
    )
    (complaint,) = complaints(tmp_path, body)
    assert complaint.startswith("config.yaml:6:54 people.ben.devices[0].network[0]: ")
    assert "config.yaml:5:53" in complaint


def test_a_network_may_hold_the_address_of_somebody_else(tmp_path: Path) -> None:
    body = mia("{name: a, ip: 10.0.0.1}, {name: b, network: 10.0.0.0/24}")
    assert not complaints(tmp_path, body)


@pytest.mark.parametrize("zone", ["Europe/Berln", "../../etc/passwd", "Europe", "UTC+1"])
def test_a_timezone_is_one_of_the_world(tmp_path: Path, zone: str) -> None:
    (complaint,) = complaints(tmp_path, mia("", f", timezone: {zone}"))
    assert "people.mia.timezone: " in complaint
    assert "is not a time zone" in complaint


def test_an_offset_is_no_time_zone_and_neither_is_one_without_it(tmp_path: Path) -> None:
    (complaint,) = complaints(tmp_path, mia("", ", timezone: UTC+1"))
    assert complaint.endswith('"UTC+1" is not a time zone; write it like Europe/Berlin')


def test_a_group_is_a_place(tmp_path: Path) -> None:
    place = compiled(
        tmp_path,
        "schedules: {lessons: {mon-fri: always}}\n"
        "groups: {room-12: {networks: 10.12.0.0/24, during: {lessons: {block: [games]}}}}\n",
    ).ruleset.places["room-12"]
    assert place.networks == ("10.12.0.0/24",)
    assert [entry.schedule for entry in place.during] == ["lessons"]


def test_a_group_is_nobody(tmp_path: Path) -> None:
    (complaint,) = complaints(tmp_path, mia("") + "groups: {mia: {networks: [10.0.0.0/8]}}\n")
    assert 'groups: "mia" is a person already' in complaint


WINDOWS = """\
schedules: {bedtime: {daily: 20:30-06:30}, club: {sat: 10:00-12:00}}
policies: {child: {during: {bedtime: {internet: off}}}}
calendar: {holidays: [2026-12-24]}
"""


def test_a_person_may_have_windows_and_holidays_of_their_own(tmp_path: Path) -> None:
    body = (
        WINDOWS + "people: {mia: {policy: child, during: {club: {block: [games]}},"
        " calendar: {holidays: [2026-05-01]}}, ben: {policy: child}}\n"
    )
    people = compiled(tmp_path, body).ruleset.people
    assert [entry.schedule for entry in people["mia"].during] == ["club"]
    assert people["mia"].during[0].rule.where == "config.yaml:6:40"
    assert people["mia"].holidays == (days("2026-05-01"),)
    assert people["ben"].during == ()
    assert people["ben"].holidays is None


def test_an_empty_list_is_no_holidays_at_all(tmp_path: Path) -> None:
    body = WINDOWS + "people: {mia: {policy: child, calendar: {holidays: []}}}\n"
    assert compiled(tmp_path, body).ruleset.people["mia"].holidays == ()


def test_a_place_may_have_holidays_of_its_own(tmp_path: Path) -> None:
    body = "groups: {a: {networks: 10.1.0.0/24, calendar: {holidays: [2026-05-01]}}}\n"
    assert compiled(tmp_path, body).ruleset.places["a"].holidays == (days("2026-05-01"),)


@pytest.mark.parametrize(
    ("own", "complaint"),
    [
        ("during: {clup: {block: [games]}}", 'people.mia.during: "clup" is not a schedule; did'),
        ("during: {club: {}}", "people.mia.during.club: nothing happens in this time"),
        ("calendar: {holidays: [2026-13-01]}", "people.mia.calendar.holidays[0]: "),
        ("calendar: {holiday: []}", 'people.mia.calendar: "holiday" is no key'),
    ],
)
def test_what_is_wrong_with_own_windows_is_told(tmp_path: Path, own: str, complaint: str) -> None:
    found = complaints(tmp_path, WINDOWS + f"people: {{mia: {{policy: child, {own}}}}}\n")
    assert len(found) == 1
    assert complaint in found[0]


def test_a_device_is_known_by_cards_and_by_what_it_calls_itself(tmp_path: Path) -> None:
    written = "{name: a, mac: 3C-22-FB-01-02-03, ip: 10.0.0.1}, {name: b, id: mia-9f2c71d0}"
    first, second = compiled(tmp_path, mia(written)).ruleset.people["mia"].devices
    assert first == Device("a", ("10.0.0.1",), macs=("3c:22:fb:01:02:03",))
    assert first.is_pinned
    assert second == Device("b", ids=("mia-9f2c71d0",))
    assert not second.is_pinned


@pytest.mark.parametrize(
    ("written", "macs"),
    [
        ("12:34:56:12:34:56", ["12:34:56:12:34:56"]),  # YAML 1.1 makes 27.6 billion of it
        ("123456123456", ["12:34:56:12:34:56"]),
        ("001122334455", ["00:11:22:33:44:55"]),
        ("0:1:2:3:4:5", ["00:01:02:03:04:05"]),
        ("1e:00:00:00:00:01", ["1e:00:00:00:00:01"]),
        ("[3c:22:fb:01:02:03, 3C22.FB01.0204]", ["3c:22:fb:01:02:03", "3c:22:fb:01:02:04"]),
    ],
)
def test_a_mac_needs_no_quotes(tmp_path: Path, written: str, macs: list[str]) -> None:
    for text in (written, f"'{written}'") if "[" not in written else (written,):
        person = compiled(tmp_path, mia(f"{{name: a, mac: {text}}}")).ruleset.people["mia"]
        assert list(person.devices[0].macs) == macs


@pytest.mark.parametrize(
    ("key", "first", "second"),
    [
        ("mac", "3c:22:fb:01:02:03", "3C-22-FB-01-02-03"),
        ("id", "mia-9f2c71d0", "mia-9f2c71d0"),
    ],
)
def test_a_card_and_an_id_belong_to_one_of_two_people(
    tmp_path: Path, key: str, first: str, second: str
) -> None:
    body = (
        f"{POLICY}people:\n"
        f"  mia: {{policy: child, devices: [{{name: a, {key}: {first}}}]}}\n"
        f"  ben: {{policy: child, devices: [{{name: b, {key}: {second}}}]}}\n"
    )
    (found,) = complaints(tmp_path, body)
    assert found.startswith("config.yaml:6:")
    assert f"people.ben.devices[0].{key}" in found
    assert "is another device already, at config.yaml:5:" in found
