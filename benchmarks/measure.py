"""Runs of engram and of its peers in turn, each in a process of its own, pinned to one core."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


def child(module: str, *arguments: object, cores: int = 1, cache: str = "") -> dict[str, Any]:
    """Run a module that prints JSON on its last line; RuntimeError with its stderr if it fails."""
    allowed = sorted(os.sched_getaffinity(0))[-cores:]
    environment = {**os.environ, **({"ENGRAM_CACHE": cache} if cache else {})}
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)], cwd=ROOT,
        capture_output=True, text=True, env=environment,
        preexec_fn=lambda: os.sched_setaffinity(0, allowed))
    if done.returncode:
        raise RuntimeError(f"{module} {arguments}:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def engram(network: str, duration: float, precision: str = "float64", threads: int = 1,
           cache: str = "") -> dict[str, Any]:
    """One run of engram."""
    return child("engram_child", network, duration, precision, threads, cores=threads, cache=cache)


def brian2(network: str, duration: float, folder: str) -> dict[str, Any]:
    """One run of Brian2 C++ standalone, float64; builds in `folder` unless that holds a build."""
    return child("brian2_child", network, duration, "float64", folder)


def peer_missing() -> str:
    """Why the C++ peer cannot run here, or ''."""
    if not (shutil.which("g++") or shutil.which("clang++")):
        return "no C++ compiler, so Brian2 C++ standalone is skipped"
    return ""


@contextmanager
def folders(*names: str) -> Iterator[list[str]]:
    """Temporary folders, one for each name."""
    with tempfile.TemporaryDirectory() as base:
        yield [str(Path(base) / n) for n in names]


def median(runs: list[dict[str, Any]], key: str) -> float:
    """Median of one figure."""
    return statistics.median(r[key] for r in runs)


def row(label: str, ours: list[float], theirs: list[float], limit: float) -> str:
    """A line: median of each side, the ratio pair by pair, and what was asked for."""
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    ratio = statistics.median(ratios)
    spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
    verdict = "reached" if ratio <= limit else "NOT reached"
    return (f"| {label} | {statistics.median(ours):.4g} | {statistics.median(theirs):.4g} | "
            f"**{ratio:.3f}** ({spread}) | {limit:g} | {verdict} |")


HEAD = ("| what | engram | Brian2 C++ | ratio: median (range) | at most | |\n"
        "|---|---|---|---|---|---|")
