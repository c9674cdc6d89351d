"""`engram export --to nir`: a folder with the graph, its sidecar and a report."""

from __future__ import annotations

import json
from pathlib import Path

from ...simulator.clock import seconds
from ...simulator.folder import whole_folder
from ...simulator.network import Network
from ..export.report import Report
from .writing import to_nir

REQUIREMENTS = ("nir>=1.0",)


def export(network: Network, out: Path, *, seed: int = 0, lossy: bool = False,
           overwrite: bool = False) -> Report:
    """Write the new folder `out`, or nothing: ExportError or ArchiveError say why."""
    with whole_folder(out, overwrite) as folder:
        written = to_nir(network, folder / "network.nir", lossy=lossy, seed=seed)
        network.save(folder / "network.h5")
        files = ("network.h5", "network.nir", "network.nir.engram.h5", "report.json", "report.md")
        dt = float(seconds(network.dt, "dt"))
        report = Report("nir", network.name, network.digest, 0, dt * 1e3, files,
                        tuple(written.findings), (), REQUIREMENTS, label_steps=written.shift)
        (folder / "report.json").write_text(json.dumps(report.to_dict(), indent=1) + "\n")
        (folder / "report.md").write_text(report.markdown(), encoding="utf-8")
    return report
