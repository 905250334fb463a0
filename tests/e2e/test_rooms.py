"""Who somebody is, and where: a classroom restricts whoever is in it, and identifies nobody."""

from collections.abc import Iterator

import pytest

from tests.support.home import OPEN, Home, open_home
from tests.support.namespaces import CABLE

pytestmark = [pytest.mark.untimed, pytest.mark.peer("ip", "dig", "nsd"), pytest.mark.timeout(300)]

PUPIL, TEACHER, NEW = "3c:22:fb:00:00:01", "3c:22:fb:00:00:02", "0e:11:22:33:44:55"
SCHOOL, LIBRARY = "moodle.school.example", "www.library.example"
HALL, ROOM = "10.77.1.20", "10.77.1.70"
PATIENTLY = ("+tries=15", "+timeout=1")
CONFIG = f"""\
timezone: Europe/Berlin
listen: {{dns: ["0.0.0.0:53"]}}
hosts: {{{SCHOOL}: {OPEN}}}
categories: {{school: {{names: [{SCHOOL}, lessons.library.example]}}}}
schedules: {{lessons: {{daily: always}}}}
policies:
  pupils: {{block: [pupils.library.example]}}
  staff: {{}}
people:
  pupil:   {{policy: pupils, devices: [{{name: tablet, mac: "{PUPIL}"}}]}}
  teacher: {{policy: staff, devices: [{{name: laptop, mac: "{TEACHER}"}}]}}
groups:
  room-12: {{networks: [10.77.1.64/26], during: {{lessons: {{allow-only: [school]}}}}}}
"""


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("rooms")
    with open_home(folder, CONFIG, "pupil", "teacher", "phone") as school:
        for client, mac in (("pupil", PUPIL), ("teacher", TEACHER), ("phone", NEW)):
            school.clients[client].set_mac(mac)
        yield school
        assert "Traceback" not in school.house.log_text()


def walk(school: Home, client: str, address: str) -> None:
    """Let *client* be where one has *address*, as its DHCP client does with a new lease."""
    school.clients[client].command("address", "flush", "dev", CABLE)
    school.clients[client].give(f"{address}/24")


def waits_for(school: Home, client: str, name: str, *, is_open: bool) -> None:
    def holds() -> bool:
        return (school.ask(client, name, *PATIENTLY).addresses == [OPEN]) is is_open

    school.house.wait_until(holds, f"{name} to be {'open' if is_open else 'closed'} for {client}")


def who(school: Home, address: str) -> tuple[str, list[str]]:
    said = school.house.control.get("/api/explain", who=address, name=LIBRARY)
    return said["person"], said["places"]


def test_a_pupil_is_the_same_pupil_in_the_hall_and_in_the_room(school: Home) -> None:
    walk(school, "pupil", HALL)
    waits_for(school, "pupil", LIBRARY, is_open=True)
    assert who(school, HALL) == ("pupil", [])
    walk(school, "pupil", ROOM)
    waits_for(school, "pupil", LIBRARY, is_open=False)
    assert (
        school.ask("pupil", "lessons.library.example").status == "NXDOMAIN"
    )  # open, and not there
    assert who(school, ROOM) == ("pupil", ["room-12"])
    walk(school, "pupil", HALL)
    waits_for(school, "pupil", LIBRARY, is_open=True)


def test_a_room_closes_for_the_teacher_in_it_as_well(school: Home) -> None:
    walk(school, "teacher", "10.77.1.21")
    waits_for(school, "teacher", LIBRARY, is_open=True)
    walk(school, "teacher", "10.77.1.71")
    waits_for(school, "teacher", LIBRARY, is_open=False)
    assert who(school, "10.77.1.71") == ("teacher", ["room-12"])


def test_the_first_question_of_a_phone_that_nobody_knows_meets_the_strictest(school: Home) -> None:
    walk(school, "phone", "10.77.1.30")
    first = school.ask("phone", "pupils.library.example", *PATIENTLY)
    assert first.is_blocked
    assert first.ttl <= 30
    assert school.ask("phone", LIBRARY, *PATIENTLY).addresses == [OPEN]
    assert who(school, "10.77.1.30") == ("", [])


def test_a_pupil_whose_phone_makes_up_another_card_is_unknown(school: Home) -> None:
    """ "Forget this network" does not make anybody a teacher, nor the pupil that it was."""
    walk(school, "pupil", HALL)
    waits_for(school, "pupil", LIBRARY, is_open=True)
    assert who(school, HALL) == ("pupil", [])
    school.clients["pupil"].set_mac("0e:99:99:99:99:99")
    school.clients["pupil"].command("neighbour", "flush", "all")
    try:
        school.ask("pupil", LIBRARY, *PATIENTLY)
        school.house.wait_until(lambda: who(school, HALL) == ("", []), "the new card to be seen")
        assert school.ask("pupil", "pupils.library.example", *PATIENTLY).is_blocked
    finally:
        school.clients["pupil"].set_mac(PUPIL)
