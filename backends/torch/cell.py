"""Neuron cells: subclasses of `snntorch.SpikingNeuron` generated from a model's text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ...simulator.errors import DescriptionError
from ...simulator.models import NeuronModel
from ...simulator.network import Network, Population
from ...simulator.plan import Copy, Plan, PopulationPlan
from ...simulator.stepper import advance
from ...simulator.units import split
from ..packages import load
from .build import Made, make
from .device import float_type, place
from .engine import Engine
from .ops import blend, select
from .population import rests
from .synapses import Values

SpikingNeuron: Any = load("snntorch").SpikingNeuron

NOT_COMPILED = ("engram steps outside torch.compile: its sums are compiled already, in an order "
                "that a compiler may not change, and tracing would unroll every step")
"""What torch.compile says where it meets a module of ours, with fullgraph=True as an error."""


class Cell(SpikingNeuron):
    """Neurons of one model. A call takes the input of a step and the state, one tensor each of
    `state_names`, and returns spikes and state, as snnTorch's cells do: `spk, *state = cell(x,
    *state)`; without a state it begins at the initial one. With `init_hidden` it keeps its state
    and returns the spikes; `reset_mem` goes back to the start.

    `source` is the generated code.
    """

    model: Any = None

    def __init__(self, made: Made, n: int, receives: Any = None, init_hidden: bool = False,
                 output: bool = False) -> None:
        super().__init__(spike_grad=made.surrogate, init_hidden=init_hidden, output=output,
                         reset_mechanism="none")
        if receives is None:  # inside a network, which resets it
            SpikingNeuron.instances.remove(self)
        self.made, self.n, self.receives = made, n, receives
        p = self.plan = made.plan.populations[n]
        recipe = made.recipes[n]
        trained = made.trained.get(p.name, frozenset())
        self.values = Values({v: x for v, x in p.constants.items() if v not in recipe.derived
                              and (np.ndim(x) or v in trained)}, p.state, trained)
        self.state_names = (*p.state, *(["resting"] if rests(p) else []))
        self._engine: Engine | None = None
        self._hidden: tuple[Any, ...] = ()
        self._steps = 0

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_engine": None}

    @property
    def source(self) -> str:
        """The generated code of these neurons."""
        e = self._engine or self._built(self.plan.size, torch.float64, "cpu")
        return e.source

    def constants(self, dtype: Any) -> dict[str, Any]:
        """Constants that are tensors: parameters, arrays, and what follows from parameters."""
        given = self.values.constants()
        recipe = self.made.recipes[self.n]
        if recipe.system is None:
            return given
        device = self.threshold.device
        every = {v: given[v] if v in given else torch.tensor(np.asarray(x), dtype=dtype,
                                                             device=device)
                 for v, x in self.plan.constants.items() if v not in recipe.derived}
        return {**given, **recipe.constants(every, dtype)}

    def initial(self) -> dict[str, Any]:
        """First values that train."""
        return self.values.initial()

    def trained(self) -> Any:
        """Names and parameters."""
        return self.values.trained()

    # -- by itself, in nn.Sequential ------------------------------------------------------------
    @torch.compiler.disable(reason=NOT_COMPILED)
    def forward(self, input_: Any, *state: Any) -> Any:
        """One step; `input_` (B, ...) is added to, or set in, the variable that receives it."""
        if self.receives is None:
            raise DescriptionError(f"these are the neurons {self.plan.name!r} of a network module; "
                                   "call the module, or make a cell by engram.cell")
        if self.init_hidden and state:
            raise DescriptionError("a cell with init_hidden=True keeps its own state; call it with "
                                   "the input only")
        flat = input_.reshape(len(input_), -1) if input_.dim() > 1 else input_.reshape(1, -1)
        given = self._hidden if self.init_hidden else state
        if given and given[0].shape != input_.shape:
            if not self.init_hidden:
                raise DescriptionError(f"the state is {tuple(given[0].shape)}, the input "
                                       f"{tuple(input_.shape)}; they must be alike")
            given = ()
        e = self._ready(flat, bool(given))
        if given:
            self._put(e, given, flat.shape)
        e.k = self._steps
        target = {(0, self.receives): flat.to(e.dtype)}
        set_it = (self.n, self.receives) in self.made.writes
        e.written, e.added = (target, {}) if set_it else ({}, target)
        tensors = (*self.parameters(), flat, *given)
        e.skip = e.device.type == "cpu" and not (
            torch.is_grad_enabled() and any(x.requires_grad for x in tensors))
        advance(e, e.k)
        self._steps += 1
        out = [e.state[0][v] for v in self.plan.state]
        out += [e.rest[0]] if rests(self.plan) else []
        shaped = tuple(x.reshape(input_.shape) for x in out)
        spikes = e.fired[0][-1].reshape(input_.shape)
        if self.init_hidden:
            self._hidden = shaped
        return (spikes, *shaped) if self.output or not self.init_hidden else spikes

    def _ready(self, flat: Any, continues: bool) -> Engine:
        """An engine of as many neurons and copies as the input has; else at the initial state."""
        e, kind = self._engine, self.threshold
        size = flat.shape[1]
        if (e is None or e.dtype != kind.dtype or e.device != kind.device
                or e.plan.populations[0].size != size):
            e = self._engine = self._built(size, kind.dtype, kind.device)
        if len(flat) != e.B:
            e.resize([Copy((self.made.plan.seed + b) % 2**64) for b in range(len(flat))])
        elif not continues:
            e.clear()
        e.constants[0].update(self.constants(e.dtype))
        if not continues:
            for name, x in self.initial().items():
                e.state[0][name] = x.expand(e.B, size)
        return e

    def _built(self, size: int, dtype: Any, device: Any) -> Engine:
        plan = Plan("cell", self.made.plan.dt, self.made.plan.seed,
                    (_resized(self.plan, size),), (), (), (), (), (), self.made.plan.digest)
        e = Engine(plan, dtype, device, {("population", 0): self.made.recipes[self.n].tensors})
        e.fires = [self.made.fires(self.n, dtype)]
        grad, relaxed = self.made.reset_grad, self.made.relaxed

        def reset_select(s: Any, new: Any, old: Any) -> Any:
            s = s if grad else s.detach()
            return blend(s, new, old) if relaxed else select(s, new, old)
        e.reset_select = reset_select
        return e

    def _put(self, e: Engine, state: Sequence[Any], shape: Any) -> None:
        if len(state) != len(self.state_names):
            raise DescriptionError(f"{len(state)} tensors of state for {len(self.state_names)} "
                                   f"variables: {', '.join(self.state_names)}")
        for name, x in zip(self.plan.state, state, strict=False):
            e.state[0][name] = x.reshape(shape)
        if rests(self.plan):
            e.rest[0] = state[-1].reshape(shape)

    def reset_mem(self) -> tuple[Any, ...]:
        """Forget the state; the next call begins at the initial one."""
        self._hidden, self._steps = (), 0
        return self._hidden

    @classmethod
    def reset_hidden(cls) -> None:
        """Forget the state of every cell of this class."""
        for one in SpikingNeuron.instances:
            if isinstance(one, cls):
                one.reset_mem()

    @classmethod
    def detach_hidden(cls) -> None:
        """Cut the graph behind the state of every cell of this class."""
        for one in SpikingNeuron.instances:
            if isinstance(one, cls):
                one._hidden = tuple(x.detach() for x in one._hidden)


def _resized(p: PopulationPlan, size: int) -> PopulationPlan:
    """`p` with `size` neurons: as it is, or one neuron many times."""
    if size == p.size:
        return p
    if p.size != 1:
        raise DescriptionError(f"the cell has values for {p.size} neurons, the input is {size} "
                               "wide; give values for as many")
    return replace(p, size=size, state={v: np.repeat(x, size) for v, x in p.state.items()},
                   constants={v: float(x[0]) if np.ndim(x) else x for v, x in p.constants.items()},
                   refractory=p.refractory if np.ndim(p.refractory) == 0 else p.refractory[0])


def cell_class(model: Any) -> Any:
    """The class of cells of `model`: a subclass of `snntorch.SpikingNeuron` with its name."""
    title = "".join(w[:1].upper() + w[1:] for w in re.split(r"[\W_]+", model.name) if w) or "Cell"
    doc = f"Neurons of the model {model.name!r}:\n\n{model.equations}"
    return type(title if title.isidentifier() else "Cell" + title, (Cell,),
                {"model": model, "__doc__": doc, "__module__": __name__})


def cell(model: Any, receives: str, dt: Any = None, parameters: Mapping[str, Any] | None = None,
         *, initial: Mapping[str, Any] | None = None, train: Sequence[str] = (), seed: int = 0,
         surrogate: Any = None, scale: Any = None, reset_grad: bool = False,
         init_hidden: bool = False, output: bool = False, dtype: Any = None,
         device: Any = "cpu") -> Any:
    """Neurons of `model` as a layer beside snnTorch's own; the input goes to `receives`.

    The input is in SI units; a parameter is set by it in each step, a variable is added to. A cell
    fits any input shape (B, ...), unless a parameter has a value for each neuron. `train` names
    parameters; `dt` None is 0.1 ms. See `as_module` for the rest.
    """
    if not isinstance(model, NeuronModel):
        raise DescriptionError(f"{model!r} is not a NeuronModel; take one of engram.models.neurons "
                               "or write one")
    given = {**(parameters or {}), **(initial or {})}
    sizes = {np.size(split(v)[0]) for v in given.values() if not isinstance(v, str)
             and np.ndim(split(v)[0])}
    if len(sizes) > 1:
        raise DescriptionError(f"parameters have values for {sorted(sizes)} neurons; give one size")
    population = Population("cell", next(iter(sizes), 1), model, parameters or {}, initial or {})
    network = Network([population], **({} if dt is None else {"dt": dt}))
    kind = float_type(dtype)
    where = place(device, kind)
    made = make(network, None, seed, train=[f"cell.{n}" for n in train],
                inputs=(f"cell.{receives}",), surrogate=surrogate, scale=scale,
                reset_grad=reset_grad)
    made_cell = cell_class(model)(made, 0, receives, init_hidden, output)
    return made_cell.to(device=where, dtype=kind)
