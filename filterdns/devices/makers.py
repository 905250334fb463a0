"""Who has made a network card, by the first three bytes of its MAC (IEEE's registry, MA-L).

The registry is IEEE's own text, of the system where it has one (Debian: ieee-data), else the copy
that comes with netaddr. It is looked through in the file, five megabytes of which no process keeps
a copy: a name that was not asked before costs two milliseconds.
"""

import mmap
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final


def is_private(mac: str) -> bool:
    """Whether *mac* was made up by the device itself (IEEE 802: the U/L bit).

    Phones make up one for each network, and another one once they have forgotten the network.
    """
    return bool(int(mac[:2], 16) & _LOCALLY_ADMINISTERED)


class Makers:
    """Looks makers up in the first of *registries* that there is."""

    def __init__(self, registries: Sequence[Path] | None = None) -> None:
        self._registries = registries
        self._text: mmap.mmap | bytes | None = None
        self._maker_by_prefix: dict[str, str] = {}

    def find(self, mac: str) -> str:
        """Return who has made the card; empty where nobody knows, or nobody has."""
        if is_private(mac):
            return ""
        prefix = mac[:8].upper().replace(":", "-")
        known = self._maker_by_prefix.get(prefix)
        if known is None:
            if len(self._maker_by_prefix) >= _MAX_KEPT:  # anybody can make up MACs
                self._maker_by_prefix.clear()
            known = self._maker_by_prefix[prefix] = self._look_up(prefix)
        return known

    def _look_up(self, prefix: str) -> str:
        if self._text is None:
            self._text = _open_first(self._registries or _usual_registries())
        mark = f"\n{prefix}   (hex)".encode()
        at = self._text.find(mark)
        if at < 0:
            return ""
        start = at + len(mark)
        line, _, _ = self._text[start : start + _MAX_NAME_BYTES].partition(b"\n")
        name = line.decode(errors="replace").strip()
        return "" if name == _SHARED or not name.isprintable() else name


def _open_first(registries: Sequence[Path]) -> mmap.mmap | bytes:
    for path in registries:
        try:
            with path.open("rb") as file:
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):  # missing, or empty
            continue
    return b""


def _usual_registries() -> list[Path]:
    # Its file, not its code: that keeps an index of 11 MB, and takes half a second to make it.
    netaddr = find_spec("netaddr")
    folders = (netaddr.submodule_search_locations or ()) if netaddr else ()
    return [_OF_THE_SYSTEM, *(Path(folder, "eui", "oui.txt") for folder in folders)]


_OF_THE_SYSTEM: Final = Path("/usr/share/ieee-data/oui.txt")
_LOCALLY_ADMINISTERED: Final = 0x02
_SHARED: Final = "IEEE Registration Authority"  # handed on in smaller pieces, to many makers
_MAX_NAME_BYTES: Final = 200
_MAX_KEPT: Final = 4_096
