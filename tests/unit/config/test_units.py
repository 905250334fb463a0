"""Amounts, times and addresses as people write them."""

from datetime import date

import pytest

from filterdns.config import units
from filterdns.errors import InvalidValue
from filterdns.policy.ruleset import Window


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("5m", 300), ("1h30m", 5400), ("14d", 1_209_600), ("2w", 1_209_600)],
)
def test_a_duration_is_a_number_with_a_unit(text: str, seconds: int) -> None:
    assert units.read_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5m", "5M", "1.5h", "٣m", "5m "])
def test_everything_else_is_no_duration(text: str) -> None:
    with pytest.raises(InvalidValue, match="write it like 30s, 5m"):
        units.read_duration(text)


@pytest.mark.parametrize("seconds", [1, 60, 90, 3600, 86_400, 1_209_600])
def test_a_duration_is_written_as_it_is_read(seconds: int) -> None:
    assert units.read_duration(units.write_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "count"), [("500MB", 500_000_000), ("32MiB", 33_554_432), ("2 GB", 2_000_000_000)]
)
def test_a_size_counts_in_thousands_unless_it_says_so(text: str, count: int) -> None:
    assert units.read_size(text) == count


@pytest.mark.parametrize("text", ["500", "500M", "MB", "-1MB", "1.5GB", "500mb"])
def test_everything_else_is_no_size(text: str) -> None:
    with pytest.raises(InvalidValue, match="500MB"):
        units.read_size(text)


@pytest.mark.parametrize("count", [500_000_000, 33_554_432, 1000])
def test_a_size_is_written_as_it_is_read(count: int) -> None:
    assert units.read_size(units.write_size(count)) == count


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("20:30-06:30", [Window(1230, 390)]),
        ("8:00 - 12:15, 13:15–16:00", [Window(480, 735), Window(795, 960)]),
        ("20:30-24:00", [Window(1230, 1440)]),
        ("00:00-24:00", [Window(0, 1440)]),
        ("always", [Window(0, 1440)]),
        ("never", []),
    ],
)
def test_windows_are_minutes_of_the_day(text: str, windows: list[Window]) -> None:
    assert units.read_windows(text) == tuple(windows)


def test_a_window_until_midnight_does_not_cross_it() -> None:
    (window,) = units.read_windows("20:30-00:00")
    assert not window.crosses_midnight


@pytest.mark.parametrize(
    "text", ["", "20:30", "20:30-", "20:30-20:30", "24:00-06:00", "25:00-06:30", "8pm-9pm", "1-2"]
)
def test_everything_else_is_no_window(text: str) -> None:
    with pytest.raises(InvalidValue):
        units.read_windows(text)


@pytest.mark.parametrize("text", ["14:00-16:00, 15:00-17:00", "20:00-06:00, 23:00-23:30"])
def test_windows_of_a_line_do_not_overlap(text: str) -> None:
    with pytest.raises(InvalidValue, match="overlap"):
        units.read_windows(text)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", [0]),
        ("sun-thu", [0, 1, 2, 3, 6]),
        ("fri-mon", [0, 4, 5, 6]),
        ("fri, sat", [4, 5]),
        ("mon-wed, Sat", [0, 1, 2, 5]),
        ("daily", [0, 1, 2, 3, 4, 5, 6]),
        ("mon-mon", [0]),
    ],
)
def test_weekdays_come_alone_in_ranges_and_in_lists(text: str, days: list[int]) -> None:
    assert units.read_weekdays(text) == tuple(days)


@pytest.mark.parametrize("text", ["", "friday", "mon-", "mon,,tue", "workdays", "mo"])
def test_other_words_are_no_weekdays(text: str) -> None:
    with pytest.raises(InvalidValue, match="mon-fri"):
        units.read_weekdays(text)


def test_a_day_is_named_once() -> None:
    with pytest.raises(InvalidValue, match="twice"):
        units.read_weekdays("mon-wed, tue")


def test_dates_come_alone_and_in_ranges() -> None:
    christmas = date(2026, 12, 24)
    assert units.read_dates("2026-12-24") == (christmas, christmas)
    assert units.read_dates("2026-12-24..2027-01-03") == (christmas, date(2027, 1, 3))


@pytest.mark.parametrize(
    "text",
    ["2026-2-3", "2026-02-30", "24.12.2026", "2026-12-24..", "20261224", "2026-01-02..2026-01-01",
     "2026-01-01..2126-01-01"],
)  # fmt: skip
def test_everything_else_is_no_date(text: str) -> None:
    with pytest.raises(InvalidValue):
        units.read_dates(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.168.1.20", "192.168.1.20"),
        ("FD00::0020", "fd00::20"),
        ("::ffff:192.168.1.20", "192.168.1.20"),
        ("fe80::1%eth0", "fe80::1%eth0"),
    ],
)
def test_an_address_has_one_text(text: str, address: str) -> None:
    assert units.read_address(text) == address


@pytest.mark.parametrize("text", ["", "phone", "1.2.3", "10.0.0.0/8", "0.0.0.0", "224.0.0.1"])
def test_everything_else_is_no_address_of_a_client(text: str) -> None:
    with pytest.raises(InvalidValue):
        units.read_address(text)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("10.12.0.0/24", "10.12.0.0/24"),
        ("10.12.0.7", "10.12.0.7/32"),
        ("FD00:12::/64", "fd00:12::/64"),
        ("::ffff:10.12.0.0/120", "10.12.0.0/24"),
    ],
)
def test_a_network_has_one_text(text: str, network: str) -> None:
    assert units.read_network(text) == network


def test_a_network_has_no_bits_after_its_length() -> None:
    with pytest.raises(InvalidValue, match=r'write "10\.12\.0\.0/24"'):
        units.read_network("10.12.0.7/24")


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("127.0.0.1:5300", ("127.0.0.1", 5300)),
        ("127.0.0.1", ("127.0.0.1", 53)),
        ("[::1]:5300", ("::1", 5300)),
        ("[::1]", ("::1", 53)),
        ("::1", ("::1", 53)),
    ],
)
def test_an_endpoint_has_an_address_and_a_port(text: str, endpoint: tuple[str, int]) -> None:
    assert units.read_endpoint(text, 53) == endpoint


@pytest.mark.parametrize("text", ["localhost:53", "127.0.0.1:", "127.0.0.1:65536", ":53", "[::1"])
def test_everything_else_is_no_endpoint(text: str) -> None:
    with pytest.raises(InvalidValue, match=r"127\.0\.0\.1:53"):
        units.read_endpoint(text, 53)


def test_a_quote_is_one_short_line() -> None:
    assert units.quoted("a\nb") == '"a b"'
    assert len(units.quoted("x" * 1000)) < 70


@pytest.mark.parametrize(
    ("text", "mac"),
    [
        ("3c:22:fb:01:02:03", "3c:22:fb:01:02:03"),
        ("3C-22-FB-01-02-03", "3c:22:fb:01:02:03"),
        ("3c22.fb01.0203", "3c:22:fb:01:02:03"),
        ("3C22FB010203", "3c:22:fb:01:02:03"),
        ("3c:22:fb:1:2:3", "3c:22:fb:01:02:03"),
    ],
)
def test_a_mac_is_read_as_people_and_machines_write_it(text: str, mac: str) -> None:
    assert units.read_mac(text) == mac


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3c:22:fb:01:02",
        "3c:22:fb:01:02:03:04",
        "3c:22:fb:01:02:0g",
        "3c22fb01020",
        "٣c22fb010203",
    ],
)
def test_everything_else_is_no_mac(text: str) -> None:
    with pytest.raises(InvalidValue, match="is no MAC address"):
        units.read_mac(text)


@pytest.mark.parametrize("text", ["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01"])
def test_a_mac_of_nobody_or_of_many_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="of no single device"):
        units.read_mac(text)


@pytest.mark.parametrize(
    ("mac", "is_private"), [("3c:22:fb:01:02:03", False), ("da:a1:19:01:02:03", True)]
)
def test_a_made_up_mac_is_told_by_a_bit(mac: str, is_private: bool) -> None:
    assert units.is_private_mac(mac) is is_private


@pytest.mark.parametrize("text", ["mia-9f2c71d0", "9f2c71d0ab", "a-b-x7k2m9q4"])
def test_an_id_ends_with_something_that_nobody_guesses(text: str) -> None:
    assert units.read_client_id(text) == text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("mia", "can be guessed"),
        ("mia-phone", "can be guessed"),
        ("mia-20140312", "can be guessed"),
        ("mia-9f2c71", "can be guessed"),
        ("mia-a1a1a1a1", "can be guessed"),
        ("grandmother", "can be guessed"),
        ("Mia-9f2c71d0", "use a to z"),
        ("mia.9f2c71d0", "use a to z"),
        ("-mia9f2c71d0", "use a to z"),
        ("9f2c71d0" * 8, "use a to z"),
    ],
)
def test_an_id_that_can_be_guessed_or_stands_in_no_name_is_refused(
    text: str, complaint: str
) -> None:
    with pytest.raises(InvalidValue) as found:
        units.read_client_id(text)
    assert complaint in f"{found.value.message} {found.value.cure}"
