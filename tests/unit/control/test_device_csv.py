"""Devices as a table."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.config.device_edits import WantedDevice
from filterdns.control.device_csv import read_table, read_table_file, write_table
from filterdns.errors import ConfigError

TABLET, PHONE = "3c:22:fb:01:02:03", "3c:22:fb:01:02:04"


def read(text: str | bytes) -> list[WantedDevice]:
    return read_table(text if isinstance(text, bytes) else text.encode(), "devices.csv")


def errors(text: str | bytes) -> list[str]:
    with pytest.raises(ConfigError) as found:
        read(text)
    return [str(problem) for problem in found.value.problems]


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_table_is_read_as_spreadsheets_write_it(separator: str, newline: str) -> None:
    lines = ["Device, person ,mac,ip", "tablet,mia,3C-22-FB-01-02-03,", ",,,", "tv,ben,,10.0.0.1"]
    text = newline.join(line.replace(",", separator) for line in lines)
    assert read(b"\xef\xbb\xbf" + text.encode()) == [
        WantedDevice("mia", "tablet", (TABLET,)),
        WantedDevice("ben", "tv", (), ("10.0.0.1",)),
    ]


def test_several_lines_about_a_device_add_up() -> None:
    text = f"person,device,mac,id\nmia,laptop,{TABLET},\nmia,laptop,{PHONE},mia-9f2c71d0\n"
    assert read(text) == [WantedDevice("mia", "laptop", (TABLET, PHONE), (), ("mia-9f2c71d0",))]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "devices.csv:1:1"),
        ("person,mac\n", 'the column "device" is missing'),
        ("person,device,macc\n", 'did you mean "mac"?'),
        ("person,device,mac,mac\n", "or there twice"),
        (f"person,device,mac\nmia,,{TABLET}\n", 'devices.csv:2:1 device: "" is no name'),
        ("person,device,mac\nmia,tv,\n", 'devices.csv:2:1 nothing tells how to know "tv"'),
        ("person,device,mac\nmia,tv,12\n", 'devices.csv:2:1 mac: "12" is no MAC address'),
        (f"person,device,mac\nmia,tv,{TABLET},1\n", "4 values in 3 columns"),
        ('person,device,mac\nmia,"tv,x\n', "is no line of values"),
        (
            f"person,device,mac\nmia,tv,{TABLET}\nben,tv,{TABLET}\n",
            f'devices.csv:3:1 mac: "{TABLET}" is mia/tv already, in line 2',
        ),
        (b"person,device,mac\nmi\xff,a,b\n", "devices.csv:2:1 a byte here is no UTF-8"),
    ],
)
def test_an_error_has_its_line(text: str | bytes, error: str) -> None:
    assert any(error in told for told in errors(text)), errors(text)


def test_all_errors_are_told_at_once_up_to_a_bound() -> None:
    assert len(errors("person,device,mac\n" + "mia,tv,12\n" * 5)) >= 5
    assert len(errors("person,device,mac\n" + "mia,tv,12\n" * 5000)) == 201


def test_a_table_too_large_is_refused_and_a_missing_one_is_told(tmp_path: Path) -> None:
    assert "is larger than 4 MB" in errors(b"x" * 5_000_000)[0]
    with pytest.raises(ConfigError, match="cannot be read"):
        read_table_file(tmp_path / "none.csv")


NAMES = st.text(min_size=1, max_size=20).filter(lambda t: t.isprintable() and t == t.strip())


@given(st.dictionaries(st.tuples(NAMES, NAMES), st.integers(0, 2**40), max_size=20))
def test_what_is_written_is_read_again(numbers: dict[tuple[str, str], int]) -> None:
    wanted = [
        WantedDevice(person, name, (f"00:{at >> 8:02x}:{at & 255:02x}:{number & 255:02x}:00:01",))
        for at, ((person, name), number) in enumerate(numbers.items(), start=1)
    ]
    assert read(write_table(wanted)) == wanted


@given(st.binary(max_size=300))
def test_no_bytes_are_anything_but_a_table_or_refused(data: bytes) -> None:
    for head in (b"", b"person,device,mac\n"):
        try:
            read(head + data)
        except ConfigError as error:
            assert error.problems
