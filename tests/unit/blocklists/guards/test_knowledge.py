"""The guards know what ships."""

from pathlib import Path

from filterdns.blocklists.catalog import load_catalog
from filterdns.blocklists.guards.inspection import Copies, Inspected
from filterdns.blocklists.guards.knowledge import make_inspection
from filterdns.blocklists.guards.reviews import Reviews, SourceKey
from filterdns.blocklists.guards.settings import GuardSettings
from filterdns.dns.names import to_text
from tests.support.few_names import HASH, run_of

KEPT = "childline.org.uk nhs.uk captive.apple.com nasa.gov blogspot.com api.glucose.example"


def inspected(folder: Path, category: str, text: str, settings: GuardSettings) -> Inspected:
    inspection = make_inspection(settings, load_catalog(), Reviews(), HASH)
    copies = Copies(SourceKey(category, "file:x"), run_of(folder, text), None)
    [found] = inspection.inspect([copies], folder)
    return found


def test_lifelines_essentials_canaries_and_suffixes_are_taken_out(tmp_path: Path) -> None:
    settings = GuardSettings(essentials=("api.glucose.example",))
    found = inspected(tmp_path, "adult", f"{KEPT} bad.example", settings)
    assert {to_text(name) for name in found.taken_out} == set(KEPT.split())
    assert found.run is not None
    assert found.run.report.names == 1


def test_a_suffix_counts_only_where_our_own_list_names_it(tmp_path: Path) -> None:
    assert inspected(tmp_path, "gambling", "bet.br", GuardSettings()).taken_out == {}
    assert inspected(tmp_path, "games", "bet.br", GuardSettings()).taken_out != {}
