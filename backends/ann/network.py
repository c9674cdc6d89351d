"""A stack of layers, as snnTorch and Norse write networks, becomes a Network.

There a spike reaches the next layer in its own step; here every connection takes at least one
step. So each layer lags one step behind the layer before it, and `Imported.shift` says by how
many steps: what the library does in step k, layer l does in step k + shift[l]. A layer that
would not stay as it is without input (a bias, a negative threshold) waits for its first step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from ...simulator.batch import Trial
from ...simulator.connectors import AllToAll, OneToOne
from ...simulator.equations import SECOND
from ...simulator.errors import DescriptionError
from ...simulator.models import NeuronModel, SynapseModel
from ...simulator.network import Network, Population, Projection
from ...simulator.probes import SpikeProbe
from ...simulator.results import Results
from ...simulator.statements import parse_lines
from ...simulator.stimuli import SpikeTimes, StepCurrent
from ...simulator.units import Quantity
from .arrays import numbers

TO_DRIVE = SynapseModel("weight to drive", "w : 1", "drive_post += w")
"""Input of the step: the cells read `drive` and clear it."""

TO_BACK = SynapseModel("weight to back", "w : 1", "back_post += w")
"""Input from the layer itself, which the recurrent cells of both libraries keep apart."""


@dataclass(frozen=True, eq=False)
class Cell:
    """Neurons of one layer. `parameters` hold numbers or arrays (size,).

    `size` None: as many as reach it. `gain` scales its spikes. Matrices of the cell's own are
    `weight` (size, inputs) and `recurrent`: (size, size), or a number or (size,) where each neuron
    reaches itself only. `rests`: without input, it stays as it begins.
    """

    model: NeuronModel
    parameters: dict[str, Any] = field(default_factory=dict)
    size: int | None = None
    gain: Any = 1.0
    weight: Any = None
    recurrent: Any = None
    rests: bool = True


@dataclass(frozen=True, eq=False)
class Layer:
    """A cell behind a matrix (outputs, inputs), or behind a connection one to one (None)."""

    cell: Cell
    weight: Any = None
    bias: Any = None


@dataclass(frozen=True, eq=False)
class Imported:
    """What an import gives: the network, and how its steps correspond to the module's.

    Step k of the module is step k + shift[name] of population `name`; `steps` is the length of
    the input, or None without one. `first` is the matrix that inputs which are no spikes go
    through, None where each reaches one neuron.
    """

    network: Network
    shift: dict[str, int]
    steps: int | None
    first: Any = None

    @property
    def duration(self) -> Quantity:
        """Time after which every layer has done `steps` steps."""
        if self.steps is None:
            raise DescriptionError("imported without inputs, so nothing says how long to run; give "
                                   "inputs=, an array (steps, inputs), or a duration of your own")
        count = self.steps + max(self.shift.values())
        return Quantity(count * float(self.network.dt.value), SECOND)

    def trials(self, inputs: Any) -> list[Trial]:
        """A batch of inputs (steps, batch, inputs) as what `simulate(..., batch=)` takes.

        They must be spikes or values as those that the network was imported with.
        """
        table = numbers(inputs)
        if table.ndim != 3 or (self.steps is not None and len(table) != self.steps):
            raise DescriptionError(f"trials: inputs of shape {table.shape}; give (steps, batch, "
                                   f"inputs), with {self.steps or 'any number of'} steps")
        entries = [table[:, b] for b in range(table.shape[1])]
        if "input" in self.shift:
            return [Trial(inputs={"input": SpikeTimes.raster(x, self.network.dt)})
                    for x in entries]
        dt = float(self.network.dt.value)
        return [Trial(stimuli=[_drive(self.first, x, dt)]) for x in entries]

    def rasters(self, run: Results, steps: int | None = None) -> dict[str, Any]:
        """Spikes of each layer in the module's own steps: name -> bool (steps, size)."""
        length = steps or self.steps
        if length is None:
            raise DescriptionError("rasters: imported without inputs; give steps=")
        out = {}
        for name, shift in self.shift.items():
            if name == "input":
                continue
            spikes = run.spikes[name]
            table = np.zeros((length, spikes.size), bool)
            step = spikes.step - shift
            inside = (step >= 0) & (step < length)
            table[step[inside], spikes.i[inside]] = True
            out[name] = table
        return out


@lru_cache
def waiting(model: NeuronModel) -> NeuronModel:
    """`model` that neither changes nor fires before the time `start`."""
    declared = {e.name for e in model.parsed}
    lines = []
    for line in parse_lines(model.update):
        s = line.statement()
        held = f"({s.expr}) if t > start else {s.target}"
        lines.append(f"{s.target} = {held if s.target in declared else s.expr}")
    return replace(model, name=f"{model.name}_waiting", equations=f"{model.equations}\n"
                   "start : second\n", update="\n".join(lines),
                   threshold=model.threshold and f"({model.threshold}) and t > start")


def sizes_of(layers: Sequence[Layer], inputs: int | None, where: str) -> list[int]:
    """Neurons of the input and of each layer. DescriptionError where layers do not fit."""
    w = layers[0].weight
    first = layers[0].cell.size if w is None else w.shape[1]
    first = inputs if first is None else first
    if first is None:
        raise DescriptionError(f"{where}: nothing tells the number of inputs; give inputs=, an "
                               "array (steps, inputs), or begin with a Linear layer")
    if inputs is not None and inputs != first:
        raise DescriptionError(f"{where}: inputs have {inputs} columns, the first layer takes "
                               f"{first}; give an array (steps, {first})")
    sizes = [int(first)]
    for n, layer in enumerate(layers, 1):
        w, reach = layer.weight, sizes[-1]
        if w is not None and w.shape[1] != reach:
            raise DescriptionError(f"{where}: layer {n} takes {w.shape[1]} inputs, but layer "
                                   f"{n - 1} has {reach} neurons; make them agree")
        reach = reach if w is None else w.shape[0]
        if layer.cell.size not in (None, reach):
            raise DescriptionError(f"{where}: the cell of layer {n} has {layer.cell.size} neurons, "
                                   f"and {reach} inputs reach it; make them agree")
        sizes.append(int(reach))
    return sizes


def as_inputs(inputs: Any, where: str) -> Any:
    """Inputs as float64 (steps, inputs), or None."""
    if inputs is None:
        return None
    table = numbers(inputs)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise DescriptionError(f"{where}: inputs of shape {table.shape} must be finite numbers of "
                               "shape (steps, inputs); of a batch give one entry, as in x[:, b], "
                               "and flatten what has more dimensions")
    return table


def build(layers: Sequence[Layer], dt: Quantity, inputs: Any, where: str) -> Imported:
    """The network of a stack. Inputs of zeros and ones are spikes of a population `input`.

    Other numbers are multiplied with the first matrix here and set as the layer's `drive`, step
    by step; the first layer then has shift 0.
    """
    table = as_inputs(inputs, where)
    sizes = sizes_of(layers, None if table is None else table.shape[1], where)
    spikes = table is None or bool(np.isin(table, (0, 1)).all())
    step = float(dt.value)
    populations, projections, stimuli = [], [], []
    shift = {"input": 0} if spikes else {}
    if spikes:
        raster = np.zeros((1, sizes[0]), bool) if table is None else table
        populations.append(Population("input", sizes[0], SpikeTimes.raster(raster, dt)))
    source, gain = "input", np.float64(1.0)
    for n, (layer, size) in enumerate(zip(layers, sizes[1:], strict=True), 1):
        name = f"layer{n}"
        shift[name] = n if spikes else n - 1
        populations.append(_population(name, size, layer, shift[name], step))
        if n == 1 and not spikes:
            stimuli.append(_drive(layer.weight, table, step))
        else:
            projections.append(_forward(source, name, layer, gain))
        projections += _recurrent(name, layer.cell)
        source, gain = name, layer.cell.gain
    network = Network(populations, projections, stimuli,
                      [SpikeProbe(f"layer{n}") for n in range(1, len(layers) + 1)], dt,
                      where)
    return Imported(network, shift, None if table is None else len(table), layers[0].weight)


def _population(name: str, size: int, layer: Layer, shift: int, dt: float) -> Population:
    cell, bias = layer.cell, {} if layer.bias is None else {"bias": layer.bias}
    still = cell.rests and not np.any(bias.get("bias", 0.0))
    parameters = {**cell.parameters, **bias}
    if shift == 0 or still:
        return Population(name, size, cell.model, parameters)
    # half a step earlier, so that rounding of k*dt does not matter
    start = Quantity((shift - 0.5) * dt, SECOND)
    return Population(name, size, waiting(cell.model), {**parameters, "start": start})


def _drive(w: Any, table: Any, dt: float) -> StepCurrent:
    values = table if w is None else table @ w.T
    at = Quantity(np.arange(len(table)) * dt, SECOND)
    return StepCurrent("layer1", "drive", at, values)


def _forward(source: str, name: str, layer: Layer, gain: Any) -> Projection:
    w = layer.weight
    if w is None:
        return Projection(f"{source}_to_{name}", source, name, OneToOne(), TO_DRIVE,
                          {"w": gain if np.ndim(gain) == 0 else np.array(gain)})
    weights = (w * gain).T.ravel()  # by source, then by target: the order of AllToAll
    return Projection(f"{source}_to_{name}", source, name, AllToAll(), TO_DRIVE, {"w": weights})


def _recurrent(name: str, cell: Cell) -> list[Projection]:
    if cell.recurrent is None:
        return []
    w = np.asarray(cell.recurrent) * cell.gain
    connector = AllToAll() if w.ndim == 2 else OneToOne()
    values = w.T.ravel() if w.ndim == 2 else w
    return [Projection(f"{name}_to_itself", name, name, connector, TO_BACK,
                       {"w": float(values) if np.ndim(values) == 0 else values})]
