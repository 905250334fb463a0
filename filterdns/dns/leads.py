"""Where an answer leads: the names and addresses that a client goes to next."""

from typing import Final, NamedTuple


class Leads(NamedTuple):
    """What a client follows in an answer.

    *targets* are the names (canonical) of CNAME, DNAME, SVCB and HTTPS records. *addresses*
    (packed) come from A and AAAA records and from hints, with the IPv4 addresses within IPv6 ones.
    *is_private* tells whether one lies within somebody's own network, *has_ech* whether there is a
    key for Encrypted ClientHello.
    """

    targets: tuple[bytes, ...] = ()
    addresses: tuple[bytes, ...] = ()
    is_private: bool = False
    has_ech: bool = False


NOWHERE: Final = Leads()
"""The leads of an answer that leads nowhere."""
