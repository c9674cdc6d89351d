"""The four views of what a call costs. Which memory is cheaper may depend on the view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...models.memory import OpCount

VIEWS = {
    "dense": "operations of a machine that skips no zero",
    "effective": "multiply-accumulates, accumulates and sign flips where zeros are skipped, for "
                 "both kinds of memory, and exponentials",
    "updates": "neurons times time steps",
    "bytes": "bytes of state read or written",
}


def views(ops: OpCount) -> dict[str, float]:
    """Each view of the operations, by name.

    A machine that skips no zero also updates every neuron; both stand in views of their own, so
    that neither hides in the other.
    """
    return {"dense": ops.dense, "effective": ops.mac + ops.ac + ops.sign_flips + ops.exp,
            "updates": ops.neuron_updates, "bytes": ops.bytes_rw}


def orders(costs: Mapping[str, OpCount]) -> dict[str, tuple[str, ...]]:
    """The memories of `costs` from the cheapest to the dearest, in each view; equals by name."""
    return {view: tuple(sorted(costs, key=lambda name, v=view: (views(costs[name])[v], name)))
            for view in VIEWS}


def disagreement(first: OpCount, second: OpCount) -> tuple[Sequence[str], Sequence[str]]:
    """The views in which the first is cheaper, and those in which the second is; ties in none."""
    a, b = views(first), views(second)
    return ([view for view in VIEWS if a[view] < b[view]],
            [view for view in VIEWS if b[view] < a[view]])
