"""Models as Brian2 reads them: the description's own text, with names and words that both know.

Nothing here looks at a Plan's statements. What Brian2's grammar lacks is written out: `a if c else
b` becomes a sum of two masked terms, `rand()` and `xi` become parameters that are filled in every
step with the draws of engram's own generator.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ...simulator.equations import DIFFERENTIAL, PARAMETER, Equation, inline, noise_symbols
from ...simulator.expressions import parse, text_of
from ...simulator.functions import RANDOM
from ...simulator.statements import Line, parse_lines
from ...simulator.units import Dim, split

BASE = ("metre", "kilogram", "second", "amp", "kelvin", "mole", "candle")

Words = Mapping[str, ast.expr]


class Draw(NamedTuple):
    """A parameter that holds draw `number` of a law ('rand', 'randn') times `scale`, each step."""

    name: str
    kind: str
    number: int
    scale: float
    unit: str


class NeuronText(NamedTuple):
    """A population for Brian2.

    `rest` is the condition in which a neuron rests, '' if none ever does; `held` then keep their
    value. `names` is what Brian2 calls the variables.
    """

    equations: str
    threshold: str
    reset: str
    update: str
    rest: str
    held: tuple[str, ...]
    draws: tuple[Draw, ...]
    names: dict[str, str]


class _Translate(ast.NodeTransformer):
    """Names replaced; conditional expressions and draws written as Brian2 can read them."""

    def __init__(self, words: Words, draws: Iterator[str]) -> None:
        self.words = words
        self.draws = draws

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.words.get(node.id, node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        test, a, b = (text_of(self.visit(n)) for n in (node.test, node.body, node.orelse))
        return parse(f"int({test})*({a}) + int(not ({test}))*({b})")

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Name) and node.func.id in RANDOM:
            return ast.Name(next(self.draws))
        return ast.Call(node.func, [self.visit(a) for a in node.args], [])


def translate(expr: str, words: Words, draws: Iterable[str] = ()) -> str:
    """An expression's text for Brian2; calls of rand() and randn() take their name from `draws`."""
    import copy
    return text_of(_Translate(words, iter(draws)).visit(copy.deepcopy(parse(expr))))


def unit_text(dim: Dim) -> str:
    """A unit's text in base units, such as `metre**2*kilogram*second**-3*amp**-1`, or `1`."""
    parts = [f"{b}**{e:g}" for b, e in zip(BASE, dim, strict=True) if e]
    return "*".join(parts) or "1"


def safe_names(names: Iterable[str], prefix: str, others: Iterable[str] = ()) -> dict[str, str]:
    """Names by what Brian2 will call them: some that are free here are words of its own.

    Those get `prefix`, as do `others`: Brian2 wants synapses and their target to share no name.
    """
    from brian2 import Equations, NeuronGroup, Synapses
    out = {}
    for name in names:
        try:
            Equations.check_identifier(name)
            taken = (hasattr(NeuronGroup, name) or hasattr(Synapses, name) or name[:3] == "eg_"
                     or name in set(others))
        except (SyntaxError, ValueError):
            taken = True
        out[name] = f"{prefix}_{name}" if taken or name == "lastupdate" else name
    return out


def words_of(names: Mapping[str, str]) -> dict[str, ast.expr]:
    """Replacements for `translate`."""
    return {old: ast.Name(new) for old, new in names.items() if old != new}


def temporaries(lines: Iterable[Line], declared: Iterable[str]) -> dict[str, str]:
    """Names for assigned temporaries that no variable of a group can have.

    Brian2 resolves a bare name in a synapse to the target neuron's variable, if there is one.
    """
    known = set(declared)
    return {x.target: f"eg_tmp_{x.target}" for x in lines
            if x.target not in known and not x.target.endswith("_post")}


def code(lines: Iterable[Line], words: Words, draws: Iterable[str] = ()) -> list[str]:
    """Assignments for Brian2, `x += y` written out so that masks can be applied."""
    out = []
    for line in lines:
        target = words[line.target] if line.target in words else ast.Name(line.target)
        out.append(f"{text_of(target)} = {translate(line.statement().expr, words, draws)}")
    return out


def declaration(e: Equation, names: Mapping[str, str], words: Words, flags: Iterable[str],
                factor: int = 1) -> str:
    """One line of a Brian2 model; a right-hand side is multiplied by `factor`."""
    listing = f" ({', '.join(flags)})" if flags else ""
    unit = unit_text(e.dim)
    name = names.get(e.name, e.name)
    if e.kind == PARAMETER:
        return f"{name} : {unit}{listing}"
    body = translate(e.expr, words)
    if e.kind == DIFFERENTIAL:
        body = f"{factor}*({body})" if factor != 1 else body
        return f"d{name}/dt = {body} : {unit}{listing}"
    return f"{name} = {body} : {unit}{listing}"


def neuron_text(p: Any, written: set[str], numbers: Mapping[str, list[tuple[str, int]]],
                dt: float) -> NeuronText:
    """Text of a population whose variables `written` change outside its equations.

    `numbers` gives kind and number of the draws of 'step', 'threshold' and 'reset', in order.
    """
    model, equations = p.model, p.model.parsed
    resting = model.refractory is not None
    held = {e.name for e in equations if "unless refractory" in e.flags} if resting else set()
    lines = (*parse_lines(model.update), *parse_lines(model.reset))
    names = {**safe_names([e.name for e in equations], "eg_cell"),
             **temporaries(lines, [e.name for e in equations])}
    words = words_of(names)
    if p.clock != 1:
        # The group itself ticks every step, so that its spikes are seen every step.
        words["dt"] = parse(f"(dt*{p.clock})")
    draws, noise = _draws(equations, numbers, dt * p.clock)
    inside = {**words, **{s: ast.Name(d.name) for s, d in noise.items()}}
    text = [declaration(e, names, inside, _neuron_flags(e, written, resting), p.clock)
            for e in equations]
    text += [f"{d.name} : {d.unit}" for d in draws]
    taken = {k: iter([d.name for d in draws if d.name.startswith(f"eg_{k}")]) for k in numbers}
    threshold = translate(model.threshold, words, taken["threshold"]) if model.threshold else ""
    if threshold and p.clock != 1:
        threshold = f"({threshold}) and t_in_timesteps % {p.clock} == 0"
    reset = code(parse_lines(model.reset), words, taken["reset"])
    if resting:
        text += ["eg_rest : integer", "eg_resting : boolean"]
        reset.append(f"eg_rest = timestep({_rest(model.refractory, names)}, {dt!r}*second)")
    update = [_masked(s, held, names) for s in code(parse_lines(model.update), words,
                                                    taken["step"])]
    return NeuronText("\n".join(text), threshold, "\n".join(reset), "\n".join(update),
                      "eg_resting" if resting else "", tuple(sorted(held)), draws, names)


def _neuron_flags(e: Equation, written: set[str], resting: bool) -> list[str]:
    if e.kind == PARAMETER:
        return [] if e.name in written else ["constant"]
    return ["unless refractory"] if resting and "unless refractory" in e.flags else []


def _rest(refractory: Any, names: Mapping[str, str]) -> str:
    return names[refractory] if isinstance(refractory, str) else f"{split(refractory)[0]!r}*second"


def _masked(statement: str, held: set[str], names: Mapping[str, str]) -> str:
    """A statement of an update, without effect on a variable that is held."""
    target, expr = statement.split(" = ", 1)
    if target not in {names[h] for h in held}:
        return statement
    return f"{target} = int(not_refractory)*({expr}) + int(not not_refractory)*{target}"


def noise_of(equations: tuple[Equation, ...]) -> list[str]:
    """Noise symbols `xi`, `xi_name` in the differential equations, sorted."""
    full = inline(equations)
    found = (noise_symbols(text_of(full[e.name])) for e in equations if e.kind == DIFFERENTIAL)
    return sorted(set().union(*found))


def _draws(equations: tuple[Equation, ...], numbers: Mapping[str, list[tuple[str, int]]],
           dt: float) -> tuple[tuple[Draw, ...], dict[str, Draw]]:
    """All draws of a population, and those that stand for a noise symbol."""
    symbols = noise_of(equations)
    noise = {s: Draw(f"eg_step{n}", "randn", numbers["step"][n][1], dt**-0.5, "second**-0.5")
             for n, s in enumerate(symbols)}
    plain = [Draw(f"eg_{part}{n}", kind, number, 1.0, "1") for part, found in numbers.items()
             for n, (kind, number) in enumerate(found) if not (symbols and part == "step")]
    return (*noise.values(), *plain), noise
