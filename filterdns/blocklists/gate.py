"""The gate before the names: a bit that says "not listed" for most names that are not.

The slot of a name comes from its CRC-32, which takes a sixth of the time of its hash; a slot that
no listed name has ends the look-up. The first bits of the CRC say which byte, the last three which
bit of it. CRC-32 is no secret, and need not be one: who aims at a slot makes us look for his name
among the hashes, as we would without a gate.
"""

from collections.abc import Iterable
from itertools import repeat
from operator import and_
from typing import Final

LEAST_BITS: Final = 3  # one byte
SLOTS_PER_NAME: Final = 6  # at least; then one name of seven that are not listed comes through
CRC_BITS: Final = 32


def gate_bits(names: int) -> int:
    """Return how many bits of the CRC-32 make the slot in a gate for *names*; see `byte_shift`."""
    return min(max((SLOTS_PER_NAME * names - 1).bit_length(), LEAST_BITS), CRC_BITS)


def byte_shift(bits: int) -> int:
    """Return by how many bits a CRC-32 is shifted to be the place of its byte in a gate."""
    return CRC_BITS + LEAST_BITS - bits


def make_gate(bits: int, crcs: Iterable[Iterable[int]]) -> bytearray:
    """Return the gate of *bits* in which the names with these *crcs* have their slots set."""
    gate = bytearray(1 << bits >> 3)
    shift = byte_shift(bits)
    for some in crcs:
        for crc in some:
            gate[crc >> shift] |= 1 << (crc & 7)
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
    shift = byte_shift(bits)
    slot = (1 << CRC_BITS) - (1 << shift) | 7  # these bits of a CRC
    freed = {crc & slot for crc in gone}
    for crcs in others:
        if freed:
            freed -= freed.intersection(map(and_, crcs, repeat(slot)))
    for crc in freed:
        changed[crc >> shift] &= ~(1 << (crc & 7))
    for crc in come:
        changed[crc >> shift] |= 1 << (crc & 7)
    return changed
