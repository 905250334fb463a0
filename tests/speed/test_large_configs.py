"""Whatever is done with a config takes as long as there are people, and not longer for each."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from filterdns.config.check import check
from filterdns.config.compile import Compiled, compile_config
from filterdns.config.load import load
from filterdns.policy.house import House
from filterdns.policy.policies import EffectivePolicies
from tests.support.configs import catalog
from tests.support.crowds import KINDS, write_crowd
from tests.support.households import LISTS, STRANGER, DictionaryClaims, moment
from tests.support.steps import count_steps

FEW = 5
POLICIES = 4
NOW = moment("2026-11-25 12:00")
MOST_GROWTH = 2.4  # 2 where each adds as much as the one before, 4 where all meet all others


def read(path: Path) -> Compiled:
    return compile_config(load(path, {}, catalog()), catalog())


def growth(kind: str, folder: Path, prepare: Callable[[Path], Callable[[], object]]) -> float:
    """Return how many times as much the third and fourth crowd add as the second one does."""
    works = [
        prepare(write_crowd(kind, times * FEW, folder / str(times), POLICIES, devices=FEW))
        for times in (1, 2, 4)
    ]
    works[0]()  # what is read once for all
    few, more, many = (count_steps(work).opcodes for work in works)
    print(f"{kind}: {few:.0f}, {more:.0f}, {many:.0f} bytecodes")
    return (many - more) / (more - few)


@pytest.mark.parametrize("kind", KINDS)
def test_reading_grows_with_the_people(kind: str, tmp_path: Path) -> None:
    assert growth(kind, tmp_path, lambda path: lambda: read(path)) < MOST_GROWTH


@pytest.mark.parametrize("kind", KINDS)
def test_checking_grows_with_the_people(kind: str, tmp_path: Path) -> None:
    def checking(path: Path) -> Callable[[], object]:
        compiled, lists = read(path), DictionaryClaims(LISTS)
        return lambda: check(compiled, lists, NOW)

    assert growth(kind, tmp_path, checking) < MOST_GROWTH


def test_what_holds_for_strangers_is_made_of_the_kinds_of_rules_and_not_of_the_people(
    tmp_path: Path,
) -> None:
    """When the hours of one of many change, nobody else is looked into; and verdicts stay cheap."""
    ruleset = read(write_crowd("hours", 60, tmp_path, POLICIES)).ruleset
    policies = EffectivePolicies(ruleset, House(ruleset, DictionaryClaims(LISTS)))
    bedtime = moment("2026-11-25 19:00")
    first = count_steps(partial(policies.policy_for, STRANGER, bedtime))
    for _ in range(5):
        until = policies.policy_for(STRANGER, bedtime).valid_until
        assert bedtime < until < bedtime + 3_600
        bedtime = until
        change = count_steps(partial(policies.policy_for, STRANGER, bedtime))
        assert change.opcodes < first.opcodes / 4
    assert len(policies.policy_for(STRANGER, bedtime).members) <= 2 * POLICIES
