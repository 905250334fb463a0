"""The leases of OpenWrt's odhcpd, comments in a file of host names (its README: leasefile).

    # br-lan 3c22fb010203 ipv4 tablet 1800000000 c0a80114 32 192.168.1.20/32
    # br-lan 000100012ca01f3e3c22fb010203 a1b2c3 tablet 1800000000 1a 128 fd00::20/128
    192.168.1.20	tablet.lan	tablet

After the interface come the MAC or the DUID, `ipv4` or the IAID, the name, the end (-1: never, 0:
over), the number within the network and its length, the addresses.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from filterdns.devices.lease import Lease, mac_of_duid, make_lease, read_hex
from filterdns.devices.ledger import Ledger


def read_odhcpd(lines: Iterable[str], ledger: Ledger) -> None:
    """Enter what *lines* say into *ledger*."""
    for line in lines:
        mark, *fields = line.split() or [""]
        if mark != "#":
            continue  # a name and its address, which stand above, too
        try:
            for lease in _leases(fields):
                ledger.lend(lease)
        except ValueError:
            ledger.skip()


def _leases(fields: list[str]) -> Iterator[Lease]:
    _, device, kind, host_name, moment, _, _, *addresses = fields
    end = int(moment)
    if end == _OVER:
        return
    octets = read_hex(device)
    mac = octets if kind == "ipv4" else mac_of_duid(octets)
    if host_name.startswith(_BROKEN):
        host_name = ""
    for text in addresses:
        address, _, length = text.partition("/")
        if length in ("32", "128"):  # others are networks, lent to a router
            yield make_lease(address, mac, host_name, None if end == _NEVER else end)


_OVER: Final = 0
_NEVER: Final = -1
_BROKEN: Final = "broken\\x20"  # a name with characters that odhcpd does not hand on
