"""Rows that are not on disk yet: merged where they are the same, bounded where the disk is gone."""

from typing import Final

from filterdns.history.rows import Key, Tally

MAX_ROWS: Final = 50_000  # some 25 MB


class Pending:
    """Tallies by key. *lost* counts the queries of rows that found no room."""

    def __init__(self, max_rows: int = MAX_ROWS) -> None:
        self.lost = 0
        self._max_rows = max_rows
        self._tally_by_key: dict[Key, Tally] = {}

    def __len__(self) -> int:
        return len(self._tally_by_key)

    def add(self, key: Key, tally: Tally) -> None:
        """Add *tally* to what is known of *key*; a new key needs room."""
        known = self._tally_by_key.get(key)
        if known is not None:
            self._tally_by_key[key] = known.plus(tally)
        elif len(self._tally_by_key) < self._max_rows:
            self._tally_by_key[key] = tally
        else:
            self.lost += tally.count

    def take(self) -> dict[Key, Tally]:
        """Return everything and begin anew."""
        taken, self._tally_by_key = self._tally_by_key, {}
        return taken

    def put_back(self, taken: dict[Key, Tally]) -> None:
        """Take *taken* back before what came since: the older rows have the room."""
        newer, self._tally_by_key = self._tally_by_key, taken
        for key, tally in newer.items():
            self.add(key, tally)

    def forget(self, person: str) -> int:
        """Drop the rows of *person* and return how many there were."""
        theirs = [key for key in self._tally_by_key if key.person == person]
        for key in theirs:
            del self._tally_by_key[key]
        return len(theirs)
