"""Checks that need the whole network: names, references, shapes, and units across synapses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .equations import (
    DIFFERENTIAL,
    PARAMETER,
    SECOND,
    SUBEXPRESSION,
    check_label,
    check_units,
)
from .errors import DescriptionError, UnitError, naming
from .models import (
    SYNAPSE_FLAGS,
    TIME,
    NeuronModel,
    SynapseModel,
    check_lines,
    check_value,
    dims_of,
    neuron_names,
)
from .probes import PROBES, SpikeProbe, StateProbe, WeightProbe
from .statements import parse_lines
from .stimuli import SOURCES, StepCurrent
from .units import NONE, Dim, name_of, split

__all__ = ["SYNAPSE_FLAGS", "check_network", "ends"]


def check_network(network: Any) -> None:
    """Raise DescriptionError or UnitError, naming the object, the value and the way out."""
    from .network import Population, Projection
    for part, kinds in (("populations", (Population,)), ("projections", (Projection,)),
                        ("stimuli", (StepCurrent,)), ("probes", PROBES)):
        for item in getattr(network, part):
            if not isinstance(item, kinds):
                names = ", ".join(k.__name__ for k in kinds)
                raise DescriptionError(f"network {network.name!r}: {part} holds {item!r}, which is "
                                       f"not a {names}")
    _check_names(network)
    for p in network.populations:
        with naming(f"population {p.name!r}"):
            _check_population(p)
    by_name = {p.name: p for p in network.populations}
    for q in network.projections:
        with naming(f"projection {q.name!r}"):
            _check_projection(q, by_name)
    for s in network.stimuli:
        _check_stimulus(s, by_name)
    for probe in network.probes:
        _check_probe(probe, by_name, {q.name: q for q in network.projections})


def check_part(part: Any, by_name: Mapping[str, Any]) -> None:
    """Check one population or projection again after its values were changed."""
    with naming(f"{'projection' if hasattr(part, 'synapse') else 'population'} {part.name!r}"):
        if hasattr(part, "synapse"):
            _check_projection(part, by_name)
        else:
            _check_population(part)


def _check_names(network: Any) -> None:
    seen: dict[str, str] = {}
    for kind, parts in (("population", network.populations), ("projection", network.projections)):
        for part in parts:
            check_label(part.name, kind)
            if part.name in seen:
                raise DescriptionError(f"{kind} {part.name!r} has the name of another "
                                       f"{seen[part.name]}; names must differ")
            seen[part.name] = kind


def _check_population(p: Any) -> None:
    where = f"population {p.name!r}"
    if isinstance(p.model, SOURCES):
        if p.parameters or p.initial:
            raise DescriptionError(f"{where} is a source; it has no parameters or initial values")
        if p.clock != 1:
            raise DescriptionError(f"{where} is a source; it has no clock of its own")
        return
    if not isinstance(p.model, NeuronModel):
        raise DescriptionError(f"{where}: model {p.model!r} is not a NeuronModel, SpikeTimes or "
                               "Poisson")
    equations = p.model.parsed
    dims = {**TIME, **dims_of(equations)}
    _check_given(p, equations, dims, where, {None: p.size})


def _check_given(part: Any, equations: Any, dims: Mapping[str, Dim], where: str,
                 sizes: Mapping[str | None, int | None]) -> None:
    """Names, units, shapes and completeness of `parameters` and `initial`."""
    kinds = {e.name: e for e in equations}
    for label, allowed in (("parameters", (PARAMETER,)), ("initial", (DIFFERENTIAL, PARAMETER))):
        for name, value in getattr(part, label).items():
            eq = kinds.get(name)
            if eq is None or eq.kind == SUBEXPRESSION or "summed" in eq.flags:
                known = [e.name for e in equations if e.kind in allowed]
                raise DescriptionError(f"{where}: model {part_model(part).name!r} has no "
                                       f"{name!r} to set; it has {', '.join(known) or 'none'}")
            if eq.kind not in allowed:
                raise DescriptionError(f"{where}: {name!r} changes during a run; give its start in "
                                       f"initial={{{name!r}: ...}}")
            check_value(value, dims, eq.dim, f"{where}: {name}")
            side = next((f for f in ("pre", "post") if f in eq.flags), None)
            _check_numbers(value, sizes.get(side), f"{where}: {name}")
    twice = set(part.parameters) & set(part.initial)
    if twice:
        raise DescriptionError(f"{where}: {sorted(twice)} are given both as parameters and as "
                               "initial values; keep one")
    for name, value in part_model(part).defaults.items():
        eq = kinds[name]
        check_value(value, dims, eq.dim, f"{where}: default of {name}")
        side = next((f for f in ("pre", "post") if f in eq.flags), None)
        _check_numbers(value, sizes.get(side), f"{where}: default of {name}")
    given = {**part_model(part).defaults, **part.parameters, **part.initial}
    missing = [e.name for e in equations if e.kind == PARAMETER and e.name not in given]
    if missing:
        raise DescriptionError(f"{where}: no value for {', '.join(missing)}; add parameters="
                               f"{{{missing[0]!r}: ...}}")


def part_model(part: Any) -> Any:
    """The neuron model of a population, the synapse model of a projection."""
    return part.synapse if hasattr(part, "synapse") else part.model


def _check_numbers(value: Any, size: int | None, what: str) -> None:
    if isinstance(value, str):
        return
    numbers = np.asarray(split(value)[0])
    if np.isnan(numbers).any():
        at = f" at index {np.flatnonzero(np.isnan(numbers))[0]}" if numbers.ndim else ""
        raise DescriptionError(f"{what} is NaN{at}; give a number")
    if numbers.ndim > 1 or (numbers.ndim == 1 and size is not None and numbers.shape != (size,)):
        raise DescriptionError(f"{what} has shape {numbers.shape}; give one value or "
                               f"{size if size is not None else 'n'} of them")


def ends(q: Any, by_name: Mapping[str, Any]) -> list[tuple[Any, int, int]]:
    """(population, start, stop) of source and target of a projection."""
    from .network import Population, View
    out = []
    for label, end in (("source", q.source), ("target", q.target)):
        name = end.population if isinstance(end, View) else end
        if isinstance(name, Population):
            raise DescriptionError(f"projection {q.name!r}: {label} is a Population; give its "
                                   f"name, {name.name!r}")
        if not isinstance(name, str) or name not in by_name:
            raise DescriptionError(f"projection {q.name!r}: {label} {name!r} is not a population; "
                                   f"there are {', '.join(by_name) or 'none'}")
        p = by_name[name]
        start, stop = (end.start, end.stop) if isinstance(end, View) else (0, p.size)
        if not 0 <= start <= stop <= p.size:
            raise DescriptionError(f"projection {q.name!r}: {label} view {start}:{stop} does not "
                                   f"fit population {name!r} of size {p.size}")
        out.append((p, start, stop))
    return out


def _check_projection(q: Any, by_name: Mapping[str, Any]) -> None:
    where = f"projection {q.name!r}"
    if not isinstance(q.synapse, SynapseModel):
        raise DescriptionError(f"{where}: synapse {q.synapse!r} is not a SynapseModel")
    if not hasattr(q.connector, "rows") or isinstance(q.connector, type):
        raise DescriptionError(f"{where}: connector {q.connector!r} is not a connector such as "
                               "AllToAll() or FixedProbability(0.1)")
    source, target = ends(q, by_name)
    equations = q.synapse.parsed
    dims = {**TIME, **dims_of(equations)}
    for name in sorted(neuron_names(q.synapse)):
        base, side = name.rsplit("_", 1)
        p = source[0] if side == "pre" else target[0]
        held = dims_of(p.model.parsed) if isinstance(p.model, NeuronModel) else {}
        if base not in held:
            raise DescriptionError(f"{where}: synapse {q.synapse.name!r} uses {name!r}, but "
                                   f"population {p.name!r} has no {base!r}; it has "
                                   f"{', '.join(held) or 'no variables'}")
        dims[name] = held[base]
    try:
        check_units(equations, dims, where)
    except DescriptionError as problem:
        raise type(problem)(f"{problem} (synapse model {q.synapse.name!r})") from None
    _check_summed(equations, dims, where)
    writable = {e.name for e in equations if e.kind in (DIFFERENTIAL, PARAMETER)
                and "constant" not in e.flags}
    sends = {n for n in dims if n.endswith("_post")}
    _check_targets(q, target[0], where)
    check_lines(parse_lines(q.synapse.on_pre), dims, writable | sends, f"{where}, on_pre")
    check_lines(parse_lines(q.synapse.on_post), dims, writable, f"{where}, on_post")
    sizes = {None: None, "pre": source[2] - source[1], "post": target[2] - target[1]}
    _check_given(q, equations, {**dims, "j": NONE}, where, sizes)  # values may use i and j
    _check_delay(q, where)


def _check_targets(q: Any, target: Any, where: str) -> None:
    """What a synapse sends to must be a variable or parameter that may change."""
    for line in parse_lines(q.synapse.on_pre):
        if line.target.endswith("_post"):
            eq = next(e for e in target.model.parsed if e.name == line.target[:-5])
            if eq.kind == SUBEXPRESSION or "constant" in eq.flags:
                raise DescriptionError(f"{where}: {line.target!r} cannot be written, because "
                                       f"{eq.name!r} of {target.name!r} is a {eq.kind}"
                                       f"{' flagged constant' if eq.flags else ''}")


def _check_summed(equations: Any, dims: Mapping[str, Dim], where: str) -> None:
    for eq in equations:
        if "summed" in eq.flags and dims.get(eq.name) != eq.dim:
            raise UnitError(f"{where}: summed {eq.name!r} is declared in {eq.unit}, but the "
                            f"neuron's variable is {name_of(dims[eq.name])}")


def _check_delay(q: Any, where: str) -> None:
    if q.delay is None:
        return
    if isinstance(q.delay, str):
        check_value(q.delay, TIME, SECOND, f"{where}: delay")
        return
    if split(q.delay)[1] != SECOND:
        raise UnitError(f"{where}: delay {q.delay!r} is {name_of(split(q.delay)[1])}; give a time "
                        "such as 1.5*ms")
    _check_numbers(q.delay, None, f"{where}: delay")


def _variable(p: Any, name: str, where: str) -> Any:
    equations = p.model.parsed if isinstance(p.model, NeuronModel) else ()
    for eq in equations:
        if eq.name == name:
            return eq
    raise DescriptionError(f"{where}: population {p.name!r} has no variable {name!r}; it has "
                           f"{', '.join(e.name for e in equations) or 'none'}")


def _population(by_name: Mapping[str, Any], name: str, where: str) -> Any:
    if name not in by_name:
        raise DescriptionError(f"{where}: there is no population {name!r}; there are "
                               f"{', '.join(by_name) or 'none'}")
    return by_name[name]


def _check_stimulus(s: StepCurrent, by_name: Mapping[str, Any]) -> None:
    where = f"StepCurrent on {s.population}.{s.variable}"
    p = _population(by_name, s.population, where)
    eq = _variable(p, s.variable, where)
    if eq.kind == SUBEXPRESSION or "constant" in eq.flags:
        raise DescriptionError(f"{where}: {s.variable!r} is a {eq.kind} that cannot be set during "
                               "a run; set a parameter or a state variable")
    if s.values.dim != eq.dim:
        raise UnitError(f"{where}: values are {name_of(s.values.dim)}, "
                        f"they must be {name_of(eq.dim)}")
    if s.values.value.ndim == 2 and s.values.shape[1] != p.size:
        raise DescriptionError(f"{where}: values of shape {s.values.shape} for {p.size} neurons")


def _check_probe(probe: Any, by_name: Mapping[str, Any], projections: Mapping[str, Any]) -> None:
    where = f"{type(probe).__name__}"
    if isinstance(probe, SpikeProbe):
        _population(by_name, probe.population, where)
    elif isinstance(probe, StateProbe):
        p = _population(by_name, probe.population, where)
        for name in probe.variables:
            _variable(p, name, f"{where} on {p.name!r}")
        if probe.neurons is not None and probe.neurons.size and (
                probe.neurons.max() >= p.size or probe.neurons.min() < 0):
            raise DescriptionError(f"{where} on {p.name!r}: neuron {probe.neurons.max()} does not "
                                   f"exist; the population has {p.size}")
    elif isinstance(probe, WeightProbe):
        if probe.projection not in projections:
            raise DescriptionError(f"{where}: there is no projection {probe.projection!r}; there "
                                   f"are {', '.join(projections) or 'none'}")
        known = {e.name for e in projections[probe.projection].synapse.parsed
                 if e.kind != SUBEXPRESSION}
        for name in probe.variables:
            if name not in known:
                raise DescriptionError(f"{where} on {probe.projection!r}: no variable {name!r}; "
                                       f"there are {', '.join(sorted(known))}")
