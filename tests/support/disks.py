"""Disks that a test makes, fills, freezes, and takes away again.

    with small_disk(tmp_path / "disk", "8m") as disk:
        fill(disk)
    with slow_disk(tmp_path / "disk") as disk, frozen(disk):
        … whoever writes there waits, and cannot be killed …

A frozen disk thaws when the block ends, whatever has happened: no process that waits for it ends
before, so never write there yourself. Needs root. Where that is not to be had the test is skipped
with the reason; CI=true: it fails.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.support.peers import need

CHUNK: Final = bytes(1 << 16)
LOOP_BYTES: Final = 48 << 20


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a disk of *size* (`8m`) at *folder*, in memory."""
    folder.mkdir(parents=True, exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={size},mode=0750", "filterdns-test", folder)
    try:
        yield folder
    finally:
        _unmount(folder)


@contextmanager
def full_disk(folder: Path) -> Iterator[Path]:
    """Mount a disk at *folder* on which nothing can be made."""
    with small_disk(folder, "64k,nr_inodes=2") as disk:
        fill(disk)
        yield disk


@contextmanager
def slow_disk(folder: Path) -> Iterator[Path]:
    """Mount an ext4 file system at *folder*, from an image beside it: one that can be frozen."""
    folder.mkdir(parents=True, exist_ok=True)
    image = folder.with_name(f"{folder.name}.img")
    with image.open("wb") as file:
        file.truncate(LOOP_BYTES)
    subprocess.run([need("mkfs.ext4"), "-q", "-F", image], check=True, capture_output=True)
    _mount("-o", "loop", image, folder)
    try:
        yield folder
    finally:
        _unmount(folder)
        image.unlink()


@contextmanager
def frozen(disk: Path) -> Iterator[None]:
    """Let every write to *disk* wait until the block ends; what is read, is read."""
    subprocess.run([need("fsfreeze"), "-f", disk], check=True)
    try:
        yield
    finally:
        subprocess.run([need("fsfreeze"), "-u", disk], check=True)


def make_read_only(disk: Path) -> None:
    """Let a slow *disk* refuse every write from now on, as ext4 does after an error."""
    subprocess.run([need("mount"), "-o", "remount,abort", disk], check=True, capture_output=True)


def fill(disk: Path) -> Path:
    """Write on *disk* until it is full; return the file that fills it."""
    filler = disk / "filler"
    try:
        with filler.open("wb", buffering=0) as file:
            while file.write(CHUNK):
                pass
    except OSError:
        pass
    return filler


def _mount(*arguments: str | Path) -> None:
    done = subprocess.run([need("mount"), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        reason = f"needs root and mounts: {done.stderr.strip()}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


def _unmount(folder: Path) -> None:
    # Lazily: a process that still has a file open there is no reason to leave the mount behind.
    subprocess.run([need("umount"), "--lazy", folder], check=True)
