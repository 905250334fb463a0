from pathlib import Path

import pytest

from filterdns.devices.makers import Makers, is_private

REGISTRY = """\
OUI/MA-L                                                    Organization                    \r
company_id                                                  Organization                    \r
                                                            Address                         \r
\r
3C-22-FB   (hex)\t\tApple, Inc.\r
3C22FB     (base 16)\t\tApple, Inc.\r
\t\t\t\t1 Infinite Loop\r
\r
70-B3-D5   (hex)\t\tIEEE Registration Authority\r
\r
00-00-01   (hex)\t\tXEROX CORPORATION"""


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    path = tmp_path / "oui.txt"
    path.write_bytes(REGISTRY.encode())
    return path


@pytest.mark.parametrize(
    ("mac", "maker"),
    [
        ("3c:22:fb:01:02:03", "Apple, Inc."),
        ("00:00:01:ff:ff:ff", "XEROX CORPORATION"),  # the last line
        ("70:b3:d5:01:02:03", ""),  # shared by many makers
        ("00:00:02:01:02:03", ""),
        ("3e:22:fb:01:02:03", ""),  # made up by the device
    ],
)
def test_a_maker_is_told_by_the_first_three_bytes(registry: Path, mac: str, maker: str) -> None:
    makers = Makers([registry])
    assert makers.find(mac) == maker
    assert makers.find(mac) == maker


@pytest.mark.parametrize(
    ("mac", "private"),
    [
        ("3c:22:fb:01:02:03", False),
        ("3e:22:fb:01:02:03", True),
        ("02:00:00:00:00:01", True),
        ("a4:83:e7:11:22:33", False),
        ("f6:83:e7:11:22:33", True),
    ],
)
def test_a_mac_that_a_device_has_made_up_is_private(mac: str, private: bool) -> None:
    assert is_private(mac) is private


def test_the_first_registry_that_there_is_counts(registry: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    makers = Makers([tmp_path / "none", tmp_path / "empty", registry])
    assert makers.find("3c:22:fb:01:02:03") == "Apple, Inc."


def test_without_any_registry_no_maker_is_known(tmp_path: Path) -> None:
    assert Makers([tmp_path / "none"]).find("3c:22:fb:01:02:03") == ""


def test_what_no_terminal_may_be_told_is_no_maker(tmp_path: Path) -> None:
    (tmp_path / "oui.txt").write_bytes(b"\n3C-22-FB   (hex)\t\tred \x1b[31m\n")
    assert Makers([tmp_path / "oui.txt"]).find("3c:22:fb:01:02:03") == ""


def test_the_registry_that_is_installed_with_us_knows_the_makers_of_phones() -> None:
    makers = Makers()
    assert "Apple" in makers.find("3c:22:fb:01:02:03")
    assert "Samsung" in makers.find("8c:f5:a3:01:02:03").title()
