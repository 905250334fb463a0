"""What a Teleporter backup says beside the tables: upstreams, local names, how blocks look.

Of Pi-hole 6 that is pihole.toml, of Pi-hole 5 setupVars.conf, pihole-FTL.conf, custom.list and a
file of dnsmasq.
"""

import tomllib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from filterdns.importing.archive import failure

TOML: Final = "etc/pihole/pihole.toml"
SETUP_VARS: Final = "setupVars.conf"
FTL: Final = "pihole-FTL.conf"
CUSTOM_LIST: Final = "custom.list"
CNAMES: Final = "dnsmasq.d/05-pihole-custom-cname.conf"
LEASES: Final = "dnsmasq.d/04-pihole-static-dhcp.conf"
MEMBERS: Final = (TOML, SETUP_VARS, FTL, CUSTOM_LIST, CNAMES, LEASES)

MOST_BYTES: Final = 1_000_000


class Said(NamedTuple):
    """A text and the place where it stands."""

    text: str
    place: str


class Settings(NamedTuple):
    """Upstreams as `8.8.8.8#53`, hosts as `192.168.1.40 nas nas.lan`, CNAMEs as `alias,target`.

    *leases* are dnsmasq's `3C:22:FB:01:02:03,192.168.1.20,tablet`, *forwarded* zones with servers
    of their own, *mode* is Pi-hole's word. *dhcp* is there where its DHCP server is on.
    """

    upstreams: tuple[Said, ...] = ()
    hosts: tuple[Said, ...] = ()
    cnames: tuple[Said, ...] = ()
    leases: tuple[Said, ...] = ()
    forwarded: tuple[Said, ...] = ()
    mode: Said = Said("", "")
    dhcp: Said | None = None


def read_settings(members: Mapping[str, bytes], file: str) -> Settings:
    """Return what the *members* of the archive *file* say; raises `ConfigError`."""
    for member in MEMBERS:
        if len(members.get(member, b"")) > MOST_BYTES:
            problem = f"is larger than {MOST_BYTES // 10**6} MB, expected settings"
            raise failure(file, member, problem)
    if TOML in members:
        return _read_toml(members[TOML], file)
    return _read_old(members)


def _read_toml(data: bytes, file: str) -> Settings:
    try:
        document = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise failure(file, TOML, f"is no TOML: {error}") from None

    def texts(section: str, key: str) -> tuple[Said, ...]:
        table = document.get(section, {})
        values = table.get(key, []) if isinstance(table, dict) else None
        if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
            raise failure(file, TOML, f"found no list of texts under {section}.{key}, expected one")
        return tuple(Said(each, f"{TOML} {section}.{key}") for each in values)

    settings = Settings(
        upstreams=texts("dns", "upstreams"),
        hosts=texts("dns", "hosts"),
        cnames=texts("dns", "cnameRecords"),
        leases=texts("dhcp", "hosts"),
        forwarded=texts("dns", "revServers"),
    )
    dns = document.get("dns", {})
    blocking: Any = dns.get("blocking", {})
    mode = blocking.get("mode", "") if isinstance(blocking, dict) else None
    if not isinstance(mode, str):
        raise failure(file, TOML, "found no text under dns.blocking.mode, expected one")
    dhcp = document.get("dhcp", {})
    is_active = isinstance(dhcp, dict) and dhcp.get("active") is True
    return settings._replace(
        mode=Said(mode, f"{TOML} dns.blocking.mode"),
        dhcp=Said("true", f"{TOML} dhcp.active") if is_active else None,
    )


def _read_old(members: Mapping[str, bytes]) -> Settings:
    variables = {
        name: Said(value, f"{member} {name}")
        for member in (SETUP_VARS, FTL)
        for name, value in _assignments(members.get(member, b""))
    }
    return Settings(
        upstreams=tuple(
            said for name, said in variables.items() if name.startswith("PIHOLE_DNS_") and said.text
        ),
        hosts=_lines(members, CUSTOM_LIST),
        cnames=_values(members, CNAMES, "cname="),
        leases=_values(members, LEASES, "dhcp-host="),
        forwarded=tuple(
            said for name, said in variables.items() if name == "REV_SERVER_TARGET" and said.text
        ),
        mode=variables.get("BLOCKINGMODE", Said("", "")),
        dhcp=next(
            (
                said
                for name, said in variables.items()
                if name == "DHCP_ACTIVE" and said.text == "true"
            ),
            None,
        ),
    )


def _assignments(data: bytes) -> list[tuple[str, str]]:
    lines = data.decode(errors="replace").splitlines()
    found = [line.partition("=") for line in lines if not line.startswith("#")]
    return [(name.strip(), value.strip()) for name, equals, value in found if equals]


def _lines(members: Mapping[str, bytes], member: str) -> tuple[Said, ...]:
    lines = members.get(member, b"").decode(errors="replace").splitlines()
    return tuple(
        Said(line.strip(), f"{member}:{number}")
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    )


def _values(members: Mapping[str, bytes], member: str, option: str) -> tuple[Said, ...]:
    """Return what stands behind each *option* of dnsmasq's file *member*."""
    return tuple(
        said._replace(text=said.text.removeprefix(option))
        for said in _lines(members, member)
        if said.text.startswith(option)
    )
