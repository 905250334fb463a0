"""The leases of Kea's memfile (Kea manual, "Memfile - Basic Storage for Leases"), CSV with a head.

    address,hwaddr,client_id,valid_lifetime,expire,subnet_id,…,hostname,state,…
    192.168.1.20,3c:22:fb:01:02:03,01:3c:…,3600,1800000000,1,0,0,tablet,0,

Each change appends a line, and the last one of an address counts. Which columns there are depends
on the version, so they are found by the names in the head.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from filterdns.devices.lease import Lease, mac_of_duid, make_lease, read_hex, read_mac
from filterdns.devices.ledger import Ledger


def read_kea(lines: Iterable[str], ledger: Ledger) -> None:
    """Enter what *lines* say into *ledger*: of one file, or of those of one cleanup in turn."""
    columns: list[str] = []
    for line in lines:
        if not line or line.isspace():
            continue
        fields = line.split(",")  # commas of values are written as &#x2c
        if fields[0] == "address":
            columns = fields
            continue
        row = dict(zip(columns, fields, strict=False))
        if row.get("lease_type", "") == _PREFIX:
            continue
        try:
            lease = _lease(row)
        except (KeyError, ValueError):
            ledger.skip()
            continue
        is_lent = row.get("state", "") in _LENT and row.get("valid_lifetime") != "0"
        (ledger.lend if is_lent else ledger.free)(lease)


def _lease(row: Mapping[str, str]) -> Lease:
    mac = read_mac(row.get("hwaddr", "")) or mac_of_duid(read_hex(row.get("duid", "")))
    name = row.get("hostname", "").replace("&#x2c", ",")
    end = None if row["valid_lifetime"] == _INFINITE else int(row["expire"])
    return make_lease(row["address"], mac, name, end)


_PREFIX: Final = "2"  # IA_PD: a network, which belongs to a router
_LENT: Final = frozenset({"", "0", "4"})  # default, registered; not declined, reclaimed, released
_INFINITE: Final = str(0xFFFFFFFF)
