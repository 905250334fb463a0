"""The house whose rules change all the time, and what each of its people may then be told.

The table is short enough to be known by heart, so that an answer can be judged without asking the
filter's own code. A minute is odd or even: mia has bedtime in the odd ones, tom in the even ones,
and whoever is unknown has both.
"""

from enum import Enum
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from soak.household import OPEN_IPV4, OPEN_IPV6, blocked_names

NUMBERS: Final = range(6)
TOGGLED: Final = tuple(f"t{number}.toggled.example" for number in NUMBERS)
LISTED: Final = tuple(f"l{number}.listed.example" for number in NUMBERS)
ALIAS_OF: Final = {f"alias-of-{name}": name for name in (*TOGGLED, *LISTED)}
OPEN_NAMES: Final = tuple(f"www{number}.open.example" for number in range(12))
GAMBLING: Final = blocked_names()["gambling"][:4]
SCHOOL: Final = "moodle.school.example"
NAS: Final = "nas.home.arpa"
NAS_IPV4: Final = ("192.168.1.40", "192.168.1.41")
NAMES: Final = (*TOGGLED, *LISTED, *ALIAS_OF, *OPEN_NAMES, *GAMBLING, SCHOOL, NAS)
# A wildcard does not reach below a name that exists (RFC 4592 section 2.2.1), and aliases do. What
# may not be remembered for long is asked of the upstream again and again while everything changes.
FLEETING: Final = OPEN_NAMES[0]
_TTL_BY_OWNER: Final = {
    "*.": 3600,
    "*.example.": 3600,
    "*.open.example.": 3600,
    "*.listed.example.": 2,
    "*.toggled.example.": 1,
    f"{FLEETING}.": 0,
}
ZONES: Final = {
    ".": "".join(
        f"{owner} {ttl} A {OPEN_IPV4}\n{owner} {ttl} AAAA {OPEN_IPV6}\n"
        for owner, ttl in _TTL_BY_OWNER.items()
    )
    + "".join(f"{alias}. 2 CNAME {name}.\n" for alias, name in ALIAS_OF.items())
}

ADDRESSES_OF: Final = {
    "mia": ("127.0.0.2", "127.0.0.3"),
    "tom": ("127.0.0.4", "127.0.0.5"),
    "ben": ("127.0.0.6", "127.0.0.7"),
    "parents": ("127.0.0.8", "127.0.0.9"),
    "visitor": ("127.0.0.10", "127.0.0.11"),  # is ben's or the parents', as the config says
    "guest": ("127.0.0.12", "127.0.0.13"),
}
PERSON_AT: Final = {each: who for who, found in ADDRESSES_OF.items() for each in found}
HAS_BEDTIME: Final = ("mia", "tom", "guest")
FIRST_HOUR: Final = 12  # with windows in every second minute, and in the first ones after it


class Said(Enum):
    """What an answer says."""

    OPEN = "the upstream's address"
    ZERO = "the address that leads nowhere"
    NXDOMAIN = "there is no such name"
    NODATA = "there is nothing of that type"
    NAS_0 = "the first address of the local name"
    NAS_1 = "the second address of the local name"
    FAILED = "a failure: SERVFAIL, REFUSED, FORMERR, TC"
    OTHER = "something else"
    STRANGE = "no answer to this question"


class Rules(NamedTuple):
    """What the config says at the moment, of all that changes.

    ben may not see *blocked*, and may see *excused* although a list has them. *visitor* is who the
    visitor's devices belong to, *mode* how ben is told, *nas* which address the local name has.
    """

    blocked: frozenset[str] = frozenset()
    excused: frozenset[str] = frozenset()
    visitor: str = "ben"
    mode: str = "zero-ip"
    nas: int = 0


def other_rules(rules: Rules, random: Random) -> Rules:
    """Return rules that differ from *rules* in something."""
    draw = random.randrange(8)
    if draw < 3:
        return rules._replace(blocked=_without_or_with(rules.blocked, random.choice(TOGGLED)))
    if draw < 5:
        return rules._replace(excused=_without_or_with(rules.excused, random.choice(LISTED)))
    if draw == 5:
        return rules._replace(visitor="parents" if rules.visitor == "ben" else "ben")
    if draw == 6:
        return rules._replace(mode="nxdomain" if rules.mode == "zero-ip" else "zero-ip")
    return rules._replace(nas=1 - rules.nas)


def other_list(listed: frozenset[str], random: Random) -> frozenset[str]:
    """Return names for the list, one more or fewer than *listed*."""
    return _without_or_with(listed, random.choice(LISTED))


def _without_or_with(names: frozenset[str], name: str) -> frozenset[str]:
    return names ^ {name}


def write_list(folder: Path, listed: frozenset[str]) -> None:
    """Write the list of drugs into *folder*, whole or not at all; it is never empty."""
    folder.mkdir(exist_ok=True)
    fresh = folder / "drugs.new"
    fresh.write_text("\n".join(["always.drugs.example", *sorted(listed)]) + "\n")
    fresh.replace(folder / "drugs.txt")


def config(lists: Path, rules: Rules) -> str:
    """Return what the filter's config says, all but where to listen."""
    people = "".join(
        f"  {who}: {{policy: {policy}, devices: [{{name: all, ip: [{_addresses(who, rules)}]}}]"
        f"{_allow(who, rules)}}}\n"
        for who, policy in _POLICY_OF.items()
    )
    return f"""\
version: 1
timezone: UTC
limits: {{queries_per_second: 1000000, burst: 1000000, tcp_idle: 1h, tcp_total: 1d}}
hosts: {{{NAS}: {NAS_IPV4[rules.nas]}}}
categories:
  school: {{names: [{SCHOOL}]}}
  drugs: {{sources: ["file:{lists / "drugs.txt"}"]}}
schedules:
  odd: {{daily: "{_windows(1)}"}}
  even: {{daily: "{_windows(0)}"}}
policies:
  child: {{block: [gambling, drugs], during: {{odd: {{internet: "off", except: [school]}}}}}}
  pupil: {{block: [gambling, drugs], during: {{even: {{allow-only: [school]}}}}}}
  teen:
    block: [{", ".join(["gambling", "drugs", *sorted(rules.blocked)])}]
    answer: {{mode: {rules.mode}}}
  adults: {{block: [], log: none}}
people:
{people}"""


_POLICY_OF: Final = {"mia": "child", "tom": "pupil", "ben": "teen", "parents": "adults"}


def _addresses(who: str, rules: Rules) -> str:
    more = ADDRESSES_OF["visitor"] if who == rules.visitor else ()
    return ", ".join((*ADDRESSES_OF[who], *more))


def _allow(who: str, rules: Rules) -> str:
    if who != "ben" or not rules.excused:
        return ""
    return f", allow: [{', '.join(sorted(rules.excused))}]"


def _windows(remainder: int) -> str:
    minutes = [FIRST_HOUR * 60 + minute for minute in range(62) if minute % 2 == remainder]
    return ", ".join(f"{_clock(minute)}-{_clock(minute + 1)}" for minute in minutes)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def may_say(
    who: str, name: str, rules: Rules, listed: frozenset[str], is_odd: bool
) -> frozenset[Said]:
    """Return what *who* may be told about *name* under these rules, list, and kind of minute."""
    if who == "visitor":
        who = rules.visitor
    if name == NAS:
        return _NAS[rules.nas]
    is_off = who == "guest" or who == ("mia" if is_odd else "tom")
    if is_off and name != SCHOOL:
        return _BLOCKED if who == "guest" else _ZERO
    if who == "parents":
        return _OPEN
    target = ALIAS_OF.get(name, name)
    is_alias = target != name
    if who == "ben":
        is_blocked = target in rules.blocked or (target in listed and target not in rules.excused)
        if not is_blocked and target not in GAMBLING:
            return _OPEN
        if rules.mode == "zero-ip":
            return _ZERO
        return _NODATA if is_alias else _NXDOMAIN  # docs/policy.md, stage C
    return _ZERO if target in listed or target in GAMBLING else _OPEN


_OPEN: Final = frozenset((Said.OPEN,))
_ZERO: Final = frozenset((Said.ZERO,))
_NODATA: Final = frozenset((Said.NODATA,))
_NXDOMAIN: Final = frozenset((Said.NXDOMAIN,))
_BLOCKED: Final = _ZERO | _NODATA | _NXDOMAIN
_NAS: Final = (frozenset((Said.NAS_0,)), frozenset((Said.NAS_1,)))
