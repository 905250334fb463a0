"""What a child's device gets for a blocked name, byte by byte, in each mode of answer."""

from dataclasses import replace

from filterdns.policy.ruleset import Ruleset
from filterdns.policy.verdict import AnswerMode
from tests.support.households import ADULTS, CHILD, family, selection
from tests.support.plane import BEDTIME, NIGHT, Plane
from tests.support.wire import OPT, SOA, SOA_LENGTH, Golden, check, name_hex, table

CASINO = name_hex("casino.example")
GAMBLING = "426c6f636b65643a 20 67616d626c696e67"  # "Blocked: gambling"
EDE_FORGED = "000f 0002 0004"
EDE_BLOCKED = f"000f 0013 000f {GAMBLING}"


def asked(question: str, opt: str = OPT) -> str:
    return f"1234 0100 0001 0000 0000 000{1 if opt else 0} {question} {opt}"


def answering(mode: AnswerMode) -> Ruleset:
    return family(policies={"child": replace(CHILD, answer=mode), "adults": ADULTS})


@table(
    Golden(
        "RFC 8914 section 4.5: Forged Answer first, then Blocked",
        asked(f"{CASINO} 0001 0001"),
        f"""
        1234 8180 0001 0001 0000 0001               # QR RD RA, not AA
        {CASINO} 0001 0001
        c00c 0001 0001 0000001e 0004 00000000       # A, 30 s, 0.0.0.0
        00 0029 04d0 00 00 0000 001d {EDE_FORGED} {EDE_BLOCKED}
        """,
    ),
    Golden(
        "RFC 3596 section 2.2: AAAA, sixteen zero bytes",
        asked(f"{CASINO} 001c 0001"),
        f"""
        1234 8180 0001 0001 0000 0001
        {CASINO} 001c 0001
        c00c 001c 0001 0000001e 0010 00000000 00000000 00000000 00000000
        00 0029 04d0 00 00 0000 001d {EDE_FORGED} {EDE_BLOCKED}
        """,
    ),
    Golden(
        "RFC 6891 section 7: no OPT record for those who sent none",
        asked(f"{CASINO} 0001 0001", opt=""),
        f"""
        1234 8180 0001 0001 0000 0000
        {CASINO} 0001 0001
        c00c 0001 0001 0000001e 0004 00000000
        """,
    ),
    Golden(
        "RFC 2308 section 2.2: MX, NODATA with an SOA record; nothing is forged",
        asked(f"{CASINO} 000f 0001"),
        f"""
        1234 8180 0001 0000 0001 0001
        {CASINO} 000f 0001
        c00c 0006 0001 0000001e {SOA_LENGTH} {SOA} 0000001e
        00 0029 04d0 00 00 0000 0017 {EDE_BLOCKED}
        """,
    ),
    Golden(
        "RFC 9460 section 9: HTTPS, NODATA, so that no client takes another port or protocol",
        asked(f"{CASINO} 0041 0001", opt=""),
        f"""
        1234 8180 0001 0000 0001 0000
        {CASINO} 0041 0001
        c00c 0006 0001 0000001e {SOA_LENGTH} {SOA} 0000001e
        """,
    ),
)
def test_zero_ip(golden: Golden) -> None:
    check(Plane(answering(AnswerMode.ZERO_IP)), golden)


@table(
    Golden(
        "RFC 2308 section 2.1: NXDOMAIN, the SOA record at the listed name",
        asked(f"{name_hex('www.casino.example')} 0001 0001"),
        f"""
        1234 8183 0001 0000 0001 0001
        {name_hex("www.casino.example")} 0001 0001
        c010 0006 0001 0000001e {SOA_LENGTH} {SOA} 0000001e
        00 0029 04d0 00 00 0000 0017 {EDE_BLOCKED}
        """,
    ),
    Golden(
        "RFC 1035 section 4.1.1: the same for every type",
        asked(f"{CASINO} 000f 0001", opt=""),
        f"""
        1234 8183 0001 0000 0001 0000
        {CASINO} 000f 0001
        c00c 0006 0001 0000001e {SOA_LENGTH} {SOA} 0000001e
        """,
    ),
    Golden(
        "RFC 8020 section 2: NODATA above a name that is open (fair.play.example)",
        asked(f"{name_hex('play.example')} 0001 0001", opt=""),
        f"""
        1234 8180 0001 0000 0001 0000
        {name_hex("play.example")} 0001 0001
        c00c 0006 0001 0000001e {SOA_LENGTH} {SOA} 0000001e
        """,
    ),
)
def test_nxdomain(golden: Golden) -> None:
    child = replace(
        CHILD,
        answer=AnswerMode.NXDOMAIN,
        block=selection("gambling", "games"),
        allow=selection("fair.play.example"),
    )
    check(Plane(family(policies={"child": child, "adults": ADULTS})), golden)


@table(
    Golden(
        "RFC 2308 section 2.2: NODATA with an SOA record",
        asked(f"{CASINO} 0001 0001"),
        f"""
        1234 8180 0001 0000 0001 0001
        {CASINO} 0001 0001
        c00c 0006 0001 0000001e {SOA_LENGTH} {SOA} 0000001e
        00 0029 04d0 00 00 0000 0017 {EDE_BLOCKED}
        """,
    ),
)
def test_nodata(golden: Golden) -> None:
    check(Plane(answering(AnswerMode.NODATA)), golden)


@table(
    Golden(
        "RFC 2308 section 5: the TTL ends with the policy, ten seconds before bedtime",
        asked(f"{CASINO} 0010 0001", opt=""),
        f"""
        1234 8180 0001 0000 0001 0000
        {CASINO} 0010 0001
        c00c 0006 0001 00000009 {SOA_LENGTH} {SOA} 00000009
        """,
    ),
)
def test_shortly_before_a_change(golden: Golden) -> None:
    check(Plane(now=BEDTIME - 10), golden)


@table(
    Golden(
        "RFC 8914 section 2: the words of bedtime, in UTF-8",
        asked(f"{name_hex('example.com')} 0001 0001"),
        f"""
        1234 8180 0001 0001 0000 0001
        {name_hex("example.com")} 0001 0001
        c00c 0001 0001 0000001e 0004 00000000
        00 0029 04d0 00 00 0000 001f {EDE_FORGED}
        000f 0015 000f 42656474696d6520 756e74696c20 30383a3030   # "Bedtime until 08:00"
        """,
    ),
    Golden(
        "Mozilla's canary name: NXDOMAIN, never an address",
        asked(f"{name_hex('use-application-dns.net')} 0001 0001", opt=""),
        f"""
        1234 8183 0001 0000 0001 0000
        {name_hex("use-application-dns.net")} 0001 0001
        c00c 0006 0001 0000001e {SOA_LENGTH} {SOA} 0000001e
        """,
    ),
)
def test_at_night(golden: Golden) -> None:
    check(Plane(now=NIGHT), golden)


@table(
    Golden(
        "RFC 8914 section 4.15: Not Ready while a list is missing",
        asked(f"{name_hex('example.com')} 0001 0001"),
        f"""
        1234 8180 0001 0000 0001 0001
        {name_hex("example.com")} 0001 0001
        c00c 0006 0001 00000005 {SOA_LENGTH} {SOA} 00000005
        00 0029 04d0 00 00 0000 001c
        000f 0018 000e 4c697374732061726520 6265696e67206c6f61646564   # "Lists are being loaded"
        """,
    ),
)
def test_while_a_list_is_missing(golden: Golden) -> None:
    child = replace(CHILD, block=selection("hate"))
    ruleset = family(policies={"child": child, "adults": ADULTS}, pending={"hate": NIGHT})
    check(Plane(ruleset), golden)
