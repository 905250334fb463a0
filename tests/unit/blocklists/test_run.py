"""The file of a run is whole, or it is noticed."""

from pathlib import Path

import pytest

from filterdns.blocklists.compile_run import compile_run
from filterdns.blocklists.run import Run
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


def test_a_run_may_be_closed_twice(source: Path, folder: Path) -> None:
    run = compile_run(source, folder, KEY)
    run.close()
    run.close()
