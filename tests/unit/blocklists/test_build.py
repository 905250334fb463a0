"""Building: only what changed, nothing in place, a report on every source."""

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from filterdns.blocklists.build import build_index
from filterdns.blocklists.catalog import load_catalog
from filterdns.blocklists.index import Index
from filterdns.blocklists.job import BuildReport, Job, Progress, SourceSpec, from_line
from filterdns.dns import codes
from filterdns.dns.names import from_text, suffixes
from filterdns.errors import BlocklistError

ROOT = Path(__file__).parents[3]


class House:
    """A folder with two lists, and builds from them."""

    def __init__(self, folder: Path) -> None:
        self.runs = folder / "state" / "runs"
        self.target = folder / "state" / "lists"
        self.adult = folder / "adult.txt"
        self.gambling = folder / "gambling.txt"
        self.adult.write_text("bad.example\nworse.example\n192.0.2.1\n")
        self.gambling.write_text("bet.example\nbad.example\n")
        self.progress: list[Progress] = []
        self.specs = [
            SourceSpec("adult", "file:adult", self.adult),
            SourceSpec("gambling", "file:gambling", self.gambling),
        ]

    def build(self) -> BuildReport:
        return build_index(self.specs, self.runs, self.target, self.progress.append)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def categories_of(report: BuildReport, text: str) -> set[str]:
    with closing(Index.open(report.index)) as index:
        claims = index.claims(suffixes(from_text(text)), codes.A)
        return {category for _, categories in claims for category in categories}


def test_a_build_makes_an_index_and_tells_of_each_source(house: House) -> None:
    report = house.build()
    assert categories_of(report, "www.bad.example") == {"adult", "gambling"}
    assert (report.names, report.file_bytes) == (3, report.index.stat().st_size)
    assert report.index.name == f"index-{report.key}.idx"
    adult, gambling = report.sources
    assert (adult.category, adult.name, adult.error) == ("adult", "file:adult", "")
    assert adult.run is not None
    assert (adult.run.names, adult.run.addresses) == (2, 1)
    assert gambling.run is not None
    assert gambling.run.names == 2


def test_the_key_of_the_index_is_that_of_its_file(house: House) -> None:
    report = house.build()
    with closing(Index.open(report.index)) as index:
        assert index.key.hex() == report.key


def test_the_same_again_builds_nothing(house: House) -> None:
    first = house.build()
    before = first.index.stat()
    second = house.build()
    assert (first.is_new, second.is_new) == (True, False)
    assert (second.index, second.index.stat().st_ino) == (first.index, before.st_ino)


def test_a_changed_source_makes_another_file_and_leaves_the_old_one(house: House) -> None:
    first = house.build()
    house.gambling.write_text("bet.example\n")
    second = house.build()
    assert second.index != first.index
    assert categories_of(first, "bad.example") == {"adult", "gambling"}
    assert categories_of(second, "bad.example") == {"adult"}
    assert second.sources[0].run_path == first.sources[0].run_path


def test_a_changed_category_makes_another_index(house: House) -> None:
    first = house.build()
    house.specs[0] = house.specs[0]._replace(category="dating")
    assert house.build().key != first.key


def test_a_damaged_index_is_made_again(house: House) -> None:
    report = house.build()
    whole = report.index.read_bytes()
    report.index.write_bytes(whole[:1000] + b"\xff" + whole[1001:])
    assert house.build().is_new
    assert report.index.read_bytes() == whole


def test_a_damaged_run_is_made_again(house: House) -> None:
    first = house.build()
    run_path = first.sources[0].run_path
    assert run_path is not None
    run_path.write_bytes(b"")
    assert house.build().key == first.key
    assert run_path.stat().st_size > 0


def test_a_source_that_fails_keeps_its_last_good_copy(house: House) -> None:
    first = house.build()
    house.adult.unlink()
    second = house.build()
    assert second.key == first.key
    assert second.sources[0].error == f"{house.adult}: cannot be read: No such file or directory"
    assert second.sources[0].run == first.sources[0].run


def test_a_source_that_never_worked_does_not_stop_the_others(house: House) -> None:
    house.adult.unlink()
    report = house.build()
    assert (report.sources[0].run, report.sources[0].run_path) == (None, None)
    assert report.sources[0].error
    assert categories_of(report, "bad.example") == {"gambling"}


def test_only_a_starter_list_may_cover_a_top_level_domain(house: House) -> None:
    house.adult.write_text("xxx\n")
    house.gambling.write_text("com\n")
    house.specs[0] = house.specs[0]._replace(name="starter")
    report = house.build()
    assert categories_of(report, "a.xxx") == {"adult"}
    assert categories_of(report, "example.com") == set()


def test_the_patterns_of_a_category_come_with_its_starter_list(house: House) -> None:
    starter = load_catalog().categories["pro-anorexia"].starter
    assert starter is not None
    assert categories_of(house.build(), "proana.blogs.example") == set()
    house.specs.append(SourceSpec("pro-anorexia", "starter", starter))
    report = house.build()
    assert categories_of(report, "proana.blogs.example") == {"pro-anorexia"}
    assert categories_of(report, "proanalytics.example") == set()


def test_progress_counts_the_bytes_of_all_sources_up(house: House) -> None:
    house.build()
    read = [progress for progress in house.progress if progress.step == "read"]
    total = house.adult.stat().st_size + house.gambling.stat().st_size
    assert [progress.done for progress in read] == sorted(progress.done for progress in read)
    assert (read[-1].done, {progress.total for progress in read}) == (total, {total})
    merged = house.progress[-1]
    assert (merged.step, merged.done) == ("merge", merged.total)


def test_the_hash_key_is_for_the_owner_only_and_stays(house: House) -> None:
    house.build()
    key = house.runs / "hash.key"
    before = key.read_bytes()
    house.build()
    assert (key.read_bytes(), key.stat().st_mode & 0o777) == (before, 0o600)


def test_a_lost_hash_key_makes_everything_anew(house: House) -> None:
    first = house.build()
    (house.runs / "hash.key").write_bytes(b"short")
    second = house.build()
    assert second.key != first.key
    assert categories_of(second, "bad.example") == {"adult", "gambling"}


def test_a_folder_that_cannot_be_written_is_named(house: House) -> None:
    house.target.parent.mkdir()
    house.target.touch()
    with pytest.raises(BlocklistError, match="cannot be"):
        house.build()


def run_process(job: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-m", "filterdns.blocklists.build"],
        input=job.encode(),
        capture_output=True,
        check=False,
        cwd=ROOT,
        timeout=60,
    )
    assert done.stderr == b""
    return done.returncode, done.stdout.decode().splitlines()


def test_the_process_tells_its_progress_and_ends_with_the_report(house: House) -> None:
    code, lines = run_process(Job(tuple(house.specs), house.runs, house.target).to_json())
    *progress, report = map(from_line, lines)
    assert code == 0
    assert {type(said) for said in progress} == {Progress}
    assert isinstance(report, BuildReport)
    assert categories_of(report, "bet.example") == {"gambling"}


def test_the_process_fails_in_words() -> None:
    code, lines = run_process("{")
    assert (code, len(lines)) == (1, 1)
    with pytest.raises(BlocklistError, match="the build got no job"):
        from_line(lines[0])


def test_the_process_is_the_first_to_go_when_memory_runs_out() -> None:
    with start_process() as process:
        assert process.stdin is not None
        score = Path(f"/proc/{process.pid}/oom_score_adj")
        eventually(lambda: score.read_text() == "500\n")
        process.stdin.close()
        process.wait(60)


def test_the_process_ends_quietly_when_nobody_listens_any_more(house: House) -> None:
    job = Job(tuple(house.specs), house.runs, house.target).to_json()
    with start_process() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(job.encode())
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 1


def start_process() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "filterdns.blocklists.build"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)  # between two looks
