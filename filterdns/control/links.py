"""The links of this host on which every device has a MAC, and our own addresses on them.

On such a link nobody is answered before the kernel knows a MAC, so whoever asks from there is going
to be known by one. A tunnel or a loopback interface has none.
"""

import socket
import struct
from collections.abc import Mapping
from fcntl import ioctl
from typing import Final, NamedTuple

from filterdns.listeners.addresses import own_addresses
from filterdns.listeners.networks import networks_of_interfaces


class Links(NamedTuple):
    """Networks as CIDR texts, sorted, and by our own addresses in them the MACs of our cards."""

    networks: tuple[str, ...]
    own_macs: Mapping[str, str]


def read_links() -> Links:
    """Return them as they are now.

    Where there is no rtnetlink, every network but loopback counts: who has no MAC in one of them is
    held to the strictest rules.
    """
    try:
        addresses = own_addresses()
    except OSError:
        networks = networks_of_interfaces()
        return Links(tuple(each for each in networks if not _is_loopback(each)), {})
    mac_by_interface = {
        number: card_of(number) for number in {each.interface for each in addresses}
    }
    on_links = [each for each in addresses if mac_by_interface[each.interface]]
    return Links(
        tuple(sorted({each.network for each in on_links})),
        {each.host: mac_by_interface[each.interface] for each in on_links},
    )


def card_of(number: int) -> str:
    """Return the MAC of interface *number*, if its neighbours have one; else an empty text."""
    try:
        name = socket.if_indextoname(number).encode()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as kernel:
            found = ioctl(kernel, _SIOCGIFHWADDR, _REQUEST.pack(name))
            (flags,) = _FLAGS(ioctl(kernel, _SIOCGIFFLAGS, _REQUEST.pack(name)), _VALUE_AT)
    except OSError:  # gone meanwhile
        return ""
    kind, mac = _HARDWARE(found, _VALUE_AT)
    is_spoken_to = kind == _ETHERNET and not flags & _NO_ARP
    return mac.hex(":") if is_spoken_to else ""


def _is_loopback(network: str) -> bool:
    return network.startswith("127.") or network == "::1/128"


# netdevice(7): struct ifreq is a name and a union, here a struct sockaddr or flags.
_REQUEST: Final = struct.Struct("16s24x")
_VALUE_AT: Final = 16
_HARDWARE: Final = struct.Struct("=H6s").unpack_from
_FLAGS: Final = struct.Struct("=H").unpack_from
_SIOCGIFFLAGS: Final = 0x8913  # linux/sockios.h
_SIOCGIFHWADDR: Final = 0x8927
_ETHERNET: Final = 1  # ARPHRD_ETHER, linux/if_arp.h: Wi-Fi and bridges are such, too
_NO_ARP: Final = 0x80  # IFF_NOARP
