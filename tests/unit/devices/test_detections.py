import pytest

from filterdns.devices.detections import (
    CURE_CONTAINER,
    CURE_ROUTER,
    Asker,
    Finding,
    FindingKind,
    Situation,
    find_all,
)
from filterdns.devices.neighbour_limits import NeighbourLimits
from filterdns.devices.seen import SeenDevice

ROUTER = "192.168.1.1"
APPLE, ANDROID, WINDOWS = (
    "captive.apple.com",
    "connectivitycheck.gstatic.com",
    "www.msftconnecttest.com",
)
NOW, DAY = 1_800_000_000.0, 86_400.0
MAC = "3c:22:fb:01:02:03"


def found(situation: Situation) -> list[FindingKind]:
    return [each.kind for each in find_all(situation)]


def asked(*askers: Asker, gateways: tuple[str, ...] = (), in_container: bool = False) -> Situation:
    return Situation(askers=askers, gateways=gateways, in_container=in_container)


# Routers that do not say for whom they ask.


@pytest.mark.parametrize(
    ("asker", "is_one"),
    [
        (Asker(ROUTER, 3, frozenset({APPLE})), True),
        (Asker(ROUTER, 500), True),
        (Asker(ROUTER, 3), False),  # its own time and updates
        (Asker(ROUTER, 0, frozenset({APPLE, ANDROID})), False),
        (Asker(ROUTER, 500, frozenset({APPLE, ANDROID}), is_marked=True), False),
        (Asker("192.168.1.20", 500, frozenset({APPLE})), False),
        (Asker("192.168.1.20", 500, frozenset({APPLE, ANDROID})), True),
        (Asker("192.168.1.20", 9, frozenset({WINDOWS, "www.msftncsi.com"})), False),
        (Asker("192.168.1.20", 9, frozenset({WINDOWS, "detectportal.firefox.com"})), False),
    ],
)
def test_who_asks_for_several_without_saying_so_is_an_unmarked_router(
    asker: Asker, is_one: bool
) -> None:
    expected = [FindingKind.UNMARKED_ROUTER] if is_one else []
    assert found(asked(asker, gateways=(ROUTER,))) == expected


def test_the_sentence_is_red_and_says_what_to_do() -> None:
    [finding] = find_all(asked(Asker(ROUTER, 500), gateways=(ROUTER,)))
    assert finding == Finding(
        FindingKind.UNMARKED_ROUTER,
        ROUTER,
        "I cannot tell your children apart: queries come from the router 192.168.1.1",
        CURE_ROUTER,
        is_red=True,
    )


def test_the_cure_lets_no_device_speak_for_itself() -> None:
    assert "add-mac and strip-mac" in CURE_ROUTER


def test_several_systems_behind_one_address_are_named() -> None:
    names = frozenset({WINDOWS, APPLE, ANDROID})
    [finding] = find_all(asked(Asker("192.168.1.7", 9, names)))
    assert "192.168.1.7 asks what Android, Apple and Windows devices ask" in finding.found


def test_in_a_container_its_gateway_gives_itself_away_by_a_single_query() -> None:
    situation = asked(Asker("172.17.0.1", 1), gateways=("172.17.0.1",), in_container=True)
    [finding] = find_all(situation)
    assert "the container's gateway 172.17.0.1" in finding.found
    assert finding.cure == CURE_CONTAINER


def test_a_link_local_gateway_is_one_on_its_own_link_only() -> None:
    askers = (Asker("fe80::1%eth0", 500), Asker("fe80::1%wlan0", 500))
    situation = asked(*askers, gateways=("fe80::1%eth0",))
    assert [each.subject for each in find_all(situation)] == ["fe80::1%eth0"]


# Devices that ask somebody else.


def device(
    first: float, last: float, asked_at: float | None, mac: str = MAC, is_router: bool = False
) -> SeenDevice:
    return SeenDevice(mac, ("192.168.1.20",), "tablet", "", False, is_router, first, last, asked_at)


@pytest.mark.parametrize(
    ("seen", "is_one"),
    [
        (device(NOW - 3 * DAY, NOW, None), True),
        (device(NOW - 3 * DAY, NOW, NOW - DAY), True),
        (device(NOW - 3 * DAY, NOW, NOW - DAY + 1), False),
        (device(NOW - DAY + 1, NOW, None), False),  # new in the house
        (device(NOW - 3 * DAY, NOW - 2.5 * DAY, None), False),  # left soon
        (device(NOW - 9 * DAY, NOW, NOW, is_router=True), False),
        (device(NOW - 9 * DAY, NOW, None, is_router=True), False),
        (device(NOW - 9 * DAY, NOW, None, mac=""), False),  # an address that nobody is behind
    ],
)
def test_who_is_near_for_a_day_and_asks_nothing_uses_another_dns(
    seen: SeenDevice, is_one: bool
) -> None:
    expected = [FindingKind.FOREIGN_DNS] if is_one else []
    assert found(Situation(devices=[seen])) == expected


def test_the_device_is_named_as_it_calls_itself() -> None:
    [finding] = find_all(Situation(devices=[device(NOW - 3 * DAY, NOW, None)]))
    assert finding.found.startswith(f"tablet {MAC} is in the house and has never asked")


def test_nobody_is_blamed_for_the_time_when_nobody_counted() -> None:
    seen = device(NOW - 9 * DAY, NOW, None)
    assert found(Situation(devices=[seen], watched_since=NOW - DAY + 1)) == []


def test_this_host_need_not_ask_itself() -> None:
    seen = device(NOW - 9 * DAY, NOW, None)
    assert found(Situation(devices=[seen], own_addresses={"192.168.1.20"})) == []


def test_while_the_router_asks_for_all_nobody_is_said_to_ask_elsewhere() -> None:
    situation = Situation(
        askers=[Asker(ROUTER, 500)],
        gateways={ROUTER},
        devices=[device(NOW - 9 * DAY, NOW, None)],
    )
    assert found(situation) == [FindingKind.UNMARKED_ROUTER]


# Repeaters.


@pytest.mark.parametrize(
    ("addresses", "is_one"),
    [
        ([f"192.168.1.{number}" for number in range(4)], True),
        ([f"192.168.1.{number}" for number in range(3)], False),
        ([f"fd00::{number}" for number in range(20)], False),  # privacy addresses
    ],
)
def test_a_card_with_many_addresses_may_be_a_repeater(addresses: list[str], is_one: bool) -> None:
    expected = [FindingKind.SHARED_MAC] if is_one else []
    assert found(Situation(addresses_by_mac={MAC: addresses})) == expected


# Full tables.


def table(entries: int, refused: int = 0) -> NeighbourLimits:
    return NeighbourLimits(4, entries, 512, 1_024, refused)


@pytest.mark.parametrize(
    ("before", "now", "is_one"),
    [
        (table(10), table(460), False),
        (table(10), table(461), True),
        (table(10, refused=7), table(10, refused=7), False),  # long ago
        (table(10, refused=7), table(10, refused=8), True),
    ],
)
def test_a_table_that_forgets_or_refuses_is_told(
    before: NeighbourLimits, now: NeighbourLimits, is_one: bool
) -> None:
    expected = [FindingKind.NEIGHBOUR_OVERFLOW] if is_one else []
    assert found(Situation(limits=[now], limits_before=[before])) == expected


def test_the_cure_gives_room_for_four_times_as_many() -> None:
    [finding] = find_all(Situation(limits=[table(2_000)]))
    assert finding.cure == (
        "sysctl -w net.ipv4.neigh.default.gc_thresh1=2000 "
        "net.ipv4.neigh.default.gc_thresh2=8000 net.ipv4.neigh.default.gc_thresh3=16000"
    )


def test_what_is_wrong_now_comes_first() -> None:
    situation = Situation(
        addresses_by_mac={MAC: [f"192.168.1.{number}" for number in range(9)]},
        limits=[table(1_024, refused=1)],
        limits_before=[table(0)],
    )
    assert [each.is_red for each in find_all(situation)] == [True, False]
