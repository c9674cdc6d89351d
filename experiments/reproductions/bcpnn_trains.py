"""The BCPNN synapse on given spike trains: beside the naive reference, and beside theory."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...backends.simulation import simulate
from ...models.hebbian.bcpnn_traces import Rates, expected, follow
from ...models.neurons import LIF_DELTA
from ...models.synapses import static
from ...models.synapses_bcpnn import bcpnn, joint
from ...simulator.connectors import AllToAll, OneToOne
from ...simulator.network import Network, Population, Projection
from ...simulator.stimuli import SpikeTimes
from ...simulator.units import UNITS

ms, mV, Hz = UNITS["ms"], UNITS["mV"], UNITS["hertz"]

DT = 1e-3
TRAINS = Rates(tau_zi=0.01, tau_zj=0.015, tau_p=0.5, f_max=50.0, eps=0.01)
POISSON = Rates(tau_zi=0.01, tau_zj=0.01, tau_p=20.0, f_max=50.0, eps=0.01)
RATE = 40.0
"""Hz, of every Poisson train."""


def run(pre: Any, post: Any, rates: Rates, backend: str, all_to_all: bool,
        start: tuple[float, float]) -> Any:
    """(Pi, Pj, Pij, w) of the synapses after events `pre` (steps, n) and `post` (steps, m).

    Neurons are made to fire at once; `start` are the first P and Pij. Rows 0 and 1 of `post` must
    be empty: a teacher's spike takes a step to its neuron, and that neuron's one to the synapse.
    """
    sources = [Population(name, raster.shape[1], SpikeTimes.raster(raster, DT * 1000*ms))
               for name, raster in (("pre", pre), ("teacher", post[2:]))]
    given = {"tau_zi": rates.tau_zi * 1000*ms, "tau_zj": rates.tau_zj * 1000*ms,
             "tau_p": rates.tau_p * 1000*ms, "f_max": rates.f_max * Hz, "eps": rates.eps}
    p, p_ij = start
    first = {"p_i": p, "p_j": p, "q": p_ij - 2 * rates.eps * p + rates.eps**2, "w": 0*mV}
    network = Network(
        [*sources, Population("post", post.shape[1], LIF_DELTA, {"tau_ref": 0*ms})],
        [Projection("learning", "pre", "post", AllToAll() if all_to_all else OneToOne(),
                    bcpnn("v", "volt"), {**given, "w_gain": 1e-3*mV}, first, delay=1*ms),
         Projection("teaching", "teacher", "post", OneToOne(), static("v", "volt"),
                    {"w": 100*mV}, delay=1*ms)], dt=DT * 1000*ms)
    learnt = simulate(network, len(pre) * ms, backend=backend).weights["learning"]
    return (learnt["p_i"], learnt["p_j"], joint(learnt, given), learnt["w"] / (1e-3*mV))


def against_naive(backend: str) -> dict[str, float]:
    """Largest relative difference of Pi, Pj and Pij, and largest of log(Pij/(Pi Pj)).

    30 synapses, 1 s of trains whose rates differ by neuron.
    """
    rng = np.random.default_rng(2)
    pre, post = (rng.random((1000, n)) < np.linspace(0.01, 0.08, n) for n in (6, 5))
    post[:2] = False
    got = run(pre, post, TRAINS, backend, True, (TRAINS.eps, TRAINS.eps**2))
    naive = follow(pre, post, 1.0, DT, TRAINS)
    p_i, p_j, p_ij = (np.reshape(x, naive.p_ij.shape) for x in got[:3])
    found = {"p_i": p_i / naive.p_i[:, None], "p_j": p_j / naive.p_j, "p_ij": p_ij / naive.p_ij}
    out = {name: float(np.abs(ratio - 1).max()) for name, ratio in found.items()}
    weights = np.log(p_ij / (p_i * p_j))
    return out | {"w": float(np.abs(weights - naive.weights).max()),
                  "spread": float(np.ptp(naive.weights))}


def against_theory(common: float, late: int, synapses: int, seed: int) -> dict[str, float]:
    """Mean Pij and weight of `synapses` pairs of Poisson trains after 20 s, and what theory says.

    Both sides fire at RATE; about `common` Hz of their spikes are pairs, the target's `late` steps
    after the source's. Starts from the expected probabilities, so that means stay what they are.
    """
    steps = round(20.0 / DT)
    rng = np.random.default_rng([seed, round(common), late])
    together, own_i, own_j = rng.random((3, steps, synapses), np.float32)
    both = together < common * DT
    alone = _alone(common)
    pre, post = both | (own_i < alone), own_j < alone
    post[late:] |= both[:steps - late]
    post[:2] = False
    p, p_ij = theory(common, late)
    _, _, joint_found, w = run(pre, post, POISSON, "numba", False, (p, p_ij))
    return {"theory p_ij": p_ij, "theory w": float(np.log(p_ij / p**2)),
            **{f"{what} {name}": value for name, x in (("p_ij", joint_found), ("w", w))
               for what, value in (("mean", float(np.mean(x))), (
                   "error", float(np.std(x, ddof=1) / synapses**0.5)))}}


def theory(common: float, late: int) -> tuple[float, float]:
    """Expected Pi = Pj, and Pij, of such trains.

    Beside pairs, spikes meet by chance, a little less often than if all were independent.
    """
    excess = common + ((1 - common * DT) * _alone(common)**2 - (RATE * DT)**2) / DT
    p, _, p_ij = expected(RATE, RATE, excess, late * DT, POISSON)
    return p, p_ij


def _alone(common: float) -> float:
    """Probability of a spike in a step without a pair, so that RATE is kept."""
    return (RATE - common) * DT / (1 - common * DT)
