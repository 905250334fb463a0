"""What is counted of one run: by the load as it goes, by whoever reads its report afterwards."""

from typing import Any, Final

from filterdns.dns.names import to_text
from soak.judge import Said
from soak.questions import Question

STEP_SECONDS: Final = 0.0001  # of the histogram of latencies
EXAMPLES: Final = 3  # of each kind


class Counts:
    """The figures of one load. A question counts once, however often it was asked.

    *failed* are SERVFAIL, REFUSED and what the network refuses; *wrong* are part of *lost*.
    *own_pause_seconds* is the longest time in which the load itself was not scheduled.
    """

    def __init__(self) -> None:
        self.sent = self.answered = self.retried = self.lost = self.forbidden = 0
        self.probes = self.failed = self.wrong = 0
        self.worst_gap_seconds = self.bedtime_late_seconds = self.own_pause_seconds = 0.0
        self.child_open = self.child_closed = 0
        self.examples: list[str] = []
        self._answers_by_step: dict[int, int] = {}

    def answer(self, latency_seconds: float) -> None:
        """Count a right answer."""
        self.answered += 1
        step = int(latency_seconds / STEP_SECONDS)
        self._answers_by_step[step] = self._answers_by_step.get(step, 0) + 1

    def see_gap(self, seconds: float) -> None:
        """Note a time in which nothing was answered."""
        self.worst_gap_seconds = max(self.worst_gap_seconds, seconds)

    def see_child(self, said: Said) -> None:
        """Count what a child was told about a name that bedtime closes."""
        if said is Said.OPEN:
            self.child_open += 1
        else:
            self.child_closed += 1

    def lose(self, question: Question, heard: str = "") -> None:
        """Count a question without a right answer; *heard* says which wrong one it got."""
        self.lost += 1
        self.wrong += bool(heard)
        self._remember("wrong" if heard else "lost", question, heard)

    def forbid(self, question: Question, heard: str) -> None:
        """Count an answer that policy forbids, and say what was heard."""
        self.forbidden += 1
        self._remember("forbidden", question, heard)

    def percentile_seconds(self, share: float) -> float:
        """Return the latency that *share* of the right answers did not exceed."""
        left = self.answered * share
        for step, count in sorted(self._answers_by_step.items()):
            left -= count
            if left <= 0:
                return (step + 1) * STEP_SECONDS
        return 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        figures = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        return {**figures, "p99_seconds": self.percentile_seconds(0.99)}

    def _remember(self, what: str, question: Question, heard: str) -> None:
        if sum(example.startswith(what) for example in self.examples) < EXAMPLES:
            name, qtype = question.question[:-4], int.from_bytes(question.question[-4:-2])
            transport = " over TCP" if question.is_tcp else ""
            example = f"{what}: {to_text(name)} {_NAME_BY_TYPE[qtype]}{transport} {heard}"
            self.examples.append(example.rstrip())


_NAME_BY_TYPE: Final = {1: "A", 28: "AAAA"}
