"""The devices that were seen, in a file: a restart does not forget who was there last week.

One line of JSON a device, behind a header; for the owner's eyes alone. What is damaged is begun
anew: nothing is decided by it.
"""

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from filterdns.devices.seen import SeenDevice
from filterdns.durable import new_file
from filterdns.errors import StateError
from filterdns.resolver.plain import from_plain, to_plain

logger: Final = logging.getLogger(__name__)

FORMAT: Final = 1


def write_seen(devices: Iterable[SeenDevice], path: Path) -> None:
    """Write *devices* under *path*, whole or not at all; raises `StateError`."""
    lines = [json.dumps(["seen", FORMAT]), *(json.dumps(to_plain(each)) for each in devices)]
    try:
        with new_file(path, mode=0o600) as file:
            file.write("\n".join(lines).encode() + b"\n")
    except OSError as error:
        raise StateError(f"{path}: cannot be written: {error.strerror}") from None


def read_seen(path: Path) -> list[SeenDevice]:
    """Return the devices under *path*; none, and a word in the log, where it cannot be read."""
    try:
        with path.open(encoding="utf-8") as file:
            if json.loads(next(file, "null")) != ["seen", FORMAT]:
                raise ValueError(f"it is no file of format {FORMAT}")
            return [from_plain(SeenDevice, json.loads(line)) for line in file]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        logger.warning("%s: devices that were seen are forgotten: %s", path, error)
        return []
