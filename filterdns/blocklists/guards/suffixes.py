"""The public suffixes: names under which anybody may register, and which no list may block whole.

They come with the package `publicsuffixlist`. Rules with a wildcard are left out: `googlecom.mm` is
one by `*.mm` alone, and a name like any other.
"""

import importlib.resources
from contextlib import suppress
from functools import cache

from filterdns.dns.names import from_text
from filterdns.errors import InvalidName


@cache
def public_suffixes() -> frozenset[bytes]:
    """Return the public suffixes of all registries and of private platforms."""
    data = importlib.resources.files("publicsuffixlist") / "public_suffix_list.dat"
    found = set()
    for line in data.read_text(encoding="utf-8").splitlines():
        rule = line.partition(" ")[0]
        if rule and not rule.startswith(("//", "!", "*")):
            with suppress(InvalidName):
                found.add(from_text(rule))
    return frozenset(found)
