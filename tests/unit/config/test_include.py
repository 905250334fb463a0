"""Several files as one config."""

import os
from pathlib import Path

import pytest

from filterdns.config.include import MOST_FILES, Trees, gather
from filterdns.config.load import load
from filterdns.errors import ConfigError
from tests.support.configs import compiled, complaints

CHILD = "policies: {child: {}}\n"


def test_what_is_included_lies_in_the_same_sections(tmp_path: Path) -> None:
    config = compiled(
        tmp_path,
        CHILD + "include: conf.d/*.yaml\npeople: {mia: {policy: child}}\n",
        conf_year7="people: {ben: {policy: child}}\nessentials: [b.example]\n",
        conf_year8="people: {tom: {policy: child}}\nessentials: [c.example]\n",
    )
    assert list(config.ruleset.people) == ["mia", "ben", "tom"]
    assert config.config.document.essentials == ("b.example", "c.example")


def test_places_name_the_file_they_are_in(tmp_path: Path) -> None:
    (complaint,) = complaints(
        tmp_path, CHILD + "include: more.yaml\n", more="people:\n  ben: {policy: chidl}\n"
    )
    assert complaint.startswith('more.yaml:2:17 people.ben.policy: "chidl" is not a policy')


def test_paths_are_relative_to_the_file_that_includes(tmp_path: Path) -> None:
    config = compiled(
        tmp_path,
        "include: conf.d/a.yaml\n",
        conf_a="include: b.yaml\n",
        conf_b=CHILD,
    )
    assert list(config.ruleset.policies) == ["child"]
    assert [file.name for file in config.config.files] == ["config.yaml", "a.yaml", "b.yaml"]


def test_the_same_key_in_two_files_is_told_with_both_places(tmp_path: Path) -> None:
    (complaint,) = complaints(tmp_path, CHILD + "include: more.yaml\n", more=CHILD)
    assert complaint.startswith(
        'more.yaml:1:12 policies: "child" stands here again, first at config.yaml:3:12'
    )


def test_a_setting_stands_in_one_file(tmp_path: Path) -> None:
    (complaint,) = complaints(tmp_path, "include: more.yaml\n", more="timezone: UTC\n")
    assert 'more.yaml:1:1 "timezone" stands here again, first at config.yaml:1:1' in complaint


def test_a_section_that_an_alias_shares_grows_alone(tmp_path: Path) -> None:
    config = compiled(
        tmp_path,
        "schedules: &s {}\ninclude: more.yaml\ncategories: *s\n",
        more="categories: {school: {names: [a.example]}}\n",
    )
    assert not config.ruleset.schedules


def test_circles_are_named(tmp_path: Path) -> None:
    (complaint,) = complaints(
        tmp_path, "include: a.yaml\n", a="include: b.yaml\n", b="include: ./a.yaml\n"
    )
    assert complaint == (
        "b.yaml:1:10 include: the files include each other: "
        "config.yaml → a.yaml → b.yaml → a.yaml; remove one include"
    )


def test_a_file_is_included_once(tmp_path: Path) -> None:
    (complaint,) = complaints(tmp_path, "include: [a.yaml, '*a.yaml']\n", a=CHILD)
    assert 'config.yaml:3:19 include: "a.yaml" is included twice' in complaint


def test_an_empty_folder_includes_nothing(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    assert not complaints(tmp_path, "include: conf.d/*.yaml\n")


@pytest.mark.parametrize(
    "pattern", ["conf.d/*.yaml", "c*/*.yaml", "no.yaml", ".", "a***/b", "'***'"]
)
def test_what_is_not_there_is_told(tmp_path: Path, pattern: str) -> None:
    (complaint,) = complaints(tmp_path, f"include: {pattern}\n")
    assert complaint.startswith("config.yaml:3:10 include: ")


@pytest.mark.parametrize("value", ["{a: b}", "!env A", "[[a]]", '""'])
def test_an_include_is_a_path(tmp_path: Path, value: str) -> None:
    (complaint,) = complaints(tmp_path, f"include: {value}\n")
    assert "an include is the path of a file; write it like conf.d/*.yaml" in complaint


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to be somebody else for a moment")
def test_a_file_that_this_user_may_not_read_is_told_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("timezone: UTC\n")
    tmp_path.chmod(0o700)
    os.seteuid(65_534)
    try:
        with pytest.raises(
            ConfigError, match="cannot be read: Permission denied; run it with sudo"
        ):
            load(tmp_path / "config.yaml", {})
    finally:
        os.seteuid(0)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "config.yaml:1:1 the file is empty; start from config.example.yaml"),
        ("# mia\n", "config.yaml:1:1 the file is empty; start from config.example.yaml"),
        (
            "mia is 8\n",
            "config.yaml:1:1 the file has no keys; write it as `key: value` lines, as in",
        ),
        ("\n- mia\n", "config.yaml:2:1 the file has no keys"),
    ],
)
def test_a_file_that_is_no_config_is_told_as_such(
    tmp_path: Path, text: str, complaint: str
) -> None:
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ConfigError) as told:
        load(tmp_path / "config.yaml", {})
    assert str(told.value).startswith(complaint)


def test_an_included_file_may_be_empty(tmp_path: Path) -> None:
    assert not complaints(tmp_path, "include: more.yaml\n", more="# nothing yet\n")


def test_errors_in_all_files_are_told_at_once(tmp_path: Path) -> None:
    found = complaints(tmp_path, "include: [a.yaml, b.yaml]\n", a="a: [1\n", b="- a\n")
    assert [line.split(" ")[0] for line in found] == ["a.yaml:1:4", "b.yaml:1:1"]


def test_there_is_an_end_to_files(tmp_path: Path) -> None:
    for at in range(MOST_FILES):
        (tmp_path / f"more-{at}.yaml").write_text("")
    (complaint,) = complaints(tmp_path, "include: more-*.yaml\n")
    assert f"more than {MOST_FILES} files" in complaint


def test_the_config_itself_may_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"/config\.yaml cannot be read: No such"):
        gather(tmp_path / "config.yaml", Trees())


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: is no file"):
        gather(tmp_path, Trees())


def test_of_many_files_only_that_is_read_again_which_has_changed(tmp_path: Path) -> None:
    """A school has a file for each class, and its devices change ten times a second."""
    (tmp_path / "config.yaml").write_text("version: 1\ninclude: class-*.yaml\npeople: {}\n")
    for name in "abc":
        (tmp_path / f"class-{name}.yaml").write_text(f"people: {{{name}: {{policy: child}}}}\n")
    trees = Trees()

    def read() -> dict[str, int]:
        gather(tmp_path / "config.yaml", trees)
        return {file: id(tree) for (file, _), tree in trees._tree_by_digest.items()}

    before = read()
    (tmp_path / "class-b.yaml").write_text("people: {b: {policy: guest}}\n")
    after = read()
    assert [file for file in after if after[file] != before[file]] == ["class-b.yaml"]
    (tmp_path / "class-c.yaml").unlink()
    assert list(read()) == ["config.yaml", "class-a.yaml", "class-b.yaml"]


def test_a_tree_that_was_read_before_means_the_same_again(tmp_path: Path) -> None:
    """What is included is laid into copies."""
    (tmp_path / "config.yaml").write_text(
        "version: 1\ntimezone: UTC\ninclude: class-*.yaml\npolicies: {child: {}}\npeople: {}\n"
    )
    for name in "ab":
        (tmp_path / f"class-{name}.yaml").write_text(f"people: {{{name}: {{policy: child}}}}\n")
    trees = Trees()
    first, second = (load(tmp_path / "config.yaml", {}, trees=trees) for _ in range(2))
    assert first.document == second.document
    assert list(second.document.people) == ["a", "b"]
