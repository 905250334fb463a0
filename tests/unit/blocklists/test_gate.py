"""The gate lets every listed name through, and few others."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from filterdns.blocklists.gate import (
    CRC_BITS,
    byte_shift,
    changed_gate,
    gate_bits,
    joined,
    make_gate,
)

crcs = st.lists(st.integers(0, (1 << CRC_BITS) - 1), max_size=30)


def is_open(gate: bytes | bytearray, bits: int, crc: int) -> bool:
    return bool(gate[crc >> byte_shift(bits)] >> (crc & 7) & 1)


def test_a_gate_is_a_byte_at_least_and_about_a_byte_a_name() -> None:
    assert gate_bits(0) == 3
    for names in (10, 1_000, 1_000_000, 5_000_000):
        assert 6 * names <= 1 << gate_bits(names) < 12 * names
    assert gate_bits(1 << 40) == CRC_BITS


@given(crcs, st.integers(3, 12))
def test_what_is_listed_comes_through(listed: list[int], bits: int) -> None:
    gate = make_gate(bits, [listed[:5], listed[5:]])
    assert all(is_open(gate, bits, crc) for crc in listed)


def test_most_of_what_is_not_listed_does_not() -> None:
    random = Random(1)
    bits = gate_bits(2000)
    gate = make_gate(bits, [[random.getrandbits(CRC_BITS) for _ in range(2000)]])
    through = sum(is_open(gate, bits, random.getrandbits(CRC_BITS)) for _ in range(2000))
    assert through < 2000 / 5


@given(crcs, crcs, st.integers(3, 12))
def test_two_gates_joined_are_that_of_all_names(
    one: list[int], other: list[int], bits: int
) -> None:
    both = joined(make_gate(bits, [one]), make_gate(bits, [other]))
    assert both == make_gate(bits, [one, other])


small = st.lists(st.integers(0, 40).map(lambda crc: crc % 4 | (crc >> 2) << 26), max_size=12)


@given(small, small, small)
def test_a_changed_gate_is_that_of_the_names_that_are_left(
    stay: list[int], gone: list[int], come: list[int]
) -> None:

    changed = changed_gate(make_gate(8, [stay, gone]), 8, gone, come, [stay])
    assert changed == make_gate(8, [stay, come])
