"""Spiking hippocampal content-addressable memory (draft by the core; the helper finishes it)."""
from __future__ import annotations

from ...simulator import (
    AllToAll, FromArrays, Network, NeuronModel, OneToOne, Population, Projection, SpikeTimes,
    SynapseModel, View)
from ...simulator.units import UNITS

ms, mV, nA, nF, Mohm = (UNITS[u] for u in ("ms", "mV", "nA", "nfarad", "Mohm"))

IF_CURR_EXP = NeuronModel(
    name="IF_curr_exp_tick",
    equations="""
    v : volt (unless refractory)
    i_exc : amp
    i_inh : amp
    in_exc : amp
    in_inh : amp
    v_rest : volt
    v_reset : volt
    v_thresh : volt
    c_m : farad
    tau_m : second
    tau_syn_e : second
    tau_syn_i : second
    tau_refrac : second
    i_offset : amp
    """,
    update="""
    i_exc = i_exc*exp(-dt/tau_syn_e) + in_exc*(tau_syn_e/dt)*(1 - exp(-dt/tau_syn_e))
    i_inh = i_inh*exp(-dt/tau_syn_i) + in_inh*(tau_syn_i/dt)*(1 - exp(-dt/tau_syn_i))
    in_exc = 0*amp
    in_inh = 0*amp
    target = v_rest + (i_exc - i_inh + i_offset)*(tau_m/c_m)
    v = target - exp(-dt/tau_m)*(target - v)
    """,
    threshold="v >= v_thresh", reset="v = v_reset", refractory="tau_refrac",
    defaults={"v": "v_rest", "i_exc": 0*nA, "i_inh": 0*nA, "in_exc": 0*nA, "in_inh": 0*nA,
              "v_rest": -60*mV, "v_reset": -60*mV, "v_thresh": -57*mV, "c_m": 0.27*nF,
              "tau_m": 3*ms, "tau_syn_e": 0.3*ms, "tau_syn_i": 0.3*ms, "tau_refrac": 1*ms,
              "i_offset": 0*nA})


def static(target):
    return SynapseModel(f"static to {target}", "w : amp", f"{target}_post += w")


STDP = SynapseModel(
    "pair STDP, additive, as on SpiNNaker",
    """
    w : amp
    r : 1
    o : 1
    dr/dt = -r/tau_plus : 1
    """.replace("r : 1\n    o : 1\n    dr/dt = -r/tau_plus : 1", """dr/dt = -r/tau_plus : 1 (pre)
    do/dt = -o/tau_minus : 1 (post)
    tau_plus : second
    tau_minus : second
    a_plus : amp
    a_minus : amp
    w_max : amp"""),
    on_pre="""
    w = clip(w - a_minus*o, 0*amp, w_max)
    r += 1
    in_exc_post += w
    """,
    on_post="""
    w = clip(w + a_plus*r, 0*amp, w_max)
    o += 1
    """,
    defaults={"tau_plus": 3*ms, "tau_minus": 3*ms, "a_plus": 6*nA, "a_minus": 6*nA, "w_max": 6*nA,
              "w": 0*nA})


def cam_network(n_cue, n_cont, cue, cont):
    big = {"c_m": 0.27*nF, "tau_m": 3*ms}
    small = {"c_m": 0.14*nF, "tau_m": 0.5*ms}
    trains = {**{c: t for c, t in cue.items()}, **{n_cue + c: t for c, t in cont.items()}}
    P = lambda name, n, par: Population(name, n, IF_CURR_EXP, par)
    pops = [Population("input", n_cue + n_cont, SpikeTimes.of(trains, ms)),
            P("cue_cue", n_cue, big), P("content_cue", n_cont, big), P("cond", n_cont, small),
            P("cond_int", 1, small), P("cue_content", n_cue, small), P("content_content", n_cont, big),
            P("merge_cue", n_cue, big), P("merge_content", n_cont, big),
            P("output", n_cue + n_cont, {**big, "v_thresh": -57.5*mV})]
    e, i = static("in_exc"), static("in_inh")
    one, all_ = OneToOne(), AllToAll()
    Q = lambda s, t, c, syn, w, d, n=None: Projection(
        n or f"{getattr(s, 'population', s)}_to_{getattr(t, 'population', t)}", s, t, c, syn, {"w": w*nA}, delay=d*ms)
    projs = [
        Q(View("input", 0, n_cue), "cue_cue", one, e, 6, 1),
        Q(View("input", n_cue, n_cue + n_cont), "content_cue", one, e, 6, 1),
        Projection("cue_recall", "cue_cue", "content_cue", all_, STDP, delay=1*ms),
        Q("cue_cue", "cue_content", one, e, 6, 2),
        Q("cue_cue", "cue_content", AllToAll(self_connections=False), i, 6*n_cont, 3, "cue_cue_inh"),
        Q("cue_cue", "cond", all_, i, 6, 2), Q("content_cue", "cond", one, e, 9, 1),
        Q("content_cue", "cond_int", all_, e, 6, 1), Q("cond_int", "cond", all_, e, 2, 1),
        Q("cond", "content_content", one, e, 6, 1),
        Projection("content_recall", "content_content", "cue_content", all_, STDP, delay=1*ms),
        Q("cue_content", "cue_content", AllToAll(self_connections=False), i, 6*n_cont, 2, "lateral"),
        Q("cue_cue", "merge_cue", one, e, 6, 3), Q("cue_content", "merge_cue", one, e, 6, 1),
        Q("content_cue", "merge_content", one, e, 6, 3), Q("content_content", "merge_content", one, e, 6, 1),
        Q("merge_cue", View("output", 0, n_cue), one, e, 6, 1),
        Q("merge_content", View("output", n_cue, n_cue + n_cont), one, e, 6, 1)]
    return Network(pops, projs, dt=1*ms, name="hippocampal-cam")
