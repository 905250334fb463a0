"""What installs filterdns is sound before it runs: the scripts, the first config, the container."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import filterdns
from tests.support.peers import need

ROOT = Path(__file__).parent.parent
PACKAGING = ROOT / "packaging"
INSTALLING = ROOT / "docs" / "install.md"
CONTAINERFILE = ROOT / "Containerfile"
SCRIPTS = sorted([*PACKAGING.glob("*.sh"), *PACKAGING.glob("debian/p*")])


def instructions() -> list[tuple[str, str]]:
    """The instructions of the container file, each with all that follows it."""
    text = re.sub(r"^#.*\n", "", CONTAINERFILE.read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines) if word]


def every(instruction: str) -> list[str]:
    return [rest for word, rest in instructions() if word == instruction]


def test_the_targets_that_the_documents_name_are_there() -> None:
    targets = re.findall(r"^([a-z0-9]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"(?:sudo |`|^)make ([a-z0-9]+)", INSTALLING.read_text(), re.MULTILINE)
    assert {"install", "upgrade", "uninstall", "deb", "wheels"} <= set(named) <= set(targets)


def test_the_document_names_every_place_that_is_written_to() -> None:
    layout = (PACKAGING / "layout.sh").read_text()
    placed = re.findall(r"^(?!WANTED|RUN|SHIPPED)[A-Z_]+=(/\S+)", layout, re.MULTILINE)
    assert placed
    assert [path for path in placed if path not in INSTALLING.read_text()] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_finds_nothing_in_a_script(script: Path) -> None:
    command = [need("shellcheck"), "--external-sources", str(script)]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (checked.stdout, checked.returncode) == ("", 0)


def test_a_script_of_the_package_stands_where_debian_wants_its_kind() -> None:
    names = {path.name for path in (PACKAGING / "debian").glob("p*")}
    assert names == {"preinst", "postinst", "prerm", "postrm"}


def test_the_first_config_is_right_and_doubtless() -> None:
    config = PACKAGING / "config.yaml"
    assert filterdns("check", config)[:3] == (0, f"{config} is right\n", "")


def test_the_first_config_is_right_with_the_people_that_it_proposes(tmp_path: Path) -> None:
    text = (PACKAGING / "config.yaml").read_text()
    proposed = re.sub(r"^#(  adults:)", r"\1", text, flags=re.MULTILINE)
    head, people, rest = re.split(r"^(?=# people:|unknown_devices:)", proposed, flags=re.MULTILINE)
    people = re.sub(r"^# ", "", people, flags=re.MULTILINE)
    config = tmp_path / "config.yaml"
    config.write_text(head + people + rest.replace("policy: safe", "policy: strictest"))
    assert filterdns("check", config).out == f"{config} is right\n"
    closed = filterdns("explain", "mia", "croxyproxy.com", "--config", config).out
    assert "bypass: proxy" in closed
    assert "allowed" in filterdns("explain", "parents", "bet365.com", "--config", config).out


def test_the_first_config_closes_every_way_round_that_the_documents_advise() -> None:
    advice = re.search(
        r"^    bypass: \{.*\}$", (ROOT / "docs" / "bypass.md").read_text(), re.MULTILINE
    )
    assert advice is not None
    assert advice[0] in (PACKAGING / "config.yaml").read_text()


def test_the_first_config_listens_on_port_53_of_every_address() -> None:
    assert 'dns: ["0.0.0.0:53", "[::]:53"]' in (PACKAGING / "config.yaml").read_text()


def test_hadolint_finds_nothing() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    if not linter.exists():
        pytest.skip("hadolint is published for x86_64 alone")
    checked = subprocess.run([linter, CONTAINERFILE], capture_output=True, text=True, check=False)
    assert (checked.stdout, checked.returncode) == ("", 0)


def test_the_container_is_built_on_a_named_version() -> None:
    [base] = [each for each in every("ARG") if each.startswith("BASE_IMAGE")]
    assert re.fullmatch(r"BASE_IMAGE=debian:\d+-slim", base)
    assert {each.split()[0] for each in every("FROM")} == {"${BASE_IMAGE}"}


def test_the_container_runs_as_a_user_without_rights() -> None:
    assert every("USER")[-1].isdecimal()
    assert every("USER")[-1] != "0"


def test_nothing_is_fetched_into_the_container_but_packages() -> None:
    assert every("ADD") == []
    assert not [each for each in every("RUN") if re.search(r"\b(curl|wget)\b", each)]


def test_all_that_the_container_copies_is_there_and_let_through() -> None:
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    copies = [each.split() for each in every("COPY") if "--from=" not in each]
    sources = [source for copy in copies for source in copy[:-1]]
    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert sorted(f"!{source}" for source in sources) == sorted(
        line for line in allowed if line.startswith("!")
    )


def test_the_container_starts_the_program_without_a_shell() -> None:
    assert every("ENTRYPOINT") == ['["filterdns"]']
    assert every("CMD") == ['["serve", "--config", "/etc/filterdns/config.yaml"]']


def test_the_container_is_ill_only_where_it_does_not_answer() -> None:
    # Exit code 1 of `status` is something to look at, no reason to be restarted for.
    assert every("HEALTHCHECK")[0].endswith('CMD ["sh", "-c", "filterdns status || [ $? -eq 1 ]"]')


def test_config_and_state_outlive_the_container() -> None:
    assert every("VOLUME") == ['["/etc/filterdns", "/var/lib/filterdns"]']
