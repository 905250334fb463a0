"""Which run a source last had."""

from contextlib import closing
from pathlib import Path

from filterdns.blocklists.compile_run import compile_run
from filterdns.blocklists.last_good import last_good_path, open_last_good, remember_good


def test_the_run_that_was_remembered_is_opened(tmp_path: Path) -> None:
    source = tmp_path / "list.txt"
    source.write_text("bad.example\n")
    compiled = compile_run(source, tmp_path, b"k" * 16)
    compiled.close()
    remember_good(tmp_path, "adult", "file:x", compiled.path)
    run = open_last_good(tmp_path, "adult", "file:x")
    assert run is not None
    with closing(run):
        assert run.path == compiled.path


def test_another_source_has_none(tmp_path: Path) -> None:
    remember_good(tmp_path, "adult", "file:x", tmp_path / "00.run")
    assert open_last_good(tmp_path, "dating", "file:x") is None


def test_a_run_that_is_gone_is_none(tmp_path: Path) -> None:
    remember_good(tmp_path, "adult", "file:x", tmp_path / "00.run")
    assert open_last_good(tmp_path, "adult", "file:x") is None


def test_damaged_notes_lead_nowhere(tmp_path: Path) -> None:
    for damaged in (b"", b"\xff\xfe", b"../../etc/passwd", b"\x00"):
        last_good_path(tmp_path, "adult", "file:x").write_bytes(damaged)
        assert open_last_good(tmp_path, "adult", "file:x") is None
