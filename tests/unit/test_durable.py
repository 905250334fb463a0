"""A file is there whole, or as it was before."""

import os
from pathlib import Path
from typing import Any

import pytest

from filterdns.durable import new_file, remove_leftovers
from tests.support.killing import killed_at_each_step

OLD, NEW = b"old" * 1000, b"new" * 100_000


def write(path: Path, data: bytes = NEW) -> None:
    with new_file(path) as file:
        for start in range(0, len(data), 100_000):
            file.write(data[start : start + 100_000])


def test_the_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "made" / "file"
    with new_file(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_a_block_that_raises_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    with pytest.raises(ZeroDivisionError), new_file(path) as file:
        file.write(NEW)
        raise ZeroDivisionError
    assert path.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_of_the_old_file_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    with path.open("rb") as reader:
        write(path)
        assert reader.read() == OLD


def test_a_file_for_its_owner_is_never_anybody_elses(tmp_path: Path) -> None:
    with new_file(tmp_path / "file", mode=0o600):
        (half,) = tmp_path.iterdir()
        assert half.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


def test_killed_at_any_moment_the_old_or_the_new_is_there_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    found = []
    for _ in killed_at_each_step(lambda: write(path)):
        found.append(path.read_bytes())
        path.write_bytes(OLD)
    assert set(found) == {OLD, NEW}
    assert len(found) > 20


def test_what_the_killed_have_left_goes_with_one_sweep(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    left = 0
    for _ in killed_at_each_step(lambda: write(path)):
        left = max(left, len(list(tmp_path.iterdir())) - 1)
        remove_leftovers(tmp_path)
        assert list(tmp_path.iterdir()) == [path]
    assert left


def test_a_power_cut_finds_the_data_before_the_name_and_then_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []

    def sync(descriptor: int) -> None:
        steps.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")

    rename = os.replace

    def replace(source: Any, target: Any) -> None:
        steps.append(f"rename to {Path(target).name}")
        assert Path(source).stat().st_size == len(NEW)
        rename(source, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", replace)
    write(tmp_path / "file")
    half = f".file.{os.getpid()}.tmp"
    assert steps == [f"sync {half}", "rename to file", f"sync {tmp_path.name}"]


def test_a_half_of_a_killed_process_with_our_number_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / f".file.{os.getpid()}.tmp").write_bytes(b"half")
    write(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == NEW
