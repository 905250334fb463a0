r"""The leases of ISC dhcpd (dhcpd.leases(5)), blocks of statements, one a line.

    lease 192.168.1.20 {                            ia-na "\000\001…" {
      ends 3 2026/11/25 22:00:00;                     iaaddr fd00::20 {
      binding state active;                             binding state active;
      hardware ethernet 3c:22:fb:01:02:03;              ends 3 2026/11/25 22:00:00;
      client-hostname "tablet";                       }
    }                                               }

Each change appends a block, and the last one of an address counts. Times are UTC. The text behind
`ia-na` is an IAID of four bytes and the DUID.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from filterdns.devices.lease import mac_of_duid, make_lease, read_hex, read_mac
from filterdns.devices.ledger import Ledger


def read_isc(lines: Iterable[str], ledger: Ledger) -> None:
    """Enter what *lines* say into *ledger*."""
    open_blocks: list[_Block] = []
    for line in lines:
        statement = line.strip()
        if statement.endswith("{"):
            outer = open_blocks[-1] if open_blocks else None
            open_blocks.append(_Block(statement[:-1].split(maxsplit=1), outer))
            if len(open_blocks) > _MAX_DEPTH:
                ledger.skip()
                return
        elif statement.startswith("}"):
            if open_blocks:
                open_blocks.pop().enter(ledger)
        elif open_blocks:
            open_blocks[-1].take(statement)
    for block in open_blocks:  # the file was cut
        if block.is_lease:
            ledger.skip()


class _Block:
    """One block: a lease, the association of an IPv6 client, or what does not concern us."""

    def __init__(self, head: list[str], outer: "_Block | None") -> None:
        self._kind, self.name, *_ = (*head, "", "")
        self._outer = outer
        self._mac = b""
        self._host_name = ""
        self._state = "active"
        self._end: int | None = None
        self._is_broken = False

    @property
    def is_lease(self) -> bool:
        return self._kind in ("lease", "iaaddr")

    def take(self, statement: str) -> None:
        """Take one statement that stands directly in the block."""
        word, _, rest = statement.partition(" ")
        value = rest.partition(";")[0].strip()
        if word == "ends":
            self._take_end(value)
        elif statement.startswith("binding state "):
            self._state = value.partition(" ")[2]
        elif statement.startswith("hardware ethernet "):
            self._mac = read_mac(value.partition(" ")[2])
        elif word == "client-hostname":
            # The name may hold what ends a statement elsewhere.
            self._host_name = _unquoted(rest.rstrip("; ")).decode(errors="replace")

    def enter(self, ledger: Ledger) -> None:
        """Enter the lease into *ledger*, if it is one, now that all of it has been read."""
        if not self.is_lease:
            return
        mac = self._mac
        if self._kind == "iaaddr" and self._outer:
            mac = mac_of_duid(_octets(self._outer.name)[_IAID_BYTES:])
        try:
            lease = make_lease(self.name.strip(), mac, self._host_name, self._end)
        except ValueError:
            ledger.skip()
            return
        if self._is_broken:
            ledger.skip()
        elif self._state == "active":
            ledger.lend(lease)
        else:
            ledger.free(lease)

    def _take_end(self, value: str) -> None:
        try:
            self._end = _moment(value)
        except (ValueError, OverflowError):
            self._is_broken = True


def _moment(value: str) -> int | None:
    """Return the Unix seconds of `3 2026/11/25 22:00:00`, `epoch 1800000000`, or None: `never`."""
    if value == "never":
        return None
    word, _, rest = value.partition(" ")
    if word == "epoch":
        return int(rest)
    return int(datetime.strptime(rest, "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC).timestamp())


def _octets(text: str) -> bytes:
    """Return the bytes of a quoted text, or of digits (`lease-id-format hex`)."""
    return _unquoted(text.strip()) if text.startswith('"') else read_hex(text.strip())


def _unquoted(text: str) -> bytes:
    r"""Return the bytes of `"a\"b\001"`."""
    if len(text) < len('""') or text[0] != '"' or text[-1] != '"':
        return b""
    return _ESCAPE.sub(_escaped, text[1:-1].encode())


def _escaped(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    return bytes([int(escape, 8) & 0xFF]) if escape.isdigit() else escape


_ESCAPE: Final = re.compile(rb"\\([0-7]{3}|[^0-9])", re.DOTALL)
_IAID_BYTES: Final = 4
_MAX_DEPTH: Final = 100
