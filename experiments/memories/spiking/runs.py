"""Networks run for a memory: copies with inputs of their own, all from one state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ....models.memory import CannotDo
from ....simulator.batch import Trial
from ....simulator.equations import SECOND
from ....simulator.lower import lower
from ....simulator.network import Network
from ....simulator.results import Results
from ....simulator.stimuli import SpikeTimes
from ....simulator.units import UNITS, Quantity
from .tally import Tally

Inputs = Mapping[str, SpikeTimes]
ms = UNITS["ms"]

COPIES_BYTES = 256 << 20
"""Plastic synapses of the copies of one batch take at most about that."""

MOST_COPIES = 256
ALONE = ("brian2", "spinnaker", "norse")
"""Backends that take no batch: copies are run one after the other."""


def spike_times(spikes: Sequence[tuple[int, int]]) -> SpikeTimes:
    """From (neuron, ms) of each spike."""
    who, when = np.array(spikes, np.int64).reshape(-1, 2).T
    return SpikeTimes(who, when * ms)


def check_backend(network: Network, backend: str) -> None:
    """CannotDo, with its reasons, if the backend cannot run a network of this kind."""
    from ....backends.simulation import backend_class
    module, _ = backend_class(backend)
    reasons = module.unsupported(network, lower(network)) if backend != "numba" else []
    if reasons:
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        raise CannotDo(f"backend {backend!r}: {reasons[0]}{more}")


def run_one(network: Network, steps: int, backend: str, seed: int = 0) -> tuple[Results, Tally]:
    """The network run by itself."""
    return run_copies(network, steps, [{}], backend, seed)[0]


def run_copies(network: Network, steps: int, inputs: Sequence[Inputs], backend: str,
               seed: int = 0) -> list[tuple[Results, Tally]]:
    """Runs of `steps` steps, each on a copy of the network with spike sources of its own.

    On a backend without batches one after the other; the results are the same.
    """
    return [found for some in _batches(network, inputs)
            for found in _batch(network, steps, some, backend, seed)]


def _batches(network: Network, inputs: Sequence[Inputs]) -> Iterator[Sequence[Inputs]]:
    plastic = sum(_bytes_of(network, q) for q in network.projections)
    most = int(np.clip(COPIES_BYTES // max(plastic, 1), 1, MOST_COPIES))
    for n in range(0, len(inputs), most):
        yield inputs[n:n + most]


def _bytes_of(network: Network, projection: object) -> int:
    """Of the plastic synapses, were every pair joined; 0 of static ones."""
    if not projection.synapse.on_post:  # type: ignore[attr-defined]
        return 0
    ends = (projection.source, projection.target)  # type: ignore[attr-defined]
    return 32 * int(np.prod([network.population(getattr(e, "population", e)).size for e in ends]))


def _batch(network: Network, steps: int, inputs: Sequence[Inputs], backend: str,
           seed: int) -> list[tuple[Results, Tally]]:
    from ....backends.simulation import Simulation  # loads the backend's compiler
    duration = Quantity(steps * float(network.dt.value), SECOND)
    trials = [Trial(seed, own) for own in inputs]
    if len(trials) == 1 or backend in ALONE:
        alone = [Simulation(t.network(network), backend, seed=seed) for t in trials]
        return [(one.run(duration), Tally(one.plan)) for one in alone]
    made = Simulation(network, backend, seed=seed, batch=trials)
    found, tally = made.run(duration), Tally(made.plan)
    return [(run, tally) for run in found]
