"""The keys of the config, their types and defaults."""

import pytest
from pydantic import ValidationError

from filterdns.config.model import Document, History, LimitsSection, key_paths, known_keys
from filterdns.resolver.image import Limits


def test_a_timezone_is_all_that_a_config_needs() -> None:
    document = Document.model_validate({"timezone": "Europe/Berlin"})
    assert document.upstreams.servers == ("system",)
    assert document.allow_clients == ("local",)
    assert document.unknown_devices.policy == "strictest"
    assert document.metrics is None


def test_names_may_be_written_as_numbers() -> None:
    document = Document.model_validate(
        {"timezone": "UTC", "people": {"7": {"policy": 7}}, "policies": {"7": {}}}
    )
    assert document.people["7"].policy == "7"


def test_a_single_text_stands_for_a_list_of_one() -> None:
    device = {"name": "phone", "ip": "10.0.0.1"}
    document = Document.model_validate(
        {"timezone": "UTC", "people": {"mia": {"policy": "a", "devices": [device]}}}
    )
    assert document.people["mia"].devices[0].ip == ("10.0.0.1",)


def test_history_is_kept_for_two_weeks() -> None:
    assert History().keep == 14 * 86_400
    assert History().at_most == 500_000_000


def test_limits_default_to_those_of_the_workers() -> None:
    written, built_in = LimitsSection(), Limits()
    assert written.cache_size == built_in.cache_bytes
    assert written.memo_size == built_in.memo_bytes
    assert written.tcp_idle == built_in.tcp_idle_seconds
    assert written.tcp_total == built_in.tcp_total_seconds
    for name in LimitsSection.model_fields.keys() & {*Limits.__slots__}:
        assert getattr(written, name) == getattr(built_in, name)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("history", "keep", "1s"),
        ("history", "at_most", "1kB"),
        ("limits", "tcp_idle", "2h"),
        ("limits", "burst", 0),
        ("listen", "workers", 0),
        ("listen", "workers", True),
        ("listen", "workers", "many"),
        ("limits", "burst", True),
    ],
)
def test_amounts_have_bounds(section: str, key: str, value: object) -> None:
    with pytest.raises(ValidationError):
        Document.model_validate({"timezone": "UTC", section: {key: value}})


def test_a_document_does_not_change() -> None:
    document = Document.model_validate({"timezone": "UTC"})
    with pytest.raises(ValidationError, match="frozen"):
        document.timezone = "Europe/Berlin"


def test_every_key_has_a_path() -> None:
    paths = {".".join(path) for path in key_paths()}
    assert {"timezone", "people.*.devices.*.ip", "policies.*.during.*.allow-only"} <= paths
    assert "metrics.listen" in paths


def test_the_keys_of_a_section_are_known() -> None:
    assert known_keys(("people", "mia", "devices", 0)) == [
        "name",
        "mac",
        "id",
        "ip",
        "network",
    ]
    assert known_keys(("people",)) == []
