"""Lists as they will be once those from the web have come."""

from collections.abc import Iterable, Sequence

from filterdns.blocklists.job import SourceSpec
from filterdns.policy.house import Claims


class FedLists:
    """Says what *lists* say, and counts a category as listed where one of *sources* feeds it."""

    def __init__(self, lists: Claims, sources: Iterable[SourceSpec]) -> None:
        self._lists = lists
        fed = {source.category for source in sources if not source.is_sealed}
        self.categories = lists.categories | fed
        self.address_categories = lists.address_categories

    def claims(self, suffixes: Sequence[bytes], qtype: int) -> Sequence[tuple[int, frozenset[str]]]:
        """Return what the lists say that there are."""
        return self._lists.claims(suffixes, qtype)

    def categories_of(self, address: bytes) -> frozenset[str]:
        """Return what the lists say of the packed *address*."""
        return self._lists.categories_of(address)
