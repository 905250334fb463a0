"""The flood bound: a device has so many names an hour, beyond them it is only counted.

One tab full of trackers, or a child who wants the log to overflow, must not push out what adults
want to read. Workers bound what they send; this bound holds for all of them together.
"""

from typing import Final

from filterdns.history.rows import SECONDS_PER_HOUR, Key

MAX_NAMES_PER_HOUR: Final = 200
MAX_DEVICES_PER_HOUR: Final = 20_000  # more are forged addresses: counted, never named


class FloodBound:
    """The names that each device has had in this hour and the one before.

    Rows that come later than that count in the hour before this one, so a worker that was cut off
    for long has no second share.
    """

    def __init__(self) -> None:
        self._names_by_hour: dict[int, dict[tuple[str, str], set[str]]] = {}

    def bounded(self, key: Key, now: float) -> Key:
        """Return *key*, without its name where its device has had its share.

        *now* is Unix seconds.
        """
        return key if not key.name or self._admits(key, now) else key.without_name()

    def remember(self, hour: int, person: str, device: str, name: str) -> None:
        """Count *name* as one that the device has had: what the database knows from before."""
        self._names_by_hour.setdefault(hour, {}).setdefault((person, device), set()).add(name)

    def forget(self, person: str) -> None:
        """Forget every name of *person*."""
        for names_by_device in self._names_by_hour.values():
            for device in [device for device in names_by_device if device[0] == person]:
                del names_by_device[device]

    def _admits(self, key: Key, now: float) -> bool:
        this_hour = int(now) // SECONDS_PER_HOUR
        self._keep_only(this_hour - 1, this_hour)
        names_by_device = self._names_by_hour.setdefault(max(key.hour, this_hour - 1), {})
        device = (key.person, key.device)
        if device not in names_by_device:
            if len(names_by_device) >= MAX_DEVICES_PER_HOUR:
                return False
            names_by_device[device] = set()
        names = names_by_device[device]
        if key.name not in names:
            if len(names) >= MAX_NAMES_PER_HOUR:
                return False
            names.add(key.name)
        return True

    def _keep_only(self, *hours: int) -> None:
        for past in [hour for hour in self._names_by_hour if hour not in hours]:
            del self._names_by_hour[past]
