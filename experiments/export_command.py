"""`engram export`: a network for other simulators and for hardware."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ..backends.export import TARGETS, Report, export
from ..simulator.errors import DescriptionError
from .progress import stage
from .run_command import ready


@dataclass(frozen=True)
class Request:
    """What was typed."""

    name: str
    to: str
    out: Path
    duration: str | None = None
    dt: str | None = None
    seed: int = 0
    lossy: bool = False
    repair: bool = False
    overwrite: bool = False
    quiet: bool = False
    as_json: bool = False


def run(request: Request) -> int:
    """Do it and return the exit code 0. Raises EngramError with all that stands in the way."""
    if request.to not in TARGETS:  # before the network is built
        raise DescriptionError(f"--to {request.to!r} is not known; there are {', '.join(TARGETS)}")
    prepared = ready(request.name, request.duration, request.dt)
    with stage(f"exporting to {request.to}", request.quiet):
        report = export(prepared.network, request.to, request.out, prepared.duration,
                        seed=request.seed, lossy=request.lossy, repair=request.repair,
                        overwrite=request.overwrite)
    if request.as_json:
        shown = report.to_dict() if hasattr(report, "to_dict") else {"target": request.to}
        print(json.dumps({**shown, "out": str(request.out)}))
    elif not request.quiet:
        print(report.text() if isinstance(report, Report) else report)
        print(f"wrote {request.out}; read report.md there")
    return 0
