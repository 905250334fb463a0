"""Names for the loop probe: known to us alone when they come back to our own listeners.

They lie below `example.`, which resolvers have to treat like any other name (RFC 6761 section 6.5)
and which nobody owns. Routers answer `invalid.` and `test.` themselves (its sections 6.2 and 6.4;
dnsmasq as OpenWrt ships it), so a loop through them would never show. Names carry the time and a
keyed hash instead of being remembered: all workers with the same key know each other's.
"""

import hmac
import os
from hashlib import blake2b
from struct import Struct
from typing import Final

PROBE_SUFFIX: Final = b"\x0aloop-probe\x09filterdns\x07example\x00"
LIFETIME_SECONDS: Final = 30  # nobody who saw a name can use it later


class ProbeNames:
    """Makes and knows the names for one *key*, a random one if empty."""

    def __init__(self, key: bytes = b"") -> None:
        self._key = key or os.urandom(_KEY_LENGTH)

    def new_name(self, upstream: str, now: float) -> bytes:
        """Return a fresh name to ask *upstream* for; *now* in monotonic seconds."""
        stamp = _TIME(int(now)) + os.urandom(_NONCE_LENGTH)
        label = (stamp + self._proof(stamp, upstream)).hex().encode()
        return bytes([len(label)]) + label + PROBE_SUFFIX

    def is_ours(self, name: bytes, upstream: str, now: float) -> bool:
        """Whether the canonical *name* was made for *upstream* within the last 30 s."""
        if len(name) != 1 + _LABEL_LENGTH + len(PROBE_SUFFIX) or not name.endswith(PROBE_SUFFIX):
            return False
        try:
            token = bytes.fromhex(name[1 : 1 + _LABEL_LENGTH].decode("ascii"))
        except ValueError:
            return False
        stamp, proof = token[:_STAMP_LENGTH], token[_STAMP_LENGTH:]
        if not hmac.compare_digest(proof, self._proof(stamp, upstream)):
            return False
        (made_at,) = _READ_TIME(stamp)
        return bool(0 <= now - made_at <= LIFETIME_SECONDS)

    def _proof(self, stamp: bytes, upstream: str) -> bytes:
        return blake2b(stamp + upstream.encode(), key=self._key, digest_size=_PROOF_LENGTH).digest()


_KEY_LENGTH: Final = 16
_NONCE_LENGTH: Final = 6
_PROOF_LENGTH: Final = 10
_TIME: Final = Struct("!I").pack
_READ_TIME: Final = Struct("!I").unpack_from
_STAMP_LENGTH: Final = 4 + _NONCE_LENGTH
_LABEL_LENGTH: Final = 2 * (_STAMP_LENGTH + _PROOF_LENGTH)
