"""The benchmark measures what it says: ratios within a round, CPU beside each figure."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.measure import Measured, cpu_seconds, family
from bench.names import load_names
from bench.report import Ratio, ratios
from bench.workloads import write_workloads

ROOT = Path(__file__).parent.parent


def measured(number: int, server: str, rate: float, cpu: float = 1.0) -> Measured:
    return Measured(number, "mix", server, rate, 0, cpu)


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    rates = [(200.0, 100.0), (90.0, 100.0), (300.0, 200.0)]
    rounds = [
        figures
        for number, (ours, theirs) in enumerate(rates)
        for figures in (measured(number, "filterdns", ours), measured(number, "unbound", theirs))
    ]
    assert ratios(rounds) == [Ratio("unbound", "mix", 1.5, False, 0.95)]


def test_an_idle_server_is_compared_by_queries_per_cpu_second() -> None:
    rounds = [measured(0, "filterdns", 100, cpu=0.5), measured(0, "dnsmasq", 100)]
    assert ratios(rounds) == [Ratio("dnsmasq", "mix", 2.0, True, 2.5)]


def test_cpu_time_of_children_counts() -> None:
    with subprocess.Popen(["/bin/sh", "-c", "read line"], stdin=subprocess.PIPE) as child:
        assert child.pid in family(os.getpid())
        child.communicate(b"\n")
    assert cpu_seconds(os.getpid()) > 0


def test_no_popular_name_is_blocked_and_every_round_has_unseen_names(tmp_path: Path) -> None:
    names = load_names(popular_count=100, blocked_count=200)
    assert (len(names.popular), len(names.blocked)) == (100, 200)
    assert not set(names.popular) & set(names.blocked)
    first, second = write_workloads(names, ["unseen"], rounds=2, query_count=500, folder=tmp_path)
    asked = [set(workload.path.read_text().splitlines()) for workload in (first, second)]
    assert not asked[0] & asked[1]
    assert len(asked[0]) == 500


@pytest.mark.peer("dnsperf", "nsd", "unbound", "dnsmasq")
def test_a_short_run_measures_the_peers(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.run", "--servers", "unbound", "dnsmasq"]
    command += ["--workloads", "blocked", "--rounds", "1", "--seconds", "0.2"]
    command += [
        "--popular",
        "50",
        "--blocked",
        "100",
        "--queries",
        "500",
        "--results",
        str(tmp_path),
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    result = json.loads(next(tmp_path.glob("*.json")).read_text())
    assert [figures["server"] for figures in result["measured"]] == ["unbound", "dnsmasq"]
    assert all(figures["queries_per_second"] > 0 for figures in result["measured"])
