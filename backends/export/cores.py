"""How many neurons a core of the board takes, and how long a delay may be there."""

from __future__ import annotations

from ...simulator.plan import POISSON, SCHEDULE
from .context import Context
from .script import PER_CORE, PLASTIC_PER_CORE
from .view import Cells

POISSON_PER_CORE = 500
BUFFER_BITS = 14
"""Of an entry in the ring buffers: a neuron, one of two receptors, and a step of delay."""


def per_core(c: Context, p: Cells) -> int:
    """Neurons that a core takes, as the script asks for."""
    if p.plan.kind == POISSON:
        return POISSON_PER_CORE
    if p.plan.kind == SCHEDULE or p.cell is None:
        return PER_CORE
    plastic = {x.cell.pynn for s in c.view.synapses if s.plastic
               and (x := c.view.cell(s.target)).cell is not None}
    return PLASTIC_PER_CORE if p.cell.pynn in plastic else PER_CORE


def delay_slots(c: Context, target: str) -> int:
    """Steps of delay that the cores of a population hold; longer ones need cores of their own.

    The more neurons share a core, the fewer: 256 leave 32 steps, 64 leave 128.
    """
    p = c.view.cell(target)
    neurons = min(p.size, per_core(c, p))
    return int(2 ** (BUFFER_BITS - 1 - (neurons - 1).bit_length()))
