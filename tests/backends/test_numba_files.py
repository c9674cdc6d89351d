"""Equal runs leave equal files, at any number of threads."""

import h5py
import numpy as np
import pytest

import engram as eg
from engram import Hz, ms, mV
from engram.backends.numba import runner as backend
from engram.backends.numba.threads import Tuner
from engram.models.synapses import stdp_additive

CELLS = eg.NeuronModel("cells", """dv/dt = (g - v)/(10*ms) : volt (unless refractory)
                                   dg/dt = -g/(5*ms) : volt""",
                       "v > 10*mV", "v = 0*mV", 2*ms)
TIMINGS = "engram/timings"  # how long the run took: the one thing that may differ


def network():
    to_g = eg.SynapseModel("to g", "w : volt", "g_post += w")
    return eg.Network(
        [eg.Population("noise", 300, eg.Poisson(40*Hz)), eg.Population("cells", 400, CELLS)],
        [eg.Projection("drive", "noise", "cells", eg.FixedProbability(0.2), to_g,
                       {"w": "(1 + rand())*mV"}, delay=1.5*ms),
         eg.Projection("plastic", "cells", "cells",
                       eg.FixedOutDegree(20, self_connections=False), stdp_additive("g", "volt"),
                       {"w_max": 2*mV}, {"w": "rand()*mV"}, delay=0.7*ms)],
        probes=[eg.StateProbe("cells", ["v", "g"], every=7, neurons=[0, 63, 64, 399])])


def content(path):
    """Every dataset and every attribute of a file by name."""
    found = {}

    def visit(name, item):
        if name.startswith(TIMINGS):
            return
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]
        for key, value in item.attrs.items():
            found[f"{name}@{key}"] = value
    with h5py.File(path) as file:
        file.visititems(visit)
    return found


def saved(tmp_path, name, threads):
    run = eg.simulate(network(), 200*ms, threads=threads, seed=3)
    assert len(run.spikes["cells"]) > 400, "it must spike to mean something"
    run.save(tmp_path / name)
    return content(tmp_path / name)


@pytest.mark.parametrize("threads", [1, 2])
def test_files_of_equal_runs_are_equal(tmp_path, monkeypatch, threads):
    monkeypatch.setattr(backend, "TUNE", False)  # else so small a network stays on one thread
    one = saved(tmp_path, "one.h5", 1)
    other = saved(tmp_path, "other.h5", threads)
    assert set(one) == set(other)
    assert sum(np.size(v) for v in one.values()) > 10_000, "the files must hold the run"
    different = [n for n in one if np.asarray(one[n]).tobytes() != np.asarray(other[n]).tobytes()
                 and not _only_threads(one[n], other[n])]
    assert different == []


def _only_threads(a, b):
    """Provenance as text, which tells the number of threads and nothing else that differs."""
    if not isinstance(a, (str, bytes)):
        return False
    a, b = (x.decode() if isinstance(x, bytes) else x for x in (a, b))
    return a != b and a.replace('"threads": 1', "") == b.replace('"threads": 2', "")


def test_the_number_of_threads_may_change_during_a_run(monkeypatch):
    once = eg.simulate(network(), 200*ms, seed=3)
    turns = iter([(n, steps) for steps in (1, 7, 30, 100) for n in (3, 1, 2, 3, 2, 1)] * 9)
    monkeypatch.setattr(Tuner, "plan", lambda self: next(turns))
    assert eg.simulate(network(), 200*ms, seed=3, threads=3).digest == once.digest


@pytest.mark.parametrize(("cost", "best"), [({1: 3e-6, 2: 2e-6, 4: 5e-6}, 2),
                                            ({1: 3e-6, 2: 2.95e-6, 4: 5e-6}, 1)])
def test_the_fastest_number_of_threads_is_used(cost, best):
    tuner = Tuner(4)  # cost: seconds a step, by threads
    tried = []
    for _ in range(200):
        threads, steps = tuner.plan()
        tried.append(threads)
        steps = steps or 10_000
        tuner.took(threads, steps, cost[threads] * steps)
    assert set(tried) == {1, 2, 4}
    assert set(tried[:20]) == {1}, "a run begins on one thread"
    assert set(tried[-50:]) == {best}


def test_another_seed_leaves_another_file(tmp_path):
    run = eg.simulate(network(), 200*ms, seed=4)
    run.save(tmp_path / "run.h5")
    found, other = content(tmp_path / "run.h5"), saved(tmp_path, "other.h5", 1)
    name = "spikes/cells/timestamps"
    assert found[name].tobytes() != other[name].tobytes()
