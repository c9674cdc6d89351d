"""NeuroBench's metrics, under their own names and definitions, for torch modules and memories.

Definitions of NeuroBench 2.3 (Yik et al. 2025, doc pages of its metrics): counted are Linear and
Conv1d to Conv3d; ReLU, Sigmoid and snnTorch's neurons; biases, pooling, normalisation and
activation functions are not. A call is spiking, and its effective operations are accumulates, if
every element of its input is -1, 0 or 1. NeuroBench itself raises on RNN, LSTM and GRU layers; they
are named in `not_covered`. A memory's store that is read by anything but a Linear is seen by none
of its hooks.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError


@dataclass(frozen=True)
class NeuroBench:
    """`Footprint` in bytes, zeros included; `ConnectionSparsity` to 4 decimals; the operations
    and `MembraneUpdates` for each sample. `not_covered`: layers with weights that none counts."""

    Footprint: int
    ParameterCount: int
    ConnectionSparsity: float
    ActivationSparsity: float
    Dense: float
    Effective_MACs: float
    Effective_ACs: float
    MembraneUpdates: float
    not_covered: tuple[str, ...] = ()


def neurobench(module: Any, run: Callable[[], Any], samples: int) -> NeuroBench:
    """The metrics of `module` while `run()` pushes `samples` samples through it.

    All time steps of a sample are summed. DescriptionError for fewer than one sample.
    """
    if samples < 1:
        raise DescriptionError(f"neurobench: {samples} samples; it takes at least 1")
    counts = _Counts()
    with _watching(module, counts):
        run()
    return NeuroBench(
        footprint(module), sum(p.numel() for p in module.parameters()),
        connection_sparsity(module),
        counts.zeros / counts.activations if counts.activations else 0.0,
        counts.dense / samples, counts.macs / samples, counts.acs / samples,
        counts.membrane / samples, _not_covered(module))


def footprint(module: Any) -> int:
    """Bytes of all parameters and buffers."""
    return sum(t.numel() * t.element_size() for t in [*module.parameters(), *module.buffers()])


def connection_sparsity(module: Any) -> float:
    """Zeros among the weights of Linear and Conv layers; 0 where there are none."""
    weights = [layer.weight for layer in _layers(module)]
    count = sum(w.numel() for w in weights)
    return round(sum(int((w == 0).sum()) for w in weights) / count, 4) if count else 0.0


def synaptic_operations(layer: Any, inputs: Any) -> tuple[float, float, bool]:
    """(effective, dense, spiking) of one call of a Linear or Conv layer, biases left out.

    Effective: the layer's output with every weight and input that is not zero set to 1; dense: with
    all of them set to 1.
    """
    import torch
    ones = copy.deepcopy(layer)
    ones._forward_pre_hooks.clear()  # ours among them: this call is not one of the network's
    ones._forward_hooks.clear()
    ones.bias = None
    with torch.no_grad():
        ones.weight.copy_((layer.weight != 0).to(layer.weight.dtype))
        effective = float(ones(inputs.ne(0).to(layer.weight.dtype)).double().sum())
        ones.weight.fill_(1.0)
        dense = float(ones(torch.ones_like(inputs, dtype=layer.weight.dtype)).double().sum())
    spiking = bool(((inputs == 0) | (inputs.abs() == 1)).all())
    return effective, dense, spiking


def stores(memory: Any, linear: str | None = None) -> Any:
    """A module that holds a memory's stores, for NeuroBench: each array of its snapshot a buffer.

    `linear` names an array (value_dim, key_dim) that a read multiplies: it becomes a Linear, so
    that its operations are seen. DescriptionError for a name the snapshot does not have.
    """
    import torch
    arrays = {name: np.asarray(value) for name, value in memory.snapshot().items()
              if isinstance(value, np.ndarray) and value.dtype.kind in "biuf"}
    if linear is not None and linear not in arrays:
        raise DescriptionError(f"stores: the memory has no array {linear!r}; it has "
                               f"{', '.join(arrays) or 'none'}")
    module = torch.nn.Module()
    for name, value in arrays.items():
        if name != linear:
            module.register_buffer(name, torch.from_numpy(np.ascontiguousarray(value)))
    if linear is not None:
        weight = torch.from_numpy(np.ascontiguousarray(arrays[linear]))
        module.read = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False,
                                      dtype=weight.dtype)
        with torch.no_grad():
            module.read.weight.copy_(weight)
        module.forward = lambda x: module.read(x)
    return module


class _Counts:
    def __init__(self) -> None:
        self.dense = self.macs = self.acs = self.membrane = 0.0
        self.zeros = self.activations = 0


@contextmanager
def _watching(module: Any, counts: _Counts) -> Iterator[None]:
    """Hooks on every layer that NeuroBench knows, for as long as this lasts."""
    hooks = [layer.register_forward_pre_hook(_on_layer(counts)) for layer in _layers(module)]
    for layer in _activations(module):
        hooks.append(layer.register_forward_hook(_on_activation(counts)))
        if hasattr(layer, "mem"):
            hooks += _on_membrane(layer, counts)
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _on_layer(counts: _Counts) -> Callable[..., None]:
    def hook(layer: Any, inputs: Any) -> None:
        effective, dense, spiking = synaptic_operations(layer, inputs[0].detach())
        counts.dense += dense
        if spiking:
            counts.acs += effective
        else:
            counts.macs += effective
    return hook


def _on_activation(counts: _Counts) -> Callable[..., None]:
    def hook(layer: Any, inputs: Any, output: Any) -> None:
        found = output[0] if isinstance(output, tuple) else output
        counts.activations += found.numel()
        counts.zeros += int((found == 0).sum())
    return hook


def _on_membrane(layer: Any, counts: _Counts) -> list[Any]:
    """All neurons in the first call; then those whose potential differs after the call."""
    before: list[Any] = []

    def first(layer: Any, inputs: Any) -> None:
        before.append(layer.mem)

    def then(layer: Any, inputs: Any, output: Any) -> None:
        changed = layer.mem if len(before) == 1 else layer.mem - before[-1]
        counts.membrane += layer.mem.numel() if len(before) == 1 else int((changed != 0).sum())
    return [layer.register_forward_pre_hook(first), layer.register_forward_hook(then)]


def _layers(module: Any) -> list[Any]:
    from torch import nn
    return [m for m in _below(module) if isinstance(m, (nn.Linear, nn.Conv1d, nn.Conv2d,
                                                        nn.Conv3d))]


def _activations(module: Any) -> list[Any]:
    from torch import nn
    kinds: tuple[type, ...] = (nn.ReLU, nn.Sigmoid)
    try:
        from snntorch import SpikingNeuron
    except ImportError:
        pass  # then no module can be one
    else:
        kinds = (*kinds, SpikingNeuron)
    return [m for m in _below(module) if isinstance(m, kinds)]


def _below(module: Any) -> list[Any]:
    """What NeuroBench looks at: the parts of a module, or the module itself where it has none."""
    parts = list(module.modules())[1:]
    return parts or [module]


def _not_covered(module: Any) -> tuple[str, ...]:
    counted = {id(layer) for layer in _layers(module)}
    return tuple(f"{name or 'module'} ({type(m).__name__})" for name, m in module.named_modules()
                 if id(m) not in counted and m._parameters and any(
                     p is not None and p.ndim > 1 for p in m._parameters.values()))
