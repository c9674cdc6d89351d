"""Run a Python file of the user's for the names it defines."""

from __future__ import annotations

import contextlib
import runpy
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..simulator.errors import DescriptionError, EngramError


def run_file(path: Path) -> dict[str, Any]:
    """What the file defines. It is run as Python runs it, with what the user may do.

    Imports find what lies beside it; what it prints goes to stderr. DescriptionError names the line
    of whatever it raises, or says that there is no such file.
    """
    existing(path)
    with running(path):
        return runpy.run_path(str(path), run_name="__engram__")


def existing(path: Path) -> Path:
    """`path`, or DescriptionError if there is no file."""
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "not there"
        raise DescriptionError(f"{str(path)!r} is {kind}; give the path of a file that is, or a "
                               "name from `engram list`")
    return path


@contextlib.contextmanager
def running(path: Path) -> Iterator[None]:
    """Code of the user's: imports find what lies beside `path`, stdout stays ours, and whatever is
    raised becomes an error that names the line."""
    before = list(sys.path)
    sys.path.insert(0, str(path.resolve().parent))
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except (Exception, SystemExit) as problem:
        where = _line(path, problem)
        if isinstance(problem, EngramError):
            raise DescriptionError(f"{where}: {problem}") from problem
        raise DescriptionError(f"{where}: {type(problem).__name__}: {problem}; mend the script "
                               "(--debug shows the traceback)") from problem
    finally:
        sys.path[:] = before


def raised(problem: BaseException) -> str:
    """The error and the line that raised it, the same on every machine: no folders."""
    frames = traceback.extract_tb(problem.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(problem).__name__}: {problem}{where}"


def _line(path: Path, problem: BaseException) -> str:
    """The last line of the script itself that the error passed through."""
    if isinstance(problem, SyntaxError) and problem.lineno:
        return f"{path}, line {problem.lineno}"
    lines = [f.lineno for f in traceback.extract_tb(problem.__traceback__)
             if Path(f.filename).name == path.name]
    return f"{path}, line {lines[-1]}" if lines else str(path)
