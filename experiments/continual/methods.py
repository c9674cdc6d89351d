"""The methods by name, and what each keeps between tasks. Needs torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...simulator.errors import DescriptionError
from .ewc import ElasticWeights
from .naive import Naive
from .online_traces import OnlineTraces
from .orthogonal import OrthogonalProjection
from .perceptron import Perceptron
from .replay import Replay
from .through_time import ThroughTime
from .weighted_rates import WeightedRates

PLACES = 200
"""Samples that replay keeps, in all."""

STRENGTH = 0.003
"""Of the springs of `ewc` if nothing is said; `chosen_strength` finds one without the tests."""

SHARE = 0.6
"""Of each layer's inputs that HLOP gives to all tasks together: the rest stays free to learn in."""

LATERAL_LEVELS = 40
"""Levels of a spiking lateral unit."""


def _replay(coded: bool) -> Callable[..., Any]:
    def make(sizes: Sequence[int], tasks: int, levels: int, seed: int, places: int = PLACES,
             whole: bool = False) -> Any:
        return Replay(places, tasks, sizes[0], levels, sizes[-1], seed, coded, whole)
    return make


def _ewc(sizes: Sequence[int], tasks: int, levels: int, seed: int,
         strength: float = STRENGTH) -> Any:
    return ElasticWeights(strength)


def _hlop(lateral: int) -> Callable[..., Any]:
    def make(sizes: Sequence[int], tasks: int, levels: int, seed: int, share: float = SHARE) -> Any:
        each = [max(1, int(share * n / tasks)) for n in sizes[:-1]]
        return OrthogonalProjection(each, each, seed, lateral)
    return make


METHODS: dict[str, Callable[..., Any]] = {
    "naive": lambda sizes, tasks, levels, seed: Naive(), "replay": _replay(False),
    "replay-compressed": _replay(True), "ewc": _ewc, "hlop": _hlop(0),
    "hlop-spiking": _hlop(LATERAL_LEVELS)}

NETWORKS: dict[str, Callable[..., Any]] = {
    "mlp": Perceptron, "bptt": ThroughTime, "ottt": OnlineTraces, "dsr": WeightedRates}


def method(name: str, network: str, sizes: Sequence[int], tasks: int, levels: int, seed: int,
           **options: Any) -> Any:
    """A method, ready for the first task; DescriptionError for what does not go together."""
    if name not in METHODS:
        raise DescriptionError(f"no method {name!r}; there are {', '.join(METHODS)}")
    if name == "ewc" and network != "mlp":
        raise DescriptionError(f"ewc needs derivatives of single samples, which {network!r} does "
                               "not give; take network='mlp' or another method")
    try:
        return METHODS[name](sizes, tasks, levels, seed, **options)
    except TypeError as problem:
        raise DescriptionError(f"method {name!r}: {problem}") from None


def network(name: str, sizes: Sequence[int], generator: Any) -> Any:
    """A network that has learnt nothing; DescriptionError for an unknown name."""
    if name not in NETWORKS:
        raise DescriptionError(f"no network {name!r}; there are {', '.join(NETWORKS)}")
    return NETWORKS[name](sizes, generator)
