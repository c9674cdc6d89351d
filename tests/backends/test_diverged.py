"""A run that ends in what is not a number says so, on every backend."""

from __future__ import annotations

import re
import warnings

import brian2  # noqa: F401  its import sends warnings to its log: before they are caught here
import numpy as np
import pytest

import engram as eg
from engram import ms, mV

CUBIC = eg.NeuronModel("cubic", "dv/dt = -v**3/(mV**2*ms) : volt", method="euler")
"""Euler's steps of 1 ms alternate and grow from |v| above sqrt(2) mV on, and end as inf - inf."""


def ended(values: list[float], backend: str, **options: object) -> list[str]:
    network = eg.Network([eg.Population("cells", 3, CUBIC, initial={"v": values * mV})], [],
                         dt=1 * ms)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        eg.simulate(network, 60 * ms, backend=backend, **options)
    assert all(w.filename == __file__ for w in caught if "cells" in str(w.message))
    return [str(w.message) for w in caught if "not a number" in str(w.message)]


@pytest.mark.parametrize("backend", ["reference", "numba", "torch", "brian2"])
def test_what_diverged_is_named(backend: str) -> None:
    message, = ended([1.0, 2.0, -3.0], backend)
    assert re.match("population 'cells': v is not a number in 2 of 3 neurons after 60 ms", message)
    assert ended([1.0, 1.2, -1.4], backend) == []


def test_copies_of_a_batch_are_counted() -> None:
    batch = [eg.Trial(initial={"cells": {"v": np.full(3, v) * mV}}) for v in (1.0, 2.0)]
    message, = ended([1.0] * 3, "numba", batch=batch)
    assert "in 3 of 6 neurons" in message
