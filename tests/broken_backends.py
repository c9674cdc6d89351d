"""Backends with a planted error: the reference, given another plan than everybody else.

What a plan says is the same on any backend, so an error planted there is one that a backend could
make by itself, and a test can name the step and the neuron in which it must show.
"""

from __future__ import annotations

import sys
import types
from dataclasses import replace

import numpy as np
import pytest

import engram as eg
from engram import ms
from engram.backends.simulation import BACKENDS, backend_class


def plant(monkeypatch: pytest.MonkeyPatch, change, name: str = "broken") -> str:
    """A backend that runs `change(plan)`; its name."""
    module = types.ModuleType(f"engram.backends.{name}")
    module.unsupported = lambda network, plan: []
    reference = backend_class("reference")[1]
    module.Runner = lambda plan, threads=1, dtype=np.float64, **more: reference(
        change(plan), threads, dtype, **more)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(BACKENDS, name, (name, "Runner", "has a planted error"))
    return name


def population(plan, name, **fields):
    """The plan with fields of a population changed; a function gets the population."""
    return replace(plan, populations=tuple(
        replace(p, **{n: f(p) if callable(f) else f for n, f in fields.items()})
        if p.name == name else p for p in plan.populations))


def projection(plan, name, **fields):
    """The plan with fields of a projection changed; a function gets the projection."""
    return replace(plan, projections=tuple(
        replace(q, **{n: f(q) if callable(f) else f for n, f in fields.items()})
        if q.name == name else q for q in plan.projections))


SUM = eg.NeuronModel("sum", "v : 1 (unless refractory)", threshold="v > 1", reset="v = 0",
                     refractory=2 * ms, defaults={"v": 0})
"""Adds up what arrives, fires above 1, and is refractory for two steps."""

ADD = eg.SynapseModel("add", "w : 1", "v_post += w")


def chain(w: float = 0.3, synapse: eg.SynapseModel = ADD) -> eg.Network:
    """`input` fires in every step from 1 on; `hidden` 0 and 1 get w each time, two steps later.

    With w = 0.3 they have 0.3, 0.6, 0.9, 1.2 in steps 3 to 6 and fire in 6; inputs of 7 and 8 are
    lost; so they fire in 6, 12, 18, 24, ... `out` gets 0.4 three steps after each spike of
    `hidden` 0: 0.4 in step 9, 0.8 in 15, 1.2 in 21, when it fires; then in 39.
    """
    return eg.Network(
        [eg.Population("input", 1, eg.SpikeTimes.of({0: range(1, 60)}, ms)),
         eg.Population("hidden", 2, SUM), eg.Population("out", 1, SUM)],
        [eg.Projection("in_hidden", "input", "hidden", eg.AllToAll(), synapse, {"w": w}, delay=2*ms)
         if synapse is ADD else
         eg.Projection("in_hidden", "input", "hidden", eg.AllToAll(), synapse, delay=2*ms),
         eg.Projection("hidden_out", eg.View("hidden", 0, 1), "out", eg.AllToAll(), ADD,
                       {"w": 0.4}, delay=3*ms)], dt=1*ms, name="chain")
