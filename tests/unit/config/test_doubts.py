"""What a config says that is right and probably not meant."""

from pathlib import Path

import pytest

from tests.support.doubts import doubts, with_policies


@pytest.mark.parametrize(
    "body",
    [
        with_policies("a: {block: [adult, x.example]}"),
        with_policies("a: {extends: b, block: [games]}, b: {block: [adult]}"),
        with_policies("a: {block: [x.example], allow: [b.x.example]}"),
        with_policies("a: {block: [x.example, a.b.x.example], allow: [b.x.example]}"),
        with_policies("a: {block: [service:tiktok]}", ", allow: [service:tiktok]"),
        with_policies("a: {bypass: {doh: block, private-relay: block}}"),
        "policies: {a: {}}\nunknown_devices: {policy: a}\n",
    ],
)
def test_what_is_meant_raises_no_doubt(tmp_path: Path, body: str) -> None:
    assert not doubts(tmp_path, body)


@pytest.mark.parametrize(
    ("body", "doubt"),
    [
        (
            with_policies("a: {}, b: {}"),
            "config.yaml:4:19 policies.b: nobody has this policy",
        ),
        (
            with_policies("a: {}") + "schedules: {s: {fri: always}}\n",
            "config.yaml:5:13 schedules.s: nothing uses this schedule",
        ),
        (
            with_policies("a: {during: {s: {block: [games]}}}") + "schedules: {s: {fri: never}}\n",
            "config.yaml:5:13 schedules.s: this schedule is never on",
        ),
        (
            "people: {mia: {policy: a}}\npolicies: {a: {}}\n",
            "config.yaml:3:10 people.mia: mia has no devices",
        ),
        (
            with_policies("a: {block: [x.example]}", ", allow: [x.example]"),
            'people.mia: "x.example" is allowed at config.yaml:3:76, which wins, and blocked at',
        ),
        (
            with_policies("a: {allow: [x.example]}", ", block: [x.example]"),
            'people.mia: "x.example" is blocked at config.yaml:3:76, which wins, and allowed at',
        ),
        (
            with_policies("a: {extends: b, allow: [x.example]}, b: {block: [x.example]}"),
            'policies.a: "x.example" is allowed at config.yaml:4:36, which wins, and blocked at',
        ),
    ],
)
def test_what_does_nothing_or_contradicts_is_told(tmp_path: Path, body: str, doubt: str) -> None:
    (found,) = doubts(tmp_path, body)
    assert doubt in found


@pytest.mark.parametrize("address", ["0.0.0.0:9153", "[::]:9153"])
def test_a_metrics_page_for_everybody_is_doubtful(tmp_path: Path, address: str) -> None:
    [doubt] = doubts(tmp_path, f'metrics: {{listen: "{address}"}}\n')
    assert doubt.startswith("config.yaml:3:")
    assert "metrics.listen: the metrics page is served to everybody" in doubt
    assert "write 127.0.0.1:9153" in doubt


@pytest.mark.parametrize("address", ["127.0.0.1:9153", "192.168.1.1:9153", "[::1]:9153"])
def test_a_metrics_page_at_one_address_is_not(tmp_path: Path, address: str) -> None:
    assert not doubts(tmp_path, f'metrics: {{listen: "{address}"}}\n')


def test_a_card_that_a_device_makes_up_is_a_doubt(tmp_path: Path) -> None:
    body = with_policies("a: {block: [x.example]}").replace(
        "ip: 127.0.0.2", "mac: da:a1:19:01:02:03"
    )
    (doubt,) = doubts(tmp_path, body)
    assert "config.yaml:3:" in doubt
    assert "people.mia.devices[0].mac" in doubt
    assert "is a private address" in doubt


def test_a_network_of_forwarders_is_a_doubt(tmp_path: Path) -> None:
    body = with_policies("a: {block: [x.example]}")
    assert not doubts(tmp_path, f"{body}trusted_forwarders: [192.168.1.1, 'fd00::1']\n")
    (doubt,) = doubts(tmp_path, f"{body}trusted_forwarders: [192.168.1.1, 192.168.2.0/24]\n")
    assert "trusted_forwarders[1]: every device in " in doubt
