"""Plots for the documents, legible on light and on dark paper: SVG without a background.

matplotlib is an extra: `pip install --require-hashes -r requirements-bench.txt`.
"""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench.result import Result

GREY: Final = "#808890"  # has contrast enough with white and with black
COLOURS: Final = ("#2f81f7", "#e08a2b", "#3fa66b", "#b063c9", "#d0574e")


def why_no_plot() -> str:
    """Return why there cannot be a plot, empty if there can."""
    if find_spec("matplotlib"):
        return ""
    return "matplotlib is not installed; cure: make bench-extra"


def plot_rates(result: Result, path: Path) -> None:
    """Plot queries per CPU second, by workload and server: medians, and lines to the extremes."""
    figure, axes = _paper()
    measured = result["measured"]
    workloads = list(dict.fromkeys(each["workload"] for each in measured))
    servers = sorted({each["server"] for each in measured}, key=lambda name: name != "filterdns")
    width = 0.8 / len(servers)
    for number, server in enumerate(servers):
        for place, workload in enumerate(workloads):
            rates = [
                each["queries_per_second"] / each["cpu_share"] / 1000
                for each in measured
                if (each["server"], each["workload"]) == (server, workload)
            ]
            if not rates:
                continue
            middle = median(rates)
            axes.bar(
                place + number * width,
                middle,
                0.92 * width,
                color=COLOURS[number],
                label=server if place == 0 else None,
                yerr=[[middle - min(rates)], [max(rates) - middle]],
                ecolor=GREY,
            )
    axes.set_xticks([place + 0.4 - width / 2 for place in range(len(workloads))], workloads)
    axes.set_ylabel("thousand queries per CPU second")
    axes.legend(frameon=False, labelcolor=GREY)
    _save(figure, path)


def plot_lines(
    path: Path, lines: Mapping[str, Sequence[tuple[float, float]]], across: str, up: str
) -> None:
    """Plot *lines* of points by their names, with a logarithmic scale across."""
    figure, axes = _paper()
    for number, (name, points) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        style = "-" if number < len(COLOURS) else "--"
        axes.plot(*zip(*points, strict=True), style, marker="o", color=colour, label=name)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.legend(frameon=False, labelcolor=GREY)
    _save(figure, path)


def _paper() -> tuple[Any, Any]:
    # Here, because the bench runs without it, too.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.set_facecolor("none")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(colors=GREY)
    axes.xaxis.label.set_color(GREY)
    axes.yaxis.label.set_color(GREY)
    return figure, axes


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, format="svg", transparent=True, metadata={"Date": None})
