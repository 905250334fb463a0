from pathlib import Path

import pytest

from filterdns.devices.check_names import SYSTEM_BY_CHECK_NAME, System, system_of

ESSENTIALS = Path(__file__).parents[3] / "blocklists" / "essentials.tsv"


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("captive.apple.com", System.APPLE),
        ("connectivitycheck.gstatic.com", System.ANDROID),
        ("www.msftconnecttest.com", System.WINDOWS),
        ("ipv6.msftconnecttest.com", System.WINDOWS),
        ("conntest.nintendowifi.net", System.NINTENDO),
        ("detectportal.firefox.com", None),  # a browser, on any of them
        ("apple.com", None),
        ("notmsftconnecttest.com", None),
        ("", None),
    ],
)
def test_a_check_is_told_by_its_name(name: str, system: System | None) -> None:
    assert system_of(name) is system


def test_each_check_is_an_essential_name() -> None:
    rows = [line.split("\t") for line in ESSENTIALS.read_text().splitlines() if "\t" in line]
    assert set(SYSTEM_BY_CHECK_NAME) <= {row[0] for row in rows if row[1] == "connectivity"}
