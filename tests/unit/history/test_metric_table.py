import re
from pathlib import Path

import pytest

from filterdns.history.metric_table import (
    CATEGORY,
    CONTROL_METRICS,
    METRICS,
    OUTCOME,
    ROW,
    UPSTREAM,
    WORKER,
    WORKER_METRICS,
    Kind,
    Metric,
)

DOCUMENT = Path(__file__).parents[3] / "docs" / "metrics.md"


def by_name(metric: Metric) -> str:
    return metric.name


@pytest.mark.parametrize(
    ("heading", "metrics"),
    [
        ("What workers count", WORKER_METRICS),
        ("What the control process knows", CONTROL_METRICS),
    ],
)
def test_every_metric_is_documented_as_it_is(heading: str, metrics: tuple[Metric, ...]) -> None:
    section = DOCUMENT.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `.*\|$", section, re.MULTILINE) == [
        f"| `{metric.name}` | {metric.kind} | "
        f"{', '.join(f'`{label.name}`' for label in metric.labels)} | {metric.help} |"
        for metric in metrics
    ]


@pytest.mark.parametrize("label", sorted({label for each in METRICS for label in each.labels}))
def test_every_value_of_a_label_is_documented(label: tuple[str, tuple[str, ...]]) -> None:
    name, values = label
    lines = re.findall(rf"^\| .*`{name}`.*\|$", DOCUMENT.read_text(), re.MULTILINE)
    text = "".join(lines)
    assert text
    if name != ROW.name:
        assert not [value for value in values if f"`{value}`" not in text]


def test_names_are_unique() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)


@pytest.mark.parametrize("metric", METRICS, ids=by_name)
def test_names_are_as_prometheus_wants_them(metric: Metric) -> None:
    assert re.fullmatch(r"filterdns(_[a-z]+)+", metric.name)
    assert metric.name.endswith("_total") is (metric.kind is Kind.COUNTER)


@pytest.mark.parametrize("metric", METRICS, ids=by_name)
def test_no_label_can_name_a_site_a_person_or_a_device(metric: Metric) -> None:
    assert not {label.name for label in metric.labels} & {"name", "person", "device", "client"}


@pytest.mark.parametrize("metric", WORKER_METRICS, ids=by_name)
def test_labels_of_workers_have_closed_sets(metric: Metric) -> None:
    assert all(label.values or label in (CATEGORY, UPSTREAM, WORKER) for label in metric.labels)


@pytest.mark.parametrize("metric", WORKER_METRICS, ids=by_name)
def test_gauges_of_workers_have_their_number_and_counters_do_not(metric: Metric) -> None:
    assert (metric.labels == (WORKER,)) is (metric.kind is Kind.GAUGE)


def test_the_rows_are_those_of_stage_a_and_c() -> None:
    assert ROW.values == (*(f"A{number}" for number in range(1, 13)), "C")


def test_the_outcomes_of_queries_are_documented_words() -> None:
    assert set(OUTCOME.values) == {
        "memo", "cached", "forwarded", "blocked", "local",
        "malformed", "refused", "limited", "dropped", "failed",
    }  # fmt: skip
