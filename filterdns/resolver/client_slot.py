"""What a worker keeps about one source address.

A slot holds the effective policy of whoever is behind the address and its memo, the tokens of the
rate limit, and the hits that `notes` counts for the log.
"""

from enum import IntEnum
from typing import Final, NamedTuple

from filterdns.policy.address import Address
from filterdns.policy.client import Identity, Owner
from filterdns.policy.effective import EffectivePolicy
from filterdns.resolver.memo import Memo
from filterdns.resolver.record import Cause, Hit


class Role(IntEnum):
    """For whom a source address asks."""

    ITSELF = 0
    OTHERS = 1  # it is a trusted forwarder's: those behind it have slots of their own
    BEHIND = 2  # one device behind a trusted forwarder


class ClientSlot:
    """One source address, as text and in *source* as numbers, or one device behind it.

    *mac* is what a forwarder calls that device; empty for all for whom it does not tell one.
    Of all tokens that were ever *granted* those are left that *tokens* counts; *told* is how many
    were taken when that was last told. *tokens* may be taken without asking; below 0 the limit is
    asked. *tokens_at_turn* is how many there were when the slot was last spared from being let go
    of. *checks* are the names by which it has asked whether it is online since that was last told.
    *is_full* says that no other hit finds room until the next rows are taken. *noted_as* is the
    device that the hits were noted of; None while there are none.
    """

    __slots__ = (
        "address",
        "checks",
        "generation",
        "granted",
        "hits",
        "hour",
        "identity",
        "in_flight",
        "is_allowed",
        "is_full",
        "mac",
        "memo",
        "names",
        "noted_as",
        "policy",
        "quiet_until",
        "refilled_at",
        "role",
        "source",
        "spare_tokens",
        "tokens",
        "tokens_at_turn",
        "told",
        "valid_from",
        "valid_until",
    )

    def __init__(
        self,
        address: str,
        source: Address,
        identity: Identity,
        policy: EffectivePolicy,
        memo: Memo,
        now: float,
        role: Role = Role.ITSELF,
        mac: str = "",
    ) -> None:
        self.address = address
        self.source = source
        self.role = role
        self.mac = mac
        self.identity = identity
        self.policy = policy
        self.memo = memo
        self.is_allowed = False
        self.is_full = False
        self.generation = 0
        self.valid_from = self.valid_until = now
        self.tokens = self.spare_tokens = self.tokens_at_turn = 0
        self.granted = self.told = 0
        self.checks: frozenset[bytes] = _NOTHING
        self.refilled_at = now
        self.in_flight = 0
        self.hits: dict[tuple[bytes, Cause], Hit] = {}
        self.hour = 0
        self.names: set[bytes] = set()
        self.noted_as: Owner | None = None
        self.quiet_until = 0.0  # steady seconds: a clock that is set must not end it


class AskerRow(NamedTuple):
    """A client that has asked *queries* since it was told last: what goes up.

    *checks* are the names among them by which devices ask whether they are online, as text: they
    tell which kinds of devices are behind the address.
    """

    address: str
    mac: str
    role: Role
    queries: int
    checks: tuple[str, ...] = ()


_NOTHING: Final[frozenset[bytes]] = frozenset()
