"""What no sealed list may close: digests of all names above what has to stay open."""

import pytest

from filterdns.blocklists.catalog import load_catalog
from filterdns.blocklists.guards.entries import Why
from filterdns.blocklists.guards.sealed_entries import refused_digests
from filterdns.dns.names import suffixes, to_text
from tests.support.sealing import digest

CATALOG = load_catalog()
REFUSED = refused_digests(CATALOG)


def test_every_name_at_or_above_a_lifeline_is_refused() -> None:
    above = {name for lifeline in CATALOG.lifelines for name in suffixes(lifeline.name)}
    assert {REFUSED[digest(to_text(name))] for name in above} == {Why.LIFELINE}


def test_essentials_and_canaries_are_refused() -> None:
    assert all(digest(to_text(each.name)) in REFUSED for each in CATALOG.essentials)
    assert all(digest(to_text(name)) in REFUSED for name in CATALOG.canaries)


@pytest.mark.parametrize("name", ["github.io", "blogspot.com", "herokuapp.com"])
def test_public_suffixes_are_refused(name: str) -> None:
    assert REFUSED[digest(name)] is Why.SUFFIX


@pytest.mark.parametrize(
    "name", ["bad.github.io", "sealed-names.example", "www.childline.org.uk.x"]
)
def test_other_names_are_not(name: str) -> None:
    assert digest(name) not in REFUSED
