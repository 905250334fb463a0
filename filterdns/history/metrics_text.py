"""Metrics in Prometheus' text format."""

from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from filterdns.history.metric_table import Kind, Metric

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

ValueByLabels = Mapping[tuple[str, ...], float]


def write_metrics(values_by_metric: Mapping[Metric, ValueByLabels]) -> bytes:
    """Return each metric with its values, in the format of `CONTENT_TYPE`."""
    return generate_latest(_Families(values_by_metric))


class _Families(Collector):
    def __init__(self, values_by_metric: Mapping[Metric, ValueByLabels]) -> None:
        self._values_by_metric = values_by_metric

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        for metric, value_by_labels in self._values_by_metric.items():
            family = _FAMILY_BY_KIND[metric.kind](
                metric.name, metric.help, labels=[label.name for label in metric.labels]
            )
            for labels, value in value_by_labels.items():
                family.add_metric(labels, value)
            yield family


_FAMILY_BY_KIND: Final = {Kind.COUNTER: CounterMetricFamily, Kind.GAUGE: GaugeMetricFamily}
