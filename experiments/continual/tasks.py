"""Sequences of classification tasks made of images.

Permuted: each task is the same images with the pixels in another fixed order, the first task in
their own. Split: each task is two of the ten classes, and one output layer must tell all apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...simulator.atomic import PathLike
from ...simulator.errors import DescriptionError
from ..data import Images, ImageSet, digits, fashion_mnist, mnist
from .sizes import SIZES

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Task:
    """Inputs (N, n) between 0 and 1, and their labels."""

    x: Floats
    y: Labels
    test_x: Floats
    test_y: Labels


@dataclass(frozen=True)
class TaskSequence:
    """Tasks in their order. `levels` is how many values an input can have."""

    name: str
    tasks: tuple[Task, ...]
    classes: int
    levels: int
    note: str = ""

    @property
    def inputs(self) -> int:
        """Inputs of every task."""
        return self.tasks[0].x.shape[1]

    @property
    def chance(self) -> float:
        """Accuracy of a guess among all classes."""
        return 1.0 / self.classes


def validation(sequence: TaskSequence, seed: int, share: float = 0.2) -> TaskSequence:
    """The same tasks without their test sets: a share of the training data is tested on instead."""
    rng = np.random.default_rng([seed, 2])
    tasks = []
    for task in sequence.tasks:
        order = rng.permutation(len(task.y))
        cut = round(share * len(order))
        held, kept = order[:cut], order[cut:]
        tasks.append(Task(task.x[kept], task.y[kept], task.x[held], task.y[held]))
    return TaskSequence(sequence.name, tuple(tasks), sequence.classes, sequence.levels,
                        f"a fifth of the training data is tested on; {sequence.note}".strip("; "))


def enlarged(images: Images, side: int) -> Images:
    """Images of `side` x `side` pixels, linear between the old ones, whose corners stay corners."""
    rows, columns = images.pixels.shape[1:]
    across = _between(rows, side), _between(columns, side)
    larger = np.einsum("ar,brc,dc->bad", across[0], images.pixels.astype(np.float64), across[1])
    return Images(np.rint(larger).astype(np.uint8), images.labels, images.top, images.classes)


def _between(old: int, new: int) -> NDArray[np.float64]:
    at = np.linspace(0, old - 1, new)
    return np.maximum(0.0, 1.0 - np.abs(at[:, None] - np.arange(old)))


def permuted(name: str, train: Images, test: Images, tasks: int, seed: int,
             note: str = "") -> TaskSequence:
    """`tasks` orders of the pixels, the first one their own."""
    rng = np.random.default_rng([seed, 1])
    x, test_x = train.flat(), test.flat()
    y, test_y = train.labels.astype(np.int64), test.labels.astype(np.int64)
    orders = [np.arange(x.shape[1]), *(rng.permutation(x.shape[1]) for _ in range(tasks - 1))]
    return TaskSequence(name, tuple(
        Task(np.ascontiguousarray(x[:, o]), y, np.ascontiguousarray(test_x[:, o]), test_y)
        for o in orders), train.classes, train.top + 1, note)


def split(name: str, train: Images, test: Images, tasks: int, seed: int,
          note: str = "") -> TaskSequence:
    """Two classes a task, in an order drawn from the seed, at most as many tasks as that gives."""
    order = np.random.default_rng([seed, 1]).permutation(train.classes)
    pairs = order[:train.classes // 2 * 2].reshape(-1, 2)[:tasks]

    def of(images: Images, pair: Labels) -> tuple[Floats, Labels]:
        some = np.isin(images.labels, pair)
        return images.flat()[some], images.labels[some].astype(np.int64)

    return TaskSequence(name, tuple(Task(*of(train, p), *of(test, p)) for p in pairs),
                        train.classes, train.top + 1, note)


def parted(images: Images, test: int, seed: int) -> tuple[Images, Images]:
    """Training and test images, `test` of them for the test, by a permutation from the seed."""
    order = np.random.default_rng([seed, 0]).permutation(len(images))

    def some(which: Labels) -> Images:
        return Images(images.pixels[which], images.labels[which], images.top, images.classes)

    return some(order[test:]), some(order[:test])


def _digits(side: int) -> Callable[..., tuple[Images, Images, str]]:
    def read(seed: int, most: int, folder: PathLike | None) -> tuple[Images, Images, str]:
        found = digits()
        return (*parted(found if side == 8 else enlarged(found, side), 360, seed), "")
    return read


def _large(reader: Callable[..., ImageSet]) -> Callable[..., tuple[Images, Images, str]]:
    def read(seed: int, most: int, folder: PathLike | None) -> tuple[Images, Images, str]:
        found = reader(folder)
        if found.train is not None and found.test is not None and not most:
            return found.train, found.test, ""
        only = found.train if found.train is not None else found.test
        assert only is not None
        count = min(most or len(only), len(only))
        some = parted(only, len(only) - count, seed)[0]
        note = (f"{found.note}; {count - count // 5} of the others train, {count // 5} test"
                if found.note else "")
        return (*parted(some, count // 5, seed), note)
    return read


_KINDS = {
    "permuted-digits": (permuted, _digits(8)), "split-digits": (split, _digits(8)),
    "permuted-digits-16": (permuted, _digits(16)), "permuted-mnist": (permuted, _large(mnist)),
    "split-mnist": (split, _large(mnist)),
    "permuted-fashion-mnist": (permuted, _large(fashion_mnist))}

TASKS = tuple(_KINDS)
"""-16: enlarged to 16 x 16 pixels, which leaves room for the subspaces of many tasks."""


def task_sequence(name: str, seed: int = 0, size: str = "std",
                  folder: PathLike | None = None) -> TaskSequence:
    """A sequence by name; MissingDataError where its images are not here."""
    if name not in _KINDS:
        raise DescriptionError(f"no continual task {name!r}; there are {', '.join(TASKS)}")
    if size not in SIZES:
        raise DescriptionError(f"size {size!r} is not known; there are {', '.join(SIZES)}")
    make, read = _KINDS[name]
    train, test, note = read(seed, SIZES[size].images, folder)
    return make(name, train, test, SIZES[size].tasks, seed, note)
