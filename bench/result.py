"""What a run found, as a file: `bench/results/2026-03-05T2030.json`, of others `…-NAME.json`."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.machine import describe_machine
from bench.names import ROOT
from bench.targets import Judged

FOLDER: Final = ROOT / "bench" / "results"

Result = dict[str, Any]


def make_result(kind: str, command: str, **found: Any) -> Result:
    """Return *found* with date, machine, and the *command* that finds it again."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"kind": kind, "date": now, "command": command, "machine": describe_machine(), **found}


def write_result(folder: Path, result: Result) -> Path:
    """Write *result* and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    date = datetime.fromisoformat(result["date"])
    suffix = "" if result["kind"] == "run" else f"-{result['kind']}"
    path = folder / f"{date:%Y-%m-%dT%H%M}{suffix}.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    return path


def latest_result(folder: Path, kind: str) -> Result | None:
    """Return the newest result of its *kind*, None if there is none."""
    results: list[Result] = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    found = [result for result in results if result["kind"] == kind]
    return max(found, key=lambda result: str(result["date"])) if found else None


def judged_as_json(judged: list[Judged]) -> list[dict[str, Any]]:
    """Return the targets and their states as plain values."""
    return [
        {
            "key": each.target.key,
            "what": each.target.what,
            "floor": each.target.floor,
            "aim": each.target.aim,
            "unit": each.target.unit,
            "is_at_least": each.target.more_is_better,
            "value": None if each.value is None else round(each.value, 3),
            "state": each.state.value,
        }
        for each in judged
    ]
