"""What `engram run` was asked for: a model of the catalogue, a user's script, or a network file."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..simulator.errors import DescriptionError
from ..simulator.network import Network
from ..simulator.units import Quantity
from .catalogue import MODELS, Prepared
from .names import meant
from .times import parse_time
from .user_file import existing, running

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
    raise DescriptionError(f"there is no model {name!r}; {meant(name, MODELS, 0.4)} "
                           "A script ends in .py, a saved network in .h5")


def _file(path: Path, duration: Quantity | None) -> Prepared:
    network = Network.load(existing(path))
    return Prepared(network, _needed(duration, path), _nothing_to_say, ())


def _script(path: Path, duration: Quantity | None) -> Prepared:
    existing(path)
    with running(path):
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
