"""The same script on pyNN.nest: spikes and potentials."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pynn_peer as peer
import pytest

import engram.backends.pynn as sim


@pytest.fixture(scope="module")
def nest(tmp_path_factory):
    """NEST in a process of its own: it prints, and keeps its kernel."""
    path = tmp_path_factory.mktemp("nest") / "spikes.npz"
    done = subprocess.run([sys.executable, "-W", "ignore", peer.__file__, "nest", str(path)],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return np.load(path)


@pytest.mark.parametrize("case", peer.CASES)
def test_spike_for_spike(nest, case):
    """With timing="nest" through two layers, to the last spike."""
    first, second, v = peer.run(sim, case, timing="nest")
    assert len(first) > 200
    assert len(second) > 20
    np.testing.assert_allclose(first, nest[f"{case} first"], atol=1e-6)
    np.testing.assert_allclose(second, nest[f"{case} second"], atol=1e-6)
    # currents are exact in both; for conductances NEST's solver is told to be right to 1e-3 mV
    if v.size:
        np.testing.assert_allclose(v, nest[f"{case} v"], atol=1e-3 if "cond" in case else 1e-9)


def test_our_own_timing_is_a_step_earlier_for_each_layer(nest):
    first, second, _ = peer.run(sim, "IF_curr_exp")
    np.testing.assert_allclose(first[:, 1], nest["IF_curr_exp first"][:, 1] - 0.1, atol=1e-6)
    np.testing.assert_allclose(second[:, 1], nest["IF_curr_exp second"][:, 1] - 0.2, atol=1e-6)
