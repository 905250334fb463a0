import pytest

from filterdns.errors import ConfigError
from filterdns.importing.pihole_settings import MOST_BYTES, TOML, Said, read_settings
from tests.support.exports import PIHOLE_TOML


def test_version_6_says_it_in_toml() -> None:
    settings = read_settings({TOML: PIHOLE_TOML.encode()}, "backup")
    assert settings.upstreams[3] == Said("dns.example", f"{TOML} dns.upstreams")
    assert [said.text for said in settings.hosts] == ["192.168.1.40 nas nas.lan # in the cellar"]
    assert [said.text for said in settings.cnames] == ["files.lan,nas.lan"]
    assert settings.mode == Said("NODATA", f"{TOML} dns.blocking.mode")
    assert (settings.leases, settings.dhcp) == ((), None)


def test_the_dhcp_server_of_version_6_is_told_with_its_leases() -> None:
    text = '[dhcp]\nactive = true\nhosts = ["3C:22:FB:01:02:03,tablet"]\n'
    settings = read_settings({TOML: text.encode()}, "backup")
    assert settings.leases == (Said("3C:22:FB:01:02:03,tablet", f"{TOML} dhcp.hosts"),)
    assert settings.dhcp == Said("true", f"{TOML} dhcp.active")


def test_version_5_says_it_in_several_files() -> None:
    settings = read_settings(
        {
            "setupVars.conf": (
                b"PIHOLE_DNS_1=9.9.9.9\n# x\nREV_SERVER_TARGET=192.168.1.1\nWEB=x\n"
                b"DHCP_ACTIVE=true\n"
            ),
            "pihole-FTL.conf": b"BLOCKINGMODE=NX\n",
            "custom.list": b"# ours\n192.168.1.40 nas.lan\n\n",
            "dnsmasq.d/04-pihole-static-dhcp.conf": b"dhcp-host=3C:22:FB:01:02:03,tablet\n",
            "dnsmasq.d/05-pihole-custom-cname.conf": b"cname=a.lan,b.lan\nother=1\n",
        },
        "backup",
    )
    assert settings.upstreams == (Said("9.9.9.9", "setupVars.conf PIHOLE_DNS_1"),)
    assert settings.hosts == (Said("192.168.1.40 nas.lan", "custom.list:2"),)
    assert [said.text for said in settings.cnames] == ["a.lan,b.lan"]
    assert [said.text for said in settings.forwarded] == ["192.168.1.1"]
    assert settings.mode.text == "NX"
    place = "dnsmasq.d/04-pihole-static-dhcp.conf:1"
    assert settings.leases == (Said("3C:22:FB:01:02:03,tablet", place),)
    assert settings.dhcp == Said("true", "setupVars.conf DHCP_ACTIVE")


def test_a_backup_without_settings_says_nothing() -> None:
    assert read_settings({}, "backup").upstreams == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"[dns", "is no TOML"),
        (b"\xff", "is no TOML"),
        (b"a = " + b"[" * 100_000, "is no TOML"),
        (b"dns = 1", "found no list of texts under dns.upstreams"),
        (b"dhcp = 1", "found no list of texts under dhcp.hosts"),
        (b"[dns]\nupstreams = [1]", "found no list of texts under dns.upstreams"),
        (b"[dns]\nblocking = 1", "found no text under dns.blocking.mode"),
        (b"#" * (MOST_BYTES + 1), "is larger than 1 MB"),
    ],
)
def test_settings_that_are_none_are_told(text: bytes, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_settings({TOML: text}, "backup")
    assert f"backup {TOML}: {said}" in str(raised.value)
