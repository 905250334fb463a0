"""The tables of a result, the same for the terminal and for the page of the documents."""

from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any, Final, NamedTuple

from bench.result import Result

_SPEED_HEAD: Final = (
    *("workload", "server", "queries/s", "CPU", "per CPU second", "load's CPU", "others' CPU"),
    *("mean", "p50", "p99", "lost", "failed"),
)


class Table(NamedTuple):
    """A table of texts; the columns from *first_figure* on hold figures."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    first_figure: int
    notes: tuple[str, ...] = ()


def tables_of(result: Result) -> list[Table]:
    """Return all tables of *result* that have rows."""
    made = _MAKERS_BY_KIND[result["kind"]]
    tables = [make(result) for make in (*made, targets_table)]
    return [table for table in tables if table.rows]


def targets_table(result: Result) -> Table:
    """Return how the result stands to the targets of its bench."""
    rows = [
        (
            each["what"],
            _bound(each, "floor"),
            _bound(each, "aim"),
            "–" if each["value"] is None else f"{each['value']:.3g} {each['unit']}",
            each["state"],
        )
        for each in result["targets"]
    ]
    return Table("Targets", ("what", "floor", "aim", "measured", "state"), rows, 1)


def _speed(result: Result) -> Table:
    latency = {(each["workload"], each["server"]): each for each in result["latencies"]}
    rows = []
    for key, rounds in _grouped(result["measured"]).items():
        rate, cpu = _median(rounds, "queries_per_second"), _median(rounds, "cpu_share")
        per_cpu = median(each["queries_per_second"] / each["cpu_share"] for each in rounds)
        calm = latency.get(key)
        rows.append(
            (
                *key,
                f"{rate:,.0f}",
                f"{cpu:.0%}",
                f"{per_cpu:,.0f}",
                f"{_median(rounds, 'load_cpu_share'):.0%}",
                f"{_median(rounds, 'other_cpu_share'):.0%}",
                f"{_median(rounds, 'mean_latency_us'):,.0f} µs",
                f"{calm['p50_us']:,.0f} µs" if calm else "–",
                f"{calm['p99_us']:,.0f} µs" if calm else "–",
                f"{sum(each['lost'] for each in rounds)}",
                f"{sum(each['failed'] for each in rounds)}",
            )
        )
    notes = ["Latencies: the mean under full load; p50 and p99 at 10,000 queries a second."]
    notes += result["notes"]
    return Table("Medians of all rounds", _SPEED_HEAD, rows, 2, tuple(notes))


def _ratios(result: Result) -> Table:
    rows = [
        (
            each["workload"],
            each["peer"],
            f"{each['value']:.2f} ×",
            ", ".join(f"{value:.2f}" for value in each["rounds"]),
            "queries per CPU second" if each["is_per_cpu_second"] else "queries per second",
        )
        for each in result["ratios"]
    ]
    head = ("workload", "filterdns against", "median", "rounds", "ratio of")
    return Table("Ratios, round by round", head, rows, 2)


def _cost(result: Result) -> Table:
    rows = []
    for name, each in result["servers"].items():
        built = each["built"]
        rows.append(
            (
                f"{name} {each['version']}",
                f"{each['first_answer_seconds']:.2f} s",
                f"{each['blocking_seconds']:.2f} s",
                f"{each['memory']['rss'] / 1e6:,.0f} MB",
                f"{each['memory']['pss'] / 1e6:,.0f} MB",
                _build(built) if built else "at each start",
            )
        )
    head = ("server", "first answer", "blocks", "RSS", "PSS", "index is built")
    notes = ("RSS and PSS are sums over all processes; a start finds the index built.",)
    return Table("Start and memory", head, rows, 1, notes)


def _build(built: dict[str, Any]) -> str:
    return (
        f"{built['cpu_seconds']:.1f} CPU s, {built['largest_process_bytes'] / 1e6:,.0f} MB,"
        f" {built['bytes_a_name']:.1f} bytes a name"
    )


def _isolation(result: Result) -> Table:
    rows = [
        (
            each["sentence"],
            each["done"],
            f"{each['disturbed']['lost']} of {each['disturbed']['sent']:,}",
            f"{each['disturbed']['p50_us']:,.0f} µs",
            f"{each['disturbed']['p99_us']:,.0f} µs",
            f"{each['disturbed']['worst_us'] / 1000:,.0f} ms",
            f"{each['calm']['p50_us']:,.0f} µs",
            f"{each['calm']['p99_us']:,.0f} µs",
            f"{each['p99_ratio']:.1f} ×",
        )
        for each in result["rows"]
    ]
    head = ("what happens", "done", "lost", "p50", "p99", "worst", "calm p50", "calm p99", "p99")
    return Table("Under load", head, rows, 2, tuple(result["notes"]))


def _bound(each: dict[str, Any], which: str) -> str:
    return f"{'≥' if each['is_at_least'] else '≤'} {each[which]:g} {each['unit']}"


def _grouped(measured: Iterable[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for each in measured:
        found.setdefault((each["workload"], each["server"]), []).append(each)
    return found


def _median(rounds: list[dict[str, Any]], key: str) -> float:
    return float(median(each[key] for each in rounds))


_MAKERS_BY_KIND: Final[dict[str, tuple[Callable[[Result], Table], ...]]] = {
    "run": (_speed, _ratios, _cost),
    "isolation": (_isolation,),
}
