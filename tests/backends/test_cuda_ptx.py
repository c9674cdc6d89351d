"""Kernels compiled for a device offline: the simulator accepts what a device does not.

Arithmetic in float64 must hold no fused multiply-add, which would round once where the CPU rounds
twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from conformance.scenarios import SCENARIOS

from engram.backends.cuda.memory import Memory
from engram.backends.cuda.program import build, records
from engram.kernels.codecache import load
from engram.kernels.elementary_cuda import uncontracted
from engram.simulator.lower import lower

HOPPER = (9, 0)
NETWORKS = ("neuron_lif_curr_exp", "hippocampal_cam", "poisson_input", "random_neurons",
            "couplings", "integration_methods", "mixed_delays")
"""LIF, plastic, Poisson, noise, couplings, all functions, delays of each synapse."""


FUSED = r"\b(?:fma|mad)\.\S*f64"
"""A fused operation; and, below, what the driver may still fuse, having no rounding of its own."""
FUSABLE = r"\b(?:mul|add|sub)\.f64"


def ptx(name: str, dtype: Any, mode: str, context: Any = uncontracted) -> str:
    """A network's kernel for a Hopper device."""
    from numba import cuda, types
    plan = lower(SCENARIOS[name].build(), None, 3, dtype)
    memory = Memory(plan, 1, dtype)
    program = build(memory, records(memory, 10), mode)
    real = types.float64 if dtype is np.float64 else types.float32
    whole, index = types.int64, types.int32
    arrays = (real, types.float64, whole, index, index, index, real, whole, types.float64)
    kernel = load(program.text).run.py_func
    with context(offline=HOPPER):
        return cuda.compile_ptx(kernel, (*(a[::1] for a in arrays), *[whole]*5), cc=HOPPER)[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_float64_kernels_compile_and_fuse_nothing(name: str) -> None:
    text = ptx(name, np.float64, "block")
    assert ".target sm_90" in text
    assert len(re.findall(r"\b(?:mul|add|sub)\.rn\.f64", text)) > 3, "it must compute something"
    assert re.findall(FUSED, text) == []
    assert re.findall(FUSABLE, text) == []
    assert not re.findall(r"\.local\b", text), "arrays of a thread would lie in slow memory"


def test_without_that_context_products_and_sums_are_fused() -> None:
    @contextmanager
    def as_it_comes(offline: tuple[int, int]) -> Iterator[None]:
        plain = nvvm.compile_ir
        with uncontracted(offline=offline):
            nvvm.compile_ir = plain
            yield
    from numba.cuda.cudadrv import nvvm
    assert re.findall(FUSED, ptx("neuron_lif_curr_exp", np.float64, "block", as_it_comes))
    assert not re.findall(FUSED, ptx("neuron_lif_curr_exp", np.float64, "split"))


@pytest.mark.parametrize("name", ["neuron_lif_curr_exp", "hippocampal_cam", "integration_methods"])
def test_float32_kernels_compile(name: str) -> None:
    text = ptx(name, np.float32, "block")
    assert re.findall(r"\b(?:mul|add)\.(?:rn\.)?f32", text)
    assert re.findall(r"\bfma\.\S*f32", text) == []


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_kernels_whose_blocks_wait_for_each_other_compile(dtype: Any) -> None:
    assert "cudaCGSynchronize" in ptx("recurrent", dtype, "grid")
    assert "cudaCGSynchronize" not in ptx("recurrent", dtype, "block")
