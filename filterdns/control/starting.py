"""What a control process goes by at first: its folders, a config, the lists that are at hand."""

import asyncio
import logging
import socket
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple

from filterdns.blocklists.job import STARTER, SourceSpec, Wanted
from filterdns.config.compile import Meaning
from filterdns.control.arguments import Options
from filterdns.control.calendars import Calendars
from filterdns.control.last_good import fall_back
from filterdns.control.reading import read_config
from filterdns.control.restart_keys import Fixed, refuse_restarts
from filterdns.durable import remove_leftovers
from filterdns.errors import BlocklistError, ConfigError, ControlError, StateError
from filterdns.folders import Folders

if TYPE_CHECKING:  # a config that is refused need not wait for all parts of a filter
    from filterdns.blocklists.index import Index
    from filterdns.control.lists import Lists

logger = logging.getLogger(__name__)


class First(NamedTuple):
    """What is to be in force, and why it is an old config; empty where it is not."""

    meaning: Meaning
    why_old: str


def take_folders(folders: Folders) -> None:
    """Make what is missing of *folders*, and tidy up after a filter that was killed.

    Raises `StateError` if they cannot be made, or another filter works in them.
    """
    folders.make()
    _refuse_second(folders)
    below = (folders.lists / "runs", folders.lists / "sealed")
    for folder in (folders.run, folders.state, folders.lists, *below):
        try:
            remove_leftovers(folder)
        except OSError as error:
            logger.warning("%s is not tidied up: %s", folder, error.strerror)


def first_meaning(options: Options, environment: Mapping[str, str], calendars: Calendars) -> First:
    """Return what the config of *options* means, or the last good one where it cannot be used.

    Of *calendars* it has what was read the last time: to read them takes a second or two. Raises
    `ConfigError` where neither can, `ControlError` for a moved clock that others would see.
    """
    try:
        compiled = read_config(
            options.config,
            environment,
            options.upstreams,
            options.workers,
            calendars=calendars,
            is_hurried=True,
        )
        if options.in_use is not None:  # metrics are served by this process, and start anew
            refuse_restarts(Fixed(*options.in_use, compiled.process.metrics), compiled)
        first = First(compiled, "")
    except ConfigError as error:
        if may_refuse(options):
            raise
        old = fall_back(options, error)
        calendars.look(old.meaning.calendars.sources, is_hurried=True)
        first = First(calendars.lay_in(old.meaning), old.why)
    if options.test_clock is not None:
        _refuse_moved_time(first.meaning.process.dns)
    return first


def may_refuse(options: Options) -> bool:
    """Whether a config with problems ends the start: not where the workers answer already."""
    return options.is_strict and options.in_use is None


async def first_index(
    lists: "Lists", folders: Folders, sources: Sequence[SourceSpec]
) -> "Index | None":
    """Return the last index at once, or one of the starter lists: the others take longer.

    On a disk that takes nothing, lists are kept in the run folder from here on.
    """
    index = await asyncio.to_thread(lists.last_index)
    if index is not None:
        return index
    starters = Wanted(tuple(spec for spec in sources if spec.name == STARTER))
    try:
        return await lists.build(starters)
    except BlocklistError as error:
        logger.error("%s; the lists are kept in %s until the next start", error, folders.run)
        lists.move(folders.run / "lists", f"kept in {folders.run} for now: {error}")
    try:
        return await lists.build(starters)
    except BlocklistError as error:
        logger.error("no list could be built: %s", error)
        return None


def _refuse_second(folders: Folders) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(str(folders.control_socket))
        except OSError:
            return
    raise StateError(
        f"a filter runs already with {folders.run}; stop it, or name another folder with --dir"
    )


def _refuse_moved_time(listen: Sequence[tuple[str, int]]) -> None:
    """Raise `ControlError` if anybody but this host could ask a filter with a test clock."""
    for host, _ in listen:
        if not ip_address(host.partition("%")[0]).is_loopback:
            raise ControlError(
                f"--test-clock is for tests: every address in listen.dns has to be loopback, and"
                f" {host} is not"
            )
