"""Addresses of lists, cut into ranges: a look-up answers as all networks would, one by one."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.blocklists import address_ranges
from filterdns.blocklists.address_ranges import NO_ADDRESSES, Joined
from filterdns.errors import BlocklistError

SOURCES = (
    ("192.0.2.1", "198.51.100.0/24", "2001:db8::/32"),
    ("198.51.100.128/25", "2001:db8::1", "0.0.0.0/8"),
    ("198.51.100.0/30", "255.255.255.255", "ffff::/16", "2001:db8:0:0:ffff::/80"),
)


def listing(joined: Joined, text: str) -> tuple[int, ...]:
    return joined.sets[joined.ranges.set_id(ip_address(text).packed)]


@pytest.mark.parametrize(
    ("address", "sources"),
    [
        ("192.0.2.0", ()),
        ("192.0.2.1", (0,)),
        ("192.0.2.2", ()),
        ("198.51.99.255", ()),
        ("198.51.100.0", (0, 2)),
        ("198.51.100.4", (0,)),
        ("198.51.100.128", (0, 1)),
        ("198.51.101.0", ()),
        ("0.0.0.0", (1,)),
        ("255.255.255.254", ()),
        ("255.255.255.255", (2,)),
        ("2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", ()),
        ("2001:db8::", (0,)),
        ("2001:db8::1", (0, 1)),
        ("2001:db8::2", (0,)),
        ("2001:db8::ffff:0:0:1", (0, 2)),
        ("2001:db8:0:0:ffff:ffff:ffff:ffff", (0, 2)),
        ("2001:db8:0:1::", (0,)),
        ("2001:db9::", ()),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", (2,)),
        ("::", ()),
    ],
)
def test_all_sources_that_list_an_address_are_found(address: str, sources: tuple[int, ...]) -> None:
    assert listing(Joined.of(SOURCES), address) == sources


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_no_source_lists_nothing(address: str) -> None:
    assert listing(NO_ADDRESSES, address) == ()
    assert listing(Joined.of([[], []]), address) == ()


def test_what_stands_there_twice_counts_once() -> None:
    joined = Joined.of([["192.0.2.1", "192.0.2.0/24", "192.0.2.1"]])
    assert list(joined.ranges.ipv4_starts) == [
        int(IPv4Address("192.0.2.0")), int(IPv4Address("192.0.3.0"))
    ]  # fmt: skip


def networks(bits: int, kind: type) -> st.SearchStrategy[str]:
    near = st.integers(0, 255)  # small numbers, so that networks meet
    lengths = st.integers(bits - 8, bits)
    return st.builds(
        lambda number, length: str(ip_network((kind(number), length), strict=False)), near, lengths
    )


any_network = networks(32, IPv4Address) | networks(128, IPv6Address)


@given(
    st.lists(st.lists(any_network, max_size=6), max_size=4),
    st.integers(0, 300),
    st.sampled_from((IPv4Address, IPv6Address)),
)
def test_a_look_up_answers_as_all_networks_one_by_one(
    sources: list[list[str]], number: int, kind: type
) -> None:
    address = kind(number)
    expected = tuple(
        place
        for place, texts in enumerate(sources)
        if any(address in ip_network(text) for text in texts)
    )
    assert listing(Joined.of(sources), str(address)) == expected


def test_more_combinations_than_set_ids_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address_ranges, "MAX_SETS", 2)
    with pytest.raises(BlocklistError, match="combinations of lists"):
        Joined.of(SOURCES)


def test_a_look_up_does_not_grow_with_the_list() -> None:
    """Counted, not timed: bisections of a hundred thousand addresses look at some twenty."""
    texts = [str(IPv4Address(0x0B00_0000 + 2 * number)) for number in range(100_000)]
    joined = Joined.of([texts])
    looked_at = 0

    class Counting:
        def __len__(self) -> int:
            return len(joined.ranges.ipv4_starts)

        def __getitem__(self, place: int) -> int:
            nonlocal looked_at
            looked_at += 1
            return joined.ranges.ipv4_starts[place]

    ranges = joined.ranges._replace(ipv4_starts=Counting())  # type: ignore[arg-type]
    assert joined.sets[ranges.set_id(ip_address(texts[70_001]).packed)] == (0,)
    assert 0 < looked_at <= 20
