"""Sealed lists for tests: digests of names, the files that they are published in, armed lists."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from filterdns.blocklists.armory import Armory
from filterdns.blocklists.job import SourceSpec
from filterdns.blocklists.sealed import Sealed
from filterdns.blocklists.sealed_file import KEY_LENGTH, Armed, make_keyed_hash, write_sealed_file
from filterdns.dns.names import from_text, suffixes

KEY = bytes(range(KEY_LENGTH))
IDENTITY = b"i" * 16


def digest(name: str) -> bytes:
    """Return what a sealed list says of *name*."""
    return sha256(name.encode()).digest()


def sealed_text(names: Iterable[str]) -> str:
    """Return the list that seals *names*, as it is published."""
    return "".join(f"{digest(name).hex()}\n" for name in names)


def numbered(count: int, first: int = 0) -> list[str]:
    """Return so many names."""
    return [f"n{number:04}.sealed-names.example" for number in range(first, first + count)]


def sealed_file(
    folder: Path, names: Sequence[str], armed_at: float = 100.0, identity: bytes = IDENTITY
) -> Path:
    """Return an armed list of *names* in *folder*."""
    keyed_hash = make_keyed_hash(KEY)
    entries = [keyed_hash(digest(name)) for name in names]
    return write_sealed_file(folder, Armed(identity, KEY, len(names), armed_at), entries)


def sealed(folder: Path, names: Sequence[str]) -> Sealed:
    """Return *names* as sealed lists in force; whoever asks for them closes them."""
    return Sealed.open([sealed_file(folder, names)])


def spec_of(folder: Path, names: Sequence[str] = (), text: str = "") -> SourceSpec:
    """Return a sealed list of *names*, or of *text*, in a file of *folder*."""
    path = folder / "illegal.sha256"
    path.write_text(text or sealed_text(names))
    return SourceSpec("illegal", "file:illegal.sha256", path, is_sealed=True)


def covers(armory: Armory, name: str) -> bool:
    """Whether the lists in *armory* cover *name*."""
    found = armory.open()
    if found is None:
        return False
    try:
        return found.covers(suffixes(from_text(name)))
    finally:
        found.close()
