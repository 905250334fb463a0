"""Reloading: the config is read anew, checked by itself, and put in force, or nothing changes."""

import asyncio
import logging

from filterdns.blocklists.index import Index
from filterdns.config.check import Report, check
from filterdns.config.compile import Compiled
from filterdns.control.calendar_report import doubts_about_calendars
from filterdns.control.last_good import keep_good
from filterdns.control.reading import read_config
from filterdns.control.restart_keys import Fixed, refuse_restarts
from filterdns.control.rules import lists_of
from filterdns.control.running import ReloadOutcome, RunningFilter
from filterdns.control.sealed_lists import dropped
from filterdns.control.upstreams import name_of_upstream
from filterdns.errors import ConfigError, FilterdnsError

logger = logging.getLogger(__name__)


async def reload(running: RunningFilter) -> list[str]:
    """Put the config as it is on disk in force; return warnings about it.

    Raises `ConfigError`, `BlocklistError` or `StateError`: the old config stays in force then. An
    error of ours is told like those.
    """
    running.supervisor.reloading()
    try:
        async with running.changes:
            warnings = await _reload(running)
    except Exception as error:
        problems = problems_of(error)
        running.last_reload = ReloadOutcome(running.clock.now(), problems)
        running.metrics.count("filterdns_config_reloads_total", "refused")
        logger.error("reload refused, the old config stays in force")
        for problem in problems:
            logger.error("%s", problem)
        raise
    finally:
        running.supervisor.reloaded()
    running.last_reload = ReloadOutcome(running.clock.now(), [])
    running.metrics.count("filterdns_config_reloads_total", "applied")
    logger.info("reloaded: %s", running.options.config)
    return warnings


async def _reload(running: RunningFilter) -> list[str]:
    options = running.options
    compiled = await asyncio.to_thread(
        read_config,
        options.config,
        running.environment,
        options.upstreams,
        options.workers,
        running.trees,
        running.calendars,
    )
    refuse_restarts(Fixed.of(running.in_force.rules.compiled), compiled)
    # Lists first where they have changed: what `expect:` says has to hold with them.
    index = running.in_force.rules.index
    if not await asyncio.to_thread(running.lists.is_current, compiled.lists, index):
        index = await running.lists.build(compiled.lists)
    report = await asyncio.to_thread(check_with, compiled, index, running.clock.now())
    if report.problems:
        _close_unless_in_force(running, index)
        raise ConfigError(report.problems)
    await running.in_force.replace(compiled, index)
    await running.lists.settle(index)
    apply_settings(running)
    await keep_good(running)
    running.degraded = ""
    calendars = doubts_about_calendars(compiled, running.calendars, running.clock.now())
    warnings = sorted([*report.warnings, *calendars])
    return [*map(str, warnings), *filter(None, (dropped(running),))]


def check_with(compiled: Compiled, index: Index | None, now: float) -> Report:
    """Return what `check` finds about *compiled* with *index*, at *now* (Unix seconds)."""
    return check(compiled, lists_of(index), now)


def apply_settings(running: RunningFilter) -> None:
    """Let history, metrics and lease files go by the config in force."""
    compiled = running.in_force.rules.compiled
    history = compiled.process.history
    running.recorder.retain(history.keep_seconds, history.at_most_bytes)
    running.nearby.leases.set_files(compiled.process.devices.lease_files)
    running.metrics.know(compiled.ruleset.categories, map(name_of_upstream, compiled.upstreams))


def problems_of(error: Exception) -> list[str]:
    """Return each problem that *error* tells, in words."""
    if isinstance(error, ConfigError):
        return [str(problem) for problem in error.problems]
    if isinstance(error, FilterdnsError):
        return str(error).splitlines()
    return [f"internal error: {error!r}; the log has more"]


def _close_unless_in_force(running: RunningFilter, index: Index | None) -> None:
    if index is not None and index is not running.in_force.rules.index:
        index.close()
