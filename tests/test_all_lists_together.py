"""All real lists of the pack at once, under all guards: what has to stay open does, and what not.

Each list comes twice: first without its popular names, as a last good copy, then whole. So the
guards see every popular name come new.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Final, NamedTuple

import pytest

from bench.all_lists import POPULAR, unpacked
from filterdns.blocklists.build import build_index
from filterdns.blocklists.catalog import load_catalog
from filterdns.blocklists.guards.popular import read_popular
from filterdns.blocklists.guards.settings import GuardSettings
from filterdns.blocklists.index import Index
from filterdns.blocklists.job import STARTER, BuildReport, SourceSpec
from filterdns.dns import codes
from filterdns.dns.names import from_text, suffixes, to_text
from tests.support.pack import has_pack
from tests.support.well_known import well_known

CATALOG: Final = load_catalog()
LOCKED: Final = tuple(each.id for each in CATALOG.categories.values() if each.is_locked)
MANDATORY: Final = ("adult", "gambling", "dating", "pro-anorexia")

pytestmark = [
    pytest.mark.skipif(not has_pack(), reason="the pack of public lists is not there"),
    pytest.mark.timeout(600),
]


class Together(NamedTuple):
    """The open index of all lists, and what was told of each."""

    lists: Index
    report: BuildReport

    def categories(self, name: bytes) -> set[str]:
        claims = self.lists.claims(suffixes(name), codes.A)
        return {category for _, categories in claims for category in categories}


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Together]:
    folder = tmp_path_factory.mktemp("together")
    popular = {to_text(name).encode() for name in read_popular(POPULAR)}
    specs = [
        SourceSpec(category.id, STARTER, category.starter)
        for category in CATALOG.categories.values()
        if category.starter is not None
    ]
    texts = {}
    for spec in unpacked(folder):
        texts[spec.path] = spec.path.read_bytes()
        spec.path.write_bytes(_without(texts[spec.path], popular))
        specs.append(spec)
    guards = GuardSettings(locked=LOCKED, popularity=str(POPULAR))
    build_index(specs, folder / "runs", folder, guards=guards)
    for path, text in texts.items():
        path.write_bytes(text)
    report = build_index(specs, folder / "runs", folder, guards=guards)
    with closing(Index.open(report.index)) as index:
        yield Together(index, report)


def _without(text: bytes, popular: set[bytes]) -> bytes:
    """Return the lines of *text* in which no word is a popular name, in any of its dresses."""
    return b"\n".join(
        line
        for line in text.splitlines()
        if popular.isdisjoint(line.lower().replace(b"/", b" ").strip(b"|^*. ").split())
    )


def test_more_than_a_million_names_are_read(together: Together) -> None:
    assert together.lists.names > 1_000_000
    assert all(source.run is not None for source in together.report.sources)


def test_no_lifeline_essential_or_canary_is_blocked(together: Together) -> None:
    kept = [
        *(each.name for each in CATALOG.lifelines),
        *(each.name for each in CATALOG.essentials),
        *CATALOG.canaries,
    ]
    assert [to_text(name) for name in kept if together.categories(name)] == []


def test_no_well_known_service_is_held_back(together: Together) -> None:
    held = {(each.category, name) for each in together.report.sources for name in each.held}
    assert len(held) > 100  # there is something to hold
    known = [(category, name) for category, names in well_known().items() for name in names]
    assert len(known) == 300
    assert [each for each in known if each in held] == []
    missing = [
        (category, name)
        for category, name in known
        if category not in together.categories(from_text(name))
    ]
    assert missing == []


@pytest.mark.parametrize("category", MANDATORY)
def test_the_ten_best_known_of_a_mandatory_category_are_blocked(
    together: Together, category: str
) -> None:
    best_known = CATALOG.categories[category].anchors[:10]
    assert len(best_known) == 10
    assert [to_text(name) for name in best_known if category not in together.categories(name)] == []


def test_the_meter_tells_what_popular_names_each_category_blocks(together: Together) -> None:
    measured = together.report.measured
    assert measured.canaries == ()
    assert measured.popular == 10_000
    for category, count in measured.popular_blocked.items():
        assert count < 600, (category, measured.worst[category])
