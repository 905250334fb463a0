"""The gate before the names: a bit that says "not listed" for most names that are not.

A name's slot is the first bits of its CRC-32, which takes a sixth of the time of its hash; a slot
that no listed name has ends the look-up. CRC-32 is no secret, and need not be one: who aims at a
slot makes us look for his name among the hashes, as we would without a gate.
"""

from collections.abc import Iterable
from itertools import repeat
from operator import rshift
from typing import Final

LEAST_BITS: Final = 3  # one byte
SLOTS_PER_NAME: Final = 6  # at least; then one name of seven that are not listed comes through
CRC_BITS: Final = 32


def gate_bits(names: int) -> int:
    """Return how many bits of the CRC-32 make the slot in a gate for *names*."""
    return min(max((SLOTS_PER_NAME * names - 1).bit_length(), LEAST_BITS), CRC_BITS)


def make_gate(bits: int, crcs: Iterable[Iterable[int]]) -> bytearray:
    """Return the gate of *bits* in which the names with these *crcs* have their slots set."""
    gate = bytearray(1 << bits >> 3)
    shift = CRC_BITS - bits
    for some in crcs:
        for crc in some:
            slot = crc >> shift
            gate[slot >> 3] |= 1 << (slot & 7)
    return gate


def joined(one: bytes | bytearray, other: bytes | bytearray) -> bytes:
    """Return the gate of all names of two gates of the same size."""
    both = int.from_bytes(one, "little") | int.from_bytes(other, "little")
    return both.to_bytes(len(one), "little")


def changed_gate(
    gate: Iterable[int],
    bits: int,
    gone: Iterable[int],
    come: Iterable[int],
    others: Iterable[Iterable[int]],
) -> bytearray:
    """Return *gate* without the names of the crcs *gone* and with those that have *come*.

    *others* are the crcs of all names that stay: they keep the slots that they share with *gone*.
    """
    changed = bytearray(gate)
    shift = CRC_BITS - bits
    freed = {crc >> shift for crc in gone}
    for crcs in others:
        if freed:
            freed -= freed.intersection(map(rshift, crcs, repeat(shift)))
    for slot in freed:
        changed[slot >> 3] &= ~(1 << (slot & 7))
    for crc in come:
        slot = crc >> shift
        changed[slot >> 3] |= 1 << (slot & 7)
    return changed
