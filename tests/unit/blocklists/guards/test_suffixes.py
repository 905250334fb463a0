"""Public suffixes, of registries and of platforms."""

from filterdns.blocklists.guards.suffixes import public_suffixes
from filterdns.dns.names import from_text


def test_suffixes_of_both_kinds_are_there_and_names_below_are_not() -> None:
    found = public_suffixes()
    assert len(found) > 8_000
    for suffix in ("com", "co.uk", "gob.mx", "bologna.it", "tochigi.jp", "blogspot.com", "sex.hu"):
        assert from_text(suffix) in found
    for name in ("example.com", "bbc.co.uk", "googlecom.mm", "mm.mm"):
        assert from_text(name) not in found
