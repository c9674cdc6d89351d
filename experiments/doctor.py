"""`engram doctor`: what is installed, which backends work here, and why the others do not."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from ..backends.simulation import BACKENDS, simulate
from ..models.neurons import LIF_DELTA
from ..models.synapses import static
from ..simulator.connectors import AllToAll
from ..simulator.network import Network, Population, Projection
from ..simulator.stimuli import SpikeTimes
from ..simulator.units import UNITS
from .progress import stage
from .text_table import text_table

DEFAULT = "numba"
NEEDED = ("numpy", "scipy", "h5py", "numba", "brian2", "matplotlib", "typer", "rich")
OPTIONAL = ("pandas", "neo", "torch", "snntorch", "norse", "numba-cuda", "pynn", "nir",
            "libsonata", "sPyNNaker", "bokeh", "dask", "scikit-learn")
COMPILERS = ("c++", "g++", "clang++", "cl")


def doctor(quiet: bool, as_json: bool) -> int:
    """Print what was found; 0 if the default backend works here, else 1."""
    found = examine(quiet)
    if as_json:
        print(json.dumps(found))
    elif not quiet:
        print(_report(found))
    return 0 if found["backends"][DEFAULT]["works"] else 1


def examine(quiet: bool = True) -> dict[str, Any]:
    """Versions, compiler, cache folder, cores, and a small run on every backend."""
    from .. import __version__
    from ..kernels.codecache import folder
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"engram": __version__, "python": platform.python_version(),
            "platform": platform.platform(), "cores": cores,
            "packages": {name: _version(name) for name in (*NEEDED, *OPTIONAL)},
            "compiler": _compiler(), "cache": str(folder()),
            "backends": {name: _try(name, quiet) for name in BACKENDS}}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _compiler() -> str | None:
    """First line that the C++ compiler says of itself; only brian2's standalone mode needs one."""
    named = os.environ.get("CXX", "").split()[:1]
    path = next((p for c in (*named, *COMPILERS) if (p := shutil.which(c))), None)
    if path is None:
        return None
    try:
        told = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10,
                              check=False)
    except (OSError, subprocess.TimeoutExpired):
        return path
    lines = (told.stdout or told.stderr).splitlines()
    return f"{path}: {lines[0]}" if lines else path


def three_neurons() -> Network:
    """One neuron that fires at 1 ms, and two that a single spike drives over their threshold."""
    ms = UNITS["ms"]
    return Network([Population("source", 1, SpikeTimes.of({0: [1.0]}, unit=ms)),
                    Population("target", 2, LIF_DELTA)],
                   [Projection("drive", "source", "target", AllToAll(), static("v", "volt"),
                               {"w": 50 * UNITS["mV"]})],
                   dt=0.1 * ms, name="three-neurons")


def _try(backend: str, quiet: bool) -> dict[str, Any]:
    """Whether three neurons fire when they must: the source in step 10, its targets in step 11."""
    began = time.perf_counter()
    try:
        with stage(f"trying {backend}", quiet):
            run = simulate(three_neurons(), 2 * UNITS["ms"], backend)
        fired = [*run.spikes["source"].step, *run.spikes["target"].step]
        works = np.array_equal(fired, [10, 11, 11])
        why = "" if works else f"spikes in steps {[int(s) for s in fired]} instead of 10, 11, 11"
    except Exception as problem:  # whatever a broken installation throws is the answer
        works, why = False, f"{type(problem).__name__}: {problem}"
    return {"works": bool(works), "why": why, "seconds": round(time.perf_counter() - began, 3)}


def _report(found: dict[str, Any]) -> str:
    missing = [n for n in NEEDED if found["packages"][n] is None]
    lines = [("engram", found["engram"]), ("python", found["python"]),
             ("platform", found["platform"]), ("cores", f"{found['cores']}"),
             ("C++ compiler", found["compiler"] or "none (only brian2's standalone mode needs it)"),
             ("cache", f"{found['cache']}{_fleeting(found['cache'])}")]
    packages = [(n, v or ("missing" if n in NEEDED else "not installed (optional)"))
                for n, v in found["packages"].items()]
    backends = [(n, "works" if b["works"] else "does not work", f"{b['seconds']:.2f} s")
                for n, b in found["backends"].items()]
    reasons = [f"{n}: {b['why']}" for n, b in found["backends"].items() if b["why"]]
    parts = ["\n".join(f"{what:<14}{it}" for what, it in lines),
             text_table(("package", "version"), packages),
             text_table(("backend", "here", "tried in"), backends), *reasons]
    if missing:
        parts.append(f"missing: install them with  pip install {' '.join(missing)}")
    return "\n\n".join(parts)


def _fleeting(folder: str) -> str:
    """Compiled code that is lost at exit is worth a word: each start then compiles anew."""
    lasting = (Path.home(), Path(os.environ.get("XDG_CACHE_HOME") or Path.home()),
               Path(os.environ.get("ENGRAM_CACHE") or Path.home()))
    kept = any(Path(folder).is_relative_to(place) for place in lasting)
    return "" if kept else " (lost at exit; set ENGRAM_CACHE to a folder you may write to)"
