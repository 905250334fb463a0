"""The tables of a result, the same for the terminal and for the page of the documents."""

from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any, Final, NamedTuple

from bench.result import Result

_SPEED_HEAD: Final = (
    *("workload", "server", "queries/s", "CPU", "per CPU second", "load's CPU", "others' CPU"),
    *("mean", "p50", "p99", "lost", "failed"),
)


_ISOLATION_HEAD: Final = (
    *("what happens", "done", "lost", "p50", "p99", "worst", "worker's CPU", "others' CPU"),
    *("p50 in calm before", "p99 in calm before", "p99 against calm"),
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


def _roads(result: Result) -> Table:
    rooms = list(result["rows"][0]["rooms"])
    rows = [
        (
            each["road"],
            f"{each['us']:.1f} µs",
            f"{each['opcodes']:,.0f}",
            f"{each['calls']:.1f}",
            *(f"{each['rooms'][room]:,.0f}" for room in rooms),
        )
        for each in result["rows"]
    ]
    return Table(
        "One query, by the road that it takes",
        ("road", "time", "bytecodes", "calls", *(f"in {room}" for room in rooms)),
        rows,
        first_figure=1,
        notes=("Bytecodes of the rooms include their share of the wake-up.",),
    )


def _index(result: Result) -> Table:
    measured = result["measured"]
    rows = [
        (what.replace("_", " "), *(_cell(figures.get(what, "–")) for figures in measured))
        for what in dict.fromkeys(key for figures in measured for key in figures)
        if what != "names"
    ]
    return Table(
        "The index by itself",
        ("", *(f"{figures['names']:,} names" for figures in measured)),
        rows,
        1,
    )


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _isolation(result: Result) -> Table:
    rows = [
        (
            each["sentence"],
            each["done"],
            f"{each['disturbed']['lost']} of {each['disturbed']['sent']:,}",
            f"{each['disturbed']['p50_us']:,.0f} µs",
            f"{each['disturbed']['p99_us']:,.0f} µs",
            f"{each['disturbed']['worst_us'] / 1000:,.0f} ms",
            f"{each['worker_cpu_share']:.0%}",
            f"{each['other_cpu_share']:.0%}",
            f"{each['calm']['p50_us']:,.0f} µs",
            f"{each['calm']['p99_us']:,.0f} µs",
            f"{each['p99_ratio']:.1f} ×",
        )
        for each in result["rows"]
    ]
    return Table("Under load", _ISOLATION_HEAD, rows, 2, tuple(result["notes"]))


def _growth(result: Result) -> Table:
    rows = [
        (
            each["axis"],
            f"{each['value']:,}",
            f"{each['us_a_query']:.1f} µs",
            ", ".join(f"{value:.1f}" for value in each["rounds"]),
            f"{each['worker_private_bytes'] / 1e6:,.0f} MB",
            f"{each['first_answer_seconds']:.1f} s",
        )
        for each in result["rows"]
    ]
    head = ("what grows", "to", "CPU a query", "rounds", "worker's private memory", "first answer")
    return Table("The worker's CPU time of a query", head, rows, 1, tuple(result["notes"]))


def _workers(result: Result) -> Table:
    rows = [
        (
            f"{each['workers']}",
            f"{each['queries_per_second']:,.0f}",
            f"{each['per_cpu_second']:,.0f}",
            ", ".join(f"{share:.0%}" for share in each["shares"]),
            f"{each['lost']}",
        )
        for each in result["speed"]
    ]
    head = ("workers", "queries/s", "per CPU second of workers", "share of each", "lost")
    return Table("Workers side by side", head, rows, 0, tuple(result["notes"]))


def _sharing(result: Result) -> Table:
    rows = [
        (
            f"{each['names']:,}",
            f"{each['workers']}",
            f"{each['pss'] / 1e6:,.0f} MB",
            ", ".join(f"{private / 1e6:,.1f} MB" for private in each["private"]),
            f"{each['index_bytes'] / 1e6:,.0f} MB",
        )
        for each in result["memory"]
    ]
    head = ("names", "workers", "PSS of all processes", "private memory of each worker", "index")
    notes = ("Among the workers is the spare one, which maps the index, too.",)
    return Table("What workers share", head, rows, 0, notes)


def _seams(result: Result) -> Table:
    rows = [
        (
            each["log"],
            f"{each['queries_per_second']:,.0f}",
            f"{each['worker_us']:.2f} µs",
            f"{each['control_us']:.2f} µs",
            f"{each['control_us'] / 10:.0%}",
        )
        for each in result["seams"]
    ]
    head = ("log", "queries/s", "worker's CPU a query", "control's CPU a query")
    head_at = (*head, "control's share of a core at 100,000 queries/s")
    return Table("What the log costs", head_at, rows, 1)


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
    "growth": (_growth,),
    "roads": (_roads,),
    "index": (_index,),
    "workers": (_workers, _sharing, _seams),
}
