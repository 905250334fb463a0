"""Names that a peer both allows and blocks, settled for our rule that the longest name wins.

With the peers an allow wins over a block, however long they are, unless the block is important.
Where we cannot say the same, the block stays: an import opens nothing to be simpler.
"""

from collections.abc import Iterable
from typing import NamedTuple

from filterdns.importing.entries import Entry, above
from filterdns.importing.imported import Remark


class Settled(NamedTuple):
    """The names that are left, each once, and what was said of the others."""

    allow: tuple[str, ...]
    deny: tuple[str, ...]
    remarks: tuple[Remark, ...]


def settle(allow: Iterable[Entry], deny: Iterable[Entry]) -> Settled:
    """Return what of *allow* and *deny* has an effect; no name is in both."""
    allowed, denied = _each_once(allow), _each_once(deny)
    remarks: list[Remark] = []
    important = {name for name, entry in denied.items() if entry.is_important}
    for entry in list(allowed.values()):
        over = next((name for name in above(entry.name) if name in important), None)
        if over is not None and not entry.is_important:
            del allowed[entry.name]
            meaning = f"left out: the important block of {over} wins"
            remarks.append(Remark(entry.place, entry.name, meaning))
    covering = {name for name, entry in allowed.items() if not entry.is_exact}
    for entry in list(denied.values()):
        over = next((name for name in above(entry.name) if name in covering), None)
        if entry.is_important:
            continue
        if over is not None or (entry.is_exact and entry.name in allowed):
            del denied[entry.name]
            meaning = f"left out: the allow of {over or entry.name} wins"
            remarks.append(Remark(entry.place, entry.name, meaning))
    for name in allowed.keys() & denied.keys():
        entry = allowed.pop(name)
        meaning = (
            "left out: the name is allowed and what lies below it is blocked; with us a name "
            "covers what lies below it, so the block stays"
        )
        remarks.append(Remark(entry.place, name, meaning))
    return Settled(tuple(allowed), tuple(denied), tuple(remarks))


def _each_once(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Return *entries* by name; of two with one name the one that reaches farther stays."""
    found: dict[str, Entry] = {}
    for entry in entries:
        known = found.get(entry.name)
        if known is None or _reach(entry) > _reach(known):
            found[entry.name] = entry
    return found


def _reach(entry: Entry) -> tuple[bool, bool]:
    return entry.is_important, not entry.is_exact
