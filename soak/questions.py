"""What is asked: a mix as a house makes it, and the blocked names of the prober, all prebuilt.

Of the mix, 85 % are names that the house may see (most of them the same few hundred, some never
asked before) and 15 % are blocked for whoever asks.
"""

from itertools import accumulate
from random import Random
from typing import Final, NamedTuple

from filterdns.dns.names import from_text
from soak.household import PEOPLE, SCHOOL, Expected, Person, blocked_names, expected_of

BLOCKED_SHARE: Final = 0.15
UNSEEN_SHARE: Final = 0.1
SCHOOL_SHARE: Final = 0.03
ADULT_SHARE: Final = 0.03  # names that are blocked for children, asked by whoever may see them
AAAA_SHARE: Final = 0.25
EDNS_SHARE: Final = 0.5  # systemd-resolved and Android send it, glibc does not
TCP_SHARE: Final = 0.02
HOT_NAMES: Final = 300
PLAN_LENGTH: Final = 20_000

_HEADER: Final = b"\x01\x00\x00\x01" + bytes(5)  # RD, one question; the last byte is ARCOUNT
_OPT: Final = b"\x00\x00\x29\x04\xd0" + bytes(6)  # RFC 6891 section 6.1.2, 1232 bytes
_QTAIL_BY_TYPE: Final = {"A": b"\x00\x01\x00\x01", "AAAA": b"\x00\x1c\x00\x01"}


class Question(NamedTuple):
    """One question: who asks from which *address*, the *tail* of the wire behind the id.

    *question* is the section as sent (RFC 1035 section 4.1.2).
    """

    address: str
    tail: bytes
    question: bytes
    expected: Expected
    is_tcp: bool


class Plan(NamedTuple):
    """The mix and the prober's questions, each to be asked round and round.

    None in the mix stands for a name that nobody has asked before.
    """

    mix: list[Question | None]
    probes: list[Question]


def make_plan(random: Random) -> Plan:
    """Return what is asked, by *random*."""
    blocked = blocked_names()
    return Plan(_mix(random, blocked), _probes(random, blocked))


def unseen(number: int, random: Random) -> Question:
    """Return the question for a name that no other *number* has."""
    return _question(random, random.choice(PEOPLE), f"u{number}.fresh.example", "")


def _mix(random: Random, blocked: dict[str, tuple[str, ...]]) -> list[Question | None]:
    hot = [f"www{number}.hot{number % 40}.example" for number in range(HOT_NAMES)]
    weights = list(accumulate(1 / rank for rank in range(1, HOT_NAMES + 1)))
    # Equal questions are prebuilt once: their memory stays small and warm.
    known = {
        (person, name): [_question(random, person, name, "") for _ in range(8)]
        for person in PEOPLE
        for name in hot
    }
    mix: list[Question | None] = []
    for _ in range(PLAN_LENGTH):
        draw = random.random()
        if draw < BLOCKED_SHARE:
            person = random.choice([each for each in PEOPLE if each.blocks])
            category = random.choice(person.blocks)
            name = random.choice(blocked[category])
            mix.append(_question(random, person, name, category))
            continue
        person = random.choice(PEOPLE)
        draw = random.random()
        if draw < UNSEEN_SHARE:
            mix.append(None)
        elif draw < UNSEEN_SHARE + SCHOOL_SHARE:
            mix.append(_question(random, person, SCHOOL, "school"))
        elif draw < UNSEEN_SHARE + SCHOOL_SHARE + ADULT_SHARE:
            name = random.choice(blocked["gambling"])
            parents = next(each for each in PEOPLE if not each.blocks)
            mix.append(_question(random, parents, name, "gambling"))
        else:
            [name] = random.choices(hot, cum_weights=weights)
            mix.append(random.choice(known[person, name]))
    return mix


def _probes(random: Random, blocked: dict[str, tuple[str, ...]]) -> list[Question]:
    probes = [
        _question(random, person, name, category)
        for person in PEOPLE
        for category in person.blocks
        for name in blocked[category]
    ]
    random.shuffle(probes)
    return probes


def _question(random: Random, person: Person, name: str, category: str) -> Question:
    qtype = "AAAA" if random.random() < AAAA_SHARE else "A"
    question = from_text(name) + _QTAIL_BY_TYPE[qtype]
    has_edns = random.random() < EDNS_SHARE
    tail = _HEADER + bytes([has_edns]) + question + (_OPT if has_edns else b"")
    return Question(
        random.choice(person.addresses),
        tail,
        question,
        expected_of(person, category),
        random.random() < TCP_SHARE,
    )
