"""Which MAC is behind which address at the moment, as a worker knows it.

The control process finds it out and tells it on a channel of its own, so that a device that comes
costs no other client anything. All of it also lies in a file of the run folder, for a worker that
is born while control is away. The file is JSON, one record a line: a header with the links, then an
address and its MAC a line; a later line about the same address counts. What has changed is added at
the end, and now and then the file is written anew. A last line that is cut off does not count.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from filterdns.durable import new_file
from filterdns.errors import StateError
from filterdns.policy.address import Address, Networks
from filterdns.policy.client import Identifier, Identity
from filterdns.steps import Steps

FORMAT: Final = 1
MOST_BINDINGS: Final = 1 << 16
NO_MAC: Final = ""

Pair = tuple[str, str]
"""An address as sockets show it, and the MAC that it belongs to; `NO_MAC` where it has none."""


class Bindings:
    """The bindings of a worker.

    *links* are the networks in which every address belongs to a MAC. None while control has not
    told them yet: then any address may be in one.
    """

    def __init__(
        self, mac_by_address: dict[str, str] | None = None, links: tuple[str, ...] | None = None
    ) -> None:
        self.mac_by_address = {} if mac_by_address is None else mac_by_address
        self.links = links
        self._networks: Networks[bool] = Networks()
        for network in links or ():
            self._networks.add(network, True)

    def awaits(self, address: Address) -> bool:
        """Whether *address*, which has no MAC yet, is going to have one."""
        if self.links is None:
            return not _is_loopback(address)
        return bool(self._networks.holding(address))

    def identify(self, address: str, source: Address, identifier: Identifier) -> Identity:
        """Return who is behind *address*, which is *source* as numbers, as far as MACs tell it."""
        if not identifier.knows_macs:
            return identifier.by_address(source)
        mac = self.mac_by_address.get(address, NO_MAC)
        if mac == NO_MAC and self.awaits(source):
            return identifier.awaited(source)
        return identifier.identify(source, mac)

    def put(self, address: str, mac: str) -> bool:
        """Bind *address* to *mac*, or to nobody; whether that is something new."""
        if self.mac_by_address.get(address, NO_MAC) == mac:
            return False
        if mac == NO_MAC:
            del self.mac_by_address[address]
        elif address in self.mac_by_address or len(self.mac_by_address) < MOST_BINDINGS:
            self.mac_by_address[address] = mac
        else:
            return False
        return True


def write_bindings(bindings: Bindings, path: Path) -> None:
    """Write all of *bindings* under *path*, for the owner's eyes alone; raises `StateError`."""
    lines = [json.dumps(["bindings", FORMAT, bindings.links])]
    lines += map(json.dumps, bindings.mac_by_address.items())
    try:
        with new_file(path, mode=0o600) as file:
            file.write("\n".join(lines).encode() + b"\n")
    except OSError as error:
        raise _not_written(path, error) from None


def add_bindings(pairs: Iterable[Pair], path: Path) -> None:
    """Add what has changed to the file under *path*; raises `StateError`."""
    lines = "".join(f"{json.dumps(pair)}\n" for pair in pairs)
    try:
        with path.open("ab") as file:
            file.write(lines.encode())
    except OSError as error:
        raise _not_written(path, error) from None


def read_bindings(path: Path) -> Steps[Bindings]:
    """Read the bindings under *path*, a line a step.

    Raises `StateError` when the file is missing, damaged or of another format.
    """
    try:
        with path.open("rb") as file:
            links = _read_header(file.readline())
            bindings = Bindings(links=links)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # its writer has been killed
                bindings.put(*read_pair(json.loads(line)))
                yield
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise StateError(f"{path}: the bindings cannot be read: {error}") from None
    return bindings


def read_pair(value: Any) -> Pair:
    """Return the pair in *value*, decoded from JSON; raises `ValueError` where it is none."""
    match value:
        case [str(address), str(mac)]:
            return address, mac
    raise ValueError("not an address and its MAC")


def _read_header(line: bytes) -> tuple[str, ...] | None:
    header = json.loads(line)
    if not isinstance(header, list) or header[:2] != ["bindings", FORMAT]:
        raise ValueError(f"it is no file of format {FORMAT}")
    _, _, links = header
    return None if links is None else tuple(map(str, links))


def _is_loopback(address: Address) -> bool:
    if address.version == _IPV4:
        return address.number >> _LOOPBACK_SHIFT == _LOOPBACK_IPV4
    return address.number == _LOOPBACK_IPV6


def _not_written(path: Path, error: OSError) -> StateError:
    return StateError(f"{path}: the bindings cannot be written: {error.strerror}")


_IPV4: Final = 4
_LOOPBACK_IPV4: Final = 127  # RFC 1122 section 3.2.1.3
_LOOPBACK_SHIFT: Final = 24
_LOOPBACK_IPV6: Final = 1  # RFC 4291 section 2.5.3
