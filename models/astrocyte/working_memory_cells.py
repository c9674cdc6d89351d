"""Cells of the working memory of Gordleeva et al. 2021 (Front. Cell. Neurosci. 15:631485).

Numbers and the order of a step are those of the authors' program, which integrates neurons by Euler
steps of 0.1 ms: another dt is another model.
"""

from __future__ import annotations

from ...simulator import NeuronModel, SynapseModel
from ...simulator.units import ms, mV, second, umolar

NEURON = NeuronModel(
    "fast_spiking", """
    v : volt
    u : volt
    g : 1
    s : 1
    i_app : volt
    i_noise : volt
    s_in : 1
    near : 1
    a : 1
    b : 1
    c : volt
    d : volt
    v_peak : volt
    i_most : volt
    e_syn : volt
    k_syn : volt
    g_syn : 1
    g_astro : 1
    glutamate_off : 1/second
    glutamate_on : 1/second
    excited = int(g >= 0.7) : 1
    hot = int(v > v_peak - 1*mV) : 1
    """,
    update="""
    i_all = i_app + (g_syn + g_astro*near)*s_in*(e_syn - v) + i_noise
    i_in = i_all if i_all < i_most else i_most
    was = int(v >= v_peak)
    u = u + d*was
    v = c if was > 0.5 else v
    v = v + dt/ms*(0.04/mV*v*v + 5*v + 140*mV + i_in - u)
    u = u + dt/ms*a*(b*v - u)
    v = v if v < v_peak else v_peak
    g = g - dt*(glutamate_off*g - glutamate_on*int(v >= v_peak))
    s = 1/(1 + exp(-v/k_syn))
    """,
    threshold="v >= v_peak",
    defaults={"v": -70*mV, "u": 0*mV, "g": 0, "s": 0, "i_app": 0*mV, "i_noise": 0*mV, "s_in": 0,
              "near": 0, "a": 0.1, "b": 0.2, "c": -65*mV, "d": 2*mV, "v_peak": 30*mV,
              "i_most": 25*mV, "e_syn": 0*mV, "k_syn": 0.2*mV, "g_syn": 0.025, "g_astro": 0.5,
              "glutamate_off": 10/second, "glutamate_on": 600/second})
"""An Izhikevich neuron that stays at `v_peak` for the step of its spike and is reset in the next.

`g` is the glutamate it sets free, `s` its synaptic gate; `s_in` sums the gates of its sources, and
`near` is 1 while an astrocyte feeds back (both belong to couplings). Currents are in volt, as the
membrane's capacity is 1 ms.
"""

ZONE = NeuronModel(
    "zone", """
    excited : 1
    hot : 1
    ca : mmolar
    j_neuro : mmolar/second
    out : 1
    drive_left : 1
    recent : 1
    out_left : 1
    tick : 1
    fed : 1
    excited_least : 1
    hot_least : 1
    ca_least : mmolar
    j_most : mmolar/second
    drive_time : second
    recent_time : second
    out_time : second
    look : second
    """,
    update="""
    drive_left = drive_time/dt if excited >= excited_least else drive_left - 1
    j_neuro = j_most*int(drive_left > 0.5)
    recent = recent_time/dt + 1 if hot >= hot_least else recent - 1
    tick = tick + 1 if tick < look/dt - 0.5 else 1
    fed = int(tick > look/dt - 0.5)*int(ca > ca_least)*int(recent > 0.5)
    out_left = out_time/dt + 1 if fed > 0.5 else out_left - 1
    out = int(out_left > 0.5)
    """,
    threshold="fed > 0.5",
    defaults={"excited": 0, "hot": 0, "ca": 0*umolar, "j_neuro": 0*umolar/second, "out": 0,
              "drive_left": 0, "recent": 0, "out_left": 0, "tick": 0, "fed": 0,
              "excited_least": 8, "hot_least": 6, "ca_least": 0.15*umolar,
              "j_most": 5*umolar/second, "drive_time": 60*ms, "recent_time": 10*ms,
              "out_time": 250*ms, "look": 1*ms})
"""Where an astrocyte meets its 16 neurons: what it hears, and what it gives back.

`excited` and `hot` count neurons with much glutamate and neurons that spike, `ca` is the calcium of
the cell body (couplings). IP3 is made (`j_neuro`) for 60 ms once 8 neurons are excited; `out` is 1
for 250 ms when calcium is high and 6 neurons fired in one step of the last 10 ms, which is looked
at once a millisecond. Durations are kept as counts of steps.
"""

SOMA = NeuronModel(
    "astrocyte_soma", """
    dca/dt = c1*v1*(ip3/(ip3 + d1))**3*(ca/(ca + d5))**3*h**3*((c0 - ca)/c1 - ca)
             - v3*ca**2/(ca**2 + k3**2) + c1*v2*((c0 - ca)/c1 - ca)
             + v6*ip3**2/(k2**2 + ip3**2) - k1*ca + d_ca*lap_ca : mmolar
    dip3/dt = (ip3_rest - ip3)*tau_r + v4*(ca + 0.2*k4)/(ca + k4) + j_neuro
              + d_ip3*lap_ip3 : mmolar
    dh/dt = a2*(q2 + ca)*(q2/(q2 + ca) - h) : 1
    q2 = d2*(ip3 + d1)/(ip3 + d3) : mmolar
    lap_ca : mmolar
    lap_ip3 : mmolar
    j_neuro : mmolar/second
    c0 : mmolar
    c1 : 1
    v1 : 1/second
    v2 : 1/second
    v3 : mmolar/second
    v4 : mmolar/second
    v6 : mmolar/second
    k1 : 1/second
    k2 : mmolar
    k3 : mmolar
    k4 : mmolar
    d1 : mmolar
    d2 : mmolar
    d3 : mmolar
    d5 : mmolar
    a2 : 1/(mmolar*second)
    ip3_rest : mmolar
    tau_r : 1/second
    d_ca : 1/second
    d_ip3 : 1/second
    """,
    method="rk4",
    defaults={"ca": 0.072495*umolar, "h": 0.886314, "ip3": 0.820204*umolar, "lap_ca": 0*umolar,
              "lap_ip3": 0*umolar, "j_neuro": 0*umolar/second, "c0": 2*umolar, "c1": 0.185,
              "v1": 6/second, "v2": 0.11/second, "v3": 2.2*umolar/second,
              "v4": 0.3*umolar/second, "v6": 0.2*umolar/second, "k1": 0.5/second,
              "k2": 1*umolar, "k3": 0.1*umolar, "k4": 1.1*umolar, "d1": 0.13*umolar,
              "d2": 1.049*umolar, "d3": 0.9434*umolar, "d5": 0.082*umolar,
              "a2": 0.14/umolar/second, "ip3_rest": 0.16*umolar, "tau_r": 0.14/second,
              "d_ca": 0.05/second, "d_ip3": 0.1/second})
"""Calcium and IP3 of an astrocyte (Ullah, Jung and Cornell-Bell 2006, Cell Calcium 39:197) with
diffusion to its neighbours."""

GATES = SynapseModel("gates", "s_in_post = s_pre : 1 (summed)")
"""Neuron to neuron: the target multiplies the sum by its own driving force and feedback."""

HEARS = SynapseModel("hears", "excited_post = excited_pre : 1 (summed)\n"
                     "hot_post = hot_pre : 1 (summed)")
"""Neurons of a zone to the zone."""

FEEDS = SynapseModel("feeds", "near_post = out_pre : 1 (summed)")
"""A zone to its neurons."""

BODY = SynapseModel("body", "j_neuro_post = j_neuro_pre : mmolar/second (summed)\n"
                    "ca_pre = ca_post : mmolar (summed)")
"""A zone to the body of its astrocyte, and calcium back."""

DIFFUSION = SynapseModel("diffusion", "lap_ca_post = ca_pre - ca_post : mmolar (summed)\n"
                         "lap_ip3_post = ip3_pre - ip3_post : mmolar (summed)")
"""Between neighbouring astrocytes, one direction: connect both ways."""

IMPULSE = SynapseModel("impulse", "w : volt", "i_noise_post += w")
"""The beginning or end of a rectangular current."""
