"""A source, compiled: named by its content, whole or made again."""

from pathlib import Path
from zlib import crc32

import pytest

from filterdns.blocklists.helpers import Helpers
from filterdns.blocklists.name_hash import make_name_hash
from filterdns.blocklists.parse import Reason
from filterdns.blocklists.run import WORTH_HELP_BYTES, Run, compile_run
from filterdns.dns.names import from_text
from filterdns.errors import BlocklistError

KEY = b"k" * 16
TEXT = "# head\nbad.example\nwww.bad.example\nworse.example\nbad.example\ncom\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "list.txt"
    path.write_text(TEXT)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def test_a_run_holds_the_sorted_hashes_and_the_report(source: Path, folder: Path) -> None:
    run = compile_run(source, folder, KEY)
    hashes = list(run.hashes)
    crcs = list(run.crcs)
    report = run.report
    run.close()
    names = [from_text(name) for name in ("bad.example", "worse.example")]
    assert hashes == sorted(make_name_hash(KEY)(names))
    assert crcs == [
        crc32(from_text(name))
        for name in ("bad.example", "www.bad.example", "worse.example", "bad.example")
    ]
    assert (report.lines, report.comments, report.names) == (6, 1, 2)
    assert (report.duplicates, report.twins, report.covered) == (1, 1, 0)
    assert report.skipped[Reason.SINGLE_LABEL].examples == ["line 6: com"]


def test_a_run_that_stands_there_is_not_made_again(source: Path, folder: Path) -> None:
    compile_run(source, folder, KEY).close()
    read: list[int] = []
    compile_run(source, folder, KEY, progress=read.append).close()
    assert read == []


def test_the_same_content_elsewhere_has_the_same_run(source: Path, folder: Path) -> None:
    first = compile_run(source, folder, KEY)
    other = source.with_name("copy.txt")
    other.write_text(TEXT)
    second = compile_run(other, folder, KEY)
    assert first.path == second.path
    first.close()
    second.close()


def test_content_key_and_trust_each_make_another_run(source: Path, folder: Path) -> None:
    paths = []
    for key, single_labels in ((KEY, False), (b"o" * 16, False), (KEY, True)):
        run = compile_run(source, folder, key, single_labels=single_labels)
        paths.append(run.path)
        run.close()
    source.write_text(TEXT + "new.example\n")
    run = compile_run(source, folder, KEY)
    run.close()
    assert len({*paths, run.path}) == 4


@pytest.mark.parametrize("kept", [0, 10, 45, -1])
def test_a_truncated_run_is_refused_and_made_again(source: Path, folder: Path, kept: int) -> None:
    run = compile_run(source, folder, KEY)
    whole = run.path.read_bytes()
    run.close()
    run.path.write_bytes(whole[:kept])
    with pytest.raises(BlocklistError, match=r"\.run: found"):
        Run.open(run.path)
    compile_run(source, folder, KEY).close()
    assert run.path.read_bytes() == whole


def test_every_flipped_byte_is_noticed(source: Path, folder: Path) -> None:
    run = compile_run(source, folder, KEY)
    run.close()
    whole = run.path.read_bytes()
    for at in range(len(whole)):
        run.path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(BlocklistError, match=r"\.run: found"):
            Run.open(run.path)


def test_a_list_without_names_is_a_run_too(source: Path, folder: Path) -> None:
    source.write_text("# nothing left\n")
    run = compile_run(source, folder, KEY)
    assert (len(run.hashes), run.report.names, run.report.comments) == (0, 0, 1)
    run.close()


def test_a_source_that_changes_while_it_is_read_leaves_no_run(source: Path, folder: Path) -> None:
    def change(_: int) -> None:
        with source.open("r+") as file:
            file.write("! head")

    with pytest.raises(BlocklistError, match=r"list\.txt: changed while it was read"):
        compile_run(source, folder, KEY, progress=change)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("path", "problem"),
    [("missing.txt", "cannot be read: No such file"), (".", "found no regular file")],
)
def test_a_source_that_is_no_file_is_named(
    tmp_path: Path, folder: Path, path: str, problem: str
) -> None:
    with pytest.raises(BlocklistError, match=problem):
        compile_run(tmp_path / path, folder, KEY)


def test_a_run_may_be_closed_twice(source: Path, folder: Path) -> None:
    run = compile_run(source, folder, KEY)
    run.close()
    run.close()


def test_a_large_source_is_read_by_helpers_into_the_same_run(
    source: Path, folder: Path, tmp_path: Path
) -> None:
    lines = [f"{'www.' * (n % 2)}n{n % 90_000 // 2}.example-of-a-list.org" for n in range(100_000)]
    lines[99_000] = "192.0.2.1"
    source.write_text("\n".join(lines))
    assert source.stat().st_size > 2 * WORTH_HELP_BYTES
    alone = compile_run(source, folder, KEY)
    with Helpers(2) as helpers:
        helped = compile_run(source, tmp_path / "helped", KEY, helpers=helpers)
    assert helped.path.read_bytes() == alone.path.read_bytes()
    assert helped.report.skipped[Reason.ADDRESS].examples == ["line 99001: 192.0.2.1"]
    helped.close()
    alone.close()
