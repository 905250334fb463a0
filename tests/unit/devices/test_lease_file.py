import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from filterdns.devices import lease_file as module
from filterdns.devices.lease_file import LeaseFile, marks_of, read_lease_file
from filterdns.devices.lease_kind import LeaseKind
from tests.support.lease_texts import BEN, DNSMASQ, KEA4_HEAD, KEA4_ROW, MIA

OTHER = KEA4_ROW.replace(".20", ".30")
BENS = KEA4_ROW.replace(MIA, BEN)


def written(path: Path, *rows: str) -> LeaseFile:
    path.write_text("\n".join([KEA4_HEAD, *rows, ""]))
    return LeaseFile(str(path))


def test_a_file_is_read_whoever_wrote_it(tmp_path: Path) -> None:
    path = tmp_path / "leases"
    path.write_text(DNSMASQ)
    content = read_lease_file(LeaseFile(str(path)))
    assert len(content.leases) == 6
    assert not content.trouble


def test_line_ends_of_another_system_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "leases"
    path.write_bytes(DNSMASQ.replace("\n", "\r\n").encode())
    assert len(read_lease_file(LeaseFile(str(path))).leases) == 6


def test_a_file_has_other_marks_when_it_was_written_replaced_or_removed(tmp_path: Path) -> None:
    path, new = tmp_path / "leases", tmp_path / "new"
    file = LeaseFile(str(path))
    seen = [marks_of(file)]
    for text in ("a", "ab"):
        path.write_text(text)
        seen.append(marks_of(file))
    new.write_text("ab")
    os.utime(new, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    new.replace(path)
    seen.append(marks_of(file))
    path.unlink()
    assert marks_of(file) == seen[0] == {}
    assert all(a != b for a in seen for b in seen if a is not b)


def test_what_kea_has_moved_aside_is_read_before_its_file(tmp_path: Path) -> None:
    path = tmp_path / "kea-leases4.csv"
    written(tmp_path / "kea-leases4.csv.2", KEA4_ROW, OTHER)
    written(tmp_path / "kea-leases4.csv.1", BENS)
    content = read_lease_file(written(path))
    assert {address: each.mac for address, each in content.leases.items()} == {
        "192.168.1.20": BEN,
        "192.168.1.30": MIA,
    }


def test_what_kea_has_cleaned_up_stands_for_the_older_ones(tmp_path: Path) -> None:
    path = tmp_path / "kea-leases4.csv"
    written(tmp_path / "kea-leases4.csv.completed", BENS)
    written(tmp_path / "kea-leases4.csv.1", KEA4_ROW, OTHER)
    content = read_lease_file(written(path))
    assert {address: each.mac for address, each in content.leases.items()} == {"192.168.1.20": BEN}


def test_files_beside_one_of_another_server_are_not_its_own(tmp_path: Path) -> None:
    path = tmp_path / "dnsmasq.leases"
    written(tmp_path / "dnsmasq.leases.1", KEA4_ROW)
    path.write_text("")
    assert not read_lease_file(LeaseFile(str(path))).leases
    assert len(marks_of(LeaseFile(str(path), LeaseKind.KEA))) == 2


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    content = read_lease_file(LeaseFile(str(tmp_path / "none")))
    assert content.trouble == "there is no such file"
    assert content.cure.startswith("start the DHCP server")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may act for somebody else")
def test_a_file_that_we_may_not_read_is_told_apart_from_one_that_is_missing() -> None:
    with TemporaryDirectory() as name:
        folder, path = Path(name), Path(name) / "leases"
        path.write_text(DNSMASQ)
        path.chmod(0o600)
        seen = []
        for mode in (0o755, 0o700):  # the file, and the way to it
            folder.chmod(mode)
            os.seteuid(65_534)
            try:
                seen.append(read_lease_file(LeaseFile(str(path))))
            finally:
                os.seteuid(0)
    assert [each.trouble for each in seen] == [
        "Permission denied",
        "Permission denied on the way to it",
    ]
    assert all("usermod -a -G GROUP filterdns" in each.cure for each in seen)


def test_who_may_read_a_file_belongs_to_its_marks(tmp_path: Path) -> None:
    path = tmp_path / "leases"
    path.write_text(DNSMASQ)
    before = marks_of(LeaseFile(str(path)))
    path.chmod(0o640)
    assert marks_of(LeaseFile(str(path))) != before


def test_what_is_no_lease_file_is_told_with_what_would_be_one(tmp_path: Path) -> None:
    path = tmp_path / "leases"
    path.write_text("<html>\n")
    content = read_lease_file(LeaseFile(str(path)))
    assert content.trouble == "no lease file of dnsmasq, kea, isc, odhcpd"
    assert "lease_files" in content.cure
    path.write_text(DNSMASQ)
    assert not read_lease_file(LeaseFile(str(path))).cure


def test_a_name_that_no_file_can_have_is_missing() -> None:
    assert read_lease_file(LeaseFile("/tmp/\0")).trouble == "there is no such file"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert read_lease_file(LeaseFile(str(tmp_path / "pipe"))).trouble == "it is no file"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert read_lease_file(LeaseFile(str(tmp_path))).trouble == "Is a directory"


def test_what_is_larger_than_any_lease_file_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 1 << 20)
    path = tmp_path / "leases"
    path.write_text(DNSMASQ * 4_000)
    content = read_lease_file(LeaseFile(str(path)))
    assert content.trouble == "it has more than 1 MiB"
    assert not content.leases


def test_bytes_that_are_no_text_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "leases"
    path.write_bytes(DNSMASQ.encode() + b"\xff\xfe\x00\x80 \n")
    content = read_lease_file(LeaseFile(str(path)))
    assert len(content.leases) == 6
    assert content.skipped == 1
