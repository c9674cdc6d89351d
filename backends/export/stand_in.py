"""A network with the weights of another, in cells whose weights we know how the board stores.

The shifts of a population come from the weights and delays that reach it and from nothing else, so
the emulator's own reading serves every cell of the board, also those that it does not emulate.
"""

from __future__ import annotations

import numpy as np

from ...simulator.connectors import FromArrays
from ...simulator.equations import SECOND
from ...simulator.network import Network, Population, Projection
from ...simulator.stimuli import SpikeTimes
from ...simulator.units import UNITS, Quantity
from ..hardware import plasticity, texts
from .view import Cells, NetworkView, Synapses

WEIGHTS = {"uS": ("siemens", UNITS["usiemens"], texts.IF_COND_EXP, "g")}
CURRENT = ("amp", UNITS["nA"], texts.IF_CURR_EXP, "i")
RULE = {r.name: r for r in plasticity.RULES}


def stand_in(v: NetworkView) -> Network:
    """The network for `ring_buffer.shifts` and `quantised_weights`, in numbers of PyNN's units."""
    populations = [_cells(c) for c in v.cells]
    projections = [_synapses(s, v) for s in v.synapses if s.receptor and len(s.pre)]
    return Network(populations, projections, dt=Quantity(v.plan.dt, SECOND))


def _kind(c: Cells) -> tuple[str, Quantity, object, str]:
    unit = c.cell.receptors["excitatory"].unit if c.cell is not None else "nA"
    return WEIGHTS.get(unit, CURRENT)


def _cells(c: Cells) -> Population:
    if c.source:
        return Population(c.name, c.size, SpikeTimes([], Quantity(np.zeros(0), SECOND)))
    return Population(c.name, c.size, _kind(c)[2], {"tau_ref": UNITS["ms"] * 0})


def _synapses(s: Synapses, v: NetworkView) -> Projection:
    target = v.cell(s.target)
    unit, one, _, letter = _kind(target)
    variable = f"{letter}_{'inh' if s.receptor == 'inhibitory' else 'exc'}"
    parameters = {"w": np.abs(np.broadcast_to(s.weight, s.pre.shape)) * one}
    rule = RULE["static"]
    if s.plastic and target.cell is not None:
        rule = RULE["stdp_additive"]
        parameters |= {"w_max": s.in_pynn(np.max(s.values["w_max"]), target.cell) * one,
                       "w_min": 0.0 * one, **SILENT}
    delay = np.broadcast_to(s.delay, s.pre.shape) * v.plan.dt
    return Projection(s.name, s.source, s.target, FromArrays(s.pre, s.post),
                      rule.model(variable, unit), parameters, delay=Quantity(delay, SECOND))


SILENT = {"tau_plus": UNITS["ms"] * 20, "tau_minus": UNITS["ms"] * 20, "a_plus": 0.01,
          "a_minus": 0.01}
"""What a rule asks for and the shifts do not."""
