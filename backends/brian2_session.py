"""Brian2 for the length of a build and a run, with its process-wide settings put back afterwards.

Brian2 keeps its device, its code generation target and its log filters in module state, which
belongs to whoever else uses Brian2 in the process.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..simulator.errors import MissingPackageError

HARMLESS = ("clock_driven", "method_choice", "only_threshold", "delete_skips_directory")
"""Ends of the names of log messages that say nothing about the network: traces are integrated in
every step on purpose, and the choice of the integrator is ours."""


def library() -> Any:
    """Brian2 itself; MissingPackageError says how to get it."""
    try:
        import brian2
    except ImportError as problem:
        raise MissingPackageError(f"backend 'brian2' needs Brian2, which does not import "
                                  f"({problem}); install it with pip install brian2") from None
    return brian2


@contextmanager
def session(standalone: bool, directory: str | None) -> Iterator[Any]:
    """Brian2 with NumPy code at run time, or with its C++ device building in `directory`."""
    brian2 = library()
    devices = importlib.import_module("brian2.devices.device")  # the attribute is a proxy
    target = brian2.prefs.codegen.target
    outside = (devices.active_device, len(devices.previous_devices))
    silence = _Silence()
    handlers = list(logging.getLogger("brian2").handlers)
    for handler in handlers:
        handler.addFilter(silence)
    try:
        if standalone:
            brian2.set_device("cpp_standalone", directory=directory, build_on_run=True)
            devices.active_device.reinit()
            devices.active_device.activate(build_on_run=True, directory=directory)
        else:
            brian2.set_device("runtime")
            brian2.prefs.codegen.target = "numpy"  # compiling takes longer than a witness runs
        with np.errstate(all="ignore"):  # 0/0 in neurons whose result is masked
            yield brian2
    finally:
        brian2.prefs.codegen.target = target
        if standalone:
            devices.active_device.reinit()
        if len(devices.previous_devices) > outside[1]:
            devices.reset_device()
        for handler in handlers:
            handler.removeFilter(silence)


class _Silence(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not record.name.endswith(HARMLESS)
