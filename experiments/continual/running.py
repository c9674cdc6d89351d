"""One method on one sequence of tasks; what learning everything at once would reach."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...backends.packages import load
from ...simulator.atomic import PathLike
from .metrics import Reals, accuracy
from .record import ContinualRecord
from .sizes import Protocol, protocol
from .tasks import TaskSequence, task_sequence, validation


def run(method: str, task: str = "permuted-digits", seed: int = 0, size: str = "std",
        network: str = "mlp", *, folder: PathLike | None = None,
        settings: Protocol | None = None, **options: Any) -> ContinualRecord:
    """Learn the tasks in turn; the same seed gives the same accuracies on one machine.

    Methods, tasks and networks have names: an unknown one is a DescriptionError that lists them.
    `settings` replaces the protocol of the size; `options` go to the method (`strength` of ewc,
    `places` of replay, `share` of hlop). MissingDataError where images are not here.
    """
    began = time.perf_counter()
    sequence, how = _prepared(task, seed, size, folder, settings)
    found, bits = _matrix(method, sequence, how, seed, network, options)
    return ContinualRecord(method, task, network, seed, size, found, sequence.chance,
                           time.perf_counter() - began, bits, sequence.note, dict(options))


def ideal(task: str = "permuted-digits", seed: int = 0, size: str = "std", network: str = "mlp",
          *, folder: PathLike | None = None, settings: Protocol | None = None) -> float:
    """Accuracy over all tasks when they are learnt together, for as many steps in all."""
    sequence, how = _prepared(task, seed, size, folder, settings)
    one = replace(sequence.tasks[0], **{
        name: np.concatenate([getattr(t, name) for t in sequence.tasks])
        for name in ("x", "y", "test_x", "test_y")})
    found, _ = _matrix("naive", replace(sequence, tasks=(one,)), how, seed, network, {})
    return float(found[0, 0])


def chosen_strength(strengths: Sequence[float], task: str = "permuted-digits", seed: int = 0,
                    size: str = "std", *, folder: PathLike | None = None,
                    settings: Protocol | None = None) -> dict[float, float]:
    """Accuracy of ewc by strength, on a fifth of the training data: the tests are not looked at."""
    sequence, how = _prepared(task, seed, size, folder, settings)
    held = validation(sequence, seed)
    return {strength: accuracy(_matrix("ewc", held, how, seed, "mlp", {"strength": strength})[0])
            for strength in strengths}


def _prepared(task: str, seed: int, size: str, folder: PathLike | None,
              settings: Protocol | None) -> tuple[TaskSequence, Protocol]:
    sequence = task_sequence(task, seed, size, folder)
    if settings is None:
        return sequence, protocol(size, len(sequence.tasks[0].y))
    return replace(sequence, tasks=sequence.tasks[:settings.tasks]), settings


def _matrix(method: str, sequence: TaskSequence, how: Protocol, seed: int, network: str,
            options: dict[str, Any]) -> tuple[Reals, int]:
    torch = load("torch")
    from .methods import method as a_method
    from .methods import network as a_network
    from .training import matrix, one_thread
    sizes = (sequence.inputs, *how.hidden, sequence.classes)
    with one_thread():
        net = a_network(network, sizes, torch.Generator().manual_seed(seed))
        made = a_method(method, network, sizes, len(sequence.tasks), sequence.levels, seed,
                        **options)
        return matrix(net, made, sequence, how, seed), made.bits
