"""Explaining what happens to a name for somebody at some time, and why."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from filterdns.config.nearest import cure
from filterdns.config.units import quoted, read_mac
from filterdns.control.at import read_at, write_at
from filterdns.control.bindings import KnownBindings
from filterdns.control.rules import Rules
from filterdns.control.why import TITLES, check_words, why
from filterdns.dns import codes, names
from filterdns.errors import ControlError, InvalidName, InvalidValue
from filterdns.policy.address import read_address
from filterdns.policy.answer_checks import AnswerCheck, answer_checks
from filterdns.policy.beaten import beaten
from filterdns.policy.client import Identity, holidays_of
from filterdns.policy.decide import decide
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.house import House
from filterdns.policy.ruleset import Device
from filterdns.policy.verdict import Action, Row, Verdict


class Asked(NamedTuple):
    """What is to be explained, as it was typed. *at* empty is now."""

    who: str
    name: str
    at: str = ""
    type: str = "A"

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> "Asked":
        """Return what a JSON object asks. Raises `ControlError`."""
        unknown = values.keys() - set(cls._fields)
        if unknown:
            raise ControlError(f"{quoted(min(unknown))} cannot be asked; known are {_KNOWN}")
        if not all(isinstance(value, str) for value in values.values()):
            raise ControlError("what is asked has to be text")
        if not values.get("who") or not values.get("name"):
            raise ControlError("who and name are needed")
        return cls(**{key: str(value) for key, value in values.items()})


_KNOWN = ", ".join(Asked._fields)


def explain(
    asked: Asked,
    rules: Rules,
    now: float,
    *,
    is_time_known: bool = True,
    bindings: KnownBindings | None = None,
) -> dict[str, Any]:
    """Return the verdict on *asked* under *rules* and what decided, as plain values for JSON.

    It is the verdict on the question; an answer is judged when it arrives, and told is only what of
    it will be looked at. *now* is Unix seconds; whether it is known matters to what is asked about
    now. Raises `ControlError` for what cannot be asked.
    """
    try:
        name = names.from_text(asked.name)
        identity = identify(asked.who, rules, bindings)
        zone = zone_of(identity, rules)
        at = read_at(asked.at, zone, holidays_of(identity, rules.ruleset), now)
    except InvalidName as error:
        raise ControlError(str(error)) from None
    except InvalidValue as error:
        raise ControlError(f"{error.message}; {error.cure}") from None
    qtype = codes.TYPE_BY_TEXT.get(asked.type.upper())
    if qtype is None:
        known = cure(asked.type.upper(), codes.TYPE_BY_TEXT)
        raise ControlError(f"{quoted(asked.type)} is no type that can be asked; {known}")
    is_time_known = is_time_known or asked.at not in _NOW
    policies = rules.policies_of(identity)
    policy = policies.policy_for(identity, at, is_time_known=is_time_known)
    verdict = decide(name, qtype, policy)
    others = list(beaten(name, qtype, policy))
    return {
        "who": asked.who,
        "person": identity.person,
        "device": identity.device,
        "places": list(identity.places),
        "name": names.to_text(name),
        "type": asked.type.upper(),
        "at": write_at(at, zone),
        "at_unix": at,
        "timezone": zone,
        "clock": "" if is_time_known else CLOCK_WORDS,
        **_verdict_values(verdict, policy),
        "why": why(verdict, others[0] if others else None),
        "beaten": [_rule_values(each) for each in others],
        "checks": [
            _check_values(each, policy.house)
            for each in answer_checks(name, qtype, verdict, policy)
        ],
        "holds_until": _until(policy, zone) if is_time_known else "",
        "holds_until_unix": _until_unix(policy) if is_time_known else None,
    }


CLOCK_WORDS = "not known to be right yet: every window of the week holds"
_NOW = ("", "now")


def identify(who: str, rules: Rules, bindings: KnownBindings | None = None) -> Identity:
    """Return the identity behind *who*: an address, a MAC, a person, a device, `person/device`.

    An address is whoever has it now, as far as *bindings* tell. A device is met where its first
    address is; a person or a MAC alone is in no place. `unknown` is a device that nobody has named.
    Raises `ControlError` where nobody is called so.
    """
    try:
        address = read_address(who)
    except ValueError:
        pass
    else:
        if bindings is not None:
            return bindings.identify(who, rules.identifier)
        return rules.identifier.identify(address)
    with suppress(InvalidValue):
        return rules.identifier.known_by(read_mac(who))
    people = rules.ruleset.people
    if who in people:
        return Identity(who, "", ())
    person_name, slash, device_name = who.rpartition("/")
    found = [
        (person.name, device)
        for person in people.values()
        for device in person.devices
        if device.name == device_name and (not slash or person.name == person_name)
    ]
    if len(found) > 1:
        choice = " or ".join(f"{person}/{device.name}" for person, device in found[:5])
        raise ControlError(f"{quoted(who)} is the name of several devices; write {choice}")
    if found:
        person, device = found[0]
        return Identity(person, device.name, _places_of(device, rules))
    if who == "unknown":
        return Identity("", "", ())
    known = {*people, *(device.name for person in people.values() for device in person.devices)}
    raise ControlError(f"nobody is called {quoted(who)}; {cure(who, known)}")


def zone_of(identity: Identity, rules: Rules) -> str:
    """Return the time zone whose clocks *identity* lives by."""
    person = rules.ruleset.people.get(identity.person)
    return person.timezone if person is not None else rules.ruleset.timezone


def _places_of(device: Device, rules: Rules) -> tuple[str, ...]:
    if not device.addresses:
        return ()
    return rules.identifier.identify(read_address(device.addresses[0])).places


def _verdict_values(verdict: Verdict, policy: EffectivePolicy) -> dict[str, Any]:
    return {
        "stage": _STAGE_BY_ROW.get(verdict.row, QUESTION),
        **_rule_values(verdict),
        "reason": verdict.rule.reason,
        "answer": _answer_word(verdict, policy),
        "pending": verdict.is_pending,
        "instead": names.to_text(verdict.instead) if verdict.instead else "",
    }


def _rule_values(verdict: Verdict) -> dict[str, Any]:
    """Return what a rule does, and where it stands: of the one that decided, and those behind."""
    return {
        "verdict": _WORDS[verdict.action],
        "row": verdict.row.value,
        "row_title": TITLES[verdict.row],
        "rule": verdict.rule.text,
        "where": verdict.rule.where,
        "category": verdict.rule.category,
        "schedule": verdict.rule.schedule,
        "listed": names.to_text(verdict.listed) if verdict.listed else "",
    }


def _check_values(check: AnswerCheck, house: House) -> dict[str, Any]:
    return {
        "part": check.part.value,
        "passes": check.passes,
        "text": check_words(check, house),
        "rules": [{"rule": each.text, "where": each.where} for each in check.rules],
    }


QUESTION = "A"
_STAGE_BY_ROW = {Row.REWRITE: "B", Row.ANSWER: "C"}


def _until_unix(policy: EffectivePolicy) -> float | None:
    return policy.valid_until if policy.valid_until < _YEAR_9999 else None


def _answer_word(verdict: Verdict, policy: EffectivePolicy) -> str:
    """Return how the question is answered, empty where upstreams or `hosts:` know."""
    if verdict.action is Action.BLOCK:
        return (verdict.answer or policy.answer).value
    if verdict.action is Action.REWRITE:
        return "alias" if verdict.instead else "nodata"
    return ""


_WORDS = {Action.ALLOW: "allowed", Action.BLOCK: "blocked", Action.REWRITE: "rewritten"}


def _until(policy: EffectivePolicy, zone: str) -> str:
    return write_at(policy.valid_until, zone) if policy.valid_until < _YEAR_9999 else ""


_YEAR_9999 = 253_370_764_800.0
