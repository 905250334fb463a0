"""Response policy zones: zone files whose owner names say what is meant, their data what happens.

After draft-vixie-dnsop-dns-rpz-00, sections 3 and 4.
"""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Final, Self

from filterdns.blocklists.formats.item import Address, Item, Reason
from filterdns.blocklists.formats.words import is_sink, read_address, read_entry
from filterdns.blocklists.layout import Kind

_ORIGIN: Final = re.compile(r"^\s*\$origin\s+(\S+)", re.MULTILINE)
_SOA: Final = re.compile(r"^(\S+)\s+(?:\d+\s+)?(?:in\s+)?(?:\d+\s+)?soa\s", re.MULTILINE)
_RECORD: Final = re.compile(
    r"(\S+)\s+(?:\d+[smhdw]?\s+)?(?:in\s+)?(?:\d+[smhdw]?\s+)?([a-z0-9]+)\s+(.*)"
)
_NOWHERE: Final = frozenset({".", "*.", "rpz-drop."})
_OTHER_TRIGGERS: Final = (".rpz-nsdname", ".rpz-nsip", ".rpz-client-ip")
_IP_TRIGGER: Final = ".rpz-ip"


class ZoneReader:
    """Reads the lines of a zone, in their order: `$ORIGIN` and parentheses reach over lines."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._is_open = False

    @classmethod
    def for_text(cls, start: str) -> Self | None:
        """Return the reader for a text that begins with *start*; None if that is no zone."""
        soa = _SOA.search(start)
        if soa is None:
            return None
        origin = _ORIGIN.search(start)
        owner = soa[1] if soa[1] != "@" else "."
        return cls(_bare(origin[1] if origin and origin.start() < soa.start() else owner))

    @property
    def origin(self) -> str:
        """The name below which the zone's owners stand."""
        return self._origin

    def read(self, line: str) -> list[Item]:
        """Return what *line* says."""
        bare = line.partition(";")[0].rstrip()
        if self._is_open:
            self._is_open = ")" not in bare
            return []
        if not bare.strip():
            return []
        if bare.startswith("$"):
            return self._directive(bare)
        record = _RECORD.fullmatch(bare)
        if record is None or bare[0].isspace():
            # An owner that is left out is that of the line before: only SOA and NS are written so.
            words = bare.split()
            is_own = not {"soa", "ns"}.isdisjoint(words[:4])
            self._is_open = is_own and "(" in bare and ")" not in bare
            return [] if is_own else [Reason.OTHER_FORMAT]
        owner, kind, data = record.groups()
        if kind in ("soa", "ns"):
            self._is_open = "(" in bare and ")" not in bare
            return []
        return [self._trigger(owner, kind, data.strip())]

    def _directive(self, line: str) -> list[Item]:
        words = line.split()
        if words[0] == "$origin" and len(words) > 1:
            self._origin = _bare(words[1])
            return []
        return [Reason.INCLUDE] if words[0] == "$include" else []

    def _trigger(self, owner: str, kind: str, data: str) -> Item:
        name = self._relative(owner)
        if name.endswith(_OTHER_TRIGGERS):
            return Reason.OPTION
        is_passed = kind == "cname" and data == "rpz-passthru."
        is_blocked = (kind == "cname" and data in _NOWHERE) or (
            kind in ("a", "aaaa") and is_sink(data)
        )
        if not is_passed and not is_blocked:
            return Reason.OPTION if data == "rpz-tcp-only." else Reason.MAPPING
        if name.endswith(_IP_TRIGGER):
            return _address(name.removesuffix(_IP_TRIGGER)) if is_blocked else Reason.OPTION
        if name.startswith("*."):
            return read_entry(name[2:], Kind.EXCEPTION if is_passed else Kind.BELOW)
        return read_entry(name, Kind.EXACT_EXCEPTION if is_passed else Kind.EXACT)

    def _relative(self, owner: str) -> str:
        if not owner.endswith("."):
            return owner
        bare = _bare(owner)
        return bare.removesuffix("." + self._origin) if self._origin else bare


def _bare(name: str) -> str:
    return name.removesuffix(".")


def _address(trigger: str) -> Address | Reason:
    """Return the network of `24.0.2.0.192`, in which all is written backwards and `zz` is `::`."""
    length, *parts = trigger.split(".")
    parts.reverse()
    is_four = len(parts) == IPv4Address("0.0.0.0").max_prefixlen // 8 and "zz" not in parts
    text = ".".join(parts) if is_four else _six(parts)
    found = read_address(f"{text}/{length}")
    return Reason.BAD_NAME if found is None else found


def _six(parts: list[str]) -> str:
    text = ":".join("" if part == "zz" else part for part in parts)
    text = ":" + text if text.startswith(":") else text
    text = text + ":" if text.endswith(":") else text
    return text if text != ":::" else str(IPv6Address(0))
