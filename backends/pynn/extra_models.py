"""What scripts for sPyNNaker find as `sim.extra_models`; names that are not here say so."""

from __future__ import annotations

from typing import Any

from pyNN.standardmodels import build_translations
from pyNN.standardmodels.base import STDPTimingDependence, STDPWeightDependence

from .cells import IF_curr_delta as IFCurDelta
from .dialect import accept
from .synapses import SpikePairRule, Vogels2011Rule

__all__ = ["IFCurDelta", "PfisterSpikeTriplet", "SpikeNearestPairRule", "Vogels2011Rule",
           "WeightDependenceAdditiveTriplet"]


class SpikeNearestPairRule(SpikePairRule):  # type: ignore[misc]
    """As SpikePairRule, but a spike sees only the last one of the other side."""

    def __init__(self, **parameters: Any) -> None:
        accept("extra_models", type(self).__name__)
        super().__init__(**parameters)


def _rule(base: Any, defaults: dict[str, float]) -> dict[str, Any]:
    return {"default_parameters": defaults,
            "translations": build_translations(*((n, n) for n in defaults))}


class PfisterSpikeTriplet(STDPTimingDependence):  # type: ignore[misc]
    """Triplets (Pfister and Gerstner 2006); amplitudes belong to the weight dependence."""

    default_parameters, translations = _rule(STDPTimingDependence, {
        "tau_plus": 16.8, "tau_minus": 33.7, "tau_x": 101.0, "tau_y": 125.0,
        "A_plus": 0.01, "A_minus": 0.01}).values()

    def __init__(self, **parameters: Any) -> None:
        accept("extra_models", type(self).__name__)
        super().__init__(**parameters)


class WeightDependenceAdditiveTriplet(STDPWeightDependence):  # type: ignore[misc]
    """Amplitudes of the triplet terms, relative to w_max, and bounds."""

    default_parameters, translations = _rule(STDPWeightDependence, {
        "w_min": 0.0, "w_max": 1.0, "A3_plus": 0.01, "A3_minus": 0.01}).values()


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(f"extra_models.{name} of sPyNNaker is not here; there are "
                         f"{', '.join(__all__)}")
