"""Time as the live filter tells it: overnight windows, holidays, the days on which clocks change.

NSD is asked for what is allowed. Each row of a table is a moment, and whether the child is blocked.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest

from tests.support.house import House, open_house
from tests.support.peers import nsd

pytestmark = [pytest.mark.untimed, pytest.mark.peer("dig", "kdig", "nsd"), pytest.mark.timeout(300)]

OPEN = "192.0.2.99"
NAME = "www.library.example"
LENA = "127.0.0.2"

CONFIG_HEAD = """\
version: 1
timezone: Europe/Berlin
schedules:
  bedtime:
    sun-thu: "20:30-06:30"
    fri-sat: "22:00-08:00"
    holidays: "22:30-09:00"
    2026-12-31: "never"
  homework: {mon-fri: "14:00-15:30, 16:30-18:00", holidays: never}
  change: {daily: never}
calendar:
  holidays: ["2026-12-21..2027-01-03", "2027-05-06"]
policies:
  child:
    during:
      bedtime: {internet: "off"}
      homework: {internet: "off"}
  traveller:
    during:
      change: {internet: "off"}
people:
  lena: {policy: child, devices: [{name: phone, ip: 127.0.0.2}]}
"""


class Change(NamedTuple):
    """A window that a change of the clocks cuts, and moments: local time, fold, is it blocked."""

    name: str
    zone: str
    window: str
    moments: Sequence[tuple[str, int, bool]]


# Berlin and Denver skip 02:00 to 03:00 in spring; Lord Howe moves by half an hour: 02:00 to 02:30.
# In autumn Berlin repeats 02:00 to 03:00, Denver 01:00 to 02:00, Lord Howe 01:30 to 02:00.
CHANGES = [
    Change(
        "a start in the skipped hour is the next time that exists",
        "Europe/Berlin",
        "02:15-04:00",
        [
            ("2026-03-28 02:15:00", 0, True),  # the day before, as written
            ("2026-03-29 01:59:50", 0, False),
            ("2026-03-29 03:00:00", 0, True),
            ("2026-03-29 03:59:50", 0, True),
            ("2026-03-29 04:00:00", 0, False),
        ],
    ),
    Change(
        "a repeated hour counts in both passes",
        "Europe/Berlin",
        "02:15-02:45",
        [
            ("2026-10-25 02:14:50", 0, False),
            ("2026-10-25 02:15:00", 0, True),
            ("2026-10-25 02:45:00", 0, False),
            ("2026-10-25 02:14:50", 1, False),
            ("2026-10-25 02:15:00", 1, True),
            ("2026-10-25 02:44:50", 1, True),
            ("2026-10-25 02:45:00", 1, False),
        ],
    ),
    Change(
        "a night is an hour shorter in spring",
        "Europe/Berlin",
        "20:30-06:30",
        [
            ("2026-03-28 20:29:50", 0, False),
            ("2026-03-28 20:30:00", 0, True),
            ("2026-03-29 01:59:50", 0, True),
            ("2026-03-29 03:00:00", 0, True),
            ("2026-03-29 06:29:50", 0, True),
            ("2026-03-29 06:30:00", 0, False),
        ],
    ),
    Change(
        "a night is an hour longer in autumn",
        "Europe/Berlin",
        "20:30-06:30",
        [
            ("2026-10-24 20:30:00", 0, True),
            ("2026-10-25 02:30:00", 0, True),
            ("2026-10-25 02:30:00", 1, True),
            ("2026-10-25 06:29:50", 0, True),
            ("2026-10-25 06:30:00", 0, False),
        ],
    ),
    Change(
        "a start in the skipped hour is the next time that exists",
        "America/Denver",
        "02:15-04:00",
        [
            ("2026-03-08 01:59:50", 0, False),
            ("2026-03-08 03:00:00", 0, True),
            ("2026-03-08 04:00:00", 0, False),
        ],
    ),
    Change(
        "a repeated hour counts in both passes",
        "America/Denver",
        "01:15-01:45",
        [
            ("2026-11-01 01:14:50", 0, False),
            ("2026-11-01 01:15:00", 0, True),
            ("2026-11-01 01:45:00", 0, False),
            ("2026-11-01 01:15:00", 1, True),
            ("2026-11-01 01:45:00", 1, False),
        ],
    ),
    Change(
        "a night ends on the clock of the morning",
        "America/Denver",
        "20:30-06:30",
        [
            ("2026-03-08 06:29:50", 0, True),
            ("2026-03-08 06:30:00", 0, False),
            ("2026-11-01 06:29:50", 0, True),
            ("2026-11-01 06:30:00", 0, False),
        ],
    ),
    Change(
        "a start in the skipped half hour is the next time that exists",
        "Australia/Lord_Howe",
        "02:10-03:00",
        [
            ("2026-10-04 01:59:50", 0, False),
            ("2026-10-04 02:30:00", 0, True),
            ("2026-10-04 02:59:50", 0, True),
            ("2026-10-04 03:00:00", 0, False),
        ],
    ),
    Change(
        "a repeated half hour counts in both passes",
        "Australia/Lord_Howe",
        "01:40-01:50",
        [
            ("2026-04-05 01:39:50", 0, False),
            ("2026-04-05 01:40:00", 0, True),
            ("2026-04-05 01:50:00", 0, False),
            ("2026-04-05 01:40:00", 1, True),
            ("2026-04-05 01:50:00", 1, False),
        ],
    ),
    Change(
        "a night ends on the clock of the morning",
        "Australia/Lord_Howe",
        "20:30-06:30",
        [
            ("2026-10-04 06:29:50", 0, True),
            ("2026-10-04 06:30:00", 0, False),
            ("2026-04-05 06:29:50", 0, True),
            ("2026-04-05 06:30:00", 0, False),
        ],
    ),
]


def traveller(number: int) -> str:
    """The address of the one who lives by the change of this number."""
    return f"127.0.1.{number + 1}"


def config() -> str:
    """The config, with one traveller for each change."""
    people = "".join(
        f"  traveller-{number}:\n"
        f"    policy: traveller\n"
        f"    timezone: {change.zone}\n"
        f"    devices: [{{name: phone, ip: {traveller(number)}}}]\n"
        f'    schedules: {{change: {{daily: "{change.window}"}}}}\n'
        for number, change in enumerate(CHANGES)
    )
    return CONFIG_HEAD + people


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("schedules")
    with (
        nsd(folder / "nsd", {".": f"* A {OPEN}"}) as upstream,
        open_house(folder, config(), [upstream]) as house,
    ):
        yield house


def blocked_at(house: House, local: str, client: str = LENA, zone: str = "Europe/Berlin") -> bool:
    """Whether dig and kdig find *client* blocked at *local*; it is open to them otherwise."""
    return _blocked_at(house, local, client, zone, fold=0)


def _blocked_at(house: House, local: str, client: str, zone: str, fold: int) -> bool:
    house.set_time(local, zone, fold=fold)
    found = house.dig(NAME, client=client)
    assert house.kdig(NAME, client=client).answer[0].data == found.answer[0].data
    assert found.addresses == (["0.0.0.0"] if found.is_blocked else [OPEN])
    return found.is_blocked


def test_a_night_belongs_to_the_day_on_which_it_starts(house: House) -> None:
    # 2026-03-06 is a Friday.
    assert not blocked_at(house, "2026-03-06 21:59:50")
    assert blocked_at(house, "2026-03-06 22:00:00")
    assert blocked_at(house, "2026-03-07 07:59:50")  # Saturday morning, by Friday's line
    assert not blocked_at(house, "2026-03-07 08:00:00")
    assert blocked_at(house, "2026-03-08 07:59:50")  # Sunday morning, by Saturday's line
    assert not blocked_at(house, "2026-03-08 08:00:00")
    assert blocked_at(house, "2026-03-08 20:30:00")  # Sunday evening, its own line
    assert not blocked_at(house, "2026-03-09 06:30:00")


def test_a_day_may_have_several_windows(house: House) -> None:
    # 2026-03-10 is a Tuesday.
    assert not blocked_at(house, "2026-03-10 13:59:50")
    assert blocked_at(house, "2026-03-10 14:00:00")
    assert not blocked_at(house, "2026-03-10 15:30:00")
    assert blocked_at(house, "2026-03-10 16:30:00")
    assert not blocked_at(house, "2026-03-10 18:00:00")
    assert not blocked_at(house, "2026-03-14 14:30:00")  # a Saturday


def test_the_eve_of_the_holidays_is_no_school_night(house: House) -> None:
    # Sunday; the holidays begin on Monday, the 21st.
    assert not blocked_at(house, "2026-12-20 20:30:00")
    assert not blocked_at(house, "2026-12-20 22:29:50")
    assert blocked_at(house, "2026-12-20 22:30:00")
    assert blocked_at(house, "2026-12-21 08:59:50")
    assert not blocked_at(house, "2026-12-21 09:00:00")


def test_the_last_night_of_the_holidays_is_a_school_night(house: House) -> None:
    # Sunday, 2027-01-03, is the last holiday. The night before is one of the holidays' still.
    assert not blocked_at(house, "2027-01-02 22:29:50")
    assert blocked_at(house, "2027-01-02 22:30:00")
    assert blocked_at(house, "2027-01-03 08:59:50")
    assert not blocked_at(house, "2027-01-03 20:29:50")
    assert blocked_at(house, "2027-01-03 20:30:00")
    assert blocked_at(house, "2027-01-04 06:29:50")
    assert not blocked_at(house, "2027-01-04 06:30:00")


def test_a_single_holiday_frees_its_eve_and_its_day_and_not_its_night(house: House) -> None:
    # Thursday, 2027-05-06.
    assert not blocked_at(house, "2027-05-05 20:30:00")
    assert blocked_at(house, "2027-05-05 22:30:00")
    assert not blocked_at(house, "2027-05-06 14:30:00")  # no homework
    assert blocked_at(house, "2027-05-06 20:30:00")
    assert blocked_at(house, "2027-05-07 14:30:00")


def test_a_date_beats_holidays_and_weekdays(house: House) -> None:
    assert blocked_at(house, "2026-12-30 23:00:00")
    assert not blocked_at(house, "2026-12-31 23:59:50")
    assert not blocked_at(house, "2027-01-01 00:00:00")  # across the end of the year
    assert blocked_at(house, "2027-01-01 22:30:00")


@pytest.mark.parametrize(
    "number",
    range(len(CHANGES)),
    ids=[f"{change.zone}: {change.name}" for change in CHANGES],
)
def test_windows_hold_where_the_clocks_change(house: House, number: int) -> None:
    change = CHANGES[number]
    found = [
        (local, fold, _blocked_at(house, local, traveller(number), change.zone, fold))
        for local, fold, _ in change.moments
    ]
    assert found == list(change.moments)


def test_an_answer_ends_where_the_skipped_hour_brings_bedtime_closer(house: House) -> None:
    house.set_time("2026-03-29 01:59:20")  # 40 s before 03:00, when traveller 0 is closed
    assert 0 < house.dig(NAME, client=traveller(0)).ttl <= 40


def test_a_clock_that_is_set_back_opens_what_was_open_then(house: House) -> None:
    assert blocked_at(house, "2026-03-10 20:30:00")
    assert not blocked_at(house, "2026-03-10 20:29:50")
    assert blocked_at(house, "2026-03-10 20:30:00")


def test_a_clock_that_is_set_by_an_hour_is_followed_in_both_directions(house: House) -> None:
    # 2026-03-10 is a Tuesday; homework ends at 18:00, bedtime begins at 20:30.
    found = [
        blocked_at(house, f"2026-03-10 {clock}")
        for clock in ("19:45:00", "20:45:00", "19:45:00", "18:45:00", "17:45:00", "18:45:00")
    ]
    assert found == [False, True, False, False, True, False]


def test_another_zone_in_the_config_holds_from_the_reload_on(house: House) -> None:
    moved = config().replace(
        "lena: {policy: child,", "lena: {policy: child, timezone: Asia/Kathmandu,"
    )
    assert blocked_at(house, "2026-03-10 20:30:00")
    house.write_config(moved)
    try:
        assert house.reload().code == 0
        assert not blocked_at(house, "2026-03-10 20:29:50", zone="Asia/Kathmandu")
        assert blocked_at(house, "2026-03-10 20:30:00", zone="Asia/Kathmandu")
        assert not blocked_at(house, "2026-03-10 14:00:00")  # homework is over in Kathmandu
    finally:
        house.write_config(config())
        assert house.reload().code == 0
    assert blocked_at(house, "2026-03-10 20:30:00")
