"""Excitation, inhibition and a sheet of astrocytes: figures 1 and 6 of Stimberg et al. 2019.

bioRxiv 198366. Each excitatory neuron and the synapses onto it lie in the territory of the
astrocyte at its place. (In the authors' program half of the sheet is covered, as places left of and
above the middle get negative numbers; here all of it is.)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ...simulator import NeuronModel
from ...simulator.connectors import FixedProbability, FromArrays, OneToOne
from ...simulator.errors import DescriptionError
from ...simulator.fields import integer, sequence
from ...simulator.network import Network, Population, Projection, View
from ...simulator.probes import SpikeProbe
from ...simulator.stimuli import StepCurrent
from ...simulator.units import ms, mV, nS, pA, pF, second, umolar
from ..synapses_short_term import tsodyks_markram
from .gchi import BEFORE, GAP_JUNCTION, GCHI
from .tripartite import TERRITORY, tripartite, with_territory

EXCITATORY, INHIBITORY = 3200, 800

ROWS = 56
"""Places along one edge of the sheet; astrocyte n is at (n // 56, n % 56)."""

COBA = NeuronModel(
    "coba", """
    dv/dt = (g_l*(e_l - v) + g_e*(e_e - v) + g_i*(e_i - v) + i_ex)/c_m : volt (unless refractory)
    dg_e/dt = -g_e/tau_e : siemens
    dg_i/dt = -g_i/tau_i : siemens
    i_ex : amp
    g_l : siemens
    e_l : volt
    e_e : volt
    e_i : volt
    c_m : farad
    tau_e : second
    tau_i : second
    v_th : volt
    v_reset : volt
    tau_r : second
    """,
    threshold="v > v_th", reset="v = v_reset", refractory="tau_r",
    defaults={"v": "e_l + rand()*(v_th - e_l)", "i_ex": 150*pA, "g_l": 9.99*nS, "e_l": -60*mV,
              "e_e": 0*mV, "e_i": -80*mV, "c_m": 198*pF, "tau_e": 5*ms, "tau_i": 10*ms,
              "v_th": -50*mV, "v_reset": -60*mV, "tau_r": 5*ms})
"""The neuron of both figures."""


def neuron_glia(astrocytes: bool = True, currents: Iterable[float] = (100, 120, 100, 100),
                seed: int = 1, probes: Iterable[Any] = ()) -> Network:
    """Figure 6: the current (pA) changes every 2 s. Without astrocytes and at (150,), figure 1.

    Astrocytes are integrated every 10 ms. `seed` draws the excitatory connections; the rest is
    drawn from the seed of the run.
    """
    steps = np.array(sequence(currents, "currents"))
    if steps.ndim != 1 or not steps.size or steps.dtype.kind not in "iuf":
        raise DescriptionError(f"currents={currents!r} must be numbers (pA), one for each 2 s")
    integer(seed, "seed of neuron_glia", 0, 2**64 - 1)
    found = FixedProbability(0.05).rows(EXCITATORY, EXCITATORY + INHIBITORY, seed, "exc")
    populations = [Population("neurons", EXCITATORY + INHIBITORY, with_territory(COBA),
                              initial={"g_e": "rand()*0.05*nS", "g_i": "rand()*nS"})]
    projections = [
        Projection("exc", View("neurons", 0, EXCITATORY), "neurons",
                   FromArrays(found.pre, found.post), tripartite("g_e"), {"w": 0.05*nS}),
        Projection("inh", View("neurons", EXCITATORY, EXCITATORY + INHIBITORY), "neurons",
                   FixedProbability(0.2), tsodyks_markram("g_i", "siemens"),
                   {"w": 1*nS, "U": 0.6, "tau_f": second/3.33, "tau_d": 0.5*second})]
    if astrocytes:
        incoming = np.bincount(found.post, minlength=EXCITATORY)[:EXCITATORY]
        populations.append(Population(
            "astrocytes", EXCITATORY, GCHI, {"o_delta": 1.2*umolar/second},
            {"ca": 0.01*umolar, "ip3": 0.01*umolar}, clock=100))
        projections += [
            Projection("territory", "astrocytes", View("neurons", 0, EXCITATORY), OneToOne(),
                       TERRITORY, {"share": 1/np.maximum(incoming, 1)}),
            Projection("gap", "astrocytes", "astrocytes", FromArrays(*sheet(EXCITATORY, ROWS)),
                       GAP_JUNCTION),
            Projection("before", "astrocytes", "astrocytes", OneToOne(), BEFORE)]
    return Network(populations, projections,
                   [StepCurrent("neurons", "i_ex", 2*np.arange(len(steps))*second, steps*pA)],
                   [*(SpikeProbe(p.name) for p in populations), *probes], dt=0.1*ms,
                   name="neuron-glia")


def sheet(cells: int, rows: int) -> tuple[Any, Any]:
    """Pairs of the up to eight neighbours on a lattice of `rows` rows, each in both directions.

    The last column may be short.
    """
    integer(cells, "cells of a sheet", 0)
    integer(rows, "rows of a sheet", 1)
    n = np.arange(cells)
    x, y = n // rows, n % rows
    pairs = []
    for dx, dy in ((0, 1), (1, -1), (1, 0), (1, 1)):
        to = n + dx*rows + dy
        kept = (y + dy >= 0) & (y + dy < rows) & (to < cells)
        pairs.append((x[kept]*rows + y[kept], to[kept]))
    a, b = (np.concatenate(part) for part in zip(*pairs, strict=True))
    return np.concatenate((a, b)), np.concatenate((b, a))
