"""Working memory of neurons with astrocytes (Gordleeva et al. 2021).

Front. Cell. Neurosci. 15:631485. Pictures are shown once, strongly; calcium of the astrocytes under
them stays high for seconds. A weak, noisy picture then makes its neurons fire, and where calcium is
high the astrocytes strengthen their synapses for 250 ms: what was seen is completed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...simulator.connectors import FromArrays, OneToOne
from ...simulator.errors import DescriptionError
from ...simulator.fields import index_array, integer, sequence
from ...simulator.frozen import put
from ...simulator.network import Network, Population, Projection
from ...simulator.probes import SpikeProbe
from ...simulator.results import Results
from ...simulator.stimuli import SpikeTimes, StepCurrent
from ...simulator.units import Quantity, ms, mV
from .digits import digit
from .working_memory_cells import BODY, DIFFUSION, FEEDS, GATES, HEARS, IMPULSE, NEURON, SOMA, ZONE
from .working_memory_score import Recall, scores
from .working_memory_wiring import (
    local_targets,
    neighbours,
    noise_impulses,
    zone_members,
    zone_of,
    zones_along,
)

LEARN_AT, LEARN_FOR, LEARN_EVERY = 500, 200, 300
TEST_AT, TEST_FOR, TEST_EVERY = 2300, 150, 400
"""ms: the first onset, how long a picture is shown, from one onset to the next."""

WINDOW = 250
"""ms from the onset of a test in which spikes are counted."""

STEP = 0.1
"""ms of a step, that of the authors' program."""


@dataclass(frozen=True)
class WorkingMemory:
    """The published experiment on a grid of `side` x `side` neurons.

    `pictures` are boolean (side, side): the `learnt` first ones are shown in turn, then all in
    `tests` order. `seed` draws wiring, noise and the flipped pixels. `feedback=False` cuts what
    astrocytes give back. Their bodies are integrated every `clock` steps.
    """

    pictures: tuple[Any, ...]
    learnt: int = 4
    tests: tuple[int, ...] = (0, 5, 1, 6, 2, 7, 3, 8)
    seed: int = 1
    feedback: bool = True
    clock: int = 10
    targets: int = 40

    def __post_init__(self) -> None:
        put(self, "pictures", _checked(self.pictures))
        zones_along(self.side)
        integer(self.seed, "seed", 0, 2**63 - 1)
        put(self, "tests", tuple(index_array(self.tests, "tests").tolist()))
        integer(self.learnt, "learnt", 1)
        if self.learnt > len(self.pictures) or not self.tests or not all(
                0 <= t < len(self.pictures) for t in self.tests):
            raise DescriptionError(f"learnt={self.learnt} and tests={self.tests} must name some of "
                                   f"the {len(self.pictures)} pictures")

    @classmethod
    def published(cls, seed: int = 1, feedback: bool = True) -> WorkingMemory:
        """79 x 79 neurons, 26 x 26 astrocytes; digits 0 to 3 learnt, 5 to 8 are new.

        The digits are drawn anew, not the authors' pictures.
        """
        return cls(tuple(digit(n) for n in range(10)), seed=seed, feedback=feedback)

    @property
    def side(self) -> int:
        """Neurons along an edge."""
        return len(self.pictures[0])

    @property
    def onsets(self) -> tuple[list[int], list[int]]:
        """ms of each picture learnt and of each test; tests wait for more than six lessons."""
        first = max(TEST_AT, LEARN_AT + LEARN_EVERY*self.learnt)
        return ([LEARN_AT + LEARN_EVERY*n for n in range(self.learnt)],
                [first + TEST_EVERY*n for n in range(len(self.tests))])

    @property
    def duration(self) -> Quantity:
        """Up to the end of the last test's window and of a pause as long as between tests."""
        return (self.onsets[1][-1] + TEST_EVERY + TEST_EVERY//2) * ms

    def network(self, probes: Iterable[Any] = ()) -> Network:
        """Neurons, zones and astrocyte bodies, with the pictures and noise of this seed."""
        side, many = self.side, zones_along(self.side)
        member, zone = zone_members(side)
        neurons = np.arange(side*side)
        pre, post = local_targets(side, self.targets, 5.0, self.seed)
        noise, noisy = self._noise()
        return Network(
            [Population("neurons", side*side, NEURON), Population("zones", many*many, ZONE),
             Population("astrocytes", many*many, SOMA, clock=self.clock), *noise],
            [Projection("gates", "neurons", "neurons", FromArrays(pre, post), GATES),
             Projection("hears", "neurons", "zones", FromArrays(member, zone), HEARS),
             *([Projection("feeds", "zones", "neurons", FromArrays(zone_of(side), neurons), FEEDS)]
               if self.feedback else []),
             Projection("body", "zones", "astrocytes", OneToOne(), BODY),
             Projection("diffusion", "astrocytes", "astrocytes", FromArrays(*neighbours(many)),
                        DIFFUSION), *noisy],
            [self._shown()], [SpikeProbe("neurons"), SpikeProbe("zones"), *probes],
            dt=STEP*ms, name="astrocyte-working-memory")

    def _shown(self) -> StepCurrent:
        """The pictures as currents, pixels flipped: 5 % when learnt, 20 % when tested."""
        rng = np.random.default_rng([self.seed, 3])
        learn, test = self.onsets
        shows = [(at, LEARN_FOR, n, 0.05, 80.0) for n, at in enumerate(learn)]
        shows += [(at, TEST_FOR, n, 0.2, 8.0) for n, at in zip(self.tests, test, strict=True)]
        times, values = [], []
        for at, lasts, n, flips, amplitude in shows:
            seen = self.pictures[n].ravel().copy()
            wrong = rng.permutation(seen.size)[:round(flips*seen.size)]
            seen[wrong] = ~seen[wrong]
            times += [at, at + lasts]
            values += [seen*amplitude, np.zeros(seen.size)]
        return StepCurrent("neurons", "i_app", np.array(times, float)*ms, np.array(values)*mV)

    def _noise(self) -> tuple[list[Population], list[Projection]]:
        """Impulses of noise: each begins with one spike and ends with another."""
        steps = round(self.duration / ms / STEP)
        neuron, first, last, size = noise_impulses(self.side**2, steps, STEP*1e-3, self.seed)
        n = np.arange(len(neuron))
        there = first > 0  # what a spike brings arrives one step after it
        ends = [("begin", first, size, there), ("end", last, -size, there & (last < steps))]
        return ([Population(f"noise_{name}", len(n), SpikeTimes(n[keep], (at[keep] - 1)*STEP*ms))
                 for name, at, _, keep in ends],
                [Projection(f"impulse_{name}", f"noise_{name}", "neurons", FromArrays(n, neuron),
                            IMPULSE, {"w": w*mV}) for name, _, w, _ in ends])

    def decode(self, run: Results) -> Recall:
        """How well the pictures learnt were completed.

        DescriptionError unless each test is of another picture and one of them was learnt.
        """
        if len(set(self.tests)) < len(self.tests):
            raise DescriptionError(f"tests={self.tests} ask of a picture twice, and the score is "
                                   "by picture; ask of each once")
        spikes = run.spikes["neurons"]
        at = np.asarray(spikes.t / ms)
        shown: dict[int, Any] = {}
        for n, onset in zip(self.tests, self.onsets[1], strict=True):
            inside = (at > onset - STEP/2) & (at < onset + WINDOW + STEP/2)
            shown[n] = np.bincount(spikes.i[inside], minlength=self.side**2).reshape(self.side, -1)
        return scores(self.pictures, shown, range(self.learnt))


def _checked(pictures: Any) -> tuple[Any, ...]:
    """Pictures as boolean squares of one size."""
    try:
        found = [np.asarray(p) for p in sequence(pictures, "pictures of a working memory")]
    except ValueError as problem:
        raise DescriptionError(f"pictures of a working memory: {problem}; each is a square of "
                               "False and True") from problem
    if not found:
        raise DescriptionError("pictures=() of a working memory; give one at least")
    for n, p in enumerate(found):
        if p.ndim != 2 or p.shape[0] != p.shape[1] or p.shape != found[0].shape:
            raise DescriptionError(f"picture {n} of a working memory has shape {p.shape}; all must "
                                   f"be squares of one size, as {found[0].shape[:1]*2}")
        if not np.isin(p, (0, 1)).all():
            raise DescriptionError(f"picture {n} of a working memory holds "
                                   f"{p[~np.isin(p, (0, 1))][0]!r}; pixels are False and True")
    return tuple(p.astype(bool) for p in found)
