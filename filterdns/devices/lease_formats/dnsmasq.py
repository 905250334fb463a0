"""The leases of dnsmasq (its man page: --dhcp-leasefile), one a line.

    1800000000 3c:22:fb:01:02:03 192.168.1.20 tablet 01:3c:22:fb:01:02:03
    duid 00:01:00:01:2c:a0:1f:3e:52:54:00:12:34:56                          of the server
    1800000000 184549376 fd00::20 tablet 00:01:00:01:2c:a0:1f:3e:3c:22:fb:01:02:03

The first field is when the lease ends, 0 for never. Built for machines without a clock (as OpenWrt
once did) it writes how long the lease lasts instead, and removes what has ended by itself.
"""

from collections.abc import Iterable
from typing import Final

from filterdns.devices.lease import Lease, mac_of_duid, make_lease, read_hex, read_mac
from filterdns.devices.ledger import Ledger


def read_dnsmasq(lines: Iterable[str], ledger: Ledger) -> None:
    """Enter what *lines* say into *ledger*."""
    for line in lines:
        fields = line.split()
        if not fields or fields[0] == "duid":
            continue
        try:
            ledger.lend(_lease(fields))
        except ValueError:
            ledger.skip()


def _lease(fields: list[str]) -> Lease:
    moment, card, address, host_name, *rest = fields
    end = int(moment)
    duid = read_hex(rest[0]) if rest else b""
    # Of another kind than Ethernet the card is "06-…", which is no MAC.
    mac = mac_of_duid(duid) if ":" in address else read_mac(card)
    return make_lease(address, mac, host_name, None if 0 <= end < _FIRST_TIME else end)


_FIRST_TIME: Final = 1_000_000_000  # 2001: what is less is a length
