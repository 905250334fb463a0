"""What was found on one way round the filter."""

from collections.abc import Sequence
from enum import Enum
from typing import Final, NamedTuple


class State(Enum):
    """How a way is; *told* is no way round, only something that one may want to know."""

    OPEN = "open"
    CLOSED = "closed"
    UNCLEAR = "cannot tell"
    TOLD = "told"


class Seen(NamedTuple):
    """What became of one try: *target* is an address or a name, *what* a few words."""

    target: str
    state: State
    what: str


class Way(NamedTuple):
    """A way round: its *key* in JSON, a *title*, a sentence for each end, and its *cure*.

    *is_closed_by_router* says that it takes the router to close it.
    """

    key: str
    title: str
    if_open: str
    if_closed: str
    cure: str = ""
    is_closed_by_router: bool = False


class Finding(NamedTuple):
    """A way with all that was tried on it."""

    way: Way
    seen: tuple[Seen, ...]

    @property
    def state(self) -> State:
        """Open where one try got through; closed where none did and one was turned away."""
        states = {each.state for each in self.seen}
        for state in (State.OPEN, State.TOLD, State.CLOSED):
            if state in states:
                return state
        return State.UNCLEAR

    @property
    def summary(self) -> str:
        """What was seen on the tries that decided, in a line."""
        deciding = [each for each in self.seen if each.state is self.state]
        targets_by_what: dict[str, list[str]] = {}
        for each in deciding:
            targets_by_what.setdefault(each.what, []).append(each.target)
        parts = [f"{_some(targets)}: {what}" for what, targets in targets_by_what.items()]
        return _some(parts, "; ")

    @property
    def meaning(self) -> str:
        """The sentence that goes with the state."""
        if self.state is State.OPEN:
            return self.way.if_open
        return self.way.if_closed if self.state is State.CLOSED else ""

    @property
    def cure(self) -> str:
        """What closes the way, if it is open."""
        return self.way.cure if self.state is State.OPEN else ""


MANY: Final = 4


def _some(texts: Sequence[str], between: str = ", ") -> str:
    more = f" and {len(texts) - MANY} more" if len(texts) > MANY else ""
    return between.join(texts[:MANY]) + more
