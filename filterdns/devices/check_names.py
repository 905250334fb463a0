"""The names by which devices check whether they are online, and which kind of device asks them.

What systems ask by themselves, not what a page or an app on them asks: a browser's check is the
same on all of them. Linux is left out, because it often runs as a guest inside of another system.
All are essentials (`blocklists/essentials.tsv`), so each device can always ask them.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class System(StrEnum):
    """Kinds of devices, of which no device is two."""

    APPLE = "Apple"
    ANDROID = "Android"
    WINDOWS = "Windows"
    NINTENDO = "Nintendo"


def system_of(name: str) -> System | None:
    """Return which kind of device asks *name* (as text) by itself; None where any may."""
    while name:
        system = SYSTEM_BY_CHECK_NAME.get(name)
        if system:
            return system
        name = name.partition(".")[2]
    return None


# Names and all that is below them.
SYSTEM_BY_CHECK_NAME: Final[Mapping[str, System]] = {
    "captive.apple.com": System.APPLE,
    "connectivitycheck.gstatic.com": System.ANDROID,
    "connectivitycheck.android.com": System.ANDROID,
    "connectivitycheck.grapheneos.network": System.ANDROID,
    "connect.rom.miui.com": System.ANDROID,
    "connectivitycheck.platform.hicloud.com": System.ANDROID,
    "connectivitycheck.platform.hihonorcloud.com": System.ANDROID,
    "conn1.oppomobile.com": System.ANDROID,
    "conn2.oppomobile.com": System.ANDROID,
    "wifi.vivo.com.cn": System.ANDROID,
    "connectivity.samsung.com.cn": System.ANDROID,
    "msftconnecttest.com": System.WINDOWS,
    "msftncsi.com": System.WINDOWS,
    "conntest.nintendowifi.net": System.NINTENDO,
}
