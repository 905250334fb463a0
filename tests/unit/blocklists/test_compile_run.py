"""A source, compiled: named by its content, counted, hashed by kinds."""

import os
from pathlib import Path
from zlib import crc32

import pytest

from filterdns.blocklists.compile_run import WORTH_HELP_BYTES, compile_run
from filterdns.blocklists.formats.item import Reason
from filterdns.blocklists.helpers import Helpers
from filterdns.blocklists.layout import Kind
from filterdns.blocklists.name_hash import make_name_hash
from filterdns.blocklists.own_rules import Qualified
from filterdns.blocklists.run import Run
from filterdns.dns import codes
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
    [("missing.txt", "cannot be read: No such file"), ("pipe", "found no regular file")],
)
def test_a_source_that_is_no_file_is_named(
    tmp_path: Path, folder: Path, path: str, problem: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BlocklistError, match=problem):
        compile_run(tmp_path / path, folder, KEY)


def test_a_large_source_is_read_by_helpers_into_the_same_run(
    source: Path, folder: Path, tmp_path: Path
) -> None:
    lines = [f"{'www.' * (n % 2)}n{n % 90_000 // 2}.example-of-a-list.org" for n in range(100_000)]
    lines[99_000] = "com"
    source.write_text("\n".join(lines))
    assert source.stat().st_size > 2 * WORTH_HELP_BYTES
    alone = compile_run(source, folder, KEY)
    with Helpers(2) as helpers:
        helped = compile_run(source, tmp_path / "helped", KEY, helpers=helpers)
    assert helped.path.read_bytes() == alone.path.read_bytes()
    assert helped.report.skipped[Reason.SINGLE_LABEL].examples == ["line 99001: com"]
    helped.close()
    alone.close()


def compiled(source: Path, folder: Path, text: str) -> Run:
    source.write_text(text)
    return compile_run(source, folder, KEY)


def test_each_kind_of_entry_has_its_own_hashes(source: Path, folder: Path) -> None:
    text = "bad.example\nfull:alone.example\n@@||good.bad.example^\n@@|one.bad.example^\n"
    run = compiled(source, folder, text + "||v6.example^$dnstype=AAAA\n192.0.2.0/24\n")
    names_by_kind = {
        Kind.BLOCK: "bad.example",
        Kind.EXACT: "alone.example",
        Kind.EXCEPTION: "good.bad.example",
        Kind.EXACT_EXCEPTION: "one.bad.example",
    }
    for kind, name in names_by_kind.items():
        assert list(run.hashes_by_kind[kind]) == list(make_name_hash(KEY)([from_text(name)]))
    assert run.hashes_by_kind.keys() == names_by_kind.keys()
    assert run.qualified == (Qualified(from_text("v6.example"), (codes.AAAA,), False),)
    assert (run.addresses, run.report.addresses) == (["192.0.2.0/24"], 1)
    assert run.report.others == {
        "exact": 1,
        "exception": 1,
        "exact_exception": 1,
        "qualified": 1,
    }
    assert (run.report.names, run.report.entries) == (1, 5)
    assert sorted(run.crcs) == sorted(
        crc32(from_text(name)) for name in (*names_by_kind.values(), "v6.example")
    )
    run.close()


def test_a_zone_that_names_both_says_what_others_say_in_one_line(
    source: Path, folder: Path
) -> None:
    zone = "@ SOA localhost. root. 1 2 3 4 5\nx.example CNAME .\n*.x.example CNAME .\n"
    run = compiled(source, folder, zone + "a.x.example CNAME .\n*.a.x.example CNAME .\n")
    assert run.hashes_by_kind.keys() == {Kind.BLOCK}
    assert (run.report.names, run.report.covered, run.report.others) == (2, 1, {})
    run.close()


def test_an_exception_takes_out_the_blocks_of_its_list_below_it(source: Path, folder: Path) -> None:
    lines = ["||x.example^", "||a.x.example^", "||www.x.example^", "||y.example^", "@@||x.example^"]
    run = compiled(source, folder, "\n".join(lines))
    assert list(run.hashes) == list(make_name_hash(KEY)([from_text("y.example")]))
    assert (run.report.names, run.report.lifted, run.report.twins) == (1, 3, 0)
    run.close()


def test_every_entry_is_counted_once(source: Path, folder: Path) -> None:
    lines = ["x.example", "x.example", "www.x.example", "a.y.example", "@@||y.example^", "com"]
    run = compiled(source, folder, "\n".join([*lines, "full:z.example", "192.0.2.1", "# c"]))
    report = run.report
    kept = report.entries + report.duplicates + report.twins + report.lifted
    skipped = sum(each.count for each in report.skipped.values())
    assert report.lines == kept + report.addresses + skipped + report.comments == 9
    run.close()
