"""What workers count and what the control process knows, for Prometheus."""

from collections.abc import Iterable, Mapping
from typing import Final

from filterdns.history.metric_table import (
    CATEGORY,
    CONTROL_METRICS,
    METRICS,
    UPSTREAM,
    WORKER,
    WORKER_METRICS,
    Kind,
    Label,
    Metric,
)

MAX_NUMBER: Final = 2**53  # above it a float no longer counts by ones


class Metrics:
    """All metrics.

    *refused* counts what workers sent and no metric knows; it is on the page as well.
    """

    def __init__(self) -> None:
        self.refused = 0
        self._value_by_labels: dict[Metric, dict[tuple[str, ...], float]] = {
            metric: {} if metric.labels or metric.kind is Kind.GAUGE else {(): 0}
            for metric in METRICS
        }
        self._values_by_label: dict[Label, set[str]] = {CATEGORY: {""}, UPSTREAM: set()}

    def know(self, categories: Iterable[str] = (), upstreams: Iterable[str] = ()) -> None:
        """Admit what the config names as values of `category` and `upstream`.

        What an earlier config named stays known: counters on the page never vanish.
        """
        self._values_by_label[CATEGORY].update(categories)
        self._values_by_label[UPSTREAM].update(upstreams)

    def apply(self, worker: int, values: object) -> None:
        """Take what *worker* sends: lists of metric, labels and number, as decoded from JSON.

        Numbers of counters are what has come since the last time. What fits no metric is refused
        and counted.
        """
        if not isinstance(values, list):
            self.refused += 1
            return
        for value in values:
            try:
                metric, labels, number = self._read(value)
            except ValueError:
                self.refused += 1
                continue
            if metric.kind is Kind.COUNTER:
                self._add(metric, labels, number)
            else:
                self._value_by_labels[metric][str(worker), *labels] = number

    def forget_worker(self, worker: int) -> None:
        """Drop the gauges of a worker that is gone."""
        for metric in WORKER_METRICS:
            if WORKER in metric.labels:
                self._value_by_labels[metric].pop((str(worker),), None)

    def count(self, name: str, *labels: str, number: float = 1) -> None:
        """Add *number* to a counter of the control process."""
        self._add(_of_control(name, labels), labels, number)

    def put(self, name: str, value: float, *labels: str) -> None:
        """Set a metric of the control process; a counter to all that was counted so far."""
        self._value_by_labels[_of_control(name, labels)][labels] = value

    def replace(self, name: str, value_by_labels: Mapping[tuple[str, ...], float]) -> None:
        """Set a gauge of the control process under all of its labels: others vanish."""
        metric = _of_control(name, *value_by_labels)
        self._value_by_labels[metric] = dict(value_by_labels)

    def page(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        from filterdns.history.metrics_text import write_metrics  # it can wait until all answers

        self.put("filterdns_metrics_refused_total", self.refused)
        return write_metrics(self._value_by_labels)

    def _add(self, metric: Metric, labels: tuple[str, ...], number: float) -> None:
        value_by_labels = self._value_by_labels[metric]
        value_by_labels[labels] = value_by_labels.get(labels, 0) + number

    def _read(self, value: object) -> tuple[Metric, tuple[str, ...], float]:
        match value:
            case [str(name), [*found], int() | float() as number] if name in _OF_WORKERS:
                metric = _OF_WORKERS[name]
            case _:
                raise ValueError("no number of a metric of workers")
        if isinstance(number, bool) or not 0 <= number <= MAX_NUMBER:
            raise ValueError("no number that a counter or a size can have")
        return metric, self._labels(metric, found), number

    def _labels(self, metric: Metric, found: list[object]) -> tuple[str, ...]:
        expected = [label for label in metric.labels if label is not WORKER]
        labels = tuple(text for text in found if isinstance(text, str))
        if not len(labels) == len(found) == len(expected):
            raise ValueError("other labels")
        for label, text in zip(expected, labels, strict=True):
            if text not in (label.values or self._values_by_label[label]):
                raise ValueError("a value outside of the closed set")
        return labels


_OF_WORKERS: Final = {metric.name: metric for metric in WORKER_METRICS}
_OF_CONTROL: Final = {metric.name: metric for metric in CONTROL_METRICS}


def _of_control(name: str, *each: tuple[str, ...]) -> Metric:
    metric = _OF_CONTROL[name]
    assert all(len(labels) == len(metric.labels) for labels in each), name
    return metric
