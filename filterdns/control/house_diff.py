"""What an edit changes that asking for names does not show: devices, logs, lists, upstreams."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

from filterdns.config.compile import Meaning
from filterdns.control.restart_keys import Fixed
from filterdns.dns.names import to_text
from filterdns.policy.ruleset import Device, Person, Ruleset
from filterdns.policy.verdict import AnswerMode, LogMode


def device_changes(old: Ruleset, new: Ruleset) -> list[str]:
    """Return which devices come, go, or belong to somebody else."""
    was, will_be = dict(_owners(old)), dict(_owners(new))
    told = []
    for mark in dict.fromkeys([*was, *will_be]):
        before, after = was.get(mark), will_be.get(mark)
        if before == after:
            continue
        if before is None:
            told.append(f"{mark} will be {after}")
        elif after is None:
            told.append(f"{mark} will be nobody's, it was {before}")
        else:
            told.append(f"{mark} will be {after}, it was {before}")
    return told


def _owners(ruleset: Ruleset) -> Iterator[tuple[str, str]]:
    """Yield each mark that a device is known by, and whose it is."""
    for person in ruleset.people.values():
        for device in person.devices:
            for mark in _marks(device):
                yield mark, f"{person.name}'s {device.name}"


def _marks(device: Device) -> Iterator[str]:
    for field in fields(Device):
        if field.name != "name":
            yield from getattr(device, field.name)


def person_changes(name: str, old: Ruleset, new: Ruleset) -> Iterator[str]:
    """Yield what changes for a person whom both know, beside what is open and what is closed."""
    was, will_be = old.people[name], new.people[name]
    if was.timezone != will_be.timezone:
        yield f"the clocks of {will_be.timezone} hold instead of {was.timezone}"
    for what, before, after in _settings(was, old, will_be, new):
        if before != after:
            yield f"{what} will be {after} instead of {before}"


def _settings(
    was: Person, old: Ruleset, will_be: Person, new: Ruleset
) -> Iterator[tuple[str, object, object]]:
    before, after = old.policies[was.policy], new.policies[will_be.policy]
    yield "what is kept in the log", _log(was, old), _log(will_be, new)
    yield "the answer to what is closed", AnswerMode(before.answer), AnswerMode(after.answer)
    longest = f"{before.max_ttl_seconds} s", f"{after.max_ttl_seconds} s"
    yield "the longest time that a device remembers an answer", *longest


def _log(person: Person, ruleset: Ruleset) -> LogMode:
    return ruleset.policies[person.policy].log if person.log is None else person.log


def house_changes(old: Meaning, new: Meaning) -> list[str]:
    """Return what changes for everybody, and which other keys have another value."""
    return [
        *_lists(old, new),
        *_names("hosts", _hosts(old.ruleset), _hosts(new.ruleset)),
        *_names("never blocked", _essentials(old.ruleset), _essentials(new.ruleset)),
        *_other_keys(old, new),
    ]


def _lists(old: Meaning, new: Meaning) -> Iterator[str]:
    was = {(each.category, each.name): each for each in old.sources}
    will_be = {(each.category, each.name): each for each in new.sources}
    for category, name in will_be.keys() - was.keys():
        yield f"the category {category} gets the list {name}"
    for category, name in was.keys() - will_be.keys():
        yield f"the category {category} loses the list {name}"


def _hosts(ruleset: Ruleset) -> dict[str, str]:
    return {to_text(name): ", ".join(addresses) for name, addresses in ruleset.hosts.items()}


def _essentials(ruleset: Ruleset) -> dict[str, str]:
    return {to_text(name): "always open" for name in ruleset.essentials}


def _names(title: str, was: Mapping[str, str], will_be: Mapping[str, str]) -> Iterator[str]:
    for name in dict.fromkeys([*was, *will_be]):
        before, after = was.get(name), will_be.get(name)
        if before == after:
            continue
        instead = f" instead of {before}" if before and after else ""
        yield f"{title}: {name}: {after or 'not any more'}{instead}"


def _other_keys(old: Meaning, new: Meaning) -> Iterator[str]:
    """Yield the keys whose values differ without showing in any answer."""
    was, will_be = _values(old), _values(new)
    for key in will_be:
        if was[key] != will_be[key]:
            yield f"another value: {key}{_RESTART if key in _BOUND else ''}"


_RESTART: Final = " (after `filterdns restart`)"
_BOUND: Final = frozenset({"listen.dns", "listen.workers", "metrics.listen"})
# What asking shows, and what ships with the program.
_SHOWN: Final = frozenset(
    {
        "timezone", "categories", "services", "service_titles", "schedules", "holidays",
        "policies", "people", "places", "unknown_policy", "hosts", "lifelines", "essentials",
        "pending",
    }
)  # fmt: skip
_TOLD: Final = frozenset({"digest", "ruleset", "process", "sources", "guards", "help_by_category"})


def _values(meaning: Meaning) -> dict[str, Any]:
    fixed, process = Fixed.of(meaning), meaning.process
    values: dict[str, Any] = {
        "listen.dns": fixed.dns,
        "listen.workers": fixed.workers,
        "metrics.listen": fixed.metrics,
        "history": process.history,
        "refresh.popularity, refresh.labelled": meaning.guards._replace(essentials=(), locked=()),
        "help of a category": dict(meaning.help_by_category),
    }
    for field in fields(Meaning):
        if field.name not in _TOLD:
            values[field.name] = getattr(meaning, field.name)
    for field in fields(Ruleset):
        if field.name not in _SHOWN:
            values[field.name] = getattr(meaning.ruleset, field.name)
    return values
