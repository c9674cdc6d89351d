"""What is installed is what is here, and the commands of the README are the ones that run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import engram

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PARTS = ("simulator", "kernels", "models", "backends", "experiments")
DATA = ["experiments/report/page.css", "experiments/report/page.js"]
BESIDE = ["tests/test_packaging.py", "docs/tables.py", "benchmarks/__init__.py"]


def sources() -> set[str]:
    """Every module of the package as a path inside it."""
    inside = [p for part in PARTS for p in (ROOT / part).rglob("*.py")]
    return {p.relative_to(ROOT).as_posix() for p in [*ROOT.glob("*.py"), *inside]}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from a copy, so that nothing is left in the checkout."""
    place = tmp_path_factory.mktemp("wheel")
    copy = place / "source"
    for name in [*sources(), "pyproject.toml", "README.md", "LICENSE", "py.typed", *DATA, *BESIDE]:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    done = subprocess.run([sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet",
                           "--no-build-isolation", "--wheel-dir", place, copy],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return zipfile.ZipFile(next(place.glob("engram-*.whl")))


def test_wheel_holds_every_module_and_no_other(wheel: zipfile.ZipFile) -> None:
    held = {n for n in wheel.namelist() if n.endswith(".py")}
    assert held == {f"engram/{name}" for name in sources()}


def test_wheel_holds_what_the_page_of_a_report_is_made_with(wheel: zipfile.ZipFile) -> None:
    assert {f"engram/{name}" for name in DATA} <= set(wheel.namelist())


def test_wheel_says_that_it_is_typed_and_under_which_licence(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert "engram/py.typed" in names
    assert any(n.endswith("licenses/LICENSE") for n in names)
    metadata = wheel.read(next(n for n in names if n.endswith("METADATA"))).decode()
    assert "License-Expression: BSD-3-Clause" in metadata


def test_wheel_brings_the_command(wheel: zipfile.ZipFile) -> None:
    entry = wheel.read(next(n for n in wheel.namelist() if n.endswith("entry_points.txt"))).decode()
    assert "engram = engram.__main__:main" in entry


def test_versions_agree() -> None:
    assert PROJECT["project"]["version"] == engram.__version__ == version("engram")
    assert f"## {engram.__version__}" in (ROOT / "CHANGELOG.md").read_text()


EXTRAS = {"torch", "norse", "ann", "cuda", "pynn", "nir", "sonata", "spinnaker", "peers", "neo",
          "pandas", "report", "cluster", "test", "all", "dev"}


def test_extras_are_there_and_all_brings_no_torch() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    assert set(extras) == EXTRAS
    # torch without a pin is gigabytes of CUDA
    assert not any(x in r for r in extras["all"] for x in ("torch", "norse", "cuda"))


def test_the_test_command_names_the_torch_that_is_pinned() -> None:
    """Only a torch that is named in the command is taken from an index of CPU builds."""
    assert f" torch=={pins()['torch']} " in commands()[1]


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [x.split("==") for x in lines if x and not x.startswith("#")]
    return {canonicalize_name(name): number for name, number in pairs}


def direct() -> list[Requirement]:
    groups = PROJECT["project"]["optional-dependencies"].values()
    texts = [*PROJECT["project"]["dependencies"], *(r for group in groups for r in group)]
    return [r for r in map(Requirement, texts) if r.name != "engram"]


def test_every_requirement_is_pinned_within_its_bounds() -> None:
    for r in direct():
        assert pins()[canonicalize_name(r.name)] in r.specifier, r


def test_what_is_needed_is_installed_within_its_bounds() -> None:
    for r in map(Requirement, PROJECT["project"]["dependencies"]):
        assert version(r.name) in r.specifier, r


def commands() -> list[str]:
    """The README's shell blocks: the two commands."""
    return re.findall(r"^```sh\n(.*?)\n```$", (ROOT / "README.md").read_text(), re.M | re.S)


def test_readme_gives_two_commands_of_one_line() -> None:
    run, test = commands()
    assert run.endswith("engram run hippocampal-cam --out run1")
    assert test.endswith("python -m pytest")
    for command in (run, test):
        assert "\n" not in command
        assert command.startswith("python3 -m venv .venv && . .venv/bin/activate && "
                                  "pip install -c constraints.txt ")


def ci(place: Path, readme: str) -> subprocess.CompletedProcess[str]:
    """`.ci/run` beside a README, with a bash that only says what it would run, and no apt-get."""
    (place / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", place / ".ci" / "run")
    (place / "README.md").write_text(readme)
    fakes = place / "bin"
    fakes.mkdir()
    for name, body in (("bash", 'for last in "$@"; do :; done; echo "would run: $last"'),
                       ("apt-get", "exit 1")):
        (fakes / name).write_text(f"#!/bin/sh\n{body}\n")
        (fakes / name).chmod(0o755)
    return subprocess.run([shutil.which("bash") or "bash", place / ".ci" / "run"], text=True,
                          env={"PATH": f"{fakes}:/usr/local/bin:/usr/bin:/bin"},
                          capture_output=True, timeout=60)


def test_ci_runs_the_test_command_of_the_readme(tmp_path: Path) -> None:
    done = ci(tmp_path, (ROOT / "README.md").read_text())
    assert done.returncode == 0, done.stderr
    assert f"would run: {commands()[1]}\n" in done.stdout


def test_ci_refuses_a_readme_without_the_command(tmp_path: Path) -> None:
    done = ci(tmp_path, "nothing\n")
    assert done.returncode == 1
    assert "must hold one line" in done.stderr
    assert "would run" not in done.stdout
