"""The numbers are those that another implementation knows under the same names."""

import pytest
from dnslib import QTYPE, RCODE

from filterdns.dns import codes

RESPONSE_CODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")


@pytest.mark.parametrize("text", sorted(codes.TYPE_BY_TEXT))
def test_a_type_has_its_number(text: str) -> None:
    assert codes.TYPE_BY_TEXT[text] == getattr(codes, text) == getattr(QTYPE, text)


@pytest.mark.parametrize("name", RESPONSE_CODES)
def test_a_response_code_has_its_number(name: str) -> None:
    assert getattr(codes, name) == getattr(RCODE, name)


def test_the_flags_of_a_header_do_not_overlap() -> None:
    flags = [codes.QR, codes.AA, codes.TC, codes.RD, codes.RA, codes.AD, codes.CD]
    fields = [codes.OPCODE_MASK, codes.RCODE_MASK]
    assert sum(flags + fields) == 0xFFFF & ~0x0040  # bit 9 is reserved, RFC 1035 section 4.1.1
