"""The lines are run by a shell, with a `uci` that writes down what it is told."""

import subprocess
from pathlib import Path

from filterdns.doctor.closing.openwrt import openwrt_commands
from filterdns.doctor.closing.plan import make_plan
from filterdns.upstreams.endpoint import Endpoint

IPV4, IPV6 = Endpoint("192.168.1.2", 53), Endpoint("fd00::2", 53)
UCI = """\
#!/bin/sh
[ "$*" = "-q get dhcp.lan.dhcp_option" ] && echo '6,192.0.2.9 42,192.168.1.1'
echo "$*" >>"$(dirname "$0")/told"
"""


def told(folder: Path, *servers: Endpoint, doh: tuple[str, ...] = ("192.0.2.1",)) -> list[str]:
    for name, text in (("uci", UCI), ("service", "#!/bin/sh\n")):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    subprocess.run(
        ["sh", "-e"],
        input=openwrt_commands(make_plan(servers, "br-lan", doh)),
        env={"PATH": f"{folder}:/usr/bin:/bin"},
        text=True,
        check=True,
    )
    return (folder / "told").read_text().splitlines()


def test_filterdns_is_handed_out_for_ipv4_and_ipv6_and_no_other(tmp_path: Path) -> None:
    lines = told(tmp_path, IPV4, IPV6)
    assert "del_list dhcp.lan.dhcp_option=6,192.0.2.9" in lines
    assert "del_list dhcp.lan.dhcp_option=42,192.168.1.1" not in lines
    assert "add_list dhcp.lan.dhcp_option=6,192.168.1.2" in lines
    assert "add_list dhcp.lan.dns=fd00::2" in lines


def test_without_an_address_of_ipv6_none_is_announced(tmp_path: Path) -> None:
    assert "set dhcp.lan.dns_service=0" in told(tmp_path, IPV4)


def test_plain_dns_is_led_to_the_filter_and_its_own_goes_out(tmp_path: Path) -> None:
    lines = told(tmp_path, IPV4, IPV6)
    for family, host in (("ipv4", "192.168.1.2"), ("ipv6", "fd00::2")):
        section = f"set firewall.filterdns_dns_{family}"
        for option in (f"src_ip=!{host}", f"src_dip=!{host}", f"dest_ip={host}", "src_dport=53"):
            assert f"{section}.{option}" in lines
        assert f"set firewall.filterdns_dot_{family}.src_ip=!{host}" in lines


def test_encrypted_dns_is_refused_for_both_families_whatever_the_filter_has(
    tmp_path: Path,
) -> None:
    lines = told(tmp_path, IPV4, doh=("192.0.2.1", "2001:db8::1"))
    for family in ("ipv4", "ipv6"):
        assert f"set firewall.filterdns_dot_{family}.dest_port=853" in lines
        assert f"set firewall.filterdns_https_{family}.ipset=filterdns_doh_{family}" in lines
    assert "add_list firewall.filterdns_doh_ipv6.entry=2001:db8::1" in lines
