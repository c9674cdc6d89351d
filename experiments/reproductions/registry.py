"""The reproductions by name. A module is loaded when its reproduction is asked for.

Each module has a `REPRODUCTION`; what it is about stands there.
"""

from __future__ import annotations

import importlib

from ...simulator.errors import DescriptionError
from ..names import meant
from .reproduction import Reproduction

_HOME = {
    "astrocyte-unit": "astrocyte_unit",
    "astrocyte-working-memory": "working_memory",
    "bcpnn": "bcpnn",
    "cliques": "cliques",
    "continual": "continual",
    "dense": "dense",
    "emergence": "emergence",
    "hlop": "hlop",
    "hlop-spiking": "hlop_spiking",
    "hopfield": "hopfield",
    "multitasking": "multitasking",
    "nalsm": "nalsm",
    "neuron-astrocyte-memory": "neuron_astrocyte",
    "sparsey": "sparsey",
    "tripartite-synapse": "tripartite",
    "willshaw": "willshaw",
}

NAMES = tuple(_HOME)


def find(name: str) -> Reproduction:
    """The reproduction of that name; DescriptionError says what is near it, or lists all."""
    if name not in _HOME:
        raise DescriptionError(f"no reproduction {name!r}; {meant(name, NAMES)}")
    found: Reproduction = importlib.import_module(
        f".{_HOME[name]}", __package__).REPRODUCTION
    return found
