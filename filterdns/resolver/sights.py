"""What has been seen once: names that are asked for once are most of all names."""

from typing import Final

SLOTS: Final = 1 << 20
MOST_SEEN: Final = SLOTS // 4  # beyond it too many would be taken for seen


class Sights:
    """Remembers a quarter of a million keys in 128 KiB, then begins anew.

    Two keys may be taken for one. Which, nobody outside can find out: `hash` is seeded.
    """

    def __init__(self) -> None:
        self._bits = bytearray(SLOTS // 8)
        self._seen = 0

    def is_second(self, key: bytes) -> bool:
        """Whether *key* has been asked about before; now it has been."""
        slot = hash(key) & (SLOTS - 1)
        place, bit = slot >> 3, 1 << (slot & 7)
        bits = self._bits
        if bits[place] & bit:
            return True
        if self._seen >= MOST_SEEN:
            self._bits = bits = bytearray(SLOTS // 8)
            self._seen = 0
        bits[place] |= bit
        self._seen += 1
        return False
