"""Numbers of the DNS protocol under their names, each with its source.

Plain integers, because they are compared with bytes from the network on the hot path.
"""

from typing import Final

# Types (RFC 1035 section 3.2.2 unless said).
A: Final = 1
NS: Final = 2
CNAME: Final = 5
SOA: Final = 6
PTR: Final = 12
HINFO: Final = 13
MX: Final = 15
TXT: Final = 16
AAAA: Final = 28  # RFC 3596 section 2.1
SRV: Final = 33  # RFC 2782
NAPTR: Final = 35  # RFC 3403
DNAME: Final = 39  # RFC 6672 section 2.1
OPT: Final = 41  # RFC 6891 section 6.1.1
DS: Final = 43  # RFC 4034 section 5
RRSIG: Final = 46  # RFC 4034 section 3
NSEC: Final = 47  # RFC 4034 section 4
DNSKEY: Final = 48  # RFC 4034 section 2
NSEC3: Final = 50  # RFC 5155 section 3
SVCB: Final = 64  # RFC 9460 section 14.1
HTTPS: Final = 65  # RFC 9460 section 14.1
TSIG: Final = 250  # RFC 8945 section 4.2
IXFR: Final = 251  # RFC 1995
AXFR: Final = 252  # RFC 5936
ANY: Final = 255  # RFC 1035 section 3.2.3
CAA: Final = 257  # RFC 8659 section 4.1

# Classes (RFC 1035 section 3.2.4).
IN: Final = 1

# Response codes (RFC 1035 section 4.1.1; BADVERS RFC 6891 section 6.1.3).
NOERROR: Final = 0
FORMERR: Final = 1
SERVFAIL: Final = 2
NXDOMAIN: Final = 3
NOTIMP: Final = 4
REFUSED: Final = 5
BADVERS: Final = 16

# Header flags (RFC 1035 section 4.1.1; AD and CD RFC 4035 section 3.2).
QR: Final = 0x8000
AA: Final = 0x0400
TC: Final = 0x0200
RD: Final = 0x0100
RA: Final = 0x0080
AD: Final = 0x0020
CD: Final = 0x0010
OPCODE_MASK: Final = 0x7800
RCODE_MASK: Final = 0x000F

# EDNS (RFC 6891 section 6.1.2 to 6.1.4).
# What forwarders put in: no number of IANA's, but what dnsmasq, unbound and others have agreed on.
EDNS_MAC: Final = 65001  # six bytes: `add-mac`
EDNS_DEVICE_ID: Final = 65073  # text: `add-mac=text`, `add-mac=base64`
EDNS_EDE: Final = 15  # option code, RFC 8914 section 2
DO: Final = 0x8000  # in the flags of the OPT record, RFC 3225

# Extended DNS errors (RFC 8914 section 4).
EDE_FORGED_ANSWER: Final = 4
EDE_NOT_READY: Final = 14
EDE_BLOCKED: Final = 15
EDE_PROHIBITED: Final = 18
EDE_NO_REACHABLE_AUTHORITY: Final = 22
EDE_NETWORK_ERROR: Final = 23

TYPE_BY_TEXT: Final = {
    "A": A, "NS": NS, "CNAME": CNAME, "SOA": SOA, "PTR": PTR, "MX": MX, "TXT": TXT, "AAAA": AAAA,
    "SRV": SRV, "NAPTR": NAPTR, "DNAME": DNAME, "DS": DS, "RRSIG": RRSIG, "NSEC": NSEC,
    "DNSKEY": DNSKEY, "NSEC3": NSEC3, "SVCB": SVCB, "HTTPS": HTTPS, "ANY": ANY,
    "CAA": CAA,
}  # fmt: skip
