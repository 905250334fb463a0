"""The benchmark of the index measures an index that is there."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_small_index_is_measured_as_json(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.index", "--names", "2000", "--json", "--results", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    (figures,) = json.loads(done.stdout)["measured"]
    assert 2000 <= figures["names"] <= 4000
    assert figures["bytes_per_name"] > 8
    assert figures["build_of_1_source_peak_bytes"] > 0
    assert figures["private_bytes_of_each_of_4_readers"] == [0] * 4
    assert figures["look_up_3_labels_unlisted_ns"] > 0
