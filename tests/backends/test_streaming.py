"""Runs that are recorded in a file as they go: the same as in memory, within a budget."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tracemalloc

import h5py
import numpy as np
import pytest

import engram as eg
from engram import Hz, ms, mV
from engram.backends.record import streaming as streaming
from engram.simulator import pieces

LIF = eg.NeuronModel("lif", "dv/dt = -v/(10*ms) : volt\nx : 1", threshold="v > 5*mV",
                     reset="v = 0*mV\nx = x + 1", defaults={"v": 0 * mV, "x": 0})
PLASTIC = eg.SynapseModel("plastic", "w : volt", on_pre="w = w + 0.01*mV\nv_post += w")
STEPS = 1000


def network(probes=(), rate=50 * Hz):
    return eg.Network(
        [eg.Population("in", 20, eg.Poisson(rate)), eg.Population("out", 10, LIF),
         eg.Population("late", 3, eg.SpikeTimes.of({0: [1, 5], 2: [50]}, ms))],
        [eg.Projection("to", "in", "out", eg.FixedProbability(0.5), PLASTIC,
                       {"w": 2 * mV})],
        probes=[*(eg.SpikeProbe(p) for p in ("in", "out", "late")),
                eg.StateProbe("out", ["v", "x"], 3, [7, 2, 2]),
                eg.WeightProbe("to", [0, 10, 20.5] * ms), *probes], dt=0.1 * ms)


def simulate(path, backend="reference", net=None, duration=0.1 * STEPS * ms, batch=None, **more):
    return eg.simulate(net or network(), duration, backend, seed=2, batch=batch,
                       record=eg.record(path, **more) if path else None)


@pytest.fixture(scope="module")
def truth():
    run = simulate(None)
    assert min(len(s) for s in run.spikes.values()) > 2, "each population must spike"
    assert run.weights["to"].history["w"].shape[0] == 3
    return run


@pytest.fixture
def small_pieces(monkeypatch):
    """Many pieces on disk, as in a long run."""
    monkeypatch.setattr(streaming, "FLUSH", 2000)
    monkeypatch.setattr(pieces, "ROWS", 50)


def sizes(path):
    """Bytes of the arrays of a file, by the part they belong to; JSON texts left out."""
    found = {}

    def visit(name, data):
        if isinstance(data, h5py.Dataset) and data.dtype.kind != "S":
            parts = name.split("/")
            part = parts[1] if parts[0] == "engram" else parts[0]
            found[part] = found.get(part, 0) + data.nbytes

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


# -- the same run ---------------------------------------------------------------------------------
@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("backend", ["reference", "numba"])
def test_a_recorded_run_is_the_run_kept_in_memory(tmp_path, truth, backend):
    path = tmp_path / "run.h5"
    run = simulate(path, backend)
    assert run.digest == truth.digest
    back = eg.Results.load(path)
    assert back.digest == truth.digest
    assert back.provenance == run.provenance
    with h5py.File(path) as file:
        assert file["engram"].attrs["digest"] == truth.digest
    assert os.listdir(tmp_path) == ["run.h5"], "nothing else is left in the folder"


def test_the_file_has_the_layout_of_save(tmp_path, truth):
    simulate(tmp_path / "run.h5")
    truth.save(tmp_path / "saved.h5")

    def layout(path):
        out = {}
        with h5py.File(path) as file:
            file.visititems(lambda name, x: out.update({name: (
                {k: np.array(v).tolist() for k, v in x.attrs.items()},
                x[...].tobytes() if isinstance(x, h5py.Dataset) else list(x))}))
        return {n: x for n, x in out.items() if n not in ("engram/provenance", "engram/timings")}

    assert layout(tmp_path / "run.h5") == layout(tmp_path / "saved.h5")


@pytest.mark.usefixtures("small_pieces")
def test_a_recorded_batch_is_the_batch_kept_in_memory(tmp_path):
    path = tmp_path / "run.h5"
    kept, run = simulate(None, batch=3), simulate(path, batch=3)
    digests = [r.digest for r in kept]
    assert len(set(digests)) == 3, "copies must differ to mean anything"
    assert [r.digest for r in run] == digests
    assert [r.digest for r in eg.BatchResults.load(path)] == digests
    assert [r.digest for r in eg.BatchResults.load(path, mapped=True)] == digests
    for name, s in kept.spikes.items():
        np.testing.assert_array_equal(run.spikes[name].offsets, s.offsets)


def test_results_read_the_file_when_asked(tmp_path, truth):
    run = simulate(tmp_path / "run.h5")
    loaded = eg.Results.load(tmp_path / "run.h5", mapped=True)
    for r in (run, loaded):
        values = r.states["out"].traces["v"].values
        assert isinstance(values.base, np.memmap)
        assert isinstance(r.spikes["in"].i.base.base, np.memmap)
        assert values.flags.aligned
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1
        np.testing.assert_array_equal(values, truth.states["out"].traces["v"].values)
        assert r.digest == truth.digest


def test_a_run_goes_on_and_earlier_results_stay(tmp_path, truth):
    sim = eg.compile(network(), "reference", seed=2, record=eg.record(tmp_path / "run.h5"))
    early = sim.run(0.04 * STEPS * ms)
    digest = early.digest
    assert sim.run(0.06 * STEPS * ms).digest == truth.digest
    assert early.digest == digest, "its file was replaced, and it still reads the old one"
    sim.reset()
    assert sim.run(0.04 * STEPS * ms).digest == digest


def test_checkpoints_carry_a_recording_over(tmp_path, truth):
    sim = eg.compile(network(), "reference", seed=2, record=eg.record(tmp_path / "a.h5"))
    sim.run(0.04 * STEPS * ms)
    sim.checkpoint(tmp_path / "check.h5")
    for record in (None, eg.record(tmp_path / "b.h5")):
        rest = eg.resume(tmp_path / "check.h5", "reference", record=record)
        assert rest.run(0.06 * STEPS * ms).digest == truth.digest


def test_brian2_is_recorded_in_pieces(tmp_path, small_pieces):
    net = eg.Network([eg.Population("in", 20, eg.Poisson(50 * Hz))], dt=0.1 * ms)
    kept = simulate(None, "brian2", net, 20 * ms)
    assert len(kept.spikes["in"]) > 0
    sim = eg.compile(net, "brian2", seed=2, record=eg.record(tmp_path / "run.h5"))
    before = sim._next_stop(200, 7)
    assert before == streaming.SLOW, "100 steps at least, however small the pieces in memory"
    assert sim.run(20 * ms).digest == kept.digest


# -- sizes ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("batch", [None, 3])
def test_states_and_weights_are_foreseen_to_the_byte(tmp_path, batch):
    path = tmp_path / "run.h5"
    run = simulate(path, batch=batch)
    foreseen = eg.record(path).predict(network(), 0.1 * STEPS * ms, seed=2, batch=batch)
    found = sizes(path)
    assert foreseen.of("states") == found["states"]
    assert foreseen.of("weights") == found["weights"]
    assert run.provenance["recording"]["bytes"] == sum(found.values())
    assert run.provenance["recording"]["foreseen"] == foreseen.total


def test_spikes_are_foreseen_from_what_is_known(tmp_path):
    foreseen = eg.record(tmp_path / "r", rate=7 * Hz).predict(network(), 0.1 * STEPS * ms)
    spikes = {p.what: p.bytes / 24 for p in foreseen.parts if p.kind == "spikes"}
    # of neurons: 10 for 0.1 s at 7 Hz; of 20 Poisson sources: 0.1 s at 50 Hz, but for rounding up
    # and 1 - exp(-rate*dt) in place of rate*dt, which is less by rate*dt/2 = 0.25 %
    assert spikes["spikes of 'out', assumed at 7 Hz"] == 7
    assert 99 <= spikes["spikes of 'in'"] <= 101
    assert spikes["spikes of 'late'"] == 3


@pytest.mark.parametrize("duration", [0, 0.1, 0.3, 0.4, 100])
def test_decimation_keeps_every_nth_row(tmp_path, duration):
    def probed(every):
        return eg.Network([eg.Population("out", 2, LIF)], probes=[
            eg.StateProbe("out", ["v", "x"], every)], dt=0.1 * ms)

    net, path = probed(2), tmp_path / "run.h5"
    run = simulate(path, net=net, duration=duration * ms, decimate=3)
    assert run.digest == simulate(None, net=probed(6), duration=duration * ms).digest
    assert run.provenance["recording"]["decimate"] == 3
    assert sizes(path)["states"] == eg.record(path, decimate=3).predict(
        net, duration * ms).of("states")


# -- budgets --------------------------------------------------------------------------------------
def test_a_run_above_its_budget_is_refused_with_ways_that_work(tmp_path):
    net, path = network([eg.StateProbe("out", "v")]), tmp_path / "run.h5"
    states = eg.record(path).predict(net, 0.1 * STEPS * ms, seed=2).of("states")
    total = eg.record(path, rate=0).predict(net, 0.1 * STEPS * ms, seed=2).total
    budget = total - states // 2
    with pytest.raises(eg.DescriptionError) as caught:
        simulate(path, net=net, budget=budget, rate=0)
    said = str(caught.value)
    for part in (f"({total} bytes)", f"({budget} bytes)", "StateProbe on 'out': v: 88.08 kB",
                 "every=", "neurons=", "larger budget", "decimate=3"):
        assert part in said, said
    assert os.listdir(tmp_path) == []
    with pytest.raises(eg.DescriptionError):  # 2 is not enough, as said
        simulate(path, net=net, budget=budget, rate=0, decimate=2)
    assert simulate(path, net=net, budget=budget, rate=0, decimate=3).steps == STEPS
    assert simulate(path, net=net, budget=total + 24 * 300, rate=0).steps == STEPS


def test_assumed_spikes_count_against_the_budget(tmp_path):
    total = eg.record(tmp_path / "r", rate=1000).predict(network(), 0.1 * STEPS * ms, seed=2).total
    with pytest.raises(eg.DescriptionError, match="assumed at 1000 Hz"):
        simulate(tmp_path / "run.h5", budget=total - 1, rate=1000 * Hz)


def test_a_run_that_spikes_too_much_stops_with_what_it_has(tmp_path):
    net = eg.Network([eg.Population("out", 10, eg.NeuronModel("always", "v : 1", "v < 1",
                                                              defaults={"v": 0}))], dt=1 * ms)
    path, each = tmp_path / "run.h5", 10 * 24  # all ten fire in every step
    with pytest.warns(RuntimeWarning, match="reached its budget of 12 kB at step 51 of 100"):
        run = simulate(path, net=net, duration=100 * ms, budget=50 * each, rate=1)
    assert run.steps == 51, "the budget is passed by one step at most"
    assert run.provenance["interrupted"] is True
    assert "at step 51" in run.provenance["recording"]["stopped"]
    assert run.digest == simulate(None, net=net, duration=51 * ms).digest
    assert eg.Results.load(path).digest == run.digest


def test_a_full_disk_is_told_before_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(streaming.shutil, "disk_usage", lambda folder: type(
        "usage", (), {"free": 10_000}))
    with pytest.raises(eg.ArchiveError, match=r"its disk has 10 kB free; make room"):
        simulate(tmp_path / "run.h5")


def test_a_disk_that_fills_up_loses_nothing(tmp_path, truth, monkeypatch, small_pieces):
    sim = eg.compile(network(), "reference", seed=2, record=eg.record(tmp_path / "run.h5"))
    spool = sim._records.spool
    put, calls = spool.put, []

    def fails(key, array):
        calls.append(key)
        if len(calls) == 12:  # in the middle of a piece
            raise eg.ArchiveError("no space left")
        put(key, array)

    monkeypatch.setattr(spool, "put", fails)
    with pytest.raises(eg.ArchiveError, match="no space"):
        sim.run(0.1 * STEPS * ms)
    left = STEPS - sim.runner.k
    assert 0 < left < STEPS
    assert not (tmp_path / "run.h5").exists()
    run = sim.run(0.1 * left * ms)
    assert run.states["out"].traces["v"].values.shape == (334, 3)
    np.testing.assert_array_equal(run.spikes["in"].step, truth.spikes["in"].step)


# -- whole or not at all --------------------------------------------------------------------------
def test_ctrl_c_finishes_the_file(tmp_path, truth):
    sim = eg.compile(network(), "reference", seed=2, record=eg.record(tmp_path / "run.h5"))

    def press(done):
        if sim.runner.k < STEPS // 2:
            signal.raise_signal(signal.SIGINT)

    part = sim.run(0.1 * STEPS * ms, press if not sim.runner.k else None)
    assert part.provenance["interrupted"] is True
    assert 0 < part.steps < STEPS
    assert eg.Results.load(tmp_path / "run.h5").digest == part.digest
    assert sim.run(0.1 * (STEPS - part.steps) * ms).digest == truth.digest


CRASH = """
import os, sys
import engram as eg
from engram import ms, Hz
net = eg.Network([eg.Population("in", 5, eg.Poisson(50*Hz))], dt=0.1*ms)
def crash(done):
    if done > 0.5:
        print(os.listdir("."))
        sys.stdout.flush()
        os.kill(os.getpid(), 9)
eg.simulate(net, 100*ms, "reference", progress=crash, record=eg.record("run.h5"))
"""


def test_a_crash_leaves_nothing(tmp_path):
    done = subprocess.run([sys.executable, "-c", CRASH], cwd=tmp_path, capture_output=True,
                          text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.stdout.strip() == "[]", "nothing is to be seen during the run either"
    assert os.listdir(tmp_path) == []


def test_an_error_leaves_the_file_that_was_there(tmp_path):
    path = tmp_path / "run.h5"
    path.write_text("precious")

    def fail(done):
        raise KeyError

    with pytest.raises(KeyError):
        eg.simulate(network(), 10 * ms, "reference", progress=fail, record=eg.record(path))
    assert path.read_text() == "precious"
    assert os.listdir(tmp_path) == ["run.h5"]


# -- memory ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(("backend", "batch", "durations"), [
    ("numba", None, (2_000, 16_000)), ("numba", 4, (2_000, 16_000)),
    ("reference", None, (1_000, 8_000))])
def test_memory_does_not_grow_with_the_duration(tmp_path, monkeypatch, backend, batch, durations):
    monkeypatch.setattr(streaming, "FLUSH", 100_000)
    monkeypatch.setattr(pieces, "ROWS", 10_000)
    net = eg.Network([eg.Population("in", 50, eg.Poisson(200 * Hz)), eg.Population("out", 50, LIF)],
                     [eg.Projection("to", "in", "out", eg.FixedProbability(0.2), PLASTIC,
                                    {"w": 1 * mV})],
                     probes=[eg.SpikeProbe("in"), eg.StateProbe("out", "v")], dt=0.1 * ms)
    peaks, found = [], []
    for steps in durations:
        sim = eg.compile(net, backend, batch=batch, record=eg.record(tmp_path / "run.h5"))
        tracemalloc.start()
        run = sim.run(0.1 * steps * ms)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        found.append(run.provenance["recording"]["bytes"])
    # pieces of 100 kB are joined, sorted and copied: some copies of them, not 3 MB or more of a run
    assert found[1] > 7 * found[0] > 2_500_000
    assert peaks[1] < peaks[0] + 500_000, (peaks, found)


# -- bad input ------------------------------------------------------------------------------------
@pytest.mark.parametrize("budget", ["2 apples", "GB", "-1 GB", "1e400 GB", "", "nan", -5, 0, 0.5,
                                    float("nan"), float("inf"), True, None, [1], "0 MB"])
def test_nonsense_budgets(budget):
    with pytest.raises(eg.DescriptionError, match='such as "2 GB", "500 MB"'):
        eg.record("run.h5", budget)


@pytest.mark.parametrize(("budget", "count"), [
    ("2 GB", 2_000_000_000), ("500 MB", 500_000_000), ("1.5 GiB", 3 << 29), (" 10kb ", 10_000),
    (".5 TiB", 1 << 39), ("7 B", 7), (1e6, 1_000_000), (np.int64(12), 12)])
def test_budgets(budget, count):
    assert eg.record("run.h5", budget).budget == count


@pytest.mark.parametrize(("more", "says"), [
    ({"decimate": 0}, "decimate=0"), ({"decimate": 1.5}, "decimate=1.5"),
    ({"rate": -1}, "rate -1"), ({"rate": 1 * ms}, "rate 1 ms"), ({"rate": float("nan")}, "nan"),
    ({"rate": [1, 2]}, "one rate"), ({"path": 3}, "path 3"), ({"path": ""}, "path ''"),
    ({"path": b"x"}, "path b'x'")])
def test_nonsense_elsewhere(more, says):
    with pytest.raises(eg.DescriptionError, match=says):
        eg.record(**{"path": "run.h5", **more})


def test_places_that_cannot_be_written(tmp_path):
    with pytest.raises(eg.ArchiveError, match="there is no folder"):
        simulate(tmp_path / "missing" / "run.h5")
    with pytest.raises(eg.ArchiveError, match="is a folder"):
        simulate(tmp_path)
    for name in ("run.h5", 3):
        with pytest.raises(eg.DescriptionError, match=r"give engram\.record\("):
            eg.simulate(network(), 1 * ms, record=name)
    with pytest.raises(eg.DescriptionError, match="leave standalone out"):
        eg.simulate(network(), 1 * ms, "brian2", record=eg.record(tmp_path / "r"), standalone=True)
