"""What filterdns answers by itself, byte by byte: local names, refusals, errors, silence."""

from tests.support.plane import Plane
from tests.support.wire import OPT, SOA, SOA_LENGTH, Golden, check, name_hex, table

QUESTION = f"{name_hex('a.example')} 0001 0001"
ASKED = f"1234 0100 0001 0000 0000 0000 {QUESTION}"
FORMERR = "1234 8181 0000 0000 0000 0000"


@table(
    Golden(
        "RFC 6761 section 6.3: localhost is at home",
        f"1234 0100 0001 0000 0000 0000 {name_hex('localhost')} 0001 0001",
        f"1234 8180 0001 0001 0000 0000 {name_hex('localhost')} 0001 0001"
        "c00c 0001 0001 0000012c 0004 7f000001",
    ),
    Golden(
        "RFC 7686 section 2: nothing below onion is asked about",
        f"1234 0100 0001 0000 0000 0000 {name_hex('a.onion')} 0001 0001",
        f"1234 8183 0001 0000 0001 0000 {name_hex('a.onion')} 0001 0001"
        f"c00c 0006 0001 0000012c {SOA_LENGTH} {SOA} 0000012c",
    ),
    Golden(
        "RFC 1035 section 3.5: the address of a host of ours points back to it",
        f"1234 0100 0001 0000 0000 0000 {name_hex('40.1.168.192.in-addr.arpa')} 000c 0001",
        f"1234 8180 0001 0001 0000 0000 {name_hex('40.1.168.192.in-addr.arpa')} 000c 0001"
        f"c00c 000c 0001 0000012c 000e {name_hex('printer.home')}",
    ),
    Golden(
        "RFC 9462 section 4: no designated resolver but us",
        f"1234 0100 0001 0000 0000 0000 {name_hex('_dns.resolver.arpa')} 0040 0001",
        f"1234 8180 0001 0000 0001 0000 {name_hex('_dns.resolver.arpa')} 0040 0001"
        f"c00c 0006 0001 0000012c {SOA_LENGTH} {SOA} 0000012c",
    ),
    Golden(
        "RFC 8482 section 4.2: ANY gets one HINFO record",
        f"1234 0100 0001 0000 0000 0000 {name_hex('a.example')} 00ff 0001",
        f"1234 8180 0001 0001 0000 0000 {name_hex('a.example')} 00ff 0001"
        "c00c 000d 0001 0000012c 0009 07 52464338343832 00",
    ),
)
def test_names_of_the_house(golden: Golden) -> None:
    check(Plane(), golden)


@table(
    Golden(
        "RFC 1035 section 4.1.1: another class is refused",
        f"1234 0100 0001 0000 0000 0000 {name_hex('version.bind')} 0010 0003",
        f"1234 8185 0001 0000 0000 0000 {name_hex('version.bind')} 0010 0003",
    ),
    Golden(
        "RFC 5936 section 2.2.1: a zone transfer is refused",
        f"1234 0100 0001 0000 0000 0000 {name_hex('a.example')} 00fc 0001",
        f"1234 8185 0001 0000 0000 0000 {name_hex('a.example')} 00fc 0001",
    ),
    Golden(
        "RFC 6891 section 6.1.3: BADVERS is 16, its high bits in our OPT record of version 0",
        f"1234 0100 0001 0000 0000 0001 {QUESTION} 00 0029 04d0 00 01 0000 0000",
        f"1234 8180 0001 0000 0000 0001 {QUESTION} 00 0029 04d0 01 00 0000 0000",
    ),
    Golden(
        "RFC 1035 section 4.1.1: NOTIMP for other operations, the opcode copied",
        f"1234 2800 0001 0000 0000 0000 {QUESTION}",
        "1234 a884 0000 0000 0000 0000",
    ),
)
def test_refusals(golden: Golden) -> None:
    check(Plane(), golden)


@table(
    Golden(
        "RFC 8914 section 4.19: Prohibited, for those who may not ask",
        f"1234 0100 0001 0000 0000 0001 {QUESTION} {OPT}",
        f"""
        1234 8185 0001 0000 0000 0001 {QUESTION}
        00 0029 04d0 00 00 0000 0023 000f 001f 0012    # "This network may not ask here"
        54686973206e6574776f726b 206d6179206e6f742061736b2068657265
        """,
    ),
)
def test_strangers(golden: Golden) -> None:
    check(Plane(allow_clients=[]), golden)


@table(
    Golden("RFC 1035 section 4.1.2: no question", "1234 0100 0000 0000 0000 0000", FORMERR),
    Golden(
        "RFC 9619 section 4: two questions",
        f"1234 0100 0002 0000 0000 0000 {QUESTION} {QUESTION}",
        FORMERR,
    ),
    Golden(
        "RFC 1035 section 4.1.4: a pointer in the first name points nowhere",
        "1234 0100 0001 0000 0000 0000 c00c 0001 0001",
        FORMERR,
    ),
    Golden(
        "RFC 1035 section 2.3.4: a name over 255 bytes",
        f"1234 0100 0001 0000 0000 0000 {('3f' + '61' * 63) * 4}00 0001 0001",
        FORMERR,
    ),
    Golden(
        "RFC 6891 section 6.1.1: two OPT records",
        f"1234 0100 0001 0000 0000 0002 {QUESTION} {OPT} {OPT}",
        FORMERR,
    ),
    Golden(
        "RFC 6891 section 6.1.2: an OPT record with an owner",
        f"1234 0100 0001 0000 0000 0001 {QUESTION} 0161 {OPT}",
        FORMERR,
    ),
    Golden("RFC 1035 section 4.1.2: half a question", ASKED[:-4], FORMERR),
    Golden("RFC 1035 section 4.1.1: half a header", "1234 0100 0001 0000 0000", ""),
    Golden(
        "RFC 1035 section 4.1.1: a response, which nobody may answer",
        f"1234 8180 0001 0000 0000 0000 {QUESTION}",
        "",
    ),
)
def test_malformed(golden: Golden) -> None:
    check(Plane(), golden)
