"""`as_module`: a network as a torch module, time first, its state explicit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from ...simulator.errors import DescriptionError
from ...simulator.plan import Copy
from ...simulator.stepper import advance
from .build import Made, make
from .cell import NOT_COMPILED, Cell, cell_class
from .device import float_type, naming_lacks, place
from .engine import Engine
from .ops import blend, select
from .state import copies_of, dump, fill
from .synapses import Parts, Synapses


class NetworkModule(nn.Module):
    """A network that is run by calling it. `populations[name]`, `projections[name]` hold what
    trains and what is given; `state_dict` saves both, and the structure to compare with.
    """

    def __init__(self, made: Made, dtype: Any, device: Any) -> None:
        super().__init__()
        self.made = made
        plan = made.plan
        self.populations = Parts({p.name: cell_class(made.models[p.name])(made, n)
                                  for n, p in enumerate(plan.populations)
                                  if p.name in made.models})
        self.projections = Parts({q.name: Synapses(made, n)
                                  for n, q in enumerate(plan.projections)})
        self.register_buffer("kind", torch.zeros((), dtype=dtype, device=device), persistent=False)
        self.to(device=device, dtype=dtype)
        self._engine: Engine | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_engine": None}

    def parameter(self, name: str) -> Any:
        """What trains under `name`, as in `train`; DescriptionError lists the names there are."""
        known = {f"{part}.{n}": x for parts in (self.populations, self.projections)
                 for part, module in parts.items() for n, x in module.trained()}
        if name not in known:
            raise DescriptionError(f"no parameter {name!r} trains; there are "
                                   f"{', '.join(known) or 'none'}; name it in train=(...)")
        return known[name]

    def engine(self) -> Engine:
        """The engine for the present type and device."""
        e, kind = self._engine, self.kind
        if e is None or e.dtype != kind.dtype or e.device != kind.device:
            place(kind.device, kind.dtype)
            e = self._engine = Engine(self.made.plan, kind.dtype, kind.device, self.made.tensors)
            e.skip = False
            e.select = blend if self.made.relaxed else select
            e.reset_select = self._reset_select
            e.fires = [self.made.fires(n, kind.dtype) for n in range(len(e.fires))]
            for q in e.projections:
                q.cut = q.plan.name in self.made.detach
        return e

    def _reset_select(self, s: Any, new: Any, old: Any) -> Any:
        s = s if self.made.reset_grad else s.detach()
        return blend(s, new, old) if self.made.relaxed else select(s, new, old)

    @torch.compiler.disable(reason=NOT_COMPILED)
    def forward(self, inputs: Any, state: Mapping[str, Any] | None = None,
                batch: int | None = None) -> tuple[Any, dict[str, Any]]:
        """(outputs, state) after the steps of `inputs`.

        `inputs` (T, B, N), a dict of such by the names of the inputs, or, where there are none, the
        number of steps (and `batch`). Outputs: (T, B, N), or a dict where there are several.
        `state`: what an earlier call returned; None begins at the initial state.
        """
        e = self.engine()
        given, steps, copies = self._given(inputs, state, batch)
        if copies != e.B:
            e.resize([Copy((self.made.plan.seed + b) % 2**64) for b in range(copies)])
        self._constants(e)
        if state is None:
            self._start(e)
        else:
            fill(e, state)
        e.given = {n: None for n in given if isinstance(n, int)}
        e.begin(steps)
        e.skip = e.device.type == "cpu" and not self._wants_gradient(given, state)
        seen: dict[str, list[Any]] = {name: [] for name in self.made.outputs}
        with naming_lacks(e.device, e.dtype):
            for k in range(steps):
                self._put(e, given, k)
                advance(e, e.k)
                e.k += 1
                for name, column in seen.items():
                    column.append(self._output(e, name))
        out = {name: torch.stack(c) if c else e.tensor([]) for name, c in seen.items()}
        return out if len(out) > 1 else next(iter(out.values()), None), dump(e)

    def _given(self, inputs: Any, state: Any, batch: int | None) -> tuple[dict[Any, Any], int, int]:
        """Inputs by place, steps and copies; DescriptionError where they do not fit."""
        copies = None if state is None else copies_of(state)
        made = self.made
        if isinstance(inputs, int):
            if made.inputs:
                raise DescriptionError(f"the module has inputs {', '.join(made.inputs)}; give "
                                       "tensors (T, B, N), not a number of steps")
            return {}, inputs, copies or batch or 1
        if isinstance(inputs, torch.Tensor):
            if len(made.inputs) != 1:
                raise DescriptionError(f"the module has {len(made.inputs)} inputs "
                                       f"({', '.join(made.inputs) or 'none'}); give a dict")
            inputs = {next(iter(made.inputs)): inputs}
        if set(inputs) != set(made.inputs):
            raise DescriptionError(f"inputs {', '.join(map(str, inputs)) or 'none'}; the module "
                                   f"has {', '.join(made.inputs) or 'none'}: give each of them")
        return made.check(inputs, copies, self.kind)

    def _wants_gradient(self, given: Mapping[Any, Any], state: Mapping[str, Any] | None) -> bool:
        tensors = [*self.parameters(), *(rows[0] for rows in given.values() if rows),
                   *(state or {}).values()]
        return torch.is_grad_enabled() and any(x.requires_grad for x in tensors)

    def _put(self, e: Engine, given: Mapping[Any, Any], k: int) -> None:
        e.added, e.written = {}, {}
        for place_, rows in given.items():
            if isinstance(place_, int):
                e.given[place_] = rows[k]
            elif place_ in self.made.writes:
                e.written[place_] = rows[k]
            else:
                e.added[place_] = rows[k]

    def _constants(self, e: Engine) -> None:
        """Parameters and buffers as they are now, into the engine."""
        for n, p in enumerate(self.made.plan.populations):
            if p.name in self.made.models:
                cell: Cell = self.populations[p.name]
                e.constants[n].update(cell.constants(e.dtype))
        for q in e.projections:
            q.constants.update(self.projections[q.plan.name].constants())

    def _start(self, e: Engine) -> None:
        """The initial state; that part of it which trains keeps its gradient."""
        e.clear()
        for n, p in enumerate(self.made.plan.populations):
            if p.name in self.made.models:
                for name, x in self.populations[p.name].initial().items():
                    e.state[n][name] = x.expand(e.B, p.size)
        for q in e.projections:
            for name, x in self.projections[q.plan.name].initial().items():
                q.state[name] = x.expand(e.B, len(x))

    def _output(self, e: Engine, name: str) -> Any:
        n, r, m = self.made.outputs[name]
        if r is None:
            return e.fired[n][-1]
        x = e.code[f"record_{n}_{r}"](e.state[n], e.constants[n], e.awake[n], e.t,
                                      e.draws.neurons(n))[m]
        return x if isinstance(x, torch.Tensor) and x.dim() == 2 else e.draws.silent(n) + x


def as_module(network: Any, dt: Any = None, seed: int = 0, *, train: Sequence[str] = (),
              inputs: Any = None, outputs: Any = None, surrogate: Any = None, scale: Any = None,
              reset_grad: bool = False, relaxed: bool = False, detach: Sequence[str] = (),
              dtype: Any = None, device: Any = "cpu") -> NetworkModule:
    """`network` as an `nn.Module` that maps inputs (T, B, N) to outputs (T, B, N).

    `train`: names such as 'proj.w', 'cells.tau_m', or a variable whose first value trains.
    `inputs`: sources whose spikes are given in the call, or 'cells.i_offset': a parameter is set in
    each step, a variable is added to. None: all `SpikeTimes` sources. `outputs`: populations
    (spikes) or 'cells.v'; None: all populations of neurons. `surrogate`: a function as those of
    `snntorch.surrogate` (None: its `atan()`), of the distance from the threshold in units of
    `scale` (a quantity, or one by population; None: the distance at the start).
    `reset_grad`: whether gradients pass through resets. `relaxed`: spikes are the surrogate's own
    values, to check gradients. `detach`: projections whose plasticity passes no gradient.
    DescriptionError says what does not fit, UnsupportedError what cannot be trained.
    """
    kind = float_type(dtype)
    where = place(device, kind)
    made = make(network, dt, seed, train=train, inputs=inputs, outputs=outputs,
                surrogate=surrogate, scale=scale, reset_grad=reset_grad, relaxed=relaxed,
                detach=detach)
    return NetworkModule(made, kind, where)
