"""Policies that ship: for children by age, and for schools. They exist without being declared.

They stand in one file of YAML, in the words of every config. Only those that a config names become
part of it, because each policy counts for unknown devices; one of its own with that name comes
first. The file is read only where one is named: nobody else's start waits for it.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from filterdns.blocklists.catalog import data_folder
from filterdns.config.model import Document
from filterdns.config.places import Places, ValuePath
from filterdns.config.reader import MappingNode, Node, ScalarNode, read_tree
from filterdns.config.values import ValueReader

PRESETS: Final = ("under-7", "7-11", "12-15", "16-17", "staff", "students", "exam-room")
FILE: Final = "presets.yaml"
SECTION: Final = "policies"


def presets_path() -> Path:
    """Return the file that the presets stand in."""
    return data_folder() / FILE


def add_presets(values: dict[str, Any], reader: ValueReader) -> None:
    """Add to the policies of *values*, a config as read, each preset that it names and lacks.

    *reader* notes the places; they are in `presets.yaml`.
    """
    own = values.setdefault(SECTION, {})
    if not isinstance(own, dict):
        return
    wanted = {name for name in _named(values) if name in PRESETS} - own.keys()
    if not wanted:
        return
    places = reader.problems.places
    for key, node in _nodes():
        if key.text in wanted:
            path = (SECTION, key.text)
            places.note_key(path, key.place)
            own[key.text] = reader.read(node, path)


def preset_uses(document: Document, places: Places) -> Iterator[ValuePath]:
    """Yield where *document* names presets, in the order of people, policies, unknown devices."""
    named: list[tuple[ValuePath, str]] = [
        (("people", name, "policy"), person.policy) for name, person in document.people.items()
    ]
    named += [
        ((SECTION, name, "extends"), policy.extends or "")
        for name, policy in document.policies.items()
    ]
    named.append((("unknown_devices", "policy"), document.unknown_devices.policy))
    for path, policy in named:
        if policy in document.policies and places.of_key((SECTION, policy)).file == FILE:
            yield path


def preset_texts() -> dict[str, str]:
    """Return each preset as it stands in the file, with the remarks above it, by name."""
    _, _, body = presets_path().read_text(encoding="utf-8").partition(f"\n{SECTION}:\n")
    texts = {}
    for paragraph in body.strip("\n").split("\n\n"):
        name = re.search(r"^  ([\w-]+):$", paragraph, re.MULTILINE)
        assert name is not None, paragraph
        texts[name[1]] = f"{paragraph}\n"
    return texts


def _nodes() -> Iterator[tuple[ScalarNode, Node]]:
    tree = read_tree(presets_path().read_bytes(), FILE)
    assert isinstance(tree, MappingNode)
    [(_, presets)] = tree.pairs
    assert isinstance(presets, MappingNode)
    for key, node in presets.pairs:
        assert isinstance(key, ScalarNode)
        yield key, node


def _named(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield whatever stands in *values* where a policy is named."""
    yield _text(values.get("unknown_devices"), "policy")
    for section, key in (("people", "policy"), (SECTION, "extends")):
        for each in _mapping(values.get(section)).values():
            yield _text(each, key)


def _text(value: object, key: str) -> str:
    return str(_mapping(value).get(key, ""))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
