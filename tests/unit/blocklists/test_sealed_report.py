"""What is told of a sealed list: it goes through the line of the build process whole."""

from pathlib import Path

from filterdns.blocklists.job import BuildReport, from_line, to_line
from filterdns.blocklists.sealed_report import SealedReport


def test_it_comes_through_the_line_of_a_build() -> None:
    sealed = SealedReport("illegal", "file:x", 12, 5.0, 3, {"is a public suffix": 1}, "why")
    report = BuildReport(
        *(Path("i"), "k", True, 1, 2, 3.0, ()),
        sealed=(sealed,),
        sealed_key="ab",
        sealed_damages=("x.sealed: damaged",),
    )
    assert from_line(to_line(report)) == report
