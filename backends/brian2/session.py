"""Brian2 for the length of a build and a run, with its process-wide settings put back afterwards.

Brian2 keeps its device, its code generation target and its log filters in module state, which
belongs to whoever else uses Brian2 in the process.
"""

from __future__ import annotations

import importlib
import logging
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError, MissingPackageError

TARGET, FLAGS = "codegen.target", "codegen.cpp.extra_compile_args_gcc"
"""Preferences changed here. Brian2 compiles with -ffast-math, which reorders sums and drops NaN."""

HARMLESS = ("clock_driven", "method_choice", "only_threshold", "delete_skips_directory")
"""Ends of the names of log messages that say nothing about the network: traces are integrated in
every step on purpose, and the choice of the integrator is ours."""


def library() -> Any:
    """Brian2 itself; MissingPackageError says how to get it."""
    hook = sys.excepthook
    fresh = "brian2" not in sys.modules
    try:
        import brian2
    except ImportError as problem:
        raise MissingPackageError(f"backend 'brian2' needs Brian2, which does not import "
                                  f"({problem}); install it with pip install brian2") from None
    if fresh:  # its hook would call every error of engram's one of Brian2's
        sys.excepthook = hook
    return brian2


@contextmanager
def session(standalone: bool, directory: str | None) -> Iterator[Any]:
    """Brian2 with NumPy code at run time, or with its C++ device building in `directory`."""
    brian2 = library()
    devices = importlib.import_module("brian2.devices.device")  # the attribute is a proxy
    outside = (devices.active_device, len(devices.previous_devices))
    preferences = {n: brian2.prefs[n] for n in (TARGET, FLAGS)}
    if standalone and outside[0] is devices.all_devices["cpp_standalone"]:
        raise DescriptionError("backend 'brian2' with standalone=True needs Brian2's C++ device, "
                               "which set_device has put to use; call brian2.set_device('runtime') "
                               "first, or leave standalone out")
    silence = _Silence()
    handlers = list(logging.getLogger("brian2").handlers)
    for handler in handlers:
        handler.addFilter(silence)
    scratch = tempfile.mkdtemp() if standalone and directory is None else None
    try:
        if standalone:
            place = {"build_on_run": True, "directory": directory or scratch}
            brian2.set_device("cpp_standalone", **place)
            devices.active_device.reinit()
            devices.active_device.activate(**place)
            brian2.prefs[FLAGS] = ["-w", "-O1", "-std=c++11"]
        else:
            brian2.set_device("runtime")
            brian2.prefs[TARGET] = "numpy"  # compiling takes longer than a witness runs
        with np.errstate(all="ignore"):  # 0/0 in neurons whose result is masked
            yield brian2
    finally:
        for name, value in preferences.items():
            brian2.prefs[name] = value
        if standalone:
            devices.active_device.reinit()
        if len(devices.previous_devices) > outside[1]:
            devices.reset_device()
        for handler in handlers:
            handler.removeFilter(silence)
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)


class _Silence(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not record.name.endswith(HARMLESS)
