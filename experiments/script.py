"""What `engram run` was asked for: a model of the catalogue, a user's script, or a network file."""

from __future__ import annotations

import contextlib
import difflib
import runpy
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..simulator.errors import DescriptionError, EngramError
from ..simulator.network import Network
from ..simulator.units import Quantity
from .catalogue import MODELS, Prepared
from .times import parse_time

HOW = "a script defines `network`, an engram Network or a function that returns one"


def prepare(name: str, duration: Quantity | None = None) -> Prepared:
    """The network of a model's name, of a `.py` script or of a `.h5` file; `duration` wins.

    DescriptionError names what was asked for and the way out. A script is run as Python runs it,
    with what the user may do; whatever it prints goes to stderr.
    """
    if name in MODELS:
        found = MODELS[name].build()
        return found if duration is None else replace(found, duration=duration)
    path = Path(name)
    if path.suffix == ".py":
        return _script(path, duration)
    if path.suffix in (".h5", ".hdf5"):
        return _file(path, duration)
    raise DescriptionError(f"there is no model {name!r}; {_similar(name)} "
                           "A script ends in .py, a saved network in .h5")


def _similar(name: str) -> str:
    close = difflib.get_close_matches(name, MODELS, n=3, cutoff=0.4)
    return f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(MODELS)}."


def _existing(path: Path) -> Path:
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "not there"
        raise DescriptionError(f"{str(path)!r} is {kind}; give the path of a script or of a saved "
                               "network, or a name from `engram list`")
    return path


def _file(path: Path, duration: Quantity | None) -> Prepared:
    network = Network.load(_existing(path))
    return Prepared(network, _needed(duration, path), _nothing_to_say, ())


def _script(path: Path, duration: Quantity | None) -> Prepared:
    _existing(path)
    with _explained(path), _as_script(path):
        found = runpy.run_path(str(path), run_name="__engram__")
        made = found.get("network")
        network = made() if callable(made) else made
    if not isinstance(network, Network):
        got = "defines no `network`" if made is None else f"`network` is {network!r}"
        raise DescriptionError(f"{path}: {got}; {HOW}")
    if duration is None:
        duration = _duration_of(found.get("duration"), path)
    describe: Callable[..., list[str]] = found.get("describe", _nothing_to_say)
    if not callable(describe):
        raise DescriptionError(f"{path}: `describe` is {describe!r}; make it a function of the run "
                               "that returns lines of text, or leave it out")
    return Prepared(network, _needed(duration, path), describe, tuple(found.get("weights", ())))


def _duration_of(value: Any, path: Path) -> Any:
    return parse_time(value, f"{path}: duration") if isinstance(value, str) else value


def _needed(duration: Quantity | None, path: Path) -> Quantity:
    if duration is None:
        raise DescriptionError(f"{path} says nothing of how long to run; add --duration 100ms"
                               + (", or `duration = 100*ms` in it" if path.suffix == ".py" else ""))
    return duration


def _nothing_to_say(run: Any) -> list[str]:
    return []


@contextlib.contextmanager
def _as_script(path: Path) -> Iterator[None]:
    """Imports find what lies beside the script, and stdout stays ours."""
    before = list(sys.path)
    sys.path.insert(0, str(path.resolve().parent))
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        sys.path[:] = before


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn whatever the script raises into an error that names its line."""
    try:
        yield
    except (Exception, SystemExit) as problem:
        where = _line(path, problem)
        if isinstance(problem, EngramError):
            raise DescriptionError(f"{where}: {problem}") from problem
        raise DescriptionError(f"{where}: {type(problem).__name__}: {problem}; mend the script "
                               "(--debug shows the traceback)") from problem


def _line(path: Path, problem: BaseException) -> str:
    """The last line of the script itself that the error passed through."""
    if isinstance(problem, SyntaxError) and problem.lineno:
        return f"{path}, line {problem.lineno}"
    lines = [f.lineno for f in traceback.extract_tb(problem.__traceback__)
             if Path(f.filename).name == path.name]
    return f"{path}, line {lines[-1]}" if lines else str(path)
