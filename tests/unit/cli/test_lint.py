"""`lists lint` tells of every line."""

from pathlib import Path

import pytest

from filterdns.cli.lint import lint_file, show_lint

TEXT = """# head
bad.example
www.bad.example
0.0.0.0 worse.example localhost
||good.example^$third-party
full:alone.example
192.0.2.0/24
com
"""


def test_every_line_is_counted_and_those_that_give_nothing_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "list"
    path.write_text(TEXT)
    found = lint_file(path)
    assert (found["lines"], found["comments"], found["entries"], found["addresses"]) == (8, 1, 4, 1)
    assert found["kinds"] == {"block": 3, "exact": 1}
    assert (found["different"], found["covered"]) == (3, 1)
    assert {why: each["lines"] for why, each in found["skipped"].items()} == {
        "a name of the machine itself": ["line 4: 0.0.0.0 worse.example localhost"],
        "a rule with a condition that is not met here": ["line 5: ||good.example^$third-party"],
        "a single label": ["line 8: com"],
    }
    show_lint(found)
    out = capsys.readouterr().out
    assert "8 lines: 4 entries, 1 addresses, 1 comments" in out
    assert "1 × a single label:\n  line 8: com\n" in out


def test_a_list_of_another_format_does_not_fill_the_screen(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("a b\n" * 5000)
    [skipped] = lint_file(path)["skipped"].values()
    assert (skipped["count"], len(skipped["lines"])) == (5000, 1000)
