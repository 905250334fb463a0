"""What an edit of the config would change, in plain words."""

from pathlib import Path
from typing import Any

import pytest

from filterdns.control.diff import MOST_OWN_RULES, Side, diff
from tests.support.configs import catalog, compiled
from tests.support.households import DictionaryClaims, moment

LISTS = DictionaryClaims(
    {f"{category}.example": [category] for category in catalog().categories}
    | {"www.googlevideo.com": ["streaming"], "youtube.com": ["streaming"]}
)
NOW = moment("2026-11-30 12:00")

HOME = """\
schedules:
  bedtime: {sun-thu: "20:30-06:30", fri-sat: "22:00-08:00"}
  homework: {mon-fri: "14:00-16:00"}
  lessons: {mon-fri: "08:00-12:00"}
categories: {school: {names: [moodle.example, wiki.example]}}
policies:
  child:
    block: [gambling, service:tiktok]
    bypass: {doh: block}
    during:
      bedtime: {internet: off, except: [school]}
      homework: {block: [games]}
  free: {}
people:
  mia: {policy: child, devices: [{name: phone, ip: 192.168.1.20}]}
  ben: {policy: child, devices: [{name: phone, ip: 192.168.1.21}]}
  ada: {policy: free, devices: [{name: laptop, ip: 192.168.1.30}]}
groups:
  room: {networks: [192.168.2.0/24], during: {lessons: {block: [social]}}}
unknown_devices: {policy: child}
"""


def changed(folder: Path, *edits: tuple[str, str], lists: DictionaryClaims = LISTS) -> Any:
    """What *edits* of the home change."""
    text = HOME
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    sides = [Side(compiled(folder, body), lists) for body in (HOME, text)]
    return diff(sides[0], sides[1], NOW)


def told(found: Any) -> list[str]:
    """All sentences, with whom they are about."""
    people = [
        f"{','.join(person['names'])}: {words}"
        for person in found["people"]
        for words in [*(each["text"] for each in person["changes"]), *person["others"]]
    ]
    unknown = [f"unknown: {each['text']}" for each in found["unknown_devices"]]
    places = [
        f"{place['name']}: {words}"
        for place in found["places"]
        for words in [*(each["text"] for each in place["changes"]), *place["others"]]
    ]
    return [*people, *unknown, *places, *found["devices"], *found["house"]]


def test_an_edit_that_changes_nothing_says_so(tmp_path: Path) -> None:
    found = changed(tmp_path, ("  free: {}", "  free: {block: []}  # nothing"))
    assert not found["changes"]
    assert told(found) == []


@pytest.mark.parametrize(
    ("edit", "sentences"),
    [
        (
            ("[gambling, service:tiktok]", "[gambling, service:tiktok, social]"),
            ["mia,ben: social networks will be closed whenever not everything is closed"],
        ),
        (
            ("[gambling, service:tiktok]", "[gambling]"),
            ["mia,ben: TikTok will be open whenever not everything is closed"],
        ),
        (
            ('sun-thu: "20:30-06:30"', 'sun-thu: "20:00-06:30"'),
            [
                "mia,ben: everything but school will be closed Sun-Thu 20:00-20:30",
            ],
        ),
        (
            ('fri-sat: "22:00-08:00"', 'fri-sat: "22:30-08:00"'),
            ["mia,ben: everything will be open Fri, Sat 22:00-22:30"],
        ),
        (
            ("block: [games]}", "block: [games, chess.example]}"),
            ["mia,ben: chess.example will be closed Mon-Fri 14:00-16:00"],
        ),
        (
            ("except: [school]", "except: []"),
            [
                "mia,ben: school will be closed Sun-Thu 20:30-06:30, Fri, Sat 22:00-08:00",
            ],
        ),
        (
            ("bypass: {doh: block}", "bypass: {doh: block, ech: block}"),
            ["mia,ben: keys for Encrypted ClientHello will be kept out of answers at all times"],
        ),
        (
            (
                "    bypass: {doh: block}\n",
                "    bypass: {doh: block}\n    rebinding: {allow: [tv.test]}\n",
            ),
            ["mia,ben: private addresses of tv.test will be let through in answers at all times"],
        ),
        (
            ("bypass: {doh: block}", "bypass: {doh: block, vpn: block}"),
            ["mia,ben: VPN and Tor will be closed whenever not everything is closed"],
        ),
        (
            ("bypass: {doh: block}", "bypass: {}"),
            ["mia,ben: encrypted DNS services will be open whenever not everything is closed"],
        ),
    ],
)
def test_what_closes_and_opens_is_told_with_its_hours(
    tmp_path: Path, edit: tuple[str, str], sentences: list[str]
) -> None:
    found = changed(tmp_path, edit)
    assert found["changes"]
    assert [each for each in told(found) if each.startswith("mia")] == sentences
    assert [each.replace("mia,ben", "unknown") for each in sentences] == [
        each for each in told(found) if each.startswith("unknown")
    ]


def test_people_whose_rules_stay_alike_are_told_together_others_apart(tmp_path: Path) -> None:
    edit = ("ben: {policy: child,", "ben: {policy: child, block: [chess.example],")
    assert told(changed(tmp_path, edit)) == [
        "ben: chess.example will be closed whenever not everything is closed"
    ]


def test_a_service_of_which_the_rest_closes_is_told_as_one(tmp_path: Path) -> None:
    edit = ("  free: {}", "  free: {block: [streaming, service:youtube]}")
    first = changed(tmp_path, edit)
    assert "ada: video and music and YouTube will be closed at all times" in told(first)


def test_a_date_is_told_where_only_it_changes(tmp_path: Path) -> None:
    edit = ('mon-fri: "14:00-16:00"}', 'mon-fri: "14:00-16:00", 2026-12-24: never}')
    assert told(changed(tmp_path, edit))[0] == (
        "mia,ben: games will be open on Thu 2026-12-24 14:00-16:00"
    )


def test_holidays_are_told_by_date(tmp_path: Path) -> None:
    with_holidays = HOME.replace('"14:00-16:00"}', '"14:00-16:00", holidays: never}')
    sides = [
        Side(compiled(tmp_path, with_holidays + calendar), LISTS)
        for calendar in ("", 'calendar: {holidays: ["2026-12-23..2026-12-24"]}\n')
    ]
    [first, *_] = told(diff(sides[0], sides[1], NOW))
    assert first == (
        "mia,ben: games will be open on Wed 2026-12-23 14:00-16:00, Thu 2026-12-24 14:00-16:00"
    )


def test_a_week_and_a_date_are_told_in_one_sentence(tmp_path: Path) -> None:
    edit = ('mon-fri: "14:00-16:00"}', 'mon-fri: "14:00-15:00", 2026-12-24: "09:00-10:00"}')
    [opens, closes] = [each for each in told(changed(tmp_path, edit)) if each.startswith("mia")]
    assert opens == (
        "mia,ben: games will be open Mon-Fri 15:00-16:00, and on Thu 2026-12-24 14:00-16:00"
    )
    assert closes == "mia,ben: games will be closed on Thu 2026-12-24 09:00-10:00"


def test_a_place_is_told_as_what_it_does_to_whoever_is_there(tmp_path: Path) -> None:
    edit = ("lessons: {block: [social]}", "lessons: {allow-only: [school]}")
    found = told(changed(tmp_path, edit))
    assert "room: everything but school will be closed Mon-Fri 08:00-12:00" in found


def test_places_come_go_and_move(tmp_path: Path) -> None:
    assert told(changed(tmp_path, ("192.168.2.0/24", "192.168.3.0/24"))) == [
        "room: the place room is 192.168.3.0/24 instead of 192.168.2.0/24"
    ]
    found = told(changed(tmp_path, ("  room:", "  hall:")))
    assert "room: the place room is gone" in found
    assert "hall: the place hall is new: 192.168.2.0/24" in found
    assert "room: social networks will be open Mon-Fri 08:00-12:00" in found


def test_people_come_and_go(tmp_path: Path) -> None:
    found = told(changed(tmp_path, ("  ada:", "  eva:")))
    assert "ada: ada is gone: the devices count as unknown" in found
    assert "eva: eva is new, with the policy free" in found
    assert "192.168.1.30 will be eva's laptop, it was ada's laptop" in found


def test_another_policy_is_told_by_what_it_does(tmp_path: Path) -> None:
    found = told(changed(tmp_path, ("ada: {policy: free", "ada: {policy: child")))
    assert any(each.startswith("ada: everything but school will be closed ") for each in found)
    assert not any("policy" in each for each in found)


def test_the_clocks_of_a_person_change(tmp_path: Path) -> None:
    edit = ("mia: {policy: child,", "mia: {policy: child, timezone: Europe/London,")
    found = told(changed(tmp_path, edit))
    assert "mia: the clocks of Europe/London hold instead of Europe/Berlin" in found
    assert "mia: everything will be open Sun-Thu 19:30-20:30, Fri, Sat 21:00-22:00" in found


@pytest.mark.parametrize(("many", "told_of_one"), [(5, True), (MOST_OWN_RULES + 1, False)])
def test_among_many_people_unknown_devices_are_compared_by_the_policies(
    tmp_path: Path, many: int, told_of_one: bool
) -> None:
    people = "".join(f"  p{n}: {{policy: child, block: [n{n}.example]}}\n" for n in range(many))
    strictest = HOME.replace("  ada:", f"{people}  ada:")
    strictest = strictest.replace("unknown_devices: {policy: child}", "unknown_devices: {}")
    edited = strictest.replace("[n3.example]", "[n3.example, one.example]")
    edited = edited.replace("[gambling,", "[gambling, social,")
    sides = [Side(compiled(tmp_path, body), LISTS) for body in (strictest, edited)]
    unknown = [each for each in told(diff(sides[0], sides[1], NOW)) if each.startswith("unknown")]
    assert any("social networks" in each for each in unknown)
    assert any("one.example" in each for each in unknown) is told_of_one
