"""The folder that a command writes: whole or not at all."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from ..simulator.folder import whole_folder

MARK = "run.json"
"""The file that tells a run of ours from anybody else's folder."""


def new_folder(path: Path, overwrite: bool = False, mark: str = MARK,
               ) -> AbstractContextManager[Path]:
    """`whole_folder` for what `--out` names; an earlier run is known by its `mark`."""
    return whole_folder(path, overwrite, mark, "run", "--out ")
