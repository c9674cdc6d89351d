"""`engram run`: a network from its name to a summary, figures and files."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..backends.simulation import BACKENDS, Simulation
from ..simulator.clock import seconds, steps
from ..simulator.errors import DescriptionError, EngramError
from ..simulator.results import Results, Weights
from ..simulator.units import split
from .catalogue import Prepared
from .progress import progress_bar, stage
from .reporting import INTERRUPTED
from .run_folder import MARK, new_folder
from .script import prepare
from .text_table import text_table
from .times import parse_time

WEIGHT_ROWS = 6
"""Projections whose weights are drawn when nobody says which."""


@dataclass(frozen=True)
class Request:
    """What was typed."""

    name: str
    backend: str = "numba"
    seed: int = 0
    duration: str | None = None
    dt: str | None = None
    out: Path | None = None
    overwrite: bool = False
    precision: str = "float64"
    threads: int | None = None
    quiet: bool = False
    as_json: bool = False
    figure: bool = True


@dataclass(frozen=True)
class Done:
    """A run, the weights it began with, and what the model says of it."""

    run: Results
    before: dict[str, Any]
    lines: list[str]


def run(request: Request) -> int:
    """Do it and return the exit code: 0, or 130 after Ctrl-C, with what was recorded kept."""
    check_backend(request.backend)
    prepared = ready(request.name, request.duration, request.dt)
    keep = (new_folder(request.out, request.overwrite) if request.out is not None
            else contextlib.nullcontext())
    with keep as folder:
        done = simulate(prepared, request)
        record = as_record(prepared, request, done)
        if folder is not None:
            with stage("writing", request.quiet):
                write(folder, prepared, request, done, record)
    if request.as_json:
        where = {"out": str(request.out)} if request.out is not None else {}
        print(json.dumps(record | where))
    elif not request.quiet:
        print(summary(prepared, request, done, record))
    return INTERRUPTED if done.run.provenance["interrupted"] else 0


def check_backend(name: str) -> None:
    """DescriptionError unless there is a backend of that name. Loads none."""
    if name not in BACKENDS:
        raise DescriptionError(f"--backend {name!r} is not known; there are {', '.join(BACKENDS)}")


def ready(name: str, duration: str | None, dt: str | None) -> Prepared:
    """The network under its name, with the typed duration and step; whole steps are checked."""
    long = None if duration is None else parse_time(duration, "--duration")
    step = None if dt is None else parse_time(dt, "--dt")
    prepared = prepare(name, long)
    if step is not None:
        prepared = replace(prepared, network=replace(prepared.network, dt=step))
    steps(prepared.duration, float(seconds(prepared.network.dt, "dt")), "duration", least=1)
    return prepared


def simulate(prepared: Prepared, request: Request) -> Done:
    """Compile, run with a progress bar, and describe."""
    with stage(f"preparing {request.backend}", request.quiet):
        made = Simulation(prepared.network, request.backend, None, request.seed, request.threads,
                          request.precision)
    names = plastic(prepared, made)
    drawn = names if request.out is not None and request.figure else []
    before = {n: made.weights(n) for n in drawn}
    with progress_bar(f"{prepared.network.name} on {request.backend}", request.quiet) as progress:
        result = made.run(prepared.duration, progress)
    try:
        lines = list(prepared.describe(result))
    except EngramError as problem:  # most often: the run is shorter than the model's protocol
        lines = [f"note: {problem}"]
    return Done(result, before, lines)


def plastic(prepared: Prepared, made: Simulation) -> list[str]:
    """Projections whose w changes: those the model names, else the first few. Names are checked."""
    changing = [q.name for q in made.plan.projections if "w" in q.state]
    unknown = [n for n in prepared.weights if n not in changing]
    if unknown:
        raise DescriptionError(f"`weights` names {', '.join(map(repr, unknown))}; the projections "
                               f"whose w changes are {', '.join(changing) or 'none'}")
    return list(prepared.weights) or changing[:WEIGHT_ROWS]


def as_record(prepared: Prepared, request: Request, done: Done) -> dict[str, Any]:
    """All that `--json` prints and run.json holds: plain numbers, their units in their names."""
    result = done.run
    span = result.steps * result.dt
    made_by = result.provenance
    return {
        "name": request.name, "network": prepared.network.name, "backend": request.backend,
        "seed": request.seed, "dt_ms": _ms(result.dt),
        "asked_ms": _ms(float(seconds(prepared.duration, "duration"))), "ran_ms": _ms(span),
        "interrupted": made_by["interrupted"], "says": done.lines,
        "populations": {n: {"neurons": s.size, "spikes": len(s),
                            "rate_hz": len(s) / (s.size * span) if s.size * span else None}
                        for n, s in result.spikes.items()},
        "results_digest": result.digest, "provenance": made_by}


def _ms(time: float) -> float:
    return round(time * 1e3, 9)


def write(folder: Path, prepared: Prepared, request: Request, done: Done,
          record: dict[str, Any]) -> None:
    """Everything that is kept, into an empty folder; the names are added to `record`."""
    done.run.save(folder / "run.h5")
    prepared.network.save(folder / "network.h5")
    if request.figure:
        draw(folder, prepared, done)
    record["files"] = sorted([MARK, *(p.name for p in folder.iterdir())])
    (folder / MARK).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def draw(folder: Path, prepared: Prepared, done: Done) -> None:
    """raster.png, and weights.png where something is plastic."""
    from .figures import raster, save, weight_changes
    save(raster(done.run, marks=prepared.marks, title=prepared.network.name), folder / "raster.png")
    if done.before:
        changes = {name: _change(done.run.weights[name], start)
                   for name, start in done.before.items()}
        save(weight_changes(changes), folder / "weights.png")


def _change(after: Weights, before: Any) -> tuple[Any, Any]:
    """Before and after as matrices; one value a synapse where a matrix would be vast."""
    from .figures import LARGEST_MATRIX
    if max(after.shape) > LARGEST_MATRIX:
        return before, after["w"]
    return replace(after, final={**after.final, "w": split(before)[0]}).matrix(), after.matrix()


def summary(prepared: Prepared, request: Request, done: Done, record: dict[str, Any]) -> str:
    """What a person wants to know, as text."""
    took = done.run.provenance["seconds"]
    rows = [(n, p["neurons"], p["spikes"], "-" if p["rate_hz"] is None else f"{p['rate_hz']:.1f}")
            for n, p in record["populations"].items()]
    parts = [f"{prepared.network.name} on {request.backend}: {record['ran_ms']:g} ms in steps of "
             f"{record['dt_ms']:g} ms, seed {request.seed}"]
    if record["interrupted"]:
        parts[0] += f"\ninterrupted: {record['ran_ms']:g} of {record['asked_ms']:g} ms were run"
    if done.lines:
        parts.append("\n".join(done.lines))
    parts.append(text_table(("population", "neurons", "spikes", "rate (Hz)"), rows))
    parts.append(f"prepared in {took['lower'] + took['build']:.2f} s, ran in {took['run']:.3f} s")
    if request.out is not None:
        parts[-1] += f"\nwrote {request.out}: {', '.join(record['files'])}"
    else:
        parts[-1] += "\nnothing was written; --out run1 keeps spikes, weights and figures"
    return "\n\n".join(parts)
