"""All tasks, by name. A module is loaded when its task is asked for: each has a `TASK`."""

from __future__ import annotations

import importlib

from ...simulator.errors import DescriptionError
from ..names import meant
from .task import Task

_HOME = {
    "completion": "completion",
    "completion-digits": "completion_digits",
    "continual": "continual",
    "copying": "copying",
    "forgetting": "forgetting",
    "inference": "inference",
    "mqar": "mqar",
    "mqar-compositional": "mqar_compositional",
    "mqar-continuous": "mqar_continuous",
    "mqar-forgetting": "mqar_forgetting",
    "novelty": "novelty",
    "overwrite": "overwrite",
    "passkey": "passkey",
    "recall": "recall",
    "selective-copying": "selective_copying",
    "sequential-digits": "digits",
    "stories": "stories",
}
_CODES: dict[str, str] = {"T1": "completion", "T1B": "completion-digits", "T2": "recall",
                          "T3": "mqar", "T3A": "mqar-continuous", "T3B": "mqar-forgetting",
                          "T3C": "mqar-compositional", "T4": "copying",
                          "T4B": "selective-copying", "T7": "sequential-digits",
                          "T10": "continual", "T6": "inference", "T6B": "stories", "T11": "passkey",
                          "T12": "forgetting", "T13": "overwrite", "T14": "novelty"}

NAMES = tuple(_HOME)


def find(name: str) -> Task:
    """The task of that name or code (T2); DescriptionError says what is near it, or lists all."""
    name = _CODES.get(name.upper(), name)
    if name not in _HOME:
        raise DescriptionError(f"no task {name!r}; {meant(name, NAMES)}")
    found: Task = importlib.import_module(f".{_HOME[name]}", __package__).TASK
    return found
