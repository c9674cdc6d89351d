"""`engram.export`: check, repair, write. The table of targets."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...simulator.atomic import PathLike
from ...simulator.clock import duration_steps, seconds
from ...simulator.errors import DescriptionError
from ...simulator.folder import whole_folder
from ...simulator.network import Network
from . import brian2_script, rules_board, rules_network
from .context import Context
from .dialects import DIALECTS, Dialect
from .findings import ExportError, Finding, blocking
from .predict import predict
from .repair import later, mend, on_grid
from .report import Report
from .script import script
from .view import view


@dataclass(frozen=True)
class Order:
    """What was asked for; `steps` is the duration."""

    target: str
    steps: int
    seed: int = 0
    lossy: bool = False
    repair: bool = False


@dataclass(frozen=True)
class Parcel:
    """Files by name (text, or arrays of an .npz), and the report, whose `files` are not yet set."""

    files: Mapping[str, Any]
    report: Report
    network: Network


CONFIGURATION = """# Read by sPyNNaker from the folder it is run in, after ~/.spynnaker.cfg.
[Machine]
version = 5
# One of these three, without the #:
# machine_name = 192.168.240.1
# spalloc_server = https://spinnaker.cs.man.ac.uk/spalloc/
# virtual_board = True
"""


def export(network: Network, to: str, out: PathLike, duration: Any = None, *, seed: int = 0,
           dt: Any = None, lossy: bool = False, repair: bool = False,
           overwrite: bool = False) -> Report:
    """Write `network` for another simulator, or hardware, into the new folder `out`.

    `to`: spinnaker, nest, neuron, brian2, nir or sonata. `duration` is how long the scripts run
    (needed for the first four). `repair` mends what can be mended and says how; `lossy` lets losses
    through that have a name. Raises ExportError with what stands in the way; then, as after any
    other error, nothing was written.
    """
    if to not in TARGETS:
        raise DescriptionError(f"there is no export to {to!r}; there are {', '.join(TARGETS)}")
    if repair and to not in DIALECTS:
        raise DescriptionError(f"repair is for {', '.join(DIALECTS)}; an export to {to} has "
                               "nothing to mend, leave it out")
    if dt is not None:
        network = replace(network, dt=dt)
    if to in ELSEWHERE:
        return ELSEWHERE[to](network, out, seed, lossy, overwrite)
    if duration is None:
        raise DescriptionError(f"an export to {to} runs for a given time; give a duration such as "
                               "100*ms")
    step = float(seconds(network.dt, "dt"))
    order = Order(to, duration_steps(duration, step), seed, lossy, repair)
    with whole_folder(out, overwrite) as folder:
        parcel = SCRIPTS[to](network, order)
        files = (*parcel.files, "network.h5", "report.json", "report.md")
        report: Report = replace(parcel.report, files=tuple(sorted(files)))
        for name, content in parcel.files.items():
            if isinstance(content, str):
                (folder / name).write_text(content, encoding="utf-8")
            else:
                np.savez_compressed(folder / name, **content)
        network.save(folder / "network.h5")
        (folder / "report.json").write_text(json.dumps(report.to_dict(), indent=1) + "\n")
        (folder / "report.md").write_text(report.markdown(), encoding="utf-8")
    return report


def check(network: Network, to: str, duration: Any, *, seed: int = 0,
          repair: bool = False) -> list[Finding]:
    """What the rules of a simulator behind PyNN say of a network; nothing is written."""
    steps = duration_steps(duration, float(seconds(network.dt, "dt")))
    _, findings, _ = _judged(network, Order(to, steps, seed, True, repair), DIALECTS[to])
    return findings


def _judged(network: Network, order: Order,
            dialect: Dialect) -> tuple[Context, list[Finding], list[Finding]]:
    """The network, repaired if that was asked for; what the rules say; what was repaired."""
    grid = on_grid(network, order.repair, "SPN" if order.target == "spinnaker" else "PYN")
    if grid.done and not order.repair:
        raise ExportError(order.target, grid.done)
    c = Context(view(grid.network, order.steps, order.seed), dialect, order.repair)
    repaired = list(grid.done)
    for _ in range(2 if order.repair else 0):  # scales are found once the signs are right
        mended = mend(c)
        if mended.done:
            repaired += mended.done
            c = replace(c, view=view(mended.network, order.steps, order.seed))
    if order.repair:
        wait, waited = later(c)
        repaired += waited
        c = replace(c, view=replace(c.view, wait=wait))
    rules = (*rules_network.RULES, *(rules_board.RULES if c.board else ()))
    findings: list[Finding] = []
    for rule in rules:
        if rule in rules_board.RULES and blocking(findings, False):
            break  # the board's arithmetic of what has no place on it means nothing
        findings += rule(c)
    return c, findings, repaired


def _pynn(network: Network, order: Order) -> Parcel:
    """A PyNN script with its data."""
    dialect = DIALECTS[order.target]
    c, findings, repaired = _judged(network, order, dialect)
    stops = blocking(findings, order.lossy)
    if stops:
        raise ExportError(order.target, stops)
    text, arrays = script(c.view, dialect)
    files: dict[str, Any] = {"run.py": text, "data.npz": arrays,
                             "requirements.txt": "\n".join(dialect.requirements) + "\n"}
    if c.board:
        files["spynnaker.cfg"] = CONFIGURATION
    labels = {p.name: dialect.label_steps(p.cell) + c.view.wait for p in c.view.cells}
    report = Report(order.target, network.name, network.digest, order.steps, c.view.dt_ms, (),
                    tuple(findings), tuple(repaired), dialect.requirements,
                    predict(c) if c.board else None, _weights(c), labels)
    return Parcel(files, report, c.view.network)


def _weights(c: Context) -> tuple[dict[str, Any], ...]:
    """Shift and resolution of each receptor that is used."""
    if not c.board:
        return ()
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for s in c.view.synapses:
        one = rules_board.resolution(c, s) if s.receptor and len(s.pre) else None
        cell = c.view.cell(s.target).cell
        if one is not None and cell is not None:
            rows[s.target, s.receptor] = {
                "population": s.target, "receptor": s.receptor,
                "shift": c.shift(s.target, s.receptor), "resolution": one,
                "unit": cell.receptors[s.receptor].unit}
    return tuple(rows.values())


def _brian2(network: Network, order: Order) -> Parcel:
    """A script of plain Brian2."""
    v = view(network, order.steps, order.seed)
    findings = brian2_script.findings(v)
    stops = blocking(findings, order.lossy)
    if stops:
        raise ExportError("brian2", stops)
    text, arrays = brian2_script.script(v)
    files = {"run.py": text, "data.npz": arrays,
             "requirements.txt": "\n".join(brian2_script.REQUIREMENTS) + "\n"}
    report = Report("brian2", network.name, network.digest, order.steps, v.dt_ms, (),
                    tuple(findings), (), brian2_script.REQUIREMENTS,
                    label_steps={p.name: 0 for p in v.cells})
    return Parcel(files, report, network)


def _package(name: str) -> Callable[..., Any]:
    """The `export` of a format that has a package of its own, backends.NAME."""
    def do(network: Network, out: PathLike, seed: int, lossy: bool, overwrite: bool) -> Any:
        package = importlib.import_module(f"..{name}", __package__)
        return package.export(network, Path(out), seed=seed, lossy=lossy, overwrite=overwrite)
    return do


ELSEWHERE: dict[str, Callable[..., Report]] = {name: _package(name) for name in ("nir", "sonata")}
"""Targets with packages of their own, found when they are asked for."""

SCRIPTS: dict[str, Callable[[Network, Order], Parcel]] = {
    "spinnaker": _pynn, "nest": _pynn, "neuron": _pynn, "brian2": _brian2}
"""Targets of scripts, that run for a duration."""

TARGETS = (*SCRIPTS, *ELSEWHERE)
"""Where a network can go."""
