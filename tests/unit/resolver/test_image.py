"""The image: what goes in comes out, and nothing else is taken."""

import json
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.errors import StateError
from filterdns.policy.ruleset import Ruleset
from filterdns.policy.verdict import AnswerMode, LogMode, Rule
from filterdns.resolver.image import (
    Image,
    ImageReader,
    Limits,
    UpstreamServer,
    read_image,
    write_image,
)
from filterdns.steps import at_once
from tests.support.households import CHILD, days, names, schedule, school
from tests.support.killing import killed_at_each_step

RULE = Rule("block gambling", "home.yaml:7:3", "Blocked: gambling", "gambling", "bedtime")

FULL = Image(
    version=7,
    ruleset=school(
        policies={
            "child": replace(
                CHILD, answer=AnswerMode.NODATA, log=LogMode.NONE, bypass={"vpn": RULE}
            ),
        },
        schedules={
            "bedtime": schedule(
                "bedtime", "20:30-06:30", holidays="22:00-09:00", dates={"2026-12-24": "never"}
            ),
        },
        holidays=(days("2026-12-21", "2027-01-03"),),
        lifelines={**names("childline.org.uk"), b"\x04\x00\xff.\\\x00": RULE},
        pending={"hate": 1_772_000_000.5},
        unknown_policy="child",
    ),
    upstreams=(UpstreamServer("9.9.9.9"), UpstreamServer("2620:fe::fe", 5353, "tcp")),
    allow_clients=("local", "203.0.113.0/24"),
    limits=Limits(queries_per_second=5, tcp_idle_seconds=2.5),
    index_path="/var/lib/filterdns/lists/index-00ff.idx",
    sealed_paths=("/var/lib/filterdns/lists/sealed/00-ff.sealed",),
    probe_key=bytes(range(0, 256, 17)),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "image"


def steps(path: Path) -> Iterator[None]:
    yield from ImageReader().read(path)


def test_everything_that_decides_comes_back_as_it_was(path: Path) -> None:
    write_image(FULL, path)
    assert read_image(path) == FULL


def test_the_smallest_image_comes_back_as_it_was(path: Path) -> None:
    write_image(Image(1, Ruleset()), path)
    assert read_image(path) == Image(1, Ruleset())


def test_the_order_of_mappings_stays(path: Path) -> None:
    """It decides which of two rules is named, and it is part of a policy's content key."""
    write_image(FULL, path)
    assert list(read_image(path).ruleset.categories) == list(FULL.ruleset.categories)


def test_a_record_is_a_step_so_that_queries_get_their_turn(path: Path) -> None:
    lifelines = names(*(f"help{number}.example" for number in range(500)))
    write_image(Image(1, Ruleset(lifelines=lifelines)), path)
    assert sum(1 for _ in steps(path)) == 1 + 500


def test_what_a_new_image_says_again_is_the_same_object(path: Path) -> None:
    images = ImageReader()
    write_image(FULL, path)
    old = at_once(images.read(path)).ruleset
    people = dict(FULL.ruleset.people)
    changed, *others = people
    people[changed] = replace(people[changed], timezone="Europe/Kyiv")
    newer = replace(FULL, version=8, ruleset=replace(FULL.ruleset, people=people))
    write_image(newer, path)
    image = at_once(images.read(path))
    assert image == newer
    assert others
    assert all(image.ruleset.people[name] is old.people[name] for name in others)
    assert all(image.ruleset.policies[name] is old.policies[name] for name in old.policies)


def test_nothing_is_kept_of_what_is_said_no_more(path: Path) -> None:
    images = ImageReader()
    for version in range(1, 5):
        write_image(Image(version, Ruleset(lifelines=names(f"help{version}.example"))), path)
        at_once(images.read(path))
    assert len(images._record_by_digest) == 2


def test_a_damaged_image_is_refused_though_its_lines_are_known(path: Path) -> None:
    images = ImageReader()
    write_image(FULL, path)
    at_once(images.read(path))
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:3] + lines[4:]))
    with pytest.raises(StateError, match="were written"):
        at_once(images.read(path))


def test_only_the_owner_reads_who_lives_here(path: Path) -> None:
    write_image(FULL, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_new_image_takes_the_place_of_the_old_one_whole(path: Path) -> None:
    write_image(FULL, path)
    with path.open() as old:
        write_image(replace(FULL, version=8), path)
        assert '"version":7' in old.read()
    assert read_image(path).version == 8
    assert list(path.parent.iterdir()) == [path]


def test_an_image_that_cannot_be_written_leaves_the_old_one(path: Path) -> None:
    write_image(FULL, path)
    with pytest.raises(StateError, match="cannot be written: File exists"):
        write_image(replace(FULL, version=8), path / "below-a-file")
    assert read_image(path) == FULL


def test_an_image_that_cannot_be_put_in_place_leaves_nothing_behind(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StateError, match="cannot be written: Is a directory"):
        write_image(FULL, path)
    assert list(path.parent.iterdir()) == [path]


def test_a_missing_image_is_said(path: Path) -> None:
    with pytest.raises(StateError, match="cannot be read"):
        read_image(path)


def test_a_cut_at_any_byte_is_noticed(path: Path) -> None:
    write_image(replace(FULL, ruleset=Ruleset(lifelines=names("childline.org.uk"))), path)
    whole = path.read_bytes()
    for end in range(len(whole) - 1):  # without its last line break it is still whole
        path.write_bytes(whole[:end])
        with pytest.raises(StateError):
            read_image(path)


def test_a_lost_line_is_noticed(path: Path) -> None:
    write_image(FULL, path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:3] + lines[4:]))
    with pytest.raises(StateError, match=f"{len(lines) - 2} lines where {len(lines) - 1}"):
        read_image(path)


def test_another_format_is_refused_by_its_number(path: Path) -> None:
    path.write_text('["image",99,{}]\n["end",1]\n')
    with pytest.raises(StateError, match="format 99"):
        read_image(path)


@pytest.mark.parametrize(
    "line",
    [
        "\x00\x01\x02",
        "7",
        "[]",
        '["people"]',
        '["nothing of ours","a","b"]',
        '["timezone","a","b"]',
        '["people","lena",7]',
        '["people","lena",[]]',
        '["people","lena",{"shoe size":7}]',
        '["lifelines",7,["rule"]]',
        '["lifelines","a",["rule"]]',
        '["policies","child",{"name":"child","answer":"shout"}]',
    ],
)
def test_a_damaged_line_is_refused(path: Path, line: str) -> None:
    write_image(Image(1, Ruleset()), path)
    header, _ = path.read_text().splitlines()
    path.write_text(f'{header}\n{line}\n["end",2]\n')
    with pytest.raises(StateError, match=str(path)):
        read_image(path)


@given(st.data())
def test_no_damage_raises_anything_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged-image"
    write_image(FULL, path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    line = data.draw(st.sampled_from(lines))
    position = data.draw(st.integers(0, len(line) - 1))
    line[position] = data.draw(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=5,
        )
    )
    path.write_text("\n".join(json.dumps(each) for each in lines))
    with suppress(StateError):
        read_image(path)


def test_a_writer_that_is_killed_at_any_moment_leaves_a_whole_image(path: Path) -> None:
    write_image(FULL, path)
    newer = replace(FULL, version=FULL.version + 1)
    found = {
        read_image(path).version for _ in killed_at_each_step(lambda: write_image(newer, path), 9)
    }
    assert found == {FULL.version, newer.version}
