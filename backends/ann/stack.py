"""The modules of a Sequential in order: matrices and cells, taken together as layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...simulator.errors import DescriptionError
from ..packages import load
from .arrays import numbers
from .network import Cell, Layer


class Dense(NamedTuple):
    """A Linear layer; both None for a module that changes nothing here."""

    weight: Any
    bias: Any


class Step(NamedTuple):
    """A module by its name in the whole, and what it is: a Dense, a Cell, or None if refused."""

    name: str
    module: Any
    found: Any


def flat(module: Any, where: str) -> list[tuple[str, Any]]:
    """Names and modules in the order of the calls; Sequentials in it are opened."""
    nn = load("torch").nn
    if isinstance(module, (list, tuple)):
        parts = [(str(n), m) for n, m in enumerate(module)]
    elif isinstance(module, nn.Sequential):
        parts = list(module.named_children())
    elif isinstance(module, nn.Module) and (not list(module.children())
                                            or hasattr(module, "recurrent")):
        parts = [("0", module)]
    else:
        raise DescriptionError(f"{where}: {type(module).__name__} is not a Sequential, and what its"
                               " forward does cannot be read; give its layers as a list in the "
                               "order of their calls, as in [net.fc1, net.lif1, net.fc2, net.lif2]")
    out = []
    for name, m in parts:
        inner = m.lifted_module if type(m).__name__ == "Lift" else m
        if isinstance(inner, nn.Sequential):
            out += [(f"{name}.{deeper}", x) for deeper, x in flat(inner, where)]
        else:
            out.append((name, inner))
    return out


def dense(name: str, module: Any, nn: Any, reasons: list[str]) -> Dense | None:
    """The matrix of a Linear; nothing, of a Flatten or Identity; None of anything else."""
    if type(module) is nn.Linear:
        bias = None if module.bias is None else numbers(module.bias)
        return Dense(numbers(module.weight), bias)
    if type(module) in (nn.Flatten, nn.Identity):
        return Dense(None, None)
    if type(module) is nn.Dropout:
        if module.training and module.p:
            reasons.append(f"{name}: Dropout in training mode drops inputs at random; call "
                           ".eval() on the module first")
        return Dense(None, None)
    return None


def stack(steps: Sequence[Step], reasons: list[str]) -> list[Layer]:
    """Layers of a matrix and a cell each; reasons are added for what does not pair."""
    layers: list[Layer] = []
    waiting: Step | None = None
    for step in steps:
        if isinstance(step.found, Dense):
            if step.found.weight is None:
                continue
            if waiting is not None:
                reasons.append(f"{step.name}: Linear follows Linear ({waiting.name}) without a "
                               "cell between; multiply the two matrices into one Linear")
            waiting = step
        elif isinstance(step.found, Cell):
            layers.append(_layer(waiting, step.found))
            waiting = None
    if waiting is not None:
        reasons.append(f"{waiting.name}: the last Linear has no cell behind it, and a network of "
                       "ours ends in spikes; add a cell, or apply it to the spikes yourself")
    if not layers and not reasons:
        reasons.append("there is no cell in the module; a network needs at least one")
    return layers


def _layer(before: Step | None, cell: Cell) -> Layer:
    """A cell with matrices of its own takes the one before it in, as one product in float64."""
    if before is None:
        return Layer(cell, cell.weight)
    weight, bias = before.found
    if cell.weight is None:
        return Layer(cell, weight, bias)
    return Layer(cell, cell.weight @ weight, None if bias is None else cell.weight @ bias)
