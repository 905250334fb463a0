"""The anchors: what everybody knows of a category is in it, and nothing innocent is."""

from ipaddress import ip_network

import pytest

from filterdns.blocklists.catalog import Catalog, CatalogCategory, load_catalog
from filterdns.blocklists.pattern import LabelMatcher
from filterdns.dns.names import from_text, suffixes, to_text
from tests.support.starter_names import starter_names
from tests.support.well_known import well_known

CATALOG: Catalog = load_catalog()

# Their names change by the day, and none is well known.
WITHOUT_ANCHORS = {"private-relay", "malware", "phishing", "scam", "new-domains"}
# Few are known at all.
FEW = {"self-harm"}

every_category = pytest.mark.parametrize(
    "category", CATALOG.categories.values(), ids=lambda c: c.id
)


@every_category
def test_a_category_has_ten_anchors_or_a_reason_not_to(category: CatalogCategory) -> None:
    least = 0 if category.id in WITHOUT_ANCHORS else 5 if category.id in FEW else 10
    assert len(category.anchors) >= least
    assert (len(category.anchors) == 0) == (category.id in WITHOUT_ANCHORS)


@every_category
def test_anchors_stand_once_and_none_covers_another(category: CatalogCategory) -> None:
    names = set(category.anchors)
    assert len(names) == len(category.anchors)
    assert [to_text(name) for name in names if names.intersection(suffixes(name)[1:])] == []


@every_category
def test_a_starter_list_or_its_patterns_have_all_anchors(category: CatalogCategory) -> None:
    if category.starter is None:
        return
    listed = starter_names(category.starter)
    missing = [name for name in category.anchors if listed.isdisjoint(suffixes(name))]
    if category.patterns:
        matcher = LabelMatcher([(0, category.patterns)])
        missing = [name for name in missing if not matcher.claims(name)]
    assert [to_text(name) for name in missing] == []


@every_category
def test_no_name_of_a_starter_list_is_an_address(category: CatalogCategory) -> None:
    for name in starter_names(category.starter) if category.starter else ():
        with pytest.raises(ValueError, match="does not appear"):
            ip_network(to_text(name), strict=False)


@every_category
def test_no_anchor_covers_a_lifeline_an_essential_or_a_canary(category: CatalogCategory) -> None:
    anchors = set(category.anchors)
    innocent = {each.name for each in CATALOG.lifelines} | set(CATALOG.canaries)
    innocent |= {each.name for each in CATALOG.essentials}
    assert [to_text(name) for name in innocent if anchors.intersection(suffixes(name))] == []


def test_fifty_of_each_of_six_categories_are_well_known() -> None:
    assert {category: len(set(names)) for category, names in well_known().items()} == {
        "adult": 50,
        "gambling": 50,
        "dating": 50,
        "streaming": 50,
        "games": 50,
        "social": 50,
    }


@pytest.mark.parametrize("category", well_known())
def test_what_is_well_known_is_an_anchor_and_in_the_starter_list(category: str) -> None:
    names = {from_text(name) for name in well_known()[category]}
    assert [to_text(name) for name in names] == [to_text(from_text(to_text(n))) for n in names]
    assert names <= set(CATALOG.categories[category].anchors)
    starter = CATALOG.categories[category].starter
    assert starter is not None
    assert names <= starter_names(starter)
