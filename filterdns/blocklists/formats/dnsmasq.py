"""Lines of dnsmasq's config: `address=/x/`, `local=/x/`, `server=/x/` (dnsmasq(8))."""

from typing import Final

from filterdns.blocklists.formats.item import Item, Reason
from filterdns.blocklists.formats.words import is_sink, read_entry
from filterdns.blocklists.layout import Kind

_STARTS: Final = ("address=/", "local=/", "server=/")
_OTHER_STARTS: Final = ("address=", "local=", "server=", "cname=", "host-record=", "ipset=")


def read(line: str) -> list[Item] | None:
    """Return what *line* says, None where it is none of dnsmasq's."""
    bare = line.partition("#")[0] if " #" in line or "\t#" in line else line
    bare = bare.strip().removeprefix("--")
    if not bare.startswith(_STARTS):
        return [Reason.OTHER_FORMAT] if bare.startswith(_OTHER_STARTS) else None
    key, _, rest = bare.partition("=/")
    *names, target = rest.split("/")
    if not names:
        return [Reason.OTHER_FORMAT]
    kind = _kind(key, target)
    return [kind if isinstance(kind, Reason) else _entry(name, kind) for name in names]


def _kind(key: str, target: str) -> Kind | Reason:
    """Return what *target* does to the names: `#` is no address for one, the usual servers else."""
    if not target:
        return Kind.BLOCK
    if key == "address":
        return Kind.BLOCK if target == "#" or is_sink(target) else Reason.MAPPING
    return Kind.EXCEPTION if target == "#" else Reason.MAPPING


def _entry(name: str, kind: Kind) -> Item:
    return Reason.PATTERN if "*" in name.removeprefix("*.") else read_entry(name, kind)
