"""Response policy zones: zone files whose owner names say what is meant, their data what happens.

After draft-vixie-dnsop-dns-rpz-00, sections 3 and 4.
"""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Final, NamedTuple

from filterdns.blocklists.formats.item import Address, Item, Reason
from filterdns.blocklists.formats.words import is_sink, read_address, read_entry
from filterdns.blocklists.layout import Kind

_ORIGIN: Final = re.compile(r"^\$origin[ \t]+(\S+)", re.MULTILINE)
_SOA: Final = re.compile(r"^(\S+)\s+(?:\d+\s+)?(?:in\s+)?(?:\d+\s+)?soa\s", re.MULTILINE)
_RECORD: Final = re.compile(
    r"(\S+)\s+(?:\d+[smhdw]?\s+)?(?:in\s+)?(?:\d+[smhdw]?\s+)?([a-z0-9]+)\s+(.*)"
)
_NOWHERE: Final = frozenset({".", "*.", "rpz-drop."})
_OTHER_TRIGGERS: Final = (".rpz-nsdname", ".rpz-nsip", ".rpz-client-ip")
_IP_TRIGGER: Final = ".rpz-ip"


class Zone(NamedTuple):
    """Where a zone file has come to: owners are below *origin*, the zone itself is *apex*.

    Both are texts without a final dot; empty is the root.
    """

    apex: str
    origin: str

    def behind(self, text: str) -> "Zone":
        """Return the zone behind *text*: the last `$ORIGIN` in it holds from there on."""
        found = _ORIGIN.findall(text)
        return self._replace(origin=_absolute(found[-1], self.origin)) if found else self


def zone_in(start: str) -> Zone | None:
    """Return the zone whose file begins with *start*; None if that is no zone file."""
    soa = _SOA.search(start)
    if soa is None:
        return None
    origin = Zone("", "").behind(start[: soa.start()]).origin
    apex = _absolute(soa[1], origin)
    return Zone(apex, origin if _ORIGIN.search(start[: soa.start()]) else apex)


class ZoneReader:
    """Reads the lines of a zone, in their order: `$ORIGIN` and parentheses reach over lines."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._owner = ""
        self._is_open = False

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
        if bare[0].isspace():  # the owner is that of the line before
            bare = f"{self._owner or '@'} {bare.strip()}"
        record = _RECORD.fullmatch(bare)
        if record is None:
            return [Reason.OTHER_FORMAT]
        self._owner, kind, data = record.groups()
        if kind in ("soa", "ns"):
            self._is_open = "(" in bare and ")" not in bare
            return []
        return [self._trigger(self._owner, kind, data.strip())]

    def _directive(self, line: str) -> list[Item]:
        if line.startswith("$include"):
            return [Reason.INCLUDE]
        self._zone = self._zone.behind(line)
        return []

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
        """Return *owner* as it stands below the zone itself."""
        name = _absolute(owner, self._zone.origin)
        apex = self._zone.apex
        return name.removesuffix("." + apex) if apex else name


def _absolute(name: str, origin: str) -> str:
    """Return *name*, which stands below *origin* unless it ends with a dot, without a final one."""
    if name == "@":
        return origin
    if name.endswith("."):
        return name[:-1]
    return f"{name}.{origin}" if origin else name


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
