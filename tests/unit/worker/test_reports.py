"""What a worker tells the control process."""

import asyncio
import json
from typing import Any

from filterdns.channel import MAX_MESSAGE_BYTES
from filterdns.dns.names import MAX_NAME_LENGTH
from filterdns.history.metric_table import WORKER_METRICS
from filterdns.resolver.client_slot import AskerRow, Role
from filterdns.resolver.record import Cause, Hit, Row, row
from filterdns.upstreams.group import make_group
from filterdns.worker.reports import MAX_ROWS, MetricsReport, asker_messages, record_messages
from tests.support.households import SealedNames
from tests.support.messages import query
from tests.support.plane import Plane

LONGEST_NAME = (b"\x3f" + b"\xff" * 63) * 3 + b"\x3d" + b"\xff" * 61 + b"\x00"


def rows(count: int) -> list[Row]:
    return [("", "", f"n{number}.example", "", "A11", "", 0, 0, 1) for number in range(count)]


def test_rows_go_up_in_messages_of_bounded_size_and_in_order() -> None:
    messages = list(record_messages(iter(rows(2 * MAX_ROWS + 5))))
    assert [len(message["rows"]) for message in messages] == [MAX_ROWS, MAX_ROWS, 5]
    assert [each for message in messages for each in message["rows"]] == rows(2 * MAX_ROWS + 5)


def test_where_nothing_happened_there_is_no_message() -> None:
    assert list(record_messages([])) == []


def test_the_longest_rows_that_there_are_fit_into_a_message() -> None:
    assert len(LONGEST_NAME) == MAX_NAME_LENGTH
    cause = Cause("x" * 30, "A11", "x" * 200, 0)
    longest = row("ü" * 40, "ü" * 40, LONGEST_NAME, cause, Hit(2_000_000_000))
    (message,) = record_messages([longest] * MAX_ROWS)
    assert len(json.dumps(message, ensure_ascii=False).encode()) < MAX_MESSAGE_BYTES


def reported(
    plane: Plane, report: MetricsReport, dropped_messages: int = 0
) -> dict[tuple[str, ...], Any]:
    """Return what *report* sends now by metric and labels."""

    async def scene() -> dict[str, Any]:
        group = make_group([("127.0.0.1", 53, "udp")])
        message = report.message(plane.resolver, group, plane.connections, dropped_messages)
        await group.close()
        return message

    message = asyncio.run(scene())
    assert message["t"] == "metrics"
    return {(metric, *labels): value for metric, labels, value in message["values"]}


def test_counts_are_what_was_added_and_gauges_are_what_there_is() -> None:
    plane = Plane()
    report = MetricsReport(plane.counters)
    for name in ("www.example.com", "www.example.com", "example.com"):
        asked = query(name)
        plane.service.note(asked, plane.answer(asked), plane.slot(), "udp", plane.clock.now())
    first = reported(plane, report)
    assert first["filterdns_queries_total", "udp", "forwarded"] == 2
    assert first["filterdns_cache_hits_total",] == 1
    assert first["filterdns_cache_misses_total",] == 2
    assert first["filterdns_cache_entries",] == 2
    assert first["filterdns_client_slots",] == 1
    second = reported(plane, report)
    assert not {metric for metric, *_ in second if metric.endswith("_total")}
    assert second["filterdns_cache_entries",] == 2


def test_every_metric_is_one_of_the_table_with_the_labels_of_the_table() -> None:
    plane = Plane()
    for name in ("www.example.com", "casino.example", "childline.org.uk"):
        asked = query(name)
        plane.service.note(asked, plane.answer(asked), plane.slot(), "tcp", plane.clock.now())
    # Gauges get the label `worker` in the control process: it knows who speaks.
    counts = {
        metric.name: sum(label.name != "worker" for label in metric.labels)
        for metric in WORKER_METRICS
    }
    for metric, *labels in reported(plane, MetricsReport(plane.counters)):
        assert len(labels) == counts[metric]


def test_messages_that_control_did_not_take_are_told_once() -> None:
    plane = Plane()
    report = MetricsReport(plane.counters)
    lost = ("filterdns_control_dropped_messages_total",)
    assert lost not in reported(plane, report)
    assert reported(plane, report, 3)[lost] == 3
    assert lost not in reported(plane, report, 3)
    assert reported(plane, report, 5)[lost] == 2


def test_hits_of_sealed_lists_go_up_as_a_number() -> None:
    plane = Plane(sealed=SealedNames("bad.example"))
    report = MetricsReport(plane.counters)
    asked = query("bad.example")
    plane.service.note(asked, plane.answer(asked), plane.slot(), "udp", plane.clock.now())
    assert reported(plane, report)["filterdns_sealed_hits_total",] == 1
    assert ("filterdns_sealed_hits_total",) not in reported(plane, report)


def test_who_has_asked_goes_up_in_messages_of_bounded_size() -> None:
    address = "fe80::1234:5678:9abc:def0%interface-of-15"
    rows = [AskerRow(address, "", Role.ITSELF, number) for number in range(1200)]
    messages = list(asker_messages(rows))
    assert [len(each["rows"]) for each in messages] == [500, 500, 200]
    assert all(len(json.dumps(each)) < MAX_MESSAGE_BYTES for each in messages)
    checks = tuple(f"{number}.connectivitycheck.platform.hihonorcloud.com" for number in range(40))
    telling = list(asker_messages(row._replace(checks=checks) for row in rows))
    assert sum(len(each["rows"]) for each in telling) == 1200
    assert all(len(json.dumps(each)) < MAX_MESSAGE_BYTES for each in telling)
    assert list(asker_messages([])) == []
