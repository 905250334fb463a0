"""What the meter has read travels between two processes."""

import json
from dataclasses import asdict

from filterdns.blocklists.guards.measured import NOT_MEASURED, Labelled, Measured

MEASURED = Measured(
    canaries=("museum.example",),
    popular=100,
    popular_blocked={"ads": 2},
    worst={"ads": ("a.example", "b.example")},
    labelled={"adult": Labelled(3, 2, ("missed.example",))},
    trouble="gone",
)


def test_it_is_read_as_it_was_written() -> None:
    for measured in (MEASURED, NOT_MEASURED):
        assert Measured.from_values(json.loads(json.dumps(asdict(measured)))) == measured
