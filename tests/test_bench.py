"""The benchmark measures what it says: ratios within a round, CPU beside each figure."""

import argparse
import json
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.crowd import read_plan
from bench.datagrams import Datagrams
from bench.growth import points
from bench.history_rows import DAYS, fill_history
from bench.measure import Measured
from bench.names import load_names
from bench.page import marks, replaced, section
from bench.processes import cpu_seconds, family, memory_of
from bench.ratios import Ratio, ratios
from bench.report import make_console
from bench.result import latest_result, make_result, write_result
from bench.roads import FORWARDED, ROADS
from bench.roads import measure as measure_roads
from bench.rounds import order
from bench.run import figures, parse_arguments, run
from bench.shapes import shape_at, write_people
from bench.targets import TARGETS, State, below_floor, judge
from bench.workloads import NAMES, SCHOOL_ADDRESSES, school_addresses, write_workloads
from filterdns.dns.question import read_question
from tests.support.peers import READY_QUERY

ROOT = Path(__file__).parent.parent


def measured(number: int, server: str, rate: float, cpu: float = 1.0) -> Measured:
    return Measured(number, "mix", server, rate, 0, 0, cpu, 0.5, 0.0, 0.0, 900.0)


# Ratios.


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    rates = [(200.0, 100.0), (90.0, 100.0), (300.0, 200.0)]
    rounds = [
        each
        for number, (ours, theirs) in enumerate(rates)
        for each in (measured(number, "filterdns", ours), measured(number, "unbound", theirs))
    ]
    assert ratios(rounds) == [Ratio("unbound", "mix", 1.5, (2.0, 0.9, 1.5), False)]


def test_an_idle_server_is_compared_by_queries_per_cpu_second() -> None:
    rounds = [measured(0, "filterdns", 100, cpu=0.5), measured(0, "dnsmasq", 100)]
    assert ratios(rounds) == [Ratio("dnsmasq", "mix", 2.0, (2.0,), True)]


def test_only_figures_of_one_round_are_compared() -> None:
    assert ratios([measured(0, "filterdns", 100), measured(1, "unbound", 100)]) == []


# Targets.


@pytest.mark.parametrize(
    ("key", "by", "value", "state"),
    [
        ("unbound/mix", "run", 1.15, State.AIM),
        ("unbound/mix", "run", 0.95, State.FLOOR),
        ("unbound/mix", "run", 0.94, State.BELOW),
        ("home_memory", "run", 90, State.AIM),
        ("home_memory", "run", 91, State.FLOOR),
        ("home_memory", "run", 141, State.BELOW),
        ("load_lost", "isolation", 0, State.AIM),
        ("load_lost", "isolation", 1, State.BELOW),
    ],
)
def test_a_figure_is_judged(key: str, by: str, value: float, state: State) -> None:
    judged = {each.target.key: each for each in judge({key: value}, by)}
    assert judged[key].state is state
    assert all(each.state is State.UNKNOWN for other, each in judged.items() if other != key)


def test_what_was_not_measured_is_not_below_its_floor() -> None:
    assert below_floor(judge({}, "run")) == []


def test_an_aim_is_never_laxer_than_its_floor() -> None:
    assert all((t.aim >= t.floor) is t.more_is_better or t.aim == t.floor for t in TARGETS)


@pytest.mark.parametrize(
    ("names", "known"),
    [
        (300_000, set()),
        (1_000_000, {"bytes_a_name", "home_memory"}),
        (5_000_000, {"bytes_a_name", "start_5m", "build_5m", "build_memory_5m"}),
    ],
)
def test_a_figure_counts_only_with_as_many_names_as_its_target_has(
    names: int, known: set[str]
) -> None:
    built = {"bytes_a_name": 9.0, "seconds": 5.0, "largest_process_bytes": 100_000_000}
    own = {"built": built, "memory": {"pss": 80_000_000}, "first_answer_seconds": 0.3}
    assert set(figures([], {"filterdns": own}, names)) == known


# Processes.


def test_cpu_time_of_children_counts() -> None:
    with subprocess.Popen(["/bin/sh", "-c", "read line"], stdin=subprocess.PIPE) as child:
        assert child.pid in family(os.getpid())
        child.communicate(b"\n")
    assert cpu_seconds(os.getpid()) > 0


def test_a_process_has_no_more_private_memory_than_in_all() -> None:
    memory = memory_of(os.getpid())
    assert 0 < memory.private <= memory.pss <= memory.rss


# Workloads.


def test_no_popular_name_is_blocked_and_every_round_has_unseen_names(tmp_path: Path) -> None:
    names = load_names(popular_count=100, blocked_count=200)
    assert (len(names.popular), len(names.blocked)) == (100, 200)
    assert not set(names.popular) & set(names.blocked)
    first, second = write_workloads(names, ["unseen"], rounds=2, query_count=500, folder=tmp_path)
    asked = [set(workload.path.read_text().splitlines()) for workload in (first, second)]
    assert not asked[0] & asked[1]
    assert len(asked[0]) == 500


def test_unseen_names_come_late_and_the_school_last(tmp_path: Path) -> None:
    names = load_names(popular_count=10, blocked_count=10)
    workloads = write_workloads(names, list(NAMES), 2, 10, tmp_path)
    asked = [(number, workload.name) for number, workload in order(workloads, 2)]
    assert asked[-4:] == [(0, "unseen"), (1, "unseen"), (0, "school"), (1, "school")]
    assert asked[:2] == [(0, "mix"), (0, "allowed")]
    assert len(asked) == 2 * len(NAMES)


def test_the_school_asks_as_it_says(tmp_path: Path) -> None:
    names = load_names(popular_count=100, blocked_count=100)
    [school] = write_workloads(names, ["school"], 1, 5_000, tmp_path)
    queries = read_plan(school.path)
    for query in queries[:200]:
        assert read_question(query.wire) is not None
    with_opt = sum(query.wire[11] for query in queries) / len(queries)
    assert 0.45 < with_opt < 0.55
    assert 0.03 < sum(bool(query.mixed) for query in queries) / len(queries) < 0.07
    assert {query.address for query in queries} <= set(school_addresses())
    assert len(set(school_addresses())) == SCHOOL_ADDRESSES


# The crowd.


def test_a_datagram_comes_from_its_own_address_and_its_answer_comes_back() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        sources = ["127.1.0.1", "127.1.9.77"]
        datagrams = Datagrams(server.getsockname(), [(each, READY_QUERY) for each in sources])
        try:
            assert datagrams.send(0, 2) == 2
            heard = [server.recvfrom(512) for _ in sources]
            assert [address[0] for _, address in heard] == sources
            assert [wire[:2] for wire, _ in heard] == [b"\x00\x00", b"\x00\x01"]
            for wire, address in heard:
                server.sendto(wire[:2] + b"\x81\x82" + wire[4:], address)
            assert datagrams.receive() == ([0, 1], b"\x02\x02")
            assert datagrams.receive() == ([], b"")
        finally:
            datagrams.socket.close()


def test_a_crowd_counts_what_is_lost(tmp_path: Path) -> None:
    plan = tmp_path / "plan"
    plan.write_text("127.1.0.1 lost.example A edns\n" * 50)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        command = [sys.executable, "-m", "bench.crowd", "--plan", str(plan)]
        command += ["--server", f"127.0.0.1:{silent.getsockname()[1]}"]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    counted = json.loads(run.stdout.splitlines()[-1])
    assert (counted["sent"], counted["answered"], counted["lost"]) == (50, 0, 50)


# Results and the page.


def result_of(**more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "servers": {},
        "targets": [],
        "ratios": [],
        "measured": [],
        "latencies": [],
    }
    return make_result("run", "make bench", **{**found, "notes": [], **more})


def test_the_newest_result_of_a_kind_is_found(tmp_path: Path) -> None:
    for date in ("2026-01-02T03:04:00+00:00", "2026-02-02T03:04:00+00:00"):
        write_result(tmp_path, {**result_of(), "date": date})
    write_result(tmp_path, {**result_of(), "kind": "growth", "date": "2026-03-02T03:04:00+00:00"})
    found = latest_result(tmp_path, "run")
    assert found is not None
    assert found["date"].startswith("2026-02")
    assert latest_result(tmp_path, "isolation") is None


def test_the_page_takes_a_section_and_keeps_the_rest() -> None:
    page = "before\n<!-- bench:run -->\nold\n<!-- bench:end -->\nafter\n"
    assert marks(page) == ["run"]
    changed = replaced(page, "run", "new\n")
    assert changed == "before\n<!-- bench:run -->\nnew\n<!-- bench:end -->\nafter\n"


def test_a_section_says_how_to_repeat_it() -> None:
    ratio = {"workload": "mix", "peer": "unbound", "value": 1.234, "rounds": [1.2, 1.234]}
    text = section(result_of(ratios=[{**ratio, "is_per_cpu_second": True}]))
    assert "$ make bench\n" in text
    assert "| mix | unbound | 1.23 × | 1.20, 1.23 | queries per CPU second |" in text


def test_a_page_has_a_place_for_every_bench() -> None:
    page = (ROOT / "docs" / "performance.md").read_text()
    assert "run" in marks(page)
    assert page.count("<!-- bench:end -->") == len(marks(page))


def test_quick_gives_way_to_what_is_asked_for() -> None:
    options = parse_arguments(["--quick", "--rounds", "7", "--only", "blocked,mix"])
    assert (options.names, options.rounds, options.only) == (300_000, 7, ["mix", "blocked"])


# For real.


@pytest.mark.peer("dnsperf", "nsd", "unbound", "dnsmasq")
def test_a_short_run_measures_everybody(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.run", "--rounds", "1", "--seconds", "0.2", "--json"]
    command += ["--only", "mix,tcp,unseen,school", "--names", "200", "--popular", "50"]
    command += ["--queries", "500", "--results", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    result = json.loads(run.stdout)
    assert json.loads(next(tmp_path.glob("*.json")).read_text()) == result
    asked = [(each["workload"], each["server"]) for each in result["measured"]]
    everybody = ["filterdns", "unbound", "dnsmasq"]
    wanted = [(name, server) for name in ("mix", "tcp", "unseen", "school") for server in everybody]
    wanted.remove(("tcp", "dnsmasq"))
    assert sorted(asked) == sorted(wanted)
    assert all(each["queries_per_second"] > 0 for each in result["measured"])
    assert all(each["lost"] == each["failed"] == 0 for each in result["measured"])
    assert all(each["p50_us"] <= each["p99_us"] for each in result["latencies"])
    assert {ratio["peer"] for ratio in result["ratios"]} == {"unbound", "dnsmasq"}
    assert "Ratios, round by round" in run.stderr


@pytest.mark.peer("dnsperf", "nsd", "dnsmasq")
def test_a_peer_that_is_missing_is_left_out_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["--only", "mix", "--rounds", "1", "--seconds", "0.2", "--names", "20"]
    words += ["--popular", "20", "--queries", "100", "--results", str(tmp_path)]
    options: argparse.Namespace = parse_arguments([*words, "--servers", "unbound", "dnsmasq"])
    monkeypatch.setattr("bench.stage.find", lambda name: None if name == "unbound" else name)
    result = run(make_console(), options)
    assert "unbound is not installed, and is left out." in result["notes"]
    assert list(result["servers"]) == ["dnsmasq"]


def json_of(module: str, folder: Path, *words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", module, *words, "--results", str(folder), "--json"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    result: dict[str, Any] = json.loads(run.stdout)
    assert result == json.loads(next(folder.glob("*.json")).read_text())
    return result


@pytest.mark.peer("nsd")
def test_what_clients_feel_is_measured_beside_the_calm_before(tmp_path: Path) -> None:
    words = ["--only", "reload,devices,source,log-all,control-stopped,index", "--rate", "300"]
    words += ["--seconds", "0.3", "--names", "300", "--index-names", "500", "--log-rows", "40"]
    result = json_of("bench.isolation", tmp_path, *words, "--popular", "20", "--queries", "300")
    assert [row["name"] for row in result["rows"]] == words[1].split(",")
    assert all(row[when]["answered"] for row in result["rows"] for when in ("calm", "disturbed"))
    figures = {each["key"]: each["value"] for each in result["targets"]}
    worst = max(row["p99_ratio"] for row in result["rows"])
    assert figures["load_p99"] == pytest.approx(worst, abs=0.01)
    assert figures["source_of_50"] > 0


def test_a_log_of_30_days_is_written(tmp_path: Path) -> None:
    fill_history(tmp_path / "state" / "history.db", 500)
    with closing(sqlite3.connect(tmp_path / "state" / "history.db")) as connection:
        [(count, first, last)] = connection.execute(
            "SELECT count(*), min(first_seen), max(last_seen) FROM blocked"
        )
    assert count == 500
    assert (last - first) // 86_400 == DAYS - 1


@pytest.mark.peer("nsd")
def test_the_cost_of_a_query_is_measured_as_a_house_grows(tmp_path: Path) -> None:
    result = json_of(
        "bench.growth", tmp_path, "--only", "listed", "--largest", "10000", "--seconds", "0.2"
    )
    assert [(row["axis"], row["value"]) for row in result["rows"]] == [("listed", 10_000)]
    assert 0 < result["rows"][0]["us_a_query"] < 10_000


def test_each_person_has_a_device_and_each_device_an_owner(tmp_path: Path) -> None:
    for axis in ("people", "devices"):
        shape = shape_at(axis, 2_500)
        write_people(shape, tmp_path / axis)
        said = [yaml.safe_load(path.read_text()) for path in (tmp_path / axis).glob("*.yaml")]
        people = {name: each for file in said for name, each in file["people"].items()}
        devices = [device["ip"] for each in people.values() for device in each["devices"]]
        assert len(people) == shape.people
        assert len(set(devices)) == len(devices) == shape.devices == 2_500
        assert all(each["devices"] for each in people.values())


def test_no_list_grows_beyond_what_is_asked_for() -> None:
    assert points(["listed"], 100_000) == [("listed", 10_000), ("listed", 100_000)]


@pytest.mark.peer("dnsperf", "nsd")
def test_workers_are_measured_against_each_other(tmp_path: Path) -> None:
    words = ["--names", "200", "--index-names", "300", "--rounds", "1", "--seconds", "0.3"]
    result = json_of("bench.workers", tmp_path, *words, "--counts", "1")
    assert [(row["workers"], len(row["shares"])) for row in result["speed"]] == [(1, 1), (2, 2)]
    assert [row["workers"] for row in result["memory"]] == [1, 1]
    assert all(len(row["private"]) == row["workers"] + 1 for row in result["memory"])
    assert [row["log"] for row in result["seams"]] == ["blocked", "none"]
    assert {each["state"] for each in result["targets"] if each["key"] == "private_5m"} == {
        State.UNKNOWN.value
    }


# How long a query's roads are.


def test_each_road_is_measured_in_steps_and_time(tmp_path: Path) -> None:
    rows = {row["road"]: row for row in measure_roads(tmp_path, wake_ups=2)}
    assert set(rows) == {*(road.name for road in ROADS), FORWARDED}
    assert rows["memo hit"]["opcodes"] < rows["cached, first hit"]["opcodes"]
    assert rows["blocked, first hit"]["rooms"]["policy"] > rows["memo hit"]["rooms"]["policy"] == 0
    assert (
        rows[FORWARDED]["rooms"]["upstreams"] > 10 * rows["cached, first hit"]["rooms"]["upstreams"]
    )
    assert rows[FORWARDED]["us"] > 0
