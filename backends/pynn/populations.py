"""Population, PopulationView and Assembly: PyNN's own, with their values kept here as arrays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from pyNN import common, errors
from pyNN.models import BaseCellType
from pyNN.parameters import LazyArray, ParameterSpace, Sequence, simplify

from . import simulator
from .cells import state_name
from .dialect import accept, ignored
from .recording import Recorder
from .sources import SOURCES, SpikeSourceArray, check_times


def root(part: Any) -> Any:
    """The population that a view is of, or the population itself."""
    return part.grandparent if isinstance(part, common.PopulationView) else part


def rows(part: Any, indices: Any = None) -> Any:
    """Indices in the root population of neurons of `part`, all of them unless told."""
    indices = np.arange(part.size) if indices is None else np.asarray(indices, dtype=np.int64)
    return part.index_in_grandparent(indices) if isinstance(
        part, common.PopulationView) else indices


def selector(chosen: Any) -> Any:
    """What PyNN takes for a view, from what scripts give: range, tuple, iterator, one index."""
    if isinstance(chosen, (slice, list, np.ndarray)):
        return chosen
    if chosen is None:
        return slice(None)
    if not isinstance(chosen, (int, np.integer, Iterable)):
        raise TypeError(f"a view of {chosen!r}: give a slice, indices or a mask")
    accept("views", f"view selected by {chosen!r}")
    return [int(chosen)] if isinstance(chosen, (int, np.integer)) else list(chosen)


def _column(values: Any, size: int) -> Any:
    """One value a neuron; PyNN leaves a single number for a population of one."""
    if isinstance(values, np.ndarray) and values.shape == (size,):
        return values.copy()
    out = np.empty(size, object if isinstance(values, Sequence) else np.float64)
    out[:] = values
    return out


def parameters_of(part: Any, *names: str) -> ParameterSpace:
    """Parameters of the neurons of `part`. NonExistentParameterError for a name it lacks."""
    celltype, kept = part.celltype, root(part).values
    for name in names:
        if name not in kept:
            raise errors.NonExistentParameterError(name, type(celltype).__name__,
                                                   celltype.get_parameter_names())
    at = rows(part)
    return ParameterSpace({n: simplify(kept[n][at]) for n in names}, celltype.get_schema(),
                          (part.size,))


def set_parameters(part: Any, space: ParameterSpace) -> None:
    """Change parameters of the neurons of `part`; they act from the next step on."""
    space.evaluate(simplify=False)
    kept, at = root(part).values, rows(part)
    for name, value in space.items():
        value = _column(value, part.size)
        if isinstance(part.celltype, SpikeSourceArray):
            check_times(value)
        kept[name][at] = value
    root(part).redraw()


def initialize(part: Any, values: dict[str, Any]) -> None:
    """Set state variables: where a run begins, and now if one has begun."""
    whole, at = root(part), rows(part)
    for variable, value in values.items():
        lazy = value if isinstance(value, LazyArray) else LazyArray(value, shape=(part.size,),
                                                                    dtype=float)
        numbers = np.array(lazy.evaluate(simplify=False), dtype=np.float64)
        name = state_name(part.celltype, variable)
        whole.initial.setdefault(name, np.zeros(whole.size))[at] = numbers
        whole.initial_values[variable] = LazyArray(simplify(whole.initial[name].copy()),
                                                   shape=(whole.size,), dtype=float)
        session = simulator.state.session
        if session is not None:
            session.write(whole, name, at)


def without_states(part: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """`parameters` without state variables, which are initialised instead."""
    celltype = part.celltype
    states = {n: v for n, v in parameters.items() if not celltype.has_parameter(n)
              and not isinstance(celltype, SOURCES) and n in (
                  *celltype.default_initial_values, *celltype.recordable)}
    if states:
        accept("state variables in set", f"{part.label!r}.set({', '.join(states)})")
        part.initialize(**states)
    return {n: v for n, v in parameters.items() if n not in states}


class Assembly(common.Assembly):  # type: ignore[misc]
    """PyNN's Assembly."""

    _simulator = simulator

    @property
    def receptor_types(self) -> list[str]:
        """Those that all have, in the order of the first: PyNN takes the first for excitatory.

        PyNN's own come in the order of a set, which is another in each process.
        """
        first, *others = (p.celltype.receptor_types for p in self.populations)
        return [r for r in first if all(r in types for types in others)]


class PopulationView(common.PopulationView):  # type: ignore[misc]
    """PyNN's PopulationView; its values are those of the population that it is of."""

    _simulator = simulator
    _assembly_class = Assembly

    def __init__(self, parent: Any, selector_: Any, label: str | None = None) -> None:
        super().__init__(parent, selector(selector_), label)

    def __getitem__(self, index: Any) -> Any:
        return super().__getitem__(list(index) if isinstance(index, range) else index)

    def _get_view(self, chosen: Any, label: str | None = None) -> PopulationView:
        return PopulationView(self, chosen, label)

    def _get_parameters(self, *names: str) -> ParameterSpace:
        return parameters_of(self, *names)

    _get_native_parameters = _get_parameters

    def _set_parameters(self, space: ParameterSpace) -> None:
        set_parameters(self, space)

    def set(self, **parameters: Any) -> None:
        """Set parameters; state variables are initialised."""
        super().set(**without_states(self, parameters))

    def initialize(self, **initial_values: Any) -> None:
        """Set state variables of the view's neurons."""
        initialize(self, initial_values)

    @property
    def initial_values(self) -> dict[str, Any]:
        """Initial values of the view's neurons."""
        at = rows(self)
        return {n: LazyArray(v.evaluate(simplify=False)[at], shape=(self.size,))
                for n, v in root(self).initial_values.items()}

    def spinnaker_get_data(self, variable: str) -> Any:
        """As `Population.spinnaker_get_data`."""
        return as_array(self, variable)


class Population(common.Population):  # type: ignore[misc]
    """PyNN's Population; `values` holds parameters, `initial` initial states, one a neuron."""

    _simulator = simulator
    _recorder_class = Recorder
    _assembly_class = Assembly

    def __init__(self, size: Any, cellclass: Any, cellparams: Any = None, structure: Any = None,
                 initial_values: Any = None, label: str | None = None,
                 additional_parameters: Any = None, **placement: Any) -> None:
        if isinstance(cellclass, type) and issubclass(cellclass, BaseCellType):
            cellclass, cellparams = cellclass(**(cellparams or {})), None
        elif isinstance(cellclass, BaseCellType):
            cellparams = cellparams or None
        size = size if isinstance(size, tuple) else int(size)
        super().__init__(size, cellclass, cellparams, structure, initial_values or {}, label)
        ignored("additional parameters", additional_parameters or {}, f"Population {self.label!r}")
        ignored("placement", placement, f"Population {self.label!r}")

    def _create_cells(self) -> None:
        state = simulator.state
        first = state.id_counter
        self.all_cells = np.array([simulator.ID(first + n) for n in range(self.size)],
                                  dtype=simulator.ID)
        self._mask_local = np.ones(self.size, bool)
        for cell in self.all_cells:
            cell.parent = self
        space = self.celltype.native_parameters
        space.shape = (self.size,)
        space.evaluate(simplify=False)
        self.values = {name: _column(v, self.size) for name, v in space.items()}
        if isinstance(self.celltype, SpikeSourceArray):
            check_times(self.values["spike_times"])
        self.initial: dict[str, Any] = {}
        self.drawn: Any = None
        self.number = len(state.populations)
        state.id_counter += self.size
        state.populations.append(self)
        state.changed()

    def __getitem__(self, index: Any) -> Any:
        return super().__getitem__(list(index) if isinstance(index, range) else index)

    def redraw(self) -> None:
        """Parameters changed: trains drawn for the future are drawn anew."""
        if self.drawn is not None:
            self.drawn.forget_after(simulator.state.steps)
        simulator.state.changed()

    def _get_view(self, chosen: Any, label: str | None = None) -> PopulationView:
        return PopulationView(self, chosen, label)

    def _get_parameters(self, *names: str) -> ParameterSpace:
        return parameters_of(self, *names)

    _get_native_parameters = _get_parameters

    def _set_parameters(self, space: ParameterSpace) -> None:
        set_parameters(self, space)

    def set(self, **parameters: Any) -> None:
        """Set parameters; state variables are initialised."""
        super().set(**without_states(self, parameters))

    def initialize(self, **initial_values: Any) -> None:
        """Set state variables, as PyNN says; in a run they change now."""
        initialize(self, initial_values)

    def _set_cell_initial_value(self, id: Any, variable: str, value: Any) -> None:
        initialize(self[[self.id_to_index(id)]], {variable: value})

    def spinnaker_get_data(self, variable: str) -> Any:
        """Rows (neuron, time) for spikes, else (neuron, time, value); of the last segment."""
        return as_array(self, variable)


def as_array(part: Any, variable: str) -> Any:
    """Recorded data of `part` as sPyNNaker's old arrays."""
    accept("spinnaker_get_data", repr(part.label))
    segment = part.get_data(variable).segments[-1]
    if variable == "spikes":
        table = [(train.annotations["source_index"], t) for train in segment.spiketrains
                 for t in train.magnitude]
        return np.array(table, dtype=np.float64).reshape(-1, 2)
    (signal,) = segment.filter(name=variable)
    neurons = signal.array_annotations["channel_index"]
    return np.array([(n, t, v) for m, n in enumerate(neurons)
                     for t, v in zip(signal.times.magnitude, signal.magnitude[:, m], strict=True)])
