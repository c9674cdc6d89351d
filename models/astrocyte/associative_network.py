"""The neuron-astrocyte associative memory as a Network: neurons, contacts, memories.

A contact is a synapse and the process around it, one unit each; a memory is a number of the inside
of the astrocyte, c_mu. Neurons and contacts take their Euler step in every second step of the
network: a coupling sees the step before, and the way from process to memory to process is two
couplings long. So the network takes exactly the steps of `NeuronAstrocyteMemory`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ...simulator import NeuronModel, SynapseModel
from ...simulator.connectors import AllToAll, FromArrays
from ...simulator.free_memory import check_memory
from ...simulator.network import Network, Population, Projection
from ...simulator.probes import SpikeProbe
from ...simulator.units import ms
from .associative import NeuronAstrocyteMemory

EVERY = 2
"""Steps of the network in an Euler step."""

STEP = 0.5*ms

NEURON = NeuronModel(
    "rate_neuron", "x : 1\nh : 1\ndrive : 1\nbeta : 1\ntau : second",
    update="x = x + dt/tau*(-x + drive); h = tanh(beta*x)", defaults={"drive": 0, "h": 0})
"""A rate neuron; `drive` belongs to a coupling."""

CONTACT = NeuronModel(
    "contact", "s : 1\np : 1\ng : 1\npsi : 1\nh_from : 1\nh_to : 1\nexchange : 1\nbeta : 1\n"
    "tau : second",
    update="""
    s = s + dt/tau*(-s + h_from*h_to + psi)
    p = p + dt/tau*(-p + exchange + g)
    g = tanh(beta*s)
    psi = tanh(beta*p)
    """, defaults={"exchange": 0})
"""A synapse `s` and its process `p`; `h_from`, `h_to` and `exchange` belong to couplings."""

MEMORY = NeuronModel("memory", "c : 1")
"""What the processes say together about one pattern."""

SOURCE = SynapseModel("source of a contact", "h_from_post = h_pre : 1 (summed)")
TARGET = SynapseModel("target of a contact", "h_to_post = h_pre : 1 (summed)\n"
                      "drive_pre = g_post*h_from_post : 1 (summed)")
INSIDE = SynapseModel("inside the astrocyte", "w : 1\nc_post = w*psi_pre : 1 (summed)\n"
                      "exchange_pre = w*c_post*scale : 1 (summed)\nscale : 1")


def memory_network(memory: NeuronAstrocyteMemory, cue: Any,
                   probes: Iterable[Any] = ()) -> Network:
    """The network that recalls from `cue` (N,). There are no spikes; probe `x` of "neurons"."""
    k, n = memory.patterns.shape
    check_memory(32.0*k*n*n, f"{k*n*n:,} connections from {n:,} x {n:,} contacts to {k:,} memories")
    start = memory.start(cue)
    h, g, psi = (memory.tanh(part) for part in start)
    both = {"beta": memory.beta, "tau": float(STEP/ms)*EVERY/memory.dt*ms}
    to, source = np.divmod(np.arange(n*n), n)
    contact = np.arange(n*n)
    w = np.einsum("ki,kj->ijk", memory.patterns, memory.patterns).ravel()
    return Network(
        [Population("neurons", n, NEURON, both, {"x": start.x, "h": h}, clock=EVERY),
         Population("contacts", n*n, CONTACT, both,
                    {"s": start.s.ravel(), "p": start.p.ravel(), "g": g.ravel(),
                     "psi": psi.ravel(), "h_from": h[source], "h_to": h[to]}, clock=EVERY),
         Population("memories", k, MEMORY, {"c": memory.overlaps_of(psi)})],
        [Projection("source", "neurons", "contacts", FromArrays(source, contact), SOURCE),
         Projection("target", "neurons", "contacts", FromArrays(to, contact), TARGET),
         Projection("inside", "contacts", "memories", AllToAll(), INSIDE,
                    {"w": w, "scale": 1.0/n**3})],
        probes=[SpikeProbe("neurons"), *probes], dt=STEP, name="neuron-astrocyte-memory")


def steps_of(count: int) -> Any:
    """Duration of `count` Euler steps."""
    return count*EVERY*STEP
