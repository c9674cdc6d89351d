"""Models as text: what a neuron is, what a synapse is."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from .clock import one_time
from .equations import (
    DIFFERENTIAL,
    PARAMETER,
    SECOND,
    Equation,
    check_units,
    inline,
    noise_symbols,
    parse_equations,
)
from .errors import DescriptionError, UnitError, naming
from .expressions import dimension, names_in, parse
from .fields import mapping, texts
from .frozen import description, freeze, put
from .integrate import METHODS
from .statements import Line, parse_lines
from .units import NONE, Dim, name_of, split

NEURON_FLAGS = frozenset({"unless refractory", "constant"})
SYNAPSE_FLAGS = frozenset({"pre", "post", "event-driven", "clock-driven", "constant", "summed"})
TIME: dict[str, Dim] = {"t": SECOND, "dt": SECOND, "i": NONE, "N": NONE}


@description
class NeuronModel:
    """A neuron: equations in Brian2's grammar, or discrete `update` statements, one a step.

    `equations` declare every variable and parameter with its unit; a variable flagged
    `(unless refractory)` is neither integrated nor written by synapses for `refractory`, which is
    a duration or the name of a parameter. `defaults` gives parameters and initial values.
    With `update`, variables are declared as parameters are and the statements, run in order in
    every step, write them; `dt` is the step. Checked at construction: DescriptionError, UnitError.
    """

    name: str
    equations: str
    threshold: str = ""
    reset: str = ""
    refractory: Any = None
    update: str = ""
    method: str = "auto"
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        texts(self, "neuron model", "name", "equations", "threshold", "reset", "update", "method")
        where = f"neuron model {self.name!r}"
        with naming(where):
            put(self, "defaults", freeze(mapping(self.defaults, f"{where}: defaults")))
            put(self, "refractory", freeze(self.refractory))
            check_neuron(self)

    @property
    def parsed(self) -> tuple[Equation, ...]:
        """The equations as a table."""
        return parse_equations(self.equations, NEURON_FLAGS, f"neuron model {self.name!r}")

    def __repr__(self) -> str:
        return f"<NeuronModel {self.name}: {', '.join(e.name for e in self.parsed)}>"


def dims_of(equations: tuple[Equation, ...]) -> dict[str, Dim]:
    """Dimension of every name that the equations define."""
    return {e.name: e.dim for e in equations}


def check_neuron(model: NeuronModel) -> None:
    """Raise DescriptionError or UnitError unless the model is complete and consistent."""
    where = f"neuron model {model.name!r}"
    equations = model.parsed
    dims = {**TIME, **dims_of(equations)}
    check_units(equations, TIME, where)
    inline(equations)
    _check_method(model.method, where)
    if model.update and any(e.kind == DIFFERENTIAL for e in equations):
        raise DescriptionError(f"{where} has both differential equations and an update; a model "
                               "is integrated by the one or the other")
    if model.threshold:
        with naming(f"{where}, threshold"):
            got = dimension(parse(model.threshold), dims)
        if got != NONE or not _is_condition(model.threshold):
            raise UnitError(f"{where}: threshold {model.threshold!r} is not a condition such as "
                            "v > v_th")
    elif model.reset or model.refractory is not None:
        raise DescriptionError(f"{where} has a reset or a refractory period but no threshold; "
                               "add threshold='v > v_th'")
    writable = {e.name for e in equations if e.kind in (DIFFERENTIAL, PARAMETER)
                and "constant" not in e.flags}
    for label, text in (("reset", model.reset), ("update", model.update)):
        check_lines(parse_lines(text), dims, writable, f"{where}, {label}")
    _check_refractory(model, dims, where)
    for name, value in model.defaults.items():
        if name not in {e.name for e in equations if e.kind in (DIFFERENTIAL, PARAMETER)}:
            raise DescriptionError(f"{where}: default for {name!r}, which the equations do not "
                                   "declare; add a line such as 'tau_m : second'")
        check_value(value, dims, dims[name], f"{where}: default of {name!r}")


def _check_method(method: str, where: str) -> None:
    if method != "auto" and method not in METHODS:
        raise DescriptionError(f"{where}: no integration method {method!r}; there are auto, "
                               + ", ".join(METHODS))


def _is_condition(text: str) -> bool:
    node = parse(text)
    return isinstance(node, (ast.Compare, ast.BoolOp)) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))


def _check_refractory(model: NeuronModel, dims: dict[str, Dim], where: str) -> None:
    value = model.refractory
    if value is None:
        return
    if isinstance(value, str) and value not in dims:
        raise DescriptionError(f"{where}: refractory={value!r} is not one of its parameters; give "
                               "a duration such as 2*ms without quotes, or a parameter's name")
    dim = dims[value] if isinstance(value, str) else split(value)[1]
    if dim != SECOND:
        raise UnitError(f"{where}: refractory={value!r} is {name_of(dim)}, it must be a time")
    if not isinstance(value, str):
        one_time(value, f"{where}: refractory")


def check_value(value: Any, names: Mapping[str, Dim], dim: Dim, what: str) -> None:
    """Raise UnitError unless `value` (a quantity, numbers or a text) has dimension `dim`."""
    with naming(what):
        got = dimension(parse(value), names) if isinstance(value, str) else split(value)[1]
    if got != dim:
        raise UnitError(f"{what} is {value!r}, {name_of(got)}; it must be {name_of(dim)}")


def check_lines(lines: tuple[Line, ...], dims: Mapping[str, Dim], writable: set[str],
                where: str) -> dict[str, Dim]:
    """Check assignments in order; returns the dimensions of the temporaries they introduce.

    A plain assignment to a new name makes a temporary. Raises DescriptionError or UnitError.
    """
    local: dict[str, Dim] = {}
    for line in lines:
        known = {**dims, **local}
        with naming(where):
            got = dimension(parse(line.expr), known)
        if line.target not in known and not line.op:
            from .equations import check_name
            local[check_name(line.target, f"{where}: temporary")] = got
            continue
        if line.target not in writable and line.target not in local:
            raise DescriptionError(f"{where}: {line.target!r} cannot be written here; what can is "
                                   f"{', '.join(sorted(writable)) or 'nothing'}")
        wanted = NONE if line.op in ("*", "/") else known[line.target]
        if got != wanted:
            raise UnitError(f"{where}: {line.target} {line.op}= {line.expr}: the right-hand side is"
                            f" {name_of(got)}, it must be {name_of(wanted)}")
    return local


@description
class SynapseModel:
    """A synapse: equations in Brian2's grammar, statements for events of either side.

    Each variable lives on a side: `(pre)` one value a source neuron, `(post)` one a target
    neuron, else one a synapse. A side may be left out: `lower` proves it where it can. Names
    ending in `_pre` and `_post` are variables of the neurons. `on_pre` sends with
    `x_post += expr`; what is sent must already be final, so sends come after the lines that change
    what they read. `x_post = expr : unit (summed)` adds an expression over all synapses into a
    variable of a neuron, continuously. Units of neuron variables are checked in the Network.
    """

    name: str
    equations: str = ""
    on_pre: str = ""
    on_post: str = ""
    method: str = "auto"
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        texts(self, "synapse model", "name", "equations", "on_pre", "on_post", "method")
        where = f"synapse model {self.name!r}"
        with naming(where):
            put(self, "defaults", freeze(mapping(self.defaults, f"{where}: defaults")))
            check_synapse(self)

    @property
    def parsed(self) -> tuple[Equation, ...]:
        """The equations as a table."""
        return parse_equations(self.equations, SYNAPSE_FLAGS, f"synapse model {self.name!r}")

    def __repr__(self) -> str:
        return f"<SynapseModel {self.name}: {', '.join(e.name for e in self.parsed)}>"


def neuron_names(model: SynapseModel) -> set[str]:
    """Every `x_pre` and `x_post` the synapse reads or writes."""
    found: set[str] = set()
    for eq in model.parsed:
        found |= names_in(parse(eq.expr)) if eq.expr else set()
        found |= {eq.name} if "summed" in eq.flags else set()
    for line in parse_lines(model.on_pre) + parse_lines(model.on_post):
        found |= names_in(parse(line.expr)) | {line.target}
    return {n for n in found if n.endswith(("_pre", "_post"))}


def check_synapse(model: SynapseModel) -> None:
    """Raise DescriptionError unless the model is consistent by itself."""
    where = f"synapse model {model.name!r}"
    equations = model.parsed
    inline(equations)
    _check_method(model.method, where)
    for eq in equations:
        if len({"pre", "post"} & set(eq.flags)) > 1:
            raise DescriptionError(f"{where}: {eq.name!r} is flagged both pre and post; choose one")
        if "summed" in eq.flags and (eq.kind == DIFFERENTIAL or not eq.expr
                                     or not eq.name.endswith(("_pre", "_post"))):
            raise DescriptionError(f"{where}: {eq.name!r} is summed, so it needs the form "
                                   "'x_post = expression : unit (summed)'")
        if eq.expr and noise_symbols(eq.expr):
            raise DescriptionError(f"{where}: the equation of {eq.name!r} has noise (xi), which "
                                   "synapses do not support; put the noise into the neuron")
    for name in model.defaults:
        if name not in {e.name for e in equations if e.kind in (DIFFERENTIAL, PARAMETER)}:
            raise DescriptionError(f"{where}: default for {name!r}, which the equations do not "
                                   "declare; add a line such as 'w : 1'")
    for line in parse_lines(model.on_post):
        if line.target.endswith(("_pre", "_post")):
            raise DescriptionError(f"{where}: on_post writes {line.target!r}; only on_pre sends to "
                                   "neurons")
    _check_sends(model, where)


def _check_sends(model: SynapseModel, where: str) -> None:
    lines = parse_lines(model.on_pre)
    for n, line in enumerate(lines):
        if line.target.endswith("_pre") or (line.target.endswith("_post")
                                            and line.op not in ("+", "-")):
            raise DescriptionError(f"{where}: on_pre may change neurons only by 'x_post += ...' or "
                                   f"'x_post -= ...', not by {line.target} {line.op}= ...")
        if line.target.endswith("_post"):
            later = {x.target for x in lines[n + 1:]} & names_in(parse(line.expr))
            if later:
                raise DescriptionError(
                    f"{where}: on_pre sends {line.expr!r} and changes {sorted(later)} afterwards; "
                    "a spike carries what its event leaves, so move the send to the end (or keep "
                    "the old value in a variable of its own first)")
