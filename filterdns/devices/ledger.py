"""What a file of leases comes to: the last word on each address counts."""

from collections.abc import Mapping
from typing import Final

from filterdns.devices.lease import Lease

MAX_LEASES: Final = 100_000


class Ledger:
    """Takes what a file says in its order. *skipped* counts what should have been a lease."""

    def __init__(self) -> None:
        self.skipped = 0
        self._lease_by_address: dict[str, Lease] = {}

    @property
    def leases(self) -> Mapping[str, Lease]:
        """Return what is lent at the end, by address."""
        return self._lease_by_address

    def lend(self, lease: Lease) -> None:
        """Write *lease* down; beyond `MAX_LEASES` it is skipped."""
        if lease.address not in self._lease_by_address and len(self.leases) >= MAX_LEASES:
            self.skip()
            return
        self._lease_by_address[lease.address] = lease

    def free(self, lease: Lease) -> None:
        """Take back what was lent of the address of *lease*."""
        self._lease_by_address.pop(lease.address, None)

    def skip(self) -> None:
        """Count what makes no sense."""
        self.skipped += 1
