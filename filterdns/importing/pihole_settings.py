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
MEMBERS: Final = (TOML, SETUP_VARS, FTL, CUSTOM_LIST, CNAMES)

MOST_BYTES: Final = 1_000_000


class Said(NamedTuple):
    """A text and the place where it stands."""

    text: str
    place: str


class Settings(NamedTuple):
    """Upstreams as `8.8.8.8#53`, hosts as `192.168.1.40 nas nas.lan`, CNAMEs as `alias,target`.

    *forwarded* are zones with servers of their own, *mode* is Pi-hole's word.
    """

    upstreams: tuple[Said, ...] = ()
    hosts: tuple[Said, ...] = ()
    cnames: tuple[Said, ...] = ()
    forwarded: tuple[Said, ...] = ()
    mode: Said = Said("", "")


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
    dns = document.get("dns", {})

    def texts(key: str) -> tuple[Said, ...]:
        values = dns.get(key, []) if isinstance(dns, dict) else None
        if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
            raise failure(file, TOML, f"found no list of texts under dns.{key}, expected one")
        return tuple(Said(each, f"{TOML} dns.{key}") for each in values)

    settings = Settings(
        texts("upstreams"), texts("hosts"), texts("cnameRecords"), texts("revServers")
    )
    blocking: Any = dns.get("blocking", {})
    mode = blocking.get("mode", "") if isinstance(blocking, dict) else None
    if not isinstance(mode, str):
        raise failure(file, TOML, "found no text under dns.blocking.mode, expected one")
    return settings._replace(mode=Said(mode, f"{TOML} dns.blocking.mode"))


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
        cnames=tuple(
            said._replace(text=said.text.removeprefix("cname="))
            for said in _lines(members, CNAMES)
            if said.text.startswith("cname=")
        ),
        forwarded=tuple(
            said for name, said in variables.items() if name == "REV_SERVER_TARGET" and said.text
        ),
        mode=variables.get("BLOCKINGMODE", Said("", "")),
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
