"""Plant the errors of `mutants_table` in copies of the package and see that scenarios notice.

`python tests/conformance/mutants.py [NAME...]` prints which scenario noticed which error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PACKAGE = TESTS.parent
FOLDERS = ("simulator", "kernels", "models", "backends")

if __name__ == "__main__":
    sys.path.insert(0, str(TESTS))

from conformance.mutants_table import MUTANTS, Mutant  # noqa: E402


class Copy:
    """A copy of the package under `place` in which errors are planted and taken out again."""

    def __init__(self, place: Path) -> None:
        self.root = place / "engram"
        self.root.mkdir()
        shutil.copy2(PACKAGE / "__init__.py", self.root)
        for name in FOLDERS:  # with compiled files: their times of change are copied too
            shutil.copytree(PACKAGE / name, self.root / name)
        self.environment = {**os.environ, "PYTHONPATH": f"{place}{os.pathsep}{TESTS}",
                            "ENGRAM_CACHE": str(place / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}

    def judge(self, backend: str, witness: str, scenarios: tuple[str, ...]) -> dict[str, str]:
        """How each scenario notices an error in the copy as it stands."""
        done = subprocess.run(
            [sys.executable, str(TESTS / "conformance" / "judge.py"), backend, witness,
             *scenarios], env=self.environment, cwd=self.root.parent, capture_output=True,
            text=True, timeout=300, check=False)
        lines = done.stdout.splitlines()
        if not lines or Path(lines[0]).parent != self.root:
            raise RuntimeError(f"the copy was not what ran: {lines[:1]}\n{done.stderr[-2000:]}")
        return dict(line.split("\t", 1) for line in lines[1:])

    def plant(self, m: Mutant) -> dict[str, str]:
        """How the mutant's scenarios notice it. ValueError if its text is not there once."""
        path = self.root / m.file
        before, stat = path.read_text(), path.stat()
        after = before
        for old, new in m.edits:
            if after.count(old) != 1:
                raise ValueError(f"mutant {m.name!r}: {m.file} holds {after.count(old)} times "
                                 f"{old!r}; adapt the mutant to the code as it is now")
            after = after.replace(old, new)
        path.write_text(after)
        os.utime(path, (stat.st_atime, stat.st_mtime + 10))  # or old byte code might pass for it
        try:
            return self.judge(m.backend, m.witness, m.scenarios)
        finally:
            path.write_text(before)
            os.utime(path, (stat.st_atime, stat.st_mtime))


def main(names: list[str]) -> int:
    """Print the table; the exit status is the number of errors that nobody noticed."""
    missed = 0
    with tempfile.TemporaryDirectory() as place:
        copy = Copy(Path(place))
        for m in (MUTANTS[n] for n in names or MUTANTS):
            found = copy.plant(m)
            missed += not any(found.values())
            for number, (scenario, how) in enumerate(found.items()):
                print(f"{m.name if not number else '':52} {scenario:28} {how or '-'}", flush=True)
    return missed


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
