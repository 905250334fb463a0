"""A config to what decides and serves."""

import os
from pathlib import Path

import pytest

from filterdns.config.compile import HistorySettings, compile_config
from filterdns.config.load import load
from filterdns.devices.lease_file import USUAL_FILES, LeaseFile
from filterdns.dns.names import from_text
from filterdns.errors import ConfigError
from filterdns.policy.verdict import CONNECTIVITY, ESSENTIAL, LIFELINE, Rule
from filterdns.resolver.image import Image, Limits, UpstreamServer, read_image, write_image
from tests.support.configs import HEAD, catalog, compiled, complaints


def test_the_least_config_compiles(tmp_path: Path) -> None:
    config = compiled(tmp_path, "")
    assert config.ruleset.timezone == "Europe/Berlin"
    assert config.upstreams == (UpstreamServer("127.0.0.1", 5353),)
    assert config.allow_clients == ("local",)
    assert config.limits == Limits()
    assert config.process.dns == (("0.0.0.0", 53), ("::", 53))
    assert config.process.workers == 1
    assert config.process.metrics is None
    assert config.process.history == HistorySettings(14 * 86_400, 500_000_000)


def test_settings_are_those_of_the_config(tmp_path: Path) -> None:
    config = compiled(
        tmp_path,
        "listen: {dns: ['127.0.0.1:5300'], workers: auto}\n"
        "metrics: {listen: '127.0.0.1:9154'}\n"
        "history: {keep: 1d, at_most: 10MB}\n"
        "limits: {queries_per_second: 7, cache_size: 64MiB, tcp_idle: 5s}\n",
    )
    assert config.process.dns == (("127.0.0.1", 5300),)
    assert config.process.workers == len(os.sched_getaffinity(0))
    assert config.process.metrics == ("127.0.0.1", 9154)
    assert config.process.history == HistorySettings(86_400, 10_000_000)
    assert config.limits.queries_per_second == 7
    assert config.limits.cache_bytes == 64 << 20
    assert config.limits.tcp_idle_seconds == 5


def test_metrics_have_an_address(tmp_path: Path) -> None:
    (complaint,) = complaints(tmp_path, "metrics: {listen: localhost}\n")
    assert complaint.startswith('config.yaml:3:19 metrics.listen: "localhost" is no address')


def test_the_usual_lease_files_are_read_unless_others_are_named(tmp_path: Path) -> None:
    assert compiled(tmp_path, "").process.devices.lease_files == USUAL_FILES
    assert compiled(tmp_path, "lease_files: []\n").process.devices.lease_files == ()
    named = compiled(tmp_path, "lease_files: [/var/kea.csv, leases, leases]\n")
    assert named.process.devices.lease_files == (
        LeaseFile("/var/kea.csv"),
        LeaseFile(str(tmp_path / "leases")),  # beside the config
    )


def test_lifelines_and_essentials_ship(tmp_path: Path) -> None:
    ruleset = compiled(tmp_path, "essentials: [pump.example]\n").ruleset
    assert ruleset.lifelines[from_text("childline.org.uk")].category == LIFELINE
    assert ruleset.essentials[from_text("amazontrust.com")].category == ESSENTIAL
    assert ruleset.essentials[from_text("captive.apple.com")].text == CONNECTIVITY
    assert ruleset.essentials[from_text("pump.example")] == Rule(
        "essentials: pump.example", "config.yaml:3:14", category=ESSENTIAL
    )


def test_hosts_have_addresses(tmp_path: Path) -> None:
    body = "hosts: {Printer.home: 192.168.1.40, nas: [192.168.1.41, 'FD00::41']}\n"
    assert compiled(tmp_path, body).ruleset.hosts == {
        from_text("printer.home"): ("192.168.1.40",),
        from_text("nas"): ("192.168.1.41", "fd00::41"),
    }


@pytest.mark.parametrize(
    ("hosts", "complaint"),
    [
        ("{a.home: 1.2.3}", 'config.yaml:3:17 hosts.a.home: "1.2.3" is no address'),
        ("{a..home: 1.2.3.4}", "has an empty label"),
        ("{a.home: 1.2.3.4, A.home: 1.2.3.5}", 'hosts: "A.home" stands here twice'),
    ],
)
def test_a_host_has_a_name_and_an_address(tmp_path: Path, hosts: str, complaint: str) -> None:
    (found,) = complaints(tmp_path, f"hosts: {hosts}\n")
    assert complaint in found


def test_unknown_devices_get_the_strictest_policy(tmp_path: Path) -> None:
    assert compiled(tmp_path, "").ruleset.unknown_policy == ""
    body = "policies: {child: {}}\nunknown_devices: {policy: child}\n"
    assert compiled(tmp_path, body).ruleset.unknown_policy == "child"


def test_the_policy_of_unknown_devices_exists(tmp_path: Path) -> None:
    (complaint,) = complaints(tmp_path, "unknown_devices: {policy: strict}\n")
    assert '"strict" is not a policy; did you mean "strictest"?' in complaint


def test_upstreams_may_come_from_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(HEAD)
    config = compile_config(load(path, {}, catalog()), catalog(), upstreams=["9.9.9.9:5353"])
    assert config.upstreams == (UpstreamServer("9.9.9.9", 5353),)


def test_a_wrong_upstream_of_the_command_line_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(HEAD)
    with pytest.raises(ConfigError, match=r'^--upstream "nowhere" is a name'):
        compile_config(load(path, {}, catalog()), catalog(), upstreams=["nowhere"])


def test_upstreams_of_the_system_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("timezone: UTC\n")
    resolv_conf = tmp_path / "resolv.conf"
    resolv_conf.write_text("nameserver 192.0.2.1\n")
    config = compile_config(load(path, {}, catalog()), catalog(), resolv_conf=resolv_conf)
    assert config.upstreams == (UpstreamServer("192.0.2.1"),)


def test_a_compiled_config_goes_into_an_image(tmp_path: Path) -> None:
    config = compiled(tmp_path, "policies: {child: {block: [adult]}}\n")
    image = Image(1, config.ruleset, config.upstreams, config.allow_clients, config.limits)
    write_image(image, tmp_path / "image")
    assert read_image(tmp_path / "image") == image


def test_the_digest_changes_with_every_value(tmp_path: Path) -> None:
    digests = {
        compiled(tmp_path, body).digest
        for body in ("", "# words\n", "essentials: [a.example]\n", "essentials: [b.example]\n")
    }
    assert len(digests) == 3
