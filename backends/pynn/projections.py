"""Projection: connections made by PyNN's connectors, kept as arrays in the order they were made."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from pyNN import common, errors
from pyNN.space import Space

from . import simulator
from .dialect import accept, ignored
from .populations import root, rows
from .synapses import StaticSynapse

REDUCE = {"sum": np.add, "min": np.fmin, "max": np.fmax}


class Connection(common.Connection):  # type: ignore[misc]
    """One connection: `presynaptic_index`, `postsynaptic_index` and the synapse's parameters."""

    def __init__(self, projection: Any, index: int) -> None:
        self.__dict__.update(projection=projection, index=index)

    def __getattr__(self, name: str) -> Any:
        if name not in ("presynaptic_index", "postsynaptic_index", *self.projection.values):
            raise AttributeError(f"a connection of {self.projection.label!r} has no {name!r}; it "
                                 f"has {', '.join(self.projection.values)}")
        return self.projection.column(name)[self.index]

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.projection.values:
            raise AttributeError(f"a connection of {self.projection.label!r} has no {name!r}")
        self.projection.change(name, np.array([self.index]), np.array([float(value)]))

    def as_tuple(self, *names: str) -> tuple[Any, ...]:
        """The values of `names`."""
        return tuple(getattr(self, name) for name in names)


class Projection(common.Projection):  # type: ignore[misc]
    """PyNN's Projection; `values` holds each attribute of the synapses, one value a connection."""

    _simulator = simulator
    _static_synapse_class = StaticSynapse

    def __init__(self, presynaptic_population: Any, postsynaptic_population: Any, connector: Any,
                 synapse_type: Any = None, source: Any = None, receptor_type: Any = None,
                 space: Any = None, label: str | None = None, **placement: Any) -> None:
        super().__init__(presynaptic_population, postsynaptic_population, connector, synapse_type,
                         source, receptor_type, Space() if space is None else space, label)
        ignored("placement", placement, f"Projection {self.label!r}")
        self._columns: list[tuple[Any, int, dict[str, Any]]] = []
        connector.connect(self)
        self.pre_index = np.concatenate([np.zeros(0, np.int64), *(c[0] for c in self._columns)])
        self.post_index = np.repeat(np.array([c[1] for c in self._columns], dtype=np.int64),
                                    [len(c[0]) for c in self._columns])
        names = self.synapse_type.get_native_names()
        self.values = {n: np.concatenate([np.zeros(0), *(c[2][n] for c in self._columns)])
                       for n in names}
        del self._columns
        if self.positive:
            accept("positive inhibitory weights", f"Projection {self.label!r}")
        self.number = len(simulator.state.projections)
        simulator.state.projections.append(self)
        simulator.state.changed()

    def _convergent_connect(self, presynaptic_indices: Any, postsynaptic_index: int,
                            location_selector: Any = None, **parameters: Any) -> None:
        if location_selector is not None:
            raise errors.ConnectionError(f"Projection {self.label!r}: neurons here are points; "
                                         "leave location_selector out")
        pre = np.array(presynaptic_indices, dtype=np.int64)
        self._columns.append((pre, int(postsynaptic_index), {
            n: np.array(np.broadcast_to(np.asarray(v, np.float64), pre.shape))
            for n, v in parameters.items()}))

    def __len__(self) -> int:
        return len(self.pre_index)

    def __getitem__(self, index: int) -> Connection:
        return Connection(self, range(len(self))[index])

    @property
    def connections(self) -> list[Connection]:
        """All connections, in the order they were made."""
        return [Connection(self, n) for n in range(len(self))]

    def ends(self) -> tuple[list[Any], Any, Any, list[Any], Any, Any]:
        """For either side: the root populations, the number of each connection's, its index."""
        return (*_located(self.pre, self.pre_index), *_located(self.post, self.post_index))

    def column(self, name: str) -> Any:
        """Present values of an attribute, one a connection."""
        if name in ("presynaptic_index", "postsynaptic_index"):
            return self.pre_index if name == "presynaptic_index" else self.post_index
        if name.rstrip("s") in self.values and name not in self.values:
            name = name.rstrip("s")
        session = simulator.state.session
        if name == "weight" and session is not None:
            now = session.weights(self)
            return self.values[name] if now is None else now
        return self.values[name]

    def change(self, name: str, at: Any, values: Any) -> None:
        """Set an attribute of connections `at`; a weight that learns changes in the run."""
        self.values[name][at] = values
        session = simulator.state.session
        if name != "weight" or session is None or not session.set_weights(self, at):
            simulator.state.changed()

    def _set_attributes(self, parameter_space: Any) -> None:
        parameter_space.evaluate(simplify=False)
        for name, table in parameter_space.items():
            new = np.asarray(table)[self.pre_index, self.post_index]
            at = np.flatnonzero(~np.isnan(new))
            self.change(name, at, new[at])

    def _get_attributes_as_list(self, names: Any) -> list[tuple[Any, ...]]:
        return list(zip(*(self.column(n).tolist() for n in names), strict=True))

    def _get_attributes_as_arrays(self, names: Any, multiple_synapses: str = "sum") -> list[Any]:
        return [self._table(self.column(n), multiple_synapses) for n in names]

    def _table(self, values: Any, several: str) -> Any:
        """A (pre, post) matrix; NaN where there is no connection."""
        out = np.full(self.shape, np.nan)
        at = (self.pre_index, self.post_index)
        if several in REDUCE:
            out[at] = {"sum": 0.0, "min": np.inf, "max": -np.inf}[several]
            REDUCE[several].at(out, at, values)
        elif len(values):
            chosen = np.full(self.shape, len(values) if several == "first" else -1)
            (np.minimum if several == "first" else np.maximum).at(
                chosen, at, np.arange(len(values)))
            out[at] = values[chosen[at]]
        return out

    @property
    def positive(self) -> bool:
        """Whether weights are positive where PyNN wants them negative: inhibitory currents."""
        weights = self.values["weight"]
        return bool(self.receptor_type == "inhibitory" and self.post.conductance_based is False
                    and np.all(weights >= 0) and (np.any(weights > 0) or (
                        self.plastic and np.any(self.values["w_max"] > 0))))

    @cached_property
    def plastic(self) -> bool:
        """Whether weights change in a run."""
        return type(self.synapse_type).__name__ == "STDPMechanism"


def _located(part: Any, indices: Any) -> tuple[list[Any], Any, Any]:
    parts = part.populations if isinstance(part, common.Assembly) else [part]
    bounds = np.cumsum([0, *(p.size for p in parts)])
    which = np.searchsorted(bounds, indices, side="right") - 1
    found = np.zeros(len(indices), np.int64)
    for n, p in enumerate(parts):
        mine = which == n
        found[mine] = rows(p, indices[mine] - bounds[n])
    return [root(p) for p in parts], which, found
