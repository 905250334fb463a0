"""Questions of all kinds that a house may ask, each on the fast road and on the slow one.

On the slow road the same is asked so that no answer can be repeated: the case of its letters and an
option that nobody knows are new every time.
"""

from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from filterdns.dns.names import from_text
from soak.household import LISTED, OPEN_IPV4, OPEN_IPV6, PEOPLE, SCHOOL, blocked_names
from soak.same_answer import SHORT_TTL_SECONDS

SHIPPED: Final = Path(__file__).parent.parent / "blocklists"
HOT_NAMES: Final = 400
LEAST_SIZE: Final = 512  # RFC 1035 section 4.2.1
OWN_SIZE: Final = 1232  # of which the filter sends no more in a datagram
FRESH_SHARE: Final = 0.05

ZONES: Final = {
    # A wildcard does not reach below a name that exists (RFC 4592 section 2.2.1): `example` does.
    ".": "".join(
        f"{wild} A {OPEN_IPV4}\n{wild} AAAA {OPEN_IPV6}\n{wild} TXT hello\n"
        for wild in ("*.", "*.example.")
    ),
    "zoo.example": "\n".join(
        [
            *(f"many A 192.0.2.{number}" for number in range(1, 41)),
            *(f'long TXT "{number:03}{"x" * 97}"' for number in range(12)),
            "mail MX 10 many\nmail MX 20 other.example.",
            "alias CNAME many\nfar CNAME www.far.example.\nbad CNAME bet365.com.",
            "twice CNAME bad",
            "service HTTPS 1 bet365.com. alpn=h2\nfine HTTPS 1 . alpn=h2,h3",
            f"short {SHORT_TTL_SECONDS} A 192.0.2.1\nnever 0 A 192.0.2.2",
            "srv SRV 1 2 443 many",
        ]
    ),
}
ZOO: Final = (
    *("many", "long", "mail", "alias", "far", "bad", "twice", "service", "fine", "srv"),
    *("short", "short", "never", "nowhere", "deep.nowhere"),
)
HOUSE: Final = ("localhost", "x.localhost", "printer.local", "a.test", "nas.home.arpa", "onion")
REVERSE: Final = ("1.1.168.192.in-addr.arpa", "99.2.0.192.in-addr.arpa", "resolver.arpa")
CHECKED: Final = ("use-application-dns.net", "mask.icloud.com", "dns.google", "bet365.com")

_TYPES: Final = {  # by how often they are asked
    1: 60, 28: 20, 65: 6, 16: 4, 15: 2, 5: 1, 6: 1, 2: 1, 12: 1, 33: 1, 43: 1, 255: 1, 252: 0.3,
    65280: 0.3,
}  # fmt: skip
_COOKIE: Final = b"\x00\x0a\x00\x08" + bytes(range(8))
_SUBNET: Final = b"\x00\x08\x00\x07\x00\x01\x18\x00\xc0\x00\x02"
_PADDING: Final = b"\x00\x0c\x00\x10" + bytes(16)
_OPTIONS: Final = (b"", b"", b"", b"", b"", b"", _COOKIE, _SUBNET, _PADDING)
_SIZES: Final = (512, 1232, 1232, 1232, 4096, 0)
_UNKNOWN_OPTION: Final = b"\xfd\xe9\x00\x08"  # 65001: for local use (RFC 6891 section 9)


class AnyQuestion(NamedTuple):
    """A question of whoever is at *address*: the header behind the id, the section, the OPT.

    *opt* is the record without the length of its data and these, empty where there is none.
    """

    address: str
    header: bytes
    question: bytes
    opt: bytes
    options: bytes

    @property
    def room(self) -> int:
        """How long a datagram may be that answers it."""
        if not self.opt:
            return LEAST_SIZE
        return min(OWN_SIZE, max(LEAST_SIZE, int.from_bytes(self.opt[3:5])))

    def fast(self) -> bytes:
        """Return the message behind its id."""
        return self._message(self.question, self.options)

    def slow(self, random: Random) -> bytes:
        """Return it as nobody has sent it before."""
        options = self.options + _UNKNOWN_OPTION + random.randbytes(8)
        return self._message(mixed(self.question, random), options)

    def _message(self, question: bytes, options: bytes) -> bytes:
        if not self.opt:
            return self.header + question
        return self.header + question + self.opt + len(options).to_bytes(2) + options


def make_plan(random: Random, length: int) -> list[AnyQuestion]:
    """Return *length* questions of which each is to be asked again and again."""
    return [any_question(random, name) for name in _names(random, length)]


def any_question(random: Random, name: str) -> AnyQuestion:
    """Return a question about *name* in one of the many forms that there are."""
    [qtype] = random.choices(list(_TYPES), weights=list(_TYPES.values()))
    qclass = 3 if random.random() < 0.005 else 1
    question = from_text(name) + qtype.to_bytes(2) + qclass.to_bytes(2)
    if random.random() < 0.1:
        question = mixed(question, random)
    opt = b""
    if random.random() < 0.6:
        version = random.random() < 0.005
        is_dnssec = random.random() < 0.1
        size = random.choice(_SIZES).to_bytes(2)
        opt = b"\x00\x00\x29" + size + bytes([0, version, is_dnssec << 7, 0])
    flags = 0x0100 if random.random() < 0.98 else 0  # RD
    flags |= 0x20 if random.random() < 0.2 else 0  # AD
    flags |= 0x10 if random.random() < 0.05 else 0  # CD
    header = flags.to_bytes(2) + b"\x00\x01" + bytes(5) + bytes([bool(opt)])
    person = random.choice(PEOPLE)
    address = random.choice(person.addresses)
    return AnyQuestion(address, header, question, opt, random.choice(_OPTIONS) if opt else b"")


def fresh_name(random: Random) -> str:
    """Return a name that nobody has asked for."""
    return f"u{random.getrandbits(48):x}.fresh.example"


def mixed(question: bytes, random: Random) -> bytes:
    """Return a question section with letters of random case."""
    name, rest = question[:-4], question[-4:]
    bits = random.getrandbits(8 * len(name)).to_bytes(len(name))
    cased = bytes(
        each ^ 0x20 if each | 0x20 in _LETTERS and bit & 1 else each
        for each, bit in zip(name, bits, strict=True)
    )
    return cased + rest


_LETTERS: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz")


def _names(random: Random, length: int) -> list[str]:
    hot = [f"www{number}.hot{number % 40}.example" for number in range(HOT_NAMES)]
    weights = list(accumulate(1 / rank for rank in range(1, HOT_NAMES + 1)))
    blocked = [name for names in blocked_names().values() for name in names] + list(LISTED)
    special = [*HOUSE, *REVERSE, *CHECKED, *_shipped("lifelines"), *_shipped("essentials"), SCHOOL]
    zoo = [f"{name}.zoo.example" for name in ZOO]
    names = []
    for _ in range(length):
        draw = random.random()
        if draw < 0.6:
            names += random.choices(hot, cum_weights=weights)
        else:
            names.append(random.choice(blocked if draw < 0.75 else zoo if draw < 0.9 else special))
    return names


def _shipped(table: str) -> list[str]:
    lines = (SHIPPED / f"{table}.tsv").read_text().splitlines()
    names = [line.split("\t")[0] for line in lines if line and line[0].isalnum()]
    return [name for name in names if "*" not in name and "." in name][:12]
