"""Networks as a folder of SONATA files, and beside them the whole description.

`network.h5` is what `Network.save` writes, and circuit_config.json has the SHA-256 of every other
file, so that reading it back tells whether the files are still those of the description.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...simulator.atomic import PathLike
from ...simulator.clock import seconds
from ...simulator.equations import DIFFERENTIAL, PARAMETER
from ...simulator.folder import whole_folder
from ...simulator.lower import lower
from ...simulator.network import Network
from ...simulator.plan import NEURONS, POISSON, Plan, PopulationPlan, ProjectionPlan
from ...simulator.results import Results
from ...simulator.stimuli import SpikeTimes
from ...simulator.units import UNITS, Dim, name_of
from ..ann.export import constants
from ..export.findings import INFO, WARN, Finding
from ..export.report import Report
from .spikes import write_spikes
from .tables import PREFIX, indices, put_model, write_table

GUIDE = "SONATA developer guide"
WEIGHT_UNITS = ("pA", "nS", "mV")
"""Units of syn_weight where the weight has that dimension; else SI."""
FIRST_TYPE = 100


def to_sonata(network: Network, folder: PathLike, run: Results | None = None,
              duration: Any = None, seed: int = 0, overwrite: bool = False) -> list[Finding]:
    """Write `folder`, whole or not at all; returns what the files leave to `network.h5`.

    Connections and values drawn by chance are those of a run with `seed`. With `run`, its spikes go
    to output/spikes.h5 and its final weights into the edges; with `duration` a simulation_config.
    """
    return _write(network, folder, run, duration, seed, overwrite)[0]


def export(network: Network, out: Path, *, seed: int = 0, lossy: bool = False,
           overwrite: bool = False) -> Report:
    """`engram export --to sonata`: the same, with a report. Nothing is lost, so never refused."""
    return _write(network, out, None, None, seed, overwrite)[1]


def _write(network: Network, out: PathLike, run: Results | None, duration: Any, seed: int,
           overwrite: bool) -> tuple[list[Finding], Report]:
    plan = lower(network, seed=seed)
    findings = _findings(network, plan)
    with whole_folder(out, overwrite) as folder:
        (folder / "components").mkdir()
        _nodes(network, plan, folder)
        _edges(network, plan, run, folder)
        given = {p.name: p.model for p in network.populations if isinstance(p.model, SpikeTimes)}
        if given:
            write_spikes(folder / "inputs.h5", given)
        if run is not None:
            (folder / "output").mkdir()
            write_spikes(folder / "output" / "spikes.h5", run)
        if duration is not None:
            _simulation(folder, plan, float(seconds(duration, "to_sonata: duration")), bool(given))
        _circuit(folder, network, plan, run)
        files = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
        report = Report("sonata", network.name, network.digest, 0, plan.dt * 1e3,
                        tuple(sorted([*files, "report.json", "report.md"])), tuple(findings))
        (folder / "report.json").write_text(json.dumps(report.to_dict(), indent=1) + "\n")
        (folder / "report.md").write_text(report.markdown(), encoding="utf-8")
    return findings, report


def _findings(network: Network, plan: Plan) -> list[Finding]:
    def one(level: str, where: str, value: str, limit: str) -> Finding:
        return Finding("SON001", level, where, value, limit, GUIDE,
                       "network.h5 keeps it; from_sonata reads it there")
    out = [one(WARN, f"population {s.population}", f"{s.variable} is set at given times",
               "spike files are the inputs that are written") for s in network.stimuli]
    out += [one(WARN, f"population {p.name}", f"is integrated every {p.clock} steps",
                "one dt for all") for p in plan.populations if p.clock != 1]
    out += [one(WARN, f"projection {q.name}", f"a part {q.dendritic_delay_fraction:g} of the delay "
                "lies behind the synapse", "one delay of an edge")
            for q in network.projections if q.dendritic_delay_fraction != 1]
    out += [one(INFO, f"population {p.name}", "draws its spikes in a run",
                "virtual nodes without spikes") for p in plan.populations if p.kind == POISSON]
    if network.probes:
        out.append(one(INFO, "probes", f"{len(network.probes)} say what to record",
                       "reports of compartments"))
    return out


def _nodes(network: Network, plan: Plan, folder: Path) -> None:
    import h5py
    rows = []
    with h5py.File(folder / "nodes.h5", "w") as file:
        _version(file)
        for n, (p, pp) in enumerate(zip(network.populations, plan.populations, strict=True)):
            neurons = pp.kind == NEURONS
            values = constants(network, plan, n) if neurons else {}
            dims = {e.name: e.dim for e in p.model.parsed} if neurons else {}
            group = file.create_group(f"nodes/{p.name}")
            template = PREFIX + (p.model.name if neurons else type(p.model).__name__)
            kind = "point_neuron" if neurons else "virtual"
            _ids(group, "node", pp.size, FIRST_TYPE + n)
            group["node_id"] = np.arange(pp.size, dtype=np.uint64)
            for name, text in (("model_type", kind), ("model_template", template)):
                group[f"0/@library/{name}"] = np.array([text], dtype=h5py.string_dtype())
                group[f"0/{name}"] = np.zeros(pp.size, np.uint32)
            same = _split(group, values, dims)
            name = f"components/{p.name}.json"
            put_model(folder / name, _source(p) if not neurons else p.model, same)
            rows.append({"node_type_id": FIRST_TYPE + n, "pop_name": p.name, "model_type": kind,
                         "model_template": template, "dynamics_params": f"{p.name}.json"})
    write_table(folder / "node_types.csv", rows)


def _source(p: Any) -> Any:
    """What generates spikes; given ones are in the spike file."""
    if isinstance(p.model, SpikeTimes):
        return SpikeTimes([], np.zeros(0) * UNITS["second"])
    return p.model


def _version(file: Any) -> None:
    file.attrs["version"] = np.array([0, 1], np.uint32)
    file.attrs["magic"] = np.uint32(0x0A7A)


def _ids(group: Any, kind: str, size: int, type_id: int) -> None:
    group[f"{kind}_type_id"] = np.full(size, type_id, np.uint64)
    group[f"{kind}_group_id"] = np.zeros(size, np.uint32)
    group[f"{kind}_group_index"] = np.arange(size, dtype=np.uint64)
    group.require_group("0/dynamics_params")


def _split(group: Any, values: Mapping[str, Any], dims: Mapping[str, Dim]) -> dict[str, float]:
    """Write what differs, as SI; returns what is the same for all."""
    same: dict[str, float] = {}
    for name, x in values.items():
        x = np.asarray(x, dtype=np.float64)
        if x.ndim == 0 or (x.size and np.all(x == x.flat[0])):
            same[name] = float(x.flat[0])
        else:
            data = group.create_dataset(f"0/dynamics_params/{name}", data=x)
            data.attrs["units"] = _unit(dims[name])
    return same


def _unit(dim: Dim) -> str:
    return name_of(dim) if any(dim) else "1"


def _edges(network: Network, plan: Plan, run: Results | None, folder: Path) -> None:
    import h5py
    rows = []
    with h5py.File(folder / "edges.h5", "w") as file:
        _version(file)
        for n, (q, qp) in enumerate(zip(network.projections, plan.projections, strict=True)):
            group = file.create_group(f"edges/{q.name}")
            values, dims = _synapses(q, qp, run)
            ends = [plan.populations[k] for k in (qp.source, qp.target)]
            _connect(group, qp, ends)
            _ids(group, "edge", qp.synapses, FIRST_TYPE + n)
            same = _split(group, values, dims)
            steps = qp.axonal_steps + np.asarray(qp.dendritic_steps)
            delay = np.broadcast_to(steps * (plan.dt / UNITS["ms"].value), (qp.synapses,))
            group.create_dataset("0/delay", data=delay).attrs["units"] = "ms"
            weight, unit = _weight(values, dims, qp.synapses)
            if weight is not None:
                group.create_dataset("0/syn_weight", data=weight).attrs["units"] = unit
            put_model(folder / "components" / f"{q.name}.json", q.synapse, same)
            rows.append({"edge_type_id": FIRST_TYPE + n,
                         "source_query": f"pop_name=='{ends[0].name}'",
                         "target_query": f"pop_name=='{ends[1].name}'",
                         "model_template": PREFIX + q.synapse.name.replace(" ", "_"),
                         "dynamics_params": f"{q.name}.json"})
    write_table(folder / "edge_types.csv", rows or [{"edge_type_id": 0, "model_template": None}])


def _connect(group: Any, qp: ProjectionPlan, ends: list[PopulationPlan]) -> None:
    pre = np.repeat(np.arange(len(qp.indptr) - 1), np.diff(qp.indptr))
    for name, nodes, p, index in (("source", pre, ends[0], "source_to_target"),
                                  ("target", qp.post, ends[1], "target_to_source")):
        data = group.create_dataset(f"{name}_node_id", data=nodes.astype(np.uint64))
        data.attrs["node_population"] = p.name
        of_node, of_range = indices(nodes, p.size)
        group[f"indices/{index}/node_id_to_ranges"] = of_node
        group[f"indices/{index}/range_to_edge_id"] = of_range


def _synapses(q: Any, qp: ProjectionPlan,
              run: Results | None) -> tuple[dict[str, Any], dict[str, Dim]]:
    """SI values of a projection's variables, one a synapse where they differ."""
    pre = np.repeat(np.arange(len(qp.indptr) - 1), np.diff(qp.indptr))
    ends = {"pre": pre, "post": qp.post, "shared": np.zeros(qp.synapses, np.int64)}
    found = {**qp.constants, **qp.state}
    if run is not None and q.name in run.weights:
        found |= {n: x for n, x in run.weights[q.name].final.items()
                  if qp.side.get(n, "synapse") == "synapse"}
    dims = {e.name: e.dim for e in q.synapse.parsed if e.kind in (DIFFERENTIAL, PARAMETER)}
    values = {}
    for name in dims:
        x, side = np.asarray(found[name]), qp.side.get(name, "synapse")
        values[name] = x[ends[side]] if x.ndim and side in ends else x
    return values, dims


def _weight(values: Mapping[str, Any], dims: Mapping[str, Dim], size: int) -> tuple[Any, str]:
    """`w` as syn_weight, in a usual unit; None where there is no w."""
    if "w" not in values:
        return None, ""
    unit = next((u for u in WEIGHT_UNITS if UNITS[u].dim == dims["w"]), None)
    scale = 1.0 if unit is None else float(UNITS[unit].value)
    return np.broadcast_to(np.asarray(values["w"]) / scale, (size,)), unit or _unit(dims["w"])


def _simulation(folder: Path, plan: Plan, duration: float, inputs: bool) -> None:
    ms = float(UNITS["ms"].value)
    config: dict[str, Any] = {
        "version": 1, "network": "circuit_config.json",
        "run": {"tstop": duration / ms, "dt": plan.dt / ms, "random_seed": plan.seed},
        "output": {"output_dir": "output", "spikes_file": "spikes.h5",
                   "spikes_sort_order": "by_time"}}
    if inputs:
        config["inputs"] = {"spikes": {"input_type": "spikes", "module": "synapse_replay",
                                       "delay": 0.0, "duration": duration / ms,
                                       "spike_file": "inputs.h5", "node_set": "All"}}
    (folder / "simulation_config.json").write_text(json.dumps(config, indent=1) + "\n")


def _circuit(folder: Path, network: Network, plan: Plan, run: Results | None) -> None:
    kinds = {p.name: "point_neuron" if p.kind == NEURONS else "virtual" for p in plan.populations}
    nodes = {"nodes_file": "$BASE_DIR/nodes.h5", "node_types_file": "$BASE_DIR/node_types.csv",
             "populations": {n: {"type": k} for n, k in kinds.items()}}
    edges = {"edges_file": "$BASE_DIR/edges.h5", "edge_types_file": "$BASE_DIR/edge_types.csv",
             "populations": {q.name: {"type": "chemical"} for q in plan.projections}}
    (folder / "node_sets.json").write_text('{"All": {}}\n')
    files = [p for p in sorted(folder.rglob("*")) if p.is_file()
             and p.name not in ("network.h5", "simulation_config.json")]
    network.save(folder / "network.h5")
    components = {f"{k}_models_dir": "$BASE_DIR/components" for k in ("point_neuron", "synaptic")}
    config = {"manifest": {"$BASE_DIR": "."}, "version": 2, "node_sets_file": "node_sets.json",
              "components": components,
              "networks": {"nodes": [nodes], "edges": [edges] if plan.projections else []},
              "engram": {"network": "network.h5", "dt_seconds": plan.dt,
                         "inputs": "inputs.h5" if (folder / "inputs.h5").exists() else None,
                         "weights": "of a run" if run is not None else "as they begin",
                         "sha256": {str(p.relative_to(folder)): sha_of(p) for p in files}}}
    (folder / "circuit_config.json").write_text(json.dumps(config, indent=1) + "\n")


def sha_of(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    with path.open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()
