import pytest
from prometheus_client.parser import text_string_to_metric_families

from filterdns.history.metric_table import METRICS
from filterdns.history.metrics import Metrics


@pytest.fixture
def metrics() -> Metrics:
    known = Metrics()
    known.know(categories=["adult", "ads"], upstreams=["9.9.9.9:53"])
    return known


def samples(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """The values of *name* on the page, by the values of its labels in the order of their names."""
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(metrics.page().decode())
        for sample in family.samples
        if sample.name == name
    }


def test_the_page_names_every_metric(metrics: Metrics) -> None:
    page = metrics.page().decode()
    for metric in METRICS:
        assert f"# HELP {metric.name} {metric.help}\n# TYPE {metric.name} {metric.kind}\n" in page


def test_counters_of_all_workers_add_up(metrics: Metrics) -> None:
    metrics.apply(0, [["filterdns_queries_total", ["udp", "memo"], 40]])
    metrics.apply(1, [["filterdns_queries_total", ["udp", "memo"], 2]])
    metrics.apply(1, [["filterdns_queries_total", ["tcp", "memo"], 1]])
    assert samples(metrics, "filterdns_queries_total") == {("memo", "udp"): 42, ("memo", "tcp"): 1}


def test_gauges_stand_for_each_worker_as_they_are(metrics: Metrics) -> None:
    metrics.apply(0, [["filterdns_cache_bytes", [], 100]])
    metrics.apply(0, [["filterdns_cache_bytes", [], 50]])
    metrics.apply(1, [["filterdns_cache_bytes", [], 70]])
    assert samples(metrics, "filterdns_cache_bytes") == {("0",): 50, ("1",): 70}


def test_gauges_of_a_worker_go_with_it(metrics: Metrics) -> None:
    metrics.apply(0, [["filterdns_cache_bytes", [], 100], ["filterdns_merged_total", [], 3]])
    metrics.apply(1, [["filterdns_cache_bytes", [], 70]])
    metrics.forget_worker(0)
    assert samples(metrics, "filterdns_cache_bytes") == {("1",): 70}
    assert samples(metrics, "filterdns_merged_total") == {(): 3}


def test_counters_without_labels_begin_at_0(metrics: Metrics) -> None:
    assert samples(metrics, "filterdns_records_dropped_total") == {(): 0}


@pytest.mark.parametrize("category", ["adult", "ads", ""])
def test_a_category_of_the_config_or_none_is_taken(metrics: Metrics, category: str) -> None:
    metrics.apply(0, [["filterdns_blocked_total", ["A11", category], 1]])
    assert samples(metrics, "filterdns_blocked_total") == {(category, "A11"): 1}


def test_an_upstream_of_the_config_is_taken(metrics: Metrics) -> None:
    metrics.apply(0, [["filterdns_upstream_queries_total", ["9.9.9.9:53", "answered"], 1]])
    assert samples(metrics, "filterdns_upstream_queries_total") == {("answered", "9.9.9.9:53"): 1}


def test_what_an_earlier_config_named_stays(metrics: Metrics) -> None:
    metrics.know(upstreams=["192.0.2.1:53"])
    metrics.apply(0, [["filterdns_upstream_queries_total", ["9.9.9.9:53", "failed"], 1]])
    assert not metrics.refused


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "filterdns_merged_total",
        {"filterdns_merged_total": 1},
        ["filterdns_merged_total", []],
        ["filterdns_merged_total", [], 1, 2],
        ["filterdns_merged_total", "", 1],
        ["filterdns_merged_total", ["more"], 1],
        ["filterdns_merged_total", [], "1"],
        ["filterdns_merged_total", [], None],
        ["filterdns_merged_total", [], True],
        ["filterdns_merged_total", [], -1],
        ["filterdns_merged_total", [], float("nan")],
        ["filterdns_merged_total", [], float("inf")],
        ["filterdns_merged_total", [], 2**60],
        ["filterdns_sites_total", [], 1],
        [["filterdns_merged_total"], [], 1],
        ["filterdns_workers", [], 9],
        ["filterdns_config_reloads_total", ["applied"], 1],
        ["filterdns_cache_bytes", ["7"], 1],
        ["filterdns_queries_total", ["udp"], 1],
        ["filterdns_queries_total", ["memo", "udp"], 1],
        ["filterdns_queries_total", ["udp", "memo", "more"], 1],
        ["filterdns_queries_total", ["udp", "site.example"], 1],
        ["filterdns_queries_total", ["udp", ["memo"]], 1],
        ["filterdns_queries_total", ["udp", None], 1],
        ["filterdns_blocked_total", ["B", "adult"], 1],
        ["filterdns_blocked_total", ["A11", "site.example"], 1],
        ["filterdns_upstream_queries_total", ["", "answered"], 1],
        ["filterdns_upstream_queries_total", ["192.0.2.1:53", "answered"], 1],
    ],
)
def test_what_fits_no_metric_of_workers_is_refused_and_counted(
    metrics: Metrics, wrong: object
) -> None:
    before = metrics.page()
    metrics.apply(0, [wrong])
    assert samples(metrics, "filterdns_metrics_refused_total") == {(): 1}
    metrics.refused = 0
    assert metrics.page() == before


@pytest.mark.parametrize("wrong", [None, {}, 7, "values"])
def test_what_is_no_list_is_refused_and_counted(metrics: Metrics, wrong: object) -> None:
    metrics.apply(0, wrong)
    assert metrics.refused == 1


def test_good_numbers_beside_bad_ones_are_taken(metrics: Metrics) -> None:
    metrics.apply(0, [["junk"], ["filterdns_merged_total", [], 3]])
    assert samples(metrics, "filterdns_merged_total") == {(): 3}


def test_control_counts_and_tells(metrics: Metrics) -> None:
    metrics.count("filterdns_config_reloads_total", "applied")
    metrics.count("filterdns_config_reloads_total", "applied")
    metrics.put("filterdns_workers", 2)
    metrics.put("filterdns_history_lost_total", 7)
    assert samples(metrics, "filterdns_config_reloads_total") == {("applied",): 2}
    assert samples(metrics, "filterdns_workers") == {(): 2}
    assert samples(metrics, "filterdns_history_lost_total") == {(): 7}


def test_a_gauge_is_replaced_with_all_its_labels(metrics: Metrics) -> None:
    metrics.replace("filterdns_blocklist_entries", {("adult",): 5, ("ads",): 6})
    metrics.replace("filterdns_blocklist_entries", {("ads",): 7})
    assert samples(metrics, "filterdns_blocklist_entries") == {("ads",): 7}


def test_two_pages_know_nothing_of_each_other(metrics: Metrics) -> None:
    metrics.apply(0, [["filterdns_merged_total", [], 3]])
    assert samples(Metrics(), "filterdns_merged_total") == {(): 0}
