"""The torch module that an export gives: cells of a library, and a Linear for each connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from ...simulator.errors import DescriptionError
from ...simulator.plan import NEURONS, POISSON, Plan
from .wires import Wire

Call = Callable[[Any, Any, Any], tuple[Any, Any]]


@dataclass
class Target:
    """A population as a cell. `state` are the arrays that it begins with.

    `scale`: factor of what reaches a variable; `bias` is added to the input of every step. It
    stays as it is before step `start`. `own`: the wire that the cell itself holds.
    """

    cell: nn.Module
    state: tuple[Any, ...]
    scale: dict[str, Any] = field(default_factory=dict)
    bias: Any = 0.0
    start: int = 0
    own: Wire | None = None


def key(name: str) -> str:
    """A name that a ModuleDict takes: it refuses those of its own methods."""
    return f"{name}_" if hasattr(nn.ModuleDict, name) else name


class Exported(nn.Module):
    """A network of ours with cells of snnTorch or Norse; a spike keeps its step, and its delay.

    `cells[population]` are the library's, `wires[projection]` are nn.Linear without bias, dense:
    training can fill what the projection left out. `bias_<population>` is a buffer.
    """

    def __init__(self, plan: Plan, targets: dict[int, Target], wires: list[Wire],
                 writes: dict[int, list[Any]], call: Call, dtype: torch.dtype) -> None:
        super().__init__()
        self.call = call
        self.register_buffer("like", torch.zeros((), dtype=dtype), persistent=False)
        self.names = [p.name for p in plan.populations]
        self.sizes = {p.name: p.size for p in plan.populations}
        self.recorded = [self.names[n] for n in plan.record_spikes if n in targets] or [
            self.names[n] for n in sorted(targets)]
        self.cells = nn.ModuleDict({key(self.names[n]): t.cell for n, t in targets.items()})
        self.start = {self.names[n]: t.start for n, t in targets.items()}
        self.parts = {self.names[n]: len(t.state) for n, t in targets.items()}
        for n, t in targets.items():
            for part, x in enumerate(t.state):
                self.register_buffer(f"first_{part}_{self.names[n]}", self._tensor(x))
            self.register_buffer(f"bias_{self.names[n]}", self._tensor(t.bias))
        self.wires = nn.ModuleDict()
        self.into: dict[str, list[tuple[str, str, int]]] = {name: [] for name in self.names}
        for w in wires:
            target = targets[w.target]
            if target.own is not w:
                self.wires[key(w.name)] = self._linear(w, target.scale[w.variable], dtype)
                self.into[self.names[w.target]].append((key(w.name), self.names[w.source], w.delay))
        self.sources = {p.name: p for p in plan.populations if p.kind != NEURONS}
        self.values = {self.names[n]: found for n, found in writes.items()}

    def _tensor(self, x: Any) -> torch.Tensor:
        return torch.tensor(np.asarray(x, dtype=np.float64)).to(self.like)

    def _zeros(self, *shape: int) -> torch.Tensor:
        return self.like.new_zeros(shape)

    def _first(self, name: str, batch: int) -> tuple[torch.Tensor, ...]:
        """The initial state of a cell."""
        return tuple(getattr(self, f"first_{part}_{name}").expand(batch, self.sizes[name])
                     for part in range(self.parts[name]))

    @staticmethod
    def _linear(w: Wire, scale: Any, dtype: torch.dtype) -> nn.Linear:
        factor = np.asarray(scale, dtype=np.float64)
        linear = nn.Linear(w.matrix.shape[1], w.matrix.shape[0], bias=False, dtype=dtype)
        matrix = w.matrix * (factor[:, None] if factor.ndim else factor)
        linear.weight = nn.Parameter(torch.tensor(matrix).to(dtype))
        return linear

    def own_inputs(self, steps: int) -> dict[str, torch.Tensor]:
        """What drives the network as it is described, each (steps, 1, size)."""
        out = {}
        for name, p in self.sources.items():
            if p.kind == POISSON:
                raise DescriptionError(f"the spikes of {name!r} are drawn here while a run goes; "
                                       "give the module a raster of its own for it")
            table = np.zeros((steps, 1, p.size))
            inside = p.steps < steps
            table[p.steps[inside], 0, p.indices[inside]] = 1.0
            out[name] = self._tensor(table)
        for name, found in self.values.items():
            table = np.zeros((steps, 1, self.sizes[name]))
            for w in found:
                inside = w.steps < steps
                rows = w.values.reshape(len(w.steps), -1)
                table[w.steps[inside], 0] = rows[inside]
            out[name] = self._tensor(table)
        return out

    def forward(self, inputs: Any = None, steps: int | None = None) -> dict[str, torch.Tensor]:
        """Spikes of the recorded populations, each (steps, batch, size), from the initial state.

        `inputs`: (steps, batch, size) for the one source, or a dict by population, of a source its
        spikes and of a cell an input of every step. None: those of the description, for `steps`.
        """
        given = self._given(inputs, steps)
        length, batch = next(iter(given.values())).shape[:2]
        state = {name: self._first(name, batch) for name in self.parts}
        past: dict[str, list[torch.Tensor]] = {name: [] for name in self.names}
        for k in range(length):
            now = {}
            for name in self.names:
                if name not in self.parts:
                    now[name] = given[name][k]
                elif k < self.start[name]:
                    now[name] = self._zeros(batch, self.sizes[name])
                else:
                    x = self._input(name, k, given, past, batch)
                    spikes, after = self.call(self.cells[key(name)], x, state[name])
                    state[name] = tuple(y.to(self.like) for y in after)
                    now[name] = spikes.to(self.like)
            for name, spikes in now.items():
                past[name].append(spikes)
        return {name: torch.stack(past[name]) for name in self.recorded}

    def _input(self, name: str, k: int, given: dict[str, torch.Tensor],
               past: dict[str, list[torch.Tensor]], batch: int) -> torch.Tensor:
        x = given[name][k] if name in given else self._zeros(batch, self.sizes[name])
        for wire, source, delay in self.into[name]:
            if k >= delay:
                x = x + self.wires[wire](past[source][k - delay])
        return x + getattr(self, f"bias_{name}")

    def _given(self, inputs: Any, steps: int | None) -> dict[str, torch.Tensor]:
        if inputs is None:
            if steps is None:
                raise DescriptionError("give inputs, or the number of steps to run for")
            given = self.own_inputs(steps) or {
                self.recorded[0]: self._zeros(steps, 1, self.sizes[self.recorded[0]])}
        elif isinstance(inputs, dict):
            given = dict(inputs)
        else:
            ports = [*self.sources, *self.values]
            if len(ports) != 1:
                raise DescriptionError(f"inputs must be a dict, as there are {len(ports)} to feed: "
                                       f"{', '.join(ports) or 'none'}")
            given = {ports[0]: inputs}
        missing = [n for n in self.sources if n not in given]
        unknown = [n for n in given if n not in self.names]
        if missing or unknown:
            raise DescriptionError(f"inputs lack {missing} and name {unknown}; the sources are "
                                   f"{', '.join(self.sources)}")
        given = {n: torch.as_tensor(x).to(self.like) for n, x in given.items()}
        for n, x in given.items():
            if x.ndim != 3 or x.shape[2] != self.sizes[n]:
                raise DescriptionError(f"inputs of {n!r} have shape {tuple(x.shape)}; give (steps, "
                                       f"batch, {self.sizes[n]})")
        return given
