"""Fifty random small networks in one, for the emulator and for sPyNNaker's virtual board.

Run as a script, `python spinnaker_boards.py FOLDER` maps the networks of FOLDER/networks.npz onto
the virtual board and writes FOLDER/board.npz; HOME must hold a `.spynnaker.cfg`.
"""

import sys
from pathlib import Path

import numpy as np

NETWORKS = 50
CONFIGURATION = """[Machine]
version = 5
virtual_board = True
[Reports]
default_report_file_path = {home}
write_network_graph = False
[Mode]
mode = Production
"""
PAIR = {"tau_plus": 20.0, "tau_minus": 15.0, "a_plus": 0.01, "a_minus": 0.012}


def draw(seed):
    """{name of an array: values}: of network n and projection p, `p_n` is (synapses, 4)."""
    rng = np.random.default_rng(seed)
    out = {}
    for n in range(NETWORKS):
        sizes = rng.integers(3, 25, 3)  # spike trains, Poisson source, neurons
        out[f"sizes_{n}"] = sizes
        out[f"conductance_{n}"] = np.array(n % 7 == 3)
        out[f"rate_{n}"] = np.array(rng.choice([2.0, 50.0, 300.0]))
        size = 10.0 ** rng.uniform(-3.0, 1.0)
        mixed = n % 3 == 1  # delays of one receptor that differ
        for p, source in (("exc", 0), ("inh", 0), ("noise", 1), ("plastic", 0)):
            if p == "plastic" and n % 4:
                continue
            pairs = np.array(np.unravel_index(rng.choice(
                sizes[source] * sizes[2], rng.integers(1, sizes[source] * sizes[2] + 1),
                replace=False), (sizes[source], sizes[2]))).T
            pairs = pairs[np.lexsort(pairs.T[::-1])]
            weight = size * 10.0 ** rng.uniform(-1.0, 1.0, len(pairs))  # four decades in all
            if n % 5 == 0 and p != "plastic":
                weight[:] = 2.0 ** rng.integers(-2, 3)  # sums that may be powers of two
            delay = rng.integers(1, 8, len(pairs)) if mixed and p != "plastic" else np.full(
                len(pairs), 1 + n % 3)
            out[f"{p}_{n}"] = np.column_stack([pairs, weight, delay])
        out[f"w_max_{n}"] = np.array(size * 20)
    return out


def on_the_board(folder):
    import spynnaker.pyNN as sim
    given = np.load(folder / "networks.npz")
    sim.setup(timestep=1.0)
    targets, projections = [], {}
    for n in range(NETWORKS):
        size = given[f"sizes_{n}"].tolist()
        sources = [sim.Population(size[0], sim.SpikeSourceArray([[1.0]] * size[0])),
                   sim.Population(size[1], sim.SpikeSourcePoisson(rate=float(given[f"rate_{n}"])))]
        model = sim.IF_cond_exp() if given[f"conductance_{n}"] else sim.IF_curr_exp()
        targets.append(sim.Population(size[2], model))
        for p in ("exc", "inh", "noise", "plastic"):
            if f"{p}_{n}" in given:
                rule = sim.StaticSynapse() if p != "plastic" else sim.STDPMechanism(
                    sim.SpikePairRule(PAIR["tau_plus"], PAIR["tau_minus"], PAIR["a_plus"],
                                      PAIR["a_minus"]),
                    sim.AdditiveWeightDependence(0.0, float(given[f"w_max_{n}"])))
                projections[f"{p}_{n}"] = sim.Projection(
                    sources[p == "noise"], targets[-1], sim.FromListConnector(given[f"{p}_{n}"]),
                    rule, receptor_type="inhibitory" if p == "inh" else "excitatory")
    sim.run(1)
    out = {f"shifts_{n}": np.array(t._vertex.get_ring_buffer_shifts())
           for n, t in enumerate(targets)}
    for name, p in projections.items():
        rows = np.array([tuple(x) for x in p.get("weight", format="list", with_address=True)])
        out[name] = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    np.savez(folder / "board.npz", **out)
    sim.end()


if __name__ == "__main__":
    on_the_board(Path(sys.argv[1]))
