"""Lines of `safe_search:` that change nothing."""

from pathlib import Path

import pytest

from tests.support.doubts import doubts

SCHEDULES = "schedules: {homework: {daily: 14:00-16:00}, evening: {daily: 18:00-20:00}}\n"
MIA = "mia: {policy: child, devices: [{name: a, mac: '3c:22:fb:01:02:03'}]"


def safe_search_doubts(folder: Path, child: str, person: str = "", base: str = "{}") -> list[str]:
    """Return what is doubted of the safe search of *child*, which extends *base*, and of mia."""
    body = (
        f"{SCHEDULES}policies:\n  base: {base}\n  child: {{extends: base, {child}}}\n"
        f"people: {{{MIA}{person}}}}}\n"
    )
    return [each.split(" ", 1)[1] for each in doubts(folder, body) if "safe_search" in each]


@pytest.mark.parametrize(
    ("child", "person", "base"),
    [
        ("safe_search: {search: strict, youtube: moderate}", "", "{}"),
        ("safe_search: {youtube: strict}", "", "{safe_search: {youtube: moderate}}"),
        ("safe_search: {youtube: off}", "", "{safe_search: {youtube: moderate}}"),
        ("safe_search: {youtube: moderate}", ", safe_search: {youtube: off}", "{}"),
        ("during: {homework: {safe_search: {youtube: strict}}}", "", "{}"),
        (  # it comes before the other one
            (
                "safe_search: {youtube: moderate}, during: {homework: {safe_search: "
                "{youtube: moderate}}, evening: {safe_search: {youtube: strict}}}"
            ),
            "",
            "{}",
        ),
        (  # mia has another one outside of it
            (
                "safe_search: {youtube: moderate}, during: {homework: {safe_search: "
                "{youtube: moderate}}}"
            ),
            ", safe_search: {youtube: off}",
            "{}",
        ),
        (  # mia has it, her brothers do not
            "block: [service:youtube], safe_search: {youtube: strict}",
            ", allow: [service:youtube]",
            "{}",
        ),
        ("allow: [google.com], safe_search: {search: strict}", "", "{block: [google.com]}"),
        ("block: [service:youtube]", "", "{safe_search: {youtube: strict}}"),
        ("block: [www.youtube.com], safe_search: {youtube: strict}", "", "{}"),  # m. is open
        (
            "block: [service:youtube], safe_search: {youtube: off}",
            "",
            "{safe_search: {youtube: strict}}",
        ),
    ],
)
def test_what_does_something_raises_no_doubt(
    tmp_path: Path, child: str, person: str, base: str
) -> None:
    assert safe_search_doubts(tmp_path, child, person, base) == []


@pytest.mark.parametrize(
    ("child", "person", "base", "expected"),
    [
        (
            "safe_search: {search: strict}",
            "",
            "{safe_search: {search: strict}}",
            "policies.child.safe_search.search: this holds anyway, by config.yaml:5:32",
        ),
        (
            "safe_search: {youtube: off}",
            "",
            "{}",
            "policies.child.safe_search.youtube: this holds anyway, where nothing is written",
        ),
        (
            "safe_search: {youtube: strict}",
            ", safe_search: {youtube: strict}",
            "{}",
            "people.mia.safe_search.youtube: this holds anyway, by config.yaml:6:49",
        ),
        (
            "safe_search: {youtube: strict}, during: {homework: {safe_search: {youtube: strict}}}",
            "",
            "{}",
            "policies.child.during.homework.safe_search.youtube: this holds anyway",
        ),
        (
            "block: [service:youtube], safe_search: {youtube: strict}",
            "",
            "{}",
            "policies.child.safe_search.youtube: YouTube is blocked here",
        ),
        (
            "safe_search: {search: strict}",
            (
                ", block: [youtube.com, youtube-nocookie.com, youtube.googleapis.com, "
                "youtubei.googleapis.com], safe_search: {youtube: moderate}"
            ),
            "{}",
            "people.mia.safe_search.youtube: YouTube is blocked here",
        ),
    ],
)
def test_what_changes_nothing_is_told(
    tmp_path: Path, child: str, person: str, base: str, expected: str
) -> None:
    [found] = safe_search_doubts(tmp_path, child, person, base)
    assert found.startswith(expected)
