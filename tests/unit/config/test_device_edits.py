"""Devices written into a config by hand, in whatever way it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.config.device_edits import WantedDevice, people_of, write_devices
from filterdns.config.reader import read_tree
from filterdns.errors import InvalidValue

OLD, NEW, OTHER = "3c:22:fb:01:02:03", "3c:22:fb:01:02:04", "3c:22:fb:01:02:05"
PHONE = WantedDevice("mia", "phone", (NEW,))
TABLET = WantedDevice("mia", "tablet", (NEW,))


@pytest.mark.parametrize(
    ("there", "wanted", "then"),
    [
        (
            "  mia: {policy: child}  # 12\n",
            PHONE,
            f'  mia: {{policy: child, devices: [{{name: phone, mac: "{NEW}"}}]}}  # 12\n',
        ),
        (
            "  mia:\n    policy: child # 12\n    # soon more\n",
            PHONE,
            (
                "  mia:\n    policy: child # 12\n"
                f'    devices: [{{name: phone, mac: "{NEW}"}}]\n    # soon more\n'
            ),
        ),
        (
            "  mia: {policy: child, devices: []}\n",
            PHONE,
            f'  mia: {{policy: child, devices: [{{name: phone, mac: "{NEW}"}}]}}\n',
        ),
        (
            "  mia:\n    devices:\n    - name: tv\n      ip: 10.0.0.1 # old\n    policy: child\n",
            PHONE,
            (
                "  mia:\n    devices:\n    - name: tv\n      ip: 10.0.0.1 # old\n"
                f'    - {{name: phone, mac: "{NEW}"}}\n    policy: child\n'
            ),
        ),
        (
            f"  mia: {{policy: child, devices: [{{name: tablet, mac: '{OLD}'}}]}}\n",
            TABLET,
            f'  mia: {{policy: child, devices: [{{name: tablet, mac: ["{OLD}", "{NEW}"]}}]}}\n',
        ),
        (
            "  mia:\n    policy: child\n    devices:\n      - name: tablet # hers\n",
            TABLET,
            (
                "  mia:\n    policy: child\n    devices:\n      - name: tablet # hers\n"
                f'        mac: "{NEW}"\n'
            ),
        ),
    ],
)
def test_nothing_changes_but_the_device(there: str, wanted: WantedDevice, then: str) -> None:
    head, tail = "# our house\npeople:\n", "\ngroups: {}  # none\n"
    assert write_devices(head + there + tail, [wanted], adds=True) == head + then + tail


def test_in_place_of_its_signs_others_are_written() -> None:
    text = f"people:\n  mia: {{devices: [{{name: tablet, mac: [{OLD}, {OTHER}]}}]}}\n"
    assert write_devices(text, [TABLET], adds=False) == (
        f'people:\n  mia: {{devices: [{{name: tablet, mac: "{NEW}"}}]}}\n'
    )


@pytest.mark.parametrize("adds", [True, False])
def test_what_is_there_already_stays_as_it_was_written(adds: bool) -> None:
    text = f"people:\n  mia: {{devices: [{{name: tablet, mac: {NEW}}}]}}\n"
    assert write_devices(text, [TABLET], adds=adds) == text


def test_people_who_are_new_come_with_their_policy() -> None:
    zoe = WantedDevice("zoe", "phone", (NEW,), policy="child")
    text = "people:\n  mia: {policy: child}\n"
    assert write_devices(
        text, [zoe, zoe._replace(name="on", macs=(), ids=("zoe-9f2c71d0",))], adds=True
    ) == (
        text
        + f'  zoe: {{policy: child, devices: [{{name: phone, mac: "{NEW}"}},'
        + ' {name: "on", id: "zoe-9f2c71d0"}]}\n'
    )
    assert write_devices("a: 1\n", [zoe], adds=True) == (
        f'a: 1\n\npeople:\n  zoe: {{policy: child, devices: [{{name: phone, mac: "{NEW}"}}]}}\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        "people:\n  ben: &x {policy: child}\n  mia: *x\n",
        "people:\n  ben: {devices: &x []}\n  mia: {devices: *x}\n",
        "people:\n  mia: {devices: [&x {name: tv}, *x, {name: tablet, mac: !env MAC}]}\n",
    ],
)
def test_what_only_a_person_can_change_is_said(text: str) -> None:
    with pytest.raises(InvalidValue, match="only a person can change"):
        write_devices(text, [TABLET], adds=True)


def test_the_people_of_a_file_are_known() -> None:
    assert people_of("people: {mia: {}, 7: {}}") == ["mia", "7"]
    assert people_of("groups: {}") == people_of("# nothing") == people_of("people: 7") == []


@given(st.text(min_size=1, max_size=30).filter(str.isprintable))
def test_any_name_is_read_as_it_was_meant(name: str) -> None:
    wanted = WantedDevice(name, name, (NEW,), policy="child")
    written = write_devices("people:\n  mia: {}\n", [wanted], adds=True)
    assert people_of(written) == ["mia", name]
    assert read_tree(written.encode(), "config.yaml") is not None
