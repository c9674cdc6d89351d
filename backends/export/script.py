"""A PyNN script that a person can read: every value as it stands, arrays in data.npz beside it.

Text of a user reaches the script only as the `repr` of a string, or as names that the description
has checked to be letters, digits and underscores.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...simulator.plan import POISSON, SCHEDULE
from ..hardware.cells import PYNN_UNITS, plain
from .dialects import Dialect
from .view import Cells, NetworkView, Synapses

HEAD = '''"""A network of engram for {what}. What it keeps and what it does not is in report.md.

Install requirements.txt, then: python run.py
It writes spikes.npz: for each recorded population NAME the neurons NAME.i, the times NAME.t_ms as
the simulator labels them, and NAME.step, the same spikes in engram's steps. Arrays of the network
are in data.npz.
"""

from pathlib import Path

import numpy as np
import {module} as sim

NETWORK = {name!a}
# The digest of the description that this was written from.
DIGEST = {digest!r}
TIMESTEP = {dt!r}  # ms
DURATION = {duration!r}  # ms
# The simulator labels the spikes of a population so many steps later than engram does.
LABEL_STEPS = {labels}

HERE = Path(__file__).resolve().parent
data = np.load(HERE / "data.npz", allow_pickle=False)


def trains(name, size):
    """Spike times in ms of each neuron of a source{why}."""
    times, neurons = data[name + ".times"]{early}, data[name + ".neurons"]
    return [times[neurons == n].tolist() for n in range(size)]


def listed(name):
    """Connections one by one: from, to, and weight and delay where they differ."""
    return sim.FromListConnector(data[name + ".connections"].tolist())


'''

TAIL = '''
sim.run(DURATION)

result = {{}}
for name in RECORDED:
    trains_of = populations[name].get_data("spikes").segments[0].spiketrains
    times = [np.asarray(train.rescale("ms").magnitude, dtype=float) for train in trains_of]
    neurons = [np.full(len(t), n) for n, t in enumerate(times)]
    times = np.concatenate([*times, np.zeros(0)])
    result[name + ".i"] = np.concatenate([*neurons, np.zeros(0, int)]).astype(int)
    result[name + ".t_ms"] = times
    result[name + ".step"] = np.rint(times / TIMESTEP).astype(int) - LABEL_STEPS.get(name, 0)
{states}{weights}np.savez(HERE / "spikes.npz", **result)
for name in RECORDED:
    print(f"{{name}}: {{len(result[name + '.i'])}} spikes")
sim.end()
'''

STATES = '''for name, variable in STATES:
    signal = populations[name].get_data(variable).segments[0].filter(name=variable)[0]
    result[name + "." + variable] = np.asarray(signal.magnitude)
'''

WEIGHTS = '''for name in PLASTIC:
    learnt = np.array(projections[name].get("weight", format="list"))
    result[name + ".weights"] = learnt{scale}
'''


def script(v: NetworkView, dialect: Dialect) -> tuple[str, dict[str, Any]]:
    """The text of run.py and the arrays that it reads."""
    arrays: dict[str, Any] = {}
    late = {c.name: n for c in v.cells if (n := dialect.label_steps(c.cell) + v.wait)}
    shown = _wrap("{", [f"{n!r}: {k}" for n, k in late.items()], "}")
    head = HEAD.format(what=dialect.module, module=dialect.module, name=v.network.name,
                       digest=v.plan.digest, dt=v.dt_ms, duration=_ms(v, v.steps + v.wait),
                       labels=shown,
                       early=f" - {dialect.early!r}" if dialect.early else "",
                       why=", just early: NEST rounds up" if dialect.early else "")
    lines = [_setup(v, dialect), "", "populations = {}", "projections = {}", ""]
    for c in v.cells:
        if c.size:
            lines += _population(c, v, arrays)
    for s in v.synapses:
        if len(s.pre):
            lines += _projection(s, v, dialect, arrays)
    lines += _stimuli(v, arrays)
    states = [pair for pair in recordable(v, dialect) if v.cell(pair[0]).size]
    lines += _recording(v, states)
    scales = {s.name: float(f) for s in v.synapses
              if s.plastic and len(s.pre) and (f := factor_of(s, v, dialect)) != 1}
    if scales:
        lines += ["# Weights are written times this, see report.md.",
                  "SCALE = " + _wrap("{", [f"{n!r}: {f!r}" for n, f in scales.items()], "}")]
    learnt = WEIGHTS.format(scale=" / [1, 1, SCALE.get(name, 1)]" if scales else "")
    tail = TAIL.format(states=STATES if states else "", weights=learnt if _plastic(v) else "")
    return head + "\n".join(lines) + tail, arrays


def delays_ms(s: Synapses, v: NetworkView, dialect: Dialect) -> Any:
    """The delays that are written, in ms: at least one step."""
    steps = np.maximum(np.asarray(s.delay) - dialect.label_steps(v.cell(s.source).cell), 1)
    value = np.round(steps * v.dt_ms, 9)
    return float(value) if value.ndim == 0 else value


def weights(s: Synapses, v: NetworkView, dialect: Dialect) -> Any:
    """The weights that are written, in PyNN's unit: ours, or scaled as the dialect says."""
    factor = factor_of(s, v, dialect)
    return plain(s.weight * (factor[s.post] if np.ndim(factor) else factor))


def factor_of(s: Synapses, v: NetworkView, dialect: Dialect) -> Any:
    """What weights are multiplied by: a number, or one a neuron of the target."""
    c = v.cell(s.target)
    assert s.found is not None
    return dialect.kick_of(c.cell, s.found.target, c.values, v.plan.dt)


def recordable(v: NetworkView, dialect: Dialect) -> list[tuple[str, str]]:
    """(population, PyNN's variable) of what the network records and the simulator can."""
    out = []
    for name, variable, _ in v.states:
        cell = v.cell(name).cell
        found = next((n for n, p in cell.states.items() if p.ours == variable), "") if cell else ""
        if found in dialect.states and (name, found) not in out:
            out.append((name, found))
    return out


def _ms(v: NetworkView, steps: int) -> float:
    return round(steps * v.dt_ms, 9)


def _setup(v: NetworkView, dialect: Dialect) -> str:
    every = [np.asarray(delays_ms(s, v, dialect)) for s in v.synapses if len(s.pre)]
    low = min((float(d.min()) for d in every), default=v.dt_ms)
    high = max((float(d.max()) for d in every), default=v.dt_ms)
    if dialect.target == "spinnaker":
        lines = ["sim.setup(timestep=TIMESTEP)"]
        cells = sorted({c.cell.pynn for c in v.cells if c.cell is not None})
        plastic = {c.cell.pynn for s in v.synapses if s.plastic
                   and (c := v.cell(s.target)).cell is not None}
        lines += [f"sim.set_number_of_neurons_per_core(sim.{name}, "
                  f"{PLASTIC_PER_CORE if name in plastic else PER_CORE})" for name in cells]
        return "\n".join(lines)
    low = min(low, v.dt_ms)  # a source fires a shortest delay early, through a relay
    more = "".join(f", {k}={x!r}" for k, x in dialect.setup.items())
    setup = f"sim.setup(timestep=TIMESTEP, min_delay={low!r}, max_delay={high!r}{more})"
    return "\n".join([setup, dialect.after_setup]).rstrip()


PER_CORE, PLASTIC_PER_CORE = 256, 64
"""Neurons on a core of the board: the most there can be, and advice where synapses learn."""


def _arguments(name: str, values: dict[str, Any], arrays: dict[str, Any]) -> list[str]:
    out = []
    for key, value in values.items():
        if np.ndim(value):
            arrays[f"{name}.{key}"] = np.asarray(value)
            out.append(f"{key}=data[{f'{name}.{key}'!r}]")
        else:
            out.append(f"{key}={value!r}")
    return out


def _population(c: Cells, v: NetworkView, arrays: dict[str, Any]) -> list[str]:
    made = f"populations[{c.name!r}]"
    if c.plan.kind == SCHEDULE:
        keep = c.plan.steps < v.steps
        arrays[f"{c.name}.times"] = np.round((c.plan.steps[keep] + v.wait) * v.dt_ms, 9)
        arrays[f"{c.name}.neurons"] = c.plan.indices[keep]
        kind = f"sim.SpikeSourceArray(spike_times=trains({c.name!r}, {c.size}))"
    elif c.plan.kind == POISSON:
        stop = min(c.plan.stop, v.steps)
        rate = single_or_array(np.round(c.plan.chance / v.plan.dt, 9))
        inside = _arguments(c.name, {"rate": rate, "start": _ms(v, c.plan.start + v.wait),
                                     "duration": _ms(v, stop - c.plan.start)}, arrays)
        kind = f"sim.SpikeSourcePoisson({', '.join(inside)})"
    else:
        assert c.cell is not None
        inside = _arguments(c.name, dict(c.parameters), arrays)
        kind = _wrap(f"sim.{c.cell.pynn}(", inside, ")", 8)
    lines = [f"{made} = sim.Population(", f"    {c.size}, {kind},", f"    label={c.name!r})"]
    if c.initial:
        inside = _arguments(c.name, {f"initial_{k}": x for k, x in c.initial.items()}, arrays)
        lines.append(f"{made}.initialize({', '.join(x.removeprefix('initial_') for x in inside)})")
    return [*lines, ""]


def _wrap(begin: str, items: list[str], end: str, indent: int = 4) -> str:
    """A list in brackets, on lines of at most 96 characters."""
    line = begin + ", ".join(items) + end
    if len(line) <= 80:
        return line
    inside = textwrap.fill(", ".join(items), 96, initial_indent=" " * indent,
                           subsequent_indent=" " * indent, break_long_words=False,
                           break_on_hyphens=False)
    return f"{begin}\n{inside}{end}"


def single_or_array(value: Any) -> Any:
    """A float for an array of one and the same number."""
    flat = np.unique(value)
    return float(flat[0]) if flat.size == 1 else value


def _projection(s: Synapses, v: NetworkView, dialect: Dialect,
                arrays: dict[str, Any]) -> list[str]:
    delay, weight = delays_ms(s, v, dialect), weights(s, v, dialect)
    sizes = v.cell(s.source).size, v.cell(s.target).size
    mixed = np.ndim(delay) > 0 or np.ndim(weight) > 0
    if s.whole and not mixed and (s.whole != "OneToOneConnector" or min(sizes) > 1):
        complete = len(s.pre) == sizes[0] * sizes[1] or s.whole == "OneToOneConnector"
        connector = f"sim.{s.whole}({'' if complete else 'allow_self_connections=False'})"
    else:
        columns = [s.pre, s.post]
        if mixed:
            columns += [np.broadcast_to(x, s.pre.shape) for x in (weight, delay)]
        arrays[f"{s.name}.connections"] = np.column_stack(columns)
        connector = f"listed({s.name!r})"
    given = {} if mixed else {"weight": weight, "delay": delay}
    return [f"projections[{s.name!r}] = sim.Projection(",
            f"    populations[{s.source!r}], populations[{s.target!r}],", f"    {connector},",
            f"    {_synapse(s, v, given, dialect)},",
            f"    receptor_type={s.receptor!r}, label={s.name!r})", ""]


def _synapse(s: Synapses, v: NetworkView, given: dict[str, float], dialect: Dialect) -> str:
    factor = factor_of(s, v, dialect)
    inside = [f"{k}={x!r}" for k, x in given.items()]
    if not s.plastic:
        return f"sim.StaticSynapse({', '.join(inside)})"
    assert s.found is not None
    cell, rule, values = v.cell(s.target).cell, s.found.rule, s.values
    assert cell is not None
    plus, minus = s.amplitudes
    tau = [round(values[t] * 1e3, 12) for t in ("tau_plus", "tau_minus")]
    bounds = [plain(factor * s.in_pynn(values.get(w, 0.0), cell)) for w in ("w_min", "w_max")]
    if dialect.absolute and rule.weights == "AdditiveWeightDependence":
        plus, minus = (float(f"{a * bounds[1]:.12g}") for a in (plus, minus))
    where = "sim.extra_models" if rule.timing == "SpikeNearestPairRule" else "sim"
    weights = f"{rule.weights}(w_min={bounds[0]!r}, w_max={bounds[1]!r})"
    if rule.exponent and values["mu"] != 1:
        weights = (f"GutigWeightDependence(w_min={bounds[0]!r}, w_max={bounds[1]!r}, "
                   f"mu_plus={values['mu']!r}, mu_minus={values['mu']!r})")
    return (f"sim.STDPMechanism(\n"
            f"        timing_dependence={where}.{rule.timing}(tau_plus={tau[0]!r}, "
            f"tau_minus={tau[1]!r}, A_plus={plus!r}, A_minus={minus!r}),\n"
            f"        weight_dependence=sim.{weights},\n"
            f"        {', '.join([*inside, f'dendritic_delay_fraction={s.fraction!r}'])})")


def _stimuli(v: NetworkView, arrays: dict[str, Any]) -> Iterator[str]:
    """Stepped currents: what is injected comes on top of i_offset, ours takes its place."""
    for n, w in enumerate(v.plan.writes):
        c = v.cells[w.population]
        assert c.cell is not None
        unit = next(p for p in c.cell.parameters.values() if p.ours == "i_offset").unit
        keep = w.steps < v.steps
        base = np.asarray(c.values["i_offset"])
        amplitudes = (np.asarray(w.values)[keep] - base) / PYNN_UNITS[unit].value
        arrays[f"stimulus{n}.times"] = np.round((w.steps[keep] + v.wait) * v.dt_ms, 9)
        arrays[f"stimulus{n}.amplitudes"] = np.round(amplitudes, 12)
        times = f"times=data['stimulus{n}.times'].tolist()"
        values = f"data['stimulus{n}.amplitudes']"
        if amplitudes.ndim == 1:
            yield (f"populations[{c.name!r}].inject(sim.StepCurrentSource(\n    {times}, "
                   f"amplitudes={values}.tolist()))")
        else:
            yield (f"for n in range({c.size}):\n    populations[{c.name!r}][n:n + 1].inject("
                   f"sim.StepCurrentSource(\n        {times}, amplitudes={values}[:, n].tolist()))")


def _plastic(v: NetworkView) -> list[str]:
    return [s.name for s in v.synapses if s.plastic and len(s.pre)]


def _recording(v: NetworkView, states: list[tuple[str, str]]) -> list[str]:
    names = [v.cells[n].name for n in v.plan.record_spikes if v.cells[n].size]
    lines = ["RECORDED = " + _wrap("[", [repr(n) for n in names], "]"), "for name in RECORDED:",
             '    populations[name].record("spikes")']
    if states:
        lines += [f"STATES = {states!r}", "for name, variable in STATES:",
                  "    populations[name].record(variable)"]
    return [*lines, *(["PLASTIC = " + _wrap("[", [repr(n) for n in _plastic(v)], "]")]
                     if _plastic(v) else [])]
