"""What a child's device gets for a locked engine, byte by byte: the alias, then the safe twin's."""

from dataclasses import replace

from tests.support.households import ADULTS, CHILD, family, safe
from tests.support.plane import Plane
from tests.support.wire import OPT, OPT_DO, SOA, SOA_LENGTH, Golden, check, name_hex, table

FORCED = "forcesafesearch.google.com"
POOL = name_hex("pool.google.com")
GOOGLE, TARGET = name_hex("www.google.com"), name_hex(FORCED)
QUESTION, ASKED_INSTEAD = f"{GOOGLE} 0001 0001", f"{TARGET} 0001 0001"
A_200 = "0001 0001 000000c8 0004 c0000201"  # 200 s, 192.0.2.1
ALIAS_200 = f"c00c 0005 0001 000000c8 001c {TARGET}"  # www.google.com CNAME the twin, 200 s
SAID = f"0000 81a0 0001 0001 0000 0000 {ASKED_INSTEAD} c00c {A_200}"  # and authentic, by the AD bit


def plane() -> Plane:
    child = replace(CHILD, safe_search=safe(search="strict"))
    return Plane(family(policies={"child": child, "adults": ADULTS}))


@table(
    Golden(
        "RFC 1034 section 3.6.2: the alias comes first; the question is the client's own",
        f"beef 0100 0001 0000 0000 0000 {QUESTION}",
        f"beef 8180 0001 0002 0000 0000 {QUESTION} {ALIAS_200} {TARGET} {A_200}",
        upstream=SAID,
    ),
    Golden(
        "RFC 4343 section 4: the client's case comes back",
        f"beef 0100 0001 0000 0000 0000 {name_hex('wWw.GooGLe.cOm')} 0001 0001",
        f"beef 8180 0001 0002 0000 0000 {name_hex('wWw.GooGLe.cOm')} 0001 0001"
        f"{ALIAS_200} {TARGET} {A_200}",
        upstream=SAID,
    ),
    Golden(
        "RFC 6840 section 5.8: the alias is ours, so nothing is authentic; RFC 8914: no error",
        f"beef 0110 0001 0000 0000 0001 {QUESTION} {OPT_DO}",
        f"beef 8190 0001 0002 0000 0001 {QUESTION} {ALIAS_200} {TARGET} {A_200} {OPT_DO}",
        upstream=SAID,
    ),
    Golden(
        "RFC 1035 section 3.2.1: both run down together",
        f"beef 0100 0001 0000 0000 0000 {QUESTION}",
        f"beef 8180 0001 0002 0000 0000 {QUESTION}"
        f"{ALIAS_200.replace('c8', '64', 1)} {TARGET} {A_200.replace('c8', '64')}",
        upstream=SAID,
        seconds=100,
    ),
    Golden(
        "RFC 1035 section 4.1.4: what points into the twin's question is written out",
        f"beef 0100 0001 0000 0000 0000 {QUESTION}",
        f"beef 8180 0001 0003 0000 0000 {QUESTION} {ALIAS_200}"
        f"{TARGET} 0005 0001 000000c8 0011 {POOL} {POOL} {A_200}",
        upstream=f"0000 8180 0001 0002 0000 0000 {ASKED_INSTEAD}"
        "c00c 0005 0001 000000c8 0007 04 706f6f6c c01c"  # CNAME pool.google.com
        f"c038 {A_200}",
    ),
)
def test_addresses(golden: Golden) -> None:
    check(plane(), golden._replace(name=FORCED))


@table(
    Golden(
        "RFC 2308 section 2.2: the twin has no AAAA: the alias, and the proof",
        f"beef 0100 0001 0000 0000 0000 {GOOGLE} 001c 0001",
        f"beef 8180 0001 0001 0001 0000 {GOOGLE} 001c 0001"
        f"c00c 0005 0001 0000003c 001c {TARGET}"
        f"{name_hex('google.com')} 0006 0001 0000003c 0016 00 00"
        "00000001 00000002 00000003 00000004 0000003c",
        upstream=f"0000 8180 0001 0000 0001 0000 {TARGET} 001c 0001"
        "c01c 0006 0001 0000003c 0016 00 00 00000001 00000002 00000003 00000004 0000003c",
        qtype="AAAA",
    ),
)
def test_a_twin_without_such_an_address(golden: Golden) -> None:
    check(plane(), golden._replace(name=FORCED))


@table(
    Golden(
        "RFC 9460 section 7.3: no hint of the engine's own addresses: NODATA, without a reason",
        f"beef 0100 0001 0000 0000 0001 {GOOGLE} 0041 0001 {OPT}",
        f"beef 8180 0001 0000 0001 0001 {GOOGLE} 0041 0001"
        f"c00c 0006 0001 0000012c {SOA_LENGTH} {SOA} 0000012c {OPT}",
    ),
    Golden(
        "RFC 1034 section 3.6.2: whoever asks for the alias gets it",
        f"beef 0100 0001 0000 0000 0001 {GOOGLE} 0005 0001 {OPT}",
        f"beef 8180 0001 0001 0000 0001 {GOOGLE} 0005 0001"
        f"c00c 0005 0001 0000012c 001c {TARGET} {OPT}",
    ),
)
def test_other_types(golden: Golden) -> None:
    check(plane(), golden)


@table(
    Golden(
        "RFC 2181 section 9: TC behind a whole record: ten of 40 addresses fit into 512 bytes",
        f"beef 0100 0001 0000 0000 0000 {QUESTION}",
        f"beef 8380 0001 000b 0000 0000 {QUESTION} {ALIAS_200}" + f"{TARGET} {A_200}" * 10,
        upstream=f"0000 8180 0001 0028 0000 0000 {ASKED_INSTEAD}" + f"c00c {A_200}" * 40,
    ),
)
def test_size(golden: Golden) -> None:
    check(plane(), golden._replace(name=FORCED))
