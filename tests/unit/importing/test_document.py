from pathlib import Path

import pytest

from filterdns.config.compile import compile_config
from filterdns.config.load import load
from filterdns.importing.document import write_document
from filterdns.importing.imported import (
    Imported,
    ImportedCategory,
    ImportedDevice,
    ImportedDuring,
    ImportedPerson,
    ImportedPolicy,
    Remark,
)
from tests.support.configs import catalog

FULL = Imported(
    peer="Peer",
    file="file",
    timezone="Europe/Berlin",
    upstreams=("9.9.9.9",),
    hosts={"nas.lan": ("192.168.1.40", "fd00::40")},
    categories=(
        ImportedCategory("mine", names=("a.example",), later=("file:/etc/mine.txt",)),
        ImportedCategory("empty", later=("file:x",)),
    ),
    schedules={
        "evening": {"mon": "20:00-06:00", "daily": "never"},
        "late": dict.fromkeys(("sat", "sun", "mon", "tue", "thu"), "22:00-06:00"),
        "always": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "always"),
    },
    policies=(
        ImportedPolicy(
            "kids",
            block=("mine", "zip.", "service:youtube"),
            allow=("b.example",),
            during=(ImportedDuring("evening", block=("mine",), allow_only=("b.example",)),),
            block_later=("malware",),
            safe_search=(("search", "strict"), ("youtube", "moderate")),
        ),
        ImportedPolicy("none"),
    ),
    people=(
        ImportedPerson(
            "Mia's",
            "kids",
            (
                ImportedDevice("tablet", "ip", "192.168.1.20"),
                ImportedDevice("tv", "mac", "3c:22:fb:01:02:03"),
                ImportedDevice("phone", "id", "mia-phone", is_known=False),
            ),
            "Europe/London",
        ),
        ImportedPerson(
            "TV",
            "none",
            (ImportedDevice("tv", "mac", "the MAC of tv", is_known=False),),
            is_logged=False,
        ),
    ),
    answer_mode="nxdomain",
    upstreams_later=("tls://dns.example",),
    remarks=(Remark("place", "found", "meaning"),),
)


def check(folder: Path, text: str) -> None:
    path = folder / "config.yaml"
    path.write_text(text)
    compile_config(load(path, {}, catalog()), catalog())


def test_it_loads(tmp_path: Path) -> None:
    check(tmp_path, write_document(FULL))


def test_it_says_what_was_imported() -> None:
    lines = write_document(FULL).splitlines()
    for line in (
        "# place: found",
        "#     meaning",
        'timezone: "Europe/Berlin"',
        '    - "9.9.9.9"',
        '    # - "tls://dns.example"',
        '  nas.lan: ["192.168.1.40", "fd00::40"]',
        "    # sources:",
        '      # - "file:/etc/mine.txt"',
        "      # - malware",
        '      - "zip."',
        "    safe_search: {search: strict, youtube: moderate}",
        "    answer: {mode: nxdomain}",
        '      - {name: tablet, ip: "192.168.1.20"}',
        '      - {name: tv, mac: "3c:22:fb:01:02:03"}',
        "      # - {name: phone, id: mia-phone}",
        '      # - {name: tv, mac: "the MAC of tv"}',
        "    log: none",
        "    # devices:",
    ):
        assert line in lines


@pytest.mark.parametrize(
    "text",
    [
        "a\nversion: 2",
        "a\r\u2028version: 2",
        "*/ # ' \" {",
        "\u0085x",
        "\x00\x1b[31m",
        "- !env HOME",
    ],
)
def test_no_text_of_an_export_leaves_its_place(tmp_path: Path, text: str) -> None:
    evil = FULL._replace(
        file=text,
        remarks=(Remark(text, text, text),),
        upstreams_later=(text,),
        people=(ImportedPerson("x", "kids", (ImportedDevice(text, "ip", "192.168.1.20"),)),),
        categories=(ImportedCategory("mine", names=("a.example",), later=(text,)),),
    )
    document = write_document(evil)
    check(tmp_path, document)
    assert "\nversion: 2" not in document


@pytest.mark.parametrize("name", ["no", "1", "3.5", "on", "~", "null", "true"])
def test_a_word_that_is_none_stays_a_name(tmp_path: Path, name: str) -> None:
    policy = ImportedPolicy(name if name != "~" else "x ~")
    document = FULL._replace(policies=(*FULL.policies, ImportedPolicy(policy.name.strip(" ~"))))
    check(tmp_path, write_document(document))


def test_comments_can_be_uncommented(tmp_path: Path) -> None:
    text = write_document(FULL).replace("\n      # - malware", "\n      - malware")
    check(tmp_path, text)


def test_a_long_remark_is_wrapped() -> None:
    long = FULL._replace(remarks=(Remark("place", "found", "word " * 50),))
    assert all(len(line) <= 100 for line in write_document(long).splitlines())


def test_days_with_equal_windows_are_one_line() -> None:
    lines = write_document(FULL).splitlines()
    at = lines.index("  late:")
    assert lines[at + 1 : at + 6] == [
        '    mon-tue: "22:00-06:00"',
        '    thu: "22:00-06:00"',
        '    sat-sun: "22:00-06:00"',
        "  always:",
        "    daily: always",
    ]


def test_what_means_the_same_is_told_once() -> None:
    remarks = (Remark("a", "x", "same"), Remark("b", "y", "other"), Remark("c", "z", "same"))
    lines = write_document(FULL._replace(remarks=remarks)).splitlines()
    at = lines.index("# a: x")
    assert lines[at : at + 5] == ["# a: x", "# c: z", "#     same", "# b: y", "#     other"]


def test_a_log_that_was_off_is_off_in_every_policy(tmp_path: Path) -> None:
    text = write_document(FULL._replace(is_logged=False))
    assert text.count("\n    log: none\n") == len(FULL.policies) + 1
    check(tmp_path, text)
