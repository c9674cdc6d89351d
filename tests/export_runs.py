"""Runs exported scripts in a process of its own, and compares spikes with those of a backend."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from export_networks import DURATION

import engram as eg

CHILD = """
import runpy, sys
for folder in sys.argv[1:]:
    runpy.run_path(folder + "/run.py", run_name="__main__")
"""


def environment(home: Path) -> dict[str, str]:
    """Of a process with a home folder of its own; simulators that compile find their tools."""
    tools = str(Path(sys.executable).parent)
    return {**os.environ, "HOME": str(home), "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONWARNINGS": "ignore"}


def run_all(folders: list[Path], home: Path) -> None:
    """Run every exported script in one process; its output is in the error if it fails."""
    done = subprocess.run([sys.executable, "-c", CHILD, *map(str, folders)], cwd=home,
                          env=environment(home), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def exported(networks: Mapping[str, Callable[[], eg.Network]], target: str,
             folder: Path) -> dict[str, Any]:
    """Export all, run all, and load what they wrote, by name."""
    places = {name: folder / name for name in networks}
    for name, build in networks.items():
        eg.export(build(), target, places[name], DURATION)
    run_all(list(places.values()), folder)
    return {name: np.load(place / "spikes.npz") for name, place in places.items()}


def trains(i: Any, step: Any) -> dict[int, list[int]]:
    """Steps of the spikes of each neuron, in order."""
    out: dict[int, list[int]] = {}
    for n, k in sorted(zip(i.tolist(), step.tolist(), strict=True)):
        out.setdefault(n, []).append(k)
    return out


def counts_and_shift(got: Any, run: eg.Results, population: str) -> tuple[int, int, int]:
    """Spikes of the exported run and of ours, and the most steps that two of a kind are apart.

    The shift is -1 where a neuron does not fire as often in both.
    """
    spikes = run.spikes[population]
    ours = trains(spikes.i, np.rint(spikes.t.value / run.dt).astype(int))
    theirs = trains(got[f"{population}.i"], got[f"{population}.step"])
    if {n: len(t) for n, t in ours.items()} != {n: len(t) for n, t in theirs.items()}:
        return len(got[f"{population}.i"]), len(spikes), -1
    apart = [abs(a - b) for n in ours for a, b in zip(ours[n], theirs[n], strict=True)]
    return len(got[f"{population}.i"]), len(spikes), max(apart, default=0)
