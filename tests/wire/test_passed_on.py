"""What upstreams said as it leaves, byte by byte: header, question, TTLs, OPT, size."""

from tests.support.plane import BEDTIME, Plane
from tests.support.wire import OPT, OPT_DO, Golden, check, name_hex, table

WWW = name_hex("www.example.com")
QUESTION = f"{WWW} 0001 0001"
A_300 = "c00c 0001 0001 0000012c 0004 c0000201"  # 300 s, 192.0.2.1
LONG_TXT = "02ff" + "ff" + "61" * 255 + "ff" + "61" * 255 + "fe" + "61" * 254  # length, three texts


@table(
    Golden(
        "RFC 1035 section 4.1.1: id and RD of the client; RA; never AA",
        f"beef 0100 0001 0000 0000 0000 {QUESTION}",
        f"beef 8180 0001 0001 0000 0000 {QUESTION} {A_300}",
        upstream=f"0000 8580 0001 0001 0000 0000 {QUESTION} {A_300}",
    ),
    Golden(
        "RFC 1035 section 4.1.1: RD is copied, not assumed",
        f"1234 0000 0001 0000 0000 0000 {QUESTION}",
        f"1234 8080 0001 0001 0000 0000 {QUESTION} {A_300}",
        upstream=f"0000 8180 0001 0001 0000 0000 {QUESTION} {A_300}",
    ),
    Golden(
        "RFC 4035 section 3.2.2: CD is copied",
        f"1234 0110 0001 0000 0000 0000 {QUESTION}",
        f"1234 8190 0001 0001 0000 0000 {QUESTION} {A_300}",
        upstream=f"0000 8190 0001 0001 0000 0000 {QUESTION} {A_300}",
    ),
    Golden(
        "RFC 6840 section 5.8: AD for those who asked for it by AD",
        f"1234 0120 0001 0000 0000 0000 {QUESTION}",
        f"1234 81a0 0001 0001 0000 0000 {QUESTION} {A_300}",
        upstream=f"0000 81a0 0001 0001 0000 0000 {QUESTION} {A_300}",
    ),
    Golden(
        "RFC 6840 section 5.8: AD for those who asked for it by DO",
        f"1234 0100 0001 0000 0000 0001 {QUESTION} {OPT_DO}",
        f"1234 81a0 0001 0001 0000 0001 {QUESTION} {A_300} {OPT_DO}",
        upstream=f"0000 81a0 0001 0001 0000 0001 {QUESTION} {A_300} {OPT_DO}",
    ),
    Golden(
        "RFC 3225 section 3: DO is copied",
        f"1234 0100 0001 0000 0000 0001 {QUESTION} {OPT_DO}",
        f"1234 8180 0001 0001 0000 0001 {QUESTION} {A_300} {OPT_DO}",
        upstream=f"0000 8180 0001 0001 0000 0000 {QUESTION} {A_300}",
    ),
    Golden(
        "RFC 6840 section 5.8: no AD for those who did not ask",
        f"1234 0100 0001 0000 0000 0001 {QUESTION} {OPT}",
        f"1234 8180 0001 0001 0000 0001 {QUESTION} {A_300} {OPT}",
        upstream=f"0000 81a0 0001 0001 0000 0000 {QUESTION} {A_300}",
    ),
    Golden(
        "RFC 4343 section 4: the client's case comes back, pointers mean it",
        f"1234 0100 0001 0000 0000 0000 {name_hex('wWw.ExaMPLe.cOm')} 0001 0001",
        f"1234 8180 0001 0001 0000 0000 {name_hex('wWw.ExaMPLe.cOm')} 0001 0001 {A_300}",
        upstream=f"0000 8180 0001 0001 0000 0000 {QUESTION} {A_300}",
    ),
)
def test_header_and_question(golden: Golden) -> None:
    check(Plane(), golden._replace(name="www.example.com"))


@table(
    Golden(
        "RFC 1035 section 4.1.4: pointers into the question and into records stay true",
        f"1234 0100 0001 0000 0000 0000 {QUESTION}",
        f"""
        1234 8180 0001 0002 0001 0001 {QUESTION}
        c00c 0005 0001 00000064 0006 03 63646e c010    # www CNAME cdn.example.com, 100 s
        c02d 0001 0001 0000001e 0004 c0000202          # cdn A, 30 s
        c010 0002 0001 0000012c 0005 02 6e73 c010      # example.com NS ns.example.com, 300 s
        c04f 0001 0001 0000012c 0004 c0000203          # ns A, 300 s
        """,
        upstream=f"""
        0000 8180 0001 0002 0001 0002 {QUESTION}
        c00c 0005 0001 00000064 0006 03 63646e c010
        c02d 0001 0001 0000001e 0004 c0000202
        c010 0002 0001 00001c20 0005 02 6e73 c010      # 7200 s: more than the policy's max_ttl
        c04f 0001 0001 00001c20 0004 c0000203
        00 0029 1000 00 00 0000 0000                   # hop by hop
        """,
    ),
    Golden(
        "RFC 6891 section 6.1.1: OPT is hop by hop: our own, not the upstream's with its options",
        f"1234 0100 0001 0000 0000 0001 {QUESTION} 00 0029 1000 00 00 0000 000c"
        "000a 0008 0011223344556677",  # a cookie of the client's
        f"1234 8180 0001 0001 0000 0001 {QUESTION} {A_300} {OPT}",
        upstream=f"0000 8180 0001 0001 0000 0001 {QUESTION} {A_300} 00 0029 1000 00 00 0000 000c"
        "000a 0008 7766554433221100",
    ),
    Golden(
        "RFC 1035 section 3.2.1: TTLs run down in every section, not below 0",
        f"1234 0100 0001 0000 0000 0000 {QUESTION}",
        f"1234 8180 0001 0001 0001 0000 {QUESTION} c00c 0001 0001 000000c8 0004 c0000201"
        "c010 0002 0001 00000000 0005 02 6e73 c010",
        upstream=f"0000 8180 0001 0001 0001 0000 {QUESTION} {A_300}"
        "c010 0002 0001 00000032 0005 02 6e73 c010",
        seconds=100,
    ),
    Golden(
        "RFC 2181 section 8: a TTL with its highest bit set is 0",
        f"1234 0100 0001 0000 0000 0000 {QUESTION}",
        f"1234 8180 0001 0001 0000 0000 {QUESTION} c00c 0001 0001 00000000 0004 c0000201",
        upstream=f"0000 8180 0001 0001 0000 0000 {QUESTION} c00c 0001 0001 80000000 0004 c0000201",
    ),
    Golden(
        "RFC 2308 section 5: a negative answer lasts for the lesser of the SOA's TTL and MINIMUM",
        f"1234 0100 0001 0000 0000 0000 {QUESTION}",
        f"1234 8183 0001 0000 0001 0000 {QUESTION} c010 0006 0001 0000003c 0016 00 00"
        "00000001 00000002 00000003 00000004 0000003c",
        upstream=f"0000 8183 0001 0000 0001 0000 {QUESTION} c010 0006 0001 00000e10 0016 00 00"
        "00000001 00000002 00000003 00000004 0000003c",
    ),
)
def test_records(golden: Golden) -> None:
    check(Plane(), golden._replace(name="www.example.com"))


@table(
    Golden(
        "RFC 1035 section 3.2.1: one minute before bedtime an hour is less than a minute",
        f"1234 0100 0001 0000 0000 0000 {QUESTION}",
        f"1234 8180 0001 0001 0000 0000 {QUESTION} c00c 0001 0001 0000003b 0004 c0000201",
        upstream=f"0000 8180 0001 0001 0000 0000 {QUESTION} c00c 0001 0001 00000e10 0004 c0000201",
    ),
)
def test_shortly_before_a_change(golden: Golden) -> None:
    check(Plane(now=BEDTIME - 60), golden._replace(name="www.example.com"))


@table(
    Golden(
        "RFC 2181 section 9: TC where an answer does not fit into 512 bytes",
        f"1234 0100 0001 0000 0000 0000 {QUESTION}",
        f"1234 8380 0001 0001 0000 0000 {QUESTION} {A_300}",
        upstream=f"0000 8180 0001 0002 0000 0000 {QUESTION} {A_300}"
        f"c00c 0010 0001 0000012c {LONG_TXT}",
    ),
    Golden(
        "RFC 6891 section 6.2.3: an OPT record that says less than 512 says 512",
        f"1234 0100 0001 0000 0000 0001 {QUESTION} 00 0029 0040 00 00 0000 0000",
        f"1234 8380 0001 0001 0000 0001 {QUESTION} {A_300} {OPT}",
        upstream=f"0000 8180 0001 0002 0000 0000 {QUESTION} {A_300}"
        f"c00c 0010 0001 0000012c {LONG_TXT}",
    ),
    Golden(
        "RFC 2181 section 9: no TC where only additional records do not fit",
        f"1234 0100 0001 0000 0000 0000 {QUESTION}",
        f"1234 8180 0001 0001 0000 0000 {QUESTION} {A_300}",
        upstream=f"0000 8180 0001 0001 0000 0001 {QUESTION} {A_300}"
        f"c00c 0010 0001 0000012c {LONG_TXT}",
    ),
    Golden(
        "RFC 6891 section 6.2.5: what fits into the client's size comes whole",
        f"1234 0100 0001 0000 0000 0001 {QUESTION} {OPT}",
        f"1234 8180 0001 0002 0000 0001 {QUESTION} {A_300}c00c 0010 0001 0000012c {LONG_TXT} {OPT}",
        upstream=f"0000 8180 0001 0002 0000 0000 {QUESTION} {A_300}"
        f"c00c 0010 0001 0000012c {LONG_TXT}",
    ),
)
def test_size(golden: Golden) -> None:
    check(Plane(), golden._replace(name="www.example.com"))


@table(
    Golden(
        "RFC 8914 section 4.23: an upstream's REFUSED becomes SERVFAIL, No Reachable Authority",
        f"1234 0100 0001 0000 0000 0001 {QUESTION} {OPT}",
        f"1234 8182 0001 0000 0000 0001 {QUESTION} 00 0029 04d0 00 00 0000 0006 000f 0002 0016",
        upstream=f"0000 8185 0001 0000 0000 0000 {QUESTION}",
    ),
    Golden(
        "RFC 8914 section 4.24: an answer that breaks off becomes SERVFAIL, Network Error",
        f"1234 0100 0001 0000 0000 0001 {QUESTION} {OPT}",
        f"1234 8182 0001 0000 0000 0001 {QUESTION} 00 0029 04d0 00 00 0000 0006 000f 0002 0017",
        upstream=f"0000 8180 0001 0001 0000 0000 {QUESTION} c00c 0001 0001",
    ),
)
def test_failures(golden: Golden) -> None:
    check(Plane(), golden._replace(name="www.example.com"))
