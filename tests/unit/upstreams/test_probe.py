"""Names for the loop probe."""

import pytest

from filterdns.dns import names
from filterdns.upstreams.probe import LIFETIME_SECONDS, PROBE_SUFFIX, ProbeNames

KEY = b"shared by the workers"


def test_the_suffix_is_a_name_that_resolvers_do_not_answer_themselves() -> None:
    assert names.to_text(PROBE_SUFFIX) == "loop-probe.filterdns.example"


def test_a_probe_is_a_canonical_name_below_the_suffix() -> None:
    name = ProbeNames().new_name("192.0.2.53:53", 1000.5)
    assert names.from_text(names.to_text(name)) == name
    assert names.is_below_or_equal(name, PROBE_SUFFIX)


def test_no_two_probes_are_equal() -> None:
    made = ProbeNames()
    assert len({made.new_name("192.0.2.53:53", 1000.0) for _ in range(100)}) == 100


def test_a_probe_is_known_again_for_its_own_upstream_only() -> None:
    made = ProbeNames()
    name = made.new_name("192.0.2.53:53", 1000.0)
    assert made.is_ours(name, "192.0.2.53:53", 1001.0)
    assert not made.is_ours(name, "192.0.2.54:53", 1001.0)


def test_workers_with_one_key_know_each_others_probes() -> None:
    name = ProbeNames(KEY).new_name("192.0.2.53:53", 1000.0)
    assert ProbeNames(KEY).is_ours(name, "192.0.2.53:53", 1000.0)


def test_another_filter_does_not_take_a_probe_for_its_own() -> None:
    name = ProbeNames().new_name("192.0.2.53:53", 1000.0)
    assert not ProbeNames().is_ours(name, "192.0.2.53:53", 1000.0)


@pytest.mark.parametrize("later_seconds", [-2, LIFETIME_SECONDS + 1])
def test_a_probe_that_somebody_saw_is_of_no_use_later(later_seconds: float) -> None:
    made = ProbeNames()
    name = made.new_name("192.0.2.53:53", 1000.0)
    assert not made.is_ours(name, "192.0.2.53:53", 1000.0 + later_seconds)


@pytest.mark.parametrize(
    "label", [b"", b"0" * 40, b"z" * 40, b"\xff" * 40, b" " * 40, b"0" * 39, b"0" * 41]
)
def test_junk_below_the_suffix_is_not_ours(label: bytes) -> None:
    name = (bytes([len(label)]) + label if label else b"") + PROBE_SUFFIX
    assert not ProbeNames().is_ours(name, "192.0.2.53:53", 0.0)
