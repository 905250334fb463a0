import asyncio
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from filterdns.devices.lease import Lease
from filterdns.devices.lease_file import LeaseFile
from filterdns.devices.leases import LeaseFiles
from tests.support.lease_texts import BEN, MIA

END = 1_800_000_000
TABLET = Lease("192.168.1.20", MIA, "tablet", END)
CONSOLE = Lease("192.168.1.21", BEN, "console", END + 60)
PHONE = Lease("192.168.1.22", "0e:11:22:33:44:55", "phone", None)


class Followed:
    """Lease files, looked at when a test says so; what was told since the last look is *told*."""

    def __init__(self, *paths: Path) -> None:
        self.now = END - 3_600.0
        self.told: list[tuple[list[Lease], list[Lease]]] = []
        self.files = LeaseFiles(self.take, lambda: self.now)
        self.files.set_files(LeaseFile(str(path)) for path in paths)

    def take(self, here: Sequence[Lease], gone: Sequence[Lease]) -> None:
        self.told.append((list(here), list(gone)))

    def look(self) -> list[tuple[list[Lease], list[Lease]]]:
        self.told.clear()
        asyncio.run(self.files.look())
        return list(self.told)


def write(path: Path, *leases: Lease) -> None:
    lines = (
        f"{each.expires_at or 0} {each.mac} {each.address} {each.host_name} *\n" for each in leases
    )
    path.write_text("".join(lines))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dnsmasq.leases"


def test_what_stands_in_the_file_is_told_once(path: Path) -> None:
    write(path, TABLET, PHONE)
    followed = Followed(path)
    assert followed.look() == [([TABLET, PHONE], [])]
    assert followed.look() == []
    assert followed.files.find("192.168.1.20") == TABLET
    assert list(followed.files) == [TABLET, PHONE]


def test_only_what_is_different_is_told(path: Path) -> None:
    write(path, TABLET, CONSOLE, PHONE)
    followed = Followed(path)
    followed.look()
    renewed = CONSOLE._replace(expires_at=END + 999)
    write(path, TABLET, renewed)
    assert followed.look() == [([renewed], [PHONE])]


def test_another_device_with_an_address_is_told(path: Path) -> None:
    write(path, TABLET)
    followed = Followed(path)
    followed.look()
    write(path, TABLET._replace(mac=BEN))
    assert followed.look() == [([TABLET._replace(mac=BEN)], [])]


def test_a_lease_ends_by_itself(path: Path) -> None:
    write(path, TABLET, CONSOLE)
    followed = Followed(path)
    followed.look()
    followed.now = END
    assert followed.look() == [([], [TABLET])]
    assert followed.files.find("192.168.1.20") is None


def test_a_file_that_comes_later_is_read_then(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    followed = Followed(path)
    followed.look()
    followed.look()
    assert [each.trouble for each in followed.files.reports()] == ["there is no such file"]
    write(path, TABLET)
    assert followed.look() == [([TABLET], [])]
    assert [each.trouble for each in followed.files.reports()] == [""]
    assert caplog.messages == [
        f"lease file {path}: there is no such file",
        f"lease file {path} is read",
    ]


def test_a_file_that_is_replaced_is_read_anew(path: Path) -> None:
    write(path, TABLET)
    followed = Followed(path)
    followed.look()
    write(path.with_suffix(".new"), TABLET, PHONE)
    path.with_suffix(".new").replace(path)
    assert followed.look() == [([PHONE], [])]


def test_a_file_that_is_empty_for_a_moment_takes_nothing_back(path: Path) -> None:
    write(path, TABLET, PHONE)
    followed = Followed(path)
    followed.look()
    write(path)
    assert followed.look() == []
    write(path, TABLET, PHONE, CONSOLE)
    assert followed.look() == [([CONSOLE], [])]


def test_a_file_that_stays_empty_takes_all_back(path: Path) -> None:
    write(path, TABLET, PHONE)
    followed = Followed(path)
    followed.look()
    write(path)
    followed.look()
    assert followed.look() == [([], [TABLET, PHONE])]


def test_of_two_servers_the_lease_that_ends_later_counts(tmp_path: Path) -> None:
    first, second = tmp_path / "first.leases", tmp_path / "second.leases"
    write(first, TABLET, PHONE)
    write(second, TABLET._replace(mac=BEN, expires_at=END + 5), PHONE._replace(expires_at=END))
    followed = Followed(first, second)
    followed.look()
    assert [each.mac for each in followed.files] == [BEN, PHONE.mac]


def test_files_that_are_no_longer_followed_are_forgotten(path: Path, tmp_path: Path) -> None:
    write(path, TABLET)
    write(tmp_path / "other.leases", PHONE)
    followed = Followed(path)
    followed.look()
    followed.files.set_files([LeaseFile(str(tmp_path / "other.leases"))])
    assert followed.look() == [([PHONE], [TABLET])]


def test_a_file_that_only_may_be_there_is_not_missed(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    followed = Followed()
    followed.files.set_files([LeaseFile(str(path), is_expected=False)])
    followed.look()
    assert followed.files.reports() == []
    write(path, TABLET)
    assert followed.look() == [([TABLET], [])]
    assert [each.leases for each in followed.files.reports()] == [1]
    assert caplog.messages == []


def test_what_is_wrong_with_a_file_that_nobody_has_named_is_not_told(path: Path) -> None:
    followed = Followed()
    followed.files.set_files([LeaseFile(str(path), is_expected=False)])
    path.write_text("<html>\n")
    followed.look()
    assert [(each.trouble, each.cure) for each in followed.files.reports()] == [("", "")]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may act for somebody else")
def test_a_file_is_read_as_soon_as_it_may_be() -> None:
    with TemporaryDirectory() as name:
        path = Path(name) / "dnsmasq.leases"
        write(path, TABLET)
        path.chmod(0o600)
        followed, troubles = Followed(path), []
        for folder_mode, file_mode in ((0o700, 0o600), (0o755, 0o600), (0o755, 0o644)):
            Path(name).chmod(folder_mode)
            path.chmod(file_mode)
            os.seteuid(65_534)
            try:
                followed.look()
            finally:
                os.seteuid(0)
            troubles += [each.trouble for each in followed.files.reports()]
    assert troubles == ["Permission denied on the way to it", "Permission denied", ""]
    assert list(followed.files) == [TABLET]


def test_what_could_not_be_read_is_counted(path: Path) -> None:
    write(path, TABLET, TABLET._replace(address="192.168.1.256"))
    followed = Followed(path)
    followed.look()
    assert [(each.leases, each.skipped) for each in followed.files.reports()] == [(1, 1)]


def test_it_looks_again_and_again(path: Path) -> None:
    async def follow() -> None:
        told = asyncio.Event()
        files = LeaseFiles(lambda here, gone: told.set(), lambda: 0.0)
        files.set_files([LeaseFile(str(path))])
        running = asyncio.create_task(files.run())
        await asyncio.sleep(0)
        write(path, TABLET)
        async with asyncio.timeout(30):
            await told.wait()
        running.cancel()

    asyncio.run(follow())
