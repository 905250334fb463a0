"""Names in mixed case (draft-vixie-dnsext-dns0x20): more bits for a forger to guess.

The way back: an upstream that changes the case of names again and again is asked in lower case from
then on.
"""

import logging
from typing import Final

from filterdns.upstreams.noise import Noise

log = logging.getLogger(__name__)

MAX_CHANGED_IN_A_ROW: Final = 5


class Casing:
    """How names are written to one upstream."""

    def __init__(self, upstream: str, noise: Noise) -> None:
        self.is_mixed = True
        self._upstream = upstream
        self._noise = noise
        self._changed_in_a_row = 0

    def mix(self, name: bytes) -> bytes:
        """Return the canonical *name* with each letter in random case, if that is on."""
        if not self.is_mixed:
            return name
        length = len(name)
        letters = int.from_bytes(name.translate(_CASE_BIT_BY_BYTE))
        flips = int.from_bytes(self._noise.take(length)) & letters
        return (int.from_bytes(name) ^ flips).to_bytes(length)

    def came_back(self, section: bytes) -> None:
        """Note that the question *section* came back as sent; in lower case that proves nothing."""
        if self._changed_in_a_row and (sent := section[:_NAME_END]) != sent.lower():
            self._changed_in_a_row = 0

    def came_changed(self) -> None:
        """Note that a name came back in another case; too often in a row ends the mixing."""
        self._changed_in_a_row += 1
        if self.is_mixed and self._changed_in_a_row >= MAX_CHANGED_IN_A_ROW:
            self.is_mixed = False
            log.warning(
                "upstream %s changes the case of names: asked in lower case from now on",
                self._upstream,
            )


_NAME_END: Final = -4  # type and class follow
# Bit 5 is the case of a letter; length bytes are at most 63 and so below every letter.
_CASE_BIT_BY_BYTE: Final = bytes(0x20 if 0x61 <= byte <= 0x7A else 0 for byte in range(256))
