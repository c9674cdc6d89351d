"""`as_module`: what comes in and out, what is kept, and what is refused."""

from __future__ import annotations

import copy
import io
import sys
from typing import Any

import numpy as np
import pytest
import torch

import engram as eg
from engram import Hz, ms, mV, nA
from engram.backends.packages import load
from engram.models.neurons import LIF_CURR_EXP
from engram.models.synapses import static, stdp_additive

N_IN, N, COPIES, STEPS = 12, 9, 3, 80
ONE = 1*ms


def inputs(dtype: Any = torch.float64) -> Any:
    """Spikes (T, B, N)."""
    rng = np.random.default_rng(0)
    return torch.tensor(rng.random((STEPS, COPIES, N_IN)) < 0.15).to(dtype)


def network(x: Any = None, more: Any = (), probes: Any = ()) -> Any:
    """A layer and recurrent connections of several delays; `x` (T, N) are its input spikes."""
    spikes = eg.SpikeTimes([], []*ms) if x is None else eg.SpikeTimes.raster(x.numpy() > 0, ONE)
    return eg.Network(
        [eg.Population("in", N_IN, spikes),
         eg.Population("cells", N, LIF_CURR_EXP, {"tau_ref": 2*ms, "tau_m": 10*ms})],
        [eg.Projection("ff", "in", "cells", eg.AllToAll(), static("i_exc"), {"w": "rand()*nA"}),
         eg.Projection("rec", "cells", "cells", eg.FixedProbability(0.4), static("i_exc"),
                       {"w": "0.4*randn()*nA"}, delay="(1 + int(5*rand()))*ms"), *more],
        probes=probes, dt=ONE)


def plastic() -> Any:
    """The network with a plastic projection beside."""
    rule = stdp_additive("i_exc", "amp")
    return network(more=[eg.Projection(
        "stdp", "in", "cells", eg.AllToAll(), rule, {"w_max": 1*nA}, {"w": 0.3*nA}, delay=2*ms)])


def test_each_copy_of_the_batch_is_the_reference() -> None:
    x = inputs()
    module = eg.as_module(network(), outputs=("cells", "cells.v"), dtype=torch.float64, seed=4)
    out, _ = module(x)
    assert out["cells"].sum() > 100
    for b in range(COPIES):
        probes = [eg.StateProbe("cells", "v"), eg.SpikeProbe("cells")]
        truth = eg.simulate(network(x[:, b], probes=probes), STEPS*ONE, "reference", seed=4)
        step, i = out["cells"][:, b].numpy().nonzero()
        np.testing.assert_array_equal(step, truth.spikes["cells"].step)
        np.testing.assert_array_equal(i, truth.spikes["cells"].i)
        np.testing.assert_array_equal(out["cells.v"][:, b].numpy(),
                                      truth.states["cells"].traces["v"].values)


@pytest.mark.parametrize("make", [network, plastic])
def test_state_carries_a_run_on(make: Any) -> None:
    x, module = inputs(), eg.as_module(make(), dtype=torch.float64)
    whole, end = module(x)
    first, state = module(x[:33])
    saved = io.BytesIO()
    torch.save(state, saved)
    saved.seek(0)
    second, last = module(x[33:], torch.load(saved))
    assert torch.equal(torch.cat([first, second]), whole)
    assert set(last) == set(end)
    assert all(torch.equal(last[n], end[n]) for n in end)
    again, _ = module(x)
    assert torch.equal(again, whole), "a call without a state begins anew"


def test_plastic_weights_are_in_the_state_and_are_the_references() -> None:
    x = inputs()
    module = eg.as_module(plastic(), dtype=torch.float64, seed=2)
    _, state = module(x)
    assert state["stdp.w"].shape == (COPIES, N_IN*N)
    assert not torch.equal(state["stdp.w"][0], state["stdp.w"][1])
    old = plastic()
    own = eg.Population("in", N_IN, eg.SpikeTimes.raster(x[:, 1].numpy() > 0, ONE))
    truth = eg.simulate(eg.Network([own, *old.populations[1:]], old.projections, dt=ONE),
                        STEPS*ONE, "reference", seed=2)
    np.testing.assert_array_equal(state["stdp.w"][1].numpy(), truth.weights["stdp"].final["w"])


def test_state_dict_and_copies_keep_what_was_learned() -> None:
    x = inputs(torch.float32)
    one = eg.as_module(network(), train=("ff.w", "rec.w", "cells.tau_m"))
    optimizer = torch.optim.Adam(one.parameters(), lr=1e-10)
    before, _ = one(x)
    before.sum().backward()
    optimizer.step()
    after, _ = one(x)
    two = eg.as_module(network(), train=("ff.w", "rec.w", "cells.tau_m"))
    two.load_state_dict(one.state_dict())
    assert torch.equal(two(x)[0], after)
    assert torch.equal(copy.deepcopy(one)(x)[0], after)
    names = [n for n, _ in one.named_parameters()]
    assert names == ["populations.cells.values.tau_m", "projections.ff.w", "projections.rec.w"]
    other = eg.as_module(network(), train=("ff.w", "rec.w", "cells.tau_m"), seed=1)
    with pytest.raises(eg.DescriptionError, match=r"'rec'.*same network and seed"):
        other.load_state_dict(one.state_dict())


def test_training_makes_a_loss_smaller() -> None:
    torch.manual_seed(0)
    module = eg.as_module(network(), train=("ff.w",))
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-10)
    x, goal = inputs(torch.float32), torch.linspace(0, 20, N)
    losses = []
    for _ in range(12):
        out, _ = module(x)
        loss = ((out.sum(0) - goal)**2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.7*losses[0], losses


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_types(dtype: Any) -> None:
    unit = eg.NeuronModel("unit", "dv/dt = -v/(10*ms) : 1", threshold="v > 1", reset="v = 0",
                          defaults={"v": 0})
    net = eg.Network([eg.Population("in", 4, eg.SpikeTimes([], []*ms)),
                      eg.Population("out", 3, unit)],
                     [eg.Projection("s", "in", "out", eg.AllToAll(), static("v", "1"),
                                    {"w": np.linspace(0.1, 0.9, 12)})], dt=ONE)
    out, state = eg.as_module(net, dtype=dtype, train=("s.w",))(torch.ones(20, 2, 4))
    assert out.dtype == state["out.v"].dtype == dtype
    assert out.sum() > 20
    out.sum().backward()


def test_a_type_that_is_too_narrow() -> None:
    with pytest.raises(eg.DescriptionError, match=r"does not fit torch.float16.*bfloat16"):
        eg.as_module(network(), dtype="float16")(inputs())


def test_moved_to_another_type() -> None:
    module = eg.as_module(network(), dtype=torch.float64)
    double, _ = module(inputs())
    assert module.float()(inputs())[0].dtype == torch.float32
    back, _ = module.double()(inputs())
    assert back.dtype == torch.float64
    assert (back == double).double().mean() > 0.9  # its weights have been rounded to 24 bits


def test_currents_are_set_and_variables_added_to() -> None:
    current = torch.full((30, 2, N), 0.4e-9, dtype=torch.float64)
    module = eg.as_module(network(), inputs=("cells.i_offset", "in"), outputs="cells.v",
                          dtype=torch.float64)
    silent = torch.zeros(30, 2, N_IN, dtype=torch.float64)
    got, _ = module({"cells.i_offset": current, "in": silent})
    old = network()
    constant = eg.Population("cells", N, LIF_CURR_EXP, {
        "tau_ref": 2*ms, "tau_m": 10*ms, "i_offset": 0.4*nA})
    truth, _ = eg.as_module(eg.Network([old.populations[0], constant], old.projections, dt=ONE),
                            outputs="cells.v", dtype=torch.float64)(silent)
    # the offset is a variable here and a constant there: sums of other order, 1e-16 a step
    torch.testing.assert_close(got, truth, rtol=1e-12, atol=0)
    kicked = eg.as_module(network(), inputs="cells.v", outputs="cells.v", dtype=torch.float64)
    kick = torch.zeros(3, 1, N, dtype=torch.float64)
    kick[1] = 1e-3
    v, _ = kicked(kick)
    rest = v[0, 0, 0]
    np.testing.assert_allclose(float(v[1, 0, 0] - rest), 1e-3*np.exp(-0.1), rtol=1e-9)


def test_gradients_reach_the_inputs() -> None:
    x = inputs().requires_grad_()
    eg.as_module(network(), dtype=torch.float64)(x)[0].sum().backward()
    assert (x.grad[:60].abs().sum((0, 1)) > 0).all()


def test_sources_of_their_own_and_no_inputs() -> None:
    net = eg.Network([eg.Population("noise", 5, eg.Poisson(100*Hz)),
                      eg.Population("cells", 4, LIF_CURR_EXP)],
                     [eg.Projection("s", "noise", "cells", eg.AllToAll(), static("i_exc"),
                                    {"w": 0.5*nA})], dt=ONE)
    module = eg.as_module(net, dtype=torch.float64, seed=3)
    out, state = module(100, batch=3)
    truth = eg.simulate(net, 100*ONE, backend="reference", seed=3, batch=3)
    for b in range(3):
        step, i = out[:, b].numpy().nonzero()
        np.testing.assert_array_equal(step, truth[b].spikes["cells"].step)
        np.testing.assert_array_equal(i, truth[b].spikes["cells"].i)
    assert truth[0].spikes["cells"].step.size
    one, half = module(40, batch=3)
    assert torch.equal(torch.cat([one, module(60, half)[0]]), out)
    assert int(state["k"]) == 100


def test_sparse_weights_stay_sparse() -> None:
    n = 30_000  # dense, the weights would be 7 GB
    net = eg.Network([eg.Population("in", n, eg.SpikeTimes([], []*ms)),
                      eg.Population("cells", n, LIF_CURR_EXP)],
                     [eg.Projection("s", "in", "cells", eg.FixedOutDegree(3), static("i_exc"),
                                    {"w": 1*nA})], dt=ONE)
    module = eg.as_module(net, train=("s.w",))
    assert module.parameter("s.w").shape == (3*n,)
    x = torch.zeros(4, 1, n)
    x[0, 0, ::100] = 1
    module(x)[0].sum().backward()
    assert module.parameter("s.w").grad.shape == (3*n,)


def test_torch_compile_leaves_it_alone_and_says_why() -> None:
    module = eg.as_module(network(), dtype=torch.float64)

    class Outer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = module

        def forward(self, x: Any) -> Any:
            return self.inner(x * 1.0)[0] * 2
    x = inputs()
    assert torch.equal(torch.compile(Outer(), backend="eager")(x), 2*module(x)[0])
    torch._dynamo.reset()
    with pytest.raises(torch._dynamo.exc.Unsupported, match="engram steps outside"):
        torch.compile(Outer(), backend="eager", fullgraph=True)(x)


FLIP = eg.SynapseModel("flip", "w : 1", on_pre="w += int(rand() < 0.5); i_exc_post += w*nA",
                       defaults={"w": 1})


@pytest.mark.parametrize(("train", "says"), [
    ("ff.weight", r"no parameter 'ff.weight'; ff\.w$"), ("off.w", r"the parts are in, cells, ff"),
    ("cells.tau", r"cells\.tau_m"), ("cells.tau_ref", "whole steps"), ("cells", "cells.v_rest"),
])
def test_unknown_and_discrete_parameters(train: str, says: str) -> None:
    with pytest.raises(eg.DescriptionError, match=says):
        eg.as_module(network(), train=(train,))


def test_rules_without_a_gradient_are_refused_or_detached() -> None:
    net = network(more=[eg.Projection("flip", "in", "cells", eg.AllToAll(), FLIP)])
    with pytest.raises(eg.UnsupportedError, match=r"'flip'.*int, which has no gradient.*detach"):
        eg.as_module(net, train=("ff.w",))
    module = eg.as_module(net, train=("ff.w",), detach=("flip",))
    module(inputs(torch.float32))[0].sum().backward()
    assert module.parameter("ff.w").grad.abs().sum() > 0
    eg.as_module(net)  # runs all the same
    with pytest.raises(eg.UnsupportedError, match=r"stdp\.tau_plus is worked into constants"):
        eg.as_module(plastic(), train=("stdp.tau_plus",))


def test_what_does_not_fit_is_named() -> None:
    module, x = eg.as_module(network()), inputs()
    with pytest.raises(eg.DescriptionError, match=r"\(80, 3, 11\).*\(steps, batch, 12\)"):
        module(x[..., :11])
    with pytest.raises(eg.DescriptionError, match="give a tensor"):
        module({"in": 3})
    with pytest.raises(eg.DescriptionError, match=r"inputs other.*has in"):
        module({"other": x})
    with pytest.raises(eg.DescriptionError, match="not a number of steps"):
        module(10)
    _, state = module(x)
    with pytest.raises(eg.DescriptionError, match=r"batch of 2.*has 3"):
        module(x[:, :2], state)
    del state["cells.v"]
    with pytest.raises(eg.DescriptionError, match=r"'cells.v' is missing"):
        module(x, state)
    with pytest.raises(eg.DescriptionError, match=r"no parameter 'ff\.w' trains"):
        module.parameter("ff.w")
    two = eg.as_module(network(), inputs=("in", "cells.i_offset"))
    with pytest.raises(eg.DescriptionError, match="has 7 steps"):
        two({"in": x, "cells.i_offset": torch.zeros(7, COPIES, N)})
    with pytest.raises(eg.DescriptionError, match="give a dict"):
        two(x)


@pytest.mark.parametrize(("options", "says"), [
    ({"dtype": "int8"}, "float64, float32"), ({"device": "cuda:9"}, "devices here: cpu"),
    ({"inputs": "cells"}, "population of neurons"), ({"inputs": "in.v"}, "variable of a source"),
    ({"inputs": "cells.x"}, "no variable or parameter 'x'"), ({"outputs": "cells.x"}, "x"),
    ({"outputs": "nobody"}, "no population 'nobody'"), ({"surrogate": 3}, "not a function"),
    ({"scale": {"nobody": 1*mV}}, "nobody"), ({"scale": -1*mV}, "positive"),
    ({"detach": ("nobody",)}, "no projection 'nobody'"), ({"train": (3,)}, "give names"),
])
def test_bad_options(options: dict[str, Any], says: str) -> None:
    with pytest.raises(eg.DescriptionError, match=says):
        eg.as_module(network(), **options)


def test_an_operation_that_a_device_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    module = eg.as_module(network())

    def lacking(*args: Any) -> None:
        raise NotImplementedError('"floor_cpu" not implemented for \'Half\'')
    monkeypatch.setitem(module.engine().code, "integrate_1", lacking)
    with pytest.raises(eg.DescriptionError, match=r"cpu lacks an operation in torch.float32"):
        module(inputs(torch.float32))


def test_not_a_network() -> None:
    with pytest.raises(eg.DescriptionError, match="not a Network"):
        eg.as_module(LIF_CURR_EXP)


@pytest.mark.parametrize(("name", "says"), [
    ("torch", r"pip install 'engram\[torch\]'"), ("snntorch", r"pip install 'engram\[torch\]'"),
    ("norse.torch", "pip install --no-deps norse"), ("nir", r"pip install 'engram\[nir\]'")])
def test_a_package_that_is_missing(name: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(eg.MissingPackageError, match=says):
        load(name)
