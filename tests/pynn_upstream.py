"""Pytest plugin: PyNN's own system test scenarios, from its source distribution, on our front end.

Run in the folder `test` of the source distribution, as docs/pynn.md says. Every scenario is
run once, on engram, whatever simulators it names.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import pytest


class Named:
    """The front end under the name that scenarios print and make file names of."""

    __name__ = "pyNN.engram"

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)


def run_with_simulators(*names: str) -> Any:
    """In place of PyNN's: one parameter, our front end."""
    module = Named(importlib.import_module("engram.backends.pynn"))
    return pytest.mark.parametrize("sim", [pytest.param(module, id="engram")])


def pytest_configure(config: Any) -> None:
    """Before the scenarios are imported."""
    fixtures = importlib.import_module("system.scenarios.fixtures")
    fixtures.run_with_simulators = run_with_simulators
