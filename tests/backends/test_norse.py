"""Norse in both directions and as a backend: equal spikes against Norse itself."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import ann_runs
import numpy as np
import pytest
import torch
from conformance.scenarios import SCENARIOS
from torch import nn

import engram as eg
from engram import ms, mV, nA, pA
from engram.backends.ann.norse_backend import unsupported
from engram.backends.packages import load
from engram.models import LIF_CURR_EXP, LIF_DELTA, NEURONS, static, stdp_additive

norse = load("norse.torch")
from norse.torch.functional.lif_adex import LIFAdExParameters  # noqa: E402
from norse.torch.functional.lif_refrac import LIFRefracParameters  # noqa: E402
from norse.torch.functional.reset import reset_subtract  # noqa: E402


def f64(x: Any) -> Any:
    return torch.as_tensor(x, dtype=torch.float64)


LIF = {"tau_syn_inv": f64(300.0), "tau_mem_inv": f64(120.0), "v_leak": f64(0.0),
       "v_th": f64(0.6), "v_reset": f64(-0.1)}
P = norse.LIFParameters(**LIF)
EACH = P._replace(tau_mem_inv=torch.linspace(80, 200, 12, dtype=torch.float64),
                  v_th=torch.linspace(0.3, 0.6, 12, dtype=torch.float64))
ADEX = LIFAdExParameters(adaptation_current=f64(0.5), adaptation_spike=f64(0.2), delta_T=f64(0.2),
                         tau_ada_inv=f64(20.0), **LIF)
BOX = norse.LIFBoxParameters(**{k: v for k, v in LIF.items() if k != "tau_syn_inv"})


def recurrent(make: Any, p: Any) -> Any:
    torch.manual_seed(3)
    w = torch.randn(2, 12, 12, dtype=torch.float64)
    return make(12, 12, p, input_weights=w[0].clone(), recurrent_weights=w[1].clone())


CELLS = {
    "LIF": lambda: norse.LIFCell(P),
    "LIF each its own": lambda: norse.LIFCell(EACH),
    "LIFBox": lambda: norse.LIFBoxCell(BOX),
    "LIFBox subtract": lambda: norse.LIFBoxCell(BOX._replace(reset_method=reset_subtract)),
    "LIFAdEx": lambda: norse.LIFAdExCell(ADEX),
    "LIFRefrac": lambda: norse.LIFRefracCell(LIFRefracParameters(P, f64(3.0))),
    "LIF recurrent": lambda: recurrent(norse.LIFRecurrentCell, P),
    "LIFAdEx recurrent": lambda: recurrent(norse.LIFAdExRecurrentCell, ADEX),
    "LIFRefrac recurrent": lambda: recurrent(norse.LIFRefracRecurrentCell,
                                             LIFRefracParameters(P, f64(2.5)))}


def modules_with(name: str) -> list[Any]:
    return ann_runs.around(CELLS[name](), norse.LIFCell(P), 6.0)


@pytest.mark.parametrize("kind", ["spikes", "values"])
@pytest.mark.parametrize("name", CELLS)
def test_import_fires_as_norse(name: str, kind: str) -> None:
    modules = modules_with(name)
    x = ann_runs.drive(kind, 80, 2, 6)
    found = ann_runs.by_norse(modules, x)
    for b in range(2):
        imported = eg.from_norse(modules, inputs=x[:, b])
        assert float(imported.network.dt.value) == 0.001
        ann_runs.compare(imported, found, b, "reference")


def test_sequential_over_time() -> None:
    torch.manual_seed(2)
    net = norse.SequentialState(norse.Lift(nn.Linear(6, 8, bias=False)), norse.LIF(P),
                                recurrent_over_time(8, 5)).double()
    x = ann_runs.drive("spikes", 60, 1, 6)
    with torch.no_grad():
        net[0].lifted_module.weight.abs_()
        net[0].lifted_module.weight *= 6
        wanted = net(x)[0].numpy() != 0
    imported = eg.from_norse(net, inputs=x[:, 0])
    got = imported.rasters(eg.simulate(imported.network, imported.duration))
    assert wanted.sum() > 10
    np.testing.assert_array_equal(got["layer2"], wanted[:, 0])


def recurrent_over_time(n: int, m: int) -> Any:
    w = torch.randn(m, n, dtype=torch.float64).abs() * 2, torch.randn(m, m, dtype=torch.float64)
    return norse.LIFRecurrent(n, m, P, input_weights=w[0], recurrent_weights=w[1])


def test_membrane_is_equal_bit_for_bit() -> None:
    cell = norse.LIFCell(EACH)
    x = ann_runs.drive("values", 60, 1, 12)
    imported = eg.from_norse(cell, inputs=x[:, 0])
    network = eg.Network(imported.network.populations, (), imported.network.stimuli,
                         [eg.StateProbe("layer1", "v"), eg.StateProbe("layer1", "i_syn")],
                         dt=1 * ms)
    run = eg.simulate(network, 60 * ms, backend="reference")
    state = None
    with torch.no_grad():
        for k, h in enumerate(x):
            _, state = cell(h, state)
            np.testing.assert_array_equal(run.states["layer1"]["v"][k], state.v[0].numpy())
            np.testing.assert_array_equal(run.states["layer1"]["i_syn"][k], state.i[0].numpy())


REFUSED = [
    ([norse.LIFCell(P._replace(method="adjoint"))], "method 'adjoint'"),
    ([norse.LIFAdExCell(ADEX._replace(delta_T=f64(0.0)))], "divides by zero"),
    ([norse.LIFCell(P, dt=0.001), norse.LIFCell(P, dt=0.002)], "steps of 0.001 s, 0.002 s"),
    ([norse.IzhikevichCell(norse.tonic_spiking)] if hasattr(norse, "tonic_spiking")
     else [nn.GRUCell(2, 2)], "has no counterpart"),
    ([norse.LSNNCell()], "LSNNCell) has no counterpart"),
    ([norse.LIFCell(P._replace(v_th=f64(float("nan"))))], "v_th is not finite")]


@pytest.mark.parametrize(("modules", "reason"), REFUSED)
def test_what_cannot_be_imported_is_refused_with_a_reason(modules: Any, reason: str) -> None:
    with pytest.raises(eg.UnsupportedError) as problem:
        eg.from_norse(modules)
    assert any(reason in r for r in problem.value.reasons)


def test_a_step_that_is_not_the_cells_own_is_refused() -> None:
    with pytest.raises(eg.UnsupportedError, match="every cell must have"):
        eg.from_norse([norse.LIFCell(P)], dt=0.5 * ms)


@pytest.mark.parametrize("kind", ["spikes", "values"])
@pytest.mark.parametrize("name", CELLS)
def test_round_trip(name: str, kind: str) -> None:
    modules = modules_with(name)
    x = ann_runs.drive(kind, 60, 1, 6)
    imported = eg.from_norse(modules, inputs=x[:, 0])
    found = ann_runs.by_norse(modules, x)
    out = eg.to_norse(imported.network)(steps=60 + max(imported.shift.values()))
    for n, wanted in enumerate(found, 1):
        shift = imported.shift[f"layer{n}"]
        assert wanted.sum() > 10
        got = out[f"layer{n}"][shift:shift + 60, 0].detach().numpy() != 0
        np.testing.assert_array_equal(got, wanted[:, 0])


@pytest.mark.parametrize("name", CELLS)
def test_backend_runs_imported_cells(name: str) -> None:
    x = ann_runs.drive("spikes", 60, 1, 6)
    imported = eg.from_norse(modules_with(name), inputs=x[:, 0])
    one, two = (eg.simulate(imported.network, imported.duration, backend=b)
                for b in ("reference", "norse"))
    assert sum(len(s) for s in one.spikes.values()) > 20
    assert_same_spikes(one, two)


def assert_same_spikes(one: Any, two: Any) -> None:
    for name, spikes in one.spikes.items():
        np.testing.assert_array_equal(two.spikes[name].step, spikes.step)
        np.testing.assert_array_equal(two.spikes[name].i, spikes.i)


# -- networks of our own --------------------------------------------------------------------------
STEP = 0.5 * ms
DELTA = (LIF_DELTA, "v", "volt", 4 * mV)
CURRENT = (LIF_CURR_EXP, "i_exc", "amp", 0.25 * nA)


EXPRESSED = {
    "neuron_lif_delta", "equal_time_constants", "drawn_parameters", "short_time_constants",
    "odd_sizes", "views", "views_that_learn", "multapses", "wide", "random_release",
    "delays_1_to_20", "mixed_delays", "refractory_input", "ring", "inhibition", "order_of_a_step",
    "stdp_one_step", "stdp_five_steps", "stdp_f_075", "stdp_f_050", "stdp_f_025", "stdp_mixed",
    "synapse_gap_junction", "own_dynamics", "reads_neurons"}
"""Scenarios of the conformance suite that must not be refused; others may come to be expressed."""


def ours(model: Any, target: str, unit: str, w: Any, **parameters: Any) -> Any:
    """Input, two layers, recurrence; delays of one to three steps."""
    r = np.random.default_rng(1)
    own = {"v_th": -52 * mV, "tau_m": 12 * ms, **parameters}
    to = static(target, unit)

    def joined(name: str, a: str, b: str, n: int, m: int, delay: Any) -> Any:
        return eg.Projection(name, a, b, eg.AllToAll(), to, {"w": r.normal(0.6, 1, n * m) * w},
                             delay=delay)
    return eg.Network(
        [eg.Population("input", 8, eg.SpikeTimes.raster(r.random((300, 8)) < 0.2, STEP)),
         eg.Population("a", 10, model, own), eg.Population("b", 6, model, own)],
        [joined("in_a", "input", "a", 8, 10, 1 * ms), joined("a_b", "a", "b", 10, 6, 1.5 * ms),
         eg.Projection("a_a", "a", "a", eg.FixedProbability(0.5), to, {"w": -0.3 * w})],
        (), [eg.SpikeProbe("a"), eg.SpikeProbe("b")], STEP)


APART = {"v_rest": -62 * mV, "i_offset": 10 * pA}
OURS = [(m, ref, {}) for m, ref in itertools.product((DELTA, CURRENT), (0, 0.5, 2))]
OURS += [(DELTA, 0, APART), (DELTA, 0.5, APART), (DELTA, 2, APART), (CURRENT, 2, APART)]


@pytest.mark.parametrize(("model", "rest", "more"), OURS)
def test_our_neurons_on_norse(model: Any, rest: float, more: dict[str, Any]) -> None:
    network = ours(*model, tau_ref=rest * ms, **more)
    ann_runs.agree(network, eg.to_norse(network), 300)
    assert_same_spikes(eg.simulate(network, 150 * ms), eg.simulate(network, 150 * ms, "norse"))


@pytest.mark.parametrize(("model", "rest", "more"),
                         [c for c in OURS if c[1] < 2 and not (c[0] is CURRENT and c[2])])
def test_our_neurons_as_snntorch(model: Any, rest: float, more: dict[str, Any]) -> None:
    network = ours(*model, tau_ref=rest * ms, **more)
    ann_runs.agree(network, eg.to_snntorch(network), 300)


def test_exported_module_takes_a_batch_and_gradients() -> None:
    network = ours(*CURRENT, tau_ref=0 * ms)
    module = eg.to_norse(network).float()
    x = (torch.rand(40, 3, 8) < 0.3).float()
    out = module(x)["b"]
    assert out.shape == (40, 3, 6)
    assert out.dtype == torch.float32
    out.sum().backward()
    assert module.wires["in_a"].weight.grad.abs().sum() > 0


@pytest.mark.parametrize(("export", "change", "reason"), [
    (eg.to_snntorch, {"tau_ref": 2 * ms}, "refractory for 4 steps"),
    (eg.to_snntorch, {"tau_ref": 0 * ms, **APART}, "which Synaptic would filter")])
def test_what_snntorch_cannot_express(export: Any, change: Any, reason: str) -> None:
    with pytest.raises(eg.UnsupportedError) as problem:
        export(ours(*CURRENT, **change))
    assert [reason in r for r in problem.value.reasons] == [True, True]
    assert "population 'a'" in problem.value.reasons[0]


@pytest.mark.parametrize("export", [eg.to_norse, eg.to_snntorch])
@pytest.mark.parametrize("name", [n for n in NEURONS if n not in ("lif_delta", "lif_curr_exp",
                                                                  "lif_curr_alpha")])
def test_neurons_that_are_no_leaky_membrane_are_refused(name: str, export: Any) -> None:
    with pytest.raises(eg.UnsupportedError, match="population 'cells'"):
        export(eg.Network([eg.Population("cells", 2, NEURONS[name])]))


@pytest.mark.parametrize("export", [eg.to_norse, eg.to_snntorch])
def test_more_than_a_membrane_and_a_current_is_refused(export: Any) -> None:
    one = ours(*CURRENT, tau_ref=0 * ms)
    inhibition = eg.Projection("calm", "input", "b", eg.AllToAll(), static("i_inh"), {"w": 1 * pA})
    both = eg.Network(one.populations, [*one.projections, inhibition], dt=STEP)
    with pytest.raises(eg.UnsupportedError, match="i_exc, i_inh decay at different rates"):
        export(both)
    with_trace = eg.NeuronModel(
        "with trace", "dv/dt = -v/tau : 1\ndc/dt = -c/tau : 1\ntau : second", threshold="v > 1",
        reset="v = 0", defaults={"tau": 10 * ms, "c": 1})
    with pytest.raises(eg.UnsupportedError, match="it also has c"):
        export(eg.Network([eg.Population("cells", 2, with_trace)]))


def test_projections_that_no_matrix_can_be_are_refused() -> None:
    cells = eg.Population("cells", 2, LIF_DELTA, {"tau_ref": 0 * ms})
    learning = eg.Network([cells], [eg.Projection("learns", "cells", "cells", eg.AllToAll(),
                                                  stdp_additive("v", "volt"),
                                                  {"w": 1 * mV, "w_max": 2 * mV})])
    with pytest.raises(eg.UnsupportedError, match="'learns' learns"):
        eg.to_norse(learning)
    both = ours(*CURRENT)
    more = eg.Projection("jump", "input", "a", eg.AllToAll(), static("v", "volt"), {"w": 1 * mV})
    mixed = eg.Network(both.populations, [*both.projections, more], dt=STEP)
    with pytest.raises(eg.UnsupportedError, match="takes input at one place"):
        eg.to_norse(mixed)


def test_backend_learns_and_goes_on_elsewhere() -> None:
    r = np.random.default_rng(4)
    network = eg.Network(
        [eg.Population("input", 20, eg.SpikeTimes.raster(r.random((200, 20)) < 0.1, STEP)),
         eg.Population("cells", 5, LIF_DELTA, {"tau_ref": 1 * ms})],
        [eg.Projection("learns", "input", "cells", eg.AllToAll(), stdp_additive("v", "volt"),
                       {"w": "(1 + rand())*4*mV", "w_max": 8 * mV})], (),
        [eg.SpikeProbe("cells"), eg.StateProbe("cells", "v")], STEP)
    one, two = (eg.simulate(network, 100 * ms, backend=b) for b in ("reference", "norse"))
    assert len(one.spikes["cells"]) > 20
    assert_same_spikes(one, two)
    # Norse's v + k (v_leak - v) and our beta v + c round differently, 1e-16 of 0.06 V a step
    np.testing.assert_allclose(two.states["cells"].traces["v"].values,
                               one.states["cells"].traces["v"].values, rtol=1e-12, atol=1e-14)
    w = [run.weights["learns"].final["w"] for run in (one, two)]
    np.testing.assert_array_equal(*w)


@pytest.mark.parametrize("name", SCENARIOS)
def test_backend_agrees_wherever_norse_can_express_a_scenario(name: str) -> None:
    scenario = SCENARIOS[name]
    network = scenario.build()
    reasons = unsupported(network, eg.lower(network))
    if reasons:
        assert name not in EXPRESSED
        names = [p.name for p in network.populations]
        assert all(any(repr(n) in r for n in names) for r in reasons)
        return
    one, two = (eg.simulate(network, scenario.duration, b) for b in ("numba", "norse"))
    assert_same_spikes(one, two)


def test_backend_runs_a_batch_and_goes_on_from_a_checkpoint(tmp_path: Path) -> None:
    network = ours(*CURRENT, tau_ref=1 * ms)
    trials = [eg.Trial(initial={"a": {"v": v * mV}}) for v in (-60, -53)]
    runs = eg.simulate(network, 50 * ms, "norse", batch=trials)
    for trial, run in zip(trials, (runs[0], runs[1]), strict=True):
        assert_same_spikes(eg.simulate(trial.network(network), 50 * ms), run)
    assert runs[0].spikes["a"].step.tolist() != runs[1].spikes["a"].step.tolist()
    whole = eg.simulate(network, 100 * ms)
    sim = eg.compile(network, "norse")
    sim.run(40 * ms)
    sim.checkpoint(tmp_path / "here.h5")
    assert_same_spikes(whole, eg.resume(tmp_path / "here.h5", "numba").run(60 * ms))
    back = eg.compile(network, "numba")
    back.run(40 * ms)
    back.checkpoint(tmp_path / "there.h5")
    assert_same_spikes(whole, eg.resume(tmp_path / "there.h5", "norse").run(60 * ms))


def test_backend_says_no_by_name() -> None:
    with pytest.raises(eg.UnsupportedError, match="population 'cells': its thresh"):
        eg.simulate(eg.Network([eg.Population("cells", 2, NEURONS["izhikevich_curr_exp"])]), 1 * ms,
                    backend="norse")
    sim = eg.compile(ours(*CURRENT), backend="norse")
    with pytest.raises(eg.DescriptionError, match=r"a\.i_inh was zero and reached by nothing"):
        sim.set("a", "i_inh", 1 * nA)
