"""Entries that no sealed list may have: what would close help, devices, or half the internet.

A sealed list shows no names, so the digests of all names that have to stay open are looked for in
it. What the config adds to the essentials is not among them: it would be a way to lift an entry.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256

from filterdns.blocklists.catalog import Catalog
from filterdns.blocklists.guards.entries import Why
from filterdns.blocklists.guards.suffixes import public_suffixes
from filterdns.dns.names import labels, suffixes


def refused_digests(catalog: Catalog) -> Mapping[bytes, Why]:
    """Return the SHA-256 of each name that covers what has to stay open, and why it has to."""
    found = {_digest(name): Why.SUFFIX for name in public_suffixes()}
    # The weightiest reason comes last, and stays.
    for names, why in (
        (catalog.canaries, Why.CANARY),
        ([essential.name for essential in catalog.essentials], Why.ESSENTIAL),
        ([lifeline.name for lifeline in catalog.lifelines], Why.LIFELINE),
    ):
        found |= dict.fromkeys(_digests_of_all_above(names), why)
    return found


def _digests_of_all_above(names: Iterable[bytes]) -> Iterable[bytes]:
    return (_digest(above) for name in names for above in suffixes(name))


def _digest(name: bytes) -> bytes:
    return sha256(b".".join(labels(name))).digest()
