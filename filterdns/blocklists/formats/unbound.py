"""Lines of unbound's config: `local-zone` and `local-data` (unbound.conf(5))."""

import re
from typing import Final

from filterdns.blocklists.formats.item import Item, Reason
from filterdns.blocklists.formats.words import is_sink, read_entry
from filterdns.blocklists.layout import Kind

_ZONE: Final = re.compile(r'local-zone:\s*"?([^"\s]+)"?\s+"?([a-z_]+)"?')
_DATA: Final = re.compile(
    r'local-data:\s*["\']([^"\'\s]+)\s+(?:\d+\s+)?(?:in\s+)?([a-z0-9]+)\s+([^"\']+)["\']'
)
_BLOCKING: Final = frozenset(
    {
        *("always_null", "always_nxdomain", "always_nodata", "always_refuse", "always_deny"),
        *("refuse", "deny", "static", "redirect", "inform_deny", "inform_redirect"),
    }
)
_OPEN: Final = frozenset(
    {"transparent", "typetransparent", "always_transparent", "inform", "nodefault"}
)
_CLAUSES: Final = ("server:",)


def read(line: str) -> list[Item] | None:
    """Return what *line* says, None where it is none of unbound's."""
    bare = line.partition(" #")[0].strip()
    if bare in _CLAUSES:
        return []
    if zone := _ZONE.fullmatch(bare):
        return [_zone(*zone.groups())]
    if data := _DATA.fullmatch(bare):
        name, kind, value = data.groups()
        is_block = kind in ("a", "aaaa") and is_sink(value.strip())
        return [read_entry(name, Kind.EXACT) if is_block else Reason.MAPPING]
    is_other = bare.startswith(("local-zone:", "local-data", *_CLAUSES))
    return [Reason.OTHER_FORMAT] if is_other else None


def _zone(name: str, kind: str) -> Item:
    if kind in _BLOCKING:
        return read_entry(name)
    return read_entry(name, Kind.EXCEPTION) if kind in _OPEN else Reason.OTHER_FORMAT
