"""A run without some entries is what its list without them would have made."""

from pathlib import Path

from filterdns.blocklists.guards.entries import Hit, KnownNames
from filterdns.blocklists.guards.sift import sift
from filterdns.blocklists.layout import Kind
from filterdns.blocklists.run import Run
from filterdns.dns.names import from_text
from tests.support.few_names import HASH, names, run_of

TEXT = "a.example b.example c.example full:d.example @@||e.example^ ||f.example^$dnstype=a"


def hits(run: Run, texts: str) -> list[Hit]:
    return KnownNames(names(texts), HASH).hits(run, (Kind.BLOCK, Kind.EXACT))


def test_what_goes_is_gone_and_the_rest_is_there(tmp_path: Path) -> None:
    run = run_of(tmp_path, TEXT)
    sifted = sift(run, hits(run, "b.example d.example"), {from_text("f.example")}, tmp_path)
    assert list(sifted.hashes) == sorted(HASH(names("a.example c.example")))
    assert list(sifted.hashes_by_kind[Kind.EXCEPTION]) == list(HASH(names("e.example")))
    assert Kind.EXACT not in sifted.hashes_by_kind
    assert sifted.qualified == ()
    assert (sifted.report.names, sifted.report.others) == (2, {"exception": 1})
    assert run.report.names == 3


def test_where_nothing_goes_it_is_the_run_itself(tmp_path: Path) -> None:
    run = run_of(tmp_path, TEXT)
    assert sift(run, [], [], tmp_path) is run


def test_the_same_is_not_written_twice_and_other_entries_make_another(tmp_path: Path) -> None:
    run = run_of(tmp_path, TEXT)
    first = sift(run, hits(run, "a.example"), [], tmp_path).path
    written_at = first.stat().st_mtime_ns
    assert sift(run, hits(run, "a.example"), [], tmp_path).path == first
    assert first.stat().st_mtime_ns == written_at
    assert sift(run, hits(run, "b.example"), [], tmp_path).path != first


def test_all_that_goes_leaves_an_empty_run(tmp_path: Path) -> None:
    run = run_of(tmp_path, "a.example")
    assert list(sift(run, hits(run, "a.example"), [], tmp_path).hashes) == []
