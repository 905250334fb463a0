"""Two workers are one filter: whichever the kernel hands a question to, the answer is the same.

Each dig comes from a port of its own, so some of twenty meet each worker.
"""

from collections.abc import Iterator

import pytest

from tests.support.house import House, open_house
from tests.support.peers import nsd

pytestmark = [pytest.mark.untimed, pytest.mark.peer("dig", "nsd"), pytest.mark.timeout(300)]

OPEN = "192.0.2.99"
MIA = "127.0.0.2"
TIMES = 20

CONFIG = """\
version: 1
timezone: Europe/Berlin
schedules:
  bedtime: {daily: "20:30-06:30"}
policies:
  child:
    block: [gambling]
    during: {bedtime: {internet: "off"}}
people:
  mia: {policy: child, devices: [{name: phone, ip: 127.0.0.2}]}
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("workers")
    with (
        nsd(folder / "nsd", {".": f"* A {OPEN}"}) as upstream,
        open_house(folder, CONFIG, [upstream], "--workers", "2") as house,
    ):
        yield house


def are_blocked(house: House, name: str) -> set[bool]:
    """Whether *name* is blocked for mia, asked from many ports."""
    return {house.dig(name, client=MIA).is_blocked for _ in range(TIMES)}


def test_bedtime_comes_to_each_worker_in_the_same_minute(house: House) -> None:
    house.set_time("2026-03-07 20:29:50")
    assert are_blocked(house, "www.library.example") == {False}
    house.set_time("2026-03-07 20:30:00")
    assert are_blocked(house, "www.library.example") == {True}


def test_what_the_workers_have_blocked_is_one_row_of_the_log(house: House) -> None:
    house.set_time("2026-03-08 12:00:00")
    assert are_blocked(house, "once.bet365.com") == {True}
    [row] = [row for row in house.log_rows("mia") if row["name"] == "once.bet365.com"]
    assert row["count"] == TIMES
    shares = [f'filterdns_client_slots{{worker="{worker}"}}' for worker in (0, 1)]
    house.wait_until(lambda: all(map(house.metric, shares)), "both workers to have had a share")
