"""A file of leases on disk: whether it has changed, and what it says.

It belongs to another program, which may be writing it now, replace it, or remove it and make it
anew. Kea cleans up its file by way of others beside it (Kea manual, "Why Is Lease File Cleanup
Necessary?"), so these are read, too, the oldest first.
"""

import os
import stat
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from filterdns.devices.lease import Lease
from filterdns.devices.lease_kind import LeaseKind, read_leases


class LeaseFile(NamedTuple):
    """Where a DHCP server keeps its leases; *kind* None: its content tells.

    One that is not *is_expected* is read where there is such a file and we may.
    """

    path: str
    kind: LeaseKind | None = None
    is_expected: bool = True


class Mark(NamedTuple):
    """What tells one state of a file from another one, who may read it included."""

    inode: int
    bytes: int
    changed_at_ns: int


Marks = Mapping[str, Mark]
"""The files that there are, by path."""


class Content(NamedTuple):
    """What a lease file said when it was as *marks* tell.

    *skipped* counts what should have been leases; *trouble* says why nothing could be read, if so,
    and *cure* what helps.
    """

    marks: Marks
    leases: Mapping[str, Lease]
    skipped: int
    trouble: str
    cure: str = ""


# Not those of OpenWrt, /tmp/dhcp.leases and /tmp/hosts/odhcpd: elsewhere anybody may write there.
USUAL_FILES: Final = tuple(
    LeaseFile(path, is_expected=False)
    for path in (
        "/var/lib/misc/dnsmasq.leases",
        "/etc/pihole/dhcp.leases",
        "/var/lib/kea/kea-leases4.csv",
        "/var/lib/kea/kea-leases6.csv",
        "/var/lib/dhcp/dhcpd.leases",
        "/var/lib/dhcp/dhcpd6.leases",
    )
)

START_IT: Final = "start the DHCP server that writes it, or put another path into lease_files"
LET_READ: Final = (
    "let the user of the filter read it, such as by the group of the DHCP server"
    " (`usermod -a -G GROUP filterdns`), then restart the service"
)
NAME_ANOTHER: Final = "put the file in which a DHCP server keeps its leases into lease_files"

NOT_READ: Final = Content(MappingProxyType({}), MappingProxyType({}), 0, "")


def marks_of(file: LeaseFile) -> Marks:
    """Return what there is of *file* now; a file that cannot be looked at is none."""
    found = {}
    for path in _paths(file):
        try:
            status = os.stat(path)  # noqa: PTH116 - every second, for each file
        except (OSError, ValueError):
            continue
        found[path] = Mark(status.st_ino, status.st_size, status.st_ctime_ns)
    return found


def read_lease_file(file: LeaseFile) -> Content:
    """Return what *file* says; never raises."""
    marks = marks_of(file)
    if not marks:
        return _missing(file)
    paths = [path for path in _paths(file) if path in marks]
    if paths[0].endswith(_COMPLETED):  # it has all that the older ones had
        paths = [path for path in paths if not path.endswith(_OLDER)]
    lines: list[str] = []
    try:
        for path in paths:
            lines += _read(path).decode(errors="replace").replace("\r", "").split("\n")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        cure = LET_READ if isinstance(error, PermissionError) else NAME_ANOTHER
        return Content(marks, {}, 0, why, cure)
    ledger, trouble = read_leases(lines, file.kind)
    return Content(marks, ledger.leases, ledger.skipped, trouble, trouble and NAME_ANOTHER)


def _missing(file: LeaseFile) -> Content:
    """Return why *file* cannot even be looked at."""
    try:
        os.stat(file.path)  # noqa: PTH116 - raises what is wrong
    except PermissionError as error:
        return Content({}, {}, 0, f"{error.strerror} on the way to it", LET_READ)
    except (OSError, ValueError):
        pass
    return Content({}, {}, 0, "there is no such file", START_IT)


def _paths(file: LeaseFile) -> list[str]:
    if file.kind is not LeaseKind.KEA and not file.path.endswith(".csv"):
        return [file.path]
    return [*(file.path + ending for ending in (_COMPLETED, *_OLDER)), file.path]


def _read(path: str) -> bytes:
    """Return the bytes of *path*; raises `OSError`, and `ValueError` for what is no such file."""
    # A pipe would be waited for without an end.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is no file")
        content = opened.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES >> 20} MiB")
    return content


MAX_BYTES: Final = 32 << 20  # a hundred thousand leases in any of the formats
_COMPLETED: Final = ".completed"
_OLDER: Final = (".2", ".1")
