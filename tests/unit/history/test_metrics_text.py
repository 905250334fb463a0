from filterdns.history.metric_table import Label, Metric
from filterdns.history.metrics_text import write_metrics

WHO = Label("who")


def test_metrics_are_written_with_help_kind_and_labels() -> None:
    asked = Metric("asked_total", "Who asked.", (WHO,))
    size = Metric("size_bytes", "How large.")
    assert (
        write_metrics({asked: {('a"b',): 3}, size: {(): 1.5}}).decode()
        == """\
# HELP asked_total Who asked.
# TYPE asked_total counter
asked_total{who="a\\"b"} 3.0
# HELP size_bytes How large.
# TYPE size_bytes gauge
size_bytes 1.5
"""
    )
