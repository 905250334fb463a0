"""A family and a classroom, over real sockets: who may reach what, and what is written down.

Two children, a parent, a room for lessons; other people's lists where they are at hand; unbound is
asked for what is allowed.
"""

import time
from collections.abc import Iterator

import pytest

from tests.support.house import House, config_file, open_house
from tests.support.pack import has_pack, names_of, need_list
from tests.support.peers import unbound

pytestmark = [
    pytest.mark.untimed,
    pytest.mark.peer("dig", "kdig", "unbound"),
    pytest.mark.timeout(300),
]

MIA, BEN, PARENT, STRANGER = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.77"
MIA_IN_CLASS, PARENT_IN_CLASS, STRANGER_IN_CLASS = "127.0.12.2", "127.0.12.4", "127.0.12.77"

OPEN = "192.0.2.99"  # what unbound says of every name that is not in a zone of its own
SATURDAY_NOON = "2026-03-07 12:00:00"
MONDAY_LESSON = "2026-03-09 09:00:00"

FROM_MEMO = 'filterdns_queries_total{outcome="memo",transport="udp"}'

LIST_BY_CATEGORY = {
    "adult": "adult/bonappetit_block_2023.domains",
    "gambling": "gambling/ut1_gambling.domains",
    "dating": "dating/ut1_dating.domains",
    "drugs": "drugs/blp_drugs.hosts",
    "malware": "malware/ut1_malware_2025-07-13.domains",
    "ads": "ads/blp_ads_2026-07-03.domains",
}

CONFIG = """\
version: 1
timezone: Europe/Berlin
categories:
  school: {names: [moodle.school.example, wikipedia.org]}
SOURCES
schedules:
  bedtime: {sun-thu: "20:30-06:30", fri-sat: "22:00-08:00"}
  lessons: {mon-fri: "08:00-12:15, 13:15-16:00"}
policies:
  child:
    block: [adult, gambling, dating, drugs, malware, ads, service:tiktok]
    during:
      bedtime: {internet: "off", except: [school]}
  adults: {block: [], log: none}
people:
  mia:
    policy: child
    devices: [{name: phone, ip: 127.0.0.2}, {name: tablet, ip: 127.0.12.2}]
  ben:
    policy: child
    devices: [{name: laptop, ip: 127.0.0.3}]
    schedules: {bedtime: {sun-thu: "21:30-06:30"}}
    block: [reddit.com]
  parents:
    policy: adults
    devices: [{name: phone, ip: 127.0.0.4}, {name: watch, ip: 127.0.12.4}]
groups:
  room-12:
    networks: [127.0.12.0/24]
    during: {lessons: {allow-only: [school]}}
"""

ZONES = {
    ".": f"* A {OPEN}\n* AAAA 2001:db8::99",
    "detour.example": "www CNAME www.bet365.com.\nlong CNAME www",
}


def config() -> str:
    """The config, with other people's lists where they are."""
    if not has_pack():
        return CONFIG.replace("SOURCES\n", "")
    lists = [(category, need_list(name)) for category, name in LIST_BY_CATEGORY.items()]
    lines = [f'  {category}: {{sources: ["file:{path}"]}}\n' for category, path in lists]
    return CONFIG.replace("SOURCES\n", "".join(lines))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("family")
    with (
        unbound(folder / "unbound", ZONES) as upstream,
        open_house(folder, config(), [upstream]) as house,
    ):
        yield house


# Kinds of content.


@pytest.mark.parametrize("category", LIST_BY_CATEGORY)
def test_a_listed_site_is_blocked_for_both_children_and_open_for_the_parent(
    house: House, category: str
) -> None:
    names = names_of(LIST_BY_CATEGORY[category], 12)
    house.set_time(SATURDAY_NOON)
    for child in (MIA, BEN):
        for name, reply in zip(names, house.dig_all(names, client=child), strict=True):
            assert reply.addresses == ["0.0.0.0"], name
            assert reply.reason.startswith("Blocked: "), name
    for name, reply in zip(names, house.dig_all(names, client=PARENT), strict=True):
        assert reply.addresses == [OPEN], name


def test_every_line_of_other_peoples_lists_is_told(house: House) -> None:
    need_list(LIST_BY_CATEGORY["ads"])
    sources = {
        source["category"]: source for source in house.lists()["sources"] if "/" in source["name"]
    }
    assert sources.keys() == LIST_BY_CATEGORY.keys()
    assert (sources["malware"]["skipped"], sources["malware"]["addresses"]) == ({}, 1844)
    assert all(source["names"] > 5_000 for source in sources.values())
    assert not any(source["error"] for source in sources.values())


@pytest.mark.parametrize("name", ["pornhub.com", "www.bet365.com", "tinder.com", "www.tiktok.com"])
def test_a_well_known_site_is_blocked_without_any_list_of_others(house: House, name: str) -> None:
    house.set_time(SATURDAY_NOON)
    assert house.dig(name, client=MIA).is_blocked
    assert house.kdig(name, "AAAA", client=MIA).addresses == ["::"]
    assert house.dig(name, client=PARENT).addresses == [OPEN]
    assert house.kdig(name, "AAAA", client=PARENT).addresses == ["2001:db8::99"]


def test_what_nobody_lists_is_open_for_all(house: House) -> None:
    house.set_time(SATURDAY_NOON)
    for client in (MIA, BEN, PARENT, STRANGER):
        assert house.dig("www.library.example", client=client).addresses == [OPEN]


def test_one_childs_own_block_does_not_hold_for_the_other(house: House) -> None:
    house.set_time(SATURDAY_NOON)
    assert house.dig("old.reddit.com", client=BEN).reason == "Blocked by a rule for this device"
    assert house.dig("old.reddit.com", client=MIA).addresses == [OPEN]


# Bedtime.


def test_bedtime_begins_and_ends_to_the_minute(house: House) -> None:
    for local, is_blocked in [
        ("2026-03-05 20:29:50", False),
        ("2026-03-05 20:30:00", True),
        ("2026-03-05 23:59:50", True),
        ("2026-03-06 00:00:00", True),
        ("2026-03-06 06:29:50", True),
        ("2026-03-06 06:30:00", False),
    ]:
        house.set_time(local)
        assert house.dig("www.library.example", client=MIA).is_blocked is is_blocked, local
        assert house.kdig("www.library.example", client=MIA).is_blocked is is_blocked, local
        assert not house.dig("www.library.example", client=PARENT).is_blocked, local


def test_the_reason_tells_when_bedtime_ends(house: House) -> None:
    house.set_time("2026-03-05 23:00:00")
    assert house.dig("www.library.example", client=MIA).reason == "Bedtime until 06:30"
    assert house.kdig("www.library.example", client=BEN).reason == "Bedtime until 06:30"


def test_what_bedtime_spares_stays_open(house: House) -> None:
    house.set_time("2026-03-05 23:00:00")
    for name in ("moodle.school.example", "de.wikipedia.org"):
        assert house.dig(name, client=MIA).addresses == [OPEN]
    assert house.dig("school.example", client=MIA).is_blocked


def test_a_childs_own_bedtime_holds_for_this_child_alone(house: House) -> None:
    house.set_time("2026-03-05 21:29:50")
    assert house.dig("www.library.example", client=MIA).is_blocked
    assert not house.dig("www.library.example", client=BEN).is_blocked
    house.set_time("2026-03-05 21:30:00")
    assert house.dig("www.library.example", client=BEN).is_blocked


def test_no_answer_may_be_kept_past_bedtime(house: House) -> None:
    house.set_time("2026-03-05 20:29:00")
    fetched = house.dig("kept.library.example", client=MIA)  # unbound says 3600
    cached = house.kdig("kept.library.example", client=MIA)
    repeated = house.dig("kept.library.example", "A", "+nocookie", client=MIA)
    for reply in (fetched, cached, repeated):
        assert reply.addresses == [OPEN]
        assert 40 <= reply.ttl <= 60
    assert house.dig("kept.library.example", client=PARENT).ttl == 300


def test_a_blocked_answer_does_not_outlive_bedtime(house: House) -> None:
    house.set_time("2026-03-06 06:29:45")
    assert 0 < house.dig("www.library.example", client=MIA).ttl <= 15


def test_a_hot_name_changes_at_the_very_second_of_bedtime(house: House) -> None:
    bedtime = house.set_time("2026-03-05 20:29:57") + 3
    hot = ["hot.library.example"] * 20
    asked_until = time.monotonic() + 20
    seen = {"before": 0, "after": 0}
    while seen["after"] < 3:
        assert time.monotonic() < asked_until
        asked_at = house.now()
        replies = house.dig_all(hot, "+nocookie", client=MIA)
        answered_at = house.now()
        if answered_at < bedtime:
            seen["before"] += 1
            assert [reply.addresses for reply in replies] == [[OPEN]] * 20
            assert all(asked_at + reply.ttl <= bedtime for reply in replies)
        elif asked_at >= bedtime:
            seen["after"] += 1
            assert all(reply.is_blocked for reply in replies)
    assert seen["before"]
    assert house.dig(hot[0], "A", "+nocookie", client=PARENT).addresses == [OPEN]
    house.wait_until(lambda: house.metric(FROM_MEMO) > 20, "answers from the memo")


# Unknown devices.


def test_an_unknown_device_meets_the_strictest_policy(house: House) -> None:
    house.set_time(SATURDAY_NOON)
    assert house.dig("pornhub.com", client=STRANGER).reason == "Blocked: adult content"
    assert house.dig("www.reddit.com", client=STRANGER).is_blocked  # ben's own
    house.set_time("2026-03-05 20:30:00")
    assert house.dig("www.library.example", client=STRANGER).is_blocked  # mia's bedtime
    assert not house.dig("moodle.school.example", client=STRANGER).is_blocked
    house.set_time("2026-03-05 20:29:50")
    assert not house.dig("www.library.example", client=STRANGER).is_blocked


# What stays open.


def test_lifelines_and_essentials_are_open_at_bedtime(house: House) -> None:
    house.set_time("2026-03-05 23:00:00")
    names = ["childline.org.uk", "www.3114.fr", "captive.apple.com", "ntp.ubuntu.com"]
    for client in (MIA, BEN, STRANGER):
        assert [reply.addresses for reply in house.dig_all(names, client=client)] == [[OPEN]] * 4
        assert house.kdig(names[0], "AAAA", client=client).addresses == ["2001:db8::99"]


def test_the_log_knows_the_blocked_name_and_never_the_lifeline(house: House) -> None:
    house.set_time("2026-04-08 23:00:00")
    house.dig_all(["www.library.example"] * 3, "+nocookie", client=MIA)
    house.dig_all(["www.childline.org.uk"] * 3, "+nocookie", client=MIA)
    house.dig_all(["www.childline.org.uk"] * 3, client=BEN)
    house.dig("museum.example", client=PARENT)
    house.dig("pornhub.com", client=STRANGER)
    midnight = house.now() - 3600
    rows = [row for row in house.log_rows() if row["last_seen"] > midnight]
    [mias] = [row for row in rows if row["person"] == "mia"]
    assert (mias["device"], mias["name"], mias["row"]) == ("phone", "www.library.example", "A8")
    assert mias["count"] == 3
    [strangers] = [row for row in rows if row["name"] == "pornhub.com"]
    assert (strangers["person"], strangers["device"]) == ("", STRANGER)
    assert {row["person"] for row in rows} == {"mia", ""}
    assert files_with(house, b"www.library.example")
    assert not files_with(house, b"www.childline.org.uk")


def files_with(house: House, text: bytes) -> list[str]:
    """The files of the filter, its output included, that hold *text*."""
    files = [path for path in house.folder.rglob("*") if path.is_file()]
    return [path.name for path in files if text in path.read_bytes()]


def test_after_a_lifeline_blocked_names_are_not_written_down_for_ten_minutes(house: House) -> None:
    house.set_time("2026-05-09 15:00:00")
    house.dig("www.childline.org.uk", client=MIA)
    house.set_time("2026-05-09 15:09:50")
    house.dig("first.pornhub.com", client=MIA)
    house.set_time("2026-05-09 15:10:05")
    house.dig("second.pornhub.com", client=MIA)
    rows = [row for row in house.log_rows("mia") if row["last_seen"] > house.now() - 3600]
    assert sorted(row["name"] for row in rows) == ["", "second.pornhub.com"]


def test_the_log_keeps_nothing_of_who_does_not_want_one(house: House) -> None:
    house.set_time(MONDAY_LESSON)
    assert house.dig("museum.example", client=PARENT_IN_CLASS).is_blocked
    assert house.dig("museum.example", client=MIA_IN_CLASS).is_blocked
    assert [row["name"] for row in house.log_rows("mia")].count("museum.example") == 1
    assert house.log_rows("parents") == []


# Where an answer leads.


def test_an_alias_of_a_blocked_name_is_blocked_for_the_child_and_open_for_the_parent(
    house: House,
) -> None:
    house.set_time(SATURDAY_NOON)
    for name in ("www.detour.example", "long.detour.example"):
        for _ in range(2):
            opened = house.dig(name, client=PARENT)
            assert opened.addresses == [OPEN]
            assert opened.answer[-1].name == "www.bet365.com."
            blocked = house.dig(name, client=MIA)
            assert blocked.addresses == ["0.0.0.0"]
            assert blocked.reason == "Blocked: gambling"
            assert "bet365" not in "".join(record.data for record in blocked.answer)


# The classroom.


def test_a_lesson_restricts_a_known_pupil_in_the_room_alone(house: House) -> None:
    house.set_time(MONDAY_LESSON)
    in_class = house.dig("www.library.example", client=MIA_IN_CLASS)
    assert in_class.reason == "Not on the list for lessons until 12:15"
    assert house.dig("de.wikipedia.org", client=MIA_IN_CLASS).addresses == [OPEN]
    assert house.dig("www.library.example", client=MIA).addresses == [OPEN]


def test_a_lesson_restricts_whoever_is_in_the_room(house: House) -> None:
    house.set_time(MONDAY_LESSON)
    for client in (PARENT_IN_CLASS, STRANGER_IN_CLASS):
        assert house.kdig("www.library.example", client=client).is_blocked
        assert not house.kdig("de.wikipedia.org", client=client).is_blocked
    assert not house.dig("childline.org.uk", client=MIA_IN_CLASS).is_blocked


def test_the_break_ends_the_lesson_to_the_minute(house: House) -> None:
    for local, is_blocked in [
        ("2026-03-09 07:59:50", False),
        ("2026-03-09 08:00:00", True),
        ("2026-03-09 12:14:50", True),
        ("2026-03-09 12:15:00", False),
        ("2026-03-09 13:15:00", True),
        ("2026-03-09 16:00:00", False),
    ]:
        house.set_time(local)
        reply = house.dig("www.library.example", client=MIA_IN_CLASS)
        assert reply.is_blocked is is_blocked, local


def test_a_room_lifts_nothing(house: House) -> None:
    house.set_time("2026-03-09 14:00:00")
    assert house.dig("pornhub.com", client=MIA_IN_CLASS).is_blocked
    house.set_time("2026-03-09 21:00:00")
    assert house.dig("www.library.example", client=MIA_IN_CLASS).reason == "Bedtime until 06:30"


# A lifeline that was given up. Last, because it changes the config.


def test_a_lifeline_is_closed_with_a_reason_and_even_then_nobodys_question_is_kept(
    house: House,
) -> None:
    name, below = "www.nummergegenkummer.de", "nummergegenkummer.de"
    house.write_config(config().replace("block: [reddit.com]", f"block: [{below}]"))
    assert house.reload().code == 0
    house.set_time("2026-05-16 15:00:00")
    assert house.dig(name, client=BEN).addresses == [OPEN]
    said = house.cli("check", str(config_file(house.folder)))
    assert "say why in lifeline_blocked_because:" in said.stdout + said.stderr

    because = f"block: [{below}], lifeline_blocked_because: {{{below}: it was sold to a shop}}"
    house.write_config(
        config().replace("block: [reddit.com]", because.replace(", lifeline", "\n    lifeline"))
    )
    assert house.reload().code == 0
    house.set_time("2026-05-16 16:00:00")
    for _ in range(3):
        assert house.dig(name, client=BEN).addresses == ["0.0.0.0"]
        assert house.dig(name, client=MIA).addresses == [OPEN]
    house.dig("pornhub.com", client=BEN)
    explained = house.cli("explain", "ben", name).stdout
    assert "lifeline_blocked_because: nummergegenkummer.de: it was sold to a shop" in explained
    assert "an adult has confirmed to mean this help line" in explained
    rows = [row for row in house.log_rows("ben") if row["last_seen"] > house.now() - 1800]
    assert [row["name"] for row in rows] == [""]  # who was looking for help is left alone
    assert not files_with(house, name.encode())
