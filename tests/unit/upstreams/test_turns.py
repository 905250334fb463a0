"""One question on its way from upstream to upstream, without a network: each says when it will."""

import asyncio
import time
from collections.abc import Sequence

from filterdns.descriptors import Shortage
from filterdns.dns import codes
from filterdns.dns.question import Question
from filterdns.errors import OutOfDescriptors, UpstreamError
from filterdns.upstreams.health import State
from filterdns.upstreams.member import USUAL_PATIENCE, Member
from filterdns.upstreams.turns import Turns
from filterdns.upstreams.upstream import Counters, Tell, Upstream
from tests.support.asking import WWW

GOOD = b"\x00\x00\x81\x80" + bytes(8)
POOR = b"\x00\x00\x81\x82" + bytes(8)  # SERVFAIL
POOR_TOO = b"\x00\x00\x81\x85" + bytes(8)  # REFUSED
SILENT = UpstreamError("no answer in time", codes.EDE_NO_REACHABLE_AUTHORITY)
UNREACHABLE = UpstreamError("no route", codes.EDE_NETWORK_ERROR)


class Asked(Upstream):
    """Keeps who is to be told, and the deadlines that it was given."""

    def __init__(self, name: str) -> None:
        super().__init__(name, Counters())
        self.told: list[Tell] = []
        self.deadlines: list[float] = []

    @property
    def rtt_seconds(self) -> float:
        return 0.0

    def ask(self, question: Question, deadline: float, tell: Tell) -> None:
        assert question == WWW
        self.deadlines.append(deadline)
        self.told.append(tell)

    def says(self, said: bytes | UpstreamError) -> None:
        self.told.pop()(said)

    async def close(self) -> None:
        pass


class Scene:
    """Two upstreams, and what whoever asked was told."""

    def __init__(
        self, states: Sequence[State] = (State.UP, State.UP), seconds: float = 5.0
    ) -> None:
        self.first, self.second = Asked("first"), Asked("second")
        self.members = [Member(each, USUAL_PATIENCE) for each in (self.first, self.second)]
        for member, state in zip(self.members, states, strict=True):
            member.health.state = state
        self.told: list[bytes | UpstreamError] = []
        self.now = time.monotonic()
        self.deadline = self.now + seconds
        Turns(self.members, WWW, self.deadline, self.told.append, Shortage()).take(self.now)

    @property
    def error(self) -> UpstreamError:
        (error,) = self.told
        assert isinstance(error, UpstreamError)
        return error


def test_the_first_good_answer_is_told_and_nobody_else_is_asked() -> None:
    scene = Scene()
    scene.first.says(GOOD)
    assert scene.told == [GOOD]
    assert scene.second.told == []


def test_while_another_could_be_asked_the_first_has_less_time() -> None:
    scene = Scene()
    assert scene.first.deadlines == [scene.now + USUAL_PATIENCE.attempt_seconds]
    scene.first.says(SILENT)
    assert scene.second.deadlines == [scene.deadline]
    assert scene.first.counters.failovers == 1
    scene.second.says(GOOD)
    assert scene.told == [GOOD]


def test_a_poor_answer_sends_the_question_on_and_is_kept() -> None:
    scene = Scene()
    scene.first.says(POOR)
    scene.second.says(POOR_TOO)
    assert scene.told == [POOR]


def test_a_better_answer_beats_a_poor_one() -> None:
    scene = Scene()
    scene.first.says(POOR)
    scene.second.says(GOOD)
    assert scene.told == [GOOD]


def test_who_is_down_is_not_waited_for_where_there_is_something_to_give() -> None:
    scene = Scene((State.UP, State.DOWN))
    scene.first.says(POOR)
    assert scene.told == [POOR]


def test_where_nobody_answers_all_reasons_are_told() -> None:
    scene = Scene()
    scene.first.says(SILENT)
    scene.second.says(UNREACHABLE)
    assert str(scene.error) == "no answer in time; no route"
    assert scene.error.ede_code == codes.EDE_NO_REACHABLE_AUTHORITY


def test_a_network_that_refused_everything_is_told_as_such() -> None:
    scene = Scene()
    scene.first.says(UNREACHABLE)
    scene.second.says(UNREACHABLE)
    assert scene.error.ede_code == codes.EDE_NETWORK_ERROR


def test_at_the_deadline_nobody_else_is_asked() -> None:
    scene = Scene(seconds=-1)
    scene.first.says(SILENT)
    assert scene.second.told == []
    assert scene.error.ede_code == codes.EDE_NO_REACHABLE_AUTHORITY


def test_without_anybody_to_ask_it_is_a_loop() -> None:
    told: list[bytes | UpstreamError] = []
    Turns([], WWW, 1.0, told.append, Shortage()).take(0.0)
    assert "leads back" in str(told[0])


def test_an_upstream_that_was_not_asked_for_want_of_descriptors_stays_well() -> None:
    scene = Scene()
    scene.first.says(OutOfDescriptors("none left"))
    scene.second.says(GOOD)
    assert scene.told == [GOOD]
    assert scene.members[0].health.failures == 0


def test_an_answer_that_comes_at_once_is_told_once() -> None:
    class AtOnce(Asked):
        def ask(self, *args: object) -> None:
            tell = args[-1]
            assert callable(tell)
            tell(GOOD)

    async def scene() -> None:
        told: list[bytes | UpstreamError] = []
        member = Member(AtOnce("at once"), USUAL_PATIENCE)
        Turns([member], WWW, 1.0, told.append, Shortage()).take(0.0)
        assert told == [GOOD]

    asyncio.run(scene())
