"""AdGuard Home's rules for some clients alone: `||games.example^$client=Mia`, `$ctag=user_child`.

Source: adguard-dns.io, "DNS filtering rules syntax". With us they are part of the policy of these
clients. A rule that spares clients (`~`) says more than we do.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from filterdns.importing.devices import read_device
from filterdns.importing.entries import Entry


class Options(NamedTuple):
    """What stands behind the `$` of a rule, as far as we understand it."""

    is_important: bool = False
    clients: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class ClientRule(NamedTuple):
    """A rule, written as *text*, for the *clients* or for those with one of the *tags*."""

    text: str
    entry: Entry
    is_allow: bool
    clients: tuple[str, ...]
    tags: tuple[str, ...]


class Asker(NamedTuple):
    """A client with its ids and tags."""

    name: str
    ids: Sequence[str]
    tags: Sequence[str]


def read_options(text: str) -> Options | None:
    """Return the options in *text*, None if there is one that we do not understand."""
    found: dict[str, tuple[str, ...]] = {}
    options = [option for option in text.split(",") if option]
    for option in options:
        key, _, value = option.partition("=")
        values = tuple(each.strip("'\"") for each in value.split("|"))
        if key in ("client", "ctag") and not found and all(map(_VALUE.fullmatch, values)):
            found[key] = values
        elif option != "important":
            return None
    return Options("important" in options, found.get("client", ()), found.get("ctag", ()))


def meant_by(rule: ClientRule, asker: Asker) -> tuple[str, ...]:
    """Return those of the clients and tags of *rule* that mean *asker*.

    A rule that allows means nobody by one id of several: with us it would open for the others, too.
    """
    by_id = () if rule.is_allow and len(asker.ids) > 1 else tuple(map(_sign, asker.ids))
    clients = (each for each in rule.clients if each == asker.name or _sign(each) in by_id)
    return (*clients, *(tag for tag in rule.tags if tag in asker.tags))


_VALUE: Final = re.compile(r"[^~\\'\"][^\\'\"]*")


def _sign(text: str) -> str:
    device, _ = read_device(text, takes_ids=True)
    return device.value if device is not None else text
