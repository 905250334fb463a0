from pathlib import Path

import pytest

from filterdns.importing.adguard_house import (
    add_filters,
    add_rewrites,
    add_upstreams,
    answer_mode,
    is_logged,
    remark_others,
    setting,
)
from filterdns.importing.gathering import Gathering
from filterdns.importing.imported import Remark
from filterdns.importing.written import Written, read_yaml
from tests.support.exports import known


@pytest.fixture
def gathering() -> Gathering:
    return Gathering("AdGuard Home", "AdGuardHome.yaml", known())


def root(folder: Path, text: str) -> Written:
    path = folder / "AdGuardHome.yaml"
    path.write_text(text)
    return read_yaml(path)


def remarks(gathering: Gathering) -> list[Remark]:
    return list(gathering.finish("").remarks)


def test_a_setting_is_found_where_its_version_has_it(tmp_path: Path) -> None:
    assert setting(root(tmp_path, "filtering: {a: new}\ndns: {a: old}"), "a").text() == "new"
    assert setting(root(tmp_path, "dns: {a: old}"), "a").text() == "old"


def test_servers_of_zones_and_files_are_told(tmp_path: Path, gathering: Gathering) -> None:
    text = "dns: {upstream_dns: ['', '#x', 9.9.9.9, '[/a/]1.1.1.1'], upstream_dns_file: f.txt}"
    add_upstreams(root(tmp_path, text), gathering)
    assert gathering.finish("").upstreams == ("9.9.9.9",)
    found = {remark.found for remark in remarks(gathering)}
    assert {"[/a/]1.1.1.1", "f.txt"} <= found


def test_rewrites_that_are_disabled_or_no_address_are_told(
    tmp_path: Path, gathering: Gathering
) -> None:
    text = """
    filtering:
      rewrites:
        - {domain: a.lan, answer: 192.168.1.4}
        - {domain: b.lan, answer: 192.168.1.5, enabled: false}
        - {domain: c.lan, answer: a.lan}
    """
    add_rewrites(root(tmp_path, text), gathering)
    assert list(gathering.finish("").hosts) == ["a.lan"]
    assert {"b.lan", "c.lan → a.lan"} <= {remark.found for remark in remarks(gathering)}


def test_rewrites_that_are_off_as_a_whole_are_left_out(
    tmp_path: Path, gathering: Gathering
) -> None:
    text = "filtering: {rewrites_enabled: false, rewrites: [{domain: a.lan, answer: 1.2.3.4}]}"
    add_rewrites(root(tmp_path, text), gathering)
    assert gathering.finish("").hosts == {}


def test_a_list_in_the_clear_is_told(tmp_path: Path, gathering: Gathering) -> None:
    text = "filters: [{enabled: true, url: 'http://a.example/x', name: Mine}]"
    assert add_filters(root(tmp_path, text), gathering) == ["mine"]
    assert any("without encryption" in remark.meaning for remark in remarks(gathering))


@pytest.mark.parametrize(
    ("mode", "ours", "is_told"),
    [("default", "zero-ip", False), ("refused", "nxdomain", True), ("custom_ip", "zero-ip", True)],
)
def test_answers_that_we_do_not_give_are_told(
    tmp_path: Path, gathering: Gathering, mode: str, ours: str, is_told: bool
) -> None:
    assert answer_mode(root(tmp_path, f"dns: {{blocking_mode: {mode}}}"), gathering) == ours
    assert any(remark.found == mode for remark in remarks(gathering)) is is_told


def test_names_that_are_refused_as_usual_are_not_told(tmp_path: Path, gathering: Gathering) -> None:
    remark_others(root(tmp_path, "dns: {blocked_hosts: [version.bind, x.example]}"), gathering)
    [found] = [remark.found for remark in remarks(gathering) if "blocked_hosts" in remark.place]
    assert found == "x.example"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("querylog: {enabled: false}", False),
        ("dns: {querylog_enabled: false}", False),
        ("querylog: {enabled: true}", True),
        ("dns: {}", True),
    ],
)
def test_a_log_that_is_off_is_told(
    tmp_path: Path, gathering: Gathering, text: str, kept: bool
) -> None:
    assert is_logged(root(tmp_path, text), gathering) is kept
    assert any("log: none" in remark.meaning for remark in remarks(gathering)) is not kept


def test_a_dhcp_server_is_told_where_it_is_on(tmp_path: Path, gathering: Gathering) -> None:
    remark_others(root(tmp_path, "dhcp: {enabled: false}"), gathering)
    assert not any("dhcp" in remark.place for remark in remarks(gathering))
    remark_others(root(tmp_path, "dhcp: {enabled: true}"), gathering)
    assert any("let the router do that" in remark.meaning for remark in remarks(gathering))
