"""Old generations go, what is in use stays."""

from pathlib import Path

from filterdns.blocklists.added import added_path
from filterdns.blocklists.build import build_index
from filterdns.blocklists.job import BuildReport, SourceSpec
from filterdns.blocklists.last_good import last_good_path
from filterdns.blocklists.unused import remove_unused


def build(folder: Path, *lists: tuple[str, str]) -> BuildReport:
    specs = []
    for category, text in lists:
        path = folder / f"{category}.txt"
        path.write_text(text)
        specs.append(SourceSpec(category, "file:x", path))
    return build_index(specs, folder / "runs", folder)


def test_what_the_report_does_not_use_is_removed(tmp_path: Path) -> None:
    old = build(tmp_path, ("adult", "bad.example"), ("dating", "date.example"))
    new = build(tmp_path, ("adult", "worse.example"))
    leftover = tmp_path / ".index-00.idx.1.tmp"
    leftover.touch()
    removed = remove_unused(new, tmp_path / "runs")
    assert set(removed) == {
        old.index,
        leftover,
        *(source.run_path for source in old.sources),
        last_good_path(tmp_path / "runs", "dating", "file:x"),
        added_path(tmp_path / "runs", "dating", "file:x"),
    }
    assert not any(path.exists() for path in removed)


def test_what_is_left_builds_the_same_without_reading_again(tmp_path: Path) -> None:
    build(tmp_path, ("adult", "bad.example"))
    new = build(tmp_path, ("adult", "worse.example"))
    remove_unused(new, tmp_path / "runs")
    again = build(tmp_path, ("adult", "worse.example"))
    assert (again.key, again.is_new) == (new.key, False)


def test_an_index_that_is_kept_stays(tmp_path: Path) -> None:
    old = build(tmp_path, ("adult", "bad.example"))
    new = build(tmp_path, ("adult", "worse.example"))
    assert old.index not in remove_unused(new, tmp_path / "runs", keep=[old.index])
    assert old.index.exists()


def test_the_last_good_copy_of_a_failing_source_stays(tmp_path: Path) -> None:
    build(tmp_path, ("adult", "bad.example"))
    (tmp_path / "adult.txt").unlink()
    spec = SourceSpec("adult", "file:x", tmp_path / "adult.txt")
    failing = build_index([spec], tmp_path / "runs", tmp_path)
    assert remove_unused(failing, tmp_path / "runs") == ()
    assert build_index([spec], tmp_path / "runs", tmp_path).sources[0].run is not None
