"""The linter and the type checker have nothing to say."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def run(folder, *command):
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_linter_has_nothing_to_say():
    run(ROOT, "ruff", "check", ".")


def test_the_type_checker_has_nothing_to_say(tmp_path):
    (tmp_path / "engram").symlink_to(ROOT)  # a clone's folder need not be called engram
    run(tmp_path, "mypy", "--config-file", ROOT / "pyproject.toml", "engram/simulator",
        "engram/kernels")
