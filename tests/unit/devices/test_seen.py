from pathlib import Path

import pytest

from filterdns.devices import seen as module
from filterdns.devices.lease import Lease
from filterdns.devices.makers import Makers
from filterdns.devices.neighbour import Neighbour
from filterdns.devices.seen import MOST_NAMESAKES, Offer, SeenDevice, SeenDevices, offers

PHONE, PRIVATE, CONSOLE = "3c:22:fb:01:02:03", "0e:11:22:33:44:55", "98:b6:e9:0a:0b:0c"
DAY = 86_400.0


@pytest.fixture
def seen(tmp_path: Path) -> SeenDevices:
    (tmp_path / "oui.txt").write_bytes(b"\n3C-22-FB   (hex)\t\tApple, Inc.\n")
    return SeenDevices(Makers([tmp_path / "oui.txt"]))


def near(seen: SeenDevices, address: str, mac: str, at: float, *, is_router: bool = False) -> None:
    seen.see_neighbour(Neighbour(address, mac, "eth0", is_router), at)


def lent(seen: SeenDevices, address: str, mac: str, name: str, at: float) -> None:
    seen.see_lease(Lease(address, mac, name, None), at)


def test_all_that_is_told_of_a_mac_comes_together(seen: SeenDevices) -> None:
    near(seen, "192.168.1.20", PHONE, 10)
    lent(seen, "192.168.1.20", PHONE, "Mias-iPhone", 20)
    near(seen, "fd00::20", PHONE, 30)
    seen.see_query(40, address="fd00::20")
    assert list(seen) == [
        SeenDevice(
            mac=PHONE,
            addresses=("fd00::20", "192.168.1.20"),
            host_name="Mias-iPhone",
            maker="Apple, Inc.",
            is_private=False,
            is_router=False,
            first_seen_at=10,
            last_seen_at=40,
            asked_at=40,
        )
    ]


@pytest.mark.parametrize("key", [PHONE, "192.168.1.20"])
def test_a_device_is_found_by_its_mac_and_by_its_addresses(seen: SeenDevices, key: str) -> None:
    near(seen, "192.168.1.20", PHONE, 10)
    found = seen.find(key)
    assert found is not None
    assert found.key == PHONE
    assert seen.find("192.168.1.21") is None


def test_an_address_stands_for_itself_until_its_mac_is_known(seen: SeenDevices) -> None:
    seen.see_query(5, address="192.168.1.20")
    [stray] = seen
    assert (stray.key, stray.mac, stray.is_private) == ("192.168.1.20", "", False)
    near(seen, "192.168.1.20", PHONE, 10)
    [device] = seen
    assert (device.key, device.first_seen_at, device.asked_at) == (PHONE, 5, 5)


def test_an_address_belongs_to_whoever_had_it_last(seen: SeenDevices) -> None:
    near(seen, "192.168.1.20", PHONE, 10)
    near(seen, "192.168.1.20", CONSOLE, 20)
    assert {each.mac: each.addresses for each in seen} == {PHONE: (), CONSOLE: ("192.168.1.20",)}
    near(seen, "192.168.1.20", PHONE, 30)
    assert {each.mac: each.addresses for each in seen} == {PHONE: ("192.168.1.20",), CONSOLE: ()}


def test_a_lease_without_a_mac_is_of_the_device_that_is_known_there(seen: SeenDevices) -> None:
    near(seen, "fd00::20", PHONE, 10)
    lent(seen, "fd00::20", "", "Mias-iPhone", 20)
    assert [(each.mac, each.host_name) for each in seen] == [(PHONE, "Mias-iPhone")]


def test_a_lease_without_a_name_takes_no_name_away(seen: SeenDevices) -> None:
    lent(seen, "192.168.1.20", PHONE, "Mias-iPhone", 10)
    lent(seen, "192.168.1.20", PHONE, "", 20)
    assert [each.host_name for each in seen] == ["Mias-iPhone"]


def test_of_a_query_through_a_forwarder_only_the_mac_counts(seen: SeenDevices) -> None:
    seen.see_query(10, address="192.168.1.1", mac=PHONE)
    assert [(each.mac, each.addresses, each.asked_at) for each in seen] == [(PHONE, (), 10)]


def test_once_a_router_always_a_router(seen: SeenDevices) -> None:
    near(seen, "fe80::1%eth0", CONSOLE, 10, is_router=True)
    near(seen, "192.168.1.1", CONSOLE, 20)
    assert [each.is_router for each in seen] == [True]


def test_old_news_change_no_times(seen: SeenDevices) -> None:
    near(seen, "192.168.1.20", PHONE, 50)
    near(seen, "192.168.1.20", PHONE, 10)
    assert [(each.first_seen_at, each.last_seen_at) for each in seen] == [(10, 50)]


def test_what_was_not_seen_for_long_is_forgotten(seen: SeenDevices) -> None:
    near(seen, "192.168.1.20", PHONE, 0)
    near(seen, "fd00::20", PHONE, 25 * DAY)
    near(seen, "192.168.1.21", CONSOLE, 0)
    seen.see_query(25 * DAY, address="192.168.1.99")
    seen.forget_old(31 * DAY)
    assert {each.key: each.addresses for each in seen} == {
        PHONE: ("fd00::20",),
        "192.168.1.99": ("192.168.1.99",),
    }
    seen.forget_old(40 * DAY)
    assert [each.key for each in seen] == [PHONE]
    seen.forget_old(60 * DAY)
    assert not len(seen)
    near(seen, "fd00::20", CONSOLE, 61 * DAY)
    assert [each.first_seen_at for each in seen] == [61 * DAY]


def test_no_device_has_more_addresses_than_it_can_use(seen: SeenDevices) -> None:
    for number in range(100):
        near(seen, f"fd00::{number}", PHONE, number)
    [device] = seen
    assert len(device.addresses) == module.MAX_ADDRESSES
    assert device.addresses[0] == "fd00::99"
    assert seen.find("fd00::1") is None


def test_the_table_is_bounded_and_the_least_recent_goes(
    seen: SeenDevices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_DEVICES", 2)
    for number, mac in enumerate((PHONE, CONSOLE, PHONE, PRIVATE)):
        near(seen, f"192.168.1.{number}", mac, number)
    assert [each.mac for each in seen] == [PHONE, PRIVATE]
    assert seen.find("192.168.1.1") is None


def test_addresses_that_somebody_makes_up_push_no_device_out(
    seen: SeenDevices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_STRAYS", 10)
    near(seen, "192.168.1.20", PHONE, 0)
    for number in range(100):
        seen.see_query(1, address=f"10.0.0.{number}")
    assert len(seen) == 11
    assert seen.find(PHONE)


def test_what_was_seen_before_a_restart_is_known_after_it(seen: SeenDevices) -> None:
    near(seen, "192.168.1.20", PHONE, 10)
    near(seen, "fd00::20", PHONE, 30)
    lent(seen, "192.168.1.21", PRIVATE, "Bens-Pixel", 40)
    seen.see_query(50, address="192.168.1.99")
    seen.see_query(60, mac=CONSOLE)
    before = list(seen)
    assert list(SeenDevices(seen._makers, before)) == before


# A phone that has forgotten the network.


def offered(seen: SeenDevices, *known: str) -> list[tuple[str, list[str]]]:
    made = offers(list(seen), dict.fromkeys(known))
    return [(each.newcomer.mac, [device.mac for device in each.known]) for each in made]


def test_a_private_mac_under_the_name_of_a_known_device_is_offered(seen: SeenDevices) -> None:
    lent(seen, "192.168.1.20", PHONE, "Mias-iPhone", 10)
    lent(seen, "192.168.1.30", PRIVATE, "mias-iphone", 20)
    assert offered(seen, PHONE) == [(PRIVATE, [PHONE])]
    assert offers([], {}) == []
    assert isinstance(offers(list(seen), {PHONE: None})[0], Offer)


@pytest.mark.parametrize(
    ("newcomer", "name", "known"),
    [
        (PRIVATE, "Bens-Pixel", [PHONE]),  # another name
        (PRIVATE, "", [PHONE]),
        (CONSOLE, "Mias-iPhone", [PHONE]),  # a MAC from the factory is another device
        (PRIVATE, "Mias-iPhone", []),  # nobody has named the first one
        (PRIVATE, "Mias-iPhone", [PHONE, PRIVATE]),  # it has been named meanwhile
    ],
)
def test_who_is_no_such_newcomer_is_not_offered(
    seen: SeenDevices, newcomer: str, name: str, known: list[str]
) -> None:
    lent(seen, "192.168.1.20", PHONE, "Mias-iPhone", 10)
    lent(seen, "192.168.1.30", newcomer, name, 20)
    assert offered(seen, *known) == []


def test_who_was_there_at_the_same_time_is_another_device(seen: SeenDevices) -> None:
    lent(seen, "192.168.1.20", PHONE, "iPhone", 10)
    lent(seen, "192.168.1.30", PRIVATE, "iPhone", 20)
    near(seen, "192.168.1.20", PHONE, 80)  # what it asked last is told with some delay
    assert offered(seen, PHONE) == [(PRIVATE, [PHONE])]
    near(seen, "192.168.1.20", PHONE, 81)
    assert offered(seen, PHONE) == []


def test_all_known_devices_of_that_name_are_offered(seen: SeenDevices) -> None:
    lent(seen, "192.168.1.20", PHONE, "iPhone", 10)
    lent(seen, "192.168.1.21", CONSOLE, "iPhone", 11)
    lent(seen, "192.168.1.30", PRIVATE, "iPhone", 20)
    assert offered(seen, PHONE, CONSOLE) == [(PRIVATE, [PHONE, CONSOLE])]


def test_a_name_that_many_have_tells_nothing(seen: SeenDevices) -> None:
    known = [f"3c:22:fb:00:00:{number:02x}" for number in range(MOST_NAMESAKES + 1)]
    for number, mac in enumerate(known):
        lent(seen, f"192.168.1.{number + 40}", mac, "iPad", number)
    lent(seen, "192.168.1.30", PRIVATE, "iPad", 20)
    assert offered(seen, *known[1:]) == [(PRIVATE, known[1:])]
    assert offered(seen, *known) == []
