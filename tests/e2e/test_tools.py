"""What the policy's own tools foretell is what devices then meet.

`diff` names what a new config closes and when; `simulate` plays a day; `explain` says what a rule
has beaten. Then the config is put in force, the clock is moved, and the same names are asked live.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.house import House, open_house
from tests.support.peers import Endpoint
from tests.support.upstream import ScriptedUpstream, answer_with

pytestmark = [pytest.mark.untimed, pytest.mark.peer("dig"), pytest.mark.timeout(180)]

CONFIG = """\
timezone: Europe/Berlin
schedules:
  bedtime: {sun-thu: "20:30-06:30", fri-sat: "22:00-08:00"}
  homework: {mon-fri: "14:00-16:00"}
categories: {school: {names: [moodle.example]}}
policies:
  child:
    extends: 7-11
    allow: [shop.example]
    block: [shop.example.net]
    during:
      bedtime: {internet: off, except: [school]}
      homework: {block: [games]}
  free: {log: none}
people:
  mia: {policy: child, devices: [{name: tablet, ip: 127.0.0.2}], allow: [good.shop.example.net]}
  grandma: {policy: free, devices: [{name: tablet, ip: 127.0.0.4}]}
"""
MIA, GRANDMA = "127.0.0.2", "127.0.0.4"
LATER = CONFIG.replace("20:30-06:30", "21:00-06:30").replace("[games]", "[tv.example]")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("tools")
    with (
        ScriptedUpstream(answer_with("192.0.2.1")) as upstream,
        open_house(folder, CONFIG, [Endpoint("127.0.0.1", upstream.port)]) as house,
    ):
        house.set_time("2026-11-30 12:00:00")
        yield house


def written(house: House, config: str) -> Path:
    """A config beside the one in force."""
    path = house.folder / "new.yaml"
    head = (house.folder / "config.yaml").read_text().partition("timezone:")[0]
    path.write_text(head + config)
    return path


def differences(house: House, config: str) -> Any:
    said = house.cli("diff", str(written(house, config)), "--json")
    assert said.code in (0, 1), said.stderr
    found = json.loads(said.stdout)
    assert found["changes"] is (said.code == 1)
    return found


def is_open(house: House, name: str, local: str, client: str = MIA) -> bool:
    house.set_time(local)
    return not house.dig(name, client=client).is_blocked


MOMENTS = [
    ("2026-11-30 15:00:00", "www.roblox.com"),
    ("2026-11-30 15:00:00", "tv.example"),
    ("2026-11-30 17:00:00", "tv.example"),
    ("2026-11-30 20:45:00", "news.example"),
    ("2026-11-30 21:05:00", "news.example"),
    ("2026-12-04 20:45:00", "news.example"),
]


def test_what_diff_foretells_is_what_devices_meet(house: House) -> None:
    assert not differences(house, CONFIG)["changes"]
    found = differences(house, LATER)
    assert [person["names"] for person in found["people"]] == [["mia"]]
    changes = found["people"][0]["changes"]
    assert {change["text"] for change in changes if change["after"] != "safe"} == {
        "everything will be open Sun-Thu 20:30-21:00",
        "games will be open Mon-Fri 14:00-16:00",
        "tv.example will be closed Mon-Fri 14:00-16:00",
    }
    [engines] = [change for change in changes if change["after"] == "safe"]
    assert "www.google.com" in engines["what"]  # open in the evening, and locked as ever
    assert engines["when"] == "Sun-Thu 20:30-21:00"
    before = [is_open(house, name, local) for local, name in MOMENTS]
    house.write_config(LATER)
    assert house.reload().code == 0
    after = [is_open(house, name, local) for local, name in MOMENTS]
    assert before == [False, True, True, False, False, True]
    assert after == [True, False, True, True, False, True]
    assert not differences(house, LATER)["changes"]
    assert is_open(house, "news.example", "2026-11-30 23:00:00", GRANDMA)
    house.write_config(CONFIG)
    assert house.reload().code == 0


DAY = """\
13:00 www.roblox.com
15:00 www.roblox.com
15:00 news.example
22:00 news.example
22:00 moodle.example
12:00 pokerstars.com
"""


def test_what_simulate_plays_is_what_devices_hear(house: House, tmp_path: Path) -> None:
    (tmp_path / "day").write_text(DAY)
    said = house.cli(
        *("simulate", "mia/tablet", "--day", "2026-12-01", "--json"),
        *("--queries", str(tmp_path / "day")),
    )
    assert said.code == 0, said.stderr
    found = json.loads(said.stdout)
    assert (found["queries"], found["blocked"]) == (6, 3)
    for row in found["rows"]:
        live = is_open(house, row["name"], f"2026-12-01 {row['from']}:00")
        assert live is (row["verdict"] != "blocked"), row


def test_explain_names_what_the_rule_has_beaten_with_its_lines(house: House) -> None:
    asked = ("explain", "mia", "good.shop.example.net", "--at", "Mon 20:45", "--json")
    found = json.loads(house.cli(*asked).stdout)
    assert (found["row"], found["verdict"]) == ("A8", "blocked")
    lines = (house.folder / "config.yaml").read_text().splitlines()
    told = [(each["row"], each["verdict"], each["rule"]) for each in found["beaten"]]
    assert told == [
        ("A10", "allowed", "allow: good.shop.example.net"),
        ("A10", "blocked", "block: shop.example.net"),
    ]
    for each in found["beaten"]:
        file, line, column = each["where"].rsplit(":", 2)
        assert file == "config.yaml"
        assert lines[int(line) - 1][int(column) - 1 :].startswith(each["rule"].partition(": ")[2])


def test_what_a_preset_closes_is_closed_live(house: House) -> None:
    house.set_time("2026-11-30 17:00:00")
    said = house.cli("presets", "7-11", "--json")
    blocked = json.loads(said.stdout)["policies"]["7-11"]["block"]
    by_category = {
        "adult": "pornhub.com",
        "gambling": "pokerstars.com",
        "social": "instagram.com",
        "chat": "discord.com",
        "shopping": "ebay.com",
    }
    assert by_category.keys() <= set(blocked)
    for name in by_category.values():
        assert house.dig(name, client=MIA).is_blocked, name
        assert not house.dig(name, client=GRANDMA).is_blocked, name
    assert house.dig("use-application-dns.net", client=MIA).status == "NXDOMAIN"
    assert not house.dig("www.roblox.com", client=MIA).is_blocked
