from pathlib import Path

from filterdns.blocklists.job import SourceSpec
from filterdns.control.fed_lists import FedLists
from filterdns.dns import codes
from filterdns.dns.names import from_text, suffixes
from tests.support.households import DictionaryClaims

LISTS = DictionaryClaims({"bet.example": ["gambling"]})


def test_a_category_counts_as_listed_once_a_source_feeds_it() -> None:
    lists = FedLists(LISTS, [SourceSpec("malware", "web", Path("never-read"))])
    assert lists.categories == {"gambling", "malware"}


def test_a_sealed_source_feeds_no_category() -> None:
    lists = FedLists(LISTS, [SourceSpec("malware", "web", Path("never-read"), is_sealed=True)])
    assert lists.categories == {"gambling"}


def test_names_are_claimed_as_the_lists_claim_them() -> None:
    lists = FedLists(LISTS, [])
    above = suffixes(from_text("www.bet.example"))
    assert lists.claims(above, codes.A) == [(2, frozenset({"gambling"}))]


def test_addresses_are_listed_as_the_lists_list_them() -> None:
    lists = FedLists(DictionaryClaims({}, {"192.0.2.1": ["doh"]}), [])
    assert lists.address_categories == {"doh"}
    assert lists.categories_of(bytes([192, 0, 2, 1])) == {"doh"}
