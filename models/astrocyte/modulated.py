"""A discrete spiking unit whose threshold a slow astrocyte variable moves."""

from __future__ import annotations

from ...simulator import NeuronModel

AM_LIF = NeuronModel(
    "am_lif", """
    u : 1
    a : 1
    th : 1
    fired : 1
    i_in : 1
    i_offset : 1
    leak : 1
    memory : 1
    th0 : 1
    kappa : 1
    """,
    update="""
    u = leak*u + i_in + i_offset - fired*th
    i_in = 0
    a = memory*a + (1 - memory)*fired
    th = th0 + kappa*a
    fired = 0
    """,
    threshold="u >= th", reset="fired = 1",
    defaults={"u": 0, "a": 0, "th": "th0", "fired": 0, "i_in": 0, "i_offset": 0, "leak": 0.9,
              "memory": 0.99, "th0": 1, "kappa": -0.3})
"""Leaky integrate-and-fire in whole steps; `a` low-passes its own spikes with `memory` a step.

Not the paper's equations: astrocyte-modulated spiking units were proposed for language models
(Shen et al. 2023, arXiv 2312.07625), whose equations are not known to us. This unit keeps the idea:
`kappa` < 0 makes a unit that fired fire more easily, `kappa` > 0 less; with `kappa` = 0 it is the
plain unit, bit for bit. A spike takes off the threshold it passed and shows in `a` a step later;
what one leaves there decays with -1/ln(memory) steps. Send to `i_in`.
"""
