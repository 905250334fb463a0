"""From an address to a person, a device and the places."""

import pytest

from filterdns.policy.address import read_address
from filterdns.policy.client import Doubt, Identifier, Identity
from filterdns.policy.ruleset import Device, Person, Place, Ruleset
from filterdns.steps import at_once


def house() -> Identifier:
    devices = (
        Device("tablet", addresses=("192.168.1.20", "fd00::20")),
        Device("console", addresses=("fe80::1", "fe80::2%eth0")),
        Device("room", networks=("192.168.1.0/24", "fd00:1::/64")),
    )
    guests = (
        Device("guest", networks=("192.168.0.0/16", "::ffff:172.16.0.0/108")),
        Device("desk", networks=("192.168.1.64/26",)),
        Device("link", addresses=("fe80::2",)),
        Device("late", addresses=("192.168.1.20",)),
    )
    places = {
        "school": Place("school", ("10.0.0.0/8", "fd00::/16")),
        "room-12": Place("room-12", ("10.12.0.0/24", "fd00:12::/64")),
        "annex": Place("annex", ("10.99.0.0/16",)),
    }
    people = {
        "mia": Person("mia", "child", "UTC", devices),
        "guests": Person("guests", "child", "UTC", guests),
    }
    return Identifier(Ruleset(people=people, places=places))


@pytest.mark.parametrize(
    ("address", "person", "device"),
    [
        ("192.168.1.20", "mia", "tablet"),
        ("fd00::20", "mia", "tablet"),
        ("192.168.1.21", "mia", "room"),
        ("192.168.1.70", "guests", "desk"),
        ("192.168.2.1", "guests", "guest"),
        ("fd00:1::5", "mia", "room"),
        ("172.16.5.5", "guests", "guest"),
        ("8.8.8.8", "", ""),
        ("fd00:2::5", "", ""),
    ],
)
def test_the_most_specific_wins(address: str, person: str, device: str) -> None:
    assert house().identify(read_address(address))[:2] == (person, device)


def test_an_ipv4_mapped_address_is_ipv4() -> None:
    assert house().identify(read_address("::ffff:192.168.1.20")) == house().identify(
        read_address("192.168.1.20")
    )


def test_an_address_written_without_a_link_is_met_on_every_link() -> None:
    assert house().identify(read_address("fe80::1%eth0")).device == "console"
    assert house().identify(read_address("fe80::1%wlan0")).device == "console"


def test_an_address_written_with_a_link_comes_before_one_without() -> None:
    assert house().identify(read_address("fe80::2%eth0")).device == "console"
    assert house().identify(read_address("fe80::2%wlan0")).device == "link"


def test_of_two_devices_with_one_address_the_first_has_it() -> None:
    assert house().identify(read_address("192.168.1.20")).device == "tablet"


@pytest.mark.parametrize(
    ("address", "places"),
    [
        ("10.12.0.9", ("school", "room-12")),
        ("10.99.1.1", ("school", "annex")),
        ("10.1.1.1", ("school",)),
        ("fd00:12::9", ("school", "room-12")),
        ("192.168.1.20", ()),
    ],
)
def test_all_places_hold_an_address_in_the_order_of_the_ruleset(
    address: str, places: tuple[str, ...]
) -> None:
    assert house().identify(read_address(address)).places == places


def test_a_place_identifies_nobody() -> None:
    assert house().identify(read_address("10.12.0.9")) == Identity("", "", ("school", "room-12"))


def test_an_empty_house_knows_nobody() -> None:
    assert Identifier(Ruleset()).identify(read_address("::1")) == Identity("", "", ())


def test_a_look_up_does_not_grow_with_the_devices() -> None:
    devices = tuple(Device(f"d{n}", networks=(f"10.{n >> 8}.{n & 255}.0/24",)) for n in range(2000))
    identifier = Identifier(Ruleset(people={"all": Person("all", "child", "UTC", devices)}))
    assert identifier.identify(read_address("10.7.207.9")).device == "d1999"
    assert len(identifier._owners._tables[4]) == 1


def test_it_can_be_made_a_device_and_a_network_of_a_place_a_step() -> None:
    devices = tuple(Device(f"d{number}", (f"10.0.0.{number}",)) for number in range(100))
    ruleset = Ruleset(
        people={"all": Person("all", "child", "UTC", devices)},
        places={"school": Place("school", ("10.0.0.0/8", "fd00::/16"))},
    )
    assert len(list(Identifier.in_steps(ruleset))) == 104
    made = at_once(Identifier.in_steps(ruleset))
    assert made.identify(read_address("10.0.0.7")) == Identity("all", "d7", ("school",))


def test_of_people_who_are_as_before_no_address_is_read_again() -> None:
    devices = tuple(Device(f"d{number}", (f"10.0.0.{number}",)) for number in range(100))
    mia, tom = Person("mia", "child", "UTC", devices), Person("tom", "child", "UTC", ())
    before = Identifier(Ruleset(people={"mia": mia, "tom": tom}))
    given = Person(
        "tom", "child", "UTC", (Device("late", ("10.0.0.7",)), Device("d", ("10.9.9.9",)))
    )
    ruleset = Ruleset(people={"mia": mia, "tom": given})
    assert len(list(Identifier.in_steps(ruleset, before))) < 10
    after = at_once(Identifier.in_steps(ruleset, before))
    assert after.identify(read_address("10.0.0.7")).person == "mia"  # the first has it
    assert after.identify(read_address("10.9.9.9")) == Identity("tom", "d", ())
    taken = Person("mia", "child", "UTC", devices[:7])
    later = at_once(Identifier.in_steps(Ruleset(people={"mia": taken, "tom": given}), after))
    assert later.identify(read_address("10.0.0.7")).person == "tom"
    assert later.identify(read_address("10.0.0.8")) == Identity("", "", ())


TABLET, PHONE, STRANGE = "3c:22:fb:01:02:03", "3c:22:fb:01:02:04", "3c:22:fb:99:99:99"


def by_many_signs() -> Identifier:
    mia = (
        Device("tablet", macs=(TABLET,), ids=("mia-9f2c71d0",)),
        Device("desk", addresses=("192.168.1.30",)),
    )
    parents = (
        Device("laptop", addresses=("192.168.1.10",), macs=(PHONE,)),
        Device("all", networks=("192.168.1.0/24",)),
    )
    return Identifier(
        Ruleset(
            people={
                "mia": Person("mia", "child", "UTC", mia),
                "parents": Person("parents", "adults", "UTC", parents),
            },
            places={"room": Place("room", ("192.168.1.0/24",))},
        )
    )


@pytest.mark.parametrize(
    ("address", "mac", "client_id", "device"),
    [
        ("192.168.1.10", PHONE, "mia-9f2c71d0", "tablet"),  # the id wins over all
        ("192.168.1.30", PHONE, "", "laptop"),  # the MAC over the address
        ("192.168.1.30", PHONE, "nobody-1a2b3c4d", "laptop"),  # an id that was revoked says nothing
        ("192.168.1.30", STRANGE, "", "desk"),  # the address over the network
        ("192.168.1.31", STRANGE, "", "all"),
        ("10.0.0.1", TABLET, "", "tablet"),
        ("10.0.0.1", STRANGE, "", ""),
        ("10.0.0.1", "", "", ""),
    ],
)
def test_the_id_comes_before_the_mac_before_the_address_before_the_network(
    address: str, mac: str, client_id: str, device: str
) -> None:
    identity = by_many_signs().identify(read_address(address), mac, client_id)
    assert identity.device == device


@pytest.mark.parametrize(("mac", "device"), [(PHONE, "laptop"), (STRANGE, ""), ("", "")])
def test_an_address_that_is_pinned_to_a_mac_counts_with_it_alone(mac: str, device: str) -> None:
    """Whoever takes it is unknown, whatever the networks say."""
    assert by_many_signs().identify(read_address("192.168.1.10"), mac).device == device


def test_behind_a_forwarder_the_mac_alone_tells_who_asks() -> None:
    identifier, forwarder = by_many_signs(), read_address("192.168.1.30")
    assert identifier.behind(forwarder, TABLET) == Identity("mia", "tablet", ("room",))
    assert identifier.behind(forwarder, STRANGE) == Identity("", "", ("room",))
    assert identifier.behind(forwarder, "") == Identity("", "", ("room",), Doubt.UNMARKED)


def test_while_a_mac_is_awaited_the_address_says_nothing_but_the_place() -> None:
    awaited = by_many_signs().awaited(read_address("192.168.1.30"))
    assert awaited == Identity("", "", ("room",), Doubt.AWAITED)


def test_whether_macs_tell_anything_is_known() -> None:
    assert by_many_signs().knows_macs
    assert not house().knows_macs
