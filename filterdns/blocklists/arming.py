"""Arming sealed lists: once a list is in force, only a good version of itself takes its place.

Good is a version that has at least half as many entries as the list ever had, and still has half of
those that are armed: neither an empty file nor one of other digests disarms it. Nobody can accept
another one, and nothing here removes a list. What the config says has no say in it.
"""

import os
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from filterdns.blocklists.armory import Armory, identity_of
from filterdns.blocklists.guards.entries import Why
from filterdns.blocklists.guards.sources import SHRINKS_BELOW
from filterdns.blocklists.job import NOT_FETCHED, NOWHERE, SourceSpec
from filterdns.blocklists.sealed_file import KEY_LENGTH, Armed, SealedFile, make_keyed_hash
from filterdns.blocklists.sealed_report import SealedReport
from filterdns.blocklists.sealed_text import SealedText, read_sealed_text
from filterdns.errors import BlocklistError


class Arming(NamedTuple):
    """What the sealed lists are now: *key* stands for all that is in force, None for nothing."""

    reports: tuple[SealedReport, ...]
    damages: tuple[str, ...]
    key: bytes | None


def divide(
    specs: Sequence[SourceSpec], armory: Armory
) -> tuple[list[SourceSpec], list[SourceSpec]]:
    """Return the lists of names among *specs*, and those that are sealed.

    One that has been armed is sealed for good: read as a list of names it would show its digests.
    """
    armed = armory.identities()
    sealed = [spec for spec in specs if spec.is_sealed or identity_of(spec) in armed]
    return [spec for spec in specs if spec not in sealed], sealed


def arm_lists(
    specs: Sequence[SourceSpec], armory: Armory, why_by_refused: Mapping[bytes, Why]
) -> Arming:
    """Arm *specs* in *armory* as far as their newest copies may be, and tell of each.

    *why_by_refused* has the digests that no list may have. Downloads are removed once they are
    read. A list whose copy is no good is told and stays as it is.
    """
    found = armory.find()
    by_identity = {file.armed.identity: file for file in found.files}
    try:
        for file in found.files:
            with suppress(BlocklistError):  # a disk that takes nothing: at the next build
                _take_out(file, why_by_refused, armory)
        reports = [_arm(spec, armory, by_identity, why_by_refused) for spec in specs]
    finally:
        for file in found.files:
            file.close()
    in_force = armory.open()
    if in_force is None:
        return Arming(tuple(reports), found.damages, None)
    try:
        by_identity = {file.armed.identity: file for file in in_force.files}
        told = [
            _told(each, by_identity.get(identity_of(spec)))
            for each, spec in zip(reports, specs, strict=True)
        ]
        return Arming(tuple(told), found.damages, in_force.key)
    finally:
        in_force.close()


def _take_out(file: SealedFile, refused: Collection[bytes], armory: Armory) -> None:
    """Arm *file* anew without what is *refused* by now: lifelines come with a new version."""
    out = {hashed for hashed in map(file.keyed_hash, refused) if file.holds(hashed)}
    if out:
        entries = [each for each in file.entries() if each not in out]
        armory.arm(_next_version(file, len(entries)), entries)


def _arm(
    spec: SourceSpec,
    armory: Armory,
    by_identity: Mapping[bytes, SealedFile],
    why_by_refused: Mapping[bytes, Why],
) -> SealedReport:
    report = SealedReport(spec.category, spec.name)
    armed = by_identity.get(identity_of(spec))
    if spec.path == NOWHERE:
        error = spec.trouble or ("" if armed is not None else NOT_FETCHED)
        return replace(report, error=error)
    try:
        text = _take_text(spec)
        if text is None:
            return report
        digests = [each for each in text.digests if each not in why_by_refused]
        refused = Counter(
            why_by_refused[each].value for each in text.digests if each in why_by_refused
        )
        report = replace(report, unread=text.unread, refused=dict(refused))
        return replace(report, error=_arm_digests(identity_of(spec), armed, digests, armory))
    except BlocklistError as failure:
        return replace(report, error=str(failure))


def _take_text(spec: SourceSpec) -> SealedText | None:
    """Read the newest copy of a list, and remove it if it was downloaded; None if not sealed now.

    A list that was sealed once stays armed as it is.
    """
    try:
        return read_sealed_text(spec.path) if spec.is_sealed else None
    finally:
        if spec.url:
            with suppress(OSError):  # a disk that takes nothing; the next build tries again
                spec.path.unlink(missing_ok=True)


def _arm_digests(
    identity: bytes, armed: SealedFile | None, digests: Sequence[bytes], armory: Armory
) -> str:
    """Arm a list of *digests*; return why it was not done, empty where it was."""
    if armed is None:
        if not digests:
            return "it has no entry"
        new = Armed(identity, os.urandom(KEY_LENGTH), len(digests), time.time())
        armory.arm(new, list(map(make_keyed_hash(new.key), digests)))
        return ""
    hashed = [armed.keyed_hash(each) for each in digests]
    kept = sum(map(armed.holds, hashed))
    most = armed.armed.most_entries
    if len(hashed) < most * SHRINKS_BELOW:
        return f"it has {len(hashed):,} entries, and has had {most:,}"
    if kept < len(armed) * SHRINKS_BELOW:
        return f"it has {kept:,} of the {len(armed):,} entries that are armed"
    if kept != len(armed) or len(hashed) != kept:
        armory.arm(_next_version(armed, len(hashed)), hashed)
    return ""


def _next_version(file: SealedFile, entries: int) -> Armed:
    """Return the head of a version of *file* with so many *entries*; it is the younger one."""
    armed = file.armed
    return armed._replace(
        most_entries=max(armed.most_entries, entries),
        armed_at=max(time.time(), armed.armed_at + 1),
    )


def _told(report: SealedReport, file: SealedFile | None) -> SealedReport:
    """Return *report* with what is in force of the list after all."""
    if file is None:
        return report
    return replace(report, entries=len(file), armed_at=file.armed.armed_at)
