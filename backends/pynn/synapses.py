"""PyNN's synapse types: names and units stay PyNN's; `rules` has the text of each."""

from __future__ import annotations

from typing import Any

import numpy as np
from lazyarray import larray as LazyArray
from pyNN import errors
from pyNN.standardmodels import build_translations
from pyNN.standardmodels import synapses as standard
from pyNN.standardmodels.base import check_weights

from . import simulator
from .dialect import accept


def check_weight(weights: Any, projection: Any) -> None:
    """PyNN's check of signs; positive weights on inhibitory current synapses pass."""
    dialect = (projection.receptor_type == "inhibitory"
               and projection.post.conductance_based is False and np.all(np.asarray(weights) >= 0))
    if not dialect:
        check_weights(weights, projection)


def _delay(self: Any) -> Any:
    least = simulator.state._min_delay
    return simulator.state.dt if least == "auto" else least


def _same(names: Any) -> Any:
    return build_translations(*((n, n) for n in names))


def _attribute(self: Any, name: str) -> Any:
    """`weight` and `delay` as they were given; sPyNNaker's synapse types have them."""
    parameters = self.__dict__.get("parameter_space")
    known = set() if parameters is None else set(parameters.keys())
    if name not in {"weight", "delay"} & known:
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
    accept("attributes of synapse types", f"{type(self).__name__}.{name}")
    value = parameters[name]
    return value.base_value if isinstance(value, LazyArray) else value


def _synapse(base: Any, names: Any = None) -> Any:
    return type(base.__name__, (base,), {
        "__getattr__": _attribute,
        "__doc__": base.__doc__, "__module__": __name__, "_get_minimum_delay": _delay,
        "translations": _same(base.default_parameters if names is None else names),
        "base_translations": _same(("weight", "delay", "dendritic_delay_fraction")),
        "parameter_checks": {"weight": check_weight}})


def _part(base: Any) -> Any:
    return type(base.__name__, (base,), {"__doc__": base.__doc__, "__module__": __name__,
                                         "translations": _same(base.default_parameters)})


StaticSynapse = _synapse(standard.StaticSynapse)
TsodyksMarkramSynapse = _synapse(standard.TsodyksMarkramSynapse)
SimpleStochasticSynapse = _synapse(standard.SimpleStochasticSynapse)
AdditiveWeightDependence = _part(standard.AdditiveWeightDependence)
MultiplicativeWeightDependence = _part(standard.MultiplicativeWeightDependence)
AdditivePotentiationMultiplicativeDepression = _part(
    standard.AdditivePotentiationMultiplicativeDepression)
GutigWeightDependence = _part(standard.GutigWeightDependence)
SpikePairRule = _part(standard.SpikePairRule)
Vogels2011Rule = _part(standard.Vogels2011Rule)


class STDPMechanism(_synapse(standard.STDPMechanism, ())):  # type: ignore[misc]
    """PyNN's STDPMechanism, of a timing and a weight dependence."""

    def __init__(self, timing_dependence: Any = None, weight_dependence: Any = None,
                 voltage_dependence: Any = None, dendritic_delay_fraction: float = 1.0,
                 weight: Any = 0.0, delay: Any = None) -> None:
        if timing_dependence is None or weight_dependence is None or voltage_dependence:
            raise errors.NoModelAvailableError(
                "STDPMechanism needs a timing_dependence and a weight_dependence; there is no "
                "voltage_dependence here, leave it out")
        super().__init__(timing_dependence, weight_dependence, None, dendritic_delay_fraction,
                         weight, delay)

    def _build_translations(self) -> None:
        # PyNN's own writes into the class, where the rules of one mechanism reach the next
        self.translations = {**self.base_translations, **self.timing_dependence.translations,
                             **self.weight_dependence.translations}
