"""A progress bar on stderr, for people only: nothing is drawn unless stderr is a terminal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 0.5
"""Seconds that a run may take before its bar appears."""


@contextmanager
def progress_bar(label: str, quiet: bool = False) -> Iterator[Callable[[float], None] | None]:
    """A function of the fraction done, or None where there is nobody to see it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
    bar = Progress(TextColumn("{task.description}"), BarColumn(),
                   TextColumn("{task.percentage:3.0f} %"), TimeRemainingColumn(),
                   console=Console(stderr=True), transient=True)
    task = bar.add_task(label, total=1.0)
    late = threading.Timer(PATIENCE, bar.start)  # also where the first word of it takes long
    late.daemon = True
    late.start()
    try:
        yield lambda fraction: bar.update(task, completed=fraction)
    finally:
        late.cancel()
        late.join()
        bar.stop()


@contextmanager
def stage(label: str, quiet: bool = False) -> Iterator[None]:
    """Say what is being done for as long as it lasts, to people only."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    with Console(stderr=True).status(label):
        yield
