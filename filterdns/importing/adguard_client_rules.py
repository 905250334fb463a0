"""AdGuard Home's rules for some clients alone: `||games.example^$client=Mia`, `$ctag=user_child`.

Source: adguard-dns.io, "DNS filtering rules syntax". With us they are part of the policy of these
clients. A rule that spares clients (`~`) says more than we do.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from filterdns.importing.devices import read_device
from filterdns.importing.entries import Entry


class Options(NamedTuple):
    """What stands behind the `$` of a rule, as far as we understand it."""

    is_important: bool = False
    clients: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class ClientRule(NamedTuple):
    """A rule, written as *text*, for some clients alone.

    *who* maps each word for them to its id in one form, *tags* are those that they have.
    """

    text: str
    entry: Entry
    is_allow: bool
    who: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]

    @classmethod
    def written(cls, text: str, entry: Entry, *, is_allow: bool, options: Options) -> "ClientRule":
        """Return the rule *text* with *options* that name clients or tags."""
        who = tuple((word, _in_one_form(word)) for word in options.clients)
        return cls(text, entry, is_allow, who, options.tags)


class Asker(NamedTuple):
    """A client with its *ids*, each in one form, and its *tags*."""

    name: str
    ids: frozenset[str]
    tags: frozenset[str]

    @classmethod
    def written(cls, name: str, ids: Iterable[str], tags: Iterable[str]) -> "Asker":
        """Return the client as its config has it."""
        return cls(name, frozenset(map(_in_one_form, ids)), frozenset(tags))


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
    ids = frozenset() if rule.is_allow and len(asker.ids) > 1 else asker.ids
    words = [word for word, in_one_form in rule.who if word == asker.name or in_one_form in ids]
    return (*words, *(tag for tag in rule.tags if tag in asker.tags))


_VALUE: Final = re.compile(r"[^~\\'\"][^\\'\"]*")


def _in_one_form(text: str) -> str:
    device, _ = read_device(text, takes_ids=True)
    return device.value if device is not None else text
