"""The networks that this host's interfaces are in, where there is no rtnetlink to ask for them.

A wildcard socket answers at all addresses then, but who is `local` has to be known all the same.
IPv4 is asked for by ioctl (netdevice(7)), which knows no IPv6: that stands in /proc/net/if_inet6.
Routes would not do: one into a tunnel may lead to half of the internet.
"""

import array
import socket
import struct
from collections.abc import Iterator
from fcntl import ioctl
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from pathlib import Path
from typing import Final


def networks_of_interfaces() -> list[str]:
    """Return them as CIDR texts, sorted; those that cannot be found out are left out."""
    networks: list[IPv4Network | IPv6Network] = [
        *(each.network for each in _ipv4_interfaces()),
        *(each.network for each in _ipv6_interfaces()),
    ]
    return sorted({str(each) for each in networks if each.prefixlen})


_MAX_ADDRESSES: Final = 1024
_SIOCGIFCONF: Final = 0x8912  # linux/sockios.h
_SIOCGIFNETMASK: Final = 0x891B
_IFCONF: Final = struct.Struct("@iP")  # struct ifconf: the size of a buffer, and where it is
_IFREQ_BYTES: Final = struct.calcsize("16sPPP")  # struct ifreq: a name, then a union with a map
_ADDRESS_AT: Final = 20  # sin_addr, behind the name and the head of struct sockaddr_in
_IF_INET6: Final = Path("/proc/net/if_inet6")


def _ipv4_interfaces() -> Iterator[IPv4Interface]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as kernel:
        for request in _requests(kernel):
            try:
                mask = ioctl(kernel, _SIOCGIFNETMASK, request)
            except OSError:  # gone meanwhile
                continue
            yield IPv4Interface(f"{_address(request)}/{_address(mask)}")


def _requests(kernel: socket.socket) -> Iterator[bytes]:
    """Yield a struct ifreq for each address of IPv4, as it is used to ask for more about it."""
    found = array.array("B", bytes(_MAX_ADDRESSES * _IFREQ_BYTES))
    place, size = found.buffer_info()
    try:
        ifconf = ioctl(kernel, _SIOCGIFCONF, _IFCONF.pack(size, place))
    except OSError:
        return
    size, _ = _IFCONF.unpack(ifconf)
    for at in range(0, size, _IFREQ_BYTES):
        yield found[at : at + _IFREQ_BYTES].tobytes()


def _address(request: bytes) -> str:
    return socket.inet_ntoa(request[_ADDRESS_AT : _ADDRESS_AT + 4])


def _ipv6_interfaces() -> Iterator[IPv6Interface]:
    try:
        lines = _IF_INET6.read_text(encoding="ascii").splitlines()
    except OSError:
        return
    for line in lines:
        address, _, prefix_length, *_ = line.split()
        yield IPv6Interface((bytes.fromhex(address), int(prefix_length, 16)))
