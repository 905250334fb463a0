"""The config's own tests, as they are written under `expect:`."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import NamedTuple

from filterdns.config.model import ExpectSection
from filterdns.config.moments import Moment, read_moment
from filterdns.config.selections import read_name
from filterdns.config.vocabulary import Vocabulary
from filterdns.errors import InvalidName, InvalidValue


class Expectation(NamedTuple):
    """Somebody asks for *name* at a moment, and gets it or not.

    *who* is a person or the address of a client. *by* is empty, or what has to decide: a schedule,
    a category, a row of the table, the words of a rule. *number* counts from 0 under `expect:`.
    """

    number: int
    who: str
    at: Moment
    name: bytes
    is_blocked: bool
    by: str


def compile_expectations(
    sections: Sequence[ExpectSection], words: Vocabulary
) -> tuple[Expectation, ...]:
    """Return the tests in *sections*; those that ask nothing sensible become problems."""
    found = [_compile(at, section, words) for at, section in enumerate(sections)]
    return tuple(each for each in found if each is not None)


def _compile(index: int, section: ExpectSection, words: Vocabulary) -> Expectation | None:
    path = ("expect", index)
    is_known = _is_address(section.who) or words.knows_person(section.who, (*path, "who"))
    moment = name = None
    try:
        moment = read_moment(section.at)
    except InvalidValue as error:
        words.problems.reject((*path, "at"), error)
    try:
        name = read_name(section.name)
    except (InvalidName, InvalidValue) as error:
        words.problems.reject((*path, "name"), error)
    if moment is None or name is None or not is_known:
        return None
    is_blocked = section.is_ == "blocked"
    return Expectation(index, section.who, moment, name, is_blocked, section.by or "")


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False
