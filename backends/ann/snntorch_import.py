"""Networks written with snnTorch become networks of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...simulator.clock import one_time
from ...simulator.equations import SECOND
from ...simulator.errors import DescriptionError, UnsupportedError
from ...simulator.units import UNITS, Quantity
from ..packages import load
from .arrays import numbers
from .network import Cell, Imported, build
from .snntorch_cells import model
from .stack import Step, dense, flat, stack

Refuse = Callable[[str], None]


def from_snntorch(module: Any, dt: Any = None, inputs: Any = None) -> Imported:
    """The network of a `Sequential`, or of a list of modules in the order of their calls.

    Linear layers and `Leaky`, `RLeaky`, `Synaptic`, `RSynaptic`, `Alpha`, each with its own
    discretisation and starting from zero as `reset_mem` leaves it; weights of float32 are taken
    exactly, so that equal spikes are to be expected of the module in float64. `dt` (1 ms) names
    the step; snnTorch's numbers are per step. `inputs` (steps, inputs), of one sample. Raises
    UnsupportedError with a reason for every module that cannot be expressed.
    """
    step = Quantity(one_time(UNITS["ms"] * 1 if dt is None else dt, "from_snntorch: dt"), SECOND)
    reasons: list[str] = []
    steps = [Step(name, m, _linear(name, m, reasons) or _cell(name, m, reasons))
             for name, m in flat(module, "from_snntorch")]
    layers = stack(steps, reasons)
    if reasons:
        raise UnsupportedError("snntorch", reasons, "this module cannot be imported from snnTorch")
    return build(layers, step, inputs, "from_snntorch")


def _linear(name: str, module: Any, reasons: list[str]) -> Any:
    return dense(name, module, load("torch").nn, reasons)


def _cell(name: str, module: Any, reasons: list[str]) -> Cell | None:
    """The cell of a module; None, and a reason, where it has none."""
    snntorch = load("snntorch")
    kind = type(module).__name__
    if type(module) not in [getattr(snntorch, c) for c in READERS]:
        reasons.append(f"{name}: {type(module).__module__}.{kind} has no counterpart; there is one "
                       f"for Linear, Flatten and snnTorch's {', '.join(READERS)}")
        return None
    before = len(reasons)

    def refuse(what: str) -> None:
        reasons.append(f"{name} ({kind}): {what}")
    _common(module, refuse)
    at_once = not getattr(module, "reset_delay", True)
    if kind == "RSynaptic" and at_once:
        refuse("reset_delay=False does not work in snnTorch 1.0 (its forward raises, or does as "
               "with True); use reset_delay=True")
    cell = READERS[kind](module, model(kind, module.reset_mechanism, at_once), refuse)
    return cell if len(reasons) == before else None


def _common(module: Any, refuse: Refuse) -> None:
    torch = load("torch")
    if module.inhibition:
        refuse("inhibition=True lets one neuron of the layer fire, which no neuron can know of the "
               "others within a step; set inhibition=False and inhibit through synapses")
    if module.state_quant:
        refuse("state_quant rounds the state with a function of its own; set state_quant=False")
    probe = torch.tensor([-1.0, -1e-30, 0.0, 1e-30, 1.0])
    if module.spike_grad(probe).tolist() != [0.0, 0.0, 0.0, 1.0, 1.0]:
        refuse("its spike_grad is not a Heaviside step in the forward pass; use one of "
               "snntorch.surrogate")
    if np.any(numbers(module.graded_spikes_factor) == 0):
        refuse("graded_spikes_factor=0 sends nothing; remove the layer's connections instead")


def _decay(x: Any) -> Any:
    return np.clip(numbers(x), 0.0, 1.0)


def _plain(x: Any) -> Any:
    """A number, or one value a neuron: (1,), (size,) and (1, size) are what broadcasts."""
    x = np.squeeze(numbers(x))
    if x.ndim > 1:
        raise DescriptionError(f"a parameter of shape {x.shape} is neither one number nor one for "
                               "each neuron of a flat layer")
    return float(x) if x.ndim == 0 else x


def _parameters(module: Any, *decays: str) -> dict[str, Any]:
    return {"v_th": _plain(module.threshold), "beta": _plain(_decay(module.beta)),
            **{n: _plain(_decay(getattr(module, n))) for n in decays}}


def _made(module: Any, found: Any, parameters: dict[str, Any], recurrent: Any = None) -> Cell:
    sizes = {len(v) for v in (*parameters.values(), _plain(module.graded_spikes_factor))
             if np.ndim(v)}
    sizes |= {len(recurrent)} if np.ndim(recurrent) else set()
    if len(sizes) > 1:
        raise DescriptionError(f"{type(module).__name__}: parameters for {sorted(sizes)} neurons; "
                               "make them agree")
    return Cell(found, parameters, min(sizes, default=None),
                _plain(module.graded_spikes_factor), recurrent=recurrent,
                rests=bool(np.all(np.asarray(parameters["v_th"]) >= 0)
                           and not np.any(parameters.get("back_bias", 0.0))))


def _leaky(module: Any, found: Any, refuse: Refuse) -> Cell:
    return _made(module, found, _parameters(module))


def _synaptic(module: Any, found: Any, refuse: Refuse) -> Cell:
    return _made(module, found, _parameters(module, "alpha"))


def _alpha(module: Any, found: Any, refuse: Refuse) -> Cell:
    torch = load("torch")
    p = _parameters(module, "alpha")
    alpha, beta = (torch.as_tensor(p[n], dtype=torch.float64) for n in ("alpha", "beta"))
    tau = torch.log(alpha) / (torch.log(beta) - torch.log(alpha)) + 1
    if not bool(torch.isfinite(tau).all()) or not bool((alpha > beta).all()):
        refuse("alpha must lie above beta and below infinity's reach: log(alpha)/(log(beta) - "
               "log(alpha)) + 1 is not finite")
    return _made(module, found, {**p, "tau_alpha": _plain(tau)})


def _recurrent(decays: tuple[str, ...]) -> Callable[[Any, Any, Refuse], Cell]:
    def read(module: Any, found: Any, refuse: Refuse) -> Cell:
        nn = load("torch").nn
        p, inner = _parameters(module, *decays), module.recurrent
        if not module.all_to_all:
            return _made(module, found, p, _plain(inner.V))
        if type(inner) is not nn.Linear:
            refuse(f"its recurrent connection is a {type(inner).__name__}; only linear_features=, "
                   "or all_to_all=False, can be expressed")
            return _made(module, found, p)
        bias = {} if inner.bias is None else {"back_bias": numbers(inner.bias)}
        return _made(module, found, {**p, **bias}, numbers(inner.weight))
    return read


READERS: dict[str, Callable[[Any, Any, Refuse], Cell]] = {
    "Leaky": _leaky, "Synaptic": _synaptic, "Alpha": _alpha, "RLeaky": _recurrent(()),
    "RSynaptic": _recurrent(("alpha",))}

