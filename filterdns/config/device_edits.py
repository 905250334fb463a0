"""Devices written into a config that somebody has written by hand: nothing else of it changes."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from filterdns.config.spans import Edits, Mapping, Scalar, Span, read_spans
from filterdns.config.spans import Sequence as List
from filterdns.config.units import quoted
from filterdns.errors import InvalidValue


class WantedDevice(NamedTuple):
    """A device as it is to stand in the config.

    *policy* is that of a person who is not there yet; empty for one who is.
    """

    person: str
    name: str
    macs: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    policy: str = ""


def people_of(text: str) -> list[str]:
    """Return the people under `people:` in the config file *text*."""
    people = _people(read_spans(text))
    return [key.text for key, _ in people.pairs] if people else []


def has_people(text: str) -> bool:
    """Whether *text* has people, and so is where others may stand, too."""
    return bool(people_of(text))


def write_devices(text: str, wanted: Iterable[WantedDevice], *, adds: bool) -> str:
    """Return the config file *text* with the devices *wanted*.

    One that is there already gets one more sign if it *adds*, else those wanted in place of its
    own. Raises `InvalidValue` where the file is written in a way that only a person can change.
    """
    edits = Edits(text)
    root = read_spans(text)
    people = _people(root)
    newcomers: dict[str, list[WantedDevice]] = {}
    by_person: dict[str, list[WantedDevice]] = {}
    for device in wanted:
        is_there = people is not None and people.get(device.person) is not None
        (by_person if is_there else newcomers).setdefault(device.person, []).append(device)
    for name, devices in by_person.items():
        assert people is not None
        _write_person(edits, name, people.get(name), devices, adds=adds)
    pairs = [_person_text(name, devices) for name, devices in newcomers.items()]
    if pairs and people is not None:
        edits.append_pairs(people, pairs)
    elif pairs:
        edits.append_lines(["", "people:", *(f"  {pair}" for pair in pairs)])
    return edits.apply()


def _people(root: Span | None) -> Mapping | None:
    found = root.get("people") if isinstance(root, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _write_person(
    edits: Edits, name: str, person: Span | None, devices: Sequence[WantedDevice], *, adds: bool
) -> None:
    if not isinstance(person, Mapping):
        raise _only_by_hand(f"people.{name}")
    there = person.get("devices")
    if there is None:
        items = ", ".join(map(_device_text, devices))
        edits.append_pairs(person, [f"devices: [{items}]"])
        return
    if not isinstance(there, List):
        raise _only_by_hand(f"people.{name}.devices")
    known = {_name_of(item): item for item in there.items}
    fresh = []
    for device in devices:
        item = known.get(device.name)
        if item is None:
            fresh.append(_device_text(device))
        elif not isinstance(item, Mapping):
            raise _only_by_hand(f"people.{name}.devices")
        else:
            _write_device(edits, item, device, adds=adds)
    if fresh:
        edits.append_items(there, fresh)


def _write_device(edits: Edits, item: Mapping, device: WantedDevice, *, adds: bool) -> None:
    missing = []
    for key, signs in _signs(device):
        there = item.get(key)
        if there is None:
            missing.append(f"{key}: {_signs_text(signs)}")
            continue
        written = _texts(there)
        if written is None:
            raise _only_by_hand(f"people.{device.person}.devices ({device.name}).{key}")
        all_signs = tuple(dict.fromkeys((*written, *signs))) if adds else signs
        if all_signs != tuple(written):
            edits.replace(there, _signs_text(all_signs))
    if missing:
        edits.append_pairs(item, missing)


def _name_of(item: Span) -> str | None:
    name = item.get("name") if isinstance(item, Mapping) else None
    return name.text if isinstance(name, Scalar) else None


def _texts(span: Span) -> list[str] | None:
    """Return the texts of a list or a single one; None where there is more than plain texts."""
    items = span.items if isinstance(span, List) else [span]
    found = [item.text for item in items if isinstance(item, Scalar) and item.is_simple]
    return found if len(found) == len(items) else None


def _signs(device: WantedDevice) -> list[tuple[str, tuple[str, ...]]]:
    signs = [("mac", device.macs), ("id", device.ids), ("ip", device.addresses)]
    return [(key, texts) for key, texts in signs if texts]


def _person_text(name: str, devices: Sequence[WantedDevice]) -> str:
    items = ", ".join(map(_device_text, devices))
    return f"{_text(name)}: {{policy: {_text(devices[0].policy)}, devices: [{items}]}}"


def _device_text(device: WantedDevice) -> str:
    signs = "".join(f", {key}: {_signs_text(texts)}" for key, texts in _signs(device))
    return f"{{name: {_text(device.name)}{signs}}}"


def _signs_text(texts: Sequence[str]) -> str:
    written = [json.dumps(text) for text in texts]
    return written[0] if len(written) == 1 else f"[{', '.join(written)}]"


def _text(text: str) -> str:
    """Return *text* as a value of YAML, in quotes where another reader might see more in it."""
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if is_plain else json.dumps(text, ensure_ascii=False)


_PLAIN: Final = re.compile("[A-Za-z][A-Za-z0-9_-]*")
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def _only_by_hand(path: str) -> InvalidValue:
    message = f"{quoted(path)} is written in a way that only a person can change"
    return InvalidValue(message, "write the device there by hand")
