"""Lifelines that an adult blocks, confirmed by a reason beside the entry of `block:`."""

from collections.abc import Mapping

from filterdns.config.places import ValuePath
from filterdns.config.selections import read_name
from filterdns.config.units import quoted
from filterdns.config.vocabulary import Vocabulary
from filterdns.dns.names import suffixes
from filterdns.errors import InvalidName, InvalidValue
from filterdns.policy.reason import NAME_WORDS
from filterdns.policy.ruleset import Selection
from filterdns.policy.verdict import LIFELINE, Rule

KEY = "lifeline_blocked_because"


def compile_given_up(
    reasons: Mapping[str, str], block: Selection, path: ValuePath, words: Vocabulary
) -> dict[bytes, Rule]:
    """Return the lifelines that *reasons*, of the section at *path*, confirms to be blocked.

    Each has to be a lifeline, or in one, and to stand in *block*, the `block:` of that section.
    What is neither becomes a problem, so that nobody relies on a line that does nothing.
    """
    given_up: dict[bytes, Rule] = {}
    for text, reason in reasons.items():
        here = (*path, KEY, text)
        try:
            name = read_name(text)
        except (InvalidName, InvalidValue) as error:
            words.problems.reject(here, error)
            continue
        if words.lifelines.isdisjoint(suffixes(name)):
            message = f"{quoted(text)} is no lifeline, so its block needs no reason"
            words.problems.add_at_key(here, message, "remove it; `block:` alone is enough")
        elif name not in block.names:
            message = f"{quoted(text)} does not stand in the `block:` beside it"
            words.problems.add_at_key(here, message, f"write {text} under `block:`, or remove this")
        else:
            given_up[name] = Rule(
                f"{KEY}: {words.places.shown(here, text)}: {reason}",
                str(words.places.of_key(here)),
                reason=NAME_WORDS,
                category=LIFELINE,
            )
    return given_up
