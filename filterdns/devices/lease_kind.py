"""Which server has written a file of leases, told by its content."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import Final

from filterdns.devices.lease_formats.dnsmasq import read_dnsmasq
from filterdns.devices.lease_formats.isc import read_isc
from filterdns.devices.lease_formats.kea import read_kea
from filterdns.devices.lease_formats.odhcpd import read_odhcpd
from filterdns.devices.ledger import Ledger


class LeaseKind(StrEnum):
    """The format of a file of leases, by the server that writes it."""

    DNSMASQ = "dnsmasq"
    KEA = "kea"
    ISC = "isc"
    ODHCPD = "odhcpd"


def tell_kind(lines: Iterable[str]) -> LeaseKind | None:
    """Return who has written *lines*; None where they do not say, as in an empty file."""
    for line in islice(lines, _LINES_LOOKED_AT):
        for kind, pattern in _SIGNS:
            if pattern.match(line):
                return kind
    return None


def read_leases(lines: Sequence[str], kind: LeaseKind | None = None) -> tuple[Ledger, str]:
    """Return what *lines* come to, and why they come to nothing, if so.

    A *kind* that is given is believed.
    """
    ledger = Ledger()
    known = kind or tell_kind(lines)
    if known is None:
        is_empty = not any(line.strip() for line in lines)
        return ledger, "" if is_empty else f"no lease file of {', '.join(LeaseKind)}"
    _READER_BY_KIND[known]((line for line in lines if len(line) <= MAX_LINE_LENGTH), ledger)
    for line in lines:
        if len(line) > MAX_LINE_LENGTH:
            ledger.skip()
    return ledger, ""


MAX_LINE_LENGTH: Final = 8_192  # Kea keeps what hooks add to a lease in its line
_LINES_LOOKED_AT: Final = 200  # dhcpd begins with comments and its own secrets

_SIGNS: Final = (
    (LeaseKind.KEA, re.compile(r"address,(hwaddr|duid),")),
    (LeaseKind.ODHCPD, re.compile(r"# \S+ [0-9a-f]+ (ipv4|[0-9a-f]+) \S+ -?\d+ [0-9a-f]+ \d+")),
    (LeaseKind.ISC, re.compile(r"(lease|ia-[nt]a) .*\{\s*$|server-duid |authoring-byte-order ")),
    (LeaseKind.DNSMASQ, re.compile(r"\d+ \S+ [0-9a-fA-F.:]+ \S+|duid [0-9a-f:]+\s*$")),
)
_READER_BY_KIND: Final[Mapping[LeaseKind, Callable[[Iterable[str], Ledger], None]]] = {
    LeaseKind.DNSMASQ: read_dnsmasq,
    LeaseKind.KEA: read_kea,
    LeaseKind.ISC: read_isc,
    LeaseKind.ODHCPD: read_odhcpd,
}
