"""All that the guards of a build go by: what ships, what the config says, reviews."""

from pathlib import Path

from filterdns.blocklists.catalog import Catalog
from filterdns.blocklists.guards.entries import EntryGuard, Kept
from filterdns.blocklists.guards.inspection import Inspection
from filterdns.blocklists.guards.popular import PopularGuard, read_popular
from filterdns.blocklists.guards.reviews import Reviews
from filterdns.blocklists.guards.settings import GuardSettings
from filterdns.blocklists.guards.suffixes import public_suffixes
from filterdns.blocklists.name_hash import NameHash
from filterdns.dns.names import from_text


def make_inspection(
    settings: GuardSettings, catalog: Catalog, reviews: Reviews, name_hash: NameHash
) -> Inspection:
    """Return the guards. Raises `BlocklistError` where the popularity list cannot be read."""
    kept = Kept(
        lifelines=[lifeline.name for lifeline in catalog.lifelines],
        essentials=[
            *(essential.name for essential in catalog.essentials),
            *map(from_text, settings.essentials),
        ],
        canaries=catalog.canaries,
    )
    ranked = read_popular(Path(settings.popularity)) if settings.popularity else []
    categories = catalog.categories.values()
    return Inspection(
        EntryGuard(kept, public_suffixes(), name_hash),
        PopularGuard(ranked, name_hash),
        name_hash,
        pinned={category.id: frozenset(category.suffixes) for category in categories},
        anchors={category.id: frozenset(category.anchors) for category in categories},
        locked=frozenset(settings.locked),
        reviews=reviews,
    )
