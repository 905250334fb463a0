"""Our own OPT record."""

from filterdns.dns import codes
from filterdns.dns.edns import MAX_TEXT_LENGTH, opt_record
from filterdns.dns.question import Edns

PLAIN = Edns(4096, 0, dnssec_ok=False, has_options=True)


def test_there_is_none_without_one_in_the_query() -> None:
    assert opt_record(None, ((codes.EDE_BLOCKED, "gambling"),)) == b""


def test_nothing_of_the_clients_options_comes_back() -> None:
    assert opt_record(PLAIN) == bytes.fromhex("00 0029 04d0 00 00 0000 0000")


def test_do_is_copied() -> None:
    assert opt_record(PLAIN._replace(dnssec_ok=True)) == bytes.fromhex(
        "00 0029 04d0 00 00 8000 0000"
    )


def test_errors_stand_in_their_order() -> None:
    """RFC 8914 section 2."""
    record = opt_record(PLAIN, ((codes.EDE_FORGED_ANSWER, ""), (codes.EDE_BLOCKED, "no")))
    assert record[9:] == bytes.fromhex("000e 000f0002 0004 000f0004 000f") + b"no"


def test_a_long_text_is_cut_between_characters() -> None:
    record = opt_record(PLAIN, ((codes.EDE_BLOCKED, "ä" * 100),))
    text = record[17:]
    assert len(text) == MAX_TEXT_LENGTH
    assert text.decode() == "ä" * (MAX_TEXT_LENGTH // 2)
