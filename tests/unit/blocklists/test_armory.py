"""The folder of armed lists: the youngest version counts, and nothing gets lost."""

from contextlib import closing
from pathlib import Path

from filterdns.blocklists.armory import Armory, identity_of
from filterdns.blocklists.job import SourceSpec
from filterdns.blocklists.sealed_file import Armed
from tests.support.sealing import IDENTITY, KEY, covers, sealed, sealed_file


def test_nothing_is_armed_where_nothing_was() -> None:
    assert Armory(Path("/nowhere/at/all")).open() is None


def test_the_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    armory = Armory(tmp_path / "lists" / "sealed")
    armory.arm(Armed(IDENTITY, KEY, 1, 1.0), [bytes(16)])
    assert armory.folder.stat().st_mode & 0o777 == 0o700


def test_of_two_versions_the_younger_counts(tmp_path: Path) -> None:
    sealed_file(tmp_path, ["new.example"], armed_at=200.0)
    sealed_file(tmp_path, ["old.example"], armed_at=100.0)
    armory = Armory(tmp_path)
    assert covers(armory, "new.example")
    assert not covers(armory, "old.example")


def test_a_damaged_version_does_not_count_and_is_told(tmp_path: Path) -> None:
    sealed_file(tmp_path, ["old.example"], armed_at=100.0)
    new = sealed_file(tmp_path, ["new.example"], armed_at=200.0)
    new.write_bytes(new.read_bytes()[:-1])
    armory = Armory(tmp_path)
    assert covers(armory, "old.example")
    found = armory.find()
    assert len(found.damages) == 1
    assert str(new) in found.damages[0]
    for file in found.files:
        file.close()


def test_only_older_versions_of_what_is_in_force_are_dropped(tmp_path: Path) -> None:
    old = sealed_file(tmp_path, ["old.example"], armed_at=50.0)
    other = sealed_file(tmp_path, ["other.example"], armed_at=50.0, identity=b"j" * 16)
    younger = sealed_file(tmp_path, ["younger.example"], armed_at=300.0)
    with closing(sealed(tmp_path, ["new.example"])) as in_force:
        Armory(tmp_path).drop_older(in_force)
        assert not old.exists()
        assert other.exists()
        assert younger.exists()
        assert in_force.files[0].path.exists()


def test_what_is_in_force_is_written_again_when_it_is_gone_or_damaged(tmp_path: Path) -> None:
    armory = Armory(tmp_path / "sealed")
    with closing(sealed(armory.folder, ["bad.example"])) as in_force:
        path = in_force.files[0].path
        assert armory.has(in_force)
        assert armory.restore(in_force) == []
        whole = path.read_bytes()
        path.write_bytes(whole[:-1])
        assert not armory.has(in_force)
        path.write_bytes(whole)
        path.unlink()
        assert not armory.has(in_force)
        armory.folder.rmdir()
        assert armory.restore(in_force) == [path]
        assert covers(armory, "bad.example")


def test_a_list_is_known_again_by_where_it_comes_from() -> None:
    one = SourceSpec("illegal", "file:x", Path("/a/x"), is_sealed=True)
    assert identity_of(one) == identity_of(one._replace(category="other", is_sealed=False))
    web = SourceSpec("illegal", "https://e.example/x#sha256=00", Path(), "https://e.example/x")
    assert identity_of(web) == identity_of(web._replace(name="https://e.example/x"))
    assert identity_of(one) != identity_of(web)


def test_armed_lists_are_known_though_damaged(tmp_path: Path) -> None:
    sealed_file(tmp_path, ["bad.example"]).write_bytes(b"")
    (tmp_path / "other.sealed").write_bytes(b"")
    assert Armory(tmp_path).identities() == {IDENTITY}
