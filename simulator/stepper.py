"""What one time step means: the execution contract. No other file contains an order.

1. Time is an integer step k. A duration or delay that is not a whole number of steps is an error.
2. Order in step k: deliver, integrate, fire, reset, learn, send, record (`ORDER`).
3. A spike of step k is labelled k*dt. With delay d (at least one step; default one) it is in the
   input of step k + d/dt and can make its target fire in that same step.
4. Threshold: as the model's text says, `>` or `>=`.
5. Refractory for R steps holds exactly the R steps after the spike; variables marked
   `(unless refractory)` are then neither integrated nor written by synapses; input to them is
   lost, and the neuron does not fire.
6. `learn`: with delay d and dendritic fraction f a presynaptic spike of step k reaches the synapse
   at k + (1-f)d, a postsynaptic one at k + f*d. Traces decay first (those of the pre side, then of
   the post side, then of the synapses, which so see traces decayed), then post events run their
   statements, then pre events theirs: events by neuron index, statements in the text's order,
   each event seeing what came before it. The weight that is sent is the one the pre event leaves.
7. Synaptic input is summed in a fixed order: projections as they are declared, spikes of a
   projection by step of emission and index of the source, synapses of a spike by target. A
   projection whose values must be kept while they travel (`Send.buffered`) sums them first, in
   that order, and adds the sum. A run is bit-identical from run to run, at any number of threads.
8. `record` sees the end of the step.
9. A continuous coupling used in step k is summed from the state at the end of step k - 1. A
   population with a clock is integrated, and can fire, in the steps that its clock divides.
10. A run may hold a batch of independent copies; copy b is bit-identical to a run of its own.

In `deliver`, first couplings are summed (all from the state as it stands), then timed values are
set, then spikes arrive.
"""

from __future__ import annotations

from typing import Protocol

ORDER = ("deliver", "integrate", "fire", "reset", "learn", "send", "record")


class Verbs(Protocol):
    """What a backend that steps in Python offers: one method a phase, given the step number."""

    def deliver(self, k: int) -> None:
        """Couplings, timed values, then the spikes due in step k."""

    def integrate(self, k: int) -> None:
        """Advance every population whose clock divides k."""

    def fire(self, k: int) -> None:
        """Find the neurons that fire in step k."""

    def reset(self, k: int) -> None:
        """Run the reset statements of those neurons and start their refractory period."""

    def learn(self, k: int) -> None:
        """Decay traces, then post events, then pre events, of every projection."""

    def send(self, k: int) -> None:
        """Put what must be kept while it travels on its way."""

    def record(self, k: int) -> None:
        """Write down the end of the step."""


def advance(verbs: Verbs, k: int) -> None:
    """Run step k."""
    for verb in ORDER:
        getattr(verbs, verb)(k)
