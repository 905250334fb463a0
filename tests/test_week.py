"""The week in which every verdict is given twice (`make soak WHAT=week`), in small."""

import pytest

from soak.week import Plan, replay, sizes
from soak.week_houses import Scene, family, school

ROWS = {"A4", "A5", "A8", "A11", "A12"}


@pytest.mark.parametrize(
    ("scene", "plan", "rows"),
    [
        (family(), Plan(60, 10, 5_000), ROWS),
        (school(classes=3, policies=14), Plan(120, 10, 5_000), {*ROWS, "A7"}),
    ],
    ids=["family", "school"],
)
def test_filter_and_reference_decide_alike_for_a_week(
    scene: Scene, plan: Plan, rows: set[str]
) -> None:
    week = replay(scene, plan)
    assert week.differences == []
    assert 0 < week.blocked < week.questions
    assert rows <= week.by_row.keys()


def test_people_with_equal_rules_share_what_decides() -> None:
    scene = school(classes=3, policies=14)
    size = sizes(scene)
    assert size.policies < len(scene.addresses) / 2
    assert size.image_bytes > 10_000
    assert size.policies_bytes > 0
