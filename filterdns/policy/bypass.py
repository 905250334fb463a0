"""Ways around the filter that `bypass:` closes: check names, and what lists say (row A5).

What only lists know is answered in the policy's own way. Check names get NXDOMAIN: an address, even
0.0.0.0, would switch Firefox's own DNS on instead of off.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from filterdns.dns.names import from_text
from filterdns.policy.house import House
from filterdns.policy.moment import OpenWindow
from filterdns.policy.reason import WAITING_WORDS, bypass_words, what_bypasses, window_words
from filterdns.policy.restriction import Blocked
from filterdns.policy.verdict import Action, AnswerMode, Row, Rule, Verdict

# Mozilla, "Canary domain"; Apple, "Prepare your network or web server for iCloud Private Relay":
# both ask for a negative answer at once. `mask-api` comes from v2fly's list of that service.
CHECK_NAMES: Final = {
    "doh": ("use-application-dns.net",),
    "private-relay": ("mask.icloud.com", "mask-h2.icloud.com", "mask-api.icloud.com"),
}
ECH: Final = "ech"  # no name and no list: keys are taken out of answers
NEGATIVE_KINDS: Final = frozenset({"private-relay"})  # for what lists say of them as well


def bypass_now(always: Mapping[str, Rule], windows: Iterable[OpenWindow]) -> Mapping[str, Rule]:
    """Return the rules of what is closed now: *always*, and in the open *windows* beyond that.

    A window opens nothing, because a tunnel that is opened in one outlives it. What closes it
    always says why before what closes it for an hour.
    """
    rules = dict(always)
    for window in windows:
        for kind, rule in window.entry.bypass.items():
            rules.setdefault(kind, rule._replace(reason=_words(window, kind)))
    return rules


def _words(window: OpenWindow, kind: str) -> str:
    if window.until is None:
        return WAITING_WORDS
    return window_words(window.entry.schedule, window.until, what_bypasses(kind))


def compile_bypass(rule_by_kind: Mapping[str, Rule], house: House) -> Blocked:
    """Compile what row A5 blocks. Each kind is also the category of the lists that feed it.

    A name on the lists of several kinds is answered negatively if one of them asks for that.
    """
    by_name = {}
    by_category = {}
    for kind, written in sorted(rule_by_kind.items(), key=_is_positive):
        rule = written._replace(reason=written.reason or bypass_words(kind), category=kind)
        negative = Verdict(Action.BLOCK, Row.BYPASS, rule, answer=AnswerMode.NXDOMAIN)
        for text in CHECK_NAMES.get(kind, ()):
            name = from_text(text)
            by_name[name] = negative._replace(listed=name)
        if kind in house.fed_categories:
            by_category[kind] = (
                negative if kind in NEGATIVE_KINDS else Verdict(Action.BLOCK, Row.BYPASS, rule)
            )
    return Blocked(by_name, by_category)


def _is_positive(rule: tuple[str, Rule]) -> bool:
    return rule[0] not in NEGATIVE_KINDS
