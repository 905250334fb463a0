"""One fault from its first second to its last, under load, with bedtime in the middle of it."""

import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from soak.faults import Fault
from soak.household import BEDTIME
from soak.load_process import Figures, loading
from soak.stage import Stage, open_stage
from soak.table import Row
from tests.support.house import BERLIN, clock_file

WARM_UP_SECONDS: Final = 0.5
SET_SECONDS: Final = 0.8  # until all have seen that the clock was set, and the load has begun
SETTLE_SECONDS: Final = 1.5  # so that the last retries meet a filter that is left alone
DAY: Final = "2026-03-05"  # a Thursday


def nothing(_figures: Figures) -> None:
    """Show nothing."""


def try_fault(
    fault: Fault,
    folder: Path,
    seconds: float,
    rate: float,
    show: Callable[[Figures], None] = nothing,
) -> Row:
    """Let *fault* go on for *seconds* at *rate* questions a second; return what was counted."""
    folder.mkdir(parents=True, exist_ok=True)
    with fault.setting(folder) as setting, open_stage(folder, setting, seconds) as stage:
        begins = datetime.fromisoformat(f"{DAY} {BEDTIME}")
        bedtime = begins.replace(tzinfo=ZoneInfo(BERLIN)).timestamp()
        lead_seconds = seconds / 2 + WARM_UP_SECONDS
        stage.set_time(str(begins - timedelta(seconds=lead_seconds + SET_SECONDS)))
        with loading(stage.servers, rate, bedtime, clock_file(folder), show) as load:
            time.sleep(max(0.0, bedtime - seconds / 2 - stage.house.now()))
            _act(fault, stage)
            time.sleep(SETTLE_SECONDS)
            figures = load.report()
        stage.recover()
    return Row(fault.name, seconds, figures, tuple(stage.complaints))


def _act(fault: Fault, stage: Stage) -> None:
    end = time.monotonic() + stage.seconds
    with closing(fault.act(stage)) as act:
        for pause in act:
            time.sleep(max(0.0, min(pause, end - time.monotonic())))
            if time.monotonic() >= end:
                return
            assert stage.house.process.poll() is None, "the filter has ended"
