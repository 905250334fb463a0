"""A device on our own link, as the kernel knows it: which MAC answers for which address."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple


class Neighbour(NamedTuple):
    """Behind *address* is *mac*, on the link of *interface*.

    *address* is canonical text (RFC 5952 for IPv6), as a socket shows it: a link-local one carries
    its link (`fe80::1%eth0`). *mac* is lower case with colons. *is_router* is what an IPv6
    neighbour says of itself (RFC 4861 section 4.4); IPv4 has no such word, see `gateways`.
    """

    address: str
    mac: str
    interface: str
    is_router: bool = False


Changed = Callable[[Sequence[Neighbour], Sequence[str]], None]
"""Takes a batch: neighbours that are new or different, and addresses that nobody has any more.

No address is in both. That an address is gone says that the kernel has forgotten it, or that
nobody answers there; the device may be asleep and come back to it. Who has it next comes as a new
neighbour, and the address never belongs to two.
"""


def write_mac(packed: bytes) -> str:
    """Return six bytes as text: `3c:22:fb:01:02:03`."""
    return packed.hex(":")


def is_device_mac(packed: bytes) -> bool:
    """Whether *packed* can be the MAC of one device: six bytes, not all zero, no group address."""
    return len(packed) == MAC_BYTES and any(packed) and not packed[0] & _GROUP


MAC_BYTES: Final = 6
_GROUP: Final = 0x01  # IEEE 802: the I/G bit, the first on the wire
