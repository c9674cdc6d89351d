"""Results as tables (pandas) and as a Neo block, for the tools of others."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from .errors import DescriptionError, MissingPackageError
from .results import Results, Spikes, Trace, unit_name
from .units import BASE, UNITS, name_of

MS = UNITS["ms"]


def _need(package: str) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError as problem:
        raise MissingPackageError(f"this needs {package}, which is not installed; run "
                                  f'pip install "engram[{package}]"') from problem


# -- pandas ---------------------------------------------------------------------------------------
def spikes_table(spikes: Spikes) -> Any:
    """DataFrame with a row a spike: i, step, t_ms."""
    return _need("pandas").DataFrame({"i": spikes.i, "step": spikes.step, "t_ms": spikes.t / MS})


def table(run: Results, what: str = "spikes") -> Any:
    """DataFrame of all `what`: "spikes", "states" or "weights"."""
    if what not in TABLES:
        raise DescriptionError(f"there is no table {what!r}; there are {', '.join(TABLES)}")
    columns, rows = TABLES[what]
    pandas = _need("pandas")
    parts = [pandas.DataFrame(row, columns=columns) for row in rows(run)]
    full = [p for p in parts if len(p)] or parts  # empty parts would blur the dtypes of the others
    return pandas.concat(full, ignore_index=True) if full else pandas.DataFrame(columns=columns)


def _spike_rows(run: Results) -> list[dict[str, Any]]:
    return [{"population": name, "i": s.i, "step": s.step, "t_ms": s.t / MS}
            for name, s in run.spikes.items()]


def _state_rows(run: Results) -> list[dict[str, Any]]:
    out = []
    for population, states in run.states.items():
        for name, x in states.traces.items():
            many = len(x.neurons)
            out.append({"population": population, "variable": name,
                        "i": np.tile(x.neurons, len(x.step)), "step": np.repeat(x.step, many),
                        "t_ms": np.repeat(x.t / MS, many), "value": x.values.ravel(),
                        "unit": unit_name(x.dim)})
    return out


def _weight_rows(run: Results) -> list[dict[str, Any]]:
    return [{"projection": projection, "variable": name, "pre": w.pre, "post": w.post,
             "value": values, "unit": unit_name(w.dims[name])}
            for projection, w in run.weights.items() for name, values in w.final.items()]


TABLES = {
    "spikes": (["population", "i", "step", "t_ms"], _spike_rows),
    "states": (["population", "variable", "i", "step", "t_ms", "value", "unit"], _state_rows),
    "weights": (["projection", "variable", "pre", "post", "value", "unit"], _weight_rows)}


# -- Neo ------------------------------------------------------------------------------------------
def neo_block(run: Results) -> Any:
    """neo.Block with one Segment: a SpikeTrain a neuron, an AnalogSignal a recorded variable.

    Trains are annotated as PyNN does, `source_population` and `source_index`; signals carry the
    recorded neurons as the array annotation `channel_index`. Times are in ms, values in SI.
    """
    neo = _need("neo")
    name = str(run.provenance.get("network", "network"))
    block = neo.Block(name=name, **{k: v for k, v in run.provenance.items()
                                    if isinstance(v, (str, bool, int, float))
                                    and k not in ("network", "name", "description")})
    segment = neo.Segment(name="run")
    block.segments.append(segment)
    for population, spikes in run.spikes.items():
        for i, train in enumerate(spikes.trains()):
            segment.spiketrains.append(neo.SpikeTrain(
                train / MS, units="ms", t_start=0.0, t_stop=run.duration / MS,
                name=f"{population}[{i}]", source_population=population, source_index=i))
    for population, states in run.states.items():
        for variable, trace in states.traces.items():
            segment.analogsignals.append(_signal(neo, population, variable, trace))
    return block


def _signal(neo: Any, population: str, variable: str, trace: Trace) -> Any:
    """Regular samples: a StateProbe records every `every`-th step."""
    import quantities
    unit = quantities.dimensionless
    for base, exponent in zip(BASE, trace.dim, strict=True):
        unit = unit * getattr(quantities, base)**exponent
    named = {"volt": quantities.V, "amp": quantities.A, "siemens": quantities.S,
             "hertz": quantities.Hz}.get(name_of(trace.dim), unit)
    every = int(trace.step[1] - trace.step[0]) if len(trace.step) > 1 else 1
    first = int(trace.step[0]) if len(trace.step) else 0
    return neo.AnalogSignal(
        trace.values, units=named, sampling_period=every * trace.dt * 1e3 * quantities.ms,
        t_start=first * trace.dt * 1e3 * quantities.ms, name=variable,
        source_population=population, array_annotations={"channel_index": trace.neurons})
