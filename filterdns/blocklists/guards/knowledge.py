"""All that the guards of a build go by: what ships, what the config says, reviews."""

from collections.abc import Sequence

from filterdns.blocklists.catalog import Catalog
from filterdns.blocklists.guards.entries import EntryGuard, Kept
from filterdns.blocklists.guards.inspection import Inspection
from filterdns.blocklists.guards.popular import PopularGuard
from filterdns.blocklists.guards.reviews import Reviews
from filterdns.blocklists.guards.settings import GuardSettings
from filterdns.blocklists.guards.suffixes import public_suffixes
from filterdns.blocklists.name_hash import NameHash
from filterdns.dns.names import from_text


def make_inspection(
    settings: GuardSettings,
    catalog: Catalog,
    reviews: Reviews,
    name_hash: NameHash,
    ranked: Sequence[bytes] = (),
) -> Inspection:
    """Return the guards; *ranked* are the most popular names.

    A name that waits for a review waits on, whatever the ranking says by now.
    """
    kept = Kept(
        lifelines=[lifeline.name for lifeline in catalog.lifelines],
        essentials=[
            *(essential.name for essential in catalog.essentials),
            *map(from_text, settings.essentials),
        ],
        canaries=catalog.canaries,
    )
    waiting = {name for decisions in reviews.by_source.values() for name in decisions.held}
    categories = catalog.categories.values()
    return Inspection(
        EntryGuard(kept, public_suffixes(), name_hash),
        PopularGuard([*ranked, *map(from_text, waiting)], name_hash),
        name_hash,
        pinned={category.id: frozenset(category.suffixes) for category in categories},
        anchors={category.id: frozenset(category.anchors) for category in categories},
        locked=frozenset(settings.locked),
        reviews=reviews,
    )
