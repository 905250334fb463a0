"""Whether an update of a list is taken: against its last good copy, as real accidents have looked.

Lists have come empty for days, a hundred times as long, as a web page, and full of delivery
networks, always with a good status and a valid header.
"""

from collections.abc import Collection
from typing import Final

from filterdns.blocklists.formats.item import Reason
from filterdns.blocklists.run import RunReport

SHRINKS_BELOW: Final = 1 / 2
GROWS_ABOVE: Final = 10
MOST_NEW_CANARIES: Final = 2
ENOUGH_TO_COMPARE: Final = 50  # a list of fewer is edited by hand, and may halve in a minute


def trouble_with(
    new: RunReport,
    good: RunReport | None,
    new_canaries: Collection[bytes] = (),
    good_canaries: Collection[bytes] = (),
) -> str:
    """Return why the list that became *new* is not to be taken, empty where it is.

    *good* is what its last good copy became, None if there is none. The canaries are names that the
    list would close although they are known to be good.
    """
    entries = new.entries + new.addresses
    pages = new.skipped.get(Reason.HTML)
    if pages is not None and pages.count >= max(entries, 1):
        return f"{pages.count} of its {new.lines} lines are those of a web page"
    if good is None:
        return ""
    before = good.entries + good.addresses
    if before and not entries:
        return f"it has no entry any more; its last good copy has {before:,}"
    if before >= ENOUGH_TO_COMPARE:
        if entries < before * SHRINKS_BELOW:
            return f"it has shrunk from {before:,} entries to {entries:,}"
        if entries > before * GROWS_ABOVE:
            return f"it has grown from {before:,} entries to {entries:,}"
    came = set(new_canaries).difference(good_canaries)
    if len(came) > MOST_NEW_CANARIES:
        return f"it closes {len(came)} sites more that are known to be good"
    return ""
