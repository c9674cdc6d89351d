"""The cuda backend on a GPU: `pytest -m gpu`. Without that these tests are not selected."""

from __future__ import annotations

import numpy as np
import pytest
from cuda_cases import cams, cases, scenario

from engram.backends.cuda.runner import CudaRunner
from engram.simulator.batch import trials_of
from engram.simulator.lower import lower
from engram.simulator.lower_batch import lower_batch

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("name", cases())
def test_case(name: str) -> None:
    assert cases()[name]() == []


@pytest.mark.parametrize("lanes", [32, 96, 256])
@pytest.mark.parametrize("workers", [1, 2, 7])
def test_lanes_and_workers(lanes: int, workers: int) -> None:
    for name in ("hippocampal_cam", "recurrent", "synapse_three_factor", "couplings"):
        assert scenario(name, lanes=lanes, workers=workers) == []


def test_a_thousand_memories_at_once() -> None:
    eight = cams(8)
    plan = lower(eight[0], None, 3)
    batch = CudaRunner(lower_batch(eight[0], plan, trials_of(eight[0], eight*125, 3)))
    batch.advance(70)
    found = batch.drain().spikes
    for n, s in found.items():
        for b in range(8):
            alone = CudaRunner(lower_batch(eight[0], plan, trials_of(eight[0], eight, 3)).copy(b))
            alone.advance(70)
            truth = alone.drain().spikes[n]
            for c in range(b, 1000, 8):
                at = slice(s.offsets[c], s.offsets[c + 1])
                np.testing.assert_array_equal(s.step[at], truth.step)
                np.testing.assert_array_equal(s.i[at], truth.i)
