from filterdns.devices.neighbour import Neighbour
from filterdns.devices.neighbour_messages import Entry
from filterdns.devices.neighbour_table import MAX_ADDRESSES, NeighbourTable

NAMES = {2: "eth0", 3: "wlan0"}
MIA, BEN = "3c:22:fb:01:02:03", "98:b6:e9:0a:0b:0c"


def table() -> NeighbourTable:
    return NeighbourTable(lambda number: NAMES.get(number, ""))


def taken(*entries: Entry) -> NeighbourTable:
    made = table()
    made.take(entries, 0.0)
    return made


def test_a_new_neighbour_is_told_and_found() -> None:
    neighbours = table()
    change = neighbours.take([Entry(2, "10.0.0.1", MIA)], 0.0)
    assert change == ((Neighbour("10.0.0.1", MIA, "eth0"),), ())
    assert neighbours.find("10.0.0.1") == Neighbour("10.0.0.1", MIA, "eth0")
    assert neighbours.find("10.0.0.2") is None


def test_what_is_known_already_is_not_told_again() -> None:
    assert not taken(Entry(2, "10.0.0.1", MIA)).take([Entry(2, "10.0.0.1", MIA)], 1.0)


def test_another_card_behind_an_address_is_told() -> None:
    change = taken(Entry(2, "10.0.0.1", MIA)).take([Entry(2, "10.0.0.1", BEN)], 1.0)
    assert change == ((Neighbour("10.0.0.1", BEN, "eth0"),), ())


def test_what_changes_and_changes_back_in_one_batch_is_no_news() -> None:
    changes = [Entry(2, "10.0.0.1", BEN), Entry(2, "10.0.0.1", ""), Entry(2, "10.0.0.1", MIA)]
    assert not taken(Entry(2, "10.0.0.1", MIA)).take(changes, 1.0)


def test_what_nobody_answers_for_is_gone() -> None:
    neighbours = taken(Entry(2, "10.0.0.1", MIA))
    assert neighbours.take([Entry(2, "10.0.0.1", "")], 1.0) == ((), ("10.0.0.1",))
    assert len(neighbours) == 0


def test_nobody_who_was_never_there_is_not_gone() -> None:
    assert not table().take([Entry(2, "10.0.0.1", "")], 0.0)


def test_a_link_local_address_is_another_one_on_each_link() -> None:
    neighbours = taken(Entry(2, "fe80::1", MIA), Entry(3, "fe80::1", BEN))
    assert [(each.address, each.mac) for each in neighbours] == [
        ("fe80::1%eth0", MIA),
        ("fe80::1%wlan0", BEN),
    ]


def test_on_two_cards_of_one_network_the_one_told_last_has_the_address() -> None:
    neighbours = taken(Entry(2, "10.0.0.1", MIA), Entry(3, "10.0.0.1", BEN))
    assert neighbours.find("10.0.0.1") == Neighbour("10.0.0.1", BEN, "wlan0")
    neighbours.take([Entry(2, "10.0.0.1", MIA)], 1.0)  # nothing new there
    assert neighbours.find("10.0.0.1") == Neighbour("10.0.0.1", BEN, "wlan0")
    change = neighbours.take([Entry(3, "10.0.0.1", "")], 2.0)
    assert change == ((Neighbour("10.0.0.1", MIA, "eth0"),), ())


def test_when_an_interface_goes_its_link_local_addresses_go_by_their_names() -> None:
    names = {2: "eth0"}
    neighbours = NeighbourTable(lambda number: names.get(number, ""))
    neighbours.take([Entry(2, "fe80::1", MIA)], 0.0)
    del names[2]
    assert neighbours.take([Entry(2, "fe80::1", "")], 1.0) == ((), ("fe80::1%eth0",))


def test_a_link_of_another_name_takes_the_place_of_the_old_one() -> None:
    names = {2: "eth0"}
    neighbours = NeighbourTable(lambda number: names.get(number, ""))
    neighbours.take([Entry(2, "fe80::1", MIA)], 0.0)
    names[2] = "lan0"
    change = neighbours.take([Entry(2, "fe80::1", MIA)], 1.0)
    assert change == ((Neighbour("fe80::1%lan0", MIA, "lan0"),), ("fe80::1%eth0",))


def test_read_anew_tells_only_what_is_different() -> None:
    neighbours = taken(Entry(2, "10.0.0.1", MIA), Entry(2, "10.0.0.2", BEN))
    change = neighbours.replace([Entry(2, "10.0.0.2", BEN), Entry(2, "10.0.0.3", BEN)], 1.0)
    assert change == ((Neighbour("10.0.0.3", BEN, "eth0"),), ("10.0.0.1",))


def test_a_router_that_says_so_later_is_news() -> None:
    change = taken(Entry(2, "fe80::1", MIA)).take([Entry(2, "fe80::1", MIA, True)], 1.0)
    assert [each.is_router for each in change.here] == [True]


def test_the_last_sign_of_life_is_what_the_kernel_says() -> None:
    neighbours = taken(Entry(2, "10.0.0.1", MIA, confirmed_seconds=50.0))
    assert [at for _, at in neighbours.confirmed_at()] == [-50.0]


def test_where_no_sign_of_life_is_told_the_first_sight_counts() -> None:
    neighbours = taken(Entry(2, "10.0.0.1", MIA))
    neighbours.replace([Entry(2, "10.0.0.1", MIA)], 100.0)
    assert [at for _, at in neighbours.confirmed_at()] == [0.0]
    neighbours.replace([Entry(2, "10.0.0.1", BEN)], 200.0)
    assert [at for _, at in neighbours.confirmed_at()] == [200.0]


def test_more_neighbours_than_any_house_has_are_not_kept() -> None:
    neighbours = table()
    neighbours.take(
        (Entry(2, f"fd00::{n >> 8:x}:{n & 255:x}", MIA) for n in range(MAX_ADDRESSES + 10)), 0.0
    )
    assert len(neighbours) == MAX_ADDRESSES
    assert neighbours.take([Entry(2, "fd00::1:1", "")], 1.0)
    assert neighbours.take([Entry(2, "fd00::ff:ffff:1", MIA)], 2.0)
