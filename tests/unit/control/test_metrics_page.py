import asyncio
from pathlib import Path

from filterdns import __version__
from filterdns.control.metrics_page import metrics_page
from filterdns.control.refresh import build_lists
from filterdns.history.metric_table import CONTROL_METRICS
from tests.support.control import running_filter


def page(folder: Path) -> str:
    async def run() -> bytes:
        async with running_filter(folder) as running:
            await build_lists(running)
            return metrics_page(running)

    return asyncio.run(run()).decode()


def test_every_metric_of_the_control_process_has_a_value(tmp_path: Path) -> None:
    lines = [line for line in page(tmp_path).splitlines() if not line.startswith("#")]
    named = {line.partition(" ")[0].partition("{")[0] for line in lines}
    counted_when_it_happens = {"filterdns_config_reloads_total"}
    assert {metric.name for metric in CONTROL_METRICS} - named <= counted_when_it_happens


def test_the_version_and_the_lists_are_on_the_page(tmp_path: Path) -> None:
    text = page(tmp_path)
    assert f'filterdns_build_info{{version="{__version__}"}} 1.0' in text
    assert 'filterdns_blocklist_entries{category="gambling"}' in text


def test_nobody_is_named(tmp_path: Path) -> None:
    text = page(tmp_path)
    assert not any(name in text for name in ("mia", "tablet", "games.example"))
