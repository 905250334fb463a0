"""Lines of `safe_search:` that change nothing for anybody."""

from collections.abc import Iterable, Iterator, Mapping

from filterdns.config.compile import Compiled
from filterdns.config.doubt import Doubt
from filterdns.config.model import SafeSearch
from filterdns.config.places import ValuePath
from filterdns.dns.names import suffixes
from filterdns.policy.ruleset import (
    YOUTUBE,
    PolicyRules,
    Ruleset,
    SafeMode,
    SafeWish,
    Selection,
    people_by_policy,
)

Wishes = Mapping[str, SafeWish]


def idle_safe_search(compiled: Compiled) -> Iterator[Doubt]:
    """Yield modes that hold anyway, and one for YouTube where YouTube is blocked."""
    ruleset, document = compiled.ruleset, compiled.config.document
    extended = {each.extends for each in document.policies.values()}
    askers = people_by_policy(ruleset)
    for name, section in document.policies.items():
        rules = ruleset.policies[name]
        base = ruleset.policies.get(section.extends or "", _NO_RULES)
        path: ValuePath = ("policies", name, "safe_search")
        yield from _said_already(section.safe_search, rules.safe_search, base.safe_search, path)
        if name in extended:  # who knows what that one changes
            continue
        people = askers.get(name, [])
        if _is_written(section.safe_search) and _closes_youtube(
            rules.block, [rules.allow, *(each.allow for each in people)], ruleset
        ):
            yield _youtube_is_closed(path)
        for entry in rules.during:
            if entry.schedule in section.during and _is_the_only_one(entry.schedule, rules):
                during = section.during[entry.schedule].safe_search
                here = ("policies", name, "during", entry.schedule, "safe_search")
                if not any(each.safe_search or each.during for each in people):
                    yield from _said_already(during, entry.safe_search, rules.safe_search, here)
    for name, person in document.people.items():
        own = ruleset.people[name]
        path = ("people", name, "safe_search")
        inherited = ruleset.policies[own.policy].safe_search
        yield from _said_already(person.safe_search, own.safe_search, inherited, path)
        if _is_written(person.safe_search) and _closes_youtube(own.block, [own.allow], ruleset):
            yield _youtube_is_closed(path)


def _said_already(
    written: SafeSearch, wishes: Wishes, inherited: Wishes, path: ValuePath
) -> Iterator[Doubt]:
    for kind in written.model_dump(exclude_none=True):
        other = inherited.get(kind)
        if wishes[kind].mode is (SafeMode.OFF if other is None else other.mode):
            cause = f"by {other.rule.where}" if other is not None else "where nothing is written"
            yield Doubt((*path, kind), f"this holds anyway, {cause}", "remove it")


def _is_written(section: SafeSearch) -> bool:
    return section.youtube not in (None, SafeMode.OFF)


def _closes_youtube(block: Selection, allows: Iterable[Selection], ruleset: Ruleset) -> bool:
    """Whether *block* has every name of YouTube, and none of *allows* has one of them."""
    closed = _names_of(block, ruleset)
    opened = set[bytes]().union(*(_names_of(each, ruleset) for each in allows))
    engines = [each for each in ruleset.engines.values() if each.kind == YOUTUBE]
    names = [name for engine in engines for name in engine.names]
    return all(
        not closed.isdisjoint(suffixes(name)) and opened.isdisjoint(suffixes(name))
        for name in names
    )


def _names_of(selection: Selection, ruleset: Ruleset) -> set[bytes]:
    of_services = (name for each in selection.services for name in ruleset.services[each])
    return {*selection.names, *of_services}


def _youtube_is_closed(path: ValuePath) -> Doubt:
    message = "YouTube is blocked here, so its mode decides nothing"
    return Doubt((*path, YOUTUBE), message, "remove one of the two")


def _is_the_only_one(schedule: str, rules: PolicyRules) -> bool:
    """Whether no other window speaks of safe search, which this one may come before."""
    return not any(each.safe_search for each in rules.during if each.schedule != schedule)


_NO_RULES = PolicyRules("")
