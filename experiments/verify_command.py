"""`engram verify`: the same network on several backends, compared with the first."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path

from .progress import stage
from .run_command import check_backend, ready
from .run_folder import new_folder
from .verify import FILES, verify, write


@dataclass(frozen=True)
class Request:
    """What was typed."""

    name: str
    backends: tuple[str, ...]
    duration: str | None = None
    dt: str | None = None
    seed: int = 0
    require: str = "spike-equal"
    allow_refused: bool = False
    out: Path | None = None
    overwrite: bool = False
    quiet: bool = False
    as_json: bool = False


def run(request: Request) -> int:
    """Do it and return the exit code: 0 if all reach what is required, else 1."""
    for backend in request.backends:
        check_backend(backend)
    prepared = ready(request.name, request.duration, request.dt)
    keep = (new_folder(request.out, request.overwrite, FILES[0]) if request.out is not None
            else contextlib.nullcontext())
    with keep as folder:
        found = verify(prepared.network, request.backends, prepared.duration, None, request.seed,
                       request.require, request.allow_refused,
                       lambda label: stage(label, request.quiet))
        if folder is not None:
            with stage("writing", request.quiet):
                write(found, folder)
    if request.as_json:
        print(json.dumps(found.to_dict()))
    elif not request.quiet:
        print(found.text())
        if request.out is not None:
            print(f"wrote {request.out}: {', '.join(FILES)}")
    return 0 if found.agrees else 1
