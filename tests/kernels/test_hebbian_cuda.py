"""CUDA twins of the Hebbian kernels: in Numba's simulator, compiled offline, and on a GPU.

The simulator runs in a process of its own; lanes take turns there and a ledger notices races.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hebbian_cuda_cases import cases
from numba import types

from engram.kernels import (
    clique_cuda,
    consolidation_cuda,
    ising_cuda,
    lateral_cuda,
    pbody_cuda,
    pbody_reals_cuda,
    willshaw_cuda,
    winners_cuda,
)
from engram.kernels.elementary_cuda import uncontracted
from engram.kernels.launch_cuda import LANES, empty, lanes_for, put
from engram.models.hebbian import CliqueMemory, Willshaw
from engram.simulator.errors import DescriptionError, MissingPackageError
from engram.simulator.gpu import DeviceError

CHILD = Path(__file__).parents[1] / "hebbian_cuda_child.py"
HOPPER = (9, 0)

REAL, WHOLE, WORD = types.float64, types.int64, types.uint64
REALS, WHOLES, WORDS = REAL[::1], WHOLE[::1], WORD[::1]
SPINS, COUNTS = types.int8[::1], types.int32[::1]
DRAWS = (REALS, WORD, WORD, WORDS)  # beta, the seed, the objects

KERNELS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "ising parallel": (ising_cuda._parallel, (REALS, REALS, SPINS, SPINS, *DRAWS, *[WHOLE] * 3)),
    "ising in turn": (ising_cuda._in_turn, (REALS, REALS, SPINS, REALS, *DRAWS, *[WHOLE] * 4,
                                            WHOLES)),
    "signs overlaps": (pbody_cuda._look_up, (SPINS, SPINS, *[WHOLES] * 4, *[WHOLE] * 3)),
    "signs fields": (pbody_cuda._fields, (SPINS, SPINS, WHOLES, WHOLES, REAL, WHOLE, WHOLE, REALS)),
    "signs parallel": (pbody_cuda._decide, (SPINS, SPINS, SPINS, WHOLES, WHOLES, REAL, *DRAWS,
                                            *[WHOLE] * 3)),
    "signs in turn": (pbody_cuda._in_turn, (SPINS, SPINS, *[WHOLES] * 4, REAL, *DRAWS,
                                            *[WHOLE] * 4, WHOLES)),
    "reals sums": (pbody_reals_cuda._all_elementary, (REALS, SPINS, REALS, *[WHOLE] * 4)),
    "reals parallel": (pbody_reals_cuda._decide, (REALS, SPINS, SPINS, REALS, REALS, REAL, *DRAWS,
                                                  *[WHOLE] * 4)),
    "reals in turn": (pbody_reals_cuda._in_turn, (REALS, REALS, SPINS, REALS, REALS, REAL, *DRAWS,
                                                  *[WHOLE] * 5, WHOLES)),
    "cliques": (clique_cuda._retrieve, (WORDS, WHOLES, WHOLE, WHOLE, WHOLE, types.boolean, WHOLE,
                                        WORDS, WHOLE, WHOLE, WHOLE, WORDS, WORDS, WORDS, WHOLE,
                                        WORDS)),
    "willshaw": (willshaw_cuda._sums, (WORDS, WORDS, WHOLE, WHOLE, COUNTS)),
    "winners": (winners_cuda._winners, (REALS, WHOLE, WHOLE, WORDS, types.boolean[::1])),
    "lateral hear": (lateral_cuda._hear, (REALS, REALS, *[WHOLE] * 4, REALS)),
    "lateral leave": (lateral_cuda._leave, (REALS, REALS, REALS, *[WHOLE] * 3, REALS)),
    "lateral learn": (lateral_cuda._learn, (*[REALS] * 5, REAL, *[WHOLE] * 4)),
    "consolidation": (consolidation_cuda._present, (REALS, types.uint8[::1], REAL, REAL, WHOLE,
                                                    WHOLE))}
WHOLE_NUMBERS = {"signs overlaps", "cliques", "willshaw"}
"""Kernels without any real number."""


def test_every_case_has_the_bits_of_the_cpu() -> None:
    env = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1"}
    done = subprocess.run([sys.executable, str(CHILD)], env=env, capture_output=True, text=True,
                          timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert set(found) == set(cases())
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.gpu
@pytest.mark.parametrize("name", cases())
def test_on_a_gpu(name: str) -> None:
    assert cases()[name]() == []


@pytest.mark.parametrize("name", KERNELS)
def test_kernels_compile_for_a_device_and_fuse_nothing(name: str) -> None:
    from numba import cuda
    kernel, signature = KERNELS[name]
    with uncontracted(offline=HOPPER):
        text = cuda.compile_ptx(kernel.py_func, signature, cc=HOPPER)[0]
    assert ".target sm_90" in text
    assert re.findall(r"\b(?:fma|mad)\.\S*f64", text) == []
    assert re.findall(r"\b(?:mul|add|sub)\.f64", text) == []  # which the driver may still fuse
    rounded = len(re.findall(r"\b(?:mul|add|sub)\.rn\.f64", text))
    assert rounded == 0 if name in WHOLE_NUMBERS else rounded > 0
    assert not re.findall(r"\.local\b", text), "arrays of a thread would lie in slow memory"


def test_all_kernels_are_compiled_here() -> None:
    modules = (clique_cuda, consolidation_cuda, ising_cuda, lateral_cuda, pbody_cuda,
               pbody_reals_cuda, willshaw_cuda, winners_cuda)
    there = {f.py_func for m in modules for f in vars(m).values()
             if getattr(f, "targetoptions", {}).get("device") is False}
    assert {kernel.py_func for kernel, _ in KERNELS.values()} == there


# -- what is said where it cannot run ------------------------------------------------------------
def test_lanes_of_a_block_are_a_power_of_two() -> None:
    assert [lanes_for(n) for n in (0, 1, 32, 33, 200, 9999)] == [32, 32, 32, 64, 256, LANES]
    assert lanes_for(9, 8) == 8
    for lanes in (0, 3, 512):
        with pytest.raises(ValueError, match=rf"{lanes} lanes of a block; use a power of two"):
            lanes_for(9, lanes)


def test_what_does_not_fit_is_refused_before_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from numba import cuda
    there = SimpleNamespace(get_memory_info=lambda: SimpleNamespace(free=7999))
    monkeypatch.setattr(cuda, "current_context", lambda: there)
    for take in (lambda: empty(1000, np.float64), lambda: put(np.zeros((10, 100)))):
        with pytest.raises(MemoryError, match=r"8,000 bytes .* 7,999 are free; ask"):
            take()


def test_a_device_that_is_not_known_is_refused() -> None:
    with pytest.raises(DescriptionError, match=r"device 'gpu' is not known; there are cpu, cuda"):
        Willshaw(3, 3).sums(np.eye(3), device="gpu")


def test_without_numba_cuda_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match=r"device 'cuda' .*pip install 'engram\[cuda\]'"):
        Willshaw(3, 3).recall(np.eye(3), device="cuda")


def test_without_a_gpu_the_ways_out_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from numba import cuda
    from numba.cuda.cudadrv.driver import CudaSupportError

    def none() -> None:
        raise CudaSupportError("no driver")
    monkeypatch.setattr(cuda, "current_context", none)
    with pytest.raises(DeviceError, match=r"device 'cuda': no CUDA device was found .*use "
                                          r"device='cpu'"):
        CliqueMemory(3, 3).recall([[0, -1, -1]], device="cuda")
