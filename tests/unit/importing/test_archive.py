import io
import stat
import tarfile
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest

from filterdns.errors import ConfigError
from filterdns.importing import archive
from filterdns.importing.archive import read_archive

WANTED = frozenset(("wanted", "other"))


def zipped(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that stands twice
        for name, content in members:
            file.writestr(name, content)
    return path


def tarred(path: Path, *members: tarfile.TarInfo, content: bytes = b"") -> Path:
    with tarfile.open(path, "w:gz") as file:
        for member in members:
            file.addfile(member, io.BytesIO(content[: member.size]))
    return path


def member(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.size = size
    found.type = kind
    found.linkname = "/etc/passwd" if kind != tarfile.REGTYPE else ""
    return found


def complaint(path: Path) -> str:
    with pytest.raises(ConfigError) as raised:
        read_archive(path, WANTED)
    return str(raised.value)


def test_only_what_is_wanted_is_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a", ("wanted", b"1"), ("../../etc/passwd", b"2"))
    assert read_archive(path, WANTED) == {"wanted": b"1"}
    path = tarred(tmp_path / "b", member("./wanted", 1), member("/etc/passwd", 1), content=b"1")
    assert read_archive(path, WANTED) == {"wanted": b"1"}


def test_an_archive_that_is_cut_is_damaged(tmp_path: Path) -> None:
    for name, whole in (
        ("a", zipped(tmp_path / "whole", ("wanted", b"1" * 1000))),
        ("b", tarred(tmp_path / "tar", member("wanted", 1000), content=b"1" * 1000)),
    ):
        data = whole.read_bytes()
        for length in range(4, len(data) - 1, 7):
            (tmp_path / name).write_bytes(data[:length])
            assert complaint(tmp_path / name).startswith(f"{name} ")


def test_bytes_that_are_turned_are_noticed(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "a", ("wanted", bytes(range(256)))).read_bytes())
    data[60] ^= 0xFF
    (tmp_path / "a").write_bytes(data)
    assert "the archive is damaged" in complaint(tmp_path / "a")


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 1 << 20)
    path = zipped(tmp_path / "a", ("wanted", bytes(2 << 20)))
    assert complaint(path) == "a wanted: is larger than 1 MiB when decompressed"
    path = zipped(tmp_path / "a", ("wanted", bytes(700_000)), ("other", bytes(700_000)))
    assert "other: is larger" in complaint(path)
    path = tarred(tmp_path / "a", member("wanted", 2 << 20), content=bytes(2 << 20))
    assert "is larger than 1 MiB" in complaint(path)


def test_one_name_many_times_counts_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 1 << 20)
    path = zipped(tmp_path / "a", *[("wanted", bytes(300_000))] * 4)
    assert "is larger" in complaint(path)


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    many = [(f"{number}", b"") for number in range(archive.MOST_MEMBERS + 1)]
    assert "more than 1,000 members" in complaint(zipped(tmp_path / "a", *many))
    assert "more than 1,000 members" in complaint(
        tarred(tmp_path / "a", *[member(name) for name, _ in many])
    )


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("wanted")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "found a link or a device" in complaint(zipped(tmp_path / "a", (link, b"/etc/passwd")))
    for kind in (
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.CHRTYPE,
        tarfile.FIFOTYPE,
        tarfile.DIRTYPE,
    ):
        path = tarred(tmp_path / "a", member("wanted", kind=kind))
        assert "found a link or a device" in complaint(path)


def test_a_sparse_member_is_refused(tmp_path: Path) -> None:
    sparse = member("wanted", 1)
    sparse.pax_headers = {
        "GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.name": "wanted",
        "GNU.sparse.size": str(1 << 40), "GNU.sparse.map": "0,1",
    }  # fmt: skip
    assert "found a link or a device" in complaint(tarred(tmp_path / "a", sparse, content=b"1"))


def test_an_encrypted_member_is_told(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "a", ("wanted", b"1")).read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a").write_bytes(data)
    assert "cannot be read" in complaint(tmp_path / "a")


def test_what_is_no_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"hello")
    assert complaint(tmp_path / "a") == ("a found neither a zip nor a tar.gz, expected one of them")
    (tmp_path / "a").write_bytes(zlib.compress(b"x"))
    assert "neither a zip nor" in complaint(tmp_path / "a")
    assert "gone cannot be read" in complaint(tmp_path / "gone")


def test_an_archive_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"PK\x03\x04" + bytes(archive.MOST_ARCHIVE_BYTES))
    assert "larger than 16 MiB" in complaint(tmp_path / "a")
