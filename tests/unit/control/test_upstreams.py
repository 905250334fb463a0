import logging

import pytest

from filterdns.control.upstreams import UpstreamReports, name_of_upstream
from filterdns.resolver.image import UpstreamServer

UP = ["192.0.2.1:53", "up", 0, 12.5, ""]
DOWN = ["192.0.2.1:53", "down", 3, 12.5, "no answer in time"]
LOOP = ["192.0.2.1:53", "loop", 0, 12.5, ""]


@pytest.mark.parametrize(
    ("server", "name"),
    [
        (UpstreamServer("192.0.2.1", 53), "192.0.2.1:53"),
        (UpstreamServer("2001:db8::1", 5353), "[2001:db8::1]:5353"),
        (UpstreamServer("192.0.2.1", 53, "tcp"), "tcp://192.0.2.1:53"),
    ],
)
def test_an_upstream_has_the_name_that_workers_use(server: UpstreamServer, name: str) -> None:
    assert name_of_upstream(server) == name


def test_the_worker_that_fares_worst_is_believed() -> None:
    reports = UpstreamReports()
    reports.take(0, [UP])
    reports.take(1, [DOWN])
    assert reports.worst_by_name()["192.0.2.1:53"].state == "down"


def test_a_loop_is_worse_than_a_failure() -> None:
    reports = UpstreamReports()
    reports.take(0, [["192.0.2.1:53", "up", 2, 12.5, "no answer in time"]])
    reports.take(1, [LOOP])
    assert reports.worst_by_name()["192.0.2.1:53"].state == "loop"


def test_a_report_tells_when_it_was_heard() -> None:
    moments = iter([7.0, 12.0])
    reports = UpstreamReports(lambda: next(moments))
    reports.take(0, [UP])
    assert reports.worst_by_name()["192.0.2.1:53"].heard_at == 7.0
    reports.take(0, [UP])
    assert reports.worst_by_name()["192.0.2.1:53"].heard_at == 12.0


def test_a_worker_that_is_gone_is_forgotten() -> None:
    reports = UpstreamReports()
    reports.take(1, [DOWN])
    reports.forget_worker(1)
    assert reports.worst_by_name() == {}


def test_trouble_is_told_once_for_each_change_of_state(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    reports = UpstreamReports()
    for values in ([UP], [DOWN], [DOWN], [LOOP], [UP], [UP]):
        reports.take(0, values)
    assert [record.getMessage() for record in caplog.records] == [
        "upstream 192.0.2.1:53 does not answer: no answer in time",
        "upstream 192.0.2.1:53 leads back to this filter: it is not asked",
        "upstream 192.0.2.1:53 answers again",
    ]


@pytest.mark.parametrize("values", [None, {}, [[]], [["x", "up", "3", 1, ""]], ["x"]])
def test_what_is_no_report_is_refused(values: object) -> None:
    with pytest.raises(ValueError, match="no "):
        UpstreamReports().take(0, values)
