"""Policies: what `extends` names is folded in, and the nearer one wins where they meet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from filterdns.config.given_up import compile_given_up
from filterdns.config.model import (
    Bypass,
    DuringBypass,
    DuringSection,
    PolicySection,
    RebindingSection,
)
from filterdns.config.places import Places, Problems, ValuePath
from filterdns.config.safe_search import compile_safe_search
from filterdns.config.selections import read_names, read_selection, refuse_contradictions
from filterdns.config.vocabulary import Vocabulary
from filterdns.dns.names import to_text
from filterdns.policy.ruleset import During, PolicyRules, Rebinding, Selection
from filterdns.policy.verdict import AnswerMode, LogMode, Rule

MOST_STEPS: Final = 50

_DEFAULTS: Final = PolicyRules("")


def compile_policies(
    sections: Mapping[str, PolicySection], words: Vocabulary
) -> dict[str, PolicyRules]:
    """Return all policies with what they extend folded in.

    Unknown and circular `extends` become problems.
    """
    folding = _Folding(sections, words)
    return {name: folding.fold(name, ()) for name in sections}


def compile_during(
    sections: Mapping[str, DuringSection], path: ValuePath, words: Vocabulary
) -> tuple[During, ...]:
    """Return the entries of the `during:` at *path* in the order written."""
    return tuple(
        _compile_entry(schedule, section, (*path, schedule), words)
        for schedule, section in sections.items()
        if words.knows_schedule(schedule, (*path, schedule), at_key=True)
    )


def _compile_entry(
    schedule: str, section: DuringSection, path: ValuePath, words: Vocabulary
) -> During:
    if words.is_whole(path):
        _check_entry(section, path, words.problems)
    what = "block"
    if section.internet:
        what = "internet: off"
    elif section.allow_only is not None:
        what = "allow-only"

    def read(key: str, texts: tuple[str, ...]) -> Selection:
        is_opening = key != "block"
        return read_selection(
            texts, (*path, key), key, words, is_opening=is_opening, schedule=schedule
        )

    return During(
        schedule=schedule,
        rule=Rule(what, str(words.places.of_key(path)), schedule=schedule),
        internet_off=section.internet is not None,
        exempt=read("except", section.exempt),
        allow_only=None if section.allow_only is None else read("allow-only", section.allow_only),
        block=read("block", section.block),
        safe_search=compile_safe_search(
            section.safe_search, (*path, "safe_search"), words.problems, schedule=schedule
        ),
        bypass={
            kind: rule._replace(schedule=schedule)
            for kind, rule in _bypass_rules(section.bypass, path, words.places).items()
        },
    )


def _bypass_rules(
    section: Bypass | DuringBypass, path: ValuePath, places: Places
) -> dict[str, Rule]:
    """Return a rule for each way around the filter that the section at *path* blocks."""
    return {
        kind: Rule(f"bypass: {kind}", str(places.of_value((*path, "bypass", kind))))
        for kind, wish in section.model_dump(by_alias=True, exclude_none=True).items()
        if wish == "block"
    }


def _check_entry(section: DuringSection, path: ValuePath, problems: Problems) -> None:
    if section.internet and section.allow_only is not None:
        cure = "write the names under `except:`, or remove internet: off"
        problems.add(path, "internet: off and allow-only exclude each other", cure)
    elif section.exempt and not section.internet:
        cure = "add internet: off, or write allow-only"
        problems.add(path, "`except` stands without internet: off", cure)
    elif not _does_something(section):
        cure = "write internet: off, allow-only, block, bypass or safe_search"
        problems.add(path, "nothing happens in this time", cure)


def _does_something(section: DuringSection) -> bool:
    return bool(
        section.internet
        or section.allow_only is not None
        or section.block
        or section.bypass.model_dump(exclude_none=True)
        or section.safe_search.model_dump(exclude_none=True)
    )


@dataclass(slots=True)
class _Folding:
    sections: Mapping[str, PolicySection]
    words: Vocabulary
    done: dict[str, PolicyRules] = field(default_factory=dict)

    def fold(self, name: str, chain: tuple[str, ...]) -> PolicyRules:
        """Return the policy *name*, which the policies of *chain* extend one after the other."""
        if name not in self.done:
            base = self._base(name, (*chain, name))
            self.done[name] = self._lay_over(name, self.sections[name], base)
        return self.done[name]

    def _base(self, name: str, chain: tuple[str, ...]) -> PolicyRules:
        extends = self.sections[name].extends
        path = ("policies", name, "extends")
        if len(chain) > MOST_STEPS:
            message = f"policies extend each other over more than {MOST_STEPS} steps"
            self.words.problems.add(path, message, "extend a policy that is nearer")
            return _DEFAULTS
        if extends is None or not self.words.knows_policy(extends, path):
            return _DEFAULTS
        if extends in chain:
            circle = " → ".join((*chain[chain.index(extends) :], extends))
            message = f"the policies extend each other in a circle: {circle}"
            self.words.problems.add(path, message, "remove one `extends`")
            return _DEFAULTS
        return self.fold(extends, chain)

    def _lay_over(self, name: str, section: PolicySection, base: PolicyRules) -> PolicyRules:
        path = ("policies", name)
        words = self.words
        allow = read_selection(section.allow, (*path, "allow"), "allow", words, is_opening=True)
        block = read_selection(section.block, (*path, "block"), "block", words)
        refuse_contradictions(allow, block, path, words)
        given_up = compile_given_up(section.lifeline_blocked_because, block, path, words)
        during = compile_during(section.during, (*path, "during"), words)
        mode = section.answer.mode
        return PolicyRules(
            name=name,
            allow=_join(allow, self._allowed_still(base.allow, block)),
            block=_join(block, _without(base.block, self._names_of(allow))),
            given_up={**base.given_up, **given_up},
            during=during
            + tuple(each for each in base.during if each.schedule not in section.during),
            bypass=self._bypass(section.bypass, base.bypass, path),
            safe_search={
                **base.safe_search,
                **compile_safe_search(section.safe_search, (*path, "safe_search"), words.problems),
            },
            answer=AnswerMode(mode) if mode else base.answer,
            rebinding=self._rebinding(section.rebinding, base.rebinding, (*path, "rebinding")),
            max_ttl_seconds=section.answer.max_ttl or base.max_ttl_seconds,
            log=LogMode(section.log) if section.log else base.log,
        )

    def _allowed_still(self, allow: Selection, block: Selection) -> Selection:
        """Return the inherited *allow* without what the nearer *block* names."""
        blocked = self._names_of(block)
        kept = _without(allow, blocked)
        services = dict(kept.services)
        parts = dict(kept.parts)
        for service, rule in kept.services.items():
            names = set(self.words.services[service])
            if names & blocked.names.keys():
                del services[service]
                parts |= dict.fromkeys(names - blocked.names.keys(), rule)
        return Selection(kept.names, services, kept.categories, parts)

    def _names_of(self, selection: Selection) -> Selection:
        """Return *selection* with the names of its services spelled out."""
        by_name = {
            name: rule
            for service, rule in selection.services.items()
            for name in self.words.services[service]
        }
        return Selection({**by_name, **selection.names}, selection.services, selection.categories)

    def _bypass(
        self, section: Bypass, base: Mapping[str, Rule], path: ValuePath
    ) -> dict[str, Rule]:
        decided = section.model_dump(by_alias=True, exclude_none=True)
        kept = {kind: rule for kind, rule in base.items() if kind not in decided}
        return kept | _bypass_rules(section, path, self.words.places)

    def _rebinding(self, section: RebindingSection, base: Rebinding, path: ValuePath) -> Rebinding:
        places = self.words.places
        own = read_names(section.allow, (*path, "allow"), self.words.problems)
        rules = {
            name: Rule(f"rebinding: {places.shown(at, to_text(name))}", str(places.of_value(at)))
            for name, at in own.items()
        }
        mode = base.mode
        if section.mode:
            at = (*path, "mode")
            rule = Rule(f"rebinding: {places.shown(at, section.mode)}", str(places.of_value(at)))
            mode = rule if section.mode == "allow" else None
        return Rebinding({**base.allow, **rules}, mode)


def _join(nearer: Selection, farther: Selection) -> Selection:
    return Selection(
        {**farther.names, **nearer.names},
        {**farther.services, **nearer.services},
        {**farther.categories, **nearer.categories},
        {**farther.parts, **nearer.parts},
    )


def _without(selection: Selection, other: Selection) -> Selection:
    return Selection(
        {name: rule for name, rule in selection.names.items() if name not in other.names},
        {name: rule for name, rule in selection.services.items() if name not in other.services},
        {name: rule for name, rule in selection.categories.items() if name not in other.categories},
        {name: rule for name, rule in selection.parts.items() if name not in other.names},
    )
