"""The hippocampal memory of arXiv 2310.05868 as a script for sPyNNaker would have it.

Weights of inhibitory synapses are positive, initial values are set, sources spike at 0 ms, cores
are asked for: the dialect. Written from the published table of populations and projections.
"""

from __future__ import annotations

import hippocampal_recording as recording
import numpy as np

CUES, CONTENTS = 5, 10
BIG = {"cm": 0.27, "tau_m": 3.0}
SMALL = {"cm": 0.14, "tau_m": 0.5}
COMMON = {"i_offset": 0.0, "tau_refrac": 1.0, "tau_syn_E": 0.3, "tau_syn_I": 0.3, "v_rest": -60.0,
          "v_reset": -60.0, "v_thresh": -57.0}
NEURONS = {"cue_cue": (CUES, BIG), "content_cue": (CONTENTS, BIG), "cond": (CONTENTS, SMALL),
           "cond_int": (1, SMALL), "cue_content": (CUES, SMALL),
           "content_content": (CONTENTS, BIG), "merge_cue": (CUES, BIG),
           "merge_content": (CONTENTS, BIG), "output": (CUES + CONTENTS, BIG)}
ONE, ALL = "one", "all"
WIRES = [  # source, target, weight (nA), delay (ms), receptor, connector
    ("cue_cue", "cue_content", 6.0, 2.0, "excitatory", ONE),
    ("cue_cue", "cue_content", 60.0, 3.0, "inhibitory", "others"),
    ("cue_cue", "cond", 6.0, 2.0, "inhibitory", ALL),
    ("content_cue", "cond", 9.0, 1.0, "excitatory", ONE),
    ("content_cue", "cond_int", 6.0, 1.0, "excitatory", ALL),
    ("cond_int", "cond", 2.0, 1.0, "excitatory", ALL),
    ("cond", "content_content", 6.0, 1.0, "excitatory", ONE),
    ("cue_content", "cue_content", 60.0, 2.0, "inhibitory", "others"),
    ("cue_cue", "merge_cue", 6.0, 3.0, "excitatory", ONE),
    ("cue_content", "merge_cue", 6.0, 1.0, "excitatory", ONE),
    ("content_cue", "merge_content", 6.0, 3.0, "excitatory", ONE),
    ("content_content", "merge_content", 6.0, 1.0, "excitatory", ONE)]


def spike_times():
    """The recorded experiment's input, one list a neuron."""
    return [recording.CUE.get(n, []) for n in range(CUES)] + [
        recording.CONTENT.get(n, []) for n in range(CONTENTS)]


def connector(sim, kind, n):
    """The connector of a wire."""
    if kind == "others":
        return sim.FromListConnector([(i, j) for i in range(n) for j in range(n) if i != j])
    return sim.OneToOneConnector() if kind == ONE else sim.AllToAllConnector()


def build(sim, **options):
    """Populations and learning projections by name, ready to run."""
    sim.setup(timestep=1.0, **options)
    sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 64)
    p = {"input": sim.Population(CUES + CONTENTS, sim.SpikeSourceArray(spike_times=spike_times()),
                                 label="input")}
    for name, (size, membrane) in NEURONS.items():
        p[name] = sim.Population(size, sim.IF_curr_exp(**COMMON, **membrane), label=name)
        p[name].set(v=-60.0)
    p["output"].set(v_thresh=-57.5)

    def wire(source, target, kind, synapse, receptor="excitatory"):
        return sim.Projection(source, target, connector(sim, kind, source.size), synapse,
                              receptor_type=receptor)

    def fixed(weight=6.0, delay=1.0):
        return sim.StaticSynapse(weight=weight, delay=delay)

    def learns():
        return sim.STDPMechanism(
            timing_dependence=sim.SpikePairRule(tau_plus=3.0, tau_minus=3.0, A_plus=6.0,
                                                A_minus=6.0),
            weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=6.0),
            weight=0.0, delay=1.0)

    cue, content = range(CUES), range(CUES, CUES + CONTENTS)
    wire(sim.PopulationView(p["input"], cue), p["cue_cue"], ONE, fixed())
    wire(sim.PopulationView(p["input"], list(content)), p["content_cue"], ONE, fixed())
    for source, target, weight, delay, receptor, kind in WIRES:
        wire(p[source], p[target], kind, fixed(weight, delay), receptor)
    wire(p["merge_cue"], sim.PopulationView(p["output"], cue), ONE, fixed())
    wire(p["merge_content"], sim.PopulationView(p["output"], list(content)), ONE, fixed())
    learning = {"cue_recall": wire(p["cue_cue"], p["content_cue"], ALL, learns()),
                "content_recall": wire(p["content_content"], p["cue_content"], ALL, learns())}
    for part in p.values():
        part.record(["spikes"])
    return p, learning


def spikes_of(populations):
    """Spikes by population, ms and neuron, in the form of the recording's table."""
    out = {}
    for name, p in populations.items():
        for i, train in enumerate(p.get_data("spikes").segments[0].spiketrains):
            split = name in ("input", "output")
            part = f"{name} {'cue' if i < CUES else 'content'}" if split else name
            index = i - CUES if split and i >= CUES else i
            for t in np.round(train.magnitude).astype(int).tolist():
                out.setdefault(part, {}).setdefault(t, set()).add(index)
    return out
