"""Our own OPT record (RFC 6891 section 6.1) and the extended errors in it (RFC 8914).

OPT is hop by hop: nothing of the upstream's leaves, nothing of the client's goes up.
"""

from struct import Struct
from typing import Final

from filterdns.dns import codes
from filterdns.dns.question import DATAGRAM_SIZE, Edns

MAX_TEXT_LENGTH: Final = 120  # bytes of an extended error's text: a sentence, not a page

Errors = tuple[tuple[int, str], ...]


def opt_record(asked: Edns | None, errors: Errors = (), extended_rcode: int = 0) -> bytes:
    """Return the OPT record of an answer, empty if the query had none.

    DO is copied (RFC 3225 section 3). *errors* are (code, text) of extended errors, in that order
    (RFC 8914 section 2); texts are cut at a character boundary.
    """
    if asked is None:
        return b""
    if not errors and not extended_rcode:
        return _BARE_DO if asked.dnssec_ok else _BARE
    options = b"".join(_extended_error(code, text) for code, text in errors)
    ttl = extended_rcode << 24 | (codes.DO if asked.dnssec_ok else 0)
    return _OPT(0, codes.OPT, DATAGRAM_SIZE, ttl, len(options)) + options


def _extended_error(code: int, text: str) -> bytes:
    cut = text.encode("utf-8")[:MAX_TEXT_LENGTH].decode("utf-8", "ignore").encode("utf-8")
    return _EDE(codes.EDNS_EDE, 2 + len(cut), code) + cut


_OPT: Final = Struct("!BHHIH").pack  # root name, type, our payload size, flags, length
_EDE: Final = Struct("!HHH").pack
_BARE: Final = _OPT(0, codes.OPT, DATAGRAM_SIZE, 0, 0)
_BARE_DO: Final = _OPT(0, codes.OPT, DATAGRAM_SIZE, codes.DO, 0)
