from pathlib import Path

from filterdns.history import damaged

NOW = 1_800_000_000.0


def broken(folder: Path) -> Path:
    for end in ("", "-wal", "-shm"):
        (folder / f"history.db{end}").write_bytes(b"broken")
    return folder / "history.db"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_copy_and_its_log_say_when_it_was(tmp_path: Path) -> None:
    copy = damaged.set_aside(broken(tmp_path), NOW)
    assert copy.name == "history.db.damaged-20270115T080000Z"
    assert names(tmp_path) == [copy.name, f"{copy.name}-wal"]


def test_only_the_last_copy_is_kept(tmp_path: Path) -> None:
    damaged.set_aside(broken(tmp_path), NOW)
    copy = damaged.set_aside(broken(tmp_path), NOW + 60)
    assert names(tmp_path) == [copy.name, f"{copy.name}-wal"]


def test_a_copy_goes_when_its_age_passes_the_retention(tmp_path: Path) -> None:
    copy = damaged.set_aside(broken(tmp_path), NOW)
    damaged.remove_copies(tmp_path / "history.db", before=NOW)
    assert copy.exists()
    damaged.remove_copies(tmp_path / "history.db", before=NOW + 1)
    assert names(tmp_path) == []


def test_nothing_else_is_removed(tmp_path: Path) -> None:
    broken(tmp_path)
    damaged.remove_copies(tmp_path / "history.db")
    assert names(tmp_path) == ["history.db", "history.db-shm", "history.db-wal"]
