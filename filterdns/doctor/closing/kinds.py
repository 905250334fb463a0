"""The kinds of routers for which there are lines or steps."""

from collections.abc import Callable
from typing import Final, NamedTuple

from filterdns.doctor.closing.nftables import bridge_file, router_file
from filterdns.doctor.closing.openwrt import openwrt_commands
from filterdns.doctor.closing.plan import Plan
from filterdns.doctor.closing.words import fritzbox_steps, opnsense_steps, pfsense_steps


class Kind(NamedTuple):
    """A kind of router: its *title* for people, and what writes its lines.

    One that *is rare* is only told to those who ask for it.
    """

    title: str
    write: Callable[[Plan], str]
    is_rare: bool = False


KINDS: Final = {
    "nftables": Kind("a Linux router with nftables", router_file),
    "nftables-bridge": Kind("a Linux bridge between router and home", bridge_file, True),
    "openwrt": Kind("OpenWrt", openwrt_commands),
    "pfsense": Kind("pfSense", pfsense_steps),
    "opnsense": Kind("OPNsense", opnsense_steps),
    "fritzbox": Kind("FRITZ!Box", fritzbox_steps),
}
