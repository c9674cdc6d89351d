"""Gradients of network modules, against finite differences where the surrogate is smooth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import engram as eg
from engram import ms, mV, nA
from engram.models.neurons import ADEX_CURR_EXP
from engram.models.synapses import static

LIF = eg.NeuronModel(
    "lif", """
    dv/dt = (-v + i_syn)/tau_m : 1 (unless refractory)
    di_syn/dt = -i_syn/tau_s : 1
    tau_m : second
    tau_s : second
    th : 1
    """, threshold="v >= th", reset="v = 0", refractory=2*ms,
    defaults={"tau_m": 10*ms, "tau_s": 5*ms, "th": 1})
ADAPTIVE = eg.NeuronModel(
    "adaptive", """
    dv/dt = (-v + i_syn)/tau_m : 1
    di_syn/dt = -i_syn/tau_s : 1
    da/dt = -a/tau_a : 1
    tau_m : second
    tau_s : second
    tau_a : second
    beta : 1
    th : 1
    """, threshold="v > th + beta*a", reset="v -= th; a += 1",
    defaults={"tau_m": 10*ms, "tau_s": 5*ms, "tau_a": 50*ms, "beta": 0.3, "th": 1})

N_IN, N, COPIES, STEPS = 4, 3, 2, 20
MIXED = 1 + np.arange(N*N) % 4
WEIGHTS = ("ff.w", "rec.w", "mixed.w")
CASES: dict[str, Any] = {
    "lif": (LIF, {}, "i_syn", "1", 1, 1*ms, ("tau_m", "tau_s", "th"), 1.0),
    "adaptive": (ADAPTIVE, {}, "i_syn", "1", 1, 1*ms, ("tau_m", "beta", "th", "tau_a", "v"), 1.0),
    # a peak near the threshold: above it exp((v - v_th)/delta_t) outgrows finite differences
    "adex": (ADEX_CURR_EXP, {"i_offset": 0.9*nA, "v_peak": -46*mV}, "i_exc", "amp", 0.3*nA, .2*ms,
             ("v_th", "a", "b", "delta_t", "tau_w", "v"), 1e-2),
}


def network(name: str) -> Any:
    """Recurrent, with delays of one kind and of several."""
    model, parameters, variable, unit, weight, dt, _, _ = CASES[name]
    rng, synapse = np.random.default_rng(0), static(variable, unit)
    return eg.Network(
        [eg.Population("in", N_IN, eg.SpikeTimes([], []*ms)),
         eg.Population("cells", N, model, parameters)],
        [eg.Projection("ff", "in", "cells", eg.AllToAll(), synapse,
                       {"w": rng.uniform(0.5, 1.5, N_IN*N)*weight}),
         eg.Projection("rec", "cells", "cells", eg.AllToAll(self_connections=False), synapse,
                       {"w": rng.normal(0, 0.5, N*(N - 1))*weight}, delay=3*dt),
         eg.Projection("mixed", "cells", "cells", eg.AllToAll(), synapse,
                       {"w": rng.normal(0, 0.3, N*N)*weight}, delay=MIXED*dt)], dt=dt)


def loss_of(module: Any, unit: float) -> Any:
    """A function of the spikes and membranes that has no symmetry."""
    rng = np.random.default_rng(1)
    x = torch.tensor((rng.random((STEPS, COPIES, N_IN)) < 0.3)*1.0)
    a, b = (torch.tensor(rng.normal(size=(STEPS, COPIES, N))) for _ in range(2))

    def loss() -> Any:
        out, _ = module(x)
        return (out["cells"]*a).sum() + (out["cells.v"]*b).sum()/unit
    return loss


def slope(loss: Any, flat: Any, at: int, scale: float) -> float:
    """Central differences of two widths, extrapolated: the error is of fourth order."""
    old, found = float(flat[at]), []
    with torch.no_grad():
        for h in (2e-5*scale, 1e-5*scale):
            ends = []
            for sign in (1, -1):
                flat[at] = old + sign*h
                ends.append(float(loss()))
            flat[at] = old
            found.append((ends[0] - ends[1])/(2*h))
    return (4*found[1] - found[0])/3


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_finite_differences(name: str) -> None:
    *_, parameters, unit = CASES[name]
    train = (*WEIGHTS, *(f"cells.{n}" for n in parameters))
    module = eg.as_module(network(name), train=train, outputs=("cells", "cells.v"), relaxed=True,
                          reset_grad=True, surrogate=lambda x: torch.sigmoid(4*x),
                          dtype=torch.float64)
    loss = loss_of(module, unit)
    loss().backward()
    for wanted in train:
        p = module.parameter(wanted)
        flat, got = p.data.view(-1), p.grad.view(-1)
        scale = float(flat.abs().max()) or 1.0
        largest = float(got.abs().max())
        assert largest > 0, f"{wanted} must matter"
        for at in range(min(len(flat), 6)):
            # 1e-4 of the slope; of slopes below a thousandth of the largest, of that
            error = abs(slope(loss, flat, at, scale) - float(got[at]))
            assert error <= 1e-4*max(abs(float(got[at])), 1e-3*largest), (wanted, at)


def test_forward_spikes_are_exact_while_gradients_flow() -> None:
    plain = eg.as_module(network("lif"), outputs=("cells", "cells.v"), dtype=torch.float64)
    trained = eg.as_module(network("lif"), outputs=("cells", "cells.v"), dtype=torch.float64,
                           train=(*WEIGHTS, "cells.tau_m", "cells.tau_s"))
    x = torch.tensor((np.random.default_rng(2).random((60, 1, N_IN)) < 0.4)*1.0)
    got, truth = trained(x)[0], plain(x)[0]
    assert truth["cells"].sum() > 20
    for name, values in truth.items():
        assert torch.equal(got[name], values), name


def test_a_new_time_constant_is_that_of_a_new_network() -> None:
    module = eg.as_module(network("adaptive"), train=("cells.tau_m",), dtype=torch.float64,
                          outputs=("cells", "cells.v"))
    with torch.no_grad():
        module.parameter("cells.tau_m").fill_(7e-3)
    old = network("adaptive")
    cells = eg.Population("cells", N, ADAPTIVE, {"tau_m": 7*ms})
    other = eg.as_module(eg.Network([old.populations[0], cells], old.projections, dt=old.dt),
                         dtype=torch.float64, outputs=("cells", "cells.v"))
    x = torch.tensor((np.random.default_rng(2).random((60, 2, N_IN)) < 0.4)*1.0)
    for name, values in other(x)[0].items():
        assert torch.equal(module(x)[0][name], values), name


@pytest.mark.parametrize("equal", [False, True])
def test_the_exponential_of_a_step_has_a_gradient_at_equal_time_constants(equal: bool) -> None:
    from engram.backends.torch.train import _Exponential
    a = torch.tensor([[[-100.0, 20.0], [0.0, -100.0 if equal else -30.0]]], dtype=torch.float64,
                     requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: _Exponential.apply(x, 1e-2), a)


def test_reset_passes_gradients_only_where_asked() -> None:
    found = {}
    for grad in (False, True):
        module = eg.as_module(network("lif"), train=("ff.w",), reset_grad=grad,
                              dtype=torch.float64, outputs=("cells", "cells.v"))
        loss_of(module, 1.0)().backward()
        found[grad] = module.parameter("ff.w").grad.clone()
    assert not torch.allclose(found[False], found[True])


def test_snntorch_surrogates_shape_the_gradient() -> None:
    from snntorch import surrogate
    found = []
    for function in (surrogate.atan(), surrogate.fast_sigmoid(slope=5), None):
        module = eg.as_module(network("lif"), train=("ff.w",), surrogate=function)
        x = torch.ones(30, 1, N_IN)
        module(x)[0].sum().backward()
        found.append(module.parameter("ff.w").grad.clone())
    assert torch.equal(found[0], found[2]), "atan is the default, as in snnTorch"
    assert not torch.allclose(found[0], found[1])
    assert found[0].abs().sum() > 0


def test_gradient_of_a_spike_by_hand() -> None:
    """One input spike of weight w: fires as v > 1; the slope is atan's at (w - 1)/scale."""
    counter = eg.NeuronModel("counter", "v : 1", threshold="v > 1", reset="v = 0",
                             defaults={"v": 0})
    w = 0.7
    module = eg.as_module(eg.Network(
        [eg.Population("in", 1, eg.SpikeTimes([], []*ms)), eg.Population("out", 1, counter)],
        [eg.Projection("s", "in", "out", eg.AllToAll(), static("v", "1"), {"w": w})]),
        train=("s.w",), dtype=torch.float64)
    x = torch.zeros(2, 1, 1, dtype=torch.float64)
    x[0] = 1
    out, _ = module(x)
    assert out.sum() == 0
    out.sum().backward()
    # snnTorch's atan, alpha = 2: (alpha/2)/(1 + (pi/2 alpha x)^2)
    expected = 1/(1 + (np.pi*(w - 1))**2)
    assert float(module.parameter("s.w").grad) == pytest.approx(expected, rel=1e-12)


PAIR = eg.SynapseModel(
    "pair", "w : 1\ndr/dt = -r/(20*ms) : 1 (pre)\ndo/dt = -o/(20*ms) : 1 (post)\neta : 1",
    on_pre="r += 1; w -= eta*o; v_post += w", on_post="o += 1; w += eta*r",
    defaults={"w": 0.3, "eta": 0.05})


def test_gradients_through_plasticity() -> None:
    model = eg.NeuronModel("sum", "dv/dt = -v/(10*ms) : 1", threshold="v > 0.8", reset="v = 0",
                           defaults={"v": 0})
    net = eg.Network(
        [eg.Population("in", N_IN, eg.SpikeTimes([], []*ms)), eg.Population("cells", N, model)],
        [eg.Projection("s", "in", "cells", eg.AllToAll(), PAIR,
                       initial={"w": np.linspace(.1, .6, N_IN*N)}, delay=2*ms)], dt=1*ms)
    module = eg.as_module(net, train=("s.w", "s.eta"), outputs=("cells", "cells.v"), relaxed=True,
                          reset_grad=True, surrogate=lambda x: torch.sigmoid(4*x),
                          dtype=torch.float64)
    loss = loss_of(module, 1.0)
    loss().backward()
    for wanted in ("s.w", "s.eta"):
        p = module.parameter(wanted)
        flat, got = p.data.view(-1), p.grad.view(-1)
        for at in range(4):
            error = abs(slope(loss, flat, at, float(flat.abs().max())) - float(got[at]))
            assert error <= 1e-4*abs(float(got[at])), (wanted, at)
